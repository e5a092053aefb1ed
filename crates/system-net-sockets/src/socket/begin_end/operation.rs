//! Operations as the background runtime drives them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use system_net_primitives::{AsyncCallback, AsyncOrigin, AsyncResult, AsyncState};
use system_net_runtime::{Operation, begin_completed, begin_operation};

use super::aborted;
use crate::error::SocketError;
use crate::socket::handle::Handle;
use crate::socket::watch::Wait;

/// A call that either ends at once or waits on the socket.
pub(super) trait Call: Send + 'static {
    /// What it ends with, beside what it gives back.
    type Value: Send + 'static;
    /// What it ends with.
    type Output: Send + 'static;

    /// For the texts of errors.
    const WHAT: &'static str;

    /// Goes on.
    fn poll(
        &mut self,
        handle: &Arc<Handle>,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<Self::Value, SocketError>>;

    /// The first attempt, which does not wait.
    fn attempt(&mut self, handle: &Arc<Handle>) -> Option<Result<Self::Value, SocketError>>;

    /// Puts the result together with what is given back.
    fn output(&mut self, result: Result<Self::Value, SocketError>) -> Self::Output;

    /// Leaves the queue it may stand in.
    fn leave(&mut self, handle: &Handle);
}

/// Begins a call: at once if that is possible, else on the background runtime.
pub(super) fn start<C: Call>(
    handle: &Arc<Handle>,
    origin: AsyncOrigin,
    mut call: C,
    callback: Option<AsyncCallback<C::Output>>,
    state: Option<AsyncState>,
) -> AsyncResult<C::Output> {
    if let Some(result) = call.attempt(handle) {
        call.leave(handle);
        return begin_completed(origin, call.output(result), callback, state);
    }
    let mut wait = Wait::new();
    wait.begin();
    let waiting = Waiting {
        handle: Arc::clone(handle),
        call,
        wait,
    };
    begin_operation(origin, waiting, callback, state)
}

/// What an attempt came to: nothing if it would have to wait.
pub(super) fn settled<T>(
    handle: &Handle,
    attempted: io::Result<T>,
    what: &'static str,
) -> Option<Result<T, SocketError>> {
    match attempted {
        Ok(value) => Some(Ok(value)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
        Err(error) => Some(Err(handle.failed_asynchronously(error, true, what))),
    }
}

struct Waiting<C: Call> {
    handle: Arc<Handle>,
    call: C,
    wait: Wait,
}

impl<C: Call> Operation for Waiting<C> {
    type Output = C::Output;

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<C::Output> {
        self.call
            .poll(&self.handle, cx, &mut self.wait)
            .map(|result| {
                self.call.leave(&self.handle);
                self.call.output(result)
            })
    }

    fn cancelled(&mut self) -> C::Output {
        self.call.output(Err(aborted(C::WHAT)))
    }
}

impl<C: Call> Drop for Waiting<C> {
    fn drop(&mut self) {
        self.call.leave(&self.handle);
    }
}

/// Begins a future that ends with the operation's error when it is cancelled.
pub(super) fn start_future<T: Send + 'static>(
    future: impl Future<Output = Result<T, SocketError>> + Send + 'static,
    what: &'static str,
    origin: AsyncOrigin,
    callback: Option<AsyncCallback<Result<T, SocketError>>>,
    state: Option<AsyncState>,
) -> AsyncResult<Result<T, SocketError>> {
    let running = Running {
        future: Box::pin(future),
        what,
    };
    begin_operation(origin, running, callback, state)
}

struct Running<F> {
    future: Pin<Box<F>>,
    what: &'static str,
}

impl<T, F> Operation for Running<F>
where
    T: Send + 'static,
    F: Future<Output = Result<T, SocketError>> + Send + 'static,
{
    type Output = Result<T, SocketError>;

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.future.as_mut().poll(cx)
    }

    fn cancelled(&mut self) -> Self::Output {
        Err(aborted(self.what))
    }
}
