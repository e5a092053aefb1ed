//! Streams over a limit, by a clock that is moved by hand.

use std::io;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use system_net_primitives::FakeClock;

use super::{RateLimit, limited_sink, limited_source};
use crate::streams::{RequestSink, ResponseSource};

fn rate(bytes: u64) -> NonZeroU64 {
    NonZeroU64::new(bytes).unwrap()
}

struct Endless;

impl ResponseSource for Endless {
    fn poll_read(&self, _cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        // Fewer than asked for: the rest of what was allowed is given back.
        let n = buffer.len().min(30);
        buffer[..n].fill(b'x');
        Poll::Ready(Ok(n))
    }

    fn close(&self) {}
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl RequestSink for Written {
    fn poll_write(&mut self, _cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap().extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn abandon(&mut self) {}
}

/// Streams read and write what the clock allows; two of one limit share it.
#[test]
fn streams_share_a_limit() {
    let clock = Arc::new(FakeClock::new());
    let limit = RateLimit::with_clock(rate(1000), Arc::<FakeClock>::clone(&clock));
    let source = limited_source(Arc::new(Endless), &limit);
    let written = Written::default();
    let mut sink = limited_sink(Box::new(written.clone()), &limit);
    let (mut read, mut buffer) = (0, [0; 500]);
    // On a reactor, as the timers need one.
    let _runtime = system_net_runtime::background().enter();
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        while let Poll::Ready(n) = source.poll_read(&mut cx, &mut buffer) {
            read += n.unwrap();
        }
        while let Poll::Ready(n) = sink.poll_write(&mut cx, &[b'y'; 10]) {
            n.unwrap();
        }
        clock.advance(Duration::from_millis(10));
    }
    let written = written.0.lock().unwrap().len();
    assert!(read > 0 && written > 0, "{read} and {written}");
    // 100 at first, and 10 in each of 99 steps that a look came after.
    assert_eq!(read + written, 100 + 990);
}
