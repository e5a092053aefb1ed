//! Where contexts receive to and send from: a vector, a segment of a large block, or a list.

use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;
use system_net_primitives::Misuse;

use super::SocketAsyncEventArgs;
use super::context::Phase;

/// What a context owns. While an operation is in progress nobody else can reach it.
#[derive(Debug, Default)]
pub(super) enum Buffer {
    #[default]
    None,
    Whole(Vec<u8>),
    Segment(BufferSegment),
    List(Vec<Vec<u8>>),
}

impl Buffer {
    /// The one stretch of memory; empty without one.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::None | Self::List(_) => &[],
            Self::Whole(bytes) => bytes,
            Self::Segment(segment) => segment,
        }
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::None | Self::List(_) => &mut [],
            Self::Whole(bytes) => bytes,
            Self::Segment(segment) => segment,
        }
    }
}

/// One large block of memory, cut into segments of one size: the guide's buffer manager.
///
/// A server that keeps a buffer per connection takes all of them from one block, which is
/// allocated once and neither grows nor falls into pieces. Segments come back when they are
/// dropped. Renting allocates nothing, nor does returning, but for the list of free segments
/// that the first one to come back makes.
///
/// # Examples
/// ```
/// use system_net_sockets::BufferBlock;
///
/// let block = BufferBlock::new(2, 1024);
/// let first = block.rent().unwrap();
/// let second = block.rent().unwrap();
/// assert_eq!(first.len(), 1024);
/// assert!(block.rent().is_none());
/// drop(second);
/// assert_eq!(block.available(), 1);
/// ```
#[derive(Clone)]
pub struct BufferBlock {
    home: Arc<Mutex<Home>>,
    size: usize,
}

/// What nobody has rented.
struct Home {
    /// The part that nobody has had yet.
    fresh: BytesMut,
    /// What has come back; has room for all segments once it is made.
    free: Vec<BytesMut>,
    segments: usize,
    /// How many of them were cut off the fresh part.
    cut: usize,
}

impl BufferBlock {
    /// A block of `segments` times `size` bytes, all zero.
    ///
    /// # Panics
    /// If the block has more bytes than the memory has addresses.
    #[must_use]
    pub fn new(segments: usize, size: usize) -> Self {
        let Some(bytes) = segments.checked_mul(size) else {
            panic!("a block of {segments} times {size} bytes is larger than the memory");
        };
        let home = Home {
            fresh: BytesMut::zeroed(bytes),
            free: Vec::new(),
            segments,
            cut: 0,
        };
        Self {
            home: Arc::new(Mutex::new(home)),
            size,
        }
    }

    /// Takes a segment, if there is one left. It holds what its last user left in it.
    #[must_use]
    pub fn rent(&self) -> Option<BufferSegment> {
        let mut home = lock(&self.home);
        let bytes = match home.free.pop() {
            Some(bytes) => bytes,
            None if home.cut == home.segments => return None,
            None => {
                home.cut += 1;
                home.fresh.split_to(self.size)
            }
        };
        drop(home);
        Some(BufferSegment {
            bytes,
            home: Arc::clone(&self.home),
        })
    }

    /// How many segments are left.
    #[must_use]
    pub fn available(&self) -> usize {
        let home = lock(&self.home);
        home.segments - home.cut + home.free.len()
    }
}

fn lock(home: &Mutex<Home>) -> MutexGuard<'_, Home> {
    home.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for BufferBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferBlock")
            .field("available", &self.available())
            .finish()
    }
}

/// A segment of a [`BufferBlock`], to which it returns when it is dropped.
pub struct BufferSegment {
    bytes: BytesMut,
    home: Arc<Mutex<Home>>,
}

impl Drop for BufferSegment {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut home = lock(&self.home);
        if home.free.capacity() == 0 {
            let segments = home.segments;
            home.free.reserve_exact(segments);
        }
        home.free.push(bytes);
    }
}

impl Deref for BufferSegment {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for BufferSegment {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl fmt::Debug for BufferSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BufferSegment({} bytes)", self.bytes.len())
    }
}

/// Buffers of a context.
impl SocketAsyncEventArgs {
    /// The buffer: all of it, whatever [`offset`](Self::offset) and [`count`](Self::count) say.
    /// Empty if there is none.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.Buffer`
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.MemoryBuffer`
    ///
    /// While the result is alive, no operation can be started with the context, and only one
    /// such guard can be taken at a time.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] while an operation is in progress or another guard is alive;
    /// [`Misuse::Disposed`] after [`dispose`](Self::dispose).
    ///
    /// # Differences from .NET
    /// While an operation is in progress the buffer cannot be reached.
    #[doc(alias = "SocketAsyncEventArgs.Buffer")]
    #[doc(alias = "SocketAsyncEventArgs.MemoryBuffer")]
    pub fn buffer(&self) -> Result<BufferGuard<'_>, Misuse> {
        self.lend(|_, _, bytes| 0..bytes)
    }

    /// The part of the buffer that the last operation filled or sent: `bytes_transferred` bytes
    /// from `offset` on.
    ///
    /// # Errors
    /// As [`buffer`](Self::buffer).
    pub fn transferred(&self) -> Result<BufferGuard<'_>, Misuse> {
        self.lend(|offset, transferred, bytes| {
            let start = offset.min(bytes);
            start..start.saturating_add(transferred).min(bytes)
        })
    }

    fn lend(
        &self,
        window: impl FnOnce(usize, usize, usize) -> Range<usize>,
    ) -> Result<BufferGuard<'_>, Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        state.phase = Phase::Lent;
        let buffer = std::mem::take(&mut state.buffer);
        Ok(BufferGuard {
            window: window(
                state.offset as usize,
                state.transferred,
                buffer.bytes().len(),
            ),
            buffer,
            args: self,
        })
    }

    /// Gives the context a buffer, of which operations use `count` bytes from `offset` on.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SetBuffer(Byte[], Int32, Int32)`
    ///
    /// The buffer before is dropped; [`take_buffer`](Self::take_buffer) gives it back.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] if `offset` or `count` lies outside of the buffer;
    /// [`Misuse::InvalidArgument`] if there is a buffer list; as [`buffer`](Self::buffer). The
    /// context is as before then.
    #[doc(alias = "SocketAsyncEventArgs.SetBuffer")]
    pub fn set_buffer(
        &self,
        buffer: impl Into<Vec<u8>>,
        offset: usize,
        count: usize,
    ) -> Result<(), Misuse> {
        self.put(Buffer::Whole(buffer.into()), offset, Some(count))
    }

    /// Gives the context a buffer that operations use as a whole.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SetBuffer(Memory<Byte>)`
    ///
    /// # Errors
    /// As [`set_buffer`](Self::set_buffer).
    #[doc(alias = "SocketAsyncEventArgs.SetBuffer")]
    pub fn set_memory_buffer(&self, buffer: impl Into<Vec<u8>>) -> Result<(), Misuse> {
        self.put(Buffer::Whole(buffer.into()), 0, None)
    }

    /// Gives the context a segment of a [`BufferBlock`], used as a whole.
    ///
    /// # Errors
    /// As [`set_buffer`](Self::set_buffer).
    pub fn set_buffer_segment(&self, segment: BufferSegment) -> Result<(), Misuse> {
        self.put(Buffer::Segment(segment), 0, None)
    }

    fn put(&self, buffer: Buffer, offset: usize, count: Option<usize>) -> Result<(), Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        if matches!(state.buffer, Buffer::List(_)) {
            return Err(Misuse::invalid_argument(
                "buffer",
                "there is a buffer list; clear it first",
            ));
        }
        let length = buffer.bytes().len();
        let window = window(length, offset, count.unwrap_or(length))?;
        (state.offset, state.count) = window;
        let old = std::mem::replace(&mut state.buffer, buffer);
        drop(state);
        drop(old);
        Ok(())
    }

    /// Says which part of the buffer operations use. Nothing happens without a buffer.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.SetBuffer(Int32, Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] if `offset` or `count` lies outside of the buffer; as
    /// [`buffer`](Self::buffer).
    #[doc(alias = "SocketAsyncEventArgs.SetBuffer")]
    pub fn set_buffer_range(&self, offset: usize, count: usize) -> Result<(), Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        if matches!(state.buffer, Buffer::Whole(_) | Buffer::Segment(_)) {
            (state.offset, state.count) = window(state.buffer.bytes().len(), offset, count)?;
        }
        Ok(())
    }

    /// Takes the buffer out, if it is a vector. A segment is dropped and so returns to its block.
    ///
    /// # Errors
    /// As [`buffer`](Self::buffer).
    pub fn take_buffer(&self) -> Result<Option<Vec<u8>>, Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        if matches!(state.buffer, Buffer::List(_)) {
            return Ok(None);
        }
        (state.offset, state.count) = (0, 0);
        let buffer = std::mem::take(&mut state.buffer);
        drop(state);
        match buffer {
            Buffer::Whole(bytes) => Ok(Some(bytes)),
            _ => Ok(None),
        }
    }

    /// Where in the buffer operations begin.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.Offset`
    #[doc(alias = "SocketAsyncEventArgs.Offset")]
    #[must_use]
    pub fn offset(&self) -> usize {
        self.context.lock().offset as usize
    }

    /// How many bytes of the buffer operations use at most.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.Count`
    #[doc(alias = "SocketAsyncEventArgs.Count")]
    #[must_use]
    pub fn count(&self) -> usize {
        self.context.lock().count as usize
    }

    /// The buffers of a scattered receive or a gathered send, in their order; empty if there are
    /// none.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.BufferList`
    ///
    /// # Errors
    /// As [`buffer`](Self::buffer).
    #[doc(alias = "SocketAsyncEventArgs.BufferList")]
    pub fn buffer_list(&self) -> Result<BufferListGuard<'_>, Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        state.phase = Phase::Lent;
        let buffer = std::mem::take(&mut state.buffer);
        Ok(BufferListGuard { buffer, args: self })
    }

    /// Gives the context several buffers in the place of one, or takes them away.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncEventArgs.BufferList`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if there is a single buffer; as [`buffer`](Self::buffer).
    ///
    /// # Limits
    /// Up to 16 buffers an operation allocates nothing; more are gathered in a list first.
    #[doc(alias = "SocketAsyncEventArgs.BufferList")]
    pub fn set_buffer_list(&self, buffers: Option<Vec<Vec<u8>>>) -> Result<(), Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        let single = matches!(state.buffer, Buffer::Whole(_) | Buffer::Segment(_));
        let new = match buffers {
            Some(_) if single => {
                return Err(Misuse::invalid_argument(
                    "BufferList",
                    "there is a single buffer; take it out first",
                ));
            }
            Some(buffers) => Buffer::List(buffers),
            None if single => return Ok(()),
            None => Buffer::None,
        };
        let old = std::mem::replace(&mut state.buffer, new);
        drop(state);
        drop(old);
        Ok(())
    }

    /// Takes the list of buffers out.
    ///
    /// # Errors
    /// As [`buffer`](Self::buffer).
    pub fn take_buffer_list(&self) -> Result<Option<Vec<Vec<u8>>>, Misuse> {
        let mut state = self.context.lock();
        state.configurable()?;
        match std::mem::take(&mut state.buffer) {
            Buffer::List(buffers) => Ok(Some(buffers)),
            other => {
                state.buffer = other;
                Ok(None)
            }
        }
    }

    fn give_back(&self, buffer: Buffer) {
        let mut state = self.context.lock();
        state.buffer = buffer;
        state.phase = Phase::Free;
        // Disposed meanwhile: the buffer goes.
        let leftovers = if state.disposed { state.end() } else { None };
        drop(state);
        drop(leftovers);
    }
}

/// Checks a window on a buffer, in .NET's order.
fn window(length: usize, offset: usize, count: usize) -> Result<(u32, u32), Misuse> {
    if offset > length {
        return Err(Misuse::out_of_range(
            "offset",
            format!("at most {length}, the size of the buffer"),
        ));
    }
    if count > length - offset {
        return Err(Misuse::out_of_range(
            "count",
            format!("at most {}, the rest of the buffer", length - offset),
        ));
    }
    // .NET's buffers end at 2 GiB, and so does what one system call takes.
    match (u32::try_from(offset), u32::try_from(count)) {
        (Ok(offset), Ok(count)) => Ok((offset, count)),
        (Err(_), _) => Err(Misuse::out_of_range("offset", "below 4 GiB")),
        (_, Err(_)) => Err(Misuse::out_of_range("count", "below 4 GiB")),
    }
}

/// The buffer of a context, in the hands of the application.
#[must_use = "while it lives no operation can be started"]
pub struct BufferGuard<'a> {
    buffer: Buffer,
    window: Range<usize>,
    args: &'a SocketAsyncEventArgs,
}

impl Deref for BufferGuard<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.buffer.bytes()[self.window.clone()]
    }
}

impl DerefMut for BufferGuard<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.buffer.bytes_mut()[self.window.clone()]
    }
}

impl Drop for BufferGuard<'_> {
    fn drop(&mut self) {
        self.args.give_back(std::mem::take(&mut self.buffer));
    }
}

impl fmt::Debug for BufferGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BufferGuard({} bytes)", self.len())
    }
}

/// The buffers of a context, in the hands of the application.
#[must_use = "while it lives no operation can be started"]
pub struct BufferListGuard<'a> {
    buffer: Buffer,
    args: &'a SocketAsyncEventArgs,
}

impl Deref for BufferListGuard<'_> {
    type Target = [Vec<u8>];
    fn deref(&self) -> &[Vec<u8>] {
        match &self.buffer {
            Buffer::List(buffers) => buffers,
            _ => &[],
        }
    }
}

impl DerefMut for BufferListGuard<'_> {
    fn deref_mut(&mut self) -> &mut [Vec<u8>] {
        match &mut self.buffer {
            Buffer::List(buffers) => buffers,
            _ => &mut [],
        }
    }
}

impl Drop for BufferListGuard<'_> {
    fn drop(&mut self) {
        self.args.give_back(std::mem::take(&mut self.buffer));
    }
}

impl fmt::Debug for BufferListGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BufferListGuard({} buffers)", self.len())
    }
}
