//! `getaddrinfo` with its error numbers and scope ids, and interface names.

use std::ffi::CStr;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ptr;

use system_net_primitives::IpAddress;

use crate::error::{SocketError, SocketErrorCode};

/// Asks the system for the addresses of a name, in its order (RFC 6724).
pub(crate) fn look_up(name: &CStr) -> Result<Vec<IpAddress>, SocketError> {
    // SAFETY: addrinfo is a C structure of integers and pointers, for which zero is a value.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    // One type, else each address comes once per type.
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut list = ptr::null_mut();
    // SAFETY: `name` is a C string, `hints` is initialised, a null service is allowed; `list`
    // is written only on success, where the guard below frees it.
    let result = unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &hints, &mut list) };
    if result != 0 {
        return Err(failure(result));
    }
    let list = List(list);
    let mut addresses = Vec::new();
    for address in list.addresses() {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// The number of the network interface with this name, which scopes a link-local address.
pub(crate) fn interface_index(name: &CStr) -> io::Result<u32> {
    // SAFETY: `name` is a C string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(io::Error::last_os_error()),
        index => Ok(index),
    }
}

/// A list that `getaddrinfo` made.
struct List(*mut libc::addrinfo);

impl List {
    fn addresses(&self) -> impl Iterator<Item = IpAddress> {
        let mut next: *const libc::addrinfo = self.0;
        std::iter::from_fn(move || {
            // SAFETY: each pointer of the list is null or points to an entry that lives as
            // long as `self`, which the iterator borrows.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ai_next;
            Some(entry)
        })
        .filter_map(address)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list came from a successful `getaddrinfo` and is freed once.
        unsafe { libc::freeaddrinfo(self.0) };
    }
}

fn address(entry: &libc::addrinfo) -> Option<IpAddress> {
    let length = entry.ai_addrlen as usize;
    if entry.ai_addr.is_null() {
        return None;
    }
    match entry.ai_family {
        libc::AF_INET if length >= size_of::<libc::sockaddr_in>() => {
            // SAFETY: an AF_INET entry of this length holds a sockaddr_in; any alignment is
            // fine for `read_unaligned`.
            let v4 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(IpAddress::v4(Ipv4Addr::from(
                v4.sin_addr.s_addr.to_ne_bytes(),
            )))
        }
        libc::AF_INET6 if length >= size_of::<libc::sockaddr_in6>() => {
            // SAFETY: an AF_INET6 entry of this length holds a sockaddr_in6; any alignment is
            // fine for `read_unaligned`.
            let v6 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(IpAddress::v6(
                Ipv6Addr::from(v6.sin6_addr.s6_addr),
                v6.sin6_scope_id,
            ))
        }
        _ => None,
    }
}

/// The error of `getaddrinfo`, by .NET's list.
fn failure(result: i32) -> SocketError {
    // glibc's numbers for two answers POSIX does not name: the name exists without an address
    // at all, or without one of the families asked for.
    const EAI_NODATA: i32 = -5;
    const EAI_ADDRFAMILY: i32 = -9;
    let code = match result {
        libc::EAI_SYSTEM => return io::Error::last_os_error().into(),
        libc::EAI_AGAIN => SocketErrorCode::TryAgain,
        libc::EAI_FAIL => SocketErrorCode::NoRecovery,
        libc::EAI_MEMORY => SocketErrorCode::NoBufferSpaceAvailable,
        libc::EAI_FAMILY => SocketErrorCode::AddressFamilyNotSupported,
        EAI_NODATA | EAI_ADDRFAMILY if cfg!(target_os = "linux") => SocketErrorCode::NoData,
        _ => SocketErrorCode::HostNotFound,
    };
    SocketError::new(code)
}
