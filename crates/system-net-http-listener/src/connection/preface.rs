//! A client that turns out to speak HTTP/2 in clear text.

use system_net_runtime::Transport;

use super::Connection;
use super::nowhere::Nowhere;
use crate::http2::is_preface;

/// A client that begins with HTTP/2 (prior knowledge, RFC 9113 section 3.3).
pub(crate) struct Preface {
    pub(crate) transport: Box<dyn Transport>,
    /// What was read of it.
    pub(crate) before: Vec<u8>,
}

impl Connection {
    /// The connection itself, if what could not be read as its first request is HTTP/2 in clear text.
    #[cold]
    pub(super) fn take_preface(&self) -> Option<Preface> {
        // On a shared port it is the eldest's, whoever accepted it.
        let eldest = self.end_point.port.eldest().map(|(_, run)| run);
        let http2 = eldest.as_ref().unwrap_or(&self.run).shared.http2();
        if self.tls.is_some() || !http2.enabled || !http2.clear_text || self.interposed.is_some() {
            return None;
        }
        let mut io = self.lock();
        let input = io.http.buffered();
        if io.number > 0 || !is_preface(input) {
            return None;
        }
        let before = input.to_vec();
        let transport = std::mem::replace(&mut io.transport, Box::new(Nowhere));
        Some(Preface { transport, before })
    }
}
