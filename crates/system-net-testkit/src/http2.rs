//! HTTP/2 by hand: frames as they stand in RFC 9113, in the hands of a closure. Nothing is checked
//! but what keeps the test from going on: a peer may break every rule.
//!
//! Read: RFC 9113 sections 3.4 (preface), 4.1 (frame format), 6 (frames); RFC 7541 (HPACK).

use std::collections::HashMap;
use std::io;

use httlib_hpack::Decoder;

use crate::connection::Stop;
use crate::conversation::{Conversation, Interrupted};

/// Types of frames, RFC 9113 section 6.
pub mod frame {
    /// DATA
    pub const DATA: u8 = 0;
    /// HEADERS
    pub const HEADERS: u8 = 1;
    /// RST_STREAM
    pub const RST_STREAM: u8 = 3;
    /// SETTINGS
    pub const SETTINGS: u8 = 4;
    /// PUSH_PROMISE
    pub const PUSH_PROMISE: u8 = 5;
    /// PING
    pub const PING: u8 = 6;
    /// GOAWAY
    pub const GOAWAY: u8 = 7;
    /// WINDOW_UPDATE
    pub const WINDOW_UPDATE: u8 = 8;
    /// CONTINUATION
    pub const CONTINUATION: u8 = 9;
    /// The flag END_STREAM of DATA and HEADERS.
    pub const END_STREAM: u8 = 1;
    /// The flag ACK of SETTINGS and PING.
    pub const ACK: u8 = 1;
    /// The flag END_HEADERS of HEADERS and CONTINUATION.
    pub const END_HEADERS: u8 = 4;
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;
const INITIAL_WINDOW_SIZE: u16 = 4;
const DEFAULT_WINDOW: i64 = 65_535;
/// The largest frame that every client takes.
const MAX_FRAME: usize = 16_384;

/// A frame as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http2Frame {
    /// See [`frame`].
    pub kind: u8,
    /// See [`frame`].
    pub flags: u8,
    /// 0: the connection.
    pub stream: u32,
    /// What follows its head.
    pub payload: Vec<u8>,
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http2Request {
    /// Its stream.
    pub stream: u32,
    /// The fields in their order, those with a colon first.
    pub fields: Vec<(String, String)>,
    /// No body follows.
    pub end: bool,
}

impl Http2Request {
    /// The value of the first field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        self.field(":path").unwrap_or_default()
    }
}

/// What a client does, as far as an answer may depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Http2Event {
    /// A request begins.
    Head(Http2Request),
    /// A piece of a body.
    Data {
        /// Of this request.
        stream: u32,
        /// Without padding.
        bytes: Vec<u8>,
        /// The last one.
        end: bool,
    },
    /// The client gives a stream up.
    Reset {
        /// Which.
        stream: u32,
        /// Why, RFC 9113 section 7.
        code: u32,
    },
    /// The client goes away.
    GoAway {
        /// Why.
        code: u32,
    },
    /// The client allows so many more bytes.
    WindowUpdate {
        /// 0: of the connection.
        stream: u32,
        /// How many.
        bytes: u32,
    },
    /// SETTINGS, of the client's own.
    Settings(Vec<(u16, u32)>),
    /// Another frame.
    Other(Http2Frame),
}

/// A connection of HTTP/2, from its preface on.
pub struct Http2Conversation<'a, 'c> {
    wire: &'a mut Conversation<'c>,
    decoder: Decoder<'static>,
    /// How much may be sent on a stream, and (0) on the connection.
    windows: HashMap<u32, i64>,
    initial_window: i64,
    /// Whether PING and SETTINGS are answered. On unless set.
    pub answers: bool,
    /// Whether what came of bodies may come again. On unless set.
    pub opens_windows: bool,
}

impl<'a, 'c> Http2Conversation<'a, 'c> {
    /// Reads the client's preface and sends SETTINGS.
    ///
    /// # Errors
    ///
    /// As all methods: when the conversation is over.
    pub fn begin(
        wire: &'a mut Conversation<'c>,
        settings: &[(u16, u32)],
    ) -> Result<Self, Interrupted> {
        let preface = wire.take(PREFACE.len())?;
        if preface != PREFACE {
            return Err(broken(format!("no preface of HTTP/2: {preface:?}")));
        }
        let mut this = Self {
            wire,
            decoder: Decoder::default(),
            windows: HashMap::from([(0, DEFAULT_WINDOW)]),
            initial_window: DEFAULT_WINDOW,
            answers: true,
            opens_windows: true,
        };
        this.settings(settings)?;
        Ok(this)
    }

    /// The connection below.
    pub fn wire(&mut self) -> &mut Conversation<'c> {
        self.wire
    }

    /// The number of the connection, from 0 in the order of acceptance.
    pub fn connection_index(&self) -> usize {
        self.wire.connection_index()
    }

    /// Sends SETTINGS.
    pub fn settings(&mut self, settings: &[(u16, u32)]) -> Result<(), Interrupted> {
        let mut payload = Vec::new();
        for (name, value) in settings {
            payload.extend(name.to_be_bytes());
            payload.extend(value.to_be_bytes());
        }
        self.send(frame::SETTINGS, 0, 0, &payload)
    }

    /// Sends a frame, whatever it is.
    pub fn send(
        &mut self,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> Result<(), Interrupted> {
        self.wire.send(frame_bytes(kind, flags, stream, payload))
    }

    /// Sends bytes that are frames already.
    pub fn send_raw(&mut self, frames: &[u8]) -> Result<(), Interrupted> {
        self.wire.send(frames)
    }

    /// Sends a head, or trailers.
    pub fn head(
        &mut self,
        stream: u32,
        fields: &[(&str, &str)],
        end: bool,
    ) -> Result<(), Interrupted> {
        let flags = frame::END_HEADERS | if end { frame::END_STREAM } else { 0 };
        self.send(frame::HEADERS, flags, stream, &block(fields))
    }

    /// Sends a body, or a part of it, in frames that every client takes, whatever its windows are.
    pub fn data(&mut self, stream: u32, bytes: &[u8], end: bool) -> Result<(), Interrupted> {
        let mut rest = bytes;
        loop {
            let (piece, next) = rest.split_at(rest.len().min(MAX_FRAME));
            rest = next;
            let last = rest.is_empty();
            let flags = if end && last { frame::END_STREAM } else { 0 };
            self.send(frame::DATA, flags, stream, piece)?;
            for window in [0, stream] {
                *self.window_mut(window) -= piece.len() as i64;
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Sends as much of a body as the client's windows allow, reading until all has gone.
    pub fn data_in_windows(
        &mut self,
        stream: u32,
        mut bytes: &[u8],
        end: bool,
    ) -> Result<(), Interrupted> {
        loop {
            let room = self.window(0).min(self.window(stream)).max(0);
            let n = bytes.len().min(usize::try_from(room).unwrap_or(0));
            if n == bytes.len() {
                return self.data(stream, bytes, end);
            }
            if n > 0 {
                self.data(stream, &bytes[..n], false)?;
                bytes = &bytes[n..];
            }
            while self.window(0).min(self.window(stream)) <= 0 {
                self.event()?;
            }
        }
    }

    /// How much the client allows now; of stream 0: on the connection.
    pub fn window(&self, stream: u32) -> i64 {
        let known = self.windows.get(&stream).copied();
        known.unwrap_or(self.initial_window)
    }

    /// A whole response.
    pub fn respond(&mut self, stream: u32, status: &str, body: &[u8]) -> Result<(), Interrupted> {
        self.head(stream, &[(":status", status)], body.is_empty())?;
        match body.is_empty() {
            true => Ok(()),
            false => self.data(stream, body, true),
        }
    }

    /// Sends RST_STREAM.
    pub fn reset(&mut self, stream: u32, code: u32) -> Result<(), Interrupted> {
        self.send(frame::RST_STREAM, 0, stream, &code.to_be_bytes())
    }

    /// Sends GOAWAY.
    pub fn go_away(&mut self, last: u32, code: u32) -> Result<(), Interrupted> {
        let mut payload = last.to_be_bytes().to_vec();
        payload.extend(code.to_be_bytes());
        self.send(frame::GOAWAY, 0, 0, &payload)
    }

    /// The next frame as it is.
    pub fn frame(&mut self) -> Result<Http2Frame, Interrupted> {
        let head = self.wire.take(9)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
        let payload = self.wire.take(length)?;
        Ok(Http2Frame {
            kind: head[3],
            flags: head[4],
            stream,
            payload,
        })
    }

    /// Waits until the client has read all that was sent to it, and done what follows.
    pub fn ping_pong(&mut self) -> Result<(), Interrupted> {
        for number in 1..=2 {
            self.send(frame::PING, 0, 0, &[number; 8])?;
            loop {
                if let Http2Event::Other(got) = self.event()?
                    && (got.kind, got.flags) == (frame::PING, frame::ACK)
                {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What the client does next; SETTINGS and PING are answered, windows kept open, unless told
    /// otherwise.
    pub fn event(&mut self) -> Result<Http2Event, Interrupted> {
        let got = self.frame()?;
        let number = |at: usize| {
            let bytes = got
                .payload
                .get(at..at + 4)
                .and_then(|four| four.try_into().ok());
            bytes.map_or(0, u32::from_be_bytes)
        };
        let end = got.flags & frame::END_STREAM != 0;
        match got.kind {
            frame::HEADERS => self.read_head(got).map(Http2Event::Head),
            frame::DATA => {
                let length = u32::try_from(got.payload.len()).unwrap_or(0);
                if self.opens_windows && length > 0 {
                    self.send(frame::WINDOW_UPDATE, 0, 0, &length.to_be_bytes())?;
                    if !end {
                        self.send(frame::WINDOW_UPDATE, 0, got.stream, &length.to_be_bytes())?;
                    }
                }
                Ok(Http2Event::Data {
                    stream: got.stream,
                    bytes: unpadded(&got),
                    end,
                })
            }
            frame::RST_STREAM => Ok(Http2Event::Reset {
                stream: got.stream,
                code: number(0),
            }),
            frame::GOAWAY => Ok(Http2Event::GoAway { code: number(4) }),
            frame::WINDOW_UPDATE => {
                let bytes = number(0);
                *self.window_mut(got.stream) += i64::from(bytes);
                Ok(Http2Event::WindowUpdate {
                    stream: got.stream,
                    bytes,
                })
            }
            frame::SETTINGS if got.flags & frame::ACK == 0 => {
                let settings = self.read_settings(&got.payload);
                if self.answers {
                    self.send(frame::SETTINGS, frame::ACK, 0, &[])?;
                }
                Ok(Http2Event::Settings(settings))
            }
            frame::PING if got.flags & frame::ACK == 0 && self.answers => {
                self.send(frame::PING, frame::ACK, 0, &got.payload)?;
                Ok(Http2Event::Other(got))
            }
            _ => Ok(Http2Event::Other(got)),
        }
    }

    /// The head of the next request, whatever comes before it.
    pub fn request(&mut self) -> Result<Http2Request, Interrupted> {
        loop {
            if let Http2Event::Head(head) = self.event()? {
                return Ok(head);
            }
        }
    }

    /// The body of a request, whatever else comes meanwhile.
    pub fn body(&mut self, request: &Http2Request) -> Result<Vec<u8>, Interrupted> {
        let mut body = Vec::new();
        let mut ended = request.end;
        while !ended {
            match self.event()? {
                Http2Event::Data { stream, bytes, end } if stream == request.stream => {
                    body.extend(bytes);
                    ended = end;
                }
                Http2Event::Reset { stream, code } if stream == request.stream => {
                    return Err(broken(format!("stream {stream} was reset: {code}")));
                }
                _ => {}
            }
        }
        Ok(body)
    }

    /// Reads on until the client gives that stream up; why.
    pub fn reset_of(&mut self, wanted: u32) -> Result<u32, Interrupted> {
        loop {
            if let Http2Event::Reset { stream, code } = self.event()?
                && stream == wanted
            {
                return Ok(code);
            }
        }
    }

    fn window_mut(&mut self, stream: u32) -> &mut i64 {
        let initial = self.initial_window;
        self.windows.entry(stream).or_insert(initial)
    }

    fn read_settings(&mut self, payload: &[u8]) -> Vec<(u16, u32)> {
        let mut settings = Vec::new();
        for one in payload.chunks_exact(6) {
            let name = u16::from_be_bytes([one[0], one[1]]);
            let value = u32::from_be_bytes([one[2], one[3], one[4], one[5]]);
            if name == INITIAL_WINDOW_SIZE {
                self.initial_window = i64::from(value);
            }
            settings.push((name, value));
        }
        settings
    }

    fn read_head(&mut self, got: Http2Frame) -> Result<Http2Request, Interrupted> {
        let mut block = unpadded(&got);
        if got.flags & PRIORITY != 0 {
            block.drain(..5);
        }
        let mut whole = got.flags & frame::END_HEADERS != 0;
        while !whole {
            let next = self.frame()?;
            block.extend(next.payload);
            whole = next.flags & frame::END_HEADERS != 0;
        }
        let mut fields = Vec::new();
        self.decoder
            .decode(&mut block, &mut fields)
            .map_err(|error| broken(format!("a head that cannot be decoded: {error:?}")))?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Http2Request {
            stream: got.stream,
            fields: fields
                .into_iter()
                .map(|(name, value, _)| (text(name), text(value)))
                .collect(),
            end: got.flags & frame::END_STREAM != 0,
        })
    }
}

/// A frame as bytes.
pub fn frame_bytes(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block of literal fields, without the table and without Huffman's code (RFC 7541 section
/// 6.2.2).
pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            length(&mut block, text.len());
            block.extend(text.bytes());
        }
    }
    block
}

/// RFC 7541 section 5.1, with a prefix of seven bits.
fn length(block: &mut Vec<u8>, mut length: usize) {
    if length < 127 {
        block.push(length as u8);
        return;
    }
    block.push(127);
    length -= 127;
    while length >= 128 {
        block.push((length % 128) as u8 | 128);
        length /= 128;
    }
    block.push(length as u8);
}

fn unpadded(got: &Http2Frame) -> Vec<u8> {
    if got.flags & PADDED == 0 {
        return got.payload.clone();
    }
    let padding = got
        .payload
        .first()
        .map_or(0, |&padding| usize::from(padding));
    let end = got.payload.len().saturating_sub(padding).max(1);
    got.payload.get(1..end).unwrap_or_default().to_vec()
}

fn broken(what: String) -> Interrupted {
    Stop::Io(io::Error::new(io::ErrorKind::InvalidData, what)).into()
}
