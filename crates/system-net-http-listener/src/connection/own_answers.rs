//! What the listener answers itself: to requests that no program gets to see, or that it left unanswered.

use std::sync::MutexGuard;

use system_net_http_proto::{BodyLength, ProtoError};
use system_net_primitives::{HttpStatusCode, HttpVersion, WebHeaderCollection};

use super::task::Next;
use super::{Connection, Head, Io, Phase};
use crate::access_log::Reason;
use crate::authentication::Field;
use crate::error::HttpListenerError;
use crate::router::INVALID_HOSTNAME;

impl Connection {
    /// Answers a request for which there is no prefix, or whose target is none of ours.
    pub(super) fn answer_unrouted(&self, status: u16) {
        let mut io = self.lock();
        let put = self.put_answer(&mut io, status, status == 404);
        io.phase = if put.is_ok() {
            Phase::Finished
        } else {
            Phase::Aborted
        };
    }

    /// Answers what could not be read as a request.
    pub(super) fn answer_bad(&self, error: &ProtoError) -> Next {
        let Some(status) = error.response_status() else {
            return Next::Drop;
        };
        let mut io = self.lock();
        match self.put_answer(&mut io, status, false) {
            Ok(()) => Next::Close,
            Err(_) => Next::Drop,
        }
    }

    /// Answers for a handler that did not.
    pub(super) fn answer_failed(&self) -> Next {
        let mut io = self.lock();
        if io.http.response_begun() {
            return Next::Drop;
        }
        // What the client did wrong within the body is its own fault.
        let status = match io.http.poll_event() {
            _ if io.body_read > self.body_limit => 413,
            Err(error) => error.response_status().unwrap_or(500),
            Ok(_) => 500,
        };
        match self.put_answer(&mut io, status, false) {
            Ok(()) => Next::Close,
            Err(_) => Next::Drop,
        }
    }

    /// Writes a whole answer of the listener's own.
    fn put_answer(
        &self,
        io: &mut Io,
        status: u16,
        keep_alive: bool,
    ) -> Result<(), HttpListenerError> {
        self.put_answer_with(io, status, "", keep_alive, &[])
    }

    /// Writes a whole answer of the listener's own, with further words in its body and further fields.
    fn put_answer_with(
        &self,
        io: &mut Io,
        status: u16,
        words: &str,
        keep_alive: bool,
        fields: &[Field],
    ) -> Result<(), HttpListenerError> {
        let reason = HttpStatusCode::new(status).description();
        let body = format!("{status} {reason}{words}\n");
        let mut headers = WebHeaderCollection::for_response();
        headers.push_raw(b"Content-Type", b"text/plain");
        for (name, value) in fields {
            headers.push_raw(name.as_bytes(), value.as_bytes());
        }
        io.http.cancel_head();
        let head = Head {
            status,
            reason,
            version: HttpVersion::VERSION11,
            headers: &headers,
            keep_alive,
            length: BodyLength::Fixed(body.len() as u64),
        };
        self.put_head(io, &head)?;
        if let Some(ledger) = &mut io.ledger {
            ledger.set_status(status, true);
        }
        io.http.send_body(body.as_bytes())?;
        io.http.end_body(None)?;
        Ok(())
    }

    /// Answers a request for a host that no prefix has. As with HTTP.sys the connection ends: who comes
    /// by another name has no business here.
    #[cold]
    pub(crate) fn answer_unknown_host(&self) {
        self.run.shared.trace().note(format_args!(
            "The listener answers {} with 400: no prefix has the host that it asks for.",
            self.remote
        ));
        let mut io = self.lock();
        if let Some(ledger) = &mut io.ledger {
            ledger.set_reason(Reason::Hostname);
        }
        let put = self.put_answer_with(&mut io, 400, INVALID_HOSTNAME, false, &[]);
        io.phase = if put.is_ok() {
            Phase::Finished
        } else {
            Phase::Aborted
        };
    }

    /// Answers a request that no program gets to see.
    pub(crate) fn refuse(&self, number: u64, status: u16) {
        self.refuse_with(number, status, false, &[]);
    }

    /// Asks the client to log in. The connection stays if `stay`, unless the client waits to be told
    /// to send its body, as whether it will is not known then, or sends one that is too long to be read
    /// to its end: a client that is not told finds the connection closed under its next request.
    pub(crate) fn ask(&self, number: u64, fields: &[Field], stay: bool) {
        let drained = self.run.shared.limits().drain_bytes;
        let ends =
            |io: MutexGuard<'_, Io>| io.http.awaits_continue() || io.http.unread_length() > drained;
        let stay = stay && !self.running(number).is_ok_and(ends);
        self.refuse_with(number, 401, stay, fields);
    }

    fn refuse_with(&self, number: u64, status: u16, stay: bool, fields: &[Field]) {
        let Ok(mut io) = self.running(number) else {
            return;
        };
        let phase = match self.put_answer_with(&mut io, status, "", stay, fields) {
            Ok(()) => Phase::Finished,
            Err(_) => Phase::Aborted,
        };
        self.leave_running(io, phase);
    }
}
