//! Clients that show certificates, and what a listener demands of them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind};
use system_net_security::test_util::TestCa;
use system_net_security::{ClientCertificateOptions, ClientCertificateRules, X509Certificate2};

use crate::support::{Client, answer_with, connect};

/// The subject of the certificates.
const JOE: &str = "O=system-net test, CN=joe";

pub(crate) type Tls = StreamOwned<ClientConnection, TcpStream>;

/// A connection that shows this certificate of this authority, if it is asked.
fn client(
    listener: &HttpListener,
    server: &TestCa,
    shown: Option<(&TestCa, &str)>,
) -> (Client<Tls>, Vec<u8>) {
    let (stream, own) = showing(listener, server, shown, &[]);
    (Client::over(stream), own)
}

/// The same, with these protocols offered.
pub(crate) fn showing(
    listener: &HttpListener,
    server: &TestCa,
    shown: Option<(&TestCa, &str)>,
    alpn: &[&str],
) -> (Tls, Vec<u8>) {
    let mut roots = RootCertStore::empty();
    roots.add(server.ca_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let (mut config, own) = match shown {
        None => (builder.with_no_client_auth(), Vec::new()),
        Some((authority, name)) => {
            let (chain, key) = authority.issue_client_pem(name);
            let chain: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
                .collect::<Result<_, _>>()
                .unwrap();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            let own = chain[0].to_vec();
            (builder.with_client_auth_cert(chain, key).unwrap(), own)
        }
    };
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = connect(&listener.url("").unwrap());
    (StreamOwned::new(connection, stream), own)
}

/// The subject the listener has seen; the error: there was no connection.
fn seen(
    listener: &HttpListener,
    server: &TestCa,
    shown: Option<(&TestCa, &str)>,
) -> Result<String, ()> {
    let (client, _) = client(listener, server, shown);
    let mut stream = client.into_inner();
    let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let mut text = String::new();
    let read = asked.and_then(|()| stream.read_to_string(&mut text));
    match text.split_once("\r\n\r\n") {
        Some((_, body)) => Ok(body.to_owned()),
        None => {
            read.unwrap_err();
            Err(())
        }
    }
}

#[test]
fn listener_client_certificates() {
    let listener = HttpListener::test_https().unwrap();
    let server = listener.ca().unwrap();
    let (ours, others) = (TestCa::new(), TestCa::new());
    answer_with(&listener, |mut context| {
        let request = context.request();
        let certificate = request.get_client_certificate().unwrap();
        let begun = request.begin_get_client_certificate(None, None);
        let ended = request.end_get_client_certificate(&begun).unwrap();
        let raw = |it: &Option<X509Certificate2>| it.as_ref().map(|it| it.raw_data().to_vec());
        assert_eq!(raw(&ended), raw(&certificate));
        let again = request.end_get_client_certificate(&begun).unwrap_err();
        assert_eq!(again.kind(), Kind::Misuse);
        let text = certificate.map_or_else(String::new, |it| it.subject().to_owned());
        context.response_mut().close_with(text).unwrap();
    });
    let joe = Some((&ours, "joe"));
    assert_eq!(seen(&listener, server, joe).unwrap(), "", "nobody is asked");

    let mut options = ClientCertificateOptions::require(vec![ours.ca_der()]);
    listener
        .set_client_certificate_options(Some(options.clone()))
        .unwrap();
    assert_eq!(seen(&listener, server, joe).unwrap(), JOE);
    seen(&listener, server, None).unwrap_err();
    seen(&listener, server, Some((&others, "joe"))).unwrap_err();

    options.required = false;
    listener
        .set_client_certificate_options(Some(options.clone()))
        .unwrap();
    assert_eq!(seen(&listener, server, None).unwrap(), "");
    assert_eq!(seen(&listener, server, joe).unwrap(), JOE);
    seen(&listener, server, Some((&others, "joe"))).unwrap_err();
    // Another identity is asked for the same.
    listener
        .set_tls_identity(server.issue(&["localhost"]))
        .unwrap();
    seen(&listener, server, Some((&others, "joe"))).unwrap_err();

    listener.set_client_certificate_options(None).unwrap();
    assert_eq!(seen(&listener, server, joe).unwrap(), "");
    // The very bytes that were shown, on a connection that is not encrypted none.
    listener
        .set_client_certificate_options(Some(options))
        .unwrap();
    let plain = HttpListener::test_http().unwrap();
    Client::new(&plain).request("GET /", &[], "");
    let context = plain.get_context().unwrap();
    assert!(
        context
            .request()
            .get_client_certificate()
            .unwrap()
            .is_none()
    );
}

#[test]
fn what_a_callback_forgave_is_told() {
    /// CERT_E_UNTRUSTEDROOT.
    const UNTRUSTED_ROOT: u32 = 0x800B_0109;
    let listener = HttpListener::test_https().unwrap();
    let server = listener.ca().unwrap();
    let (ours, others) = (TestCa::new(), TestCa::new());
    answer_with(&listener, |mut context| {
        let error = context.request().client_certificate_error();
        let text = format!("{:08X}", error.cast_unsigned());
        context.response_mut().close_with(text).unwrap();
    });
    let told = |shown| seen(&listener, server, shown).unwrap();
    assert_eq!(told(Some((&others, "joe"))), "00000000", "nobody is asked");
    let mut options = ClientCertificateOptions::require(vec![ours.ca_der()]);
    options.validation_callback = Some(Arc::new(|_| true));
    listener
        .set_client_certificate_options(Some(options.clone()))
        .unwrap();
    assert_eq!(told(Some((&ours, "joe"))), "00000000");
    assert_eq!(told(None), "00000000");
    let untrusted = format!("{UNTRUSTED_ROOT:08X}");
    assert_eq!(told(Some((&others, "joe"))), untrusted);
    // A rule that it breaks has no number of its own: TRUST_E_FAIL.
    options.rules.names = vec!["ann".to_owned()];
    listener
        .set_client_certificate_options(Some(options))
        .unwrap();
    assert_eq!(told(Some((&ours, "joe"))), "800B010B");
}

/// F11-48, the listener's half: issuer, usage and name.
#[test]
fn server_client_certificate_rules_at_a_listener() {
    let listener = HttpListener::test_https().unwrap();
    let server = listener.ca().unwrap();
    let ours = TestCa::new();
    answer_with(&listener, |mut context| {
        let shown = context.request().get_client_certificate().unwrap().unwrap();
        let text = format!("{} by {}", shown.subject(), shown.issuer());
        context.response_mut().close_with(text).unwrap();
    });
    let joe = Some((&ours, "joe"));
    let ask = |rules: ClientCertificateRules| {
        listener
            .set_client_certificate_options(Some(ClientCertificateOptions {
                rules,
                ..ClientCertificateOptions::require(vec![ours.ca_der()])
            }))
            .unwrap();
        seen(&listener, server, joe)
    };
    let told = ask(ClientCertificateRules::default()).unwrap();
    let (_, issuer) = told.split_once(" by ").unwrap();
    let texts = |text: &str| vec![text.to_owned()];
    let rules = |issuers, usages, names| ClientCertificateRules {
        issuers,
        usages,
        names,
    };
    let clients = "1.3.6.1.5.5.7.3.2";
    ask(rules(texts(issuer), texts(clients), texts("joe"))).unwrap();
    ask(rules(texts("CN=x"), Vec::new(), Vec::new())).unwrap_err();
    ask(rules(Vec::new(), texts("1.3.6.1.5.5.7.3.1"), Vec::new())).unwrap_err();
    ask(rules(Vec::new(), Vec::new(), texts("ann"))).unwrap_err();
}
