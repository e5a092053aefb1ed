//! What a module answers to a challenge.

use std::fmt;

use zeroize::Zeroize as _;

/// The answer to a challenge: the field value to send, and how far it may be used.
///
/// The message is a secret: it is not shown by `Debug` and wiped when dropped.
///
/// .NET: `System.Net.Authorization`
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    message: Message,
    complete: bool,
    awaits_challenge: bool,
    covers_body: bool,
    connection_group_id: Option<String>,
    protection_realm: Vec<String>,
    mutually_authenticated: bool,
}

/// The text, wiped as a whole: byte by byte that is a tenth of a login that goes along unasked.
#[derive(Clone, PartialEq, Eq)]
struct Message(String);

impl Drop for Message {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.resize(bytes.capacity(), 0);
        bytes.as_mut_slice().zeroize();
    }
}

impl Authorization {
    /// A complete answer: no further leg will follow.
    ///
    /// .NET: `System.Net.Authorization..ctor(String)`
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self::with_complete(message, true)
    }

    /// An answer, and whether it is the last one.
    ///
    /// .NET: `System.Net.Authorization..ctor(String, Boolean)`
    #[must_use]
    pub fn with_complete(message: impl Into<String>, complete: bool) -> Self {
        Self {
            message: Message(message.into()),
            complete,
            awaits_challenge: false,
            covers_body: false,
            connection_group_id: None,
            protection_realm: Vec::new(),
            mutually_authenticated: false,
        }
    }

    /// An answer that ties the connection to a group: requests of another group must not use the
    /// connection it was sent on.
    ///
    /// .NET: `System.Net.Authorization..ctor(String, Boolean, String)`
    #[must_use]
    pub fn with_connection_group(
        message: impl Into<String>,
        complete: bool,
        connection_group_id: impl Into<String>,
    ) -> Self {
        let mut authorization = Self::with_complete(message, complete);
        authorization.connection_group_id =
            Some(connection_group_id.into()).filter(|id| !id.is_empty());
        authorization
    }

    /// The value of the `Authorization` or `Proxy-Authorization` field, scheme included.
    ///
    /// .NET: `System.Net.Authorization.Message`
    #[doc(alias = "Authorization.Message")]
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message.0
    }

    /// Whether the exchange ends with this message; else the server's next challenge goes to the
    /// same module.
    ///
    /// .NET: `System.Net.Authorization.Complete`
    #[doc(alias = "Authorization.Complete")]
    #[must_use]
    pub fn complete(&self) -> bool {
        self.complete
    }

    /// Whether the server is sure to answer with another challenge, as it does to the first message
    /// of NTLM: the request goes without its body, which follows with the last message. Default:
    /// false, and so it is for a complete answer.
    #[must_use]
    pub fn awaits_challenge(&self) -> bool {
        self.awaits_challenge && !self.complete
    }

    /// Sets whether the server is sure to answer with another challenge.
    pub fn set_awaits_challenge(&mut self, value: bool) {
        self.awaits_challenge = value;
    }

    /// Whether the answer covers the body of the request, so that the server's own proof may cover that of
    /// the response: [`AuthenticationModule::update`](super::AuthenticationModule::update) has to see
    /// each response then. Default: false.
    #[must_use]
    pub fn covers_body(&self) -> bool {
        self.covers_body
    }

    /// Sets whether the answer covers the body of the request.
    pub fn set_covers_body(&mut self, value: bool) {
        self.covers_body = value;
    }

    /// The group whose requests alone may use the connection afterwards; `None` if the scheme
    /// authenticates requests and not connections.
    ///
    /// .NET: `System.Net.Authorization.ConnectionGroupId`
    #[doc(alias = "Authorization.ConnectionGroupId")]
    #[must_use]
    pub fn connection_group_id(&self) -> Option<&str> {
        self.connection_group_id.as_deref()
    }

    /// URIs, absolute or relative to the request's, below which the same credentials are expected.
    /// Empty means the directory of the request.
    ///
    /// .NET: `System.Net.Authorization.ProtectionRealm`
    #[doc(alias = "Authorization.ProtectionRealm")]
    #[must_use]
    pub fn protection_realm(&self) -> &[String] {
        &self.protection_realm
    }

    /// Sets the URIs below which the same credentials are expected.
    ///
    /// .NET: `System.Net.Authorization.ProtectionRealm`
    pub fn set_protection_realm(&mut self, realm: Vec<String>) {
        self.protection_realm = realm;
    }

    /// Whether the server has proved who it is as well; never before the exchange is complete.
    ///
    /// .NET: `System.Net.Authorization.MutuallyAuthenticated`
    #[doc(alias = "Authorization.MutuallyAuthenticated")]
    #[must_use]
    pub fn mutually_authenticated(&self) -> bool {
        self.complete && self.mutually_authenticated
    }

    /// Sets whether the server has proved who it is as well.
    ///
    /// .NET: `System.Net.Authorization.MutuallyAuthenticated`
    pub fn set_mutually_authenticated(&mut self, value: bool) {
        self.mutually_authenticated = value;
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("message", &"...")
            .field("complete", &self.complete)
            .field("awaits_challenge", &self.awaits_challenge)
            .field("covers_body", &self.covers_body)
            .field("connection_group_id", &self.connection_group_id)
            .field("protection_realm", &self.protection_realm)
            .field("mutually_authenticated", &self.mutually_authenticated)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_fields() {
        let simple = Authorization::new("Basic abc");
        assert_eq!(simple.message(), "Basic abc");
        assert!(simple.complete());
        assert_eq!(simple.connection_group_id(), None);
        assert!(simple.protection_realm().is_empty());

        let leg = Authorization::with_connection_group("NTLM abc", false, "joe");
        assert!(!leg.complete());
        assert_eq!(leg.connection_group_id(), Some("joe"));
        let unnamed = Authorization::with_connection_group("NTLM abc", false, "");
        assert_eq!(unnamed.connection_group_id(), None);
    }

    #[test]
    fn mutual_authentication_counts_only_when_complete() {
        let mut leg = Authorization::with_complete("Negotiate abc", false);
        leg.set_mutually_authenticated(true);
        assert!(!leg.mutually_authenticated());
        let mut last = Authorization::new("Negotiate abc");
        assert!(!last.mutually_authenticated());
        last.set_mutually_authenticated(true);
        assert!(last.mutually_authenticated());
    }

    #[test]
    fn debug_hides_the_message() {
        let shown = format!("{:?}", Authorization::new("Basic c2VjcmV0"));
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }
}
