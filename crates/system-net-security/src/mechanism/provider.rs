//! Who makes the client's side of a login: what is common to requests, streams and mail.

use system_net_primitives::NetworkCredential;

use super::{LogonError, Mechanism};
use crate::extended_protection::ChannelBinding;

/// What a client's login is made of.
#[derive(Clone, Copy, Debug)]
pub struct ClientLogon<'a> {
    /// Who logs in; the user who runs the process if
    /// [`is_default`](system_net_primitives::Credentials::is_default).
    pub credential: &'a NetworkCredential,
    /// The service that is meant, such as `HTTP/www.example.com`.
    pub target_name: Option<&'a str>,
    /// The channel the login is made through.
    pub channel_binding: Option<&'a ChannelBinding>,
    /// Whether messages are to be hidden after the login.
    pub encrypt: bool,
    /// Whether the server may act for the user elsewhere.
    pub delegate: bool,
}

impl<'a> ClientLogon<'a> {
    /// A login of this user, and nothing else.
    #[must_use]
    pub const fn new(credential: &'a NetworkCredential) -> Self {
        Self {
            credential,
            target_name: None,
            channel_binding: None,
            encrypt: false,
            delegate: false,
        }
    }

    /// The host of the [`target_name`](Self::target_name): what stands behind its first slash, up
    /// to a port or a further slash.
    #[must_use]
    pub fn target_host(&self) -> Option<&'a str> {
        let (_, place) = self.target_name?.split_once('/')?;
        let place = place.split('/').next().unwrap_or(place);
        // An IPv6 address in brackets has colons of its own.
        if let Some(rest) = place.strip_prefix('[') {
            return rest.split(']').next();
        }
        match place.split_once(':') {
            Some((host, port)) if !port.contains(':') => Some(host),
            _ => Some(place),
        }
    }
}

/// Makes the client's side of logins by one mechanism.
pub trait MechanismProvider: Send + Sync {
    /// The name of the scheme, as [`Mechanism::name`] gives it.
    fn name(&self) -> &'static str;

    /// Whether a step of its mechanisms may wait for something, such as an answer over the network.
    /// Asynchronous callers then take the first to a thread where it holds nobody up. Default: false.
    fn may_block(&self) -> bool {
        false
    }

    /// One side of one login.
    ///
    /// # Errors
    /// The mechanism cannot be used here or by this user:
    /// [`NoCredentials`](super::LogonErrorKind::NoCredentials),
    /// [`Unavailable`](super::LogonErrorKind::Unavailable).
    fn client(&self, logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError>;
}
