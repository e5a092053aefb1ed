//! The HTTP/2 connections of a service point: which request gets which stream, and who opens one
//! more.
//!
//! A group has as many connections as its service point allows, and one at a time is opened: what
//! asks meanwhile may find room on it. Streams go to whoever waits longest.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::lock::lock;
use super::session::Session;
use super::waiter::Waiter;
use crate::service_point::{GroupKey, ServicePoint};

/// Those of one service point.
#[derive(Default)]
pub(crate) struct Sessions {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    groups: Vec<Group>,
    /// The number of the session opened last.
    number: u64,
}

struct Group {
    key: GroupKey,
    live: Vec<Live>,
    /// How many are being opened.
    opening: usize,
    /// The server chose HTTP/1.1 the last time: its connections are opened side by side.
    prefers_http1: bool,
    waiters: VecDeque<Arc<Waiter<Granted>>>,
}

struct Live {
    number: u64,
    /// `None`: it takes no more streams, and has none; it is about to be gone.
    session: Option<Arc<Session>>,
    streams: usize,
    /// It takes no more streams, and is closed with its last one.
    retired: bool,
    idle_since: Instant,
}

/// What a waiter gets.
enum Granted {
    Stream(Arc<Session>),
    Open,
}

/// What a request gets.
pub(crate) enum Turn {
    Stream(Slot),
    Open(Opening),
}

/// Room for a stream of a connection. Dropping it makes room for another.
pub(crate) struct Slot {
    point: Arc<ServicePoint>,
    pub(super) session: Arc<Session>,
}

/// The right to open a connection. Dropping it passes it on.
pub(crate) struct Opening {
    /// `None`: opened.
    point: Option<Arc<ServicePoint>>,
    key: GroupKey,
}

/// What holds for the connections.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// How many a group may have.
    pub(crate) limit: usize,
    pub(crate) lease: Option<Duration>,
    pub(crate) max_idle: Option<Duration>,
    pub(crate) now: Instant,
}

/// What is done when no lock is held: tasks are woken, and connections and callbacks dropped.
#[derive(Default)]
struct After {
    woken: Vec<Waker>,
    dropped: Vec<Arc<Session>>,
    emptied: Vec<Group>,
}

impl After {
    fn run(self) {
        drop((self.dropped, self.emptied));
        self.woken.into_iter().for_each(Waker::wake);
    }
}

impl Sessions {
    /// A stream, or the right to open a connection; at once, or when it is the request's turn.
    pub(crate) fn acquire<'a>(
        &'a self,
        point: &'a Arc<ServicePoint>,
        key: &'a GroupKey,
    ) -> Result<Turn, impl Future<Output = Turn> + use<'a>> {
        let mut after = After::default();
        let mut state = lock(&self.state);
        let group = state.group(key);
        // Nobody overtakes a waiter.
        let granted = match group.waiters.is_empty() {
            true => group.grant(&point.http2_terms(), &mut after),
            false => None,
        };
        let result = match granted {
            Some(granted) => Ok(granted),
            None => {
                let waiter = Arc::new(Waiter::default());
                group.waiters.push_back(Arc::clone(&waiter));
                Err(waiter)
            }
        };
        drop(state);
        after.run();
        match result {
            Ok(granted) => Ok(granted.turn(point, key)),
            Err(waiter) => Err(Waiting { point, key, waiter }),
        }
    }

    /// The number of a session about to be opened.
    pub(super) fn next_number(&self) -> u64 {
        let mut state = lock(&self.state);
        state.number += 1;
        state.number
    }

    /// Connections may have more room, or less, than before.
    pub(crate) fn look_again(&self, point: &ServicePoint) {
        self.change(point, |_, _, _| {});
    }

    /// A connection has ended.
    pub(super) fn ended(&self, point: &ServicePoint, number: u64) {
        self.change(point, |group, _, after| {
            group.live.retain_mut(|live| {
                let is_it = live.number == number;
                if is_it {
                    after.dropped.extend(live.session.take());
                }
                !is_it
            });
        });
    }

    /// Connections of the groups of a name take no more streams. True: there are some.
    pub(crate) fn close_group(&self, point: &ServicePoint, name: Option<&str>) -> bool {
        let mut any = false;
        self.change(point, |group, _, _| {
            if group.key.name.as_deref() == name {
                for live in &mut group.live {
                    any = true;
                    live.retired = true;
                }
            }
        });
        any
    }

    /// Closes all that have no stream.
    pub(crate) fn close_idle(&self, point: &ServicePoint) {
        self.change(point, |group, _, _| {
            let idle = group.live.iter_mut().filter(|live| live.streams == 0);
            idle.for_each(|live| live.retired = true);
        });
    }

    /// Closes what has been idle for too long. How long until something can be due again; `None`
    /// without connections that are idle, or a limit.
    pub(crate) fn expire(&self, point: &ServicePoint) -> Option<Duration> {
        let terms = point.http2_terms();
        let limit = terms.max_idle?;
        // The usual service point has none: nothing is looked at twice.
        if lock(&self.state).groups.is_empty() {
            return None;
        }
        let mut next = None;
        self.change(point, |group, terms, _| {
            for live in &mut group.live {
                let age = terms.now.saturating_duration_since(live.idle_since);
                if live.streams > 0 || live.session.is_none() {
                    continue;
                }
                match limit.checked_sub(age).filter(|left| !left.is_zero()) {
                    Some(left) => next = Some(next.map_or(left, |next: Duration| next.min(left))),
                    None => live.retired = true,
                }
            }
        });
        next
    }

    /// Changes groups, and gives those who wait what has become free.
    fn change(&self, point: &ServicePoint, mut change: impl FnMut(&mut Group, &Terms, &mut After)) {
        let terms = point.http2_terms();
        let mut after = After::default();
        let mut state = lock(&self.state);
        for group in &mut state.groups {
            change(group, &terms, &mut after);
            group.serve(&terms, &mut after);
        }
        state.trim(&mut after);
        drop(state);
        after.run();
    }

    /// Changes one group, likewise.
    fn change_one(
        &self,
        point: &ServicePoint,
        of: impl Fn(&Group) -> bool,
        mut change: impl FnMut(&mut Group, &Terms, &mut After),
    ) {
        let terms = point.http2_terms();
        let mut after = After::default();
        let mut state = lock(&self.state);
        if let Some(group) = state.groups.iter_mut().find(|group| of(group)) {
            change(group, &terms, &mut after);
            group.serve(&terms, &mut after);
        }
        state.trim(&mut after);
        drop(state);
        after.run();
    }
}

impl State {
    /// The group of that key, made on first use. There are few: a search beats a map.
    fn group(&mut self, key: &GroupKey) -> &mut Group {
        let index = match self.groups.iter().position(|group| group.key == *key) {
            Some(index) => index,
            None => {
                self.groups.push(Group {
                    key: key.clone(),
                    live: Vec::new(),
                    opening: 0,
                    prefers_http1: false,
                    waiters: VecDeque::new(),
                });
                self.groups.len() - 1
            }
        };
        &mut self.groups[index]
    }

    /// Groups may be as many as users: those with nothing in them go.
    fn trim(&mut self, after: &mut After) {
        let mut index = 0;
        while index < self.groups.len() {
            match self.groups[index].is_empty() {
                true => after.emptied.push(self.groups.swap_remove(index)),
                false => index += 1,
            }
        }
    }
}

impl Group {
    fn is_empty(&self) -> bool {
        self.live.is_empty() && self.opening == 0 && self.waiters.is_empty()
    }

    /// What the next in the queue gets, if there is something.
    fn grant(&mut self, terms: &Terms, after: &mut After) -> Option<Granted> {
        self.retire(terms, after);
        let with_room = |live: &&mut Live| {
            live.session
                .as_ref()
                .is_some_and(|session| !live.retired && live.streams < session.facts.max_streams())
        };
        if let Some(live) = self.live.iter_mut().find(with_room)
            && let Some(session) = &live.session
        {
            live.streams += 1;
            return Some(Granted::Stream(Arc::clone(session)));
        }
        let may_open = match self.prefers_http1 {
            true => true,
            false => self.opening == 0 && self.live.len() < terms.limit,
        };
        may_open.then(|| {
            self.opening += 1;
            Granted::Open
        })
    }

    /// Connections whose time is over take no more streams; those without any are closed.
    fn retire(&mut self, terms: &Terms, after: &mut After) {
        for live in &mut self.live {
            let Some(session) = &live.session else {
                continue;
            };
            let age = session
                .opened
                .map(|opened| terms.now.saturating_duration_since(opened));
            let outlived = terms.lease.is_some_and(|lease| age >= Some(lease));
            live.retired |= outlived || session.facts.is_closing();
            if live.retired && live.streams == 0 {
                after.dropped.extend(live.session.take());
            }
        }
    }

    fn serve(&mut self, terms: &Terms, after: &mut After) {
        self.retire(terms, after);
        while !self.waiters.is_empty() {
            let Some(granted) = self.grant(terms, after) else {
                break;
            };
            if let Some(waiter) = self.waiters.pop_front() {
                after.woken.extend(waiter.grant(granted));
            }
        }
    }

    /// A stream of a connection has ended.
    fn ended(&mut self, number: u64, now: Instant) -> bool {
        let Some(live) = self.live.iter_mut().find(|live| live.number == number) else {
            return false;
        };
        live.streams -= 1;
        live.idle_since = now;
        live.streams == 0 && !live.retired
    }
}

impl Granted {
    fn turn(self, point: &Arc<ServicePoint>, key: &GroupKey) -> Turn {
        let point = Arc::clone(point);
        match self {
            Self::Stream(session) => Turn::Stream(Slot { point, session }),
            Self::Open => Turn::Open(Opening {
                point: Some(point),
                key: key.clone(),
            }),
        }
    }
}

impl Slot {
    /// The connection.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The connection takes no more streams.
    pub(crate) fn retire(&self) {
        self.session.facts.close();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let number = self.session.number;
        let mut idle = false;
        self.point.http2.change_one(
            &self.point,
            |group| group.live.iter().any(|live| live.number == number),
            |group, terms, _| idle = group.ended(number, terms.now),
        );
        self.point.http2_stream_ended(idle);
    }
}

impl Opening {
    /// The service point.
    pub(crate) fn point(&self) -> Option<&Arc<ServicePoint>> {
        self.point.as_ref()
    }

    /// A connection was opened; the first stream of it.
    pub(super) fn opened(mut self, session: Session) -> Option<Slot> {
        let point = self.point.take()?;
        let session = Arc::new(session);
        let first = Arc::clone(&session);
        let mut after = After::default();
        let terms = point.http2_terms();
        let mut state = lock(&point.http2.state);
        let group = state.group(&self.key);
        group.opening -= 1;
        group.prefers_http1 = false;
        group.live.push(Live {
            number: session.number,
            session: Some(session),
            streams: 1,
            retired: false,
            idle_since: terms.now,
        });
        group.serve(&terms, &mut after);
        drop(state);
        after.run();
        Some(Slot {
            point,
            session: first,
        })
    }

    /// The server chose HTTP/1.1.
    pub(crate) fn chose_http1(mut self) {
        self.end(true);
    }

    fn end(&mut self, http1: bool) {
        if let Some(point) = self.point.take() {
            point.http2.change_one(
                &point,
                |group| group.key == self.key,
                |group, _, _| {
                    group.opening -= 1;
                    group.prefers_http1 = http1;
                },
            );
        }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.end(false);
    }
}

/// Waits in the queue. Dropped early, it leaves the queue and passes on what it was given.
struct Waiting<'a> {
    point: &'a Arc<ServicePoint>,
    key: &'a GroupKey,
    waiter: Arc<Waiter<Granted>>,
}

impl Future for Waiting<'_> {
    type Output = Turn;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Turn> {
        self.waiter
            .poll(cx)
            .map(|granted| granted.turn(self.point, self.key))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let waiter = &self.waiter;
        let queued = |group: &Group| group.key == *self.key;
        self.point
            .http2
            .change_one(self.point, queued, |group, _, _| {
                group.waiters.retain(|other| !Arc::ptr_eq(other, waiter));
            });
        if let Some(granted) = waiter.take() {
            drop(granted.turn(self.point, self.key));
        }
    }
}
