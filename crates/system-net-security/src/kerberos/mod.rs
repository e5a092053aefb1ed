//! Kerberos: a login by tickets that a key distribution center (KDC) of the user's realm gives out.
//! Client and server side, over the system's own library, which is loaded at run time.
//!
//! The password never travels, the server proves itself as well, and the login is bound to the
//! service and to the TLS channel.
//!
//! # Blocking
//! A client's first [`step`](crate::mechanism::Mechanism::step) asks the KDC unless the ticket is
//! there already, and waits as long as the library does (`krb5.conf`): asynchronous code calls it
//! where it may block. All other steps only read and write local files.
//!
//! To read: RFC 4120, RFC 4121, RFC 4559, [MS-KILE].

mod client;
mod credential;
mod failure;
mod protection;
mod provider;
mod server;

use std::path::PathBuf;

use system_net_gssapi::{GssError, Gssapi};

pub use client::{KerberosClient, KerberosClientOptions, KerberosDelegation};
pub use provider::KerberosProvider;
pub use server::{KerberosServer, KerberosServerOptions};

/// The system's library, or the one in this file.
fn library(path: Option<&PathBuf>) -> Result<Gssapi, GssError> {
    match path {
        Some(path) => Gssapi::load_from(path),
        None => Gssapi::load(),
    }
}
