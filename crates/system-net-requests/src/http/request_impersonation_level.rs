//! `ImpersonationLevel`: how far the server may act for the user.

use system_net_primitives::Misuse;
use system_net_security::TokenImpersonationLevel;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// How far the server may act for the user who logs in;
    /// [`Identification`](TokenImpersonationLevel::Identification) unless set.
    ///
    /// .NET: `System.Net.WebRequest.ImpersonationLevel`
    #[doc(alias = "WebRequest.ImpersonationLevel")]
    #[must_use]
    pub fn impersonation_level(&self) -> TokenImpersonationLevel {
        let level = self.extras().and_then(|extras| extras.impersonation_level);
        level.unwrap_or(TokenImpersonationLevel::Identification)
    }

    /// Sets how far the server may act for the user who logs in.
    ///
    /// With [`Delegation`](TokenImpersonationLevel::Delegation) a login by Kerberos gives the server
    /// the user's own tickets, if they may be forwarded and the realm trusts the server with them
    /// (`ok_as_delegate`); to others too, if the context's module has a provider that says so
    /// (`KerberosProvider::delegation`). No other login gives anything away.
    /// [`Impersonation`](TokenImpersonationLevel::Impersonation) is the same on the wire as
    /// [`Identification`](TokenImpersonationLevel::Identification): what a server does on its own
    /// computer is its own business.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started. [`Misuse::OutOfRange`]: a level below
    /// `Identification`; every login tells the server who the user is.
    ///
    /// # Differences from .NET
    /// The default there is `Delegation`. Here whoever wants his tickets to go says so.
    pub fn set_impersonation_level(
        &mut self,
        level: TokenImpersonationLevel,
    ) -> Result<(), Misuse> {
        if level < TokenImpersonationLevel::Identification {
            return Err(Misuse::out_of_range(
                "level",
                "a login tells the server who the user is: Identification is the lowest level",
            ));
        }
        self.extras_mut()?.impersonation_level = Some(level);
        Ok(())
    }
}
