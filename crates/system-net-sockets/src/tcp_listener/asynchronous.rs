//! Accepting without blocking, and its Begin and End.

use std::sync::Arc;

use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState};

use crate::error::SocketError;
use crate::socket::{end_of, origin};
use crate::tcp_client::begin_on;
use crate::{Socket, TcpClient, TcpListener, trace};

const ACCEPT_SOCKET: &str = "TcpListener.BeginAcceptSocket";
const ACCEPT_TCP_CLIENT: &str = "TcpListener.BeginAcceptTcpClient";

/// An operation that ends in a connection.
type Accepting<T> = AsyncResult<Result<T, SocketError>>;
/// What is called when it has ended.
type Accepted<T> = Option<AsyncCallback<Result<T, SocketError>>>;

/// Asynchronous calls, on any executor. Dropping a future ends its operation; a connection that
/// it did not give out stays for the next.
impl TcpListener {
    /// Takes the next connection, as a socket.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.AcceptSocketAsync`
    ///
    /// # Errors
    /// As [`accept_socket`](Self::accept_socket);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the listener is stopped
    /// meanwhile.
    #[doc(alias = "TcpListener.AcceptSocketAsync")]
    pub async fn accept_socket_async(&self) -> Result<Socket, SocketError> {
        const METHOD: &str = "AcceptSocketAsync";
        let call = self.trace().enter(METHOD, format_args!(""));
        let accepting = async { self.listening()?.accept_async().await };
        trace::later(self.trace(), call, METHOD, accepting).await
    }

    /// Takes the next connection, as a client.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.AcceptTcpClientAsync`
    ///
    /// # Errors
    /// As [`accept_socket_async`](Self::accept_socket_async).
    #[doc(alias = "TcpListener.AcceptTcpClientAsync")]
    pub async fn accept_tcp_client_async(&self) -> Result<TcpClient, SocketError> {
        const METHOD: &str = "AcceptTcpClientAsync";
        let call = self.trace().enter(METHOD, format_args!(""));
        let accepting = async {
            let socket = self.listening()?.accept_async().await?;
            Ok(TcpClient::over(Arc::new(socket), true))
        };
        trace::later(self.trace(), call, METHOD, accepting).await
    }
}

/// Begin and End. The callback is optional, and called on a thread that may block.
impl TcpListener {
    /// Begins to take the next connection, as a socket.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.BeginAcceptSocket`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if the
    /// listener is not started.
    #[doc(alias = "TcpListener.BeginAcceptSocket")]
    pub fn begin_accept_socket(
        &self,
        callback: Accepted<Socket>,
        state: Option<AsyncState>,
    ) -> Result<Accepting<Socket>, SocketError> {
        trace::call(self.trace(), "BeginAcceptSocket", format_args!(""), || {
            let server = self.listening()?;
            let handle = Arc::clone(server.handle());
            let operation = async move { handle.accept_one().await };
            let origin = origin(self.trace(), ACCEPT_SOCKET);
            Ok(begin_on(&server, origin, operation, callback, state))
        })
    }

    /// Waits for the connection that was begun.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.EndAcceptSocket`
    ///
    /// # Errors
    /// As [`accept_socket_async`](Self::accept_socket_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before or cancelled;
    /// [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument) if another
    /// object or another member began it.
    ///
    /// # Blocking
    /// Waits for the operation, which [`stop`](Self::stop) ends.
    #[doc(alias = "TcpListener.EndAcceptSocket")]
    pub fn end_accept_socket(
        &self,
        async_result: &Accepting<Socket>,
    ) -> Result<Socket, SocketError> {
        let shown = format_args!("AsyncResult");
        trace::call(self.trace(), "EndAcceptSocket", shown, || {
            end_of(self.trace(), &[ACCEPT_SOCKET], async_result)?
        })
    }

    /// Begins to take the next connection, as a client.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.BeginAcceptTcpClient`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if the
    /// listener is not started.
    #[doc(alias = "TcpListener.BeginAcceptTcpClient")]
    pub fn begin_accept_tcp_client(
        &self,
        callback: Accepted<TcpClient>,
        state: Option<AsyncState>,
    ) -> Result<Accepting<TcpClient>, SocketError> {
        trace::call(
            self.trace(),
            "BeginAcceptTcpClient",
            format_args!(""),
            || {
                let server = self.listening()?;
                let handle = Arc::clone(server.handle());
                let operation = async move {
                    let socket = handle.accept_one().await?;
                    Ok(TcpClient::over(Arc::new(socket), true))
                };
                let origin = origin(self.trace(), ACCEPT_TCP_CLIENT);
                Ok(begin_on(&server, origin, operation, callback, state))
            },
        )
    }

    /// Waits for the connection that was begun.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.EndAcceptTcpClient`
    ///
    /// # Errors
    /// As [`end_accept_socket`](Self::end_accept_socket).
    ///
    /// # Blocking
    /// Waits for the operation, which [`stop`](Self::stop) ends.
    #[doc(alias = "TcpListener.EndAcceptTcpClient")]
    pub fn end_accept_tcp_client(
        &self,
        async_result: &Accepting<TcpClient>,
    ) -> Result<TcpClient, SocketError> {
        let shown = format_args!("AsyncResult");
        trace::call(self.trace(), "EndAcceptTcpClient", shown, || {
            end_of(self.trace(), &[ACCEPT_TCP_CLIENT], async_result)?
        })
    }
}
