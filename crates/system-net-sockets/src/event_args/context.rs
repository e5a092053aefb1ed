//! The state of a context, which the application and the engine share.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net_primitives::{AccessDenied, EndPoint, Event, Misuse};

use super::buffers::Buffer;
use super::connect::Connecting;
use super::packets::{Files, Packets};
use super::{SocketAsyncEventArgs, SocketAsyncEventArgsHandler};
use crate::enums::{SocketAsyncOperation, SocketFlags};
use crate::error::{SocketError, SocketErrorCode};
use crate::socket::{Handle, IpPacketInformation, Socket};
use crate::sys::RawAddress;

/// What an [`SocketAsyncEventArgs`] is a handle of. A pending operation holds one reference.
pub(crate) struct Context {
    state: Mutex<State>,
}

/// ```text
/// Free ── start ──► InProgress ── the handlers are about to be called ──► Free
///   ├── buffer() ──► Lent ── the guard is dropped ──► Free
///   └── dispose ──► Disposed
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Free,
    InProgress,
    /// The application works in the buffers.
    Lent,
    Disposed,
}

/// Small (112 bytes), as a server has one per idle connection; what few operations need is in
/// [`Extra`].
pub(super) struct State {
    pub(super) phase: Phase,
    /// Disposed while an operation was in progress: becomes [`Phase::Disposed`] at its end.
    pub(super) disposed: bool,
    /// In a pool.
    pub(super) pooled: bool,
    pub(super) operation: SocketAsyncOperation,
    pub(super) error: SocketErrorCode,
    /// The system's number of the error, 0 if none.
    pub(super) errno: i32,
    pub(super) socket_flags: SocketFlags,
    pub(super) offset: u32,
    pub(super) count: u32,
    pub(super) transferred: usize,
    pub(super) buffer: Buffer,
    pub(super) handler: Option<SocketAsyncEventArgsHandler>,
    pub(super) extra: Option<Box<Extra>>,
    /// The next context in the queue this one is in.
    pub(super) next: Option<Arc<Context>>,
}

/// Made at the first need and kept.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) completed: Arc<Event<SocketAsyncEventArgs>>,
    pub(super) user_token: Option<Arc<dyn Any + Send + Sync>>,
    pub(super) accept_socket: Option<Socket>,
    /// An accept has put a connection into it and waits for its first data.
    pub(super) receives_first: bool,
    pub(super) remote_end_point: Option<EndPoint>,
    /// Where the running send goes.
    pub(super) target: Option<RawAddress>,
    pub(super) packet_information: IpPacketInformation,
    pub(super) disconnect_reuse_socket: bool,
    pub(super) connect_socket: Option<Socket>,
    pub(super) connect_by_name_error: Option<SocketError>,
    /// Why a policy refused the last address of a connect.
    pub(super) denied: Option<AccessDenied>,
    pub(super) connecting: Option<Connecting>,
    pub(super) packets: Packets,
}

/// What the end of an operation leaves to be dropped.
#[derive(Default)]
pub(super) struct Leftovers {
    buffer: Buffer,
    sockets: [Option<Socket>; 2],
    files: Files,
}

impl Context {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Free,
                disposed: false,
                pooled: false,
                operation: SocketAsyncOperation::None,
                error: SocketErrorCode::Success,
                errno: 0,
                socket_flags: SocketFlags::NONE,
                offset: 0,
                count: 0,
                transferred: 0,
                buffer: Buffer::None,
                handler: None,
                extra: None,
                next: None,
            }),
        }
    }

    /// No code of others runs under this lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The operation has ended: the context is free again, and its handlers are called.
    pub(super) fn complete(self: Arc<Self>) {
        let mut state = self.lock();
        let leftovers = state.end();
        let completed = state
            .extra
            .as_ref()
            .map(|extra| Arc::clone(&extra.completed));
        let handler = state.handler.clone();
        drop(state);
        drop(leftovers);
        let args = SocketAsyncEventArgs { context: self };
        if let Some(handler) = handler {
            handler(&args);
        }
        if let Some(completed) = completed {
            completed.raise(&args);
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(state) = self.state.try_lock() else {
            return f.write_str("SocketAsyncEventArgs { <in use> }");
        };
        f.debug_struct("SocketAsyncEventArgs")
            .field("phase", &state.phase)
            .field("last_operation", &state.operation)
            .field("socket_error", &state.error)
            .field("bytes_transferred", &state.transferred)
            .finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Whether the application may change what an operation uses.
    pub(super) fn configurable(&self) -> Result<(), Misuse> {
        match self.phase {
            Phase::Free => Ok(()),
            Phase::InProgress => Err(Misuse::invalid_operation(
                "an operation is in progress with this SocketAsyncEventArgs",
            )),
            Phase::Lent => Err(Misuse::invalid_operation(
                "a guard of this SocketAsyncEventArgs' buffers is alive",
            )),
            Phase::Disposed => Err(Misuse::disposed("SocketAsyncEventArgs")),
        }
    }

    /// Forgets the results of the operation before.
    pub(super) fn begin(&mut self, operation: SocketAsyncOperation) {
        self.phase = Phase::InProgress;
        self.operation = operation;
        self.error = SocketErrorCode::Success;
        self.errno = 0;
        self.transferred = 0;
    }

    /// The operation is over. What it gives is to be dropped without the lock: sockets that are
    /// closed look at contexts.
    #[must_use]
    pub(super) fn end(&mut self) -> Option<Leftovers> {
        self.phase = Phase::Free;
        let mut unfinished = false;
        if let Some(extra) = &mut self.extra {
            unfinished = std::mem::take(&mut extra.receives_first);
        }
        let failed = self.error != SocketErrorCode::Success;
        if !self.disposed && !failed {
            return None;
        }
        let mut leftovers = Leftovers::default();
        if let Some(extra) = &mut self.extra {
            // A send that has succeeded has left none.
            leftovers.files = extra.packets.take_files();
            if self.operation == SocketAsyncOperation::Connect {
                extra.connecting = None;
            }
            if self.disposed || self.operation == SocketAsyncOperation::Connect {
                leftovers.sockets[0] = extra.connect_socket.take();
            }
            // A connection of which nothing came is not the application's.
            if self.disposed || unfinished {
                leftovers.sockets[1] = extra.accept_socket.take();
            }
        }
        if self.disposed {
            self.phase = Phase::Disposed;
            leftovers.buffer = std::mem::take(&mut self.buffer);
            (self.offset, self.count) = (0, 0);
        }
        Some(leftovers)
    }

    /// The connection whose first data an accept waits for.
    pub(super) fn waits_at(&self) -> Option<Arc<Handle>> {
        let extra = self.extra.as_ref().filter(|extra| extra.receives_first)?;
        Some(Arc::clone(extra.accept_socket.as_ref()?.handle()))
    }

    /// Whether an accept is in progress.
    pub(super) fn accepts(&self) -> bool {
        self.phase == Phase::InProgress && self.operation == SocketAsyncOperation::Accept
    }

    /// How the last operation failed.
    pub(super) fn error(&self) -> Option<SocketError> {
        let denied = self.extra.as_ref().and_then(|extra| extra.denied.as_ref());
        match (self.error, self.errno) {
            (SocketErrorCode::Success, _) => None,
            (code, 0) => Some(
                match denied.filter(|_| code == SocketErrorCode::AccessDenied) {
                    Some(denied) => denied.clone().into(),
                    None => SocketError::new(code),
                },
            ),
            (_, errno) => Some(SocketError::from_errno(errno)),
        }
    }

    /// Notes a failure.
    pub(super) fn fail(&mut self, code: SocketErrorCode, errno: Option<i32>) {
        self.error = code;
        self.errno = errno.unwrap_or(0);
    }
}
