//! `AuthenticationLevel`: whether the server must prove who it is.

use system_net_primitives::Misuse;
use system_net_security::authentication::AuthenticationLevel;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// Whether the server must prove who it is by the login;
    /// [`MutualAuthRequested`](AuthenticationLevel::MutualAuthRequested) unless set.
    ///
    /// .NET: `System.Net.WebRequest.AuthenticationLevel`
    #[doc(alias = "WebRequest.AuthenticationLevel")]
    #[must_use]
    pub fn authentication_level(&self) -> AuthenticationLevel {
        self.extras()
            .map_or_else(AuthenticationLevel::default, |extras| {
                extras.authentication_level
            })
    }

    /// Sets whether the server must prove who it is by the login. With
    /// [`MutualAuthRequired`](AuthenticationLevel::MutualAuthRequired), a response without that proof,
    /// be it for want of a login at all, fails the request with
    /// [`ProtocolError`](crate::WebExceptionStatus::ProtocolError).
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_authentication_level(&mut self, level: AuthenticationLevel) -> Result<(), Misuse> {
        self.extras_mut()?.authentication_level = level;
        Ok(())
    }
}
