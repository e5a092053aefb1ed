//! The system calls std does not offer: the only unsafe code of the crate.
#![allow(
    unsafe_code,
    reason = "calls into the C library; each block says why it is sound"
)]

mod address;
mod calls;
mod control;
mod descriptor;
mod file;
mod local;
mod names;
mod option;

pub(crate) use address::RawAddress;
pub(crate) use calls::{
    MAX_BUFFERS, SIOCATMARK, accept, available, bind, connect, effective_user, has_urgent_data,
    is_at_mark, is_nonblocking, listen, local_address, peer_address, receive, receive_from,
    receive_message, retry, send, send_message, send_to, set_nonblocking, shutdown, socket, unsent,
    wait, wait_for_any,
};
pub(crate) use control::Control;
pub(crate) use descriptor::{Descriptor, Held, NotTaken};
pub(crate) use file::send_file;
pub(crate) use local::{has_ipv6, host_name, interface_addresses};
pub(crate) use names::{Found, aliases, interface_index, look_up, name_of};
pub(crate) use option::{
    get as get_option, get_i32 as get_option_i32, get_time_option, set as set_option,
    set_i32 as set_option_i32, time_value,
};
