//! Why no connection could be opened.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use super::race::Failures;
use crate::error::{SocketError, SocketErrorCode};

/// No connection to the host could be opened.
#[derive(Clone)]
pub struct ConnectError {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ConnectErrorKind,
    host: String,
    port: u16,
    attempts: Failures,
    telling: SocketError,
}

/// Which step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The name could not be turned into an address.
    Resolve,
    /// No address could be connected to.
    Connect,
    /// None: the configuration file of the context could not be read.
    Configuration,
}

impl ConnectError {
    pub(super) fn resolve(host: String, port: u16, error: SocketError) -> Self {
        Self::before_any_attempt(ConnectErrorKind::Resolve, host, port, error)
    }

    pub(super) fn configuration(host: String, port: u16, error: SocketError) -> Self {
        Self::before_any_attempt(ConnectErrorKind::Configuration, host, port, error)
    }

    fn before_any_attempt(
        kind: ConnectErrorKind,
        host: String,
        port: u16,
        error: SocketError,
    ) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                host,
                port,
                attempts: vec![],
                telling: error,
            }),
        }
    }

    pub(super) fn connect(host: String, port: u16, attempts: Failures) -> Self {
        let telling = attempts
            .iter()
            .min_by_key(|(_, error)| vagueness(error.code()))
            .map_or_else(
                || SocketError::new(SocketErrorCode::HostNotFound),
                |(address, error)| match error.denied() {
                    Some(_) => error.clone(),
                    None => error.clone().with_context(format!("connect to {address}")),
                },
            );
        let kind = ConnectErrorKind::Connect;
        Self {
            inner: Box::new(Inner {
                kind,
                host,
                port,
                attempts,
                telling,
            }),
        }
    }

    /// Which step failed.
    #[must_use]
    pub fn kind(&self) -> ConnectErrorKind {
        self.inner.kind
    }

    /// The host as it was asked for.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.inner.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.inner.port
    }

    /// Every address that was tried (or would have been, had there been time), with what came
    /// of it, in the order in which the attempts ended. Empty if the name was not resolved.
    #[must_use]
    pub fn attempts(&self) -> &[(SocketAddr, SocketError)] {
        &self.inner.attempts
    }

    /// The most telling of the errors: an answer of the host rather than of the way to it, and
    /// that rather than of the own machine.
    #[must_use]
    pub fn socket_error(&self) -> &SocketError {
        &self.inner.telling
    }

    /// Whether the deadline (or the system's own) ended it.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        let timed_out = |error: &SocketError| error.code() == SocketErrorCode::TimedOut;
        timed_out(&self.inner.telling)
            || self
                .inner
                .attempts
                .iter()
                .any(|(_, error)| timed_out(error) && error.errno().is_none())
    }
}

/// How little an error says about the host; the least wins. A machine without IPv6 must not
/// hide that the host refuses the connection.
fn vagueness(code: SocketErrorCode) -> u8 {
    match code {
        SocketErrorCode::ConnectionRefused | SocketErrorCode::ConnectionReset => 0,
        SocketErrorCode::TimedOut => 1,
        SocketErrorCode::AccessDenied => 2,
        SocketErrorCode::HostUnreachable | SocketErrorCode::HostDown => 3,
        SocketErrorCode::NetworkUnreachable | SocketErrorCode::NetworkDown => 4,
        SocketErrorCode::AddressNotAvailable => 6,
        SocketErrorCode::AddressFamilyNotSupported
        | SocketErrorCode::ProtocolFamilyNotSupported => 7,
        _ => 5,
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            host,
            port,
            attempts,
            ..
        } = &*self.inner;
        if *kind == ConnectErrorKind::Resolve {
            return match self.inner.telling.denied() {
                Some(denied) => denied.fmt(f),
                None => write!(f, "the name {host} could not be resolved"),
            };
        }
        write!(f, "no connection to {host}:{port} could be opened")?;
        for (index, (address, error)) in attempts.iter().enumerate() {
            let separator = if index == 0 { ": " } else { "; " };
            write!(f, "{separator}{address}: {error}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectError")
            .field("kind", &self.inner.kind)
            .field("host", &self.inner.host)
            .field("port", &self.inner.port)
            .field("attempts", &self.inner.attempts)
            .field("socket_error", &self.inner.telling)
            .finish()
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.inner.telling)
    }
}
