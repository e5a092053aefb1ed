//! What a security context is asked for, and what it came to.

use std::ops::{BitAnd, BitOr, BitOrAssign};

/// Properties of a security context, RFC 2744 section 5.19 and the extensions of MIT Kerberos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u32);

impl Flags {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// The acceptor may act for the initiator elsewhere: `GSS_C_DELEG_FLAG`.
    pub const DELEGATE: Self = Self(1);
    /// The acceptor proves itself, too: `GSS_C_MUTUAL_FLAG`.
    pub const MUTUAL: Self = Self(2);
    /// A message that comes twice is noticed: `GSS_C_REPLAY_FLAG`.
    pub const REPLAY: Self = Self(4);
    /// A message that is not the next one is noticed: `GSS_C_SEQUENCE_FLAG`.
    pub const SEQUENCE: Self = Self(8);
    /// Messages can be hidden: `GSS_C_CONF_FLAG`.
    pub const CONFIDENTIALITY: Self = Self(16);
    /// Messages can be signed: `GSS_C_INTEG_FLAG`.
    pub const INTEGRITY: Self = Self(32);
    /// Asked for: the initiator knows of channel bindings, so an acceptor that has one must not
    /// take a login without. Got by the acceptor: the bindings were compared and are the same.
    /// `GSS_C_CHANNEL_BOUND_FLAG`: MIT Kerberos 1.19 and later give it, 1.21 and later send it.
    pub const CHANNEL_BOUND: Self = Self(0x800);
    /// Delegate if the realm trusts the acceptor with that: `GSS_C_DELEG_POLICY_FLAG`, RFC 5896.
    pub const DELEGATE_IF_TRUSTED: Self = Self(0x8000);

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The number of the C bindings.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Flags {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}
