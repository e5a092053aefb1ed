//! The system calls std does not offer: the only unsafe code of the crate.
#![allow(
    unsafe_code,
    reason = "calls into the C library; each block says why it is sound"
)]

mod local;
mod names;

pub(crate) use local::{has_ipv6, host_name, interface_addresses};
pub(crate) use names::{Found, aliases, interface_index, look_up, name_of};
