//! Kerberos through the system's own GSS-API library, which is loaded at run time.
//!
//! A program that never logs in by Kerberos needs no such library on its machine, and nothing of it
//! is needed to build one. What is loaded is MIT Kerberos, `libgssapi_krb5.so.2`.
//!
//! # In scope
//! * [`Gssapi`]: the loaded library
//! * [`Name`], [`Credential`], [`SecurityContext`]: its objects, given back when they are dropped
//! * [`GssError`]: its errors, with kinds for what a program can do about them
//!
//! # Out of scope
//! Which names are asked for, and what goes over which wire: that is `system-net-security`, module
//! `kerberos`. The negotiation of mechanisms (SPNEGO): `system-net-security`, module `negotiate`.
//!
//! # Blocking
//! The library asks key distribution centers and reads files inside of its calls, and waits for
//! them. Times are its own settings (`krb5.conf`).
//!
//! # Unsafe code
//! This crate and the folders `sys` of sockets and network-information are the only ones with
//! unsafe code. Each block says why it is sound. Handles never leave the crate.
//!
//! To read: RFC 2743, RFC 2744 (the C bindings), RFC 4121 (Kerberos).
//!
//! # Example
//! ```
//! use system_net_gssapi::{Flags, GssError, GssErrorKind, Gssapi, Initiation, KERBEROS, NameKind};
//! use system_net_gssapi::SecurityContext;
//!
//! fn first_token(service: &str) -> Result<Option<Vec<u8>>, GssError> {
//!     let library = Gssapi::load()?;
//!     let target = library.import_name(service, NameKind::Principal)?;
//!     let mut context = SecurityContext::new(&library);
//!     let what = Initiation::new(&target, KERBEROS, Flags::MUTUAL);
//!     Ok(context.initiate(&what, None)?.token)
//! }
//!
//! match first_token("HTTP/www.example.com@EXAMPLE.COM") {
//!     Ok(token) => assert!(token.is_some()),
//!     // No library, no ticket, no realm of that name.
//!     Err(error) => assert_ne!(error.kind(), GssErrorKind::Other, "{error}"),
//! }
//! ```
#![allow(
    unsafe_code,
    reason = "calls into the GSS-API library; each block says why it is sound"
)]

mod abi;
mod buffer;
mod context;
mod credential;
mod error;
mod flags;
mod library;
mod name;
mod status;

pub use context::{Acceptance, ContextStep, Initiation, SecurityContext, Unwrapped};
pub use credential::{Credential, CredentialStore, CredentialUse};
pub use error::{GssError, GssErrorKind};
pub use flags::Flags;
pub use library::Gssapi;
pub use name::{Name, NameKind};

/// Kerberos 5: 1.2.840.113554.1.2.2, in DER without tag and length.
pub const KERBEROS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
