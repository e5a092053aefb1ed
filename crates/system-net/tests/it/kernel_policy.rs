//! What the kernel makes of permissions: the example, a process of its own, beside listeners that
//! stay open for its time.

use std::net::TcpListener;

use tempfile::TempDir;

use crate::examples::printed;

/// What the program prints, line by line; `None` if this kernel enforces nothing.
fn lines(allowed: u16, other: u16, file: &str) -> Option<Vec<String>> {
    let printed = printed(
        "kernel_policy",
        &[&allowed.to_string(), &other.to_string(), file],
    );
    if printed.starts_with("This kernel does not enforce it") {
        println!("kernel_policy_enforced is skipped: {printed}");
        return None;
    }
    Some(printed.lines().map(str::to_owned).collect())
}

#[test]
fn kernel_policy_enforced() {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [allowed, other] = [0, 1].map(|at| listeners[at].local_addr().unwrap().port());
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "text").unwrap();
    let Some(lines) = lines(allowed, other, file.to_str().unwrap()) else {
        return;
    };
    let (report, rest) = lines.split_first().unwrap();
    for part in [
        &format!("TCP ports to connect to: 53, {allowed};"),
        "own TCP ports: none;",
        "files: 1 places to read, 0 to write",
        "addresses and names",
        "UDP, Unix and raw sockets",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert_eq!(
        rest,
        [
            "std, allowed port: done",
            "std, other port: PermissionDenied",
            "std, listening: PermissionDenied",
            "reading: done",
            "writing: PermissionDenied",
            "reading elsewhere: PermissionDenied",
            "Socket, allowed port: done",
            "Socket, other port: AccessDenied",
        ]
    );
    // What the kernel refused did not come: only the allowed port has connections.
    let [allowed, other] = listeners;
    for listener in [&allowed, &other] {
        listener.set_nonblocking(true).unwrap();
    }
    for _ in 0..2 {
        allowed.accept().unwrap();
    }
    assert!(other.accept().is_err());
    assert_eq!(std::fs::read(&file).unwrap(), b"text");
}
