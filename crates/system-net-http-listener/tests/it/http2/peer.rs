//! A client that sends frames, right ones and wrong ones, and reads what comes back.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use httlib_hpack::Decoder;
use system_net_testkit::{frame, frame_bytes, header_block};

use crate::support::connect;

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub(super) const END: u8 = frame::END_STREAM | frame::END_HEADERS;

/// Error codes, RFC 9113 section 7.
pub(super) mod code {
    pub(crate) const NO_ERROR: u32 = 0;
    pub(crate) const PROTOCOL: u32 = 1;
    pub(crate) const INTERNAL: u32 = 2;
    pub(crate) const FLOW_CONTROL: u32 = 3;
    pub(crate) const STREAM_CLOSED: u32 = 5;
    pub(crate) const FRAME_SIZE: u32 = 6;
    pub(crate) const REFUSED: u32 = 7;
    pub(crate) const CANCEL: u32 = 8;
    pub(crate) const COMPRESSION: u32 = 9;
    pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;
    pub(crate) const HTTP_1_1_REQUIRED: u32 = 13;
}

/// A frame as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    pub(super) fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

/// What was answered on a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// One for each head: interim ones, the response's, the trailers.
    pub(super) heads: Vec<Vec<(String, String)>>,
    pub(super) body: Vec<u8>,
    pub(super) ended: bool,
    /// The code of a RST_STREAM.
    pub(super) reset: Option<u32>,
}

impl Reply {
    fn head(&self) -> &[(String, String)] {
        let is_final = |head: &&Vec<(String, String)>| !head[0].1.starts_with('1');
        self.heads.iter().find(is_final).unwrap()
    }

    #[track_caller]
    pub(super) fn status(&self) -> u16 {
        let (name, value) = &self.head()[0];
        assert_eq!(name, ":status");
        value.parse().unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head().iter();
        fields
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a GOAWAY of this code.
    GoAway(u32),
    /// Without one.
    Closed,
}

/// One connection.
pub(super) struct Peer<S = TcpStream> {
    stream: S,
    decoder: Decoder<'static>,
    pub(super) replies: BTreeMap<u32, Reply>,
    /// The code of the last GOAWAY, and its last stream.
    pub(super) went: Option<(u32, u32)>,
    /// SETTINGS and PING are answered and windows are opened.
    pub(super) answers: bool,
    pub(super) settings: Vec<(u16, u32)>,
    /// PINGs of ours that were answered.
    pub(super) pongs: usize,
    pub(super) settings_acks: usize,
    /// How many bytes of bodies the listener takes on this connection in all.
    pub(super) allowed: usize,
    /// What is being tried, for when it hangs.
    pub(super) what: String,
}

impl Peer {
    /// A connection that has begun.
    pub(super) fn new(url: &str) -> Self {
        let mut this = Self::silent(url);
        this.begin();
        this
    }

    /// A connection on which nothing was said.
    pub(super) fn silent(url: &str) -> Self {
        let stream = connect(url);
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }
}

impl<S: Read + Write> Peer<S> {
    pub(super) fn over(stream: S) -> Self {
        Self {
            stream,
            decoder: Decoder::default(),
            replies: BTreeMap::new(),
            went: None,
            answers: true,
            settings: Vec::new(),
            pongs: 0,
            settings_acks: 0,
            allowed: 65_535,
            what: String::new(),
        }
    }

    /// Preface and SETTINGS.
    pub(super) fn begin(&mut self) -> &mut Self {
        self.begin_with(&[])
    }

    pub(super) fn begin_with(&mut self, settings: &[(u16, u32)]) -> &mut Self {
        let mut payload = Vec::new();
        for (name, value) in settings {
            payload.extend(name.to_be_bytes());
            payload.extend(value.to_be_bytes());
        }
        let mut bytes = PREFACE.to_vec();
        bytes.extend(frame_bytes(frame::SETTINGS, 0, 0, &payload));
        self.send(&bytes)
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> &mut Self {
        assert!(self.try_send(bytes), "the listener has closed");
        self
    }

    /// False: the listener has closed.
    pub(super) fn try_send(&mut self, bytes: &[u8]) -> bool {
        let sent = self.stream.write_all(bytes);
        sent.and_then(|()| self.stream.flush()).is_ok()
    }

    pub(super) fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> &mut Self {
        self.send(&frame_bytes(kind, flags, stream, payload))
    }

    /// A request without a body.
    pub(super) fn get(&mut self, stream: u32, path: &str) -> &mut Self {
        self.head(stream, END, &head("GET", path, &[]))
    }

    pub(super) fn head(&mut self, stream: u32, flags: u8, fields: &[(&str, &str)]) -> &mut Self {
        let block = header_block(fields);
        let bytes = head_frames(stream, flags, &block);
        self.send(&bytes)
    }

    pub(super) fn data(&mut self, stream: u32, bytes: &[u8], end: bool) -> &mut Self {
        self.frame(frame::DATA, u8::from(end), stream, bytes)
    }

    pub(super) fn window(&mut self, stream: u32, bytes: u32) -> &mut Self {
        self.frame(frame::WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes())
    }

    pub(super) fn reset(&mut self, stream: u32, code: u32) -> &mut Self {
        self.frame(frame::RST_STREAM, 0, stream, &code.to_be_bytes())
    }

    /// The next frame; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        if !self.fill(&mut head) {
            return None;
        }
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.fill(&mut payload).then_some(Frame {
            kind,
            flags,
            stream: u32::from_be_bytes(stream),
            payload,
        })
    }

    fn fill(&mut self, buffer: &mut [u8]) -> bool {
        match self.stream.read_exact(buffer) {
            Ok(()) => true,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof
                        | ErrorKind::ConnectionReset
                        | ErrorKind::ConnectionAborted
                        | ErrorKind::BrokenPipe
                ) =>
            {
                false
            }
            Err(error) => panic!("{}: {error}", self.what),
        }
    }

    /// Takes the next frame in; `None` at the end.
    pub(super) fn step(&mut self) -> Option<Frame> {
        let got = self.next()?;
        match got.kind {
            frame::HEADERS => {
                assert_eq!(got.flags & frame::END_HEADERS, frame::END_HEADERS);
                let mut fields = Vec::new();
                self.decoder
                    .decode(&mut got.payload.clone(), &mut fields)
                    .unwrap();
                let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
                let fields = fields
                    .into_iter()
                    .map(|(name, value, _)| (text(name), text(value)));
                let reply = self.replies.entry(got.stream).or_default();
                reply.heads.push(fields.collect());
                reply.ended |= got.flags & frame::END_STREAM != 0;
            }
            frame::DATA => {
                let reply = self.replies.entry(got.stream).or_default();
                assert!(!reply.ended, "DATA after the end");
                reply.body.extend(&got.payload);
                reply.ended |= got.flags & frame::END_STREAM != 0;
                let (ended, length) = (reply.ended, got.payload.len() as u32);
                if self.answers && length > 0 {
                    let mut bytes = frame_bytes(frame::WINDOW_UPDATE, 0, 0, &length.to_be_bytes());
                    if !ended {
                        let one = length.to_be_bytes();
                        bytes.extend(frame_bytes(frame::WINDOW_UPDATE, 0, got.stream, &one));
                    }
                    self.try_send(&bytes);
                }
            }
            frame::RST_STREAM => {
                self.replies.entry(got.stream).or_default().reset = Some(got.number(0));
            }
            frame::SETTINGS if got.flags & frame::ACK != 0 => self.settings_acks += 1,
            frame::SETTINGS => {
                for one in got.payload.chunks_exact(6) {
                    let value = u32::from_be_bytes(one[2..].try_into().unwrap());
                    let name = u16::from_be_bytes([one[0], one[1]]);
                    self.settings.push((name, value));
                }
                if self.answers {
                    self.try_send(&frame_bytes(frame::SETTINGS, frame::ACK, 0, &[]));
                }
            }
            frame::PING if got.flags & frame::ACK != 0 => self.pongs += 1,
            frame::PING if self.answers => {
                self.try_send(&frame_bytes(frame::PING, frame::ACK, 0, &got.payload));
            }
            frame::WINDOW_UPDATE if got.stream == 0 => self.allowed += got.number(0) as usize,
            frame::GOAWAY => self.went = Some((got.number(4), got.number(0))),
            _ => {}
        }
        Some(got)
    }

    /// The whole answer on a stream, or its reset.
    #[track_caller]
    pub(super) fn reply(&mut self, stream: u32) -> Reply {
        loop {
            if let Some(reply) = self.replies.get(&stream)
                && (reply.ended || reply.reset.is_some())
            {
                return self.replies.remove(&stream).unwrap();
            }
            assert!(
                self.step().is_some(),
                "{}: the connection ended before stream {stream}: {:?}",
                self.what,
                self.went
            );
        }
    }

    /// Reads on until that many heads and bytes came on a stream, whether it has ended or not.
    pub(super) fn until(&mut self, stream: u32, heads: usize, bytes: usize) {
        loop {
            let reply = self.replies.entry(stream).or_default();
            if reply.heads.len() >= heads && reply.body.len() >= bytes {
                return;
            }
            assert!(self.step().is_some(), "the connection ended");
        }
    }

    /// Reads to the end of the connection.
    pub(super) fn end(&mut self) -> End {
        while self.step().is_some() {}
        match self.went {
            Some((code, _)) => End::GoAway(code),
            None => End::Closed,
        }
    }

    /// Waits until what was sent before has been looked at.
    pub(super) fn ping(&mut self) {
        let before = self.pongs;
        self.frame(frame::PING, 0, 0, b"knockval");
        while self.pongs == before {
            assert!(
                self.step().is_some(),
                "the connection ended: {:?}",
                self.went
            );
        }
    }
}

/// A head in as many frames as it takes.
pub(super) fn head_frames(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    const MOST: usize = 16_384;
    let pieces: Vec<_> = block.chunks(MOST).collect();
    let mut bytes = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let last = match index + 1 == pieces.len() {
            true => flags & frame::END_HEADERS,
            false => 0,
        };
        bytes.extend(match index {
            0 => frame_bytes(
                frame::HEADERS,
                flags & !frame::END_HEADERS | last,
                stream,
                piece,
            ),
            _ => frame_bytes(frame::CONTINUATION, last, stream, piece),
        });
    }
    bytes
}

/// The fields of a request.
pub(super) fn head<'a>(
    method: &'a str,
    path: &'a str,
    fields: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        (":method", method),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", path),
    ];
    all.extend(fields);
    all
}
