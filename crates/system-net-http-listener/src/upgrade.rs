//! The hand-over of a connection to another protocol: RFC 9110 section 7.8.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io::{self, Read, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_primitives::{IpEndPoint, Misuse};
use system_net_runtime::{TlsInfo, Transport, block_on, timeout_at};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::Wait;
use crate::context::HttpListenerContext;
use crate::error::HttpListenerError;
use crate::exchange::Exchange;
use crate::request::HttpListenerRequest;
use crate::timeouts::deadline;

impl HttpListenerRequest {
    /// Whether the client asks for a WebSocket: it names `websocket` in `Upgrade` and `upgrade` in
    /// `Connection`. Whether the rest of the handshake is right, this does not say.
    ///
    /// .NET: `System.Net.HttpListenerRequest.IsWebSocketRequest`
    #[doc(alias = "HttpListenerRequest.IsWebSocketRequest")]
    #[must_use]
    pub fn is_web_socket_request(&self) -> bool {
        self.has_token("Connection", "upgrade") && self.has_token("Upgrade", "websocket")
    }

    /// The protocols that the client would change to, as it names them in `Upgrade`, the best first;
    /// empty if the connection cannot change: [`HttpListenerContext::upgrade`] is refused then.
    #[must_use]
    pub fn upgrade_protocols(&self) -> Vec<String> {
        if !self.can_upgrade() {
            return Vec::new();
        }
        let fields = self.headers().get("Upgrade").unwrap_or_default();
        let names = fields.split(',').map(|name| name.trim().to_owned());
        names.filter(|name| !name.is_empty()).collect()
    }

    fn has_token(&self, name: &str, token: &str) -> bool {
        let fields = self.headers().get(name).unwrap_or_default();
        fields
            .split(',')
            .any(|value| value.trim().eq_ignore_ascii_case(token))
    }
}

/// Another protocol on the connection.
impl HttpListenerContext {
    /// Answers 101 (Switching Protocols) and takes the connection: from here on both sides speak
    /// `protocol` on it. `Upgrade` and `Connection` are written; further fields, such as
    /// `Sec-WebSocket-Accept`, the response may have.
    ///
    /// Only a request of HTTP/1.1 with `Upgrade`, and `upgrade` in `Connection`, can be answered so,
    /// after its body, if it has one, was read to the end.
    ///
    /// The connection still counts as one of the listener's: it ends with
    /// [`abort`](crate::HttpListener::abort), and with [`stop`](crate::HttpListener::stop) and
    /// [`close`](crate::HttpListener::close) after
    /// [`drain_requests`](crate::HttpListenerTimeoutManager::drain_requests).
    ///
    /// # Errors
    /// `Misuse` if the client did not ask for another protocol, if its body was not read, if
    /// `protocol` is no token, or if the response was given; `ConnectionLost` if the client is gone.
    /// The connection is closed then.
    ///
    /// # Blocking
    /// Until the answer is written, which is at once but for a client that takes nothing; that is
    /// given up after [`min_send_period`](crate::HttpListenerTimeoutManager::min_send_period).
    pub fn upgrade(self, protocol: &str) -> Result<HttpUpgradedStream, HttpListenerError> {
        block_on(self.upgrade_async(protocol))
    }

    /// [`upgrade`](Self::upgrade) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    pub async fn upgrade_async(
        mut self,
        protocol: &str,
    ) -> Result<HttpUpgradedStream, HttpListenerError> {
        if !self.request().can_upgrade() {
            return Err(Misuse::invalid_operation(
                "the client did not ask for another protocol: only a request with Upgrade can be \
                 answered so",
            )
            .into());
        }
        if !is_protocol(protocol) {
            let what = "the name of a protocol, and perhaps a slash and its version";
            return Err(Misuse::invalid_argument("protocol", what).into());
        }
        let exchange = self.request().exchange().clone();
        self.response_mut().give_upgrade(protocol)?;
        let mut taken = Taken {
            exchange,
            transport: None,
        };
        let mut wait = Wait::default();
        poll_fn(|cx| taken.exchange.poll_flush_body(cx, &mut wait)).await?;
        let (transport, early) = taken.exchange.take_upgraded()?;
        taken.transport = Some(transport);
        Ok(HttpUpgradedStream {
            taken,
            early,
            given: 0,
            read_timeout: None,
            write_timeout: None,
        })
    }
}

/// RFC 9110 section 7.8: `protocol-name ["/" protocol-version]`.
fn is_protocol(text: &str) -> bool {
    let is_token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    match text.split_once('/') {
        Some((name, version)) => is_token(name) && is_token(version),
        None => is_token(text),
    }
}

/// The transport, and that the listener counts its connection.
struct Taken {
    exchange: Exchange,
    transport: Option<Box<dyn Transport>>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Closed here, so that what was written goes out; the connection's task finds it gone.
        self.transport = None;
        self.exchange.abort();
    }
}

/// A connection that speaks another protocol than HTTP now.
///
/// What the client sent behind its request is read first. Dropping it closes the connection.
///
/// # Blocking
/// A read waits for the client, a write until the client takes the bytes: for ever, unless
/// [`set_read_timeout`](Self::set_read_timeout) and
/// [`set_write_timeout`](Self::set_write_timeout) say otherwise, as the listener cannot know how long
/// its silences may be. Works inside and outside of runtimes. In asynchronous code use
/// [`into_async`](Self::into_async).
///
/// # Examples
/// ```
/// use std::io::{Read, Write};
/// use system_net_http_listener::{HttpListenerContext, HttpListenerError};
///
/// /// Sends back what it gets, without HTTP.
/// fn echo(context: HttpListenerContext) -> Result<(), Box<dyn std::error::Error>> {
///     let mut stream = context.upgrade("echo")?;
///     let mut block = [0; 4096];
///     loop {
///         let length = stream.read(&mut block)?;
///         if length == 0 {
///             return Ok(());
///         }
///         stream.write_all(&block[..length])?;
///     }
/// }
/// # let _ = echo;
/// ```
pub struct HttpUpgradedStream {
    taken: Taken,
    /// What came behind the request, and how much of it was read.
    early: Vec<u8>,
    given: usize,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl HttpUpgradedStream {
    /// The stream for asynchronous code, where the time-outs do not count.
    #[must_use]
    pub fn into_async(self) -> AsyncHttpUpgradedStream {
        AsyncHttpUpgradedStream(self)
    }

    /// How long a blocking read waits; `None`, the default: for ever.
    #[must_use]
    pub fn read_timeout(&self) -> Option<Duration> {
        self.read_timeout
    }

    /// Sets how long a blocking read waits until it gives an error of kind
    /// [`TimedOut`](io::ErrorKind::TimedOut).
    pub fn set_read_timeout(&mut self, value: Option<Duration>) {
        self.read_timeout = value;
    }

    /// How long a blocking write waits; `None`, the default: for ever.
    #[must_use]
    pub fn write_timeout(&self) -> Option<Duration> {
        self.write_timeout
    }

    /// Sets how long a blocking write waits until it gives an error of kind
    /// [`TimedOut`](io::ErrorKind::TimedOut).
    pub fn set_write_timeout(&mut self, value: Option<Duration>) {
        self.write_timeout = value;
    }

    /// Says to the client that nothing more will be written; it can still be read from.
    ///
    /// # Errors
    /// The system's.
    pub fn shutdown_write(&mut self) -> io::Result<()> {
        let timeout = self.write_timeout;
        self.block(timeout, |this, cx| {
            Pin::new(this.transport()?).poll_shutdown(cx)
        })
    }

    /// What TLS agreed on; `None` for a plain connection.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.taken.exchange.facts().tls.as_ref()
    }

    /// The address of the server.
    #[must_use]
    pub fn local_end_point(&self) -> IpEndPoint {
        self.taken.exchange.facts().local.into()
    }

    /// The address of the client.
    #[must_use]
    pub fn remote_end_point(&self) -> IpEndPoint {
        self.taken.exchange.facts().remote.into()
    }

    fn transport(&mut self) -> io::Result<&mut Box<dyn Transport>> {
        let transport = self.taken.transport.as_mut();
        transport.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let early = &self.early[self.given..];
        if early.is_empty() {
            return Pin::new(self.transport()?).poll_read(cx, buf);
        }
        let length = early.len().min(buf.remaining());
        buf.put_slice(&early[..length]);
        self.given += length;
        if self.given == self.early.len() {
            self.early = Vec::new();
            self.given = 0;
        }
        Poll::Ready(Ok(()))
    }

    /// Polls until ready, or for so long.
    fn block<T>(
        &mut self,
        timeout: Option<Duration>,
        mut poll: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> io::Result<T> {
        let clock = std::sync::Arc::clone(self.taken.exchange.facts().run.shared.context.clock());
        let end = timeout.and_then(|timeout| deadline(clock.now(), timeout));
        let waiting = pin!(poll_fn(|cx| poll(self, cx)));
        let waiting: Pin<&mut dyn Future<Output = io::Result<T>>> = waiting;
        match block_on(timeout_at(end, waiting)) {
            Ok(result) => result,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Read for HttpUpgradedStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let timeout = self.read_timeout;
        self.block(timeout, |this, cx| {
            let mut buf = ReadBuf::new(buf);
            this.poll_read(cx, &mut buf).map_ok(|()| buf.filled().len())
        })
    }
}

impl Write for HttpUpgradedStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let timeout = self.write_timeout;
        self.block(timeout, |this, cx| {
            let transport = this.transport()?;
            let written = ready!(Pin::new(&mut *transport).poll_write(cx, data))?;
            // Layers such as TLS may hold it back; what the socket does not take now goes later.
            match Pin::new(transport).poll_flush(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Ready(Ok(written)),
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        let timeout = self.write_timeout;
        self.block(timeout, |this, cx| {
            Pin::new(this.transport()?).poll_flush(cx)
        })
    }
}

impl fmt::Debug for HttpUpgradedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpUpgradedStream")
            .field("remote_end_point", &self.remote_end_point())
            .finish_non_exhaustive()
    }
}

/// [`HttpUpgradedStream`] for asynchronous code.
#[derive(Debug)]
pub struct AsyncHttpUpgradedStream(HttpUpgradedStream);

impl AsyncHttpUpgradedStream {
    /// The stream for blocking code.
    #[must_use]
    pub fn into_blocking(self) -> HttpUpgradedStream {
        self.0
    }
}

impl AsyncRead for AsyncHttpUpgradedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.poll_read(cx, buf)
    }
}

impl AsyncWrite for AsyncHttpUpgradedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.0.transport()?).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.transport()?).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.transport()?).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::is_protocol;

    #[test]
    fn protocols() {
        for good in ["websocket", "h2c", "HTTP/2.0", "a!b"] {
            assert!(is_protocol(good), "{good}");
        }
        for bad in ["", "/", "a/", "/1", "a b", "a,b", "a\r\nb", "\u{e4}"] {
            assert!(!is_protocol(bad), "{bad:?}");
        }
    }
}
