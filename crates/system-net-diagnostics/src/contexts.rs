//! What the contexts of the process ask for: their listeners, kept in their slots.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use system_net_config::{NetContext, TraceListenerSettings, TypeRegistry};

use crate::heard::{TraceData, TraceRecord};
use crate::kept::Kept;
use crate::listener::{self, TraceListener, TraceListenerConstructor, TraceOutputOptions};
use crate::plan::Plan;
use crate::turn::{Lost, PATIENCE, Turn};
use crate::{Source, TraceListenerArguments};

/// The traces that one context asks for.
pub(crate) struct ContextTraces {
    plan: Plan,
    listeners: Vec<Listener>,
    types: Arc<TypeRegistry<TraceListenerConstructor>>,
    auto_flush: bool,
    use_global_lock: bool,
    indent_size: u32,
    problems: Mutex<Vec<TraceProblem>>,
}

/// Something that a configuration asks of traces and that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceProblem {
    listener: String,
    message: String,
}

impl TraceProblem {
    /// The name of the listener.
    #[must_use]
    pub fn listener(&self) -> &str {
        &self.listener
    }

    /// What is the matter with it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl std::fmt::Display for TraceProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "trace listener `{}`: {}", self.listener, self.message)
    }
}

struct Listener {
    name: Arc<str>,
    settings: TraceListenerSettings,
    /// Whether it is of the program's own; found out as it is first called.
    own: OnceLock<bool>,
    /// Whose it is to tell it, where `useGlobalLock` is `false`.
    turn: Turn<Kept>,
    state: Mutex<State>,
}

/// Whose it is to tell listeners, where `useGlobalLock` is `true`: all have the same order.
static TURN: Turn<(Arc<ContextTraces>, Kept)> = Turn::new(PATIENCE);

enum State {
    /// No trace yet: listeners are made by the first, so that a program may register its types
    /// before, and files appear with their first line.
    Unused,
    Made {
        listener: Box<dyn TraceListener>,
        /// Whether an error has been reported.
        failed: bool,
    },
    Unusable,
}

impl ContextTraces {
    pub(crate) fn of(context: &NetContext) -> Arc<Self> {
        context.slot(Self::new)
    }

    fn new(context: &NetContext) -> Self {
        let settings = &context.settings().diagnostics;
        let mut plan = Plan::new(settings);
        let of_listener = |settings: &TraceListenerSettings| Listener {
            name: settings.name.as_str().into(),
            settings: settings.clone(),
            own: OnceLock::new(),
            turn: Turn::new(PATIENCE),
            state: Mutex::new(State::Unused),
        };
        let problems = std::mem::take(&mut plan.problems);
        let this = Self {
            listeners: plan.listeners.iter().map(of_listener).collect(),
            plan,
            types: TypeRegistry::of(context),
            auto_flush: settings.trace.auto_flush,
            use_global_lock: settings.trace.use_global_lock,
            indent_size: settings.trace.indent_size,
            problems: Mutex::default(),
        };
        for (name, message) in problems {
            this.report(&name, message);
        }
        this
    }

    /// The levels of a source that pass.
    pub(crate) fn levels(&self, source: Source) -> u32 {
        self.plan.sources[source as usize].levels
    }

    /// Whether a source's listeners are to see secrets.
    pub(crate) fn shows_secrets(&self, source: Source) -> bool {
        self.plan.sources[source as usize].shows_secrets
    }

    /// Lets the source's listeners hear a record, its data cut as the source's settings say.
    pub(crate) fn hear(self: &Arc<Self>, record: &TraceRecord<'_>) {
        let source = &self.plan.sources[record.source as usize];
        let data = record.data.map(|data| TraceData {
            bytes: &data.bytes[..data.bytes.len().min(source.max_data_size)],
            mode: source.mode,
            ..data
        });
        let record = &TraceRecord { data, ..*record };
        if self.use_global_lock {
            let keep = || (Arc::clone(self), Kept::of(record));
            let told = TURN.tell(|| self.tell_all(record), keep, Self::tell_kept);
            self.report_lost(told);
            return;
        }
        for &place in &source.listeners {
            let of = &self.listeners[place];
            let now = || self.tell(of, &of.turn, record);
            let tell = |kept: Kept| self.tell(of, &of.turn, &kept.record());
            let told = of.turn.tell(now, || Kept::of(record), tell);
            self.report_lost(told);
        }
    }

    fn tell_all(&self, record: &TraceRecord<'_>) {
        for &place in &self.plan.sources[record.source as usize].listeners {
            self.tell(&self.listeners[place], &TURN, record);
        }
    }

    fn tell_kept((traces, kept): (Arc<Self>, Kept)) {
        traces.tell_all(&kept.record());
        // The last one to have them flushes them.
        if let Some(last) = Arc::into_inner(traces) {
            TURN.own(&"listener".into(), || drop(last));
        }
    }

    fn report_lost(&self, told: Result<(), Lost>) {
        if let Err(lost) = told {
            let message = if lost.endless {
                "what it is told makes more of it, again and again; until that ends, traces are lost"
            } else {
                "it has been busy for too long; until it is done, traces are lost"
            };
            self.report(&lost.listener, message.to_owned());
        }
    }

    fn tell<K>(&self, of: &Listener, turn: &Turn<K>, record: &TraceRecord<'_>) {
        self.call(of, turn, || self.tell_one(of, record));
    }

    /// Nobody waits for a listener of the program's own.
    fn call<K>(&self, of: &Listener, turn: &Turn<K>, call: impl FnOnce()) {
        let type_name = of.settings.type_name.as_deref().unwrap_or_default();
        let own = || self.types.resolve("add", type_name).is_ok();
        if *of.own.get_or_init(own) {
            turn.own(&of.name, call);
        } else {
            call();
        }
    }

    fn tell_one(&self, of: &Listener, record: &TraceRecord<'_>) {
        let mut state = lock(&of.state);
        if let State::Unused = *state {
            *state = self.make(&of.settings);
        }
        let State::Made { listener, failed } = &mut *state else {
            return;
        };
        // A listener of the program's own may panic: whoever is traced must not.
        let told = catch_unwind(AssertUnwindSafe(|| {
            listener.trace(record)?;
            if self.auto_flush {
                listener.flush()?;
            }
            Ok::<(), std::io::Error>(())
        }));
        match told {
            Ok(Ok(())) => {}
            Ok(Err(_)) if *failed => {}
            Ok(Err(error)) => {
                *failed = true;
                self.report(&of.settings.name, error.to_string());
            }
            Err(_) => {
                self.report(
                    &of.settings.name,
                    "it panicked, and hears no more".to_owned(),
                );
                // It may panic once more when it goes, and so it stays.
                let panicked = std::mem::replace(&mut *state, State::Unusable);
                std::mem::forget(panicked);
            }
        }
    }

    fn make(&self, settings: &TraceListenerSettings) -> State {
        let text = settings.trace_output_options.as_deref().unwrap_or_default();
        let (options, without_effect) = TraceOutputOptions::parse(text);
        for word in without_effect {
            let message = format!("traceOutputOptions `{word}` has no effect");
            self.report(&settings.name, message);
        }
        let arguments = TraceListenerArguments {
            settings,
            options,
            indent_size: self.indent_size,
        };
        let type_name = settings.type_name.as_deref().unwrap_or_default();
        let make = || listener::make(type_name, &arguments, &self.types);
        let made = catch_unwind(AssertUnwindSafe(make));
        match made.unwrap_or_else(|_| Err("its constructor panicked".to_owned())) {
            Ok(listener) => State::Made {
                listener,
                failed: false,
            },
            Err(message) => {
                self.report(&settings.name, format!("{message}; its traces are lost"));
                State::Unusable
            }
        }
    }

    /// What the configuration asks for is said where it can be seen: there may be no subscriber,
    /// and what would tell is what does not work.
    fn report(&self, listener: &str, message: String) {
        let problem = TraceProblem {
            listener: listener.to_owned(),
            message,
        };
        listener::report(&problem.to_string());
        lock(&self.problems).push(problem);
    }

    pub(crate) fn problems(&self) -> Vec<TraceProblem> {
        lock(&self.problems).clone()
    }

    /// Lets listeners write out what they keep back, when they have been told what was emitted.
    pub(crate) fn flush_in_turn(self: &Arc<Self>) {
        if self.use_global_lock {
            let flush = |of| self.call(of, &TURN, || self.flush(of));
            return TURN.wait(|| self.listeners.iter().for_each(flush), Self::tell_kept);
        }
        for of in &self.listeners {
            let tell = |kept: Kept| self.tell(of, &of.turn, &kept.record());
            let flush = || self.call(of, &of.turn, || self.flush(of));
            of.turn.wait(flush, tell);
        }
    }

    fn flush(&self, of: &Listener) {
        if let State::Made { listener, .. } = &mut *lock(&of.state) {
            // As while it is told: the first error of a listener has been reported.
            let _ = catch_unwind(AssertUnwindSafe(|| listener.flush()));
        }
    }
}

/// Listeners made by the program may keep something back.
impl Drop for ContextTraces {
    fn drop(&mut self) {
        for of in &self.listeners {
            self.flush(of);
            let state = std::mem::replace(&mut *lock(&of.state), State::Unusable);
            // Whoever lets the context go must not panic for it.
            if catch_unwind(AssertUnwindSafe(|| drop(state))).is_err() {
                self.report(&of.settings.name, "it panicked as it went".to_owned());
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
