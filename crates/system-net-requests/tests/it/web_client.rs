//! `WebClient`: downloads and uploads in one call, over every protocol.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{Misuse, NetworkCredential};
use system_net_requests::{
    DownloadProgressChangedEventArgs, UploadProgressChangedEventArgs, WebClient, WebError,
    WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{
    Authority, HttpPeer, PASSWORD, RecordedRequest, Response, Script, Signal, Validity, basic_login,
};
use system_net_uri::Uri;

use crate::create::Creator;
use crate::{Folder, check_status, context, context_trusting};

fn client() -> WebClient {
    WebClient::new_in(&context())
}

fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// Answers with what it was sent.
fn echo() -> HttpPeer {
    HttpPeer::serve(|request| Response::new(200).body(&request.body))
}

#[track_caller]
fn last(peer: &HttpPeer) -> RecordedRequest {
    peer.requests().last().expect("a request").clone()
}

const TEN_MIB: usize = 10 << 20;

/// 10 MiB in pieces: the first byte is there before the last is sent.
#[test]
fn webclient_open_read() {
    let seen = Signal::new();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {TEN_MIB}\r\n\r\n");
    let peer = HttpPeer::scripts([Script::new()
        .answer(head)
        .send_pattern(1000)
        .wait_for(&seen)
        .send(&pattern(TEN_MIB)[1000..])]);
    check_drips(&peer.url("/"), &seen);

    // A pipe is a file whose bytes come one after the other.
    let folder = Folder::new();
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let seen = Signal::new();
    let may_go_on = seen.clone();
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::File::create(pipe).unwrap();
        let content = pattern(TEN_MIB);
        pipe.write_all(&content[..1000]).unwrap();
        assert!(may_go_on.wait(Duration::from_secs(20)));
        pipe.write_all(&content[1000..]).unwrap();
    });
    check_drips(&folder.url("pipe"), &seen);
    writer.join().unwrap();
}

#[track_caller]
fn check_drips(url: &str, seen: &Signal) {
    let mut stream = client().open_read(url).unwrap();
    let mut all = vec![0];
    stream.read_exact(&mut all).unwrap();
    seen.raise();
    stream.read_to_end(&mut all).unwrap();
    assert!(all == pattern(TEN_MIB), "{} bytes of {url}", all.len());
}

/// What goes up comes down, byte for byte, over each built-in protocol that there is.
#[test]
fn webclient_four_schemes() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let context = context_trusting(&authority);
    let kept = Arc::new(Mutex::new(Vec::new()));
    let store = move |request: &RecordedRequest| match &*request.method() {
        "GET" => Response::new(200).body(kept.lock().unwrap().clone()),
        _ => {
            *kept.lock().unwrap() = request.body.clone();
            Response::new(200)
        }
    };
    let plain = HttpPeer::serve(store.clone());
    let secure = HttpPeer::serve_tls(&identity, store);
    let folder = Folder::new();
    let local = folder.path("local");
    for url in [
        plain.url("/r"),
        secure.url_localhost("/r"),
        folder.url("remote"),
    ] {
        let mut client = WebClient::new_in(&context);
        let check_all = |client: &mut WebClient, content: &[u8], what: &str| {
            let down = client.download_data(&url).unwrap();
            assert!(down == content, "{what} of {url}: {} bytes", down.len());
            client.download_file(&url, &local).unwrap();
            assert!(std::fs::read(&local).unwrap() == content, "{what} of {url}");
            let mut read = Vec::new();
            let mut stream = client.open_read(&url).unwrap();
            stream.read_to_end(&mut read).unwrap();
            assert!(read == content, "{what} of {url}: {} bytes", read.len());
        };
        let content = pattern(300_001);
        client.upload_data(&url, Some("PUT"), &content).unwrap();
        check_all(&mut client, &content, "data");
        let text = "h\u{e9}llo \u{4e2d}";
        client.set_encoding("utf-8").unwrap();
        client.upload_string(&url, Some("PUT"), text).unwrap();
        check_all(&mut client, text.as_bytes(), "text");
        assert_eq!(client.download_string(&url).unwrap(), text);
        let mut stream = client.open_write(&url, Some("PUT")).unwrap();
        for piece in content.chunks(77_777) {
            stream.write_all(piece).unwrap();
        }
        stream.close().unwrap();
        check_all(&mut client, &content, "stream");
    }
}

#[test]
fn webclient_open_write() {
    let peer = echo();
    for (method, expected) in [(None, "POST"), (Some("PUT"), "PUT")] {
        let mut stream = client().open_write(&peer.url("/up"), method).unwrap();
        stream.write_all(b"hel").unwrap();
        stream.write_all(b"lo").unwrap();
        let before = peer.request_count();
        stream.close().unwrap();
        // Close is the end of the whole exchange.
        assert_eq!(peer.request_count(), before + 1);
        let request = last(&peer);
        assert_eq!(
            (&*request.method(), &*request.body),
            (expected, &b"hello"[..])
        );
    }
    // Dropped unclosed it is sent as well.
    let mut stream = client().open_write(&peer.url("/dropped"), None).unwrap();
    stream.write_all(b"x").unwrap();
    drop(stream);
    peer.wait_for_requests(3);

    let refuses = HttpPeer::serve(|_| Response::new(403));
    let mut stream = client().open_write(&refuses.url("/"), None).unwrap();
    stream.write_all(b"x").unwrap();
    check_status(stream.close(), Status::ProtocolError);

    let folder = Folder::new();
    let mut stream = client().open_write(&folder.url("f"), None).unwrap();
    stream.write_all(b"hello").unwrap();
    stream.close().unwrap();
    assert_eq!(std::fs::read(folder.path("f")).unwrap(), b"hello");
}

#[tokio::test]
async fn downloads_in_every_form() {
    let peer = HttpPeer::serve(|_| {
        Response::new(200)
            .header("Content-Type", "text/plain; charset=iso-8859-1")
            .body(b"caf\xe9")
    });
    let (client, folder) = (client(), Folder::new());
    let url = peer.url("/");
    assert_eq!(client.download_data(&url).unwrap(), b"caf\xe9");
    assert_eq!(client.download_data_async(&url).await.unwrap(), b"caf\xe9");
    assert_eq!(client.download_string(&url).unwrap(), "caf\u{e9}");
    assert_eq!(
        client.download_string_async(&url).await.unwrap(),
        "caf\u{e9}"
    );
    client.download_file(&url, folder.path("sync")).unwrap();
    let async_path = folder.path("async");
    client.download_file_async(&url, &async_path).await.unwrap();
    for name in ["sync", "async"] {
        assert_eq!(std::fs::read(folder.path(name)).unwrap(), b"caf\xe9");
    }
    let mut text = Vec::new();
    let mut stream = client.open_read_async(&url).await.unwrap();
    stream.read_to_end(&mut text).unwrap();
    assert_eq!(text, b"caf\xe9");
    assert_eq!(peer.request_count(), 7);
}

/// The file appears when it is whole. Until then what was there stays; a failure leaves nothing
/// behind.
#[test]
fn webclient_download_file_atomic() {
    let (client, folder) = (client(), Folder::new());
    let target = folder.path("target");
    let (half, go) = (Signal::new(), Signal::new());
    let peer = HttpPeer::scripts([Script::new()
        .answer("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        .wait_for(&go)
        .send("full")]);
    let seen = half.clone();
    let _pieces = client.on_download_progress_changed(move |_| seen.raise());
    std::fs::write(&target, "old").unwrap();
    std::thread::scope(|scope| {
        let download = scope.spawn(|| client.download_file(&peer.url("/"), &target));
        assert!(half.wait(Duration::from_secs(20)));
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "old");
        assert_eq!(
            folder.names().len(),
            2,
            "the download has a name of its own"
        );
        go.raise();
        download.join().unwrap().unwrap();
    });
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "halffull");
    assert_eq!(folder.names(), ["target"]);

    // Failures: before the body, in its midst, and none of them touches anything.
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf";
    let missing = "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone";
    let bad_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n";
    for (answer, status) in [
        (cut, Status::ConnectionClosed),
        (missing, Status::ProtocolError),
        (bad_chunk, Status::ServerProtocolViolation),
    ] {
        let peer = HttpPeer::scripts([Script::new().answer(answer).close()]);
        check_status(client.download_file(&peer.url("/"), &target), status);
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "halffull");
        assert_eq!(folder.names(), ["target"]);
    }

    // A place that cannot be written names itself.
    let peer = echo();
    let nowhere = folder.path("no/such/folder");
    let error = check_status(
        client.download_file(&peer.url("/"), &nowhere),
        Status::UnknownError,
    );
    assert!(error.to_string().contains("no/such/folder"), "{error}");
    assert!(error.misuse().is_none());
}

/// The permissions are those of any file that this program makes, not those of a secret.
#[test]
fn downloaded_file_has_usual_permissions() {
    let (peer, folder) = (echo(), Folder::new());
    std::fs::File::create(folder.path("usual")).unwrap();
    client()
        .download_file(&peer.url("/"), folder.path("downloaded"))
        .unwrap();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(folder.path(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(
        format!("{:o}", mode("downloaded")),
        format!("{:o}", mode("usual"))
    );
    // A file that is replaced keeps its own.
    let own = std::fs::Permissions::from_mode(0o751);
    std::fs::set_permissions(folder.path("usual"), own).unwrap();
    client()
        .download_file(&peer.url("/"), folder.path("usual"))
        .unwrap();
    assert_eq!(format!("{:o}", mode("usual")), "751");
}

/// A download whose future is dropped leaves nothing behind either.
#[tokio::test]
async fn dropped_download_leaves_no_file() {
    let (client, folder) = (client(), Folder::new());
    let half = Signal::new();
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
            .stall(),
    );
    let seen = half.clone();
    let _pieces = client.on_download_progress_changed(move |_| seen.raise());
    let (url, target) = (peer.url("/"), folder.path("target"));
    tokio::select! {
        result = client.download_file_async(&url, &target) => panic!("{result:?}"),
        () = async {
            while !half.is_raised() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    assert_eq!(folder.names(), [""; 0]);
    peer.wait_for_open_at_most(0);
}

#[test]
fn webclient_upload_values_form() {
    let peer = echo();
    let values = [("name", "J\u{fc}rgen M."), ("a&b", "1+1=2"), ("empty", "")];
    let answer = client()
        .upload_values(&peer.url("/form"), None, &values)
        .unwrap();
    let form = "name=J%C3%BCrgen+M.&a%26b=1%2B1%3D2&empty=";
    assert_eq!(answer, form.as_bytes());
    let request = last(&peer);
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.header("Content-Type").as_deref(),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        request.header("Content-Length"),
        Some(form.len().to_string())
    );
    // Another content type cannot be meant.
    let mut client = client();
    let headers = client.headers_mut();
    headers.add("Content-Type", "text/plain").unwrap();
    let error = client
        .upload_values(&peer.url("/form"), None, &values)
        .unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
        "{error:?}"
    );
}

/// The body that the captures of Mono and .NET 9 have, but for the boundary.
#[test]
fn webclient_upload_file_multipart() {
    let (peer, folder) = (echo(), Folder::new());
    std::fs::write(folder.path("upl.txt"), "file-content").unwrap();
    let client = client();
    client
        .upload_file(&peer.url("/w"), None, folder.path("upl.txt"))
        .unwrap();
    let request = last(&peer);
    assert_eq!(request.method(), "POST");
    let content_type = request.header("Content-Type").unwrap();
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"upl.txt\"\r\n\
         Content-Type: application/octet-stream\r\n\r\nfile-content\r\n--{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8(request.body).unwrap(), expected);

    // Two uploads never share a boundary.
    client
        .upload_file(&peer.url("/w"), Some("PUT"), folder.path("upl.txt"))
        .unwrap();
    let second = last(&peer);
    assert_eq!(second.method(), "PUT");
    assert_ne!(second.header("Content-Type").unwrap(), content_type);

    let missing = folder.path("missing");
    let error = check_status(
        client.upload_file(&peer.url("/w"), None, &missing),
        Status::UnknownError,
    );
    assert!(error.to_string().contains("missing"), "{error}");
}

#[tokio::test]
async fn uploads_in_every_form() {
    let peer = echo();
    let mut client = client();
    client.set_encoding("iso-8859-1").unwrap();
    let url = peer.url("/");
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "in a file").unwrap();
    assert_eq!(client.upload_data(&url, None, b"data").unwrap(), b"data");
    assert_eq!(last(&peer).method(), "POST");
    let answer = client.upload_data_async(&url, Some("PUT"), b"data").await;
    assert_eq!(answer.unwrap(), b"data");
    assert_eq!(last(&peer).method(), "PUT");
    // Text goes in the client's encoding, and comes back in it.
    assert_eq!(
        client.upload_string(&url, None, "caf\u{e9}").unwrap(),
        "caf\u{e9}"
    );
    assert_eq!(last(&peer).body, b"caf\xe9");
    let answer = client.upload_string_async(&url, None, "caf\u{e9}").await;
    assert_eq!(answer.unwrap(), "caf\u{e9}");
    let values = client.upload_values_async(&url, None, &[("a", "b")]).await;
    assert_eq!(values.unwrap(), b"a=b");
    let file = client.upload_file_async(&url, None, folder.path("f")).await;
    assert!(
        String::from_utf8(file.unwrap())
            .unwrap()
            .contains("in a file")
    );

    let refuses = HttpPeer::serve(|_| Response::new(413).body("big"));
    let error = check_status(
        client.upload_data(&refuses.url("/"), None, b"data"),
        Status::ProtocolError,
    );
    let body = error.into_response().unwrap().into_string();
    assert_eq!(body.unwrap(), "big");
}

#[test]
fn webclient_custom_scheme() {
    let context = context();
    WebRequest::register_prefix_in(&context, "custom:", Creator("custom content"));
    let (client, folder) = (WebClient::new_in(&context), Folder::new());
    assert_eq!(
        client.download_string("custom:x").unwrap(),
        "custom content"
    );
    assert_eq!(
        client.download_data("custom://h/p").unwrap(),
        b"custom content"
    );
    client.download_file("custom:x", folder.path("f")).unwrap();
    assert_eq!(
        std::fs::read_to_string(folder.path("f")).unwrap(),
        "custom content"
    );
    let mut text = String::new();
    let mut stream = client.open_read("custom:x").unwrap();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "custom content");
    // What the protocol cannot do it says.
    let error = client.upload_data("custom:x", None, b"x").unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::NotImplemented(_))),
        "{error:?}"
    );
    let error = client.download_data("other:x").unwrap_err();
    assert!(matches!(error.misuse(), Some(Misuse::NotSupported(_))));
}

/// Down and up over each scheme, byte for byte. `ftp:` is not in this crate.
#[test]
fn webclient_over_built_in_schemes() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let client = WebClient::new_in(&context_trusting(&authority));
    let stored = Arc::new(Mutex::new(Vec::new()));
    let store = |stored: &Arc<Mutex<Vec<u8>>>| {
        let stored = Arc::clone(stored);
        move |request: &RecordedRequest| match request.method().as_str() {
            "GET" => Response::new(200).body(&*stored.lock().unwrap()),
            _ => {
                stored.lock().unwrap().clone_from(&request.body);
                Response::new(201)
            }
        }
    };
    let plain = HttpPeer::serve(store(&stored));
    let secure = HttpPeer::serve_tls(&identity, store(&stored));
    let folder = Folder::new();
    for (number, url) in [plain.url("/f"), secure.url_localhost("/f"), folder.url("f")]
        .iter()
        .enumerate()
    {
        let content = pattern(200_000 + number);
        client.upload_data(url, None, &content).unwrap();
        assert!(client.download_data(url).unwrap() == content, "{url}");
        let path = folder.path("down");
        client.download_file(url, &path).unwrap();
        assert!(std::fs::read(&path).unwrap() == content, "{url}");
    }
    // Files take an uploaded file as it is, without the parts of a form.
    std::fs::write(folder.path("up"), "plain").unwrap();
    client
        .upload_file(&folder.url("copy"), None, folder.path("up"))
        .unwrap();
    assert_eq!(
        std::fs::read_to_string(folder.path("copy")).unwrap(),
        "plain"
    );
}

// ---- Progress ----

type Downloads = Arc<Mutex<Vec<DownloadProgressChangedEventArgs>>>;

#[track_caller]
fn check_downloads(events: &Downloads, length: u64, known: bool) {
    let events = std::mem::take(&mut *events.lock().unwrap());
    let received: Vec<u64> = events.iter().map(|e| e.bytes_received()).collect();
    assert!(received.is_sorted(), "{received:?}");
    let last = events.last().expect("an event");
    assert_eq!(last.bytes_received(), length);
    assert_eq!(
        last.total_bytes_to_receive(),
        Some(length),
        "the last has it"
    );
    assert_eq!(last.progress_percentage(), 100);
    for event in &events[..events.len() - 1] {
        assert_eq!(event.total_bytes_to_receive(), known.then_some(length));
        assert!(known || event.progress_percentage() == 0);
    }
    let percentages: Vec<u8> = events.iter().map(|e| e.progress_percentage()).collect();
    assert!(percentages.is_sorted(), "{percentages:?}");
}

#[test]
fn progress_events_monotonic() {
    let client = client();
    let downloads = Downloads::default();
    let seen = Arc::clone(&downloads);
    let subscription =
        client.on_download_progress_changed(move |event| seen.lock().unwrap().push(*event));
    for length in [0, 1, 300_000] {
        let known = HttpPeer::serve(move |_| Response::new(200).body(pattern(length)));
        let unknown =
            HttpPeer::serve(move |_| Response::new(200).body(pattern(length)).chunked(99));
        let folder = Folder::new();
        let length = length as u64;
        client.download_data(&known.url("/")).unwrap();
        check_downloads(&downloads, length, true);
        client.download_data(&unknown.url("/")).unwrap();
        check_downloads(&downloads, length, false);
        client
            .download_file(&known.url("/"), folder.path("f"))
            .unwrap();
        check_downloads(&downloads, length, true);
        client.download_data(&folder.url("f")).unwrap();
        check_downloads(&downloads, length, true);
    }

    let uploads: Arc<Mutex<Vec<UploadProgressChangedEventArgs>>> = Arc::default();
    let seen = Arc::clone(&uploads);
    let _uploads =
        client.on_upload_progress_changed(move |event| seen.lock().unwrap().push(*event));
    let peer = HttpPeer::serve(|_| Response::new(200));
    for length in [0_u64, 1, 300_000] {
        client
            .upload_data(&peer.url("/"), None, &pattern(length as usize))
            .unwrap();
        let events = std::mem::take(&mut *uploads.lock().unwrap());
        let sent: Vec<u64> = events.iter().map(|e| e.bytes_sent()).collect();
        assert!(sent.is_sorted(), "{sent:?}");
        let last = events.last().expect("an event");
        assert_eq!(
            (last.bytes_sent(), last.progress_percentage()),
            (length, 100)
        );
        assert!(events.iter().all(|e| e.total_bytes_to_send() == length));
    }

    // A handler that was taken out is not called any more.
    downloads.lock().unwrap().clear();
    subscription.unsubscribe();
    client.download_data(&peer.url("/")).unwrap();
    assert!(downloads.lock().unwrap().is_empty());
}

// ---- Properties ----

#[test]
fn webclient_properties_on_wire() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        None => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
        Some(_) => Response::new(200).header("X-Answer", "yes"),
    });
    let mut client = client();
    assert!(client.base_address().is_none() && client.credentials().is_none());
    assert!(client.response_headers().is_none());
    assert_eq!(client.encoding(), "UTF-8");
    client.set_base_address(Some(Uri::parse(&peer.url("/base/")).unwrap()));
    client
        .query_string_mut()
        .extend([("q".into(), "a b".into()), ("\u{e9}".into(), "&=".into())]);
    for (name, value) in [
        ("X-A", "b"),
        ("User-Agent", "ua"),
        ("Accept", "a/b"),
        ("Referer", "http://ref/"),
        ("Host", "front.example"),
    ] {
        client.headers_mut().add(name, value).unwrap();
    }
    let credential = NetworkCredential::new("user", PASSWORD);
    client.set_credentials(Some(Arc::new(credential)));
    client.download_data("page").unwrap();
    let request = last(&peer);
    assert_eq!(request.target(), "/base/page?q=a%20b&%C3%A9=%26%3D");
    for (name, value) in [
        ("X-A", "b"),
        ("User-Agent", "ua"),
        ("Accept", "a/b"),
        ("Referer", "http://ref/"),
        ("Host", "front.example"),
        ("Authorization", &basic_login("user")),
    ] {
        assert_eq!(request.header(name).as_deref(), Some(value), "{name}");
    }
    let headers = client.response_headers().unwrap();
    assert_eq!(headers.get("X-Answer").as_deref(), Some("yes"));

    // An address with a query of its own keeps it; an absolute one needs no base.
    client.download_data("/other?own=1").unwrap();
    assert_eq!(last(&peer).target(), "/other?own=1");
    client.download_data(&peer.url("/absolute#f")).unwrap();
    assert_eq!(last(&peer).target(), "/absolute?q=a%20b&%C3%A9=%26%3D");

    client.set_credentials(None);
    check_status(client.download_data("page"), Status::ProtocolError);
    assert!(matches!(
        client.set_encoding("no such thing"),
        Err(Misuse::InvalidArgument { .. })
    ));
}

/// What is wrong with an address is told before anything is sent.
#[test]
fn webclient_bad_addresses() {
    let client = client();
    for address in ["", "relative", "http://", "http://h:99999/"] {
        let error = client.download_data(address).unwrap_err();
        assert!(error.uri_format().is_some(), "{address}: {error:?}");
    }
}

/// One client serves many threads at once.
#[test]
fn webclient_is_shared() {
    fn download(client: &WebClient, url: &str) -> Result<String, WebError> {
        client.download_string(url)
    }
    let peer = HttpPeer::serve(|request| Response::new(200).body(request.target()));
    let client = client();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (client, peer) = (&client, &peer);
            scope.spawn(move || {
                let path = format!("/{number}");
                assert_eq!(download(client, &peer.url(&path)).unwrap(), path);
            });
        }
    });
    // The static of .NET.
    assert_eq!(
        download(&WebClient::new(), &peer.url("/global")).unwrap(),
        "/global"
    );
    let _other: WebClient = WebClient::new_in(&NetContext::new());
}
