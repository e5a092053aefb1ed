//! Requests through Unix sockets, and what is told of connections.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use system_net_config::NetContext;
use system_net_requests::{
    ConnectionEventArgs, HeadEventArgs, HttpWebRequest, WebExceptionStatus, WebRequest,
};
use system_net_testkit::{HttpPeer, Response};

/// A server at a Unix socket that answers with its name and the target, and keeps connections.
struct Server {
    path: PathBuf,
    accepted: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                count.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    let mut received = Vec::new();
                    let mut piece = [0; 4096];
                    while let Ok(length @ 1..) = stream.read(&mut piece) {
                        received.extend_from_slice(&piece[..length]);
                        if !received.ends_with(b"\r\n\r\n") {
                            continue;
                        }
                        let text = String::from_utf8_lossy(&received).into_owned();
                        let target = text.split(' ').nth(1).unwrap_or_default();
                        let answer = match target {
                            "/moved" => {
                                "HTTP/1.1 302 F\r\nLocation: http://other.invalid/there\r\n\
                                         Content-Length: 0\r\n\r\n"
                                    .to_owned()
                            }
                            _ => {
                                let body = format!("{name} {target}");
                                let length = body.len();
                                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
                            }
                        };
                        received.clear();
                        if stream.write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self {
            path,
            accepted,
            _folder: folder,
        }
    }
}

fn request(net: &NetContext, url: &str, socket: Option<&Path>) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(net, url).unwrap();
    request.set_unix_socket(socket).unwrap();
    assert_eq!(request.unix_socket(), socket);
    request
}

fn text(mut request: HttpWebRequest) -> String {
    request.get_response().unwrap().into_string().unwrap()
}

#[test]
fn http_over_unix_socket() {
    let (one, other) = (Server::start("one"), Server::start("other"));
    let net = NetContext::new();
    // No name is looked up: this one does not exist.
    let url = "http://service.invalid/a";
    for _ in 0..3 {
        assert_eq!(text(request(&net, url, Some(&one.path))), "one /a");
    }
    assert_eq!(
        one.accepted.load(Ordering::SeqCst),
        1,
        "the connection is kept"
    );
    // The same host through another socket is another way; redirects stay on theirs.
    assert_eq!(text(request(&net, url, Some(&other.path))), "other /a");
    let moved = "http://service.invalid/moved";
    assert_eq!(text(request(&net, moved, Some(&one.path))), "one /there");
    assert_eq!(other.accepted.load(Ordering::SeqCst), 1);
    // A body goes the same way.
    let mut post = request(&net, url, Some(&one.path));
    post.set_method("POST").unwrap();
    post.set_content_length(0).unwrap();
    assert_eq!(text(post), "one /a");
    // Without a socket the name counts.
    let error = request(&net, url, None).get_response().unwrap_err();
    assert_eq!(error.status(), WebExceptionStatus::NameResolutionFailure);
    let nowhere = Path::new("/nowhere/at/all");
    let error = request(&net, url, Some(nowhere))
        .get_response()
        .unwrap_err();
    assert_eq!(error.status(), WebExceptionStatus::ConnectFailure);
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}

#[test]
fn http_over_unix_socket_async() {
    let server = Server::start("one");
    let net = NetContext::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let text = runtime.block_on(async {
        let mut request = request(&net, "http://service.invalid/b", Some(&server.path));
        let response = request.get_response_async().await.unwrap();
        tokio::task::spawn_blocking(move || response.into_string().unwrap())
            .await
            .unwrap()
    });
    assert_eq!(text, "one /b");
}

#[test]
fn connections_are_told() {
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/moved" => Response::new(302).header("Location", "/there"),
        _ => Response::new(200).body("x"),
    });
    let net = NetContext::new();
    let told: Arc<Mutex<Vec<ConnectionEventArgs>>> = Arc::default();
    for path in ["/moved", "/"] {
        let mut request = WebRequest::create_http_in(&net, &*peer.url(path)).unwrap();
        let told = Arc::clone(&told);
        request
            .set_on_connection(Some(Arc::new(move |connection| {
                told.lock().unwrap().push(*connection);
            })))
            .unwrap();
        assert!(request.on_connection().is_some());
        request.get_response().unwrap().into_bytes().unwrap();
    }
    let told = told.lock().unwrap();
    let seen: Vec<(bool, u32)> = told
        .iter()
        .map(|one| (one.is_new(), one.redirects()))
        .collect();
    assert_eq!(seen, [(true, 0), (false, 1), (false, 0)]);
    for connection in told.iter() {
        assert_eq!(connection.remote_end_point(), Some(peer.address()));
        assert_eq!(connection.local_end_point(), told[0].local_end_point());
    }
    assert_ne!(told[0].local_end_point(), Some(peer.address()));
}

/// The heads are told with their lengths on the wire: of redirects, of interim responses, and of
/// requests that went out behind others.
#[test]
fn heads_are_told() {
    let answer = "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nX:  1\r\nContent-Length: 1\r\n\r\n";
    let peer = HttpPeer::converse(move |talk| {
        loop {
            let head = talk.head()?;
            let _body = talk.body(&head)?;
            talk.send(format!("{answer}x"))?;
        }
    });
    let net = NetContext::new();
    let told: Arc<Mutex<Vec<HeadEventArgs>>> = Arc::default();
    for body in [None, Some("abc")] {
        let mut request = WebRequest::create_http_in(&net, &*peer.url("/")).unwrap();
        let seen = Arc::clone(&told);
        let handler = move |head: &HeadEventArgs| seen.lock().unwrap().push(*head);
        request.set_on_head(Some(Arc::new(handler))).unwrap();
        assert!(request.on_head().is_some());
        if let Some(body) = body {
            request.set_method("POST").unwrap();
            crate::write_body(&mut request, body);
        }
        request.get_response().unwrap().into_bytes().unwrap();
    }
    let told = told.lock().unwrap();
    let lengths: Vec<(usize, Option<u16>)> = { told.iter() }
        .map(|head| (head.length(), head.status_code()))
        .collect();
    let requests = peer.requests();
    let expected: Vec<(usize, Option<u16>)> = { requests.iter() }
        .flat_map(|request| [(request.head.len(), None), (answer.len(), Some(200))])
        .collect();
    assert_eq!(lengths, expected);
    assert!(told.iter().all(|head| !head.is_of_tunnel()));
}
