//! Large transfers stream: the program's memory stays small, whatever their length.
//!
//! 192 MiB unless `SYSTEM_NET_SLOW=1` asks for the 1 GiB of the promise.

use std::process::{Child, Stdio};

use system_net_testkit::{HttpPeer, Script};

use crate::program::sysnet;

/// What the program may hold, in KiB.
const LIMIT: u64 = 32 * 1024;

#[allow(clippy::disallowed_methods, reason = "the switch of slow tests")]
fn length() -> u64 {
    match std::env::var("SYSTEM_NET_SLOW") {
        Ok(value) if value == "1" => 1 << 30,
        _ => {
            println!("1 GiB only with SYSTEM_NET_SLOW=1");
            192 << 20
        }
    }
}

/// Waits for the end; the most memory that was resident, in KiB.
#[track_caller]
fn peak(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // VmHWM never falls, so the last reading before the end is the peak.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kib) = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()) {
            peak = kib;
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            assert_ne!(peak, 0, "the peak was never read");
            return peak;
        }
        // Looking more often only takes the processor from the program.
        #[allow(clippy::disallowed_methods, reason = "there is no event to wait for")]
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn memory_of_a_download() {
    let length = length();
    let peer = HttpPeer::each(
        Script::new()
            .answer(format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
            ))
            .send_pattern(length),
    );
    let child = sysnet(&["get", &peer.url("/")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let peak = peak(child);
    assert!(peak < LIMIT, "{peak} KiB for {length} bytes");
}

#[test]
fn memory_of_an_upload() {
    let length = length();
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(length).unwrap();
    let peer = HttpPeer::each(
        Script::new()
            .head()
            .send("HTTP/1.1 100 Continue\r\n\r\n")
            .discard(length)
            .send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
    );
    let path = file.path().to_str().unwrap();
    let child = sysnet(&["put", path, &peer.url("/")]).spawn().unwrap();
    let peak = peak(child);
    assert!(peak < LIMIT, "{peak} KiB for {length} bytes");
    assert_eq!(
        peer.connections()[0].received_length,
        length + peer.requests()[0].head.len() as u64
    );
}

#[test]
fn memory_of_a_form() {
    let length = length();
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(length).unwrap();
    let boundary = "-".repeat(24) + &"0".repeat(32);
    let head = "Content-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\
                Content-Type: application/octet-stream\r\n";
    let around = format!("--{boundary}\r\n{head}\r\n\r\n--{boundary}--\r\n");
    let whole = length + around.len() as u64;
    let peer = HttpPeer::each(
        Script::new()
            .head()
            .send("HTTP/1.1 100 Continue\r\n\r\n")
            .discard(whole)
            .send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
    );
    let part = format!("f=@{};filename=n", file.path().display());
    let child = sysnet(&["post", "-F", &part, &peer.url("/")])
        .spawn()
        .unwrap();
    let peak = peak(child);
    assert!(peak < LIMIT, "{peak} KiB for {length} bytes");
    let announced = peer.requests()[0].header("Content-Length");
    assert_eq!(announced, Some(whole.to_string()));
}
