//! Stapled OCSP responses that `openssl ocsp` has made just now, at `openssl s_server` and from ours,
//! and the certificates of `sysnet cert`, which curl sees by name.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use system_net_config::{NetContext, Settings};
use system_net_requests::WebExceptionStatus;
use system_net_security::{
    SslServerAuthenticationOptions, SslStream, TlsServerIdentity, TlsServerOptions,
    certificates_from_pem,
};
use tempfile::TempDir;

use crate::openssl::Server;
use crate::program::binary;
use crate::{enabled, request};

/// A limit for hangs.
const HANG: Duration = Duration::from_secs(60);

#[track_caller]
fn openssl(folder: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {said}{wrong}");
    said + &wrong
}

/// An authority of openssl's, a server's certificate, and what the responder says of it in
/// `response.der`; `R` for revoked.
fn folder(status: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        path,
        &format!(
            "req -x509 {new_key} -keyout ca.key -out ca.pem -days 10 -subj /CN=interop -addext \
             basicConstraints=critical,CA:TRUE"
        ),
    );
    openssl(
        path,
        &format!("req {new_key} -keyout key.pem -out server.csr -subj /CN=localhost"),
    );
    write(
        "server.ext",
        "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n",
    );
    openssl(
        path,
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 0x77 -days 10 -extfile \
         server.ext -out server.pem",
    );
    let revoked = if status == "R" { "240101000000Z" } else { "" };
    write(
        "index.txt",
        &format!("{status}\t21200101000000Z\t{revoked}\t77\tunknown\t/CN=localhost\n"),
    );
    openssl(
        path,
        "ocsp -issuer ca.pem -cert server.pem -no_nonce -reqout request.der",
    );
    openssl(
        path,
        "ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -reqin request.der -respout \
         response.der -ndays 1",
    );
    folder
}

fn context(folder: &Path, require: bool) -> NetContext {
    let roots = certificates_from_pem(&std::fs::read(folder.join("ca.pem")).unwrap()).unwrap();
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = roots.iter().map(|der| der.to_vec()).collect();
    settings.tls.require_revocation_status = require;
    NetContext::with_settings(settings)
}

#[test]
fn stapled_by_openssl() {
    if !enabled("stapled_by_openssl") {
        return;
    }
    let (good, revoked) = (folder("V"), folder("R"));
    let staple = ["-status_file", "response.der"];
    for version in ["-tls1_2", "-tls1_3"] {
        for (folder, staples, require, word) in [
            (&good, true, true, None),
            (&good, true, false, None),
            (&good, false, false, None),
            (&good, false, true, Some("cannot be found out")),
            (&revoked, true, false, Some("was revoked")),
            (&revoked, true, true, Some("was revoked")),
            (&revoked, false, false, None),
        ] {
            let mut options = vec![version];
            options.extend(staple.iter().filter(|_| staples));
            let server = Server::start(folder.path(), &options);
            let url = format!("https://localhost:{}/", server.port());
            let answer = request(&context(folder.path(), require), &url).get_response();
            let shown = format!("{version} {staples} {require} {word:?}");
            match (answer, word) {
                (Ok(_), None) => {}
                (Err(error), Some(word)) => {
                    assert_eq!(error.status(), WebExceptionStatus::TrustFailure, "{shown}");
                    let source = std::error::Error::source(&error).unwrap().to_string();
                    assert!(source.contains(word), "{shown}: {source}");
                }
                (answer, _) => panic!("{shown}: {:?}", answer.map(|_| "answered")),
            }
        }
    }
}

/// What we staple is what openssl's client and curl read.
#[test]
fn stapled_to_openssl() {
    if !enabled("stapled_to_openssl") {
        return;
    }
    let folder = folder("V");
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    // curl finds the issuer in what the server shows alone.
    let chain = [read("server.pem"), read("ca.pem")].concat();
    let identity = TlsServerIdentity::from_pem(&chain, &read("key.pem")).unwrap();
    let identity = identity.with_ocsp_response(read("response.der"));
    let options = SslServerAuthenticationOptions::new(TlsServerOptions::new(identity));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        for _ in 0..2 {
            let mut stream = SslStream::over_blocking(listener.accept().unwrap().0);
            stream.authenticate_as_server_with(&options).unwrap();
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                .unwrap();
            // Whether the peer says goodbye is its own matter.
            let _ = stream.close();
        }
    });
    let seen = openssl(
        folder.path(),
        &format!("s_client -connect 127.0.0.1:{port} -servername localhost -CAfile ca.pem -status"),
    );
    assert!(seen.contains("OCSP Response Status: successful"), "{seen}");
    assert!(seen.contains("Cert Status: good"), "{seen}");
    let output = Command::new("curl")
        .current_dir(folder.path())
        .args(["-sS", "--cacert", "ca.pem", "--cert-status"])
        .args(["--resolve", &format!("localhost:{port}:127.0.0.1")])
        .arg(format!("https://localhost:{port}/"))
        .output()
        .unwrap();
    assert_eq!(
        output.stdout,
        b"ok",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serving.join().unwrap();
}

/// `sysnet serve --cert-store`; dropping it ends the process.
struct Serving {
    child: Child,
    port: String,
}

impl Serving {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(binary())
            .current_dir(folder)
            .args(["serve", "--echo", "--tls", "-s", "--cert-store=store"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let port = line
            .trim_end()
            .trim_end_matches('/')
            .rsplit(':')
            .next()
            .unwrap();
        Self {
            port: port.to_owned(),
            child,
        }
    }

    /// curl's exit code, and the status of the answer.
    fn curl(&self, folder: &Path, name: &str) -> (i32, String) {
        let output = Command::new("curl")
            .current_dir(folder)
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--cacert",
                "ca.pem",
            ])
            .args(["--resolve", &format!("{name}:{}:127.0.0.1", self.port)])
            .arg(format!("https://{name}:{}/", self.port))
            .output()
            .unwrap();
        let status = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), status)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Two names by their certificates; after one is deleted its handshake fails.
#[test]
fn sysnet_cert_by_curl() {
    if !enabled("sysnet_cert_by_curl") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let authority = system_net_testkit::Authority::new();
    std::fs::write(path.join("ca.pem"), authority.certificate_pem()).unwrap();
    let sysnet = |arguments: &[&str]| {
        let output = Command::new(binary())
            .current_dir(path)
            .arg("cert")
            .args(arguments)
            .args(["--store", "store"])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    for name in ["a.test", "b.test"] {
        let issued = authority.issue(&[name], system_net_testkit::Validity::Now);
        let both = issued.certificate_pem.clone() + &issued.key_pem;
        std::fs::write(path.join(name), both).unwrap();
        sysnet(&["add", name]);
    }
    let serving = Serving::start(path);
    for name in ["a.test", "b.test"] {
        assert_eq!(serving.curl(path, name), (0, "200".to_owned()));
    }
    sysnet(&["delete", "b.test"]);
    // The server looks at its store now and then.
    let start = Instant::now();
    while serving.curl(path, "b.test").0 != 35 {
        assert!(start.elapsed() < HANG, "what was deleted is still served");
    }
    assert_eq!(serving.curl(path, "a.test"), (0, "200".to_owned()));
    // It is the handshake that fails, and not the connection.
    drop(TcpStream::connect(format!("127.0.0.1:{}", serving.port)).unwrap());
}
