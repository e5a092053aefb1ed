//! Blocking look-ups on a few threads, equal ones merged.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use super::question::{Answer, Question};
use crate::error::{SocketError, SocketErrorCode};

/// What looks up, and may block.
type Lookup = Arc<dyn Fn(&Question) -> Answer + Send + Sync>;

/// How long an idle thread waits for work before it ends.
const IDLE_FOR: Duration = Duration::from_secs(10);

/// How many times its usual number of threads a pool may have while some are lost to look-ups that
/// nobody waits for any more.
const MOST_LOST: usize = 8;

/// Runs look-ups on threads that are started when needed and end when idle.
pub(super) struct LookupPool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Work has come, or the pool has closed.
    changed: Condvar,
    lookup: Lookup,
    /// Threads whose look-ups somebody waits for.
    most_threads: usize,
}

#[derive(Default)]
struct State {
    /// Queries by question, from the first time it is asked to the answer.
    in_flight: HashMap<Question, Query>,
    /// Questions nobody looks up yet. One that nobody waits for any more is not in `in_flight`.
    queue: VecDeque<Question>,
    threads: usize,
    idle: usize,
    /// Threads whose look-up nobody waits for any more, and that cannot be told to stop.
    forsaken: usize,
    closed: bool,
}

/// Those who asked a question.
struct Query {
    running: bool,
    waiting: Vec<Arc<Ticket>>,
}

impl Query {
    fn is_forsaken(&self) -> bool {
        self.running && self.waiting.is_empty()
    }
}

/// One who asked.
#[derive(Default)]
struct Ticket {
    outcome: Mutex<Outcome>,
}

#[derive(Default)]
enum Outcome {
    #[default]
    Pending,
    Waiting(Waker),
    Answered(Answer),
}

impl LookupPool {
    pub(super) fn new(lookup: Lookup, most_threads: usize) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            lookup,
            most_threads: most_threads.max(1),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Asks; the question is on its way when this returns.
    pub(super) fn look_up(&self, question: Question) -> Pending {
        let ticket = Arc::new(Ticket::default());
        let mut state = self.shared.lock();
        if let Some(query) = state.in_flight.get_mut(&question) {
            let was_forsaken = query.is_forsaken();
            query.waiting.push(Arc::clone(&ticket));
            state.forsaken -= usize::from(was_forsaken);
        } else {
            let query = Query {
                running: false,
                waiting: vec![Arc::clone(&ticket)],
            };
            state.in_flight.insert(question.clone(), query);
            state.queue.push_back(question.clone());
            self.shared.want_thread(&mut state);
        }
        drop(state);
        Pending {
            shared: Arc::clone(&self.shared),
            question,
            ticket,
        }
    }
}

impl Drop for LookupPool {
    fn drop(&mut self) {
        // Those who still wait get their answers: threads end when the queue is empty.
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No look-up runs under the lock, so nothing is left half-done by a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees that somebody takes what was just queued.
    fn want_thread(self: &Arc<Self>, state: &mut State) {
        if state.idle >= state.queue.len() {
            self.changed.notify_one();
            return;
        }
        // Threads that are lost to a dead name service do not keep others from their answers; but
        // there is an end to it.
        let in_use = state.threads - state.forsaken;
        if in_use >= self.most_threads || state.threads >= self.most_threads * MOST_LOST {
            return;
        }
        let shared = Arc::clone(self);
        let started = thread::Builder::new()
            .name("system-net-resolver".into())
            .spawn(move || shared.work());
        match started {
            Ok(_) => state.threads += 1,
            // Another thread will come to it.
            Err(_) if state.threads > 0 => {}
            Err(error) => {
                if let Some(question) = state.queue.pop_back()
                    && let Some(query) = state.in_flight.remove(&question)
                {
                    query.answer(&Err(error.into()));
                }
            }
        }
    }

    /// A thread's life.
    fn work(self: Arc<Self>) {
        let mut state = self.lock();
        loop {
            // Back from a look-up that nobody waited for, it may be one too many.
            if state.threads - state.forsaken > self.most_threads {
                break;
            }
            let Some(question) = state.queue.pop_front() else {
                if state.closed {
                    break;
                }
                state.idle += 1;
                let (next, waited) = self
                    .changed
                    .wait_timeout(state, IDLE_FOR)
                    .unwrap_or_else(PoisonError::into_inner);
                state = next;
                state.idle -= 1;
                if waited.timed_out() && state.queue.is_empty() {
                    break;
                }
                continue;
            };
            match state.in_flight.get_mut(&question) {
                Some(query) if !query.running => query.running = true,
                // Given up meanwhile (and perhaps asked anew, which is queued by itself).
                _ => continue,
            }
            drop(state);
            // A panic of the function must not take the thread (and those who wait) with it.
            let answer = catch_unwind(AssertUnwindSafe(|| (self.lookup)(&question)))
                .unwrap_or_else(|_| Err(SocketError::new(SocketErrorCode::NoRecovery)));
            state = self.lock();
            let query = state.in_flight.remove(&question);
            state.forsaken -= usize::from(query.as_ref().is_some_and(Query::is_forsaken));
            drop(state);
            if let Some(query) = query {
                query.answer(&answer);
            }
            state = self.lock();
        }
        state.threads -= 1;
    }
}

impl Query {
    /// To be called without the pool's lock where code of others may run: wakers.
    fn answer(self, answer: &Answer) {
        for ticket in self.waiting {
            ticket.answer(answer.clone());
        }
    }
}

impl Ticket {
    fn answer(&self, answer: Answer) {
        let before = {
            let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *outcome, Outcome::Answered(answer))
        };
        if let Outcome::Waiting(waker) = before {
            waker.wake();
        }
    }
}

/// An answer to come. Dropping it gives the look-up up: if it has not begun and nobody else
/// waits for it, it never will.
pub(super) struct Pending {
    shared: Arc<Shared>,
    question: Question,
    ticket: Arc<Ticket>,
}

impl Future for Pending {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let mut outcome = self
            .ticket
            .outcome
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &mut *outcome {
            Outcome::Answered(answer) => Poll::Ready(answer.clone()),
            Outcome::Waiting(waker) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            pending @ Outcome::Pending => {
                *pending = Outcome::Waiting(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        let Some(query) = state.in_flight.get_mut(&self.question) else {
            return;
        };
        let before = query.waiting.len();
        query
            .waiting
            .retain(|ticket| !Arc::ptr_eq(ticket, &self.ticket));
        if query.waiting.is_empty() && !query.running {
            state.in_flight.remove(&self.question);
            let question = &self.question;
            state.queue.retain(|queued| queued != question);
        } else if query.is_forsaken() && before > 0 {
            state.forsaken += 1;
            if !state.queue.is_empty() {
                self.shared.want_thread(state);
            }
        }
    }
}

#[cfg(test)]
mod tests;
