//! Logins that belong to a connection (NTLM, Negotiate): all messages of one go over the same
//! connection, and once it is logged in, nobody else's request does.
//!
//! Connections of different users are kept apart by the pool: each user's are a group of their own
//! (`GroupKey::owner`), which a request turns to as soon as a server asks for such a login. Whoever
//! says [`unsafe_authenticated_connection_sharing`] stays where it is.
//!
//! [`unsafe_authenticated_connection_sharing`]: crate::HttpWebRequest::unsafe_authenticated_connection_sharing

use system_net_http_proto::ResponseHead;
use system_net_security::authentication::{AuthenticationLevel, Update};
use system_net_security::extended_protection::{
    ChannelBinding, ChannelBindingKind, TransportContext,
};
use system_net_security::mechanism::LogonError;

use super::carrier::Carrier;
use super::exchange::{Exchange, RequestBody, Verdict};
use super::proven_body::{Awaited, Prover};
use super::tunnel::drained;
use crate::connection::Connection;
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::service_point::Owner;
use crate::trace;

/// How often a login may begin anew because its connection was lost between two messages.
const RESTARTS: u32 = 2;

impl Exchange {
    /// Looks at a response before it is judged: what it says of the login its request carried.
    pub(super) fn note_login(
        &mut self,
        carrier: &mut Carrier,
        head: &ResponseHead,
    ) -> Result<(), WebError> {
        self.awaited.clear();
        // HTTP/2 has no logins of connections: a request that needs one turns to HTTP/1.1.
        if let Carrier::Http1(lease) = carrier {
            let connection = lease.connection();
            self.see_channel(connection, head);
            if !matches!(head.status, 401 | 407) && self.login_is_of_connection() {
                connection.logged_in = true;
            }
            if head.status == 401 && self.login.authorization().is_none() {
                // The server wants another login than the connection has.
                connection.logged_in = false;
            }
        }
        if head.status != 407 && self.way().authorization().is_some() {
            let mut update = Update::Unchanged;
            self.with_proxy_login(|login, challenged| {
                update = login.update(head, challenged)?;
                Ok(true)
            })?;
            self.note_update(update, Prover::Proxy)?;
        }
        if head.status != 401 && self.login.may_be_told_by(head) {
            let mut update = Update::Unchanged;
            self.with_login(|login, challenged| {
                update = login.update(head, challenged)?;
                Ok(true)
            })?;
            self.note_update(update, Prover::Server)?;
        }
        Ok(())
    }

    fn note_update(&mut self, update: Update, by: Prover) -> Result<(), WebError> {
        match update {
            Update::MutuallyAuthenticated => self.mutually_authenticated |= by == Prover::Server,
            Update::OverBody(proof) => self.awaited.push(Awaited {
                proof,
                by,
                demanded: false,
            }),
            Update::Failed(error) => {
                return Err(wrong_part(by.name(), Phase::ReadingHead, error));
            }
            _ => {}
        }
        Ok(())
    }

    /// Shows a login that is about to be made the channel it is made through. That of a proxy that
    /// passes requests on is not the server's.
    fn see_channel(&mut self, connection: &Connection, head: &ResponseHead) {
        let route = self.route.as_mut();
        let via = route.and_then(|route| route.via.as_deref_mut());
        match (head.status, via.filter(|via| !via.tunnel)) {
            (407, Some(via)) => via.login.see_channel(binding_of(connection)),
            (401, None) => self.login.see_channel(binding_of(connection)),
            _ => {}
        }
    }

    /// What to do with an answer to a 401 or 407.
    pub(super) fn log_in(&mut self) -> Result<Verdict, WebError> {
        // A request stream had a route of its own.
        self.choose_route()?;
        Ok(self.log_in_by_route())
    }

    fn log_in_by_route(&mut self) -> Verdict {
        if !self.login_is_of_connection() {
            return Verdict::Again;
        }
        // A login of several requests is never sent behind others.
        self.alone = true;
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        let binds =
            self.login.binds_connection() || via.is_some_and(|via| via.login.binds_connection());
        if !binds || self.properties.unsafe_authenticated_connection_sharing {
            return Verdict::AgainHere;
        }
        let owner = self.connection_owner().map_or(Owner::Nobody, Owner::User);
        let Some(route) = self.route.as_mut() else {
            return Verdict::Again;
        };
        if owner != Owner::Nobody && route.group.owner == owner {
            return Verdict::AgainHere;
        }
        route.group.owner = owner;
        route.point.asks_for_connection_logins();
        // The login begins on a connection of the user's own, or finds one that is logged in.
        Verdict::AgainAsOwn
    }

    /// Whose connections the request may use, as a number that no other user has. `None` without
    /// credentials.
    pub(super) fn connection_owner(&self) -> Option<u64> {
        let credentials = match self.redirected.as_deref() {
            Some(target) => target.credentials.as_deref(),
            None => self.properties.credentials.as_deref(),
        };
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        let own =
            credentials.map(|credentials| self.login.owner(self.uri(), Some(credentials), None));
        let proxys = via.and_then(|via| {
            let credentials = via.credentials.as_deref()?;
            Some(via.login.owner(&via.address, Some(credentials), None))
        });
        match (own, proxys) {
            (None, None) => None,
            (own, proxys) => {
                let number = |owner: Option<Result<u64, WebError>>| {
                    owner.and_then(Result::ok).unwrap_or_default()
                };
                Some(number(own) ^ number(proxys).rotate_left(32))
            }
        }
    }

    /// Whether there is anybody to log in.
    pub(super) fn may_log_in(&self) -> bool {
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        self.properties.credentials.is_some() || via.is_some_and(|via| via.credentials.is_some())
    }

    /// A connection was found for the request: whether its login is still to be sent on it.
    pub(super) fn found_connection(&mut self, connection: &Connection) {
        if !self.login_is_of_connection() {
            return;
        }
        // The login is tied to the channel it was begun for.
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        let login = match via {
            Some(via) if !via.tunnel => &via.login,
            _ => &self.login,
        };
        if connection.logged_in || !login.is_for(binding_of(connection).as_ref()) {
            self.forget_logins();
        }
    }

    fn forget_logins(&mut self) {
        self.login.forget();
        let via = self
            .route
            .as_mut()
            .and_then(|route| route.via.as_deref_mut());
        if let Some(via) = via {
            via.login.forget();
        }
    }

    /// `MutualAuthRequired`: a server that has not proved who it is gets no further, unless its proof
    /// waits for the body: the read fails then that finds none.
    pub(super) fn demand_mutual_login(&mut self) -> Result<(), WebError> {
        let extras = self.properties.extras.as_deref();
        let level = extras.map_or_else(AuthenticationLevel::default, |extras| {
            extras.authentication_level
        });
        if level != AuthenticationLevel::MutualAuthRequired || self.mutually_authenticated {
            return Ok(());
        }
        let mut awaited = self.awaited.iter_mut();
        match awaited.find(|awaited| awaited.by == Prover::Server) {
            Some(awaited) => awaited.demanded = true,
            None => return Err(unproven(Phase::Deciding)),
        }
        Ok(())
    }

    /// Keeps the connection of a response that asks for the next message of a login. Where that
    /// cannot be done, the login begins anew.
    pub(super) async fn keep(&mut self, carrier: Carrier) -> Result<(), WebError> {
        if let Carrier::Http1(mut lease) = carrier
            && drained(lease.connection()).await
        {
            self.held = Some(lease);
            return Ok(());
        }
        if self.login_begins() {
            // Nothing of it was said over the connection that is closed.
            return Ok(());
        }
        self.login_was_interrupted()
    }

    /// Makes the connection of a response that asks for a login the user's own, for the login to
    /// begin on it, as .NET does. Where that cannot be done, the user's group has or opens another.
    pub(super) async fn keep_as_own(&mut self, carrier: Carrier) {
        let Carrier::Http1(mut lease) = carrier else {
            return;
        };
        if !drained(lease.connection()).await {
            return;
        }
        let own = self.route.as_ref();
        if own.is_some_and(|route| lease.give_to_owner(&route.point, &route.group)) {
            self.held = Some(lease);
        } else {
            lease.give_back();
        }
    }

    /// The connection was lost between two messages of a login.
    pub(super) fn login_was_interrupted(&mut self) -> Result<(), WebError> {
        self.count_restart()?;
        self.forget_logins();
        Ok(())
    }

    /// A login is begun anew, or its first message sent anew: not for ever.
    pub(super) fn count_restart(&mut self) -> Result<(), WebError> {
        self.login_restarts += 1;
        match self.login_restarts > RESTARTS {
            true => Err(interrupted()),
            false => Ok(()),
        }
    }

    /// Whether nothing of a login was said yet but its first message.
    pub(super) fn login_begins(&self) -> bool {
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        self.login.begins() && via.is_none_or(|via| via.login.begins())
    }

    /// Whether a login is between its messages on a connection of its own, so that it cannot go on
    /// elsewhere.
    pub(super) fn login_is_of_connection(&self) -> bool {
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        self.login.is_of_connection() || via.is_some_and(|via| via.login.is_of_connection())
    }

    /// Whether another message of a login follows on the one that is sent now.
    pub(super) fn login_goes_on(&self) -> bool {
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        self.login.goes_on() || via.is_some_and(|via| via.login.goes_on())
    }

    /// Whether the message of a login that is sent now is sure to be answered by a challenge: the body
    /// need not go with it.
    pub(super) fn awaits_challenge(&self) -> bool {
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        self.login.awaits_challenge() || via.is_some_and(|via| via.login.awaits_challenge())
    }

    /// A response that lets a request in whose body was kept back for the challenge that was sure to
    /// come: the server wants no login. As curl, the request goes out again, whole.
    pub(super) fn owes_the_body(&self, head: &ResponseHead) -> bool {
        let has_body = match &self.body {
            RequestBody::Buffered(body) => !body.is_empty(),
            body => matches!(body, RequestBody::Waiting),
        };
        has_body && head.status < 300 && self.awaits_challenge()
    }

    /// A response is handed out that refuses the login: its connection is nobody's.
    pub(super) fn retire_after_refusal(&self, carrier: &mut Carrier, head: &ResponseHead) {
        let refused = matches!(head.status, 401 | 407) && self.alone;
        if let Carrier::Http1(lease) = carrier
            && refused
            && !lease.connection().logged_in
        {
            trace::request(&self.properties.traced).note(format_args!(
                "The login was refused; its connection is closed."
            ));
            lease.connection().retire();
        }
    }
}

/// There is no proof where one is demanded.
pub(super) fn unproven(phase: Phase) -> WebError {
    WebError::new(
        WebExceptionStatus::ProtocolError,
        phase,
        "the server did not prove who it is by the login, and the request demands it \
         (MutualAuthRequired)",
    )
}

pub(super) fn wrong_part(whose: &str, phase: Phase, error: LogonError) -> WebError {
    let message = format!("the {whose}'s part of the login is wrong: {error}");
    let status = WebExceptionStatus::ServerProtocolViolation;
    WebError::new(status, phase, message).with_source(error)
}

pub(super) fn interrupted() -> WebError {
    WebError::new(
        WebExceptionStatus::ConnectionClosed,
        Phase::Sending,
        "the server closes the connection between the messages of a login that belongs to the \
         connection (NTLM, Negotiate); it must keep connections alive",
    )
}

/// The value of a connection's channel that logins are tied to.
pub(super) fn binding_of(connection: &Connection) -> Option<ChannelBinding> {
    let context = TransportContext::of(connection.tls()?);
    let binding = context.get_channel_binding(ChannelBindingKind::Endpoint);
    binding.unwrap_or_default()
}
