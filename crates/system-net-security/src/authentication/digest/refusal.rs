//! Why a server does not let a client in.

use std::fmt;

/// Why Digest credentials were not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestRefusal {
    /// The field belongs to another scheme.
    OtherScheme,
    /// The field is not one of Digest: something is missing, twice there, or not what it must be.
    Malformed,
    /// Realm, algorithm, protection or opaque are not what was offered.
    NotOffered,
    /// The field is about another target than the request.
    OtherTarget,
    /// The proof covers the body, and the body was not given.
    BodyNeeded,
    /// The user is unknown, the password is wrong, or the request was changed on the way.
    WrongPassword,
    /// The proof is right, but the nonce has become too old, or is of an earlier process.
    Stale,
    /// The proof is right, but came before: the number of the request was used already.
    Replayed,
}

impl DigestRefusal {
    /// Whether the challenge that answers it says `stale=true`, so that the client tries again
    /// without asking its user.
    #[must_use]
    pub const fn is_stale(self) -> bool {
        matches!(self, Self::Stale | Self::Replayed)
    }

    /// The status to answer with: 400 for what is no login (RFC 7616 section 3.4), else 401; a
    /// proxy says 407 for that.
    #[must_use]
    pub const fn status_code(self) -> u16 {
        match self {
            Self::Malformed | Self::OtherTarget => 400,
            _ => 401,
        }
    }
}

impl fmt::Display for DigestRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherScheme => "the credentials are not for the Digest scheme",
            Self::Malformed => "the Digest credentials are malformed",
            Self::NotOffered => {
                "the Digest credentials have a realm, an algorithm, a protection or an opaque that \
                 was not offered"
            }
            Self::OtherTarget => "the Digest credentials are for another target than the request",
            Self::BodyNeeded => "the Digest credentials cover the body, and there is none to check",
            Self::WrongPassword => "the user is unknown or the password is wrong",
            Self::Stale => "the nonce is too old or not of this server",
            Self::Replayed => "the Digest credentials were used before",
        })
    }
}

impl std::error::Error for DigestRefusal {}
