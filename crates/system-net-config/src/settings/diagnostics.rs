//! Traces: values of `<system.diagnostics>`.

use std::fmt;

use crate::shown;

/// Which traces are written, and where to. No type of .NET is public for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiagnosticsSettings {
    /// Sources with an entry of their own, one for each name.
    pub sources: Vec<TraceSourceSettings>,
    /// Switches, one for each name.
    pub switches: Vec<TraceSwitchSettings>,
    /// Listeners that sources name, to be applied to an empty list in order.
    pub shared_listeners: Vec<TraceListenerChange>,
    /// What holds for all traces.
    pub trace: TraceSettings,
}

/// One source of traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSourceSettings {
    /// The name. `System.Net.WebSockets.WebSocket` is kept as `System.Net.WebSockets`: the guide
    /// has both names for the one source.
    pub name: String,
    /// The name of its switch; `None` for a switch of the source's own name.
    pub switch_name: Option<String>,
    /// The level if no switch says otherwise.
    pub switch_value: Option<String>,
    /// Whether data are shown as numbers too; `IncludeHex`.
    pub trace_mode: TraceMode,
    /// How many bytes of data are shown; 1024.
    pub max_data_size: u32,
    /// Whether passwords, tokens and cookies are shown, which are masked otherwise; `false`.
    /// Whoever can read the traces can use them. Not of .NET.
    pub dangerously_show_secrets: bool,
    /// Changes of its listeners, to be applied in order to a list of which the one entry is
    /// `Default`.
    pub listeners: Vec<TraceListenerChange>,
}

impl TraceSourceSettings {
    /// A source of which nothing but the name is said.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            switch_name: None,
            switch_value: None,
            trace_mode: TraceMode::IncludeHex,
            max_data_size: 1024,
            dangerously_show_secrets: false,
            listeners: Vec::new(),
        }
    }
}

/// How data are shown in traces: the attribute `tracemode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TraceMode {
    /// As text and as hexadecimal numbers.
    #[default]
    IncludeHex,
    /// As text alone.
    ProtocolOnly,
}

/// One switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSwitchSettings {
    /// The name of the source it is for.
    pub name: String,
    /// A level, as `Verbose`, or a number. Switches of other products may have other values.
    pub value: String,
}

/// One change of a list of listeners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceListenerChange {
    /// Adds a listener; one without a type is the shared one of that name.
    Add(TraceListenerSettings),
    /// Takes a listener out.
    Remove {
        /// Its name.
        name: String,
    },
    /// Takes all listeners out.
    Clear,
}

/// One listener. Printed without the password of an address.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TraceListenerSettings {
    /// The name, for others to refer to.
    pub name: String,
    /// The name of its type; `None` stands for the shared listener of that name.
    pub type_name: Option<String>,
    /// What its constructor gets, for a text writer the name of a file.
    pub initialize_data: Option<String>,
    /// What is written beside the text, as `DateTime, ThreadId`.
    pub trace_output_options: Option<String>,
}

impl fmt::Debug for TraceListenerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceListenerSettings")
            .field("name", &self.name)
            .field("type_name", &self.type_name)
            .field(
                "initialize_data",
                &shown::masked_option(&self.initialize_data),
            )
            .field("trace_output_options", &self.trace_output_options)
            .finish()
    }
}

/// What holds for all traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceSettings {
    /// Whether each line is flushed; `false`.
    pub auto_flush: bool,
    /// How many blanks a level is indented by; 4.
    pub indent_size: u32,
    /// Whether listeners are locked by one lock; `true`.
    pub use_global_lock: bool,
    /// Changes of the listeners of all traces, as those of a source.
    pub listeners: Vec<TraceListenerChange>,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self {
            auto_flush: false,
            indent_size: 4,
            use_global_lock: true,
            listeners: Vec::new(),
        }
    }
}
