//! What is about to be done with the network, and who may forbid it.
//!
//! - `stack`: the policies that hold, of a context or of a scope
//! - `scope`: policies that hold while a future is polled or a function runs
//!
//! The crates that open sockets and look names up ask here before the first packet; who decides
//! stands above them (`system-net-security`) or is a program's own.

mod scope;
mod stack;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use scope::{access_scope, access_scope_blocking};
pub use stack::AccessStack;

use crate::{IpAddress, IpEndPoint};

/// Which transports a permission is about, or an access goes over.
///
/// .NET: `System.Net.TransportType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum TransportType {
    /// UDP.
    #[doc(alias = "TransportType.Udp")]
    Udp = 1,
    /// TCP.
    #[doc(alias = "TransportType.Tcp")]
    Tcp = 2,
    /// All of them.
    #[doc(alias = "TransportType.All")]
    All = 3,
}

impl TransportType {
    /// .NET: `System.Net.TransportType.Connectionless`
    #[doc(alias = "TransportType.Connectionless")]
    pub const CONNECTIONLESS: Self = Self::Udp;

    /// .NET: `System.Net.TransportType.ConnectionOriented`
    #[doc(alias = "TransportType.ConnectionOriented")]
    pub const CONNECTION_ORIENTED: Self = Self::Tcp;

    /// .NET's number.
    #[must_use]
    pub const fn value(self) -> i32 {
        self as i32
    }

    /// Whether all transports of `other` are among these.
    #[must_use]
    pub const fn includes(self, other: Self) -> bool {
        self.value() & other.value() == other.value()
    }

    /// .NET's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "Udp",
            Self::Tcp => "Tcp",
            Self::All => "All",
        }
    }
}

/// Something that is about to be done, of which no packet has gone out yet.
///
/// Addresses are those that the system is given, after every look-up and each time anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access<'a> {
    /// A name, or the name of an address, is looked up.
    Resolve {
        /// The name or the address.
        host: &'a str,
        /// Whether it is for a request, whose address was judged as [`Access::Request`].
        requested: bool,
    },
    /// A connection is opened or used, or a datagram sent.
    Connect {
        /// The name that led to the address, if one did.
        host: Option<&'a str>,
        /// The address.
        address: IpAddress,
        /// The port.
        port: u16,
        /// What goes over it.
        transport: TransportType,
        /// Whether it is for a request, whose address was judged as [`Access::Request`].
        requested: bool,
    },
    /// A connection to a Unix socket.
    ConnectLocal {
        /// Its path.
        path: &'a Path,
    },
    /// A proxy is asked for a host, whose address it finds itself.
    ThroughProxy {
        /// The host, as it stands in the request: a name or an address.
        host: &'a str,
        /// The port.
        port: u16,
    },
    /// Connections are accepted, or datagrams received.
    Accept {
        /// The own address.
        address: IpAddress,
        /// The own port, 0 for one of the system's choice.
        port: u16,
        /// What comes over it.
        transport: TransportType,
        /// It is done for a prefix that is served, which was judged by itself
        /// ([`Serve`](Self::Serve)).
        served: bool,
    },
    /// Connections to a Unix socket are accepted.
    AcceptLocal {
        /// Its path.
        path: &'a Path,
    },
    /// A resource is requested.
    Request {
        /// Its address.
        uri: &'a str,
    },
    /// Mail is sent.
    SendMail {
        /// The port of the mail server.
        port: u16,
    },
    /// Facts about the machine's network are read.
    ReadNetworkInformation,
    /// An echo is asked for.
    Ping {
        /// Of which address.
        address: IpAddress,
    },
    /// Resources are served.
    Serve {
        /// The prefix of their addresses.
        prefix: &'a str,
    },
}

impl fmt::Display for Access<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Resolve { host, .. } => write!(f, "looking up {host:?}"),
            Self::Connect {
                host: Some(host),
                address,
                port,
                ..
            } => write!(
                f,
                "connecting to {} ({host})",
                IpEndPoint::new(address, port)
            ),
            Self::Connect { address, port, .. } => {
                write!(f, "connecting to {}", IpEndPoint::new(address, port))
            }
            Self::ConnectLocal { path } => write!(f, "connecting to {}", path.display()),
            Self::ThroughProxy { host, port } => {
                write!(f, "reaching {host}:{port} through a proxy")
            }
            Self::Accept { address, port, .. } => {
                write!(f, "accepting at {}", IpEndPoint::new(address, port))
            }
            Self::AcceptLocal { path } => write!(f, "accepting at {}", path.display()),
            Self::Request { uri } => write!(f, "requesting {}", without_secrets(uri)),
            Self::SendMail { port } => write!(f, "sending mail by port {port}"),
            Self::ReadNetworkInformation => f.write_str("reading network information"),
            Self::Ping { address } => write!(f, "pinging {address}"),
            Self::Serve { prefix } => write!(f, "serving {prefix}"),
        }
    }
}

/// An address without its user information, query and fragment.
fn without_secrets(uri: &str) -> String {
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    let uri = &uri[..end];
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_owned();
    };
    let slash = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(slash);
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// What a policy says of an access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessVerdict {
    /// Nothing against it; those who called decide further.
    Pass,
    /// It is allowed, whatever those who called say; [firm](AccessPolicy::is_firm) policies are
    /// asked all the same.
    Assert,
    /// It is forbidden, for this reason: what was asked of whom, and what would allow it.
    Deny(String),
}

/// Decides what may be done with the network. It is asked often, by the thread that is about to do
/// it, and must not block.
pub trait AccessPolicy: Send + Sync {
    /// What it says of this.
    fn judge(&self, access: &Access<'_>) -> AccessVerdict;

    /// What it says of a set of permissions that is demanded, of whatever type those are; `Pass` of a
    /// type it does not know. Unless overridden, it knows none.
    fn judge_demand(&self, demanded: &dyn Any) -> AccessVerdict {
        let _ = demanded;
        AccessVerdict::Pass
    }

    /// Whether no assertion of what it holds for lifts it. Unless overridden, assertions do.
    fn is_firm(&self) -> bool {
        false
    }
}

impl<P: AccessPolicy + ?Sized> AccessPolicy for Arc<P> {
    fn judge(&self, access: &Access<'_>) -> AccessVerdict {
        (**self).judge(access)
    }

    fn judge_demand(&self, demanded: &dyn Any) -> AccessVerdict {
        (**self).judge_demand(demanded)
    }

    fn is_firm(&self) -> bool {
        (**self).is_firm()
    }
}

/// A policy forbids what was about to be done; no packet has gone out.
///
/// .NET: `System.Security.SecurityException`
#[doc(alias = "SecurityException")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDenied {
    what: Box<str>,
    reason: Box<str>,
}

impl AccessDenied {
    /// A demand is denied for this reason.
    #[must_use]
    pub fn of_demand(reason: impl Into<Box<str>>) -> Self {
        Self {
            what: "what was demanded".into(),
            reason: reason.into(),
        }
    }

    /// This access is denied for this reason.
    #[must_use]
    pub fn new(access: &Access<'_>, reason: impl Into<Box<str>>) -> Self {
        Self {
            what: access.to_string().into(),
            reason: reason.into(),
        }
    }

    /// What was about to be done, without secrets.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Which permission or capability is missing, or which rule forbids it.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for AccessDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is denied: {}", self.what, self.reason)
    }
}

impl Error for AccessDenied {}
