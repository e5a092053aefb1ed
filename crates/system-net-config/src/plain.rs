//! The global context where no files are read.

use crate::NetContext;

pub(crate) fn global() -> NetContext {
    NetContext::new()
}
