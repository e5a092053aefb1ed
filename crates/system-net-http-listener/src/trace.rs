//! The trace source of the listener.

/// .NET's name of the source.
pub(crate) const TARGET: &str = "System.Net.HttpListener";
