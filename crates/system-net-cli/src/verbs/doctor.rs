//! `sysnet doctor`: every step of a connection, one after the other, what it came to, and what to do
//! about the one that fails. The exit code is that of the failing step, as of `get`.
//!
//! `finding` is what is said of a step, `way` leads to the server, `server` asks it, `login` logs in.

mod finding;
mod login;
mod server;
mod way;

use system_net::{NetContext, NetworkCredential, Uri, X509CertificateCollection};

use self::finding::{Finding, Report, Step};
use super::Outcome;
use crate::arguments::{Doctor, Route};
use crate::failure::{BAD_URL, Failure};
use crate::setup::{self, Setup};
use crate::{address, client_certificate, password};

pub(super) fn run(options: &Doctor, setup: &Setup) -> Outcome {
    let context = setup::of_route(setup, &options.route, false)?;
    let mut report = Report::of(password::hidden(&options.url));
    // What stops the examination is a finding already.
    let _stopped = examine(options, context, &mut report);
    report.print(options.json)?;
    Ok(report.exit_code())
}

/// A step has failed, and those behind it cannot be made.
struct Stopped;

/// What the steps share.
struct Examination<'a> {
    options: &'a Route,
    context: NetContext,
    uri: Uri,
    credential: Option<NetworkCredential>,
    certificates: X509CertificateCollection,
}

fn examine(options: &Doctor, context: NetContext, report: &mut Report) -> Result<(), Stopped> {
    let examination = report.of_step(Step::Address, || begin(&options.url, options, context))?;
    let proxy = report.of_step(Step::Proxy, || way::proxy(&examination))?;
    let hop = proxy.as_ref().unwrap_or(&examination.uri);
    let addresses = report.of_step(Step::Resolve, || way::resolve(&examination, hop))?;
    report.of_step(Step::Connect, || {
        way::connect(&examination, hop, &addresses)
    })?;
    let answer = server::ask(&examination, proxy.as_ref(), report)?;
    login::log_in(&examination, &answer, report)
}

fn begin<'a>(
    url: &str,
    options: &'a Doctor,
    context: NetContext,
) -> Result<(Examination<'a>, Finding), Failure> {
    let uri = address::parse(url, &context.uri_settings())?;
    if !matches!(uri.scheme(), "http" | "https") {
        return Err(Failure::usage(format_args!(
            "{}: connections of http and https are examined",
            uri.scheme()
        )));
    }
    let given = options.route.user.as_deref();
    let given = given.map(|user| password::credential(user, false));
    let credential = match given {
        Some(credential) => Some(credential?),
        None => password::in_address(&uri, false),
    };
    let port = uri.port().unwrap_or_default();
    let host = uri
        .idn_host()
        .map_err(|error| Failure::new(BAD_URL, format_args!("{}: {error}", uri.host())))?;
    let finding = Finding::ok(format!("{}, host {host}, port {port}", uri.scheme()));
    let examination = Examination {
        options: &options.route,
        certificates: client_certificate::of(&options.route)?,
        context,
        uri,
        credential,
    };
    Ok((examination, finding))
}
