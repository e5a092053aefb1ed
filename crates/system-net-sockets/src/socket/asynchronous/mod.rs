//! The asynchronous calls of a socket, for any executor.
//!
//! Each tries at once and waits only if it must: on the reactor of the tokio runtime around the
//! caller, in `poll(2)` under `system_net_runtime::block_on`, or on the background runtime's
//! reactor elsewhere. Any number of tasks, of any number of runtimes, may wait for one socket.
//!
//! Dropping a future ends its operation. What an operation has done it reports at once, so that
//! no bytes and no connection are lost with a future that was still pending. Sends of a stream
//! do not mix their bytes: they wait for each other. Which of several pending receives gets the
//! next bytes is not specified.
//!
//! As in .NET, [`receive_timeout`](super::Socket::receive_timeout) and
//! [`send_timeout`](super::Socket::send_timeout) do not concern these calls: put
//! `system_net_runtime::timeout_at` or `tokio::time::timeout` around them.

mod accept;
mod connect;
mod files;
mod transfer;
