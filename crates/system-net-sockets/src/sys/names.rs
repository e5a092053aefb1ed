//! `getaddrinfo`, `getnameinfo` and `gethostbyname2_r` with their error numbers and scope ids, and
//! interface names.

use std::ffi::{CStr, c_char, c_int};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ptr;

use system_net_primitives::{AddressFamily, IpAddress};

use crate::error::{SocketError, SocketErrorCode};

unsafe extern "C" {
    /// Not in `libc`, but in glibc, musl and bionic alike.
    fn gethostbyname2_r(
        name: *const c_char,
        family: c_int,
        entry: *mut libc::hostent,
        buffer: *mut c_char,
        length: libc::size_t,
        result: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
}

/// What `getaddrinfo` says of a name.
#[derive(Debug)]
pub(crate) struct Found {
    /// In the order of RFC 6724, each address once.
    pub(crate) addresses: Vec<IpAddress>,
    /// The name at the end of all aliases, if it was asked for.
    pub(crate) canonical_name: Option<String>,
}

/// Asks the system for the addresses of a name, in its order (RFC 6724), of one family or of all.
pub(crate) fn look_up(
    name: &CStr,
    family: AddressFamily,
    with_name: bool,
) -> Result<Found, SocketError> {
    // SAFETY: addrinfo is a C structure of integers and pointers, for which zero is a value.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = match family {
        AddressFamily::InterNetwork => libc::AF_INET,
        AddressFamily::InterNetworkV6 => libc::AF_INET6,
        _ => libc::AF_UNSPEC,
    };
    // One type, else each address comes once per type.
    hints.ai_socktype = libc::SOCK_STREAM;
    if with_name {
        hints.ai_flags = libc::AI_CANONNAME;
    }
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
    Ok(Found {
        addresses,
        canonical_name: list.canonical_name(),
    })
}

/// The names that lead to the canonical one: the chain of CNAME records, or the line of the hosts
/// file. Empty if there are none, or if they cannot be had.
pub(crate) fn aliases(name: &CStr, family: AddressFamily) -> Vec<String> {
    /// Far beyond the 64 KiB of a DNS message.
    const LARGEST: usize = 1 << 20;
    let family = match family {
        AddressFamily::InterNetworkV6 => libc::AF_INET6,
        _ => libc::AF_INET,
    };
    let mut buffer: Vec<c_char> = vec![0; 1024];
    loop {
        // SAFETY: hostent is a C structure of integers and pointers, for which zero is a value.
        let mut entry: libc::hostent = unsafe { std::mem::zeroed() };
        let mut found = ptr::null_mut();
        let mut error = 0;
        // SAFETY: `name` is a C string; the other pointers are to locals of the right types, and
        // the buffer has the length that is given.
        let result = unsafe {
            gethostbyname2_r(
                name.as_ptr(),
                family,
                &mut entry,
                buffer.as_mut_ptr(),
                buffer.len(),
                &mut found,
                &mut error,
            )
        };
        if result == libc::ERANGE && buffer.len() < LARGEST {
            buffer.resize(buffer.len() * 2, 0);
            continue;
        }
        if result != 0 || found.is_null() {
            return Vec::new();
        }
        return texts(entry.h_aliases, &buffer);
    }
}

/// The texts of a list that ends with a null pointer and lies in the buffer.
fn texts(mut next: *mut *mut c_char, buffer: &[c_char]) -> Vec<String> {
    let mut texts = Vec::new();
    let within = buffer.as_ptr_range();
    while !next.is_null() && within.contains(&next.cast_const().cast()) {
        // SAFETY: a successful call made the list in the buffer, which is borrowed, and ended it
        // with a null pointer, at which this stops.
        let text = unsafe { *next };
        if text.is_null() {
            break;
        }
        // SAFETY: the texts of the list are C strings in the same buffer.
        let text = unsafe { CStr::from_ptr(text) };
        texts.extend(text.to_str().ok().map(str::to_owned));
        next = next.wrapping_add(1);
    }
    texts
}

/// Asks the system for the name of an address.
pub(crate) fn name_of(address: IpAddress) -> Result<String, SocketError> {
    /// `NI_MAXHOST`.
    const LONGEST: usize = 1025;
    let address = socket2::SockAddr::from(std::net::SocketAddr::from(
        system_net_primitives::IpEndPoint::new(address, 0),
    ));
    let mut text = [0_u8; LONGEST];
    // SAFETY: the address is a valid one of the length given, and so is the buffer; no service is
    // asked for.
    let result = unsafe {
        libc::getnameinfo(
            address.as_ptr().cast(),
            address.len(),
            text.as_mut_ptr().cast(),
            LONGEST as libc::socklen_t,
            ptr::null_mut(),
            0,
            libc::NI_NAMEREQD,
        )
    };
    if result != 0 {
        return Err(failure(result));
    }
    let name = CStr::from_bytes_until_nul(&text).ok();
    match name.and_then(|name| name.to_str().ok()) {
        Some(name) => Ok(name.to_owned()),
        None => Err(SocketError::new(SocketErrorCode::NoRecovery)),
    }
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
    fn entries(&self) -> impl Iterator<Item = &libc::addrinfo> {
        let mut next: *const libc::addrinfo = self.0;
        std::iter::from_fn(move || {
            // SAFETY: each pointer of the list is null or points to an entry that lives as
            // long as `self`, which the iterator borrows.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ai_next;
            Some(entry)
        })
    }

    fn addresses(&self) -> impl Iterator<Item = IpAddress> {
        self.entries()
            // SAFETY: an entry of the list points to an address of the length it gives, or to
            // none.
            .filter_map(|entry| unsafe { address(entry.ai_addr, entry.ai_addrlen as usize) })
    }

    /// It stands in the first entry.
    fn canonical_name(&self) -> Option<String> {
        let name = self.entries().next()?.ai_canonname;
        if name.is_null() {
            return None;
        }
        // SAFETY: a name that is not null is a C string that lives as long as the list.
        let name = unsafe { CStr::from_ptr(name) };
        name.to_str().ok().map(str::to_owned)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list came from a successful `getaddrinfo` and is freed once.
        unsafe { libc::freeaddrinfo(self.0) };
    }
}

/// The IP address in a structure that begins like `sockaddr`.
///
/// # Safety
/// `place` is null, or points to a structure of at least `length` bytes, or of as many as its
/// family needs.
pub(super) unsafe fn address(place: *const libc::sockaddr, length: usize) -> Option<IpAddress> {
    if place.is_null() || length < size_of::<libc::sa_family_t>() {
        return None;
    }
    // SAFETY: the family stands first in every structure that begins like `sockaddr`; any
    // alignment is fine for `read_unaligned`.
    let family = unsafe { (&raw const (*place).sa_family).read_unaligned() };
    match c_int::from(family) {
        libc::AF_INET if length >= size_of::<libc::sockaddr_in>() => {
            // SAFETY: an AF_INET structure is a sockaddr_in.
            let v4 = unsafe { place.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(IpAddress::v4(Ipv4Addr::from(
                v4.sin_addr.s_addr.to_ne_bytes(),
            )))
        }
        libc::AF_INET6 if length >= size_of::<libc::sockaddr_in6>() => {
            // SAFETY: an AF_INET6 structure is a sockaddr_in6.
            let v6 = unsafe { place.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(IpAddress::v6(
                Ipv6Addr::from(v6.sin6_addr.s6_addr),
                v6.sin6_scope_id,
            ))
        }
        _ => None,
    }
}

/// The error of `getaddrinfo` and `getnameinfo`, by .NET's list.
fn failure(result: c_int) -> SocketError {
    // glibc's numbers for two answers POSIX does not name: the name exists without an address
    // at all, or without one of the families asked for.
    const EAI_NODATA: c_int = -5;
    const EAI_ADDRFAMILY: c_int = -9;
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
