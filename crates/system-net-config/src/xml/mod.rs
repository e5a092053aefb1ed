//! Configuration files in the XML form of .NET.
//!
//! A file is read in three steps, each in its own module: bytes to text ([`source`]), text to a
//! small tree with positions ([`document`]), tree to settings (`sections`, one file for each
//! section). What a file says later, or a later file says, wins element by element.
//!
//! Files are trusted no further than needed: no document type declarations and so no entities
//! but the five of XML, no more than [`MAX_SIZE`] bytes, [`MAX_DEPTH`] levels, [`MAX_ELEMENTS`]
//! elements and [`MAX_ATTRIBUTES`] attributes of one element.

mod configuration;
mod context;
mod document;
mod error;
mod report;
mod sections;
mod source;
mod value;
mod warning;

pub use configuration::Configuration;
pub use error::{ConfigurationError, ConfigurationErrorKind};
pub use warning::{ConfigurationWarning, ConfigurationWarningKind};

pub(crate) use context::global;

/// The greatest size of a file in bytes: 4 MiB.
pub const MAX_SIZE: usize = 4 << 20;
/// How deep elements may be nested.
pub const MAX_DEPTH: usize = 64;
/// How many elements a file may have.
pub const MAX_ELEMENTS: usize = 100_000;
/// How many attributes an element may have.
pub const MAX_ATTRIBUTES: usize = 256;
