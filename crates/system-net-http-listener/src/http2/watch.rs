//! Looks at the frames of a client as they pass by: counts the requests it gives up and the frames
//! that bring nothing, and knows when a head hangs in the middle. Without input or output.
//!
//! What `h2` counts itself is not counted here: CONTINUATION frames of a head, empty and small DATA
//! frames, resets of requests that nobody has looked at yet.
//!
//! Read: RFC 9113 sections 4.1 (frame format), 6 (frame definitions), 10.5 (denial of service).

use std::time::Instant;

use h2::Reason;

use super::options::HttpListenerHttp2Options;

const PREFACE: u32 = 24;
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

/// For a frame of a body that a client is sent it may open its two windows.
const UPDATES_PER_FRAME: u32 = 2;
/// So many bytes of bodies are worth a frame that brings nothing.
const BODY_PER_FRAME: u32 = 256;

/// What a client is sent away for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// CVE-2023-44487: requests that are given up as soon as they are sent.
    Resets,
    /// CVE-2019-9512, 9515, 9518 and others: frames that bring nothing and cost work.
    IdleFrames,
    /// A frame of a length that its kind cannot have. `h2` calls that PROTOCOL_ERROR.
    FrameSize,
}

impl Fault {
    /// What it is, for traces.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Resets => "it gives up too many requests (RST_STREAM)",
            Self::IdleFrames => "it sends too many frames that bring nothing",
            Self::FrameSize => "it has sent a frame of a wrong length",
        }
    }

    /// What the client is told.
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::Resets | Self::IdleFrames => Reason::ENHANCE_YOUR_CALM,
            Self::FrameSize => Reason::FRAME_SIZE_ERROR,
        }
    }
}

/// So many at once, and so many more each second. The clock is looked at only when the first number
/// is used up.
struct Bucket {
    most: u32,
    per_second: u32,
    used: u32,
    since: Instant,
}

impl Bucket {
    fn new(most: u32, per_second: u32, since: Instant) -> Self {
        Self {
            most,
            per_second,
            used: 0,
            since,
        }
    }

    /// Takes one. False: there is none left.
    fn take(&mut self, now: impl Fn() -> Instant) -> bool {
        self.used = self.used.saturating_add(1);
        if self.used <= self.most {
            return true;
        }
        let now = now();
        let passed = now.saturating_duration_since(self.since).as_millis();
        let more = passed.saturating_mul(self.per_second.into()) / 1000;
        if more > 0 {
            self.since = now;
            self.used = self
                .used
                .saturating_sub(u32::try_from(more).unwrap_or(u32::MAX));
        }
        self.used <= self.most
    }

    fn give(&mut self, number: u32) {
        self.used = self.used.saturating_sub(number);
    }
}

/// Counts the frames of bodies in what is sent.
#[derive(Default)]
struct Heads {
    head: [u8; HEAD],
    have: usize,
    left: usize,
    bodies: u32,
}

impl Heads {
    fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let n = bytes.len().min(self.left);
                self.left -= n;
                bytes = &bytes[n..];
                continue;
            }
            let n = bytes.len().min(HEAD - self.have);
            self.head[self.have..self.have + n].copy_from_slice(&bytes[..n]);
            self.have += n;
            bytes = &bytes[n..];
            if self.have == HEAD {
                let [a, b, c, kind, ..] = self.head;
                self.have = 0;
                self.left = u32::from_be_bytes([0, a, b, c]) as usize;
                if kind == DATA && self.left > 0 {
                    self.bodies = self.bodies.saturating_add(1);
                }
            }
        }
    }
}

/// Reads the heads of frames out of what a client sends, in whatever pieces it comes.
pub(super) struct FrameWatch {
    /// How much of the preface is still to come.
    preface: u32,
    head: [u8; HEAD],
    /// How much of the head is there.
    have: usize,
    /// How much of the payload is still to come.
    left: u32,
    /// The payload is part of a request's head.
    of_block: bool,
    /// The next byte says how much of the payload is padding.
    padding_next: bool,
    /// The head of a request has begun, and not all of its frames have.
    in_block: bool,
    /// Heads that have begun since they were taken.
    heads: usize,
    /// The payload is that of a reset.
    of_reset: bool,
    /// A reset has come since that was asked.
    was_reset: bool,
    resets: Bucket,
    idle: Bucket,
    sent: Heads,
}

impl FrameWatch {
    pub(super) fn new(options: &HttpListenerHttp2Options, now: Instant) -> Self {
        Self {
            preface: PREFACE,
            head: [0; HEAD],
            have: 0,
            left: 0,
            of_block: false,
            padding_next: false,
            in_block: false,
            heads: 0,
            of_reset: false,
            was_reset: false,
            resets: Bucket::new(options.resets, options.resets_per_second, now),
            idle: Bucket::new(options.idle_frames, options.idle_frames_per_second, now),
            sent: Heads::default(),
        }
    }

    /// The client was sent these bytes.
    pub(super) fn wrote(&mut self, bytes: &[u8]) {
        self.sent.read(bytes);
    }

    /// Whether a frame's head or a request's head has begun and is not whole: from here the client is
    /// slow, and not merely idle.
    pub(super) fn hangs(&self) -> bool {
        self.preface > 0 || self.have > 0 || self.in_block || (self.of_block && self.left > 0)
    }

    /// How many heads of requests, or fields behind bodies, have begun since the last call.
    pub(super) fn take_heads(&mut self) -> usize {
        std::mem::take(&mut self.heads)
    }

    /// Whether a request was given up since the last call.
    pub(super) fn take_reset(&mut self) -> bool {
        std::mem::take(&mut self.was_reset)
    }

    /// Bytes came from the client.
    pub(super) fn read(
        &mut self,
        mut bytes: &[u8],
        now: impl Fn() -> Instant + Copy,
    ) -> Result<(), Fault> {
        if self.preface > 0 {
            let n = bytes.len().min(self.preface as usize);
            // No more than `preface`, which fits.
            self.preface -= n as u32;
            bytes = &bytes[n..];
        }
        while !bytes.is_empty() {
            if self.left > 0 {
                if std::mem::take(&mut self.padding_next) {
                    // RFC 9113 section 6.1: the length of the padding does not count itself.
                    let body = self.left.saturating_sub(1 + u32::from(bytes[0]));
                    self.count_body(body, now)?;
                }
                let n = bytes.len().min(self.left as usize);
                // No more than `left`, which fits.
                self.left -= n as u32;
                bytes = &bytes[n..];
                if self.left == 0 {
                    self.was_reset |= std::mem::take(&mut self.of_reset);
                }
                continue;
            }
            let n = bytes.len().min(HEAD - self.have);
            self.head[self.have..self.have + n].copy_from_slice(&bytes[..n]);
            self.have += n;
            bytes = &bytes[n..];
            if self.have == HEAD {
                self.have = 0;
                self.begin(now)?;
            }
        }
        Ok(())
    }

    /// The head of a frame is whole.
    fn begin(&mut self, now: impl Fn() -> Instant) -> Result<(), Fault> {
        let [a, b, c, kind, flags, ..] = self.head;
        self.left = u32::from_be_bytes([0, a, b, c]);
        if !is_length_of(kind, flags, self.left) {
            return Err(Fault::FrameSize);
        }
        self.of_block = matches!(kind, HEADERS | CONTINUATION);
        match kind {
            // How many there can be, how long and in how many frames, others count.
            HEADERS | CONTINUATION => {
                self.in_block = flags & END_HEADERS == 0;
                self.heads += usize::from(kind == HEADERS);
                return Ok(());
            }
            // The end of a body is worth its frame.
            DATA if flags & END_STREAM != 0 => return Ok(()),
            DATA if self.left > 0 && flags & PADDED != 0 => {
                self.padding_next = true;
                return Ok(());
            }
            DATA => return self.count_body(self.left, now),
            RST_STREAM => {
                self.of_reset = true;
                return match self.resets.take(now) {
                    true => Ok(()),
                    false => Err(Fault::Resets),
                };
            }
            _ => {}
        }
        self.count_idle(now)
    }

    /// A frame with so many bytes of a body.
    fn count_body(&mut self, bytes: u32, now: impl Fn() -> Instant) -> Result<(), Fault> {
        if bytes == 0 {
            return self.count_idle(now);
        }
        self.idle.give(1 + bytes / BODY_PER_FRAME);
        Ok(())
    }

    /// A frame that brings nothing.
    fn count_idle(&mut self, now: impl Fn() -> Instant) -> Result<(), Fault> {
        let sent = std::mem::take(&mut self.sent.bodies);
        self.idle.give(sent.saturating_mul(UPDATES_PER_FRAME));
        match self.idle.take(now) {
            true => Ok(()),
            false => Err(Fault::IdleFrames),
        }
    }
}

/// RFC 9113 section 6: frames with a length of their own. For each of them another one is an error of
/// type FRAME_SIZE_ERROR.
fn is_length_of(kind: u8, flags: u8, length: u32) -> bool {
    match kind {
        PRIORITY => length == 5,
        RST_STREAM | WINDOW_UPDATE => length == 4,
        SETTINGS if flags & ACK != 0 => length == 0,
        SETTINGS => length.is_multiple_of(6),
        PING => length == 8,
        GOAWAY => length >= 8,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
