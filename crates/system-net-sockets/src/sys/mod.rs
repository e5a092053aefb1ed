//! The system calls std does not offer: the only unsafe code of the crate.
#![allow(
    unsafe_code,
    reason = "calls into the C library; each block says why it is sound"
)]

mod names;

pub(crate) use names::{interface_index, look_up};
