//! The rows of the table that no well-behaved peer produces; the others are tested with real
//! connections in `tests/it`.

use rustls::{ExtendedKeyPurpose, InvalidMessage, PeerMisbehaved};

use super::*;
use crate::test_util::year;

#[track_caller]
fn check_trust(problem: CertificateError, expected: TrustProblem, part: &str) {
    let error = from_certificate(&problem, None);
    assert_eq!(error.kind(), TlsErrorKind::Trust(expected), "{problem:?}");
    let shown = error.to_string();
    assert!(shown.contains(part), "{shown:?} lacks {part:?}");
    assert!(!error.advice().is_empty());
    assert!(error.source().is_some());
}

#[test]
fn certificate_table() {
    use CertificateError as C;
    use TrustProblem as T;
    let at = |number| UnixTime::since_unix_epoch(year(number).duration_since(UNIX_EPOCH).unwrap());
    check_trust(C::UnknownIssuer, T::UnknownIssuer, "no trusted authority");
    check_trust(C::Expired, T::Expired, "has expired");
    check_trust(
        C::ExpiredContext {
            time: at(2026),
            not_after: at(2025),
        },
        T::Expired,
        "the server's certificate expired at 2025-01-01 00:00:00 UTC, and it is 2026-01-01",
    );
    check_trust(C::NotValidYet, T::NotYetValid, "not valid yet");
    check_trust(
        C::NotValidYetContext {
            time: at(2026),
            not_before: at(2027),
        },
        T::NotYetValid,
        "is valid from 2027-01-01 00:00:00 UTC, and it is 2026-01-01",
    );
    check_trust(C::NotValidForName, T::WrongHost, "names no host");
    let expected = "a.example".try_into().unwrap();
    let presented = vec!["b.example".to_owned(), "c.example".to_owned()];
    let context = C::NotValidForNameContext {
        expected,
        presented,
    };
    check_trust(
        context,
        T::WrongHost,
        "for other hosts: b.example, c.example",
    );
    check_trust(C::Revoked, T::Revoked, "was revoked");
    check_trust(
        C::UnknownRevocationStatus,
        T::RevocationUnknown,
        "cannot be found out",
    );
    check_trust(
        C::ExpiredRevocationList,
        T::RevocationUnknown,
        "cannot be found out",
    );
    check_trust(
        C::InvalidOcspResponse,
        T::RevocationUnknown,
        "cannot be found out",
    );
    check_trust(C::BadSignature, T::BadSignature, "signature");
    check_trust(C::InvalidPurpose, T::WrongPurpose, "not issued for servers");
    let required = ExtendedKeyPurpose::ServerAuth;
    let context = C::InvalidPurposeContext {
        required,
        presented: Vec::new(),
    };
    check_trust(context, T::WrongPurpose, "not issued for servers");
    check_trust(
        C::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: Vec::new(),
            supported_algorithms: Vec::new(),
        },
        T::UnsupportedAlgorithm,
        "not accepted",
    );
    check_trust(C::BadEncoding, T::Malformed, "breaks the rules");
    check_trust(
        C::UnhandledCriticalExtension,
        T::Malformed,
        "breaks the rules",
    );
    check_trust(C::ApplicationVerificationFailure, T::Other, "was refused");
}

#[test]
fn a_date_of_another_certificate_is_not_blamed_on_the_servers() {
    let identity = crate::test_util::TestCa::new().issue(&["localhost"]);
    let facts = CertificateFacts::read(&identity.certificate_chain()[0]);
    let at =
        |time: SystemTime| UnixTime::since_unix_epoch(time.duration_since(UNIX_EPOCH).unwrap());
    let own = CertificateError::ExpiredContext {
        time: at(year(2050)),
        not_after: at(year(2049)),
    };
    let shown = from_certificate(&own, facts.clone()).to_string();
    assert!(
        shown.starts_with("the server's certificate expired"),
        "{shown}"
    );
    let other = CertificateError::ExpiredContext {
        time: at(year(2048)),
        not_after: at(year(2047)),
    };
    let shown = from_certificate(&other, facts).to_string();
    assert!(
        shown.starts_with("a certificate in the server's chain expired"),
        "{shown}"
    );
}

#[track_caller]
fn check_channel(error: rustls::Error, side: Side, expected: ChannelProblem, part: &str) {
    let shown = format!("{error:?}");
    let error = from_rustls(error, side, b"\x16\x03\x03");
    assert_eq!(error.kind(), TlsErrorKind::Channel(expected), "{shown}");
    let text = error.to_string();
    assert!(
        text.starts_with(part),
        "{text:?} does not begin with {part:?}"
    );
    assert!(error.source().is_some());
}

#[test]
fn channel_table() {
    use AlertDescription as A;
    use ChannelProblem as P;
    use rustls::Error as E;
    let (client, server) = (Side::Client, Side::Server);
    let alert = E::AlertReceived;
    check_channel(
        alert(A::ProtocolVersion),
        client,
        P::NoCommonVersion,
        "the server refuses",
    );
    check_channel(
        alert(A::ProtocolVersion),
        server,
        P::NoCommonVersion,
        "the client refuses",
    );
    check_channel(
        alert(A::HandshakeFailure),
        client,
        P::NoCommonCipher,
        "the server accepts none",
    );
    check_channel(
        alert(A::InsufficientSecurity),
        client,
        P::NoCommonCipher,
        "the server accepts",
    );
    let alpn = P::NoCommonApplicationProtocol;
    check_channel(
        alert(A::NoApplicationProtocol),
        client,
        alpn,
        "the server accepts none",
    );
    check_channel(
        E::NoApplicationProtocol,
        server,
        alpn,
        "the client offers no",
    );
    check_channel(
        alert(A::UnrecognisedName),
        client,
        P::UnknownServerName,
        "the server does not",
    );
    for refusal in [
        A::NoCertificate,
        A::BadCertificate,
        A::UnsupportedCertificate,
        A::CertificateRevoked,
        A::CertificateExpired,
        A::CertificateUnknown,
        A::CertificateRequired,
        A::UnknownCA,
        A::AccessDenied,
    ] {
        check_channel(
            alert(refusal),
            client,
            P::CertificateRefused,
            "the server refuses the cert",
        );
    }
    check_channel(
        alert(A::InternalError),
        client,
        P::Refused,
        "the server gave up (alert Internal",
    );
    check_channel(
        alert(A::Unknown(200)),
        client,
        P::Refused,
        "the server gave up (alert 200)",
    );
    for reason in [
        PeerIncompatible::ServerDoesNotSupportTls12Or13,
        PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        PeerIncompatible::Tls12NotOffered,
        PeerIncompatible::SignatureAlgorithmsExtensionRequired,
    ] {
        check_channel(
            reason.into(),
            server,
            P::NoCommonVersion,
            "the client has no version",
        );
    }
    for reason in [
        PeerIncompatible::NoCipherSuitesInCommon,
        PeerIncompatible::NoKxGroupsInCommon,
    ] {
        check_channel(
            reason.into(),
            server,
            P::NoCommonCipher,
            "the client has no cipher",
        );
    }
    let lacks = PeerIncompatible::ExtendedMasterSecretExtensionRequired;
    check_channel(
        lacks.into(),
        client,
        P::PeerBrokeProtocol,
        "the server lacks",
    );
    let broke = P::PeerBrokeProtocol;
    check_channel(E::DecryptError, client, broke, "the server broke");
    check_channel(
        E::PeerSentOversizedRecord,
        server,
        broke,
        "the client broke",
    );
    check_channel(
        InvalidMessage::InvalidCcs.into(),
        client,
        broke,
        "the server broke",
    );
    check_channel(
        PeerMisbehaved::TooMuchEarlyDataReceived.into(),
        server,
        broke,
        "the client",
    );
    check_channel(
        E::NoCertificatesPresented,
        server,
        P::CertificateRefused,
        "the client sent no",
    );
    check_channel(E::General("x".to_owned()), client, P::Other, "TLS failed");
    let none = from_rustls(E::NoCertificatesPresented, client, &[]);
    assert_eq!(none.kind(), TlsErrorKind::Trust(TrustProblem::Malformed));
}

#[test]
fn failures_of_the_connection_below() {
    let error = |kind: io::ErrorKind| from_handshake(kind.into(), Side::Client, b"");
    for kind in [
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::BrokenPipe,
    ] {
        assert_eq!(
            error(kind).kind(),
            TlsErrorKind::Channel(ChannelProblem::Closed)
        );
    }
    for kind in [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::TimedOut,
        io::ErrorKind::Other,
    ] {
        assert_eq!(error(kind).kind(), TlsErrorKind::Io);
        assert_eq!(
            error(kind).source().map(ToString::to_string),
            Some(kind.to_string())
        );
    }
}
