//! `Timeouts`: how long each phase of a request may take.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use system_net_primitives::{Clock, Misuse, SystemClock};
use system_net_runtime::{Timer, timeout_at};

use crate::blocking::deadline_after;
use crate::error::{Phase, WebError};

/// How long each phase of a request may take, in every kind of call, the asynchronous ones too.
/// `None`, which is the default of each: no limit but the call's own.
///
/// When a limit has passed the request fails with the status `Timeout`, and the error names the phase
/// ([`WebError::phase`]). A phase that is gone through again, after a redirect or a login, has its
/// time again. They are set for a request ([`set_timeouts`]) or for those of a context
/// ([`set_default_timeouts`]).
///
/// # Examples
/// ```no_run
/// use std::time::Duration;
/// use system_net_requests::{Timeouts, WebRequest};
///
/// let mut timeouts = Timeouts::new();
/// timeouts.set_connect(Some(Duration::from_secs(5)))?;
/// timeouts.set_idle_read(Some(Duration::from_secs(30)))?;
/// let mut request = WebRequest::create_http("https://www.contoso.com/")?;
/// request.set_timeouts(Some(timeouts))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// .NET has none of these for `HttpWebRequest`, whose `Timeout` is one for all of them; its later
/// handlers have some (`WinHttpHandler.SendTimeout`, `ReceiveHeadersTimeout`).
///
/// [`set_timeouts`]: crate::HttpWebRequest::set_timeouts
/// [`set_default_timeouts`]: crate::ServicePointManager::set_default_timeouts
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    resolve: Option<Duration>,
    connect: Option<Duration>,
    tls: Option<Duration>,
    send: Option<Duration>,
    headers: Option<Duration>,
    idle_read: Option<Duration>,
    total: Option<Duration>,
}

impl Timeouts {
    /// No limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the look-up of a host's name may take; of the proxy's, if there is one.
    #[must_use]
    pub fn resolve(&self) -> Option<Duration> {
        self.resolve
    }

    /// Sets how long the look-up of a host's name may take.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_resolve(&mut self, limit: Option<Duration>) -> Result<(), Misuse> {
        self.resolve = checked(limit)?;
        Ok(())
    }

    /// How long it may take to connect to one of the host's addresses, over all attempts.
    #[must_use]
    pub fn connect(&self) -> Option<Duration> {
        self.connect
    }

    /// Sets how long it may take to connect. Look-up and TLS have limits of their own;
    /// [`connect_timeout`](crate::HttpWebRequest::connect_timeout) is one for all three.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_connect(&mut self, limit: Option<Duration>) -> Result<(), Misuse> {
        self.connect = checked(limit)?;
        Ok(())
    }

    /// How long a TLS handshake may take; with a proxy over TLS, each of the two.
    #[must_use]
    pub fn tls(&self) -> Option<Duration> {
        self.tls
    }

    /// Sets how long a TLS handshake may take.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_tls(&mut self, limit: Option<Duration>) -> Result<(), Misuse> {
        self.tls = checked(limit)?;
        Ok(())
    }

    /// How long it may take to send the request: its head and a body that is in memory, the wait for
    /// the server's word to continue included. Of a body that is written to the request stream, each
    /// write has this time.
    #[must_use]
    pub fn send(&self) -> Option<Duration> {
        self.send
    }

    /// Sets how long it may take to send the request.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_send(&mut self, limit: Option<Duration>) -> Result<(), Misuse> {
        self.send = checked(limit)?;
        Ok(())
    }

    /// How long the head of the response may take to come, all of it, after the request was sent.
    #[must_use]
    pub fn headers(&self) -> Option<Duration> {
        self.headers
    }

    /// Sets how long the head of the response may take to come.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_headers(&mut self, limit: Option<Duration>) -> Result<(), Misuse> {
        self.headers = checked(limit)?;
        Ok(())
    }

    /// How long nothing may come of the response's body while it is read. A body that comes in small
    /// pieces may take as long as it likes.
    #[must_use]
    pub fn idle_read(&self) -> Option<Duration> {
        self.idle_read
    }

    /// Sets how long nothing may come of the response's body. In blocking reads the shorter of this
    /// and [`read_write_timeout`](crate::HttpWebRequest::read_write_timeout) counts.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_idle_read(&mut self, limit: Option<Duration>) -> Result<(), Misuse> {
        self.idle_read = checked(limit)?;
        Ok(())
    }

    /// How long all of it may take: from the first call that sends to the end of the response's body,
    /// with redirects, logins and repetitions.
    #[must_use]
    pub fn total(&self) -> Option<Duration> {
        self.total
    }

    /// Sets how long all of it may take. Who reads the body late, or not at all, is told when he
    /// reads; [`total_timeout`](crate::HttpWebRequest::total_timeout) leaves the body out.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero.
    pub fn set_total(&mut self, limit: Option<Duration>) -> Result<(), Misuse> {
        self.total = checked(limit)?;
        Ok(())
    }
}

fn checked(limit: Option<Duration>) -> Result<Option<Duration>, Misuse> {
    match limit {
        Some(Duration::ZERO) => Err(Misuse::out_of_range(
            "limit",
            "zero would let no request through: None is without limit",
        )),
        limit => Ok(limit),
    }
}

/// A future's output, or the limit if that has passed before.
pub(crate) async fn limited<F: Future>(
    limit: Option<Duration>,
    future: F,
) -> Result<F::Output, Duration> {
    let future = pin!(future);
    match limit {
        None => Ok(future.await),
        Some(limit) => timeout_at(deadline_after(limit), future)
            .await
            .map_err(|_elapsed| limit),
    }
}

/// A point in time with the limit that it comes from.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) at: Option<Instant>,
    pub(crate) limit: Duration,
}

/// The limits of a transfer piece by piece: each may take so long, and all of them together.
pub(crate) struct PieceLimit {
    phase: Phase,
    each: Option<Duration>,
    all: Option<End>,
    timer: Timer,
    /// Until when the piece under way may take.
    until: Option<Instant>,
}

impl PieceLimit {
    /// `None`: there is no limit.
    pub(crate) fn new(phase: Phase, each: Option<Duration>, all: Option<End>) -> Option<Box<Self>> {
        (each.is_some() || all.is_some()).then(|| {
            Box::new(Self {
                phase,
                each,
                all,
                timer: Timer::new(),
                until: None,
            })
        })
    }

    /// Ready if a limit has passed: what was polled before was `pending`, or the piece is there.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, pending: bool) -> Poll<WebError> {
        if let Some(End {
            at: Some(at),
            limit,
        }) = self.all
            && SystemClock.now() >= at
        {
            return Poll::Ready(WebError::total_over(self.phase, limit));
        }
        if !pending {
            self.until = None;
            return Poll::Pending;
        }
        if self.until.is_none() {
            self.until = self.each.and_then(deadline_after);
        }
        let end = self.all.and_then(|all| all.at);
        let Some(next) = self.until.into_iter().chain(end).min() else {
            return Poll::Pending;
        };
        ready!(self.timer.poll_until(cx, next));
        match (self.all, self.each) {
            (Some(all), _) if all.at == Some(next) => {
                Poll::Ready(WebError::total_over(self.phase, all.limit))
            }
            (_, each) => Poll::Ready(WebError::over(self.phase, each.unwrap_or_default())),
        }
    }
}
