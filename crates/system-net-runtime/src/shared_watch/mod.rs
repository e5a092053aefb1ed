//! One socket that any number of tasks wait for at once, in any number of runtimes.

mod hub;
mod waiter;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockWriteGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use rustix::io::Errno;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::runtime::Id;
use tokio::task::coop;

use crate::watched::{self, Direction, Progress, Watchable};
use crate::{executor, reactor};
use hub::{Entry, Hub};
pub use waiter::Waiter;

/// How often a wait in `poll(2)` looks by itself at a socket that closing does not wake.
const DEAF_SLICE: Duration = Duration::from_millis(50);

/// What [`Watched`](crate::Watched) is for one owner, for a socket that many tasks share: it
/// waits for readiness wherever it is polled, under a shared reference, with any number of
/// waiters for each direction.
///
/// The socket itself stays with its owner, who hands it in when it is needed. The registration
/// with a reactor is made at the first wait and kept. A task of another runtime makes a second
/// one if somebody waits on the first, and replaces it if nobody does; a runtime that ends lets
/// its waiters go on elsewhere.
///
/// All waiters of a direction are woken together; each tries, and who comes too late waits
/// again. So a waiter that is dropped takes no wake with it.
pub struct SharedWatch<S: Watchable> {
    places: RwLock<Places<S>>,
    /// How many are in the middle of registering or of leaving a reactor, which is done without
    /// the lock: reactors and places may differ meanwhile.
    changing: AtomicU32,
    deaf: bool,
}

struct Places<S: Watchable> {
    closed: bool,
    /// Counts the resets. What a source gave before one must not be registered after it.
    resets: u32,
    /// The one that was made last: in nearly every program the only one.
    last: Option<Box<Registration<S>>>,
    /// Those on which somebody of another runtime waits: nearly always no list at all.
    others: Option<Box<Others<S>>>,
}

/// Each was the last one before, and stays where it is.
#[allow(clippy::vec_box, reason = "they move between here and the last one")]
type Others<S> = Vec<Box<Registration<S>>>;

struct Registration<S: Watchable> {
    fd: AsyncFd<Arc<S>>,
    id: Id,
    readers: Side,
    /// Writes seldom wait.
    writers: OnceLock<Box<Side>>,
}

/// One direction of a registration.
struct Side {
    hub: Arc<Hub>,
    /// The hub as the reactor sees it.
    waker: Waker,
}

/// What a look at one registration brought.
enum Look<R> {
    Done(io::Result<R>),
    Wait,
    /// Its readiness moved while it was looked at, or it was retired, or the waiter has a place
    /// at another one. With a waker to be dropped where no lock is held.
    Again(#[allow(dead_code, reason = "it is only dropped")] Option<Waker>),
    /// The ownership ended while the reactor was asked.
    Disturbed,
    /// It belongs to another runtime than the caller's.
    Elsewhere,
    /// Its runtime has ended.
    Dead,
    /// It says that the socket is closed, the socket says that it would block: it dates from
    /// before the socket was connected again.
    Stale,
}

impl<S: Watchable> SharedWatch<S> {
    /// Registered nowhere.
    pub const fn new() -> Self {
        Self {
            places: RwLock::new(Places::new()),
            changing: AtomicU32::new(0),
            deaf: false,
        }
    }

    /// For a socket that `shutdown(2)` does not wake (packet sockets, for example): waits
    /// under [`block_on`](crate::block_on) then look from time to time whether it was closed.
    pub const fn deaf() -> Self {
        let mut made = Self::new();
        made.deaf = true;
        made
    }

    /// Tries `attempt` until it does not say [`WouldBlock`](io::ErrorKind::WouldBlock), waiting
    /// for `direction` in between.
    ///
    /// `source` gives the socket; it is asked only if no registration is at hand. `attempt`
    /// must not block, and must not use this object.
    ///
    /// # Errors
    /// Those of `source` and `attempt`; the system's if the socket cannot be registered;
    /// [`ConnectionAborted`](io::ErrorKind::ConnectionAborted) after [`close`](Self::close).
    #[inline]
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        waiter: &mut Waiter,
        direction: Direction,
        source: impl Fn() -> io::Result<Arc<S>>,
        mut attempt: impl FnMut(&S) -> io::Result<Progress<R>>,
    ) -> Poll<io::Result<R>> {
        if executor::is_driving(cx) {
            waiter.place = None;
            self.leave(waiter);
            return self.poll_locally(direction, &source, &mut attempt);
        }
        if waiter.place.is_some() {
            waiter.rest(cx.waker());
        }
        let looked = {
            let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
            places
                .last
                .as_deref()
                .map(|last| last.look(cx, waiter, direction, false, &mut attempt))
        };
        match looked {
            Some(Look::Done(result)) => {
                self.leave(waiter);
                Poll::Ready(result)
            }
            Some(Look::Wait) => Poll::Pending,
            other => self.poll_slowly(cx, waiter, direction, other, &source, &mut attempt),
        }
    }

    /// Tries once with the socket that is registered, without asking a reactor whether it is
    /// ready: for what nearly always succeeds. `None` if it would block or was interrupted, is
    /// registered nowhere, or another task is to have its turn first: then
    /// [`poll_io`](Self::poll_io) goes on.
    ///
    /// # Errors
    /// Those of `attempt`, which must not block, and must not use this object.
    #[inline]
    pub fn try_io<R>(
        &self,
        cx: &mut Context<'_>,
        attempt: impl FnOnce(&S) -> io::Result<R>,
    ) -> Option<io::Result<R>> {
        try_once(cx, || {
            let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
            let last = places.last.as_deref()?;
            Some(attempt(last.fd.get_ref()))
        })
    }

    /// Ends the wait of a [lean](Waiter::lean) waiter, if it waits.
    #[inline]
    pub fn leave(&self, waiter: &mut Waiter) {
        if waiter.lent != 0 {
            self.leave_now(waiter);
        }
    }

    #[cold]
    fn leave_now(&self, waiter: &mut Waiter) {
        let key = std::mem::take(&mut waiter.lent);
        for hub in self.hubs() {
            if hub.is_owned_by(key) {
                hub.set_waits(false);
                return;
            }
            // Another task may have lined it up.
            hub.leave(key);
        }
    }

    /// Those at which somebody may wait. Code of others runs when wakers are called or dropped:
    /// that is to be done without the lock.
    fn hubs(&self) -> Vec<Arc<Hub>> {
        let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
        places
            .all()
            .flat_map(|registration| registration.sides())
            .map(|side| Arc::clone(&side.hub))
            .collect()
    }

    /// Ends the waits of all: their next look finds the socket closed. Leaves all reactors.
    pub fn close(&self) {
        let mut places = self.write();
        let gone = std::mem::take(&mut *places);
        places.closed = true;
        drop(places);
        drop(gone);
    }

    /// As [`close`](Self::close), by the only one who has it; what never waited has nothing to
    /// end.
    #[inline]
    pub fn end(&mut self) {
        let places = self
            .places
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        places.closed = true;
        if places.last.is_some() {
            places.last = None;
            places.others = None;
        }
    }

    /// Leaves all reactors; who waits registers anew. Called before a socket is connected
    /// again, since reactors remember for good that it was closed before; and after the source
    /// has begun to give another one: what it gave before is not registered any more.
    pub fn reset(&self) {
        let _changing = self.change();
        let mut places = self.write();
        let (closed, resets) = (places.closed, places.resets);
        let gone = std::mem::take(&mut *places);
        places.closed = closed;
        places.resets = resets.wrapping_add(1);
        drop(places);
        drop(gone);
    }

    /// Wakes all who wait, who then look at the socket and at what else concerns them.
    pub fn wake_all(&self) {
        for hub in self.hubs() {
            hub.wake_all(false);
        }
    }

    /// With how many reactors the socket is registered.
    pub fn registrations(&self) -> usize {
        let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
        places.all().count()
    }

    /// All but the case that the last registration is the right one.
    #[cold]
    fn poll_slowly<R>(
        &self,
        cx: &mut Context<'_>,
        waiter: &mut Waiter,
        direction: Direction,
        before: Option<Look<R>>,
        source: &impl Fn() -> io::Result<Arc<S>>,
        attempt: &mut impl FnMut(&S) -> io::Result<Progress<R>>,
    ) -> Poll<io::Result<R>> {
        let mut stale = matches!(before, Some(Look::Stale));
        let mut disturbed = matches!(before, Some(Look::Disturbed));
        let mut renewed = false;
        let mut unheard = false;
        loop {
            self.leave(waiter);
            // Code of others runs when wakers are called or dropped: no lock is held.
            if let Some(place) = waiter.place.take()
                && std::mem::take(&mut disturbed)
            {
                // The reactor may have lost the hub's waker to the one of this waiter.
                place.wake_all();
            }
            // A runtime around the caller that shuts down registers nothing any more.
            let here = if unheard {
                crate::try_background()?.id()
            } else {
                reactor::current().ok_or_else(|| io::Error::other("no reactor can be started"))?
            };
            if stale {
                if renewed {
                    // A socket in a strange state: be polled again, and let others run.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                renewed = true;
                self.leave_reactor(here);
            }
            let (looked, resets) = {
                let places = self.places.read().unwrap_or_else(PoisonError::into_inner);
                if places.closed {
                    return Poll::Ready(Err(closed()));
                }
                let looked = places
                    .find(here)
                    .map(|own| own.look(cx, waiter, direction, true, attempt));
                (looked, places.resets)
            };
            stale = false;
            match looked {
                Some(Look::Done(result)) => {
                    self.leave(waiter);
                    return Poll::Ready(result);
                }
                Some(Look::Wait) => return Poll::Pending,
                Some(Look::Again(_) | Look::Elsewhere) => {}
                Some(Look::Disturbed) => disturbed = true,
                Some(Look::Stale) => stale = true,
                Some(Look::Dead) => {
                    unheard = true;
                    self.leave_reactor(here);
                }
                None => {
                    let source = source()?;
                    match watched::try_now(&*source, attempt) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        result => return Poll::Ready(result.map(|progress| progress.value)),
                    }
                    match self.register(source, resets, unheard) {
                        Ok(()) => waiter.collisions = 0,
                        // Another task registers it at this moment, or leaves: its turn first,
                        // however long that takes. It may have just ended, or nobody knows who
                        // has registered it: that is tried for so long only.
                        Err(error)
                            if error.raw_os_error() == Some(EXISTS)
                                && (self.is_changing() || waiter.collisions < u8::MAX) =>
                        {
                            waiter.collisions = if self.is_changing() {
                                0
                            } else {
                                waiter.collisions.saturating_add(1)
                            };
                            cx.waker().wake_by_ref();
                            return Poll::Pending;
                        }
                        Err(error) if error.raw_os_error().is_none() && !unheard => unheard = true,
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
            }
        }
    }

    fn poll_locally<R>(
        &self,
        direction: Direction,
        source: &impl Fn() -> io::Result<Arc<S>>,
        attempt: &mut impl FnMut(&S) -> io::Result<Progress<R>>,
    ) -> Poll<io::Result<R>> {
        let source = source()?;
        match watched::try_now(&*source, attempt) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return Poll::Ready(result.map(|progress| progress.value)),
        }
        let flags = match direction {
            Direction::Read => PollFlags::IN,
            Direction::Write => PollFlags::OUT,
        };
        executor::note_source(source as Arc<dyn executor::Source>, flags);
        if self.deaf {
            #[allow(
                clippy::disallowed_methods,
                reason = "deadlines of waits are monotonic time itself"
            )]
            let slice = Instant::now() + DEAF_SLICE;
            let _ = executor::note_deadline(slice);
        }
        Poll::Pending
    }

    /// Registers with the caller's reactor, or with the background's. Registrations on which
    /// nobody waits are given up for it. Nothing is registered if there was a reset after
    /// `resets`, so that the source is asked again.
    fn register(&self, source: Arc<S>, resets: u32, on_background: bool) -> io::Result<()> {
        let _changing = self.change();
        let make = move || watched::watch(source);
        let (made, id) = if on_background {
            reactor::make_on_background(make)?
        } else {
            reactor::make_here(make)?
        };
        let made = Box::new(Registration {
            fd: made?,
            id,
            readers: Side::new(),
            writers: OnceLock::new(),
        });
        let mut places = self.write();
        if places.closed {
            drop(places);
            return Err(closed());
        }
        if places.resets != resets {
            drop(places);
            drop(made);
            return Ok(());
        }
        let mut gone = Vec::new();
        // Who begins to wait holds the lock, so that none is overlooked.
        let last = places.last.replace(made);
        let others = places.others.take().map_or_else(Vec::new, |others| *others);
        for registration in others.into_iter().chain(last) {
            if registration.is_idle() {
                gone.push(registration);
            } else {
                places.others.get_or_insert_default().push(registration);
            }
        }
        drop(places);
        drop(gone);
        Ok(())
    }

    /// Gives up the registration of one reactor.
    fn leave_reactor(&self, id: Id) {
        let _changing = self.change();
        let mut places = self.write();
        let mut none = Vec::new();
        let Places { last, others, .. } = &mut *places;
        let others = others.as_deref_mut().unwrap_or(&mut none);
        let gone = if last.as_ref().is_some_and(|last| last.id == id) {
            std::mem::replace(last, others.pop())
        } else {
            let position = others.iter().position(|other| other.id == id);
            position.map(|position| others.swap_remove(position))
        };
        drop(places);
        drop(gone);
    }

    /// Counts the caller as changing registrations until the result is dropped.
    fn change(&self) -> Changing<'_> {
        self.changing.fetch_add(1, Ordering::SeqCst);
        Changing(&self.changing)
    }

    fn is_changing(&self) -> bool {
        self.changing.load(Ordering::SeqCst) > 0
    }

    fn write(&self) -> RwLockWriteGuard<'_, Places<S>> {
        self.places.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries once what nearly always succeeds, without asking a reactor whether it would. `None` if it
/// would block or was interrupted, there was nothing to try, or another task is to have its turn
/// first.
///
/// # Errors
/// Those of `attempt`, which must not block.
#[inline]
pub fn try_once<R>(
    cx: &mut Context<'_>,
    attempt: impl FnOnce() -> Option<io::Result<R>>,
) -> Option<io::Result<R>> {
    // A task that finds its socket always ready must not keep others from theirs.
    let Poll::Ready(turn) = coop::poll_proceed(cx) else {
        return None;
    };
    let tried = attempt()?;
    if let Err(error) = &tried
        && matches!(
            error.kind(),
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
        )
    {
        return None;
    }
    turn.made_progress();
    Some(tried)
}

/// One who is counted as changing registrations.
struct Changing<'a>(&'a AtomicU32);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// `EEXIST`: the reactor has the descriptor already.
const EXISTS: i32 = Errno::EXIST.raw_os_error();

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the socket was closed")
}

impl<S: Watchable> Places<S> {
    const fn new() -> Self {
        Self {
            closed: false,
            resets: 0,
            last: None,
            others: None,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Registration<S>> {
        let others = self.others.iter().flat_map(|others| others.iter());
        let all = self.last.iter().chain(others);
        all.map(|registration| &**registration)
    }

    fn find(&self, id: Id) -> Option<&Registration<S>> {
        self.all().find(|registration| registration.id == id)
    }
}

impl<S: Watchable> Registration<S> {
    /// Attempts as long as the reactor says the socket is ready, then waits; `own`: this is
    /// known to be the reactor of the caller.
    #[inline]
    fn look<R>(
        &self,
        cx: &mut Context<'_>,
        waiter: &mut Waiter,
        direction: Direction,
        own: bool,
        attempt: &mut impl FnMut(&S) -> io::Result<Progress<R>>,
    ) -> Look<R> {
        let side = self.side(direction);
        if waiter.lent != 0 {
            if !side.hub.is_owned_by(waiter.lent) || !side.hub.is_owners(cx.waker()) {
                return Look::Again(None);
            }
            side.hub.set_waits(false);
        }
        loop {
            let owns = match &waiter.place {
                Some(place) if place.is_at(&side.hub) => true,
                Some(_) => return Look::Again(None),
                None => waiter.lent != 0,
            };
            let epoch = side.hub.epoch();
            let polled = if owns {
                self.poll_ready(cx, direction)
            } else {
                self.poll_ready(&mut Context::from_waker(&side.waker), direction)
            };
            if owns && !waiter.is_owner(&side.hub) {
                if waiter.lent != 0 {
                    // Its key is nobody's any more; it is only to be woken by.
                    waiter.place = Some(side.hub.place_of(std::mem::take(&mut waiter.lent)));
                }
                return Look::Disturbed;
            }
            let mut ready = match polled {
                Poll::Ready(Ok(ready)) => ready,
                Poll::Ready(Err(_)) => return Look::Dead,
                Poll::Pending if owns && side.hub.is_owners_home() => {
                    waiter.set_waits(&side.hub);
                    return Look::Wait;
                }
                Poll::Pending if own || reactor::current() == Some(self.id) => {
                    if owns {
                        side.hub.note_owners_home();
                        waiter.set_waits(&side.hub);
                        return Look::Wait;
                    }
                    if waiter.adopt(&side.hub, cx.waker()) {
                        continue;
                    }
                    match side.hub.enter(epoch, cx.waker()) {
                        Entry::Owner(place) => {
                            waiter.place = Some(place);
                            continue;
                        }
                        Entry::Queue(place) => {
                            waiter.place = Some(place);
                            return Look::Wait;
                        }
                        Entry::Again(gone) => return Look::Again(gone),
                    }
                }
                // It may never be turned again.
                Poll::Pending => return Look::Elsewhere,
            };
            match attempt(self.fd.get_ref()) {
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => {
                        let state = ready.ready();
                        ready.clear_ready();
                        // These two a reactor never forgets.
                        if match direction {
                            Direction::Read => state.is_read_closed(),
                            Direction::Write => state.is_write_closed(),
                        } {
                            return Look::Stale;
                        }
                        if !owns {
                            waiter.adopt(&side.hub, cx.waker());
                        }
                    }
                    io::ErrorKind::Interrupted => {}
                    _ => {
                        waiter.finish(&side.hub);
                        return Look::Done(Err(error));
                    }
                },
                Ok(Progress { value, exhausted }) => {
                    // Edge-triggered reactors announce what comes next; tokio's own sockets
                    // save the attempt that would say "would block" in the same way.
                    if exhausted {
                        ready.clear_ready();
                    }
                    waiter.finish(&side.hub);
                    return Look::Done(Ok(value));
                }
            }
        }
    }

    #[inline]
    fn poll_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
        direction: Direction,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, Arc<S>>>> {
        match direction {
            Direction::Read => self.fd.poll_read_ready(cx),
            Direction::Write => self.fd.poll_write_ready(cx),
        }
    }

    #[inline]
    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Read => &self.readers,
            Direction::Write => self.writers.get_or_init(|| Box::new(Side::new())),
        }
    }

    fn sides(&self) -> impl Iterator<Item = &Side> {
        let writers = self.writers.get().map(|side| &**side);
        std::iter::once(&self.readers).chain(writers)
    }

    fn is_idle(&self) -> bool {
        self.sides().all(|side| side.hub.is_empty())
    }
}

impl Side {
    fn new() -> Self {
        let hub = Arc::new(Hub::default());
        let waker = Waker::from(Arc::clone(&hub));
        Self { hub, waker }
    }
}

impl<S: Watchable> Drop for Registration<S> {
    fn drop(&mut self) {
        for side in self.sides() {
            side.hub.wake_all(true);
        }
    }
}

impl<S: Watchable> Default for Places<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Watchable> Default for SharedWatch<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Watchable> fmt::Debug for SharedWatch<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedWatch")
            .field("registrations", &self.registrations())
            .finish_non_exhaustive()
    }
}
