//! Bodies in chunks, read straight to where they are wanted.
//!
//! Servers that write a body from one buffer repeat the line between two chunks, byte for byte. Once
//! it was the same twice, the next bytes are laid out as if it went on so: the data of several chunks
//! side by side in the caller's buffer, and the lines between them beside it. What came is then
//! compared with what was foreseen. Where it is something else it goes into the input, and is read
//! as ever.

use std::array;
use std::fmt;
use std::io::IoSliceMut;

use super::{ClientConnection, State};
use crate::body::BodyReader;
use crate::chunked::ChunkFrame;

/// How many lines are foreseen at once.
const MOST_LINES: usize = 16;
/// The shortest chunks that are: below, copying costs less than a piece of its own.
const LEAST_CHUNK: u64 = 4096;
/// How much there must be left of a chunk to read it apart from what comes behind.
const LEAST_LEFT: u64 = 8192;

/// Room for the lines between chunks.
#[derive(Default)]
pub struct ChunkLines([[u8; ChunkFrame::MOST]; MOST_LINES]);

impl fmt::Debug for ChunkLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkLines").finish_non_exhaustive()
    }
}

/// Where the next bytes of a body go, in their order.
pub struct ChunkParts<'a> {
    parts: [IoSliceMut<'a>; 2 * MOST_LINES + 2],
    used: usize,
}

impl<'a> ChunkParts<'a> {
    fn new() -> Self {
        Self {
            parts: array::from_fn(|_| IoSliceMut::new(&mut [])),
            used: 0,
        }
    }

    fn push(&mut self, part: &'a mut [u8]) {
        if !part.is_empty() {
            self.parts[self.used] = IoSliceMut::new(part);
            self.used += 1;
        }
    }

    /// The parts, for a vectored read.
    pub fn as_mut_slices(&mut self) -> &mut [IoSliceMut<'a>] {
        &mut self.parts[..self.used]
    }
}

impl fmt::Debug for ChunkParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkParts")
            .field("parts", &self.used)
            .finish()
    }
}

impl ClientConnection {
    /// For a body in chunks of which no byte is buffered: parts to read into, which are `buffer` for
    /// the data, `lines` for what stands between, and room of its own for at least `spare` bytes of
    /// which nothing is foreseen. Read into them with one call, then call
    /// [`chunks_read`](Self::chunks_read). `None`: read into [`input_space`](Self::input_space).
    ///
    /// # Examples
    /// ```
    /// # use system_net_http_proto::{ChunkLines, ClientConnection, ClientEvent, Limits};
    /// # use system_net_primitives::HttpVersion;
    /// # let mut connection = ClientConnection::new(Limits::default());
    /// # connection.write_plain("GET", "/", "h")?;
    /// connection.handle_input(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n");
    /// # connection.poll_event()?;
    /// assert!(matches!(connection.poll_event()?, ClientEvent::NeedInput));
    /// let (mut buffer, mut lines) = (vec![0; 100_000], ChunkLines::default());
    /// let mut parts = connection.chunk_parts(&mut buffer, &mut lines, 1000).expect("parts");
    /// assert_eq!(parts.as_mut_slices()[0].len(), 0x4000, "one chunk; the next may be another");
    /// # Ok::<(), system_net_http_proto::ProtoError>(())
    /// ```
    pub fn chunk_parts<'a>(
        &'a mut self,
        buffer: &'a mut [u8],
        lines: &'a mut ChunkLines,
        spare: usize,
    ) -> Option<ChunkParts<'a>> {
        let (left, mut skipped) = self.chunk_left()?;
        let mut parts = ChunkParts::new();
        if left >= buffer.len() as u64 {
            parts.push(buffer);
            return Some(parts);
        }
        // Less than the buffer is long.
        let (data, mut rest) = buffer.split_at_mut(left as usize);
        parts.push(data);
        let Some((frame, size)) = self.foreseen() else {
            if left < LEAST_LEFT {
                return None;
            }
            parts.push(self.input.space(spare));
            return Some(parts);
        };
        let mut frame = frame.len() - skipped;
        for line in &mut lines.0 {
            if rest.is_empty() {
                break;
            }
            parts.push(&mut line[..frame]);
            frame += std::mem::take(&mut skipped);
            let (data, behind) = rest.split_at_mut(part_of(size, rest.len()));
            parts.push(data);
            rest = behind;
        }
        Some(parts)
    }

    /// Says that `n` bytes were read into the parts that [`chunk_parts`](Self::chunk_parts) gave, of
    /// this buffer and these lines. How many bytes of the body stand at the front of the buffer: 0 does
    /// not mean that none came, as they may have to be looked at first.
    pub fn chunks_read(&mut self, buffer: &[u8], lines: &ChunkLines, n: usize) -> usize {
        let (left, skipped) = self.chunk_left().unwrap_or_default();
        let mut given = n.min(part_of(left, buffer.len()));
        let mut rest = n - given;
        if given > 0 {
            self.chunk_passed(given, left);
        }
        let Some((frame, size)) = self.foreseen().filter(|_| rest > 0) else {
            self.input.filled(rest);
            return given;
        };
        // A copy, as the machine goes on meanwhile.
        let mut expected = [0; ChunkFrame::MOST];
        let whole = {
            expected[..frame.len()].copy_from_slice(frame);
            &expected[..frame.len()]
        };
        let mut frame = &whole[skipped..];
        let mut behind = lines.0.iter();
        while rest > 0
            && let Some(line) = behind.next()
        {
            let came = &line[..rest.min(frame.len())];
            if came != frame {
                self.look_at(came, &buffer[given..], behind, whole.len(), size, rest);
                break;
            }
            rest -= frame.len();
            self.offset += frame.len() as u64;
            frame = whole;
            let data = rest.min(part_of(size, buffer.len() - given));
            self.chunk_passed(data, size);
            given += data;
            rest -= data;
        }
        given
    }

    /// What was not foreseen goes into the input, in its order.
    fn look_at<'a>(
        &mut self,
        mut line: &'a [u8],
        mut data: &[u8],
        mut behind: impl Iterator<Item = &'a [u8; ChunkFrame::MOST]>,
        frame: usize,
        size: u64,
        mut rest: usize,
    ) {
        loop {
            self.input.extend(line);
            rest -= line.len();
            let here = rest.min(part_of(size, data.len()));
            self.input.extend(&data[..here]);
            data = &data[here..];
            rest -= here;
            match behind.next() {
                Some(next) if rest > 0 => line = &next[..rest.min(frame)],
                _ => return,
            }
        }
    }

    /// How much is left of the chunk that is being read, if nothing is buffered.
    /// And how much was read of what stands before the next.
    fn chunk_left(&self) -> Option<(u64, usize)> {
        match &self.state {
            State::Body(body) if self.input.is_empty() && !self.eof => body.chunk_left(),
            _ => None,
        }
    }

    /// What is taken to stand before each of the next chunks, and how long they are.
    fn foreseen(&self) -> Option<(&[u8], u64)> {
        self.chunk_frame
            .repeated()
            .filter(|(_, size)| *size >= LEAST_CHUNK)
    }

    /// So many bytes of a chunk were read of which so many were left.
    fn chunk_passed(&mut self, n: usize, left: u64) {
        self.offset += n as u64;
        self.state = State::Body(BodyReader::ChunkData(left - n as u64));
    }
}

/// How much of a buffer's room a chunk takes.
fn part_of(size: u64, room: usize) -> usize {
    usize::try_from(size).map_or(room, |size| size.min(room))
}
