//! .NET's two HTTP clients at our listener, and our requests at .NET's listener.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};

use serde_json::json;
use system_net_config::NetContext;
use system_net_http_listener::HttpListener;
use system_net_requests::{WebExceptionStatus, WebRequest};

use crate::peer::{DotNet, pattern};

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    held.local_addr().unwrap().port()
}

/// Answers each request with its method, its path and its body.
fn echo(listener: &HttpListener) {
    while let Ok(mut context) = listener.get_context() {
        let request = context.request();
        let mut body = request.http_method().as_bytes().to_vec();
        body.extend_from_slice(b" ");
        body.extend_from_slice(request.raw_url().as_bytes());
        body.extend_from_slice(b" ");
        request.input_stream().read_to_end(&mut body).unwrap();
        let is_missing = request.raw_url().contains("missing");
        let response = context.response_mut();
        response
            .set_status_code(if is_missing { 404 } else { 200 })
            .unwrap();
        response
            .set_content_type("application/octet-stream")
            .unwrap();
        response.close_with(body).unwrap();
    }
}

#[test]
fn dotnet_clients_at_our_listener() {
    if !crate::enabled("dotnet_clients_at_our_listener") {
        return;
    }
    let listener = HttpListener::new_in(&NetContext::new());
    let url = format!("http://127.0.0.1:{}/", free_port());
    listener.prefixes().add(&url).unwrap();
    listener.start().unwrap();
    let serving = listener.clone();
    let served = std::thread::spawn(move || echo(&serving));
    let sizes = [0, 1, 4096, 200_000];
    for client in ["http_web_request", "http_client"] {
        let mut dotnet = DotNet::start(client, &json!({"url": url, "sizes": sizes}), &[]);
        let facts = dotnet.facts().unwrap();
        assert_eq!(facts["get"], "GET /a%20path?x=1 ", "{facts}");
        assert_eq!(facts["missing"], 404, "{facts}");
        assert_eq!(facts["posted"], json!(sizes), "{facts}");
    }
    listener.stop().unwrap();
    served.join().unwrap();
}

#[test]
fn our_requests_at_dotnet_listener() {
    if !crate::enabled("our_requests_at_dotnet_listener") {
        return;
    }
    let url = format!("http://127.0.0.1:{}/", free_port());
    let options = json!({"url": url, "requests": 2});
    let mut dotnet = DotNet::start("http_listener", &options, &[]);
    let _listens = dotnet.port();
    let context = NetContext::new();
    // "ann" with a password that has an accent. This listener takes no other login on this system,
    // and loses a request that follows on its 401 at once: it is sent unasked.
    let ann = Some("Basic YW5uOnPDqWNyZXQ=");
    let ask = |path: &str, login: Option<&str>, body: usize| {
        let url = format!("{url}{path}");
        let mut request = WebRequest::create_http_in(&context, &url).unwrap();
        if let Some(login) = login {
            request
                .headers_mut()
                .unwrap()
                .set("Authorization", login)
                .unwrap();
        }
        if body > 0 {
            request.set_method("POST").unwrap();
            let mut stream = request.get_request_stream().unwrap();
            stream.write_all(&pattern(body)).unwrap();
            stream.close().unwrap();
        }
        request
            .get_response()
            .map(|response| response.into_bytes().unwrap())
    };
    let answer = ask("page", ann, 0).unwrap();
    assert_eq!(answer, "GET /page ann s\u{e9}cret".as_bytes());
    let answer = ask("page", ann, 70_000).unwrap();
    assert_eq!(answer, pattern(70_000));
    let facts = dotnet.facts().unwrap();
    assert_eq!(facts["served"], 2, "{facts}");
    // And one without a login, at a listener that waits for another request.
    let mut dotnet = DotNet::start("http_listener", &options, &[]);
    let _listens = dotnet.port();
    let error = ask("page", None, 0).unwrap_err();
    assert_eq!(error.status(), WebExceptionStatus::ProtocolError);
    let response = error.response().unwrap();
    assert_eq!(response.as_http().unwrap().status_code().as_u16(), 401);
}
