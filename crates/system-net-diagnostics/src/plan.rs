//! From settings to who hears what: which levels of each source pass, and which listeners it has.

use system_net_config::{
    DiagnosticsSettings, TraceListenerChange, TraceListenerSettings, TraceMode, TraceSourceSettings,
};

use crate::{Source, TraceEventType};

/// What the settings come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// All listeners that some source has, each once.
    pub(crate) listeners: Vec<TraceListenerSettings>,
    /// In the order of [`Source::ALL`].
    pub(crate) sources: Vec<SourcePlan>,
    /// What of the settings cannot be followed: the listener, and why.
    pub(crate) problems: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourcePlan {
    /// The levels that pass: bits of [`TraceEventType::bit`].
    pub(crate) levels: u32,
    pub(crate) mode: TraceMode,
    pub(crate) max_data_size: usize,
    pub(crate) shows_secrets: bool,
    /// Places in [`Plan::listeners`].
    pub(crate) listeners: Vec<usize>,
}

/// The name of the listener that every list begins with.
const DEFAULT: &str = "Default";
const DEFAULT_TYPE: &str = "System.Diagnostics.DefaultTraceListener";

impl Plan {
    pub(crate) fn new(settings: &DiagnosticsSettings) -> Self {
        let mut plan = Self::default();
        let shared = plan.shared(settings);
        for source in Source::ALL {
            let name = source.name();
            let unsaid = TraceSourceSettings::new(name);
            let of_source = settings.sources.iter().find(|source| source.name == name);
            let of_source = of_source.unwrap_or(&unsaid);
            let levels = levels(settings, of_source);
            let mut listeners = Vec::new();
            if levels != 0 {
                // A source that has no listeners of its own has those of all traces.
                let changes = match &of_source.listeners[..] {
                    [] => &settings.trace.listeners[..],
                    own => own,
                };
                for listener in plan.list(changes, &shared) {
                    listeners.push(plan.place(listener));
                }
            }
            plan.sources.push(SourcePlan {
                levels: if listeners.is_empty() { 0 } else { levels },
                mode: of_source.trace_mode,
                max_data_size: of_source.max_data_size as usize,
                shows_secrets: of_source.dangerously_show_secrets,
                listeners,
            });
        }
        plan
    }

    /// The shared listeners.
    fn shared(&mut self, settings: &DiagnosticsSettings) -> Vec<TraceListenerSettings> {
        let mut shared: Vec<TraceListenerSettings> = Vec::new();
        for change in &settings.shared_listeners {
            match change {
                TraceListenerChange::Add(listener) if listener.type_name.is_none() => {
                    let why = "a shared listener needs a type".to_owned();
                    self.problems.push((listener.name.clone(), why));
                }
                TraceListenerChange::Add(listener) => {
                    shared.retain(|known| known.name != listener.name);
                    shared.push(listener.clone());
                }
                TraceListenerChange::Remove { name } => shared.retain(|known| known.name != *name),
                TraceListenerChange::Clear => shared.clear(),
            }
        }
        shared
    }

    /// The listeners that changes leave of a list with the default listener. That one is heard by a
    /// debugger in .NET, which is not there mostly; so it is silent here, unless it is the only one
    /// or was asked for.
    fn list(
        &mut self,
        changes: &[TraceListenerChange],
        shared: &[TraceListenerSettings],
    ) -> Vec<TraceListenerSettings> {
        let default = || TraceListenerSettings {
            name: DEFAULT.to_owned(),
            type_name: Some(DEFAULT_TYPE.to_owned()),
            ..TraceListenerSettings::default()
        };
        let mut implied = true;
        let mut list: Vec<TraceListenerSettings> = Vec::new();
        for change in changes {
            match change {
                TraceListenerChange::Add(listener) => {
                    let found = match &listener.type_name {
                        Some(_) => Some(listener),
                        None => shared.iter().find(|known| known.name == listener.name),
                    };
                    let found = match found {
                        Some(found) => found.clone(),
                        None if listener.name == DEFAULT => default(),
                        None => {
                            let why = "no shared listener has this name".to_owned();
                            self.problems.push((listener.name.clone(), why));
                            continue;
                        }
                    };
                    // A list has a name once: that of the application's file is in the place of
                    // the machine's.
                    match list.iter_mut().find(|known| known.name == found.name) {
                        Some(known) => *known = found,
                        None => list.push(found),
                    }
                }
                TraceListenerChange::Remove { name } => {
                    implied &= name != DEFAULT;
                    list.retain(|known| known.name != *name);
                }
                TraceListenerChange::Clear => {
                    implied = false;
                    list.clear();
                }
            }
        }
        if implied && list.is_empty() {
            list.push(default());
        }
        list
    }

    /// The place of a listener. Those that are the same in every respect are one.
    fn place(&mut self, listener: TraceListenerSettings) -> usize {
        let found = self.listeners.iter().position(|known| *known == listener);
        found.unwrap_or_else(|| {
            self.listeners.push(listener);
            self.listeners.len() - 1
        })
    }
}

/// The levels of a source that pass: those of its switch, else what the source itself says.
fn levels(settings: &DiagnosticsSettings, source: &TraceSourceSettings) -> u32 {
    let name = source.switch_name.as_ref().unwrap_or(&source.name);
    let switch = settings.switches.iter().find(|switch| switch.name == *name);
    switch
        .map(|switch| &switch.value)
        .or(source.switch_value.as_ref())
        .map_or(0, |value| bits(value))
}

/// Reads a level or several with commas between, by name or number.
///
/// .NET: `System.Diagnostics.SourceLevels`
fn bits(value: &str) -> u32 {
    const ALL: u32 = (1 << TraceEventType::ALL.len()) - 1;
    let mut bits = 0;
    for word in value.split(',').map(str::trim) {
        let up_to = |level: TraceEventType| (level.bit() << 1) - 1;
        let level = TraceEventType::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(word));
        bits |= match level {
            Some(level) => up_to(level),
            None if word.eq_ignore_ascii_case("All") => ALL,
            None => word.parse::<i64>().map_or(0, |number| {
                u32::try_from(number & i64::from(ALL)).unwrap_or_default()
            }),
        };
    }
    bits
}

#[cfg(test)]
mod tests;
