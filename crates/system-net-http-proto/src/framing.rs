//! How the end of a message's body is found: RFC 9112 section 6.3.

use crate::error::{Place, ProtoError, Rule};
use crate::facts::{Facts, TransferCoding};
use system_net_primitives::HttpVersion;

/// How the body of a received message is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyFraming {
    /// There is no body.
    None,
    /// That many bytes; never 0.
    Fixed(u64),
    /// Chunks, then possibly trailers.
    Chunked,
    /// Everything up to the end of the connection (responses only).
    UntilClose,
}

/// What the client asked bears on how the answer is framed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResponseContext {
    pub(crate) head_request: bool,
}

/// RFC 9112 section 6.3 for responses. The second value is whether the framing can be trusted
/// enough to use the connection again.
pub(crate) fn response_framing(
    facts: &Facts,
    version: HttpVersion,
    status: u16,
    context: ResponseContext,
) -> Result<(BodyFraming, bool), ProtoError> {
    let trusted = !facts.conflicting_lengths();
    // Item 1: "Any response to a HEAD request and any response with a 1xx, 204, or 304 status code
    // is always terminated by the first empty line after the header fields".
    if context.head_request || status < 200 || status == 204 || status == 304 {
        return Ok((BodyFraming::None, trusted));
    }
    match facts.transfer() {
        TransferCoding::Absent => {}
        // Section 6.1: Transfer-Encoding in an HTTP/1.0 message means that the framing is faulty.
        _ if version < HttpVersion::VERSION11 => return Ok((BodyFraming::UntilClose, false)),
        TransferCoding::Chunked | TransferCoding::CodedChunked => {
            // Item 3: Transfer-Encoding overrides Content-Length.
            return Ok((BodyFraming::Chunked, trusted));
        }
        // Item 4: "If Transfer-Encoding is present in a response and the chunked transfer coding
        // is not the final encoding, the message body length is determined by reading the
        // connection until it is closed by the server."
        TransferCoding::NotChunked => return Ok((BodyFraming::UntilClose, false)),
        // Section 6.1: "A sender MUST NOT apply the chunked transfer coding more than once".
        TransferCoding::ChunkedTwice => {
            return Err(ProtoError::grammar(Rule::TransferEncoding, Place::Headers));
        }
    }
    Ok(match facts.content_length {
        Some(0) => (BodyFraming::None, trusted),
        Some(length) => (BodyFraming::Fixed(length), trusted),
        // Item 8.
        None => (BodyFraming::UntilClose, false),
    })
}

/// RFC 9112 section 6.3 for requests, where every doubt is refused.
pub(crate) fn request_framing(
    facts: &Facts,
    version: HttpVersion,
) -> Result<BodyFraming, ProtoError> {
    let refuse = |rule| Err(ProtoError::grammar(rule, Place::Headers));
    // Item 3: "such a message might indicate an attempt to perform request smuggling".
    if facts.conflicting_lengths() {
        return refuse(Rule::ConflictingLengths);
    }
    match facts.transfer() {
        TransferCoding::Absent => {}
        _ if version < HttpVersion::VERSION11 => return refuse(Rule::TransferEncoding),
        TransferCoding::Chunked => return Ok(BodyFraming::Chunked),
        TransferCoding::CodedChunked => return refuse(Rule::UnknownTransferCoding),
        // Item 4: "the server MUST respond with the 400 (Bad Request) status code and then close".
        TransferCoding::NotChunked | TransferCoding::ChunkedTwice => {
            return refuse(Rule::TransferEncoding);
        }
    }
    Ok(match facts.content_length {
        // Item 7: a request without either has no body.
        None | Some(0) => BodyFraming::None,
        Some(length) => BodyFraming::Fixed(length),
    })
}
