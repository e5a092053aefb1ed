//! What is sent again under a retry policy, and what never is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use system_net_config::{NetContext, Settings};
use system_net_primitives::FakeClock;
use system_net_requests::{
    HttpWebRequest, RetryBudget, RetryPolicy, WebClient, WebError, WebExceptionStatus as Status,
    WebRequest,
};
use system_net_testkit::{HttpPeer, Response};

use crate::{check_status, context, get, post, write_body};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

type Waits = Arc<Mutex<Vec<Duration>>>;

/// A policy whose waits take no time and are written down.
fn policy(waits: &Waits) -> RetryPolicy {
    let waits = Arc::clone(waits);
    let mut policy = RetryPolicy::new();
    policy.set_jitter(|| 1.0);
    policy.set_pause(move |wait| {
        waits.lock().unwrap().push(wait);
        Box::pin(async {})
    });
    policy
}

fn eager() -> RetryPolicy {
    let mut policy = policy(&Waits::default());
    policy.set_max_attempts(10);
    policy.set_budget(Some(RetryBudget::new(1000, 1.0)));
    policy
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Failure {
    Status(u16),
    Close,
    Reset,
    /// Closed within the head of the response.
    Cut,
}

/// Fails each request whose number among those with its target is below `times`, after it has come
/// whole.
fn failing(failure: Failure, times: usize) -> HttpPeer {
    let counts = Mutex::new(HashMap::<String, usize>::new());
    HttpPeer::converse(move |talk| {
        loop {
            let head = talk.head()?;
            talk.body(&head)?;
            let number = {
                let mut counts = counts.lock().unwrap();
                let count = counts.entry(head.target()).or_default();
                *count += 1;
                *count
            };
            if number > times {
                talk.send(OK)?;
                continue;
            }
            match failure {
                Failure::Status(status) => talk.send(format!(
                    "HTTP/1.1 {status} No\r\nContent-Length: 3\r\n\r\nbad"
                ))?,
                Failure::Close => return talk.close(),
                Failure::Reset => return talk.reset(),
                Failure::Cut => {
                    talk.send("HTTP/1.1 20")?;
                    return talk.close();
                }
            }
        }
    })
}

const FAILURES: [Failure; 7] = [
    Failure::Status(429),
    Failure::Status(502),
    Failure::Status(503),
    Failure::Status(504),
    Failure::Close,
    Failure::Reset,
    Failure::Cut,
];

/// How the body goes out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Without,
    Buffered,
    WithLength,
    Chunked,
    Unkept,
}

fn request(context: &NetContext, url: &str, method: &str, form: Form) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_method(method).unwrap();
    let point = request.service_point().unwrap();
    point.set_expect_100_continue(false);
    request.set_retry_policy(Some(eager())).unwrap();
    match form {
        Form::Without => return request,
        Form::Buffered => {}
        Form::WithLength => request.set_content_length(5).unwrap(),
        Form::Chunked => request.set_send_chunked(true).unwrap(),
        Form::Unkept => {
            request.set_allow_write_stream_buffering(false).unwrap();
            request.set_content_length(5).unwrap();
        }
    }
    write_body(&mut request, "hello");
    request
}

/// The server counts: a POST comes once, however it fails and however its body is sent; requests
/// that may be repeated come until they are answered, whole each time.
#[test]
fn retry_never_posts_twice() {
    for failure in FAILURES {
        for (method, form, repeated) in [
            ("POST", Form::Without, false),
            ("POST", Form::Buffered, false),
            ("POST", Form::WithLength, false),
            ("POST", Form::Chunked, false),
            ("POST", Form::Unkept, false),
            ("PATCH", Form::Buffered, false),
            ("LOCK", Form::Without, false),
            ("GET", Form::Without, true),
            ("HEAD", Form::Without, true),
            ("OPTIONS", Form::Without, true),
            ("DELETE", Form::Without, true),
            ("PUT", Form::Buffered, true),
            ("PUT", Form::WithLength, true),
            ("PUT", Form::Chunked, true),
            // Its body is gone.
            ("PUT", Form::Unkept, false),
        ] {
            let shown = format!("{method} {form:?} {failure:?}");
            let (context, peer) = (context(), failing(failure, 3));
            let mut request = request(&context, &peer.url("/"), method, form);
            let result = request.get_response();
            let requests = peer.requests();
            if !repeated {
                let error = result.unwrap_err();
                match failure {
                    Failure::Status(status) => {
                        assert_eq!(error.status(), Status::ProtocolError, "{shown}");
                        let answer = error.into_response().unwrap();
                        let code = answer.as_http().unwrap().status_code().as_u16();
                        assert_eq!(code, status, "{shown}");
                        assert_eq!(answer.into_string().unwrap(), "bad", "{shown}");
                    }
                    _ => assert_ne!(error.status(), Status::ProtocolError, "{shown}"),
                }
                assert_eq!(requests.len(), 1, "{shown}");
                continue;
            }
            let response = result.unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!(response.status_code().as_u16(), 200, "{shown}");
            assert_eq!(requests.len(), 4, "{shown}");
            let body = if form == Form::Without { "" } else { "hello" };
            for request in &requests {
                assert_eq!(request.method(), method, "{shown}");
                let chunked = request.header("Transfer-Encoding").is_some();
                assert_eq!(chunked, form == Form::Chunked, "{shown}");
                assert_eq!(request.body, body.as_bytes(), "{shown}");
            }
        }
    }
}

/// The same with many at once, and failures by chance: each POST has a number of its own, and the
/// server sees no number twice.
#[test]
fn retry_never_posts_twice_in_a_crowd() {
    let seen = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let turn = AtomicUsize::new(0);
    let counted = Arc::clone(&seen);
    let peer = HttpPeer::converse(move |talk| {
        let head = talk.head()?;
        talk.body(&head)?;
        let key = format!("{} {}", head.method(), head.target());
        *counted.lock().unwrap().entry(key).or_default() += 1;
        // A connection is used once: one that is met closed is another matter.
        match turn.fetch_add(1, Ordering::Relaxed) % 5 {
            0 => return talk.reset(),
            1 => return talk.close(),
            2 => {
                talk.send("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
            }
            _ => {
                talk.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")?;
            }
        }
        talk.close()
    });
    let context = context();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (context, peer) = (&context, &peer);
            scope.spawn(move || {
                for number in 0..40 {
                    let url = peer.url(&format!("/{worker}/{number}"));
                    // It may fail; it may not be sent twice.
                    let _ = request(context, &url, "POST", Form::Buffered).get_response();
                    let mut get = request(context, &url, "GET", Form::Without);
                    // It may meet failures alone, in such a crowd.
                    if let Ok(answer) = get.get_response() {
                        assert_eq!(answer.into_string().unwrap(), "ok");
                    }
                }
            });
        }
    });
    let seen = seen.lock().unwrap();
    let most = |method: &str| {
        let of_method = seen.iter().filter(|(key, _)| key.starts_with(method));
        of_method.map(|(_, count)| *count).max().unwrap()
    };
    assert_eq!(most("POST"), 1);
    assert!(most("GET") > 1, "nothing failed");
}

/// Off unless set; the caller's word counts for methods that are not idempotent.
#[test]
fn retry_is_off_by_default() {
    let peer = failing(Failure::Status(503), 1);
    let mut plain = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
    assert!(plain.retry_policy().is_none());
    check_status(plain.get_response(), Status::ProtocolError);
    assert_eq!(peer.request_count(), 1);

    let peer = failing(Failure::Close, 2);
    let mut request = post(&context(), &peer.url("/"));
    let mut policy = eager();
    policy.set_retry_unsafe_methods(true);
    request.set_retry_policy(Some(policy)).unwrap();
    write_body(&mut request, "hello");
    assert_eq!(request.get_response().unwrap().into_string().unwrap(), "ok");
    let bodies: Vec<_> = peer.requests().into_iter().map(|r| r.body).collect();
    assert_eq!(bodies, [b"hello"; 3]);
    // Sent is sent.
    assert!(request.set_retry_policy(None).is_err());
}

/// The last failure is the result; waits grow; whoever wants is told.
#[test]
fn retry_gives_up_with_the_last_failure() {
    let peer = failing(Failure::Status(503), usize::MAX);
    let (waits, told) = (Waits::default(), Arc::new(Mutex::new(Vec::new())));
    let mut policy = policy(&waits);
    let seen = Arc::clone(&told);
    policy.set_on_retry(Some(Arc::new(move |retry| {
        seen.lock().unwrap().push((
            retry.attempt(),
            retry.status_code(),
            retry.wait().as_millis(),
        ));
    })));
    let mut request = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
    request.set_retry_policy(Some(policy)).unwrap();
    let error = check_status(request.get_response(), Status::ProtocolError);
    let body = error.into_response().unwrap().into_string().unwrap();
    assert_eq!(body, "bad");
    assert_eq!(peer.request_count(), 3);
    // The connection was kept for each next attempt.
    assert_eq!(peer.connections_opened(), 1);
    assert_eq!(
        *told.lock().unwrap(),
        [(2, Some(503), 250), (3, Some(503), 500)]
    );
    assert_eq!(waits.lock().unwrap().len(), 2);

    // A port where nobody listens, until the attempts are used up.
    let refused = format!("http://{}/", system_net_testkit::refused_port());
    let waits = Waits::default();
    let mut request = WebRequest::create_http_in(&context(), &refused).unwrap();
    request
        .set_retry_policy(Some(self::policy(&waits)))
        .unwrap();
    check_status(request.get_response(), Status::ConnectFailure);
    assert_eq!(waits.lock().unwrap().len(), 2);
}

/// `Retry-After` in both forms, up to the limit.
#[test]
fn retry_after_is_obeyed() {
    // 1994-11-06T08:49:37Z.
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    for (value, expected) in [
        ("7", Some(7)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
        ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
        ("60", Some(60)),
        ("61", None),
        ("Sun, 06 Nov 1994 09:00:00 GMT", None),
    ] {
        let mut settings = Settings::default();
        settings.tls.use_system_roots = false;
        let context = NetContext::builder()
            .settings(settings)
            .clock(Arc::new(FakeClock::starting_at(start)))
            .build();
        let first = AtomicUsize::new(0);
        let peer = HttpPeer::serve(move |_| match first.fetch_add(1, Ordering::Relaxed) {
            0 => Response::new(429).header("Retry-After", value),
            _ => Response::new(200),
        });
        let waits = Waits::default();
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        request.set_retry_policy(Some(policy(&waits))).unwrap();
        let result = request.get_response();
        let waits = waits.lock().unwrap();
        match expected {
            Some(seconds) => {
                result.unwrap();
                assert_eq!(*waits, [Duration::from_secs(seconds)], "{value}");
            }
            None => {
                check_status(result, Status::ProtocolError);
                assert_eq!((waits.len(), peer.request_count()), (0, 1), "{value}");
            }
        }
    }
}

/// A server that fails all its requests gets a few more than it would without retries.
#[test]
fn retry_budget_limits_a_storm() {
    let peer = failing(Failure::Status(503), usize::MAX);
    let context = context();
    for _ in 0..100 {
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        request
            .set_retry_policy(Some(policy(&Waits::default())))
            .unwrap();
        check_status(request.get_response(), Status::ProtocolError);
    }
    // Ten, and one of five.
    let count = peer.request_count();
    assert!((120..=130).contains(&count), "{count}");
}

/// The time-outs of the request hold over all attempts together.
#[test]
fn timeouts_hold_over_all_attempts() {
    type Limit =
        fn(&mut HttpWebRequest, Option<Duration>) -> Result<(), system_net_primitives::Misuse>;
    let limits: [Limit; 2] = [
        HttpWebRequest::set_timeout,
        HttpWebRequest::set_total_timeout,
    ];
    for set in limits {
        let peer = failing(Failure::Status(503), usize::MAX);
        let mut policy = RetryPolicy::new();
        policy.set_max_attempts(u32::MAX);
        policy.set_initial_backoff(Duration::from_millis(40));
        policy.set_max_backoff(Duration::from_millis(40));
        policy.set_budget(Some(RetryBudget::new(u32::MAX, 1.0)));
        let mut request = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
        request.set_retry_policy(Some(policy)).unwrap();
        set(&mut request, Some(Duration::from_millis(400))).unwrap();
        let begun = Instant::now();
        check_status(request.get_response(), Status::Timeout);
        // A generous limit; without the time-out it would never end.
        assert!(begun.elapsed() < Duration::from_secs(20));
        let count = peer.request_count();
        assert!((2..=40).contains(&count), "{count}");
    }
}

/// A wait ends when the request is aborted.
#[test]
fn abort_ends_the_wait() {
    let peer = failing(Failure::Status(503), usize::MAX);
    let mut policy = RetryPolicy::new();
    policy.set_initial_backoff(Duration::from_secs(3600));
    policy.set_max_backoff(Duration::from_secs(3600));
    let mut request = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
    let abort = request.abort_handle();
    policy.set_on_retry(Some(Arc::new(move |_| {
        let abort = abort.clone();
        std::thread::spawn(move || abort.abort());
    })));
    request.set_retry_policy(Some(policy)).unwrap();
    check_status(request.get_response(), Status::RequestCanceled);
    assert_eq!(peer.request_count(), 1);
}

/// Of a chain of redirects the last step is repeated, not the first: a POST that became a GET is
/// not sent again, the GET is.
#[test]
fn only_the_last_step_is_repeated() {
    let failed = AtomicUsize::new(0);
    let peer = HttpPeer::serve(move |request| match request.target().as_str() {
        "/form" => Response::new(303).header("Location", "/result"),
        _ if failed.fetch_add(1, Ordering::Relaxed) < 2 => Response::new(503),
        _ => Response::new(200).body("done"),
    });
    let mut request = post(&context(), &peer.url("/form"));
    request.set_retry_policy(Some(eager())).unwrap();
    write_body(&mut request, "hello");
    let response = request.get_response().unwrap();
    assert_eq!(response.into_string().unwrap(), "done");
    let lines: Vec<_> = peer.requests().iter().map(|r| r.request_line()).collect();
    let get = "GET /result HTTP/1.1";
    assert_eq!(lines, ["POST /form HTTP/1.1", get, get, get]);
}

/// The policy of a `WebClient` is that of its requests.
#[tokio::test]
async fn webclient_retries() -> Result<(), WebError> {
    let peer = failing(Failure::Close, 2);
    let mut client = WebClient::new_in(&context());
    client.set_retry_policy(Some(eager()));
    assert_eq!(client.download_string_async(&peer.url("/get")).await?, "ok");
    client.upload_data(&peer.url("/put"), Some("PUT"), b"x")?;
    assert_eq!(peer.request_count(), 6);
    // On a connection of its own: one that was kept may turn out to be closed, which is another
    // matter.
    let mut client = WebClient::new_in(&context());
    client.set_retry_policy(Some(eager()));
    client
        .upload_data(&peer.url("/post"), None, b"x")
        .unwrap_err();
    assert_eq!(peer.request_count(), 7);
    assert_eq!(get(&context(), &peer.url("/get")), "ok");
    Ok(())
}
