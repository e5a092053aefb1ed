//! Who polls a connection: one task at a time, which can be replaced by another one.
//!
//! A connection is driven by a task on the runtime of its listener. Handlers are begun by that task,
//! too: most answer at once, and need no task of their own then. While they run nobody holds the
//! connection, so that one that blocks its thread, against the rules, is not lost: before it waits
//! for its client it has the connection driven by the background runtime.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use system_net_runtime::{is_driving, try_background};
use tokio::runtime::{Handle, Id};

use super::bell::Bell;
use super::connection::{Http2Connection, lock};
use super::stream::Stream;

/// The life of a connection, to be polled.
type Life = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Default)]
pub(super) struct Driver {
    /// `None`: it is over.
    life: Mutex<Option<Life>>,
    /// Handlers to begin.
    work: Mutex<VecDeque<Work>>,
    /// Which task drives: others that wake up find that they are not the one.
    task: AtomicU64,
    home: Mutex<Option<Id>>,
}

/// A request's handler, from its beginning to what becomes of it.
pub(super) struct Work {
    pub(super) stream: Arc<Stream>,
    pub(super) handling: Life,
}

impl Work {
    fn begin(mut self, cx: &mut Context<'_>) {
        self.stream.set_inline(true);
        let polled = self.handling.as_mut().poll(cx);
        self.stream.set_inline(false);
        if polled.is_pending() {
            self.stream.connection().run.spawn(self.handling);
        }
    }
}

impl Driver {
    /// Leaves a handler to the task, which begins it when the connection is not held.
    pub(super) fn add_work(&self, work: Work) {
        lock(&self.work).push_back(work);
    }

    /// One after the other: while one blocks its thread, another task may begin those behind it.
    fn next_work(&self) -> Option<Work> {
        lock(&self.work).pop_front()
    }

    fn is_driven_by(&self, task: u64) -> bool {
        self.task.load(Ordering::Acquire) == task
    }
}

/// Begins to drive.
pub(super) fn start(connection: &Arc<Http2Connection>, life: Life, runtime: &Handle) {
    *lock(&connection.driver.life) = Some(life);
    settle(connection, runtime);
}

/// Somebody is about to wait for the connection: its task is where that cannot hold it up. `inline`:
/// it is the task itself that would wait.
pub(super) fn attend(connection: &Arc<Http2Connection>, cx: &Context<'_>, inline: bool) {
    if !is_driving(cx) {
        return;
    }
    // Without threads to be had it stays where it is.
    let Ok(background) = try_background() else {
        return;
    };
    let home = *lock(&connection.driver.home);
    if inline || home != Some(background.id()) {
        settle(connection, background);
    }
}

fn settle(connection: &Arc<Http2Connection>, runtime: &Handle) {
    *lock(&connection.driver.home) = Some(runtime.id());
    let number = connection.driver.task.fetch_add(1, Ordering::AcqRel) + 1;
    let task = Task {
        connection: Some(Arc::clone(connection)),
        number,
        bell: None,
    };
    // What a worker of a runtime spawns there waits for that very worker first, and this one is about
    // to block: another thread hands the task over.
    let of_worker = number > 1 && Handle::try_current().is_ok_and(|own| own.id() == runtime.id());
    if of_worker {
        let own = runtime.clone();
        drop(runtime.spawn_blocking(move || drop(own.spawn(task))));
    } else {
        drop(runtime.spawn(task));
    }
}

/// A task that drives, until the connection is over or another one does.
struct Task {
    /// `None`: done.
    connection: Option<Arc<Http2Connection>>,
    number: u64,
    /// What wakes it.
    bell: Option<(Arc<Bell>, Waker)>,
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if !this.bell.as_ref().is_some_and(|(bell, _)| bell.is_of(cx)) {
            this.bell = None;
        }
        let (bell, waker) = this.bell.get_or_insert_with(|| Bell::new(cx));
        let cx = &mut Context::from_waker(waker);
        let Some(connection) = &this.connection else {
            return Poll::Ready(());
        };
        let driver = &connection.driver;
        loop {
            let mut life = lock(&driver.life);
            let over = match &mut *life {
                Some(living) if driver.is_driven_by(this.number) => living.as_mut().poll(cx),
                _ => {
                    drop(life);
                    this.connection = None;
                    return Poll::Ready(());
                }
            };
            if over.is_ready() {
                let ended = life.take();
                drop(life);
                drop(ended);
                this.connection = None;
                return Poll::Ready(());
            }
            drop(life);
            let mut next = driver.next_work();
            if next.is_none() {
                return Poll::Pending;
            }
            // Behind them the life is looked at again, by this task or by one that took over.
            bell.silence();
            while let Some(work) = next {
                work.begin(cx);
                next = driver.next_work();
            }
            bell.unsilence();
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // Done, or its runtime is shut down: then the listener's requests end, too.
        if let Some(connection) = self.connection.take()
            && connection.driver.is_driven_by(self.number)
        {
            let ended = lock(&connection.driver.life).take();
            drop(ended);
            let work = std::mem::take(&mut *lock(&connection.driver.work));
            drop(work);
        }
    }
}
