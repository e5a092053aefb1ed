//! Servers that are programs: Apache and Python, each in a folder of its own on a free port.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A program that serves the files below `www` of a folder.
struct Server {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Server {
    /// Starts what `command` makes of the folder and the port.
    fn start(command: impl FnOnce(&Path, u16) -> Command) -> Self {
        let folder = folder();
        let port = free_port();
        let log = std::fs::File::create(folder.path().join("output")).unwrap();
        let child = command(folder.path(), port)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            folder,
            port,
        };
        server.wait_until_it_listens();
        server
    }

    fn wait_until_it_listens(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while TcpStream::connect(address).is_err() {
            let output = || std::fs::read_to_string(self.folder.path().join("output"));
            assert!(
                self.child.try_wait().unwrap().is_none(),
                "it ended: {:?}",
                output()
            );
            assert!(
                Instant::now() < deadline,
                "it does not listen: {:?}",
                output()
            );
            // The program gives no sign to wait for.
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("www").join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // In order, so that it ends the processes that it has started itself.
        let id = self.child.id().to_string();
        let _already_gone = Command::new("kill").args(["-TERM", &id]).status();
        let _already_gone = self.child.wait();
    }
}

/// A folder with `www`, which servers that give up their rights can read.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let readable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path(), readable).unwrap();
    std::fs::create_dir(folder.path().join("www")).unwrap();
    folder
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Apache with threads (`mpm_event`).
pub(crate) struct Apache(Server);

impl Apache {
    pub(crate) fn start() -> Self {
        Self(Server::start(|folder, port| {
            let configuration = folder.join("apache.conf");
            std::fs::write(&configuration, apache(folder, port)).unwrap();
            let program = folder.join("program");
            std::fs::write(&program, PROGRAM).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
            let mut command = Command::new("/usr/sbin/apache2");
            command.arg("-f").arg(configuration).arg("-DFOREGROUND");
            command
        }))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.0.url(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.file(name)
    }
}

/// Sends back what it reads; only then, as Apache reads nothing before it has written all.
const PROGRAM: &str = "#!/bin/sh\nkept=$(mktemp)\ncat > $kept\n\
    printf 'Content-Type: a/b\\r\\n\\r\\n'\ncat $kept\nrm $kept\n";

fn apache(folder: &Path, port: u16) -> String {
    const MODULES: [&str; 11] = [
        "mpm_event",
        "authz_core",
        "dir",
        "mime",
        "filter",
        "deflate",
        "alias",
        "cgid",
        "reflector",
        "headers",
        "env",
    ];
    let folder = folder.display();
    let modules: String = MODULES
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    format!(
        "{modules}ServerRoot {folder}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\n\
         PidFile {folder}/pid\nScriptSock {folder}/cgid\nErrorLog {folder}/error.log\n\
         User www-data\nGroup www-data\nDocumentRoot {folder}/www\nTypesConfig /dev/null\n\
         <Directory {folder}>\nRequire all granted\n</Directory>\n\
         KeepAlive On\nMaxKeepAliveRequests 500\nKeepAliveTimeout 5\n\
         AddType text/plain .txt\nAddType application/octet-stream .bin\n\
         AddOutputFilterByType DEFLATE text/plain\nErrorDocument 404 /missing.txt\n\
         RedirectMatch 301 ^/301/(.*)$ /$1\nRedirectMatch 302 ^/302/(.*)$ /$1\n\
         RedirectMatch 307 ^/307/(.*)$ /$1\nRedirectMatch 308 ^/308/(.*)$ /$1\n\
         <Location /echo>\nSetHandler reflector\n</Location>\n\
         ScriptAlias /program {folder}/program\n\
         <Location /program>\nSetHandler cgi-script\nOptions +ExecCGI\n</Location>\n"
    )
}

/// A server written in Python.
pub(crate) struct Python(Server);

impl Python {
    /// `python3 -m http.server`.
    pub(crate) fn plain() -> Self {
        Self::run(&["-m", "http.server"])
    }

    /// One with manners of its own: see `origin.py`.
    pub(crate) fn scripted() -> Self {
        Self::run(&["-c", include_str!("origin.py")])
    }

    fn run(arguments: &[&str]) -> Self {
        Self(Server::start(|folder, port| {
            let mut command = Command::new("python3");
            command.args(arguments);
            if arguments[0] == "-m" {
                command.args(["--bind", "127.0.0.1"]);
            }
            command
                .arg(port.to_string())
                .current_dir(folder.join("www"));
            command
        }))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.0.url(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.file(name)
    }
}

/// The server of nghttp2, without TLS: HTTP/2 from the first byte.
pub(crate) struct Nghttpd(Server);

impl Nghttpd {
    pub(crate) fn start() -> Self {
        Self(Server::start(|folder, port| {
            let mut command = Command::new("nghttpd");
            command.args(["--no-tls", "--echo-upload", "-a", "127.0.0.1", "-d"]);
            command.arg(folder.join("www")).arg(port.to_string());
            command
        }))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.0.url(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.file(name)
    }
}
