//! Cookies: the value, collections of them, the container that keeps and gives them out, and the
//! text of a container on disk.
//!
//! Documents: RFC 6265 (cookies), draft-ietf-httpbis-rfc6265bis (prefixes, secure cookies, limits),
//! RFC 2109 and RFC 2965 (`Version=1`, `Port`), and what .NET's `CookieContainer` answers.

mod collection;
mod container;
mod container_limits;
mod cookie;
mod cookie_text;
mod date;
mod error;
mod header;
mod netscape;
mod public_suffix;
mod rules;
mod same_site;
mod store;
mod token;

pub use collection::CookieCollection;
pub use container::CookieContainer;
pub use cookie::Cookie;
pub(crate) use date::Moment;
pub use error::{CookieError, CookieErrorKind};
pub use public_suffix::PublicSuffixList;
pub use same_site::SameSite;
