//! What a listener may serve: the accept right of `WebPermission`.

use std::net::TcpListener;
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind};
use system_net_primitives::TransportType;
use system_net_security::permissions::{
    NetworkAccess, PermissionSet, SocketPermission, WebPermission,
};

use crate::support::Client;

fn listener(context: &NetContext, prefixes: &[&str]) -> HttpListener {
    let listener = HttpListener::new_in(context);
    for prefix in prefixes {
        listener.prefixes().add(prefix).unwrap();
    }
    listener
}

fn permitting(access: NetworkAccess, expression: &str) -> NetContext {
    let set = PermissionSet {
        web: WebPermission::of_regex(access, expression).unwrap(),
        ..PermissionSet::none()
    };
    NetContext::builder()
        .policy(Arc::new(set.permit_only().into_policy()))
        .build()
}

/// F11-52: each prefix is judged before anything is bound, also one that is added later.
#[test]
fn web_permission_accept_listener() {
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let allowed = format!("http://127.0.0.1:{port}/allowed/");
    let other = format!("http://127.0.0.1:{port}/other/");
    let accept = permitting(NetworkAccess::Accept, ".*/allowed/.*");

    let refused = listener(&accept, &[&allowed, &other]);
    let error = refused.start().unwrap_err();
    assert_eq!(error.kind(), Kind::AccessDenied);
    let told = error.to_string();
    assert!(
        told.contains(&other) && told.contains("WebPermission"),
        "{told}"
    );
    assert!(!refused.is_listening());
    TcpListener::bind(("127.0.0.1", port)).expect("nothing was bound");

    // The right to connect is another one.
    let connect = permitting(NetworkAccess::Connect, ".*");
    let error = listener(&connect, &[&allowed]).start().unwrap_err();
    assert_eq!(error.kind(), Kind::AccessDenied);

    let running = listener(&accept, &[&allowed]);
    running.start().unwrap();
    let error = running.prefixes().add(&other).unwrap_err();
    assert_eq!(error.kind(), Kind::AccessDenied);
    assert_eq!(running.prefixes().count(), 1);
    let mut client = Client::new(&running);
    assert_eq!(client.get("/other/").status(), 404);
    client.request("GET /allowed/x", &[], "");
    let mut context = running.get_context().unwrap();
    context.response_mut().close_with("served").unwrap();
    assert_eq!(client.answer().text(), "served");
}

/// Where a policy speaks of sockets, the right to serve a prefix is not enough: the address has to be
/// one that may be accepted at.
#[test]
fn socket_permission_accept_listener() {
    let context = |access, host: &str| {
        let socket = SocketPermission::of(
            access,
            TransportType::Tcp,
            host,
            SocketPermission::ALL_PORTS,
        );
        let set = PermissionSet {
            web: WebPermission::of_regex(NetworkAccess::Accept, ".*").unwrap(),
            socket: socket.unwrap(),
            ..PermissionSet::none()
        };
        NetContext::builder()
            .policy(Arc::new(set.permit_only().into_policy()))
            .build()
    };
    let prefix = "http://127.0.0.1:0/";
    for (access, host) in [
        (NetworkAccess::Accept, "127.0.0.2"),
        (NetworkAccess::Connect, "127.0.0.1"),
    ] {
        let refused = listener(&context(access, host), &[prefix]);
        let error = refused.start().unwrap_err();
        assert_eq!(error.kind(), Kind::AccessDenied, "{host}");
        assert!(error.to_string().contains("SocketPermission"), "{error}");
        assert!(!refused.is_listening());
    }
    let running = listener(&context(NetworkAccess::Accept, "127.0.0.1"), &[prefix]);
    running.start().unwrap();
    // The same for what comes later.
    let error = running.prefixes().add("http://127.0.0.2:0/").unwrap_err();
    assert_eq!(error.kind(), Kind::AccessDenied);
    assert_eq!(running.prefixes().count(), 1);
}
