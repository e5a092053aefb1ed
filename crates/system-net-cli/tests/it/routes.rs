//! Where connections go: `--unix-socket`, `--resolve`.

use std::io::{Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use system_net_testkit::{HttpPeer, Response, refused_port};

use crate::program::run;

/// Answers one connection with what was asked.
#[allow(clippy::disallowed_methods, reason = "a peer on a thread")]
fn serve(listener: UnixListener) {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = Vec::new();
        let mut piece = [0; 4096];
        while !received.windows(4).any(|end| end == b"\r\n\r\n") {
            let length = stream.read(&mut piece).unwrap();
            received.extend_from_slice(&piece[..length]);
        }
        let length = received.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&received).unwrap();
    });
}

#[test]
fn unix_socket_option() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    serve(UnixListener::bind(&path).unwrap());
    let path = path.to_str().unwrap();
    let text = run(&["get", "--unix-socket", path, "http://service.invalid/a"])
        .ok()
        .text();
    assert!(text.starts_with("GET /a HTTP/1.1\r\n"), "{text}");
    assert!(text.contains("Host: service.invalid\r\n"), "{text}");

    let name = format!("sysnet-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    serve(UnixListener::bind_addr(&address).unwrap());
    let name = format!("@{name}");
    let text = run(&["get", "--unix-socket", &name, "http://service.invalid/b"])
        .ok()
        .text();
    assert!(text.starts_with("GET /b HTTP/1.1\r\n"), "{text}");

    let nobody = run(&["get", "--unix-socket", "/nowhere/at/all", "http://h/"]);
    assert_eq!(nobody.code, 7, "{nobody:?}");
    assert!(nobody.stderr.contains("/nowhere/at/all"), "{nobody:?}");
    let both = run(&["get", "--unix-socket", path, "-x", "http://p/", "http://h/"]);
    assert_eq!(both.code, 2);
}

#[test]
fn resolve_option() {
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/on" => Response::new(302).header("Location", "/end"),
        _ => Response::new(200).body(request.header("Host").unwrap_or_default()),
    });
    let (port, other) = (peer.port(), refused_port().port());
    let to = |port: u16, address: &str| format!("www.contoso.invalid:{port}:{address}");
    let url = format!("http://www.contoso.invalid:{port}");
    let get =
        |options: &[&str], path: &str| run(&[&["get", &format!("{url}{path}")], options].concat());
    for path in ["/", "/on"] {
        let text = get(&["--resolve", &to(port, "127.0.0.1")], path)
            .ok()
            .text();
        assert_eq!(text, format!("www.contoso.invalid:{port}"));
    }
    // The name in any letters, the first address that is there, the last that was said.
    let upper = to(port, "127.0.0.1").to_uppercase();
    get(&["--resolve", &upper], "/").ok();
    get(&["--resolve", &to(port, "[::1],127.0.0.1")], "/").ok();
    get(
        &[
            "--resolve",
            &to(port, "::1"),
            "--resolve",
            &to(port, "127.0.0.1"),
        ],
        "/",
    )
    .ok();
    // Another port is looked up, and does not exist.
    let elsewhere = get(&["--resolve", &to(other, "127.0.0.1")], "/");
    assert_eq!(elsewhere.code, 6, "{elsewhere:?}");
    let refused = run(&[
        "get",
        "--resolve",
        &to(other, "127.0.0.1"),
        &format!("http://www.contoso.invalid:{other}/"),
    ]);
    assert_eq!(refused.code, 7, "{refused:?}");
    for wrong in [
        "h:80",
        "*:80:127.0.0.1",
        "127.0.0.1:80:127.0.0.1",
        "h:80:name",
    ] {
        assert_eq!(get(&["--resolve", wrong], "/").code, 2, "{wrong}");
    }
}
