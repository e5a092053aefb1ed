//! Looks at the frames of a server as they pass by: counts those that bring nothing, and notes from
//! which stream on a server has not looked at requests. Without input or output.
//!
//! Read: RFC 9113 sections 4.1 (frame format), 6 (frame definitions), 10.5 (denial of service).

use std::fmt;

/// How many frames that bring nothing a server may send beyond what it has earned.
pub(super) const MOST_IDLE_FRAMES: u32 = 10_000;
/// How many bytes of bodies earn one frame besides.
const BODY_PER_FRAME: u32 = 256;

const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;

/// The server sends frames that bring nothing, without end: PING, SETTINGS, empty DATA and others,
/// each of which costs work here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameFlood;

impl fmt::Display for FrameFlood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server sent more than {MOST_IDLE_FRAMES} frames of HTTP/2 that bring nothing (ENHANCE_YOUR_CALM)"
        )
    }
}

impl std::error::Error for FrameFlood {}

/// Reads the heads of frames out of what a server sends, in whatever pieces it comes.
#[derive(Default)]
pub(super) struct FrameWatch {
    head: [u8; HEAD],
    /// How much of the head is there.
    have: usize,
    /// How much of the payload is still to come.
    left: u32,
    /// The first bytes of a GOAWAY's payload: its last stream.
    last: Option<LastStream>,
    idle: u32,
    /// The head being read.
    block: HeadBlock,
    longest: HeadBlock,
}

/// The frames that a head of a response came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HeadBlock {
    pub(super) stream: u32,
    /// How long they are together, compressed.
    pub(super) bytes: u32,
}

#[derive(Default)]
struct LastStream {
    bytes: [u8; 4],
    have: usize,
}

impl FrameWatch {
    /// The server was sent what it has to answer with so many frames.
    pub(super) fn earn(&mut self, frames: u32) {
        self.idle = self.idle.saturating_sub(frames);
    }

    /// The longest head so far.
    pub(super) fn longest_head(&self) -> HeadBlock {
        self.longest
    }

    /// Bytes came from the server. The last stream that it looks at, if they end a GOAWAY.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<Option<u32>, FrameFlood> {
        let mut last_stream = None;
        while !bytes.is_empty() {
            if self.left > 0 {
                let n = bytes.len().min(self.left as usize);
                if let Some(last) = &mut self.last
                    && let Some(stream) = last.read(&bytes[..n])
                {
                    last_stream = Some(stream);
                    self.last = None;
                }
                // No more than `left`, which fits.
                self.left -= n as u32;
                bytes = &bytes[n..];
                continue;
            }
            let n = bytes.len().min(HEAD - self.have);
            self.head[self.have..self.have + n].copy_from_slice(&bytes[..n]);
            self.have += n;
            bytes = &bytes[n..];
            if self.have == HEAD {
                self.have = 0;
                self.begin()?;
            }
        }
        Ok(last_stream)
    }

    /// The head of a frame is whole.
    fn begin(&mut self) -> Result<(), FrameFlood> {
        let [a, b, c, kind, flags, stream @ ..] = self.head;
        self.left = u32::from_be_bytes([0, a, b, c]);
        if matches!(kind, HEADERS | CONTINUATION) {
            self.count_head(kind, u32::from_be_bytes(stream) & 0x7fff_ffff);
        }
        self.last = (kind == GO_AWAY).then(LastStream::default);
        if kind == DATA && self.left > 0 {
            self.idle = self.idle.saturating_sub(1 + self.left / BODY_PER_FRAME);
            return Ok(());
        }
        // The end of a body is worth its frame.
        if kind == DATA && flags & END_STREAM != 0 {
            return Ok(());
        }
        self.idle += 1;
        match self.idle > MOST_IDLE_FRAMES {
            true => Err(FrameFlood),
            false => Ok(()),
        }
    }
}

impl FrameWatch {
    fn count_head(&mut self, kind: u8, stream: u32) {
        if kind == HEADERS {
            self.block = HeadBlock { stream, bytes: 0 };
        }
        self.block.bytes = self.block.bytes.saturating_add(self.left);
        if self.block.bytes > self.longest.bytes {
            self.longest = self.block;
        }
    }
}

impl LastStream {
    fn read(&mut self, bytes: &[u8]) -> Option<u32> {
        let n = bytes.len().min(self.bytes.len() - self.have);
        self.bytes[self.have..self.have + n].copy_from_slice(&bytes[..n]);
        self.have += n;
        // RFC 9113 section 6.8: the first bit is reserved.
        (self.have == self.bytes.len()).then(|| u32::from_be_bytes(self.bytes) & 0x7fff_ffff)
    }
}

#[cfg(test)]
mod tests;
