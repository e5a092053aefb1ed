//! Extended protection: what ties a login to the channel it is made through and to the service it
//! is meant for, so that nobody in between can pass it on.
//!
//! A client sends two things inside of its login, where they cannot be changed: the *channel
//! binding*, a value of the TLS channel below, and the *service name* it wants to talk to. A
//! server compares them with what it sees itself, as its [`ExtendedProtectionPolicy`] says.
//!
//! Plain values and decisions without I/O. To read: RFC 5056, RFC 5929, RFC 9266, [MS-NLMP]
//! section 3.1.5.1.2, RFC 4121 section 4.1.1.
//!
//! .NET: `System.Security.Authentication.ExtendedProtection`

mod channel_binding;
mod outcome;
mod policy;
mod service_names;
mod signature_hash;
#[cfg(test)]
mod tests;
mod transport_context;

pub use channel_binding::{ChannelBinding, ChannelBindingKind};
pub use outcome::{BindingCheck, Presented, Refusal};
pub use policy::ExtendedProtectionPolicy;
pub use service_names::ServiceNameCollection;
pub use system_net_primitives::{PolicyEnforcement, ProtectionScenario};
pub use transport_context::TransportContext;
