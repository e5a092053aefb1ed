//! What a handshake agreed on, as properties.

use std::sync::OnceLock;

use system_net_runtime::TlsInfo;

use super::algorithms::{CipherAlgorithmType, ExchangeAlgorithmType, HashAlgorithmType, Suite};
use super::{SslStream, State};
use crate::extended_protection::TransportContext;
use crate::{SslProtocols, TlsTransport, X509Certificate2};

/// What is known after the handshake.
#[derive(Debug)]
pub(super) struct Session {
    info: TlsInfo,
    /// Once somebody has asked for it: a part of it has to be derived.
    channel: OnceLock<TransportContext>,
    suite: Suite,
    resumed: bool,
    exchange_bits: u32,
    checks_revocation: bool,
    local: Option<X509Certificate2>,
    remote: Option<X509Certificate2>,
}

impl Session {
    pub(super) fn of(tls: &TlsTransport, checks_revocation: bool) -> Self {
        let info = tls.info().clone();
        // The peer's was read when it was judged; a callback may have let an unreadable one pass.
        let read = |chain: &[rustls_pki_types::CertificateDer<'static>]| {
            let first = chain.first()?;
            X509Certificate2::from_der(first).ok()
        };
        Self {
            suite: Suite::of(&info.cipher_suite),
            resumed: tls.is_resumed(),
            exchange_bits: tls.key_exchange_bits(),
            checks_revocation,
            local: read(&info.local_certificates),
            remote: read(&info.peer_certificates),
            info,
            channel: OnceLock::new(),
        }
    }

    /// Derives what belongs to this channel alone, while that can be done.
    pub(super) fn see_channel(&self, tls: &TlsTransport) -> &TransportContext {
        self.channel.get_or_init(|| tls.transport_context())
    }
}

/// Before the authentication they say that nothing was agreed on: no version, no cipher, no
/// certificate.
impl SslStream {
    fn session(&self) -> Option<&Session> {
        self.shared.session.get()
    }

    /// Whether the authentication has succeeded.
    ///
    /// .NET: `System.Net.Security.SslStream.IsAuthenticated`
    #[doc(alias = "SslStream.IsAuthenticated")]
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.session().is_some()
    }

    /// Whether both sides have shown certificates. A session that goes on from an earlier connection
    /// does not say whether this side had shown one then, and is not.
    ///
    /// .NET: `System.Net.Security.SslStream.IsMutuallyAuthenticated`
    #[doc(alias = "SslStream.IsMutuallyAuthenticated")]
    #[must_use]
    pub fn is_mutually_authenticated(&self) -> bool {
        self.session()
            .is_some_and(|it| it.local.is_some() && it.remote.is_some())
    }

    /// Whether what is said is hidden: always, once authenticated.
    ///
    /// .NET: `System.Net.Security.SslStream.IsEncrypted`
    #[doc(alias = "SslStream.IsEncrypted")]
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.is_authenticated()
    }

    /// Whether what is said is guarded against changes: always, once authenticated.
    ///
    /// .NET: `System.Net.Security.SslStream.IsSigned`
    #[doc(alias = "SslStream.IsSigned")]
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.is_authenticated()
    }

    /// Whether this side is the server.
    ///
    /// .NET: `System.Net.Security.SslStream.IsServer`
    #[doc(alias = "SslStream.IsServer")]
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.session().is_some_and(|it| it.info.is_server)
    }

    /// The version that is spoken; [`SslProtocols::NONE`] before the authentication.
    ///
    /// .NET: `System.Net.Security.SslStream.SslProtocol`
    #[doc(alias = "SslStream.SslProtocol")]
    #[must_use]
    pub fn ssl_protocol(&self) -> SslProtocols {
        match self.session().map(|it| it.info.protocol) {
            None => SslProtocols::NONE,
            Some("TLSv1.3") => SslProtocols::TLS13,
            Some(_) => SslProtocols::TLS12,
        }
    }

    /// The cipher suite by its IANA name; empty before the authentication.
    ///
    /// .NET: `System.Net.Security.SslStream.NegotiatedCipherSuite`
    #[doc(alias = "SslStream.NegotiatedCipherSuite")]
    #[must_use]
    pub fn negotiated_cipher_suite(&self) -> &str {
        self.session().map_or("", |it| &it.info.cipher_suite)
    }

    /// The cipher.
    ///
    /// .NET: `System.Net.Security.SslStream.CipherAlgorithm`
    #[doc(alias = "SslStream.CipherAlgorithm")]
    #[must_use]
    pub fn cipher_algorithm(&self) -> CipherAlgorithmType {
        self.session()
            .map_or(CipherAlgorithmType::None, |it| it.suite.cipher)
    }

    /// The size of the cipher's keys in bits.
    ///
    /// .NET: `System.Net.Security.SslStream.CipherStrength`
    #[doc(alias = "SslStream.CipherStrength")]
    #[must_use]
    pub fn cipher_strength(&self) -> u32 {
        self.session().map_or(0, |it| it.suite.cipher_bits)
    }

    /// The hash that guards what is said: none, the cipher does it (AEAD).
    ///
    /// .NET: `System.Net.Security.SslStream.HashAlgorithm`
    #[doc(alias = "SslStream.HashAlgorithm")]
    #[must_use]
    pub fn hash_algorithm(&self) -> HashAlgorithmType {
        HashAlgorithmType::None
    }

    /// The size of that hash in bits: 0.
    ///
    /// .NET: `System.Net.Security.SslStream.HashStrength`
    #[doc(alias = "SslStream.HashStrength")]
    #[must_use]
    pub fn hash_strength(&self) -> u32 {
        0
    }

    /// How the keys were agreed on.
    ///
    /// .NET: `System.Net.Security.SslStream.KeyExchangeAlgorithm`
    #[doc(alias = "SslStream.KeyExchangeAlgorithm")]
    #[must_use]
    pub fn key_exchange_algorithm(&self) -> ExchangeAlgorithmType {
        self.session()
            .map_or(ExchangeAlgorithmType::None, |it| it.suite.exchange)
    }

    /// The size of the keys that the agreement was made with in bits; 0 if it is not known, as in a
    /// resumed session of TLS 1.2.
    ///
    /// .NET: `System.Net.Security.SslStream.KeyExchangeStrength`
    #[doc(alias = "SslStream.KeyExchangeStrength")]
    #[must_use]
    pub fn key_exchange_strength(&self) -> u32 {
        self.session().map_or(0, |it| it.exchange_bits)
    }

    /// Whether a proof was demanded that the peer's certificate is not revoked.
    ///
    /// .NET: `System.Net.Security.SslStream.CheckCertRevocationStatus`
    #[doc(alias = "SslStream.CheckCertRevocationStatus")]
    #[must_use]
    pub fn check_cert_revocation_status(&self) -> bool {
        self.session().is_some_and(|it| it.checks_revocation)
    }

    /// The certificate that this side has shown; `None` if it has shown none on this connection.
    ///
    /// .NET: `System.Net.Security.SslStream.LocalCertificate`
    #[doc(alias = "SslStream.LocalCertificate")]
    #[must_use]
    pub fn local_certificate(&self) -> Option<&X509Certificate2> {
        self.session()?.local.as_ref()
    }

    /// The certificate that the peer has shown.
    ///
    /// .NET: `System.Net.Security.SslStream.RemoteCertificate`
    #[doc(alias = "SslStream.RemoteCertificate")]
    #[must_use]
    pub fn remote_certificate(&self) -> Option<&X509Certificate2> {
        self.session()?.remote.as_ref()
    }

    /// The channel as a login sees it that is tied to it; `None` before the authentication.
    ///
    /// The value of the kind [`Exporter`](crate::extended_protection::ChannelBindingKind::Exporter)
    /// is derived when this is called first, and kept. Only an open stream can derive it: called
    /// first after [`close`](Self::close), the context has none. What was given out stays as it is.
    ///
    /// .NET: `System.Net.Security.SslStream.TransportContext`
    #[doc(alias = "SslStream.TransportContext")]
    #[must_use]
    pub fn transport_context(&self) -> Option<TransportContext> {
        let session = self.session()?;
        if let Some(channel) = session.channel.get() {
            return Some(channel.clone());
        }
        Some(match &*self.lock() {
            State::Ready(tls) => session.see_channel(tls).clone(),
            _ => TransportContext::of(&session.info),
        })
    }

    /// The application protocol that both sides have agreed on (ALPN); empty if none.
    ///
    /// .NET: `System.Net.Security.SslStream.NegotiatedApplicationProtocol`
    #[doc(alias = "SslStream.NegotiatedApplicationProtocol")]
    #[must_use]
    pub fn negotiated_application_protocol(&self) -> &[u8] {
        let alpn = self.session().and_then(|it| it.info.alpn.as_deref());
        alpn.unwrap_or_default()
    }

    /// The name of the server as the client has asked for it.
    ///
    /// .NET: `System.Net.Security.SslStream.TargetHostName`
    #[doc(alias = "SslStream.TargetHostName")]
    #[must_use]
    pub fn target_host_name(&self) -> &str {
        let name = self.session().and_then(|it| it.info.server_name.as_deref());
        name.unwrap_or_default()
    }

    /// Whether the session goes on from an earlier connection.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.session().is_some_and(|it| it.resumed)
    }

    /// Whether the stream can be read.
    ///
    /// .NET: `System.Net.Security.SslStream.CanRead`
    #[doc(alias = "SslStream.CanRead")]
    #[must_use]
    pub fn can_read(&self) -> bool {
        matches!(*self.lock(), State::Ready(_))
    }

    /// Whether the stream can be written.
    ///
    /// .NET: `System.Net.Security.SslStream.CanWrite`
    #[doc(alias = "SslStream.CanWrite")]
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.can_read()
    }
}
