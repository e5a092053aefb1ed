//! Begin and End of connecting.

use std::fmt;
use std::sync::Arc;

use system_net_diagnostics::shown;
use system_net_primitives::{
    AddressFamily, AsyncCallback, AsyncOrigin, AsyncResult, AsyncState, IpAddress, IpEndPoint,
    Misuse,
};
use system_net_runtime::{begin_as, begin_completed};

use crate::error::{SocketError, SocketErrorCode};
use crate::socket::{begins, end_of, origin};
use crate::{Socket, TcpClient, trace};

/// An operation that ends in a connection.
type Connecting = AsyncResult<Result<(), SocketError>>;
/// What is called when it has ended.
type Connected = Option<AsyncCallback<Result<(), SocketError>>>;

/// Begin and End. The callback is optional, and called on a thread that may block.
impl TcpClient {
    /// Begins to connect to an address and a port.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.BeginConnect(IPAddress, Int32, AsyncCallback, Object)`
    #[doc(alias = "TcpClient.BeginConnect")]
    pub fn begin_connect(
        &self,
        address: IpAddress,
        port: u16,
        request_callback: Connected,
        state: Option<AsyncState>,
    ) -> Connecting {
        let handle = Arc::clone(self.client().handle());
        let to = IpEndPoint::new(address, port);
        let operation = async move { handle.connect_to(to.into()).await };
        self.begun(format_args!("{}", shown(&address)), || {
            begin_on(
                self.client(),
                self.origin(),
                operation,
                request_callback,
                state,
            )
        })
    }

    /// Begins to connect to the first of these addresses that accepts.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.BeginConnect(IPAddress[], Int32, AsyncCallback, Object)`
    pub fn begin_connect_addresses(
        &self,
        addresses: Vec<IpAddress>,
        port: u16,
        request_callback: Connected,
        state: Option<AsyncState>,
    ) -> Connecting {
        let handle = Arc::clone(self.client().handle());
        let operation = async move { handle.connect_to_any(None, &addresses, port).await };
        self.begun(format_args!("IPAddress[]"), || {
            begin_on(
                self.client(),
                self.origin(),
                operation,
                request_callback,
                state,
            )
        })
    }

    /// Begins to connect to a host by name or address.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.BeginConnect(String, Int32, AsyncCallback, Object)`
    pub fn begin_connect_host(
        &self,
        host: &str,
        port: u16,
        request_callback: Connected,
        state: Option<AsyncState>,
    ) -> Connecting {
        let handle = Arc::clone(self.client().handle());
        let refused = self.refuse_active();
        let name = host.to_owned();
        let operation = async move {
            refused?;
            let any = AddressFamily::Unspecified;
            handle.connect_to_host(&name, port, any).await
        };
        self.begun(format_args!("{host}"), || {
            begin_on(
                self.client(),
                self.origin(),
                operation,
                request_callback,
                state,
            )
        })
    }

    /// Waits for the connection that was begun.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.EndConnect`
    ///
    /// # Errors
    /// As [`connect_host`](Self::connect_host);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before or cancelled;
    /// [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument) if another
    /// object or another member began it.
    ///
    /// # Blocking
    /// Waits for the operation.
    #[doc(alias = "TcpClient.EndConnect")]
    pub fn end_connect(&self, async_result: &Connecting) -> Result<(), SocketError> {
        let shown = format_args!("AsyncResult");
        trace::call(self.trace(), "EndConnect", shown, || {
            let socket = self.client().handle().trace();
            end_of(socket, begins::CLIENT_CONNECTS, async_result)??;
            self.activate();
            trace::connected(self.client(), "EndConnect", "Created");
            Ok(())
        })
    }

    /// A connect is an operation of the socket, which the client may be given another of.
    fn origin(&self) -> AsyncOrigin {
        origin(self.client().handle().trace(), begins::CLIENT_CONNECT)
    }

    fn begun(
        &self,
        arguments: fmt::Arguments<'_>,
        begin: impl FnOnce() -> Connecting,
    ) -> Connecting {
        trace::begun(self.trace(), "BeginConnect", arguments, begin)
    }
}

/// Begins an operation on a socket. One that is closed already is told at once; one that is
/// closed before the operation came to run has aborted it, as one that is closed later has.
pub(crate) fn begin_on<T: Send + 'static>(
    socket: &Socket,
    origin: AsyncOrigin,
    operation: impl Future<Output = Result<T, SocketError>> + Send + 'static,
    callback: Option<AsyncCallback<Result<T, SocketError>>>,
    state: Option<AsyncState>,
) -> AsyncResult<Result<T, SocketError>> {
    if let Err(error) = socket.handle().fd() {
        return begin_completed(origin, Err(error), callback, state);
    }
    let operation = async {
        operation.await.map_err(|error| match error.misuse() {
            Some(Misuse::Disposed { .. }) => SocketError::new(SocketErrorCode::OperationAborted),
            _ => error,
        })
    };
    begin_as(origin, operation, callback, state)
}
