//! What stands between a connection and its transport, and does harm to what is written.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_primitives::{Clock, SystemClock};
use system_net_runtime::{Hangup, Killer, Timer, TlsInfo, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::rewrite::{Framing, Rewrite};
use super::rules::{Fault, Faults};
use crate::interpose::Interposed;

/// So many bytes of a client are kept while its answer stalls.
const AHEAD: usize = 64 * 1024;

/// What the connection's task and its transport share: the harm that is done now.
pub(super) struct Control {
    rules: Faults,
    harm: Mutex<Option<Harm>>,
}

/// What is done to the answer that is written.
enum Harm {
    /// The head is not whole yet.
    Rewrite(Rewrite),
    /// It was, and goes on as it is.
    Rewritten,
    /// After so many bytes something ends.
    Until(u64, End),
    Drip(Drip),
}

#[derive(Clone, Copy)]
enum End {
    Stall,
    Close,
    Reset,
}

struct Drip {
    bytes: usize,
    every: Duration,
    /// What is left of the current piece.
    left: usize,
    next: Option<std::time::Instant>,
}

impl Control {
    pub(super) fn new(rules: Faults) -> Self {
        Self {
            rules,
            harm: Mutex::default(),
        }
    }

    fn harm(&self) -> MutexGuard<'_, Option<Harm>> {
        self.harm.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interposed for Control {
    fn begin(&self, path: &str) -> bool {
        let fault = self.rules.for_request(path);
        let harm = fault.map(|fault| match fault {
            Fault::Stall { after } => Harm::Until(after, End::Stall),
            Fault::Cut { after } => Harm::Until(after, End::Close),
            Fault::Reset { after } => Harm::Until(after, End::Reset),
            Fault::BadChunk => Harm::Rewrite(Rewrite::new(Framing::BadChunk)),
            Fault::WrongLength { announced } => {
                Harm::Rewrite(Rewrite::new(Framing::Length(announced)))
            }
            Fault::SlowDrip { bytes, every } => Harm::Drip(Drip {
                bytes: bytes.max(1),
                every,
                left: bytes.max(1),
                next: None,
            }),
        });
        let ends = matches!(harm, Some(Harm::Rewrite(_)));
        *self.harm() = harm;
        ends
    }
}

/// A transport whose writes may come to harm.
pub(super) struct FaultTransport {
    /// `None` once it was cut off.
    inner: Option<Box<dyn Transport>>,
    control: Arc<Control>,
    /// A changed head that is to be written before all else.
    changed: Vec<u8>,
    /// Read while an answer stalled.
    ahead: Vec<u8>,
    timer: Timer,
    local: Option<SocketAddr>,
    remote: Option<SocketAddr>,
    tls: Option<TlsInfo>,
    killer: Option<Killer>,
}

impl FaultTransport {
    pub(super) fn new(inner: Box<dyn Transport>, control: Arc<Control>) -> Self {
        Self {
            local: inner.local_endpoint(),
            remote: inner.remote_endpoint(),
            tls: inner.tls().cloned(),
            killer: inner.killer(),
            inner: Some(inner),
            control,
            changed: Vec::new(),
            ahead: Vec::new(),
            timer: Timer::new(),
        }
    }

    fn inner(&mut self) -> io::Result<&mut Box<dyn Transport>> {
        self.inner.as_mut().ok_or_else(cut)
    }

    /// Writes a changed head.
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.changed.is_empty() {
            let inner = self.inner.as_mut().ok_or_else(cut)?;
            let written = ready!(Pin::new(inner).poll_write(cx, &self.changed))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.changed.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// The answer is over, before its end.
    fn poll_end(&mut self, cx: &mut Context<'_>, end: End) -> Poll<io::Result<usize>> {
        // What came before it is on its way then.
        ready!(Pin::new(self.inner()?).poll_flush(cx))?;
        match end {
            End::Stall => return self.poll_gone(cx).map(Err),
            End::Close => {}
            End::Reset => self.inner()?.set_abortive_close()?,
        }
        self.inner = None;
        Poll::Ready(Err(cut()))
    }

    /// Waits for the client to go away.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let Some(inner) = &mut self.inner else {
                return Poll::Ready(cut());
            };
            if self.ahead.len() >= AHEAD {
                return Poll::Pending;
            }
            let mut block = [0; 1024];
            let mut buf = ReadBuf::new(&mut block);
            match ready!(Pin::new(inner).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => self.ahead.extend_from_slice(buf.filled()),
                Ok(()) => return Poll::Ready(cut()),
                Err(error) => return Poll::Ready(error),
            }
        }
    }

    fn poll_drip(
        &mut self,
        cx: &mut Context<'_>,
        mut drip: Drip,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        if drip.left == 0 {
            let next = *drip
                .next
                .get_or_insert_with(|| SystemClock.now() + drip.every);
            // What came before shall be seen before.
            let flushed = match &mut self.inner {
                Some(inner) => Pin::new(inner).poll_flush(cx),
                None => Poll::Ready(Err(cut())),
            };
            let waited = match flushed {
                Poll::Ready(Ok(())) => self.timer.poll_until(cx, next),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => Poll::Pending,
            };
            if waited.is_pending() {
                *self.control.harm() = Some(Harm::Drip(drip));
                return Poll::Pending;
            }
            (drip.left, drip.next) = (drip.bytes, None);
        }
        let piece = &data[..data.len().min(drip.left)];
        let polled = match &mut self.inner {
            Some(inner) => Pin::new(inner).poll_write(cx, piece),
            None => Poll::Ready(Err(cut())),
        };
        if let Poll::Ready(Ok(written)) = &polled {
            drip.left -= written;
        }
        *self.control.harm() = Some(Harm::Drip(drip));
        polled
    }
}

fn cut() -> io::Error {
    io::Error::new(
        io::ErrorKind::BrokenPipe,
        "the connection was cut, as asked for",
    )
}

impl AsyncWrite for FaultTransport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.poll_changed(cx))?;
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let harm = this.control.harm().take();
        match harm {
            None => Pin::new(this.inner()?).poll_write(cx, data),
            Some(Harm::Rewritten) => {
                *this.control.harm() = Some(Harm::Rewritten);
                Pin::new(this.inner()?).poll_write(cx, data)
            }
            Some(Harm::Rewrite(mut rewrite)) => {
                let next = match rewrite.feed(data) {
                    Some(changed) => {
                        this.changed = changed;
                        Harm::Rewritten
                    }
                    None => Harm::Rewrite(rewrite),
                };
                *this.control.harm() = Some(next);
                Poll::Ready(Ok(data.len()))
            }
            Some(Harm::Until(0, end)) => {
                *this.control.harm() = Some(Harm::Until(0, end));
                this.poll_end(cx, end)
            }
            Some(Harm::Until(left, end)) => {
                let most = usize::try_from(left).unwrap_or(usize::MAX);
                let piece = &data[..data.len().min(most)];
                let polled = match &mut this.inner {
                    Some(inner) => Pin::new(inner).poll_write(cx, piece),
                    None => Poll::Ready(Err(cut())),
                };
                let written = match &polled {
                    Poll::Ready(Ok(written)) => *written as u64,
                    _ => 0,
                };
                *this.control.harm() = Some(Harm::Until(left - written, end));
                polled
            }
            Some(Harm::Drip(drip)) => this.poll_drip(cx, drip, data),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.changed.is_empty() && self.control.harm().is_none() {
            return Pin::new(self.inner()?).poll_write_vectored(cx, parts);
        }
        let first = parts.iter().find(|part| !part.is_empty());
        self.poll_write(cx, first.map_or(&[][..], |first| first))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_changed(cx))?;
        // An answer of which nothing more comes ends where it is, not when more is written.
        let end = match &*self.control.harm() {
            Some(Harm::Until(0, end)) => Some(*end),
            _ => None,
        };
        match end {
            Some(end) => self.poll_end(cx, end).map_ok(drop),
            None => Pin::new(self.inner()?).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_changed(cx))?;
        Pin::new(self.inner()?).poll_shutdown(cx)
    }
}

impl AsyncRead for FaultTransport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(self.inner()?).poll_read(cx, buf);
        }
        let length = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead[..length]);
        self.ahead.drain(..length);
        Poll::Ready(Ok(()))
    }
}

impl Transport for FaultTransport {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        self.local
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        self.remote
    }

    fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    fn is_quiet(&mut self) -> bool {
        self.ahead.is_empty() && self.inner.as_mut().is_some_and(|inner| inner.is_quiet())
    }

    fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        match &mut self.inner {
            Some(inner) => inner.poll_hangup(cx),
            None => Poll::Pending,
        }
    }

    fn release_reactor(&mut self) {
        if let Some(inner) = &mut self.inner {
            inner.release_reactor();
        }
    }

    fn killer(&self) -> Option<Killer> {
        self.killer.clone()
    }
}
