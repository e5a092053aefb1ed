//! One thread with its `epoll` set, the slots of its sockets, and its queue of other work.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockWriteGuard, Weak};
use std::thread;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;
use system_net_diagnostics::TraceEventType;

use super::super::context::Context;
use super::super::traced::Told;
use super::channel::{self, Channel, Direction, Lane};
use crate::socket::Handle;

/// At most so many threads, however many processors there are.
const MOST_SHARDS: usize = 16;
/// Events that are fetched at once.
const EVENTS: usize = 128;
/// How many operations of one socket may end one after the other, those that its handlers start
/// included, before the other sockets of the thread have their turn.
const BUDGET: u32 = 128;

/// The key of a socket that is in no shard.
pub(super) const UNREGISTERED: u32 = 0;
/// The data of the bell's events.
const BELL: u64 = u64::MAX;

static SHARDS: [OnceLock<Shard>; MOST_SHARDS] = [const { OnceLock::new() }; MOST_SHARDS];
static STARTING: Mutex<()> = Mutex::new(());

thread_local! {
    /// What is left of the budget; `None` on threads that are not the engine's.
    static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// What an attempt at an operation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event_args) enum Attempt {
    /// It has ended; the context says how.
    Done,
    /// It has to wait.
    Pending,
    /// It has taken a connection and goes on to wait there, for what
    /// [`waits_at`](super::super::context::State::waits_at) gives.
    Moved,
}

/// A thread and what it waits for.
#[derive(Debug)]
pub(super) struct Shard {
    poller: OwnedFd,
    bell: OwnedFd,
    slots: RwLock<Slots>,
    work: Mutex<Work>,
    /// There is work.
    due: AtomicBool,
    /// The thread waits, or is about to, and would not see new work by itself.
    sleeping: AtomicBool,
}

/// What has to be done without an event of the system.
#[derive(Debug)]
struct Work {
    /// Contexts whose operations have ended and whose handlers are to be called.
    ended: Lane,
    /// Queues to be tried.
    again: VecDeque<(Weak<Handle>, Direction)>,
}

impl Work {
    /// With room for as many queues as events, so that the first of them allocates nothing.
    fn new() -> Self {
        Self {
            ended: Lane::default(),
            again: VecDeque::with_capacity(EVENTS),
        }
    }
}

#[derive(Debug, Default)]
struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot {
    handle: Weak<Handle>,
    /// Which use of the slot this is: events of an earlier one may still be about.
    generation: u32,
}

impl Slots {
    fn insert(&mut self, handle: Weak<Handle>) -> (u32, u32) {
        if let Some(index) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(index as usize)
        {
            slot.handle = handle;
            return (index, slot.generation);
        }
        let index = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot {
            handle,
            generation: 0,
        });
        (index, 0)
    }

    fn get(&self, key: u32, generation: u32) -> Option<Arc<Handle>> {
        let slot = self.slots.get((key & INDEX) as usize)?;
        if slot.generation != generation {
            return None;
        }
        slot.handle.upgrade()
    }

    fn remove(&mut self, key: u32) -> Option<Weak<Handle>> {
        let index = key & INDEX;
        let slot = self.slots.get_mut(index as usize)?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(index);
        Some(std::mem::take(&mut slot.handle))
    }
}

/// A key has the index of the slot in its lower bits, above them the number of the shard plus one.
const INDEX: u32 = (1 << INDEX_BITS) - 1;
const INDEX_BITS: u32 = 26;

/// The shard of a registered socket.
fn shard_of(key: u32) -> Option<&'static Shard> {
    SHARDS
        .get(((key >> INDEX_BITS) as usize).wrapping_sub(1))?
        .get()
}

/// Whether an operation may be tried at once. Not if the handler that calls has had its share;
/// its operation is then to be queued and [`retry`] to be called.
pub(in crate::event_args) fn may_try() -> bool {
    LEFT.with(|left| match left.get() {
        None => true,
        Some(0) => false,
        Some(count) => {
            left.set(Some(count - 1));
            true
        }
    })
}

/// Has the queue tried soon, by a thread of the engine.
pub(in crate::event_args) fn retry(handle: &Arc<Handle>, direction: Direction) {
    let channel = handle.channel();
    // Once is enough, and twice would be four times next time.
    if channel.want(direction)
        && let Some(shard) = shard_of(channel.key()).or_else(any)
    {
        let weak = Arc::downgrade(handle);
        shard.add(|work| work.again.push_back((weak, direction)));
    }
}

/// Has the handlers of a context called soon, by a thread of the engine.
pub(in crate::event_args) fn post(context: Arc<Context>) {
    if let Some(shard) = any() {
        shard.add(|work| work.ended.push(context));
    }
}

/// Some shard that runs. There is one as soon as an operation was pending.
fn any() -> Option<&'static Shard> {
    SHARDS.iter().find_map(OnceLock::get)
}

/// Sees that the engine hears of events of a socket. To be called under the lock of a queue, before
/// a context is left in it: if the socket is registered already, by a descriptor that has just been
/// exchanged, then all queues are tried anew once that is noticed, which waits for the lock.
///
/// # Errors
/// The system's; any if the socket is closed.
pub(in crate::event_args) fn register(handle: &Arc<Handle>) -> io::Result<()> {
    if handle.channel().key() != UNREGISTERED {
        return Ok(());
    }
    register_now(handle)
}

#[cold]
fn register_now(handle: &Arc<Handle>) -> io::Result<()> {
    let channel = handle.channel();
    let _registering = channel.registering();
    // Another thread may have done it between the look and the lock.
    if channel.key() != UNREGISTERED {
        return Ok(());
    }
    // Not the one that the operation was tried with, which may have been exchanged since.
    let fd = handle.fd()?;
    let index = index_of(&fd);
    let shard = start(index)?;
    let mut slots = shard.slots();
    let (slot, generation) = slots.insert(Arc::downgrade(handle));
    if slot > INDEX {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    let key = (index as u32 + 1) << INDEX_BITS | slot;
    let data = EventData::new_u64(u64::from(generation) << 32 | u64::from(key));
    let flags =
        EventFlags::IN | EventFlags::OUT | EventFlags::PRI | EventFlags::RDHUP | EventFlags::ET;
    match epoll::add(&shard.poller, fd.as_fd(), data, flags) {
        Ok(()) => {
            channel.set_key(key);
            Ok(())
        }
        Err(error) => {
            slots.remove(key);
            Err(error.into())
        }
    }
}

/// The end of [`register`] for a descriptor that has been replaced, if it was the one that is
/// registered.
pub(super) fn unregister(
    channel: &Channel,
    old: &OwnedFd,
) -> Option<(&'static Shard, Weak<Handle>)> {
    let _registering = channel.registering();
    let shard = SHARDS.get(index_of(old))?.get()?;
    // The caller keeps it open, so it fails only if it is not registered: another one may be,
    // which came after it. It is to be deleted even if the socket was closed meanwhile.
    epoll::delete(&shard.poller, old.as_fd()).ok()?;
    Some((shard, take_slot(channel)?))
}

/// The end of all registrations of a socket that is closed; `fd` is its last descriptor.
pub(super) fn forget(channel: &Channel, fd: &OwnedFd) {
    let _registering = channel.registering();
    let Some(shard) = shard_of(channel.key()) else {
        return;
    };
    // It fails if an earlier descriptor is registered still, which is deleted by the one who
    // replaces it, and at this moment.
    let _ = epoll::delete(&shard.poller, fd.as_fd());
    drop(take_slot(channel));
}

/// Frees the slot of a socket. With [`Channel::registering`] locked.
fn take_slot(channel: &Channel) -> Option<Weak<Handle>> {
    let key = channel.key();
    let shard = shard_of(key)?;
    channel.set_key(UNREGISTERED);
    shard.slots().remove(key)
}

/// Which shard hears of a descriptor.
fn index_of(fd: &OwnedFd) -> usize {
    usize::try_from(fd.as_raw_fd()).unwrap_or_default() % count()
}

/// How many shards there are to be.
fn count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        thread::available_parallelism().map_or(1, |count| count.get().min(MOST_SHARDS))
    })
}

/// The shard of this index, running.
fn start(index: usize) -> io::Result<&'static Shard> {
    let place = &SHARDS[index % MOST_SHARDS];
    if let Some(shard) = place.get() {
        return Ok(shard);
    }
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shard) = place.get() {
        return Ok(shard);
    }
    let shard = Shard::new()?;
    // The thread waits for the lock's end by waiting for the shard to be in its place.
    let (ready, started) = std::sync::mpsc::channel::<()>();
    thread::Builder::new()
        .name(format!("system-net-saea-{index}"))
        .spawn(move || {
            // An error means the same: the shard is there.
            let _ = started.recv();
            if let Some(shard) = place.get() {
                shard.run();
            }
        })?;
    let shard = place.get_or_init(|| shard);
    drop(ready);
    Ok(shard)
}

/// How many slots are in use for sockets that are gone.
#[cfg(test)]
pub(super) fn lost_slots() -> usize {
    let shards = SHARDS.iter().filter_map(OnceLock::get);
    let lost = shards.map(|shard| {
        let slots = shard.slots();
        let gone = |slot: &&Slot| slot.handle.strong_count() == 0;
        slots.slots.iter().filter(gone).count() - slots.free.len()
    });
    lost.sum()
}

impl Shard {
    fn new() -> io::Result<Self> {
        let poller = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&poller, &bell, EventData::new_u64(BELL), EventFlags::IN)?;
        Ok(Self {
            poller,
            bell,
            slots: RwLock::default(),
            work: Mutex::new(Work::new()),
            due: AtomicBool::new(false),
            sleeping: AtomicBool::new(false),
        })
    }

    fn slots(&self) -> RwLockWriteGuard<'_, Slots> {
        self.slots.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, add: impl FnOnce(&mut Work)) {
        add(&mut self.work.lock().unwrap_or_else(PoisonError::into_inner));
        self.due.store(true, Ordering::SeqCst);
        // Pairs with the thread's look at `due` after it has set `sleeping`.
        if self.sleeping.load(Ordering::SeqCst) {
            // The only failure is a counter about to overflow, which is readable as well.
            let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
        }
    }

    /// Has a queue of a socket tried soon.
    pub(super) fn again(&self, handle: &Weak<Handle>, direction: Direction) {
        self.add(|work| work.again.push_back((Weak::clone(handle), direction)));
    }

    /// The thread's life.
    fn run(&self) {
        let mut room = [MaybeUninit::uninit(); EVENTS];
        loop {
            self.sleeping.store(true, Ordering::SeqCst);
            let at_once = Timespec::default();
            let limit = self.due.load(Ordering::SeqCst).then_some(&at_once);
            let events = match epoll::wait(&self.poller, &mut room, limit) {
                Ok((events, _)) => events,
                Err(Errno::INTR) => continue,
                // No memory: do not spin.
                Err(_) => {
                    thread::yield_now();
                    continue;
                }
            };
            self.sleeping.store(false, Ordering::Release);
            for event in events.iter() {
                let (data, flags) = (event.data.u64(), event.flags);
                if data == BELL {
                    let _ = rustix::io::read(&self.bell, &mut [0; 8]);
                } else {
                    self.dispatch(data, flags);
                }
            }
            if self.due.swap(false, Ordering::SeqCst) {
                self.work();
            }
        }
    }

    fn dispatch(&self, data: u64, flags: EventFlags) {
        let handle = {
            let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
            slots.get(data as u32, (data >> 32) as u32)
        };
        let Some(handle) = handle else { return };
        let ended = EventFlags::HUP | EventFlags::ERR;
        if flags.intersects(EventFlags::IN | EventFlags::PRI | EventFlags::RDHUP | ended) {
            drain(&handle, Direction::Read);
        }
        if flags.intersects(EventFlags::OUT | ended) {
            drain(&handle, Direction::Write);
        }
    }

    /// Does what there is; what comes up meanwhile is done in the next turn.
    fn work(&self) {
        let lock = || self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut ended, queues) = {
            let mut work = lock();
            (std::mem::take(&mut work.ended), work.again.len())
        };
        while let Some(context) = ended.pop() {
            LEFT.set(Some(BUDGET));
            call(context);
        }
        for _ in 0..queues {
            let queue = lock().again.pop_front();
            if let Some((handle, direction)) = queue
                && let Some(handle) = handle.upgrade()
            {
                handle.channel().grant(direction);
                drain(&handle, direction);
            }
        }
    }
}

/// Tries the contexts of a queue in turn until one has to wait, and calls the handlers of those
/// that are done.
fn drain(handle: &Arc<Handle>, direction: Direction) {
    let channel = handle.channel();
    LEFT.set(Some(BUDGET));
    loop {
        if !may_try() {
            return retry(handle, direction);
        }
        let mut lane = channel.lane(direction);
        let Some(context) = lane.head() else { return };
        // A socket that is being closed: closing takes care of what is pending.
        let Ok(fd) = handle.fd() else { return };
        let mut state = context.lock();
        match state.attempt(handle, &fd) {
            Attempt::Done => {}
            Attempt::Pending => {
                // After a change of the descriptor the new one is not registered yet.
                let Err(error) = register(handle) else { return };
                if handle.is_closed() {
                    return;
                }
                state.failed(handle, &error);
            }
            Attempt::Moved => {
                let to = state.waits_at();
                drop(state);
                let Some(context) = lane.pop() else { return };
                drop(lane);
                let ended = match to {
                    Some(to) => hand_over(handle, context, &to),
                    None => Some(context),
                };
                if let Some(ended) = ended {
                    finish(ended, handle);
                }
                continue;
            }
        }
        drop(state);
        let Some(context) = lane.pop() else { return };
        drop(lane);
        finish(context, handle);
    }
}

/// Gives a context that has taken a connection, and is in no queue, to the queue of that connection:
/// a peer that says nothing must not keep the others of the listener waiting. Gives the context
/// back if it has ended by that.
pub(in crate::event_args) fn hand_over(
    listener: &Handle,
    context: Arc<Context>,
    to: &Arc<Handle>,
) -> Option<Arc<Context>> {
    let mut lane = to.channel().lane(Direction::Read);
    let registered = if to.is_channel_closed() {
        Err(io::ErrorKind::ConnectionAborted.into())
    } else {
        // The system tells of what has come before, too.
        register(to)
    };
    if let Err(error) = registered {
        drop(lane);
        context.lock().failed(to, &error);
        return Some(context);
    }
    lane.push(context);
    drop(lane);
    listener.channel().note_accepted(to);
    // Who closes the listener marks it first and looks at what was noted then.
    if listener.is_channel_closed() {
        channel::abort_accept(to);
    }
    None
}

/// The operation of a context that is in no queue any more has ended.
fn finish(context: Arc<Context>, handle: &Handle) {
    if handle.trace().wanted(TraceEventType::Error) {
        tell(&context, handle);
    }
    call(context);
}

/// Tells those who hear traces, whose code may panic as handlers may.
#[cold]
fn tell(context: &Arc<Context>, handle: &Handle) {
    let told = context.lock().told(handle);
    let _ = catch_unwind(AssertUnwindSafe(|| Told::tell(told, handle)));
}

/// Calls the handlers of a context whose operation has ended.
fn call(context: Arc<Context>) {
    // A panic of a handler, which was reported already, must not end the thread that others
    // need as well.
    let _ = catch_unwind(AssertUnwindSafe(|| context.complete()));
}
