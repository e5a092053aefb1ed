//! The one table from the TLS library's errors to ours.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::{AlertDescription, CertificateError, PeerIncompatible};
use rustls_pki_types::UnixTime;

use super::{ChannelProblem, TlsError, TlsErrorKind, TrustProblem, show_bytes, show_times};
use crate::tls::certificate::CertificateFacts;

#[cfg(test)]
mod tests;

/// Which side of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tls) enum Side {
    Client,
    Server,
}

impl Side {
    const fn peer(self) -> &'static str {
        match self {
            Self::Client => "the server",
            Self::Server => "the client",
        }
    }
}

/// An error of the handshake. `first` is what the peer sent first.
pub(in crate::tls) fn from_handshake(error: io::Error, side: Side, first: &[u8]) -> TlsError {
    let peer = side.peer();
    match library_error(&error) {
        Some(library) => from_rustls(library.clone(), side, first),
        None if is_cut(error.kind()) => {
            let detail = if first.is_empty() {
                format!("{peer} closed the connection before it sent anything")
            } else {
                format!("{peer} closed the connection in the middle of the TLS handshake")
            };
            TlsError::new(TlsErrorKind::Channel(ChannelProblem::Closed), detail).with_source(error)
        }
        None => TlsError::new(
            TlsErrorKind::Io,
            "the connection failed during the TLS handshake",
        )
        .with_source(error),
    }
}

/// An error of reading or writing after the handshake. Errors of the connection below stay as
/// they are.
pub(in crate::tls) fn from_stream(error: io::Error, side: Side, host: Option<&str>) -> io::Error {
    let Some(library) = library_error(&error) else {
        return error;
    };
    let mut explained = from_rustls(library.clone(), side, &[]);
    if let (Side::Client, Some(host)) = (side, host) {
        explained = explained.with_host(host);
    }
    explained.into_io_error(error.kind())
}

/// The library's reason for an error of a stream, if it is TLS that failed.
pub(in crate::tls) fn library_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

const fn is_cut(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::WriteZero
    )
}

pub(super) fn from_rustls(error: rustls::Error, side: Side, first: &[u8]) -> TlsError {
    use rustls::Error as E;
    let peer = side.peer();
    let (problem, detail) = match &error {
        E::InvalidCertificate(problem) => return from_certificate(problem, None),
        E::NoCertificatesPresented => match side {
            Side::Client => {
                let kind = TlsErrorKind::Trust(TrustProblem::Malformed);
                return TlsError::new(kind, "the server sent no certificate");
            }
            Side::Server => (
                ChannelProblem::CertificateRefused,
                format!("{peer} sent no certificate"),
            ),
        },
        E::InvalidMessage(_) if is_not_tls(first) => {
            (ChannelProblem::NotTls, show_not_tls(peer, first))
        }
        E::AlertReceived(alert) => from_alert(*alert, peer),
        E::PeerIncompatible(reason) => from_incompatible(reason, peer),
        E::NoApplicationProtocol => (
            ChannelProblem::NoCommonApplicationProtocol,
            format!("{peer} offers no application protocol (ALPN) that is allowed here"),
        ),
        E::InvalidMessage(_)
        | E::InappropriateMessage { .. }
        | E::InappropriateHandshakeMessage { .. }
        | E::PeerMisbehaved(_)
        | E::PeerSentOversizedRecord
        | E::DecryptError => (
            ChannelProblem::PeerBrokeProtocol,
            format!("{peer} broke the TLS protocol"),
        ),
        _ => (ChannelProblem::Other, "TLS failed".to_owned()),
    };
    TlsError::new(TlsErrorKind::Channel(problem), detail).with_source(LibraryError(error))
}

/// RFC 8446 section 6.2, and RFC 5246 section 7.2.2 for the older ones.
fn from_alert(alert: AlertDescription, peer: &str) -> (ChannelProblem, String) {
    use AlertDescription as A;
    match alert {
        A::ProtocolVersion => (
            ChannelProblem::NoCommonVersion,
            format!("{peer} refuses the offered versions of TLS"),
        ),
        A::HandshakeFailure | A::InsufficientSecurity => (
            ChannelProblem::NoCommonCipher,
            format!("{peer} accepts none of the offered cipher suites and parameters"),
        ),
        A::NoApplicationProtocol => (
            ChannelProblem::NoCommonApplicationProtocol,
            format!("{peer} accepts none of the offered application protocols (ALPN)"),
        ),
        A::UnrecognisedName => (
            ChannelProblem::UnknownServerName,
            format!("{peer} does not know the host name"),
        ),
        A::NoCertificate
        | A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::CertificateRequired
        | A::UnknownCA
        | A::AccessDenied => (
            ChannelProblem::CertificateRefused,
            format!(
                "{peer} refuses the certificate of this side ({})",
                show_alert(alert)
            ),
        ),
        _ => (
            ChannelProblem::Refused,
            format!("{peer} gave up ({})", show_alert(alert)),
        ),
    }
}

/// The alert by its name, or by its number if it has none.
fn show_alert(alert: AlertDescription) -> String {
    let mut shown = "alert ".to_owned();
    match alert.as_str() {
        Some(name) => shown.push_str(name),
        None => shown.push_str(&u8::from(alert).to_string()),
    }
    shown
}

fn from_incompatible(reason: &PeerIncompatible, peer: &str) -> (ChannelProblem, String) {
    use PeerIncompatible as P;
    match reason {
        // Clients of TLS 1.1 and older do not know the extension for signatures.
        P::SignatureAlgorithmsExtensionRequired
        | P::ServerDoesNotSupportTls12Or13
        | P::ServerTlsVersionIsDisabledByOurConfig
        | P::SupportedVersionsExtensionRequired
        | P::Tls12NotOffered
        | P::Tls12NotOfferedOrEnabled => (
            ChannelProblem::NoCommonVersion,
            format!("{peer} has no version of TLS that is allowed here"),
        ),
        P::NoCipherSuitesInCommon
        | P::NoEcPointFormatsInCommon
        | P::NoKxGroupsInCommon
        | P::NoSignatureSchemesInCommon
        | P::NoCertificateRequestSignatureSchemesInCommon
        | P::NamedGroupsExtensionRequired => (
            ChannelProblem::NoCommonCipher,
            format!("{peer} has no cipher suite or parameter that is allowed here"),
        ),
        _ => (
            ChannelProblem::PeerBrokeProtocol,
            format!("{peer} lacks a part of TLS that is needed here"),
        ),
    }
}

/// The certificate's part: what, between which dates or for which names.
pub(in crate::tls) fn from_certificate(
    problem: &CertificateError,
    certificate: Option<CertificateFacts>,
) -> TlsError {
    use CertificateError as C;
    let self_signed = certificate
        .as_ref()
        .is_some_and(|facts| facts.is_self_issued);
    let whose = |limit: SystemTime, own: fn(&CertificateFacts) -> SystemTime| {
        if certificate.as_ref().is_none_or(|facts| own(facts) == limit) {
            "the server's certificate"
        } else {
            "a certificate in the server's chain"
        }
    };
    let (trust, detail) = match problem {
        C::UnknownIssuer if self_signed => (
            TrustProblem::SelfSigned,
            "the server's certificate is signed by itself and not among the trusted ones"
                .to_owned(),
        ),
        C::UnknownIssuer => (
            TrustProblem::UnknownIssuer,
            "the server's certificate leads to no trusted authority".to_owned(),
        ),
        C::Expired => (
            TrustProblem::Expired,
            "the server's certificate has expired".to_owned(),
        ),
        C::ExpiredContext { time, not_after } => {
            let limit = system_time(*not_after);
            let (shown, now) = show_times(limit, system_time(*time));
            let whose = whose(limit, |facts| facts.not_after);
            (
                TrustProblem::Expired,
                format!("{whose} expired at {shown}, and it is {now}"),
            )
        }
        C::NotValidYet => (
            TrustProblem::NotYetValid,
            "the server's certificate is not valid yet".to_owned(),
        ),
        C::NotValidYetContext { time, not_before } => {
            let limit = system_time(*not_before);
            let (shown, now) = show_times(limit, system_time(*time));
            let whose = whose(limit, |facts| facts.not_before);
            (
                TrustProblem::NotYetValid,
                format!("{whose} is valid from {shown}, and it is {now}"),
            )
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            TrustProblem::WrongHost,
            show_wrong_host(problem, certificate.as_ref()),
        ),
        C::Revoked => (
            TrustProblem::Revoked,
            "the server's certificate, or one of its chain, was revoked".to_owned(),
        ),
        C::UnknownRevocationStatus
        | C::ExpiredRevocationList
        | C::ExpiredRevocationListContext { .. }
        | C::InvalidOcspResponse => (
            TrustProblem::RevocationUnknown,
            "whether the server's certificate was revoked cannot be found out".to_owned(),
        ),
        C::BadSignature => (
            TrustProblem::BadSignature,
            "a signature of the server's certificate chain is wrong".to_owned(),
        ),
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => (
            TrustProblem::WrongPurpose,
            "the server's certificate was not issued for servers".to_owned(),
        ),
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            TrustProblem::UnsupportedAlgorithm,
            "the server's certificate chain has a key or signature that is not accepted".to_owned(),
        ),
        C::BadEncoding | C::UnhandledCriticalExtension => (
            TrustProblem::Malformed,
            "the server's certificate chain breaks the rules of certificates".to_owned(),
        ),
        _ => (
            TrustProblem::Other,
            "the server's certificate was refused".to_owned(),
        ),
    };
    TlsError::new(TlsErrorKind::Trust(trust), detail)
        .with_certificate(certificate)
        .with_source(LibraryError(rustls::Error::InvalidCertificate(
            problem.clone(),
        )))
}

/// Most names that a message lists; shared certificates have hundreds.
const SHOWN_NAMES: usize = 10;

fn show_wrong_host(problem: &CertificateError, certificate: Option<&CertificateFacts>) -> String {
    let presented: &[String] = match (certificate, problem) {
        (Some(facts), _) => &facts.names,
        (None, CertificateError::NotValidForNameContext { presented, .. }) => presented,
        (None, _) => &[],
    };
    if presented.is_empty() {
        return "the server's certificate names no host at all".to_owned();
    }
    let mut shown = presented
        .iter()
        .take(SHOWN_NAMES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if presented.len() > SHOWN_NAMES {
        shown.push_str(&format!(" and {} more", presented.len() - SHOWN_NAMES));
    }
    format!("the server's certificate is for other hosts: {shown}")
}

/// RFC 8446 section 5.1: a record begins with its type, 20 to 24, and the version 3.x.
fn is_not_tls(first: &[u8]) -> bool {
    match first {
        [] => false,
        [kind] => !matches!(kind, 20..=24),
        [kind, major, ..] => !(matches!(kind, 20..=24) && *major == 3),
    }
}

fn show_not_tls(peer: &str, first: &[u8]) -> String {
    let shown = show_bytes(first);
    if first.starts_with(b"HTTP/") || first.starts_with(b"<") {
        format!("{peer} did not answer with TLS; its first bytes look like HTTP: \"{shown}\"")
    } else {
        format!("{peer} did not answer with TLS; its first bytes are \"{shown}\"")
    }
}

fn system_time(time: UnixTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.as_secs())
}

/// Hides the type of the library behind its text.
pub(super) struct LibraryError(pub(super) rustls::Error);

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error for LibraryError {}
