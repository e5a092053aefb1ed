//! One binary for what the crate promises at its boundary.
//!
//! - broken_files: the errors of files that people broke, in words, and what to do
//! - check: all errors of a file, what is said about each
//! - compiled_out: what is left of traces without the feature `trace`
//! - context: slots, clocks, the global context in processes of its own
//! - corpus: what a fuzz run found, read again; `fuzz_configuration` is the body of the fuzz target
//! - document: what is refused as XML, and where errors are said to be
//! - editor: files that are changed, and that all else in them stays
//! - editor_properties: the same of files of all shapes
//! - files: what may be read as a file, and in which encodings
//! - guide: the listings of the guide, as they stand there
//! - origins: where each value comes from
//! - repeated: elements and sections that a file gives twice
//! - said: what errors, warnings and `Debug` show of files: no passwords, no long texts
//! - save: files that others write too, links, rights, what is left behind
//! - samples: every file of `config-samples` that this crate reads
//! - schema: each attribute is read, and acts or is reported; the page of the documentation
//! - sections: each element and attribute, one file over another
//! - security_notes: safety that is asked for and not given, told without traces
//! - traces_in_vain: traces that a file asks for and that reach nobody
//! - types: names of types and what is registered under them
//! - uri_section: the section `uri`, its elements, files over one another, that it is read once
//! - values: values refused or taken in several forms, and what of a file is not for us
//! - without_effect: which settings nothing acts on yet, in docs and in what files are told

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod broken_files;
mod check;
mod compiled_out;
mod context;
mod corpus;
mod document;
mod editor;
mod editor_properties;
mod files;
mod fuzz_configuration;
mod guide;
mod origins;
mod repeated;
mod said;
mod samples;
mod save;
mod schema;
mod sections;
mod security_notes;
#[cfg(feature = "trace")]
mod traces_in_vain;
mod types;
mod uri_section;
mod values;
mod without_effect;
