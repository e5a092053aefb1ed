//! System.Uri for Rust: parse, escape, resolve and compare URIs with the answers of .NET.
//!
//! The first crate of the `system-net` family and the only parser of address text in it. It does
//! no input or output and depends on no other crate of the family.
//!
//! # In scope
//! [`Uri`] with all members of System.Uri; [`UriBuilder`]; parsers of custom schemes
//! ([`UriParserTable`]); international identifiers and domain names by [`UriSettings`];
//! addresses and prefixes ([`address`]).
//!
//! # Out of scope
//! The WHATWG URL standard, which browsers follow: the crate `url` does that, and the feature
//! `url` converts. Looking up names.
//!
//! # A short tour
//! ```
//! use system_net_uri::{HostAddress, Uri};
//!
//! let base = Uri::parse("http://www.contoso.com/catalog/index.htm")?;
//! let item = base.combine("items/42?size=L#top")?;
//! assert_eq!(item.absolute_uri(), "http://www.contoso.com/catalog/items/42?size=L#top");
//! assert_eq!(item.segments(), ["/", "catalog/", "items/", "42"]);
//!
//! // What is connected to is an object, not a text to be read again.
//! let tricky = Uri::parse("http://0x7f.1/")?;
//! assert_eq!(tricky.host_address(), HostAddress::V4([127, 0, 0, 1].into()));
//! assert!(tricky.is_loopback());
//! # Ok::<(), system_net_uri::UriFormatError>(())
//! ```
//!
//! What differs from browsers' URLs, and from what you remember of .NET: `docs/porting/uri.md`.
//!
//! # Features
//! | feature | what |
//! |---|---|
//! | `http-types` | conversions to and from `http::Uri` |
//! | `url` | conversions to and from `url::Url` |
//! | `serde` | `Serialize` and `Deserialize` for `Uri` |
#![forbid(unsafe_code)]

pub mod address;
mod builder;
mod check;
mod compare;
mod components;
mod error;
mod escape;
mod flags;
mod host;
mod inner;
mod interop;
mod iri;
mod kinds;
mod local_path;
mod names;
mod obsolete;
mod parse;
mod parser;
mod path;
mod relative;
mod resolve;
mod settings;
mod syntax;
mod uri;
mod well_formed;

pub use builder::UriBuilder;
pub use compare::StringComparison;
pub use error::{UriFormatError, UriFormatErrorKind};
pub use host::HostAddress;
pub use kinds::{UriComponents, UriFormat, UriHostNameType, UriIdnScope, UriKind, UriPartial};
pub(crate) use names::check_scheme_name;
pub use parser::{
    FileStyleUriParser, FtpStyleUriParser, GenericUriParser, GenericUriParserOptions,
    GopherStyleUriParser, HttpStyleUriParser, LdapStyleUriParser, NetPipeStyleUriParser,
    NetTcpStyleUriParser, NewsStyleUriParser, UriParser, UriParserImpl, UriParserTable,
};
pub use settings::{PathRules, UriSettings};
pub use uri::Uri;

/// The code of the porter's page is tested with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/porting/uri.md")]
struct PortingPage;
