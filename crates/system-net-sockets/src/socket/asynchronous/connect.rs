//! Connecting and disconnecting.

use std::future::poll_fn;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint, Misuse};
use system_net_runtime::{Direction, Progress, sleep_until};

use crate::access::Checks;
use crate::dns::addresses_of_host_later;
use crate::error::SocketError;
use crate::socket::Socket;
use crate::socket::connection::{goes_on, no_address};
use crate::socket::handle::Handle;
use crate::socket::watch::Wait;
use crate::sys::{self, RawAddress};
use crate::trace;

const CONNECT: &str = "connect";
/// The member, as it is traced.
const METHOD: &str = "ConnectAsync";

/// How long a connect waits at first for room in the queue of a local server, which the system
/// does not announce; twice as long each further time.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(64);

impl Socket {
    /// Connects, as [`connect`](Self::connect) does: a host name is resolved and its addresses
    /// are tried in turn.
    ///
    /// If the future is dropped, the attempt is given up, and the socket can connect again.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.ConnectAsync(Socket, EndPoint)`
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile. It waits even if the socket must not block.
    #[doc(alias = "SocketTaskExtensions.ConnectAsync")]
    pub async fn connect_async(
        &self,
        remote_end_point: impl Into<EndPoint>,
    ) -> Result<(), SocketError> {
        let end_point = remote_end_point.into();
        let trace = self.handle().trace();
        let call = trace.enter(METHOD, format_args!("{}", trace::end_point(&end_point)));
        let connecting = self.handle().connect_to(end_point);
        trace::later(trace, call, METHOD, self.told(connecting)).await
    }

    /// Connects to a host by name or address, trying its addresses in turn.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.ConnectAsync(Socket, String, Int32)`
    ///
    /// # Errors
    /// Those of [`connect_async`](Self::connect_async); of several failed addresses the last
    /// one's.
    #[doc(alias = "SocketTaskExtensions.ConnectAsync")]
    pub async fn connect_host_async(&self, host: &str, port: u16) -> Result<(), SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter(METHOD, format_args!("{host}"));
        let any = AddressFamily::Unspecified;
        let connecting = self.handle().connect_to_host(host, port, any);
        trace::later(trace, call, METHOD, self.told(connecting)).await
    }

    /// Connects to the first of some addresses that answers. Those of a family that the socket
    /// does not have are left out.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.ConnectAsync(Socket, IPAddress[], Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty list, else those of
    /// [`connect_async`](Self::connect_async); of several failed addresses the last one's.
    #[doc(alias = "SocketTaskExtensions.ConnectAsync")]
    pub async fn connect_addresses_async(
        &self,
        addresses: &[IpAddress],
        port: u16,
    ) -> Result<(), SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter(METHOD, format_args!("IPAddress[]"));
        let connecting = self.handle().connect_to_any(None, addresses, port);
        trace::later(trace, call, METHOD, self.told(connecting)).await
    }

    /// Tells of the connection once it is made.
    async fn told(
        &self,
        connecting: impl Future<Output = Result<(), SocketError>>,
    ) -> Result<(), SocketError> {
        connecting.await?;
        trace::connected(self, METHOD, "Created");
        Ok(())
    }

    /// Ends the connection, as [`disconnect`](Self::disconnect) does, which never waits.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.DisconnectAsync`
    ///
    /// # Errors
    /// Those of [`disconnect`](Self::disconnect).
    #[doc(alias = "Socket.DisconnectAsync")]
    #[allow(clippy::unused_async, reason = "it has the form of its kind")]
    pub async fn disconnect_async(&self, reuse_socket: bool) -> Result<(), SocketError> {
        let handle = self.handle();
        trace::call(handle.trace(), "DisconnectAsync", format_args!(""), || {
            handle.disconnect(reuse_socket)
        })
    }
}

impl Handle {
    pub(crate) async fn connect_to(&self, end_point: EndPoint) -> Result<(), SocketError> {
        match end_point {
            EndPoint::Dns(dns) => {
                self.connect_to_host(dns.host(), dns.port(), dns.address_family())
                    .await
            }
            end_point => self.connect_to_one(None, &end_point).await,
        }
    }

    pub(crate) async fn connect_to_host(
        &self,
        host: &str,
        port: u16,
        family: AddressFamily,
    ) -> Result<(), SocketError> {
        self.fd()?;
        let addresses = addresses_of_host_later(host, family).await?;
        if self.is_closed() {
            return Err(self.closed_asynchronously(true, CONNECT));
        }
        self.connect_to_any(Some(host), &addresses, port).await
    }

    pub(crate) async fn connect_to_any(
        &self,
        host: Option<&str>,
        addresses: &[IpAddress],
        port: u16,
    ) -> Result<(), SocketError> {
        if addresses.is_empty() {
            return Err(Misuse::invalid_argument("addresses", "the list is empty").into());
        }
        let mut last = None;
        for address in addresses {
            if !self.can_reach(*address) {
                continue;
            }
            let end_point = IpEndPoint::new(*address, port).into();
            match self.connect_to_one(host, &end_point).await {
                Err(error) if goes_on(&error) => last = Some(error),
                result => return result,
            }
        }
        Err(last.unwrap_or_else(no_address))
    }

    async fn connect_to_one(
        &self,
        host: Option<&str>,
        end_point: &EndPoint,
    ) -> Result<(), SocketError> {
        let address = self.raw_address(end_point)?;
        Checks::of_sockets().connect(host, &address, self.socket_type())?;
        self.connect_raw(&address)
            .await
            .map_err(|error| match error.misuse() {
                Some(_) => error,
                None => error.with_context(format!("connect to {end_point}")),
            })?;
        self.set_connected(Some(address.to_end_point_or_none()));
        Ok(())
    }

    async fn connect_raw(&self, address: &RawAddress) -> Result<(), SocketError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.start_connect(address) {
                Ok(true) => return self.unless_closed_by_now(),
                Ok(false) => return self.connected_later().await,
                Err(error) if error.errno() == Some(libc::EAGAIN) => {}
                Err(error) => return Err(error),
            }
            #[allow(
                clippy::disallowed_methods,
                reason = "deadlines of waits are monotonic time itself"
            )]
            let until = Instant::now() + pause;
            sleep_until(until).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.unless_closed_by_now()?;
        }
    }

    /// The descriptor is not kept over a wait, so that closing closes it.
    fn start_connect(&self, address: &RawAddress) -> Result<bool, SocketError> {
        self.check_can_connect()?;
        let fd = self.fd()?;
        let failed = |error| self.failure(error, CONNECT);
        self.make_nonblocking(&fd).map_err(failed)?;
        let done = self.begin_connect(&fd, address).map_err(failed)?;
        // What a reactor knows is from before: an unconnected stream counts as closed.
        self.watch().reset();
        Ok(done)
    }

    async fn connected_later(&self) -> Result<(), SocketError> {
        let mut wait = Wait::new();
        wait.begin();
        let attempt = Attempt { handle: self };
        let connected = poll_fn(|cx| {
            self.poll_io(cx, &mut wait, Direction::Write, CONNECT, |fd| {
                // An error is also told when nothing has happened yet, namely as none.
                if sys::wait(fd.as_fd(), libc::POLLOUT, Some(Duration::ZERO))? == 0 {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                self.finish_connect(fd)?;
                Ok(Progress {
                    value: (),
                    exhausted: false,
                })
            })
        })
        .await;
        std::mem::forget(attempt);
        connected?;
        self.unless_closed_by_now()
    }

    fn unless_closed_by_now(&self) -> Result<(), SocketError> {
        if self.is_closed() {
            return Err(self.closed_asynchronously(true, CONNECT));
        }
        Ok(())
    }
}

/// A connect that goes on in the system. Dropping it gives it up.
struct Attempt<'a> {
    handle: &'a Handle,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Ok(fd) = self.handle.fd() {
            // On failure the system's own attempt goes on, which does no harm.
            let _ = sys::connect(fd.as_fd(), &RawAddress::unspecified());
            self.handle.watch().reset();
        }
    }
}
