//! `RedirectPolicy`: what a request may follow, and what travels along.

use std::fmt;
use std::sync::Arc;

use system_net_primitives::WebHeaderCollection;
use system_net_security::X509CertificateCollection;
use system_net_uri::Uri;

/// What is made of a redirect that leads from TLS to a connection that anybody can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SchemeDowngrade {
    /// It is not followed: the answer is the result, as an error.
    #[default]
    Refuse,
    /// It is followed, without credentials, cookies and `Referer`.
    Follow,
}

/// Is asked before a redirect is followed.
pub type RedirectHandler = Arc<dyn Fn(&mut Redirection) + Send + Sync>;

/// What a request may follow, and what travels along. Without a policy a request follows as .NET
/// does: no further than its
/// [`maximum_automatic_redirections`](crate::HttpWebRequest::maximum_automatic_redirections), and
/// never from https to http.
///
/// `Authorization` never travels along; `Cookie` and `Proxy-Authorization` do not to another origin,
/// nor do credentials that are not bound to addresses, nor certificates of the client. A policy can
/// hold back more, not less; but it can give certificates to a place that it names
/// ([`Redirection::set_client_certificates`]).
///
/// # Examples
/// ```no_run
/// use std::sync::Arc;
/// use system_net_requests::{RedirectPolicy, WebRequest};
///
/// let mut policy = RedirectPolicy::new();
/// policy.set_headers_of_origin(&["X-Api-Key"]);
/// policy.set_on_redirect(Some(Arc::new(|redirect| {
///     if redirect.to().host() != "www.contoso.com" {
///         redirect.refuse("only our own server");
///     }
/// })));
/// let mut request = WebRequest::create_http("https://www.contoso.com/")?;
/// request.set_redirect_policy(Some(policy))?;
/// # Ok::<(), system_net_requests::WebError>(())
/// ```
#[derive(Clone, Default)]
pub struct RedirectPolicy {
    downgrade: SchemeDowngrade,
    of_origin: Vec<String>,
    handler: Option<RedirectHandler>,
}

impl RedirectPolicy {
    /// As without a policy.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is made of a redirect from https to http; refused unless set.
    #[must_use]
    pub fn scheme_downgrade(&self) -> SchemeDowngrade {
        self.downgrade
    }

    /// Sets what is made of a redirect from https to http.
    pub fn set_scheme_downgrade(&mut self, downgrade: SchemeDowngrade) {
        self.downgrade = downgrade;
    }

    /// The headers that do not travel to another origin, beside those that never do; none unless
    /// set.
    #[must_use]
    pub fn headers_of_origin(&self) -> &[String] {
        &self.of_origin
    }

    /// Sets the headers that do not travel to another origin: another scheme, host or port.
    pub fn set_headers_of_origin(&mut self, names: &[&str]) {
        self.of_origin = names.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Calls `handler` before each redirect is followed; it may take headers away, and refuse.
    /// `None`: nobody.
    pub fn set_on_redirect(&mut self, handler: Option<RedirectHandler>) {
        self.handler = handler;
    }

    /// The redirect as the policy leaves it: what travels along, or why it is not followed.
    pub(crate) fn judge(&self, mut redirection: Redirection) -> Result<Travels, String> {
        if redirection.leaves_origin {
            for name in &self.of_origin {
                redirection.headers.remove_engine(name);
            }
        }
        if let Some(handler) = &self.handler {
            handler(&mut redirection);
        }
        match redirection.refused {
            Some(why) => Err(format!(
                "the redirect to {} is refused by the request's policy: {why}",
                crate::error::without_user_info(&redirection.to)
            )),
            None => Ok((redirection.headers, redirection.client_certificates)),
        }
    }
}

impl fmt::Debug for RedirectPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedirectPolicy")
            .field("scheme_downgrade", &self.downgrade)
            .field("headers_of_origin", &self.of_origin)
            .finish_non_exhaustive()
    }
}

/// The headers and the certificates of the client that travel along.
type Travels = (WebHeaderCollection, Option<Arc<X509CertificateCollection>>);

/// A redirect that is about to be followed.
pub struct Redirection {
    pub(crate) from: Uri,
    pub(crate) to: Uri,
    pub(crate) status: u16,
    pub(crate) method: String,
    pub(crate) count: u32,
    pub(crate) leaves_origin: bool,
    pub(crate) headers: WebHeaderCollection,
    pub(crate) client_certificates: Option<Arc<X509CertificateCollection>>,
    pub(crate) refused: Option<String>,
}

impl Redirection {
    /// Who redirects.
    #[must_use]
    pub fn from(&self) -> &Uri {
        &self.from
    }

    /// Where to.
    #[must_use]
    pub fn to(&self) -> &Uri {
        &self.to
    }

    /// The status code that says so.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        self.status
    }

    /// The method of the request that follows.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The number of this redirect: 1 for the first.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether it leads to another scheme, host or port.
    #[must_use]
    pub fn leaves_origin(&self) -> bool {
        self.leaves_origin
    }

    /// The caller's headers that travel along.
    #[must_use]
    pub fn headers(&self) -> &WebHeaderCollection {
        &self.headers
    }

    /// Takes a header away, from this request and those that follow it.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.remove_engine(name);
    }

    /// The certificates that the client can show to the place it is redirected to: those of the
    /// request, or none if that or an earlier redirect has led to another origin.
    #[must_use]
    pub fn client_certificates(&self) -> Option<&X509CertificateCollection> {
        self.client_certificates.as_deref()
    }

    /// Sets the certificates that the client can show there, and where that redirects to within its
    /// own origin. `None`: none.
    pub fn set_client_certificates(&mut self, certificates: Option<X509CertificateCollection>) {
        self.client_certificates = certificates.map(Arc::new);
    }

    /// Does not follow: the answer is the result, as an error with this reason.
    pub fn refuse(&mut self, why: impl Into<String>) {
        self.refused = Some(why.into());
    }
}

impl fmt::Debug for Redirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirection")
            .field("from", &crate::error::without_user_info(&self.from))
            .field("to", &crate::error::without_user_info(&self.to))
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
