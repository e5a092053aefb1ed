//! Turning the library's two status numbers into an error.

use std::ptr;

use crate::KERBEROS;
use crate::abi::{Oid, Status};
use crate::buffer::Output;
use crate::error::{GssError, GssErrorKind};
use crate::library::Gssapi;

/// What was being done: the first words of the message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    Name,
    Credential,
    Store,
    Initiate,
    Accept,
    Inquire,
    Message,
}

impl Call {
    const fn words(self) -> &'static str {
        match self {
            Self::Name => "a Kerberos name cannot be used",
            Self::Credential => "Kerberos credentials cannot be had",
            Self::Store => "Kerberos credentials cannot be stored",
            Self::Initiate => "the Kerberos login cannot be made",
            Self::Accept => "the Kerberos login cannot be accepted",
            Self::Inquire => "the Kerberos login cannot be asked about",
            Self::Message => "a message of the Kerberos login cannot be protected or read",
        }
    }
}

/// RFC 2744 section 3.9.1: calling errors, routine errors, supplementary information.
const ERRORS: Status = 0xffff_0000;
const SUPPLEMENTARY: Status = 0x0000_ffff;
/// `GSS_S_CONTINUE_NEEDED`: no error, the peer's token is due.
pub(crate) const CONTINUE_NEEDED: Status = 1;

/// Fails on any error, and on supplementary information but "continue": a token that is old, came
/// twice or out of turn.
pub(crate) fn check(
    library: &Gssapi,
    call: Call,
    major: Status,
    minor: Status,
) -> Result<(), GssError> {
    let supplementary = major & SUPPLEMENTARY & !CONTINUE_NEEDED;
    if major & ERRORS == 0 && supplementary == 0 {
        return Ok(());
    }
    let kind = kind_of(major, minor.cast_signed());
    let message = format!(
        "{}: {}",
        call.words(),
        said_by_library(library, major, minor)
    );
    Err(GssError::of_status(kind, message, (major, minor)))
}

/// `G_*` and `KG_*` of MIT Kerberos: the tables `ggss` and `k5g`.
const K5G: i32 = 39_756_032;
/// The table `krb5`: the errors of the protocol, RFC 4120 section 7.5.9, and the library's own.
const KRB5: i32 = -1_765_328_384;

/// The mechanism's status tells most; where it tells nothing, the major one.
fn kind_of(major: Status, minor: i32) -> GssErrorKind {
    use GssErrorKind::{
        BadName, BadSignature, BindingsDiffer, ClockSkew, ContextState, CredentialsExpired,
        DefectiveToken, NoCredentials, OutOfSequence, RealmUnreachable, RefusedByRealm,
        UnknownService, UnknownUser, WrongPassword,
    };
    match major & ERRORS {
        0x0004_0000 => return BindingsDiffer,
        0x0001_0000 => return GssErrorKind::UnknownMechanism,
        _ => {}
    }
    let by_minor = match minor.wrapping_sub(KRB5) {
        6 => Some(UnknownUser),
        7 => Some(UnknownService),
        1 | 2 | 12 | 18 | 23 | 13 | 14 | 222 => Some(RefusedByRealm),
        24 | 210 => Some(WrongPassword),
        29 | 154 | 156 | 217 | 220 => Some(RealmUnreachable),
        // Of the peer's ticket, or of the answer of the KDC to a wrong password.
        31 if major & ERRORS == NO_CREDENTIALS => Some(WrongPassword),
        31 | 36 | 41 => Some(BadSignature),
        32 => Some(CredentialsExpired),
        33 | 37 => Some(ClockSkew),
        34 => Some(OutOfSequence),
        // The keytab has no key for what the ticket is for.
        35 | 44 | 45 | 144 | 181 | 230 => Some(NoCredentials),
        141 | 185 | 193 | 194 | 195 => Some(NoCredentials),
        135 | 224 => Some(NoCredentials),
        _ => None,
    };
    let by_minor = by_minor.or_else(|| match minor.wrapping_sub(K5G) {
        0..=2 | 12 => Some(NoCredentials),
        _ => None,
    });
    by_minor.unwrap_or(match major & ERRORS {
        0x0002_0000 | 0x0003_0000 => BadName,
        0x0006_0000 => BadSignature,
        NO_CREDENTIALS | 0x000a_0000 => NoCredentials,
        0x0009_0000 => DefectiveToken,
        0x000b_0000 => CredentialsExpired,
        0x0008_0000 | 0x000c_0000 => ContextState,
        0x000f_0000 => RefusedByRealm,
        0 => OutOfSequence,
        _ => GssErrorKind::Other,
    })
}

/// `GSS_S_NO_CRED`
const NO_CREDENTIALS: Status = 0x0007_0000;

/// What the library says, the mechanism's own words first: those of the major status are general.
fn said_by_library(library: &Gssapi, major: Status, minor: Status) -> String {
    let general = words(library, major, 1);
    if minor == 0 {
        return general;
    }
    match words(library, minor, 2) {
        special if special.is_empty() => general,
        special => format!("{special} ({general})"),
    }
}

/// The texts of a status: `GSS_C_GSS_CODE` is 1, `GSS_C_MECH_CODE` 2.
fn words(library: &Gssapi, status: Status, kind: i32) -> String {
    /// More than any status has.
    const MOST: usize = 8;
    let mechanism = Oid::of(KERBEROS);
    let mut parts: Vec<String> = Vec::new();
    let mut position = 0;
    for _ in 0..MOST {
        let mut text = Output::new(library);
        let mut minor = 0;
        // SAFETY: the identifier lives until the call ends; the buffer is empty and filled by the
        // library, the position is its own and begins at 0.
        let major = unsafe {
            let display = library.functions().display_status;
            display(
                &raw mut minor,
                status,
                kind,
                match kind {
                    1 => ptr::null(),
                    _ => &raw const mechanism,
                },
                &raw mut position,
                text.as_mut(),
            )
        };
        if major & ERRORS != 0 {
            break;
        }
        parts.push(text.to_text());
        if position == 0 {
            break;
        }
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_status() {
        #[track_caller]
        fn check(major: Status, minor: i32, expected: GssErrorKind) {
            assert_eq!(kind_of(major, minor), expected);
        }
        const FAILURE: Status = 0x000d_0000;
        check(FAILURE, -1_765_328_377, GssErrorKind::UnknownService);
        check(FAILURE, -1_765_328_378, GssErrorKind::UnknownUser);
        check(FAILURE, -1_765_328_360, GssErrorKind::WrongPassword);
        check(FAILURE, -1_765_328_366, GssErrorKind::RefusedByRealm);
        check(FAILURE, -1_765_328_228, GssErrorKind::RealmUnreachable);
        check(FAILURE, -1_765_328_230, GssErrorKind::RealmUnreachable);
        check(FAILURE, -1_765_328_164, GssErrorKind::RealmUnreachable);
        check(FAILURE, -1_765_328_347, GssErrorKind::ClockSkew);
        check(FAILURE, -1_765_328_189, GssErrorKind::NoCredentials);
        check(FAILURE, -1_765_328_352, GssErrorKind::CredentialsExpired);
        check(NO_CREDENTIALS, -1_765_328_353, GssErrorKind::WrongPassword);
        check(FAILURE, -1_765_328_353, GssErrorKind::BadSignature);
        check(NO_CREDENTIALS, 39_756_033, GssErrorKind::NoCredentials);
        check(0x0004_0000, 0, GssErrorKind::BindingsDiffer);
        check(0x0001_0000, 0, GssErrorKind::UnknownMechanism);
        check(0x0009_0000, 0, GssErrorKind::DefectiveToken);
        check(2, 0, GssErrorKind::OutOfSequence);
        check(16, 0, GssErrorKind::OutOfSequence);
        check(FAILURE, 12, GssErrorKind::Other);
    }
}
