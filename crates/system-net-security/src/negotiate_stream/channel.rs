//! The data after the login: signed or hidden frames, or the stream below as it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use system_net_runtime::Transport;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::ProtectionLevel;
use super::frames::{LARGEST_SENT, read_data_head};
use crate::mechanism::{LogonError, Mechanism};

/// How much data goes into one frame: signatures take some bytes of it.
const DATA: usize = LARGEST_SENT - 1024;

/// A stream whose login is complete.
pub(super) struct Channel {
    inner: Box<dyn Transport>,
    mechanism: Box<dyn Mechanism>,
    level: ProtectionLevel,
    /// The frame that is being read: its head, then its payload.
    arriving: Vec<u8>,
    filled: usize,
    has_head: bool,
    /// Data that was not asked for yet.
    data: Vec<u8>,
    given: usize,
    /// The frame that is being written.
    leaving: Vec<u8>,
    sent: usize,
    /// A message of the peer was not good: nothing after it is.
    broken: bool,
}

impl Channel {
    pub(super) fn new(
        inner: Box<dyn Transport>,
        mechanism: Box<dyn Mechanism>,
        level: ProtectionLevel,
    ) -> Self {
        Self {
            inner,
            mechanism,
            level,
            arriving: vec![0; 4],
            filled: 0,
            has_head: false,
            data: Vec::new(),
            given: 0,
            leaving: Vec::new(),
            sent: 0,
            broken: false,
        }
    }

    fn break_off(&mut self, error: LogonError) -> io::Error {
        self.broken = true;
        io::Error::new(io::ErrorKind::InvalidData, error)
    }

    /// Reads until a frame is whole; false at the end of the stream.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            while self.filled < self.arriving.len() {
                let mut buf = ReadBuf::new(&mut self.arriving[self.filled..]);
                ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buf))?;
                match buf.filled().len() {
                    0 if self.filled == 0 && !self.has_head => return Poll::Ready(Ok(false)),
                    0 => {
                        let message = "the stream ends within a frame";
                        let error = io::Error::new(io::ErrorKind::UnexpectedEof, message);
                        return Poll::Ready(Err(error));
                    }
                    length => self.filled += length,
                }
            }
            self.filled = 0;
            if self.has_head {
                self.has_head = false;
                return Poll::Ready(Ok(true));
            }
            let head = self.arriving.first_chunk().copied().unwrap_or_default();
            let length = read_data_head(head).map_err(|error| self.break_off(error))?;
            self.arriving.resize(length, 0);
            self.has_head = true;
        }
    }

    /// Sends the frame that is on its way.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.leaving.len() {
            let rest = &self.leaving[self.sent..];
            match ready!(Pin::new(&mut self.inner).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => self.sent += length,
            }
        }
        self.leaving.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Channel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.level == ProtectionLevel::None {
            return Pin::new(&mut this.inner).poll_read(cx, buf);
        }
        while this.given == this.data.len() {
            if buf.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if this.broken {
                let message = "an earlier message of the peer was not good; the stream is over";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, message)));
            }
            if !ready!(this.poll_frame(cx))? {
                return Poll::Ready(Ok(()));
            }
            let hidden = this.level == ProtectionLevel::EncryptAndSign;
            let data = this.mechanism.unwrap(&this.arriving, hidden);
            this.arriving.resize(4, 0);
            this.data = data.map_err(|error| this.break_off(error))?;
            this.given = 0;
        }
        let length = buf.remaining().min(this.data.len() - this.given);
        buf.put_slice(&this.data[this.given..this.given + length]);
        this.given += length;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Channel {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.level == ProtectionLevel::None {
            return Pin::new(&mut this.inner).poll_write(cx, data);
        }
        // The frame before this one goes first; what is taken here is taken for good.
        ready!(this.poll_send(cx))?;
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let data = &data[..data.len().min(DATA)];
        let hidden = this.level == ProtectionLevel::EncryptAndSign;
        let wrapped = this.mechanism.wrap(data, hidden);
        let wrapped = wrapped.map_err(io::Error::other)?;
        let length = u32::try_from(wrapped.len()).unwrap_or(u32::MAX);
        this.leaving.extend_from_slice(&length.to_le_bytes());
        this.leaving.extend_from_slice(&wrapped);
        if let Poll::Ready(Err(error)) = this.poll_send(cx) {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
