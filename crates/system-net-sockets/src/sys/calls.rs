//! The calls that make, connect and end sockets, and move bytes.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use super::address::RawAddress;
use super::control::Control;

/// The result of a call that tells failure by -1.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// The result of a call that tells a length, or failure by -1.
#[inline]
fn check_length(result: libc::ssize_t) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Repeats a call that a signal interrupted.
pub(crate) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A new socket, not inherited by other programs.
pub(crate) fn socket(domain: i32, kind: i32, protocol: i32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers only.
    let fd = check(unsafe { libc::socket(domain, kind | libc::SOCK_CLOEXEC, protocol) })?;
    // SAFETY: the descriptor was made by the call above and has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Gives a socket its local address.
pub(crate) fn bind(fd: BorrowedFd<'_>, address: &RawAddress) -> io::Result<()> {
    let (address, length) = address.parts();
    // SAFETY: `address` points to `length` initialised bytes that outlive the call.
    check(unsafe { libc::bind(fd.as_raw_fd(), address, length) }).map(drop)
}

/// Starts to take connections.
pub(crate) fn listen(fd: BorrowedFd<'_>, backlog: i32) -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    check(unsafe { libc::listen(fd.as_raw_fd(), backlog) }).map(drop)
}

/// Connects, or starts to.
pub(crate) fn connect(fd: BorrowedFd<'_>, address: &RawAddress) -> io::Result<()> {
    let (address, length) = address.parts();
    // SAFETY: `address` points to `length` initialised bytes that outlive the call.
    check(unsafe { libc::connect(fd.as_raw_fd(), address, length) }).map(drop)
}

/// Takes a connection and writes its peer's address. The new socket is not inherited by other
/// programs and waits in its calls.
#[inline]
pub(crate) fn accept(fd: BorrowedFd<'_>, peer: &mut RawAddress) -> io::Result<OwnedFd> {
    let (address, length) = peer.parts_mut();
    let flags = libc::SOCK_CLOEXEC;
    // SAFETY: `address` has room for the bytes that `length` says, both live in `peer`.
    let new = check(unsafe { libc::accept4(fd.as_raw_fd(), address, length, flags) })?;
    // SAFETY: the descriptor was made by the call above and has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(new) })
}

/// Ends one direction of a connection or both.
pub(crate) fn shutdown(fd: BorrowedFd<'_>, how: i32) -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    check(unsafe { libc::shutdown(fd.as_raw_fd(), how) }).map(drop)
}

/// The local address.
pub(crate) fn local_address(fd: BorrowedFd<'_>) -> io::Result<RawAddress> {
    let mut own = RawAddress::new();
    let (address, length) = own.parts_mut();
    // SAFETY: `address` has room for the bytes that `length` says, both live in `own`.
    check(unsafe { libc::getsockname(fd.as_raw_fd(), address, length) })?;
    Ok(own)
}

/// The peer's address.
pub(crate) fn peer_address(fd: BorrowedFd<'_>) -> io::Result<RawAddress> {
    let mut peer = RawAddress::new();
    let (address, length) = peer.parts_mut();
    // SAFETY: `address` has room for the bytes that `length` says, both live in `peer`.
    check(unsafe { libc::getpeername(fd.as_raw_fd(), address, length) })?;
    Ok(peer)
}

/// Receives into one buffer.
#[inline]
pub(crate) fn receive(fd: BorrowedFd<'_>, buffer: &mut [u8], flags: i32) -> io::Result<usize> {
    let (start, length) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: `start` is the start of `length` bytes that only this call writes to.
    check_length(unsafe { libc::recv(fd.as_raw_fd(), start, length, flags) })
}

/// Receives into one buffer, with the sender's address.
pub(crate) fn receive_from(
    fd: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: i32,
) -> io::Result<(usize, RawAddress)> {
    let mut peer = RawAddress::new();
    let (address, address_length) = peer.parts_mut();
    let (start, length) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: `start` is the start of `length` bytes that only this call writes to; `address`
    // has room for the bytes that `address_length` says, both live in `peer`.
    let received = check_length(unsafe {
        libc::recvfrom(
            fd.as_raw_fd(),
            start,
            length,
            flags,
            address,
            address_length,
        )
    })?;
    Ok((received, peer))
}

/// Sends one buffer. A closed connection is an error, never a signal.
#[inline]
pub(crate) fn send(fd: BorrowedFd<'_>, buffer: &[u8], flags: i32) -> io::Result<usize> {
    let (start, length) = (buffer.as_ptr().cast(), buffer.len());
    let flags = flags | libc::MSG_NOSIGNAL;
    // SAFETY: `start` is the start of `length` initialised bytes.
    check_length(unsafe { libc::send(fd.as_raw_fd(), start, length, flags) })
}

/// Sends one buffer to an address.
pub(crate) fn send_to(
    fd: BorrowedFd<'_>,
    buffer: &[u8],
    flags: i32,
    to: &RawAddress,
) -> io::Result<usize> {
    let (start, length) = (buffer.as_ptr().cast(), buffer.len());
    let flags = flags | libc::MSG_NOSIGNAL;
    let (address, address_length) = to.parts();
    // SAFETY: `start` is the start of `length` initialised bytes, `address` the start of
    // `address_length` ones.
    check_length(unsafe {
        libc::sendto(
            fd.as_raw_fd(),
            start,
            length,
            flags,
            address,
            address_length,
        )
    })
}

/// The most buffers that one call takes: `IOV_MAX`.
pub(crate) const MAX_BUFFERS: usize = 1024;

/// What `recvmsg` told about a message.
pub(crate) struct Received {
    /// Bytes in the buffers; with `MSG_TRUNC` asked for, of the whole message.
    pub(crate) bytes: usize,
    /// The flags that came with it.
    pub(crate) flags: i32,
    /// Bytes of `control` that were written.
    pub(crate) control: usize,
}

/// Receives into several buffers (at most [`MAX_BUFFERS`] are used), if asked with the sender's
/// address and the records about the message.
pub(crate) fn receive_message(
    fd: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
    flags: i32,
    from: Option<&mut RawAddress>,
    control: Option<&mut Control>,
) -> io::Result<Received> {
    // SAFETY: msghdr is a C structure of integers and pointers, for which zero is a value.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = buffers.as_mut_ptr().cast();
    header.msg_iovlen = buffers.len().min(MAX_BUFFERS) as _;
    let mut from = from;
    if let Some(from) = &mut from {
        let (address, length) = from.parts_mut();
        header.msg_name = address.cast();
        // SAFETY: `length` points into `from`, which is borrowed.
        header.msg_namelen = unsafe { *length };
    }
    if let Some(control) = control {
        header.msg_control = control.0.as_mut_ptr().cast();
        header.msg_controllen = Control::CAPACITY as _;
    }
    // SAFETY: IoSliceMut has the layout of iovec by its guarantee; every pointer of the header
    // leads to as many writable bytes as the header says, borrowed until the call returns.
    let bytes = check_length(unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut header, flags) })?;
    if let Some(from) = from {
        from.set_length(header.msg_namelen);
    }
    Ok(Received {
        bytes,
        flags: header.msg_flags,
        control: header.msg_controllen as usize,
    })
}

/// Sends several buffers (at most [`MAX_BUFFERS`] are used), if asked to an address.
pub(crate) fn send_message(
    fd: BorrowedFd<'_>,
    buffers: &[IoSlice<'_>],
    flags: i32,
    to: Option<&RawAddress>,
) -> io::Result<usize> {
    // SAFETY: msghdr is a C structure of integers and pointers, for which zero is a value.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = buffers.as_ptr().cast_mut().cast();
    header.msg_iovlen = buffers.len().min(MAX_BUFFERS) as _;
    if let Some(to) = to {
        let (address, length) = to.parts();
        header.msg_name = address.cast_mut().cast();
        header.msg_namelen = length;
    }
    let flags = flags | libc::MSG_NOSIGNAL;
    // SAFETY: IoSlice has the layout of iovec by its guarantee; every pointer of the header leads
    // to as many initialised bytes as the header says, and the call only reads them.
    check_length(unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const header, flags) })
}

/// Whether calls on this descriptor return instead of waiting.
pub(crate) fn is_nonblocking(fd: BorrowedFd<'_>) -> io::Result<bool> {
    // SAFETY: the call takes numbers only.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    Ok(flags & libc::O_NONBLOCK != 0)
}

/// Makes calls on this descriptor return instead of waiting, or wait again.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>, nonblocking: bool) -> io::Result<()> {
    let mut value = libc::c_int::from(nonblocking);
    // SAFETY: FIONBIO reads one int.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONBIO, &raw mut value) }).map(drop)
}

/// How many bytes can be received at once.
pub(crate) fn available(fd: BorrowedFd<'_>) -> io::Result<i32> {
    let mut value: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &raw mut value) })?;
    Ok(value)
}

/// Waits until the descriptor is ready for one of `events`, for at most `time`. `None` waits
/// without an end. Gives the events, none after the time. A signal starts the wait again.
pub(crate) fn wait(fd: BorrowedFd<'_>, events: i16, time: Option<Duration>) -> io::Result<i16> {
    let mut entries = [libc::pollfd {
        fd: fd.as_raw_fd(),
        events,
        revents: 0,
    }];
    wait_for_any(&mut entries, time)?;
    Ok(entries[0].revents)
}

/// Waits until one of the entries is ready, for at most `time`. A call that a signal interrupts
/// goes on with the time that is left.
pub(crate) fn wait_for_any(
    entries: &mut [libc::pollfd],
    time: Option<Duration>,
) -> io::Result<usize> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the time that is left after a signal is the system's own, not the context's"
    )]
    let now = std::time::Instant::now;
    let deadline = time.and_then(|time| now().checked_add(time));
    let count = libc::nfds_t::try_from(entries.len())
        .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    loop {
        let left = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(now());
            libc::timespec {
                tv_sec: left.as_secs().try_into().unwrap_or(libc::time_t::MAX),
                tv_nsec: left.subsec_nanos().into(),
            }
        });
        let left = left.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: `entries` has `count` initialised entries; `left` is null or points to a
        // timespec that outlives the call; a null mask leaves the signals as they are.
        match check(unsafe { libc::ppoll(entries.as_mut_ptr(), count, left, ptr::null()) }) {
            Ok(ready) => return Ok(usize::try_from(ready).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The request that tells whether the next byte is behind the urgent ones (linux/sockios.h).
pub(crate) const SIOCATMARK: u32 = 0x8905;

/// Whether the next byte to receive is the one behind the urgent data.
pub(crate) fn is_at_mark(fd: BorrowedFd<'_>) -> io::Result<bool> {
    let mut value: libc::c_int = 0;
    // SAFETY: SIOCATMARK writes one int.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), SIOCATMARK as _, &raw mut value) })?;
    Ok(value != 0)
}

/// Whether urgent data wait.
pub(crate) fn has_urgent_data(fd: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(wait(fd, libc::POLLPRI, Some(Duration::ZERO))? & libc::POLLPRI != 0)
}

/// How many bytes wait to be sent, or to be acknowledged.
pub(crate) fn unsent(fd: BorrowedFd<'_>) -> io::Result<i32> {
    let mut value: libc::c_int = 0;
    // SAFETY: TIOCOUTQ writes one int.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCOUTQ, &raw mut value) })?;
    Ok(value)
}

/// The number of the user that this process acts for.
pub(crate) fn effective_user() -> u32 {
    // SAFETY: the call takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}
