//! Which tokio reactor a leaf belongs to, and making things on it.

use std::io;
use std::sync::mpsc;

use tokio::runtime::{Handle, Id};

use crate::background::try_background;

/// The reactor a leaf that is polled here and now should wait on: the one of the runtime
/// around the caller, else the background's (`None` while that was never started).
pub(crate) fn current() -> Option<Id> {
    match Handle::try_current() {
        Ok(handle) => Some(handle.id()),
        Err(_) => try_background().ok().map(Handle::id),
    }
}

/// Makes a leaf of the caller's reactor, by `make` inside its context, and says which it is.
pub(crate) fn make_here<T: Send + 'static>(
    make: impl FnOnce() -> T + Send + 'static,
) -> io::Result<(T, Id)> {
    match Handle::try_current() {
        Ok(handle) => Ok((make(), handle.id())),
        Err(_) => make_on_background(make),
    }
}

/// Makes a leaf of the background reactor.
pub(crate) fn make_on_background<T: Send + 'static>(
    make: impl FnOnce() -> T + Send + 'static,
) -> io::Result<(T, Id)> {
    let background = try_background()?;
    if Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed()) {
        return make_by_worker(make);
    }
    let _context = background.enter();
    Ok((make(), background.id()))
}

/// On a thread whose thread-locals are gone, tokio's context cannot be entered (it panics), so
/// a worker of the background runtime makes the leaf. It only makes a registration, at once.
fn make_by_worker<T: Send + 'static>(
    make: impl FnOnce() -> T + Send + 'static,
) -> io::Result<(T, Id)> {
    let background = try_background()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    background.spawn(async move {
        // The receiver waits below; it cannot be gone.
        let _ = sender.send(make());
    });
    let made = receiver.recv().map_err(io::Error::other)?;
    Ok((made, background.id()))
}
