//! The transport of a connection, watched: what comes in is counted, what goes out is timed.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use system_net_primitives::Clock;
use system_net_runtime::Transport;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::options::HttpListenerHttp2Options;
use super::watch::{Fault, FrameWatch};

/// What a connection knows of its transport without asking its protocol.
#[derive(Default)]
pub(super) struct Gauge {
    fault: OnceLock<Fault>,
    /// A head hangs in the middle.
    hangs: AtomicBool,
    /// How many heads have come that the protocol was not asked for yet, about: broken ones and those
    /// behind bodies count, too.
    heads: AtomicUsize,
    /// The client has given up a request.
    reset: AtomicBool,
    /// The task was told to wait for more to read, and will be woken.
    waits: AtomicBool,
    /// The transport does not take what is written.
    stuck: AtomicBool,
    /// How many bytes it has taken.
    written: AtomicU64,
    /// The transport, once the protocol is done with it.
    rest: Mutex<Option<Box<dyn Transport>>>,
}

impl Gauge {
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.get().copied()
    }

    pub(super) fn hangs(&self) -> bool {
        self.hangs.load(Ordering::Relaxed)
    }

    /// The task looks at the connection anew: what it was woken for it is not told twice.
    pub(super) fn look_again(&self) {
        self.waits.store(false, Ordering::Relaxed);
    }

    /// The protocol has given a request. Whether it is likely to have more.
    pub(super) fn take_head(&self) -> bool {
        let left = self.heads.load(Ordering::Relaxed).saturating_sub(1);
        self.heads.store(left, Ordering::Relaxed);
        left > 0
    }

    /// The protocol has none.
    pub(super) fn no_more_heads(&self) {
        self.heads.store(0, Ordering::Relaxed);
    }

    /// Whether the client has given up a request.
    pub(super) fn was_reset(&self) -> bool {
        self.reset.load(Ordering::Relaxed)
    }

    /// All that were given up are known.
    pub(super) fn no_more_resets(&self) {
        self.reset.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Relaxed)
    }

    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Takes the transport back, for a goodbye.
    pub(super) fn take_rest(&self) -> Option<Box<dyn Transport>> {
        self.rest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

pub(super) struct Guarded {
    /// `None` only while this is dropped.
    transport: Option<Box<dyn Transport>>,
    /// What was read before, to be read again.
    before: Vec<u8>,
    watch: FrameWatch,
    clock: Arc<dyn Clock>,
    gauge: Arc<Gauge>,
}

impl Guarded {
    pub(super) fn new(
        transport: Box<dyn Transport>,
        before: Vec<u8>,
        options: &HttpListenerHttp2Options,
        clock: Arc<dyn Clock>,
        gauge: Arc<Gauge>,
    ) -> Self {
        let watch = FrameWatch::new(options, clock.now());
        Self {
            transport: Some(transport),
            before,
            watch,
            clock,
            gauge,
        }
    }

    fn transport(&mut self) -> io::Result<Pin<&mut dyn Transport>> {
        match &mut self.transport {
            Some(transport) => Ok(Pin::new(&mut **transport)),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn wrote<'a>(
        &mut self,
        polled: &Poll<io::Result<usize>>,
        parts: impl Iterator<Item = &'a [u8]>,
    ) {
        match polled {
            Poll::Ready(Ok(written)) => {
                let mut left = *written;
                for part in parts {
                    let taken = left.min(part.len());
                    self.watch.wrote(&part[..taken]);
                    left -= taken;
                }
                self.gauge.stuck.store(false, Ordering::Relaxed);
                self.gauge
                    .written
                    .fetch_add(*written as u64, Ordering::Relaxed);
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.gauge.stuck.store(true, Ordering::Relaxed),
        }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Nothing more is heard of a client that is told to go. The protocol looks for more before each
        // request that it gives.
        if this.gauge.fault().is_some() || this.gauge.waits.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let start = buffer.filled().len();
        if this.before.is_empty() {
            let Poll::Ready(read) = this.transport()?.poll_read(cx, buffer) else {
                this.gauge.waits.store(true, Ordering::Relaxed);
                return Poll::Pending;
            };
            read?;
        } else {
            let n = this.before.len().min(buffer.remaining());
            buffer.put_slice(&this.before[..n]);
            this.before.drain(..n);
        }
        let clock = &*this.clock;
        let watched = this.watch.read(&buffer.filled()[start..], || clock.now());
        let heads = this.watch.take_heads();
        if heads > 0 {
            this.gauge.heads.fetch_add(heads, Ordering::Relaxed);
        }
        if this.watch.take_reset() {
            this.gauge.reset.store(true, Ordering::Relaxed);
        }
        let hangs = this.watch.hangs();
        if this.gauge.hangs() != hangs {
            this.gauge.hangs.store(hangs, Ordering::Relaxed);
        }
        if let Err(fault) = watched {
            this.gauge.fault.get_or_init(|| fault);
            buffer.set_filled(start);
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = this.transport()?.poll_write(cx, bytes);
        this.wrote(&polled, std::iter::once(bytes));
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = this.transport()?.poll_write_vectored(cx, parts);
        this.wrote(&polled, parts.iter().map(|part| &**part));
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.transport
            .as_ref()
            .is_some_and(|transport| transport.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = this.transport()?.poll_flush(cx);
        if polled.is_pending() {
            this.gauge.stuck.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().transport()?.poll_shutdown(cx)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let mut rest = self
            .gauge
            .rest
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *rest = self.transport.take();
    }
}
