//! The steps of the tour. Each checks what it got, byte by byte where there are bytes.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use system_net::{
    Clock, SystemClock, WebClient, WebError, WebExceptionStatus, WebRequest, WebResponse,
};

use super::document::{LARGE, PIECE, large_piece};
use super::servers::{CONNECTION, Servers};
use super::table;
use crate::failure::{FAILED, Failure};
use crate::progress;
use crate::transfer::seconds_since;

/// What became of a step.
#[derive(Debug, Default, Serialize)]
pub(super) struct Step {
    pub(super) scheme: String,
    pub(super) verb: &'static str,
    pub(super) what: &'static str,
    pub(super) status: String,
    pub(super) bytes: u64,
    /// `new` or `reused`, as the server saw it; `None` where there is no such thing.
    pub(super) connection: Option<&'static str>,
    pub(super) seconds: f64,
    /// Further lines for the reader.
    pub(super) notes: Vec<String>,
    /// Why the step failed, if it did.
    pub(super) failure: Option<String>,
}

/// The tour under way.
struct Guide<'a> {
    servers: &'a Servers,
    shown: bool,
    steps: Vec<Step>,
    /// Connections that carried a request before, by what the servers call them.
    connections: HashSet<String>,
}

type Checked = Result<(), Box<dyn std::error::Error>>;

pub(super) fn run(servers: &Servers, folder: &Path, shown: bool) -> Result<Vec<Step>, Failure> {
    let file = folder.join("document.txt");
    std::fs::write(&file, &*servers.document)
        .map_err(|error| Failure::file(FAILED, file.display(), &error))?;
    let document_url = file_url(&file);
    let new_file_url = file_url(&folder.join("written.txt"));

    if shown {
        table::print_head();
    }
    let mut guide = Guide {
        servers,
        shown,
        steps: Vec::new(),
        connections: HashSet::new(),
    };
    for url in [
        servers.http("/document.txt"),
        servers.https("/document.txt"),
        document_url,
        servers.lines("/document.txt"),
    ] {
        guide.get_document(&url);
    }
    guide.head();
    guide.upload("POST", "the document, echoed", &servers.http("/upload"));
    guide.upload("PUT", "the document, echoed", &servers.https("/upload"));
    guide.write_file(&new_file_url);
    guide.redirect();
    guide.http_error();
    guide.refused();
    guide.untrusted();
    guide.download(&folder.join("large.bin"));
    guide.ten_requests();
    Ok(guide.steps)
}

impl Guide<'_> {
    /// Runs one step and shows its row.
    fn step(
        &mut self,
        url: &str,
        verb: &'static str,
        what: &'static str,
        act: impl FnOnce(&mut Self, &mut Step) -> Checked,
    ) {
        let mut step = Step {
            scheme: url.split(':').next().unwrap_or_default().to_owned(),
            verb,
            what,
            ..Step::default()
        };
        let start = SystemClock.now();
        let outcome = act(self, &mut step);
        step.seconds = seconds_since(start);
        step.failure = outcome.err().map(|error| error.to_string());
        if self.shown {
            table::print(&step);
        }
        self.steps.push(step);
    }

    fn get_document(&mut self, url: &str) {
        self.step(url, "GET", "the document", |guide, step| {
            let mut request = WebRequest::create_in(&guide.servers.context, url)?;
            let response = request.get_response()?;
            guide.note(&response, step);
            guide.expect_document(response, step)
        });
    }

    fn head(&mut self) {
        let url = self.servers.http("/document.txt");
        self.step(&url, "HEAD", "its headers alone", |guide, step| {
            let mut request = WebRequest::create_in(&guide.servers.context, &url)?;
            request.set_method("HEAD")?;
            let response = request.get_response()?;
            guide.note(&response, step);
            let length = response.content_length()?;
            step.notes
                .push(format!("Content-Length: {}", length.unwrap_or_default()));
            let body = response.into_bytes()?;
            let expected = guide.servers.document.len() as u64;
            ensure(length == Some(expected), "the length is not the document's")?;
            ensure(body.is_empty(), "there is a body")
        });
    }

    /// Sends the document and gets it back.
    fn upload(&mut self, verb: &'static str, what: &'static str, url: &str) {
        self.step(url, verb, what, |guide, step| {
            let mut request = WebRequest::create_in(&guide.servers.context, url)?;
            request.set_method(verb)?;
            request.set_content_type(Some("text/plain; charset=utf-8"))?;
            request.set_content_length(guide.servers.document.len() as u64)?;
            let mut stream = request.get_request_stream()?;
            stream.write_all(guide.servers.document.as_bytes())?;
            stream.close()?;
            let response = request.get_response()?;
            guide.note(&response, step);
            guide.expect_document(response, step)
        });
    }

    /// The same calls write a file.
    fn write_file(&mut self, url: &str) {
        self.step(
            url,
            "PUT",
            "the document, written and read",
            |guide, step| {
                let context = &guide.servers.context;
                let mut request = WebRequest::create_in(context, url)?;
                request.set_method("PUT")?;
                let mut stream = request.get_request_stream()?;
                stream.write_all(guide.servers.document.as_bytes())?;
                stream.close()?;
                drop(request.get_response()?);
                let response = WebRequest::create_in(context, url)?.get_response()?;
                guide.note(&response, step);
                guide.expect_document(response, step)
            },
        );
    }

    fn redirect(&mut self) {
        let url = self.servers.http("/moved");
        self.step(&url, "GET", "a redirect, followed", |guide, step| {
            let mut request = WebRequest::create_in(&guide.servers.context, &url)?;
            let response = request.get_response()?;
            guide.note(&response, step);
            let reached = response.response_uri()?.absolute_path().to_owned();
            step.notes.push(format!("/moved led to {reached}"));
            ensure(reached == "/document.txt", "it led elsewhere")?;
            guide.expect_document(response, step)
        });
    }

    fn http_error(&mut self) {
        let url = self.servers.http("/missing");
        self.step(&url, "GET", "an error with its response", |guide, step| {
            let mut request = WebRequest::create_in(&guide.servers.context, &url)?;
            let error =
                guide.expect_error(&mut request, WebExceptionStatus::ProtocolError, step)?;
            let response = error.into_response().ok_or("the error holds no response")?;
            guide.note(&response, step);
            let body = response.into_bytes()?;
            step.bytes = body.len() as u64;
            ensure(body == b"There is nothing here.\n", "the body is another")
        });
    }

    fn refused(&mut self) {
        let url = closed_port();
        self.step(&url, "GET", "a port nobody listens at", |guide, step| {
            let mut request = WebRequest::create_in(&guide.servers.context, &url)?;
            guide.expect_error(&mut request, WebExceptionStatus::ConnectFailure, step)?;
            Ok(())
        });
    }

    fn untrusted(&mut self) {
        let url = self.servers.https("/document.txt");
        self.step(
            &url,
            "GET",
            "a certificate nobody vouches for",
            |guide, step| {
                // A context of its own, which does not know the authority.
                let mut settings = system_net::Settings::default();
                settings.tls.use_system_roots = false;
                settings.tls.extra_roots =
                    vec![system_net::test_util::TestCa::new().ca_der().to_vec()];
                let stranger = system_net::NetContext::with_settings(settings);
                let mut request = WebRequest::create_in(&stranger, &url)?;
                guide.expect_error(&mut request, WebExceptionStatus::TrustFailure, step)?;
                Ok(())
            },
        );
    }

    /// A download to a file, with progress, and the file compared.
    fn download(&mut self, path: &Path) {
        let url = self.servers.http("/large.bin");
        self.step(&url, "GET", "a download with progress", |guide, step| {
            let client = WebClient::new_in(&guide.servers.context);
            let bar = progress::bar("down", Some(LARGE), guide.shown);
            let _subscription = client.on_download_progress_changed({
                let bar = bar.clone();
                move |progress| bar.set_position(progress.bytes_received())
            });
            client.download_file(&url, path)?;
            bar.finish_and_clear();
            let headers = client.response_headers();
            let port = headers.and_then(|headers| headers.get(CONNECTION).map(String::from));
            step.connection = guide.connection(port);
            step.status = "200 OK".to_owned();
            step.bytes = path.metadata()?.len();
            let mut file = std::fs::File::open(path)?;
            let mut piece = vec![0; usize::try_from(PIECE)?];
            for index in 0..LARGE / PIECE {
                file.read_exact(&mut piece)?;
                ensure(piece == large_piece(index), "the file differs")?;
            }
            ensure(step.bytes == LARGE, "the length differs")
        });
    }

    fn ten_requests(&mut self) {
        let url = self.servers.http("/document.txt");
        self.step(&url, "GET", "10 requests, 1 connection", |guide, step| {
            let mut ports = HashSet::new();
            for _ in 0..10 {
                let mut request = WebRequest::create_in(&guide.servers.context, &url)?;
                let response = request.get_response()?;
                ports.insert(response.headers()?.get(CONNECTION).map(String::from));
                guide.note(&response, step);
                let bytes = step.bytes;
                guide.expect_document(response, step)?;
                step.bytes += bytes;
            }
            ensure(ports.len() == 1, "the server saw more than one connection")
        });
    }

    // ---- What the steps share ----

    /// Status and connection of a response.
    fn note(&mut self, response: &WebResponse, step: &mut Step) {
        let Some(http) = response.as_http() else {
            step.status = "done".to_owned();
            return;
        };
        let code = http.status_code().as_u16();
        step.status = format!("{code} {}", http.status_description());
        let port = http.headers().get(CONNECTION).map(String::from);
        step.connection = self.connection(port);
    }

    fn connection(&mut self, port: Option<String>) -> Option<&'static str> {
        let fresh = self.connections.insert(port?);
        Some(if fresh { "new" } else { "reused" })
    }

    fn expect_document(&self, response: WebResponse, step: &mut Step) -> Checked {
        let body = response.into_bytes()?;
        step.bytes = body.len() as u64;
        let same = body == self.servers.document.as_bytes();
        ensure(same, "it is not the document")
    }

    /// Expects a failure of a certain status, and shows what it says.
    fn expect_error(
        &self,
        request: &mut WebRequest,
        status: WebExceptionStatus,
        step: &mut Step,
    ) -> Result<WebError, Box<dyn std::error::Error>> {
        let Err(error) = request.get_response() else {
            return Err("it succeeded".into());
        };
        step.status = error.status().name().to_owned();
        step.notes.push(error.to_string());
        for advice in crate::advice::advice(&error) {
            step.notes.push(format!("- {advice}"));
        }
        match error.status() == status {
            true => Ok(error),
            false => Err(format!("the status is not {status}").into()),
        }
    }
}

fn ensure(condition: bool, failure: &str) -> Checked {
    match condition {
        true => Ok(()),
        false => Err(failure.into()),
    }
}

/// An address at which nobody listens.
fn closed_port() -> String {
    let unused = system_net::TestListener::http().map(|listener| listener.url("/"));
    unused.unwrap_or_else(|_| "http://127.0.0.1:1/".to_owned())
}

/// The address of a file; what means something in an address is escaped.
fn file_url(path: &Path) -> String {
    const MEANING: &AsciiSet = &CONTROLS.add(b'%').add(b'#').add(b'?').add(b' ');
    let path = path.to_string_lossy();
    format!("file://{}", utf8_percent_encode(&path, MEANING))
}
