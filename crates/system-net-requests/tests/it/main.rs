//! Tests of the public surface, against scripted peers on loopback.
//!
//! * `create`: the registry of prefixes, and making requests
//! * `wire`: what reaches the server
//! * `bodies`: request and response streams
//! * `statuses`: every `WebExceptionStatus` this crate can reach, in its phase
//! * `pool`: connections, their limit, their reuse
//! * `redirects`, `logins`: what the exchange does with 3xx and 401
//! * `runtimes`: blocking calls, futures and Begin/End in every surrounding
//! * `files`, `web_client`, `custom`: the other protocols and the client over them all
#![expect(
    clippy::disallowed_methods,
    reason = "tests measure time and run peers on threads"
)]

mod bodies;
mod create;
mod custom;
mod files;
mod logins;
mod pool;
mod redirects;
mod runtimes;
mod statuses;
mod web_client;
mod wire;

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
