//! What the library's callbacks tell about the handshake they run in.
//!
//! The verifier and the certificate resolver belong to the configuration, which all connections
//! share, and their results pass through error and connection types that have no room for ours.
//! Both run within a poll of the handshake's future, on its thread, so that future lends them a
//! place for notes while it polls.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::sign::CertifiedKey;

use super::error::TlsError;

thread_local! {
    static CURRENT: RefCell<Option<Notes>> = const { RefCell::new(None) };
}

/// What was noted in one handshake.
#[derive(Default)]
pub(super) struct Notes {
    /// Why the peer's certificate was refused.
    pub(super) refused: Option<TlsError>,
    /// The server has asked for a certificate of the client.
    pub(super) asked: bool,
    /// The host that is connected to, on the client's side.
    pub(super) host: Option<String>,
    /// The identity that was shown to the peer.
    pub(super) chosen: Option<Arc<CertifiedKey>>,
}

/// Lets a callback write into the notes of the handshake that is being polled on this thread.
pub(super) fn note(write: impl FnOnce(&mut Notes)) {
    // In a destructor that runs after this thread's variables are gone, the notes are missed and
    // the library's own error has to do.
    let _ = CURRENT.try_with(|current| {
        if let Ok(mut current) = current.try_borrow_mut()
            && let Some(notes) = current.as_mut()
        {
            write(notes);
        }
    });
}

/// The host of the handshake that is being polled on this thread.
pub(super) fn current_host() -> Option<String> {
    let mut host = None;
    note(|notes| host.clone_from(&notes.host));
    host
}

/// A handshake with its notes.
pub(super) struct Noted<F> {
    handshake: F,
    notes: Notes,
}

impl<F> Noted<F> {
    pub(super) fn new(handshake: F) -> Self {
        Self {
            handshake,
            notes: Notes::default(),
        }
    }

    /// As [`new`](Self::new), with the host that is connected to.
    pub(super) fn with_host(handshake: F, host: &str) -> Self {
        let mut this = Self::new(handshake);
        this.notes.host = Some(host.to_owned());
        this
    }
}

impl<F: Future + Unpin> Future for Noted<F> {
    type Output = (F::Output, Notes);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let lent = Lent::new(std::mem::take(&mut this.notes));
        let polled = Pin::new(&mut this.handshake).poll(cx);
        this.notes = lent.take_back();
        polled.map(|output| (output, std::mem::take(&mut this.notes)))
    }
}

/// The notes lie in the thread's variable; what lay there before comes back in any case.
struct Lent {
    /// `None` once it is back.
    before: Option<Option<Notes>>,
}

impl Lent {
    fn new(notes: Notes) -> Self {
        let before = CURRENT.try_with(|current| current.replace(Some(notes)));
        Self {
            before: Some(before.unwrap_or_default()),
        }
    }

    fn take_back(mut self) -> Notes {
        self.restore().unwrap_or_default()
    }

    fn restore(&mut self) -> Option<Notes> {
        let before = self.before.take()?;
        CURRENT
            .try_with(|current| current.replace(before))
            .unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Has something to do only when the poll has panicked.
        let _ = self.restore();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use system_net_runtime::block_on;

    use super::*;
    use crate::tls::error::TlsError;

    fn write(text: &str) {
        note(|notes| notes.refused = Some(TlsError::configuration(text)));
    }

    fn read(notes: Notes) -> Option<String> {
        notes.refused.map(|error| error.to_string())
    }

    #[test]
    fn notes_belong_to_the_handshake_that_is_polled() {
        let outer = Noted::new(Box::pin(async {
            write("outer");
            let inner = Noted::new(Box::pin(async { write("inner") }));
            read(inner.await.1)
        }));
        let (of_inner, notes) = block_on(outer);
        assert_eq!(of_inner.as_deref(), Some("inner"));
        assert_eq!(read(notes).as_deref(), Some("outer"));
    }

    #[test]
    fn notes_are_kept_over_several_polls() {
        let mut polls = 0;
        let handshake = Noted::new(poll_fn(move |cx| {
            polls += 1;
            if polls == 1 {
                write("first poll");
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
        assert_eq!(read(block_on(handshake).1).as_deref(), Some("first poll"));
    }

    #[test]
    fn outside_of_a_handshake_nothing_is_noted() {
        write("nobody reads this");
        let panicking = Noted::new(poll_fn(|_| -> Poll<()> {
            write("lost");
            panic!("for the test")
        }));
        assert!(catch_unwind(AssertUnwindSafe(|| block_on(panicking))).is_err());
        CURRENT.with(|current| assert!(current.borrow().is_none()));
        assert_eq!(
            read(block_on(Noted::new(poll_fn(|_| Poll::Ready(())))).1),
            None
        );
    }
}
