//! Configuration files in the XML form of .NET.
//!
//! A file is read in three steps, each in its own module: bytes to text ([`source`]), text to a
//! small tree with positions ([`document`]), tree to settings (`sections`, one file for each
//! section). What a file says later, or a later file says, wins element by element.
//!
//! Files are trusted no further than needed: no document type declarations and so no entities
//! but the five of XML, and limits for size, depth and number that [`Configuration`] names.

mod check;
mod configuration;
mod context;
mod document;
mod editor;
mod error;
mod hint;
mod origins;
mod patch;
mod repeated;
mod report;
mod save;
mod schema;
mod sections;
mod security_notes;
mod source;
mod syntax;
mod value;
mod warning;

pub use check::ConfigurationReport;
pub use configuration::Configuration;
pub use editor::ConfigurationEditor;
pub use error::{ConfigurationError, ConfigurationErrorKind};
pub use origins::ConfigurationValue;
pub use schema::{ConfigurationAttribute, ConfigurationEffect};
pub use warning::{ConfigurationWarning, ConfigurationWarningKind};

pub(crate) use context::global;
pub(crate) use security_notes::tell;

const MAX_SIZE: usize = Configuration::MAX_SIZE;
const MAX_DEPTH: usize = Configuration::MAX_DEPTH;
const MAX_ELEMENTS: usize = Configuration::MAX_ELEMENTS;
const MAX_ATTRIBUTES: usize = Configuration::MAX_ATTRIBUTES;
