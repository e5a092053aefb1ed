//! How a listener speaks HTTP/2, and what it lets its clients do.

use system_net_primitives::Misuse;

/// RFC 9113 section 6.9.1: "A sender MUST NOT allow a flow-control window to exceed 2^31-1".
const MAX_WINDOW: u32 = (1 << 31) - 1;
/// RFC 9113 section 6.9.2: what every connection begins with.
const MIN_WINDOW: u32 = 65_535;

/// HTTP/2 of a listener: whether it is spoken, and its limits; see
/// [`HttpListener::set_http2`](crate::HttpListener::set_http2).
///
/// Take the defaults and change what you need:
///
/// ```
/// use system_net_http_listener::{HttpListener, HttpListenerHttp2Options};
///
/// let listener = HttpListener::new();
/// listener.set_http2(HttpListenerHttp2Options { enabled: false, ..Default::default() })?;
/// assert!(!listener.http2().enabled);
/// # Ok::<(), system_net_http_listener::HttpListenerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpListenerHttp2Options {
    /// Whether HTTP/2 is spoken at all. `https` prefixes offer it in the handshake (ALPN), before
    /// HTTP/1.1. Default: true.
    pub enabled: bool,
    /// Whether `http` prefixes speak it, too, with clients that begin with it (prior knowledge, RFC
    /// 9113 section 3.3). No request of HTTP/1 begins like that, and `Upgrade: h2c`, by which
    /// requests were once smuggled through proxies, is not answered. Default: true.
    pub clear_text: bool,
    /// Requests of one connection that are under way at the same time. Default: 100.
    pub streams: u32,
    /// Bytes of one request's body that may come before they are read. Default: 768 KiB.
    pub stream_window: u32,
    /// Bytes of all requests' bodies of a connection that may come before they are read. Default:
    /// 1 MiB.
    pub connection_window: u32,
    /// Requests of one connection that its client may give up at once (RST_STREAM), before it is
    /// told to go away (ENHANCE_YOUR_CALM). Default: 1,000.
    pub resets: u32,
    /// How many more of them are allowed each second. Default: 33.
    pub resets_per_second: u32,
    /// Frames that bring nothing (PING, SETTINGS, PRIORITY, empty DATA, needless WINDOW_UPDATE and
    /// unknown ones) that a client may send at once, before it is told to go away. Default: 2,000.
    pub idle_frames: u32,
    /// How many more of them are allowed each second. Default: 100.
    pub idle_frames_per_second: u32,
}

impl Default for HttpListenerHttp2Options {
    fn default() -> Self {
        Self {
            enabled: true,
            clear_text: true,
            streams: 100,
            stream_window: 768 * 1024,
            connection_window: 1024 * 1024,
            resets: 1000,
            resets_per_second: 33,
            idle_frames: 2000,
            idle_frames_per_second: 100,
        }
    }
}

impl HttpListenerHttp2Options {
    /// Whether the numbers can be kept to.
    pub(crate) fn check(&self) -> Result<(), Misuse> {
        if self.streams == 0 || self.streams > MAX_WINDOW {
            return Err(Misuse::out_of_range("streams", "from 1 to 2147483647"));
        }
        for (name, window) in [
            ("stream_window", self.stream_window),
            ("connection_window", self.connection_window),
        ] {
            if !(MIN_WINDOW..=MAX_WINDOW).contains(&window) {
                return Err(Misuse::out_of_range(name, "from 65535 to 2147483647"));
            }
        }
        Ok(())
    }
}
