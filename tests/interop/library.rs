//! The public API against nginx.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_config::NetContext;
use system_net_primitives::HttpVersion;
use system_net_requests::{WebExceptionStatus, WebRequest};

use crate::nginx::{Nginx, pause};
use crate::{assert_same, enabled, make_big_file, request};

#[test]
fn plain_get() {
    if !enabled("plain_get") {
        return;
    }
    let nginx = Nginx::plain("");
    nginx.write("hello.txt", "hello from nginx\n");
    let context = NetContext::new();
    let mut asked = WebRequest::create_in(&context, nginx.url("/hello.txt")).unwrap();
    let response = asked.get_response().unwrap();
    let http = response.as_http().unwrap();
    assert_eq!(http.status_code().as_u16(), 200);
    assert_eq!(http.server().as_deref(), Some("nginx"));
    assert_eq!(http.content_type().as_deref(), Some("text/plain"));
    assert_eq!(response.content_length().unwrap(), Some(17));
    assert_eq!(response.into_string().unwrap(), "hello from nginx\n");
}

#[test]
fn no_compression_is_asked_for() {
    if !enabled("no_compression_is_asked_for") {
        return;
    }
    let nginx = Nginx::plain("gzip on; gzip_types text/plain; gzip_min_length 1;");
    let text = "compressible ".repeat(1000);
    nginx.write("text.txt", &text);
    let response = request(&NetContext::new(), &nginx.url("/text.txt"))
        .get_response()
        .unwrap();
    assert!(!response.headers().contains("Content-Encoding"));
    assert_eq!(response.into_string().unwrap(), text);
}

#[test]
fn not_found_has_its_body() {
    if !enabled("not_found_has_its_body") {
        return;
    }
    let nginx = Nginx::plain("error_page 404 /missing.txt;");
    nginx.write("missing.txt", "nothing here\n");
    let error = request(&NetContext::new(), &nginx.url("/no"))
        .get_response()
        .unwrap_err();
    assert_eq!(error.status(), WebExceptionStatus::ProtocolError);
    let response = error.into_response().unwrap();
    assert_eq!(response.as_http().unwrap().status_code().as_u16(), 404);
    assert_eq!(response.into_string().unwrap(), "nothing here\n");
}

#[test]
fn redirects_are_followed() {
    if !enabled("redirects_are_followed") {
        return;
    }
    let nginx = Nginx::plain(
        "location = /one { return 301 /two?x=1; }\n\
         location = /two { return 302 http://$http_host/three; }\n\
         location = /loop { return 307 /loop; }",
    );
    nginx.write("three", "arrived");
    let context = NetContext::new();
    let response = request(&context, &nginx.url("/one"))
        .get_response()
        .unwrap();
    assert_eq!(response.response_uri().absolute_uri(), nginx.url("/three"));
    assert_eq!(response.into_string().unwrap(), "arrived");

    let mut endless = request(&context, &nginx.url("/loop"));
    endless.set_maximum_automatic_redirections(3).unwrap();
    let error = endless.get_response().unwrap_err();
    assert_eq!(error.status(), WebExceptionStatus::ProtocolError);
    let loops = nginx
        .access_log_of(7)
        .iter()
        .filter(|(_, line)| line.contains("/loop"))
        .count();
    assert!(
        (3..=4).contains(&loops),
        "{loops} requests for 3 redirections"
    );
}

#[test]
fn big_file_is_byte_equal() {
    if !enabled("big_file_is_byte_equal") {
        return;
    }
    let nginx = Nginx::plain("");
    make_big_file(&nginx.file("big"), 1 << 30);
    let response = request(&NetContext::new(), &nginx.url("/big"))
        .get_response()
        .unwrap();
    assert_eq!(response.content_length(), Some(1 << 30));
    let body = response.get_response_stream().unwrap();
    let length = assert_same(body, File::open(nginx.file("big")).unwrap());
    assert_eq!(length, 1 << 30);
}

#[test]
fn ten_thousand_requests_over_two_connections() {
    if !enabled("ten_thousand_requests_over_two_connections") {
        return;
    }
    const REQUESTS: usize = 10_000;
    let nginx = Nginx::plain("");
    nginx.write("small", "small");
    let context = NetContext::new();
    let left = AtomicUsize::new(REQUESTS);
    let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while take().is_ok() {
                    let response = request(&context, &nginx.url("/small"))
                        .get_response()
                        .unwrap();
                    assert_eq!(response.into_bytes().unwrap(), b"small");
                }
            });
        }
    });
    let log = nginx.access_log_of(REQUESTS);
    assert_eq!(log.len(), REQUESTS);
    let connections: HashSet<u64> = log.into_iter().map(|(connection, _)| connection).collect();
    assert!(connections.len() <= 2, "{} connections", connections.len());
}

#[test]
fn connections_closed_between_requests_are_replaced() {
    if !enabled("connections_closed_between_requests_are_replaced") {
        return;
    }
    // Closed without a word after a moment of idleness; and closed as announced after each.
    for (directives, wait) in [
        ("keepalive_timeout 100ms;", 400),
        ("keepalive_requests 1;", 0),
    ] {
        let nginx = Nginx::plain(directives);
        nginx.write("x", "x");
        let context = NetContext::new();
        for _ in 0..3 {
            let response = request(&context, &nginx.url("/x")).get_response().unwrap();
            assert_eq!(response.into_bytes().unwrap(), b"x");
            pause(wait);
        }
        let log = nginx.access_log_of(3);
        let connections: HashSet<u64> = log.iter().map(|(connection, _)| *connection).collect();
        assert_eq!((log.len(), connections.len()), (3, 3), "{directives}");
    }
}

#[test]
fn http_1_0() {
    if !enabled("http_1_0") {
        return;
    }
    let nginx = Nginx::plain("");
    nginx.write("x", "old times");
    let context = NetContext::new();
    for keep_alive in [false, true] {
        let mut old = request(&context, &nginx.url("/x"));
        old.set_protocol_version(HttpVersion::VERSION10).unwrap();
        old.set_keep_alive(keep_alive).unwrap();
        assert_eq!(
            old.get_response().unwrap().into_string().unwrap(),
            "old times"
        );
    }
    let log = nginx.access_log_of(2);
    assert!(
        log.iter().all(|(_, line)| line == "GET /x HTTP/1.0"),
        "{log:?}"
    );
}

#[test]
fn chunked_responses() {
    if !enabled("chunked_responses") {
        return;
    }
    // A filter that may change the length makes nginx send chunks.
    let nginx = Nginx::plain("sub_filter_types text/plain; sub_filter needle NEEDLE;");
    let text = format!("{}needle{}", "a".repeat(100_000), "b".repeat(50_000));
    nginx.write("text", &text);
    let context = NetContext::new();
    for _ in 0..2 {
        let response = request(&context, &nginx.url("/text"))
            .get_response()
            .unwrap();
        assert_eq!(
            response.headers().get("Transfer-Encoding").as_deref(),
            Some("chunked")
        );
        assert_eq!(response.content_length(), None);
        assert_eq!(
            response.into_string().unwrap(),
            text.replace("needle", "NEEDLE")
        );
    }
    let log = nginx.access_log_of(2);
    assert_eq!(
        log[0].0, log[1].0,
        "the connection is reused after the last chunk"
    );
}

#[test]
fn uploads_of_each_framing() {
    if !enabled("uploads_of_each_framing") {
        return;
    }
    let nginx = Nginx::plain("dav_methods PUT;");
    let context = NetContext::new();
    let body: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    for (name, chunked, announced) in [
        ("buffered", false, false),
        ("announced", false, true),
        ("chunked", true, false),
    ] {
        let mut put = request(&context, &nginx.url(&format!("/{name}")));
        put.set_method("PUT").unwrap();
        put.set_send_chunked(chunked).unwrap();
        if announced {
            put.set_content_length(body.len() as u64).unwrap();
        }
        let mut stream = put.get_request_stream().unwrap();
        stream.write_all(&body).unwrap();
        stream.close().unwrap();
        let response = put.get_response().unwrap();
        assert_eq!(response.status_code().as_u16(), 201, "{name}");
        assert!(std::fs::read(nginx.file(name)).unwrap() == body, "{name}");
    }
}
