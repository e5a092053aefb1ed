//! The server's answer to a request without a login: TLS with its certificate, and the head.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use httpdate::fmt_http_date;
use system_net::{
    Clock, ConnectionEventArgs, Credentials, HttpVersion, HttpWebRequest, HttpWebResponse, Phase,
    RemoteCertificate, SystemClock, Uri, WebError, WebExceptionStatus, WebHeaderCollection,
    WebRequest, WebResponse,
};

use super::finding::{Finding, Report, Step};
use super::way::since;
use super::{Examination, Stopped};
use crate::failure::Failure;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate that ends sooner than this is worth a warning.
const SOON: Duration = Duration::from_secs(21 * 24 * 60 * 60);

/// What was seen on the way to the answer.
#[derive(Default)]
struct Seen {
    certificate: Option<Certificate>,
    tls: Option<&'static str>,
}

/// A certificate, as it is told of.
struct Certificate {
    lines: Vec<String>,
    /// What the usual checks found.
    problems: Vec<String>,
    ends: Option<SystemTime>,
}

impl Certificate {
    fn of(shown: &RemoteCertificate<'_>) -> Self {
        let Some(facts) = shown.facts() else {
            return Self {
                lines: vec!["the certificate cannot be read".to_owned()],
                problems: Vec::new(),
                ends: None,
            };
        };
        let from = fmt_http_date(facts.not_before);
        let to = fmt_http_date(facts.not_after);
        let names = facts.names.join(", ");
        let chain = shown.chain().len();
        let lines = vec![
            format!("certificate of {}", facts.subject),
            format!(
                "for {}",
                if names.is_empty() {
                    "no name at all"
                } else {
                    &names
                }
            ),
            format!("issued by {}, {chain} in the chain", facts.issuer),
            format!("valid from {from} to {to}"),
        ];
        let problems = shown.problems().iter();
        Self {
            lines,
            problems: problems.map(ToString::to_string).collect(),
            ends: Some(facts.not_after),
        }
    }
}

/// The head of an answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) reason: String,
    version: HttpVersion,
    pub(super) headers: WebHeaderCollection,
    pub(super) is_mutual: bool,
}

impl Answer {
    fn of(response: &HttpWebResponse) -> Self {
        Self {
            status: u16::from(response.status_code()),
            reason: response.status_description().to_owned(),
            version: response.protocol_version(),
            headers: response.headers().clone(),
            is_mutual: response.is_mutually_authenticated(),
        }
    }
}

/// The answer, whatever its status.
pub(super) fn ask(
    of: &Examination<'_>,
    proxy: Option<&Uri>,
    report: &mut Report,
) -> Result<Answer, Stopped> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let began = SystemClock.now();
    let answer = send(of, None, Some(&seen));
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    if of.uri.scheme() == "https" {
        tls(seen, answer.as_ref().err(), report)?;
    } else {
        report.add(Step::Tls, Finding::skipped("not for http"));
    }
    report.of_step(Step::Request, || {
        let answer = answer.map_err(|error| Failure::request(&error))?;
        let finding = head(&answer, proxy, &since(began));
        Ok((answer, finding))
    })
}

/// What is said of TLS. A request that failed earlier, as at the proxy, says nothing of it.
fn tls(seen: Seen, error: Option<&WebError>, report: &mut Report) -> Result<(), Stopped> {
    let refused = error.filter(|error| {
        error.phase() == Phase::SecuringChannel
            || matches!(
                error.status(),
                WebExceptionStatus::TrustFailure | WebExceptionStatus::SecureChannelFailure
            )
    });
    let finding = match (refused, seen.tls, &seen.certificate) {
        (Some(error), ..) => Finding::failed(Failure::request(error)),
        (None, None, None) => return Ok(()),
        (None, protocol, _) => Finding::ok(protocol.unwrap_or("TLS")),
    };
    report.add(
        Step::Tls,
        match seen.certificate {
            Some(certificate) => of_certificate(finding, certificate, refused.is_some()),
            None => finding,
        },
    );
    refused.map_or(Ok(()), |_| Err(Stopped))
}

fn of_certificate(finding: Finding, of: Certificate, is_refused: bool) -> Finding {
    let mut finding = of.lines.into_iter().fold(finding, Finding::detail);
    if is_refused {
        // The failure has told why.
        return finding;
    }
    for problem in of.problems {
        finding = finding
            .doubtful()
            .detail(format!("accepted by -k in spite of this: {problem}"));
    }
    let left = of
        .ends
        .map(|ends| ends.duration_since(SystemClock.utc_now()));
    match left {
        Some(Ok(left)) if left < SOON => {
            let days = left.as_secs() / 86_400;
            let advice = format!("the certificate ends in {days} days: have it renewed");
            finding.doubtful().advise(advice)
        }
        _ => finding,
    }
}

fn head(answer: &Answer, proxy: Option<&Uri>, time: &str) -> Finding {
    let (status, reason) = (answer.status, &answer.reason);
    let text = format!("HTTP/{} {status} {reason} ({time})", answer.version);
    let mut finding = match status {
        500.. => Finding::warning(text).advise(match (status, proxy) {
            (502..=504, Some(_)) => {
                "a proxy or gateway could not reach the server behind it: ask who runs it"
            }
            _ => "the server has a problem of its own: look at its log, or try again later",
        }),
        400 => Finding::warning(text)
            .advise("check that the server speaks this scheme on this port: https may be meant"),
        404 | 410 => Finding::warning(text).advise("the server is there, the path is not"),
        403 => Finding::warning(text)
            .advise("no login helps against 403: the server lets nobody, or not this user, in"),
        _ => Finding::ok(text),
    };
    for name in ["Server", "Via", "Location"] {
        if let Some(value) = answer.headers.get(name) {
            finding = finding.detail(format!("{name}: {value}"));
        }
    }
    finding
}

/// One request without redirects, with these credentials or with none.
pub(super) fn answer_to(
    of: &Examination<'_>,
    credentials: Arc<dyn Credentials>,
) -> Result<Answer, Failure> {
    send(of, Some(credentials), None).map_err(|error| Failure::request(&error))
}

fn send(
    of: &Examination<'_>,
    credentials: Option<Arc<dyn Credentials>>,
    seen: Option<&Arc<Mutex<Seen>>>,
) -> Result<Answer, WebError> {
    let with_uri = |error: WebError| error.with_uri(&of.uri);
    let mut request = WebRequest::create_http_in(&of.context, &of.uri).map_err(with_uri)?;
    request.set_allow_auto_redirect(false)?;
    request.set_user_agent(Some(concat!("sysnet/", env!("CARGO_PKG_VERSION"))))?;
    request.set_accept(Some("*/*"))?;
    request.set_timeout(Some(PATIENCE))?;
    request.set_connect_timeout(of.options.connect_timeout)?;
    request.set_credentials(credentials)?;
    if !of.certificates.is_empty() {
        request.set_client_certificates(of.certificates.clone())?;
    }
    if let Some(seen) = seen {
        watch(of, &mut request, seen)?;
    }
    // What is read of it is the head; the rest is given up with it.
    let response = request.get_response();
    response
        .map(|response| Answer::of(&response))
        .or_else(answered)
        .map_err(with_uri)
}

/// Notes the certificate and the version of TLS.
fn watch(
    of: &Examination<'_>,
    request: &mut HttpWebRequest,
    seen: &Arc<Mutex<Seen>>,
) -> Result<(), WebError> {
    let (certificates, connections) = (Arc::clone(seen), Arc::clone(seen));
    let anyone = of.options.insecure;
    request.set_server_certificate_validation_callback(Some(Arc::new(
        move |shown: &RemoteCertificate<'_>| {
            let mut seen = certificates.lock().unwrap_or_else(PoisonError::into_inner);
            seen.certificate = Some(Certificate::of(shown));
            anyone || shown.is_accepted()
        },
    )))?;
    request.set_on_connection(Some(Arc::new(move |made: &ConnectionEventArgs| {
        let mut seen = connections.lock().unwrap_or_else(PoisonError::into_inner);
        seen.tls = made.tls_protocol();
    })))?;
    Ok(())
}

/// An HTTP error is an answer like any other. A proxy that refuses a tunnel does not answer for the
/// server, unless it asks for a login.
fn answered(error: WebError) -> Result<Answer, WebError> {
    let answer = error.response().and_then(WebResponse::as_http);
    match answer.map(Answer::of) {
        Some(answer)
            if error.status() == WebExceptionStatus::ProtocolError
                && (error.phase() != Phase::Connecting || answer.status == 407) =>
        {
            Ok(answer)
        }
        _ => Err(error),
    }
}
