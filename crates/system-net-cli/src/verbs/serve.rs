//! `sysnet serve`: a folder, or an echo, on a loopback port until a signal ends it.

mod echo;
mod files;
mod kept;
mod log;
mod logins;

use std::path::Path;

use serde::Serialize;
use system_net::runtime::background;
use system_net::test_util::TestCa;
use system_net::{HttpListener, HttpListenerContext, HttpListenerError, TlsServerIdentity};

use self::files::{Folder, Rules};
use super::Outcome;
use crate::arguments::Serve;
use crate::failure::{FAILED, Failure, READ, WRITE};
use crate::interruption::EndSignals;
use crate::report;
use crate::setup::Setup;
use crate::told::Told;

/// What `--json` prints when the server is ready.
#[derive(Serialize)]
struct Ready<'a> {
    schema: &'static str,
    url: &'a str,
    /// What is served; null for the echo.
    folder: Option<&'a Path>,
    /// The authority to trust, if the certificate is a throw-away one.
    certificate_authority: Option<String>,
}

/// What a request is answered with.
enum Service {
    Folder(Folder),
    Echo,
}

pub(super) fn run(options: &Serve, setup: &Setup) -> Outcome {
    Told::of(setup.verbose, options.silent).begin();
    let service = match options.echo {
        true => Service::Echo,
        false => {
            let path = options.folder.as_deref().unwrap_or_else(|| Path::new("."));
            let rules = Rules {
                single_page: options.files.spa,
                dot_files: options.files.dot_files,
            };
            let folder = Folder::open(path, rules)
                .map_err(|error| Failure::file(READ, path.display(), &error))?;
            Service::Folder(folder)
        }
    };
    let listener = HttpListener::new_in(&setup.context(options.silent)?);
    let scheme = if options.tls { "https" } else { "http" };
    let authority = match (options.tls, &options.cert_store) {
        (true, Some(store)) => {
            kept::serve(&listener, store.as_deref())?;
            None
        }
        (true, None) => set_identity(&listener, options)?,
        (false, _) => None,
    };
    logins::set(&listener, &options.logins, options.silent)?;
    let mut log = log::set(&listener, &options.log, false)?;
    listener
        .prefixes()
        .add(&format!("{scheme}://127.0.0.1:{}/", options.port))?;
    listener.bind()?;
    let signals = EndSignals::catch();
    if let Some(log) = &log {
        log::reopen_on_hangup(log, &options.log);
    }
    // From here on clients can connect: that is what the line on stdout says.
    let url = listener.url("")?;
    let ready = Ready {
        schema: "sysnet.serve/1",
        url: &url,
        folder: match &service {
            Service::Folder(folder) => Some(folder.root()),
            Service::Echo => None,
        },
        certificate_authority: authority,
    };
    announce(&ready, options.json)?;
    if log.is_none() {
        log = log::set(&listener, &options.log, true)?;
    }

    let stopping = listener.clone();
    background().spawn(async move {
        signals.received().await;
        // It can only have ended already.
        let _ = stopping.stop();
    });
    let silent = options.silent || log.is_some();
    listener.serve_blocking(move |context| answer(&service, context, silent))?;
    log::end(log.as_ref(), &options.log)?;
    Ok(0)
}

fn announce(ready: &Ready<'_>, json: bool) -> Result<(), Failure> {
    match json {
        true => report::print(ready),
        false => report::print_line(ready.url),
    }
}

/// Sets the certificate that is given, or a throw-away one; then gives its authority.
fn set_identity(listener: &HttpListener, options: &Serve) -> Result<Option<String>, Failure> {
    if let (Some(certificate), Some(key)) = (&options.cert, &options.key) {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| Failure::file(READ, path.display(), &error))
        };
        let identity = TlsServerIdentity::from_pem(&read(certificate)?, &read(key)?)
            .map_err(|error| Failure::new(FAILED, error))?;
        listener.set_tls_identity(identity)?;
        return Ok(None);
    }
    let authority = TestCa::new();
    listener.set_tls_identity(authority.issue(&["localhost", "127.0.0.1"]))?;
    if let Some(path) = &options.ca_out {
        std::fs::write(path, authority.ca_pem())
            .map_err(|error| Failure::file(WRITE, path.display(), &error))?;
    }
    Ok(Some(authority.ca_pem()))
}

fn answer(
    service: &Service,
    mut context: HttpListenerContext,
    silent: bool,
) -> Result<(), HttpListenerError> {
    let outcome = match service {
        Service::Folder(folder) => folder.answer(&mut context),
        Service::Echo => echo::answer(&mut context),
    };
    if !silent {
        let request = context.request();
        eprintln!(
            "{} \"{} {} HTTP/{}\" {}",
            request.remote_end_point(),
            request.http_method().escape_debug(),
            request.raw_url().escape_debug(),
            request.protocol_version(),
            context.response().status_code().as_u16()
        );
    }
    outcome
}
