//! The memory that all connections of a thread read heads into: one that waits needs none.

use std::cell::RefCell;

/// How much one read asks for between requests.
const LENGTH: usize = 16 * 1024;

thread_local! {
    /// Made at the thread's first read.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Calls `read` with the thread's memory; what it holds before has no meaning.
#[inline]
pub(super) fn with_scratch<T>(read: impl FnOnce(&mut [u8]) -> T) -> T {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.is_empty() {
            scratch.resize(LENGTH, 0);
        }
        read(scratch)
    })
}
