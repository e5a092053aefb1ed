//! From the type that a configuration file names to a listener.

use std::io;

use system_net_config::TypeRegistry;

use super::delimited::DelimitedList;
use super::file::{self, TraceFile};
use super::xml_writer::XmlWriter;
use super::{
    ConsoleTraceListener, JsonLinesTraceListener, TextWriterTraceListener, TraceListener,
    TraceListenerArguments, TraceListenerConstructor,
};

/// A listener, or why there is none.
pub(crate) type Made = Result<Box<dyn TraceListener>, String>;

/// The types that are there without being registered, all but the default listener.
const KNOWN: &[&str] = &[
    "System.Diagnostics.ConsoleTraceListener",
    "System.Diagnostics.DefaultTraceListener",
    "System.Diagnostics.DelimitedListTraceListener",
    "System.Diagnostics.TextWriterTraceListener",
    "System.Diagnostics.XmlWriterTraceListener",
    "SystemNet.Diagnostics.JsonLinesTraceListener",
    "SystemNet.Diagnostics.RollingFileTraceListener",
];

/// Makes a listener of that type, one that the program has registered before one of ours.
pub(crate) fn make(
    type_name: &str,
    arguments: &TraceListenerArguments<'_>,
    types: &TypeRegistry<TraceListenerConstructor>,
) -> Made {
    if let Ok(found) = types.resolve("add", type_name) {
        return (found.constructor)(arguments).map_err(|error| error.to_string());
    }
    let name = type_name.split(',').next().unwrap_or_default().trim();
    Ok(match name {
        "System.Diagnostics.ConsoleTraceListener" => {
            let use_error_stream = match arguments.initialize_data().map(str::trim) {
                None | Some("") => false,
                Some(text) if text.eq_ignore_ascii_case("true") => true,
                Some(text) if text.eq_ignore_ascii_case("false") => false,
                Some(text) => return Err(format!("initializeData `{text}` is no true or false")),
            };
            let listener = ConsoleTraceListener::with_use_error_stream(use_error_stream);
            Box::new(listener.with_arguments(arguments))
        }
        "System.Diagnostics.DefaultTraceListener" => {
            let listener = TextWriterTraceListener::new(io::stderr());
            Box::new(listener.with_arguments(arguments))
        }
        "System.Diagnostics.TextWriterTraceListener" => {
            let file = TraceFile::new(path(arguments)?);
            Box::new(TextWriterTraceListener::new(file).with_arguments(arguments))
        }
        "System.Diagnostics.DelimitedListTraceListener" => {
            Box::new(DelimitedList::new(path(arguments)?, arguments))
        }
        "System.Diagnostics.XmlWriterTraceListener" => Box::new(XmlWriter::new(path(arguments)?)),
        "System.Diagnostics.EventLogTraceListener" => {
            return Err("there is no event log of Windows here".to_owned());
        }
        "SystemNet.Diagnostics.JsonLinesTraceListener" => {
            let file = file::parse(path(arguments)?)?;
            Box::new(JsonLinesTraceListener::new(file))
        }
        "SystemNet.Diagnostics.RollingFileTraceListener" => {
            let file = file::parse(path(arguments)?)?;
            Box::new(TextWriterTraceListener::new(file).with_arguments(arguments))
        }
        _ => {
            let mut known: Vec<String> = types.names();
            known.extend(KNOWN.iter().map(|&name| name.to_owned()));
            return Err(format!(
                "no type `{type_name}` is registered; known are {}",
                known.join(", ")
            ));
        }
    })
}

fn path<'a>(arguments: &TraceListenerArguments<'a>) -> Result<&'a str, String> {
    arguments
        .initialize_data()
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .ok_or_else(|| "initializeData names no file".to_owned())
}
