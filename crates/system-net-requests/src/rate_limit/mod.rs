//! Streams whose bytes are limited in a second. The limit itself is the runtime's.

mod limited;
#[cfg(test)]
mod tests;

pub use system_net_runtime::RateLimit;

pub(crate) use limited::{limited_sink, limited_source};
