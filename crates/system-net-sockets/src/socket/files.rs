//! Sending files.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::Ordering;

use system_net_primitives::Misuse;

use super::{Handle, Socket};
use crate::enums::{SocketFlags, TransmitFileOptions};
use crate::error::{SocketError, SocketErrorCode};
use crate::{sys, trace};

const WHAT: &str = "send a file";
/// The most that the system takes at once.
const MOST: usize = 0x7FFF_F000;

impl Socket {
    /// Sends a file, which the system does without reading it into memory.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendFile(String)`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] unless the socket is a stream; those of
    /// [`send`](Self::send), and of opening the file: their
    /// [`errno`](SocketError::errno) tells. A part may be sent by then.
    ///
    /// # Blocking
    /// Waits until the system has room for all. [`send_timeout`](Self::send_timeout) is for each
    /// wait in which the peer takes nothing, not for the whole: a slow peer ends nothing. When it
    /// is over, the error is [`TimedOut`](SocketErrorCode::TimedOut), and a part was sent.
    #[doc(alias = "Socket.SendFile")]
    pub fn send_file(&self, file_name: impl AsRef<Path>) -> Result<(), SocketError> {
        let options = TransmitFileOptions::USE_DEFAULT_WORKER_THREAD;
        self.send_file_with(Some(file_name.as_ref()), &[], &[], options)
    }

    /// Sends the bytes of a buffer, of a file and of another buffer; each may be missing.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendFile(String, Byte[], Byte[], TransmitFileOptions)`
    ///
    /// # Errors
    /// As [`send_file`](Self::send_file).
    ///
    /// # Blocking
    /// As [`send_file`](Self::send_file).
    #[doc(alias = "Socket.SendFile")]
    pub fn send_file_with(
        &self,
        file_name: Option<&Path>,
        pre_buffer: &[u8],
        post_buffer: &[u8],
        flags: TransmitFileOptions,
    ) -> Result<(), SocketError> {
        trace::call(self.handle().trace(), "SendFile", format_args!(""), || {
            self.handle()
                .send_file(file_name, pre_buffer, post_buffer, flags)
        })
    }
}

impl Handle {
    fn send_file(
        &self,
        file_name: Option<&Path>,
        pre_buffer: &[u8],
        post_buffer: &[u8],
        flags: TransmitFileOptions,
    ) -> Result<(), SocketError> {
        let handle = self;
        let fd = handle.fd()?;
        handle.check_can_send_file()?;
        let file = file_name.map(open).transpose()?;
        if !pre_buffer.is_empty() {
            // What follows goes into the same packets.
            let more = match &file {
                Some((_, length)) => *length > 0,
                None => !post_buffer.is_empty(),
            };
            let flags = if more {
                SocketFlags::PARTIAL
            } else {
                SocketFlags::NONE
            };
            self.send_all(pre_buffer, flags)?;
        }
        if let Some((file, _)) = &file {
            handle.send_whole_file(&fd, file)?;
        }
        if !post_buffer.is_empty() {
            self.send_all(post_buffer, SocketFlags::NONE)?;
        }
        handle.after_file(flags)
    }

    fn send_all(&self, buffer: &[u8], flags: SocketFlags) -> Result<(), SocketError> {
        let mut sent = 0;
        while sent < buffer.len() {
            sent += self.send(buffer.get(sent..).unwrap_or_default(), flags)?;
        }
        Ok(())
    }
}

/// A file to send, with its length now.
pub(crate) fn open(path: &Path) -> Result<(File, u64), SocketError> {
    let opened = File::open(path).and_then(|file| {
        let length = file.metadata()?.len();
        Ok((file, length))
    });
    opened.map_err(|error| SocketError::of_file(error, path))
}

impl Handle {
    /// # Errors
    /// [`Misuse::NotSupported`] unless the socket is a stream.
    pub(crate) fn check_can_send_file(&self) -> Result<(), SocketError> {
        if self.is_stream() {
            return Ok(());
        }
        Err(Misuse::not_supported("only a stream sends files").into())
    }

    /// What the options want done once all is sent.
    pub(crate) fn after_file(&self, options: TransmitFileOptions) -> Result<(), SocketError> {
        if options.contains(TransmitFileOptions::DISCONNECT) {
            self.disconnect(options.contains(TransmitFileOptions::REUSE_SOCKET))?;
        }
        Ok(())
    }

    fn send_whole_file(&self, fd: &OwnedFd, file: &File) -> Result<(), SocketError> {
        let timeout = self.send_timeout.load(Ordering::Relaxed);
        let mut offset = 0;
        loop {
            match sys::send_file(fd.as_fd(), file.as_fd(), &mut offset, MOST) {
                Ok(0) => return Ok(()),
                Ok(_) if self.is_closed() => {
                    return Err(SocketError::new(SocketErrorCode::Interrupted).with_context(WHAT));
                }
                Ok(_) => {}
                Err(error) => match error.raw_os_error() {
                    Some(libc::EINTR) if !self.is_closed() => {}
                    Some(libc::EAGAIN) => self.wait(fd, libc::POLLOUT, timeout, WHAT)?,
                    _ => return Err(self.failure(error, WHAT)),
                },
            }
        }
    }
}
