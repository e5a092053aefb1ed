//! Asynchronous operations with reusable contexts, for programs with many sockets.

mod attempt;
mod buffers;
mod connect;
mod context;
mod engine;
mod operations;
mod packets;
mod pool;
mod traced;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use system_net_primitives::{EndPoint, Misuse, Subscription};

use crate::enums::{SocketAsyncOperation, SocketFlags, TransmitFileOptions};
use crate::error::{SocketError, SocketErrorCode};
use crate::socket::{IpPacketInformation, Socket};

pub use buffers::{BufferBlock, BufferGuard, BufferListGuard, BufferSegment};
use context::{Context, Phase};
pub(crate) use engine::Channel;
pub use packets::SendPacketsElement;
pub use pool::SocketAsyncEventArgsPool;

/// What a context calls when a pending operation has ended. Contexts may share one.
pub type SocketAsyncEventArgsHandler = Arc<dyn Fn(&SocketAsyncEventArgs) + Send + Sync>;

/// A reusable context of asynchronous socket operations: what to do, with which buffer, and what
/// came of it.
///
/// .NET: `System.Net.Sockets.SocketAsyncEventArgs`
///
/// The pattern is the guide's:
/// 1. Make a context, or take one from a [pool](SocketAsyncEventArgsPool).
/// 2. Set what the operation needs: a handler, a buffer.
/// 3. Call the method of [`Socket`] whose name ends in `_args`.
/// 4. If it gave `true`, the operation is pending: the handlers are called when it has ended.
/// 5. If it gave `false`, the operation has ended already, well or badly, and **no handler is
///    called**: the caller looks at the results itself, on the spot.
/// 6. Use the context again, put it back into the pool, or drop it.
///
/// The value is a handle: clones are the same context. A pending operation keeps it alive, so
/// that the application need not. An operation that fails is not an `Err` of the call: it is an
/// operation that has ended, with [`socket_error`](Self::socket_error). An `Err` means that none
/// was started.
///
/// Once a context and its socket have been used, operations allocate nothing (except what they
/// are there to make: accepted sockets, looked-up names, opened files).
///
/// # Handlers
/// They are called on the threads of the engine, one per processor, which serve all sockets. A
/// handler that blocks holds up the other sockets of its thread; it may start operations, also
/// with its own context, and drop whatever it likes. A panic of a handler is reported by the
/// panic hook and ends nothing else. A handler that owns a clone of its own context keeps it from
/// ever being dropped; it gets the context as its argument.
///
/// # Order
/// Operations of one direction on one socket end in the order in which they were started. With
/// several handlers running at once, their calls may overlap. The order among contexts, futures
/// and Begin/End operations that wait on one socket at the same time is not defined.
///
/// # Differences from .NET
/// - Contexts own their buffers, and a buffer cannot be reached while it is in use.
/// - Dropping the [`Socket`] closes it, and pending operations then end as
///   [`OperationAborted`](SocketErrorCode::OperationAborted): an operation keeps its context
///   alive, not the socket.
/// - `AcceptSocket` and `ConnectSocket` are taken out, as a socket has one owner.
///
/// # Examples
/// ```
/// use std::sync::{Arc, mpsc};
/// use system_net_sockets::{Socket, SocketAsyncEventArgs, SocketErrorCode};
/// # use system_net_sockets::{ProtocolType, SocketType};
/// # use system_net_primitives::AddressFamily;
///
/// # let listener = Socket::new(AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::TCP)?;
/// # listener.bind("127.0.0.1:0".parse::<std::net::SocketAddr>()?)?;
/// # listener.listen(1)?;
/// # let client = Socket::new(AddressFamily::InterNetwork, SocketType::Stream, ProtocolType::TCP)?;
/// # client.connect(listener.local_end_point()?.unwrap())?;
/// # let socket = listener.accept()?;
/// let args = SocketAsyncEventArgs::new();
/// args.set_memory_buffer(vec![0; 1024])?;
/// let (ended, results) = mpsc::channel();
/// args.set_handler(Some(Arc::new(move |args| {
///     let _ = ended.send((args.socket_error(), args.bytes_transferred()));
/// })));
/// if socket.receive_args(&args)? {
///     client.send(b"ping")?;
///     assert_eq!(results.recv()?, (SocketErrorCode::Success, 4));
/// }
/// assert_eq!(&args.transferred()?[..], b"ping");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SocketAsyncEventArgs {
    context: Arc<Context>,
}

impl SocketAsyncEventArgs {
    /// A context without a buffer and without handlers.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SocketAsyncEventArgs()`
    #[must_use]
    pub fn new() -> Self {
        Self {
            context: Arc::new(Context::new()),
        }
    }

    /// Adds a handler, which is called when a pending operation has ended.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.Completed`
    #[doc(alias = "SocketAsyncEventArgs.Completed")]
    pub fn on_completed(&self, handler: impl Fn(&Self) + Send + Sync + 'static) -> Subscription {
        let completed = Arc::clone(&self.context.lock().extra().completed);
        completed.on(handler)
    }

    /// Sets the handler that is called before those of [`on_completed`](Self::on_completed), or
    /// none. Thousands of contexts can share one, at the cost of a pointer each.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.OnCompleted`
    #[doc(alias = "SocketAsyncEventArgs.OnCompleted")]
    pub fn set_handler(&self, handler: Option<SocketAsyncEventArgsHandler>) {
        let old = std::mem::replace(&mut self.context.lock().handler, handler);
        // Code of the application, which must not run under the lock.
        drop(old);
    }

    /// The last operation, or the one in progress.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.LastOperation`
    #[doc(alias = "SocketAsyncEventArgs.LastOperation")]
    #[must_use]
    pub fn last_operation(&self) -> SocketAsyncOperation {
        self.context.lock().operation
    }

    /// How the last operation ended.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SocketError`
    #[doc(alias = "SocketAsyncEventArgs.SocketError")]
    #[must_use]
    pub fn socket_error(&self) -> SocketErrorCode {
        self.context.lock().error
    }

    /// Sets what [`socket_error`](Self::socket_error) gives until the next operation.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SocketError`
    #[doc(alias = "SocketAsyncEventArgs.SocketError")]
    pub fn set_socket_error(&self, error: SocketErrorCode) {
        self.context.lock().fail(error, None);
    }

    /// How the last operation failed, with the system's number; `None` if it did not.
    #[must_use]
    pub fn error(&self) -> Option<SocketError> {
        self.context.lock().error()
    }

    /// How many bytes the last operation sent or received. 0 of a receive from a stream is its
    /// end.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.BytesTransferred`
    #[doc(alias = "SocketAsyncEventArgs.BytesTransferred")]
    #[must_use]
    pub fn bytes_transferred(&self) -> usize {
        self.context.lock().transferred
    }

    /// The flags of the next operation, or those that came with the last message.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SocketFlags`
    #[doc(alias = "SocketAsyncEventArgs.SocketFlags")]
    #[must_use]
    pub fn socket_flags(&self) -> SocketFlags {
        self.context.lock().socket_flags
    }

    /// Sets the flags of the next operation.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SocketFlags`
    #[doc(alias = "SocketAsyncEventArgs.SocketFlags")]
    pub fn set_socket_flags(&self, flags: SocketFlags) {
        self.context.lock().socket_flags = flags;
    }

    /// The object that travels with the context.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.UserToken`
    #[doc(alias = "SocketAsyncEventArgs.UserToken")]
    #[must_use]
    pub fn user_token(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        let state = self.context.lock();
        state.extra.as_ref()?.user_token.clone()
    }

    /// Sets the object that travels with the context.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.UserToken`
    #[doc(alias = "SocketAsyncEventArgs.UserToken")]
    pub fn set_user_token(&self, token: Option<Arc<dyn Any + Send + Sync>>) {
        let old = std::mem::replace(&mut self.context.lock().extra().user_token, token);
        drop(old);
    }

    /// Takes the socket that an accept made, or the one set for the next.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.AcceptSocket`
    ///
    /// `None` while an operation is in progress. If it is not taken out, the next accept puts its
    /// connection into this socket, which must be neither bound nor connected then.
    #[doc(alias = "SocketAsyncEventArgs.AcceptSocket")]
    #[must_use]
    pub fn take_accept_socket(&self) -> Option<Socket> {
        let mut state = self.context.lock();
        state.configurable().ok()?;
        state.extra.as_mut()?.accept_socket.take()
    }

    /// Sets the socket into which the next accept puts its connection.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.AcceptSocket`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] while an operation is in progress.
    #[doc(alias = "SocketAsyncEventArgs.AcceptSocket")]
    pub fn set_accept_socket(&self, socket: Option<Socket>) -> Result<(), Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        let old = std::mem::replace(&mut state.extra().accept_socket, socket);
        drop(state);
        drop(old);
        Ok(())
    }

    /// Takes the socket that [`Socket::connect_new_args`] made and connected.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.ConnectSocket`
    ///
    /// `None` after a failure, and for a connect of a socket that the application has anyway.
    #[doc(alias = "SocketAsyncEventArgs.ConnectSocket")]
    #[must_use]
    pub fn take_connect_socket(&self) -> Option<Socket> {
        let mut state = self.context.lock();
        state.configurable().ok()?;
        state.extra.as_mut()?.connect_socket.take()
    }

    /// Why a connect to a name failed: the look-up's error, or that of the last address.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.ConnectByNameError`
    #[doc(alias = "SocketAsyncEventArgs.ConnectByNameError")]
    #[must_use]
    pub fn connect_by_name_error(&self) -> Option<SocketError> {
        let state = self.context.lock();
        state.extra.as_ref()?.connect_by_name_error.clone()
    }

    /// Where to connect or to send to, or where the last message came from.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.RemoteEndPoint`
    #[doc(alias = "SocketAsyncEventArgs.RemoteEndPoint")]
    #[must_use]
    pub fn remote_end_point(&self) -> Option<EndPoint> {
        let state = self.context.lock();
        state.extra.as_ref()?.remote_end_point.clone()
    }

    /// Sets where to connect or to send to. A receive that tells the sender needs one as well,
    /// whose kind says which kind of addresses is expected.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.RemoteEndPoint`
    #[doc(alias = "SocketAsyncEventArgs.RemoteEndPoint")]
    pub fn set_remote_end_point(&self, end_point: Option<EndPoint>) {
        self.context.lock().extra().remote_end_point = end_point;
    }

    /// Whether a disconnect leaves the socket ready for another connection.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.DisconnectReuseSocket`
    #[doc(alias = "SocketAsyncEventArgs.DisconnectReuseSocket")]
    #[must_use]
    pub fn disconnect_reuse_socket(&self) -> bool {
        let state = self.context.lock();
        state
            .extra
            .as_ref()
            .is_some_and(|extra| extra.disconnect_reuse_socket)
    }

    /// Sets whether a disconnect leaves the socket ready for another connection.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.DisconnectReuseSocket`
    #[doc(alias = "SocketAsyncEventArgs.DisconnectReuseSocket")]
    pub fn set_disconnect_reuse_socket(&self, reuse: bool) {
        self.context.lock().extra().disconnect_reuse_socket = reuse;
    }

    /// To which address and over which interface the last message came.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.ReceiveMessageFromPacketInfo`
    #[doc(alias = "SocketAsyncEventArgs.ReceiveMessageFromPacketInfo")]
    #[must_use]
    pub fn receive_message_from_packet_info(&self) -> IpPacketInformation {
        let state = self.context.lock();
        state
            .extra
            .as_ref()
            .map_or_else(IpPacketInformation::default, |extra| {
                extra.packet_information
            })
    }

    /// What a send of packets sends, in this order.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SendPacketsElements`
    #[doc(alias = "SocketAsyncEventArgs.SendPacketsElements")]
    #[must_use]
    pub fn send_packets_elements(&self) -> Option<Vec<SendPacketsElement>> {
        let state = self.context.lock();
        state.extra.as_ref()?.packets.elements.clone()
    }

    /// Sets what a send of packets sends.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SendPacketsElements`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] while an operation is in progress.
    #[doc(alias = "SocketAsyncEventArgs.SendPacketsElements")]
    pub fn set_send_packets_elements(
        &self,
        elements: Option<Vec<SendPacketsElement>>,
    ) -> Result<(), Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        state.extra().packets.elements = elements;
        Ok(())
    }

    /// What follows a send of packets.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SendPacketsFlags`
    #[doc(alias = "SocketAsyncEventArgs.SendPacketsFlags")]
    #[must_use]
    pub fn send_packets_flags(&self) -> TransmitFileOptions {
        let state = self.context.lock();
        state
            .extra
            .as_ref()
            .map_or_else(TransmitFileOptions::default, |extra| extra.packets.flags)
    }

    /// Sets what follows a send of packets: with
    /// [`DISCONNECT`](TransmitFileOptions::DISCONNECT) the socket is disconnected, with
    /// [`REUSE_SOCKET`](TransmitFileOptions::REUSE_SOCKET) so that it can be used again.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SendPacketsFlags`
    #[doc(alias = "SocketAsyncEventArgs.SendPacketsFlags")]
    pub fn set_send_packets_flags(&self, flags: TransmitFileOptions) {
        self.context.lock().extra().packets.flags = flags;
    }

    /// The most bytes of one piece of a send of packets; 0 leaves it to the system.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SendPacketsSendSize`
    #[doc(alias = "SocketAsyncEventArgs.SendPacketsSendSize")]
    #[must_use]
    pub fn send_packets_send_size(&self) -> usize {
        let state = self.context.lock();
        state
            .extra
            .as_ref()
            .map_or(0, |extra| extra.packets.send_size)
    }

    /// Sets the most bytes of one piece of a send of packets. Of sockets other than streams a
    /// piece is a message.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SendPacketsSendSize`
    #[doc(alias = "SocketAsyncEventArgs.SendPacketsSendSize")]
    pub fn set_send_packets_send_size(&self, size: usize) {
        self.context.lock().extra().packets.send_size = size;
    }

    /// Whether an operation is in progress.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        self.context.lock().phase == Phase::InProgress
    }

    /// Lets go of the buffers; no operation can be started any more. One that is in progress
    /// goes on to its end first.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.Dispose`
    ///
    /// Dropping the last handle does the same.
    #[doc(alias = "SocketAsyncEventArgs.Dispose")]
    pub fn dispose(&self) {
        let mut state = self.context.lock();
        state.disposed = true;
        let leftovers = match state.phase {
            // The end of the operation or of the guard comes back to it.
            Phase::InProgress | Phase::Lent => None,
            Phase::Free | Phase::Disposed => state.end(),
        };
        drop(state);
        drop(leftovers);
    }
}

impl Default for SocketAsyncEventArgs {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for SocketAsyncEventArgs {
    /// Whether both are the same context.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.context, &other.context)
    }
}

impl Eq for SocketAsyncEventArgs {}

impl fmt::Debug for SocketAsyncEventArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.context.fmt(f)
    }
}
