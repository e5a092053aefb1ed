//! What one emission says: as it is emitted, and as listeners get it.

use std::error::Error;
use std::fmt;

use crate::ObjectName;

/// What is emitted, still in the emitter's own values.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(feature = "trace"),
    allow(dead_code, reason = "nobody reads it then")
)]
pub(crate) enum What<'a> {
    Enter {
        method: &'static str,
        arguments: fmt::Arguments<'a>,
    },
    Exit {
        method: &'static str,
        value: fmt::Arguments<'a>,
    },
    Data {
        method: &'static str,
        data: &'a [u8],
    },
    Associate {
        with: ObjectName,
    },
    Information {
        method: &'static str,
        text: fmt::Arguments<'a>,
    },
    Note {
        text: fmt::Arguments<'a>,
    },
    Problem {
        method: &'static str,
        text: fmt::Arguments<'a>,
    },
    Exception {
        method: &'static str,
        error: &'a dyn Error,
    },
}
