//! The transport of a connection whose transport has gone elsewhere.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use system_net_runtime::{Killer, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Is not connected to anything.
pub(super) struct Nowhere;

impl AsyncRead for Nowhere {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::NotConnected.into()))
    }
}

impl AsyncWrite for Nowhere {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::NotConnected.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::NotConnected.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(ErrorKind::NotConnected.into()))
    }
}

impl Transport for Nowhere {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        None
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        None
    }

    fn is_quiet(&mut self) -> bool {
        false
    }

    fn release_reactor(&mut self) {}

    fn killer(&self) -> Option<Killer> {
        None
    }
}
