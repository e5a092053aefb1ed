//! `SslStream`: TLS over any stream, as client or as server.
//!
//! Blocking calls, futures and Begin/End are one implementation: the asynchronous one over
//! [`Transport`], driven by whoever calls.

mod algorithms;
mod begin_end;
mod inner;
mod options;
mod properties;
mod transfer;

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use system_net_primitives::Misuse;
use system_net_runtime::{Transport, block_on};
use system_net_uri::HostAddress;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{
    LocalCertificateSelectionCallback, RemoteCertificateValidationCallback, TlsError,
    TlsServerIdentity, TlsServerOptions, TlsTransport,
};

pub use algorithms::{CipherAlgorithmType, ExchangeAlgorithmType, HashAlgorithmType};
pub(crate) use inner::{AsyncStream, BlockingStream};
pub use options::{SslClientAuthenticationOptions, SslServerAuthenticationOptions};
use properties::Session;

/// A stream through which two sides talk in private, each knowing who the other is.
///
/// It is made over another stream and authenticates once, as [client](Self::authenticate_as_client)
/// or as [server](Self::authenticate_as_server). After that it reads and writes. Clones are of one
/// stream: one may read while another writes. The last one that is dropped closes the stream below
/// without a word; [`close`](Self::close) says so to the peer.
///
/// # Blocking
/// Waits for the peer without a limit of its own, unless the stream below has one. Over a stream
/// that blocks ([`over_blocking`](Self::over_blocking)) the asynchronous forms block as well, and a
/// write waits for a read that is on its way.
///
/// # Examples
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// use system_net_security::test_util::TestCa;
/// use system_net_security::{SslClientAuthenticationOptions, SslStream};
///
/// let ca = TestCa::new();
/// let identity = ca.issue(&["localhost"]);
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let address = listener.local_addr()?;
/// let server = std::thread::spawn(move || {
///     let mut stream = SslStream::over_blocking(listener.accept()?.0);
///     stream.authenticate_as_server(identity)?;
///     stream.write_all(b"hello")?;
///     stream.close()?;
///     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
/// });
/// let mut stream = SslStream::over_blocking(TcpStream::connect(address)?);
/// let options = SslClientAuthenticationOptions::with_tls("localhost", ca.client_options());
/// stream.authenticate_as_client_with(&options)?;
/// let mut text = String::new();
/// stream.read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// # server.join().unwrap().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// .NET: `System.Net.Security.SslStream`
#[derive(Clone)]
pub struct SslStream {
    shared: Arc<Shared>,
}

struct Shared {
    /// In results of Begin members.
    id: u32,
    state: Mutex<State>,
    /// The stream below waits by blocking the thread, and with it the state.
    blocks: bool,
    session: OnceLock<Session>,
    validation: Option<RemoteCertificateValidationCallback>,
    selection: Option<LocalCertificateSelectionCallback>,
}

enum State {
    /// Not authenticated yet.
    New(Box<dyn Transport>),
    /// Somebody authenticates, or has given up while he did.
    Authenticating,
    Ready(Box<TlsTransport>),
    Failed,
    Closed,
}

impl State {
    /// What a call says that needs another state.
    fn refusal(&self) -> Misuse {
        match self {
            Self::New(_) => Misuse::invalid_operation(
                "the stream is not authenticated; call authenticate_as_client or \
                 authenticate_as_server first",
            ),
            Self::Authenticating => Misuse::invalid_operation(
                "the stream's authentication goes on, or was given up half-way",
            ),
            Self::Ready(_) => Misuse::invalid_operation("the stream is authenticated already"),
            Self::Failed => Misuse::invalid_operation(
                "the stream's authentication has failed; make a new stream over a new connection",
            ),
            Self::Closed => Misuse::disposed("SslStream"),
        }
    }
}

impl SslStream {
    /// Over a transport.
    ///
    /// .NET: `System.Net.Security.SslStream.#ctor`
    #[must_use]
    pub fn new(inner: impl Transport) -> Self {
        Self::over(Box::new(inner), false, None, None)
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
    ///
    /// Such a stream does one thing at a time: while a read waits, a write on another thread waits
    /// for it. To read and write at the same time take [`over_async`](Self::over_async) or
    /// [`new`](Self::new); their blocking calls do not need a runtime.
    #[must_use]
    pub fn over_blocking<S>(inner: S) -> Self
    where
        S: Read + Write + Send + Unpin + 'static,
    {
        let inner = Box::new(BlockingStream::new(inner));
        Self::over(inner, true, None, None)
    }

    /// This stream, before it is authenticated, with callbacks: who decides whether the peer is
    /// talked to, and who chooses the certificate that a client shows.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: it is authenticated already, or shared.
    pub fn with_callbacks(
        self,
        validation: Option<RemoteCertificateValidationCallback>,
        selection: Option<LocalCertificateSelectionCallback>,
    ) -> Result<Self, Misuse> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Closed) {
            State::New(inner) => {
                let blocks = self.shared.blocks;
                Ok(Self::over(inner, blocks, validation, selection))
            }
            other => {
                let refusal = other.refusal();
                *state = other;
                Err(refusal)
            }
        }
    }

    fn over(
        inner: Box<dyn Transport>,
        blocks: bool,
        validation: Option<RemoteCertificateValidationCallback>,
        selection: Option<LocalCertificateSelectionCallback>,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self {
            shared: Arc::new(Shared {
                id: NEXT.fetch_add(1, Ordering::Relaxed),
                state: Mutex::new(State::New(inner)),
                blocks,
                session: OnceLock::new(),
                validation,
                selection,
            }),
        }
    }

    /// Proves to this side that the other is the server of this name, as the usual checks have it.
    ///
    /// .NET: `System.Net.Security.SslStream.AuthenticateAsClient`
    ///
    /// # Errors
    /// As [`authenticate_as_client_async`](Self::authenticate_as_client_async).
    #[doc(alias = "SslStream.AuthenticateAsClient")]
    pub fn authenticate_as_client(&self, target_host: &str) -> Result<(), TlsError> {
        self.authenticate_as_client_with(&SslClientAuthenticationOptions::new(target_host))
    }

    /// [`authenticate_as_client`](Self::authenticate_as_client) with everything that can be set.
    ///
    /// # Errors
    /// As [`authenticate_as_client_async`](Self::authenticate_as_client_async).
    pub fn authenticate_as_client_with(
        &self,
        options: &SslClientAuthenticationOptions,
    ) -> Result<(), TlsError> {
        block_on(self.authenticate_as_client_async(options))
    }

    /// Proves to this side that the other is the server that is meant, and to the other, if it asks,
    /// who this side is.
    ///
    /// Dropping the future closes the stream.
    ///
    /// .NET: `System.Net.Security.SslStream.AuthenticateAsClientAsync`
    ///
    /// # Errors
    /// Every kind but [`NotTls`](crate::TlsErrorKind::NotTls).
    /// [`Configuration`](crate::TlsErrorKind::Configuration) with a [`Misuse`] as its source if the
    /// stream has authenticated before.
    #[doc(alias = "SslStream.AuthenticateAsClientAsync")]
    pub async fn authenticate_as_client_async(
        &self,
        options: &SslClientAuthenticationOptions,
    ) -> Result<(), TlsError> {
        let (validation, selection) = (&self.shared.validation, &self.shared.selection);
        let connector = options.connector(validation.as_ref(), selection.as_ref())?;
        let host = options.target_host();
        let address = match host.trim_matches(['[', ']']).parse() {
            Ok(std::net::IpAddr::V4(address)) => HostAddress::V4(address),
            Ok(std::net::IpAddr::V6(address)) => HostAddress::V6(address, None),
            Err(_) => HostAddress::Dns(host),
        };
        let inner = self.begin_authentication()?;
        let result = connector.connect(inner, address).await;
        self.end_authentication(result, options.tls().require_revocation_status)
    }

    /// Proves to the client who this side is, and asks nothing of the client.
    ///
    /// .NET: `System.Net.Security.SslStream.AuthenticateAsServer`
    ///
    /// # Errors
    /// As [`authenticate_as_server_async`](Self::authenticate_as_server_async).
    #[doc(alias = "SslStream.AuthenticateAsServer")]
    pub fn authenticate_as_server(&self, identity: TlsServerIdentity) -> Result<(), TlsError> {
        let tls = TlsServerOptions::new(identity);
        self.authenticate_as_server_with(&SslServerAuthenticationOptions::new(tls))
    }

    /// [`authenticate_as_server`](Self::authenticate_as_server) with everything that can be set.
    ///
    /// # Errors
    /// As [`authenticate_as_server_async`](Self::authenticate_as_server_async).
    pub fn authenticate_as_server_with(
        &self,
        options: &SslServerAuthenticationOptions,
    ) -> Result<(), TlsError> {
        block_on(self.authenticate_as_server_async(options))
    }

    /// Proves to the client who this side is, and demands of the client what the options say. The
    /// certificate of a client is asked for within the handshake and never later.
    ///
    /// Dropping the future closes the stream.
    ///
    /// .NET: `System.Net.Security.SslStream.AuthenticateAsServerAsync`
    ///
    /// # Errors
    /// Every kind: [`NotTls`](crate::TlsErrorKind::NotTls) if the client's first bytes are something
    /// else, [`Trust`](crate::TlsErrorKind::Trust) if its certificate is refused.
    /// [`Configuration`](crate::TlsErrorKind::Configuration) with a [`Misuse`] as its source if the
    /// stream has authenticated before.
    #[doc(alias = "SslStream.AuthenticateAsServerAsync")]
    pub async fn authenticate_as_server_async(
        &self,
        options: &SslServerAuthenticationOptions,
    ) -> Result<(), TlsError> {
        let acceptor = options.acceptor(self.shared.validation.as_ref())?;
        let inner = self.begin_authentication()?;
        let result = acceptor.accept(inner).await;
        self.end_authentication(result, options.checks_revocation())
    }

    fn begin_authentication(&self) -> Result<Box<dyn Transport>, TlsError> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Authenticating) {
            State::New(inner) => Ok(inner),
            other => {
                let refusal = other.refusal();
                *state = other;
                Err(TlsError::configuration(refusal.to_string()).with_source(refusal))
            }
        }
    }

    fn end_authentication(
        &self,
        result: Result<TlsTransport, TlsError>,
        checks_revocation: bool,
    ) -> Result<(), TlsError> {
        let mut state = self.lock();
        if matches!(*state, State::Closed) {
            let closed = Misuse::disposed("SslStream");
            return Err(TlsError::configuration(closed.to_string()).with_source(closed));
        }
        match result {
            Ok(tls) => {
                let session = Session::of(&tls, checks_revocation);
                if self.shared.blocks {
                    // Whoever asks later would wait for a read that goes on.
                    session.see_channel(&tls);
                }
                self.shared.session.get_or_init(|| session);
                *state = State::Ready(Box::new(tls));
                Ok(())
            }
            Err(error) => {
                *state = State::Failed;
                Err(error)
            }
        }
    }

    /// Says to the peer that nothing more comes, and closes the stream below.
    ///
    /// .NET: `System.Net.Security.SslStream.Close`
    ///
    /// # Errors
    /// Those of the stream below; it is closed all the same. Closing again does nothing.
    #[doc(alias = "SslStream.Close")]
    pub fn close(&self) -> io::Result<()> {
        let said = match *self.lock() {
            State::Ready(_) => None,
            _ => Some(Ok(())),
        };
        let said = said.unwrap_or_else(|| self.shutdown());
        *self.lock() = State::Closed;
        said
    }

    /// No code of others runs, and nothing waits, while this is held, unless the stream below
    /// blocks.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = &self.shared.state;
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SslStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SslStream")
            .field("session", &self.shared.session.get())
            .finish_non_exhaustive()
    }
}
