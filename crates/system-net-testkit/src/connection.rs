//! One accepted connection: buffered, recorded reading and plain or TLS writing.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{HandshakeKind, ServerConnection, StreamOwned};

use crate::shared::Shared;
use crate::{Ended, RecordedRequest, TlsIdentity};

/// Why a script or handler cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The client closed where more was expected.
    ClientClosed,
    /// Reading or writing failed.
    Io(io::Error),
    /// The TLS handshake failed.
    Handshake(String),
    /// The peer closed the connection itself.
    Closed,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Stop> for Ended {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::ClientClosed => Self::ByClient,
            Stop::Io(error) => Self::Broken(error.to_string()),
            Stop::Handshake(text) => Self::Handshake(text),
            Stop::Closed => Self::ByPeer,
        }
    }
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
    Gone,
}

/// A connection with what was read from it and not yet used.
pub(crate) struct Connection {
    index: usize,
    shared: Arc<Shared>,
    wire: Wire,
    pending: Vec<u8>,
    recording: bool,
    request: Option<usize>,
}

impl Connection {
    pub(crate) fn new(index: usize, shared: Arc<Shared>, stream: TcpStream) -> Self {
        // Small answers must leave at once; a failure only costs time.
        let _no_delay = stream.set_nodelay(true);
        let wire = Wire::Plain(stream);
        Self {
            index,
            shared,
            wire,
            pending: Vec::new(),
            recording: true,
            request: None,
        }
    }

    /// Does the server's part of a TLS handshake; what follows is encrypted.
    pub(crate) fn start_tls(&mut self, identity: &TlsIdentity) -> Result<(), Stop> {
        let Wire::Plain(mut stream) = std::mem::replace(&mut self.wire, Wire::Gone) else {
            return Err(Stop::Handshake("the connection is not plain".to_owned()));
        };
        let mut tls = ServerConnection::new(identity.config())
            .map_err(|error| Stop::Handshake(error.to_string()))?;
        while tls.is_handshaking() {
            if let Err(error) = tls.complete_io(&mut stream) {
                // The alert that says why is worth sending; the handshake has failed anyway.
                let _alert = tls.write_tls(&mut stream);
                return Err(Stop::Handshake(error.to_string()));
            }
        }
        self.wire = Wire::Tls(Box::new(StreamOwned::new(tls, stream)));
        Ok(())
    }

    /// Reads one head and records it as a request; `None` when the client closed before its
    /// first byte.
    pub(crate) fn read_head(&mut self) -> Result<Option<RecordedRequest>, Stop> {
        let mut searched = 0;
        let end = loop {
            let from = searched;
            if let Some(at) = find(&self.pending[from..], b"\r\n\r\n") {
                break from + at + 4;
            }
            searched = self.pending.len().saturating_sub(3);
            if self.fill()? == 0 {
                return if self.pending.is_empty() {
                    Ok(None)
                } else {
                    Err(Stop::ClientClosed)
                };
            }
        };
        let head: Vec<u8> = self.pending.drain(..end).collect();
        let request = RecordedRequest {
            connection: self.index,
            head,
            client_certificate: self.client_certificate(),
            resumed: self.is_resumed(),
            ..RecordedRequest::default()
        };
        self.request = Some(self.shared.add_request(request.clone()));
        Ok(Some(request))
    }

    fn is_resumed(&self) -> bool {
        match &self.wire {
            Wire::Tls(tls) => tls.conn.handshake_kind() == Some(HandshakeKind::Resumed),
            Wire::Plain(_) | Wire::Gone => false,
        }
    }

    /// What the client showed in the handshake.
    fn client_certificate(&self) -> Option<Vec<u8>> {
        let Wire::Tls(tls) = &self.wire else {
            return None;
        };
        let shown = tls.conn.peer_certificates()?.first()?;
        Some(shown.to_vec())
    }

    /// Reads `length` bytes of body and adds them to the last request.
    pub(crate) fn read_body(&mut self, length: usize) -> Result<Vec<u8>, Stop> {
        let body = self.take(length)?;
        self.shared.add_body(self.request, &body, &body);
        Ok(body)
    }

    /// Reads a chunked body with its trailer section and adds it to the last request.
    pub(crate) fn read_chunked(&mut self) -> Result<Vec<u8>, Stop> {
        let mut body = Vec::new();
        loop {
            let size_line = self.take_line()?;
            let text = String::from_utf8_lossy(&size_line);
            let digits = text.trim_end().split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16).map_err(|_| {
                Stop::Io(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("chunk size {text:?}"),
                ))
            })?;
            self.shared.add_body(self.request, &[], &size_line);
            if size == 0 {
                break;
            }
            let data = self.take(size)?;
            let line_end = self.take_line()?;
            self.shared.add_body(self.request, &data, &data);
            self.shared.add_body(self.request, &[], &line_end);
            body.extend_from_slice(&data);
        }
        loop {
            let line = self.take_line()?;
            self.shared.add_body(self.request, &[], &line);
            if line == b"\r\n" {
                return Ok(body);
            }
        }
    }

    /// Reads the body as the head frames it; `None` when it frames none.
    pub(crate) fn read_framed(&mut self, head: &RecordedRequest) -> Result<Option<Vec<u8>>, Stop> {
        let chunked = head
            .header("transfer-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        if chunked {
            return self.read_chunked().map(Some);
        }
        match head
            .header("content-length")
            .and_then(|value| value.parse().ok())
        {
            Some(length) => self.read_body(length).map(Some),
            None => Ok(None),
        }
    }

    /// Reads `length` bytes and forgets them.
    pub(crate) fn discard(&mut self, mut length: u64) -> Result<(), Stop> {
        self.recording = false;
        while length > 0 {
            if self.pending.is_empty() && self.fill()? == 0 {
                return Err(Stop::ClientClosed);
            }
            let ready = self
                .pending
                .len()
                .min(usize::try_from(length).unwrap_or(usize::MAX));
            self.pending.drain(..ready);
            length -= ready as u64;
        }
        self.recording = true;
        Ok(())
    }

    /// Waits for at least one byte; what is there stays unread. Empty when the client closed.
    pub(crate) fn peek(&mut self) -> Result<&[u8], Stop> {
        if self.pending.is_empty() {
            self.fill()?;
        }
        Ok(&self.pending)
    }

    /// Reads and records until the client closes.
    pub(crate) fn read_to_end(&mut self) -> Result<(), Stop> {
        loop {
            self.pending.clear();
            if self.fill()? == 0 {
                return Err(Stop::ClientClosed);
            }
        }
    }

    /// Lets reads give up after a while, with an error that says so.
    pub(crate) fn read_for_at_most(&self, time: Duration) -> Result<(), Stop> {
        match self.socket() {
            Some(socket) => Ok(socket.set_read_timeout(Some(time))?),
            None => Err(Stop::Closed),
        }
    }

    /// Takes what is there, or reads some; empty when the client closed.
    pub(crate) fn read_some(&mut self) -> Result<Vec<u8>, Stop> {
        if self.pending.is_empty() {
            self.fill()?;
        }
        Ok(std::mem::take(&mut self.pending))
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        match &mut self.wire {
            Wire::Plain(stream) => stream.write_all(bytes)?,
            Wire::Tls(stream) => {
                stream.write_all(bytes)?;
                stream.flush()?;
            }
            Wire::Gone => return Err(Stop::Closed),
        }
        Ok(())
    }

    /// Closes in order: what was sent arrives, TLS says goodbye, the socket goes.
    pub(crate) fn close(&mut self) -> Stop {
        if let Wire::Tls(stream) = &mut self.wire {
            stream.conn.send_close_notify();
            let _best_effort = stream.conn.complete_io(&mut stream.sock);
        }
        self.cut()
    }

    /// Closes the socket without a goodbye of TLS.
    pub(crate) fn cut(&mut self) -> Stop {
        if let Some(socket) = self.socket() {
            // Unread bytes would turn the close into a reset and could destroy what was sent.
            let mut scratch = [0_u8; 4096];
            let _drained = socket.set_nonblocking(true).map(|()| {
                let mut socket = socket;
                while matches!(socket.read(&mut scratch), Ok(1..)) {}
            });
        }
        self.let_go()
    }

    /// Ends the sending side; reading goes on.
    pub(crate) fn close_sending(&mut self) -> Result<(), Stop> {
        if let Wire::Tls(stream) = &mut self.wire {
            stream.conn.send_close_notify();
            let _best_effort = stream.conn.complete_io(&mut stream.sock);
        }
        match self.socket() {
            Some(socket) => Ok(socket.shutdown(Shutdown::Write)?),
            None => Err(Stop::Closed),
        }
    }

    /// Closes with a reset.
    pub(crate) fn reset(&mut self) -> Stop {
        if let Some(socket) = self.socket() {
            let _linger = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
        }
        self.let_go()
    }

    fn let_go(&mut self) -> Stop {
        // The peer keeps a second handle for its own end; the socket closes with the last one.
        self.shared.forget_socket(self.index);
        self.wire = Wire::Gone;
        Stop::Closed
    }

    fn socket(&self) -> Option<&TcpStream> {
        match &self.wire {
            Wire::Plain(stream) => Some(stream),
            Wire::Tls(stream) => Some(&stream.sock),
            Wire::Gone => None,
        }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<Vec<u8>, Stop> {
        while self.pending.len() < length {
            if self.fill()? == 0 {
                return Err(Stop::ClientClosed);
            }
        }
        Ok(self.pending.drain(..length).collect())
    }

    fn take_line(&mut self) -> Result<Vec<u8>, Stop> {
        loop {
            if let Some(at) = find(&self.pending, b"\r\n") {
                return Ok(self.pending.drain(..at + 2).collect());
            }
            if self.fill()? == 0 {
                return Err(Stop::ClientClosed);
            }
        }
    }

    fn fill(&mut self) -> Result<usize, Stop> {
        let mut scratch = [0_u8; 16 * 1024];
        let count = match &mut self.wire {
            Wire::Plain(stream) => stream.read(&mut scratch)?,
            Wire::Tls(stream) => stream.read(&mut scratch)?,
            Wire::Gone => return Err(Stop::Closed),
        };
        self.pending.extend_from_slice(&scratch[..count]);
        self.shared
            .add_received(self.index, &scratch[..count], self.recording);
        Ok(count)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
