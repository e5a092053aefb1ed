//! From and to the streams of std and tokio.

use std::os::fd::{AsRawFd, RawFd};

use super::NetworkStream;

impl AsRawFd for NetworkStream {
    /// The descriptor's number; -1 when the socket is closed.
    fn as_raw_fd(&self) -> RawFd {
        self.socket
            .handle()
            .fd()
            .map_or(-1, |descriptor| descriptor.as_raw_fd())
    }
}
