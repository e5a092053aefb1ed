//! The server's side of the handshake.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::server::{
    ClientHello, NoServerSessionStorage, ParsedCertificate, ProducesTickets, ResolvesServerCert,
};
use rustls::sign::CertifiedKey;
use rustls_pki_types::{DnsName, ServerName};
use system_net_diagnostics::Traced;
use system_net_runtime::Transport;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_rustls::TlsStream;

use super::carrier::Carrier;
use super::client_verifier::{ClientCertificateOptions, client_verifier};
use super::clock::ClockTime;
use super::error::{ChannelProblem, PlainPeer, Side, TlsError, TlsErrorKind, from_handshake};
use super::handshake::{Noted, note};
use super::identity::TlsServerIdentity;
use super::key_log::KeyLogFile;
use super::options::{TlsServerOptions, versions};
use super::provider;
use super::transport::TlsTransport;
use crate::trace::trace_problem;

/// Accepts TLS connections as a server. Clones share their session tickets' keys.
#[derive(Clone)]
pub struct TlsAcceptor {
    config: Arc<ServerConfig>,
    client_certificates: Option<Arc<ClientCertificateOptions>>,
}

impl TlsAcceptor {
    /// An acceptor with one identity and the application protocols it accepts, best first.
    ///
    /// # Errors
    /// As [`with_options`](Self::with_options).
    pub fn new(identity: TlsServerIdentity, alpn: &[&[u8]]) -> Result<Self, TlsError> {
        let mut options = TlsServerOptions::new(identity);
        options.alpn = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Self::with_options(options)
    }

    /// An acceptor with these options.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`] if there is no identity, or no version is left between the
    /// oldest and the newest.
    pub fn with_options(options: TlsServerOptions) -> Result<Self, TlsError> {
        let versions = versions(options.min_version, options.max_version)?;
        let resolver = Identities::new(&options)?;
        let clock = Arc::new(ClockTime(Arc::clone(&options.clock)));
        let crypto = Arc::clone(provider::crypto());
        let library = |error| TlsError::of_library(error, Side::Server);
        let mut config = ServerConfig::builder_with_details(crypto, clock)
            .with_protocol_versions(&versions)
            .map_err(library)?
            .with_client_cert_verifier(client_verifier(&options, provider::crypto())?)
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols.clone_from(&options.alpn);
        // Sessions live in the tickets that clients keep, not in this process's memory.
        config.ticketer = provider::ticketer().map_err(library)?;
        if options.client_certificates.is_some() {
            // Every client proves itself anew: its certificate may have been revoked since.
            config.send_tls13_tickets = 0;
            config.ticketer = Arc::new(NoTickets);
            config.session_storage = Arc::new(NoServerSessionStorage {});
        }
        if let Some(path) = &options.key_log_file {
            config.key_log = KeyLogFile::open(path)?;
        }
        Ok(Self {
            config: Arc::new(config),
            client_certificates: options.client_certificates.map(Arc::new),
        })
    }

    /// Makes a TLS connection with the client at the other end of the transport.
    ///
    /// Works under [`block_on`](system_net_runtime::block_on) and in runtimes; dropping the future
    /// closes the transport.
    ///
    /// # Errors
    /// [`TlsErrorKind::NotTls`] if the client's first bytes are not TLS; nothing was written then,
    /// and [`TlsError::into_plain_peer`] gives the connection back.
    /// [`TlsErrorKind::Channel`] and [`TlsErrorKind::Io`] if the handshake fails.
    ///
    /// # Blocking
    /// Waits for the client without a limit of its own; put
    /// [`timeout_at`](system_net_runtime::timeout_at) around it.
    pub async fn accept(&self, transport: Box<dyn Transport>) -> Result<TlsTransport, TlsError> {
        let (transport, first_bytes) = read_first(transport).await?;
        if !looks_like_tls(&first_bytes) {
            return Err(TlsError::new(
                TlsErrorKind::NotTls,
                format!(
                    "the client does not speak TLS; its first bytes are \"{}\"",
                    first_bytes[..first_bytes.len().min(SHOWN)].escape_ascii()
                ),
            )
            .with_plain_peer(PlainPeer {
                transport,
                first_bytes,
            }));
        }
        let accepting = tokio_rustls::TlsAcceptor::from(Arc::clone(&self.config))
            .accept(Carrier::new(transport, first_bytes))
            .into_fallible();
        // The handshake's state is large and would make every caller's future so.
        let (result, notes) = Box::new(Noted::new(accepting)).await;
        match result {
            Ok(stream) => {
                let server_name = stream.get_ref().1.server_name().map(str::to_owned);
                let shown = notes.chosen.map(|key| key.cert.clone()).unwrap_or_default();
                let tls = TlsTransport::new(TlsStream::Server(stream), server_name, shown);
                match &self.client_certificates {
                    Some(options) if tls.info().peer_certificates.is_empty() => {
                        options.judge_absence().map(|()| tls)
                    }
                    _ => Ok(tls),
                }
            }
            Err((error, carrier)) => {
                let error = notes
                    .refused
                    .unwrap_or_else(|| from_handshake(error, Side::Server, carrier.first()));
                trace_problem(&Traced::new(), &error);
                Err(error)
            }
        }
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor").finish_non_exhaustive()
    }
}

/// How much is read before it is known what the client speaks: a ClientHello, or a good part of
/// it, or the head of an HTTP request.
const FIRST_READ: usize = 2048;

/// How many first bytes a message shows.
const SHOWN: usize = 48;

/// Waits for the client's first bytes.
async fn read_first(
    mut transport: Box<dyn Transport>,
) -> Result<(Box<dyn Transport>, Vec<u8>), TlsError> {
    let mut first = vec![0; FIRST_READ];
    let read = poll_fn(|cx| {
        let mut buf = ReadBuf::new(&mut first);
        ready!(Pin::new(&mut transport).poll_read(cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    });
    match read.await {
        Ok(0) => {
            let kind = TlsErrorKind::Channel(ChannelProblem::Closed);
            Err(TlsError::new(
                kind,
                "the client closed the connection before it sent anything",
            ))
        }
        Ok(length) => {
            first.truncate(length);
            Ok((transport, first))
        }
        Err(error) => Err(from_handshake(error, Side::Server, &[])),
    }
}

/// RFC 8446 section 5.1: a connection begins with a handshake record, type 22, version 3.x.
fn looks_like_tls(first: &[u8]) -> bool {
    matches!(first, [22] | [22, 3, ..])
}

/// Chooses the certificate by the name the client asks for.
struct Identities {
    /// Never empty, unless it is strict.
    keys: Vec<Arc<CertifiedKey>>,
    /// Nothing is shown to who asks for another name.
    strict: bool,
}

impl Identities {
    fn new(options: &TlsServerOptions) -> Result<Self, TlsError> {
        let (identities, strict) = (&options.identities, options.strict_server_names);
        if identities.is_empty() && !strict {
            return Err(TlsError::configuration("a TLS server needs a certificate"));
        }
        Ok(Self {
            keys: identities
                .iter()
                .map(|identity| Arc::clone(identity.key()))
                .collect(),
            strict,
        })
    }

    fn choose(&self, name: Option<&str>) -> Option<&Arc<CertifiedKey>> {
        let first = self.keys.first().filter(|_| !self.strict);
        let name = name.filter(|_| self.strict || self.keys.len() > 1);
        let Some(name) = name else {
            return first;
        };
        let Ok(name) = DnsName::try_from(name) else {
            return first;
        };
        let name = ServerName::DnsName(name);
        self.keys.iter().find(|key| is_for(key, &name)).or(first)
    }
}

/// Gives out no session tickets.
#[derive(Debug)]
struct NoTickets;

impl ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

fn is_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let certificate = key.cert.first().map(ParsedCertificate::try_from);
    matches!(certificate, Some(Ok(certificate)) if verify_server_name(&certificate, name).is_ok())
}

impl ResolvesServerCert for Identities {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let chosen = self.choose(hello.server_name())?;
        note(|notes| notes.chosen = Some(Arc::clone(chosen)));
        Some(Arc::clone(chosen))
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities")
            .field("keys", &self.keys.len())
            .finish()
    }
}
