//! Who is taken along on a busy connection, whose turn it is there, and who comes back from it.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::Waker;

use system_net_http_proto::PreparedRequest;

use super::{Grant, Group, GroupIndex, Pool, Terms};
use crate::connection::Connection;
use crate::service_point::pipe::Pipe;
use crate::service_point::queue::Waiter;

/// What came back: a connection, and who is behind on it.
type Returned = (Option<Box<Connection>>, Option<Arc<Pipe>>);

impl Pool {
    /// What may be sent for somebody who waits. The one of a group's owners that has the fewest
    /// behind it is woken to do so.
    pub(in crate::service_point) fn offer(
        &self,
        index: GroupIndex,
        waiter: &Arc<Waiter>,
        request: PreparedRequest,
    ) {
        let woken = {
            let mut state = self.lock();
            let mut waiting = waiter.lock();
            waiting.set_offer(request);
            if waiting.is_over() {
                return;
            }
            drop(waiting);
            state.group(index).owner_to_wake()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// Puts requests of the queue into the output of a connection whose owner waits, as far as they
    /// have offered that, in their order. How many.
    pub(in crate::service_point) fn take_along(
        &self,
        index: GroupIndex,
        terms: impl FnOnce() -> Terms,
        pipe: &Pipe,
        connection: &mut Connection,
    ) -> usize {
        if self.queued.load(Ordering::SeqCst) == 0 {
            return 0;
        }
        let terms = terms();
        let mut state = self.lock();
        let group = state.group(index);
        // One that is to be closed takes nobody along.
        if group.busy > terms.limit || connection.generation != group.generation {
            return 0;
        }
        let mut behind = pipe.lock();
        if connection.proto.in_flight() != behind.members.len() + 1 {
            return 0;
        }
        // The others of the group get as many.
        let share = group.waiters.len().div_ceil(terms.limit.max(1));
        let most = share.min(behind.room());
        let mut taken = 0;
        while taken < most {
            let Some(waiter) = group.waiters.front() else {
                break;
            };
            let mut waiting = waiter.lock();
            let Some(request) = waiting.offer() else {
                break;
            };
            if connection.proto.send_prepared(request).is_err() {
                break;
            }
            waiting.was_sent();
            drop(waiting);
            let waiter = group.waiters.pop_front();
            self.queued.fetch_sub(1, Ordering::SeqCst);
            behind.members.extend(waiter);
            taken += 1;
        }
        if taken > 0 && behind.moved.is_none() {
            behind.moved = Some(terms.now);
        }
        taken
    }

    /// A waiter's future was dropped: leaves the queue, or passes on what it was given. If its
    /// request is out behind another, those behind it come back.
    pub(in crate::service_point) fn leave(
        &self,
        index: GroupIndex,
        terms: &impl Fn() -> Terms,
        waiter: &Arc<Waiter>,
    ) {
        if waiter.lock().is_served() {
            return;
        }
        let (granted, woken) = {
            let mut state = self.lock();
            let mut woken = Vec::new();
            // After it got a place and that was given back the group may be another one, or gone.
            if let Some(group) = state.groups.get_mut(index.0) {
                let before = group.waiters.len();
                group.waiters.retain(|other| !Arc::ptr_eq(other, waiter));
                let left = before - group.waiters.len();
                self.queued.fetch_sub(left, Ordering::SeqCst);
                if left == 0 && self.leave_pipe(group, waiter) {
                    woken = self.serve_waiters(group, index, terms().limit);
                }
                // It may have been the one that kept others from being taken along.
                woken.extend(group.owner_to_wake());
            }
            (waiter.lock().granted.take(), woken)
        };
        woken.into_iter().for_each(Waker::wake);
        if let Some(grant) = granted {
            let connection = grant.connection.filter(|_| !grant.turn);
            self.release(index, terms(), connection, grant.pipe);
        }
    }

    /// Those on connections where nothing moves come back if a place is free. Whether anybody is
    /// behind another anywhere.
    pub(in crate::service_point) fn rescue(&self, terms: Terms) -> bool {
        let mut any = false;
        let mut woken = Vec::new();
        let mut state = self.lock();
        for (number, group) in state.groups.iter_mut().enumerate() {
            let pipes: Vec<Arc<Pipe>> = group.pipes.iter().filter_map(Weak::upgrade).collect();
            for pipe in &pipes {
                let free = group.waiters.is_empty() && group.busy < terms.limit;
                if free && pipe.lock().is_stalled(terms.now) {
                    self.take_back(group, Some(pipe), 0);
                }
                any |= !pipe.lock().members.is_empty();
            }
            woken.extend(self.serve_waiters(group, GroupIndex(number), terms.limit));
            woken.extend(group.owner_to_wake());
        }
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        any
    }

    /// Those behind the owner, from number `first` on, come back to the front of the queue.
    pub(super) fn take_back(&self, group: &mut Group, pipe: Option<&Pipe>, first: usize) {
        let Some(pipe) = pipe else {
            return;
        };
        let back = pipe.lock().split_off(first);
        self.queued.fetch_add(back.len(), Ordering::SeqCst);
        for waiter in back.into_iter().rev() {
            group.waiters.push_front(waiter);
        }
    }

    /// Leaves the connection on which its request is out. False: it is out on none.
    fn leave_pipe(&self, group: &mut Group, waiter: &Arc<Waiter>) -> bool {
        let pipes: Vec<Arc<Pipe>> = group.pipes.iter().filter_map(Weak::upgrade).collect();
        for pipe in pipes {
            let place = |members: &VecDeque<Arc<Waiter>>| {
                members.iter().position(|other| Arc::ptr_eq(other, waiter))
            };
            let place = place(&pipe.lock().members);
            if let Some(place) = place {
                self.take_back(group, Some(&pipe), place + 1);
                // Its response comes and is nobody's: the connection ends before it.
                pipe.lock().split_off(place);
                return true;
            }
        }
        false
    }

    /// Gives places to those who wait, as many as there are; whom to wake.
    pub(super) fn serve_waiters(
        &self,
        group: &mut Group,
        index: GroupIndex,
        limit: usize,
    ) -> Vec<Waker> {
        let mut woken = Vec::new();
        while !group.waiters.is_empty() {
            let Some(grant) = group.try_grant(index, limit) else {
                break;
            };
            if let Some(waiter) = group.waiters.pop_front() {
                self.queued.fetch_sub(1, Ordering::SeqCst);
                woken.extend(waiter.grant(grant));
            }
        }
        woken
    }
}

impl Group {
    /// A connection whose response was read goes to the next one on it; whom to wake. Else what
    /// came back.
    pub(super) fn pass_on(
        &mut self,
        index: GroupIndex,
        terms: Terms,
        connection: Option<Box<Connection>>,
        pipe: Option<Arc<Pipe>>,
    ) -> Result<Option<Waker>, Returned> {
        let (connection, pipe) = match (connection, pipe) {
            (Some(connection), Some(pipe)) if connection.can_pass_on() => (connection, pipe),
            returned => return Err(returned),
        };
        let next = {
            let mut behind = pipe.lock();
            let next = behind.members.pop_front();
            behind.moved = (!behind.members.is_empty()).then_some(terms.now);
            next
        };
        let Some(next) = next else {
            return Err((Some(connection), Some(pipe)));
        };
        Ok(next.grant(Grant {
            generation: connection.generation,
            connection: Some(connection),
            group: index,
            pipe: Some(pipe),
            turn: true,
            last: true,
            idle_since: None,
        }))
    }

    /// What goes out behind others on a connection that has proved to stay open after an answer.
    pub(super) fn pipe_of(
        &mut self,
        connection: &Connection,
        pipe: Option<Arc<Pipe>>,
    ) -> Option<Arc<Pipe>> {
        if !connection.speaks_http_11 {
            return None;
        }
        if pipe.is_some() {
            return pipe;
        }
        self.pipes.retain(|pipe| pipe.strong_count() > 0);
        let pipe = Arc::new(Pipe::default());
        self.pipes.push(Arc::downgrade(&pipe));
        Some(pipe)
    }

    /// If somebody may be taken along: the owner that has room and the fewest behind it.
    pub(super) fn owner_to_wake(&self) -> Option<Waker> {
        self.waiters.front()?.lock().offer()?;
        let mut best: Option<(usize, Waker)> = None;
        for pipe in self.pipes.iter().filter_map(Weak::upgrade) {
            let behind = pipe.lock();
            let count = behind.members.len();
            if behind.room() > 0
                && best.as_ref().is_none_or(|(least, _)| count < *least)
                && let Some(owner) = &behind.owner
            {
                best = Some((count, owner.clone()));
                if count == 0 {
                    break;
                }
            }
        }
        best.map(|(_, owner)| owner)
    }
}
