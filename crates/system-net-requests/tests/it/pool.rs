//! Connections: how many there may be, and who gets one.

use std::future::poll_fn;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use system_net_config::{ConnectionManagementEntry, NetContext, Settings};
use system_net_requests::{
    HttpWebRequest, ServicePoint, ServicePointManager, WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{Conversation, HttpPeer, Interrupted, Response, Script, Signal};

use crate::{check_status, context, get};

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

pub(crate) fn point(context: &NetContext, url: &str) -> Arc<ServicePoint> {
    ServicePointManager::of(context).find(url).unwrap()
}

pub(crate) fn request(context: &NetContext, url: &str) -> HttpWebRequest {
    WebRequest::create_http_in(context, url).unwrap()
}

/// How many connections to a port this process holds. A peer's own count lags behind: a connection
/// may be accepted before the end of an older one was read. And the system's count alone does as
/// well: a program that another test is just starting holds all that was open until it runs.
fn established(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux");
    let remote = format!(":{port:04X}");
    let inodes: Vec<String> = table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let leads_there = columns.get(2)?.ends_with(&remote) && *columns.get(3)? == "01";
            leads_there.then(|| format!("socket:[{}]", columns.get(9).unwrap_or(&"")))
        })
        .collect();
    // What is closed between the two looks does not count; what is left was open at once.
    std::fs::read_dir("/proc/self/fd")
        .expect("Linux")
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter(|link| {
            inodes
                .iter()
                .any(|inode| link.as_os_str() == inode.as_str())
        })
        .count()
}

/// A peer that notes how many connections there are each time one is made.
fn counting(
    talk: impl Fn(&mut Conversation<'_>) -> Result<(), Interrupted> + Send + Sync + 'static,
) -> (HttpPeer, Arc<AtomicUsize>) {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let port = Arc::new(std::sync::OnceLock::new());
    let known = Arc::clone(&port);
    let peer = HttpPeer::converse(move |connection| {
        let port: &u16 = known.wait();
        seen.fetch_max(established(*port), Ordering::SeqCst);
        talk(connection)
    });
    port.set(peer.port()).unwrap();
    (peer, most)
}

pub(crate) fn answer_all(talk: &mut Conversation<'_>) -> Result<(), Interrupted> {
    loop {
        talk.head()?;
        talk.send(OK)?;
    }
}

/// Response, stream, both or neither closed, read or not, or broken half way: no connection is
/// lost, and there are never more than two.
#[test]
fn drop_returns_connection() {
    let context = context();
    let (peer, most) = counting(|talk| {
        loop {
            match talk.head()?.target().as_str() {
                "/whole" => talk.send(OK)?,
                "/part" => talk.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")?,
                "/chunks" => {
                    talk.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")?;
                }
                "/missing" => talk.send("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno")?,
                _ => {
                    talk.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")?;
                    return talk.close();
                }
            }
        }
    });
    let url = |path: &str| peer.url(path);
    let paths = ["/whole", "/part", "/chunks", "/missing", "/broken"];
    for number in 0..50 {
        let path = paths[number % 5];
        let mut request = request(&context, &url(path));
        let response = match request.get_response() {
            Ok(response) => response.into(),
            Err(error) => check_status::<()>(Err(error), Status::ProtocolError)
                .into_response()
                .unwrap(),
        };
        match number / 5 {
            0 => drop(response),
            1 => response.close(),
            2 => {
                let stream = response.get_response_stream().unwrap();
                drop(response);
                drop(stream);
            }
            3 => response.get_response_stream().unwrap().close(),
            4 => {
                let stream = response.get_response_stream().unwrap();
                response.close();
                stream.close();
                drop(stream);
                response.close();
            }
            5 => drop((response.clone(), request, response)),
            6 => {
                let mut stream = response.get_response_stream().unwrap();
                stream.read_exact(&mut [0; 1]).unwrap();
            }
            7 => {
                let stream = response.get_response_stream().unwrap();
                drop(stream.begin_read(1, None, None).end());
            }
            8 => {
                let mut stream = response.get_response_stream().unwrap();
                let mut buffer = [0; 2];
                stream.read_exact(&mut buffer).unwrap();
                if path == "/broken" {
                    stream.read_to_end(&mut Vec::new()).unwrap_err();
                }
            }
            _ => drop(response.get_response_stream().unwrap().into_async()),
        }
    }
    assert!(most.load(Ordering::SeqCst) <= 2, "{most:?} connections");
    let point = point(&context, &peer.url("/"));
    assert!(point.current_connections() <= 2);
    // None of them is busy: with the idle ones closed nothing is left.
    point.close_connection_group(None);
    assert_eq!(point.current_connections(), 0);
    peer.wait_for_open_at_most(0);
}

/// Ten at once: two connections, and everyone gets an answer.
#[test]
fn connection_limit_2_default() {
    let context = context();
    let (peer, most) = counting(answer_all);
    assert_eq!(point(&context, &peer.url("/")).connection_limit(), 2);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(get(&context, &peer.url("/")), "ok");
                }
            });
        }
    });
    assert!(most.load(Ordering::SeqCst) <= 2);
    assert_eq!(peer.request_count(), 50);
    assert!(peer.connections_opened() <= 2);
}

/// Polls each future once: the request stands in the queue.
async fn queue<F: Future + Unpin>(futures: &mut [F]) {
    poll_fn(|cx| {
        for future in &mut *futures {
            assert!(std::pin::Pin::new(future).poll(cx).is_pending());
        }
        Poll::Ready(())
    })
    .await;
}

/// Requests wait in the order they came, and nobody overtakes them.
#[tokio::test]
async fn queue_is_fair() {
    let context = context();
    let peer = HttpPeer::converse(answer_all);
    point(&context, &peer.url("/"))
        .set_connection_limit(1)
        .unwrap();
    let held = request(&context, &peer.url("/held"))
        .get_response_async()
        .await
        .unwrap();
    // "ok" has arrived, so that its connection can be kept once it is closed.
    let mut requests: Vec<_> = (0..5)
        .map(|n| request(&context, &peer.url(&format!("/{n}"))))
        .collect();
    let mut futures: Vec<_> = requests
        .iter_mut()
        .map(|request| Box::pin(request.get_response_async()))
        .collect();
    queue(&mut futures).await;
    held.into_bytes().unwrap();
    // Driven in the opposite order.
    let mut late = request(&context, &peer.url("/late"));
    let late = tokio::spawn(async move { late.get_response_async().await.map(drop) });
    let tasks: Vec<_> = futures.into_iter().rev().collect();
    let mut joined = futures_in_order(tasks).await;
    assert_eq!(joined.len(), 5);
    joined.clear();
    late.await.unwrap().unwrap();
    let targets: Vec<String> = peer.requests().iter().map(|r| r.target()).collect();
    assert_eq!(targets, ["/held", "/0", "/1", "/2", "/3", "/4", "/late"]);
    assert_eq!(peer.connections_opened(), 1);
}

/// Drives all of them at once; drops each response when it is there, to make place for the next.
async fn futures_in_order<F, T, E>(mut futures: Vec<F>) -> Vec<()>
where
    F: Future<Output = Result<T, E>> + Unpin,
    E: std::fmt::Debug,
{
    let mut done = Vec::new();
    poll_fn(|cx| {
        futures.retain_mut(|future| match std::pin::Pin::new(future).poll(cx) {
            Poll::Ready(result) => {
                drop(result.unwrap());
                done.push(());
                false
            }
            Poll::Pending => true,
        });
        match futures.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    done
}

/// Whoever gives up waiting passes its turn on, granted or not.
#[tokio::test]
async fn dropped_waiter_passes_its_turn_on() {
    for granted in [false, true] {
        let context = context();
        let peer = HttpPeer::converse(answer_all);
        point(&context, &peer.url("/"))
            .set_connection_limit(1)
            .unwrap();
        let held = request(&context, &peer.url("/held"))
            .get_response_async()
            .await
            .unwrap();
        let mut first = request(&context, &peer.url("/first"));
        let mut second = request(&context, &peer.url("/second"));
        let mut futures = vec![
            Box::pin(first.get_response_async()),
            Box::pin(second.get_response_async()),
        ];
        queue(&mut futures).await;
        let second = futures.pop().unwrap();
        if granted {
            held.into_bytes().unwrap();
            drop(futures);
        } else {
            drop(futures);
            held.into_bytes().unwrap();
        }
        second.await.unwrap().into_bytes().unwrap();
        let targets: Vec<String> = peer.requests().iter().map(|r| r.target()).collect();
        assert_eq!(targets, ["/held", "/second"]);
        assert_eq!(peer.connections_opened(), 1);
    }
}

/// A limit that changes counts for those who wait, up and down.
#[tokio::test]
async fn connection_limit_change_live() {
    let context = context();
    let peer = HttpPeer::converse(|talk| {
        loop {
            talk.head()?;
            talk.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")?;
        }
    });
    let point = point(&context, &peer.url("/"));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let mut request = request(&context, &peer.url("/"));
        tasks.spawn(async move { request.get_response_async().await.unwrap() });
    }
    let mut held = Vec::new();
    let mut total = 0;
    for (limit, expected) in [(2, 2), (5, 5)] {
        point.set_connection_limit(limit).unwrap();
        while held.len() < expected {
            held.push(tasks.join_next().await.unwrap().unwrap());
        }
        assert_eq!(point.current_connections(), expected);
        total = expected;
    }
    assert_eq!(peer.connections_opened(), total);
    // Down to 1: four may go without anybody getting on; then one by one.
    point.set_connection_limit(1).unwrap();
    assert_eq!(point.current_connections(), 5, "none in use is closed");
    for response in held.drain(1..) {
        response.close();
    }
    assert_eq!(point.current_connections(), 1);
    for _ in 5..10 {
        held.pop().unwrap().close();
        held.push(tasks.join_next().await.unwrap().unwrap());
        assert_eq!(point.current_connections(), 1);
        peer.wait_for_open_at_most(1);
    }
    assert_eq!(peer.connections_opened(), 10);
}

/// Connections over a lowered limit are closed when their response has ended, not kept.
#[test]
fn lowered_limit_closes_what_comes_back() {
    let context = context();
    let go = Signal::new();
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
            .wait_for(&go)
            .send("k")
            .stall(),
    );
    let point = point(&context, &peer.url("/"));
    let responses = [(); 2].map(|()| request(&context, &peer.url("/")).get_response().unwrap());
    assert_eq!(point.current_connections(), 2);
    point.set_connection_limit(1).unwrap();
    go.raise();
    for response in responses {
        assert_eq!(response.into_string().unwrap(), "ok");
    }
    assert_eq!(point.current_connections(), 1);
    peer.wait_for_open_at_most(1);
}

#[test]
fn default_limit_not_retroactive() {
    let context = context();
    let manager = ServicePointManager::of(&context);
    assert_eq!(manager.default_connection_limit(), 2);
    let before = manager.find("http://before/").unwrap();
    manager.set_default_connection_limit(7).unwrap();
    assert_eq!(before.connection_limit(), 2);
    assert_eq!(manager.find("http://after/").unwrap().connection_limit(), 7);
}

/// What .NET's constants are, and that a service point starts with the one for connections that are
/// kept unless told otherwise.
#[test]
fn default_persistent_connection_limit_const() {
    const { assert!(ServicePointManager::DEFAULT_PERSISTENT_CONNECTION_LIMIT == 2) };
    const { assert!(ServicePointManager::DEFAULT_NON_PERSISTENT_CONNECTION_LIMIT == 4) };
    let manager = ServicePointManager::of(&context());
    let limit = ServicePointManager::DEFAULT_PERSISTENT_CONNECTION_LIMIT;
    assert_eq!(manager.default_connection_limit(), limit);
    let point = manager.find("http://new/").unwrap();
    assert_eq!(point.connection_limit(), limit);
    for (set, limit) in [(1, Ok(1)), (0, Err(())), (7, Ok(7))] {
        let result = point.set_connection_limit(set).map_err(drop);
        assert_eq!(result.map(|()| point.connection_limit()), limit);
    }
}

#[test]
fn configured_limits() {
    let entry = |address: &str, maxconnection| ConnectionManagementEntry {
        address: address.into(),
        maxconnection,
    };
    let settings = Settings {
        connection_management: vec![
            entry("http://named:8080", 4),
            entry("bare", 5),
            entry("*", 9),
        ],
        ..Settings::default()
    };
    let manager = ServicePointManager::of(&NetContext::with_settings(settings));
    for (address, limit) in [
        ("http://named:8080/", 4),
        ("http://named/", 9),
        ("https://named:8080/", 9),
        ("http://bare/", 5),
        ("https://BARE:444/x", 5),
        ("http://other/", 9),
    ] {
        let point = manager.find(address).unwrap();
        assert_eq!(point.connection_limit(), limit, "{address}");
    }
}

/// Which addresses share a service point; the rows on which the recorded runtimes agree.
#[test]
fn service_point_identity() {
    let context = context();
    let manager = ServicePointManager::of(&context);
    let first = manager.find("http://a/x").unwrap();
    assert_eq!(first.address().absolute_uri(), "http://a/");
    assert_eq!(first.connection_name(), "http");
    for (address, same) in [
        ("http://a/y", true),
        ("http://A:80/", true),
        ("http://a:81/", false),
        ("https://a/", false),
        ("http://b/", false),
    ] {
        let other = manager.find(address).unwrap();
        assert_eq!(Arc::ptr_eq(&first, &other), same, "{address}");
    }
    // The request's is the same object; another context has its own.
    let request = request(&context, "http://a/z");
    assert!(Arc::ptr_eq(&first, &request.service_point().unwrap()));
    let elsewhere = point(&crate::context(), "http://a/");
    assert!(!Arc::ptr_eq(&first, &elsewhere));
}

#[test]
fn find_service_point() {
    let found = ServicePointManager::find_service_point("http://find.example:81/x").unwrap();
    assert_eq!(found.address().absolute_uri(), "http://find.example:81/");
    let manager = ServicePointManager::of(&context());
    assert!(manager.find("no uri").unwrap_err().uri_format().is_some());
    for address in ["file:///x", "urn:a:b"] {
        assert!(manager.find(address).unwrap_err().misuse().is_some());
    }
}

#[test]
fn two_paths_one_connection() {
    let context = context();
    let peer = HttpPeer::serve(|request| Response::new(200).body(request.target()));
    for path in ["/index.htm", "/news.htm?date=today"] {
        assert_eq!(get(&context, &peer.url(path)), path);
    }
    assert_eq!(peer.connections_opened(), 1);
}

// ---- Groups ----

fn in_group(context: &NetContext, peer: &HttpPeer, group: Option<&str>) -> usize {
    let mut request = request(context, &peer.url("/"));
    request.set_connection_group_name(group).unwrap();
    request.get_response().unwrap().into_bytes().unwrap();
    peer.requests().last().unwrap().connection
}

/// Requests of one group share its connections, and no others; no name is a group of its own.
#[test]
fn connection_group_reuses() {
    let context = context();
    let peer = HttpPeer::converse(answer_all);
    let first: Vec<usize> = [None, Some("a"), Some("b"), Some("A")]
        .map(|group| in_group(&context, &peer, group))
        .into();
    assert_eq!(first, [0, 1, 2, 3]);
    for _ in 0..2 {
        let again: Vec<usize> = [None, Some("a"), Some("b"), Some("A")]
            .map(|group| in_group(&context, &peer, group))
            .into();
        assert_eq!(again, first);
    }
    assert_eq!(point(&context, &peer.url("/")).current_connections(), 4);
}

/// The limit counts for each group; through the base type.
#[test]
fn base_connection_group_forwarded() {
    let context = context();
    let peer = HttpPeer::converse(|talk| {
        talk.head()?;
        talk.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")
    });
    point(&context, &peer.url("/"))
        .set_connection_limit(1)
        .unwrap();
    let held: Vec<_> = [None, Some("a"), Some("b")]
        .map(|group| {
            let mut request = WebRequest::create_in(&context, peer.url("/")).unwrap();
            request.set_connection_group_name(group).unwrap();
            assert_eq!(request.connection_group_name().unwrap(), group);
            request.get_response().unwrap()
        })
        .into();
    assert_eq!(peer.connections_opened(), 3);
    drop(held);
}

#[test]
fn close_connection_group() {
    let context = context();
    let peer = HttpPeer::converse(answer_all);
    let point = point(&context, &peer.url("/"));
    assert!(!point.close_connection_group(None), "there is none");
    in_group(&context, &peer, None);
    in_group(&context, &peer, Some("a"));
    assert!(!point.close_connection_group(Some("unknown")));
    assert!(point.close_connection_group(Some("a")));
    assert!(!point.close_connection_group(Some("a")), "it is empty now");
    peer.wait_for_open_at_most(1);
    assert_eq!(in_group(&context, &peer, None), 0, "the other is untouched");
    assert_eq!(in_group(&context, &peer, Some("a")), 2);

    // One in use serves its response to the end, and no other request.
    let mut busy = request(&context, &peer.url("/"));
    let response = busy.get_response().unwrap();
    assert!(point.close_connection_group(None));
    assert_eq!(response.into_string().unwrap(), "ok");
    assert_eq!(in_group(&context, &peer, None), 3);
}
