//! The cryptography under TLS: chosen by the crate's features, handed over explicitly and never
//! installed as the default of the process.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc_rs;
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
mod ring;

#[cfg(feature = "aws-lc-rs")]
pub(super) use aws_lc_rs::{crypto, ticketer};
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
pub(super) use ring::{crypto, ticketer};

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
compile_error!(
    "system-net-security needs a cryptography: enable the feature `aws-lc-rs` or `ring`"
);
