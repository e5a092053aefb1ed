//! HTTPS, met by a client made of the TLS library itself.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::ServerName;
use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind, TestListener};
use system_net_security::TlsServerIdentity;
use system_net_security::test_util::TestCa;

use crate::support::{Client, answer_with, connect};

pub(crate) type TlsClient = Client<StreamOwned<ClientConnection, TcpStream>>;

pub(crate) fn tls_client(url: &str, ca: &TestCa, name: &str) -> TlsClient {
    Client::over(tls_stream_to(url, ca, name, &[]))
}

/// A connection that offers these protocols.
pub(crate) fn tls_stream(
    url: &str,
    ca: &TestCa,
    alpn: &[&str],
) -> StreamOwned<ClientConnection, TcpStream> {
    tls_stream_to(url, ca, "localhost", alpn)
}

pub(crate) fn tls_stream_to(
    url: &str,
    ca: &TestCa,
    name: &str,
    alpn: &[&str],
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.ca_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(connection, connect(url))
}

fn answer_securely(listener: &TestListener) {
    answer_with(listener, |mut context| {
        let request = context.request();
        assert!(request.is_secure_connection());
        assert!(
            request
                .url()
                .unwrap()
                .absolute_uri()
                .starts_with("https://")
        );
        let protocol = request.tls().unwrap().protocol;
        let name = request.tls().unwrap().server_name.clone();
        let text = format!("{protocol} {}", name.unwrap_or_default());
        context.response_mut().close_with(text).unwrap();
    });
}

#[test]
fn listener_https_with_pem() {
    let ca = TestCa::new();
    let (chain, key) = ca.issue_pem(&["localhost"]);
    let listener = HttpListener::new_in(&NetContext::new());
    listener.prefixes().add("https://localhost:0/").unwrap();
    let error = listener.start().unwrap_err();
    assert_eq!(error.kind(), Kind::Tls, "{error}");
    assert!(error.to_string().contains("set_tls_identity"), "{error}");
    let identity = TlsServerIdentity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    listener.set_tls_identity(identity).unwrap();
    listener.start().unwrap();
    let url = listener.url("/x").unwrap();
    assert!(url.starts_with("https://localhost:"), "{url}");
    let mut client = tls_client(&url, &ca, "localhost");
    client.request("GET /x", &[], "");
    let mut context = listener.get_context().unwrap();
    assert!(context.request().is_secure_connection());
    let large = vec![b'x'; 1 << 20];
    context.response_mut().close_with(large.clone()).unwrap();
    assert_eq!(client.answer().body, large);
}

#[test]
fn test_https_is_trusted_through_its_authority() {
    let listener = HttpListener::test_https().unwrap();
    answer_securely(&listener);
    let ca = listener.ca().unwrap();
    let mut client = tls_client(&listener.url(""), ca, "localhost");
    for _ in 0..3 {
        assert_eq!(client.get("/").text(), "TLSv1.3 localhost");
    }
    assert!(HttpListener::test_http().unwrap().ca().is_none());
}

#[test]
fn strict_listeners_know_their_names() {
    let ca = TestCa::new();
    let listener = TestListener::https().unwrap();
    let identities = vec![ca.issue(&["localhost"])];
    listener.set_strict_tls_identities(identities).unwrap();
    listener.start().unwrap();
    answer_securely(&listener);
    let url = listener.url("");
    assert_eq!(tls_client(&url, &ca, "localhost").get("/").status(), 200);
    tls_client(&url, &ca, "other.test").expect_no_answer("GET /");
    // Without any nobody is let in, and with one again somebody is.
    listener.set_strict_tls_identities(Vec::new()).unwrap();
    tls_client(&url, &ca, "localhost").expect_no_answer("GET /");
    listener.set_tls_identity(ca.issue(&["localhost"])).unwrap();
    assert_eq!(tls_client(&url, &ca, "localhost").get("/").status(), 200);
}

#[test]
fn certificates_are_chosen_by_name() {
    let ca = TestCa::new();
    let listener = TestListener::https().unwrap();
    let identities = vec![ca.issue(&["a.example"]), ca.issue(&["b.example"])];
    listener.set_tls_identities(identities).unwrap();
    listener.start().unwrap();
    answer_securely(&listener);
    for name in ["a.example", "b.example"] {
        let mut client = tls_client(&listener.url(""), &ca, name);
        assert_eq!(client.get("/").text(), format!("TLSv1.3 {name}"));
    }
    assert!(listener.set_tls_identities(Vec::new()).is_err());
}

#[test]
fn plain_http_to_tls_port() {
    let listener = HttpListener::test_https().unwrap();
    answer_securely(&listener);
    for request in [
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET",
        "\0\0\0",
        "POST / HTTP/1.0\r\n\r\n",
    ] {
        let mut client = Client::to(&listener.url(""));
        client.send(request);
        let answer = client.answer();
        assert_eq!(
            (answer.status(), answer.header("Connection")),
            (400, Some("close"))
        );
        assert!(answer.text().contains("https://"), "{}", answer.text());
        client.expect_closed();
    }
    let mut client = Client::to(&listener.url(""));
    client.request("HEAD /", &[], "");
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 400"));
    client.expect_closed();
    // Half a handshake, and rubbish within one.
    let mut client = Client::to(&listener.url(""));
    client.send([22, 3, 1, 2, 0, 1]);
    drop(client);
    let mut client = Client::to(&listener.url(""));
    client.send([22, 3, 1, 0, 5, 9, 9, 9, 9, 9]);
    client.rest();
    let mut client = tls_client(&listener.url(""), listener.ca().unwrap(), "localhost");
    assert_eq!(
        client.get("/").text(),
        "TLSv1.3 localhost",
        "the accept loop lives"
    );
}

#[test]
fn slow_handshakes_end() {
    let listener = HttpListener::test_https().unwrap();
    listener
        .timeout_manager()
        .set_header_wait(Duration::from_millis(150));
    answer_securely(&listener);
    for bytes in [&b""[..], &[22], &[22, 3, 1, 2, 0, 1]] {
        let mut client = Client::to(&listener.url(""));
        client.send(bytes);
        client.rest();
    }
    // Those that are under way when the listener stops do not hold it up.
    listener
        .timeout_manager()
        .set_header_wait(Duration::from_secs(60));
    let mut client = Client::to(&listener.url(""));
    client.send([22, 3, 1]);
    std::thread::sleep(Duration::from_millis(100));
    listener.drain().unwrap();
    client.rest();
}

/// curl's `--http1.0` asks for that by ALPN as well.
#[test]
fn clients_of_http_1_0_are_served() {
    let listener = HttpListener::test_https().unwrap();
    answer_securely(&listener);
    let ca = listener.ca().unwrap();
    let mut client = Client::over(tls_stream(&listener.url(""), ca, &["http/1.0"]));
    client.send("GET / HTTP/1.0\r\n\r\n");
    assert!(client.answer().text().starts_with("TLSv1."));
}
