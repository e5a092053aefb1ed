//! What a service point knows of its server and of its connections.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;
use system_net_primitives::HttpVersion;
use system_net_runtime::Transport;

use super::point::ServicePoint;

/// What the server has shown of itself.
#[derive(Default)]
pub(super) struct Facts {
    /// The version of its last answer; 0: there was none.
    version: AtomicU16,
    certificate: Mutex<Option<CertificateDer<'static>>>,
    /// What was shown to it.
    client_certificate: Mutex<Option<CertificateDer<'static>>>,
    /// How often requests behind others stayed without an answer, while none ever got one.
    pipelining_failures: AtomicU8,
    /// A request behind another was answered.
    pipelining_works: AtomicBool,
    /// The server, or the proxy, has asked for a login that belongs to the connection.
    connection_logins: AtomicBool,
}

/// With so many failures, and no success ever, requests are not pipelined any more.
const PIPELINING_TRIES: u8 = 3;

impl Facts {
    /// A request that went out behind another was answered.
    pub(super) fn pipelining_worked(&self) {
        if !self.pipelining_works.load(Ordering::Relaxed) {
            self.pipelining_works.store(true, Ordering::Relaxed);
        }
    }

    /// One stayed without an answer: the connection ended before.
    pub(super) fn pipelining_failed(&self) {
        let failures = self.pipelining_failures.load(Ordering::Relaxed);
        let failures = failures.saturating_add(1);
        self.pipelining_failures.store(failures, Ordering::Relaxed);
    }

    fn is_pipelining_broken(&self) -> bool {
        !self.pipelining_works.load(Ordering::Relaxed)
            && self.pipelining_failures.load(Ordering::Relaxed) >= PIPELINING_TRIES
    }

    fn version(&self) -> HttpVersion {
        match self.version.load(Ordering::Relaxed).to_be_bytes() {
            [0, 0] => HttpVersion::VERSION11,
            [major, minor] => HttpVersion::new(major, minor),
        }
    }

    fn client_certificate(&self) -> MutexGuard<'_, Option<CertificateDer<'static>>> {
        let certificate = self.client_certificate.lock();
        certificate.unwrap_or_else(PoisonError::into_inner)
    }

    fn certificate(&self) -> MutexGuard<'_, Option<CertificateDer<'static>>> {
        let certificate = self.certificate.lock();
        certificate.unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServicePoint {
    /// The server has asked for a login that belongs to the connection.
    pub(crate) fn asks_for_connection_logins(&self) {
        self.facts.connection_logins.store(true, Ordering::Relaxed);
    }

    /// Whether users need connections of their own.
    pub(crate) fn wants_connection_logins(&self) -> bool {
        self.facts.connection_logins.load(Ordering::Relaxed)
    }

    /// How many connections are open or being opened, over all connection groups.
    ///
    /// .NET: `System.Net.ServicePoint.CurrentConnections`
    #[doc(alias = "ServicePoint.CurrentConnections")]
    #[must_use]
    pub fn current_connections(&self) -> usize {
        self.reap();
        self.pool.open()
    }

    /// When a connection was last given back or closed by a request; `None`: none ever was.
    ///
    /// .NET: `System.Net.ServicePoint.IdleSince`
    #[doc(alias = "ServicePoint.IdleSince")]
    #[must_use]
    pub fn idle_since(&self) -> Option<SystemTime> {
        let passed = self
            .clock
            .now()
            .saturating_duration_since(self.pool.idle_since()?);
        self.clock.utc_now().checked_sub(passed)
    }

    /// The certificate (DER) that the server showed on the connection opened last; `None`: it showed
    /// none yet. Of a proxy its own, and not those of the servers behind it.
    ///
    /// .NET: `System.Net.ServicePoint.Certificate`
    #[doc(alias = "ServicePoint.Certificate")]
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.facts.certificate().clone()
    }

    /// The certificate (DER) of a client that was shown to the server last; `None`: none was yet.
    ///
    /// .NET: `System.Net.ServicePoint.ClientCertificate`
    #[doc(alias = "ServicePoint.ClientCertificate")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<CertificateDer<'static>> {
        self.facts.client_certificate().clone()
    }

    /// The HTTP version of the server's last answer; 1.1 before there is one.
    ///
    /// .NET: `System.Net.ServicePoint.ProtocolVersion`
    #[doc(alias = "ServicePoint.ProtocolVersion")]
    #[must_use]
    pub fn protocol_version(&self) -> HttpVersion {
        self.facts.version()
    }

    /// Whether requests can follow each other on a connection without waiting for responses: what
    /// HTTP/1.1 asks of a server. True until an answer of it is of an older version, or three times
    /// requests behind others stayed without an answer and none ever got one.
    ///
    /// .NET: `System.Net.ServicePoint.SupportsPipelining`
    #[doc(alias = "ServicePoint.SupportsPipelining")]
    #[must_use]
    pub fn supports_pipelining(&self) -> bool {
        self.protocol_version() >= HttpVersion::VERSION11 && !self.facts.is_pipelining_broken()
    }

    /// A response came from the server itself.
    pub(crate) fn answered(&self, version: HttpVersion) {
        let version = u16::from_be_bytes([version.major(), version.minor()]);
        self.facts.version.store(version, Ordering::Relaxed);
    }

    /// A connection to the server itself was opened.
    pub(crate) fn opened(&self, transport: &dyn Transport) {
        let Some(tls) = transport.tls() else {
            return;
        };
        if let Some(shown) = tls.peer_certificates.first() {
            *self.facts.certificate() = Some(shown.clone());
        }
        if let Some(shown) = tls.local_certificates.first() {
            *self.facts.client_certificate() = Some(shown.clone());
        }
    }
}
