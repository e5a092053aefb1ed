//! A connection: a transport and the HTTP/1 machine that speaks over it. Driven by whoever holds
//! it; there is no task per connection.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use system_net_diagnostics::Traced;
use system_net_http_proto::{
    ChunkLines, ClientConnection, ClientEvent, Limits, ProtoError, ProtoErrorKind, ResponseHead,
};
use system_net_primitives::HttpStatusCode;
use system_net_runtime::{Killer, TlsInfo, Transport};
use tokio::io::ReadBuf;

use crate::error::{Phase, WebError};
use crate::http::HttpContinueDelegate;

/// How much room a read of head bytes and small bodies gets.
const READ_SIZE: usize = 16 * 1024;
/// How much more room it gets for a body in chunks that fills it again and again.
const MOST_READ: usize = 128 * 1024;
/// The smallest buffer that a body in chunks is read into past the machine's own.
const LEAST_DIRECT: usize = 32 * 1024;
/// And how much of it is filled at once: what is read stays near the processor.
const MOST_DIRECT: usize = 64 * 1024;
/// How much output may wait before a write waits for the connection.
const HIGH_WATER: usize = 64 * 1024;

/// One connection to a server. Boxed, as it moves: pool → request → response stream → pool.
pub(crate) struct Connection {
    transport: Box<dyn Transport>,
    pub(crate) proto: ClientConnection,
    killer: Option<Killer>,
    /// How many requests were sent on it.
    pub(crate) requests: u32,
    /// The generation of its group when it was opened; see `ServicePoint::close_connection_group`.
    pub(crate) generation: u32,
    /// Who hears of informational responses to the request under way.
    pub(crate) continue_delegate: Option<HttpContinueDelegate>,
    /// When it was opened, for its lease.
    pub(crate) opened: Option<Instant>,
    /// Its last response was of HTTP/1.1 or later.
    pub(crate) speaks_http_11: bool,
    /// Nagle's algorithm was turned off, as heads follow each other on it.
    undelayed: bool,
    /// A login that belongs to the connection has been made on it.
    pub(crate) logged_in: bool,
    /// Not to be kept, whatever the protocol says.
    retired: bool,
    /// How much room the next read gets.
    read_size: usize,
    /// The connection in traces.
    pub(crate) traced: Traced,
}

impl Connection {
    pub(crate) fn new(transport: Box<dyn Transport>, limits: Limits) -> Self {
        let killer = transport.killer();
        Self {
            transport,
            proto: ClientConnection::new(limits),
            killer,
            requests: 0,
            generation: 0,
            continue_delegate: None,
            opened: None,
            speaks_http_11: false,
            undelayed: false,
            logged_in: false,
            retired: false,
            read_size: READ_SIZE,
            traced: Traced::new(),
        }
    }

    /// From where to where it leads.
    pub(crate) fn end_points(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        (
            self.transport.local_endpoint(),
            self.transport.remote_endpoint(),
        )
    }

    /// What its TLS handshake agreed on; `None` without TLS.
    pub(crate) fn tls(&self) -> Option<&TlsInfo> {
        self.transport.tls()
    }

    /// As [`tls`](Self::tls), with what is derived for who keeps it.
    pub(crate) fn tls_to_share(&self) -> Option<TlsInfo> {
        self.transport.tls_to_share()
    }

    /// Gives the transport, and what was read from it and not used, to another protocol.
    pub(crate) fn into_transport(self) -> (Box<dyn Transport>, Vec<u8>) {
        (self.transport, self.proto.take_upgraded())
    }

    /// Shuts the connection down from any thread.
    pub(crate) fn killer(&self) -> Option<Killer> {
        self.killer.clone()
    }

    /// Whether an earlier request was answered on it: then the server may have closed it meanwhile.
    pub(crate) fn is_reused(&self) -> bool {
        self.requests > 1
    }

    /// Requests are sent behind others: Nagle's algorithm would hold their small heads back until
    /// the server has acknowledged the one before, which it does with its answer or after 40 ms.
    pub(crate) fn send_at_once(&mut self) {
        if !std::mem::replace(&mut self.undelayed, true) {
            // Without it they come later.
            let _ = self.transport.set_nodelay(true);
        }
    }

    /// The connection is not for further requests.
    pub(crate) fn retire(&mut self) {
        self.retired = true;
    }

    /// After a response: the memory of a large one goes.
    pub(crate) fn forget_size(&mut self) {
        if self.read_size > READ_SIZE {
            self.read_size = READ_SIZE;
            self.proto.release_buffers();
        }
    }

    /// After a response: whether another request may go over it.
    pub(crate) fn can_reuse(&self) -> bool {
        !self.retired && self.proto.can_reuse()
    }

    /// After a response: whether the next one is to be read, for a request that went out behind.
    pub(crate) fn can_pass_on(&self) -> bool {
        !self.retired && self.proto.awaits_response()
    }

    /// For an idle connection: still open, and nothing unasked has come.
    pub(crate) fn is_quiet(&mut self) -> bool {
        !self.proto.has_surplus() && self.transport.is_quiet()
    }

    /// Writes out all that the machine has to send.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.proto.output().is_empty() {
            let n = ready!(Pin::new(&mut *self.transport).poll_write(cx, self.proto.output()))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.proto.consume_output(n);
        }
        Pin::new(&mut *self.transport).poll_flush(cx)
    }

    /// Writes out what the machine has to send, then bytes of a body of fixed length straight from
    /// the caller's buffer, in one system call where the transport can. Tells the machine how many
    /// of them went.
    pub(crate) fn poll_write_fixed(
        &mut self,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<Result<usize, WriteError>> {
        loop {
            let head = self.proto.output().len();
            let n = if head == 0 {
                ready!(Pin::new(&mut *self.transport).poll_write(cx, data))?
            } else if self.transport.is_write_vectored() {
                let parts = [
                    io::IoSlice::new(self.proto.output()),
                    io::IoSlice::new(data),
                ];
                ready!(Pin::new(&mut *self.transport).poll_write_vectored(cx, &parts))?
            } else {
                ready!(Pin::new(&mut *self.transport).poll_write(cx, self.proto.output()))?
            };
            if n == 0 {
                return Poll::Ready(Err(WriteError::Io(io::ErrorKind::WriteZero.into())));
            }
            self.proto.consume_output(n.min(head));
            if n > head {
                let sent = n - head;
                self.proto.reserve_body(sent)?;
                self.proto.commit_reserved();
                return Poll::Ready(Ok(sent));
            }
        }
    }

    /// Takes data into the output as a chunk, and sends as much as goes.
    pub(crate) fn poll_write_chunk(
        &mut self,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<Result<usize, WriteError>> {
        if self.proto.output().len() >= HIGH_WATER {
            ready!(self.poll_flush(cx))?;
        }
        let piece = &data[..data.len().min(HIGH_WATER)];
        self.proto.send_body(piece)?;
        match self.poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            // Taken; the rest goes out with the next write, flush or end.
            _ => Poll::Ready(Ok(piece.len())),
        }
    }

    /// While a body is being written: the head of a response that did not wait for its end.
    pub(crate) fn poll_early_answer(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<ResponseHead, ReadError>> {
        loop {
            match ready!(self.poll_event(cx))? {
                ClientEvent::Head(head) => return Poll::Ready(Ok(head)),
                ClientEvent::Informational(_) => {}
                // Nothing that could come before a head; the write goes on and says more.
                _ => return Poll::Pending,
            }
        }
    }

    /// Reads more bytes into the machine; 0 is the end, which the machine is told.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = ReadBuf::new(self.proto.input_space(self.read_size));
        ready!(Pin::new(&mut *self.transport).poll_read(cx, &mut space))?;
        let n = space.filled().len();
        if n == 0 {
            self.proto.handle_eof();
        } else {
            // A system call brings as much as is there, at most: it pays where much is.
            if n >= self.read_size && self.read_size < MOST_READ {
                self.read_size *= 2;
            }
            self.proto.input_filled(n);
        }
        Poll::Ready(Ok(n))
    }

    /// The next event of the response, reading as needed.
    pub(crate) fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<ClientEvent, ReadError>> {
        loop {
            match self.proto.poll_event()? {
                ClientEvent::NeedInput => {
                    ready!(self.poll_fill(cx))?;
                }
                ClientEvent::Informational(head) => {
                    if let Some(delegate) = &self.continue_delegate {
                        delegate(HttpStatusCode::new(head.status), &head.headers);
                    }
                    return Poll::Ready(Ok(ClientEvent::Informational(head)));
                }
                event => return Poll::Ready(Ok(event)),
            }
        }
    }

    /// Reads body bytes straight into the caller's buffer, at most `limit`, past the machine's own.
    pub(crate) fn poll_read_direct(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
        limit: u64,
    ) -> Poll<io::Result<usize>> {
        let room = usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let mut space = ReadBuf::new(&mut buffer[..room]);
        ready!(Pin::new(&mut *self.transport).poll_read(cx, &mut space))?;
        let n = space.filled().len();
        if n == 0 {
            self.proto.handle_eof();
        } else {
            self.proto.direct_read(n as u64);
        }
        Poll::Ready(Ok(n))
    }
}

impl Connection {
    /// Reads bytes of a body in chunks straight into a large buffer of the caller; 0 says nothing about
    /// the end. `None`: they are to be read into the machine.
    pub(crate) fn poll_read_chunks(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Option<Poll<io::Result<usize>>> {
        if buffer.len() < LEAST_DIRECT || !self.transport.is_read_vectored() {
            return None;
        }
        let room = buffer.len().min(MOST_DIRECT);
        let buffer = &mut buffer[..room];
        let mut lines = ChunkLines::default();
        let mut parts = (self.proto).chunk_parts(buffer, &mut lines, self.read_size)?;
        let read = (self.transport).poll_read_vectored(cx, parts.as_mut_slices());
        Some(read.map_ok(|n| {
            if n == 0 {
                self.proto.handle_eof();
                return 0;
            }
            self.proto.chunks_read(buffer, &lines, n)
        }))
    }

    /// Throws away what has arrived of a body, if its rest is no more than `most`.
    pub(crate) fn discard(&mut self, most: u64) {
        let rest = self.proto.direct_read_limit();
        if let Ok(wanted) = usize::try_from(rest)
            && (1..=most).contains(&rest)
        {
            let count = self.transport.discard(wanted);
            self.proto.direct_read(count as u64);
        }
    }
}

/// Why bytes could not be written.
pub(crate) enum WriteError {
    /// The connection failed.
    Io(io::Error),
    /// The machine refused: a body longer than announced.
    Proto(ProtoError),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ProtoError> for WriteError {
    fn from(error: ProtoError) -> Self {
        Self::Proto(error)
    }
}

/// Why no event came.
pub(crate) enum ReadError {
    /// The connection failed.
    Io(io::Error),
    /// The peer broke the protocol.
    Proto(ProtoError),
}

impl ReadError {
    /// What it means for a body that is being sent: a connection that ends is one that takes no
    /// more, whichever side of it notices first.
    pub(crate) fn while_sending(self) -> WebError {
        match self {
            Self::Io(error) => WebError::send(error),
            Self::Proto(error) if error.kind() == ProtoErrorKind::UnexpectedEof => {
                WebError::send(io::Error::new(
                    io::ErrorKind::BrokenPipe,
                    "the server closed the connection before it had the whole body",
                ))
            }
            Self::Proto(error) => WebError::proto(error, Phase::Sending),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ProtoError> for ReadError {
    fn from(error: ProtoError) -> Self {
        Self::Proto(error)
    }
}
