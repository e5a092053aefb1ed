//! A program's own judgement on the certificates of servers.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign};
use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use super::certificate::CertificateFacts;
use super::error::TlsError;

/// Decides whether a server is talked to; asked at each handshake, with what the usual checks say.
///
/// `true` goes on whatever is wrong, `false` refuses even what is right. It runs on the task or
/// thread that connects, with no lock held, and must not block.
///
/// # Differences from .NET
/// Certificate, chain and errors come in one value. There is no sender: a callback that must know
/// the request captures what it needs.
///
/// # Examples
/// One server that cannot get a certificate of an authority, and whose own is known:
/// ```
/// use std::sync::Arc;
/// use system_net_security::RemoteCertificateValidationCallback;
///
/// # let known: Vec<u8> = Vec::new();
/// let callback: RemoteCertificateValidationCallback = Arc::new(move |server| {
///     server.is_accepted()
///         || server.host() == "device.local" && server.certificate() == Some(&known[..])
/// });
/// # let _ = callback;
/// ```
///
/// .NET: `System.Net.Security.RemoteCertificateValidationCallback`
pub type RemoteCertificateValidationCallback =
    Arc<dyn Fn(&RemoteCertificate<'_>) -> bool + Send + Sync>;

/// What is wrong with a certificate, in the terms of .NET: a set.
///
/// .NET: `System.Net.Security.SslPolicyErrors`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SslPolicyErrors(u8);

impl SslPolicyErrors {
    /// Nothing.
    ///
    /// .NET: `System.Net.Security.SslPolicyErrors.None`
    #[doc(alias = "SslPolicyErrors.None")]
    pub const NONE: Self = Self(0);
    /// There is no certificate. A server of TLS 1.2 or 1.3 always has one: without, the handshake
    /// fails before anybody is asked.
    ///
    /// .NET: `System.Net.Security.SslPolicyErrors.RemoteCertificateNotAvailable`
    #[doc(alias = "SslPolicyErrors.RemoteCertificateNotAvailable")]
    pub const REMOTE_CERTIFICATE_NOT_AVAILABLE: Self = Self(1);
    /// The certificate is for other names than the host's.
    ///
    /// .NET: `System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch`
    #[doc(alias = "SslPolicyErrors.RemoteCertificateNameMismatch")]
    pub const REMOTE_CERTIFICATE_NAME_MISMATCH: Self = Self(2);
    /// The chain leads to no trusted authority, or a certificate of it is not valid.
    ///
    /// .NET: `System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors`
    #[doc(alias = "SslPolicyErrors.RemoteCertificateChainErrors")]
    pub const REMOTE_CERTIFICATE_CHAIN_ERRORS: Self = Self(4);

    /// Whether all of these are in the set.
    #[must_use]
    pub const fn contains(self, errors: Self) -> bool {
        self.0 & errors.0 == errors.0
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number that .NET has for the set.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

impl BitOr for SslPolicyErrors {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for SslPolicyErrors {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for SslPolicyErrors {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// The names as .NET prints them, with commas between.
impl fmt::Display for SslPolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            "RemoteCertificateNotAvailable",
            "RemoteCertificateNameMismatch",
            "RemoteCertificateChainErrors",
        ];
        if self.is_empty() {
            return f.write_str("None");
        }
        let set = names
            .iter()
            .enumerate()
            .filter(|(bit, _)| self.0 >> bit & 1 == 1);
        for (index, (_, name)) in set.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SslPolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SslPolicyErrors({self})")
    }
}

/// A server's certificate, as it is shown to a [`RemoteCertificateValidationCallback`].
#[derive(Debug)]
pub struct RemoteCertificate<'a> {
    pub(super) host: &'a str,
    pub(super) chain: &'a [CertificateDer<'a>],
    pub(super) errors: SslPolicyErrors,
    pub(super) problems: &'a [TlsError],
}

impl<'a> RemoteCertificate<'a> {
    /// The host that is connected to: a name, or an address.
    #[must_use]
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The server's own certificate in DER.
    #[must_use]
    pub fn certificate(&self) -> Option<&'a [u8]> {
        self.chain.first().map(|certificate| &**certificate)
    }

    /// The certificates that the server sent, its own first. What is between them and an authority
    /// is not filled in, and nothing says that they belong together unless the chain is
    /// [good](Self::policy_errors).
    #[must_use]
    pub fn chain(&self) -> &'a [CertificateDer<'a>] {
        self.chain
    }

    /// What the server's own certificate says; `None` if it cannot be read.
    #[must_use]
    pub fn facts(&self) -> Option<CertificateFacts> {
        CertificateFacts::read(self.chain.first()?)
    }

    /// What the usual checks found.
    #[must_use]
    pub fn policy_errors(&self) -> SslPolicyErrors {
        self.errors
    }

    /// Whether the usual checks found nothing: what happens without a callback.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.errors.is_empty()
    }

    /// What the usual checks found, in detail: at most one problem of the chain and one of the name.
    #[must_use]
    pub fn problems(&self) -> &'a [TlsError] {
        self.problems
    }
}
