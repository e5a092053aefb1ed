//! The pool of one service point: idle connections, places for open ones, and a fair queue.
//!
//! A pool holds no sockets' worth of logic: it only decides who gets what. Each connection group
//! has its own places; a connection changes its group once at most, when it becomes one user's own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::pipe::Pipe;
use super::queue::Waiter;
use crate::certificate_judge::CertificateJudge;
use crate::connection::Connection;
use crate::http2::Protocol;

mod moving;
mod pipelining;

/// With a limit below this, the watch for idle connections ends when there are none, rather than
/// look again and again while some are in use.
const WORTH_WAITING: Duration = Duration::from_secs(1);

/// Which connections of a service point may serve a request: those of its connection group, and,
/// through a proxy, of the tunnel it needs; and those that its callback has accepted, if it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupKey {
    pub(crate) name: Option<Arc<str>>,
    /// Where the tunnel leads, and who opened it; `None` for connections that are none.
    pub(crate) tunnel: Option<Arc<str>>,
    /// Who judges the server's certificate, and what is shown to it.
    pub(crate) judge: CertificateJudge,
    /// What they may speak: HTTP/2 connections have places of their own.
    pub(crate) protocol: Protocol,
    /// Whose logins its connections carry.
    pub(crate) owner: Owner,
}

/// Whose logins the connections of a group carry (NTLM, Negotiate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody's: logins belong to requests.
    #[default]
    Nobody,
    /// One user's, by a number.
    User(u64),
    /// Anybody's: `UnsafeAuthenticatedConnectionSharing`.
    Anybody,
}

/// What a request gets: a place, and perhaps an idle connection with it.
pub(super) struct Grant {
    pub(super) connection: Option<Box<Connection>>,
    pub(super) group: GroupIndex,
    /// What goes out behind others on the connection.
    pub(super) pipe: Option<Arc<Pipe>>,
    /// The request is out on the connection already, and its response is the next.
    pub(super) turn: bool,
    /// It was the last place there is: whoever comes next has to wait, and may go out behind.
    pub(super) last: bool,
    idle_since: Option<Instant>,
    /// What `generation` a connection opened with this place belongs to.
    pub(super) generation: u32,
}

/// Which group of its pool a place belongs to. A group has its number as long as somebody waits for
/// a place of it, or has one.
#[derive(Clone, Copy)]
pub(crate) struct GroupIndex(usize);

#[derive(Default)]
pub(super) struct Pool {
    state: Mutex<State>,
    /// How many wait in the queues of all groups.
    queued: AtomicUsize,
}

#[derive(Default)]
struct State {
    groups: Vec<Group>,
    /// When a place was given back last.
    idle_since: Option<Instant>,
}

struct Group {
    key: GroupKey,
    /// The one that became idle last stands last.
    idle: Vec<Idle>,
    /// Places in use: connections that requests hold, or are opening.
    busy: usize,
    generation: u32,
    waiters: VecDeque<Arc<Waiter>>,
    /// The connections on which requests may go out behind others.
    pipes: Vec<Weak<Pipe>>,
}

struct Idle {
    connection: Box<Connection>,
    pipe: Option<Arc<Pipe>>,
    since: Instant,
}

/// What holds for the connections of a service point.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    /// How many a group may have.
    pub(super) limit: usize,
    /// How long one may be idle; `None`: without limit.
    pub(super) max_idle: Option<Duration>,
    pub(super) now: Instant,
}

impl Pool {
    /// A place in the group, at once or when one becomes free. Nobody overtakes a waiter.
    pub(super) fn acquire(
        &self,
        key: &GroupKey,
        terms: Terms,
    ) -> Result<Grant, (GroupIndex, Arc<Waiter>)> {
        let mut state = self.lock();
        // Dropped after the lock is gone, with the callback it may have.
        let (index, _replaced) = state.index_of(key);
        let group = state.group(index);
        if let Some(mut grant) = group.try_grant(index, terms.limit) {
            if let (Some(since), Some(limit)) = (grant.idle_since, terms.max_idle)
                && since.checked_add(limit).is_some_and(|end| terms.now >= end)
            {
                let expired = (grant.connection.take(), grant.pipe.take());
                drop(state);
                drop(expired);
            }
            return Ok(grant);
        }
        let waiter = Arc::new(Waiter::default());
        group.waiters.push_back(Arc::clone(&waiter));
        self.queued.fetch_add(1, Ordering::SeqCst);
        Err((index, waiter))
    }

    /// Gives a place back, with its connection if that can be used again, or if its next response is
    /// for a request behind. True: the connection is idle now.
    pub(super) fn release(
        &self,
        index: GroupIndex,
        terms: Terms,
        connection: Option<Box<Connection>>,
        pipe: Option<Arc<Pipe>>,
    ) -> bool {
        let mut dead = (None, None);
        let mut idle = false;
        let (woken, _emptied) = {
            let mut state = self.lock();
            let group = state.group(index);
            let (connection, pipe) = match group.pass_on(index, terms, connection, pipe) {
                Ok(woken) => {
                    drop(state);
                    woken.into_iter().for_each(Waker::wake);
                    return false;
                }
                Err(returned) => returned,
            };
            group.busy -= 1;
            match connection {
                Some(connection)
                    if connection.generation == group.generation
                        && connection.can_reuse()
                        && group.open() < terms.limit =>
                {
                    let pipe = group.pipe_of(&connection, pipe);
                    let since = terms.now;
                    group.idle.push(Idle {
                        connection,
                        pipe,
                        since,
                    });
                    idle = true;
                }
                surplus => {
                    self.take_back(group, pipe.as_deref(), 0);
                    dead = (surplus, pipe);
                }
            }
            let mut woken = self.serve_waiters(group, index, terms.limit);
            woken.extend(group.owner_to_wake());
            state.idle_since = Some(terms.now);
            (woken, state.trim())
        };
        // Closing sockets and waking tasks is done without the lock.
        drop(dead);
        woken.into_iter().for_each(Waker::wake);
        idle
    }

    /// A request has ended whose connection keeps its place.
    pub(super) fn touch(&self, now: Instant) {
        self.lock().idle_since = Some(now);
    }

    /// When a place was given back last.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.lock().idle_since
    }

    /// Since when no place is in use, at the earliest since it was `made`; `None` while one is, or
    /// somebody waits.
    pub(super) fn unused_since(&self, made: Instant) -> Option<Instant> {
        let state = self.lock();
        let in_use = |group: &Group| group.busy > 0 || !group.waiters.is_empty();
        let unused = !state.groups.iter().any(in_use);
        unused.then(|| state.idle_since.unwrap_or(made))
    }

    /// Closes all idle connections.
    pub(super) fn close_idle(&self) {
        let mut closed: Vec<Idle> = Vec::new();
        for group in &mut self.lock().groups {
            closed.append(&mut group.idle);
        }
        drop(closed);
    }

    /// Closes what has been idle for too long. How long until something can be due again; `None`
    /// without connections, or a limit.
    pub(super) fn expire(&self, terms: Terms) -> Option<Duration> {
        let limit = terms.max_idle?;
        let mut expired = Vec::new();
        let mut next = None;
        let mut state = self.lock();
        for group in &mut state.groups {
            let age = |idle: &Idle| terms.now.saturating_duration_since(idle.since);
            let kept = group.idle.partition_point(|idle| age(idle) >= limit);
            expired.extend(group.idle.drain(..kept));
            let left = match group.idle.first() {
                Some(idle) => Some(limit - age(idle)),
                // One in use is due a whole limit after it becomes idle, not before.
                None => (group.busy > 0 && limit >= WORTH_WAITING).then_some(limit),
            };
            next = [next, left].into_iter().flatten().min();
        }
        let emptied = state.trim();
        drop(state);
        drop((expired, emptied));
        next
    }

    /// The limit was raised: more waiters may go. Or lowered: idle connections beyond it are closed.
    pub(super) fn limit_changed(&self, limit: usize) {
        let surplus: Vec<Idle> = self
            .lock()
            .groups
            .iter_mut()
            .flat_map(|group| {
                let kept = limit.saturating_sub(group.busy).min(group.idle.len());
                group
                    .idle
                    .drain(..group.idle.len() - kept)
                    .collect::<Vec<_>>()
            })
            .collect();
        drop(surplus);
        let woken: Vec<Waker> = self
            .lock()
            .groups
            .iter_mut()
            .enumerate()
            .flat_map(|(index, group)| self.serve_waiters(group, GroupIndex(index), limit))
            .collect();
        woken.into_iter().for_each(Waker::wake);
    }

    /// How many connections are open or being opened, over all groups.
    pub(super) fn open(&self) -> usize {
        self.lock().groups.iter().map(Group::open).sum()
    }

    /// Closes the idle connections of a group, its tunnels included; busy ones are closed when they
    /// come back. False if the group has no connection.
    pub(super) fn close_group(&self, name: Option<&str>) -> bool {
        let mut closed: Vec<Idle> = Vec::new();
        let mut any = false;
        {
            let mut state = self.lock();
            let of_name = state
                .groups
                .iter_mut()
                .filter(|group| group.key.name.as_deref() == name && group.open() > 0);
            for group in of_name {
                any = true;
                group.generation += 1;
                closed.append(&mut group.idle);
            }
        }
        drop(closed);
        any
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The group of that key, made on first use, and the empty one whose number it got. There are
    /// few: a search beats a map.
    fn index_of(&mut self, key: &GroupKey) -> (GroupIndex, Option<Group>) {
        if let Some(index) = self.groups.iter().position(|group| group.key == *key) {
            return (GroupIndex(index), None);
        }
        let group = Group {
            key: key.clone(),
            idle: Vec::new(),
            busy: 0,
            generation: 0,
            waiters: VecDeque::new(),
            pipes: Vec::new(),
        };
        // Names there may be as many as users, callbacks as many as requests.
        match self.groups.iter().position(Group::is_empty) {
            Some(index) => {
                let replaced = std::mem::replace(&mut self.groups[index], group);
                (GroupIndex(index), Some(replaced))
            }
            None => {
                self.groups.push(group);
                (GroupIndex(self.groups.len() - 1), None)
            }
        }
    }

    /// Removes the empty groups at the end, whose numbers nobody has. To be dropped without the
    /// lock: callbacks of programs go with them.
    fn trim(&mut self) -> Vec<Group> {
        if self.groups.last().is_none_or(|last| !last.is_empty()) {
            return Vec::new();
        }
        let last = self.groups.iter().rposition(|group| !group.is_empty());
        self.groups.split_off(last.map_or(0, |last| last + 1))
    }

    fn group(&mut self, index: GroupIndex) -> &mut Group {
        &mut self.groups[index.0]
    }
}

impl Group {
    /// Nothing and nobody is in it, and no place is of its generation.
    fn is_empty(&self) -> bool {
        self.open() == 0 && self.waiters.is_empty()
    }

    fn open(&self) -> usize {
        self.idle.len() + self.busy
    }

    /// A place, if there is one: the connection used last is the likeliest to be still open.
    fn try_grant(&mut self, index: GroupIndex, limit: usize) -> Option<Grant> {
        if self.busy >= limit {
            return None;
        }
        let idle = self.idle.pop();
        self.busy += 1;
        let idle_since = idle.as_ref().map(|idle| idle.since);
        let (connection, pipe) = match idle {
            Some(idle) => (Some(idle.connection), idle.pipe),
            None => (None, None),
        };
        Some(Grant {
            connection,
            group: index,
            pipe,
            turn: false,
            last: self.busy >= limit,
            idle_since,
            generation: self.generation,
        })
    }
}

#[cfg(test)]
mod tests;
