//! Listeners: where traces are written to.

mod delimited;
mod file;
mod json_lines;
mod output;
mod standard;
mod text_writer;
mod types;
mod xml_writer;

use std::io;

use system_net_config::TraceListenerSettings;

pub use json_lines::JsonLinesTraceListener;
pub use output::TraceOutputOptions;
pub use standard::ConsoleTraceListener;
pub use text_writer::TextWriterTraceListener;

pub(crate) use standard::report;
pub(crate) use types::make;

use crate::TraceRecord;

/// Whoever hears traces. Called by one thread at a time.
///
/// What a listener does on this thread while it is called is not traced itself. It may wait for
/// other threads that are traced: their traces are kept for it, up to a number, and told when it is
/// done. It must not wait for one that calls [`flush`](crate::flush), which waits for it.
///
/// .NET: `System.Diagnostics.TraceListener`
#[doc(alias = "System.Diagnostics.TraceListener")]
pub trait TraceListener: Send {
    /// Hears a trace.
    ///
    /// # Errors
    /// If it cannot be written; the first such error of a listener is reported.
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()>;

    /// Writes out what is kept back; called after each trace where `autoflush` is `true`.
    ///
    /// # Errors
    /// If it cannot be written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a listener is made from.
#[derive(Clone, Copy, Debug)]
pub struct TraceListenerArguments<'a> {
    pub(crate) settings: &'a TraceListenerSettings,
    pub(crate) options: TraceOutputOptions,
    pub(crate) indent_size: u32,
}

impl<'a> TraceListenerArguments<'a> {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.settings.name
    }

    /// The attribute `initializeData`.
    #[must_use]
    pub fn initialize_data(&self) -> Option<&'a str> {
        self.settings.initialize_data.as_deref()
    }

    /// The attribute `traceOutputOptions`.
    #[must_use]
    pub const fn output_options(&self) -> TraceOutputOptions {
        self.options
    }

    /// How many blanks a level is indented by.
    #[must_use]
    pub const fn indent_size(&self) -> u32 {
        self.indent_size
    }
}

/// Makes listeners of a type of your own, registered in the context's
/// [`TypeRegistry`](system_net_config::TypeRegistry) under the name that files have.
///
/// # Examples
/// ```
/// use std::io;
/// use std::sync::Arc;
/// use system_net_config::{NetContext, TypeRegistry};
/// use system_net_diagnostics::{TraceListener, TraceListenerConstructor, TraceRecord};
///
/// struct Count(u64);
///
/// impl TraceListener for Count {
///     fn trace(&mut self, _: &TraceRecord<'_>) -> io::Result<()> {
///         self.0 += 1;
///         Ok(())
///     }
/// }
///
/// let context = NetContext::new();
/// let types = TypeRegistry::<TraceListenerConstructor>::of(&context);
/// types.register("Contoso.Count", Arc::new(|_| Ok(Box::new(Count(0)))));
/// ```
pub type TraceListenerConstructor =
    dyn Fn(&TraceListenerArguments<'_>) -> io::Result<Box<dyn TraceListener>> + Send + Sync;
