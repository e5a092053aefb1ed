//! The flags of one call, in .NET's numbers and the system's.

use std::io;

use crate::enums::SocketFlags;

const BOTH: &[(SocketFlags, i32)] = &[
    (SocketFlags::OUT_OF_BAND, libc::MSG_OOB),
    (SocketFlags::DONT_ROUTE, libc::MSG_DONTROUTE),
];

/// The system's flags for a receive.
///
/// # Errors
/// `EOPNOTSUPP` for a flag that a receive does not take.
pub(super) fn receive(flags: SocketFlags) -> io::Result<i32> {
    native(flags, &[(SocketFlags::PEEK, libc::MSG_PEEK)])
}

/// The system's flags for a send.
///
/// # Errors
/// `EOPNOTSUPP` for a flag that a send does not take.
pub(super) fn send(flags: SocketFlags) -> io::Result<i32> {
    native(flags, &[(SocketFlags::PARTIAL, libc::MSG_MORE)])
}

fn native(flags: SocketFlags, own: &[(SocketFlags, i32)]) -> io::Result<i32> {
    if flags.is_empty() {
        return Ok(0);
    }
    let mut rest = flags;
    let mut native = 0;
    for (flag, number) in BOTH.iter().chain(own) {
        if flags.contains(*flag) {
            native |= number;
            rest = rest & !*flag;
        }
    }
    if rest.is_empty() {
        Ok(native)
    } else {
        Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP))
    }
}

/// .NET's flags for what a receive told.
pub(super) fn told(native: i32) -> SocketFlags {
    let mut flags = SocketFlags::NONE;
    for (flag, number) in [
        (SocketFlags::OUT_OF_BAND, libc::MSG_OOB),
        (SocketFlags::TRUNCATED, libc::MSG_TRUNC),
        (SocketFlags::CONTROL_DATA_TRUNCATED, libc::MSG_CTRUNC),
    ] {
        if native & number != 0 {
            flags |= flag;
        }
    }
    flags
}
