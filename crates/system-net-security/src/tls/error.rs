//! The one error of the TLS part: what went wrong, with whom, and what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::SystemTime;

use system_net_runtime::Transport;

use super::certificate::{CertificateFacts, show_utc};

mod from_library;

pub(super) use from_library::{Side, from_certificate, from_handshake, from_stream, library_error};

/// Why TLS could not be set up or go on.
///
/// `Display` says what happened, where, and what can be done.
pub struct TlsError {
    inner: Box<Inner>,
}

struct Inner {
    kind: TlsErrorKind,
    host: Option<String>,
    /// What happened, if the kind alone does not say it.
    detail: String,
    certificate: Option<CertificateFacts>,
    plain_peer: Option<PlainPeer>,
    /// The certificate at fault is that of a client.
    of_client: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// The peer's certificate is not trusted. .NET: `WebExceptionStatus.TrustFailure`
    Trust(TrustProblem),
    /// The two sides found no way to talk. .NET: `WebExceptionStatus.SecureChannelFailure`
    Channel(ChannelProblem),
    /// The connection below failed.
    Io,
    /// A client spoke something else than TLS to a TLS server; see
    /// [`TlsError::into_plain_peer`].
    NotTls,
    /// What this side was told to use cannot be used: certificates, keys, stores, versions.
    Configuration,
}

/// Why a certificate is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustProblem {
    /// No trusted authority stands at the end of its chain.
    UnknownIssuer,
    /// It was issued by itself, and is not in a trusted store.
    SelfSigned,
    /// It, or a certificate of its chain, is not valid any more.
    Expired,
    /// It, or a certificate of its chain, is not valid yet.
    NotYetValid,
    /// It is for other names than the host's.
    WrongHost,
    /// It was revoked.
    Revoked,
    /// Whether it was revoked could not be found out.
    RevocationUnknown,
    /// Its public key is none of those that the program has pinned.
    WrongPublicKey,
    /// A signature in its chain is wrong.
    BadSignature,
    /// It was not issued for this use.
    WrongPurpose,
    /// A signature or key in its chain is of a kind that is not accepted.
    UnsupportedAlgorithm,
    /// It breaks the rules of certificates, or none was sent at all.
    Malformed,
    /// It was refused by a rule without a kind of its own.
    Other,
}

/// Why the two sides found no way to talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelProblem {
    /// The connection was cut during the handshake.
    Closed,
    /// The server answered with something else than TLS.
    NotTls,
    /// No protocol version that both allow.
    NoCommonVersion,
    /// No cipher suite, key exchange or signature that both allow.
    NoCommonCipher,
    /// No application protocol (ALPN) that both allow.
    NoCommonApplicationProtocol,
    /// The peer does not accept the certificate of this side, or misses one.
    CertificateRefused,
    /// The server does not know the host name.
    UnknownServerName,
    /// The peer gave up for another reason.
    Refused,
    /// The peer broke the rules of the protocol.
    PeerBrokeProtocol,
    /// The TLS library gave up for another reason.
    Other,
}

impl TlsError {
    pub(crate) fn new(kind: TlsErrorKind, detail: impl Into<String>) -> Self {
        let inner = Inner {
            kind,
            host: None,
            detail: detail.into(),
            certificate: None,
            plain_peer: None,
            of_client: false,
            source: None,
        };
        Self {
            inner: Box::new(inner),
        }
    }

    pub(crate) fn configuration(detail: impl Into<String>) -> Self {
        Self::new(TlsErrorKind::Configuration, detail)
    }

    pub(super) fn with_host(mut self, host: impl Into<String>) -> Self {
        self.inner.host = Some(host.into());
        self
    }

    pub(super) fn with_certificate(mut self, certificate: Option<CertificateFacts>) -> Self {
        self.inner.certificate = certificate;
        self
    }

    /// Says that the certificate is that of a client.
    pub(super) fn about_client(mut self) -> Self {
        self.inner.of_client = true;
        self
    }

    pub(super) fn with_plain_peer(mut self, peer: PlainPeer) -> Self {
        self.inner.plain_peer = Some(peer);
        self
    }

    pub(crate) fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Box::new(source));
        self
    }

    pub(super) fn with_library_source(self, error: rustls::Error) -> Self {
        self.with_source(from_library::LibraryError(error))
    }

    pub(super) fn of_library(error: rustls::Error, side: Side) -> Self {
        from_library::from_rustls(error, side, &[])
    }

    /// What it means after the server has asked for a certificate and got none.
    ///
    /// RFC 5246 section 7.4.6: a server "MAY at its discretion" go on, or answer with a fatal
    /// handshake_failure. The cipher suite is agreed on by then.
    pub(super) fn after_no_certificate(mut self) -> Self {
        if self.inner.kind == TlsErrorKind::Channel(ChannelProblem::NoCommonCipher) {
            self.inner.kind = TlsErrorKind::Channel(ChannelProblem::CertificateRefused);
            "the server asked for a certificate, got none, and gave up"
                .clone_into(&mut self.inner.detail);
        }
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> TlsErrorKind {
        self.inner.kind
    }

    /// The host that was connected to, if this side is the client.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.inner.host.as_deref()
    }

    /// The certificate at fault, if it could be read.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateFacts> {
        self.inner.certificate.as_ref()
    }

    /// What a user can do about it; empty if there is nothing general to say.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self.inner.kind {
            TlsErrorKind::Trust(_) if self.inner.of_client => {
                "the client needs another certificate; or, if it should be taken, name its \
                 authority among those this server trusts for clients, or change what this server \
                 demands"
            }
            kind => advice(kind),
        }
    }

    /// The connection of a client that spoke something else than TLS, so that it can be answered
    /// in its own language. Only for [`TlsErrorKind::NotTls`].
    ///
    /// # Errors
    /// Gives the error back if it is of another kind.
    pub fn into_plain_peer(mut self) -> Result<PlainPeer, Self> {
        match self.inner.plain_peer.take() {
            Some(peer) => Ok(peer),
            None => Err(self),
        }
    }

    /// The first bytes of a client that spoke something else than TLS; empty for other kinds.
    #[must_use]
    pub fn first_bytes(&self) -> &[u8] {
        self.inner
            .plain_peer
            .as_ref()
            .map_or(&[], |peer| &peer.first_bytes)
    }

    /// The error as the reason of an [`io::Error`], from which `downcast` gets it back.
    #[must_use]
    pub fn into_io_error(self, kind: io::ErrorKind) -> io::Error {
        io::Error::new(kind, self)
    }

    /// The [`TlsError`] that an error of a [`TlsTransport`](crate::TlsTransport) carries, if it is
    /// TLS that failed and not the connection below.
    #[must_use]
    pub fn of_io_error(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            host,
            detail,
            certificate,
            ..
        } = &*self.inner;
        if self.inner.of_client {
            f.write_str("the client's certificate was refused: ")?;
        }
        f.write_str(detail)?;
        if let Some(host) = host {
            write!(f, "; host {host}")?;
        }
        if let Some(certificate) = certificate {
            write!(
                f,
                "; the certificate is for {:?}, issued by {:?}, valid from {} to {}",
                certificate.subject,
                certificate.issuer,
                show_utc(certificate.not_before),
                show_utc(certificate.not_after),
            )?;
        }
        match self.advice() {
            "" => Ok(()),
            advice => write!(f, "; {advice}"),
        }
    }
}

impl fmt::Debug for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsError")
            .field("kind", &self.inner.kind)
            .field("host", &self.inner.host)
            .field("detail", &self.inner.detail)
            .field("certificate", &self.inner.certificate)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}

/// A connection on which something else than TLS arrived where TLS was expected.
pub struct PlainPeer {
    /// The connection below, on which nothing was written.
    pub transport: Box<dyn Transport>,
    /// What was read from it so far.
    pub first_bytes: Vec<u8>,
}

impl fmt::Debug for PlainPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainPeer")
            .field("remote_endpoint", &self.transport.remote_endpoint())
            .field("first_bytes", &show_bytes(&self.first_bytes))
            .finish()
    }
}

/// The moment at fault and the moment it was compared with, for expired and future certificates.
pub(super) fn show_times(limit: SystemTime, now: SystemTime) -> (String, String) {
    (show_utc(limit), show_utc(now))
}

/// Bytes of a peer, readable and harmless in a log.
pub(super) fn show_bytes(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// One row per kind: what to do. The first advice on a certificate is always the store, never to
/// look away.
const fn advice(kind: TlsErrorKind) -> &'static str {
    match kind {
        TlsErrorKind::Trust(problem) => match problem {
            TrustProblem::UnknownIssuer => {
                "if you trust the authority at the end of its chain, add that authority's \
                 certificate to the store: name a PEM file in SSL_CERT_FILE, put it into the \
                 system's store (update-ca-certificates, update-ca-trust), or into the extra roots \
                 of this program; if the server does not send its intermediate certificates, the \
                 server must be repaired"
            }
            TrustProblem::SelfSigned => {
                "if you know this certificate, add it to the store: name a PEM file in \
                 SSL_CERT_FILE, put it into the system's store (update-ca-certificates, \
                 update-ca-trust), or into the extra roots of this program; better, give the \
                 server a certificate of an authority"
            }
            TrustProblem::Expired => {
                "the server needs a new certificate; if the dates look right, check the clock of \
                 this computer"
            }
            TrustProblem::NotYetValid => {
                "check the clock of this computer; if it is right, the server uses the certificate \
                 too early"
            }
            TrustProblem::WrongHost => {
                "ask for one of the names the certificate is for, or give the server a certificate \
                 with this name among its subject alternative names (the common name does not \
                 count)"
            }
            TrustProblem::Revoked => {
                "the authority has withdrawn the certificate: do not use the server until it has a \
                 new one"
            }
            TrustProblem::RevocationUnknown => {
                "provide a current revocation list, or ask the operator of the server"
            }
            TrustProblem::WrongPublicKey => {
                "somebody may stand in for the server; or it has got a new key: compare it with whoever \
                 runs the server before you pin the new one"
            }
            TrustProblem::WrongPurpose => {
                "the server needs a certificate that was issued for servers (extended key usage \
                 serverAuth)"
            }
            TrustProblem::UnsupportedAlgorithm => {
                "the server needs a certificate with a current key and signature (ECDSA, Ed25519, \
                 or RSA of at least 2048 bits with SHA-256 or better)"
            }
            TrustProblem::BadSignature | TrustProblem::Malformed | TrustProblem::Other => {
                "the server needs another certificate; if other clients accept this one, something \
                 on the way may have replaced it"
            }
        },
        TlsErrorKind::Channel(problem) => match problem {
            ChannelProblem::Closed => {
                "the peer, or a firewall on the way, refuses TLS on this port, or the server \
                 failed: look into its log"
            }
            ChannelProblem::NotTls => {
                "check scheme and port: a server without TLS is reached by http, and a mail or FTP \
                 server may want to be asked for TLS first"
            }
            ChannelProblem::NoCommonVersion => {
                "this side speaks TLS 1.2 and 1.3, unless its own settings allow fewer; the other \
                 side must be brought up to that"
            }
            ChannelProblem::NoCommonCipher => {
                "the other side must offer a current cipher suite (ECDHE with AES-GCM or \
                 ChaCha20-Poly1305), or wants a client certificate"
            }
            ChannelProblem::NoCommonApplicationProtocol => {
                "let both sides allow one common protocol (ALPN), for example http/1.1"
            }
            ChannelProblem::CertificateRefused => {
                "check the certificate this side shows, or was asked for and did not show; the \
                 other side must trust its authority"
            }
            ChannelProblem::UnknownServerName => {
                "check the host name: the server does not serve it"
            }
            ChannelProblem::Refused | ChannelProblem::PeerBrokeProtocol | ChannelProblem::Other => {
                "look into the log of the other side"
            }
        },
        TlsErrorKind::Io | TlsErrorKind::NotTls | TlsErrorKind::Configuration => "",
    }
}
