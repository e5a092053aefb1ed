//! A connection to a proxy, and a tunnel through it.
//!
//! Read: RFC 9110 section 9.3.6 (CONNECT), 11.7 (logins at proxies); RFC 9112 section 3.2.3.
//!
//! What a proxy answers to CONNECT is not the server's word: no other than 200 opens, nothing of a
//! refusal's body is shown, and neither its cookies nor its redirects count.

use std::borrow::Cow;
use std::future::poll_fn;
use std::task::{Poll, ready};

use system_net_http_proto::{BodyFraming, ClientConnection, ClientEvent, ProtoError, ResponseHead};
use system_net_primitives::{CookieCollection, HttpVersion};
use system_net_runtime::{Transport, timeout_at};
use system_net_uri::Uri;

use super::authentication::Login;
use super::body::Body;
use super::connection_login::{binding_of, interrupted};
use super::decoded_body::DecodedBody;
use super::exchange::{DRAIN_LIMIT, DRAIN_TIME, Exchange};
use super::head::PROXY_AUTHORIZATION;
use super::response::HttpWebResponse;
use super::round_trip::{Failure, flush, poll_head, trace_answer};
use super::route::{Route, Via};
use crate::DecompressionMethods;
use crate::blocking::deadline_after;
use crate::connection::Connection;
use crate::error::{Phase, WebError, WebExceptionStatus};

/// Fields of a refusal that are about a body nobody gets, or ask for what a proxy has no right to.
const NOT_SHOWN: [&str; 6] = [
    "Content-Encoding",
    "Content-Length",
    "Location",
    "Set-Cookie",
    "Set-Cookie2",
    "Transfer-Encoding",
];

impl Exchange {
    /// A connection to a proxy; if a tunnel is wanted, to the server at its other end.
    pub(super) async fn connect_over(
        &self,
        via: &Via,
        uri: &Uri,
        route: &Route,
    ) -> Result<Box<dyn Transport>, WebError> {
        if !via.tunnel {
            return self.connect_to_proxy(via, route).await;
        }
        let mut login = via.login.at_proxy();
        if let Some(credentials) = &via.credentials {
            let challenged = via.challenged("CONNECT", credentials);
            login.pre_authenticate(&challenged, false).await?;
            // Without TLS on the way to the proxy there is no channel to tie the login to.
            if login.authorization().is_none() && via.address.scheme() == "http" {
                login.pre_authenticate(&challenged, true).await?;
            }
        }
        loop {
            let transport = self.connect_to_proxy(via, route).await?;
            if let Some(tunnel) = self.open_tunnel(transport, via, &mut login).await? {
                return self.secure(tunnel, uri.host_address(), &route.group).await;
            }
        }
    }

    async fn connect_to_proxy(
        &self,
        via: &Via,
        route: &Route,
    ) -> Result<Box<dyn Transport>, WebError> {
        let tcp = self
            .connect_tcp(&via.address, &route.point, WebError::connect_to_proxy)
            .await?;
        match via.address.scheme() {
            "https" => {
                self.secure_proxy(tcp, via.address.host_address(), &route.group)
                    .await
            }
            _ => Ok(tcp),
        }
    }

    /// Asks for a tunnel. `None`: the proxy closes the connection, and there is an answer for the
    /// next one.
    async fn open_tunnel(
        &self,
        transport: Box<dyn Transport>,
        via: &Via,
        login: &mut Login,
    ) -> Result<Option<Box<dyn Transport>>, WebError> {
        let mut connection = Connection::new(transport, self.limits());
        loop {
            self.abort.set_phase(Phase::Connecting);
            self.write_connect(&mut connection.proto, via, login.authorization())
                .map_err(|error| Failure::proto(error).error)?;
            self.trace_head(connection.proto.output());
            self.tell_of_sent_head(connection.proto.output().len(), true);
            flush(&mut connection)
                .await
                .map_err(|failure| failure.error)?;
            self.abort.set_phase(Phase::ReadingHead);
            let received = poll_fn(|cx| poll_head(&mut connection, cx)).await;
            let head = received.map_err(|failure| failure.error)?;
            trace_answer(&connection.traced, &head);
            self.tell_of_received_head(&head, true);
            if head.status == 200 {
                if let Some(credentials) = &via.credentials {
                    login.accepted(&via.challenged("CONNECT", credentials))?;
                }
                return opened(connection).map(Some);
            }
            login.see_channel(binding_of(&connection));
            let answered = match &via.credentials {
                Some(credentials) if head.status == 407 => {
                    let challenged = via.challenged("CONNECT", credentials);
                    login.answer_aside(&head, &challenged).await?
                }
                _ => false,
            };
            if !answered {
                return Err(self.refused(head, via));
            }
            if !drained(&mut connection).await {
                if login.is_of_connection() {
                    return Err(interrupted());
                }
                return Ok(None);
            }
        }
    }

    fn write_connect(
        &self,
        proto: &mut ClientConnection,
        via: &Via,
        authorization: Option<&str>,
    ) -> Result<(), ProtoError> {
        let headers = &self.redirected_headers();
        proto.begin_request("CONNECT", &via.target, HttpVersion::VERSION11)?;
        if let Some(agent) = headers.get("User-Agent") {
            proto.write_header(b"User-Agent", agent.as_bytes())?;
        }
        proto.write_header(b"Host", via.target.as_bytes())?;
        let by_hand = headers.get(PROXY_AUTHORIZATION);
        if let Some(authorization) = authorization.or(by_hand.as_deref()) {
            proto.write_header(PROXY_AUTHORIZATION.as_bytes(), authorization.as_bytes())?;
        }
        proto.end_head()?;
        proto.end_body(None)
    }

    fn refused(&self, mut head: ResponseHead, via: &Via) -> WebError {
        let status = head.status;
        let what = format!(
            "the proxy refused a tunnel to {}: ({status}) {}",
            via.target,
            head.reason()
        );
        let error = |status| WebError::new(status, Phase::Connecting, what);
        match status {
            200..300 => return error(WebExceptionStatus::ServerProtocolViolation),
            403 => return error(WebExceptionStatus::RequestProhibitedByProxy),
            _ => {}
        }
        for name in NOT_SHOWN {
            head.headers.remove_engine(name);
        }
        head.framing = BodyFraming::None;
        let body = Body::empty(self.abort.clone());
        let limits = self.properties.decompression_limits;
        let body = match DecodedBody::new(body, &mut head, DecompressionMethods::NONE, limits) {
            Ok(body) => body,
            Err(error) => return error,
        };
        let response = HttpWebResponse::new(
            head,
            Cow::Borrowed("CONNECT"),
            via.address.clone(),
            self.properties.read_write_timeout,
            CookieCollection::default(),
            None,
            body,
        );
        error(WebExceptionStatus::ProtocolError).with_response(response.into())
    }
}

/// The tunnel, of which nothing has been read: the other end waits for us to speak.
fn opened(connection: Connection) -> Result<Box<dyn Transport>, WebError> {
    let (transport, unasked) = connection.into_transport();
    if unasked.is_empty() {
        return Ok(transport);
    }
    Err(WebError::new(
        WebExceptionStatus::ServerProtocolViolation,
        Phase::Connecting,
        "the proxy sent bytes through the tunnel before it was asked for any",
    ))
}

/// Reads what is left of a refusal. True: the connection can take the next request.
pub(super) async fn drained(connection: &mut Connection) -> bool {
    let mut read = 0;
    let rest = poll_fn(|cx| {
        loop {
            let length = connection.proto.body().len();
            connection.proto.consume_body(length);
            read += length;
            if read > DRAIN_LIMIT {
                return Poll::Ready(false);
            }
            match ready!(connection.poll_event(cx)) {
                Ok(ClientEvent::End) => return Poll::Ready(connection.can_reuse()),
                Ok(_) => {}
                Err(_) => return Poll::Ready(false),
            }
        }
    });
    timeout_at(deadline_after(DRAIN_TIME), rest)
        .await
        .unwrap_or(false)
}
