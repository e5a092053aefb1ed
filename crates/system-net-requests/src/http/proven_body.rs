//! The body of a response that the server's part of a login covers (`auth-int` of Digest): every piece
//! is shown to the proof, and where the body ends the proof is judged.
//!
//! Before that nothing can be said of it. A body of a known length is judged with its last bytes, which
//! are not handed out if the proof is wrong; one in chunks at its end. A body that is given up, or that
//! is cut at a limit, is not judged.

use std::task::{Context, Poll, ready};

use system_net_primitives::WebHeaderCollection;
use system_net_security::authentication::BodyProof;

use super::body::Body;
use super::carrier::AnyBody;
use super::connection_login::{unproven, wrong_part};
use crate::error::{Phase, WebError};

/// A proof that waits for the body.
pub(super) struct Awaited {
    pub(super) proof: Box<dyn BodyProof>,
    pub(super) by: Prover,
    /// Without a proof the body is refused.
    pub(super) demanded: bool,
}

/// Whose proof it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prover {
    Server,
    Proxy,
}

impl Prover {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Proxy => "proxy",
        }
    }

    /// The trailer that its proof may stand in.
    const fn field(self) -> &'static str {
        match self {
            Self::Server => "Authentication-Info",
            Self::Proxy => "Proxy-Authentication-Info",
        }
    }
}

/// A body, with what is to be judged by it.
pub(super) struct ProvenBody {
    body: AnyBody,
    /// `None` for nearly all.
    checks: Option<Box<Checks>>,
}

struct Checks {
    awaited: Vec<Awaited>,
    read: u64,
    /// Where the body is cut, though it may be longer.
    cut: Option<u64>,
    server_proven: bool,
    /// What a read has told; later ones tell the same.
    failed: Option<WebError>,
}

impl From<AnyBody> for ProvenBody {
    #[inline]
    fn from(body: AnyBody) -> Self {
        Self { body, checks: None }
    }
}

impl From<Body> for ProvenBody {
    fn from(body: Body) -> Self {
        AnyBody::from(body).into()
    }
}

impl ProvenBody {
    /// A body that these proofs cover.
    ///
    /// # Errors
    /// `ServerProtocolViolation`: the body is over already, and a proof is wrong.
    #[inline]
    pub(super) fn new(body: AnyBody, awaited: Vec<Awaited>) -> Result<Self, WebError> {
        match awaited.is_empty() {
            true => Ok(body.into()),
            false => Self::covered(body, awaited),
        }
    }

    #[cold]
    fn covered(body: AnyBody, awaited: Vec<Awaited>) -> Result<Self, WebError> {
        let checks = Checks {
            awaited,
            read: 0,
            cut: None,
            server_proven: false,
            failed: None,
        };
        let mut this = Self {
            body,
            checks: Some(Box::new(checks)),
        };
        match this.body.has_ended() {
            true => this.judge(Phase::ReadingHead).map(|()| this),
            false => Ok(this),
        }
    }

    /// Whether the server has proved by this body who it is.
    pub(super) fn is_proven(&self) -> bool {
        let checks = self.checks.as_deref();
        checks.is_some_and(|checks| checks.server_proven)
    }

    pub(super) fn limit(&mut self, bytes: u64) {
        self.body.limit(bytes);
        if let Some(checks) = &mut self.checks {
            checks.cut = Some(bytes);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.body.is_closed()
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.body.is_aborted()
    }

    pub(super) fn trailers(&self) -> Option<&WebHeaderCollection> {
        self.body.trailers()
    }

    /// Bytes that are here already; 0 says nothing about the end.
    pub(super) fn take_buffered(&mut self, buffer: &mut [u8]) -> usize {
        match &self.checks {
            None => self.body.take_buffered(buffer),
            Some(_) => 0,
        }
    }

    /// Reads some bytes; 0 is the end.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, WebError>> {
        let Some(checks) = &mut self.checks else {
            return self.body.poll_read(cx, buffer);
        };
        if let Some(error) = &checks.failed {
            return Poll::Ready(Err(error.repeated()));
        }
        let n = ready!(self.body.poll_read(cx, buffer))?;
        for awaited in &mut checks.awaited {
            awaited.proof.take(&buffer[..n]);
        }
        checks.read += n as u64;
        let over = self.body.has_ended() || (n == 0 && !buffer.is_empty());
        let judged = match over {
            true => self.judge(Phase::ReadingBody),
            false => Ok(()),
        };
        Poll::Ready(judged.map(|()| n))
    }

    /// The body is over.
    fn judge(&mut self, phase: Phase) -> Result<(), WebError> {
        let Some(checks) = &mut self.checks else {
            return Ok(());
        };
        let awaited = std::mem::take(&mut checks.awaited);
        if checks.cut.is_some_and(|cut| checks.read >= cut) {
            return Ok(());
        }
        for mut awaited in awaited {
            let info = self.body.trailers();
            let info = info.and_then(|trailers| trailers.get_first(awaited.by.field()));
            let judged = match awaited.proof.end(info) {
                Ok(true) => {
                    checks.server_proven |= awaited.by == Prover::Server;
                    Ok(())
                }
                Ok(false) if awaited.demanded => Err(unproven(phase)),
                Ok(false) => Ok(()),
                Err(error) => Err(wrong_part(awaited.by.name(), phase, error)),
            };
            if let Err(error) = judged {
                checks.server_proven = false;
                checks.failed = Some(error.repeated());
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.body.close();
    }
}
