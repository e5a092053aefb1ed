//! How well what is said is guarded, and how far a server may act for its client.

/// How what is said after a login is guarded.
///
/// .NET: `System.Net.Security.ProtectionLevel`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProtectionLevel {
    /// Not at all: only the login itself is.
    None = 0,
    /// It is signed; everybody on the way can read it.
    Sign = 1,
    /// It is signed and hidden.
    EncryptAndSign = 2,
}

/// How far a server may act for the client that has logged in.
///
/// .NET: `System.Security.Principal.TokenImpersonationLevel`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TokenImpersonationLevel {
    /// Nothing is said about it.
    None = 0,
    /// It does not even know who the client is.
    Anonymous = 1,
    /// It knows who the client is.
    Identification = 2,
    /// It may act for the client on its own computer. A system without such tokens never gives it.
    Impersonation = 3,
    /// It may act for the client everywhere.
    Delegation = 4,
}
