//! Whether a server must prove who it is.

/// Whether the login of a request must prove the server as well.
///
/// Kerberos can do that, alone or in Negotiate; the other schemes of passwords cannot, but for Digest
/// where the server answers with its proof. TLS is no part of it.
///
/// .NET: `System.Net.Security.AuthenticationLevel`
#[doc(alias = "System.Net.Security.AuthenticationLevel")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthenticationLevel {
    /// The client alone proves who it is.
    ///
    /// .NET: `System.Net.Security.AuthenticationLevel.None`
    None = 0,
    /// The server is asked to prove who it is, where the scheme can; if it does not, the request goes
    /// on. The default.
    ///
    /// .NET: `System.Net.Security.AuthenticationLevel.MutualAuthRequested`
    #[default]
    MutualAuthRequested = 1,
    /// A response of a server that has not proved who it is, is an error.
    ///
    /// .NET: `System.Net.Security.AuthenticationLevel.MutualAuthRequired`
    MutualAuthRequired = 2,
}
