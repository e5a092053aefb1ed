//! The servers of the tour: http and https on our own listener, and the scheme of our own.

use std::io::{Read, Write};
use std::sync::Arc;

use system_net::runtime::background;
use system_net::{
    DiagnosticsSettings, HttpListener, HttpListenerContext, HttpListenerError, NetContext,
    TestListener, WebRequest,
};

use super::document::{self, LARGE, PIECE};
use super::lines::{self, LinesCreator};
use super::table::say;
use crate::failure::{FAILED, Failure};
use crate::setup::Setup;

/// The header in which the servers tell the client's port: by it the tour sees which requests
/// shared a connection, as the server saw it.
pub(super) const CONNECTION: &str = "X-Connection";

/// What is served, and a context that knows how to reach it.
pub(super) struct Servers {
    http: TestListener,
    https: TestListener,
    lines: String,
    /// Trusts the throw-away authority, knows the scheme `lines`.
    pub(super) context: NetContext,
    pub(super) document: Arc<str>,
}

impl Servers {
    pub(super) fn start(setup: &Setup) -> Result<Self, Failure> {
        let document: Arc<str> = document::text().into();
        let mut settings = setup.context(false)?.settings().clone();
        let http = TestListener::http()?;
        let https = TestListener::https()?;
        for listener in [&http, &https] {
            let listener: HttpListener = listener.listener().clone();
            let document = Arc::clone(&document);
            background().spawn_blocking(move || {
                listener.serve_blocking(move |context| answer(context, &document))
            });
        }
        let address = lines::serve(Arc::clone(&document))
            .map_err(|error| Failure::file(FAILED, "cannot serve lines:", &error))?;

        // The traces that the settings ask for are written for the context of the process.
        settings.diagnostics = DiagnosticsSettings::default();
        settings.tls.use_system_roots = false;
        settings.tls.extra_roots = https
            .ca()
            .map(|ca| ca.ca_der().to_vec())
            .into_iter()
            .collect();
        let context = NetContext::with_settings(settings);
        WebRequest::register_prefix_in(&context, "lines", LinesCreator);
        Ok(Self {
            http,
            https,
            lines: format!("lines://{address}"),
            context,
            document,
        })
    }

    pub(super) fn http(&self, path: &str) -> String {
        self.http.url(path)
    }

    pub(super) fn https(&self, path: &str) -> String {
        self.https.url(path)
    }

    pub(super) fn lines(&self, path: &str) -> String {
        format!("{}{path}", self.lines)
    }

    pub(super) fn introduce(&self) {
        say(format_args!("Servers of this tour, on this machine only:"));
        say(format_args!("  {}", self.http("")));
        say(format_args!(
            "  {}  certificate of a throw-away authority",
            self.https("")
        ));
        say(format_args!(
            "  {}/  a scheme of our own, registered with register_prefix",
            self.lines
        ));
        say(format_args!(""));
    }

    /// Refuses further requests; those that run may finish.
    pub(super) fn stop(&self) {
        for listener in [&self.http, &self.https] {
            // Both are started: nothing else can fail.
            let _ = listener.stop();
        }
    }
}

fn answer(mut context: HttpListenerContext, document: &str) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    let port = request.remote_end_point().port().to_string();
    response.add_header(CONNECTION, &port)?;
    response.set_content_type("text/plain; charset=utf-8")?;
    let path = request.raw_url();
    match (request.http_method(), path) {
        ("GET" | "HEAD", "/document.txt") => response.close_with(document.to_owned()),
        ("GET", "/moved") => {
            response.redirect("/document.txt")?;
            response.close()
        }
        ("GET", "/large.bin") => {
            response.set_content_length64(LARGE)?;
            let mut output = response.output_stream()?;
            for index in 0..LARGE / PIECE {
                if output.write_all(&document::large_piece(index)).is_err() {
                    // The client has gone away.
                    return Ok(());
                }
            }
            output.close()
        }
        ("POST" | "PUT", "/upload") => {
            let mut body = Vec::new();
            // What is uploaded here is the document, never more than the limit.
            let received = request.input_stream().take(1 << 20).read_to_end(&mut body);
            if received.is_err() {
                return Ok(());
            }
            response.set_status_code(201)?;
            response.close_with(body)
        }
        _ => {
            response.set_status_code(404)?;
            response.close_with("There is nothing here.\n")
        }
    }
}
