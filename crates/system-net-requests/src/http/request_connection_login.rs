//! `UnsafeAuthenticatedConnectionSharing`: whether a connection that one user has logged in may
//! serve others.

use system_net_primitives::Misuse;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// Whether the request may use a connection that another user of its group has logged in (NTLM,
    /// Negotiate), and leave its own to others. Off unless set.
    ///
    /// When off, each user's logged-in connections are a group of their own in the pool.
    ///
    /// # Security
    /// On, the server answers a request in the name of whoever logged the connection in. Turn it on
    /// only together with a [connection group](Self::set_connection_group_name) per user.
    ///
    /// .NET: `System.Net.HttpWebRequest.UnsafeAuthenticatedConnectionSharing`
    #[doc(alias = "HttpWebRequest.UnsafeAuthenticatedConnectionSharing")]
    #[must_use]
    pub fn unsafe_authenticated_connection_sharing(&self) -> bool {
        self.properties.unsafe_authenticated_connection_sharing
    }

    /// Shares connections that are logged in, or keeps them apart.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_unsafe_authenticated_connection_sharing(
        &mut self,
        shared: bool,
    ) -> Result<(), Misuse> {
        self.unsent()?.unsafe_authenticated_connection_sharing = shared;
        Ok(())
    }
}
