//! NTLM: a login with a password that never travels, client and server side.
//!
//! Version 2 with the check of all messages, the target's name, the time and the channel binding,
//! always. Version 1 and its LM answer are broken and refused unless they are asked for by name.
//!
//! A login proves the client to the server, not the server to the client. It belongs to the
//! connection it was made on.
//!
//! To read: [MS-NLMP].

mod client;
mod fields;
mod flags;
mod keys;
mod messages;
mod own_challenges;
mod provider;
mod server;
mod session;
mod target_info;
#[cfg(test)]
mod tests;
mod user_file;

pub use client::{NtlmClient, NtlmClientOptions, NtlmVersion};
pub use keys::NtHash;
pub use own_challenges::OwnChallenges;
pub use provider::NtlmProvider;
pub use server::{NtlmAccounts, NtlmServer, NtlmServerOptions};

/// 1.3.6.1.4.1.311.2.2.10
pub(crate) const OID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];

/// The longest message that is read. Messages of real peers are a few hundred bytes; the name
/// fields could each be 64 KiB.
const MAX_MESSAGE: usize = 64 * 1024;
