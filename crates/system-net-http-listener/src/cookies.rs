//! Cookies: those that a client sends back, and those that a response gives it to keep.

use system_net_primitives::{Cookie, CookieCollection, Misuse};

use crate::request::HttpListenerRequest;
use crate::response::HttpListenerResponse;

impl HttpListenerRequest {
    /// The cookies that the client sent: of each name, path and domain the last. What is no cookie
    /// is left out. They are read anew at every call.
    ///
    /// .NET: `System.Net.HttpListenerRequest.Cookies`
    #[doc(alias = "HttpListenerRequest.Cookies")]
    #[must_use]
    pub fn cookies(&self) -> CookieCollection {
        let mut cookies = CookieCollection::new();
        // RFC 9113 section 8.2.3: they may come in several fields.
        for (name, value) in self.headers().iter() {
            if name.eq_ignore_ascii_case("Cookie") {
                cookies.add_all(CookieCollection::from_cookie_header(&value));
            }
        }
        cookies
    }
}

/// Cookies.
///
/// Each is a `Set-Cookie` field of its own, behind the other fields.
///
/// # Differences from .NET
/// * .NET writes all into one field, with commas between, and `Set-Cookie2` for some: RFC 6265
///   section 3 has neither.
/// * `Secure`, `HttpOnly` and `SameSite` are written; .NET forgets them.
/// * Fields `Set-Cookie` that the program added to the headers by itself stay beside them.
impl HttpListenerResponse {
    /// The cookies that go with the response.
    ///
    /// .NET: `System.Net.HttpListenerResponse.Cookies`
    #[doc(alias = "HttpListenerResponse.Cookies")]
    #[must_use]
    pub fn cookies(&self) -> &CookieCollection {
        static NONE: CookieCollection = CookieCollection::new();
        self.seldom().map_or(&NONE, |seldom| &seldom.cookies)
    }

    /// The cookies, to change. What cannot be written shows when the response is given.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn cookies_mut(&mut self) -> Result<&mut CookieCollection, Misuse> {
        Ok(&mut self.seldom_mut()?.cookies)
    }

    /// Puts these in the place of the cookies.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn set_cookies(&mut self, value: CookieCollection) -> Result<(), Misuse> {
        self.seldom_mut()?.cookies = value;
        Ok(())
    }

    /// Adds a cookie, in the place of the one with its name, path and domain if there is one.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.AppendCookie`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if it has characters that no cookie may have;
    /// [`Misuse::InvalidOperation`] once the head was given.
    #[doc(alias = "HttpListenerResponse.AppendCookie")]
    pub fn append_cookie(&mut self, cookie: Cookie) -> Result<(), Misuse> {
        self.check_cookie(&cookie)?;
        self.trace()
            .information("AppendCookie", format_args!("{}", cookie.name()));
        self.seldom_mut()?.cookies.add(cookie);
        Ok(())
    }

    /// As [`append_cookie`](Self::append_cookie).
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.SetCookie`
    ///
    /// # Errors
    /// As there.
    #[doc(alias = "HttpListenerResponse.SetCookie")]
    pub fn set_cookie(&mut self, cookie: Cookie) -> Result<(), Misuse> {
        self.check_cookie(&cookie)?;
        self.trace()
            .information("SetCookie", format_args!("{}", cookie.name()));
        self.seldom_mut()?.cookies.add(cookie);
        Ok(())
    }

    /// Whether the cookie can be sent, and can still be. Its value, which may be a secret, is nothing
    /// for traces.
    fn check_cookie(&mut self, cookie: &Cookie) -> Result<(), Misuse> {
        self.seldom_mut()?;
        self.text_of(cookie).map(drop)
    }

    fn text_of(&self, cookie: &Cookie) -> Result<String, Misuse> {
        let refused = |error| {
            let name = cookie.name().escape_debug();
            Misuse::invalid_argument("cookie", format!("{name} cannot be sent: {error}"))
        };
        cookie.to_set_cookie(self.utc_now()).map_err(refused)
    }

    /// The fields of the cookies.
    ///
    /// # Errors
    /// One of them cannot be written.
    pub(crate) fn cookie_fields(&self) -> Result<Vec<String>, Misuse> {
        self.cookies()
            .iter()
            .map(|cookie| self.text_of(cookie))
            .collect()
    }
}
