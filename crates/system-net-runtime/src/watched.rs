//! The leaf under every socket: waits wherever it is polled.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::event::PollFlags;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Id;

use crate::{executor, reactor};

/// What a socket is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Until it can be read (or accepted from), or is closed.
    Read,
    /// Until it can be written (or is connected), or is closed.
    Write,
}

/// What one attempt on a socket brought.
#[derive(Clone, Copy, Debug)]
pub struct Progress<R> {
    /// The result of the attempt.
    pub value: R,
    /// The attempt took all there was (it read or wrote less than was asked for), so that the
    /// next one will most likely have to wait.
    pub exhausted: bool,
}

/// What is known of a peer that has ended something, without anything being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// It sends no more. It may have gone, or wait for what it is sent: that cannot be told apart.
    Finished,
    /// The connection is over: it was reset, or both sides have ended it.
    Gone,
}

/// A socket type that keeps one open descriptor for as long as it lives, which is what a
/// reactor relies on. Sealed for that reason.
pub trait Watchable: AsFd + AsRawFd + Send + Sync + sealed::Sealed + 'static {}

mod sealed {
    /// Keeps [`Watchable`](super::Watchable) to the types below.
    #[allow(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
    impl Sealed for std::net::TcpListener {}
    impl Sealed for std::net::TcpStream {}
    impl Sealed for std::net::UdpSocket {}
    impl Sealed for std::os::unix::net::UnixDatagram {}
    impl Sealed for std::os::unix::net::UnixListener {}
    impl Sealed for std::os::unix::net::UnixStream {}
    impl Sealed for std::os::fd::OwnedFd {}
    impl Sealed for socket2::Socket {}
    impl<T: Sealed> Sealed for crate::tcp::KillableSocket<T> {}
}

impl<T: AsFd + AsRawFd + Send + Sync + sealed::Sealed + 'static> Watchable for T {}

/// A non-blocking socket that waits for readiness wherever it is polled, and moves by itself:
///
/// - under [`block_on`](crate::block_on) in `poll(2)`, on the calling thread;
/// - in a tokio runtime on that runtime's reactor;
/// - elsewhere (another executor) on the background runtime's.
///
/// The registration is made at the first wait. An attempt that does not have to wait uses the
/// registration there is; before it would wait, it is compared with the caller's place. So a
/// socket survives the end of the runtime it was used on, idle or busy.
#[derive(Debug)]
pub struct Watched<S: Watchable> {
    source: Arc<S>,
    place: Place<S>,
    /// Per direction: what the last attempts under `block_on` showed.
    local: [Local; 2],
    /// Something was read since the last write: the next one is tried without asking the reactor,
    /// as most answers fit in what the socket takes.
    answers: bool,
    /// Registered ahead of any attempt, and the reactor may not have told yet what the socket is ready
    /// for: writes do not ask it.
    untold: bool,
    /// The last to wait for input was [`poll_readable`](Self::poll_readable), and it still does.
    awaited: bool,
    /// The reactor was told to forget that there is something to read, without a read: the next ones do not
    /// ask it.
    unread: bool,
}

#[derive(Debug)]
enum Place<S: Watchable> {
    /// Registered with no reactor.
    None,
    Reactor {
        fd: AsyncFd<Arc<S>>,
        id: Id,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Local {
    /// Try at once.
    #[default]
    Unknown,
    /// The last attempt took all there was: wait before the next, which saves an attempt that
    /// would say "would block". poll(2) returns at once if that was wrong.
    Exhausted,
    /// Waited: try.
    Waited,
}

impl<S: Watchable> Watched<S> {
    /// Watches a socket, which must be in non-blocking mode.
    pub fn new(source: Arc<S>) -> Self {
        Self {
            source,
            place: Place::None,
            local: [Local::Unknown; 2],
            answers: false,
            awaited: false,
            untold: false,
            unread: false,
        }
    }

    /// The socket.
    pub fn source(&self) -> &Arc<S> {
        &self.source
    }

    /// Gives the socket back, registered nowhere.
    pub fn into_source(self) -> Arc<S> {
        drop(self.place);
        self.source
    }

    /// Leaves the reactor, if the socket is registered with one. The next wait registers it
    /// where it is then polled.
    pub fn release(&mut self) {
        self.place = Place::None;
        self.awaited = false;
    }

    /// Whether the socket is registered with a reactor.
    pub fn is_registered(&self) -> bool {
        matches!(self.place, Place::Reactor { .. })
    }

    /// Tries `attempt` until it does not say [`WouldBlock`](io::ErrorKind::WouldBlock), waiting
    /// for `direction` in between. One waiter per direction: the last one polled is woken.
    ///
    /// # Errors
    /// The attempt's, or the system's if the socket cannot be registered.
    pub fn poll_io<R>(
        &mut self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut attempt: impl FnMut(&S) -> io::Result<Progress<R>>,
    ) -> Poll<io::Result<R>> {
        if direction == Direction::Read {
            self.awaited = false;
        }
        if executor::is_driving(cx) {
            return self.poll_locally(direction, attempt);
        }
        if direction == Direction::Read && self.unread {
            match try_now(&*self.source, &mut attempt) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.unread = false,
                Ok(progress) => {
                    self.unread = !progress.exhausted;
                    self.answers = true;
                    return Poll::Ready(Ok(progress.value));
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        // Only one for each read, so that who writes and writes leaves the thread to others as ever.
        if direction == Direction::Write && (std::mem::take(&mut self.answers) || self.untold) {
            match try_now(&*self.source, &mut attempt) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.untold = false,
                result => return Poll::Ready(result.map(|progress| progress.value)),
            }
        }
        let mut fresh = false;
        loop {
            if let Place::Reactor { fd, id } = &self.place {
                match poll_registered(fd, cx, direction, &self.source, &mut attempt) {
                    Poll::Ready(Some(result)) => {
                        self.answers |= direction == Direction::Read;
                        self.untold = false;
                        return Poll::Ready(result);
                    }
                    Poll::Pending if fresh || reactor::current() == Some(*id) => {
                        return Poll::Pending;
                    }
                    // The reactor shuts down although it was just chosen.
                    Poll::Ready(None) if fresh => {
                        return Poll::Ready(Err(io::Error::other("the reactor is shutting down")));
                    }
                    // Another reactor's, or a dying one's: it may never be turned again.
                    Poll::Pending | Poll::Ready(None) => self.release(),
                }
            }
            match try_now(&*self.source, &mut attempt) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result.map(|progress| progress.value)),
            }
            // The registration reports what became ready since the attempt.
            self.place = register(&self.source)?;
            fresh = true;
        }
    }

    /// Pending: the task will be woken once there is something to read, or the end of it. Ready: there
    /// may be already, or this is no place to wait in without reading ([`block_on`](crate::block_on)).
    pub fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if executor::is_driving(cx) {
            return Poll::Ready(());
        }
        self.awaited = false;
        if self.unread || !self.register_here() {
            return Poll::Ready(());
        }
        let Place::Reactor { fd, .. } = &self.place else {
            return Poll::Ready(());
        };
        self.awaited = fd.poll_read_ready(cx).is_pending();
        match self.awaited {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    }

    /// Whether the task that was told to wait by [`poll_readable`](Self::poll_readable) will still be
    /// woken: the socket has not changed its place since, and nobody else has begun to read.
    pub fn is_awaited(&self) -> bool {
        self.awaited
    }

    /// Registers with the caller's reactor, if that is not done. False: that cannot be done.
    fn register_here(&mut self) -> bool {
        let here = reactor::current();
        if !matches!(&self.place, Place::Reactor { id, .. } if Some(*id) == here) {
            match register(&self.source) {
                Ok(place) => {
                    self.place = place;
                    self.untold = true;
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// Ready once the peer has ended something, of which the reactor tells: the system is not asked, and
    /// nothing is read. Pending: the task will be woken for that, and by data that come; but not under
    /// [`block_on`](crate::block_on), where it cannot be waited for without reading. For who neither
    /// reads nor writes meanwhile: whose task waits for that is not woken any more.
    pub fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        if executor::is_driving(cx) {
            return Poll::Pending;
        }
        self.awaited = false;
        if !self.register_here() {
            return Poll::Pending;
        }
        let Place::Reactor { fd, .. } = &self.place else {
            return Poll::Pending;
        };
        loop {
            // A reactor that shuts down tells nothing.
            let Ok(mut ready) = ready!(fd.poll_read_ready(cx)) else {
                return Poll::Pending;
            };
            if ready.ready().is_read_closed() {
                break;
            }
            // Data: only once they are forgotten what comes behind them is told.
            ready.clear_ready();
            self.unread = true;
        }
        Poll::Ready(match fd.poll_write_ready(cx) {
            Poll::Ready(Ok(ready)) if ready.ready().is_write_closed() => Hangup::Gone,
            _ => Hangup::Finished,
        })
    }

    fn poll_locally<R>(
        &mut self,
        direction: Direction,
        mut attempt: impl FnMut(&S) -> io::Result<Progress<R>>,
    ) -> Poll<io::Result<R>> {
        let local = &mut self.local[direction as usize];
        if *local != Local::Exhausted {
            match try_now(&*self.source, &mut attempt) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(Progress { value, exhausted }) => {
                    *local = if exhausted {
                        Local::Exhausted
                    } else {
                        Local::Unknown
                    };
                    return Poll::Ready(Ok(value));
                }
            }
        }
        *local = Local::Waited;
        self.release();
        let flags = match direction {
            Direction::Read => PollFlags::IN,
            Direction::Write => PollFlags::OUT,
        };
        executor::note_source(Arc::clone(&self.source) as Arc<dyn executor::Source>, flags);
        Poll::Pending
    }
}

/// Attempts as long as the reactor says the socket is ready. `None`: the reactor shuts down.
#[inline]
fn poll_registered<S: Watchable, R>(
    fd: &AsyncFd<Arc<S>>,
    cx: &mut Context<'_>,
    direction: Direction,
    source: &S,
    attempt: &mut impl FnMut(&S) -> io::Result<Progress<R>>,
) -> Poll<Option<io::Result<R>>> {
    loop {
        let ready = match direction {
            Direction::Read => ready!(fd.poll_read_ready(cx)),
            Direction::Write => ready!(fd.poll_write_ready(cx)),
        };
        let Ok(mut ready) = ready else {
            return Poll::Ready(None);
        };
        match try_now(source, attempt) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
            Err(error) => return Poll::Ready(Some(Err(error))),
            Ok(Progress { value, exhausted }) => {
                // Edge-triggered reactors announce what comes next; tokio's own sockets save
                // the attempt that would say "would block" in the same way.
                if exhausted {
                    ready.clear_ready();
                }
                return Poll::Ready(Some(Ok(value)));
            }
        }
    }
}

#[inline]
pub(crate) fn try_now<S, R>(
    source: &S,
    attempt: &mut impl FnMut(&S) -> io::Result<Progress<R>>,
) -> io::Result<Progress<R>> {
    loop {
        match attempt(source) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Registers with the reactor of the context it is called in.
#[allow(
    deprecated,
    reason = "the new constructor is unsafe for the sake of types that do not keep \
    their descriptor; `Watchable` is sealed to those that do"
)]
pub(crate) fn watch<S: Watchable>(source: Arc<S>) -> io::Result<AsyncFd<Arc<S>>> {
    AsyncFd::new(source)
}

/// Registers with the caller's reactor; with the background's if there is none or it dies.
#[cold]
fn register<S: Watchable>(source: &Arc<S>) -> io::Result<Place<S>> {
    let own = Arc::clone(source);
    let (made, id) = reactor::make_here(move || watch(own))?;
    let (fd, id) = match made {
        Ok(fd) => (fd, id),
        Err(error) if error.raw_os_error().is_some() => return Err(error),
        // Not the system's error but tokio's: the runtime around the caller is shutting down.
        Err(_) => {
            let own = Arc::clone(source);
            let (made, id) = reactor::make_on_background(move || watch(own))?;
            (made?, id)
        }
    };
    Ok(Place::Reactor { fd, id })
}
