//! The class `Dns`: names to addresses, addresses to names.
//!
//! - `host_entry`: what is known of a host
//! - `services`: what a context keeps: the resolver, the peers' names
//! - `current`: the resolver of a context as connectors ask it
//! - `rules`: what each member asks, in which order, and what it refuses; one for all forms
//! - `blocking`, `asynchronous`, `begin_end`: the three forms of each member, in a context
//! - `obsolete`: the members that obey the `ipv6` switch
//! - `global`: the same in the global context

mod asynchronous;
#[cfg(feature = "tokio")]
mod begin_end;
mod blocking;
#[cfg(feature = "tokio")]
mod current;
mod global;
mod host_entry;
mod obsolete;
mod peer_names;
mod rules;
mod services;
#[cfg(feature = "tokio")]
mod wait;
#[cfg(not(feature = "tokio"))]
#[path = "wait_parked.rs"]
mod wait;

#[cfg(feature = "tokio")]
pub(crate) use current::{current_resolver, refused};
pub(crate) use global::addresses_of_host;
#[cfg(any(feature = "tokio", target_os = "linux", target_os = "android"))]
pub(crate) use global::addresses_of_host_later;
pub use host_entry::IpHostEntry;
pub use peer_names::PeerNames;

/// Looks names up.
///
/// Each member has three forms: it blocks; with `_async` it is a future, which dropping cancels;
/// with `begin_` and `end_` (feature `tokio`) it runs on the background runtime. The forms whose
/// names end in `_in` take a context, whose resolver ([`set_resolver_in`](Self::set_resolver_in))
/// answers; the others are one-line forwards to the global one. Without a resolver of its own a
/// context asks the system, [`SystemResolver`](crate::SystemResolver); blocking members then make
/// the system calls on the calling thread.
///
/// - An IP address never goes to a name service as a name.
/// - A name that is not ASCII is looked up as `xn--...`.
/// - An empty name is this machine's own.
/// - A name below `.pnrp.net` is asked of the [`PeerNames`] of the context, if there are any.
/// - A machine without IPv6 addresses is told none of others. The `ipv6` switch of the settings
///   is obeyed by the obsolete members alone: `resolve`, `get_host_by_name`,
///   `get_host_by_address`.
/// - A context whose configuration file could not be read looks nothing up: every form of every
///   member that takes a name or an address says so, with file, line and column.
///
/// .NET: `System.Net.Dns`
///
/// # Limits
/// A name has at most 255 characters, the 255th being a dot.
///
/// # Blocking
/// The blocking forms wait for the name service, whose own time-outs end it: with glibc, 5 seconds
/// times two tries for each name server. `TimeLimitResolver` sets another limit.
///
/// # Differences from .NET
/// - [`IpHostEntry::aliases`] are filled in: the names that led to the canonical one (CNAME
///   records), and those beside it in the hosts file. .NET leaves them empty with most members.
///   It takes one more question, asked only if the name turned out to be an alias.
/// - This machine's own name has the addresses of its interfaces, even if no name service knows
///   it.
///
/// # Examples
/// ```
/// use system_net_sockets::Dns;
///
/// let addresses = Dns::get_host_addresses("localhost")?;
/// assert!(addresses.iter().all(|address| address.is_loopback()));
/// # Ok::<(), system_net_sockets::SocketError>(())
/// ```
#[derive(Debug)]
pub enum Dns {}
