//! What one line of the log says, collected while its request runs.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use system_net_http_proto::RequestHead;
use system_net_primitives::{Clock, HttpVersion};

use crate::router::raw_url;

/// Longer values are cut; HTTP.sys cuts at the same length.
const LONGEST: usize = 4096;

/// A request on its way into the log.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    pub(super) request: Option<Asked>,
    pub(super) user: Option<Box<str>>,
    pub(super) status: Option<u16>,
    pub(super) reason: Option<Reason>,
    pub(super) sent: u64,
    pub(super) received: u64,
    begun: Instant,
    /// When it ended, and how long it took.
    pub(super) ended: SystemTime,
    pub(super) took: Duration,
}

/// What the head of a request says of it. What may be secret is left out here already: no `Authorization`,
/// no cookies, no logins in addresses.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: Box<str>,
    pub(super) path: Box<str>,
    pub(super) query: Option<Box<str>>,
    pub(super) version: HttpVersion,
    pub(super) host: Option<Box<[u8]>>,
    pub(super) user_agent: Option<Box<[u8]>>,
    pub(super) referer: Option<Box<[u8]>>,
}

/// Why a request was not answered by the program, or not to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The listener answered in the program's stead, with this status.
    Listener(u16),
    /// No prefix has the host that was asked for.
    Hostname,
    /// There were too many connections.
    Connections,
    /// Plain HTTP came to a port for HTTPS.
    Plain,
    /// The head did not come in time.
    HeaderWait,
    /// The program gave the request up without an answer.
    Unanswered,
    /// The client was gone before the program took its request.
    ClientReset,
    /// The queue was full, and the client had ended its side of the connection.
    ClientClosed,
    /// The connection ended before the answer was whole.
    Aborted,
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Listener(status) => match status {
                400 => "BadRequest",
                401 => "Login",
                403 => "Forbidden",
                404 => "NoPrefix",
                408 => "RequestTimeout",
                413 => "BodyTooLong",
                414 => "RequestLine",
                417 => "Expectation",
                431 => "Header",
                501 => "NotImplemented",
                503 => "Refused",
                505 => "Version",
                _ => "Failed",
            },
            Self::Hostname => "Hostname",
            Self::Connections => "Connections",
            Self::Plain => "PlainHttp",
            Self::HeaderWait => "HeaderWait",
            Self::Unanswered => "Unanswered",
            Self::ClientReset => "ClientReset",
            Self::ClientClosed => "ClientClosed",
            Self::Aborted => "Aborted",
        }
    }
}

impl Entry {
    /// For a request whose head is not known.
    pub(crate) fn without_head(client: SocketAddr, server: SocketAddr, clock: &dyn Clock) -> Self {
        Self {
            client,
            server,
            request: None,
            user: None,
            status: None,
            reason: None,
            sent: 0,
            received: 0,
            begun: clock.now(),
            ended: SystemTime::UNIX_EPOCH,
            took: Duration::ZERO,
        }
    }

    /// For a client that was told no before it asked.
    pub(crate) fn refused(
        ends: (SocketAddr, SocketAddr),
        status: u16,
        reason: Reason,
        sent: u64,
        clock: &dyn Clock,
    ) -> Self {
        let canonical = |end: SocketAddr| SocketAddr::new(end.ip().to_canonical(), end.port());
        let mut this = Self::without_head(canonical(ends.0), canonical(ends.1), clock);
        this.set_status(status);
        this.set_reason(reason);
        this.end(sent, clock);
        this
    }

    /// For a request that has just come.
    pub(crate) fn new(
        client: SocketAddr,
        server: SocketAddr,
        head: &RequestHead,
        clock: &dyn Clock,
    ) -> Self {
        let (path, query) = match raw_url(head).split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (raw_url(head), None),
        };
        let field = |name: &str| head.headers.get_first(name).map(without_login);
        let asked = Asked {
            method: cut_text(&head.method),
            path: cut_text(path),
            query: query.map(cut_text),
            version: head.version,
            host: field("Host"),
            user_agent: head.headers.get_first("User-Agent").map(cut),
            referer: field("Referer"),
        };
        Self {
            request: Some(asked),
            ..Self::without_head(client, server, clock)
        }
    }

    pub(crate) fn set_user(&mut self, name: &str) {
        self.user = Some(cut_text(name));
    }

    pub(crate) fn set_status(&mut self, status: u16) {
        self.status = Some(status);
    }

    pub(crate) fn has_no_head(&self) -> bool {
        self.request.is_none()
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    /// The first reason is the one.
    pub(crate) fn set_reason(&mut self, reason: Reason) {
        self.reason.get_or_insert(reason);
    }

    pub(crate) fn set_received(&mut self, bytes: u64) {
        self.received = bytes;
    }

    /// The end, with so many bytes sent.
    pub(crate) fn end(&mut self, sent: u64, clock: &dyn Clock) {
        self.sent = sent;
        self.ended = clock.utc_now();
        self.took = clock.now().saturating_duration_since(self.begun);
    }
}

fn cut(value: &[u8]) -> Box<[u8]> {
    match value.get(..LONGEST) {
        Some(start) => [start, b"..."].concat().into(),
        None => value.into(),
    }
}

fn cut_text(text: &str) -> Box<str> {
    if text.len() < LONGEST {
        return text.into();
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end]).into()
}

/// An address, or a host, without the login that may stand before an at sign.
fn without_login(value: &[u8]) -> Box<[u8]> {
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|w| w == what);
    let start = find(value, b"//").map_or(0, |at| at + 2);
    let rest = &value[start..];
    let end = rest.iter().position(|byte| b"/?#".contains(byte));
    let authority = &rest[..end.unwrap_or(rest.len())];
    match authority.iter().rposition(|byte| *byte == b'@') {
        Some(at) => cut(&[&value[..start], &rest[at + 1..]].concat()),
        None => cut(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_in_addresses_are_left_out() {
        for (value, shown) in [
            ("https://h/p?q@r", "https://h/p?q@r"),
            ("https://user:secret@h/p", "https://h/p"),
            ("https://a@b:secret@h", "https://h"),
            ("//user@h/", "//h/"),
            ("user:secret@h:80", "h:80"),
            ("", ""),
        ] {
            assert_eq!(&*without_login(value.as_bytes()), shown.as_bytes());
        }
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(cut_text(&"x".repeat(LONGEST - 1)).len(), LONGEST - 1);
        assert_eq!(cut_text(&"x".repeat(LONGEST * 2)).len(), LONGEST + 3);
        // Not within a character.
        assert_eq!(cut_text(&"ü".repeat(LONGEST)).len(), LONGEST + 3);
        assert!(cut_text(&format!("x{}", "ü".repeat(LONGEST))).ends_with("ü..."));
        assert_eq!(cut(&[b'x'; LONGEST * 2]).len(), LONGEST + 3);
    }
}
