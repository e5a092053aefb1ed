//! Accepting.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll};

use system_net_primitives::EndPoint;
use system_net_runtime::{Direction, Progress};

use crate::error::SocketError;
use crate::socket::Socket;
use crate::socket::handle::Handle;
use crate::socket::watch::Wait;
use crate::trace;

const ACCEPT: &str = "accept";
/// The member, as it is traced.
const METHOD: &str = "AcceptAsync";

impl Socket {
    /// Takes a connection, waiting for it.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.AcceptAsync`
    ///
    /// # Errors
    /// Those of [`accept`](Self::accept);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile. It waits even if the socket must not block.
    #[doc(alias = "SocketTaskExtensions.AcceptAsync")]
    pub async fn accept_async(&self) -> Result<Self, SocketError> {
        let handle = self.handle();
        let call = handle.trace().enter(METHOD, format_args!(""));
        trace::later(handle.trace(), call, METHOD, async {
            let accepted = handle.accept_one().await?;
            trace::connected(&accepted, METHOD, "Accepted");
            Ok(accepted)
        })
        .await
    }
}

impl Handle {
    /// As [`Socket::accept_async`], untraced.
    pub(crate) async fn accept_one(&self) -> Result<Socket, SocketError> {
        self.prepare_accept()?;
        let mut wait = Wait::new();
        poll_fn(|cx| self.poll_accept(cx, &mut wait)).await
    }

    /// What an asynchronous accept needs before the first attempt.
    pub(crate) fn prepare_accept(&self) -> Result<(), SocketError> {
        let fd = self.fd()?;
        self.check_listening()?;
        self.make_nonblocking(&fd)
            .map_err(|error| self.failure(error, ACCEPT))
    }

    pub(crate) fn poll_accept(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<Socket, SocketError>> {
        let accepted = self.poll_io(cx, wait, Direction::Read, ACCEPT, |fd| {
            self.accept_waiting(fd).map(|value| Progress {
                value,
                exhausted: false,
            })
        });
        accepted.map_ok(|(fd, peer)| Socket::accepted(self, fd, peer))
    }

    /// Takes a connection that waits. One whose client went before it was taken is none.
    pub(crate) fn accept_waiting(&self, fd: &impl AsFd) -> io::Result<(OwnedFd, Option<EndPoint>)> {
        loop {
            match self.try_accept(fd) {
                Err(error) if error.raw_os_error() == Some(libc::ECONNABORTED) => {}
                result => return result,
            }
        }
    }
}
