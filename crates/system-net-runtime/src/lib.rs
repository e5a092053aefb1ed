//! What drives the futures of `system-net`: one implementation of every exchange, awaited on a
//! tokio runtime or run to its end by the calling thread itself.
//!
//! - [`block_on`] drives a future on the caller's thread and waits in `poll(2)`. It enters no
//!   runtime, so it works without one, inside one, in destructors and on any thread.
//! - [`TcpTransport`] and [`TcpAcceptor`] are sockets that wait wherever they are polled: in
//!   `poll(2)` under [`block_on`], on the reactor of the caller's tokio runtime, or on the
//!   [`background`] runtime's when the caller has none. They move by themselves, idle or busy.
//!   [`UnixTransport`] is the same for Unix sockets.
//!   [`Watched`] is the mechanism, for other kinds of sockets; [`SharedWatch`] for those that
//!   many tasks use at once.
//! - [`unblock`] takes work that blocks to a thread for it, unless the caller's own may block.
//! - [`Timer`] and [`timeout_at`] follow the same rule for deadlines.
//! - [`RateLimit`] limits how many bytes streams carry in a second.
//! - [`Transport`] is the trait on which TCP, TLS and proxy tunnels stack.
//! - [`begin`] runs a future as a Begin/End operation on the background runtime, [`begin_as`] one
//!   that knows who began it; [`begin_operation`] one that gives something back when it is
//!   cancelled.
//!
//! In scope: driving and waiting. Out of scope: names and addresses (`system-net-sockets`),
//! TLS (`system-net-security`), pools and protocols (`system-net-requests`).
//!
//! # Requirements on a tokio runtime of the caller
//! It needs both drivers (`enable_all`); tokio itself panics when a socket or a timer meets a
//! runtime that was built without. Under [`block_on`] neither is needed.
//!
//! # Example
//! ```
//! use std::io::{Read, Write};
//! use system_net_runtime::{TcpOptions, TcpTransport, block_on};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//! let server = std::thread::spawn(move || -> std::io::Result<()> {
//!     let (mut peer, _) = listener.accept()?;
//!     let mut text = [0; 4];
//!     peer.read_exact(&mut text)?;
//!     peer.write_all(&text)
//! });
//! let answer = block_on(async {
//!     let mut transport = TcpTransport::connect(address, &TcpOptions::default()).await?;
//!     transport.write_all(b"ping").await?;
//!     let mut answer = [0; 4];
//!     transport.read_exact(&mut answer).await?;
//!     Ok::<_, std::io::Error>(answer)
//! })?;
//! assert_eq!(&answer, b"ping");
//! # server.join().unwrap()?;
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    not(unix),
    allow(unused, reason = "the crate stops with its own message there")
)]

#[cfg(not(unix))]
compile_error!("system-net-runtime waits in poll(2) and needs a Unix system");

mod background;
mod begin;
mod executor;
mod rate_limit;
mod reactor;
mod shared_watch;
mod signal;
mod tcp;
mod timer;
mod transport;
mod unix_transport;
mod watched;

pub use background::{background, on_background, try_background, unblock};
pub use begin::{Operation, begin, begin_as, begin_completed, begin_operation};
pub use executor::{block_on, is_driving};
pub use rate_limit::RateLimit;
pub use shared_watch::{SharedWatch, Waiter, try_once};
pub use tcp::{TcpAcceptor, TcpKeepAlive, TcpOptions, TcpTransport};
pub use timer::{Elapsed, Timer, sleep_until, timeout_at};
pub use transport::{Kill, Killer, TlsInfo, Transport};
pub use unix_transport::UnixTransport;
pub use watched::{Direction, Hangup, Progress, Watchable, Watched};
