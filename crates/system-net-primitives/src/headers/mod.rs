//! HTTP header fields: the collection, its rules, and the enumerations of usual names.

mod collection;
mod known;
mod names;
mod rules;

pub use collection::WebHeaderCollection;
pub use known::HeaderSet;
pub use names::{HttpRequestHeader, HttpResponseHeader};
