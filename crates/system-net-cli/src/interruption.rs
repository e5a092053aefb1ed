//! What ends a transfer from outside: Ctrl-C, a termination signal, and --max-time. All three abort
//! the request; the transfer then cleans up as after any failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use system_net::AbortHandle;
use system_net::runtime::background;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use crate::failure::{Failure, INTERRUPTED, TIMEOUT};

/// Watches over one transfer, whatever requests it takes; ends with it.
pub(crate) struct Watch {
    reason: Arc<AtomicU8>,
    max_time: Option<Duration>,
    task: JoinHandle<()>,
}

impl Watch {
    pub(crate) fn begin(requests: Vec<AbortHandle>, max_time: Option<Duration>) -> Self {
        let reason = Arc::new(AtomicU8::new(0));
        let noted = Arc::clone(&reason);
        let signals = EndSignals::catch();
        let task = background().spawn(async move {
            let too_long = async {
                match max_time {
                    Some(limit) => tokio::time::sleep(limit).await,
                    None => std::future::pending().await,
                }
            };
            let code = tokio::select! {
                () = too_long => TIMEOUT,
                () = signals.received() => INTERRUPTED,
            };
            noted.store(code, Ordering::SeqCst);
            // Those that have not begun find that they were aborted.
            requests.iter().for_each(AbortHandle::abort);
        });
        Self {
            reason,
            max_time,
            task,
        }
    }

    /// The failure to report: the watch's own if it ended the transfer.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        match self.reason.load(Ordering::SeqCst) {
            0 => failure,
            TIMEOUT => {
                let limit = self.max_time.unwrap_or_default();
                Failure {
                    status: Some("Timeout"),
                    ..Failure::new(
                        TIMEOUT,
                        format_args!("the transfer took longer than {limit:?}"),
                    )
                }
                .advise("raise --max-time, or find out why the server is slow")
            }
            code => Failure::new(code, "interrupted"),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The signals that ask the program to end. They are caught from the moment this is made.
pub(crate) struct EndSignals {
    both: Option<(Signal, Signal)>,
}

impl EndSignals {
    pub(crate) fn catch() -> Self {
        let _inside = background().enter();
        let interrupt = signal(SignalKind::interrupt());
        let terminate = signal(SignalKind::terminate());
        Self {
            both: interrupt.ok().zip(terminate.ok()),
        }
    }

    /// Waits for one of them; for ever if they cannot be caught, so that they end the program as
    /// they do by themselves.
    pub(crate) async fn received(self) {
        let Some((mut interrupt, mut terminate)) = self.both else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
