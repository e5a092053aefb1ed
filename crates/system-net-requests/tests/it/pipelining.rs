//! Requests that go out on a busy connection: which, in what order, and what becomes of them when
//! something goes wrong.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_requests::{
    HttpWebRequest, HttpWebResponse, ServicePoint, WebError, WebExceptionStatus as Status,
};
use tokio::task::{JoinSet, yield_now};

use crate::pool::{point, request};
use crate::{check_status, context};

/// Long beyond what any step takes: a test that waits for it fails.
pub(crate) const HANG: Duration = Duration::from_secs(20);

/// One accepted connection, read by hand.
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) stream: TcpStream,
    unread: Vec<u8>,
    /// How often bytes came.
    reads: usize,
}

impl Line {
    /// The next head; `None` at the end.
    fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            let mut piece = [0; 65_536];
            match self.stream.read(&mut piece) {
                Ok(0) => return None,
                Ok(count) => self.unread.extend(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("no request came on connection {}", self.number)
                }
                Err(_) => return None,
            }
            self.reads += 1;
        }
    }

    /// The method and the target of the next request.
    pub(crate) fn request(&mut self) -> Option<String> {
        let head = self.head()?;
        let (line, _) = head.split_once(" HTTP/1.1\r\n").expect("a request line");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            let mut piece = [0; 4096];
            let count = self.stream.read(&mut piece).ok().filter(|n| *n > 0)?;
            self.unread.extend(&piece[..count]);
        }
        self.unread.drain(..length);
        Some(line.to_owned())
    }

    #[track_caller]
    fn expect(&mut self, wanted: &str) {
        assert_eq!(self.request().as_deref(), Some(wanted));
    }

    /// Nothing has come that was not read.
    fn is_silent(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let more = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        self.unread.is_empty() && more.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// A response with this body; false when the client is gone.
    pub(crate) fn answer(&mut self, body: &str) -> bool {
        self.answer_with("", body)
    }

    fn answer_with(&mut self, fields: &str, body: &str) -> bool {
        let length = body.len();
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{fields}\r\n{body}");
        self.stream.write_all(text.as_bytes()).is_ok()
    }

    /// Answers each request with its target.
    pub(crate) fn echo(&mut self) {
        while let Some(request) = self.request() {
            let target = request.split(' ').nth(1).unwrap().to_owned();
            if !self.answer(&target) {
                return;
            }
        }
    }
}

/// A server that hands each connection to a closure, on a thread of its own.
pub(crate) struct Server {
    port: u16,
    opened: Arc<AtomicUsize>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Server {
    pub(crate) fn start(talk: impl Fn(&mut Line) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let opened = Arc::new(AtomicUsize::new(0));
        let threads = Arc::<Mutex<Vec<JoinHandle<()>>>>::default();
        let (counted, started, talk) = (Arc::clone(&opened), Arc::clone(&threads), Arc::new(talk));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(HANG)).unwrap();
                stream.set_nodelay(true).unwrap();
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let talk = Arc::clone(&talk);
                let thread = std::thread::spawn(move || {
                    talk(&mut Line {
                        number,
                        stream,
                        unread: Vec::new(),
                        reads: 0,
                    });
                });
                started.lock().unwrap().push(thread);
            }
        });
        Self {
            port,
            opened,
            threads,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// Closes the client's idle connections and lets what a connection's thread found wrong fail the
    /// test.
    pub(crate) fn end(self, context: &NetContext) {
        point(context, &self.url("/")).close_connection_group(None);
        for thread in std::mem::take(&mut *self.threads.lock().unwrap()) {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// The service point with one connection, on which a request was answered: from then on others may
/// follow each other there.
async fn one_connection(context: &NetContext, server: &Server) -> Arc<ServicePoint> {
    let point = point(context, &server.url("/"));
    point.set_connection_limit(1).unwrap();
    point.set_expect_100_continue(false);
    assert_eq!(
        fetch(request(context, &server.url("/first"))).await,
        "/first"
    );
    point
}

pub(crate) async fn fetch(mut request: HttpWebRequest) -> String {
    let response = request.get_response_async().await.unwrap();
    read(response).await
}

pub(crate) async fn read(response: HttpWebResponse) -> String {
    use tokio::io::AsyncReadExt;
    let mut text = String::new();
    let mut stream = response.get_response_stream().unwrap().into_async();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// Requests in flight at once, each on a task, begun in this order.
async fn begin(context: &NetContext, server: &Server, paths: &[&str]) -> JoinSet<(String, String)> {
    let mut tasks = JoinSet::new();
    for path in paths {
        let (request, path) = (request(context, &server.url(path)), (*path).to_owned());
        tasks.spawn(async move { (path, fetch(request).await) });
        settle().await;
    }
    tasks
}

/// Lets every task of this thread get as far as it gets.
async fn settle() {
    for _ in 0..8 {
        yield_now().await;
    }
}

async fn all_echoed(mut tasks: JoinSet<(String, String)>) {
    while let Some(done) = tasks.join_next().await {
        let (path, body) = done.unwrap();
        assert_eq!(path, body);
    }
}

fn post(context: &NetContext, url: &str) -> HttpWebRequest {
    let mut request = request(context, url);
    request.set_method("POST").unwrap();
    request
}

/// How the callers of a test call.
#[derive(Clone, Copy)]
enum Form {
    Async,
    Blocking,
    BeginEnd,
}

/// The server reads two requests before it answers the first, and nothing while one is under way
/// that may not have others behind it.
#[tokio::test]
async fn pipelining_two_in_flight() {
    for form in [Form::Async, Form::Blocking, Form::BeginEnd] {
        two_in_flight(form).await;
    }
}

async fn two_in_flight(form: Form) {
    let context = context();
    let (tell, told) = channel::<&str>();
    let (go, wait) = channel::<()>();
    let (tell, wait) = (Mutex::new(tell), Mutex::new(wait));
    let server = Server::start(move |line| {
        let tell = |what| tell.lock().unwrap().send(what).unwrap();
        let wait = || wait.lock().unwrap().recv_timeout(HANG).unwrap();
        line.expect("GET /first");
        line.answer("/first");
        line.expect("GET /1");
        tell("/1 is there");
        line.expect("HEAD /2");
        // Both are here, and none is answered.
        line.answer("one");
        line.answer_with("X-Two: 2\r\n", "");
        // Behind a POST nothing comes, not even what could.
        line.expect("POST /3");
        tell("/3 is there");
        wait();
        assert!(line.is_silent(), "something came behind a POST");
        line.answer("three");
        line.expect("GET /4");
        tell("/4 is there");
        wait();
        assert!(line.is_silent(), "a POST came behind a GET");
        line.answer("four");
        line.expect("POST /5");
        line.answer("five");
        line.echo();
    });
    let point = one_connection(&context, &server).await;
    assert!(point.supports_pipelining());
    let next = |wanted: &'static str| hears(&told, wanted);

    let one = call(form, request(&context, &server.url("/1")));
    next("/1 is there").await;
    let mut two = request(&context, &server.url("/2"));
    assert!(two.pipelined(), "on unless set");
    two.set_method("HEAD").unwrap();
    let two = call(form, two);
    assert_eq!(one.await.unwrap(), ("one".to_owned(), None));
    assert_eq!(two.await.unwrap(), (String::new(), Some("2".to_owned())));

    let three = call(form, post(&context, &server.url("/3")));
    next("/3 is there").await;
    let four = call(form, request(&context, &server.url("/4")));
    settle().await;
    go.send(()).unwrap();
    assert_eq!(three.await.unwrap().0, "three");
    next("/4 is there").await;
    let five = call(form, post(&context, &server.url("/5")));
    settle().await;
    go.send(()).unwrap();
    assert_eq!(four.await.unwrap().0, "four");
    assert_eq!(five.await.unwrap().0, "five");
    assert_eq!(server.opened(), 1);
    server.end(&context);
}

/// Waits for what the server says, while the tasks of this thread go on.
async fn hears(told: &Receiver<&str>, wanted: &str) {
    let end = std::time::Instant::now() + HANG;
    loop {
        match told.try_recv() {
            Ok(said) => break assert_eq!(said, wanted),
            Err(_) if std::time::Instant::now() > end => panic!("{wanted}: never"),
            Err(_) => yield_now().await,
        }
    }
}

/// The body and the header `X-Two`, by one of the ways to call.
fn call(
    form: Form,
    mut request: HttpWebRequest,
) -> tokio::task::JoinHandle<(String, Option<String>)> {
    let two = |response: &HttpWebResponse| response.headers().get("X-Two").map(Into::into);
    match form {
        Form::Async => tokio::spawn(async move {
            let response = request.get_response_async().await.unwrap();
            let header = two(&response);
            (read(response).await, header)
        }),
        Form::Blocking => tokio::task::spawn_blocking(move || {
            let response = request.get_response().unwrap();
            let header = two(&response);
            (response.into_string().unwrap(), header)
        }),
        Form::BeginEnd => {
            let begun = request.begin_get_response(None, None);
            tokio::task::spawn_blocking(move || {
                let response = request.end_get_response(&begun).unwrap();
                let header = two(&response);
                (response.into_string().unwrap(), header)
            })
        }
    }
}

/// Sixteen at most are outstanding; those that come together go out in one write.
#[tokio::test]
async fn depth_is_bounded_and_heads_go_together() {
    let context = context();
    let (tell, told) = channel::<&str>();
    let (go, wait) = channel::<()>();
    let (tell, wait) = (Mutex::new(tell), Mutex::new(wait));
    let server = Server::start(move |line| {
        let wait = || wait.lock().unwrap().recv_timeout(HANG).unwrap();
        line.expect("GET /first");
        line.answer("/first");
        line.expect("GET /held");
        tell.lock().unwrap().send("held").unwrap();
        wait();
        assert!(line.is_silent(), "nobody waits for an answer here");
        line.answer("/held");
        // The first of those that waited, and fifteen behind it.
        let reads = line.reads;
        for number in 0..16 {
            line.expect(&format!("GET /{number}"));
        }
        assert_eq!(line.reads, reads + 1, "in one write");
        wait();
        assert!(line.is_silent(), "a seventeenth");
        for number in 0..16 {
            line.answer(&format!("/{number}"));
        }
        line.echo();
    });
    one_connection(&context, &server).await;
    // Its user takes nobody along: it is not asked to.
    let mut held = request(&context, &server.url("/held"));
    held.set_pipelined(false).unwrap();
    let held = tokio::spawn(fetch(held));
    hears(&told, "held").await;
    let paths: Vec<String> = (0..40).map(|number| format!("/{number}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let tasks = begin(&context, &server, &paths).await;
    go.send(()).unwrap();
    assert_eq!(held.await.unwrap(), "/held");
    settle().await;
    go.send(()).unwrap();
    all_echoed(tasks).await;
    assert_eq!(server.opened(), 1);
    server.end(&context);
}

/// A connection that ends with the answer to the first of four, said or unsaid: the others are sent
/// again elsewhere.
#[tokio::test]
async fn a_connection_that_ends_gives_the_others_back() {
    for fields in ["", "Connection: close\r\n"] {
        let context = context();
        let server = Server::start(move |line| {
            if line.number > 0 {
                return line.echo();
            }
            line.expect("GET /first");
            line.answer("/first");
            for path in ["/1", "/2", "/3", "/4"] {
                line.expect(&format!("GET {path}"));
            }
            line.answer_with(fields, "/1");
        });
        let point = one_connection(&context, &server).await;
        let tasks = begin(&context, &server, &["/1", "/2", "/3", "/4"]).await;
        all_echoed(tasks).await;
        assert_eq!(server.opened(), 2, "{fields:?}");
        assert_eq!(point.current_connections(), 1);
        assert!(point.supports_pipelining(), "once is no habit");
        server.end(&context);
    }
}

/// One of the middle is given up: its place in the row cannot be taken by another. Who is before it
/// is served where it is, who is behind it elsewhere.
#[tokio::test]
async fn who_leaves_the_row_holds_up_nobody() {
    #[derive(Clone, Copy, Debug)]
    enum Leave {
        Drop,
        Abort,
        Timeout,
    }
    for leave in [Leave::Drop, Leave::Abort, Leave::Timeout] {
        let context = context();
        let (go, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let server = Server::start(move |line| {
            if line.number > 0 {
                return line.echo();
            }
            line.expect("GET /first");
            line.answer("/first");
            for path in ["/1", "/2", "/3", "/4"] {
                line.expect(&format!("GET {path}"));
            }
            wait.lock().unwrap().recv_timeout(HANG).unwrap();
            line.answer("/1");
            line.answer("/2");
            assert_eq!(line.request(), None, "nothing more comes on it");
        });
        let point = one_connection(&context, &server).await;
        let before = begin(&context, &server, &["/1", "/2"]).await;
        let mut third = request(&context, &server.url("/3"));
        if let Leave::Timeout = leave {
            third
                .set_total_timeout(Some(Duration::from_millis(100)))
                .unwrap();
        }
        let aborted = third.abort_handle();
        let third = tokio::spawn(async move { third.get_response_async().await.map(drop) });
        settle().await;
        let behind = begin(&context, &server, &["/4"]).await;
        match leave {
            Leave::Drop => {
                third.abort();
                assert!(third.await.unwrap_err().is_cancelled());
            }
            Leave::Abort => {
                aborted.abort();
                check_status(third.await.unwrap(), Status::RequestCanceled);
            }
            Leave::Timeout => {
                check_status(third.await.unwrap(), Status::Timeout);
            }
        }
        go.send(()).unwrap();
        all_echoed(before).await;
        all_echoed(behind).await;
        assert_eq!(server.opened(), 2, "{leave:?}");
        assert_eq!(point.current_connections(), 1, "{leave:?}");
        server.end(&context);
    }
}

/// The one whose response is awaited is dropped, in each phase: those behind are sent elsewhere.
#[tokio::test]
async fn a_dropped_owner_gives_the_others_back() {
    for head in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbeginning",
    ] {
        let context = context();
        let server = Server::start(move |line| {
            if line.number > 0 {
                return line.echo();
            }
            line.expect("GET /first");
            line.answer("/first");
            for path in ["/1", "/2", "/3"] {
                line.expect(&format!("GET {path}"));
            }
            line.stream.write_all(head.as_bytes()).unwrap();
            assert_eq!(line.request(), None);
        });
        let point = one_connection(&context, &server).await;
        let mut first = request(&context, &server.url("/1"));
        let first = tokio::spawn(async move { first.get_response_async().await.unwrap() });
        settle().await;
        let behind = begin(&context, &server, &["/2", "/3"]).await;
        match head {
            "" => first.abort(),
            _ => drop(first.await.unwrap()),
        }
        all_echoed(behind).await;
        assert_eq!(server.opened(), 2);
        assert_eq!(point.current_connections(), 1);
        server.end(&context);
    }
}

/// A response that nobody reads holds up those behind it and is not read for them; as soon as it
/// was, they go on, on the same connection.
#[tokio::test]
async fn a_body_is_read_before_the_next_head() {
    let context = context();
    let body = "b".repeat(300_000);
    let sent = body.clone();
    let server = Server::start(move |line| {
        line.expect("GET /first");
        line.answer("/first");
        line.expect("GET /1");
        line.expect("GET /2");
        line.answer(&sent);
        line.answer("/2");
        line.echo();
    });
    one_connection(&context, &server).await;
    let mut first = request(&context, &server.url("/1"));
    let first = tokio::spawn(async move { first.get_response_async().await.unwrap() });
    settle().await;
    let mut behind = begin(&context, &server, &["/2"]).await;
    let first = first.await.unwrap();
    settle().await;
    assert!(behind.try_join_next().is_none(), "out of its turn");
    assert_eq!(read(first).await, body);
    all_echoed(behind).await;
    assert_eq!(server.opened(), 1);
    server.end(&context);
}

/// Behind a response that does not come nobody stays while another connection is free.
#[tokio::test]
async fn nobody_stays_behind_what_does_not_come() {
    let context = context();
    let (tell, told) = channel::<&str>();
    let tell = Mutex::new(tell);
    let server = Server::start(move |line| {
        while let Some(request) = line.request() {
            match &*request {
                "GET /slow" => {
                    tell.lock().unwrap().send("slow").unwrap();
                    line.expect("GET /behind");
                    tell.lock().unwrap().send("behind").unwrap();
                    // The other connection serves it; this one ends unanswered.
                    assert_eq!(line.request(), None);
                    return;
                }
                _ => {
                    line.answer(request.split(' ').nth(1).unwrap());
                }
            }
        }
    });
    let point = one_connection(&context, &server).await;
    let mut slow = request(&context, &server.url("/slow"));
    let slow = tokio::spawn(async move { slow.get_response_async().await.map(drop) });
    hears(&told, "slow").await;
    let behind = begin(&context, &server, &["/behind"]).await;
    hears(&told, "behind").await;
    // From now on there could be another connection.
    point.set_connection_limit(2).unwrap();
    all_echoed(behind).await;
    assert_eq!(server.opened(), 2);
    slow.abort();
    slow.await.unwrap_err();
    server.end(&context);
}

/// Only what asks for nothing but an answer goes behind others, and only on connections of its group.
#[tokio::test]
async fn what_is_never_sent_behind_others() {
    type Change = fn(&mut HttpWebRequest) -> Result<(), WebError>;
    let changes: [(&str, Change); 10] = [
        ("not pipelined", |r| Ok(r.set_pipelined(false)?)),
        ("not kept", |r| Ok(r.set_keep_alive(false)?)),
        ("1.0", |r| {
            Ok(r.set_protocol_version(system_net_primitives::HttpVersion::VERSION10)?)
        }),
        ("PUT", |r| Ok(r.set_method("PUT")?)),
        ("DELETE", |r| Ok(r.set_method("DELETE")?)),
        ("own method", |r| Ok(r.set_method("SEARCH")?)),
        ("upgrade", |r| {
            Ok(r.headers_mut()?.add("Upgrade", "websocket")?)
        }),
        ("expect", |r| Ok(r.set_expect(Some("something"))?)),
        ("NTLM", |r| {
            Ok(r.headers_mut()?.add("Authorization", "NTLM TlRM")?)
        }),
        ("Negotiate", |r| {
            Ok(r.headers_mut()?.add("Authorization", "negotiate YII")?)
        }),
    ];
    for (what, change) in changes {
        let context = context();
        let (tell, told) = channel::<&str>();
        let (go, wait) = channel::<()>();
        let (tell, wait) = (Mutex::new(tell), Mutex::new(wait));
        let server = Server::start(move |line| {
            while let Some(head) = line.head() {
                let target = head.split(' ').nth(1).unwrap();
                if target == "/held" {
                    tell.lock().unwrap().send("held").unwrap();
                    wait.lock().unwrap().recv_timeout(HANG).unwrap();
                    assert!(line.is_silent(), "{what} came behind another");
                }
                if !line.answer(target) {
                    break;
                }
            }
        });
        one_connection(&context, &server).await;
        let held = tokio::spawn(fetch(request(&context, &server.url("/held"))));
        hears(&told, "held").await;
        let mut other = request(&context, &server.url("/other"));
        change(&mut other).unwrap();
        let other = tokio::spawn(fetch(other));
        // Nobody overtakes it, either.
        settle().await;
        let late = tokio::spawn(fetch(request(&context, &server.url("/late"))));
        settle().await;
        go.send(()).unwrap();
        assert_eq!(held.await.unwrap(), "/held");
        assert_eq!(other.await.unwrap(), "/other", "{what}");
        assert_eq!(late.await.unwrap(), "/late");
        server.end(&context);
    }
}

/// Each group has its connections, and nothing of another goes behind what is sent there.
#[tokio::test]
async fn groups_are_never_mixed_on_a_connection() {
    let context = context();
    let seen = Arc::new(Mutex::new(HashMap::<usize, Vec<String>>::new()));
    let noted = Arc::clone(&seen);
    let server = Server::start(move |line| {
        while let Some(request) = line.request() {
            let target = request.split(' ').nth(1).unwrap().to_owned();
            let group = target.split('/').nth(1).unwrap().to_owned();
            let mut seen = noted.lock().unwrap();
            seen.entry(line.number).or_default().push(group);
            drop(seen);
            if !line.answer(&target) {
                return;
            }
        }
    });
    let url = server.url("/");
    point(&context, &url).set_connection_limit(1).unwrap();
    let mut tasks = JoinSet::new();
    for round in 0..20 {
        for user in ["anna", "bert", "carl"] {
            let path = format!("/{user}/{round}");
            let mut request = request(&context, &server.url(&path));
            request.set_connection_group_name(Some(user)).unwrap();
            tasks.spawn(async move { (path, fetch(request).await) });
        }
    }
    all_echoed(tasks).await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    for users in seen.values() {
        assert_eq!(users.len(), 20);
        assert!(users.iter().all(|user| *user == users[0]), "{users:?}");
    }
}

/// Servers that answer in HTTP/1.0, and those that leave unanswered what came behind the first, get
/// their requests one by one; the service point says so.
#[tokio::test]
async fn servers_that_break_it_are_remembered() {
    fn old(line: &mut Line) {
        while let Some(request) = line.request() {
            assert!(line.is_silent(), "something came before the answer");
            let target = request.split(' ').nth(1).unwrap();
            let length = target.len();
            let text = format!(
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n\r\n{target}"
            );
            if line.stream.write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }
    // Takes all that comes at once for one request, and ends when it has answered that.
    fn forgetful(line: &mut Line) {
        while let Some(request) = line.request() {
            // It is slow, so that others come meanwhile if they come at all.
            std::thread::sleep(Duration::from_millis(20));
            let alone = line.is_silent();
            line.answer(request.split(' ').nth(1).unwrap());
            if !alone {
                return;
            }
        }
    }
    for talk in [old as fn(&mut Line), forgetful] {
        let context = context();
        let server = Server::start(talk);
        let point = point(&context, &server.url("/"));
        point.set_connection_limit(1).unwrap();
        for round in 0..8 {
            let paths: Vec<String> = (0..6).map(|number| format!("/{round}/{number}")).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            all_echoed(begin(&context, &server, &paths).await).await;
        }
        assert!(!point.supports_pipelining());
        let opened = server.opened();
        // One for each try, one for what came back, and not two for each round.
        assert!(opened <= 6, "{opened} connections");
        server.end(&context);
    }
}

/// Connections that end at any point, GETs and POSTs mixed, more than there are connections: each
/// gets its own answer or an error, and no POST comes twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_post_comes_twice_among_pipelined_requests() {
    let context = context();
    let posts = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
    let counted = Arc::clone(&posts);
    let turns = AtomicUsize::new(0);
    let server = Server::start(move |line| {
        while let Some(request) = line.request() {
            let (method, target) = request.split_once(' ').unwrap();
            if method == "POST" {
                *counted
                    .lock()
                    .unwrap()
                    .entry(target.to_owned())
                    .or_default() += 1;
            }
            // Read and lost, half answered, answered and closed, or all well.
            let turn = turns.fetch_add(1, Ordering::SeqCst);
            match turn % 23 {
                7 => return,
                13 => {
                    let _ = line.stream.write_all(b"HTTP/1.1 200 OK\r\nConte");
                    return;
                }
                19 => {
                    line.answer(target);
                    return;
                }
                _ if !line.answer(target) => return,
                _ => {}
            }
        }
    });
    let service = point(&context, &server.url("/"));
    service.set_connection_limit(3).unwrap();
    service.set_expect_100_continue(false);
    let mut tasks = JoinSet::new();
    for task in 0..24 {
        let (context, url) = (context.clone(), server.url(""));
        tasks.spawn(async move {
            let mut failed = 0;
            for number in 0..40 {
                let path = format!("/{task}/{number}");
                let mut request = request(&context, &format!("{url}{path}"));
                if number % 5 == 4 {
                    request.set_method("POST").unwrap();
                }
                match request.get_response_async().await {
                    Ok(response) => assert_eq!(read(response).await, path),
                    Err(_) => failed += 1,
                }
            }
            failed
        });
    }
    let mut failed = 0;
    while let Some(done) = tasks.join_next().await {
        failed += done.unwrap();
    }
    assert!(failed < 24 * 40 / 5, "{failed} failed");
    let posts = posts.lock().unwrap();
    assert!(posts.values().all(|count| *count == 1), "{posts:?}");
    assert!(service.current_connections() <= 3);
    // Nothing is left behind: with the idle ones closed there is none.
    service.close_connection_group(None);
    assert_eq!(service.current_connections(), 0);
}
