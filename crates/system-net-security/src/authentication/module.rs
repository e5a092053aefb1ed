//! The trait a scheme implements on the client's side, and what it learns about the request.

use std::any::Any;
use std::fmt;

use system_net_primitives::Credentials;
use system_net_uri::Uri;

use super::{Authorization, BodyProof, Challenges};
use crate::extended_protection::ChannelBinding;
use crate::mechanism::LogonError;

/// An authentication scheme, client side.
///
/// .NET: `System.Net.IAuthenticationModule`
///
/// # Differences from .NET
/// The challenges are handed over parsed, not as one string. The request is a set of facts, so
/// that a scheme has neither the connection nor the clock to itself; what it must remember
/// between two legs goes into [`AuthenticationRequest::state`].
#[doc(alias = "IAuthenticationModule")]
pub trait AuthenticationModule: Send + Sync {
    /// The name of the scheme, as challenges and credential caches name it.
    ///
    /// .NET: `System.Net.IAuthenticationModule.AuthenticationType`
    #[doc(alias = "IAuthenticationModule.AuthenticationType")]
    fn authentication_type(&self) -> &str;

    /// Whether the scheme can answer before it is asked.
    ///
    /// .NET: `System.Net.IAuthenticationModule.CanPreAuthenticate`
    #[doc(alias = "IAuthenticationModule.CanPreAuthenticate")]
    fn can_pre_authenticate(&self) -> bool;

    /// Answers a challenge, or gives `None` if the scheme was not offered, there is no credential
    /// for it, or the answer it could give was refused already.
    ///
    /// .NET: `System.Net.IAuthenticationModule.Authenticate`
    #[doc(alias = "IAuthenticationModule.Authenticate")]
    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization>;

    /// Answers without a challenge, for a request inside of a protection space that the module
    /// opened before. Called only if [`can_pre_authenticate`](Self::can_pre_authenticate).
    ///
    /// .NET: `System.Net.IAuthenticationModule.PreAuthenticate`
    #[doc(alias = "IAuthenticationModule.PreAuthenticate")]
    fn pre_authenticate(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let _ = (request, credentials);
        None
    }

    /// Whether a login holds for the connection it was made on and not for a request. All its
    /// messages must go over that connection, and no other user's request may.
    fn binds_connection(&self) -> bool {
        false
    }

    /// Whether [`authenticate`](Self::authenticate) and [`pre_authenticate`](Self::pre_authenticate)
    /// may wait for something, such as an answer over the network. Asynchronous requests then ask on
    /// a thread where that holds nobody up.
    fn may_block(&self) -> bool {
        false
    }

    /// Whether answers depend on [`AuthenticationRequest::target_name`]. It need not be told to a
    /// module that says no.
    fn needs_target_name(&self) -> bool {
        true
    }

    /// Whether a complete answer that was refused may be followed by another one: the server says
    /// that it was right but for something that is renewed, such as a nonce that became stale.
    fn may_repeat(&self, challenges: &Challenges, request: &mut AuthenticationRequest<'_>) -> bool {
        let _ = (challenges, request);
        false
    }

    /// Whether [`update`](Self::update) finds nothing in a response that has none of the fields it
    /// is told of. It need not be called for such a response then, unless the answer
    /// [covers the body](Authorization::covers_body).
    fn updates_by_fields(&self) -> bool {
        false
    }

    /// Looks at what the server says with the response that lets the request in: the proof of who
    /// the server is, or the next number of a login.
    ///
    /// `challenges` is what stands in its `WWW-Authenticate` or `Proxy-Authenticate`, and `info` in
    /// its `Authentication-Info` or `Proxy-Authentication-Info`.
    ///
    /// .NET: `System.Net.ISessionAuthenticationModule.Update`
    #[doc(alias = "ISessionAuthenticationModule.Update")]
    fn update(
        &self,
        challenges: &Challenges,
        info: Option<&[u8]>,
        request: &mut AuthenticationRequest<'_>,
    ) -> Update {
        let _ = (challenges, info, request);
        Update::Unchanged
    }
}

/// What a response that lets the request in says of the login.
#[derive(Debug)]
#[non_exhaustive]
pub enum Update {
    /// Nothing that counts.
    Unchanged,
    /// The server has proved who it is.
    MutuallyAuthenticated,
    /// The server's proof covers the body of the response, or may stand behind it: show it the body.
    OverBody(Box<dyn BodyProof>),
    /// What the server says is wrong: it may be somebody else.
    Failed(LogonError),
}

/// What a module may know of the request it authenticates.
pub struct AuthenticationRequest<'a> {
    challenged_uri: &'a Uri,
    method: &'a str,
    target: &'a str,
    proxy: bool,
    secure: bool,
    connection_group: Option<&'a str>,
    target_name: Option<&'a str>,
    channel_binding: Option<&'a ChannelBinding>,
    delegate: bool,
    own_connection: bool,
    body: Option<&'a [u8]>,
    state: &'a mut AuthenticationState,
}

impl<'a> AuthenticationRequest<'a> {
    /// The facts that every request has. `challenged_uri` is the URI of whoever asks for the
    /// login: that of the resource, or of the proxy. `secure` tells whether an eavesdropper
    /// between here and there sees nothing.
    ///
    /// `state` must be one value per request and challenger: the origin's and the proxy's logins
    /// are two exchanges. A redirect begins a new one.
    #[must_use]
    pub fn new(
        challenged_uri: &'a Uri,
        method: &'a str,
        secure: bool,
        state: &'a mut AuthenticationState,
    ) -> Self {
        let target = challenged_uri.path_and_query();
        Self {
            challenged_uri,
            method,
            target,
            proxy: false,
            secure,
            connection_group: None,
            target_name: None,
            channel_binding: None,
            delegate: false,
            own_connection: true,
            body: None,
            state,
        }
    }

    /// Says that a proxy asks, and what stands as the target in the request line.
    #[must_use]
    pub fn for_proxy(mut self, target: &'a str) -> Self {
        self.proxy = true;
        self.target = target;
        self
    }

    /// Names the connection group of the request.
    #[must_use]
    pub fn in_connection_group(mut self, name: &'a str) -> Self {
        self.connection_group = Some(name);
        self
    }

    /// Names the service that is meant, such as `HTTP/www.example.com`, for schemes that say so.
    #[must_use]
    pub fn to_target(mut self, name: &'a str) -> Self {
        self.target_name = Some(name);
        self
    }

    /// Tells of the channel the login is made through, for schemes that are tied to it.
    #[must_use]
    pub fn over_channel(mut self, binding: &'a ChannelBinding) -> Self {
        self.channel_binding = Some(binding);
        self
    }

    /// Lets the server act for the user elsewhere, where the scheme can.
    #[must_use]
    pub fn delegating(mut self) -> Self {
        self.delegate = true;
        self
    }

    /// Says that the connection is not this client's alone all the way: a proxy in between may
    /// use its own for others as well. Logins that belong to a connection cannot be made then.
    #[must_use]
    pub fn without_own_connection(mut self) -> Self {
        self.own_connection = false;
        self
    }

    /// Gives the body that the request will be sent with, for schemes that cover it. An empty one
    /// says that there is none.
    #[must_use]
    pub fn with_body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// The URI of whoever asks for the login; credentials are looked up for it.
    #[must_use]
    pub fn challenged_uri(&self) -> &'a Uri {
        self.challenged_uri
    }

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// The target as it stands in the request line.
    #[must_use]
    pub fn target(&self) -> &'a str {
        self.target
    }

    /// Whether a proxy asks (407) and not the origin (401).
    #[must_use]
    pub fn is_proxy(&self) -> bool {
        self.proxy
    }

    /// Whether the message travels encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The connection group of the request, if it has one.
    #[must_use]
    pub fn connection_group(&self) -> Option<&'a str> {
        self.connection_group
    }

    /// The service that is meant; `None` if nobody said.
    #[must_use]
    pub fn target_name(&self) -> Option<&'a str> {
        self.target_name
    }

    /// The channel the login is made through; `None` without TLS.
    #[must_use]
    pub fn channel_binding(&self) -> Option<&'a ChannelBinding> {
        self.channel_binding
    }

    /// Whether the server may act for the user elsewhere.
    #[must_use]
    pub fn may_delegate(&self) -> bool {
        self.delegate
    }

    /// Whether the connection is this client's alone all the way.
    #[must_use]
    pub fn has_own_connection(&self) -> bool {
        self.own_connection
    }

    /// The body that the request will be sent with; `None` if it is not known before it is sent.
    #[must_use]
    pub fn body(&self) -> Option<&'a [u8]> {
        self.body
    }

    /// What the exchange remembers between its legs.
    pub fn state(&mut self) -> &mut AuthenticationState {
        self.state
    }
}

impl fmt::Debug for AuthenticationRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationRequest")
            .field("challenged_uri", &self.challenged_uri)
            .field("method", &self.method)
            .field("proxy", &self.proxy)
            .field("secure", &self.secure)
            .finish_non_exhaustive()
    }
}

/// The memory of one login exchange: one value of a type that its module chooses.
///
/// Several modules may look at it in turn; each sees only a value of its own type, and the value
/// of the module that answers replaces that of another.
#[derive(Default)]
pub struct AuthenticationState {
    value: Option<Box<dyn Any + Send + Sync>>,
    refused: bool,
}

impl AuthenticationState {
    /// The state before the first challenge.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            value: None,
            refused: false,
        }
    }

    /// What was stored, if it is of this type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.value.as_ref().and_then(|value| value.downcast_ref())
    }

    /// What was stored, to change it, if it is of this type.
    #[must_use]
    pub fn get_mut<T: Any + Send + Sync>(&mut self) -> Option<&mut T> {
        self.value.as_mut().and_then(|value| value.downcast_mut())
    }

    /// Stores a value in place of what was there.
    pub fn set<T: Any + Send + Sync>(&mut self, value: T) {
        self.value = Some(Box::new(value));
    }

    /// Forgets everything: the connection was lost, or the request was redirected.
    pub fn clear(&mut self) {
        self.value = None;
        self.refused = false;
    }

    /// Says that the login was refused: no other module is asked for one in its place. A module
    /// that merely has nothing to log in with does not say so.
    pub fn refuse(&mut self) {
        self.refused = true;
    }

    /// Whether the login was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether nothing is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_none()
    }
}

impl fmt::Debug for AuthenticationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationState")
            .finish_non_exhaustive()
    }
}
