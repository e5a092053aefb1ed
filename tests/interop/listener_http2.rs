//! Our listener over HTTP/2 with real clients: curl (nghttp2's library), nghttp and h2load.

use std::io::{Read, Write};
use std::process::Command;
use std::thread::JoinHandle;

use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerContext, HttpListenerError};
use system_net_security::TlsServerIdentity;
use system_net_testkit::{Authority, Validity};
use tempfile::TempDir;

use crate::enabled;

/// Answers with version, method, path and body.
fn echo(mut context: HttpListenerContext) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    let mut text = format!(
        "{} {} {} ",
        request.protocol_version(),
        request.http_method(),
        request.raw_url()
    )
    .into_bytes();
    // A client that goes away in the middle is not to end the test.
    let _ = request.input_stream().read_to_end(&mut text);
    response.set_content_type("text/plain")?;
    let mut stream = response.output_stream()?;
    for piece in text.chunks(10_000) {
        let _ = stream.write_all(piece);
    }
    stream.close()
}

struct Served {
    listener: HttpListener,
    serving: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl Served {
    fn start(scheme: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = HttpListener::new_in(&NetContext::new());
        listener
            .prefixes()
            .add(&format!("{scheme}://127.0.0.1:0/"))
            .unwrap();
        if scheme == "https" {
            let authority = Authority::new();
            let leaf = authority.issue(&["127.0.0.1"], Validity::Now);
            let identity = TlsServerIdentity::from_pem(
                leaf.certificate_pem.as_bytes(),
                leaf.key_pem.as_bytes(),
            );
            listener.set_tls_identity(identity.unwrap()).unwrap();
            std::fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
        }
        listener.bind().unwrap();
        let served = listener.clone();
        let serving = std::thread::spawn(move || served.serve_blocking(echo).unwrap());
        Self {
            listener,
            serving: Some(serving),
            folder,
        }
    }

    fn url(&self, path: &str) -> String {
        self.listener.url(path).unwrap()
    }

    /// What a program writes; it has to succeed.
    #[track_caller]
    fn run(&self, program: &str, options: &[&str], path: &str) -> Vec<u8> {
        let ran = Command::new(program)
            .args(options)
            .arg(self.url(path))
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{program} {options:?}: {errors}");
        ran.stdout
    }

    #[track_caller]
    fn text(&self, program: &str, options: &[&str], path: &str) -> String {
        String::from_utf8(self.run(program, options, path)).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.listener.abort();
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}

fn verbs(served: &Served, options: &[&str]) {
    let with = |more: &[&'static str]| -> Vec<String> {
        let all = options.iter().chain(more);
        all.map(|option| (*option).to_owned()).collect()
    };
    let text = |more: &[&'static str], path: &str| {
        let all = with(more);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        served.text("curl", &all, path)
    };
    assert_eq!(text(&[], "/a?b=c"), "2.0 GET /a?b=c ");
    for verb in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert_eq!(text(&["-X", verb], "/x"), format!("2.0 {verb} /x "));
    }
    assert_eq!(text(&["-d", "hello"], "/x"), "2.0 POST /x hello");
    assert_eq!(
        text(&["-d", "hello", "-H", "Expect: 100-continue"], "/x"),
        "2.0 POST /x hello"
    );
    let head = text(&["-I"], "/x");
    assert!(head.starts_with("HTTP/2 200"), "{head}");
    let big = vec![b'z'; 3_000_000];
    std::fs::write(served.folder.path().join("big"), &big).unwrap();
    let all = with(&["-T", "big"]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let answer = served.run("curl", &all, "/up");
    assert!(answer == [&b"2.0 PUT /up "[..], &big].concat());
}

#[test]
fn curl_over_http2_at_our_listener() {
    if !enabled("curl_over_http2_at_our_listener") {
        return;
    }
    verbs(&Served::start("http"), &["-sS", "--http2-prior-knowledge"]);
    let secure = Served::start("https");
    verbs(&secure, &["-sS", "--http2", "--cacert", "ca.pem"]);
    let old = secure.text("curl", &["-sS", "--http1.1", "--cacert", "ca.pem"], "/x");
    assert_eq!(old, "1.1 GET /x ");
    // Asked to change by Upgrade, the listener stays with HTTP/1.1.
    let plain = Served::start("http");
    assert_eq!(plain.text("curl", &["-sS", "--http2"], "/x"), "1.1 GET /x ");
}

#[test]
fn nghttp_and_h2load_at_our_listener() {
    if !enabled("nghttp_and_h2load_at_our_listener") {
        return;
    }
    for scheme in ["http", "https"] {
        let served = Served::start(scheme);
        let many = served.text("nghttp", &["-m", "50"], "/many");
        assert_eq!(many.matches("2.0 GET /many ").count(), 50, "{many}");
        let load = ["-n", "20000", "-c", "10", "-m", "100"];
        let told = served.text("h2load", &load, "/load");
        assert!(told.contains("20000 succeeded, 0 failed"), "{told}");
    }
}
