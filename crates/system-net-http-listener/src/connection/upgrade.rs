//! A connection that goes on elsewhere: with another protocol, in which case its task stays to tell the
//! listener when it is over; or at another listener of the same port.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};

use system_net_http_proto::{Limits, ServerConnection};
use system_net_runtime::{Killer, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Connection, Facts, Io, Phase};
use crate::error::HttpListenerError;

impl Connection {
    /// The transport of a connection whose 101 was written, and what came behind the request.
    ///
    /// The request goes on running, as far as the listener is concerned, until it is aborted.
    pub(crate) fn take_upgraded(
        &self,
        number: u64,
    ) -> Result<(Box<dyn Transport>, Vec<u8>), HttpListenerError> {
        let mut io = self.running(number)?;
        if !io.http.is_upgraded() || !io.is_flushed() {
            return Err(HttpListenerError::answered());
        }
        let transport = std::mem::replace(&mut io.transport, Box::new(self.gone()));
        let http = std::mem::replace(&mut io.http, ServerConnection::new(Limits::default()));
        Ok((transport, http.take_upgraded()))
    }
}

/// Moving.
impl Connection {
    /// What stands in the place of the transport.
    fn gone(&self) -> Gone {
        Gone {
            local: self.local,
            remote: self.remote,
        }
    }

    /// The connection, with its running request and what it has not written yet, at another listener.
    /// Of this one nothing is left that could do anything to it.
    pub(crate) fn move_to(&self, facts: Facts, serving: bool) -> Self {
        let limits = facts.run.shared.limits().message();
        let nothing = Io::new(Box::new(self.gone()), ServerConnection::new(limits));
        let mut io = self.lock();
        let mut moved = std::mem::replace(&mut *io, nothing);
        io.phase = Phase::Moved;
        drop(io);
        moved.http.set_limits(limits);
        moved.forget_listener();
        let ledger = moved.ledger.take();
        moved.ledger = facts.log.is_some().then(Box::default);
        if let (Some(mut before), Some(log)) = (ledger, &self.log) {
            before.leave(log, self.clock());
            if let Some(ledger) = &mut moved.ledger {
                ledger.follow(&before);
            }
        }
        Self {
            facts,
            serving,
            killer: self.killer.clone(),
            ended: AtomicBool::new(false),
            io: Mutex::new(moved),
        }
    }
}

/// In the place of a transport that has left: at its end, and closed.
struct Gone {
    local: SocketAddr,
    remote: SocketAddr,
}

impl AsyncRead for Gone {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gone {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Transport for Gone {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        Some(self.local)
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        Some(self.remote)
    }

    fn is_quiet(&mut self) -> bool {
        false
    }

    fn release_reactor(&mut self) {}

    fn killer(&self) -> Option<Killer> {
        None
    }
}
