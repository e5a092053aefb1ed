//! Cookies of a request: what its container sends, and what it takes from each response on the way.

use std::borrow::Cow;

use system_net_http_proto::ResponseHead;
use system_net_primitives::{CookieCollection, CookieContainer, Misuse};
use system_net_uri::Uri;

use super::exchange::Exchange;
use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// Where cookies come from and go to. `None` unless set: then none are kept, and a header
    /// `Cookie` is sent as it was set.
    ///
    /// .NET: `System.Net.HttpWebRequest.CookieContainer`
    #[doc(alias = "HttpWebRequest.CookieContainer")]
    #[must_use]
    pub fn cookie_container(&self) -> Option<&CookieContainer> {
        self.properties.cookie_container.as_ref()
    }

    /// Sets where cookies come from and go to. Requests that share a container, by clones of it,
    /// share its cookies.
    ///
    /// The container decides at each hop of a chain of redirects and logins what is sent there, and
    /// takes what each response sets; a header `Cookie` of the request is not sent.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_cookie_container(
        &mut self,
        container: Option<CookieContainer>,
    ) -> Result<(), Misuse> {
        self.unsent()?.cookie_container = container;
        Ok(())
    }

    /// Always true.
    ///
    /// .NET: `System.Net.HttpWebRequest.SupportsCookieContainer`
    #[doc(alias = "HttpWebRequest.SupportsCookieContainer")]
    #[must_use]
    pub fn supports_cookie_container(&self) -> bool {
        true
    }
}

impl Exchange {
    /// The value of the header `Cookie` for the next request. `None` without a container: what the
    /// caller set counts.
    pub(super) fn cookie_field(&self) -> Option<String> {
        let container = self.properties.cookie_container.as_ref()?;
        Some(container.get_cookie_header(&self.cookie_uri()))
    }

    /// Takes the cookies that a response sets.
    pub(super) fn take_cookies(&self, head: &ResponseHead) -> CookieCollection {
        let mut taken = CookieCollection::new();
        let Some(container) = &self.properties.cookie_container else {
            return taken;
        };
        let uri = self.cookie_uri();
        for field in head.headers.get_all("Set-Cookie") {
            // Each byte is a character, as in other headers.
            let field: String = field.iter().map(|&byte| char::from(byte)).collect();
            taken.add_all(container.accept_set_cookie(&uri, &field));
        }
        taken
    }

    /// The address that cookies are for: the one of the request, with the host that the header
    /// `Host` names. That is the host that sets and reads them.
    fn cookie_uri(&self) -> Cow<'_, Uri> {
        let uri = self.uri();
        if self.redirected.is_none()
            && let Some(host) = self.properties.host.as_ref().map(|host| &host.sent)
            && let Ok(named) = Uri::parse(&format!(
                "{}://{host}{}",
                uri.scheme(),
                uri.path_and_query()
            ))
        {
            return Cow::Owned(named);
        }
        Cow::Borrowed(uri)
    }
}
