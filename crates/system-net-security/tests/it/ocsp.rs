//! Stapled OCSP responses, made by OpenSSL: what they let through, and what not.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use system_net_primitives::FakeClock;
use system_net_security::{
    TlsAcceptor, TlsClientOptions, TlsError, TlsErrorKind, TlsServerIdentity, TlsServerOptions,
    TlsVersion, TrustProblem, certificates_from_pem,
};
use system_net_uri::HostAddress;

use crate::pair::{connector, shake};

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/conformance/ocsp/", $name)).as_slice()
    };
}

/// When the responses were made: 2026-11-23, 20:03:45 UTC.
const MADE: u64 = 1_795_464_225;
const DAY: u64 = 24 * 60 * 60;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn leaf() -> TlsServerIdentity {
    TlsServerIdentity::from_pem(file!("leaf.pem"), file!("leaf.key")).unwrap()
}

fn trusting() -> TlsClientOptions {
    TlsClientOptions {
        use_system_roots: false,
        extra_roots: certificates_from_pem(file!("ca.pem")).unwrap(),
        clock: Arc::new(FakeClock::starting_at(at(MADE + DAY / 2))),
        ..TlsClientOptions::default()
    }
}

fn requiring() -> TlsClientOptions {
    TlsClientOptions {
        require_revocation_status: true,
        ..trusting()
    }
}

fn connect(
    options: &TlsClientOptions,
    identity: &TlsServerIdentity,
    response: &[u8],
) -> Result<(), TlsError> {
    let connected = |newest| {
        let mut server = TlsServerOptions::new(identity.with_ocsp_response(response.to_vec()));
        server.max_version = Some(newest);
        let acceptor = TlsAcceptor::with_options(server).unwrap();
        let (client, _) = shake(
            &connector(options),
            &acceptor,
            HostAddress::Dns("localhost"),
        );
        client.map(drop)
    };
    let (older, newer) = (connected(TlsVersion::Tls12), connected(TlsVersion::Tls13));
    let kind = |result: &Result<(), TlsError>| result.as_ref().err().map(TlsError::kind);
    assert_eq!(kind(&older), kind(&newer), "both versions say the same");
    newer
}

#[track_caller]
fn check_refused(result: Result<(), TlsError>, problem: TrustProblem, part: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Trust(problem), "{error}");
    assert!(error.to_string().contains(part), "{part}: {error}");
}

#[test]
fn stapled_ocsp_proves_that_nothing_was_revoked() {
    for response in [
        file!("good.ocsp"),
        file!("good-without-next.ocsp"),
        file!("by-key.ocsp"),
        file!("sha256.ocsp"),
        file!("delegated.ocsp"),
        file!("delegated-by-key.ocsp"),
    ] {
        connect(&requiring(), &leaf(), response).unwrap();
        connect(&trusting(), &leaf(), response).unwrap();
    }
}

/// What is wrong with a response makes it none: enough where nothing is required, and not enough
/// where something is.
#[test]
fn stapled_ocsp_that_says_nothing() {
    let mut broken = file!("good.ocsp").to_vec();
    broken.truncate(200);
    // The last byte is of the certificate that came along; the signature is before that.
    let mut forged = file!("not-included.ocsp").to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let mut wrong = file!("by-key.ocsp").to_vec();
    // A byte of the dates, which are signed.
    let place = wrong.windows(4).position(|it| it == b"2026").unwrap();
    wrong[place + 3] = b'5';
    for (response, part) in [
        (&broken[..], "cannot be read"),
        (b"no response".as_slice(), "cannot be read"),
        (
            &wrong,
            "the signature of the stapled OCSP response is wrong",
        ),
        (&forged, "signed by someone unknown"),
        (file!("not-included.ocsp"), "signed by someone unknown"),
        (file!("impostor.ocsp"), "who may not sign such"),
        (
            file!("other.ocsp"),
            "signature of the stapled OCSP response is wrong",
        ),
        (file!("must.ocsp"), "about another certificate"),
        (
            file!("try-later.ocsp"),
            "an error of the authority's responder",
        ),
    ] {
        check_refused(
            connect(&requiring(), &leaf(), response),
            TrustProblem::RevocationUnknown,
            part,
        );
        connect(&trusting(), &leaf(), response).unwrap();
    }
    let none = connect(&requiring(), &leaf(), b"");
    check_refused(none, TrustProblem::RevocationUnknown, "cannot be found out");
    connect(&trusting(), &leaf(), b"").unwrap();
    // The authority does not know the certificate.
    let unlisted =
        TlsServerIdentity::from_pem(file!("unlisted.pem"), file!("unlisted.key")).unwrap();
    check_refused(
        connect(&requiring(), &unlisted, file!("unknown.ocsp")),
        TrustProblem::RevocationUnknown,
        "does not know the certificate",
    );
}

#[test]
fn stapled_ocsp_revoked_is_refused() {
    let revoked = TlsServerIdentity::from_pem(file!("revoked.pem"), file!("revoked.key")).unwrap();
    for options in [trusting(), requiring()] {
        check_refused(
            connect(&options, &revoked, file!("revoked.ocsp")),
            TrustProblem::Revoked,
            "was revoked",
        );
    }
    // Without it nobody knows.
    connect(&trusting(), &revoked, b"").unwrap();
}

#[test]
fn stapled_ocsp_has_its_time() {
    let with = |seconds: u64| TlsClientOptions {
        clock: Arc::new(FakeClock::starting_at(at(seconds))),
        ..requiring()
    };
    for (response, seconds, part) in [
        (file!("good.ocsp"), MADE + 29 * DAY, ""),
        (file!("good.ocsp"), MADE + 31 * DAY, "out of date"),
        (file!("good-without-next.ocsp"), MADE + DAY - 60, ""),
        (
            file!("good-without-next.ocsp"),
            MADE + DAY + 60,
            "out of date",
        ),
    ] {
        let result = connect(&with(seconds), &leaf(), response);
        match part {
            "" => result.unwrap(),
            part => check_refused(result, TrustProblem::RevocationUnknown, part),
        }
    }
}

/// RFC 7633: the certificate itself says that it comes with a response.
#[test]
fn certificates_that_must_be_stapled() {
    let must = TlsServerIdentity::from_pem(file!("must.pem"), file!("must.key")).unwrap();
    connect(&trusting(), &must, file!("must.ocsp")).unwrap();
    connect(&requiring(), &must, file!("must.ocsp")).unwrap();
    for (response, part) in [
        (b"".as_slice(), "it has come without"),
        (file!("good.ocsp"), "about another certificate"),
    ] {
        check_refused(
            connect(&trusting(), &must, response),
            TrustProblem::RevocationUnknown,
            part,
        );
    }
}

/// Any byte that is changed makes it worth nothing, or leaves it as it is; nothing panics.
#[test]
fn stapled_ocsp_with_any_byte_changed() {
    let good = file!("not-included.ocsp");
    // Signed by the authority itself, so that nothing comes along that is not signed.
    let signed = file!("by-key.ocsp");
    let end = signed
        .windows(2)
        .rposition(|it| it == [0xa0, 0x82])
        .unwrap_or(signed.len());
    let options = requiring();
    for place in (0..end).step_by(7) {
        let mut changed = signed.to_vec();
        changed[place] ^= 0x40;
        let result = connect(&options, &leaf(), &changed);
        assert!(result.is_err(), "byte {place} makes no difference");
    }
    for length in (0..good.len()).step_by(5) {
        assert!(connect(&options, &leaf(), &good[..length]).is_err());
    }
}
