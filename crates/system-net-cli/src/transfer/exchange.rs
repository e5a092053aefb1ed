//! Sending and receiving, and what becomes of the answer.

use std::io::{Read, Write};
use std::time::{Instant, SystemTime};

use system_net::{Phase, RateLimit, WebError, WebExceptionStatus, WebRequest, WebResponse};

use super::second_try::SecondTry;
use super::show::{describe, head_text, show_response};
use super::{Job, Session, seconds_since};
use crate::failure::{EMPTY_REPLY, Failure, REDIRECTS};
use crate::output::{Destination, Output};
use crate::progress;
use crate::report::TransferReport;
use crate::resume::{Resume, Verdict};
use crate::upload::{PIECE, Upload};

/// One transfer under way.
pub(super) struct Exchange<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) destination: Destination,
    pub(super) resume: Option<Resume>,
    pub(super) start: Instant,
    pub(super) second_try: Option<SecondTry>,
    pub(super) report: &'a mut TransferReport,
}

impl Exchange<'_> {
    pub(super) fn run(mut self, request: &mut WebRequest, job: Job<'_>) -> Result<(), Failure> {
        let options = self.session.options;
        let shown = !(options.silent || self.session.verbose || self.destination.is_terminal());
        let (follow, headers_only) = (job.follow, job.headers_only);
        let response = match self.answer(request, job.content.upload, shown)? {
            Answer::Response(response) => response,
            Answer::BodyIsGone(response) => match self.second_try.take() {
                Some(again) => {
                    drop(response);
                    self.answer_again(again, shown)?
                }
                None => response,
            },
        };
        self.report.seconds_to_answer = Some(seconds_since(self.start));
        if self.session.verbose && response.as_http().is_none() {
            show_response(&response);
        }
        describe(&response, self.report);
        if follow && options.max_redirs == Some(0) && leads_on(&response) {
            let message = "a redirect is not followed: --max-redirs is 0";
            return Err(Failure::new(REDIRECTS, message));
        }
        let error = self.http_error();
        if options.fail
            && let Some(failure) = error
        {
            return Err(failure);
        }
        if headers_only && !options.json {
            let mut shown = Destination::Stdout { guarded: true }.open()?;
            shown.write(head_text(&response).as_bytes())?;
        } else {
            self.take(&response, &job.url, headers_only, shown)?;
        }
        match self.http_error() {
            Some(failure) if options.fail_with_body => Err(failure),
            _ => Ok(()),
        }
    }

    /// Status 400 and above.
    fn http_error(&self) -> Option<Failure> {
        let status = self.report.status.filter(|status| *status >= 400)?;
        let reason = self.report.reason.as_deref().unwrap_or_default();
        Some(Failure::http(status, reason))
    }

    /// Sends the request; the answer, whatever its status.
    fn answer(
        &mut self,
        request: &mut WebRequest,
        upload: Option<Upload>,
        shown: bool,
    ) -> Result<Answer, Failure> {
        let mut sending = None;
        if let Some(upload) = upload {
            let limit = self.session.options.limit_rate.map(RateLimit::new);
            sending = send(request, upload, shown, limit, &mut self.report.bytes_sent)?;
        }
        let uri = request.request_uri()?.clone();
        let answer = request.get_response().map_err(|error| error.with_uri(&uri));
        match (answer, sending) {
            (Ok(response), _) => Ok(Answer::Response(response)),
            (Err(error), broken) => match refused(error, broken)? {
                Refused::Response(response, true) => Ok(Answer::BodyIsGone(response)),
                Refused::Response(response, false) => Ok(Answer::Response(response)),
                Refused::Redirect(response, failure) => {
                    describe(&response, self.report);
                    Err(failure)
                }
            },
        }
    }

    /// The server wanted the login after it had read the body. It gets the login by a request without
    /// one, then the body once more.
    fn answer_again(&mut self, again: SecondTry, shown: bool) -> Result<WebResponse, Failure> {
        let SecondTry {
            mut asking,
            mut request,
            body,
        } = again;
        // What it says of that is not for the user: the request itself fails as well then.
        drop(asking.get_response());
        self.report.bytes_sent = 0;
        match self.answer(&mut request, Some(body.open()?), shown)? {
            Answer::Response(response) | Answer::BodyIsGone(response) => Ok(response),
        }
    }

    /// The body goes where it shall.
    fn take(
        &mut self,
        response: &WebResponse,
        url: &str,
        headers_only: bool,
        shown: bool,
    ) -> Result<(), Failure> {
        if self.is_unwanted(response) {
            return Ok(());
        }
        let continued = match &self.resume {
            Some(resume) => match continued(resume, response, url)? {
                Continued::Complete => {
                    self.report.saved_as = self.destination.path();
                    return Ok(());
                }
                Continued::Output(output) => output,
            },
            None => None,
        };
        let body = self.session.body;
        let destination = std::mem::replace(&mut self.destination, Destination::Nowhere);
        let destination = destination.named(response)?;
        let mut output = match continued {
            Some(output) => output,
            None => {
                if body.create_dirs {
                    destination.make_folders()?;
                }
                destination.open()?
            }
        };
        if body.include {
            output.write(head_text(response).as_bytes())?;
        }
        if !headers_only {
            let limit = self.session.options.limit_rate.map(RateLimit::new);
            receive(
                response,
                &mut output,
                shown,
                limit,
                &mut self.report.bytes_received,
            )?;
        }
        self.report.saved_as = destination.path();
        let time = modified(response).filter(|_| body.remote_time);
        if let Some(bytes) = output.finish(time)? {
            self.report.set_body(bytes);
        }
        if let Some(resume) = &self.resume {
            resume.forget();
        }
        Ok(())
    }

    /// Whether `-z` makes the answer one that is not for the file.
    fn is_unwanted(&self, response: &WebResponse) -> bool {
        let (Some(condition), Some(http)) = (self.session.condition, response.as_http()) else {
            return false;
        };
        http.status_code().as_u16() == 304 || condition.is_unwanted(http)
    }
}

/// How a download goes on.
enum Continued {
    Complete,
    /// `None`: to stdout.
    Output(Option<Output>),
}

fn continued(resume: &Resume, response: &WebResponse, url: &str) -> Result<Continued, Failure> {
    let Some(http) = response.as_http() else {
        return Ok(Continued::Output(None));
    };
    let verdict = resume.judge(http)?;
    if verdict == Verdict::Complete {
        resume.forget();
        return Ok(Continued::Complete);
    }
    let file = resume.open(&verdict, url, http)?;
    let output = file.map(|(file, path)| Output::direct(file, path));
    Ok(Continued::Output(output))
}

/// The time of Last-Modified.
fn modified(response: &WebResponse) -> Option<SystemTime> {
    let field = response.headers().ok()?.get("Last-Modified")?;
    httpdate::parse_http_date(&field).ok()
}

/// Whether the answer is a redirect.
fn leads_on(response: &WebResponse) -> bool {
    // 304 answers a conditional request; it leads nowhere and has no Location.
    response.as_http().is_some_and(|http| {
        (300..400).contains(&http.status_code().as_u16()) && http.headers().contains("Location")
    })
}

/// Sends the body. `Some`: sending broke off, which an answer of the server may explain.
fn send(
    request: &mut WebRequest,
    upload: Upload,
    shown: bool,
    limit: Option<RateLimit>,
    sent: &mut u64,
) -> Result<Option<WebError>, Failure> {
    let uri = request.request_uri()?.clone();
    let bar = progress::bar("up", upload.length(), shown);
    let mut stream = request
        .get_request_stream()
        .map_err(|error| Failure::request(&error.with_uri(&uri)))?;
    if let Some(limit) = limit {
        stream = stream.limited(&limit);
    }
    let outcome = upload.pump(|piece| {
        stream.write_all(piece)?;
        *sent += piece.len() as u64;
        bar.inc(piece.len() as u64);
        Ok(())
    });
    bar.finish_and_clear();
    let written = outcome?
        .map_err(|error| WebError::from_io(error, WebExceptionStatus::SendFailure, Phase::Sending));
    match written.and_then(|()| stream.close()) {
        Ok(()) => Ok(None),
        Err(error) => Ok(Some(error.with_uri(&uri))),
    }
}

fn receive(
    response: &WebResponse,
    output: &mut Output,
    shown: bool,
    limit: Option<RateLimit>,
    received: &mut u64,
) -> Result<(), Failure> {
    let bar = progress::bar("down", response.content_length().ok().flatten(), shown);
    let mut stream = response.get_response_stream()?;
    if let Some(limit) = limit {
        stream = stream.limited(&limit);
    }
    let mut buffer = vec![0; PIECE];
    loop {
        let read = stream.read(&mut buffer).map_err(|error| {
            let error = WebError::from_io(
                error,
                WebExceptionStatus::ReceiveFailure,
                Phase::ReadingBody,
            );
            Failure::request(&match response.response_uri() {
                Ok(uri) => error.with_uri(uri),
                Err(_) => error,
            })
        })?;
        if read == 0 {
            break;
        }
        output.write(&buffer[..read])?;
        *received += read as u64;
        bar.inc(read as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// What the server answered.
enum Answer {
    Response(WebResponse),
    /// It asks for a login, and the body was sent already.
    BodyIsGone(WebResponse),
}

/// What an error holds that is nevertheless an answer.
enum Refused {
    /// True: the body is gone that a login would need.
    Response(WebResponse, bool),
    Redirect(WebResponse, Failure),
}

/// An HTTP error is an answer like any other; a redirect that was not followed is a failure.
fn refused(error: WebError, broken: Option<WebError>) -> Result<Refused, Failure> {
    // A proxy that refuses a tunnel does not answer for the server.
    let is_response =
        error.status() == WebExceptionStatus::ProtocolError && error.phase() != Phase::Connecting;
    if !is_response || error.response().is_none() {
        // Of two failures the first is the cause.
        return Err(Failure::request(&broken.unwrap_or(error)));
    }
    let is_redirect = error.response().is_some_and(leads_on);
    let failure = is_redirect.then(|| Failure {
        code: REDIRECTS,
        ..Failure::request(&error)
    });
    let is_gone = error.body_is_gone();
    match (error.into_response(), failure) {
        (Some(response), None) => Ok(Refused::Response(response, is_gone)),
        (Some(response), Some(failure)) => Ok(Refused::Redirect(response, failure)),
        (None, _) => Err(Failure::new(EMPTY_REPLY, "the response is missing")),
    }
}
