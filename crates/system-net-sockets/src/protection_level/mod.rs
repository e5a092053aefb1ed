//! From where a socket takes packets: .NET's IP protection level.
//!
//! Linux has no such option. What stands for it:
//! - on datagram sockets a filter in the kernel, which drops what is refused;
//! - on listening sockets a look at each connection that was accepted, which resets what is
//!   refused. (Without special rights the kernel takes no filter for TCP.)
//!
//! Documents: RFC 4380 (Teredo), RFC 4291 (scopes), linux/filter.h.

mod decision;

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use socket2::{SockFilter, SockRef};
use system_net_primitives::{AddressFamily, EndPoint, Misuse};

use crate::error::{SocketError, SocketErrorCode};
use crate::socket::Handle;
use crate::{IpProtectionLevel, Socket, SocketType};
use decision::Guard;

impl Socket {
    /// Sets from where the socket takes packets: [`Unrestricted`](IpProtectionLevel::Unrestricted)
    /// from everywhere, [`EdgeRestricted`](IpProtectionLevel::EdgeRestricted) not from or to an
    /// address of Teredo (2001::/32), [`Restricted`](IpProtectionLevel::Restricted) only from
    /// link-local and loopback addresses: this computer by one of its other addresses is a peer
    /// like all that have those.
    ///
    /// A socket that was set to nothing acts as EdgeRestricted, however it came to be bound; one
    /// that was made from a descriptor does so from its bind on. Connections and datagrams that
    /// the socket itself sends out are not restricted, but the answers to datagrams are. The level can be read as
    /// [`SocketOptionName::IP_PROTECTION_LEVEL`](crate::SocketOptionName::IP_PROTECTION_LEVEL).
    ///
    /// .NET: `System.Net.Sockets.Socket.SetIPProtectionLevel`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for [`Unspecified`](IpProtectionLevel::Unspecified);
    /// [`Misuse::NotSupported`] for a socket that is not of IP;
    /// [`InvalidArgument`](SocketErrorCode::InvalidArgument) once the socket is bound.
    ///
    /// # Differences from .NET
    /// Windows refuses a connection before it is made. Here a peer that is refused sees its
    /// connection made and then reset, and [`poll`](Self::poll) may announce a connection that
    /// [`accept`](Self::accept) then passes over. Datagrams that are refused are dropped by a
    /// socket filter, in place of one that the program attached before.
    #[doc(alias = "Socket.SetIPProtectionLevel")]
    pub fn set_ip_protection_level(&self, level: IpProtectionLevel) -> Result<(), SocketError> {
        if level == IpProtectionLevel::Unspecified {
            return Err(Misuse::invalid_argument(
                "level",
                "expected Unrestricted, EdgeRestricted or Restricted",
            )
            .into());
        }
        set(self.handle(), level)
    }
}

/// Sets the level, as the method and the option do.
pub(crate) fn set(handle: &Handle, level: IpProtectionLevel) -> Result<(), SocketError> {
    let fd = handle.fd()?;
    if !is_ip(handle.family()) {
        return Err(Misuse::not_supported(format!(
            "sockets of {} have no IP protection level",
            handle.family()
        ))
        .into());
    }
    if handle.is_bound() {
        return Err(SocketError::new(SocketErrorCode::InvalidArgument)
            .with_context("set the IP protection level of a socket that is bound"));
    }
    if handle.socket_type() != SocketType::Stream {
        // Level Unspecified guards nothing but the datagrams of IPv6.
        let guard = match level {
            IpProtectionLevel::Unspecified if !is_guarded_unset(handle) => Guard::Open,
            level => Guard::of(level),
        };
        attach(&fd, guard)?;
    }
    handle.set_protection_level(level);
    Ok(())
}

/// A new socket: one for datagrams that is set to nothing takes nothing through NAT traversal,
/// also when a send or a connect binds it.
pub(crate) fn at_birth(handle: &Handle) -> Result<(), SocketError> {
    if is_guarded_unset(handle) {
        attach(&*handle.fd()?, Guard::of(IpProtectionLevel::Unspecified))?;
    }
    Ok(())
}

/// Before a bind: the same for a socket from elsewhere.
pub(crate) fn before_bind(handle: &Handle, fd: &OwnedFd) -> Result<(), SocketError> {
    if handle.protection_level() == IpProtectionLevel::Unspecified && is_guarded_unset(handle) {
        attach(fd, Guard::of(IpProtectionLevel::Unspecified))?;
    }
    Ok(())
}

fn is_guarded_unset(handle: &Handle) -> bool {
    handle.family() == AddressFamily::InterNetworkV6 && handle.socket_type() == SocketType::Dgram
}

fn attach(fd: &OwnedFd, guard: Guard) -> Result<(), SocketError> {
    let socket = SockRef::from(fd);
    let done = match guard.program() {
        Some(program) => {
            let program: Vec<SockFilter> = program
                .iter()
                .map(|step| SockFilter::new(step.code, step.jt, step.jf, step.k))
                .collect();
            socket.attach_filter(&program)
        }
        None => match socket.detach_filter() {
            // There was none.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            result => result,
        },
    };
    done.map_err(|error| {
        SocketError::from(error).with_context("attach the filter of the IP protection level")
    })
}

/// Whether a connection that was just accepted may stay. One that may not is to be dropped, which
/// resets it.
#[inline]
pub(crate) fn admits(listener: &Handle, accepted: impl AsFd, peer: Option<&EndPoint>) -> bool {
    let Some(EndPoint::Ip(peer)) = peer else {
        return true;
    };
    let guard = Guard::of(listener.protection_level());
    let peer = peer.address().to_ip_addr();
    // Nearly every connection is of a kind that the level has nothing against.
    !guard.minds(peer) || admits_after_a_look(guard, &accepted, peer)
}

fn admits_after_a_look(guard: Guard, accepted: &impl AsFd, peer: IpAddr) -> bool {
    let socket = SockRef::from(accepted);
    let local = if guard.asks_local(peer) {
        match socket.local_addr().map(|local| local.as_socket()) {
            Ok(Some(local)) => SocketAddr::ip(&local),
            // A connection without an address is gone already.
            _ => return false,
        }
    } else {
        IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED)
    };
    let admitted = guard.admits(local, peer);
    if !admitted {
        // If that fails the connection is closed instead of reset.
        let _ = socket.set_linger(Some(Duration::ZERO));
    }
    admitted
}

fn is_ip(family: AddressFamily) -> bool {
    matches!(
        family,
        AddressFamily::InterNetwork | AddressFamily::InterNetworkV6
    )
}

#[cfg(test)]
mod tests;
