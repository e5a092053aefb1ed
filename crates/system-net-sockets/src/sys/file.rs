//! Sending a file without reading it.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

/// Sends up to `count` bytes of a file from its position `offset` on, which is moved. A closed
/// connection is an error, never a signal.
pub(crate) fn send_file(
    fd: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    offset: &mut i64,
    count: usize,
) -> io::Result<usize> {
    let quiet = Quiet::begin()?;
    // SAFETY: `offset` points to a number that lives through the call.
    let sent = unsafe { libc::sendfile64(fd.as_raw_fd(), file.as_raw_fd(), offset, count) };
    let result = usize::try_from(sent).map_err(|_| io::Error::last_os_error());
    let broken = matches!(&result, Err(error) if error.raw_os_error() == Some(libc::EPIPE));
    quiet.end(broken);
    result
}

/// The call has no flag against `SIGPIPE`, so the thread keeps the signal off while it lasts.
struct Quiet {
    /// The signals that were off before.
    before: libc::sigset_t,
    /// The signal was off or waited before, and is none of ours.
    foreign: bool,
}

impl Quiet {
    fn begin() -> io::Result<Self> {
        let pipe = pipe_signal();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: `pipe` is an initialised set; the call fills `before` when it succeeds.
        let before = unsafe {
            match libc::pthread_sigmask(libc::SIG_BLOCK, &pipe, before.as_mut_ptr()) {
                0 => before.assume_init(),
                error => return Err(io::Error::from_raw_os_error(error)),
            }
        };
        // SAFETY: `before` is an initialised set.
        let foreign = unsafe { libc::sigismember(&before, libc::SIGPIPE) } == 1;
        Ok(Self { before, foreign })
    }

    /// Takes the signal back that the call raised, and lets others through again.
    fn end(self, raised: bool) {
        if self.foreign {
            return;
        }
        let pipe = pipe_signal();
        let now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the sets and the time are initialised and outlive the calls; nothing is to be
        // told about the signal.
        unsafe {
            if raised {
                libc::sigtimedwait(&pipe, ptr::null_mut(), &now);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, ptr::null_mut());
        }
    }
}

fn pipe_signal() -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: the first call initialises the set, the second adds a signal to it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}
