//! Options of sockets by the system's numbers.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Reads an option into a buffer and tells how many bytes it has.
pub(crate) fn get(
    fd: BorrowedFd<'_>,
    level: i32,
    name: i32,
    buffer: &mut [u8],
) -> io::Result<usize> {
    let mut length = libc::socklen_t::try_from(buffer.len()).unwrap_or(libc::socklen_t::MAX);
    let start = buffer.as_mut_ptr().cast();
    // SAFETY: `start` is the start of at least `length` writable bytes.
    let result = unsafe { libc::getsockopt(fd.as_raw_fd(), level, name, start, &raw mut length) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(usize::try_from(length)
        .unwrap_or(usize::MAX)
        .min(buffer.len()))
}

/// Sets an option to the bytes of a value.
pub(crate) fn set(fd: BorrowedFd<'_>, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = libc::socklen_t::try_from(value.len())
        .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let start = value.as_ptr().cast();
    // SAFETY: `start` is the start of `length` initialised bytes.
    if unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, start, length) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Reads an option that is a number. Some are kept in one byte.
pub(crate) fn get_i32(fd: BorrowedFd<'_>, level: i32, name: i32) -> io::Result<i32> {
    let mut value = [0; 4];
    Ok(match get(fd, level, name, &mut value)? {
        1 => value[0].into(),
        _ => i32::from_ne_bytes(value),
    })
}

/// Sets an option that is a number.
pub(crate) fn set_i32(fd: BorrowedFd<'_>, level: i32, name: i32, value: i32) -> io::Result<()> {
    set(fd, level, name, &value.to_ne_bytes())
}

/// A time as `struct timeval`, as the time-outs of sockets have it.
pub(crate) fn time_value(time: std::time::Duration) -> [u8; size_of::<libc::timeval>()] {
    const HALF: usize = size_of::<libc::timeval>() / 2;
    let seconds = libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX);
    let micros = libc::suseconds_t::from(time.subsec_micros() as i32);
    let mut bytes = [0; size_of::<libc::timeval>()];
    bytes[..HALF].copy_from_slice(&seconds.to_ne_bytes());
    bytes[HALF..].copy_from_slice(&micros.to_ne_bytes());
    bytes
}

/// Reads a time-out of a socket.
pub(crate) fn get_time_option(fd: BorrowedFd<'_>, name: i32) -> io::Result<std::time::Duration> {
    let mut bytes = [0; size_of::<libc::timeval>()];
    get(fd, libc::SOL_SOCKET, name, &mut bytes)?;
    let (seconds, micros) = bytes.split_at(size_of::<libc::timeval>() / 2);
    let seconds = seconds
        .first_chunk()
        .map(|bytes| libc::time_t::from_ne_bytes(*bytes));
    let micros = micros
        .first_chunk()
        .map(|bytes| libc::suseconds_t::from_ne_bytes(*bytes));
    let whole = u64::try_from(seconds.unwrap_or_default()).unwrap_or_default();
    let part = u64::try_from(micros.unwrap_or_default()).unwrap_or_default();
    Ok(std::time::Duration::from_secs(whole) + std::time::Duration::from_micros(part))
}
