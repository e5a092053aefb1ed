//! The operations of sockets that take a context.

use std::sync::Arc;

use system_net_primitives::{AddressFamily, EndPoint, Misuse};

use super::SocketAsyncEventArgs;
use super::buffers::Buffer;
use super::connect::Connecting;
use super::context::{Phase, State};
use super::engine::{self, Attempt, Direction};
use super::traced::{self, Told};
use crate::enums::{ProtocolType, SocketAsyncOperation, SocketType};
use crate::error::SocketError;
use crate::socket::{Handle, Socket};
use crate::trace;

/// Operations with a reusable context. Each gives `true` if it is pending, so that the handlers
/// of the context are called at its end, and `false` if it has ended already: **no handler is
/// called then**, and the results are in the context. Failures of the operation are results;
/// an `Err` means that none was started.
///
/// # Errors
/// All of them: [`Misuse::InvalidOperation`] if an operation is in progress with the context or a
/// guard of its buffer is alive; [`Misuse::Disposed`] if the socket is closed or the context
/// disposed.
impl Socket {
    /// Takes a connection, which is then [taken out](SocketAsyncEventArgs::take_accept_socket).
    ///
    /// If the context has a buffer, it receives the first data of the connection as well: the
    /// operation ends when data have come, or with no bytes when the peer has ended. A peer that
    /// says nothing holds the context for as long, but no other that accepts. Closing the listener
    /// ends it as [`OperationAborted`](crate::SocketErrorCode::OperationAborted); the connection is
    /// closed then, as with any failure.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.AcceptAsync(SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if the socket does not listen, or the context's accept socket
    /// is bound or connected; [`Misuse::InvalidArgument`] if the context has a buffer list, or the
    /// accept socket is of another family, type or protocol than the listener.
    ///
    /// # Differences from .NET
    /// The whole buffer, of any length, is for data; on Windows 288 bytes at its end are for the
    /// addresses, and a smaller one is refused.
    #[doc(alias = "Socket.AcceptAsync")]
    pub fn accept_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        let handle = self.handle();
        start(handle, args, SocketAsyncOperation::Accept, |state| {
            if matches!(state.buffer, Buffer::List(_)) {
                return Err(Misuse::invalid_argument(
                    "BufferList",
                    "an accept takes no list of buffers",
                )
                .into());
            }
            handle.check_listening()?;
            if let Some(socket) = &state.extra().accept_socket {
                if socket.is_bound() || socket.connected() {
                    return Err(Misuse::invalid_operation(
                        "the accept socket must be neither bound nor connected",
                    )
                    .into());
                }
                if kind(socket.handle()) != kind(handle) {
                    return Err(Misuse::invalid_argument(
                        "AcceptSocket",
                        "it must be of the listener's address family, type and protocol",
                    )
                    .into());
                }
            }
            let fd = handle.fd()?;
            handle.make_nonblocking(&fd)?;
            Ok(())
        })
    }

    /// Connects to the context's end point; of a name, to the first of its addresses that answers.
    /// If the context has a buffer, it is sent next, and the operation ends after that.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.ConnectAsync(SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] without an end point, or with a buffer list;
    /// [`Misuse::InvalidOperation`] if the socket listens.
    #[doc(alias = "Socket.ConnectAsync")]
    pub fn connect_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        connect(self.handle(), args, |_| {})
    }

    /// Makes a socket and connects it, as [`connect_args`](Self::connect_args) does. Once it is
    /// connected, it is [taken out](SocketAsyncEventArgs::take_connect_socket) of the context.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.ConnectAsync(SocketType, ProtocolType, SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// As [`connect_args`](Self::connect_args); the system's if no socket can be made.
    #[doc(alias = "Socket.ConnectAsync")]
    pub fn connect_new_args(
        socket_type: SocketType,
        protocol_type: ProtocolType,
        args: &SocketAsyncEventArgs,
    ) -> Result<bool, SocketError> {
        let socket = match args.remote_end_point() {
            Some(EndPoint::Dns(name)) if name.address_family() == AddressFamily::Unspecified => {
                Self::new_dual_mode(socket_type, protocol_type)?
            }
            Some(end_point) => Self::new(end_point.address_family(), socket_type, protocol_type)?,
            None => return Err(no_end_point().into()),
        };
        let handle = Arc::clone(socket.handle());
        // Not moved into the closure: it must not be dropped, and so closed, under the locks.
        let mut socket = Some(socket);
        connect(&handle, args, |state| {
            state.extra().connect_socket = socket.take();
        })
    }

    /// Gives up a connect in progress: its socket is closed, and the operation ends as
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted), its handlers called once.
    /// Nothing happens if the context has no connect in progress.
    ///
    /// .NET: `System.Net.Sockets.Socket.CancelConnectAsync`
    #[doc(alias = "Socket.CancelConnectAsync")]
    pub fn cancel_connect_args(args: &SocketAsyncEventArgs) {
        let handle = {
            let state = args.context.lock();
            let connects = state.phase == Phase::InProgress
                && state.operation == SocketAsyncOperation::Connect;
            let extra = state.extra.as_ref().filter(|_| connects);
            extra.and_then(|extra| extra.connecting.as_ref()?.handle())
        };
        if let Some(handle) = handle {
            handle.close();
        }
    }

    /// Ends the connection. It never waits.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.DisconnectAsync(SocketAsyncEventArgs)`
    #[doc(alias = "Socket.DisconnectAsync")]
    pub fn disconnect_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        let (method, _) = traced::names(SocketAsyncOperation::Disconnect);
        trace::call(self.handle().trace(), method, format_args!(""), || {
            self.disconnect_now(args)
        })
    }

    fn disconnect_now(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        let reuse = {
            let mut state = args.context.lock();
            if self.handle().is_closed() {
                return Err(Misuse::disposed("Socket").into());
            }
            state.configurable()?;
            state.begin(SocketAsyncOperation::Disconnect);
            state
                .extra
                .as_ref()
                .is_some_and(|extra| extra.disconnect_reuse_socket)
        };
        let result = self.handle().disconnect(reuse);
        let mut state = args.context.lock();
        if let Err(error) = result {
            state.fail(error.code(), error.errno());
        }
        let leftovers = state.end();
        drop(state);
        drop(leftovers);
        Ok(false)
    }

    /// Receives what there is, at most as much as the buffer or the list of buffers holds. Without
    /// room it waits until a stream has something.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveAsync(SocketAsyncEventArgs)`
    #[doc(alias = "Socket.ReceiveAsync")]
    pub fn receive_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        start(self.handle(), args, SocketAsyncOperation::Receive, |_| {
            Ok(())
        })
    }

    /// Receives a message, and its sender into the context's end point.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveFromAsync(SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] without an end point in the context, or with one of another
    /// kind than the socket's, or with a list of buffers.
    #[doc(alias = "Socket.ReceiveFromAsync")]
    pub fn receive_from_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        let handle = self.handle();
        start(handle, args, SocketAsyncOperation::ReceiveFrom, |state| {
            single(state)?;
            expected(handle, state)?;
            handle.check_bound()
        })
    }

    /// Receives a message, its sender into the context's end point, its flags, and
    /// [where it came to](SocketAsyncEventArgs::receive_message_from_packet_info).
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveMessageFromAsync(SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// As [`receive_from_args`](Self::receive_from_args).
    #[doc(alias = "Socket.ReceiveMessageFromAsync")]
    pub fn receive_message_from_args(
        &self,
        args: &SocketAsyncEventArgs,
    ) -> Result<bool, SocketError> {
        let handle = self.handle();
        start(
            handle,
            args,
            SocketAsyncOperation::ReceiveMessageFrom,
            |state| {
                single(state)?;
                expected(handle, state)?;
                handle.check_bound()?;
                handle.want_packet_information()
            },
        )
    }

    /// Sends the buffer or the list of buffers; of a stream it ends when all is sent.
    ///
    /// A datagram of more than 1024 buffers that are not empty is
    /// [`MessageSize`](crate::SocketErrorCode::MessageSize).
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendAsync(SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the context has neither a buffer nor a list.
    #[doc(alias = "Socket.SendAsync")]
    pub fn send_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        start(self.handle(), args, SocketAsyncOperation::Send, |state| {
            if matches!(state.buffer, Buffer::None) {
                return Err(Misuse::invalid_argument("Buffer", "the context has none").into());
            }
            Ok(())
        })
    }

    /// Sends files and buffers, one after the other.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendPacketsAsync(SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the context has no elements; [`Misuse::NotSupported`] if the
    /// socket is not connected; the system's if a file cannot be opened.
    #[doc(alias = "Socket.SendPacketsAsync")]
    pub fn send_packets_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        let handle = self.handle();
        start(handle, args, SocketAsyncOperation::SendPackets, |state| {
            let packets = &mut state.extra().packets;
            if packets.elements.is_none() {
                return Err(Misuse::invalid_argument(
                    "SendPacketsElements",
                    "the context has none",
                )
                .into());
            }
            if !handle.is_connected() {
                return Err(Misuse::not_supported("the socket is not connected").into());
            }
            let fd = handle.fd()?;
            handle.make_nonblocking(&fd)?;
            // Last: an operation that is refused keeps no files open.
            packets.open()
        })
    }

    /// Sends a message to the context's end point.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendToAsync(SocketAsyncEventArgs)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] without an end point, or with one of another kind than the
    /// socket's.
    #[doc(alias = "Socket.SendToAsync")]
    pub fn send_to_args(&self, args: &SocketAsyncEventArgs) -> Result<bool, SocketError> {
        let handle = self.handle();
        start(handle, args, SocketAsyncOperation::SendTo, |state| {
            let extra = state.extra();
            let end_point = extra.remote_end_point.as_ref().ok_or_else(no_end_point)?;
            extra.target = Some(handle.sendable_address(end_point)?);
            Ok(())
        })
    }
}

/// Starts an operation: refuses it, ends it at once, or leaves it pending.
#[inline]
fn start(
    handle: &Arc<Handle>,
    args: &SocketAsyncEventArgs,
    operation: SocketAsyncOperation,
    prepare: impl FnOnce(&mut State) -> Result<(), SocketError>,
) -> Result<bool, SocketError> {
    let (method, _) = traced::names(operation);
    trace::call(handle.trace(), method, format_args!(""), || {
        start_now(handle, args, operation, prepare)
    })
}

fn start_now(
    handle: &Arc<Handle>,
    args: &SocketAsyncEventArgs,
    operation: SocketAsyncOperation,
    prepare: impl FnOnce(&mut State) -> Result<(), SocketError>,
) -> Result<bool, SocketError> {
    type Operation = SocketAsyncOperation;
    let direction = match operation {
        Operation::Accept
        | Operation::Receive
        | Operation::ReceiveFrom
        | Operation::ReceiveMessageFrom => Direction::Read,
        _ => Direction::Write,
    };
    let mut lane = handle.channel().lane(direction);
    // Whoever closes marks the handle first and takes the lane then.
    if handle.is_channel_closed() {
        return Err(Misuse::disposed("Socket").into());
    }
    // Under the lock: what the engine hears of a descriptor that takes this one's place waits
    // for it, and then finds the context in the queue.
    let fd = handle.fd()?;
    let mut state = args.context.lock();
    state.configurable()?;
    prepare(&mut state)?;
    state.begin(operation);
    let try_now = lane.head().is_none();
    let tried = try_now && engine::may_try();
    let attempt = if tried {
        state.attempt(handle, &fd)
    } else {
        Attempt::Pending
    };
    if attempt == Attempt::Moved {
        drop(state);
        drop(lane);
        return Ok(move_on(handle, args));
    }
    let mut ended = attempt == Attempt::Done;
    if !ended && let Err(error) = engine::register(handle) {
        state.failed(handle, &error);
        ended = true;
    }
    if ended {
        let told = state.told(handle);
        let leftovers = state.end();
        drop(state);
        drop(lane);
        drop(leftovers);
        Told::tell(told, handle);
        return Ok(false);
    }
    drop(state);
    lane.push(Arc::clone(&args.context));
    drop(lane);
    if try_now && !tried {
        engine::retry(handle, direction);
    }
    Ok(true)
}

/// An accept has taken a connection at once, and waits for its data; whether it is pending.
fn move_on(listener: &Handle, args: &SocketAsyncEventArgs) -> bool {
    let to = args.context.lock().waits_at();
    if let Some(to) = to
        && engine::hand_over(listener, Arc::clone(&args.context), &to).is_none()
    {
        return true;
    }
    let mut state = args.context.lock();
    let told = state.told(listener);
    let leftovers = state.end();
    drop(state);
    drop(leftovers);
    Told::tell(told, listener);
    false
}

fn connect(
    handle: &Arc<Handle>,
    args: &SocketAsyncEventArgs,
    prepare: impl FnOnce(&mut State),
) -> Result<bool, SocketError> {
    start(handle, args, SocketAsyncOperation::Connect, |state| {
        if matches!(state.buffer, Buffer::List(_)) {
            return Err(Misuse::invalid_argument(
                "BufferList",
                "a connect takes no list of buffers",
            )
            .into());
        }
        handle.check_can_connect()?;
        let extra = state.extra();
        let end_point = extra.remote_end_point.clone().ok_or_else(no_end_point)?;
        let fd = handle.fd()?;
        handle.make_nonblocking(&fd)?;
        extra.connect_by_name_error = None;
        extra.denied = None;
        extra.connecting = Some(Connecting::to(end_point, handle));
        prepare(state);
        Ok(())
    })
}

/// What an accept socket must have in common with its listener. A stream of IP that names no
/// protocol is one of TCP.
fn kind(handle: &Handle) -> (AddressFamily, SocketType, ProtocolType) {
    let (family, socket_type) = (handle.family(), handle.socket_type());
    let ip = [AddressFamily::InterNetwork, AddressFamily::InterNetworkV6].contains(&family);
    let protocol = match handle.protocol_type() {
        ProtocolType::UNSPECIFIED if ip && handle.is_stream() => ProtocolType::TCP,
        protocol => protocol,
    };
    (family, socket_type, protocol)
}

fn no_end_point() -> Misuse {
    Misuse::invalid_argument("RemoteEndPoint", "the context has none")
}

fn single(state: &State) -> Result<(), SocketError> {
    match state.buffer {
        Buffer::List(_) => Err(Misuse::invalid_argument(
            "BufferList",
            "a receive that tells the sender takes one buffer",
        )
        .into()),
        _ => Ok(()),
    }
}

/// The end point a receive tells into must be there, and of the socket's kind.
fn expected(handle: &Handle, state: &mut State) -> Result<(), SocketError> {
    let end_point = state.extra().remote_end_point.as_ref();
    handle.raw_address(end_point.ok_or_else(no_end_point)?)?;
    Ok(())
}
