//! An established TLS connection as a transport.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use rustls::{ConnectionCommon, HandshakeKind, NamedGroup, ProtocolVersion, SideData};
use rustls_pki_types::CertificateDer;
use system_net_diagnostics::Traced;
use system_net_runtime::{Hangup, Killer, TlsInfo, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsStream;

use super::carrier::Carrier;
use super::error::{Side, TlsError, from_stream, library_error};
use crate::extended_protection::TransportContext;
use crate::trace::{channel, trace_problem};

/// A TLS connection, client or server side.
///
/// Written bytes may stay in the session until [`poll_flush`](AsyncWrite::poll_flush): flush
/// before waiting for an answer. Shutting down sends `close_notify` and closes the writing side
/// below.
///
/// # Errors
/// If the connection below ends without the peer's `close_notify`, reading gives
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) and not an end: what came may have been cut
/// short by anyone on the way. Where TLS itself fails, the [`io::Error`] carries a [`TlsError`]
/// ([`TlsError::of_io_error`]); every read after it fails for the same reason.
pub struct TlsTransport {
    stream: TlsStream<Carrier>,
    /// Why TLS failed in reading: the peer may send nothing more, and nobody should wait for it.
    failed: Option<(io::ErrorKind, rustls::Error)>,
    info: TlsInfo,
    resumed: bool,
    /// The connection in traces.
    traced: Traced,
}

impl TlsTransport {
    /// Most bytes that the peer may send unasked on an idle connection: session tickets take a
    /// few hundred.
    pub const MAX_HOUSEKEEPING_BYTES: usize = 16 * 1024;

    /// What a record holds at most (RFC 8446 section 5.1).
    const MAX_RECORD_BYTES: usize = 16 * 1024;

    pub(super) fn new(
        stream: TlsStream<Carrier>,
        server_name: Option<String>,
        local_certificates: Vec<CertificateDer<'static>>,
    ) -> Self {
        let (_, session) = stream.get_ref();
        let protocol = match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
            _ => "TLSv1.2",
        };
        let suite = session.negotiated_cipher_suite().map(|suite| suite.suite());
        let mut info = TlsInfo::new(protocol, suite.map(iana_name).unwrap_or_default());
        info.alpn = session.alpn_protocol().map(<[u8]>::to_vec);
        info.peer_certificates = session
            .peer_certificates()
            .unwrap_or_default()
            .iter()
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        info.local_certificates = local_certificates;
        info.server_name = server_name;
        info.is_server = matches!(stream, TlsStream::Server(_));
        let resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
        Self {
            stream,
            failed: None,
            info,
            resumed,
            traced: Traced::new(),
        }
    }

    /// Tells of what was agreed on.
    pub(super) fn trace_connected(&self) {
        channel(&self.traced).note(format_args!(
            "Connected to {} by {}, {}.",
            self.info.server_name.as_deref().unwrap_or("the peer"),
            self.info.protocol,
            self.info.cipher_suite
        ));
    }

    /// What the handshake agreed on. [`TlsInfo::exporter`] is not derived for it: see
    /// [`tls_to_share`](Transport::tls_to_share) and
    /// [`transport_context`](Self::transport_context).
    #[must_use]
    pub fn info(&self) -> &TlsInfo {
        &self.info
    }

    /// The certificates this side has shown, its own first; empty if it showed none.
    #[must_use]
    pub fn local_certificates(&self) -> &[CertificateDer<'static>] {
        &self.info.local_certificates
    }

    /// The channel as others see it who tie a login to it.
    ///
    /// .NET: `System.Net.Security.SslStream.TransportContext`
    #[must_use]
    pub fn transport_context(&self) -> TransportContext {
        TransportContext::of(&self.shared_info())
    }

    /// What others keep, with the value that belongs to this connection alone. It is derived for
    /// who asks: it takes two hashes with keys, which few need.
    fn shared_info(&self) -> TlsInfo {
        let (_, session) = self.stream.get_ref();
        let mut info = self.info.clone();
        // RFC 9266 section 4.2: before TLS 1.3 it is safe under conditions that nobody can see.
        if session.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            info.exporter = export(&self.stream, vec![0; 32], EXPORTER_LABEL, Some(&[]))
                .ok()
                .and_then(|bytes| bytes.try_into().ok());
        }
        info
    }

    /// Whether the session goes on from an earlier connection, without new certificates.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// The size in bits of the keys that the session's secret was agreed on with; 0 if no new keys
    /// were, or their size says little, as that of the hybrid post-quantum ones.
    #[must_use]
    pub fn key_exchange_bits(&self) -> u32 {
        let (_, session) = self.stream.get_ref();
        let group = session.negotiated_key_exchange_group();
        match group.map(|group| group.name()) {
            Some(NamedGroup::X25519) => 253,
            Some(NamedGroup::secp256r1) => 256,
            Some(NamedGroup::secp384r1) => 384,
            Some(NamedGroup::secp521r1) => 521,
            _ => 0,
        }
    }

    /// Derives bytes that both sides of this very connection can derive and nobody else
    /// (RFC 8446 section 7.5, RFC 5705). An absent context and an empty one differ in TLS 1.2.
    ///
    /// # Errors
    /// [`TlsErrorKind::Channel`](crate::TlsErrorKind::Channel) if more is asked for than the
    /// protocol can derive.
    pub fn export_keying_material(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        length: usize,
    ) -> Result<Vec<u8>, TlsError> {
        export(&self.stream, vec![0; length], label, context)
            .map_err(|error| TlsError::of_library(error, self.side()))
    }

    fn side(&self) -> Side {
        match &self.stream {
            TlsStream::Client(_) => Side::Client,
            TlsStream::Server(_) => Side::Server,
        }
    }

    fn explain<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match polled {
            Poll::Ready(Err(error)) => {
                let host = self.info.server_name.as_deref();
                let error = from_stream(error, self.side(), host);
                if let Some(tls) = TlsError::of_io_error(&error) {
                    trace_problem(&self.traced, tls);
                }
                Poll::Ready(Err(error))
            }
            polled => polled,
        }
    }
}

impl Transport for TlsTransport {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        self.stream.get_ref().0.transport().local_endpoint()
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        self.stream.get_ref().0.transport().remote_endpoint()
    }

    fn tls(&self) -> Option<&TlsInfo> {
        Some(&self.info)
    }

    fn tls_to_share(&self) -> Option<TlsInfo> {
        Some(self.shared_info())
    }

    /// Session tickets and key updates that a TLS 1.3 peer sends unasked are taken in and do not
    /// count; data, `close_notify` and anything incomplete do.
    fn is_quiet(&mut self) -> bool {
        match &mut self.stream {
            TlsStream::Client(stream) => {
                let (carrier, session) = stream.get_mut();
                is_quiet(carrier, session)
            }
            TlsStream::Server(stream) => {
                let (carrier, session) = stream.get_mut();
                is_quiet(carrier, session)
            }
        }
    }

    /// Records have to be opened for the next ones to be: what has arrived is read, into a buffer
    /// that nobody looks at. That takes some microseconds for 16 KiB, and a handshake hundreds.
    fn discard(&mut self, most: usize) -> usize {
        let mut cx = Context::from_waker(Waker::noop());
        let mut unseen = vec![0; most.min(Self::MAX_RECORD_BYTES)];
        let mut discarded = 0;
        while discarded < most {
            // A reactor answers from its memory, a socket that belongs to none is asked itself.
            self.release_reactor();
            let room = (most - discarded).min(unseen.len());
            let mut buf = ReadBuf::new(&mut unseen[..room]);
            match Pin::new(&mut *self).poll_read(&mut cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => discarded += buf.filled().len(),
                // Nothing is there now, or nothing will be; a read says which.
                _ => break,
            }
        }
        discarded
    }

    /// What happens to the connection below: a `close_notify` stands among the data, which are not read.
    fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        self.stream.get_mut().0.transport_mut().poll_hangup(cx)
    }

    fn release_reactor(&mut self) {
        self.stream.get_mut().0.transport_mut().release_reactor();
    }

    fn killer(&self) -> Option<Killer> {
        self.stream.get_ref().0.transport().killer()
    }

    fn set_abortive_close(&self) -> io::Result<()> {
        self.stream.get_ref().0.transport().set_abortive_close()
    }

    fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.stream.get_ref().0.transport().set_nodelay(nodelay)
    }
}

fn is_quiet<D: SideData>(carrier: &mut Carrier, session: &mut ConnectionCommon<D>) -> bool {
    if carrier.has_ahead() || !session_is_quiet(session) {
        return false;
    }
    // Whole records only: bytes of an unfinished one would be mixed with the next answer.
    let Some(arrived) = read_arrived(carrier) else {
        return false;
    };
    if !is_whole_records(&arrived) {
        return false;
    }
    let mut rest = &*arrived;
    while !rest.is_empty() {
        match session.read_tls(&mut rest) {
            Ok(length) if length > 0 => {}
            _ => return false,
        }
        if !session_is_quiet(session) {
            return false;
        }
    }
    true
}

/// Whether the session is in order, open, and holds nothing to read.
fn session_is_quiet<D: SideData>(session: &mut ConnectionCommon<D>) -> bool {
    match session.process_new_packets() {
        Ok(state) => state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed(),
        Err(_) => false,
    }
}

/// What lies in the socket, without waiting; `None` if the connection ended or too much came.
fn read_arrived(carrier: &mut Carrier) -> Option<Vec<u8>> {
    let mut arrived = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    while !carrier.transport_mut().is_quiet() {
        if arrived.len() > TlsTransport::MAX_HOUSEKEEPING_BYTES {
            return None;
        }
        // A reactor answers from its memory, a socket that belongs to none is asked itself.
        carrier.transport_mut().release_reactor();
        let mut space = [0; 4096];
        let mut buf = ReadBuf::new(&mut space);
        match Pin::new(&mut *carrier).poll_read(&mut cx, &mut buf) {
            Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                arrived.extend_from_slice(buf.filled());
            }
            // Its readiness was about something else than bytes.
            Poll::Pending => break,
            Poll::Ready(_) => return None,
        }
    }
    Some(arrived)
}

/// RFC 8446 section 5.1: type, version 3.x, length, content.
fn is_whole_records(mut bytes: &[u8]) -> bool {
    while let [kind, major, _, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if !matches!(kind, 20..=24) || *major != 3 || rest.len() < length {
            return false;
        }
        bytes = &rest[length..];
    }
    bytes.is_empty()
}

/// The library writes `TLS13_AES_128_GCM_SHA256` where IANA has `TLS_AES_128_GCM_SHA256`.
fn iana_name(suite: rustls::CipherSuite) -> String {
    let name = suite.as_str().unwrap_or_default();
    match name.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => name.to_owned(),
    }
}

impl AsyncRead for TlsTransport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some((kind, reason)) = &self.failed {
            let error = io::Error::new(*kind, reason.clone());
            let host = self.info.server_name.as_deref();
            return Poll::Ready(Err(from_stream(error, self.side(), host)));
        }
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Err(error)) = &polled
            && let Some(reason) = library_error(error)
        {
            self.failed = Some((error.kind(), reason.clone()));
        }
        self.explain(polled)
    }
}

impl AsyncWrite for TlsTransport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, data);
        self.explain(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.explain(polled)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.explain(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.explain(polled)
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTransport")
            .field("remote_endpoint", &self.remote_endpoint())
            .field("protocol", &self.info.protocol)
            .field("cipher_suite", &self.info.cipher_suite)
            .field("server_name", &self.info.server_name)
            .field("resumed", &self.resumed)
            .finish_non_exhaustive()
    }
}

/// RFC 9266 section 2.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

fn export(
    stream: &TlsStream<Carrier>,
    output: Vec<u8>,
    label: &[u8],
    context: Option<&[u8]>,
) -> Result<Vec<u8>, rustls::Error> {
    match stream {
        TlsStream::Client(stream) => {
            let (_, session) = stream.get_ref();
            session.export_keying_material(output, label, context)
        }
        TlsStream::Server(stream) => {
            let (_, session) = stream.get_ref();
            session.export_keying_material(output, label, context)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], whole: bool) {
        assert_eq!(is_whole_records(bytes), whole, "{bytes:?}");
    }

    #[test]
    fn record_framing() {
        check(b"", true);
        check(&[23, 3, 3, 0, 0], true);
        check(&[23, 3, 3, 0, 2, 1, 2], true);
        check(&[23, 3, 3, 0, 2, 1, 2, 21, 3, 3, 0, 1, 9], true);
        check(&[23, 3, 3, 0, 2, 1], false);
        check(&[23, 3, 3, 0], false);
        check(&[23, 3, 3, 0, 2, 1, 2, 23], false);
        check(&[23, 2, 3, 0, 0], false);
        check(b"HTTP/1.1 408 Request Timeout\r\n\r\n", false);
    }
}
