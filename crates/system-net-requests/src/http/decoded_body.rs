//! The body of a response as it is handed out: as it comes, or decompressed on the way.

use std::task::{Context, Poll, ready};

use system_net_http_proto::{BodyFraming, ResponseHead};
use system_net_primitives::WebHeaderCollection;

use super::proven_body::ProvenBody;
use crate::decompression::{
    Chain, DecompressError, DecompressionLimits, DecompressionMethods, codings,
};
use crate::error::{Phase, WebError, WebExceptionStatus};

/// Compressed bytes that are taken from the connection at once.
const INPUT: usize = 16 * 1024;

/// The rest of a response, decompressed if that was asked for.
pub(super) struct DecodedBody {
    body: ProvenBody,
    decoding: Option<Box<Decoding>>,
    /// What was read ahead.
    held: Option<Box<Held>>,
}

/// A body in memory, and how much of it was given.
struct Held {
    bytes: Vec<u8>,
    given: usize,
}

struct Decoding {
    chain: Chain,
    /// Compressed bytes that wait in `input[start..end]`.
    input: Box<[u8]>,
    start: usize,
    end: usize,
    /// The body came to its end.
    ended: bool,
    /// Whether anything came at all: an empty body has no data that could be cut short.
    empty: bool,
    /// What a read has told; later ones tell the same.
    failed: Option<WebError>,
    limits: DecompressionLimits,
}

impl DecodedBody {
    #[inline]
    pub(super) fn plain(body: ProvenBody) -> Self {
        Self {
            body,
            decoding: None,
            held: None,
        }
    }

    /// The body behind a head, decompressed if its coding is one of the methods. Then the head
    /// loses the fields that tell the coding and the length: they are no longer true.
    ///
    /// A part of a body (206) stays as it is: its bytes are a part of the compressed ones
    /// (RFC 9110 section 14.2).
    ///
    /// # Errors
    /// `MessageLengthLimitExceeded`: compressed more often than is undone.
    #[inline]
    pub(super) fn new(
        body: impl Into<ProvenBody>,
        head: &mut ResponseHead,
        methods: DecompressionMethods,
        limits: DecompressionLimits,
    ) -> Result<Self, WebError> {
        let body = body.into();
        let untouched = methods.is_empty() || head.status == 206;
        match untouched || matches!(head.framing, BodyFraming::None) {
            true => Ok(Self::plain(body)),
            false => Self::decoding(body, head, methods, limits),
        }
    }

    fn decoding(
        body: ProvenBody,
        head: &mut ResponseHead,
        methods: DecompressionMethods,
        limits: DecompressionLimits,
    ) -> Result<Self, WebError> {
        let codings = match head.headers.get("Content-Encoding") {
            Some(field) => codings(&field, methods),
            None => return Ok(Self::plain(body)),
        };
        let Some(chain) = Chain::new(&codings, limits).map_err(failure)? else {
            return Ok(Self::plain(body));
        };
        head.headers.remove_engine("Content-Encoding");
        head.headers.remove_engine("Content-Length");
        let decoding = Decoding {
            chain,
            input: vec![0; INPUT].into(),
            start: 0,
            end: 0,
            ended: false,
            empty: true,
            failed: None,
            limits,
        };
        Ok(Self {
            body,
            decoding: Some(Box::new(decoding)),
            held: None,
        })
    }

    /// Whether the server has proved by this body who it is.
    pub(super) fn is_proven(&self) -> bool {
        self.body.is_proven()
    }

    pub(super) fn is_decompressed(&self) -> bool {
        self.decoding.is_some()
    }

    /// The most bytes that one call may read into memory.
    pub(super) fn max_in_memory(&self) -> Option<u64> {
        self.decoding.as_ref()?.limits.max_in_memory
    }

    /// The most bytes that are read from the connection; see [`ProvenBody::limit`].
    pub(super) fn limit(&mut self, bytes: u64) {
        self.body.limit(bytes);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.body.is_closed()
    }

    pub(super) fn trailers(&self) -> Option<&WebHeaderCollection> {
        self.body.trailers()
    }

    /// What was read ahead: the next reads give it.
    pub(super) fn hold(&mut self, bytes: Vec<u8>) {
        self.held = Some(Box::new(Held { bytes, given: 0 }));
    }

    /// Bytes that are here already; 0 says nothing about the end.
    pub(super) fn take_buffered(&mut self, buffer: &mut [u8]) -> usize {
        match (&self.decoding, &self.held) {
            (None, None) => self.body.take_buffered(buffer),
            _ => 0,
        }
    }

    /// Reads some bytes; 0 is the end.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, WebError>> {
        if let Some(held) = &mut self.held
            && !self.body.is_closed()
            && !self.body.is_aborted()
        {
            let rest = &held.bytes[held.given..];
            let n = rest.len().min(buffer.len());
            buffer[..n].copy_from_slice(&rest[..n]);
            held.given += n;
            return Poll::Ready(Ok(n));
        }
        let Some(decoding) = &mut self.decoding else {
            return self.body.poll_read(cx, buffer);
        };
        if let Some(error) = &decoding.failed {
            return Poll::Ready(Err(error.repeated()));
        }
        if buffer.is_empty() || self.body.is_closed() || self.body.is_aborted() {
            return self.body.poll_read(cx, buffer);
        }
        let result = ready!(decoding.poll_read(&mut self.body, cx, buffer));
        if let Err(error) = &result {
            decoding.failed = Some(error.repeated());
        }
        Poll::Ready(result)
    }

    pub(super) fn close(&mut self) {
        self.held = None;
        self.body.close();
    }
}

impl Decoding {
    fn poll_read(
        &mut self,
        body: &mut ProvenBody,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, WebError>> {
        loop {
            let waiting = &self.input[self.start..self.end];
            let (consumed, written) = self.chain.decode(waiting, buffer).map_err(|error| {
                // What is left of the body is of no use any more.
                body.close();
                failure(error)
            })?;
            self.start += consumed;
            if written > 0 {
                return Poll::Ready(Ok(written));
            }
            if consumed > 0 || self.start < self.end {
                continue;
            }
            if self.ended {
                let whole = match self.empty {
                    true => Ok(()),
                    false => self.chain.finish().map_err(failure),
                };
                return Poll::Ready(whole.map(|()| 0));
            }
            let n = ready!(body.poll_read(cx, &mut self.input))?;
            (self.start, self.end) = (0, n);
            self.ended = n == 0;
            self.empty &= n == 0;
        }
    }
}

fn failure(error: DecompressError) -> WebError {
    let status = match &error {
        DecompressError::TooLong(_) => WebExceptionStatus::MessageLengthLimitExceeded,
        DecompressError::Damaged(..) | DecompressError::Truncated(_) => {
            WebExceptionStatus::ReceiveFailure
        }
    };
    WebError::new(status, Phase::ReadingBody, error.to_string())
}
