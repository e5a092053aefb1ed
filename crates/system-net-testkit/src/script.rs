//! What a peer does on one connection, step by step.

use std::sync::Arc;
use std::time::Duration;

use crate::connection::{Connection, Stop};
use crate::{Signal, TlsIdentity};

#[derive(Clone, Debug)]
enum Step {
    Head,
    Body(usize),
    Chunked,
    Discard(u64),
    Send(Arc<[u8]>),
    SendSlow {
        bytes: Arc<[u8]>,
        piece: usize,
        pause: Duration,
    },
    SendPattern(u64),
    Wait(Signal),
    Raise(Signal),
    StartTls(TlsIdentity),
    Stall,
    Hold,
    Close,
    CloseSending,
    Cut,
    Reset,
}

/// The steps of one connection, in order.
///
/// A step that waits for the client ends the script when the client closes instead. A script that
/// runs out of steps leaves the connection open, idle, until the client closes it or the peer is
/// dropped; what still arrives is recorded.
#[derive(Clone, Debug, Default)]
pub struct Script {
    steps: Vec<Step>,
}

impl Script {
    /// A script without steps: an open connection on which nothing is said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one request head, up to and including the empty line, and records it.
    pub fn head(self) -> Self {
        self.then(Step::Head)
    }

    /// Reads exactly `length` bytes as the body of the last request.
    pub fn body(self, length: usize) -> Self {
        self.then(Step::Body(length))
    }

    /// Reads a chunked body with its trailers as the body of the last request.
    pub fn chunked(self) -> Self {
        self.then(Step::Chunked)
    }

    /// Reads `length` bytes without keeping them.
    pub fn discard(self, length: u64) -> Self {
        self.then(Step::Discard(length))
    }

    /// Sends these bytes as they are.
    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::Send(bytes.as_ref().into()))
    }

    /// Reads a head, then sends these bytes.
    pub fn answer(self, bytes: impl AsRef<[u8]>) -> Self {
        self.head().send(bytes)
    }

    /// Sends the bytes in pieces of `piece` bytes with a pause after each.
    ///
    /// # Panics
    ///
    /// When `piece` is zero.
    pub fn send_slow(self, bytes: impl AsRef<[u8]>, piece: usize, pause: Duration) -> Self {
        assert!(piece > 0, "a piece holds at least one byte");
        self.then(Step::SendSlow {
            bytes: bytes.as_ref().into(),
            piece,
            pause,
        })
    }

    /// Sends `length` bytes of a pattern: byte `i` is `i % 251`.
    pub fn send_pattern(self, length: u64) -> Self {
        self.then(Step::SendPattern(length))
    }

    /// Waits until the signal is raised.
    pub fn wait_for(self, signal: &Signal) -> Self {
        self.then(Step::Wait(signal.clone()))
    }

    /// Raises the signal.
    pub fn raise(self, signal: &Signal) -> Self {
        self.then(Step::Raise(signal.clone()))
    }

    /// Does a TLS handshake as server; the steps after it are encrypted.
    pub fn start_tls(self, identity: &TlsIdentity) -> Self {
        self.then(Step::StartTls(identity.clone()))
    }

    /// Reads and records whatever comes, says nothing, until the client closes.
    pub fn stall(self) -> Self {
        self.then(Step::Stall)
    }

    /// Neither reads nor writes until the peer is dropped, so that the client's sends fill up.
    pub fn hold(self) -> Self {
        self.then(Step::Hold)
    }

    /// Closes the connection in order; over TLS with its goodbye.
    pub fn close(self) -> Self {
        self.then(Step::Close)
    }

    /// Ends the sending side only.
    pub fn close_sending(self) -> Self {
        self.then(Step::CloseSending)
    }

    /// Closes the socket; over TLS without the goodbye, as an attacker would.
    pub fn cut(self) -> Self {
        self.then(Step::Cut)
    }

    /// Closes with a TCP reset.
    pub fn reset(self) -> Self {
        self.then(Step::Reset)
    }

    /// The steps so far `times` times over.
    pub fn repeat(mut self, times: usize) -> Self {
        self.steps = std::iter::repeat_n(self.steps, times).flatten().collect();
        self
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Runs the steps; returns why the connection ended.
    pub(crate) fn run(&self, connection: &mut Connection, stop: &Signal) -> Stop {
        for step in &self.steps {
            if let Err(end) = step.run(connection, stop) {
                return end;
            }
        }
        connection.read_to_end().err().unwrap_or(Stop::ClientClosed)
    }
}

impl Step {
    fn run(&self, connection: &mut Connection, stop: &Signal) -> Result<(), Stop> {
        match self {
            Self::Head => connection.read_head()?.map(drop).ok_or(Stop::ClientClosed),
            Self::Body(length) => connection.read_body(*length).map(drop),
            Self::Chunked => connection.read_chunked().map(drop),
            Self::Discard(length) => connection.discard(*length),
            Self::Send(bytes) => connection.send(bytes),
            Self::SendSlow {
                bytes,
                piece,
                pause,
            } => {
                for piece in bytes.chunks(*piece) {
                    connection.send(piece)?;
                    if stop.wait(*pause) {
                        return Err(Stop::Closed);
                    }
                }
                Ok(())
            }
            Self::SendPattern(length) => send_pattern(connection, *length),
            Self::Wait(signal) => {
                // Two signals, one wait: the peer's end is looked at now and then.
                while !signal.wait(Duration::from_millis(10)) {
                    if stop.is_raised() {
                        return Err(Stop::Closed);
                    }
                }
                Ok(())
            }
            Self::Raise(signal) => {
                signal.raise();
                Ok(())
            }
            Self::StartTls(identity) => connection.start_tls(identity),
            Self::Stall => connection.read_to_end(),
            Self::Hold => {
                while !stop.wait(Duration::from_secs(3600)) {}
                Err(Stop::Closed)
            }
            Self::Close => Err(connection.close()),
            Self::CloseSending => connection.close_sending(),
            Self::Cut => Err(connection.cut()),
            Self::Reset => Err(connection.reset()),
        }
    }
}

fn send_pattern(connection: &mut Connection, length: u64) -> Result<(), Stop> {
    const PERIOD: usize = 251;
    let block: Vec<u8> = (0..=250).cycle().take(PERIOD * 256).collect();
    let mut left = length;
    while left > 0 {
        let count = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        connection.send(&block[..count])?;
        left -= count as u64;
    }
    Ok(())
}
