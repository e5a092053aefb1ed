//! Faults of servers, for tests of clients: answers that stall, break off, lie about their length, or come
//! byte by byte.
//!
//! In scope: what is done to the bytes of an answer that the program gives as ever. Out of scope: answers of
//! another content, which the program can give by itself.
//!
//! - `rules`: which answers are touched, and how
//! - `rewrite`: changes of a head
//! - `transport`: what stands between a connection and its transport

mod rewrite;
mod rules;
mod transport;

pub use self::rules::{Fault, Faults};

use std::sync::Arc;

use system_net_runtime::Transport;

use self::transport::{Control, FaultTransport};
use crate::interpose::{Interposed, Interposer};
use crate::listener::HttpListener;

impl HttpListener {
    /// Does harm to answers, as the rules say; `None`, the default, to none. It holds for connections
    /// accepted from now on. For tests of clients, over `http` and `https`.
    ///
    /// The faults are those of HTTP/1: while there are rules, be they empty, HTTP/2 is not spoken. Over TLS
    /// it is not offered; in clear text a client that begins with it is answered with 505.
    ///
    /// # Differences from .NET
    /// An addition.
    pub fn set_faults(&self, faults: Option<Faults>) {
        let interposer = faults.map(|faults| Arc::new(faults) as Arc<dyn Interposer>);
        self.shared().set_interposer(interposer);
    }
}

impl Interposer for Faults {
    fn wrap(&self, transport: Box<dyn Transport>) -> (Box<dyn Transport>, Arc<dyn Interposed>) {
        let control = Arc::new(Control::new(self.clone()));
        let wrapped = FaultTransport::new(transport, Arc::clone(&control));
        (Box::new(wrapped), control)
    }
}
