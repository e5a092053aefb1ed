//! What clients together and each of them may make a listener hold.

use system_net_http_proto::Limits;

/// The limits of a listener, as numbers with names; see
/// [`HttpListener::set_limits`](crate::HttpListener::set_limits).
///
/// Take the defaults and change what you need:
///
/// ```
/// use system_net_http_listener::HttpListenerLimits;
///
/// let limits = HttpListenerLimits { connections: 100, ..Default::default() };
/// assert_eq!(limits.request_queue, 1000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpListenerLimits {
    /// Open connections. One more is answered with 503 and closed, or
    /// [waits](Self::wait_for_connection). Default: 50,000.
    pub connections: usize,
    /// Lets a client above [`connections`](Self::connections) wait until another one is gone, instead of
    /// telling it no. One of each listening socket waits accepted, the others in the system's backlog; the
    /// waiting has no time limit but the client's own. Default: `false`.
    pub wait_for_connection: bool,
    /// Open connections of one client address; `None` (default) has no such limit, because all
    /// clients behind a proxy have one address. One more is answered with 503 and closed.
    pub connections_per_peer: Option<usize>,
    /// Requests that wait for a `get_context`. One more is answered with 503, or, if there is one whose client
    /// has ended its side of the connection, that one is in its stead. Those whose clients are known to have
    /// gone do not wait. Default: 1,000.
    pub request_queue: usize,
    /// Requests that a handler of [`serve_blocking`](crate::HttpListener::serve_blocking) has at a time:
    /// each has a thread of the background runtime, whose 512 also resolve names, read files and write
    /// logs. One more waits, at most for
    /// [`request_queue`](crate::HttpListenerTimeoutManager::request_queue), and is then answered with 503.
    /// Read when the serving begins. Default: 256.
    pub blocking_requests: usize,
    /// Bytes of a request's body; `None` (default) has no limit. A longer one that is announced is
    /// answered with 413 and never seen by the program; one in chunks ends in an error of the stream that
    /// reads it, `BadRequest`, and in 413 if a handler gives up for that.
    pub body_bytes: Option<u64>,
    /// Bytes of a request's body that are read and dropped to keep the connection when nobody read
    /// them; with more the connection is closed. Default: 64 KiB.
    pub drain_bytes: u64,
    /// Bytes of a request's body that a Digest login covers (`auth-int`). It is held in memory, as nobody
    /// may see the request before its proof was checked; a longer one is answered with 413, and so is one
    /// longer than [`body_bytes`](Self::body_bytes). Default: 1 MiB.
    pub digest_body_bytes: u64,
    /// Bytes of all such bodies together that the listener holds, up to the end of their requests; one
    /// that has no room is answered with 503. Default: 64 MiB.
    pub digest_bodies_bytes: u64,
    /// Bytes of a head: request line, fields and the empty line. Default: 64 KiB.
    pub head_bytes: usize,
    /// Bytes of the request line. Default: 16 KiB.
    pub request_line_bytes: usize,
    /// Fields of a head. Default: 100.
    pub headers: usize,
}

impl Default for HttpListenerLimits {
    fn default() -> Self {
        let message = Limits::default();
        Self {
            connections: 50_000,
            wait_for_connection: false,
            connections_per_peer: None,
            request_queue: 1000,
            blocking_requests: 256,
            body_bytes: None,
            drain_bytes: 64 * 1024,
            digest_body_bytes: 1024 * 1024,
            digest_bodies_bytes: 64 * 1024 * 1024,
            head_bytes: message.head_bytes,
            request_line_bytes: message.start_line_bytes,
            headers: message.headers,
        }
    }
}

impl HttpListenerLimits {
    pub(crate) fn message(&self) -> Limits {
        Limits {
            head_bytes: self.head_bytes,
            start_line_bytes: self.request_line_bytes,
            headers: self.headers,
            ..Limits::default()
        }
    }
}
