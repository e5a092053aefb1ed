//! Operations of a `WebClient` that tell their end in an event; cancelling; progress both ways;
//! rate limits.

use std::io::{Read, Write};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use system_net_primitives::{AsyncState, CookieContainer, Misuse, NetworkCredential, Subscription};
use system_net_requests::{
    AsyncCompletedEventArgs, HttpWebRequest, RateLimit, UploadProgressChangedEventArgs, WebClient,
    WebError, WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{
    HttpPeer, PASSWORD, RecordedRequest, Response, Script, Signal, basic_login,
};
use system_net_uri::Uri;
use system_net_web_proxy::WebProxy;

use crate::{Folder, check_status, context, post, write_body};

fn client() -> WebClient {
    WebClient::new_in(&context())
}

#[track_caller]
fn last(peer: &HttpPeer) -> RecordedRequest {
    peer.requests().last().expect("a request").clone()
}

/// A hang limit, not a measure.
const LONG: Duration = Duration::from_secs(20);

/// Subscribes, starts, and gives what `look` makes of the one event that comes.
#[track_caller]
fn completed<T, R: Send + 'static>(
    subscribe: impl FnOnce(Box<dyn Fn(&AsyncCompletedEventArgs<T>) + Send + Sync>) -> Subscription,
    look: impl Fn(&AsyncCompletedEventArgs<T>) -> R + Send + Sync + 'static,
    start: impl FnOnce() -> Result<(), Misuse>,
) -> R {
    let (send, receive) = mpsc::channel();
    let send = Mutex::new(send);
    let _subscription = subscribe(Box::new(move |args| {
        send.lock().unwrap().send(look(args)).unwrap();
    }));
    start().unwrap();
    let first = receive.recv_timeout(LONG).expect("the event");
    assert!(receive.try_recv().is_err(), "the event came twice");
    first
}

fn text(args: &AsyncCompletedEventArgs<String>) -> String {
    args.result().unwrap().clone()
}

fn bytes(args: &AsyncCompletedEventArgs<Vec<u8>>) -> Vec<u8> {
    assert!(!args.cancelled() && args.error().is_none());
    args.result().unwrap().clone()
}

/// Every property that .NET's class has, seen at a server; every operation in the form that tells
/// its end in an event; and `CancelAsync`, after which that event comes once, with `cancelled`.
#[test]
fn webclient_members_on_wire() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        None if request.target().starts_with("/secret") => {
            Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\"")
        }
        _ => Response::new(200)
            .header("X-Answer", "yes")
            .body(&request.body),
    });
    let mut client = client();
    let base = Uri::parse(&peer.url("/secret/base/")).unwrap();
    client.set_base_address(Some(base.clone()));
    assert_eq!(client.base_address(), Some(&base));
    client.query_string_mut().push(("q".into(), "a b".into()));
    client.headers_mut().add("X-Own", "mine").unwrap();
    client.set_encoding("iso-8859-1").unwrap();
    assert_eq!(client.encoding(), "windows-1252");
    let credential = NetworkCredential::new("user", PASSWORD);
    client.set_credentials(Some(Arc::new(credential)));
    assert!(!client.use_default_credentials() && !client.is_busy());
    assert!(client.allow_write_stream_buffering() && !client.allow_read_stream_buffering());
    client.set_allow_read_stream_buffering(true);
    // What it has no property for, a hook sets.
    let cookies = CookieContainer::new();
    let (requests, responses) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (asked, answered) = (Arc::clone(&requests), Arc::clone(&responses));
    client.set_get_web_request(Some(Arc::new(move |request| {
        asked.fetch_add(1, Ordering::SeqCst);
        let http = request.as_http_mut().expect("an HTTP request");
        http.set_cookie_container(Some(cookies.clone()))?;
        http.headers_mut()?.add("X-Hook", "set")?;
        Ok(())
    })));
    client.set_get_web_response(Some(Arc::new(move |response| {
        assert!(response.as_http().is_some());
        answered.fetch_add(1, Ordering::SeqCst);
        Ok(())
    })));
    let echoed = client.upload_string("page", None, "caf\u{e9}").unwrap();
    assert_eq!(echoed, "caf\u{e9}");
    let request = last(&peer);
    assert_eq!(request.target(), "/secret/base/page?q=a%20b");
    assert_eq!(request.body, b"caf\xe9");
    for (name, value) in [
        ("X-Own", "mine"),
        ("X-Hook", "set"),
        ("Authorization", &basic_login("user")),
    ] {
        assert_eq!(request.header(name).as_deref(), Some(value), "{name}");
    }
    let headers = client.response_headers().unwrap();
    assert_eq!(headers.get("X-Answer").as_deref(), Some("yes"));
    assert_eq!(
        (
            requests.load(Ordering::SeqCst),
            responses.load(Ordering::SeqCst)
        ),
        (1, 1)
    );

    // The proxy sees what is meant for a server that is not there.
    let proxy = HttpPeer::serve(|request| Response::new(200).body(request.target()));
    let mut through = self::client();
    let address = Uri::parse(&proxy.url("/")).unwrap();
    through.set_proxy(Some(Arc::new(WebProxy::new(address).unwrap())));
    let seen = through.download_string("http://nowhere.example/x").unwrap();
    assert_eq!(seen, "http://nowhere.example/x");

    check_started(&peer);
    check_cancelled();
}

/// Every operation, started.
fn check_started(peer: &HttpPeer) {
    let (client, folder) = (Arc::new(client()), Folder::new());
    let url = peer.url("/");
    std::fs::write(folder.path("f"), "in a file").unwrap();
    let state: AsyncState = Arc::new(7_u32);
    let number = completed(
        |handler| client.on_upload_data_completed(handler),
        |args| {
            let state = args
                .user_state()
                .and_then(|state| state.downcast_ref::<u32>());
            (bytes(args), state.copied())
        },
        || client.start_upload_data(&url, None, b"data".to_vec(), Some(state)),
    );
    assert_eq!(number, (b"data".to_vec(), Some(7)));
    assert_eq!(last(peer).method(), "POST");
    let down = completed(
        |handler| client.on_download_data_completed(handler),
        bytes,
        || client.start_download_data(&url, None),
    );
    assert_eq!(down, b"");
    let up = completed(
        |handler| client.on_upload_string_completed(handler),
        text,
        || client.start_upload_string(&url, Some("PUT"), "text", None),
    );
    assert_eq!((&*up, &*last(peer).method()), ("text", "PUT"));
    let up = completed(
        |handler| client.on_upload_values_completed(handler),
        bytes,
        || client.start_upload_values(&url, None, &[("a", "b c")], None),
    );
    assert_eq!(up, b"a=b+c");
    let up = completed(
        |handler| client.on_upload_file_completed(handler),
        bytes,
        || client.start_upload_file(&url, None, folder.path("f"), None),
    );
    assert!(String::from_utf8(up).unwrap().contains("in a file"));
    let down = completed(
        |handler| client.on_download_string_completed(handler),
        text,
        || client.start_download_string(&folder.url("f"), None),
    );
    assert_eq!(down, "in a file");
    completed(
        |handler| client.on_download_file_completed(handler),
        |args| *args.result().unwrap(),
        || client.start_download_file(&folder.url("f"), folder.path("copy"), None),
    );
    assert_eq!(std::fs::read(folder.path("copy")).unwrap(), b"in a file");
    let mut stream = completed(
        |handler| client.on_open_read_completed(handler),
        |args| args.result().unwrap().take().unwrap(),
        || client.start_open_read(&folder.url("f"), None),
    );
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert_eq!(all, "in a file");
    let mut stream = completed(
        |handler| client.on_open_write_completed(handler),
        |args| args.result().unwrap().take().unwrap(),
        || client.start_open_write(&url, None, None),
    );
    stream.write_all(b"streamed").unwrap();
    stream.close().unwrap();
    assert_eq!(last(peer).body, b"streamed");
    // A failure is told as well, and is no cancellation.
    let (status, cancelled) = completed(
        |handler| client.on_download_data_completed(handler),
        |args| (args.error().map(WebError::status), args.cancelled()),
        || client.start_download_data(&peer.url("/secret"), None),
    );
    assert_eq!((status, cancelled), (Some(Status::ProtocolError), false));
    // A handler may start the next one.
    let (send, receive) = mpsc::channel();
    let (send, left) = (Mutex::new(send), AtomicUsize::new(3));
    let (again, address) = (Arc::downgrade(&client), url.clone());
    let _chain = client.on_download_data_completed(move |args| {
        assert!(args.error().is_none());
        match left.fetch_sub(1, Ordering::SeqCst) {
            0 => send.lock().unwrap().send(()).unwrap(),
            _ => again
                .upgrade()
                .unwrap()
                .start_download_data(&address, None)
                .unwrap(),
        }
    });
    client.start_download_data(&url, None).unwrap();
    receive.recv_timeout(LONG).unwrap();
}

/// Cancelled in the midst of the body, in each form.
fn check_cancelled() {
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
            .stall(),
    );
    let client = client();
    // Nothing is under way: nothing happens.
    client.cancel_async();
    let half = Signal::new();
    let seen = half.clone();
    let _pieces = client.on_download_progress_changed(move |_| seen.raise());
    let (status, error, cancelled) = completed(
        |handler| client.on_download_data_completed(handler),
        |args| {
            let status = args.result().unwrap_err().status();
            (status, args.error().is_some(), args.cancelled())
        },
        || {
            client.start_download_data(&peer.url("/"), None)?;
            assert!(half.wait(LONG) && client.is_busy());
            // One at a time.
            let second = client.start_download_string(&peer.url("/"), None);
            assert!(matches!(second, Err(Misuse::NotSupported(_))), "{second:?}");
            client.cancel_async();
            client.cancel_async();
            Ok(())
        },
    );
    assert_eq!(
        (status, error, cancelled),
        (Status::RequestCanceled, false, true)
    );
    assert!(!client.is_busy());
    peer.wait_for_open_at_most(0);

    // The blocking and the asynchronous form are cancelled by the same call.
    std::thread::scope(|scope| {
        let blocking = scope.spawn(|| client.download_data(&peer.url("/")));
        let awaited = scope.spawn(|| {
            let url = peer.url("/");
            system_net_runtime::block_on(client.download_data_async(&url))
        });
        peer.wait_for_requests(3);
        assert!(client.is_busy());
        client.cancel_async();
        check_status(blocking.join().unwrap(), Status::RequestCanceled);
        check_status(awaited.join().unwrap(), Status::RequestCanceled);
    });
    assert!(!client.is_busy());
    peer.wait_for_open_at_most(0);
    // It can be used again.
    let answers = HttpPeer::serve(|_| Response::new(200).body("ok"));
    assert_eq!(client.download_string(&answers.url("/")).unwrap(), "ok");
}

fn check_uploads(events: &[UploadProgressChangedEventArgs], up: u64, down: u64) {
    let (mut sent, mut received, mut percent) = (0, 0, 0);
    for event in events {
        assert_eq!(event.total_bytes_to_send(), up);
        assert!(event.bytes_sent() >= sent && event.bytes_received() >= received);
        assert!(event.progress_percentage() >= percent, "{event:?}");
        // What is answered comes when all is sent.
        assert!(event.bytes_received() == 0 || event.bytes_sent() == up);
        sent = event.bytes_sent();
        received = event.bytes_received();
        percent = event.progress_percentage();
    }
    assert_eq!((sent, received, percent), (up, down, 100));
    assert_eq!(events.last().unwrap().total_bytes_to_receive(), Some(down));
    let half_sent = events
        .iter()
        .any(|event| (1..up).contains(&event.bytes_sent()));
    let half_received = events
        .iter()
        .any(|event| (1..down).contains(&event.bytes_received()));
    assert!(half_sent || up <= 65_536, "{events:?}");
    assert!(half_received || down <= 65_536, "{events:?}");
}

/// Progress of what is sent and of what is answered, of every operation, started or called.
#[tokio::test]
async fn progress_both_ways() {
    let peer = HttpPeer::serve(|request| {
        let answer = match request.target().as_str() {
            "/echo" => request.body.clone(),
            path => vec![b'x'; path[1..].parse().unwrap()],
        };
        Response::new(200).body(answer)
    });
    let client = client();
    let ups: Arc<Mutex<Vec<UploadProgressChangedEventArgs>>> = Arc::default();
    let downs = Arc::new(Mutex::new(Vec::new()));
    let (seen_ups, seen_downs) = (Arc::clone(&ups), Arc::clone(&downs));
    let _ups =
        client.on_upload_progress_changed(move |event| seen_ups.lock().unwrap().push(*event));
    let _downs = client.on_download_progress_changed(move |event| {
        let total = event.total_bytes_to_receive();
        seen_downs
            .lock()
            .unwrap()
            .push((event.bytes_received(), total));
    });
    for (up, down) in [
        (0, 0),
        (1, 0),
        (0, 1),
        (300_000, 5),
        (5, 300_000),
        (300_000, 300_000),
    ] {
        let (url, data) = (peer.url(&format!("/{down}")), vec![b'y'; up]);
        client.upload_data(&url, None, &data).unwrap();
        check_uploads(&std::mem::take(&mut *ups.lock().unwrap()), up as u64, down);
        client.upload_data_async(&url, None, &data).await.unwrap();
        check_uploads(&std::mem::take(&mut *ups.lock().unwrap()), up as u64, down);
        completed(
            |handler| client.on_upload_data_completed(handler),
            bytes,
            || client.start_upload_data(&url, None, data, None),
        );
        check_uploads(&std::mem::take(&mut *ups.lock().unwrap()), up as u64, down);
    }
    // A form and a file count as they go over the wire.
    let folder = Folder::new();
    std::fs::write(folder.path("f"), vec![b'z'; 200_000]).unwrap();
    let url = peer.url("/echo");
    let echoed = client.upload_file(&url, None, folder.path("f")).unwrap();
    assert!(echoed.len() > 200_000);
    let events = std::mem::take(&mut *ups.lock().unwrap());
    check_uploads(&events, echoed.len() as u64, echoed.len() as u64);
    // An upload raises its own event alone.
    assert!(downs.lock().unwrap().is_empty());
    client.download_data(&peer.url("/200000")).unwrap();
    let downs = downs.lock().unwrap();
    assert!(downs.len() > 1 && downs.is_sorted());
    assert_eq!(*downs.last().unwrap(), (200_000, Some(200_000)));
    assert!(ups.lock().unwrap().is_empty());
}

/// A limit makes transfers as slow as it says; what goes through is all of it. Only the lower
/// bound of the time is asserted: it is the limit's.
#[tokio::test]
async fn rate_limits_hold() {
    const RATE: u64 = 200_000;
    const LENGTH: usize = 100_000;
    // At once what a tenth of a second brings, for the rest it takes its time.
    let least = Duration::from_secs_f64((LENGTH as f64 - RATE as f64 / 10.0) / RATE as f64);
    let peer = HttpPeer::serve(|request| match request.body.len() {
        0 => Response::new(200).body(vec![b'x'; LENGTH]),
        n => Response::new(200).body(n.to_string()),
    });
    let limit = || Some(RateLimit::new(NonZeroU64::new(RATE).unwrap()));
    let (folder, url) = (Folder::new(), peer.url("/"));
    let mut client = client();
    client.set_download_rate_limit(limit());
    assert_eq!(
        client
            .download_rate_limit()
            .unwrap()
            .bytes_per_second()
            .get(),
        RATE
    );
    let begun = Instant::now();
    assert_eq!(client.download_data(&url).unwrap(), vec![b'x'; LENGTH]);
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
    client.set_download_rate_limit(limit());
    let begun = Instant::now();
    let path = folder.path("f");
    client.download_file_async(&url, &path).await.unwrap();
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
    assert_eq!(std::fs::metadata(&path).unwrap().len(), LENGTH as u64);
    client.set_download_rate_limit(limit());
    let begun = Instant::now();
    let mut all = Vec::new();
    client
        .open_read(&folder.url("f"))
        .unwrap()
        .read_to_end(&mut all)
        .unwrap();
    assert!(begun.elapsed() >= least && all.len() == LENGTH);

    client.set_download_rate_limit(None);
    client.set_upload_rate_limit(limit());
    let begun = Instant::now();
    let answer = client.upload_file(&url, None, &path).unwrap();
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
    assert!(String::from_utf8(answer).unwrap().parse::<usize>().unwrap() > LENGTH);
    client.set_upload_rate_limit(limit());
    let begun = Instant::now();
    let mut stream = client.open_write(&url, None).unwrap();
    stream.write_all(&all).unwrap();
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
    stream.close().unwrap();
    assert_eq!(last(&peer).body.len(), LENGTH);
    // Several at once share it.
    client.set_upload_rate_limit(None);
    client.set_download_rate_limit(limit());
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(client.download_data(&url).unwrap().len(), LENGTH));
        }
    });
    let both = Duration::from_secs_f64((2 * LENGTH) as f64 / RATE as f64 - 0.1);
    assert!(begun.elapsed() >= both, "{:?}", begun.elapsed());
}

/// The limits of a single request hold for its body in every form, and for what it is answered.
#[test]
fn rate_limits_of_requests() {
    const RATE: u64 = 200_000;
    const LENGTH: usize = 60_000;
    let least = Duration::from_secs_f64((LENGTH as f64 - RATE as f64 / 10.0) / RATE as f64);
    let peer = HttpPeer::serve(|request| match request.method().as_str() {
        "GET" => Response::new(200).body(vec![b'x'; LENGTH]),
        _ => Response::new(200).body(request.body.len().to_string()),
    });
    let limit = || Some(RateLimit::new(NonZeroU64::new(RATE).unwrap()));
    let mut request = WebRequest::create_http_in(&context(), peer.url("/")).unwrap();
    request.set_download_rate_limit(limit()).unwrap();
    assert!(request.upload_rate_limit().is_none());
    let response = request.get_response().unwrap();
    assert!(request.set_download_rate_limit(None).is_err());
    let begun = Instant::now();
    assert_eq!(response.into_bytes().unwrap().len(), LENGTH);
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
    type Form = fn(&mut HttpWebRequest) -> Result<(), Misuse>;
    let forms: [Form; 3] = [
        |_| Ok(()),
        |request| request.set_content_length(LENGTH as u64),
        |request| request.set_send_chunked(true),
    ];
    for form in forms {
        let mut request = post(&context(), &peer.url("/"));
        form(&mut request).unwrap();
        request.set_upload_rate_limit(limit()).unwrap();
        let begun = Instant::now();
        write_body(&mut request, vec![b'y'; LENGTH]);
        let answer = request.get_response().unwrap().into_string().unwrap();
        let took = begun.elapsed();
        assert_eq!(answer, LENGTH.to_string());
        assert!(took >= least, "{took:?}");
    }
}
