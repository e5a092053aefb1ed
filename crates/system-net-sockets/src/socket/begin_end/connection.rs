//! `begin_accept`, `begin_connect`, `begin_disconnect`.

use std::sync::Arc;
use std::task::{Context, Poll};

use system_net_primitives::{
    AddressFamily, AsyncCallback, AsyncResult, AsyncState, EndPoint, IpAddress, Misuse,
};
use system_net_runtime::begin_completed;

use super::operation::{Call, settled, start, start_future};
use super::{begins, end_call, origin};
use crate::error::SocketError;
use crate::socket::Socket;
use crate::socket::handle::Handle;
use crate::socket::watch::Wait;
use crate::trace;

/// The callback of an operation without a buffer.
type Callback<T> = AsyncCallback<Result<T, SocketError>>;

impl Socket {
    /// Begins to take a connection.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginAccept(AsyncCallback, Object)`
    #[doc(alias = "Socket.BeginAccept")]
    pub fn begin_accept(
        &self,
        callback: Option<Callback<Self>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<Self, SocketError>> {
        let handle = self.handle();
        let origin = origin(handle.trace(), begins::ACCEPT);
        trace::begun(
            handle.trace(),
            "BeginAccept",
            format_args!(""),
            || match handle.prepare_accept() {
                Ok(()) => start(handle, origin, Accept, callback, state),
                Err(error) => begin_completed(origin, Err(error), callback, state),
            },
        )
    }

    /// Waits for a connection and gives it.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndAccept`
    ///
    /// # Errors
    /// Those of [`accept_async`](Self::accept_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndAccept")]
    pub fn end_accept(
        &self,
        result: &AsyncResult<Result<Self, SocketError>>,
    ) -> Result<Self, SocketError> {
        let accepted = end_call(self.handle(), "EndAccept", &[begins::ACCEPT], result)?;
        trace::connected(&accepted, "EndAccept", "Accepted");
        Ok(accepted)
    }

    /// Begins to take a connection and to receive its first bytes, at most `receive_size`; with
    /// 0 the connection alone. More than `i32::MAX` is the error
    /// [`Misuse::OutOfRange`].
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginAccept(Int32, AsyncCallback, Object)`
    ///
    /// # Differences from .NET
    /// Other connections are not held up by one that sends nothing, but this operation is.
    #[doc(alias = "Socket.BeginAccept")]
    pub fn begin_accept_and_receive(
        &self,
        receive_size: usize,
        callback: Option<Callback<(Self, Vec<u8>)>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(Self, Vec<u8>), SocketError>> {
        let origin = origin(self.handle().trace(), begins::ACCEPT);
        if i32::try_from(receive_size).is_err() {
            let text = format!("expected at most {} bytes, got {receive_size}", i32::MAX);
            let error = Misuse::out_of_range("receiveSize", text);
            return begin_completed(origin, Err(error.into()), callback, state);
        }
        let handle = Arc::clone(self.handle());
        let accepting = async move {
            let accepted = handle.accept_one().await?;
            let mut buffer = vec![0; receive_size];
            if receive_size > 0 {
                let flags = crate::SocketFlags::NONE;
                let received = accepted.receive_async(&mut buffer, flags).await?;
                buffer.truncate(received);
            }
            Ok((accepted, buffer))
        };
        let shown = format_args!("{receive_size}#{receive_size}");
        trace::begun(self.handle().trace(), "BeginAccept", shown, || {
            start_future(accepting, "accept", origin, callback, state)
        })
    }

    /// Waits for a connection and gives it with its first bytes.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndAccept(Byte[], IAsyncResult)`
    ///
    /// # Errors
    /// Those of [`accept_async`](Self::accept_async) and
    /// [`receive_async`](Self::receive_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndAccept")]
    pub fn end_accept_and_receive(
        &self,
        result: &AsyncResult<Result<(Self, Vec<u8>), SocketError>>,
    ) -> Result<(Self, Vec<u8>), SocketError> {
        end_call(self.handle(), "EndAccept", &[begins::ACCEPT], result)
    }

    /// Begins to connect.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginConnect(EndPoint, AsyncCallback, Object)`
    #[doc(alias = "Socket.BeginConnect")]
    pub fn begin_connect(
        &self,
        remote_end_point: impl Into<EndPoint>,
        callback: Option<Callback<()>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), SocketError>> {
        let handle = Arc::clone(self.handle());
        let end_point = remote_end_point.into();
        let to = end_point.clone();
        let connecting = async move { handle.connect_to(to).await };
        let place = trace::end_point(&end_point);
        let shown = format_args!("{place}");
        trace::begun(self.handle().trace(), "BeginConnect", shown, || {
            let origin = origin(self.handle().trace(), begins::CONNECT);
            start_future(connecting, "connect", origin, callback, state)
        })
    }

    /// Begins to connect to a host by name or address.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginConnect(String, Int32, AsyncCallback, Object)`
    #[doc(alias = "Socket.BeginConnect")]
    pub fn begin_connect_host(
        &self,
        host: &str,
        port: u16,
        callback: Option<Callback<()>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), SocketError>> {
        let handle = Arc::clone(self.handle());
        let name = host.to_owned();
        let connecting = async move {
            handle
                .connect_to_host(&name, port, AddressFamily::Unspecified)
                .await
        };
        let shown = format_args!("{host}");
        trace::begun(self.handle().trace(), "BeginConnect", shown, || {
            let origin = origin(self.handle().trace(), begins::CONNECT);
            start_future(connecting, "connect", origin, callback, state)
        })
    }

    /// Begins to connect to the first of some addresses that answers.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginConnect(IPAddress[], Int32, AsyncCallback, Object)`
    #[doc(alias = "Socket.BeginConnect")]
    pub fn begin_connect_addresses(
        &self,
        addresses: &[IpAddress],
        port: u16,
        callback: Option<Callback<()>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), SocketError>> {
        let handle = Arc::clone(self.handle());
        let addresses = addresses.to_vec();
        let connecting = async move { handle.connect_to_any(None, &addresses, port).await };
        let shown = format_args!("IPAddress[]");
        trace::begun(self.handle().trace(), "BeginConnect", shown, || {
            let origin = origin(self.handle().trace(), begins::CONNECT);
            start_future(connecting, "connect", origin, callback, state)
        })
    }

    /// Waits for the end of a connect.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndConnect`
    ///
    /// # Errors
    /// Those of [`connect_async`](Self::connect_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndConnect")]
    pub fn end_connect(
        &self,
        result: &AsyncResult<Result<(), SocketError>>,
    ) -> Result<(), SocketError> {
        end_call(self.handle(), "EndConnect", begins::CONNECTS, result)?;
        trace::connected(self, "EndConnect", "Created");
        Ok(())
    }

    /// Ends the connection; it is done when this returns.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginDisconnect`
    #[doc(alias = "Socket.BeginDisconnect")]
    pub fn begin_disconnect(
        &self,
        reuse_socket: bool,
        callback: Option<Callback<()>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), SocketError>> {
        let handle = self.handle();
        trace::begun(handle.trace(), "BeginDisconnect", format_args!(""), || {
            let origin = origin(handle.trace(), begins::DISCONNECT);
            begin_completed(origin, handle.disconnect(reuse_socket), callback, state)
        })
    }

    /// Waits for the end of a disconnect.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndDisconnect`
    ///
    /// # Errors
    /// Those of [`disconnect`](Self::disconnect);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndDisconnect")]
    pub fn end_disconnect(
        &self,
        result: &AsyncResult<Result<(), SocketError>>,
    ) -> Result<(), SocketError> {
        end_call(
            self.handle(),
            "EndDisconnect",
            &[begins::DISCONNECT],
            result,
        )
    }
}

struct Accept;

impl Call for Accept {
    type Value = Socket;
    type Output = Result<Socket, SocketError>;

    const WHAT: &'static str = "accept";

    fn poll(
        &mut self,
        handle: &Arc<Handle>,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<Socket, SocketError>> {
        handle.poll_accept(cx, wait)
    }

    fn attempt(&mut self, handle: &Arc<Handle>) -> Option<Result<Socket, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        let accepted = settled(handle, handle.accept_waiting(&fd), Self::WHAT)?;
        Some(accepted.map(|(fd, peer)| Socket::accepted(handle, fd, peer)))
    }

    fn output(&mut self, result: Result<Socket, SocketError>) -> Self::Output {
        result
    }

    fn leave(&mut self, _: &Handle) {}
}
