//! Logins at a listener: who may log in, by which schemes, and what becomes of those who do not.
//!
//! - `schemes`: the schemes that a listener can ask for
//! - `properties`: the members of the listener that are about logins
//! - `rules`: what these members set
//! - `gate`: the way of a request past the rules
//! - `covered`: bodies that a login covers
//! - `logins`: the messages of one login after the other, kept by its connection
//! - `identity`: who has logged in
//! - `service_names`: the names that the prefixes stand for
//!
//! To read: RFC 9110 section 11, RFC 4559 (Negotiate), [MS-NTHT] (NTLM), the guide's "Extended
//! Protection for Server Applications".

mod covered;
mod gate;
mod identity;
#[cfg(feature = "kerberos")]
#[path = "with_kerberos.rs"]
mod kerberos;
#[cfg(not(feature = "kerberos"))]
#[path = "without_kerberos.rs"]
mod kerberos;
mod logins;
mod properties;
mod rules;
mod schemes;
mod service_names;

pub(crate) use covered::{Covered, HeldBody, INFO, KnownBody, ResponseProof, TrailingProof};
pub(crate) use gate::{Field, admit};
pub(crate) use identity::Identity;
pub use identity::{HttpListenerBasicIdentity, HttpListenerIdentity};
pub(crate) use logins::Logins;
pub use properties::{AuthenticationSchemeSelector, ExtendedProtectionSelector};
pub(crate) use rules::{Gatekeeper, machine_name};
pub use schemes::AuthenticationSchemes;
pub(crate) use service_names::default_service_names;
