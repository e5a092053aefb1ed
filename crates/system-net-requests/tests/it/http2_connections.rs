//! Connections of HTTP/2: who shares one, how long it lives, and what is asked of it.

use std::time::Duration;

use system_net_primitives::HttpVersion;
use system_net_requests::{HttpVersionPolicy, WebRequest};
use system_net_testkit::{Http2Event, HttpPeer, frame};

use crate::context;
use crate::http2::{answering, get, peer, request};

/// Connection groups do not share connections, and are closed apart.
#[test]
fn connection_groups_stay_apart() {
    let peer = answering(|request, _| request.path().to_owned());
    let context = context();
    let get_in = |group: Option<&str>| {
        let mut request = request(&context, &peer.url("/"));
        request.set_connection_group_name(group).unwrap();
        request.get_response().unwrap().into_string().unwrap();
    };
    get_in(None);
    get_in(Some("a"));
    get_in(Some("b"));
    get_in(Some("a"));
    assert_eq!(peer.connections_opened(), 3);
    let point = request(&context, &peer.url("/")).service_point().unwrap();
    assert!(point.close_connection_group(Some("a")));
    peer.wait_for_open_at_most(2);
    get_in(Some("b"));
    assert_eq!(peer.connections_opened(), 3);
    get_in(Some("a"));
    assert_eq!(peer.connections_opened(), 4);
}

/// Idle connections are closed in time, and with their context.
#[test]
fn idle_connections_are_closed() {
    let peer = answering(|_, _| String::new());
    let context = context();
    get(&context, &peer.url("/")).unwrap();
    let point = request(&context, &peer.url("/")).service_point().unwrap();
    assert_eq!(point.current_connections(), 1);
    point
        .set_max_idle_time(Some(Duration::from_millis(50)))
        .unwrap();
    peer.wait_for_open_at_most(0);
    point.set_max_idle_time(None).unwrap();
    get(&context, &peer.url("/")).unwrap();
    assert_eq!(peer.connections_opened(), 2);
    drop((point, context));
    peer.wait_for_open_at_most(0);
}

/// A connection that a runtime opened serves blocking calls, other runtimes and those after its end.
#[test]
fn connections_outlive_the_runtime_that_opened_them() {
    let peer = answering(|request, _| request.path().to_owned());
    let context = context();
    let fetch = async |path: &str| {
        let response = request(&context, &peer.url(path))
            .get_response_async()
            .await;
        let mut text = String::new();
        let stream = response.unwrap().get_response_stream().unwrap();
        tokio::io::AsyncReadExt::read_to_string(&mut stream.into_async(), &mut text)
            .await
            .unwrap();
        assert_eq!(text, path);
    };
    let build = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = build();
    first.block_on(fetch("/1"));
    // The first runtime is there, and nobody drives it.
    assert_eq!(get(&context, &peer.url("/2")).unwrap(), "/2");
    first.block_on(async {
        // A blocking call holds up the only thread of the runtime.
        assert_eq!(get(&context, &peer.url("/3")).unwrap(), "/3");
        fetch("/4").await;
    });
    drop(first);
    build().block_on(fetch("/5"));
    assert_eq!(get(&context, &peer.url("/6")).unwrap(), "/6");
    assert_eq!(peer.connections_opened(), 1);

    // Opened by a runtime that ends at once.
    let point = request(&context, &peer.url("/")).service_point().unwrap();
    point.close_connection_group(None);
    peer.wait_for_open_at_most(0);
    build().block_on(fetch("/7"));
    assert_eq!(get(&context, &peer.url("/8")).unwrap(), "/8");
    assert_eq!(peer.connections_opened(), 2);
}

/// Begin/End, redirects, and cookies, as over HTTP/1.
#[test]
fn the_rest_is_as_over_http1() {
    let peer = peer(&[], |talk| {
        loop {
            let head = talk.request()?;
            match head.path() {
                "/from" => talk.head(
                    head.stream,
                    &[
                        (":status", "302"),
                        ("location", "/to"),
                        ("set-cookie", "a=1"),
                    ],
                    true,
                )?,
                _ => {
                    let cookie = head.field("cookie").unwrap_or("none").to_owned();
                    talk.respond(head.stream, "200", cookie.as_bytes())?;
                }
            }
        }
    });
    let context = context();
    let mut request = request(&context, &peer.url("/from"));
    request
        .set_cookie_container(Some(system_net_primitives::CookieContainer::new()))
        .unwrap();
    let begun = request.begin_get_response(None, None);
    let response = request.end_get_response(&begun).unwrap();
    assert_eq!(response.response_uri().absolute_path(), "/to");
    assert_eq!(response.into_string().unwrap(), "a=1");
    assert_eq!(peer.connections_opened(), 1);
}

/// `keep_alive` off: the connection takes no more requests.
#[test]
fn without_keep_alive_the_connection_is_closed() {
    let peer = answering(|_, _| "x".to_owned());
    let context = context();
    let mut last = request(&context, &peer.url("/"));
    last.set_keep_alive(false).unwrap();
    last.get_response().unwrap().into_string().unwrap();
    peer.wait_for_open_at_most(0);
    get(&context, &peer.url("/")).unwrap();
    assert_eq!(peer.connections_opened(), 2);
}

/// Which versions can be asked for.
#[test]
fn versions_and_policies() {
    let context = context();
    let mut request = WebRequest::create_http_in(&context, "http://h/").unwrap();
    assert_eq!(request.protocol_version(), HttpVersion::VERSION11);
    assert_eq!(
        request.version_policy(),
        HttpVersionPolicy::RequestVersionOrLower
    );
    for version in [
        HttpVersion::VERSION10,
        HttpVersion::VERSION11,
        HttpVersion::VERSION20,
    ] {
        request.set_protocol_version(version).unwrap();
        assert_eq!(request.protocol_version(), version);
    }
    assert!(
        request
            .set_protocol_version(HttpVersion::new(3, 0))
            .is_err()
    );
    // In clear text, and with a lower version allowed, it is HTTP/1.1.
    let peer = HttpPeer::serve(|_| system_net_testkit::Response::new(200).body("one"));
    let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    request
        .set_protocol_version(HttpVersion::VERSION20)
        .unwrap();
    let response = request.get_response().unwrap();
    assert_eq!(response.protocol_version(), HttpVersion::VERSION11);
    assert_eq!(response.into_string().unwrap(), "one");
    let head = String::from_utf8(peer.requests()[0].head.clone()).unwrap();
    assert!(head.starts_with("GET / HTTP/1.1\r\n"), "{head}");
}

/// Settings of the service point.
#[test]
fn settings_of_the_service_point() {
    let context = context();
    let point = request(&context, "http://h/").service_point().unwrap();
    assert_eq!(point.http2_ping_delay(), None);
    assert_eq!(point.http2_ping_timeout(), Duration::from_secs(20));
    assert_eq!(point.http2_stream_window(), 1 << 20);
    assert_eq!(point.http2_connection_window(), 1 << 30);
    assert!(
        point
            .set_http2_ping_delay(Some(Duration::from_millis(999)))
            .is_err()
    );
    assert!(point.set_http2_ping_timeout(Duration::ZERO).is_err());
    for bytes in [65_534, 1 << 31] {
        assert!(point.set_http2_stream_window(bytes).is_err());
        assert!(point.set_http2_connection_window(bytes).is_err());
    }
    let peer = peer(&[], |talk| {
        let mut told = Vec::new();
        let head = loop {
            match talk.event()? {
                Http2Event::Settings(settings) => told.push(format!("{settings:?}")),
                Http2Event::WindowUpdate { stream: 0, bytes } => told.push(bytes.to_string()),
                Http2Event::Head(head) => break head,
                _ => {}
            }
        };
        talk.respond(head.stream, "200", told.join(" ").as_bytes())
    });
    let point = request(&context, &peer.url("/")).service_point().unwrap();
    point.set_http2_stream_window(70_000).unwrap();
    point.set_http2_connection_window(1_065_535).unwrap();
    let told = get(&context, &peer.url("/")).unwrap();
    // Neither pushes nor more than the windows, in frames of 64 KiB; heads of twice the limit.
    assert_eq!(
        told,
        "[(2, 0), (4, 70000), (5, 65536), (6, 131072)] 1000000"
    );
    assert_eq!(frame::SETTINGS, 4);
}

/// Responses that nobody reads, each longer than its window, hold up no other on their connection.
#[test]
fn unread_responses_hold_up_no_other() {
    const UNREAD: usize = 20;
    let peer = peer(&[], |talk| {
        loop {
            let head = talk.request()?;
            if head.path() == "/" {
                talk.head(head.stream, &[(":status", "200")], false)?;
                talk.data_in_windows(head.stream, b"here", true)?;
                continue;
            }
            let fields = [(":status", "200"), ("content-length", "3145728")];
            talk.head(head.stream, &fields, false)?;
            // As much as both windows let through.
            let room = talk.window(head.stream).min(talk.window(0));
            let room = usize::try_from(room).unwrap_or(0);
            talk.data(head.stream, &vec![0; room], false)?;
        }
    });
    let context = context();
    let unread: Vec<_> = (0..UNREAD)
        .map(|_| {
            let mut request = request(&context, &peer.url("/unread"));
            request.get_response().unwrap()
        })
        .collect();
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "here");
    assert_eq!(peer.connections_opened(), 1);
    drop(unread);
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "here");
    assert_eq!(peer.connections_opened(), 1);
}
