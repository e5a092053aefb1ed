//! What the contexts of the process ask for, that of [`NetContext::global`] among them.

use std::cell::Cell;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use system_net_config::{NetContext, trace_demand};

use crate::contexts::{ContextTraces, TraceProblem};
use crate::dispatch::demand_bit;
use crate::heard::TraceRecord;
use crate::{Source, TraceEventType};

/// Those that ask. They belong to their contexts and go with them.
type Hearing = Arc<[Weak<ContextTraces>]>;

/// Not held while listeners are called: who finds out what is wanted need not wait for them.
static HEARING: RwLock<Option<Hearing>> = RwLock::new(None);

fn hearing() -> Hearing {
    let hearing = HEARING.read().unwrap_or_else(PoisonError::into_inner);
    hearing.clone().unwrap_or_default()
}

/// While it lives, what this thread would emit is let go: it is in a listener, or what opens one.
pub(crate) struct Busy(());

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

impl Busy {
    /// `None` if the thread is busy already.
    pub(crate) fn enter() -> Option<Self> {
        let was = BUSY.with(|busy| busy.replace(true));
        // Made only then: what is made and dropped would end the turn it found.
        if was { None } else { Some(Self(())) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.with(|busy| busy.set(false));
    }
}

/// Finds out what is wanted, if that is not known.
#[inline]
pub(crate) fn settle() {
    if trace_demand::current() == trace_demand::UNKNOWN {
        find_out();
    }
}

#[cold]
#[allow(
    clippy::disallowed_methods,
    reason = "traces are of the process, as in .NET"
)]
fn find_out() {
    // That of the process reads its files on first use, and is among the others if it asks.
    let _ = NetContext::global();
    let mut hearing = HEARING.write().unwrap_or_else(PoisonError::into_inner);
    while trace_demand::current() == trace_demand::UNKNOWN {
        let (generation, contexts) = trace_demand::contexts();
        let mut distinct: Vec<&NetContext> = Vec::new();
        for context in &contexts {
            // Contexts derived from one another ask for the same listeners; once is enough.
            let settings = &context.settings().diagnostics;
            if !distinct
                .iter()
                .any(|known| known.settings().diagnostics == *settings)
            {
                distinct.push(context);
            }
        }
        let asking: Vec<_> = distinct.into_iter().map(ContextTraces::of).collect();
        let demand = demand(&asking);
        *hearing = Some(asking.iter().map(Arc::downgrade).collect());
        trace_demand::publish(generation, demand);
    }
}

/// What in the configuration files of the process has no effect. Types that nobody has registered
/// are told by those who need them: a program may still be about to.
#[allow(
    clippy::disallowed_methods,
    reason = "traces are of the process, as in .NET"
)]
pub(crate) fn notes() -> Vec<String> {
    NetContext::global().configuration_notes_of_types(false)
}

fn demand(asking: &[Arc<ContextTraces>]) -> u32 {
    let mut demand = 0;
    for traces in asking {
        for source in Source::ALL {
            for level in TraceEventType::ALL {
                if traces.levels(source) & level.bit() != 0 {
                    demand |= demand_bit(source, level);
                }
            }
        }
    }
    demand
}

/// Lets all listeners of a source hear a record; `plain` makes the one with secrets, for those who
/// asked for it.
pub(crate) fn hear(record: &TraceRecord<'_>, plain: &TraceRecord<'_>) {
    for traces in hearing().iter().filter_map(Weak::upgrade) {
        if traces.levels(record.source) & record.event_type.bit() == 0 {
            continue;
        }
        traces.hear(if traces.shows_secrets(record.source) {
            plain
        } else {
            record
        });
    }
}

/// What the configuration of a context asks of traces and is not done: listeners whose type is
/// unknown, files that cannot be written. Listeners are made by the first trace they hear, so some
/// of it shows only then. All of it is also written to the standard error output.
///
/// # Examples
/// ```
/// use system_net_config::NetContext;
///
/// assert!(system_net_diagnostics::problems(&NetContext::new()).is_empty());
/// ```
#[must_use]
pub fn problems(context: &NetContext) -> Vec<TraceProblem> {
    let _busy = Busy::enter();
    ContextTraces::of(context).problems()
}

/// Writes out what listeners keep back. Those that come with the library keep nothing back, so that
/// nothing is lost however a program ends; those of a program's own may. Waits until they have been
/// told what was emitted before.
///
/// .NET: `System.Diagnostics.Trace.Flush`
#[doc(alias = "Trace.Flush")]
pub fn flush() {
    // A listener that is just called cannot be flushed on top of it.
    let Some(_busy) = Busy::enter() else {
        return;
    };
    for traces in hearing().iter().filter_map(Weak::upgrade) {
        traces.flush_in_turn();
    }
}
