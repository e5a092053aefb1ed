//! What `sysnet tcp` and `sysnet udp` share: where they connect and listen, and what their errors
//! come to.

use std::time::Duration;

use system_net::{
    AddressFamily, Dns, IpAddress, IpEndPoint, NetContext, SocketError, SocketErrorCode,
};

use crate::arguments::End;
use crate::failure::{CONNECT, FAILED, Failure, RESOLVE, TIMEOUT, USAGE};

/// Where the command line says.
pub(super) struct Place {
    context: NetContext,
    pub(super) host: Option<String>,
    pub(super) port: u16,
    pub(super) family: AddressFamily,
}

impl Place {
    /// HOST PORT, or with -l also PORT alone.
    pub(super) fn of(end: &End, context: &NetContext) -> Result<Self, Failure> {
        let (host, port) = match (&end.host, &end.port) {
            (Some(host), Some(port)) => (Some(host.clone()), port),
            (Some(port), None) if end.listen => (None, port),
            (Some(_), None) => return Err(Failure::usage("a port is needed behind the host")),
            _ if end.listen => return Err(Failure::usage("a port is needed; 0 for a free one")),
            _ => return Err(Failure::usage("a host and a port are needed")),
        };
        let port = port
            .parse()
            .map_err(|_| Failure::usage(format_args!("{port:?} is no port from 0 to 65535")))?;
        Ok(Self {
            context: context.clone(),
            host,
            port,
            family: match (end.v4, end.v6) {
                (true, _) => AddressFamily::InterNetwork,
                (_, true) => AddressFamily::InterNetworkV6,
                _ => AddressFamily::Unspecified,
            },
        })
    }

    /// The end points of the host, in the order in which they are tried.
    pub(super) async fn resolve(&self) -> Result<Vec<IpEndPoint>, Failure> {
        let host = self.host.as_deref().unwrap_or_default();
        let addresses =
            Dns::get_host_addresses_of_family_async_in(&self.context, host, self.family)
                .await
                .map_err(|error| failure(&error, FAILED))?;
        Ok(addresses
            .into_iter()
            .map(|address| IpEndPoint::new(address, self.port))
            .collect())
    }

    /// Where to listen; `None` at any address of both families.
    pub(super) fn local(&self) -> Result<Option<IpEndPoint>, Failure> {
        let address = match (&self.host, self.family) {
            (Some(_), _) => {
                let found = now(self.resolve())?;
                return Ok(found.into_iter().next());
            }
            (None, AddressFamily::InterNetwork) => IpAddress::ANY,
            (None, AddressFamily::InterNetworkV6) => IpAddress::IPV6_ANY,
            _ => return Ok(None),
        };
        Ok(Some(IpEndPoint::new(address, self.port)))
    }
}

/// Runs a future on this thread.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    system_net::runtime::background().block_on(future)
}

/// Runs a future for at most some time.
pub(super) fn within<T>(
    limit: Option<Duration>,
    future: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    now(async {
        match limit {
            None => future.await,
            Some(limit) => tokio::time::timeout(limit, future)
                .await
                .unwrap_or_else(|_| Err(timed_out(limit))),
        }
    })
}

pub(super) fn timed_out(limit: Duration) -> Failure {
    let mut failure = Failure::new(TIMEOUT, format_args!("nothing happened for {limit:?}"));
    failure.status = Some(SocketErrorCode::TimedOut.name());
    failure.advise("raise -w if the other side is slow")
}

/// What an error comes to; `otherwise` is the exit code of those without one of their own.
pub(super) fn failure(error: &SocketError, otherwise: u8) -> Failure {
    use SocketErrorCode as Code;
    let (code, advice) = match error.code() {
        _ if error.misuse().is_some() => (USAGE, None),
        Code::HostNotFound | Code::NoData | Code::TryAgain | Code::NoRecovery => {
            (RESOLVE, Some("sysnet dns shows what is known of a name"))
        }
        Code::ConnectionRefused => (CONNECT, Some("nobody listens there")),
        Code::HostUnreachable | Code::NetworkUnreachable => {
            (CONNECT, Some("there is no way to that address"))
        }
        Code::AddressAlreadyInUse => (
            otherwise,
            Some("another program has the address, or left its socket's file behind"),
        ),
        Code::TimedOut => (TIMEOUT, None),
        _ => (otherwise, None),
    };
    let mut failure = Failure::new(code, error);
    failure.status = Some(error.code().name());
    failure.advice.extend(advice.map(str::to_owned));
    failure
}
