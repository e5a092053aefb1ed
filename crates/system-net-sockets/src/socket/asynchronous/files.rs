//! Sending files.

use std::fs::File;
use std::future::poll_fn;
use std::os::fd::AsFd;
use std::path::Path;

use system_net_runtime::{Direction, Progress};

use crate::enums::{SocketFlags, TransmitFileOptions};
use crate::error::SocketError;
use crate::socket::Socket;
use crate::socket::files::open;
use crate::socket::handle::Handle;
use crate::socket::turns::Turn;
use crate::socket::watch::Wait;
use crate::{sys, trace};

const WHAT: &str = "send a file";
/// How much of the file is asked of the system at once, so that other tasks have their turn.
const PIECE: usize = 1 << 20;

impl Socket {
    /// Sends a file, which the system does without reading it into memory.
    ///
    /// If the future is dropped, a part of the file may have been sent.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendFileAsync(String, CancellationToken)`
    ///
    /// # Errors
    /// Those of [`send_file`](Self::send_file);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    ///
    /// # Blocking
    /// Opening the file and reading what the system has not in memory happen on the thread that
    /// polls: the system has no other way.
    #[doc(alias = "Socket.SendFileAsync")]
    pub async fn send_file_async(&self, file_name: impl AsRef<Path>) -> Result<(), SocketError> {
        let options = TransmitFileOptions::USE_DEFAULT_WORKER_THREAD;
        self.send_file_with_async(Some(file_name.as_ref()), &[], &[], options)
            .await
    }

    /// Sends the bytes of a buffer, of a file and of another buffer; each may be missing.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendFileAsync(String, ReadOnlyMemory<Byte>, ReadOnlyMemory<Byte>, TransmitFileOptions, CancellationToken)`
    ///
    /// # Errors
    /// Those of [`send_file_async`](Self::send_file_async).
    ///
    /// # Blocking
    /// As [`send_file_async`](Self::send_file_async).
    #[doc(alias = "Socket.SendFileAsync")]
    pub async fn send_file_with_async(
        &self,
        file_name: Option<&Path>,
        pre_buffer: &[u8],
        post_buffer: &[u8],
        flags: TransmitFileOptions,
    ) -> Result<(), SocketError> {
        const METHOD: &str = "SendFileAsync";
        let handle = self.handle();
        let call = handle.trace().enter(METHOD, format_args!(""));
        let sending = handle.send_file_parts(file_name, pre_buffer, post_buffer, flags);
        trace::later(handle.trace(), call, METHOD, sending).await
    }
}

impl Handle {
    pub(crate) async fn send_file_parts(
        &self,
        file_name: Option<&Path>,
        pre_buffer: &[u8],
        post_buffer: &[u8],
        options: TransmitFileOptions,
    ) -> Result<(), SocketError> {
        let fd = self.fd()?;
        self.check_can_send_file()?;
        let file = file_name.map(open).transpose()?;
        self.make_nonblocking(&fd)
            .map_err(|error| self.failure(error, WHAT))?;
        // Not kept over a wait, so that closing closes it.
        drop(fd);
        let mut place = Place {
            handle: self,
            turn: Turn::None,
        };
        poll_fn(|cx| self.watch().sends().poll(cx, &mut place.turn)).await;
        let mut wait = Wait::new();
        wait.begin();
        let more = match &file {
            Some((_, length)) => *length > 0,
            None => !post_buffer.is_empty(),
        };
        // What follows goes into the same packets.
        let flags = if more {
            SocketFlags::PARTIAL
        } else {
            SocketFlags::NONE
        };
        self.send_part(&mut wait, pre_buffer, flags).await?;
        if let Some((file, _)) = &file {
            self.send_open_file(&mut wait, file).await?;
        }
        self.send_part(&mut wait, post_buffer, SocketFlags::NONE)
            .await?;
        drop(place);
        self.after_file(options)
    }

    async fn send_part(
        &self,
        wait: &mut Wait,
        part: &[u8],
        flags: SocketFlags,
    ) -> Result<(), SocketError> {
        let mut sent = 0;
        while sent < part.len() {
            let rest = part.get(sent..).unwrap_or_default();
            sent += poll_fn(|cx| self.poll_send(cx, wait, rest, flags)).await?;
            wait.begin();
        }
        Ok(())
    }

    async fn send_open_file(&self, wait: &mut Wait, file: &File) -> Result<(), SocketError> {
        let mut offset = 0;
        loop {
            let sent = poll_fn(|cx| {
                self.poll_io(cx, wait, Direction::Write, WHAT, |fd| {
                    let value = sys::send_file(fd.as_fd(), file.as_fd(), &mut offset, PIECE)?;
                    Ok(Progress {
                        value,
                        exhausted: false,
                    })
                })
            });
            if sent.await? == 0 {
                return Ok(());
            }
            wait.begin();
        }
    }
}

/// A place among the sends of a stream.
struct Place<'a> {
    handle: &'a Handle,
    turn: Turn,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.handle.watch().sends().leave(&mut self.turn);
    }
}
