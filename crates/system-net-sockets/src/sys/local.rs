//! This machine: its name, the addresses of its interfaces, whether it uses IPv6.

use std::io;
use std::ptr;

use system_net_primitives::{AddressFamily, IpAddress};

use super::names::address;

/// The machine's own name.
pub(crate) fn host_name() -> io::Result<String> {
    /// Linux allows 64 bytes, POSIX 255.
    const LONGEST: usize = 256;
    let mut text = [0_u8; LONGEST];
    // SAFETY: the buffer has the length that is given; the last byte is kept for the zero that a
    // name that is cut short lacks.
    if unsafe { libc::gethostname(text.as_mut_ptr().cast(), LONGEST - 1) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(LONGEST);
    Ok(String::from_utf8_lossy(&text[..end]).into_owned())
}

/// The addresses of the interfaces that are up, each once. Those of a loopback interface only for
/// families that no other interface has an address of.
pub(crate) fn interface_addresses() -> io::Result<Vec<IpAddress>> {
    let mut list = ptr::null_mut();
    // SAFETY: `list` is written on success, where the guard below frees it.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let list = List(list);
    let mut own = Vec::new();
    let mut loopback = Vec::new();
    for entry in list.entries() {
        let flags = entry.ifa_flags as libc::c_int;
        // SAFETY: the address of an entry is null or as long as its family needs.
        let found = unsafe { address(entry.ifa_addr, size_of::<libc::sockaddr_in6>()) };
        let Some(found) = found else { continue };
        let list = match flags {
            flags if flags & libc::IFF_UP == 0 => continue,
            flags if flags & libc::IFF_LOOPBACK != 0 => &mut loopback,
            _ => &mut own,
        };
        if !list.contains(&found) {
            list.push(found);
        }
    }
    let has = |family| own.iter().any(|own| own.address_family() == family);
    let (v4, v6) = (
        has(AddressFamily::InterNetwork),
        has(AddressFamily::InterNetworkV6),
    );
    loopback.retain(|address| match address.address_family() {
        AddressFamily::InterNetwork => !v4,
        _ => !v6,
    });
    own.append(&mut loopback);
    Ok(own)
}

/// Whether the machine has any IPv6 address, be it the loopback one. A kernel that can do IPv6 but
/// is told not to (`disable_ipv6`) has none.
pub(crate) fn has_ipv6() -> bool {
    let loopback = std::net::SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 0));
    std::net::UdpSocket::bind(loopback).is_ok()
        || interface_addresses().is_ok_and(|addresses| {
            addresses
                .iter()
                .any(|address| address.address_family() == AddressFamily::InterNetworkV6)
        })
}

/// A list that `getifaddrs` made.
struct List(*mut libc::ifaddrs);

impl List {
    fn entries(&self) -> impl Iterator<Item = &libc::ifaddrs> {
        let mut next: *const libc::ifaddrs = self.0;
        std::iter::from_fn(move || {
            // SAFETY: each pointer of the list is null or points to an entry that lives as long
            // as `self`, which the iterator borrows.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ifa_next;
            Some(entry)
        })
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list came from a successful `getifaddrs` and is freed once.
        unsafe { libc::freeifaddrs(self.0) };
    }
}
