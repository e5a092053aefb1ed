//! An nginx for one test: generated configuration, free ports, a folder that goes with it.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use system_net_testkit::Issued;
use tempfile::TempDir;

/// A running server; dropping it ends the process and removes the folder.
pub(crate) struct Nginx {
    child: Child,
    folder: TempDir,
    ports: Vec<u16>,
}

/// A server block to be: its directives, and its certificate if it speaks TLS.
pub(crate) struct Server<'a> {
    pub(crate) directives: &'a str,
    pub(crate) identity: Option<&'a Issued>,
}

/// At the beginning of the directives: the server speaks HTTP/2, in clear text HTTP/2 alone. A comment
/// to nginx, which wants it said beside the port.
pub(crate) const HTTP2: &str = "# http2\n";

impl Nginx {
    /// One plain server with these directives.
    pub(crate) fn plain(directives: &str) -> Self {
        Self::start(&[Server {
            directives,
            identity: None,
        }])
    }

    /// Starts the servers, each on a port of its own.
    pub(crate) fn start(servers: &[Server<'_>]) -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("www")).unwrap();
        // Held together, so that no port is given out twice; nginx binds them a moment later.
        let held: Vec<TcpListener> = servers
            .iter()
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
            .collect();
        let ports: Vec<u16> = held
            .iter()
            .map(|port| port.local_addr().unwrap().port())
            .collect();
        drop(held);
        std::fs::write(
            root.join("nginx.conf"),
            configuration(root, servers, &ports),
        )
        .unwrap();
        let child = Command::new(program())
            .arg("-p")
            .arg(root)
            .arg("-c")
            .arg(root.join("nginx.conf"))
            .arg("-e")
            .arg(root.join("error.log"))
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut nginx = Self {
            child,
            folder,
            ports,
        };
        nginx.wait_until_it_listens();
        nginx
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.ports[0])
    }

    /// The port of the server block with this index.
    pub(crate) fn port(&self, index: usize) -> u16 {
        self.ports[index]
    }

    /// A file below the document root.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("www").join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.file(name), content).unwrap();
    }

    /// A path for the test's own use, beside the document root.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// For each request served so far: the number of its connection, and the request line.
    pub(crate) fn access_log(&self) -> Vec<(u64, String)> {
        let text = std::fs::read_to_string(self.folder.path().join("access.log")).unwrap();
        text.lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(connection, request)| (connection.parse().unwrap(), request.to_owned()))
            .collect()
    }

    /// The log once it holds `count` requests: nginx writes a line when it has ended the request,
    /// which may be a moment after the client has.
    pub(crate) fn access_log_of(&self, count: usize) -> Vec<(u64, String)> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let log = self.access_log();
            if log.len() >= count || Instant::now() > deadline {
                return log;
            }
            pause(10);
        }
    }

    fn wait_until_it_listens(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        for &port in &self.ports {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
                assert!(
                    self.child.try_wait().unwrap().is_none(),
                    "nginx ended: {}",
                    self.errors()
                );
                assert!(
                    Instant::now() < deadline,
                    "nginx does not listen: {}",
                    self.errors()
                );
                pause(5);
            }
        }
    }

    fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It is one process, without a master; nothing is left behind.
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// Waits for something outside of this process, which gives no sign to wait for.
pub(crate) fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// Debian keeps daemons out of an ordinary user's PATH.
fn program() -> &'static Path {
    let daemon = Path::new("/usr/sbin/nginx");
    if daemon.exists() {
        daemon
    } else {
        Path::new("nginx")
    }
}

fn configuration(root: &Path, servers: &[Server<'_>], ports: &[u16]) -> String {
    let root = root.display();
    let mut text = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {root}/nginx.pid;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n\
         default_type text/plain;\nsendfile on;\ntcp_nodelay on;\nserver_tokens off;\n\
         keepalive_requests 1000000;\nkeepalive_timeout 60s;\nclient_max_body_size 2g;\n\
         log_format numbered '$connection $request';\naccess_log {root}/access.log numbered;\n"
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        // Writing into a string cannot fail, here and below.
        let _infallible = writeln!(text, "{kind}_temp_path {root}/temp_{kind};");
    }
    for (index, (server, port)) in servers.iter().zip(ports).enumerate() {
        let tls = if server.identity.is_some() {
            " ssl"
        } else {
            ""
        };
        let http2 = match server.directives.starts_with(HTTP2) {
            true => " http2",
            false => "",
        };
        let _infallible = writeln!(
            text,
            "server {{\nlisten 127.0.0.1:{port}{tls}{http2};\nroot {root}/www;"
        );
        if let Some(identity) = server.identity {
            let (certificate, key) = (format!("{root}/{index}.pem"), format!("{root}/{index}.key"));
            std::fs::write(&certificate, &identity.certificate_pem).unwrap();
            std::fs::write(&key, &identity.key_pem).unwrap();
            let _infallible = writeln!(
                text,
                "ssl_certificate {certificate};\nssl_certificate_key {key};"
            );
        }
        let _infallible = writeln!(text, "{}\n}}", server.directives);
    }
    text.push_str("}\n");
    text
}
