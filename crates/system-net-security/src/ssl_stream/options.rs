//! What the two sides of an `SslStream` authenticate with.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::{
    LocalCertificateSelectionCallback, RemoteCertificateValidationCallback, SslProtocols,
    TlsAcceptor, TlsClientOptions, TlsConnector, TlsError, TlsPolicy, TlsRole, TlsServerOptions,
    TlsVersion, X509CertificateCollection, global,
};

/// What a client authenticates with. Clones share the sessions of their connections, which is how a
/// second connection to a host becomes cheap: one value is one identity.
///
/// .NET: `System.Net.Security.SslClientAuthenticationOptions`
#[derive(Clone)]
pub struct SslClientAuthenticationOptions {
    target_host: String,
    tls: TlsClientOptions,
    protocols: Option<SslProtocols>,
    policy: Option<TlsPolicy>,
    client_certificates: X509CertificateCollection,
    validation: Option<RemoteCertificateValidationCallback>,
    selection: Option<LocalCertificateSelectionCallback>,
    made: Arc<OnceLock<TlsConnector>>,
}

impl SslClientAuthenticationOptions {
    /// For the server of this name or address, with the defaults of [`TlsClientOptions`].
    #[must_use]
    pub fn new(target_host: impl Into<String>) -> Self {
        Self::with_tls(target_host, TlsClientOptions::default())
    }

    /// For the server of this name or address, with these authorities, lists, application protocols
    /// (`alpn`) and whatever else stands there.
    #[must_use]
    pub fn with_tls(target_host: impl Into<String>, tls: TlsClientOptions) -> Self {
        Self {
            target_host: target_host.into(),
            tls,
            protocols: None,
            policy: None,
            client_certificates: X509CertificateCollection::new(),
            validation: None,
            selection: None,
            made: Arc::default(),
        }
    }

    /// The name or address that the server's certificate must be for. Names are sent along (SNI).
    ///
    /// .NET: `System.Net.Security.SslClientAuthenticationOptions.TargetHost`
    #[doc(alias = "SslClientAuthenticationOptions.TargetHost")]
    #[must_use]
    pub fn target_host(&self) -> &str {
        &self.target_host
    }

    /// The settings below.
    #[must_use]
    pub fn tls(&self) -> &TlsClientOptions {
        &self.tls
    }

    /// The versions that may be spoken; [`SslProtocols::NONE`] leaves the choice to the system. Unless
    /// this is called, the [policy](Self::set_tls_policy) decides.
    ///
    /// .NET: `System.Net.Security.SslClientAuthenticationOptions.EnabledSslProtocols`
    #[doc(alias = "SslClientAuthenticationOptions.EnabledSslProtocols")]
    pub fn set_enabled_ssl_protocols(&mut self, protocols: SslProtocols) {
        self.protocols = Some(protocols);
        self.made = Arc::default();
    }

    /// What decides about the versions where the program names none. Default: the policy of the
    /// process, by the settings of [`NetContext::global`](system_net_config::NetContext::global).
    pub fn set_tls_policy(&mut self, policy: TlsPolicy) {
        self.policy = Some(policy);
        self.made = Arc::default();
    }

    /// The certificates that may be shown to a server that asks for one. Default: none.
    ///
    /// .NET: `System.Net.Security.SslClientAuthenticationOptions.ClientCertificates`
    #[doc(alias = "SslClientAuthenticationOptions.ClientCertificates")]
    pub fn set_client_certificates(&mut self, certificates: X509CertificateCollection) {
        self.client_certificates = certificates;
        self.made = Arc::default();
    }

    /// Whether a revocation list must prove that the server's certificate is not revoked. Default:
    /// false; the lists there are count in any case.
    ///
    /// .NET: `System.Net.Security.SslClientAuthenticationOptions.CertificateRevocationCheckMode`
    #[doc(alias = "SslClientAuthenticationOptions.CertificateRevocationCheckMode")]
    pub fn set_check_certificate_revocation(&mut self, check: bool) {
        self.tls.require_revocation_status = check;
        self.made = Arc::default();
    }

    /// Who decides whether the server is talked to. Counts over that of the stream.
    ///
    /// .NET: `System.Net.Security.SslClientAuthenticationOptions.RemoteCertificateValidationCallback`
    #[doc(alias = "SslClientAuthenticationOptions.RemoteCertificateValidationCallback")]
    pub fn set_remote_certificate_validation_callback(
        &mut self,
        callback: Option<RemoteCertificateValidationCallback>,
    ) {
        self.validation = callback;
        self.made = Arc::default();
    }

    /// Who chooses the certificate that is shown. Counts over that of the stream.
    ///
    /// .NET: `System.Net.Security.SslClientAuthenticationOptions.LocalCertificateSelectionCallback`
    #[doc(alias = "SslClientAuthenticationOptions.LocalCertificateSelectionCallback")]
    pub fn set_local_certificate_selection_callback(
        &mut self,
        callback: Option<LocalCertificateSelectionCallback>,
    ) {
        self.selection = callback;
        self.made = Arc::default();
    }

    /// The connector of these, and of the callbacks of a stream where these have none.
    pub(super) fn connector(
        &self,
        validation: Option<&RemoteCertificateValidationCallback>,
        selection: Option<&LocalCertificateSelectionCallback>,
    ) -> Result<TlsConnector, TlsError> {
        // With callbacks nothing is shared, so nothing is kept.
        let validation = self.validation.as_ref().or(validation);
        let selection = self.selection.as_ref().or(selection);
        if validation.is_none()
            && selection.is_none()
            && let Some(made) = self.made.get()
        {
            return Ok(made.clone());
        }
        let mut tls = self.tls.clone();
        (tls.min_version, tls.max_version) = range(
            (self.policy.as_ref(), self.protocols),
            TlsRole::Client,
            (tls.min_version, tls.max_version),
        )?;
        let mut made = TlsConnector::new(&tls)?;
        if let Some(callback) = validation {
            made = made.with_validation_callback(Arc::clone(callback))?;
        }
        let certificates = &self.client_certificates;
        if let Some(callback) = selection {
            return made.with_certificate_selection(certificates, Arc::clone(callback));
        }
        if !certificates.is_empty() {
            made = made.with_client_certificates(certificates)?;
        }
        if validation.is_some() {
            return Ok(made);
        }
        Ok(self.made.get_or_init(|| made).clone())
    }
}

impl fmt::Debug for SslClientAuthenticationOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SslClientAuthenticationOptions")
            .field("target_host", &self.target_host)
            .field("tls", &self.tls)
            .field("protocols", &self.protocols)
            .field("client_certificates", &self.client_certificates)
            .finish_non_exhaustive()
    }
}

/// What a server authenticates with. Clones share the keys of their session tickets.
///
/// .NET: `System.Net.Security.SslServerAuthenticationOptions`
#[derive(Clone, Debug)]
pub struct SslServerAuthenticationOptions {
    tls: TlsServerOptions,
    protocols: Option<SslProtocols>,
    policy: Option<TlsPolicy>,
    made: Arc<OnceLock<TlsAcceptor>>,
}

impl SslServerAuthenticationOptions {
    /// With these certificates (chosen by the name that the client asks for), demands on clients and
    /// application protocols.
    #[must_use]
    pub fn new(tls: TlsServerOptions) -> Self {
        Self {
            tls,
            protocols: None,
            policy: None,
            made: Arc::default(),
        }
    }

    /// The settings below.
    #[must_use]
    pub fn tls(&self) -> &TlsServerOptions {
        &self.tls
    }

    /// The versions that may be spoken; [`SslProtocols::NONE`] leaves the choice to the system. Unless
    /// this is called, the [policy](Self::set_tls_policy) decides.
    ///
    /// .NET: `System.Net.Security.SslServerAuthenticationOptions.EnabledSslProtocols`
    #[doc(alias = "SslServerAuthenticationOptions.EnabledSslProtocols")]
    pub fn set_enabled_ssl_protocols(&mut self, protocols: SslProtocols) {
        self.protocols = Some(protocols);
        self.made = Arc::default();
    }

    /// What decides about the versions where the program names none. Default: the policy of the
    /// process, by the settings of [`NetContext::global`](system_net_config::NetContext::global).
    pub fn set_tls_policy(&mut self, policy: TlsPolicy) {
        self.policy = Some(policy);
        self.made = Arc::default();
    }

    pub(super) fn checks_revocation(&self) -> bool {
        let clients = self.tls.client_certificates.as_ref();
        clients.is_some_and(|clients| clients.require_revocation_status)
    }

    /// The acceptor of these, and of the callback of a stream where these have none.
    pub(super) fn acceptor(
        &self,
        validation: Option<&RemoteCertificateValidationCallback>,
    ) -> Result<TlsAcceptor, TlsError> {
        let mut tls = self.tls.clone();
        let mut own = false;
        if let (Some(callback), Some(clients)) = (validation, &mut tls.client_certificates)
            && clients.validation_callback.is_none()
        {
            clients.validation_callback = Some(Arc::clone(callback));
            own = true;
        }
        if !own && let Some(made) = self.made.get() {
            return Ok(made.clone());
        }
        (tls.min_version, tls.max_version) = range(
            (self.policy.as_ref(), self.protocols),
            TlsRole::Server,
            (tls.min_version, tls.max_version),
        )?;
        let made = TlsAcceptor::with_options(tls)?;
        match own {
            true => Ok(made),
            false => Ok(self.made.get_or_init(|| made).clone()),
        }
    }
}

/// The oldest and the newest version; `None` where that is left open.
type Range = (Option<TlsVersion>, Option<TlsVersion>);

/// What a policy, or else that of the process, makes of the versions that a program names, or of those
/// that the settings below name.
fn range(
    (policy, named): (Option<&TlsPolicy>, Option<SslProtocols>),
    role: TlsRole,
    below: Range,
) -> Result<Range, TlsError> {
    match policy {
        Some(policy) => policy.range(role, named, below),
        None => global::tls_policy()?.range(role, named, below),
    }
}
