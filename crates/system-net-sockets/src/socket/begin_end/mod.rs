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

use system_net_diagnostics::Emitter;
use system_net_primitives::{AsyncCallback, AsyncOrigin, AsyncResult, Misuse};

use crate::error::{SocketError, SocketErrorCode};
use crate::socket::Handle;
use crate::trace::{self, Answer};

pub(crate) use streams::{begin_receive, begin_send};

/// Members that begin an operation, by the names that refusals tell: which of them an `End`
/// member takes.
pub(crate) mod begins {
    pub(crate) const ACCEPT: &str = "Socket.BeginAccept";
    pub(crate) const CONNECT: &str = "Socket.BeginConnect";
    pub(crate) const DISCONNECT: &str = "Socket.BeginDisconnect";
    pub(crate) const RECEIVE: &str = "Socket.BeginReceive";
    pub(crate) const RECEIVE_FROM: &str = "Socket.BeginReceiveFrom";
    pub(crate) const RECEIVE_MESSAGE_FROM: &str = "Socket.BeginReceiveMessageFrom";
    pub(crate) const SEND: &str = "Socket.BeginSend";
    pub(crate) const SEND_FILE: &str = "Socket.BeginSendFile";
    pub(crate) const SEND_TO: &str = "Socket.BeginSendTo";
    pub(crate) const READ: &str = "NetworkStream.BeginRead";
    pub(crate) const WRITE: &str = "NetworkStream.BeginWrite";
    pub(crate) const CLIENT_CONNECT: &str = "TcpClient.BeginConnect";

    /// What a stream began is an operation of its socket, as in .NET.
    pub(crate) const RECEIVES: &[&str] = &[RECEIVE, READ];
    /// As [`RECEIVES`].
    pub(crate) const READS: &[&str] = &[READ, RECEIVE];
    /// As [`RECEIVES`].
    pub(crate) const SENDS: &[&str] = &[SEND, WRITE];
    /// As [`RECEIVES`].
    pub(crate) const WRITES: &[&str] = &[WRITE, SEND];
    /// What a client began is an operation of its socket, as in .NET.
    pub(crate) const CONNECTS: &[&str] = &[CONNECT, CLIENT_CONNECT];
    /// As [`CONNECTS`].
    pub(crate) const CLIENT_CONNECTS: &[&str] = &[CLIENT_CONNECT, CONNECT];
}

/// The origin of an operation that this member of an object begins.
pub(crate) fn origin(object: Emitter<'_>, member: &'static str) -> AsyncOrigin {
    AsyncOrigin::new(member, number(object))
}

/// The result of an operation, if one of these members of the object began it.
pub(crate) fn end_of<T>(
    object: Emitter<'_>,
    begins: &[&'static str],
    result: &AsyncResult<T>,
) -> Result<T, Misuse> {
    result.end_of(number(object), begins)
}

/// The number of an object, which traces tell it by too; 0 for a class.
fn number(object: Emitter<'_>) -> u32 {
    object.name().number().unwrap_or_default()
}

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
    begins: &[&'static str],
    result: &AsyncResult<BufferResult<T>>,
) -> BufferResult<T> {
    let trace = handle.trace();
    let call = trace.enter(method, format_args!("AsyncResult"));
    let (transferred, buffer) = end(handle, begins, result);
    trace::transferred(trace, call, method, &transferred, &buffer);
    (transferred, buffer)
}

fn end_transfers<T: Answer>(
    handle: &Handle,
    method: &'static str,
    begins: &[&'static str],
    result: &AsyncResult<BuffersResult<T>>,
) -> BuffersResult<T> {
    let trace = handle.trace();
    let call = trace.enter(method, format_args!("AsyncResult"));
    let (transferred, buffers) = end(handle, begins, result);
    let bytes = buffers.iter().map(Vec::as_slice);
    trace::transferred_in(trace, call, method, &transferred, bytes);
    (transferred, buffers)
}

/// The end of an operation without a buffer.
fn end_call<T: Answer>(
    handle: &Handle,
    method: &'static str,
    begins: &[&'static str],
    result: &AsyncResult<Result<T, SocketError>>,
) -> Result<T, SocketError> {
    trace::call(handle.trace(), method, format_args!("AsyncResult"), || {
        end_of(handle.trace(), begins, result)?
    })
}

/// The result and the buffer; none after a second end, or if the end is refused.
fn end<T, B: Default>(
    handle: &Handle,
    begins: &[&'static str],
    result: &AsyncResult<(Result<T, SocketError>, B)>,
) -> (Result<T, SocketError>, B) {
    match end_of(handle.trace(), begins, result) {
        Ok(ended) => ended,
        Err(misuse) => (Err(misuse.into()), B::default()),
    }
}
