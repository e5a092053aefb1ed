//! Requests as values that are written and read.

use std::time::{Duration, SystemTime};

use system_net_primitives::HttpVersion;
use system_net_requests::{DecompressionMethods, HttpRequestTemplate, HttpWebRequest, WebRequest};
use system_net_testkit::{HttpPeer, Response};

use crate::{context, write_body};

/// What a request is made like, by hand.
type Make = fn(&mut HttpWebRequest);

fn time() -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777))
}

const MAKES: [Make; 6] = [
    |_| {},
    |request| {
        request.set_method("PROPFIND").unwrap();
        request.set_accept(Some("text/html")).unwrap();
        request.set_user_agent(Some("porter/1.0")).unwrap();
        request.set_referer(Some("http://ref/")).unwrap();
        request.set_host("front.example:8080").unwrap();
        let headers = request.headers_mut().unwrap();
        headers.add("X-one", "1").unwrap();
        headers.add("x-TWO", "2").unwrap();
        headers.add("X-one", "again").unwrap();
    },
    |request| {
        request.set_date(time()).unwrap();
        request.set_if_modified_since(time()).unwrap();
        request.add_range_from_to(0, 9).unwrap();
        request.add_range(20).unwrap();
        request.add_range(-5).unwrap();
        request
            .set_automatic_decompression(DecompressionMethods::ALL)
            .unwrap();
    },
    |request| {
        request.set_keep_alive(false).unwrap();
        request
            .set_protocol_version(HttpVersion::VERSION10)
            .unwrap();
        request.set_connection(Some("x-own")).unwrap();
    },
    |request| {
        request.set_method("POST").unwrap();
        request.set_send_chunked(true).unwrap();
        request.set_transfer_encoding(Some("gzip")).unwrap();
        request.set_content_type(Some("text/x")).unwrap();
        request.set_expect(Some("x-own")).unwrap();
    },
    |request| {
        request.set_method("PUT").unwrap();
        request.set_content_length(5).unwrap();
        request.set_timeout(None).unwrap();
        request
            .set_read_write_timeout(Some(Duration::from_millis(1_500)))
            .unwrap();
        request
            .set_continue_timeout(Duration::from_millis(10))
            .unwrap();
        request
            .set_total_timeout(Some(Duration::from_secs(70)))
            .unwrap();
        request
            .set_connect_timeout(Some(Duration::from_secs(7)))
            .unwrap();
        request.set_allow_auto_redirect(false).unwrap();
        request.set_maximum_automatic_redirections(3).unwrap();
        request
            .set_maximum_response_headers_length(Some(9))
            .unwrap();
        request.set_allow_write_stream_buffering(false).unwrap();
        request.set_allow_read_stream_buffering(true).unwrap();
        request.set_media_type(Some("text/html")).unwrap();
        request.set_pre_authenticate(true).unwrap();
        request.set_connection_group_name(Some("group")).unwrap();
    },
];

/// A request that was rebuilt from text sends the same bytes, and has the same properties.
#[test]
fn request_template_roundtrip() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    for (number, make) in MAKES.iter().enumerate() {
        let url = peer.url(&format!("/{number}?a=b%20c"));
        let mut request = WebRequest::create_http_in(&context(), &*url).unwrap();
        make(&mut request);
        let template = HttpRequestTemplate::of(&request);
        let text = serde_json::to_string(&template).unwrap();
        let read: HttpRequestTemplate = serde_json::from_str(&text).unwrap();
        assert_eq!(read, template, "{text}");
        let mut again = read.create_in(&context()).unwrap();
        assert_eq!(HttpRequestTemplate::of(&again), template, "{text}");
        assert_eq!(again.timeout(), request.timeout());
        assert_eq!(again.total_timeout(), request.total_timeout());
        assert_eq!(again.address(), request.address());
        let mut heads = Vec::new();
        for request in [&mut request, &mut again] {
            if matches!(request.method(), "POST" | "PUT") {
                request
                    .service_point()
                    .unwrap()
                    .set_expect_100_continue(false);
                write_body(request, "hello");
            }
            request.get_response().unwrap();
            heads.push(peer.requests().last().unwrap().head_text());
        }
        assert_eq!(heads[0], heads[1]);
        // After it was sent it is a template as before.
        assert_eq!(HttpRequestTemplate::of(&request), template);
    }
}

/// What is read is checked as if it was set by hand.
#[test]
fn damaged_templates() {
    let mut request = WebRequest::create_http_in(&context(), "http://user:secret@h/").unwrap();
    let headers = request.headers_mut().unwrap();
    headers.add("Authorization", "Basic c2VjcmV0").unwrap();
    let template = HttpRequestTemplate::of(&request);
    assert!(!format!("{template:?}").contains("secret"));
    let text = serde_json::to_string(&template).unwrap();
    let replace = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        text.replacen(from, to, 1)
    };
    let own = "[\"Authorization\",\"Basic c2VjcmV0\"]";
    for damaged in [
        replace("http://user:secret@h/", "ftp://h/"),
        replace("http://user:secret@h/", "relative"),
        replace("\"GET\"", "\"G ET\""),
        replace("\"1.1\"", "\"x\""),
        replace(own, "[\"Host\",\"other\"]"),
        replace(own, "[\"Content-Length\",\"7\"]"),
        replace(own, "[\"X\",\"a\\r\\nEvil: b\"]"),
        replace(own, "[\"User-Agent\",\"a\\r\\nEvil: b\"]"),
        replace(own, "[\"Transfer-Encoding\",\"chunked\"]"),
        replace(own, "[\"Connection\",\"close\"]"),
        replace(own, "[\"Range\",\"bytes=0-1\\r\\nEvil: b\"]"),
        replace(own, "[\"Range\",\"bytes=9-1\"]"),
        replace(own, "[\"Date\",\"today\"]"),
        replace(
            "\"automatic_decompression\":[]",
            "\"automatic_decompression\":[\"lzma\"]",
        ),
        replace(
            "\"maximum_automatic_redirections\":50",
            "\"maximum_automatic_redirections\":0",
        ),
    ] {
        let read: HttpRequestTemplate = serde_json::from_str(&damaged).unwrap();
        let error = read.create_in(&context()).expect_err(&damaged);
        assert!(
            error.misuse().is_some() || error.uri_format().is_some(),
            "{error:?}"
        );
    }
    for damaged in [replace("\"uri\"", "\"url\""), "{}".into(), text[1..].into()] {
        assert!(serde_json::from_str::<HttpRequestTemplate>(&damaged).is_err());
    }
}
