//! Logins: reading challenges, answering them, and checking the answers.
//!
//! Everything here is plain values without I/O, time or threads. A client gives the fields of a
//! 401 or 407 response to [`Challenges::parse`], asks [`AuthenticationModules::authenticate`] for
//! an [`Authorization`], and sends its message. A server writes the challenge of a scheme's server
//! value, [`BasicServer`] or [`DigestServer`], and gives it the `Authorization` field that comes back.
//!
//! Schemes plug in as [`AuthenticationModule`]s. Those with several legs keep what they must
//! remember between the legs in the [`AuthenticationState`] that travels with the request.

mod authorization;
mod basic;
mod body_proof;
mod challenge;
mod credential_policy;
mod custom_target_names;
mod digest;
mod level;
mod logon;
mod module;
mod modules;
mod protection_space;

pub use authorization::Authorization;
pub use basic::{Basic, BasicCredentials, BasicRefusal, BasicServer};
pub use body_proof::BodyProof;
pub use challenge::{Challenge, Challenges};
pub use credential_policy::{CredentialPolicy, CredentialUse, IntranetZoneCredentialPolicy};
pub use custom_target_names::CustomTargetNameDictionary;
pub use digest::{
    Digest, DigestAccepted, DigestAlgorithm, DigestBody, DigestHash, DigestRefusal, DigestRequest,
    DigestSecret, DigestServer, DigestServerOptions,
};
pub use level::AuthenticationLevel;
pub use logon::LogonModule;
pub use module::{AuthenticationModule, AuthenticationRequest, AuthenticationState, Update};
pub use modules::{AuthenticationAnswer, AuthenticationModules, PreAuthentication};
pub use protection_space::ProtectionSpace;
