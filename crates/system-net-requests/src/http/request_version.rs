//! Which version of HTTP a request goes out in.

use system_net_primitives::{HttpVersion, Misuse};

use super::request::HttpWebRequest;
use crate::http2::HttpVersionPolicy;

impl HttpWebRequest {
    /// The HTTP version of the request. 1.1 unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.ProtocolVersion`
    #[doc(alias = "HttpWebRequest.ProtocolVersion")]
    #[must_use]
    pub fn protocol_version(&self) -> HttpVersion {
        self.properties.protocol_version
    }

    /// Sets the HTTP version: 1.0, 1.1 or 2.0. With 2.0 the server is offered HTTP/2, and may choose
    /// HTTP/1.1; [`set_version_policy`](Self::set_version_policy) forbids that, and is needed for
    /// HTTP/2 in clear text.
    ///
    /// Over HTTP/2 many requests share a connection: those of the same connection group, by the same
    /// way, with the same callback for certificates. Of them, as many are under way at once as the
    /// server allows; others wait, or open another connection if the service point allows one more.
    /// Fields about the connection are left out (`Connection`, `Transfer-Encoding` and others), and
    /// names go out in lower case. A request whose login belongs to a connection (NTLM, Negotiate)
    /// is sent over HTTP/1.1, and so is one for which the server asks that.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: another version. [`Misuse::InvalidOperation`]: the request was
    /// started.
    ///
    /// # Differences from .NET
    /// There 2.0 cannot be set.
    pub fn set_protocol_version(&mut self, version: HttpVersion) -> Result<(), Misuse> {
        let known = [
            HttpVersion::VERSION10,
            HttpVersion::VERSION11,
            HttpVersion::VERSION20,
        ];
        if !known.contains(&version) {
            return Err(Misuse::invalid_argument(
                "value",
                "only HTTP/1.0, 1.1 and 2.0 can be asked for",
            ));
        }
        self.unsent()?.protocol_version = version;
        Ok(())
    }

    /// What is to be done if the server does not speak [`protocol_version`](Self::protocol_version).
    /// An older version will do, unless set.
    ///
    /// .NET: `System.Net.Http.HttpRequestMessage.VersionPolicy`
    #[doc(alias = "HttpRequestMessage.VersionPolicy")]
    #[must_use]
    pub fn version_policy(&self) -> HttpVersionPolicy {
        self.extras()
            .map_or_else(HttpVersionPolicy::default, |extras| extras.version_policy)
    }

    /// Sets what is to be done if the server does not speak the version that is asked for. Where it
    /// must be HTTP/2 and cannot be, the request fails: with the status `SecureChannelFailure` if the
    /// server does not choose it, with [`Misuse::NotSupported`] through a proxy that passes requests
    /// on instead of opening a tunnel.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_version_policy(&mut self, policy: HttpVersionPolicy) -> Result<(), Misuse> {
        self.extras_mut()?.version_policy = policy;
        Ok(())
    }
}
