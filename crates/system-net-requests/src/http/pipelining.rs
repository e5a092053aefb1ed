//! Which requests may go out behind others on a busy connection (RFC 9112 section 9.3.2), and what
//! they are then.

use std::task::Context;

use system_net_http_proto::{ClientConnection, PreparedRequest};
use system_net_primitives::{AccessStack, HttpVersion};

use super::exchange::{Exchange, RequestBody};
use super::round_trip::{Failure, flush_some};
use crate::connection::Connection;
use crate::error::Phase;
use crate::service_point::{Lease, Owner};
use crate::trace;

/// Headers that make something else of a connection, or wait for an answer before the request ends.
const NOT_BEHIND: [&str; 3] = ["Connection", "Upgrade", "Expect"];

impl Exchange {
    /// Whether the request may go out behind others, and others behind it: it changes nothing, has no
    /// body, and leaves the connection as it is.
    pub(super) fn may_pipeline(&self) -> bool {
        let properties = &*self.properties;
        properties.pipelined
            && properties.keep_alive
            // Whether the connection is allowed in this scope has to be known before the head goes out.
            && AccessStack::current().is_empty()
            && !self.alone
            && properties.protocol_version >= HttpVersion::VERSION11
            && matches!(self.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
            && matches!(self.body, RequestBody::None)
            && !properties.send_chunked
            && properties.content_length.is_none_or(|length| length == 0)
            && self.headers_allow_it()
            && !self.login.is_of_connection()
            && self.route.as_ref().is_some_and(|route| {
                let login = route.via.as_deref().map(|via| &via.login);
                route.point.supports_pipelining()
                    && route.group.owner == Owner::Nobody
                    && !login.is_some_and(|login| login.is_of_connection())
            })
    }

    fn headers_allow_it(&self) -> bool {
        let headers = self.redirected_headers();
        headers.is_empty()
            || !NOT_BEHIND.iter().any(|name| headers.contains(name))
                && !["Authorization", "Proxy-Authorization"].iter().any(|name| {
                    headers
                        .get(name)
                        .is_some_and(|value| is_login_of_connection(&value))
                })
    }

    /// The request as it goes out behind others. `None`: it cannot be written, which is said when it
    /// is sent by itself.
    pub(super) fn prepared(&self) -> Option<PreparedRequest> {
        let mut draft = ClientConnection::new(self.limits());
        let cookie = self.cookie_field();
        self.head(cookie.as_deref(), None, false, false)
            .write(&mut draft)
            .ok()?;
        draft.into_prepared().ok()
    }

    /// The connection whose next response is this request's, which is out on it.
    pub(super) fn take_turn(&self, connection: &mut Connection, sent: Option<&PreparedRequest>) {
        self.abort.set_phase(Phase::Sending);
        connection.requests += 1;
        connection.proto.set_limits(self.limits());
        connection
            .continue_delegate
            .clone_from(&self.properties.continue_delegate);
        if let Some(sent) = sent {
            self.trace_head(sent.as_bytes());
            self.tell_of_sent_head(sent.as_bytes().len(), false);
        }
    }

    /// Whether a request that was behind others is to be sent again, by itself: it got no answer
    /// there, and it is one that changes nothing.
    pub(super) fn goes_alone(&mut self, was_behind: bool, failure: &Failure) -> bool {
        if !was_behind || self.abort.is_aborted() {
            return false;
        }
        self.alone = true;
        trace::request(&self.properties.traced).note(format_args!(
            "The request was sent behind another and got no answer ({}); sending again.",
            failure.error
        ));
        true
    }
}

/// Whether whoever waits for the head of a response sends along what waits for a connection.
pub(super) enum TakesAlong {
    Nobody,
    /// It has just done so: when it is woken.
    Later,
    Now,
}

impl TakesAlong {
    /// Of a request that was sent just now, or that is out behind others.
    pub(super) fn of(pipelines: bool, is_behind: bool) -> Self {
        match (pipelines, is_behind) {
            (_, true) => Self::Now,
            (true, false) => Self::Later,
            (false, false) => Self::Nobody,
        }
    }

    /// Before a wait for the head: takes along who waits, and writes out what there is to write.
    pub(super) fn before_wait(&mut self, lease: &mut Lease, cx: &mut Context<'_>) {
        match self {
            Self::Nobody => return,
            Self::Later => {
                *self = Self::Now;
                return;
            }
            Self::Now => {}
        }
        // With a part of the response there is no wait.
        if !lease.connection().proto.has_input() {
            lease.take_along(cx);
            flush_some(lease.connection(), cx);
        }
    }
}

/// Schemes that log a connection in, and not a request.
fn is_login_of_connection(value: &str) -> bool {
    let scheme = value.split(' ').next().unwrap_or_default();
    ["NTLM", "Negotiate", "Kerberos"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}
