//! Requests that are written before it is known which connection they go out on, and go out behind
//! others (pipelining, RFC 9112 section 9.3.2).

use std::fmt;

use super::{ClientConnection, Exchange, State};
use crate::error::ProtoError;

/// A whole request without a body, made on one machine to be sent on another.
///
/// # Examples
/// ```
/// use system_net_http_proto::{ClientConnection, Limits};
/// use system_net_primitives::HttpVersion;
///
/// let mut draft = ClientConnection::new(Limits::default());
/// draft.begin_request("GET", "/second", HttpVersion::VERSION11)?;
/// draft.write_header(b"Host", b"example.org")?;
/// draft.end_head()?;
/// let second = draft.into_prepared()?;
///
/// let mut connection = ClientConnection::new(Limits::default());
/// connection.begin_request("GET", "/first", HttpVersion::VERSION11)?;
/// connection.write_header(b"Host", b"example.org")?;
/// connection.end_head()?;
/// connection.send_prepared(&second)?;
/// assert_eq!(connection.in_flight(), 2);
/// # Ok::<(), system_net_http_proto::ProtoError>(())
/// ```
pub struct PreparedRequest {
    bytes: Vec<u8>,
    exchange: Exchange,
}

impl PreparedRequest {
    /// The request as it goes out.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

// Fields of a request may be secret.
impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedRequest({} bytes)", self.bytes.len())
    }
}

impl ClientConnection {
    /// Takes the one request that was begun on this machine, to be sent on another.
    ///
    /// # Errors
    /// `Misuse` unless it is a single one, complete, without a body, and nothing of it was consumed
    /// from the output; and for CONNECT and requests for another protocol, behind which nothing
    /// else may go.
    pub fn into_prepared(mut self) -> Result<PreparedRequest, ProtoError> {
        let (Some(exchange), true) = (self.exchanges.pop_back(), self.exchanges.is_empty()) else {
            return Err(ProtoError::misuse("there is not exactly one request"));
        };
        if exchange.connect || exchange.upgrade {
            return Err(ProtoError::misuse("such a request goes out alone"));
        }
        if !self.writer.is_bodiless() {
            return Err(ProtoError::misuse(
                "the request is not complete, or it has a body",
            ));
        }
        match self.writer.out.into_whole() {
            Some(bytes) => Ok(PreparedRequest { bytes, exchange }),
            None => Err(ProtoError::misuse("a part of the request was sent")),
        }
    }

    /// Puts a prepared request into the output, behind the ones before.
    ///
    /// # Errors
    /// `Misuse` if the request before is not complete or allows none behind it, or the connection
    /// cannot be used again; `Grammar(UnsolicitedData)` if bytes arrived that belong to no request.
    pub fn send_prepared(&mut self, request: &PreparedRequest) -> Result<(), ProtoError> {
        self.check_can_begin()?;
        if !self.writer.is_idle() {
            return Err(ProtoError::misuse("the request before is not complete"));
        }
        self.writer.out.put(&request.bytes);
        self.begin_exchange(request.exchange);
        Ok(())
    }

    /// After the end of a response: whether another one is awaited that can still come. It is the
    /// answer to the next request in the order in which they were begun.
    #[must_use]
    pub fn awaits_response(&self) -> bool {
        self.persistent
            && self.failed.is_none()
            && matches!(self.state, State::Head)
            && !self.exchanges.is_empty()
    }
}
