//! Contexts that wait to be used again.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net_primitives::Misuse;

use super::SocketAsyncEventArgs;

/// A stack of free contexts, shared by its clones.
///
/// A server makes as many contexts as it wants operations at once, takes one for each new
/// connection, and puts it back when the connection ends. Taking and putting back allocate
/// nothing.
///
/// # Examples
/// ```
/// use system_net_sockets::{SocketAsyncEventArgs, SocketAsyncEventArgsPool};
///
/// let pool = SocketAsyncEventArgsPool::new(2, |number| {
///     let args = SocketAsyncEventArgs::new();
///     args.set_user_token(Some(std::sync::Arc::new(number)));
///     args
/// });
/// let args = pool.pop().unwrap();
/// assert_eq!(pool.count(), 1);
/// pool.push(args)?;
/// assert_eq!(pool.count(), 2);
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Clone)]
pub struct SocketAsyncEventArgsPool {
    free: Arc<Mutex<Vec<SocketAsyncEventArgs>>>,
}

impl SocketAsyncEventArgsPool {
    /// A pool of so many contexts, each made by `make`, which is told its number.
    #[must_use]
    pub fn new(capacity: usize, make: impl FnMut(usize) -> SocketAsyncEventArgs) -> Self {
        let mut free: Vec<_> = (0..capacity).map(make).collect();
        for args in &free {
            args.context.lock().pooled = true;
        }
        // The first to be made is the first to be used.
        free.reverse();
        Self {
            free: Arc::new(Mutex::new(free)),
        }
    }

    /// Takes a context out, if there is one left: the one that was put back last, whose memory
    /// the processor most likely still knows.
    #[must_use]
    pub fn pop(&self) -> Option<SocketAsyncEventArgs> {
        let args = self.lock().pop()?;
        args.context.lock().pooled = false;
        Some(args)
    }

    /// Puts a context back.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if an operation is in progress with it, a guard of its buffer
    /// is alive, or it is in a pool already; [`Misuse::Disposed`] if it was disposed.
    pub fn push(&self, args: SocketAsyncEventArgs) -> Result<(), Misuse> {
        let mut state = args.context.lock();
        state.configurable()?;
        if std::mem::replace(&mut state.pooled, true) {
            return Err(Misuse::invalid_operation(
                "the context is in a pool already",
            ));
        }
        drop(state);
        self.lock().push(args);
        Ok(())
    }

    /// How many contexts are free.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<SocketAsyncEventArgs>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SocketAsyncEventArgsPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketAsyncEventArgsPool")
            .field("count", &self.count())
            .finish()
    }
}
