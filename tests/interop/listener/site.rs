//! The listener that all clients ask: it says what it was asked, and has a page with a form.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerContext, HttpListenerError, QueryString};
use system_net_security::{ClientCertificateOptions, TlsServerIdentity};
use system_net_testkit::{Authority, Validity};
use tempfile::TempDir;

/// A running listener, with a folder that goes with it.
pub(crate) struct Site {
    pub(crate) listener: HttpListener,
    requests: Arc<AtomicUsize>,
    folder: TempDir,
}

impl Site {
    pub(crate) fn plain() -> Self {
        let listener = HttpListener::new_in(&NetContext::new());
        Self::start(listener, "http", TempDir::new().unwrap())
    }

    /// Over TLS; who shows a certificate has to have one of the same authority. In the folder are
    /// `ca.pem`, `server.pem`, `joe.pem` and `joe.key`.
    pub(crate) fn secure() -> Self {
        let folder = TempDir::new().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
        };
        let authority = Authority::new();
        write("ca.pem", authority.certificate_pem());
        let joe = authority.issue_client("joe", Validity::Now);
        write("joe.pem", &joe.certificate_pem);
        write("joe.key", &joe.key_pem);
        let issued = authority.issue(&["localhost", "127.0.0.1"], Validity::Now);
        write("server.pem", &issued.certificate_pem);
        let (chain, key) = (issued.certificate_pem, issued.key_pem);
        let identity = TlsServerIdentity::from_pem(chain.as_bytes(), key.as_bytes());
        let listener = HttpListener::new_in(&NetContext::new());
        listener.set_tls_identity(identity.unwrap()).unwrap();
        let clients = ClientCertificateOptions {
            trusted: vec![authority.certificate_der().into()],
            ..ClientCertificateOptions::default()
        };
        listener
            .set_client_certificate_options(Some(clients))
            .unwrap();
        Self::start(listener, "https", folder)
    }

    fn start(listener: HttpListener, scheme: &str, folder: TempDir) -> Self {
        let prefix = format!("{scheme}://localhost:0/");
        listener.prefixes().add(&prefix).unwrap();
        listener.bind().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let (serving, counted) = (listener.clone(), Arc::clone(&requests));
        thread::spawn(move || {
            let handler = move |context| {
                counted.fetch_add(1, Ordering::Relaxed);
                answer(context)
            };
            serving.serve_blocking(handler).unwrap();
        });
        Self {
            listener,
            requests,
            folder,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.listener.url(path).unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How many requests have come.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Bytes that show when one of them is missing or in the wrong place.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    let byte = |at: usize| (at as u32).wrapping_mul(2_654_435_761) >> 24;
    (0..length).map(|at| byte(at) as u8).collect()
}

fn answer(mut context: HttpListenerContext) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    let path = request.raw_url().split('?').next().unwrap_or_default();
    match (request.http_method(), path) {
        (_, "/page") => {
            response.set_content_type("text/html; charset=utf-8")?;
            response.close_with(
                "<html><head><title>The form</title></head><body onload=\"document.forms[0].submit()\">\
                 <form method=\"post\" action=\"/form\"><input name=\"name\" value=\"J\u{fc}rgen &amp; co\">\
                 <input name=\"text\" value=\"a+b\"></form></body></html>",
            )
        }
        ("POST", "/form") => {
            let mut body = String::new();
            request.input_stream().read_to_string(&mut body).unwrap();
            let form = QueryString::parse(&body);
            let field = |name: &str| form.get(name).map(String::from).unwrap_or_default();
            let text = format!(
                "<html><head><title>Thanks</title></head><body>name={} text={} type={}</body></html>",
                field("name").replace('&', "&amp;"),
                field("text"),
                request.content_type().unwrap_or_default()
            );
            response.set_content_type("text/html; charset=utf-8")?;
            response.close_with(text)
        }
        (_, "/small") => response.close_with("Hello, World!"),
        (_, "/pattern") => {
            let length = request.query_string().get("length").map(String::from);
            let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            response.set_send_chunked(request.raw_url().contains("chunked"))?;
            response.close_with(pattern(length))
        }
        // What was asked, in the head; what was sent, in the body.
        _ => {
            let mut body = Vec::new();
            request.input_stream().read_to_end(&mut body).unwrap();
            let certificate = request.get_client_certificate()?;
            let subject = certificate
                .as_ref()
                .map_or("", |certificate| certificate.subject());
            response.add_header("X-Subject", subject)?;
            response.add_header("X-Method", request.http_method())?;
            response.add_header("X-Url", request.raw_url())?;
            response.add_header("X-Version", &request.protocol_version().to_string())?;
            let field = |name: &str| {
                request
                    .headers()
                    .get(name)
                    .map(String::from)
                    .unwrap_or_default()
            };
            response.add_header("X-Encoding", &field("Transfer-Encoding"))?;
            response.add_header("X-Expect", &field("Expect"))?;
            response.add_header("X-Forwarded", &field("X-Forwarded-For"))?;
            response.close_with(body)
        }
    }
}
