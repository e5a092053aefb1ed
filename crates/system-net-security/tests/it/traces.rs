//! What is traced of certificates that are not good.

use std::sync::Arc;
use std::thread;

use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use system_net_config::{Configuration, NetContext};
use system_net_runtime::block_on;
use system_net_security::test_util::TestCa;
use system_net_uri::HostAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::pair::{acceptor, connector, shake, sockets, transport, trusting};

/// A context whose file asks for the traces of `System.Net`; they stand in the file that is given.
fn traced(level: &str) -> (NetContext, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "<configuration><system.diagnostics>\
           <sources><source name='System.Net'><listeners>\
             <add name='file' type='System.Diagnostics.TextWriterTraceListener' \
                  initializeData='{}'/>\
           </listeners></source></sources>\
           <switches><add name='System.Net' value='{level}'/></switches>\
           <trace autoflush='true'/>\
         </system.diagnostics></configuration>",
        file.path().display()
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    (NetContext::from_configuration(configuration), file)
}

/// The host that asks for certificates of clients, in this file alone.
const ASKING: &str = "asking.trace.test";

/// A server that asks for a client certificate, and one client without; what the client gets when
/// it reads.
fn asks_for_certificate(
    ca: &TestCa,
    names_issuers: bool,
    requires: bool,
) -> std::io::Result<usize> {
    let mut roots = RootCertStore::empty();
    for root in ca.client_options().extra_roots {
        roots.add(root).unwrap();
    }
    let mut verifier = WebPkiClientVerifier::builder(Arc::new(roots));
    if !names_issuers {
        verifier = verifier.clear_root_hint_subjects();
    }
    if !requires {
        verifier = verifier.allow_unauthenticated();
    }
    let (chain, key) = ca.issue_pem(&[ASKING]);
    let chain: Vec<_> = system_net_security::certificates_from_pem(chain.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(chain, key)
        .unwrap();
    let (client, mut server) = sockets();
    let serving = thread::spawn(move || {
        let session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(session, &mut server);
        // The alert, or the answer.
        let _ = std::io::Write::write_all(&mut stream, b"+");
        let _ = std::io::Write::flush(&mut stream);
        let _ = std::io::Read::read(&mut stream, &mut [0]);
    });
    let read = block_on(async {
        let host = HostAddress::Dns(ASKING);
        let mut tls = trusting(ca).connect(transport(client), host).await.unwrap();
        let read = tls.read(&mut [0]).await;
        let _ = tls.shutdown().await;
        read
    });
    serving.join().unwrap();
    read
}

#[test]
fn trace_cert_errors() {
    let (context, file) = traced("Information");
    let ca = TestCa::new();

    // A certificate that is not valid: each reason with the names of the certificate.
    let stranger = TestCa::new();
    for (identity, host, reason) in [
        (
            stranger.issue(&["one.trace.test"]),
            "one.trace.test",
            "authority",
        ),
        (
            ca.issue_expired(&["two.trace.test"]),
            "two.trace.test",
            "expired",
        ),
        (ca.issue(&["other.test"]), "three.trace.test", "other.test"),
    ] {
        let (client, _) = shake(&trusting(&ca), &acceptor(identity), HostAddress::Dns(host));
        client.unwrap_err();
        let log = std::fs::read_to_string(file.path()).unwrap();
        let line = log
            .lines()
            .find(|line| line.contains(&format!("host {host}")));
        let line = line.unwrap_or_else(|| panic!("nothing of {host} in {log}"));
        let told = line.contains("SecureChannel#")
            && line.contains(" - Remote certificate has errors: ")
            && line.contains(reason);
        assert!(told, "{line}");
    }

    // One that is accepted all the same is a warning.
    let mut options = ca.client_options();
    options.check_certificate_name = false;
    let accepting = connector(&options);
    let named_otherwise = acceptor(ca.issue(&["fourth.test"]));
    let host = HostAddress::Dns("four.trace.test");
    shake(&accepting, &named_otherwise, host).0.unwrap();
    let log = std::fs::read_to_string(file.path()).unwrap();
    assert!(
        log.contains(
            "SecureChannel::VerifyRemoteCertificate() - the certificate of four.trace.test"
        ),
        "{log}"
    );

    // A server that asks for a certificate of the client's: with and without issuers, and what it
    // says to none.
    assert_eq!(asks_for_certificate(&ca, true, false).unwrap(), 1);
    let issuers = "The server asks for a client certificate of one of 1 issuer(s)";
    let missing = "The server asks for a client certificate and has not specified any issuers";
    let log = std::fs::read_to_string(file.path()).unwrap();
    assert!(log.contains(issuers) && !log.contains(missing), "{log}");
    assert_eq!(asks_for_certificate(&ca, false, false).unwrap(), 1);
    let log = std::fs::read_to_string(file.path()).unwrap();
    assert!(log.contains(missing), "{log}");
    let refused = format!("; host {ASKING}");
    assert!(!log.contains(&refused), "{log}");
    asks_for_certificate(&ca, true, true).unwrap_err();
    let log = std::fs::read_to_string(file.path()).unwrap();
    let line = log.lines().find(|line| line.contains(&refused));
    let line = line.unwrap_or_else(|| panic!("nothing of the refusal in {log}"));
    assert!(line.contains(" - Client certificate error: "), "{line}");
    assert!(line.contains("SecureChannel#"), "{line}");
    drop(context);
}
