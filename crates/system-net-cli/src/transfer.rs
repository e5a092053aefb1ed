//! What get, head, post and put share: one request, sent and received as the options say.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use system_net::{
    Clock, HttpWebRequest, HttpWebResponse, NetContext, NetworkCredential, Phase, SystemClock, Uri,
    UriKind, UriSettings, WebError, WebExceptionStatus, WebRequest, WebResponse,
};

use crate::arguments::{Body, Transfer};
use crate::failure::{self, BAD_URL, EMPTY_REPLY, Failure, HTTP_ERROR, REDIRECTS};
use crate::headers::Header;
use crate::interruption::Watch;
use crate::output::{Destination, Output};
use crate::password;
use crate::progress;
use crate::report::{self, Report, TransferReport};
use crate::setup::{self, Setup};
use crate::told::Told;
use crate::upload::{PIECE, Upload};

/// What `User-Agent` says unless told otherwise.
const USER_AGENT: &str = concat!("sysnet/", env!("CARGO_PKG_VERSION"));

/// The transfers of one call.
pub(crate) struct Session<'a> {
    options: &'a Transfer,
    body: &'a Body,
    verbose: bool,
    context: NetContext,
    headers: Vec<Header>,
    credential: Option<NetworkCredential>,
    report: Report,
}

/// One transfer.
pub(crate) struct Job<'a> {
    pub(crate) url: &'a str,
    pub(crate) method: &'a str,
    pub(crate) follow: bool,
    pub(crate) upload: Option<Upload>,
    pub(crate) content_type: Option<&'static str>,
    /// Print the headers, and nothing else.
    pub(crate) headers_only: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        setup: &Setup,
        options: &'a Transfer,
        body: &'a Body,
    ) -> Result<Self, Failure> {
        Told::of(setup.verbose, options.silent).begin();
        let headers = options.headers.iter().map(|text| Header::parse(text));
        let credential = options.user.as_deref();
        Ok(Self {
            options,
            body,
            verbose: setup.verbose,
            context: setup::of_transfer(setup, options)?,
            headers: headers.collect::<Result<_, _>>()?,
            credential: credential
                .map(|user| password::credential(user, options.silent))
                .transpose()?,
            report: Report::new(),
        })
    }

    /// Runs one transfer; a failure is printed and kept for the report. Gives its exit code.
    pub(crate) fn run(&mut self, job: Job<'_>) -> u8 {
        let start = SystemClock.now();
        let mut report = TransferReport {
            url: password::hidden(job.url),
            method: job.method.to_owned(),
            ..TransferReport::default()
        };
        let failure = self.transfer(job, &mut report).err();
        report.seconds = seconds_since(start);
        let mut code = 0;
        if let Some(failure) = failure {
            code = failure.code;
            if !self.options.silent || self.options.show_error {
                failure.print();
            }
            report.error = Some(failure);
        }
        self.report.transfers.push(report);
        code
    }

    /// Prints the report, if there shall be one.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.options.json {
            true => report::print(&self.report),
            false => Ok(()),
        }
    }

    fn transfer(&self, job: Job<'_>, report: &mut TransferReport) -> Result<(), Failure> {
        let uri = parse_url(job.url, &self.context.uri_settings())?;
        let mut request = WebRequest::create_in(&self.context, &uri)
            .map_err(|error| Failure::request(&error.with_uri(&uri)))?;
        let destination = match job.headers_only {
            true => Destination::Nowhere,
            false => Destination::choose(self.body, self.options.json, &uri)?,
        };
        match request.as_http_mut() {
            Some(http) => self.prepare(http, &job)?,
            None => self.prepare_plain(&mut request, &job, &uri)?,
        }
        // Those of HTTP are shown as they are sent and received.
        if self.verbose && request.as_http().is_none() {
            eprintln!("> {} {uri}", job.method);
        }
        let watch = self.watch(&request, &destination);
        let outcome = self.exchange(&mut request, job, &destination, report);
        outcome.map_err(|failure| match &watch {
            Some(watch) => watch.explain(failure),
            None => failure,
        })
    }

    /// Needed where somebody has to clean up or to count the time.
    fn watch(&self, request: &WebRequest, destination: &Destination) -> Option<Watch> {
        let max_time = self.options.max_time;
        if max_time.is_none() && destination.path().is_none() {
            return None;
        }
        let abort = request.abort_handle().ok()?;
        Some(Watch::begin(abort, max_time))
    }

    // ---- The request ----

    fn prepare(&self, http: &mut HttpWebRequest, job: &Job<'_>) -> Result<(), Failure> {
        http.set_method(job.method)?;
        http.set_allow_auto_redirect(job.follow)?;
        http.set_accept(Some("*/*"))?;
        let user_agent = self.options.user_agent.as_deref().unwrap_or(USER_AGENT);
        http.set_user_agent(Some(user_agent).filter(|text| !text.is_empty()))?;
        http.set_referer(self.options.referer.as_deref())?;
        http.set_connect_timeout(self.options.connect_timeout)?;
        if self.options.max_time.is_some() {
            // The one limit is the one that was given.
            http.set_timeout(None)?;
            http.set_read_write_timeout(None)?;
        }
        http.set_content_type(job.content_type)?;
        if let Some(upload) = &job.upload {
            match upload.length() {
                Some(length) => http.set_content_length(length)?,
                None => http.set_send_chunked(true)?,
            }
            // What is read once cannot be sent again, and is not kept.
            http.set_allow_write_stream_buffering(!upload.is_stream())?;
        }
        let in_address = || password::in_address(http.request_uri(), self.options.silent);
        if let Some(credential) = self.credential.clone().or_else(in_address) {
            http.set_credentials(Some(Arc::new(credential.clone())))?;
            // A body that can be sent only once cannot wait for the challenge.
            if job.upload.as_ref().is_some_and(Upload::is_stream) {
                let login = format!("{}:{}", credential.user_name(), credential.password());
                let value = format!("Basic {}", STANDARD.encode(login));
                http.headers_mut()?.set("Authorization", &value)?;
            }
        }
        self.headers
            .iter()
            .try_for_each(|header| header.apply(http))
    }

    /// Other protocols: options of HTTP would do nothing, so they are refused.
    fn prepare_plain(
        &self,
        request: &mut WebRequest,
        job: &Job<'_>,
        uri: &Uri,
    ) -> Result<(), Failure> {
        let options = self.options;
        for (given, option) in [
            (!options.headers.is_empty(), "-H"),
            (options.user.is_some(), "-u"),
            (options.user_agent.is_some(), "-A"),
            (options.referer.is_some(), "-e"),
            (options.proxy.is_some(), "-x"),
            (options.noproxy.is_some(), "--noproxy"),
            (options.proxy_user.is_some(), "-U"),
            (options.connect_timeout.is_some(), "--connect-timeout"),
        ] {
            if given {
                return Err(Failure::usage(format_args!(
                    "{option} means nothing for the scheme {}",
                    uri.scheme()
                )));
            }
        }
        if job.method != "HEAD" {
            request.set_method(job.method)?;
        }
        if let Some(length) = job.upload.as_ref().and_then(Upload::length) {
            request.set_content_length(length)?;
        }
        Ok(())
    }

    // ---- Sending and receiving ----

    fn exchange(
        &self,
        request: &mut WebRequest,
        job: Job<'_>,
        destination: &Destination,
        report: &mut TransferReport,
    ) -> Result<(), Failure> {
        let quiet = self.options.silent || self.verbose || destination.is_terminal();
        let mut sending = None;
        if let Some(upload) = job.upload {
            sending = send(request, upload, !quiet, &mut report.bytes_sent)?;
        }
        let uri = request.request_uri()?.clone();
        let answer = request.get_response().map_err(|error| error.with_uri(&uri));
        let response = match (answer, sending) {
            (Ok(response), _) => response,
            (Err(error), broken) => match refused(error, broken)? {
                Refused::Response(response) => response,
                Refused::Redirect(response, failure) => {
                    describe(&response, report);
                    return Err(failure);
                }
            },
        };
        if self.verbose && response.as_http().is_none() {
            show_response(&response);
        }
        describe(&response, report);
        if self.options.fail
            && let Some(status) = report.status.filter(|status| *status >= 400)
        {
            let reason = report.reason.clone().unwrap_or_default();
            return Err(Failure {
                status: Some("ProtocolError"),
                ..Failure::new(
                    HTTP_ERROR,
                    format_args!("the server returned an error: {status} {reason}"),
                )
            });
        }
        let mut output = destination.open()?;
        if job.headers_only && !self.options.json {
            let mut shown = Destination::Stdout { guarded: true }.open()?;
            shown.write(head_text(&response).as_bytes())?;
            return Ok(());
        }
        if self.body.include {
            output.write(head_text(&response).as_bytes())?;
        }
        if !job.headers_only {
            receive(&response, &mut output, !quiet, &mut report.bytes_received)?;
        }
        report.saved_as = destination.path().map(Into::into);
        if let Some(bytes) = output.finish()? {
            report.set_body(bytes);
        }
        Ok(())
    }
}

/// Sends the body. `Some`: sending broke off, which an answer of the server may explain.
fn send(
    request: &mut WebRequest,
    upload: Upload,
    shown: bool,
    sent: &mut u64,
) -> Result<Option<WebError>, Failure> {
    let uri = request.request_uri()?.clone();
    let bar = progress::bar("up", upload.length(), shown);
    let mut stream = request
        .get_request_stream()
        .map_err(|error| Failure::request(&error.with_uri(&uri)))?;
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
    received: &mut u64,
) -> Result<(), Failure> {
    let bar = progress::bar("down", response.content_length().ok().flatten(), shown);
    let mut stream = response.get_response_stream()?;
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

/// What an error holds that is nevertheless an answer.
enum Refused {
    Response(WebResponse),
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
    // 304 answers a conditional request; it leads nowhere and has no Location.
    let http = error.response().and_then(WebResponse::as_http);
    let is_redirect = http.is_some_and(|http| {
        (300..400).contains(&http.status_code().as_u16()) && http.headers().contains("Location")
    });
    let failure = is_redirect.then(|| Failure {
        code: REDIRECTS,
        ..Failure::request(&error)
    });
    match (error.into_response(), failure) {
        (Some(response), None) => Ok(Refused::Response(response)),
        (Some(response), Some(failure)) => Ok(Refused::Redirect(response, failure)),
        (None, _) => Err(Failure::new(EMPTY_REPLY, "the response is missing")),
    }
}

// ---- Showing ----

fn describe(response: &WebResponse, report: &mut TransferReport) {
    report.response_url = response
        .response_uri()
        .ok()
        .map(|uri| password::hidden(uri.absolute_uri()));
    if let Some(http) = response.as_http() {
        report.status = Some(http.status_code().as_u16());
        report.reason = Some(http.status_description().to_owned());
        report.http_version = Some(http.protocol_version().to_string());
    }
    if let Ok(headers) = response.headers() {
        let owned = |(name, value): (_, _)| (String::from(name), String::from(value));
        report.headers = headers.iter().map(owned).collect();
    }
}

fn head_text(response: &WebResponse) -> String {
    let mut text = response.as_http().map(status_line).unwrap_or_default();
    if let Ok(headers) = response.headers() {
        for (name, value) in headers.iter() {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str("\r\n");
    text
}

fn status_line(http: &HttpWebResponse) -> String {
    format!(
        "HTTP/{} {} {}\r\n",
        http.protocol_version(),
        http.status_code().as_u16(),
        http.status_description()
    )
}

fn show_response(response: &WebResponse) {
    for line in head_text(response).lines() {
        eprintln!("< {line}");
    }
}

// ---- Small things ----

/// The address; like curl, `http:` is meant where no scheme is given.
pub(crate) fn parse_url(text: &str, settings: &UriSettings) -> Result<Uri, Failure> {
    let has_scheme = text.contains("://") || text.starts_with("file:");
    let full = match has_scheme {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    Uri::parse_in(&full, UriKind::Absolute, settings).map_err(|error| {
        let shown = failure::shorten(&format!("{:?}", password::hidden(text)));
        Failure::new(BAD_URL, format_args!("{shown}: {error}"))
    })
}

pub(crate) fn seconds_since(start: Instant) -> f64 {
    let passed: Duration = SystemClock.now().saturating_duration_since(start);
    passed.as_secs_f64()
}
