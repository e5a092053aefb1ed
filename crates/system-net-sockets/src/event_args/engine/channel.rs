//! What a socket keeps for its contexts: two queues, and its place in the engine.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::super::context::Context;
use super::shard::{self, UNREGISTERED};
use crate::error::SocketErrorCode;
use crate::socket::Handle;

/// What an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event_args) enum Direction {
    /// Data, a connection, or the end.
    Read,
    /// Room, the end of a connect, or the end.
    Write,
}

/// The pending contexts of one socket.
#[derive(Debug)]
pub(crate) struct Channel {
    read: Mutex<Lane>,
    write: Mutex<Lane>,
    /// The key of the slot in the engine. It changes under the lock of `registering`.
    key: AtomicU32,
    registering: Mutex<()>,
    /// By direction: the queue is to be tried without an event.
    wanted: [AtomicBool; 2],
}

impl Channel {
    pub(crate) fn new() -> Self {
        Self {
            read: Mutex::default(),
            write: Mutex::default(),
            key: AtomicU32::new(UNREGISTERED),
            registering: Mutex::new(()),
            wanted: Default::default(),
        }
    }

    /// The queue of one direction. Locks are taken in this order: a lane, then a context, then
    /// the channel's of registering, then the engine's own.
    pub(in crate::event_args) fn lane(&self, direction: Direction) -> MutexGuard<'_, Lane> {
        let lane = match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        };
        // Handlers do not run under it; a panic below it is a fault of this crate.
        lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn key(&self) -> u32 {
        self.key.load(Ordering::Acquire)
    }

    /// With [`registering`](Self::registering) locked.
    pub(super) fn set_key(&self, key: u32) {
        self.key.store(key, Ordering::Release);
    }

    /// Who registers asks for the descriptor under this lock, and who closes or replaces the
    /// socket has exchanged the descriptor before it unregisters the old one under it. So
    /// nothing is registered that has been exchanged already, and what is exchanged later is
    /// found and unregistered.
    pub(super) fn registering(&self) -> MutexGuard<'_, ()> {
        self.registering
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the queue is to be tried; whether it was not noted yet.
    pub(super) fn want(&self, direction: Direction) -> bool {
        !self.wanted[direction as usize].swap(true, Ordering::AcqRel)
    }

    /// The queue is about to be tried.
    pub(super) fn grant(&self, direction: Direction) {
        self.wanted[direction as usize].swap(false, Ordering::AcqRel);
    }

    /// The socket is closed: whatever is pending ends as aborted, each context once.
    pub(crate) fn close(&self, fd: &OwnedFd) {
        shard::forget(self, fd);
        for direction in [Direction::Read, Direction::Write] {
            loop {
                // The handle is marked as closed already: nobody adds contexts any more.
                let Some(context) = self.lane(direction).pop() else {
                    break;
                };
                context.lock().fail(SocketErrorCode::OperationAborted, None);
                shard::post(context);
            }
        }
        let accepted = self.lane(Direction::Read).accepted.take();
        // Without the lock: a queue of another socket is looked at.
        for handle in accepted.iter().flat_map(|accepted| &accepted.handles) {
            if let Some(handle) = handle.upgrade() {
                abort_accept(&handle);
            }
        }
    }

    /// Of a listener: whoever closes it closes this connection too, as long as the accept that
    /// took it waits, in the connection's queue, for its data.
    pub(super) fn note_accepted(&self, handle: &Arc<Handle>) {
        const FEW: usize = 16;
        let mut lane = self.lane(Direction::Read);
        let accepted = lane.accepted.get_or_insert_default();
        accepted.handles.push(Arc::downgrade(handle));
        if accepted.handles.len() < accepted.many.max(FEW) {
            return;
        }
        // It is worth while to look which of them still wait; without the lock, since a queue of
        // another socket is looked at.
        let mut handles = std::mem::take(&mut accepted.handles);
        drop(lane);
        handles.retain(|handle| {
            let handle = handle.upgrade();
            handle.is_some_and(|handle| is_being_accepted(&handle))
        });
        let mut lane = self.lane(Direction::Read);
        let accepted = lane.accepted.get_or_insert_default();
        accepted.handles.append(&mut handles);
        accepted.many = accepted.handles.len() * 2;
    }

    /// The socket has another descriptor: what is pending is tried anew on it. Called under the
    /// lock of a lane by an operation that ends with a disconnect.
    pub(crate) fn replaced(&self, old: &OwnedFd) {
        if let Some((shard, handle)) = shard::unregister(self, old) {
            for direction in [Direction::Read, Direction::Write] {
                if self.want(direction) {
                    shard.again(&handle, direction);
                }
            }
        }
    }
}

/// Pending contexts in the order of their calls, linked through themselves, so that queueing
/// takes no memory.
#[derive(Debug, Default)]
pub(in crate::event_args) struct Lane {
    head: Option<Arc<Context>>,
    /// The last one, if it is not the head.
    tail: Option<Arc<Context>>,
    /// Of a listener.
    accepted: Option<Box<Accepted>>,
}

/// The connections that contexts have taken with a buffer, and for whose data they wait.
#[derive(Debug, Default)]
struct Accepted {
    handles: Vec<Weak<Handle>>,
    /// With so many of them it is worth while to look which still wait.
    many: usize,
}

/// Closes a connection whose accept still waits for its data: the listener was closed.
pub(super) fn abort_accept(handle: &Handle) {
    if is_being_accepted(handle) {
        handle.close();
    }
}

/// Whether the accept that took this connection still waits for its data.
fn is_being_accepted(handle: &Handle) -> bool {
    let lane = handle.channel().lane(Direction::Read);
    lane.head().is_some_and(|context| context.lock().accepts())
}

impl Lane {
    pub(in crate::event_args) fn head(&self) -> Option<&Arc<Context>> {
        self.head.as_ref()
    }

    /// To be called without a lock on the context or on one in the lane.
    pub(in crate::event_args) fn push(&mut self, context: Arc<Context>) {
        let Some(head) = &self.head else {
            self.head = Some(context);
            return;
        };
        let last = self.tail.as_ref().unwrap_or(head);
        last.lock().next = Some(Arc::clone(&context));
        self.tail = Some(context);
    }

    pub(in crate::event_args) fn pop(&mut self) -> Option<Arc<Context>> {
        let popped = self.head.take()?;
        self.head = popped.lock().next.take();
        if let (Some(head), Some(tail)) = (&self.head, &self.tail)
            && Arc::ptr_eq(head, tail)
        {
            self.tail = None;
        }
        Some(popped)
    }
}
