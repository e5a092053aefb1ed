//! `NegotiateStream`: a login over any stream, and after it a stream that is signed or hidden.
//!
//! The handshake and its frames are a core without I/O; what drives it is here.
//!
//! To read: [MS-NNS].

mod begin_end;
mod channel;
mod frames;
mod handshake;
mod levels;
mod options;
#[cfg(test)]
mod tests;
mod transfer;

use std::fmt;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use system_net_primitives::Misuse;
use system_net_runtime::{Transport, block_on, unblock};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::extended_protection::PolicyEnforcement;
use crate::mechanism::{LogonError, LogonErrorKind, Mechanism};
use crate::ssl_stream::{AsyncStream, BlockingStream};
use channel::Channel;
use frames::{FrameId, HEAD, read_head};
use handshake::{Demands, Failure, Handshake, Reply};

pub use levels::{ProtectionLevel, TokenImpersonationLevel};
pub use options::{NegotiateClientOptions, NegotiateServerOptions};

/// A stream whose two sides know each other by a login, Kerberos or NTLM, and that signs and hides
/// what they say.
///
/// It is made over another stream and authenticates once. Clones are of one stream: one may read
/// while another writes.
///
/// # Blocking
/// Waits for the peer without a limit of its own, unless the stream below has one. Over a stream
/// that blocks ([`over_blocking`](Self::over_blocking)) the asynchronous forms block as well.
///
/// # Examples
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// use system_net_primitives::NetworkCredential;
/// use system_net_security::negotiate::NegotiateServer;
/// use system_net_security::ntlm::{NtHash, NtlmServer};
/// use system_net_security::{NegotiateClientOptions, NegotiateServerOptions, NegotiateStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let address = listener.local_addr()?;
/// let server = std::thread::spawn(move || {
///     let mut stream = NegotiateStream::over_blocking(listener.accept()?.0);
///     let accounts = |user: &str, _: &str| (user == "ann").then(|| NtHash::of_password("secret"));
///     let ntlm = NtlmServer::new(accounts, Default::default());
///     let login = NegotiateServer::new(vec![Box::new(ntlm)]);
///     stream.authenticate_as_server(Box::new(login), &NegotiateServerOptions::default())?;
///     let name = stream.remote_identity().map(|it| it.name.clone()).unwrap_or_default();
///     stream.write_all(name.as_bytes())?;
///     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
/// });
/// let mut stream = NegotiateStream::over_blocking(TcpStream::connect(address)?);
/// let ann = NetworkCredential::with_domain("ann", "secret", "EXAMPLE");
/// let options = NegotiateClientOptions {
///     target_name: Some("HOST/localhost".to_owned()),
///     ..NegotiateClientOptions::default()
/// };
/// stream.authenticate_as_client(&ann, &options)?;
/// let mut text = String::new();
/// stream.read_to_string(&mut text)?;
/// assert_eq!(text, "EXAMPLE\\ann");
/// # server.join().unwrap().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// .NET: `System.Net.Security.NegotiateStream`
#[derive(Clone)]
pub struct NegotiateStream {
    shared: Arc<Shared>,
}

struct Shared {
    /// Tells streams apart for who ends an operation.
    id: u32,
    state: Mutex<State>,
    login: OnceLock<Login>,
}

enum State {
    New(Box<dyn Transport>),
    /// Somebody authenticates, or has given up while he did.
    Authenticating,
    Ready(Box<Channel>),
    Failed,
}

impl State {
    fn refusal(&self) -> Misuse {
        Misuse::invalid_operation(match self {
            Self::New(_) => {
                "the stream is not authenticated; call authenticate_as_client or \
                 authenticate_as_server first"
            }
            Self::Authenticating => "the stream's authentication goes on, or was given up half-way",
            Self::Ready(_) => "the stream is authenticated already",
            Self::Failed => {
                "the stream's authentication has failed; make a new stream over a new connection"
            }
        })
    }
}

/// What is known after the login.
#[derive(Debug)]
struct Login {
    level: ProtectionLevel,
    impersonation: TokenImpersonationLevel,
    mutual: bool,
    is_server: bool,
    remote: RemoteIdentity,
}

/// Who the peer is.
///
/// .NET: `System.Security.Principal.IIdentity`
#[doc(alias = "IIdentity")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteIdentity {
    /// At a server the user, `DOMAIN\user`; at a client the name of the service it meant.
    ///
    /// .NET: `System.Security.Principal.IIdentity.Name`
    pub name: String,
    /// How it logged in: `NTLM`, `Kerberos`.
    ///
    /// .NET: `System.Security.Principal.IIdentity.AuthenticationType`
    pub authentication_type: &'static str,
}

impl NegotiateStream {
    /// Over a transport.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.#ctor`
    #[must_use]
    pub fn new(inner: impl Transport) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self {
            shared: Arc::new(Shared {
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                state: Mutex::new(State::New(Box::new(inner))),
                login: OnceLock::new(),
            }),
        }
    }

    /// Over a stream of tokio's traits.
    #[must_use]
    pub fn over_async<S>(inner: S) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
    {
        Self::new(AsyncStream(inner))
    }

    /// Over a stream of std's traits, which waits by blocking the thread.
    #[must_use]
    pub fn over_blocking<S>(inner: S) -> Self
    where
        S: Read + Write + Send + Unpin + 'static,
    {
        Self::new(BlockingStream::new(inner))
    }

    /// Logs in to the server.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.AuthenticateAsClient`
    ///
    /// # Errors
    /// As [`authenticate_as_client_async`](Self::authenticate_as_client_async).
    #[doc(alias = "NegotiateStream.AuthenticateAsClient")]
    pub fn authenticate_as_client(
        &self,
        credential: &system_net_primitives::NetworkCredential,
        options: &NegotiateClientOptions,
    ) -> Result<(), LogonError> {
        block_on(self.authenticate_as_client_async(credential, options))
    }

    /// Logs in to the server.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.AuthenticateAsClientAsync`
    ///
    /// # Errors
    /// The login failed, here or at the server; less protection was agreed on than is demanded
    /// ([`NotAllowed`](LogonErrorKind::NotAllowed)); the stream below failed
    /// ([`Unavailable`](LogonErrorKind::Unavailable), with the [`std::io::Error`] as its source);
    /// the stream has authenticated before ([`InvalidState`](LogonErrorKind::InvalidState)).
    #[doc(alias = "NegotiateStream.AuthenticateAsClientAsync")]
    pub async fn authenticate_as_client_async(
        &self,
        credential: &system_net_primitives::NetworkCredential,
        options: &NegotiateClientOptions,
    ) -> Result<(), LogonError> {
        let mechanism = options.mechanism(credential)?;
        let demands = Demands {
            protection: options.required_protection_level,
            impersonation: TokenImpersonationLevel::None,
            policy: None,
        };
        let name = options.target_name.clone().unwrap_or_default();
        self.authenticate(mechanism, false, demands, Some(name))
            .await
    }

    /// Lets a client log in.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.AuthenticateAsServer`
    ///
    /// # Errors
    /// As [`authenticate_as_server_async`](Self::authenticate_as_server_async).
    #[doc(alias = "NegotiateStream.AuthenticateAsServer")]
    pub fn authenticate_as_server(
        &self,
        mechanism: Box<dyn Mechanism>,
        options: &NegotiateServerOptions,
    ) -> Result<(), LogonError> {
        block_on(self.authenticate_as_server_async(mechanism, options))
    }

    /// Lets a client log in. The mechanism is the server's side of one login; a channel binding of
    /// the policy is given to it.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.AuthenticateAsServerAsync`
    ///
    /// # Errors
    /// As [`authenticate_as_client_async`](Self::authenticate_as_client_async); the policy refused
    /// the login ([`BindingDiffers`](LogonErrorKind::BindingDiffers)), or always demands and has
    /// nothing to compare with, or the mechanism was made with another channel binding
    /// ([`InvalidState`](LogonErrorKind::InvalidState)).
    #[doc(alias = "NegotiateStream.AuthenticateAsServerAsync")]
    pub async fn authenticate_as_server_async(
        &self,
        mut mechanism: Box<dyn Mechanism>,
        options: &NegotiateServerOptions,
    ) -> Result<(), LogonError> {
        if let Some(policy) = &options.policy
            && policy.policy_enforcement() == PolicyEnforcement::Always
            && policy.custom_channel_binding().is_none()
            && policy.custom_service_names().is_none()
        {
            return Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "the policy always demands extended protection, and has neither a channel binding \
                 nor service names to compare with",
            ));
        }
        if let Some(policy) = &options.policy
            && policy.checks_binding(false)
            && let Some(binding) = policy.custom_channel_binding()
        {
            mechanism.bind_to_channel(binding)?;
        }
        let demands = Demands {
            protection: options.required_protection_level,
            impersonation: options.required_impersonation_level,
            policy: options.policy.clone(),
        };
        self.authenticate(mechanism, true, demands, None).await
    }

    async fn authenticate(
        &self,
        mechanism: Box<dyn Mechanism>,
        is_server: bool,
        demands: Demands,
        service: Option<String>,
    ) -> Result<(), LogonError> {
        let mut inner = {
            let mut state = self.lock();
            match std::mem::replace(&mut *state, State::Authenticating) {
                State::New(inner) => inner,
                other => {
                    let refusal = other.refusal();
                    *state = other;
                    return Err(LogonError::new(
                        LogonErrorKind::InvalidState,
                        refusal.to_string(),
                    ));
                }
            }
        };
        let handshake = Handshake::new(mechanism, is_server, demands);
        let (mechanism, level, impersonation) = match drive(handshake, &mut inner, is_server).await
        {
            Ok(finished) => finished.finish(),
            Err(error) => {
                *self.lock() = State::Failed;
                return Err(error);
            }
        };
        let name = match (mechanism.accepted(), service) {
            (_, Some(service)) => service,
            (Some(user), None) if user.domain.is_empty() => user.user_name.clone(),
            (Some(user), None) => format!("{}\\{}", user.domain, user.user_name),
            (None, None) => String::new(),
        };
        self.shared.login.get_or_init(|| Login {
            level,
            impersonation,
            mutual: mechanism.is_mutually_authenticated(),
            is_server,
            remote: RemoteIdentity {
                name,
                authentication_type: mechanism.name(),
            },
        });
        let channel = Channel::new(inner, mechanism, level);
        *self.lock() = State::Ready(Box::new(channel));
        Ok(())
    }

    /// Whether the login has succeeded.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.IsAuthenticated`
    #[doc(alias = "NegotiateStream.IsAuthenticated")]
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.shared.login.get().is_some()
    }

    /// Whether the server has proved who it is as well.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.IsMutuallyAuthenticated`
    #[doc(alias = "NegotiateStream.IsMutuallyAuthenticated")]
    #[must_use]
    pub fn is_mutually_authenticated(&self) -> bool {
        self.shared.login.get().is_some_and(|it| it.mutual)
    }

    /// Whether what is said is hidden.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.IsEncrypted`
    #[doc(alias = "NegotiateStream.IsEncrypted")]
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.level() == ProtectionLevel::EncryptAndSign
    }

    /// Whether what is said is guarded against changes.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.IsSigned`
    #[doc(alias = "NegotiateStream.IsSigned")]
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.level() >= ProtectionLevel::Sign
    }

    fn level(&self) -> ProtectionLevel {
        let login = self.shared.login.get();
        login.map_or(ProtectionLevel::None, |it| it.level)
    }

    /// Whether this side is the server.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.IsServer`
    #[doc(alias = "NegotiateStream.IsServer")]
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.shared.login.get().is_some_and(|it| it.is_server)
    }

    /// How far the server may act for the client; [`None`](TokenImpersonationLevel::None) before
    /// the login.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.ImpersonationLevel`
    #[doc(alias = "NegotiateStream.ImpersonationLevel")]
    #[must_use]
    pub fn impersonation_level(&self) -> TokenImpersonationLevel {
        let login = self.shared.login.get();
        login.map_or(TokenImpersonationLevel::None, |it| it.impersonation)
    }

    /// Who the peer is; `None` before the login.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.RemoteIdentity`
    #[doc(alias = "NegotiateStream.RemoteIdentity")]
    #[must_use]
    pub fn remote_identity(&self) -> Option<&RemoteIdentity> {
        self.shared.login.get().map(|it| &it.remote)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let state = &self.shared.state;
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads, feeds and writes until the handshake is complete.
async fn drive(
    mut handshake: Handshake,
    inner: &mut Box<dyn Transport>,
    is_server: bool,
) -> Result<Handshake, LogonError> {
    if !is_server {
        let reply;
        (handshake, reply) = advance(handshake, None).await?;
        if send(inner, reply).await? {
            return Ok(handshake);
        }
    }
    loop {
        let mut head = [0; HEAD];
        inner.read_exact(&mut head).await.map_err(broken)?;
        let (id, length) = read_head(head)?;
        let mut payload = vec![0; length];
        inner.read_exact(&mut payload).await.map_err(broken)?;
        let reply;
        (handshake, reply) = advance(handshake, Some((id, payload))).await?;
        if send(inner, reply).await? {
            return Ok(handshake);
        }
    }
}

/// The next step, where it holds nobody up.
async fn advance(
    mut handshake: Handshake,
    frame: Option<(FrameId, Vec<u8>)>,
) -> Result<(Handshake, Result<Reply, Failure>), LogonError> {
    let blocks = handshake.may_block();
    let step = move || {
        let reply = match frame {
            None => handshake.begin(),
            Some((id, payload)) => handshake.frame(id, &payload),
        };
        (handshake, reply)
    };
    match blocks {
        false => Ok(step()),
        true => unblock(step).await.map_err(|error| {
            let message = "there is no thread to log in on";
            LogonError::new(LogonErrorKind::Unavailable, message).with_source(error)
        }),
    }
}

/// Sends what is to be sent; true if that was all.
async fn send(
    inner: &mut Box<dyn Transport>,
    reply: Result<Reply, Failure>,
) -> Result<bool, LogonError> {
    let (frame, outcome) = match reply {
        Ok(reply) => (reply.frame, Ok(reply.complete)),
        Err(failure) => (failure.frame, Err(failure.error)),
    };
    if let Some(frame) = frame {
        let sent = match inner.write_all(&frame).await {
            Ok(()) => inner.flush().await,
            failed => failed,
        };
        // Why the login failed counts more than that the peer could not be told.
        if outcome.is_ok() {
            sent.map_err(broken)?;
        }
    }
    outcome
}

fn broken(error: std::io::Error) -> LogonError {
    let message = match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "the peer ended the stream within the login",
        _ => "the stream below failed within the login",
    };
    LogonError::new(LogonErrorKind::Unavailable, message).with_source(error)
}

impl fmt::Debug for NegotiateStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NegotiateStream")
            .field("login", &self.shared.login.get())
            .finish_non_exhaustive()
    }
}
