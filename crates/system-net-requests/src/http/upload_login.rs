//! Logins of requests whose body is written once and not kept: they are made before it is begun.
//!
//! A server that is asked to continue (RFC 9110 section 10.1.1) asks for the login instead, and each
//! further message of the login goes before the body as well: those that are sure to be answered by a
//! challenge as requests without a body, the last one with the head of the body. So it is with a login
//! that goes along unasked, by `PreAuthenticate`, whether or not the server is asked to continue.

use system_net_http_proto::{BodyLength, ResponseHead};

use super::authentication::Login;
use super::carrier::Carrier;
use super::connection_login::binding_of;
use super::exchange::{Exchange, Verdict};
use super::http2_upload::OpenedForUpload;
use super::round_trip::trace_answer;
use crate::error::{Phase, WebError};
use crate::service_point::Lease;

/// A connection of HTTP/1 on which a body can be written.
pub(super) struct OpenedHttp1 {
    pub(super) lease: Lease,
    /// Else it goes out with the first bytes of the body.
    pub(super) head_is_out: bool,
    /// Whether the server still has to say that it wants the body.
    pub(super) waits_for_continue: bool,
    /// The response that came instead.
    pub(super) early: Option<ResponseHead>,
    /// The login that went with the head.
    pub(super) login: Option<Box<Login>>,
}

impl OpenedHttp1 {
    pub(super) fn new(lease: Lease, expects: bool) -> Self {
        Self {
            lease,
            head_is_out: expects,
            waits_for_continue: expects,
            early: None,
            login: None,
        }
    }
}

/// What a server said before the body.
enum Said {
    /// Nothing that counts: another try.
    Again,
    /// The answer to the request.
    Answered(Lease, ResponseHead),
}

impl Exchange {
    /// Connects, logs in as far as that can be done without the body, and writes the head.
    pub(super) async fn open_after_login(
        &mut self,
        length: BodyLength,
    ) -> Result<OpenedForUpload, WebError> {
        loop {
            let lease = match self.held.take() {
                Some(lease) => lease,
                None => self.connection(false).await?.0,
            };
            let Some(opened) = self.open_on(lease, length).await? else {
                continue;
            };
            let login = Some(Box::new(self.login.take()));
            return Ok(OpenedForUpload::Http1(OpenedHttp1 { login, ..opened }));
        }
    }

    /// The next step over this connection. `None`: there is another one.
    async fn open_on(
        &mut self,
        mut lease: Lease,
        length: BodyLength,
    ) -> Result<Option<OpenedHttp1>, WebError> {
        self.begin_login_on(&mut lease).await?;
        if self.awaits_challenge() {
            let answer = Box::pin(self.over_lease(lease, false, false)).await?;
            let Some((carrier, head)) = answer else {
                return Ok(None);
            };
            return self.said(carrier, head).await.map(answered);
        }
        let Some((mut lease, expects)) = self.begin_upload(lease, length).await? else {
            if self.login_is_of_connection() {
                self.login_was_interrupted()?;
            }
            return Ok(None);
        };
        if !expects {
            return Ok(Some(OpenedHttp1::new(lease, false)));
        }
        match self.await_continue(lease.connection()).await {
            Ok(None) => Ok(Some(OpenedHttp1 {
                waits_for_continue: false,
                ..OpenedHttp1::new(lease, true)
            })),
            Ok(Some(head)) => {
                let said = self.said(Carrier::Http1(lease), head).await;
                said.map(answered)
            }
            Err(failure) if self.is_stale(&failure, lease.connection()) => {
                if self.login_is_of_connection() {
                    self.login_was_interrupted()?;
                }
                Ok(None)
            }
            Err(failure) => Err(self.abort.explain(failure.error)),
        }
    }

    /// The login that belongs to the connection that was found, if it goes along unasked.
    async fn begin_login_on(&mut self, lease: &mut Lease) -> Result<(), WebError> {
        let connection = lease.connection();
        self.found_connection(connection);
        if !self.properties.pre_authenticate
            || self.login.authorization().is_some()
            || connection.logged_in
        {
            return Ok(());
        }
        let binding = binding_of(connection);
        let abort = self.abort_handle();
        Box::pin(abort.guard(self.pre_authenticate_connection(binding))).await
    }

    /// Looks at a response that came before the body.
    async fn said(&mut self, mut carrier: Carrier, head: ResponseHead) -> Result<Said, WebError> {
        self.abort.set_phase(Phase::Deciding);
        let needless = self.owes_the_body(&head);
        let asks = matches!(head.status, 401 | 407);
        // A login by hand that was refused is not made again by the credentials.
        let by_hand = self.redirected_headers().get("Authorization").is_some();
        let goes_on = match asks {
            true if by_hand && head.status == 401 => false,
            true => {
                self.note_login(&mut carrier, &head)?;
                let abort = self.abort_handle();
                Box::pin(abort.guard(self.answer_challenge(&head))).await?
            }
            false => needless,
        };
        if !goes_on {
            return Ok(match carrier {
                Carrier::Http1(lease) => Said::Answered(lease, head),
                // Only connections of HTTP/1 come here.
                Carrier::Http2(_) => Said::Again,
            });
        }
        trace_answer(carrier.traced(), &head);
        self.tell_of_received_head(&head, false);
        self.note_version(&mut carrier, &head);
        if needless {
            self.note_login(&mut carrier, &head)?;
            self.login_was_interrupted()?;
            Box::pin(self.keep(carrier)).await?;
            return Ok(Said::Again);
        }
        match self.log_in()? {
            Verdict::AgainHere => Box::pin(self.keep(carrier)).await?,
            Verdict::AgainAsOwn => Box::pin(self.keep_as_own(carrier)).await,
            // The server may still wait for the body it has refused.
            _ => drop(carrier),
        }
        Ok(Said::Again)
    }

    /// What the error of a 401 or 407 adds where the body could not be sent once more.
    pub(super) fn why_no_login(&self, head: &ResponseHead) -> &'static str {
        let asks = matches!(head.status, 401 | 407);
        if !asks || !self.streamed_unkept() || !self.may_log_in() || self.login.is_refused() {
            return "";
        }
        let by_hand = self.redirected_headers().get("Authorization").is_some();
        if self.redirected.is_some() || self.login.authorization().is_some() || by_hand {
            return "";
        }
        ": the login was asked for when the body was sent already, and the body was not kept: leave \
         allow_write_stream_buffering on, have the server asked before the body \
         (ServicePoint::set_expect_100_continue), or set pre_authenticate"
    }
}

fn answered(said: Said) -> Option<OpenedHttp1> {
    match said {
        Said::Again => None,
        Said::Answered(lease, head) => Some(OpenedHttp1 {
            waits_for_continue: false,
            early: Some(head),
            ..OpenedHttp1::new(lease, true)
        }),
    }
}
