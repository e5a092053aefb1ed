//! Schemes of authentication, as they are met byte by byte.

use super::names::Field;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scheme {
    pub(super) kind: Field,
    /// How many bytes of it there are.
    pub(super) length: u8,
    /// The schemes that it may be yet, one bit each.
    pub(super) candidates: u16,
}

const SCHEMES: &[&[u8]] = &[
    b"basic",
    b"digest",
    b"bearer",
    b"negotiate",
    b"ntlm",
    b"kerberos",
    b"plain",
    b"login",
    b"xoauth2",
    b"cram-md5",
    b"gssapi",
    b"tls",
    b"ssl",
];

/// Of them those whose challenges hold no secret.
pub(super) const OPEN_CHALLENGES: usize = 3;

impl Scheme {
    pub(super) const fn new(kind: Field) -> Self {
        Self {
            kind,
            length: 0,
            candidates: (1 << SCHEMES.len()) - 1,
        }
    }

    /// With one byte more.
    pub(super) fn with(self, byte: u8) -> Self {
        let place = usize::from(self.length);
        let mut candidates = self.candidates;
        for (bit, scheme) in SCHEMES.iter().enumerate() {
            if scheme.get(place) != Some(&byte) {
                candidates &= !(1 << bit);
            }
        }
        Self {
            length: self.length.saturating_add(1),
            candidates,
            ..self
        }
    }

    /// The scheme that it is.
    pub(super) fn known(self) -> Option<usize> {
        SCHEMES.iter().enumerate().position(|(bit, scheme)| {
            self.candidates & (1 << bit) != 0 && scheme.len() == usize::from(self.length)
        })
    }
}
