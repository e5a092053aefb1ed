// Redirects of every status and method.

use system_net_requests::HttpWebRequest;

use super::{Stage, Table, describe, upload};

pub(super) const SCENARIOS: Table = &[
    ("redirect_301_GET", |stage| redirect(stage, "GET")),
    ("redirect_301_HEAD", |stage| redirect(stage, "HEAD")),
    ("redirect_302_GET", |stage| redirect(stage, "GET")),
    ("redirect_302_HEAD", |stage| redirect(stage, "HEAD")),
    ("redirect_302_PUT", |stage| redirect(stage, "PUT")),
    ("redirect_303_HEAD", |stage| redirect(stage, "HEAD")),
    ("redirect_303_POST", |stage| redirect(stage, "POST")),
    ("redirect_303_PUT", |stage| redirect(stage, "PUT")),
    ("redirect_307_GET", |stage| redirect(stage, "GET")),
    ("redirect_307_PUT", |stage| redirect(stage, "PUT")),
    ("redirect_308_POST", |stage| redirect(stage, "POST")),
    ("redirect_badscheme", |stage| stage.get("/start", |_| {})),
    ("redirect_off", |stage| {
        stage.get_with_headers("/start", |r| {
            r.set_allow_auto_redirect(false).expect("unsent")
        })
    }),
];

/// A request with headers of each kind, so that it shows which ones follow the redirect.
pub(super) fn redirect(stage: &Stage, method: &str) -> Vec<String> {
    let mut request = stage.request("/start?x=1#frag");
    request.set_method(method).expect("a method");
    header(&mut request, "X-Custom", "v");
    header(&mut request, "Authorization", "Basic Zm9v");
    request.set_user_agent(Some("ua")).expect("unsent");
    request.set_referer(Some("http://ref/")).expect("unsent");
    header(&mut request, "Cookie", "c=1");
    let outcome = if matches!(method, "PUT" | "POST") {
        request.set_content_type(Some("text/x")).expect("unsent");
        upload(&mut request, &["hello"])
    } else {
        request.get_response()
    };
    let mut lines = describe(outcome, false);
    lines.push(format!(
        "Address={} RequestUri={} Method={}",
        request.address(),
        request.request_uri(),
        request.method()
    ));
    lines
}

fn header(request: &mut HttpWebRequest, name: &str, value: &str) {
    request
        .headers_mut()
        .and_then(|headers| headers.add(name, value))
        .expect("unsent");
}
