//! What .NET knows about single headers: who may set them, and whether commas separate values.

/// Which restrictions a [`WebHeaderCollection`](crate::WebHeaderCollection) obeys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HeaderSet {
    /// None: every header may be set.
    #[default]
    Plain,
    /// The headers of a request: those with a property of their own are refused.
    Request,
    /// The headers of a listener's response: those the listener writes itself are refused.
    Response,
}

/// Headers that a request has properties for, or that the engine writes.
const REQUEST: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "if-modified-since",
    "proxy-connection",
    "range",
    "referer",
    "transfer-encoding",
    "user-agent",
];

/// Headers that the listener writes.
const RESPONSE: &[&str] = &[
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "www-authenticate",
];

/// Headers whose value is a list separated by commas. `Set-Cookie` is not among them: its dates
/// hold commas.
const LISTS: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "cookie",
    "expect",
    "if-match",
    "if-none-match",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "warning",
    "www-authenticate",
];

impl HeaderSet {
    /// Whether callers may not set the header themselves.
    pub(super) fn is_restricted(self, name: &str) -> bool {
        match self {
            Self::Plain => false,
            Self::Request => contains(REQUEST, name),
            Self::Response => contains(RESPONSE, name),
        }
    }
}

pub(super) fn is_list(name: &str) -> bool {
    contains(LISTS, name)
}

fn contains(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
