//! What a response comes on: a connection of HTTP/1, or a stream of one of HTTP/2.

use std::task::{Context, Poll};

use system_net_diagnostics::Traced;
use system_net_primitives::WebHeaderCollection;

use super::body::Body;
use super::http2_body::Http2Body;
use crate::abort::AbortHandle;
use crate::error::WebError;
use crate::http2::Http2Stream;
use crate::service_point::Lease;
use crate::timeouts::PieceLimit;

/// Where the rest of a response comes from.
pub(crate) enum Carrier {
    Http1(Lease),
    Http2(Box<Http2Stream>),
}

impl Carrier {
    /// The connection in traces.
    pub(super) fn traced(&mut self) -> &Traced {
        match self {
            Self::Http1(lease) => &lease.connection().traced,
            Self::Http2(stream) => &stream.session().traced,
        }
    }

    /// The connection is not for further requests.
    pub(super) fn retire(&mut self) {
        match self {
            Self::Http1(lease) => lease.connection().retire(),
            Self::Http2(stream) => stream.retire(),
        }
    }

    /// The body that follows a head just read.
    #[inline]
    pub(super) fn into_body(self, abort: AbortHandle) -> AnyBody {
        match self {
            Self::Http1(lease) => AnyBody::Http1(Body::new(lease, abort)),
            Self::Http2(stream) => AnyBody::Http2(Box::new(Http2Body::new(stream, abort))),
        }
    }
}

/// The body of a response, whatever it comes on.
#[allow(
    clippy::large_enum_variant,
    reason = "the usual one is the large one; a box would be one more allocation for each response"
)]
pub(super) enum AnyBody {
    Http1(Body),
    Http2(Box<Http2Body>),
}

impl From<Body> for AnyBody {
    fn from(body: Body) -> Self {
        Self::Http1(body)
    }
}

impl AnyBody {
    /// Ends the body after so many bytes if it is longer; the rest is not read.
    pub(super) fn limit(&mut self, bytes: u64) {
        match self {
            Self::Http1(body) => body.limit(bytes),
            Self::Http2(body) => body.limit(bytes),
        }
    }

    /// Limits the time that reading takes.
    pub(super) fn limit_time(&mut self, time: Option<Box<PieceLimit>>) {
        match self {
            Self::Http1(body) => body.limit_time(time),
            Self::Http2(body) => body.limit_time(time),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Http1(body) => body.is_closed(),
            Self::Http2(body) => body.is_closed(),
        }
    }

    /// Whether all of it was read, and nothing was wrong with it.
    pub(super) fn has_ended(&self) -> bool {
        match self {
            Self::Http1(body) => body.has_ended(),
            Self::Http2(body) => body.has_ended(),
        }
    }

    pub(super) fn is_aborted(&self) -> bool {
        match self {
            Self::Http1(body) => body.is_aborted(),
            Self::Http2(body) => body.is_aborted(),
        }
    }

    pub(super) fn trailers(&self) -> Option<&WebHeaderCollection> {
        match self {
            Self::Http1(body) => body.trailers(),
            Self::Http2(body) => body.trailers(),
        }
    }

    /// Bytes that are here already; 0 says nothing about the end.
    pub(super) fn take_buffered(&mut self, buffer: &mut [u8]) -> usize {
        match self {
            Self::Http1(body) => body.take_buffered(buffer),
            Self::Http2(body) => body.take_buffered(buffer),
        }
    }

    /// Reads some bytes; 0 is the end.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, WebError>> {
        match self {
            Self::Http1(body) => body.poll_read(cx, buffer),
            Self::Http2(body) => body.poll_read(cx, buffer),
        }
    }

    /// Gives up the rest.
    pub(super) fn close(&mut self) {
        match self {
            Self::Http1(body) => body.close(),
            Self::Http2(body) => body.close(),
        }
    }
}
