//! How long connections are kept: idle ones, leased ones, and what a service point tells of them.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use system_net_config::{NetContext, Settings};
use system_net_primitives::{Clock, FakeClock, HttpVersion, Misuse};
use system_net_requests::{ServicePoint, ServicePointManager, WebError, WebRequest};
use system_net_testkit::{HttpPeer, Response, Script, Signal};

use crate::configured::connections_to;

const SECOND: Duration = Duration::from_secs(1);

/// A server, a context with a clock that stands, and the service point between them.
struct Stage {
    peer: HttpPeer,
    clock: Arc<FakeClock>,
    context: NetContext,
    point: Arc<ServicePoint>,
}

impl Stage {
    fn new() -> Self {
        let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
        let clock = Arc::new(FakeClock::new());
        let mut settings = Settings::default();
        settings.tls.use_system_roots = false;
        let context = NetContext::builder()
            .settings(settings)
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .build();
        let point = ServicePointManager::of(&context)
            .find(peer.url("/"))
            .unwrap();
        Self {
            peer,
            clock,
            context,
            point,
        }
    }

    fn get(&self) {
        let mut request = WebRequest::create_http_in(&self.context, self.peer.url("/")).unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.into_string().unwrap(), "ok");
    }
}

/// A server that sends half of a body, and the rest when it is told to.
fn slow_peer() -> (Signal, HttpPeer) {
    let go = Signal::new();
    let script = Script::new().answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    let peer = HttpPeer::each(script.wait_for(&go).send("k").stall());
    (go, peer)
}

/// Idle connections are used again for 100 s, and no longer; a change holds for those idle already.
#[test]
fn service_point_idle_reaped() {
    let stage = Stage::new();
    let point = &stage.point;
    assert_eq!(point.max_idle_time(), Some(100 * SECOND));
    for (wait, opened) in [(0, 1), (99, 1), (99, 1), (100, 2), (1000, 3)] {
        stage.clock.advance(wait * SECOND);
        stage.get();
        assert_eq!(stage.peer.connections_opened(), opened, "after {wait} s");
    }
    assert_eq!(point.current_connections(), 1);
    stage.clock.advance(100 * SECOND);
    assert_eq!(point.current_connections(), 0);
    stage.peer.wait_for_open_at_most(0);

    stage.get();
    point.set_max_idle_time(None).unwrap();
    stage.clock.advance(100_000 * SECOND);
    assert_eq!(point.current_connections(), 1);
    point.set_max_idle_time(Some(SECOND)).unwrap();
    assert_eq!(point.current_connections(), 0);
    let beyond = point.set_max_idle_time(Some(Duration::MAX));
    assert!(matches!(beyond, Err(Misuse::OutOfRange { .. })));
    assert_eq!(point.max_idle_time(), Some(SECOND));

    // Service points that nobody holds go the same way, when another one is made.
    let manager = ServicePointManager::of(&stage.context);
    manager
        .set_max_service_point_idle_time(Some(10 * SECOND))
        .unwrap();
    let make = |url: &str| Arc::downgrade(&manager.find(url).unwrap());
    let early = make("http://early/");
    let held = manager.find("http://held/").unwrap();
    stage.clock.advance(9 * SECOND);
    let late = make("http://late/");
    assert_eq!(early.strong_count(), 1);
    stage.clock.advance(SECOND);
    make("http://other/");
    assert_eq!((early.strong_count(), late.strong_count()), (0, 1));
    assert!(Arc::ptr_eq(&held, &manager.find("http://held/").unwrap()));

    // From the end of the last request on, not while one is under way; and with their connections.
    let (go, peer) = slow_peer();
    let mut request = WebRequest::create_http_in(&stage.context, peer.url("/")).unwrap();
    let used = Arc::downgrade(&request.service_point().unwrap());
    let response = request.get_response().unwrap();
    stage.clock.advance(1000 * SECOND);
    make("http://first/");
    assert_eq!(peer.connections_open(), 1);
    go.raise();
    assert_eq!(response.into_string().unwrap(), "ok");
    stage.clock.advance(9 * SECOND);
    make("http://second/");
    // Found again, and not counted: whoever looks after its connections may hold it for a moment.
    let found = manager.find(peer.url("/")).unwrap();
    assert!(std::ptr::eq(Arc::as_ptr(&found), used.as_ptr()));
    drop(found);
    assert_eq!(peer.connections_open(), 1);
    stage.clock.advance(SECOND);
    // If it is held just now, the next look is its end.
    let hang = Instant::now() + Duration::from_secs(60);
    while used.strong_count() > 0 {
        assert!(Instant::now() < hang, "it stays");
        make("http://third/");
        thread::yield_now();
    }
    peer.wait_for_open_at_most(0);
}

/// Without another service point being made: one goes with its last connection.
#[test]
fn service_points_go_by_themselves() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
    let context = crate::context();
    let manager = ServicePointManager::of(&context);
    let brief = Some(Duration::from_millis(50));
    manager.set_max_service_point_idle_time(brief).unwrap();
    let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    let point = Arc::downgrade(&request.service_point().unwrap());
    request.get_response().unwrap().into_string().unwrap();
    // A count does not hold it.
    while point.strong_count() > 0 {
        thread::sleep(Duration::from_millis(5));
    }
    peer.wait_for_open_at_most(0);
}

/// Where no more service points may be, those go that no request uses, the one unused for longest
/// first; requests that use all there may be are not disturbed.
#[test]
fn max_service_points_reached() {
    let Stage { clock, context, .. } = Stage::new();
    let manager = ServicePointManager::of(&context);
    assert_eq!(manager.max_service_points(), 0);
    let (go, busy) = slow_peer();
    let peers = [(); 3].map(|()| HttpPeer::serve(|_| Response::new(200).body("ok")));
    let [old, young, held] = &peers;
    let send = |peer: &HttpPeer| {
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        request.get_response()
    };
    let point = |peer: &HttpPeer| Arc::downgrade(&manager.find(peer.url("/")).unwrap());

    let response = send(&busy).unwrap();
    let held_point = manager.find(held.url("/")).unwrap();
    for peer in [held, old, young] {
        clock.advance(SECOND);
        send(peer).unwrap().into_string().unwrap();
    }
    let [of_busy, of_old, of_young] = [&busy, old, young].map(point);
    let there = || [&of_busy, &of_old, &of_young].map(|point| point.strong_count() > 0);
    // That of the stage is one more, and the first to go, whose last use is longest ago.
    manager.set_max_service_points(4);
    assert_eq!(there(), [true, true, true]);
    clock.advance(SECOND);
    manager.find("http://one/").unwrap();
    assert_eq!(there(), [true, false, true]);
    old.wait_for_open_at_most(0);
    assert_eq!((busy.connections_open(), young.connections_open()), (1, 1));
    // Unused but held: after those that are not.
    manager.find("http://two/").unwrap();
    assert_eq!(there(), [true, false, false]);
    young.wait_for_open_at_most(0);
    assert_eq!(held.connections_open(), 1);
    manager.set_max_service_points(1);
    assert_eq!(there(), [true, false, false]);
    held.wait_for_open_at_most(0);
    assert_eq!(held_point.current_connections(), 0);

    // All are in use.
    let refused = |error: &WebError| {
        let misuse = error.misuse();
        assert!(
            matches!(misuse, Some(Misuse::InvalidOperation(_))),
            "{error:#}"
        );
    };
    refused(&manager.find("http://three/").unwrap_err());
    refused(&send(old).unwrap_err());
    assert_eq!(old.request_count(), 1);
    go.raise();
    assert_eq!(response.into_string().unwrap(), "ok");
    send(old).unwrap().into_string().unwrap();
    assert_eq!(there(), [false, false, false]);
    busy.wait_for_open_at_most(0);
    manager.set_max_service_points(0);
    for name in 0..10 {
        manager.find(format!("http://{name}.example/")).unwrap();
    }
    assert_eq!(old.connections_open(), 1);
}

/// Without another request or question: the connection is closed when its time is over.
#[test]
fn idle_connections_are_closed_by_themselves() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
    let context = crate::context();
    let manager = ServicePointManager::of(&context);
    assert_eq!(manager.max_service_point_idle_time(), Some(100 * SECOND));
    let brief = Duration::from_millis(50);
    manager
        .set_max_service_point_idle_time(Some(brief))
        .unwrap();
    for _ in 0..2 {
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        assert_eq!(
            request.service_point().unwrap().max_idle_time(),
            Some(brief)
        );
        request.get_response().unwrap().into_string().unwrap();
        peer.wait_for_open_at_most(0);
    }
    assert_eq!(peer.connections_opened(), 2);
    // A time set later closes what was kept before it.
    let point = manager.find(peer.url("/")).unwrap();
    point.set_max_idle_time(None).unwrap();
    let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    request.get_response().unwrap().into_string().unwrap();
    assert_eq!(point.current_connections(), 1);
    point.set_max_idle_time(Some(brief)).unwrap();
    peer.wait_for_open_at_most(0);
    // Also where a longer one is waited for already.
    point.set_max_idle_time(Some(100 * SECOND)).unwrap();
    let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    request.get_response().unwrap().into_string().unwrap();
    assert_eq!(point.current_connections(), 1);
    point.set_max_idle_time(Some(brief)).unwrap();
    peer.wait_for_open_at_most(0);
}

#[test]
fn lease_timeout_reconnects() {
    let stage = Stage::new();
    let point = &stage.point;
    assert_eq!(point.connection_lease_timeout(), None);
    point
        .set_connection_lease_timeout(Some(10 * SECOND))
        .unwrap();
    // The connection of the first request is used for 10 s, however busy it is.
    for (wait, opened) in [
        (0, 1),
        (4, 1),
        (4, 1),
        (4, 1),
        (1, 2),
        (9, 2),
        (1, 2),
        (0, 3),
    ] {
        stage.clock.advance(wait * SECOND);
        stage.get();
        assert_eq!(
            stage.peer.connections_opened(),
            opened,
            "after {wait} s more"
        );
    }
    point
        .set_connection_lease_timeout(Some(Duration::ZERO))
        .unwrap();
    let before = stage.peer.connections_opened();
    for _ in 0..3 {
        stage.get();
    }
    assert!(stage.peer.connections_opened() >= before + 2);
    assert_eq!(point.current_connections(), 0);
}

/// Step by step: opened, busy, idle, gone.
#[test]
fn service_point_tells_its_connections() {
    let stage = Stage::new();
    let point = &stage.point;
    assert_eq!((point.current_connections(), point.idle_since()), (0, None));
    assert_eq!(point.protocol_version(), HttpVersion::VERSION11);
    let mut request = WebRequest::create_http_in(&stage.context, stage.peer.url("/")).unwrap();
    let response = request.get_response().unwrap();
    stage.clock.advance(5 * SECOND);
    assert_eq!(point.current_connections(), 1);
    let before = stage.clock.utc_now();
    response.into_string().unwrap();
    assert_eq!(point.current_connections(), 1);
    assert!(point.idle_since().is_some_and(|since| since <= before));
    stage.clock.advance(7 * SECOND);
    stage.get();
    assert_eq!(point.idle_since(), Some(stage.clock.utc_now()));
    point.close_connection_group(None);
    assert_eq!(point.current_connections(), 0);
}

/// What is set on the service point is found on the socket of the next connection.
#[test]
fn service_point_socket_options() {
    use rustix::net::sockopt;

    let stage = Stage::new();
    let point = &stage.point;
    let sockets = || {
        let sockets = connections_to(stage.peer.address());
        assert_eq!(sockets.len(), 1);
        sockets.into_iter().next().unwrap()
    };
    stage.get();
    let plain = sockets();
    assert_eq!(sockopt::socket_keepalive(&plain), Ok(false));
    assert!(!plain.nodelay().unwrap());
    let usual = sockopt::socket_recv_buffer_size(&plain).unwrap();
    drop(plain);

    let (time, interval) = (77 * SECOND, 7 * SECOND);
    point.set_use_nagle_algorithm(false);
    point.set_tcp_keep_alive(Some((time, interval))).unwrap();
    point.set_receive_buffer_size(Some(20_000)).unwrap();
    assert_eq!(point.receive_buffer_size(), Some(20_000));
    point.close_connection_group(None);
    stage.get();
    let tuned = sockets();
    assert!(tuned.nodelay().unwrap());
    assert_eq!(sockopt::socket_keepalive(&tuned), Ok(true));
    assert_eq!(sockopt::tcp_keepidle(&tuned), Ok(time));
    assert_eq!(sockopt::tcp_keepintvl(&tuned), Ok(interval));
    // Linux keeps twice what is asked for.
    assert_eq!(sockopt::socket_recv_buffer_size(&tuned), Ok(40_000));
    assert_ne!(usual, 40_000);
    drop(tuned);

    point.set_tcp_keep_alive(None).unwrap();
    point.set_receive_buffer_size(None).unwrap();
    point.close_connection_group(None);
    stage.get();
    assert_eq!(sockopt::socket_keepalive(sockets()), Ok(false));
    assert!(
        point
            .set_tcp_keep_alive(Some((Duration::ZERO, interval)))
            .is_err()
    );
    assert!(point.set_receive_buffer_size(Some(usize::MAX)).is_err());
}
