//! The tests of the facade.
//!
//! - `authentication_modules`: the schemes that are there from the beginning.
//! - `configuration`: what configuration files do.
//! - `configuration_lists`: what lists of files take out, and the types they name.
//! - `configuration_notes`: what files say in vain is told, whatever a program uses.
//! - `examples`: every example is run as a program against a scripted peer, its output compared.
//! - `guide_configuration`: what the guide says of configuration, and where it is shown.
//! - `listener_examples`: the examples of HttpListener.
//! - `listener_logins`: our clients log in at our listener.
//! - `http2_multiplex`: a hundred requests at once over one connection, our client at our listener.
//! - `isolation`: every class under every manifest.
//! - `kernel_policy`: what the kernel makes of permissions, in a process of its own.
//! - `login_examples`: the examples of logins and certificates.
//! - `login_module`: a login of a scheme of one's own, for the others.
//! - `names`: what the crates of the family export is here under one name.
//! - `proxies`: what `<defaultProxy>` does, seen at a proxy.
//! - `socket_examples`: the guide's socket listings, clients and servers with each other.
//! - `readme`: what README.md shows is what is compiled and run.
//! - `secrets`: a password that goes through everything a client does shows nowhere.
//! - `tls_policy`: which versions of TLS are spoken, and who decides that.
//! - `traces`: what is traced when a configuration file says so.
//! - `tcp_udp_examples`: the examples of Using TCP Services and Using UDP Services.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests have peers in threads, fail by panicking, and say what they left out"
)]

mod authentication_modules;
mod configuration;
mod configuration_lists;
mod configuration_notes;
mod examples;
mod guide_configuration;
mod http2_multiplex;
mod isolation;
#[cfg(target_os = "linux")]
mod kernel_policy;
mod listener_examples;
mod listener_logins;
mod login_examples;
mod login_module;
mod names;
mod proxies;
mod readme;
mod secrets;
mod secure_streams;
mod socket_examples;
mod tcp_udp_examples;
mod tls_policy;
mod traces;
