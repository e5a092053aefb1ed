//! nginx that is reloaded, and killed and started again, while requests come.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use system_net_config::NetContext;
use system_net_requests::{
    HttpWebResponse, ServicePointManager, WebError, WebExceptionStatus as Status, WebRequest,
};
use system_net_tests::content::content;
use tempfile::TempDir;

use crate::echo::Echo;
use crate::{enabled, servers};

/// An nginx with a master and workers, which passes `/post` on.
struct Restarted {
    child: Child,
    folder: TempDir,
    address: SocketAddr,
    /// Holds the port while nobody listens.
    _holder: Socket,
}

const FILE: usize = 300_000;

impl Restarted {
    fn start(echo: &Echo) -> Self {
        let holder = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        holder.set_reuse_address(true).unwrap();
        holder
            .bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())
            .unwrap();
        let address = holder.local_addr().unwrap().as_socket().unwrap();
        let folder = servers::folder();
        std::fs::write(folder.path().join("www/file"), content(1, FILE)).unwrap();
        let root = folder.path().display();
        std::fs::write(
            folder.path().join("nginx.conf"),
            format!(
                "daemon off;\nworker_processes 2;\npid {root}/pid;\nerror_log {root}/error.log;\n\
                 events {{ worker_connections 256; }}\nhttp {{\naccess_log off;\n\
                 client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;\n\
                 fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
                 server {{ listen {address}; root {root}/www;\n\
                 location /post {{ proxy_pass http://127.0.0.1:{}; }} }} }}\n",
                echo.port()
            ),
        )
        .unwrap();
        let child = Self::run(folder.path());
        let mut nginx = Self {
            child,
            folder,
            address,
            _holder: holder,
        };
        nginx.wait_until_it_listens();
        nginx
    }

    fn run(folder: &Path) -> Child {
        Command::new("/usr/sbin/nginx")
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap()
    }

    fn wait_until_it_listens(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(self.address).is_err() {
            assert!(Instant::now() < deadline, "nginx does not listen");
            // It gives no sign to wait for.
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn signal(&self, signal: &str, whole_group: bool) {
        let sign = if whole_group { "-" } else { "" };
        let to = format!("{sign}{}", self.child.id());
        let sent = Command::new("kill").args([signal, "--", &to]).status();
        assert!(sent.unwrap().success());
    }

    /// As `nginx -s reload`: new workers begin, old ones end what they have begun.
    fn reload(&self) {
        self.signal("-HUP", false);
    }

    /// The machine loses it, with all its workers; then it is there again.
    fn kill(&mut self) {
        self.signal("-KILL", true);
        self.child.wait().unwrap();
        self.child = Self::run(self.folder.path());
        self.wait_until_it_listens();
    }
}

impl Drop for Restarted {
    fn drop(&mut self) {
        self.signal("-KILL", true);
        let _already_gone = self.child.wait();
    }
}

/// What a request came to, and whether its last connection was new.
fn send(context: &NetContext, url: &str, body: Option<&[u8]>) -> (Result<Vec<u8>, WebError>, bool) {
    let new = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&new);
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request
        .set_on_connection(Some(Arc::new(move |event| {
            seen.store(event.is_new(), Ordering::SeqCst);
        })))
        .unwrap();
    let result = match body {
        None => request.get_response(),
        Some(body) => {
            request.set_method("POST").unwrap();
            let mut stream = request.get_request_stream().unwrap();
            stream.write_all(body).unwrap();
            stream.close().unwrap();
            request.get_response()
        }
    };
    let result = result.and_then(HttpWebResponse::into_bytes);
    (result, new.load(Ordering::SeqCst))
}

/// Requests go on while nginx is restarted so often; what failed, by method and status.
fn load(
    rounds: usize,
    mut restart: impl FnMut(&mut Restarted, usize),
    right: fn(&str, Status, bool) -> bool,
) {
    const BETWEEN: u64 = 300;
    let echo = Echo::start();
    let mut nginx = Restarted::start(&echo);
    let address = nginx.address;
    let context = NetContext::new();
    let manager = ServicePointManager::of(&context);
    manager.set_expect_100_continue(false);
    manager.set_default_connection_limit(6).unwrap();
    let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let failures = Mutex::new(BTreeMap::<String, usize>::new());
    let expected = content(1, FILE);
    let succeeded = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let number = done.fetch_add(1, Ordering::SeqCst);
                    let (method, path) = match number % 3 {
                        0 => ("POST", format!("/post/{number}")),
                        _ => ("GET", "/file".to_owned()),
                    };
                    let body = (method == "POST").then(|| content(number, 2_000));
                    let url = format!("http://{address}{path}");
                    let (result, new) = send(&context, &url, body.as_deref());
                    match result {
                        Ok(got) => {
                            succeeded.fetch_add(1, Ordering::SeqCst);
                            assert!(
                                got == *body.as_ref().unwrap_or(&expected),
                                "{method} {path}"
                            );
                        }
                        Err(error) => {
                            assert!(
                                right(method, error.status(), new),
                                "{method}, new {new}: {error}"
                            );
                            let shown = format!("{method} {} new {new}", error.status());
                            *failures.lock().unwrap().entry(shown).or_default() += 1;
                            // Where nobody listens all fail at once.
                            std::thread::sleep(Duration::from_millis(1));
                        }
                    }
                }
            });
        }
        let deadline = Instant::now() + Duration::from_secs(240);
        for round in 0..rounds {
            let until = done.load(Ordering::SeqCst) + BETWEEN;
            while done.load(Ordering::SeqCst) < until && Instant::now() < deadline {
                // Requests are counted, not time.
                std::thread::sleep(Duration::from_millis(1));
            }
            restart(&mut nginx, round);
        }
        stop.store(true, Ordering::SeqCst);
        assert!(Instant::now() < deadline, "the requests do not get on");
    });
    println!(
        "{rounds} restarts, {} requests, {} succeeded, else {:?}",
        done.load(Ordering::SeqCst),
        succeeded.load(Ordering::SeqCst),
        failures.into_inner().unwrap()
    );
    assert!(succeeded.load(Ordering::SeqCst) > BETWEEN * rounds as u64 / 2);
    let twice: Vec<_> = echo
        .counts()
        .into_iter()
        .filter(|(_, count)| *count > 1)
        .collect();
    assert!(twice.is_empty(), "posted twice: {twice:?}");
}

/// Reloading ends connections at rest: nothing that may be sent again fails on one that was used
/// before. One that was just opened the old worker may close unread.
#[test]
fn nginx_reloaded_under_load() {
    if enabled("nginx_reloaded_under_load") {
        load(
            40,
            |nginx, _| nginx.reload(),
            |method, status, new| match (method, new) {
                ("POST", false) => status == Status::KeepAliveFailure,
                (_, true) => matches!(
                    status,
                    Status::ConnectionClosed | Status::ReceiveFailure | Status::SendFailure
                ),
                _ => false,
            },
        );
    }
}

#[test]
fn nginx_killed_under_load() {
    if enabled("nginx_killed_under_load") {
        load(
            25,
            |nginx, _| nginx.kill(),
            |_, status, _| {
                matches!(
                    status,
                    Status::ConnectFailure
                        | Status::ConnectionClosed
                        | Status::ReceiveFailure
                        | Status::SendFailure
                        | Status::KeepAliveFailure
                )
            },
        );
    }
}
