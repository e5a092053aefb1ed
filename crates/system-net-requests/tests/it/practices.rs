//! The guide's best practices, each as a program that follows it.

use std::collections::HashSet;
use std::future::poll_fn;
use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::ThreadId;

use quick_xml::events::Event;
use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, Credentials, Misuse, NetworkCredential};
use system_net_requests::{
    BoxFuture, HttpWebRequest, RequestSink, RequestStream, WebError, WebRequest, WebRequestCreate,
    WebRequestImpl, WebResponse,
};
use system_net_sockets::TcpClient;
use system_net_testkit::{HttpPeer, Response};
use system_net_uri::Uri;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::{Folder, context};

// ---- Asynchronous calls where many wait at once ----

/// A server that answers none of `count` requests before all of them have come.
struct SlowServer {
    url: String,
    runtime: tokio::runtime::Runtime,
}

impl SlowServer {
    fn new(count: usize) -> Self {
        // Its threads are not the client's.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let all = Arc::new(tokio::sync::Barrier::new(count));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let all = Arc::clone(&all);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(stream.read_u8().await.unwrap());
                    }
                    all.wait().await;
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                    stream.write_all(answer).await.unwrap();
                    // Until the client closes.
                    let _ = stream.read_u8().await;
                });
            }
        });
        Self { url, runtime }
    }

    fn request(&self, context: &NetContext) -> HttpWebRequest {
        let request = WebRequest::create_http_in(context, &*self.url).unwrap();
        let point = request.service_point().unwrap();
        point.set_connection_limit(10_000).unwrap();
        request
    }
}

/// Notes each thread that polls.
async fn counted<F: Future>(threads: Arc<Mutex<HashSet<ThreadId>>>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        threads.lock().unwrap().insert(std::thread::current().id());
        future.as_mut().poll(cx)
    })
    .await
}

/// A thousand responses that are waited for at once: asynchronously a few threads hold them all,
/// synchronously each wants a thread of its own. Counted are the threads that work on requests.
#[test]
fn async_vs_sync_1000() {
    const COUNT: usize = 1000;
    let threads: Arc<Mutex<HashSet<ThreadId>>> = Arc::default();
    let server = SlowServer::new(COUNT);
    let client = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    let context = context();
    let tasks: Vec<_> = (0..COUNT)
        .map(|_| {
            let mut request = server.request(&context);
            let threads = Arc::clone(&threads);
            client.spawn(counted(threads, async move {
                let response = request.get_response_async().await.unwrap();
                let mut text = String::new();
                let mut stream = response.get_response_stream().unwrap().into_async();
                stream.read_to_string(&mut text).await.unwrap();
                text
            }))
        })
        .collect();
    for task in tasks {
        assert_eq!(client.block_on(task).unwrap(), "ok");
    }
    let used = threads.lock().unwrap().len();
    assert!((1..=4).contains(&used), "{used} threads");
    client.shutdown_background();
    server.runtime.shutdown_background();

    let threads: Arc<Mutex<HashSet<ThreadId>>> = Arc::default();
    let (server, context) = (SlowServer::new(COUNT), self::context());
    std::thread::scope(|scope| {
        for _ in 0..COUNT {
            let mut request = server.request(&context);
            let threads = Arc::clone(&threads);
            let call = move || {
                let response = request.get_response().unwrap();
                threads.lock().unwrap().insert(std::thread::current().id());
                assert_eq!(response.into_string().unwrap(), "ok");
            };
            let thread = std::thread::Builder::new().stack_size(512 * 1024);
            thread.spawn_scoped(scope, call).unwrap();
        }
    });
    // No call came back before the last one was made: each had a thread.
    assert_eq!(threads.lock().unwrap().len(), COUNT);
    server.runtime.shutdown_background();
}

// ---- One cache of credentials for all requests ----

/// One cache serves many requests to several servers: each server gets the credential that is for
/// it, no other, and with pre-authentication the next request below the same path brings it along.
#[test]
fn credential_cache_reused() {
    let server = |login: &'static str| {
        HttpPeer::serve(move |request| match request.header("Authorization") {
            Some(given) if given == login => Response::new(200).body("in"),
            Some(other) => panic!("{other} went to the server of {login}"),
            None => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
        })
    };
    // user:one and user:two.
    let one = server("Basic dXNlcjpvbmU=");
    let two = server("Basic dXNlcjp0d28=");
    let neither = HttpPeer::serve(|request| {
        assert_eq!(request.header("Authorization"), None);
        Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\"")
    });
    let mut cache = CredentialCache::new();
    for (peer, password) in [(&one, "one"), (&two, "two")] {
        let prefix = Uri::parse(&peer.url("/")).unwrap();
        let credential = NetworkCredential::new("user", password);
        cache.add(&prefix, "Basic", credential).unwrap();
    }
    let cache: Arc<dyn Credentials> = Arc::new(cache);
    let context = context();
    let get = |url: &str, pre_authenticate: bool| {
        let mut request = WebRequest::create_in(&context, url).unwrap();
        request.set_credentials(Some(Arc::clone(&cache))).unwrap();
        request.set_pre_authenticate(pre_authenticate).unwrap();
        request.get_response()?.into_string()
    };
    for round in 1..=3 {
        for peer in [&one, &two] {
            assert_eq!(get(&peer.url("/area/page"), false).unwrap(), "in");
            // Asked each time.
            assert_eq!(peer.request_count(), 2 * round);
        }
    }
    get(&neither.url("/"), false).unwrap_err();
    assert_eq!(neither.request_count(), 1);
    for peer in [&one, &two] {
        assert_eq!(get(&peer.url("/area/page"), true).unwrap(), "in");
        let before = peer.request_count();
        for _ in 0..3 {
            assert_eq!(get(&peer.url("/area/other"), true).unwrap(), "in");
        }
        // Not asked any more.
        assert_eq!(peer.request_count(), before + 3);
    }
    get(&neither.url("/"), true).unwrap_err();
}

// ---- A program that knows `WebRequest` alone ----

/// Stores a text at an address and reads it back. It names no protocol.
fn store_and_read(context: &NetContext, address: &str, text: &str) -> Result<String, WebError> {
    let mut request = WebRequest::create_in(context, address)?;
    request.set_method("PUT")?;
    request.set_content_length(text.len() as u64)?;
    let mut stream = request.get_request_stream()?;
    stream
        .write_all(text.as_bytes())
        .expect("the stream takes it");
    stream.close()?;
    request.get_response()?.close();
    WebRequest::create_in(context, address)?
        .get_response()?
        .into_string()
}

/// A protocol whose resources are in this process.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl WebRequestCreate for Memory {
    fn create(&self, _context: &NetContext, _uri: &Uri) -> Result<WebRequest, WebError> {
        Ok(WebRequest::new(self.clone()))
    }
}

impl WebRequestImpl for Memory {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let content = self.0.lock().unwrap().clone();
        Box::pin(async { Ok(WebResponse::from_bytes(content)) })
    }

    fn open_request_stream_async(&mut self) -> BoxFuture<Result<RequestStream, WebError>> {
        self.0.lock().unwrap().clear();
        let sink = self.clone();
        Box::pin(async move { Ok(RequestStream::new(Box::new(sink))) })
    }

    fn set_method(&mut self, _method: &str) -> Result<(), Misuse> {
        Ok(())
    }

    fn set_content_length(&mut self, _length: u64) -> Result<(), Misuse> {
        Ok(())
    }
}

impl RequestSink for Memory {
    fn poll_write(&mut self, _cx: &mut Context<'_>, data: &[u8]) -> Poll<std::io::Result<usize>> {
        self.0.lock().unwrap().extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn abandon(&mut self) {}
}

/// The same program over http, file, and a protocol that did not exist when it was written.
#[test]
fn base_only_program_new_scheme() {
    let context = context();
    let stored = Arc::new(Mutex::new(Vec::new()));
    let peer = HttpPeer::serve(move |request| match request.method().as_str() {
        "PUT" => {
            stored.lock().unwrap().clone_from(&request.body);
            Response::new(201)
        }
        _ => Response::new(200).body(&*stored.lock().unwrap()),
    });
    let folder = Folder::new();
    let new = "memory://here/there";
    let error = store_and_read(&context, new, "x").unwrap_err();
    assert!(matches!(error.misuse(), Some(Misuse::NotSupported(_))));
    assert!(WebRequest::register_prefix_in(
        &context,
        "memory:",
        Memory::default()
    ));
    for address in [&*peer.url("/"), &*folder.url("f"), new] {
        for text in ["one", "", "another \u{20ac}"] {
            let read = store_and_read(&context, address, text).unwrap();
            assert_eq!(read, text, "{address}");
        }
    }
}

// ---- Streams are streams ----

const FEED: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
    <rss><channel><title>Gr\u{fc}\u{df}e</title>\
    <item><title>eins &amp; zwei</title></item><item><title>drei \u{20ac}</title></item>\
    </channel></rss>";
const TITLES: [&str; 3] = ["Gr\u{fc}\u{df}e", "eins & zwei", "drei \u{20ac}"];

/// Puts the titles of a feed together from the events of a reader.
#[derive(Default)]
struct Titles {
    found: Vec<String>,
    inside: bool,
}

impl Titles {
    /// False at the end.
    fn take(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Start(tag) => {
                self.inside = tag.name().as_ref() == "title";
                if self.inside {
                    self.found.push(String::new());
                }
            }
            Event::End(_) => self.inside = false,
            Event::Text(text) if self.inside => {
                self.found.last_mut().expect("begun").push_str(text);
            }
            Event::GeneralRef(reference) if self.inside => {
                assert_eq!(&**reference, "amp");
                self.found.last_mut().expect("begun").push('&');
            }
            Event::Eof => return false,
            _ => {}
        }
        true
    }
}

/// Written for any reader; it does not know what it reads.
fn read_titles(stream: impl Read) -> Vec<String> {
    // A small buffer, so that many reads are needed.
    let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(7, stream));
    let (mut titles, mut buffer) = (Titles::default(), Vec::new());
    while titles.take(&reader.read_event_into(&mut buffer).unwrap()) {
        buffer.clear();
    }
    titles.found
}

/// The same for any asynchronous reader.
async fn read_titles_async(stream: impl AsyncRead + Unpin) -> Vec<String> {
    let buffered = tokio::io::BufReader::with_capacity(7, stream);
    let mut reader = quick_xml::Reader::from_reader(buffered);
    let (mut titles, mut buffer) = (Titles::default(), Vec::new());
    while titles.take(&reader.read_event_into_async(&mut buffer).await.unwrap()) {
        buffer.clear();
    }
    titles.found
}

/// Code that reads a file reads a connection and a response unchanged, blocking and asynchronously.
#[tokio::test]
async fn one_reader_three_streams() {
    let (context, folder) = (context(), Folder::new());
    let path = folder.path("feed.xml");
    std::fs::write(&path, FEED).unwrap();
    let http = HttpPeer::serve(|_| Response::new(200).body(FEED).chunked(5));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let feeder = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(FEED.as_bytes()).unwrap();
        }
    });
    let connection = || {
        let client = TcpClient::new().unwrap();
        client
            .connect_address("127.0.0.1".parse().unwrap(), port)
            .unwrap();
        let stream = client.get_stream().unwrap();
        (client, stream)
    };
    let response = |url: &str| {
        let mut request = WebRequest::create_in(&context, url).unwrap();
        request
            .get_response()
            .unwrap()
            .get_response_stream()
            .unwrap()
    };
    assert_eq!(read_titles(std::fs::File::open(&path).unwrap()), TITLES);
    let (_client, stream) = connection();
    assert_eq!(read_titles(stream), TITLES);
    assert_eq!(read_titles(response(&http.url("/"))), TITLES);
    assert_eq!(read_titles(response(&folder.url("feed.xml"))), TITLES);

    let file = tokio::fs::File::open(&path).await.unwrap();
    assert_eq!(read_titles_async(file).await, TITLES);
    let (_client, stream) = connection();
    assert_eq!(read_titles_async(stream).await, TITLES);
    let over_http = response(&http.url("/")).into_async();
    assert_eq!(read_titles_async(over_http).await, TITLES);
    let file = response(&folder.url("feed.xml")).into_async();
    assert_eq!(read_titles_async(file).await, TITLES);
    feeder.join().unwrap();
}
