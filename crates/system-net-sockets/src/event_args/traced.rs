//! What is traced of an operation with a context when it has ended.

use super::buffers::Buffer;
use super::context::State;
use crate::enums::SocketAsyncOperation;
use crate::error::SocketError;
use crate::socket::Handle;
use crate::trace;
use system_net_diagnostics::TraceEventType;

/// What an operation did, taken while its context is locked and told when nothing is.
pub(super) struct Told {
    method: &'static str,
    error: Option<SocketError>,
    bytes: Vec<u8>,
}

impl Told {
    #[inline]
    pub(super) fn tell(told: Option<Self>, handle: &Handle) {
        if let Some(told) = told {
            trace::finished(handle, told.method, told.error.as_ref(), &told.bytes);
        }
    }
}

impl State {
    /// What is to be told of the operation that has ended; nothing if nobody hears.
    #[inline]
    pub(super) fn told(&self, handle: &Handle) -> Option<Told> {
        let wanted = handle.trace().wanted(TraceEventType::Error);
        wanted.then(|| self.to_tell())
    }

    #[cold]
    fn to_tell(&self) -> Told {
        let (_, method) = names(self.operation);
        let mut bytes = Vec::new();
        match &self.buffer {
            _ if !transfers(self.operation) => {}
            Buffer::List(buffers) => bytes = buffers.concat(),
            _ => bytes.extend_from_slice(self.window()),
        }
        bytes.truncate(self.transferred);
        Told {
            method,
            error: self.error(),
            bytes,
        }
    }
}

const fn transfers(operation: SocketAsyncOperation) -> bool {
    use SocketAsyncOperation as Operation;
    matches!(
        operation,
        Operation::Accept
            | Operation::Receive
            | Operation::ReceiveFrom
            | Operation::ReceiveMessageFrom
            | Operation::Send
            | Operation::SendTo
    )
}

/// The member of an operation, and what .NET calls its end in traces.
pub(super) const fn names(operation: SocketAsyncOperation) -> (&'static str, &'static str) {
    use SocketAsyncOperation as Operation;
    match operation {
        Operation::Accept => ("AcceptAsync", "FinishOperation(AcceptAsync)"),
        Operation::Connect => ("ConnectAsync", "FinishOperation(ConnectAsync)"),
        Operation::Disconnect => ("DisconnectAsync", "FinishOperation(DisconnectAsync)"),
        Operation::Receive => ("ReceiveAsync", "FinishOperation(ReceiveAsync)"),
        Operation::ReceiveFrom => ("ReceiveFromAsync", "FinishOperation(ReceiveFromAsync)"),
        Operation::ReceiveMessageFrom => (
            "ReceiveMessageFromAsync",
            "FinishOperation(ReceiveMessageFromAsync)",
        ),
        Operation::Send => ("SendAsync", "FinishOperation(SendAsync)"),
        Operation::SendPackets => ("SendPacketsAsync", "FinishOperation(SendPacketsAsync)"),
        Operation::SendTo => ("SendToAsync", "FinishOperation(SendToAsync)"),
        Operation::None => ("", "FinishOperation"),
    }
}
