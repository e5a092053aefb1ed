//! The System.Net programming model for Rust: one request API over `http:`, `https:`, `file:` and
//! your own schemes, blocking or asynchronous, with the names, defaults and errors that .NET
//! programs know.
//!
//! This crate is the front door: everything of the family under one name, as everything of
//! System.Net is under one namespace. It holds no code of its own.
//!
//! # A first program
//! The first program of the .NET network programming guide:
//! ```no_run
//! use system_net::prelude::*;
//!
//! fn main() -> Result<(), WebError> {
//!     // Create a request for the URL.
//!     let mut request = WebRequest::create("http://www.contoso.com/default.html")?;
//!     // If required by the server, set the credentials.
//!     request.set_credentials(Some(CredentialCache::default_credentials()))?;
//!     // Get the response.
//!     let response = request.get_response()?;
//!     // Display the status.
//!     println!("{}", response.as_http().map_or("", |http| http.status_description()));
//!     // Read and display the content.
//!     println!("{}", response.into_string()?);
//!     Ok(())
//! }
//! ```
//!
//! # How names are found
//! A type keeps its .NET name, with acronyms as words (`IPEndPoint` is [`IpEndPoint`]); an
//! interface loses its `I` ([`Credentials`]), an exception is an error ([`WebError`]). A member is
//! the .NET name in snake case: the property `AllowAutoRedirect` is `allow_auto_redirect()` and
//! `set_allow_auto_redirect(..)`. The search of this documentation finds the .NET names as well.
//!
//! # Blocking, asynchronous, Begin and End
//! Every operation that waits has all three forms over one implementation: `get_response()`,
//! `get_response_async()`, `begin_get_response(..)` with `end_get_response(..)`. The blocking form
//! needs no runtime and may be called inside one.
//!
//! # Errors
//! A request that fails gives a [`WebError`]: its [`status`](WebError::status) is the
//! [`WebExceptionStatus`] of .NET, set where the phase is known; its
//! [`advice`](WebError::advice) says what to do.
//! ```
//! use system_net::prelude::*;
//!
//! # fn refused() -> u16 {
//! #     std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
//! # }
//! # let port = refused();
//! let mut request = WebRequest::create(format!("http://127.0.0.1:{port}/"))?;
//! let error = request.get_response().unwrap_err();
//! assert_eq!(error.status(), WebExceptionStatus::ConnectFailure);
//! assert!(!error.advice().is_empty());
//! # Ok::<(), WebError>(())
//! ```
//!
//! # State that .NET keeps in static members
//! Service points, registered prefixes, settings and TLS trust live in a [`NetContext`]. The
//! members that are static in .NET use [`NetContext::global`]; each has a twin that takes a context
//! (`create` and `create_in`), so that tests and parts of a program do not disturb each other.
//!
//! # Examples
//! The folder `examples` holds the programs of the guide's how-tos, among them `howto_get`,
//! `howto_post`, `client_get_async`, `register_custom_protocol`, `handle_errors` and
//! `download_progress`. Each runs alone: `cargo run -p system-net --example howto_get`.
//!
//! # Features
//! | feature | what | in `default` |
//! |---|---|---|
//! | `requests` | [`WebRequest`], [`HttpWebRequest`], [`FileWebRequest`], [`WebClient`], [`ServicePointManager`] | yes |
//! | `http-listener` | `HttpListener` | yes |
//! | `security` | TLS, logins, permissions: [`SslStream`], [`NegotiateStream`], [`AuthenticationManager`] | yes |
//! | `sockets` | [`Socket`], [`TcpClient`], [`TcpListener`], [`UdpClient`], [`SocketAsyncEventArgs`], [`Dns`], [`Connector`] | yes |
//! | `trace` | traces of what the classes do | yes |
//! | `web-proxy` | [`WebProxy`], [`Proxy`], [`DefaultWebProxy`] | yes |
//! | `xml` | settings from files in the XML form of .NET | yes |
//! | `kerberos` | Kerberos logins, by the system's GSS-API, which is loaded when one is made | yes |
//! | `landlock` | permissions that the kernel of Linux enforces | yes |
//! | `brotli`, `zstd` | responses in these codings | yes |
//! | `aws-lc-rs` | the cryptography of TLS, with hybrid post-quantum key exchange | yes |
//! | `ring` | the same, smaller and without key exchange of that kind; where both are on, `aws-lc-rs` is used | no |
//! | `pkcs12` | certificates in PKCS #12 files, encrypted private keys | no |
//! | `serde` | `Serialize` and `Deserialize` for [`Uri`] | no |
//! | `url` | conversions to and from `url::Url` | no |
//! | `full` | all of the above but `ring` | no |
//! | `hickory` | `HickoryResolver`: name servers of one's own choice, DNS over HTTPS | no |
//! | `test-util` | a throw-away certificate authority, listeners for tests | no |
//!
//! Always there: [`Uri`], headers, cookies, credentials, addresses, status codes, [`WebUtility`],
//! [`Event`], [`AsyncResult`], [`NetContext`].
//!
//! # What it is not
//! Not a faster reqwest, not a web framework, not an HTTP/3 stack (yet), not an imitator of browsers.
#![forbid(unsafe_code)]

pub mod prelude;

#[doc(inline)]
pub use system_net_config::*;
#[cfg(feature = "http-listener")]
#[doc(inline)]
pub use system_net_http_listener::*;
#[doc(inline)]
pub use system_net_primitives::*;
#[cfg(feature = "requests")]
#[doc(inline)]
pub use system_net_requests::*;
#[cfg(feature = "security")]
#[doc(inline)]
pub use system_net_security::*;
#[cfg(feature = "sockets")]
#[doc(inline)]
pub use system_net_sockets::*;
#[doc(inline)]
pub use system_net_uri::*;
#[cfg(feature = "web-proxy")]
#[doc(inline)]
pub use system_net_web_proxy::*;

/// A boxed future that owns what it needs; what authors of protocols return.
// `system-net-sockets` has one of its own, for resolvers: the `dyn` form of theirs is the same.
#[cfg(feature = "requests")]
pub use system_net_requests::BoxFuture;

/// Network traces: listeners of your own, and what they hear.
#[cfg(feature = "trace")]
pub use system_net_diagnostics as diagnostics;

/// What drives the futures: [`block_on`](runtime::block_on), the background runtime, transports,
/// timers. For authors of protocols.
#[cfg(any(feature = "security", feature = "sockets"))]
pub use system_net_runtime as runtime;
