//! Clients that show certificates over HTTP/2.

use std::io::{ErrorKind, Read, Write};

use system_net_http_listener::HttpListener;
use system_net_security::ClientCertificateOptions;
use system_net_security::test_util::TestCa;

use super::peer::{PREFACE, Peer};
use crate::client_certificates::showing;
use crate::support::answer_with;

const H2: &[&str] = &["h2", "http/1.1"];

/// Every request of the connection has the certificate of its handshake, in each way to ask for it.
#[test]
fn client_certificates_of_streams() {
    let listener = HttpListener::test_https().unwrap();
    let server = listener.ca().unwrap();
    let (ours, others) = (TestCa::new(), TestCa::new());
    let mut options = ClientCertificateOptions::require(vec![ours.ca_der()]);
    options.required = false;
    listener
        .set_client_certificate_options(Some(options.clone()))
        .unwrap();
    answer_with(&listener, |mut context| {
        let request = context.request();
        let begun = request.begin_get_client_certificate(None, None);
        let ended = request.end_get_client_certificate(&begun).unwrap();
        let certificate = request.get_client_certificate().unwrap();
        let raw = certificate.map_or_else(Vec::new, |it| it.raw_data().to_vec());
        assert_eq!(
            ended.map_or_else(Vec::new, |it| it.raw_data().to_vec()),
            raw
        );
        assert_eq!(request.client_certificate_error(), 0);
        context.response_mut().close_with(raw).unwrap();
    });
    let (stream, own) = showing(&listener, server, Some((&ours, "joe")), H2);
    let mut peer = Peer::over(stream);
    peer.begin().get(1, "/").get(3, "/");
    assert!(!own.is_empty());
    assert_eq!(peer.reply(1).body, own);
    assert_eq!(peer.reply(3).body, own);
    let (stream, _) = showing(&listener, server, None, H2);
    let mut peer = Peer::over(stream);
    peer.begin().get(1, "/");
    assert_eq!(peer.reply(1).body, b"");

    // One that is not taken, and none where one is required, get no connection.
    options.required = true;
    listener
        .set_client_certificate_options(Some(options))
        .unwrap();
    for shown in [Some((&others, "joe")), None] {
        let (mut stream, _) = showing(&listener, server, shown, H2);
        // With TLS 1.3 the client hears of it when it reads.
        let told = stream.write_all(PREFACE).and_then(|()| stream.flush());
        let mut got = Vec::new();
        let error = told
            .and_then(|()| stream.read_to_end(&mut got))
            .unwrap_err();
        assert_ne!(error.kind(), ErrorKind::WouldBlock, "hang");
    }
}
