//! Requests that go out on a busy connection: which, and in what order.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use system_net_config::NetContext;
use system_net_requests::{HttpWebRequest, HttpWebResponse, ServicePoint, WebError};
use tokio::task::{JoinSet, yield_now};

use crate::context;
use crate::lines::{HANG, Server};
use crate::pool::{point, request};
/// The service point with one connection, on which a request was answered: from then on others may
/// follow each other there.
pub(crate) async fn one_connection(context: &NetContext, server: &Server) -> Arc<ServicePoint> {
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
pub(crate) async fn begin(
    context: &NetContext,
    server: &Server,
    paths: &[&str],
) -> JoinSet<(String, String)> {
    let mut tasks = JoinSet::new();
    for path in paths {
        let (request, path) = (request(context, &server.url(path)), (*path).to_owned());
        tasks.spawn(async move { (path, fetch(request).await) });
        settle().await;
    }
    tasks
}

/// Lets every task of this thread get as far as it gets.
pub(crate) async fn settle() {
    for _ in 0..8 {
        yield_now().await;
    }
}

pub(crate) async fn all_echoed(mut tasks: JoinSet<(String, String)>) {
    while let Some(done) = tasks.join_next().await {
        let (path, body) = done.unwrap();
        assert_eq!(path, body);
    }
}

pub(crate) fn post(context: &NetContext, url: &str) -> HttpWebRequest {
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
pub(crate) async fn hears(told: &Receiver<&str>, wanted: &str) {
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
