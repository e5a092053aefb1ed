//! The Begin/End form of the calls that may wait.
//!
//! A `begin_` call tries at once; what has to wait goes on on the background runtime. The
//! callback is called once: by the thread that began an operation which ended at once
//! ([`AsyncResult::completed_synchronously`]), else on a thread of its own that may block. Where
//! callbacks that begin the next operation have nested deeply, they go on on another thread.
//!
//! Buffers are owned by the operation, which gives them back with its result, whatever that is.
//! Sends of a stream go out in the order in which they were begun, and receives get the bytes
//! in theirs. [`AsyncResult::cancel`] and closing the socket end an operation with
//! [`OperationAborted`](SocketErrorCode::OperationAborted).

mod connection;
mod files;
mod messages;
mod operation;
mod streams;

use system_net_primitives::{AsyncCallback, AsyncResult};

use crate::error::{SocketError, SocketErrorCode};
use crate::socket::Handle;
use crate::trace::{self, Answer};

pub(crate) use streams::{begin_receive, begin_send};

/// What an operation with a buffer ends with: its result, and the buffer.
pub type BufferResult<T> = (Result<T, SocketError>, Vec<u8>);

/// What an operation with several buffers ends with: its result, and the buffers.
pub type BuffersResult<T> = (Result<T, SocketError>, Vec<Vec<u8>>);

/// The callback of an operation with a buffer.
pub type BufferCallback<T> = AsyncCallback<BufferResult<T>>;

pub(crate) fn aborted(what: &'static str) -> SocketError {
    SocketError::new(SocketErrorCode::OperationAborted).with_context(what)
}

/// As [`end`], told of with what was transferred.
pub(crate) fn end_transfer<T: Answer>(
    handle: &Handle,
    method: &'static str,
    result: &AsyncResult<BufferResult<T>>,
) -> BufferResult<T> {
    let trace = handle.trace();
    let call = trace.enter(method, format_args!("AsyncResult"));
    let (transferred, buffer) = end(result);
    trace::transferred(trace, call, method, &transferred, &buffer);
    (transferred, buffer)
}

fn end_transfers<T: Answer>(
    handle: &Handle,
    method: &'static str,
    result: &AsyncResult<BuffersResult<T>>,
) -> BuffersResult<T> {
    let trace = handle.trace();
    let call = trace.enter(method, format_args!("AsyncResult"));
    let (transferred, buffers) = end(result);
    let bytes = buffers.iter().map(Vec::as_slice);
    trace::transferred_in(trace, call, method, &transferred, bytes);
    (transferred, buffers)
}

/// The end of an operation without a buffer.
fn end_call<T: Answer>(
    handle: &Handle,
    method: &'static str,
    result: &AsyncResult<Result<T, SocketError>>,
) -> Result<T, SocketError> {
    trace::call(handle.trace(), method, format_args!("AsyncResult"), || {
        result.end()?
    })
}

/// The result and the buffer; none after a second end.
pub(crate) fn end<T, B: Default>(
    result: &AsyncResult<(Result<T, SocketError>, B)>,
) -> (Result<T, SocketError>, B) {
    match result.end() {
        Ok(ended) => ended,
        Err(misuse) => (Err(misuse.into()), B::default()),
    }
}
