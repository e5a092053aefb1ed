//! HTTP/2 with nginx and nghttpd: many requests on one connection, every byte compared; a GiB down in
//! little memory.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use system_net_config::{NetContext, Settings};
use system_net_primitives::HttpVersion;
use system_net_requests::{HttpVersionPolicy, HttpWebRequest};
use system_net_testkit::{Authority, Validity};
use tempfile::TempDir;

use crate::memory::{LIMIT_KIB, peak_of};
use crate::nginx::{HTTP2, Nginx, Server, pause};
use crate::{enabled, make_big_file, request};

/// A server of nghttp2 that serves a folder, in clear text; dropping it ends the process.
struct Nghttpd {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Nghttpd {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        drop(held);
        let mut child = Command::new("nghttpd")
            .args(["--no-tls", "--address=127.0.0.1", "--htdocs"])
            .arg(folder.path())
            .arg(port.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "nghttpd ended");
            assert!(Instant::now() < deadline, "nghttpd does not listen");
            pause(5);
        }
        Self {
            child,
            folder,
            port,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Nghttpd {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// A request for HTTP/2 and nothing else.
pub(crate) fn http2(context: &NetContext, url: &str) -> HttpWebRequest {
    let mut request = request(context, url);
    request
        .set_protocol_version(HttpVersion::VERSION20)
        .unwrap();
    request
        .set_version_policy(HttpVersionPolicy::RequestVersionExact)
        .unwrap();
    request
}

const FILES: usize = 20;

/// The bytes of a file: of another length and content each.
fn content(number: usize) -> Vec<u8> {
    let length = number * number * 1_000;
    (0..length).map(|at| (at * 31 + number) as u8).collect()
}

/// 1,600 requests from 16 threads, each body compared.
fn fetch_all(context: &NetContext, url: impl Fn(&str) -> String + Sync) {
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let url = &url;
            scope.spawn(move || {
                for turn in 0..100 {
                    let number = (thread * 7 + turn) % FILES;
                    let mut request = http2(context, &url(&format!("/{number}")));
                    let response = request.get_response().unwrap();
                    assert_eq!(response.protocol_version(), HttpVersion::VERSION20);
                    let body = response.into_bytes().unwrap();
                    assert!(body == content(number), "file {number}");
                }
            });
        }
    });
}

#[test]
fn http2_nghttpd() {
    if !enabled("http2_nghttpd") {
        return;
    }
    let server = Nghttpd::start();
    for number in 0..FILES {
        std::fs::write(
            server.folder.path().join(number.to_string()),
            content(number),
        )
        .unwrap();
    }
    let context = NetContext::new();
    fetch_all(&context, |path| server.url(path));
    let point = request(&context, &server.url("/")).service_point().unwrap();
    assert_eq!(point.current_connections(), 1);
    let missing = http2(&context, &server.url("/missing")).get_response();
    let error = missing.unwrap_err();
    let response = error.response().unwrap().as_http().unwrap();
    assert_eq!(response.status_code().as_u16(), 404);

    make_big_file(&server.folder.path().join("big"), 1 << 30);
    let peak = peak_of(&format!("download-http2 {}", server.url("/big")));
    println!("nghttpd: download of 1 GiB over HTTP/2: peak {peak} KiB");
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}

#[test]
fn http2_nginx() {
    if !enabled("http2_nginx") {
        return;
    }
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now);
    let directives = format!("{HTTP2}dav_methods PUT;");
    let server = |identity| Server {
        directives: &directives,
        identity,
    };
    let nginx = Nginx::start(&[server(None), server(Some(&identity))]);
    for number in 0..FILES {
        nginx.write(&number.to_string(), content(number));
    }
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);
    fetch_all(&context, |path| {
        format!("https://localhost:{}{path}", nginx.port(1))
    });
    // One connection, whose requests are counted by the server.
    let log = nginx.access_log_of(1_600);
    assert!(log.iter().all(|(_, line)| line.ends_with(" HTTP/2.0")));
    let connections: std::collections::BTreeSet<u64> = log.iter().map(|(one, _)| *one).collect();
    assert_eq!(connections.len(), 1, "{connections:?}");

    // An upload, and what came of it.
    let body = content(FILES);
    let url = format!("https://localhost:{}/up", nginx.port(1));
    let mut upload = http2(&context, &url);
    upload.set_method("PUT").unwrap();
    let mut stream = upload.get_request_stream().unwrap();
    std::io::Write::write_all(&mut stream, &body).unwrap();
    stream.close().unwrap();
    assert_eq!(upload.get_response().unwrap().status_code().as_u16(), 201);
    assert!(std::fs::read(nginx.file("up")).unwrap() == body);

    make_big_file(&nginx.file("big"), 1 << 30);
    let peak = peak_of(&format!("download-http2 {}", nginx.url("/big")));
    println!("nginx: download of 1 GiB over HTTP/2: peak {peak} KiB");
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}
