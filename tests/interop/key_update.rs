//! `openssl s_client` and `openssl s_server` renew the keys of a connection: by `K`, which asks the
//! other side to do so too, and by `k`, which does not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use system_net_security::{
    SslClientAuthenticationOptions, SslServerAuthenticationOptions, SslStream, TlsClientOptions,
    TlsServerIdentity, TlsServerOptions,
};
use system_net_testkit::{Authority, Validity};
use tempfile::TempDir;

use crate::enabled;

/// An openssl that is told what to do, line by line, and that says which messages it sends (`>>>`) and
/// gets (`<<<`).
struct Openssl {
    child: Child,
    told: Option<ChildStdin>,
    said: Receiver<String>,
}

/// As long as nobody waits for a line that comes at all.
const HANG: Duration = Duration::from_secs(60);

impl Openssl {
    fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .current_dir(folder.path())
            .args(arguments)
            .args(["-tls1_3", "-msg"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, said) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody listens any more once the test is over.
                let _ = sender.send(line);
            }
        });
        Self { child, told, said }
    }

    /// A line is what it acts on at once: the next waits until it has.
    fn tell(&mut self, line: &str) {
        // In one piece: it takes what it reads at once for the line.
        let line = format!("{line}\n");
        self.told
            .as_mut()
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
    }

    #[track_caller]
    fn wait_for(&self, what: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.said.recv_timeout(HANG).expect("openssl says it");
            if what(&line) {
                return line;
            }
        }
    }

    fn wait_for_message(&self, direction: &str) {
        self.wait_for(|line| line.starts_with(direction) && line.ends_with("KeyUpdate"));
    }
}

impl Drop for Openssl {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// What is said over the connection, and when openssl renews the keys.
fn talk(openssl: &mut Openssl, stream: &SslStream) {
    let (mut reading, mut writing) = (stream, stream);
    writing.write_all(b"begin\n").unwrap();
    openssl.wait_for(|line| line.ends_with("begin"));
    for (command, word) in [
        ("K", "first"),
        ("k", "second"),
        ("K", "third"),
        ("K", "last"),
    ] {
        openssl.tell(command);
        openssl.wait_for_message(">>>");
        openssl.tell(word);
        let mut seen = vec![0; word.len() + 1];
        reading.read_exact(&mut seen).unwrap();
        assert_eq!(seen, format!("{word}\n").as_bytes());
        let answer = format!("{word} was seen");
        writing.write_all(format!("{answer}\n").as_bytes()).unwrap();
        if command == "K" {
            // This side's own, which goes before what it says.
            openssl.wait_for_message("<<<");
        }
        openssl.wait_for(|line| line.ends_with(&answer));
    }
    stream.close().unwrap();
}

fn folder(authority: &Authority) -> TempDir {
    let identity = authority.issue(&["localhost"], Validity::Now);
    let folder = TempDir::new().unwrap();
    for (name, text) in [
        ("server.pem", &*identity.certificate_pem),
        ("key.pem", &*identity.key_pem),
        ("ca.pem", authority.certificate_pem()),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn key_update_of_openssl() {
    if !enabled("key_update_of_openssl") {
        return;
    }
    let authority = Authority::new();
    let folder = folder(&authority);
    let tls = TlsClientOptions {
        use_system_roots: false,
        extra_roots: vec![authority.certificate_der().into()],
        ..TlsClientOptions::default()
    };
    let connecting = SslClientAuthenticationOptions::with_tls("localhost", tls);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let identity = TlsServerIdentity::from_pem(&read("server.pem"), &read("key.pem")).unwrap();
    let accepting = SslServerAuthenticationOptions::new(TlsServerOptions::new(identity));

    let arguments = ["s_server", "-accept", "127.0.0.1:0"];
    let own = ["-cert", "server.pem", "-key", "key.pem"];
    let mut server = Openssl::start(&folder, &[&arguments[..], &own].concat());
    let line = server.wait_for(|line| line.starts_with("ACCEPT "));
    let address = line.strip_prefix("ACCEPT ").unwrap().to_owned();
    let stream = SslStream::over_blocking(TcpStream::connect(address).unwrap());
    stream.authenticate_as_client_with(&connecting).unwrap();
    talk(&mut server, &stream);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let arguments = ["s_client", "-connect", &address, "-CAfile", "ca.pem"];
    let mut client = Openssl::start(&folder, &arguments);
    let stream = SslStream::over_blocking(listener.accept().unwrap().0);
    stream.authenticate_as_server_with(&accepting).unwrap();
    talk(&mut client, &stream);
}
