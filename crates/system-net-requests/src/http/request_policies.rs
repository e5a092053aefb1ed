//! What a request may follow, and which hosts it reaches over TLS only.

use system_net_primitives::Misuse;

use super::exchange::Exchange;
use super::request::HttpWebRequest;
use crate::hsts::Hsts;
use crate::redirect_policy::RedirectPolicy;

impl HttpWebRequest {
    /// What the request may follow, and what travels along; `None`, which is the default: as .NET
    /// follows.
    #[must_use]
    pub fn redirect_policy(&self) -> Option<&RedirectPolicy> {
        self.extras()?.redirect.as_ref()
    }

    /// Sets what the request may follow, and what travels along.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_redirect_policy(&mut self, policy: Option<RedirectPolicy>) -> Result<(), Misuse> {
        self.extras_mut()?.redirect = policy;
        Ok(())
    }

    /// Which hosts are reached over TLS only; `None`: as the context has it, which is none unless
    /// [`use_hsts`](crate::ServicePointManager::use_hsts) was called.
    #[must_use]
    pub fn hsts(&self) -> Option<&Hsts> {
        let own = self.extras().and_then(|extras| extras.hsts.as_ref());
        own.or_else(|| self.manager.hsts.get())
    }

    /// Sets which hosts are reached over TLS only. The request's address is changed when it is sent,
    /// and so are those that it is redirected to.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_hsts(&mut self, hsts: Option<Hsts>) -> Result<(), Misuse> {
        self.extras_mut()?.hsts = hsts;
        Ok(())
    }

    /// RFC 6797 section 8.3: before anything is sent, the address of a host that wants so is changed
    /// to one over TLS.
    pub(super) fn upgrade_to_tls(&mut self) {
        let Some(hsts) = self.hsts() else {
            return;
        };
        if let Some(upgraded) = hsts.upgrade(&self.properties.uri)
            && let Ok(properties) = self.unsent()
        {
            properties.uri = upgraded;
        }
    }
}

impl Exchange {
    pub(super) fn hsts(&self) -> Option<&Hsts> {
        let extras = self.properties.extras.as_deref();
        let own = extras.and_then(|extras| extras.hsts.as_ref());
        own.or_else(|| self.manager.hsts.get())
    }

    /// Whether the caller has a say in which certificates are good.
    fn judges_certificates(&self) -> bool {
        let extras = self.properties.extras.as_deref();
        extras.is_some_and(|extras| extras.certificate_validation.is_some())
            || self
                .manager
                .server_certificate_validation_callback()
                .is_some()
    }

    /// RFC 6797 section 8.1: what a host says over TLS is kept, "provided there are no underlying
    /// secure transport errors or warnings", which a caller who judges certificates may pass over.
    pub(super) fn learn_hsts(&self, head: &system_net_http_proto::ResponseHead) {
        if let Some(hsts) = self.hsts()
            && self.uri().scheme() == "https"
            && !self.judges_certificates()
            && let Some(field) = head.headers.get_first("Strict-Transport-Security")
        {
            hsts.accept(self.uri(), &String::from_utf8_lossy(field));
        }
    }
}
