//! The transport of a session, watched: the frames that come in are counted.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_runtime::Transport;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{FrameWatch, HeadBlock};
use crate::error::refuses_client;

/// How many frames without a body's bytes the answer to a request may have.
const FRAMES_PER_HEAD: u32 = 4;
/// How many bytes of a request's body earn the server one update of a window besides.
const BODY_PER_UPDATE: usize = 512;

/// What requests and driver know of a connection without asking its protocol.
pub(super) struct Facts {
    /// The last stream that the server looks at, from its GOAWAY; all of them before there is one.
    last_stream: AtomicU32,
    /// No more requests: the server goes away, or the connection has ended.
    closing: AtomicBool,
    /// How many frames the server has to send for what it was sent.
    earned: AtomicU32,
    /// How many times something came in.
    reads: AtomicU64,
    /// How many streams the server allows at once.
    max_streams: AtomicUsize,
    /// The stream of the longest head so far, and how many bytes that took on the wire.
    longest_head: AtomicU64,
    /// How many bytes a head may have.
    head_bytes: usize,
    /// Why it ended, where the protocol's own error does not say so.
    fault: OnceLock<Fault>,
}

/// Why a connection ended, if neither side's protocol said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Flood,
    /// The server wants no such client: TLS 1.3 tells after the handshake.
    ClientRefused,
    /// The server left a PING without an answer.
    PingTimeout(Duration),
}

impl Facts {
    pub(super) fn new(max_streams: usize, head_bytes: usize) -> Self {
        Self {
            last_stream: AtomicU32::new(u32::MAX),
            closing: AtomicBool::new(false),
            earned: AtomicU32::new(0),
            reads: AtomicU64::new(0),
            max_streams: AtomicUsize::new(max_streams),
            longest_head: AtomicU64::new(0),
            head_bytes,
            fault: OnceLock::new(),
        }
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.get().copied()
    }

    /// The first one counts.
    pub(super) fn set_fault(&self, fault: Fault) {
        self.fault.get_or_init(|| fault);
    }

    /// The server was sent a head: answers and other ends are its due.
    pub(super) fn head_sent(&self) {
        self.earned.fetch_add(FRAMES_PER_HEAD, Ordering::Relaxed);
    }

    /// The server was sent so many bytes of a body: it opens its windows again.
    pub(super) fn body_sent(&self, bytes: usize) {
        let frames = 2 + bytes / BODY_PER_UPDATE;
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        self.earned.fetch_add(frames, Ordering::Relaxed);
    }

    fn note_head(&self, head: HeadBlock) {
        let packed = u64::from(head.stream) << 32 | u64::from(head.bytes);
        if self.longest_head.load(Ordering::Relaxed) != packed {
            self.longest_head.store(packed, Ordering::Relaxed);
        }
    }

    /// How long a head may be, if that of a stream is longer already in its frames, where heads are
    /// compressed. Without a stream: that of any.
    pub(super) fn limit_of_head(&self, stream: Option<u32>) -> Option<usize> {
        let packed = self.longest_head.load(Ordering::Relaxed);
        let (of, bytes) = ((packed >> 32) as u32, packed as u32);
        let is_it = stream.is_none_or(|stream| stream == of);
        (is_it && bytes as usize > self.head_bytes).then_some(self.head_bytes)
    }

    /// RFC 9113 section 6.8: streams above the last "were not or might not be processed": those
    /// above it were not.
    pub(super) fn was_ignored(&self, stream: u32) -> bool {
        stream > self.last_stream.load(Ordering::Acquire)
    }

    /// The server goes away, and has looked at some requests before.
    pub(super) fn has_served(&self) -> bool {
        let last = self.last_stream.load(Ordering::Acquire);
        // RFC 9113 section 6.8: the largest number says nothing, it announces a second GOAWAY.
        (1..0x7fff_ffff).contains(&last)
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(super) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    pub(super) fn max_streams(&self) -> usize {
        self.max_streams.load(Ordering::Relaxed)
    }

    /// True: it is another number than before.
    pub(super) fn set_max_streams(&self, streams: usize) -> bool {
        self.max_streams.swap(streams, Ordering::Relaxed) != streams
    }
}

pub(super) struct Guarded {
    transport: Box<dyn Transport>,
    watch: FrameWatch,
    facts: Arc<Facts>,
}

impl Guarded {
    pub(super) fn new(transport: Box<dyn Transport>, facts: Arc<Facts>) -> Self {
        Self {
            transport,
            watch: FrameWatch::default(),
            facts,
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
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut *this.transport).poll_read(cx, buffer));
        if let Err(error) = &read
            && refuses_client(error)
        {
            this.facts.set_fault(Fault::ClientRefused);
        }
        read?;
        this.facts.reads.fetch_add(1, Ordering::Relaxed);
        this.watch
            .earn(this.facts.earned.swap(0, Ordering::Relaxed));
        let watched = this.watch.read(&buffer.filled()[before..]);
        this.facts.note_head(this.watch.longest_head());
        match watched {
            Ok(None) => {}
            Ok(Some(last_stream)) => {
                (this.facts.last_stream).store(last_stream, Ordering::Release);
                this.facts.close();
            }
            Err(flood) => {
                this.facts.set_fault(Fault::Flood);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, flood)));
            }
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
        Pin::new(&mut *self.get_mut().transport).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().transport).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().transport).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().transport).poll_shutdown(cx)
    }
}
