//! Drives a connection on behalf of all its requests.
//!
//! A driver is a task: on the tokio runtime of whoever opened the connection, else on the background
//! runtime. A request that waits elsewhere (another runtime, a blocking call, which holds up the
//! very thread the task may need) moves it to the background runtime, and so does the end of its
//! runtime. The transport moves along by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::Connection;
use h2::{Ping, PingPong};
use system_net_primitives::{Clock, SystemClock};
use system_net_runtime::{Timer, is_driving, try_background};
use tokio::runtime::{Handle, Id};

use super::guarded::{Facts, Fault, Guarded};
use super::lock::lock;
use super::settings::Http2Settings;
use crate::service_point::LastingPlace;

/// The connection, and where it is driven.
pub(super) struct Driver {
    wheel: Mutex<Option<Wheel>>,
    /// Which task drives: others that wake up find that they are not the one.
    task: AtomicU64,
    home: Mutex<Option<Id>>,
}

/// What is driven. The fields are dropped in this order: the socket is closed before its place is
/// free.
struct Wheel {
    connection: Connection<Guarded, Bytes>,
    pings: Option<Pings>,
    facts: Arc<Facts>,
    place: LastingPlace,
    number: u64,
}

impl Driver {
    /// Begins to drive.
    pub(super) fn start(
        mut connection: Connection<Guarded, Bytes>,
        facts: Arc<Facts>,
        place: LastingPlace,
        number: u64,
        settings: Http2Settings,
    ) -> Arc<Self> {
        let pings = settings.ping_delay.and_then(|delay| {
            Some(Pings::new(
                connection.ping_pong()?,
                delay,
                settings.ping_timeout,
            ))
        });
        let wheel = Wheel {
            connection,
            pings,
            facts,
            place,
            number,
        };
        let this = Arc::new(Self {
            wheel: Mutex::new(Some(wheel)),
            task: AtomicU64::new(0),
            home: Mutex::new(None),
        });
        match Handle::try_current() {
            Ok(here) => this.settle(lock(&this.home), &here),
            Err(_) => this.settle_in_background(lock(&this.home)),
        }
        this
    }

    /// Somebody is about to wait: the driver is where that cannot hold it up.
    pub(super) fn attend(self: &Arc<Self>, cx: &Context<'_>) {
        let here = match is_driving(cx) {
            true => None,
            false => Handle::try_current().ok().map(|here| here.id()),
        };
        let home = lock(&self.home);
        if home.is_some() && *home == here {
            return;
        }
        let background = try_background().ok().map(Handle::id);
        if home.is_none() || *home != background {
            self.settle_in_background(home);
        }
    }

    fn settle_in_background(self: &Arc<Self>, home: MutexGuard<'_, Option<Id>>) {
        match try_background() {
            Ok(background) => self.settle(home, background),
            // Without threads to be had nobody can drive: requests fail rather than wait.
            Err(_) => {
                drop(home);
                self.give_up();
            }
        }
    }

    fn give_up(&self) {
        let wheel = lock(&self.wheel).take();
        if let Some(wheel) = wheel {
            wheel.end();
        }
    }

    fn settle(self: &Arc<Self>, mut home: MutexGuard<'_, Option<Id>>, runtime: &Handle) {
        *home = Some(runtime.id());
        let number = self.task.fetch_add(1, Ordering::AcqRel) + 1;
        // A runtime that is being shut down drops the task at once, which looks at the home again.
        drop(home);
        runtime.spawn(Task {
            driver: Some(Arc::clone(self)),
            number,
        });
    }
}

/// A task that drives, until it is done or another one does.
struct Task {
    /// `None`: done.
    driver: Option<Arc<Driver>>,
    number: u64,
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Some(driver) = &this.driver else {
            return Poll::Ready(());
        };
        let mut wheel = lock(&driver.wheel);
        if driver.task.load(Ordering::Acquire) == this.number
            && let Some(turning) = &mut *wheel
            && turning.poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        let done = match driver.task.load(Ordering::Acquire) == this.number {
            true => wheel.take(),
            false => None,
        };
        drop(wheel);
        this.driver = None;
        if let Some(done) = done {
            done.end();
        }
        Poll::Ready(())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let Some(driver) = self.driver.take() else {
            return;
        };
        // What has panicked once would do so again.
        if std::thread::panicking() {
            driver.give_up();
            return;
        }
        // Its runtime is shut down: the connection is not for that runtime's requests alone.
        {
            let home = lock(&driver.home);
            let is_open = lock(&driver.wheel).is_some();
            if is_open && driver.task.load(Ordering::Acquire) == self.number {
                driver.settle_in_background(home);
            }
        }
    }
}

impl Wheel {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pings) = &mut self.pings
            && pings.poll(cx, &self.facts).is_ready()
        {
            return Poll::Ready(());
        }
        let was_closing = self.facts.is_closing();
        if Pin::new(&mut self.connection).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let streams = self.connection.max_concurrent_send_streams();
        let more = self.facts.set_max_streams(streams);
        if (more || was_closing != self.facts.is_closing())
            && let Some(point) = self.place.point()
        {
            point.http2.look_again(&point);
        }
        // What was sent for the first time now counts from now on.
        if let Some(pings) = &mut self.pings {
            return pings.poll(cx, &self.facts);
        }
        Poll::Pending
    }

    /// The connection has ended.
    fn end(self) {
        self.facts.close();
        let Self {
            connection,
            place,
            number,
            ..
        } = self;
        drop(connection);
        let point = place.point();
        drop(place);
        if let Some(point) = point {
            point.http2.ended(&point, number);
        }
    }
}

/// Asks a server that has been silent whether it is there.
struct Pings {
    pings: PingPong,
    delay: Duration,
    timeout: Duration,
    timer: Timer,
    /// How much had come in when this was last looked at, and when.
    heard: (u64, Instant),
    /// Since when an answer is waited for.
    asked: Option<Instant>,
}

impl Pings {
    fn new(pings: PingPong, delay: Duration, timeout: Duration) -> Self {
        Self {
            pings,
            delay,
            timeout,
            timer: Timer::new(),
            heard: (0, SystemClock.now()),
            asked: None,
        }
    }

    /// Ready: the server has left the question without an answer for too long.
    fn poll(&mut self, cx: &mut Context<'_>, facts: &Facts) -> Poll<()> {
        loop {
            let now = SystemClock.now();
            let reads = facts.reads();
            // Whatever comes shows that the server is there.
            if reads != self.heard.0 {
                self.heard = (reads, now);
            }
            if self.asked.is_some() && self.pings.poll_pong(cx).is_ready() {
                self.asked = None;
                self.heard.1 = now;
            }
            let due = match self.asked {
                Some(asked) => asked.max(self.heard.1) + self.timeout,
                None => self.heard.1 + self.delay,
            };
            if now < due {
                if self.timer.poll_until(cx, due).is_pending() {
                    return Poll::Pending;
                }
                continue;
            }
            if self.asked.is_some() {
                facts.set_fault(Fault::PingTimeout(self.timeout));
                return Poll::Ready(());
            }
            // An error says that the connection has ended, which it will say itself.
            if self.pings.send_ping(Ping::opaque()).is_err() {
                return Poll::Pending;
            }
            self.asked = Some(now);
        }
    }
}
