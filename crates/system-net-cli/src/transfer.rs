//! What get, head, post and put share: one request, sent and received as the options say.

mod connections;
mod exchange;
mod prepare;
mod second_try;
mod show;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use system_net::{
    Clock, NetContext, NetworkCredential, SystemClock, WebRequest, X509CertificateCollection,
};

use self::connections::Connections;
use self::second_try::SecondTry;
use crate::address;
use crate::arguments::{Body, Offset, Transfer};
use crate::client_certificate;
use crate::condition::Condition;
use crate::content;
use crate::failure::Failure;
use crate::headers::Header;
use crate::interruption::Watch;
use crate::items::Items;
use crate::jar::Jar;
use crate::netrc::Logins;
use crate::output::Destination;
use crate::password;
use crate::report::{self, Report, TransferReport};
use crate::resume::Resume;
use crate::setup::{self, Setup};
use crate::told::Told;
use crate::write_out::Format;

/// The transfers of one call.
pub(crate) struct Session<'a> {
    options: &'a Transfer,
    body: &'a Body,
    verbose: bool,
    context: NetContext,
    headers: Vec<Header>,
    credential: Option<NetworkCredential>,
    netrc: Option<Logins>,
    certificates: X509CertificateCollection,
    jar: Jar,
    condition: Option<Condition>,
    write_out: Option<Format>,
    /// Of the transfer that is under way.
    retries: Arc<AtomicU32>,
    report: Report,
}

/// One transfer.
#[derive(Default)]
pub(crate) struct Job<'a> {
    pub(crate) url: String,
    pub(crate) method: &'a str,
    pub(crate) follow: bool,
    pub(crate) content: content::Body,
    /// Print the headers, and nothing else.
    pub(crate) headers_only: bool,
    /// `-r`.
    pub(crate) range: Option<&'a str>,
    /// `-C`.
    pub(crate) continue_at: Option<Offset>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        setup: &Setup,
        options: &'a Transfer,
        body: &'a Body,
        items: Items,
    ) -> Result<Self, Failure> {
        Told::of(setup.verbose, options.silent).begin();
        let headers = options.headers.iter().map(|text| Header::parse(text));
        let mut headers = headers.collect::<Result<Vec<_>, _>>()?;
        headers.extend(items.headers);
        let credential = options.route.user.as_deref();
        let write_out = options.write_out.as_deref().map(Format::of_option);
        let condition = options.time_cond.as_deref().map(Condition::parse);
        Ok(Self {
            options,
            body,
            verbose: setup.verbose,
            write_out: write_out.transpose()?,
            condition: condition.transpose()?,
            jar: Jar::open(&options.cookie, options.cookie_jar.as_deref())?,
            context: setup::of_route(setup, &options.route, options.silent)?,
            headers,
            certificates: client_certificate::of(&options.route)?,
            credential: credential
                .map(|user| password::credential(user, options.silent))
                .transpose()?,
            netrc: Logins::of(options)?,
            retries: Arc::default(),
            report: Report::new(),
        })
    }

    /// Runs one transfer; a failure is printed and kept for the report. Gives its exit code.
    pub(crate) fn run(&mut self, job: Job<'_>) -> u8 {
        let start = SystemClock.now();
        let mut report = TransferReport {
            url: password::hidden(&job.url),
            method: job.method.to_owned(),
            referer: self.options.referer.clone(),
            number: self.report.transfers.len(),
            insecure: self.options.route.insecure,
            ..TransferReport::default()
        };
        self.retries.store(0, Ordering::Relaxed);
        let failure = self.transfer(job, &mut report, start).err();
        report.retries = self.retries.load(Ordering::Relaxed);
        report.seconds = seconds_since(start);
        let mut code = 0;
        if let Some(failure) = failure {
            code = failure.code;
            self.tell(&failure);
            report.error = Some(failure);
        }
        if let Some(format) = &self.write_out
            && let Err(failure) = format.print(&report)
        {
            self.tell(&failure);
            code = if code == 0 { failure.code } else { code };
        }
        self.report.transfers.push(report);
        code
    }

    fn tell(&self, failure: &Failure) {
        if !self.options.silent || self.options.show_error {
            failure.print();
        }
    }

    /// Prints the report, and writes the cookies, if they shall be.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.jar.write()?;
        match self.options.json {
            true => report::print(&self.report),
            false => Ok(()),
        }
    }

    fn transfer(
        &self,
        job: Job<'_>,
        report: &mut TransferReport,
        start: Instant,
    ) -> Result<(), Failure> {
        let uri = address::parse(&job.url, &self.context.uri_settings())?;
        let mut request = WebRequest::create_in(&self.context, &uri)
            .map_err(|error| Failure::request(&error.with_uri(&uri)))?;
        let destination = match job.headers_only {
            true => Destination::Nowhere,
            false => Destination::choose(self.body, self.options.json, &uri)?,
        };
        if self.body.create_dirs && job.continue_at.is_some() {
            destination.make_folders()?;
        }
        let resume = job.continue_at.map(|offset| {
            let path = destination.path();
            let follow = matches!(destination, Destination::File(_));
            let file = path.as_deref().filter(|_| destination.is_file());
            Resume::new(offset, file.map(|path: &Path| (path, follow)), &job.url)
        });
        let resume = resume.transpose()?;
        let connections = Connections::default();
        match request.as_http_mut() {
            Some(http) => {
                connections.observe(http)?;
                self.prepare(http, &job)?;
                if let Some(resume) = &resume {
                    resume.apply(http)?;
                }
            }
            None => self.prepare_plain(&mut request, &job, &uri)?,
        }
        // Those of HTTP are shown as they are sent and received.
        if self.verbose && request.as_http().is_none() {
            eprintln!("> {} {uri}", job.method);
        }
        let second_try = self.second_try(&uri, &job, &connections)?;
        let watch = self.watch(&request, second_try.as_ref(), &destination);
        let exchange = exchange::Exchange {
            session: self,
            destination,
            resume,
            start,
            second_try,
            report: &mut *report,
        };
        let outcome = exchange.run(&mut request, job);
        connections.describe(report, start);
        outcome.map_err(|failure| match &watch {
            Some(watch) => watch.explain(failure),
            None => failure,
        })
    }

    /// Needed where somebody has to clean up or to count the time.
    fn watch(
        &self,
        request: &WebRequest,
        second_try: Option<&SecondTry>,
        destination: &Destination,
    ) -> Option<Watch> {
        let max_time = self.options.max_time;
        if max_time.is_none() && !destination.is_file() {
            return None;
        }
        let mut requests = vec![request.abort_handle().ok()?];
        requests.extend(second_try.into_iter().flat_map(SecondTry::abort_handles));
        Some(Watch::begin(requests, max_time))
    }
}

pub(crate) fn seconds_since(start: Instant) -> f64 {
    let passed: Duration = SystemClock.now().saturating_duration_since(start);
    passed.as_secs_f64()
}
