//! Who waits for the sockets of pending contexts: a few threads, each with an `epoll` set.
//!
//! tokio's reactor is not used here. It keeps some 320 bytes per registered socket and wakes a
//! task, which polls, which tries; this engine keeps one slot per socket, tries the operation of
//! the context at the head of the queue itself, and calls its handler on the spot.
//!
//! Sockets are registered once, edge-triggered, for both directions. An operation is tried under
//! the lock of its queue, and its context is put into the queue under the same lock when it has
//! to wait; whoever hears of an event takes that lock too. So no event falls between.
//!
//! A socket that connects again has another descriptor. What is registered is the one it has at
//! that moment, not the one an operation was tried with; whoever exchanges it then ends the
//! registration of the old one and has the queues tried anew, and who leaves a context in a queue
//! sees that the socket is registered. So no context waits for a descriptor that is gone.

mod channel;
mod shard;
#[cfg(test)]
mod tests;

pub(crate) use channel::Channel;
pub(super) use channel::Direction;
pub(super) use shard::{Attempt, hand_over, may_try, register, retry};
