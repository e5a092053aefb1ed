//! What the streams of a connection share: who is at its ends, how many run, and how it is ended.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use system_net_runtime::{Killer, Transport};

use super::driver::Driver;
use super::guarded::Gauge;
use super::options::HttpListenerHttp2Options;
use super::response::OwnFields;
use super::sending::Rest;
use super::spares::Spares;
use crate::connection::Facts;

/// A connection that speaks HTTP/2.
pub(crate) struct Http2Connection {
    facts: Facts,
    pub(super) options: HttpListenerHttp2Options,
    pub(super) gauge: Arc<Gauge>,
    pub(super) driver: Driver,
    killer: Option<Killer>,
    /// It is over, be it by itself or ended from outside.
    aborted: AtomicBool,
    /// By itself, as when its client goes.
    lost: AtomicBool,
    /// A response says that the connection is to end.
    retired: AtomicBool,
    /// Requests that are being answered.
    active: AtomicUsize,
    /// Handlers that have not returned.
    handlers: AtomicUsize,
    pub(super) own_fields: Mutex<OwnFields>,
    pub(super) spares: Mutex<Spares>,
    rests: Mutex<Vec<Rest>>,
    has_rests: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Deref for Http2Connection {
    type Target = Facts;

    #[inline]
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under one of these locks ends the connection's task, and with it the connection.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Http2Connection {
    pub(super) fn new(facts: Facts, transport: &dyn Transport) -> Self {
        Self {
            options: facts.run.shared.http2(),
            own_fields: Mutex::new(OwnFields::new(facts.server.as_deref())),
            facts,
            gauge: Arc::default(),
            driver: Driver::default(),
            killer: transport.killer(),
            aborted: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            active: AtomicUsize::new(0),
            handlers: AtomicUsize::new(0),
            spares: Mutex::default(),
            rests: Mutex::default(),
            has_rests: AtomicBool::new(false),
            task: Mutex::default(),
        }
    }

    /// Ends the connection now, whatever it is doing, from any thread.
    pub(crate) fn kill(&self) {
        self.aborted.store(true, Ordering::Release);
        if let Some(killer) = &self.killer {
            killer.kill();
        }
        self.wake_task();
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// Lets no more requests in; those that run are answered.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.wake_task();
    }

    /// Whether no more requests are let in.
    pub(super) fn is_leaving(&self) -> bool {
        self.stopping() || self.retired.load(Ordering::Acquire)
    }

    /// Makes the task look at the state of the listener and of the connection.
    pub(crate) fn wake_task(&self) {
        let task = lock(&self.task).clone();
        task.into_iter().for_each(Waker::wake);
    }

    /// The task that is to be woken, as it looks at the connection.
    pub(super) fn remember(&self, cx: &Context<'_>) {
        self.gauge.look_again();
        let mut task = lock(&self.task);
        match &mut *task {
            Some(task) => task.clone_from(cx.waker()),
            None => *task = Some(cx.waker().clone()),
        }
    }

    pub(super) fn active(&self) -> usize {
        self.active.load(Ordering::Acquire)
    }

    pub(super) fn request_begun(&self) {
        self.active.fetch_add(1, Ordering::AcqRel);
    }

    /// `inline`: the task goes on by itself.
    pub(super) fn request_ended(&self, inline: bool) {
        let before = self.active.fetch_sub(1, Ordering::AcqRel);
        if !inline && (before == 1 || before >= self.options.streams as usize) {
            self.wake_task();
        }
    }

    pub(super) fn handler_begun(&self) {
        self.handlers.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn handler_ended(&self) {
        let before = self.handlers.fetch_sub(1, Ordering::AcqRel);
        if before == 1 && self.is_aborted() {
            self.wake_task();
        }
    }

    pub(super) fn has_handlers(&self) -> bool {
        self.handlers.load(Ordering::Acquire) > 0
    }

    /// No handler runs that belongs to a connection that is over; its last one is to wake the task.
    pub(super) fn close(&self) {
        if !self.is_aborted() {
            self.lost.store(true, Ordering::Release);
        }
        self.aborted.store(true, Ordering::Release);
    }

    /// Whether it is over, and nobody here wanted that.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Leaves it to the task to send what the client takes only later.
    pub(super) fn leave_rest(&self, rest: Rest) {
        lock(&self.rests).push(rest);
        self.has_rests.store(true, Ordering::Release);
        self.wake_task();
    }

    pub(super) fn has_rests(&self) -> bool {
        self.has_rests.load(Ordering::Acquire)
    }

    /// Sends what the client takes now.
    pub(super) fn poll_rests(&self, cx: &mut Context<'_>) {
        if !self.has_rests() {
            return;
        }
        let mut rests = lock(&self.rests);
        rests.retain_mut(|rest| rest.poll(cx, &self.facts).is_pending());
        self.has_rests.store(!rests.is_empty(), Ordering::Release);
    }
}
