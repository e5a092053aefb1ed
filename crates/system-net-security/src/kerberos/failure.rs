//! What the library's errors mean for a login, and what to do about them.

use system_net_gssapi::{GssError, GssErrorKind};

use crate::mechanism::{LogonError, LogonErrorKind};

/// Which side it happened on: the same error asks for different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

pub(super) fn failure(side: Side, error: GssError) -> LogonError {
    let kind = kind_of(side, error.kind());
    let message = match advice(side, error.kind()) {
        "" => error.to_string(),
        advice => format!("{error}; {advice}"),
    };
    let failure = LogonError::new(kind, message);
    match error.kind() {
        // Only here is more to say: what the dynamic linker says.
        GssErrorKind::LibraryMissing => failure.with_source(error),
        _ => failure,
    }
}

fn kind_of(side: Side, kind: GssErrorKind) -> LogonErrorKind {
    match kind {
        GssErrorKind::LibraryMissing
        | GssErrorKind::NotInThisVersion
        | GssErrorKind::UnknownMechanism
        | GssErrorKind::RealmUnreachable => LogonErrorKind::Unavailable,
        GssErrorKind::CredentialsExpired if side == Side::Server => LogonErrorKind::Refused,
        GssErrorKind::BadName
        | GssErrorKind::NoCredentials
        | GssErrorKind::CredentialsExpired
        | GssErrorKind::UnknownService
        | GssErrorKind::UnknownUser => LogonErrorKind::NoCredentials,
        GssErrorKind::WrongPassword | GssErrorKind::RefusedByRealm => LogonErrorKind::Refused,
        GssErrorKind::ClockSkew => LogonErrorKind::ClockSkew,
        GssErrorKind::BindingsDiffer => LogonErrorKind::BindingDiffers,
        GssErrorKind::DefectiveToken => LogonErrorKind::InvalidToken,
        GssErrorKind::OutOfSequence | GssErrorKind::BadSignature => LogonErrorKind::Tampered,
        GssErrorKind::ContextState => LogonErrorKind::InvalidState,
        _ if side == Side::Server => LogonErrorKind::InvalidToken,
        _ => LogonErrorKind::Unavailable,
    }
}

const fn advice(side: Side, kind: GssErrorKind) -> &'static str {
    match (side, kind) {
        (Side::Client, GssErrorKind::NoCredentials) => {
            "get a ticket with kinit, or give a user name and a password"
        }
        (Side::Client, GssErrorKind::CredentialsExpired) => "get a new ticket with kinit",
        (Side::Client, GssErrorKind::UnknownService) => {
            "the service must be registered in its realm under the name that is asked for (SPN)"
        }
        (Side::Client, GssErrorKind::UnknownUser) => {
            "check the user's name and realm: capitals count, and realms have them as a rule"
        }
        (Side::Client, GssErrorKind::WrongPassword) => "the password is wrong",
        (_, GssErrorKind::RealmUnreachable) => {
            "the realm's servers are found by krb5.conf or by the name service; realms are spelled \
             in capitals as a rule"
        }
        (_, GssErrorKind::ClockSkew) => "set the clocks",
        (Side::Server, GssErrorKind::NoCredentials) => {
            "the keytab must be readable and hold the service's current key"
        }
        (Side::Server, GssErrorKind::BindingsDiffer) => {
            "the login was made through another TLS channel and may have been passed on by somebody \
             in between"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind that a program can do something about has the kind of logins that says so.
    #[test]
    fn kinds_of_failures() {
        use GssErrorKind as Gss;
        use LogonErrorKind as Logon;
        for (side, kind, expected) in [
            (Side::Client, Gss::LibraryMissing, Logon::Unavailable),
            (Side::Client, Gss::RealmUnreachable, Logon::Unavailable),
            (Side::Client, Gss::NoCredentials, Logon::NoCredentials),
            (Side::Client, Gss::CredentialsExpired, Logon::NoCredentials),
            (Side::Client, Gss::UnknownService, Logon::NoCredentials),
            (Side::Client, Gss::UnknownUser, Logon::NoCredentials),
            (Side::Client, Gss::WrongPassword, Logon::Refused),
            (Side::Client, Gss::RefusedByRealm, Logon::Refused),
            (Side::Client, Gss::ClockSkew, Logon::ClockSkew),
            (Side::Server, Gss::ClockSkew, Logon::ClockSkew),
            (Side::Server, Gss::BindingsDiffer, Logon::BindingDiffers),
            (Side::Server, Gss::DefectiveToken, Logon::InvalidToken),
            (Side::Server, Gss::NoCredentials, Logon::NoCredentials),
            (Side::Server, Gss::CredentialsExpired, Logon::Refused),
            (Side::Server, Gss::OutOfSequence, Logon::Tampered),
            (Side::Server, Gss::Other, Logon::InvalidToken),
            (Side::Client, Gss::Other, Logon::Unavailable),
        ] {
            assert_eq!(kind_of(side, kind), expected, "{side:?} {kind:?}");
        }
    }
}
