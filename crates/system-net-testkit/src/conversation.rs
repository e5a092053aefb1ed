//! One connection in the hands of a closure: what a script cannot foresee.

use std::time::Duration;

use crate::connection::{Connection, Stop};
use crate::{RecordedRequest, Signal, TlsIdentity};

/// One accepted connection; reads are recorded as those of scripts are.
pub struct Conversation<'a> {
    connection: &'a mut Connection,
    stop: &'a Signal,
}

/// The conversation is over: the client closed, the connection broke, or the peer closed it. Pass
/// it on with `?`; the peer records why.
#[derive(Debug)]
pub struct Interrupted(Stop);

impl From<Stop> for Interrupted {
    fn from(stop: Stop) -> Self {
        Self(stop)
    }
}

impl Conversation<'_> {
    /// The number of the connection, from 0 in the order of acceptance.
    pub fn connection_index(&self) -> usize {
        self.connection.index()
    }

    /// Waits for bytes and shows them without taking them; empty when the client closed.
    ///
    /// # Errors
    ///
    /// As all methods: when the conversation is over.
    pub fn peek(&mut self) -> Result<&[u8], Interrupted> {
        Ok(self.connection.peek()?)
    }

    /// Reads exactly so many bytes.
    pub fn take(&mut self, length: usize) -> Result<Vec<u8>, Interrupted> {
        Ok(self.connection.take(length)?)
    }

    /// Reads one request head; the client's close ends the conversation.
    pub fn head(&mut self) -> Result<RecordedRequest, Interrupted> {
        Ok(self.connection.read_head()?.ok_or(Stop::ClientClosed)?)
    }

    /// Reads the body as `head` frames it; `None` when it frames none.
    pub fn body(&mut self, head: &RecordedRequest) -> Result<Option<Vec<u8>>, Interrupted> {
        Ok(self.connection.read_framed(head)?)
    }

    /// Sends these bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Interrupted> {
        Ok(self.connection.send(bytes.as_ref())?)
    }

    /// Does a TLS handshake as server; what follows is encrypted.
    pub fn start_tls(&mut self, identity: &TlsIdentity) -> Result<(), Interrupted> {
        Ok(self.connection.start_tls(identity)?)
    }

    /// Waits; ends early when the peer is dropped.
    pub fn pause(&mut self, time: Duration) -> Result<(), Interrupted> {
        if self.stop.wait(time) {
            Err(Stop::Closed.into())
        } else {
            Ok(())
        }
    }

    /// Reads and records until the client closes, and says nothing.
    pub fn stall(&mut self) -> Result<(), Interrupted> {
        Ok(self.connection.read_to_end()?)
    }

    /// Closes the connection in order; the conversation is over.
    pub fn close(&mut self) -> Result<(), Interrupted> {
        Err(self.connection.close().into())
    }

    /// Closes with a TCP reset; the conversation is over.
    pub fn reset(&mut self) -> Result<(), Interrupted> {
        Err(self.connection.reset().into())
    }
}

pub(crate) fn run(
    connection: &mut Connection,
    stop: &Signal,
    talk: &(dyn Fn(&mut Conversation<'_>) -> Result<(), Interrupted> + Send + Sync),
) -> Stop {
    let mut conversation = Conversation { connection, stop };
    match talk(&mut conversation).and_then(|()| conversation.stall()) {
        Err(Interrupted(stop)) => stop,
        Ok(()) => Stop::ClientClosed,
    }
}
