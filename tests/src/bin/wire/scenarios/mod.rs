// What each scenario does with our public API, by the name the captures carry.

pub(crate) mod as_recorded;
mod authentication;
mod families;
mod plain;
mod proxy;
mod redirect;
mod upload;
mod web_client;

use std::fmt::Write as _;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_requests::{HttpWebRequest, HttpWebResponse, WebError, WebRequest};

/// Drives the API and returns result lines in the form of the captures.
pub(crate) type Scenario = Box<dyn Fn(&Stage) -> Vec<String> + Send + Sync>;

/// Names and what they do.
type Table = &'static [(&'static str, fn(&Stage) -> Vec<String>)];

pub(crate) fn find(name: &str) -> Option<Scenario> {
    let tables: [Table; 6] = [
        plain::SCENARIOS,
        proxy::SCENARIOS,
        upload::SCENARIOS,
        redirect::SCENARIOS,
        authentication::SCENARIOS,
        web_client::SCENARIOS,
    ];
    tables
        .into_iter()
        .flatten()
        .find(|(known, _)| *known == name)
        .map(|(_, scenario)| Box::new(*scenario) as Scenario)
        .or_else(|| families::find(name))
}

/// Where a scenario plays: a context of its own and the port of the replayed server.
pub(crate) struct Stage {
    context: NetContext,
    port: u16,
}

/// What went wrong: a failed request or a refused call.
type Outcome<T> = Result<T, WebError>;

impl Stage {
    pub(crate) fn new(port: u16) -> Self {
        Self {
            context: NetContext::new(),
            port,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A request that gives up long before the scenario's own limit.
    fn request(&self, path: &str) -> HttpWebRequest {
        self.request_to(&self.url(path))
    }

    fn request_to(&self, url: &str) -> HttpWebRequest {
        let mut request = WebRequest::create_http_in(&self.context, url).expect("a valid address");
        request
            .set_timeout(Some(Duration::from_secs(10)))
            .expect("nothing is sent yet");
        request
    }

    /// Sends a request without a body and describes what came of it.
    fn get(&self, path: &str, prepare: impl FnOnce(&mut HttpWebRequest)) -> Vec<String> {
        let mut request = self.request(path);
        prepare(&mut request);
        describe(request.get_response(), false)
    }

    /// As `get`, with the headers of the response in a second line.
    fn get_with_headers(
        &self,
        path: &str,
        prepare: impl FnOnce(&mut HttpWebRequest),
    ) -> Vec<String> {
        let mut request = self.request(path);
        prepare(&mut request);
        describe(request.get_response(), true)
    }

    /// Sends a request with a body, in pieces, and describes what came of it.
    fn send(
        &self,
        method: &str,
        path: &str,
        pieces: &[&str],
        prepare: impl FnOnce(&mut HttpWebRequest),
    ) -> Vec<String> {
        let mut request = self.request(path);
        request.set_method(method).expect("a method");
        prepare(&mut request);
        describe(upload(&mut request, pieces), false)
    }
}

/// Writes the pieces as the body and gets the response.
fn upload(request: &mut HttpWebRequest, pieces: &[&str]) -> Outcome<HttpWebResponse> {
    use std::io::Write as _;
    let mut stream = request.get_request_stream()?;
    for piece in pieces {
        // An answer that came before the body was taken, or a broken connection, ends the
        // writing; the response or its error says which.
        if stream.write_all(piece.as_bytes()).is_err() {
            break;
        }
    }
    // Told again by the response.
    let _told_again = stream.close();
    request.get_response()
}

/// The result lines of a response or an error, in the form of the captures.
fn describe(outcome: Outcome<HttpWebResponse>, with_headers: bool) -> Vec<String> {
    match outcome {
        Ok(response) => response_lines(&response, with_headers),
        Err(error) => {
            let mut lines = vec![error_line(&error)];
            if let Some(response) = error.into_response()
                && let Some(response) = response.as_http()
            {
                lines.extend(response_lines(response, with_headers));
            }
            lines
        }
    }
}

/// An error's line: the .NET exception it stands for, and its status.
fn error_line(error: &WebError) -> String {
    match error.misuse() {
        // .NET: System.Net.ProtocolViolationException is an InvalidOperationException.
        Some(Misuse::InvalidOperation(text)) => format!("ProtocolViolationException {text}"),
        Some(Misuse::NotSupported(text)) => format!("NotSupportedException {text}"),
        Some(other) => format!("ArgumentException {other}"),
        None => format!("WebException Status={} Message={error}", error.status()),
    }
}

fn response_lines(response: &HttpWebResponse, with_headers: bool) -> Vec<String> {
    let mut body = Vec::new();
    let read = response
        .get_response_stream()
        .map_err(|error| error.to_string())
        .and_then(|mut stream| {
            std::io::Read::read_to_end(&mut stream, &mut body).map_err(|error| error.to_string())
        });
    let mut line = format!(
        "status={} desc={} version={} method={} uri={} contentLength={}",
        response.status_code().as_u16(),
        response.status_description(),
        response.protocol_version(),
        response.method(),
        response.response_uri(),
        response
            .content_length()
            .map_or_else(|| "-1".to_owned(), |length| length.to_string()),
    );
    // Writing into a string cannot fail.
    let _infallible = write!(
        line,
        " contentType={} charset={} encoding={} server={} fromCache=False body={}",
        response.content_type().unwrap_or_default(),
        response.character_set(),
        response.content_encoding().unwrap_or_default(),
        response.server().unwrap_or_default(),
        String::from_utf8_lossy(&body),
    );
    let mut lines = vec![line];
    if let Err(error) = read {
        lines.push(format!("reading the body failed: {error}"));
    }
    if with_headers {
        lines.push(format!(
            "headers={}",
            response.headers().to_string().replace("\r\n", "\\r\\n")
        ));
    }
    lines
}
