//! The operations of a client that are under way: whether there are any, and how they are ended.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net_primitives::Misuse;

use super::{Shared, WebClient};
use crate::abort::AbortHandle;
use crate::error::WebError;

#[derive(Default)]
pub(super) struct Operations {
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    under_way: Vec<(u64, AbortHandle)>,
    begun: u64,
    /// One that tells its end in an event is among them.
    alone: bool,
}

/// An operation that is under way, until it is dropped.
pub(super) struct Operation {
    shared: Arc<Shared>,
    number: u64,
    abort: AbortHandle,
    alone: bool,
}

impl WebClient {
    /// Whether an operation is under way.
    ///
    /// .NET: `System.Net.WebClient.IsBusy`
    #[doc(alias = "WebClient.IsBusy")]
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.shared.operations.list().under_way.is_empty()
    }

    /// Ends all operations that are under way, in whatever form they were begun: with an error of
    /// the status `RequestCanceled`, and where an event tells the end with
    /// [`cancelled`](super::AsyncCompletedEventArgs::cancelled). Without one it does nothing.
    ///
    /// .NET: `System.Net.WebClient.CancelAsync`
    #[doc(alias = "WebClient.CancelAsync")]
    pub fn cancel_async(&self) {
        let handles: Vec<AbortHandle> = {
            let list = self.shared.operations.list();
            list.under_way
                .iter()
                .map(|(_, abort)| abort.clone())
                .collect()
        };
        for abort in handles {
            abort.abort();
        }
    }

    /// Runs an operation of the blocking and asynchronous forms.
    pub(super) async fn operate<T>(
        &self,
        work: impl Future<Output = Result<T, WebError>>,
    ) -> Result<T, WebError> {
        let operation = self.begin(false);
        operation.run(work).await
    }

    /// Begins an operation that tells its end in an event: one at a time.
    pub(super) fn begin_alone(&self) -> Result<Operation, Misuse> {
        let mut list = self.shared.operations.list();
        if std::mem::replace(&mut list.alone, true) {
            return Err(Misuse::not_supported(
                "this WebClient has started an operation that has not ended",
            ));
        }
        drop(list);
        Ok(self.begin(true))
    }

    fn begin(&self, alone: bool) -> Operation {
        let abort = AbortHandle::new();
        let mut list = self.shared.operations.list();
        list.begun += 1;
        let number = list.begun;
        list.under_way.push((number, abort.clone()));
        drop(list);
        Operation {
            shared: Arc::clone(&self.shared),
            number,
            abort,
            alone,
        }
    }
}

impl Operation {
    /// Runs its work, until that is done or cancelled.
    pub(super) async fn run<T>(
        &self,
        work: impl Future<Output = Result<T, WebError>>,
    ) -> Result<T, WebError> {
        self.abort.guard(work).await
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.abort.is_aborted()
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        let mut list = self.shared.operations.list();
        list.under_way.retain(|(number, _)| *number != self.number);
        if self.alone {
            list.alone = false;
        }
    }
}

impl Operations {
    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
