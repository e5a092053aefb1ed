//! Which versions of TLS the requests of a context speak, and the client that speaks them.

use std::sync::PoisonError;

use system_net_primitives::Misuse;
use system_net_security::{
    SecurityProtocolType, TlsClientOptions, TlsConnector, TlsDecision, TlsPolicy, TlsRole,
};

use super::manager::ServicePointManager;
use crate::error::WebError;

/// What the program named, and the client that was made by it.
#[derive(Default)]
pub(super) struct Tls {
    /// `None`: nothing, so the policy decides.
    named: Option<SecurityProtocolType>,
    /// `None`: nothing, so the settings decide.
    checks_revocation: Option<bool>,
    made: Option<Made>,
}

/// The clients of one choice.
#[derive(Clone)]
struct Made {
    of_servers: TlsConnector,
    /// Of proxies, whose keys nobody has pinned.
    of_proxies: TlsConnector,
}

impl ServicePointManager {
    /// The versions of TLS that new connections ask for. What the program set, or else what switches,
    /// the registry and the target framework of the context come to; usually
    /// [`SYSTEM_DEFAULT`](SecurityProtocolType::SYSTEM_DEFAULT), the best that both sides have.
    ///
    /// # Errors
    /// A [`WebError`] of the channel: the registry's text in the settings cannot be read.
    ///
    /// .NET: `System.Net.ServicePointManager.SecurityProtocol`
    #[doc(alias = "ServicePointManager.SecurityProtocol")]
    pub fn security_protocol(&self) -> Result<SecurityProtocolType, WebError> {
        Ok(self.tls_decision()?.requested())
    }

    /// Names the versions of TLS that new connections ask for; it counts over switches, the registry
    /// and the target framework. Connections that are open stay, and are used by later requests.
    /// Versions before TLS 1.2 are not spoken: where nothing else is left, requests fail before they
    /// connect, with the reason.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: SSL 2.0 is among them, which .NET refuses too.
    pub fn set_security_protocol(&self, protocols: SecurityProtocolType) -> Result<(), Misuse> {
        if protocols & SecurityProtocolType::SSL2 != SecurityProtocolType::NONE {
            return Err(Misuse::not_supported(
                "the requested security protocol is not supported: SSL 2.0",
            ));
        }
        let mut tls = self.tls.write().unwrap_or_else(PoisonError::into_inner);
        tls.named = Some(protocols);
        tls.made = None;
        Ok(())
    }

    /// Whether a server is refused of which nothing proves that its certificate is not revoked: no
    /// current list of `TlsSettings::revocation_lists`, nor the OCSP response that it staples. What
    /// the program set, or else what the configuration says, usually `false`.
    ///
    /// .NET: `System.Net.ServicePointManager.CheckCertificateRevocationList`
    #[doc(alias = "ServicePointManager.CheckCertificateRevocationList")]
    #[must_use]
    pub fn check_certificate_revocation_list(&self) -> bool {
        let tls = self.tls.read().unwrap_or_else(PoisonError::into_inner);
        self.checks_revocation(&tls)
    }

    /// Sets whether new connections need such a proof. Connections that are open stay, and are used
    /// by later requests. Switched off, what [`TlsSettings::require_revocation_status`] demands is
    /// demanded all the same.
    ///
    /// # Differences from .NET
    /// No authority is asked for its list: that would tell it who talks to whom.
    ///
    /// [`TlsSettings::require_revocation_status`]: system_net_config::TlsSettings::require_revocation_status
    pub fn set_check_certificate_revocation_list(&self, check: bool) {
        let mut tls = self.tls.write().unwrap_or_else(PoisonError::into_inner);
        tls.checks_revocation = Some(check);
        tls.made = None;
    }

    fn checks_revocation(&self, tls: &Tls) -> bool {
        let configured = &self.settings().service_point_manager;
        tls.checks_revocation
            .unwrap_or(configured.check_certificate_revocation_list)
    }

    /// Which versions of TLS new connections offer, and which rule decided. `Display` is a report.
    ///
    /// # Errors
    /// A [`WebError`] of the channel: the registry's text in the settings cannot be read.
    pub fn tls_decision(&self) -> Result<TlsDecision, WebError> {
        let tls = self.tls.read().unwrap_or_else(PoisonError::into_inner);
        self.decide(tls.named)
    }

    fn decide(&self, named: Option<SecurityProtocolType>) -> Result<TlsDecision, WebError> {
        let policy = TlsPolicy::of_settings(self.settings()).map_err(WebError::tls)?;
        Ok(policy.decide(TlsRole::Client, named))
    }

    /// The TLS client for servers, made on first use: reading the system's roots takes a while.
    pub(crate) fn tls(&self) -> Result<TlsConnector, WebError> {
        self.made(|made| &made.of_servers)
    }

    /// The TLS client for proxies.
    pub(crate) fn tls_of_proxies(&self) -> Result<TlsConnector, WebError> {
        self.made(|made| &made.of_proxies)
    }

    fn made(&self, which: fn(&Made) -> &TlsConnector) -> Result<TlsConnector, WebError> {
        let tls = self.tls.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &tls.made {
            return Ok(which(made).clone());
        }
        drop(tls);
        let mut tls = self.tls.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &tls.made {
            return Ok(which(made).clone());
        }
        let made = self.make(&tls)?;
        let chosen = which(&made).clone();
        tls.made = Some(made);
        Ok(chosen)
    }

    fn make(&self, tls: &Tls) -> Result<Made, WebError> {
        let versions = self.decide(tls.named)?.versions();
        let (min_version, max_version) = versions.map_err(WebError::tls)?;
        let settings = &self.settings().tls;
        let configured = &self.settings().service_point_manager;
        let roots = settings.extra_roots.iter();
        let lists = settings.revocation_lists.iter();
        let mut options = TlsClientOptions {
            use_system_roots: settings.use_system_roots,
            extra_roots: roots.map(|der| der.clone().into()).collect(),
            revocation_lists: lists.map(|der| der.clone().into()).collect(),
            require_revocation_status: settings.require_revocation_status
                || self.checks_revocation(tls),
            accept_any_certificate: settings.accept_any_certificate,
            check_certificate_name: configured.check_certificate_name,
            min_version,
            max_version,
            ..TlsClientOptions::default()
        };
        let of_proxies = TlsConnector::new(&options).map_err(WebError::tls)?;
        let of_servers = match &*settings.pinned_public_keys {
            [] => of_proxies.clone(),
            pins => {
                options.pinned_public_keys = pins.to_vec();
                TlsConnector::new(&options).map_err(WebError::tls)?
            }
        };
        Ok(Made {
            of_servers,
            of_proxies,
        })
    }
}
