//! What few requests want, kept aside so that the others are not larger for it.

use std::path::Path;
use std::sync::Arc;

use system_net_security::authentication::AuthenticationLevel;
use system_net_security::{
    RemoteCertificateValidationCallback, TokenImpersonationLevel, X509CertificateCollection,
};

use super::connection_event::ConnectionHandler;
use super::head_event::HeadHandler;
use crate::cache_policy::HttpRequestCachePolicy;
use crate::hsts::Hsts;
use crate::http2::HttpVersionPolicy;
use crate::rate_limit::RateLimit;
use crate::redirect_policy::RedirectPolicy;
use crate::retry::RetryPolicy;
use crate::timeouts::Timeouts;

/// The rare properties of a request.
#[derive(Clone, Default)]
pub(crate) struct Extras {
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) redirect: Option<RedirectPolicy>,
    /// `None`: as the context has it.
    pub(crate) hsts: Option<Hsts>,
    pub(crate) download_limit: Option<RateLimit>,
    pub(crate) upload_limit: Option<RateLimit>,
    pub(crate) on_connection: Option<ConnectionHandler>,
    pub(crate) on_head: Option<HeadHandler>,
    /// `None`: TCP.
    pub(crate) unix_socket: Option<Arc<Path>>,
    /// `None`: as the context has it.
    pub(crate) certificate_validation: Option<RemoteCertificateValidationCallback>,
    /// `None`: as the context has it.
    pub(crate) timeouts: Option<Timeouts>,
    /// `None`: as the context has it.
    pub(crate) unsafe_header_parsing: Option<bool>,
    /// `None`: as the context has it.
    pub(crate) cache_policy: Option<HttpRequestCachePolicy>,
    /// `None`: none.
    pub(crate) client_certificates: Option<Arc<X509CertificateCollection>>,
    pub(crate) version_policy: HttpVersionPolicy,
    pub(crate) authentication_level: AuthenticationLevel,
    /// `None`: the default, `Identification`.
    pub(crate) impersonation_level: Option<TokenImpersonationLevel>,
}

impl Extras {
    /// Whether the server may act for the user elsewhere.
    pub(crate) fn delegates(&self) -> bool {
        self.impersonation_level == Some(TokenImpersonationLevel::Delegation)
    }
}
