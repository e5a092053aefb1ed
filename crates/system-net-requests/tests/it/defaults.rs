//! What requests have unless they say otherwise, and what they give safety up for.

use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_config::{HttpRequestCacheLevel as Level, NetContext, Settings};
use system_net_primitives::Misuse;
use system_net_requests::{
    HttpRequestCachePolicy, HttpWebRequest, ServicePointManager, WebClient, WebError,
    WebExceptionStatus, WebRequest,
};
use system_net_testkit::{HttpPeer, Response, Script};

use crate::{check_status, context};

fn get(mut request: HttpWebRequest) -> Result<String, WebError> {
    request.get_response()?.into_string()
}

fn request(context: &NetContext, peer: &HttpPeer) -> HttpWebRequest {
    WebRequest::create_http_in(context, peer.url("/")).unwrap()
}

/// A head of so many KiB, all in all.
fn head_of(kib: usize) -> HttpPeer {
    let start = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n";
    let mut head = start.to_owned();
    while head.len() + 1026 < kib * 1024 {
        head += &format!("X: {}\r\n", "x".repeat(1000));
    }
    let rest = kib * 1024 - head.len() - "X: \r\n\r\n".len();
    head += &format!("X: {}\r\n\r\n", "x".repeat(rest));
    assert_eq!(head.len(), kib * 1024);
    HttpPeer::each(Script::new().answer(head + "ok").close())
}

#[test]
fn max_response_headers_len() {
    let too_long = WebExceptionStatus::MessageLengthLimitExceeded;
    let (three, four) = (head_of(3), head_of(4));
    let context = context();
    let default = || HttpWebRequest::default_maximum_response_headers_length_in(&context);
    assert_eq!(default(), Some(64));
    // Of the request: at the limit, and above it.
    for (kib, fits) in [
        (Some(4), true),
        (Some(3), false),
        (None, true),
        (Some(0), true),
    ] {
        let mut request = request(&context, &four);
        request.set_maximum_response_headers_length(kib).unwrap();
        assert_eq!(request.maximum_response_headers_length(), kib);
        match fits {
            true => assert_eq!(get(request).unwrap(), "ok"),
            false => drop(check_status(get(request), too_long)),
        }
    }
    // Of the context, for requests that leave it open.
    HttpWebRequest::set_default_maximum_response_headers_length_in(&context, Some(3));
    assert_eq!(default(), Some(3));
    check_status(get(request(&context, &four)), too_long);
    assert_eq!(get(request(&context, &three)).unwrap(), "ok");
    let mut own = request(&context, &four);
    own.set_maximum_response_headers_length(Some(4)).unwrap();
    assert_eq!(get(own).unwrap(), "ok");
    HttpWebRequest::set_default_maximum_response_headers_length_in(&context, None);
    assert_eq!(default(), None);
    assert_eq!(get(request(&context, &head_of(80))).unwrap(), "ok");

    // The body of an error.
    let body = "e".repeat(3000);
    let failing = HttpPeer::serve(move |_| Response::new(500).body(&body));
    for (kib, length) in [
        (Some(64), 3000),
        (Some(2), 2048),
        (Some(0), 0),
        (None, 3000),
    ] {
        HttpWebRequest::set_default_maximum_error_response_length_in(&context, kib);
        let of_context = HttpWebRequest::default_maximum_error_response_length_in(&context);
        assert_eq!(of_context, kib);
        let error = get(request(&context, &failing)).unwrap_err();
        let mut stream = error.response().unwrap().get_response_stream().unwrap();
        let mut read = Vec::new();
        stream.read_to_end(&mut read).unwrap();
        assert_eq!(read.len(), length);
    }
}

#[test]
fn unsafe_header_parsing_is_opt_in() {
    let folded = "HTTP/1.1 200 OK\r\nContent-Length : 2\r\nX: a\r\n b\r\n\r\nok";
    let peer = HttpPeer::each(Script::new().answer(folded).close());
    let mut settings = Settings::default();
    settings.http_web_request.use_unsafe_header_parsing = true;
    let (strict, lenient) = (context(), NetContext::with_settings(settings));
    let refused = WebExceptionStatus::ServerProtocolViolation;
    for (context, own, expected) in [
        (&strict, None, false),
        (&strict, Some(true), true),
        (&strict, Some(false), false),
        (&lenient, None, true),
        (&lenient, Some(false), false),
    ] {
        let mut request = request(context, &peer);
        if let Some(own) = own {
            request.set_use_unsafe_header_parsing(own).unwrap();
        }
        assert_eq!(request.use_unsafe_header_parsing(), expected);
        match expected {
            true => assert_eq!(get(request).unwrap(), "ok"),
            false => drop(check_status(get(request), refused)),
        }
    }
    // Only folds and blanks: what hides a second line stays refused.
    for hidden in ["X: a\rY: b", "X: a\0b", "X: a\nY: b"] {
        let answer = format!("HTTP/1.1 200 OK\r\n{hidden}\r\nContent-Length: 2\r\n\r\nok");
        let peer = HttpPeer::each(Script::new().answer(answer).close());
        let mut request = request(&strict, &peer);
        request.set_use_unsafe_header_parsing(true).unwrap();
        check_status(get(request), refused);
    }
}

#[test]
fn cache_policies_without_a_cache() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sent);
    let peer = HttpPeer::serve(move |request| {
        let fields = ["Cache-Control", "Pragma"].map(|name| request.header(name));
        seen.lock().unwrap().push(fields);
        Response::new(200).body("ok")
    });
    let last = || {
        let [control, pragma] = sent.lock().unwrap().pop().unwrap();
        (control.unwrap_or_default(), pragma.unwrap_or_default())
    };
    let context = context();
    let told = |control: &str, pragma: &str| (control.to_owned(), pragma.to_owned());
    for (level, expected) in [
        (Level::Default, told("max-age=7", "")),
        (Level::BypassCache, told("max-age=7", "")),
        (
            Level::NoCacheNoStore,
            told("no-store, no-cache", "no-cache"),
        ),
        (Level::Reload, told("no-cache", "no-cache")),
        (Level::Refresh, told("max-age=0", "no-cache")),
    ] {
        let policy = HttpRequestCachePolicy::new(level);
        let mut own = request(&context, &peer);
        own.headers_mut()
            .unwrap()
            .set("Cache-Control", "max-age=7")
            .unwrap();
        own.set_cache_policy(Some(policy)).unwrap();
        assert_eq!(own.cache_policy().level(), level);
        assert_eq!(get(own).unwrap(), "ok");
        assert_eq!(last(), expected, "{level:?}");
        // With a body, and for the whole context.
        HttpWebRequest::set_default_cache_policy_in(&context, policy).unwrap();
        assert_eq!(HttpWebRequest::default_cache_policy_in(&context), policy);
        let mut post = crate::post(&context, &peer.url("/"));
        post.headers_mut()
            .unwrap()
            .set("Cache-Control", "max-age=7")
            .unwrap();
        assert_eq!(post.cache_policy(), policy);
        crate::write_body(&mut post, "body");
        assert_eq!(get(post).unwrap(), "ok");
        assert_eq!(last(), expected, "{level:?}");
    }
    // A client's counts over the context's.
    let mut client = WebClient::new_in(&context);
    assert_eq!(client.cache_policy(), None);
    let reload = HttpRequestCachePolicy::new(Level::Reload);
    client.set_cache_policy(Some(reload)).unwrap();
    assert_eq!(client.cache_policy(), Some(reload));
    assert_eq!(client.download_string(&peer.url("/")).unwrap(), "ok");
    assert_eq!(last(), told("no-cache", "no-cache"));
    let cached = HttpRequestCachePolicy::new(Level::CacheOnly);
    let refused = client.set_cache_policy(Some(cached));
    assert!(
        matches!(refused, Err(Misuse::NotSupported(_))),
        "{refused:?}"
    );
    assert_eq!(client.cache_policy(), Some(reload));
    // What needs a cache is refused where it is set, and changes nothing.
    let before = HttpWebRequest::default_cache_policy_in(&context);
    for level in [
        Level::CacheOnly,
        Level::CacheIfAvailable,
        Level::Revalidate,
        Level::CacheOrNextCacheOnly,
    ] {
        let policy = HttpRequestCachePolicy::new(level);
        let mut own = request(&context, &peer);
        for refused in [
            own.set_cache_policy(Some(policy)),
            HttpWebRequest::set_default_cache_policy_in(&context, policy),
        ] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, Misuse::NotSupported(..)), "{refused}");
        }
        assert_eq!(own.cache_policy(), before);
    }
}

#[test]
fn new_service_points_probe_as_their_manager_says() {
    use rustix::net::sockopt::{socket_keepalive, tcp_keepidle};
    let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
    let context = context();
    let manager = ServicePointManager::of(&context);
    let second = Duration::from_secs(1);
    manager
        .set_tcp_keep_alive(Some((Duration::ZERO, second)))
        .unwrap_err();
    manager
        .set_tcp_keep_alive(Some((second * 77, second)))
        .unwrap();
    let mut request = request(&context, &peer);
    let response = request.get_response().unwrap();
    let sockets = crate::configured::connections_to(peer.address());
    assert_eq!(sockets.len(), 1);
    for socket in sockets {
        assert!(socket_keepalive(&socket).unwrap());
        assert_eq!(tcp_keepidle(&socket).unwrap(), second * 77);
    }
    drop(response);
}
