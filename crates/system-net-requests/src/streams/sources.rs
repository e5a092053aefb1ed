//! Sources of response streams over ordinary readers: blocking ones (files) and asynchronous ones.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use system_net_primitives::Misuse;
use system_net_runtime::background;
use tokio::io::{AsyncRead, ReadBuf};

use super::response_stream::ResponseSource;
use crate::BoxFuture;

/// The most one read on a blocking thread asks for.
const READ_AHEAD: usize = 256 * 1024;

/// A blocking reader: read in place by blocking code, on the background runtime's blocking threads
/// by asynchronous code.
pub(super) struct BlockingSource {
    /// `None` once closed.
    reader: Arc<Mutex<Option<Box<dyn Read + Send>>>>,
    state: Mutex<AsyncReads>,
}

#[derive(Default)]
struct AsyncReads {
    pending: Option<BoxFuture<io::Result<Vec<u8>>>>,
    /// Bytes that a read brought and its caller has not taken yet.
    left: Vec<u8>,
}

impl BlockingSource {
    pub(super) fn new(reader: impl Read + Send + 'static) -> Self {
        Self {
            reader: Arc::new(Mutex::new(Some(Box::new(reader)))),
            state: Mutex::default(),
        }
    }
}

impl ResponseSource for BlockingSource {
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut state = lock(&self.state);
        if state.left.is_empty() && !buffer.is_empty() {
            let read = state
                .pending
                .get_or_insert_with(|| read_elsewhere(&self.reader, buffer.len().min(READ_AHEAD)));
            let result = ready!(read.as_mut().poll(cx));
            state.pending = None;
            state.left = result?;
        }
        Poll::Ready(Ok(state.take_left(buffer)))
    }

    fn read_now(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let mut state = lock(&self.state);
        if state.pending.is_some() {
            return None;
        }
        if !state.left.is_empty() {
            return Some(Ok(state.take_left(buffer)));
        }
        drop(state);
        Some(read_open(&self.reader, buffer))
    }

    fn close(&self) {
        *lock(&self.reader) = None;
        lock(&self.state).left.clear();
    }
}

impl AsyncReads {
    fn take_left(&mut self, buffer: &mut [u8]) -> usize {
        let n = self.left.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.left[..n]);
        self.left.drain(..n);
        n
    }
}

fn read_open(reader: &Mutex<Option<Box<dyn Read + Send>>>, buffer: &mut [u8]) -> io::Result<usize> {
    match &mut *lock(reader) {
        Some(reader) => reader.read(buffer),
        None => Err(closed()),
    }
}

fn read_elsewhere(
    reader: &Arc<Mutex<Option<Box<dyn Read + Send>>>>,
    size: usize,
) -> BoxFuture<io::Result<Vec<u8>>> {
    let reader = Arc::clone(reader);
    let task = background().spawn_blocking(move || {
        let mut bytes = vec![0; size];
        let n = read_open(&reader, &mut bytes)?;
        bytes.truncate(n);
        Ok(bytes)
    });
    Box::pin(async move {
        task.await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    })
}

/// An asynchronous reader behind a lock, so that a stream is a handle.
pub(super) struct AsyncSource {
    /// `None` once closed.
    reader: Mutex<Option<Pin<Box<dyn AsyncRead + Send>>>>,
}

impl AsyncSource {
    pub(super) fn new(reader: impl AsyncRead + Send + 'static) -> Self {
        Self {
            reader: Mutex::new(Some(Box::pin(reader))),
        }
    }
}

impl ResponseSource for AsyncSource {
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match &mut *lock(&self.reader) {
            Some(reader) => {
                let mut buffer = ReadBuf::new(buffer);
                ready!(reader.as_mut().poll_read(cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
            None => Poll::Ready(Err(closed())),
        }
    }

    fn close(&self) {
        *lock(&self.reader) = None;
    }
}

/// A closed stream has no end to show: what was not read is not known to be nothing.
fn closed() -> io::Error {
    io::Error::other(Misuse::disposed("ResponseStream"))
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
