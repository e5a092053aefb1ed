//! The small values every other `system-net` crate speaks in: headers, status codes, addresses,
//! credentials, events, asynchronous results, clocks, and the error for misuse.
//!
//! # In scope
//! * [`WebHeaderCollection`], [`HttpVersion`], [`HttpStatusCode`], and the two header enumerations
//! * [`IpAddress`], [`IpEndPoint`], [`DnsEndPoint`], [`UnixDomainSocketEndPoint`],
//!   [`LinkLayerEndPoint`], [`EndPoint`], [`SocketAddress`]; [`IpNetwork`], [`Ipv6Tunnel`],
//!   [`InterfaceIdentifier`]
//! * [`NetworkCredential`], [`CredentialCache`], [`Credentials`]
//! * [`Cookie`], [`CookieCollection`], [`CookieContainer`] with [`PublicSuffixList`], and
//!   [`HstsStore`]
//! * [`AccessPolicy`], [`AccessStack`]: who is asked before the network is used
//! * [`WebUtility`], escapes of HTML and forms
//! * [`Event`] and [`Subscription`], [`AsyncResult`], [`Clock`], [`Misuse`]
//! * [`ManualResetEvent`] and [`AutoResetEvent`], for threads and tasks that wait
//!
//! # Out of scope
//! Anything that opens a socket, reads a file, starts a thread or knows a protocol. Text of
//! addresses is read by `system-net-uri`, below this crate; everything else stands above it.
//!
//! # Example
//! ```
//! use system_net_primitives::{HttpStatusCode, WebHeaderCollection};
//!
//! let mut headers = WebHeaderCollection::new();
//! headers.add("Accept-Language", "de")?;
//! headers.add("accept-language", "en;q=0.5")?;
//! assert_eq!(headers.get("ACCEPT-LANGUAGE").as_deref(), Some("de,en;q=0.5"));
//! assert_eq!(headers.get_first("Accept-Language"), Some(&b"de"[..]));
//! assert_eq!(HttpStatusCode::NOT_FOUND.name(), "NotFound");
//! # Ok::<(), system_net_primitives::Misuse>(())
//! ```
#![forbid(unsafe_code)]

mod access;
mod address;
mod async_result;
mod clock;
mod cookies;
mod credentials;
mod event;
mod extended_protection;
mod headers;
mod hsts;
mod http_status_code;
mod http_version;
mod line_error;
mod misuse;
mod wait_handle;
mod web_utility;

pub use access::{
    Access, AccessDenied, AccessPolicy, AccessStack, AccessVerdict, TransportType, access_scope,
    access_scope_blocking,
};
pub use address::{
    AddressFamily, DnsEndPoint, EndPoint, InterfaceIdentifier, IpAddress, IpAddressParseError,
    IpAddressParseErrorKind, IpEndPoint, IpNetwork, Ipv6Tunnel, LinkLayerEndPoint,
    LinkLayerPacketType, SocketAddress, TeredoAddress, UnixDomainSocketEndPoint,
};
pub use async_result::{AsyncCallback, AsyncCompleter, AsyncOrigin, AsyncResult, AsyncState};
pub use clock::{Clock, FakeClock, SystemClock};
pub use cookies::{
    Cookie, CookieCollection, CookieContainer, CookieError, CookieErrorKind, PublicSuffixList,
    SameSite,
};
pub use credentials::{CredentialCache, Credentials, NetworkCredential};
pub use event::{Event, Subscription};
pub use extended_protection::{PolicyEnforcement, ProtectionScenario};
pub use headers::{HeaderSet, HttpRequestHeader, HttpResponseHeader, WebHeaderCollection};
pub use hsts::HstsStore;
pub use http_status_code::HttpStatusCode;
pub use http_version::HttpVersion;
pub use line_error::LineError;
pub use misuse::Misuse;
pub use wait_handle::{AutoResetEvent, EventResetMode, EventWaitHandle, ManualResetEvent, WaitOne};
pub use web_utility::{UnicodeDecodingConformance, UnicodeEncodingConformance, WebUtility};
