//! Tests of the public surface, against scripted peers on loopback.
//!
//! * `advice_table`, `advice_provoked`, `advice_tls`, `advice_files`, `advice_cures`: what errors say,
//!   that it is what the guide says, and that it helps
//! * `client_certificates`: what a request shows of its own, to whom, and who shares a connection
//! * `create`: the registry of prefixes, and making requests
//! * `configured`: what a configuration file changes
//! * `wire`: properties, and what of them reaches the server
//! * `travel_headers`: Connection, Expect, Transfer-Encoding
//! * `recorded_properties`: properties as the recorded rows have them
//! * `fields`: ranges, dates, and who answered
//! * `bodies`: request streams; `held_heads`: when their heads go out
//! * `response_streams`: response streams
//! * `connection_logins`, `connection_login_proxies`: logins that belong to a connection, and who
//!   shares one
//! * `scheme_downgrade`: what is not sent in the place of a stronger login
//! * `tls_sessions`: who resumes whose
//! * `login_bodies`: with which of a login's messages the body goes
//! * `upload_logins`: those of requests whose body is written once
//! * `loopback_names`: under which names the process may be logged in to
//! * `cookies`: what a container sends and takes
//! * `decompression`: compressed responses
//! * `crowd`: many requests at once, requests and responses given up anywhere
//! * `aborts`: cancelling in every phase
//! * `access`: what policies forbid is never looked up nor connected to
//! * `ssrf_matrix`: the guard against forged requests, in a world that has every address
//! * `address_checks`: what is checked is what is connected to or opened
//! * `statuses`: every `WebExceptionStatus` this crate can reach, in its phase
//! * `http2`: requests over HTTP/2; `http2_failures`: what their servers do wrong, and what is sent
//!   again; `http2_tls`: who chooses it
//! * `idle`: how long connections are kept
//! * `lines`: servers whose connections a test reads by hand
//! * `pipelining`, `pipelining_failures`: requests behind others on a busy connection
//! * `pool`, `reuse`: connections, their limit, their reuse; `unix_sockets`: those through Unix sockets
//! * `proxies`, `request_proxies`, `proxy_logins`: what is sent to proxies, and through them
//! * `redirects`, `logins`: what the exchange does with 3xx and 401; `digest_logins`: those by Digest
//! * `defaults`: what requests have unless they say otherwise, and what they give safety up for
//! * `service_points`: from where they connect, what they tell of their servers
//! * `runtimes`, `begin_end`: blocking calls, futures and Begin/End in every surrounding
//! * `response_options`: read ahead, informational responses, the media type
//! * `responses`: what holds for the response of every protocol
//! * `policies`: redirects, HSTS, the spelling of headers
//! * `practices`: the guide's best practices as programs
//! * `retries`: what is sent again under a policy
//! * `resumed`: downloads that go on
//! * `template`: requests as values
//! * `text_reader`: text from streams
//! * `timeouts`: how long each phase may take
//! * `web_client_events`: operations that tell their end, progress, rate limits
//! * `files`, `web_client`, `custom`, `custom_full`: the other protocols and the client over them all
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests measure time and run peers on threads; their helpers are tests as well"
)]

mod aborts;
mod access;
mod address_checks;
mod advice_cures;
mod advice_files;
mod advice_provoked;
mod advice_table;
mod advice_tls;
mod begin_end;
mod bodies;
mod client_certificates;
mod configured;
mod connection_login_proxies;
mod connection_logins;
mod cookies;
mod create;
mod crowd;
mod custom;
mod custom_full;
#[cfg(all(feature = "brotli", feature = "zstd"))]
mod decompression;
mod defaults;
mod digest_bodies;
mod digest_logins;
mod fields;
mod files;
mod held_heads;
mod http2;
mod http2_connections;
mod http2_failures;
mod http2_tls;
mod idle;
mod lines;
mod login_bodies;
mod login_threads;
mod logins;
mod loopback_names;
mod pipelining;
mod pipelining_failures;
mod policies;
mod pool;
mod practices;
mod pre_authentication;
mod proxies;
mod proxy_logins;
mod recorded_properties;
mod redirects;
mod request_proxies;
mod response_options;
mod response_streams;
mod responses;
mod resumed;
mod retries;
mod reuse;
mod runtimes;
mod scheme_downgrade;
mod service_points;
mod ssrf_matrix;
mod statuses;
mod template;
mod text_reader;
mod timeouts;
mod tls_sessions;
mod travel_headers;
mod unix_sockets;
mod upload_logins;
mod web_client;
mod web_client_events;
mod wire;

use std::io::Write;
use std::path::PathBuf;

use system_net_config::{NetContext, Settings};
use system_net_requests::{HttpWebRequest, WebError, WebExceptionStatus, WebRequest};

/// A context of its own for each test, so that no test sees another's connections.
fn context() -> NetContext {
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    NetContext::with_settings(settings)
}

/// A context that trusts an authority.
fn context_trusting(authority: &system_net_testkit::Authority) -> NetContext {
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    NetContext::with_settings(settings)
}

/// The text of a resource.
#[track_caller]
fn get(context: &NetContext, url: &str) -> String {
    let mut request = WebRequest::create_in(context, url).unwrap();
    request.get_response().unwrap().into_string().unwrap()
}

/// An HTTP request with the method `POST`, which asks no server to continue.
fn post(context: &NetContext, url: &str) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_method("POST").unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    request
}

/// Writes a whole body.
#[track_caller]
fn write_body(request: &mut HttpWebRequest, body: impl AsRef<[u8]>) {
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(body.as_ref()).unwrap();
    stream.close().unwrap();
}

/// The `WebError` in a stream's error.
#[track_caller]
fn web_error(error: std::io::Error) -> WebError {
    error.downcast().expect("a WebError inside")
}

/// A folder that is deleted at the end of its test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file's address.
    fn url(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// An HTTP request in a context of its own.
fn http(url: &str) -> HttpWebRequest {
    WebRequest::create_http_in(&context(), url).unwrap()
}

#[track_caller]
fn check_status<T: std::fmt::Debug>(
    result: Result<T, WebError>,
    expected: WebExceptionStatus,
) -> WebError {
    match result {
        Ok(value) => panic!("expected {expected}, got {value:?}"),
        Err(error) => {
            assert_eq!(error.status(), expected, "{error:#}");
            error
        }
    }
}
