//! One request and its response on the connection they go over, whatever version of HTTP that speaks.
//!
//! Requests, responses and their streams know of their connection what stands here, and nothing else.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::Reason;
use system_net_http_proto::RequestHead;
use system_net_primitives::{Misuse, WebHeaderCollection};
use system_net_runtime::Transport;
use tokio::io::ReadBuf;

use crate::authentication::Field;
use crate::connection::{Connection, Facts, Head, Phase, Wait};
use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::http2::Stream;

/// What the parts of a context share: the connection, and which of its requests they belong to.
#[derive(Clone)]
pub(crate) struct Exchange {
    link: Link,
    number: u64,
}

#[derive(Clone)]
enum Link {
    Http1(Arc<Connection>),
    Http2(Arc<Stream>),
}

impl Exchange {
    /// A request of a connection of HTTP/1.
    #[inline]
    pub(crate) fn http1(connection: Arc<Connection>, number: u64) -> Self {
        Self {
            link: Link::Http1(connection),
            number,
        }
    }

    /// A request of a connection of HTTP/2.
    pub(crate) fn http2(stream: Arc<Stream>) -> Self {
        Self {
            number: stream.number(),
            link: Link::Http2(stream),
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.link, Link::Http2(_))
    }

    /// Tells a client of HTTP/2 to ask again over HTTP/1.1.
    pub(crate) fn require_http1(&self) {
        if let Link::Http2(stream) = &self.link {
            stream.reset(Reason::HTTP_1_1_REQUIRED);
        }
    }

    /// The connection's own facts.
    #[inline]
    pub(crate) fn facts(&self) -> &Facts {
        match &self.link {
            Link::Http1(connection) => connection,
            Link::Http2(stream) => stream.connection(),
        }
    }

    /// Counts the requests of the connection.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The fields behind the request's body, once it was read.
    pub(crate) fn trailers(&self) -> Option<WebHeaderCollection> {
        match &self.link {
            Link::Http1(connection) => {
                let io = connection.lock();
                let current = io.number == self.number;
                io.trailers.clone().filter(|_| current)
            }
            Link::Http2(stream) => stream.trailers(),
        }
    }

    /// The bytes of the request, if they are kept.
    pub(crate) fn kept_bytes(&self) -> Option<Vec<u8>> {
        match &self.link {
            Link::Http1(connection) => connection.kept_bytes(self.number),
            // Its frames are not those of one request alone.
            Link::Http2(_) => None,
        }
    }

    /// Reads from the request's body; nothing is read at its end. The first call asks a client that
    /// waits for it to send the body.
    #[inline]
    pub(crate) fn poll_read_body(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        wait: &mut Wait,
    ) -> Poll<io::Result<()>> {
        match &self.link {
            Link::Http1(connection) => connection.poll_read_body(self.number, cx, buf, wait),
            Link::Http2(stream) => stream.poll_read_body(cx, buf, wait),
        }
    }

    /// Takes what is buffered of the request's body, if anything is.
    #[inline]
    pub(crate) fn read_buffered(&self, buf: &mut [u8]) -> Option<usize> {
        match &self.link {
            Link::Http1(connection) => connection.read_buffered(self.number, buf),
            Link::Http2(stream) => stream.read_buffered(buf),
        }
    }

    /// Whether more of the request's body came than the limit lets through.
    pub(crate) fn body_is_too_long(&self) -> bool {
        match &self.link {
            Link::Http1(connection) => connection.body_is_too_long(),
            Link::Http2(stream) => stream.body_is_too_long(),
        }
    }

    /// Reads the request's body and forgets it, as long as it is worth it: else false.
    pub(crate) async fn discard_body(&self) -> bool {
        match &self.link {
            Link::Http1(connection) => connection.discard_body(self.number).await,
            Link::Http2(stream) => stream.discard_body().await,
        }
    }

    /// Gives the head of the response, and nothing more yet.
    #[inline]
    pub(crate) fn begin_response(&self, head: &Head<'_>) -> Result<(), HttpListenerError> {
        match &self.link {
            Link::Http1(connection) => connection.begin_response(self.number, head),
            Link::Http2(stream) => stream.begin_response(head),
        }
    }

    /// Gives a whole response, and ends it as [`finish`](Self::finish) does.
    ///
    /// # Errors
    /// As `begin_response`, nothing being given then; later ones end the connection.
    #[inline]
    pub(crate) fn answer(&self, head: &Head<'_>, body: Bytes) -> Result<(), HttpListenerError> {
        match &self.link {
            Link::Http1(connection) => connection.answer(self.number, head, body),
            Link::Http2(stream) => stream.answer(head, body),
        }
    }

    /// Writes a piece of the response's body.
    #[inline]
    pub(crate) fn poll_write_body(
        &self,
        cx: &mut Context<'_>,
        data: &[u8],
        wait: &mut Wait,
    ) -> Poll<Result<usize, HttpListenerError>> {
        match &self.link {
            Link::Http1(connection) => connection.poll_write_body(self.number, cx, data, wait),
            Link::Http2(stream) => stream.poll_write_body(cx, data, wait),
        }
    }

    /// Writes everything that waits.
    #[inline]
    pub(crate) fn poll_flush_body(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<(), HttpListenerError>> {
        match &self.link {
            Link::Http1(connection) => connection.poll_flush_body(self.number, cx, wait),
            Link::Http2(stream) => stream.poll_flush_body(),
        }
    }

    /// Ends the response. What is not written yet is written in the background.
    ///
    /// # Errors
    /// If the announced body is not complete, or the client is known to be gone; nothing more can be
    /// said to it then.
    #[inline]
    pub(crate) fn finish(&self) -> Result<(), HttpListenerError> {
        match &self.link {
            Link::Http1(connection) => connection.finish(self.number),
            Link::Http2(stream) => stream.finish(),
        }
    }

    /// As [`finish`](Self::finish), with fields behind the body.
    pub(crate) fn finish_with(
        &self,
        trailers: &WebHeaderCollection,
    ) -> Result<(), HttpListenerError> {
        match &self.link {
            Link::Http1(connection) => connection.finish_with(self.number, trailers),
            Link::Http2(stream) => stream.finish_with(trailers),
        }
    }

    /// What became of giving the client something: as if it were there, if it is gone and the listener
    /// is to ignore that.
    #[inline]
    pub(crate) fn tolerate<T>(
        &self,
        as_if: T,
        result: Result<T, HttpListenerError>,
    ) -> Result<T, HttpListenerError> {
        match result {
            Err(error) if self.ignores(&error) => Ok(as_if),
            result => result,
        }
    }

    #[cold]
    fn ignores(&self, error: &HttpListenerError) -> bool {
        use HttpListenerErrorKind::{ConnectionLost, Io, Misuse, TimedOut};
        self.facts().run.shared.ignores_write_exceptions()
            && match error.kind() {
                ConnectionLost | TimedOut | Io => true,
                // What is written after the first error finds the request over.
                Misuse => self.is_aborted(),
                _ => false,
            }
    }

    fn is_aborted(&self) -> bool {
        match &self.link {
            Link::Http1(connection) => connection.lock().phase == Phase::Aborted,
            Link::Http2(stream) => stream.is_aborted(),
        }
    }

    /// The transport of a connection whose 101 was written, and what came behind the request. The
    /// request goes on running, as far as the listener is concerned, until it is aborted.
    ///
    /// # Errors
    /// `Misuse` if there is none.
    pub(crate) fn take_upgraded(&self) -> Result<(Box<dyn Transport>, Vec<u8>), HttpListenerError> {
        match &self.link {
            Link::Http1(connection) => connection.take_upgraded(self.number),
            Link::Http2(_) => {
                let what = "an HTTP/2 connection has no other protocol to change to";
                Err(Misuse::invalid_operation(what).into())
            }
        }
    }

    /// Gives up the request: with HTTP/1 that ends the connection, with HTTP/2 its stream.
    pub(crate) fn abort(&self) {
        match &self.link {
            Link::Http1(connection) => connection.abort(self.number),
            Link::Http2(stream) => stream.abort(),
        }
    }

    /// The response's stream was dropped before it was closed.
    pub(crate) fn drop_response(&self) {
        match &self.link {
            Link::Http1(connection) => connection.drop_response(self.number),
            Link::Http2(stream) => stream.drop_response(),
        }
    }

    /// The request is gone; its head's memory may serve another one.
    #[inline]
    pub(crate) fn recycle(&self, head: Box<RequestHead>) {
        match &self.link {
            Link::Http1(connection) => connection.lock().http.recycle(head),
            Link::Http2(stream) => stream.recycle(head),
        }
    }

    /// The response is gone; its headers' memory may serve another one.
    #[inline]
    pub(crate) fn release(&self, headers: Box<WebHeaderCollection>, unanswered: bool) {
        match &self.link {
            Link::Http1(connection) => connection.release(self.number, headers, unanswered),
            Link::Http2(stream) => stream.release(headers, unanswered),
        }
    }

    /// Answers in the program's stead.
    pub(crate) fn refuse(&self, status: u16) {
        match &self.link {
            Link::Http1(connection) => connection.refuse(self.number, status),
            Link::Http2(stream) => stream.refuse(status),
        }
    }

    /// Whether the client sends no more, as far as that is known.
    pub(crate) fn client_has_ended(&self) -> bool {
        match &self.link {
            Link::Http1(connection) => connection.client_has_ended(),
            // Who ends a stream or a connection of HTTP/2 too early has gone.
            Link::Http2(_) => false,
        }
    }

    /// Gives up a request whose client has gone before the program took it.
    pub(crate) fn lose(&self) {
        match &self.link {
            Link::Http1(connection) => connection.lose(self.number),
            Link::Http2(stream) => stream.lose(),
        }
    }

    /// Answers with 503 a request whose client sends no more.
    pub(crate) fn give_way(&self) {
        if let Link::Http1(connection) = &self.link {
            connection.give_way(self.number);
        }
    }

    /// Tells the access log who asks.
    pub(crate) fn log_user(&self, name: &str) {
        match &self.link {
            Link::Http1(connection) => connection.log_user(self.number, name),
            Link::Http2(stream) => stream.log_user(name),
        }
    }

    /// Asks the client to log in; with HTTP/1 the connection stays if `stay`.
    pub(crate) fn ask(&self, fields: &[Field], stay: bool) {
        match &self.link {
            Link::Http1(connection) => connection.ask(self.number, fields, stay),
            Link::Http2(stream) => stream.refuse_with(401, fields),
        }
    }
}
