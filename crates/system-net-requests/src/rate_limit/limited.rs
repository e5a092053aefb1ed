//! Streams that take from a limit before they read or write.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_runtime::Timer;

use super::RateLimit;
use crate::streams::{RequestSink, ResponseSource};

/// The same source, read no faster than the limit allows.
pub(crate) fn limited_source(
    source: Arc<dyn ResponseSource>,
    limit: &RateLimit,
) -> Arc<dyn ResponseSource> {
    Arc::new(LimitedSource {
        source,
        limit: limit.clone(),
        timer: Mutex::default(),
    })
}

struct LimitedSource {
    source: Arc<dyn ResponseSource>,
    limit: RateLimit,
    timer: Mutex<Timer>,
}

impl ResponseSource for LimitedSource {
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let mut timer = self.timer.lock().unwrap_or_else(PoisonError::into_inner);
        let allowed = ready!(self.limit.poll_take(cx, &mut timer, buffer.len()));
        drop(timer);
        let read = self.source.poll_read(cx, &mut buffer[..allowed]);
        let used = match &read {
            Poll::Ready(Ok(n)) => *n,
            _ => 0,
        };
        self.limit.give_back(allowed - used);
        read
    }

    fn close(&self) {
        self.source.close();
    }

    fn read_timeout(&self) -> Option<Duration> {
        self.source.read_timeout()
    }
}

/// The same sink, written no faster than the limit allows.
pub(crate) fn limited_sink(sink: Box<dyn RequestSink>, limit: &RateLimit) -> Box<dyn RequestSink> {
    Box::new(LimitedSink {
        sink,
        limit: limit.clone(),
        timer: Timer::new(),
    })
}

struct LimitedSink {
    sink: Box<dyn RequestSink>,
    limit: RateLimit,
    timer: Timer,
}

impl RequestSink for LimitedSink {
    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return self.sink.poll_write(cx, data);
        }
        let allowed = ready!(self.limit.poll_take(cx, &mut self.timer, data.len()));
        let written = self.sink.poll_write(cx, &data[..allowed]);
        let used = match &written {
            Poll::Ready(Ok(n)) => *n,
            _ => 0,
        };
        self.limit.give_back(allowed - used);
        written
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sink.poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sink.poll_close(cx)
    }

    fn abandon(&mut self) {
        self.sink.abandon();
    }

    fn write_timeout(&self) -> Option<Duration> {
        self.sink.write_timeout()
    }
}
