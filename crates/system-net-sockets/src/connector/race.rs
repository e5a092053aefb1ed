//! The race of connection attempts.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use system_net_runtime::{TcpTransport, Timer};

use super::ConnectOptions;
use crate::error::{SocketError, SocketErrorCode};
use crate::resolver::BoxFuture;

/// Attempts that failed, in the order in which they did.
pub(super) type Failures = Vec<(SocketAddr, SocketError)>;

/// Tries the addresses in their order, staggered; the first connection wins.
pub(super) async fn race(
    addresses: Vec<SocketAddr>,
    options: &ConnectOptions,
    allowed: &(dyn Fn(SocketAddr) -> Result<(), SocketError> + Sync),
) -> Result<TcpTransport, Failures> {
    let mut race = Race {
        options,
        allowed,
        delay: options.attempt_delay(),
        waiting: addresses.into_iter(),
        running: Vec::new(),
        failures: Vec::new(),
        next: None,
        stagger: Timer::new(),
        end: Timer::new(),
    };
    std::future::poll_fn(|cx| race.poll(cx)).await
}

struct Race<'a> {
    options: &'a ConnectOptions,
    /// Asked before each attempt.
    allowed: &'a (dyn Fn(SocketAddr) -> Result<(), SocketError> + Sync),
    delay: Duration,
    waiting: std::vec::IntoIter<SocketAddr>,
    running: Vec<Attempt<'a>>,
    failures: Failures,
    /// When the next attempt starts beside those that run; `None` means at once.
    next: Option<Instant>,
    stagger: Timer,
    end: Timer,
}

struct Attempt<'a> {
    address: SocketAddr,
    connecting: BoxFuture<'a, io::Result<TcpTransport>>,
}

impl Race<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<TcpTransport, Failures>> {
        loop {
            if let Some(winner) = self.poll_running(cx) {
                return Poll::Ready(Ok(winner));
            }
            if self.is_over(cx) {
                return Poll::Ready(Err(std::mem::take(&mut self.failures)));
            }
            if !self.is_next_due(cx) {
                return Poll::Pending;
            }
            self.start_next();
        }
    }

    /// Polls the attempts; a failed one clears the field for the next.
    fn poll_running(&mut self, cx: &mut Context<'_>) -> Option<TcpTransport> {
        let mut index = 0;
        while let Some(attempt) = self.running.get_mut(index) {
            match attempt.connecting.as_mut().poll(cx) {
                Poll::Pending => index += 1,
                Poll::Ready(Ok(winner)) => return Some(winner),
                Poll::Ready(Err(error)) => {
                    let address = self.running.remove(index).address;
                    self.failures.push((address, SocketError::from(error)));
                    // RFC 8305 section 5 starts the next one when the attempt before failed.
                    self.next = None;
                }
            }
        }
        None
    }

    /// Whether every attempt has failed, or the time is over for all of them.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        if self.running.is_empty() && self.waiting.as_slice().is_empty() {
            return true;
        }
        let Some(deadline) = self.options.deadline else {
            return false;
        };
        if self.end.poll_until(cx, deadline).is_pending() {
            return false;
        }
        for attempt in self.running.drain(..) {
            self.failures
                .push((attempt.address, SocketError::new(SocketErrorCode::TimedOut)));
        }
        for address in self.waiting.by_ref() {
            let error = SocketError::new(SocketErrorCode::TimedOut).with_context("not tried yet");
            self.failures.push((address, error));
        }
        true
    }

    fn is_next_due(&mut self, cx: &mut Context<'_>) -> bool {
        if self.waiting.as_slice().is_empty() {
            return false;
        }
        match self.next {
            None => true,
            Some(next) => self.stagger.poll_until(cx, next).is_ready(),
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the pace of attempts is monotonic time itself"
    )]
    fn start_next(&mut self) {
        let Some(address) = self.waiting.next() else {
            return;
        };
        if let Err(denied) = (self.allowed)(address) {
            self.failures.push((address, denied));
            self.next = None;
            return;
        }
        let connecting = Box::pin(TcpTransport::connect(address, &self.options.tcp));
        self.running.push(Attempt {
            address,
            connecting,
        });
        self.next = Some(Instant::now() + self.delay);
    }
}
