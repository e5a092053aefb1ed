//! A hard limit on the time of look-ups.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, IpAddress};
use system_net_runtime::timeout_at;

use super::{BoxFuture, Resolver};
use crate::dns::IpHostEntry;
use crate::error::{SocketError, SocketErrorCode};

/// Gives look-ups of another resolver up after a time, with
/// [`TimedOut`](crate::SocketErrorCode::TimedOut).
///
/// The system's resolver cannot be told to stop: its thread goes on until the C library gives up,
/// but it is not waited for.
#[derive(Clone)]
pub struct TimeLimitResolver {
    inner: Arc<dyn Resolver>,
    limit: Duration,
}

impl TimeLimitResolver {
    /// Limits the look-ups of `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Resolver>, limit: Duration) -> Self {
        Self { inner, limit }
    }

    fn limited<T: 'static>(
        &self,
        answer: BoxFuture<'static, Result<T, SocketError>>,
        what: impl fmt::Display,
    ) -> BoxFuture<'static, Result<T, SocketError>> {
        let context = format!("look-up of {what} within {:?}", self.limit);
        let limit = self.limit;
        Box::pin(async move {
            #[allow(clippy::disallowed_methods, reason = "a limit of real time")]
            let deadline = Instant::now().checked_add(limit);
            timeout_at(deadline, answer).await.unwrap_or_else(|_| {
                Err(SocketError::new(SocketErrorCode::TimedOut).with_context(context))
            })
        })
    }
}

impl Resolver for TimeLimitResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.limited(self.inner.resolve(host), format_args!("{host:?}"))
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let answer = self.inner.resolve_family(host, family);
        self.limited(answer, format_args!("{host:?}"))
    }

    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<IpAddress>> {
        self.inner.fixed_addresses(host, port)
    }

    fn resolve_entry(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        let answer = self.inner.resolve_entry(host, family);
        self.limited(answer, format_args!("{host:?}"))
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        self.limited(self.inner.resolve_address(address), address)
    }
}

impl fmt::Debug for TimeLimitResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeLimitResolver")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
