//! Writing the body of a message, piece by piece.

use std::io::Write as _;

use system_net_primitives::WebHeaderCollection;

use super::{Framing, MessageWriter, State, check_field};
use crate::error::{Input, Place, ProtoError, ProtoErrorKind};

impl MessageWriter {
    fn framing(&self, len: usize) -> Result<Framing, ProtoError> {
        match self.state {
            State::Body(framing) => Ok(framing),
            State::Idle if len == 0 => Ok(Framing::Discard),
            State::Idle => Err(ProtoError::new(
                ProtoErrorKind::BodyTooLong { excess: len as u64 },
                Place::Output,
            )),
            State::Head => Err(ProtoError::misuse("the head is not complete")),
            State::Reserved(_) => Err(ProtoError::misuse("a reserved piece is not committed")),
            State::Abandoned => Err(ProtoError::misuse(
                "the final response came before the body was asked for",
            )),
        }
    }

    /// Writes a piece of the body.
    pub(crate) fn body(&mut self, data: &[u8]) -> Result<(), ProtoError> {
        self.reserve_body(data.len())?;
        if let State::Reserved(framing) = self.state {
            if framing != Framing::Discard {
                self.out.put(data);
            }
            self.commit_reserved();
        }
        Ok(())
    }

    /// Announces a piece whose bytes the driver writes behind the output.
    pub(crate) fn reserve_body(&mut self, len: usize) -> Result<(), ProtoError> {
        let framing = self.framing(len)?;
        if len == 0 {
            // An empty chunk would end the body.
            return Ok(());
        }
        let framing = match framing {
            Framing::Fixed(left) => {
                let len = len as u64;
                let Some(left) = left.checked_sub(len) else {
                    return Err(ProtoError::new(
                        ProtoErrorKind::BodyTooLong { excess: len - left },
                        Place::Output,
                    ));
                };
                Framing::Fixed(left)
            }
            Framing::Chunked => {
                let mut line = [0u8; 20];
                let mut rest = &mut line[..];
                // Sixteen digits and CR LF fit, so this cannot fail.
                let _ = write!(rest, "{len:x}\r\n");
                let used = 20 - rest.len();
                self.out.put(&line[..used]);
                Framing::Chunked
            }
            Framing::UntilClose | Framing::Discard => framing,
        };
        self.body_begun = true;
        self.state = State::Reserved(framing);
        Ok(())
    }

    /// Ends the piece that was reserved.
    pub(crate) fn commit_reserved(&mut self) {
        if let State::Reserved(framing) = self.state {
            if framing == Framing::Chunked {
                self.out.put(b"\r\n");
            }
            self.state = State::Body(framing);
        }
    }

    /// How many bytes are still owed; `None` if that is not fixed.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Body(Framing::Fixed(left)) | State::Reserved(Framing::Fixed(left)) => Some(left),
            State::Idle | State::Head => Some(0),
            _ => None,
        }
    }

    pub(crate) fn end_body(
        &mut self,
        trailers: Option<&WebHeaderCollection>,
    ) -> Result<(), ProtoError> {
        let trailers = trailers.filter(|trailers| !trailers.is_empty());
        let framing = self.framing(0)?;
        match framing {
            Framing::Fixed(left) if left > 0 => {
                return Err(ProtoError::new(
                    ProtoErrorKind::BodyTooShort { missing: left },
                    Place::Output,
                ));
            }
            Framing::Chunked => {
                for (name, value) in trailers.into_iter().flat_map(|t| t.iter_bytes()) {
                    check_field(name, value)?;
                    if is_forbidden_trailer(name) {
                        return Err(ProtoError::input(Input::Trailer));
                    }
                }
                self.out.put(b"0\r\n");
                for (name, value) in trailers.into_iter().flat_map(|t| t.iter_bytes()) {
                    self.put_field(name, value);
                }
                self.out.put(b"\r\n");
            }
            Framing::Discard => {}
            _ if trailers.is_some() => {
                return Err(ProtoError::misuse("only a chunked body can have trailers"));
            }
            _ => {}
        }
        self.state = State::Idle;
        Ok(())
    }

    /// The body will not be sent. What was announced stays owed, so the connection is spent.
    pub(crate) fn abandon(&mut self) {
        if matches!(self.state, State::Body(_)) {
            self.state = State::Abandoned;
        }
    }
}

/// Whether a field may not stand behind a body. RFC 9110 section 6.5.1: no trailers "necessary for
/// message framing, routing, request modifiers, authentication, response control data, or payload
/// processing".
#[must_use]
pub fn is_forbidden_trailer(name: &[u8]) -> bool {
    const FORBIDDEN: [&str; 22] = [
        "age",
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "location",
        "max-forwards",
        "proxy-authenticate",
        "proxy-authorization",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    ];
    FORBIDDEN
        .iter()
        .any(|forbidden| name.eq_ignore_ascii_case(forbidden.as_bytes()))
}
