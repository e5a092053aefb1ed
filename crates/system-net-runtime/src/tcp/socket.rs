//! A socket together with the mark that it was killed.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use socket2::SockRef;

use crate::transport::Kill;

/// Shared between the transport, its reactor and its killers.
#[derive(Debug)]
pub(crate) struct KillableSocket<T> {
    pub(super) inner: T,
    killed: AtomicBool,
}

impl<T: AsFd> KillableSocket<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            killed: AtomicBool::new(false),
        }
    }

    /// What an end or an error of the socket means: a kill shows as an end of the stream, as
    /// an error of the write or of `accept`, and shall show as one error.
    #[cold]
    pub(super) fn check_killed(&self) -> io::Result<()> {
        if self.killed.load(Ordering::Acquire) {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the connection was ended by its abort handle",
            ));
        }
        Ok(())
    }
}

impl<T: AsFd + Send + Sync + 'static> Kill for KillableSocket<T> {
    fn kill(&self) {
        self.killed.store(true, Ordering::Release);
        // An error says that the socket is not connected any more.
        let _ = SockRef::from(&self.inner).shutdown(Shutdown::Both);
    }
}

impl<T: AsFd> AsFd for KillableSocket<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl<T: AsRawFd> AsRawFd for KillableSocket<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}
