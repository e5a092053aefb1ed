//! Which certificate a client shows, as a server of the TLS library itself sees it.

use std::sync::Arc;
use std::thread;

use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use system_net_runtime::{Transport as _, block_on};
use system_net_security::test_util::TestCa;
use system_net_security::{
    TlsConnector, X509Certificate2, X509CertificateCollection, certificates_from_pem,
};
use system_net_uri::HostAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::pair::{sockets, transport, trusting};

const HOST: &str = "asking.test";

/// What a server asks for.
struct Asking<'a> {
    /// Whose certificates it takes.
    clients_of: &'a [&'a TestCa],
    /// Whom it names as issuers; the same unless empty.
    names: bool,
    versions: &'static [&'static SupportedProtocolVersion],
}

fn config(server: &TestCa, asking: Option<&Asking<'_>>) -> Arc<ServerConfig> {
    let (chain, key) = server.issue_pem(&[HOST]);
    let chain = certificates_from_pem(chain.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let versions = asking.map_or(rustls::ALL_VERSIONS, |asking| asking.versions);
    let builder = ServerConfig::builder_with_protocol_versions(versions);
    let builder = match asking {
        None => builder.with_no_client_auth(),
        Some(asking) => {
            let mut roots = RootCertStore::empty();
            for ca in asking.clients_of {
                roots.add(ca.ca_der()).unwrap();
            }
            let mut verifier =
                WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated();
            if !asking.names {
                verifier = verifier.clear_root_hint_subjects();
            }
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}

/// One connection: what the server got, what the client believes to have shown, and whether the
/// session was resumed.
fn connect(
    connector: &TlsConnector,
    server: &Arc<ServerConfig>,
) -> (Option<Vec<u8>>, Vec<u8>, bool) {
    let (client, mut socket) = sockets();
    let server = Arc::clone(server);
    let serving = thread::spawn(move || {
        let session = ServerConnection::new(server).unwrap();
        let mut stream = StreamOwned::new(session, &mut socket);
        std::io::Write::write_all(&mut stream, b"+").unwrap();
        std::io::Write::flush(&mut stream).unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0]);
        let shown = stream.conn.peer_certificates();
        shown.and_then(|chain| chain.first().map(|first| first.to_vec()))
    });
    let (shown, resumed) = block_on(async {
        let host = HostAddress::Dns(HOST);
        let mut tls = connector.connect(transport(client), host).await.unwrap();
        tls.read_exact(&mut [0]).await.unwrap();
        let shown = tls.tls().unwrap().local_certificates.first();
        let shown = shown.map(|first| first.to_vec()).unwrap_or_default();
        let resumed = tls.is_resumed();
        let _ = tls.shutdown().await;
        (shown, resumed)
    });
    (serving.join().unwrap(), shown, resumed)
}

fn client_of(ca: &TestCa, name: &str) -> X509Certificate2 {
    let (certificate, key) = ca.issue_client_pem(name);
    X509Certificate2::create_from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
}

fn without_key(certificate: &X509Certificate2) -> X509Certificate2 {
    X509Certificate2::from_der(certificate.raw_data()).unwrap()
}

const BOTH: &[&SupportedProtocolVersion] = rustls::ALL_VERSIONS;
const OLD: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

#[test]
fn the_first_certificate_of_a_named_issuer_is_shown() {
    let (server, a, b, c) = (TestCa::new(), TestCa::new(), TestCa::new(), TestCa::new());
    let usual = trusting(&server);
    let (of_a, of_b, more_of_b) = (
        client_of(&a, "a"),
        client_of(&b, "b"),
        client_of(&b, "more"),
    );
    let three: X509CertificateCollection =
        [of_a.clone(), without_key(&of_b), of_b.clone(), more_of_b]
            .into_iter()
            .collect();
    for versions in [BOTH, OLD] {
        for (certificates, clients_of, names, expected) in [
            // Named issuers: the first that matches and has its key.
            (&three, &[&b][..], true, Some(&of_b)),
            (&three, &[&b, &a], true, Some(&of_a)),
            // None matches: nothing is shown.
            (&three, &[&c], true, None),
            // No issuers are named: the first of all.
            (&three, &[&a], false, Some(&of_a)),
            // There is none.
            (&X509CertificateCollection::new(), &[&a], true, None),
            (&without_key(&of_a).into(), &[&a], true, None),
        ] {
            let asking = Asking {
                clients_of,
                names,
                versions,
            };
            let connector = usual.with_client_certificates(certificates).unwrap();
            let (seen, shown, _) = connect(&connector, &config(&server, Some(&asking)));
            let expected = expected.map(|it| it.raw_data().to_vec());
            assert_eq!(seen, expected);
            assert_eq!(shown, expected.unwrap_or_default());
        }
    }
}

#[test]
fn client_cert_not_sent_unasked() {
    let (server, a) = (TestCa::new(), TestCa::new());
    let connector = trusting(&server)
        .with_client_certificates(&client_of(&a, "a").into())
        .unwrap();
    let (seen, shown, _) = connect(&connector, &config(&server, None));
    assert_eq!((seen, shown), (None, Vec::new()));
}

/// The guide, step 1: what was shown to a server is shown to it again, whatever it names now.
#[test]
fn what_was_shown_once_is_shown_again() {
    let (server, a, b) = (TestCa::new(), TestCa::new(), TestCa::new());
    let (of_a, of_b) = (client_of(&a, "a"), client_of(&b, "b"));
    let certificates = [of_a.clone(), of_b.clone()].into_iter().collect();
    let connector = trusting(&server)
        .with_separate_sessions()
        .with_client_certificates(&certificates)
        .unwrap();
    let asking = |clients_of| Asking {
        clients_of,
        names: true,
        versions: BOTH,
    };
    let (of_b_alone, of_both) = ([&b], [&a, &b]);
    let first = config(&server, Some(&asking(&of_b_alone)));
    assert_eq!(
        connect(&connector, &first).0.as_deref(),
        Some(of_b.raw_data())
    );
    let then = config(&server, Some(&asking(&of_both)));
    assert_eq!(
        connect(&connector, &then).0.as_deref(),
        Some(of_b.raw_data())
    );
    // A connector of its own has shown nothing yet.
    let anew = trusting(&server)
        .with_client_certificates(&certificates)
        .unwrap();
    assert_eq!(connect(&anew, &then).0.as_deref(), Some(of_a.raw_data()));
}

/// A session carries the identity it was opened with: nobody else goes on with it.
#[test]
fn sessions_stay_with_their_identity() {
    let (server, a) = (TestCa::new(), TestCa::new());
    let usual = trusting(&server);
    let asking = Asking {
        clients_of: &[&a],
        names: true,
        versions: BOTH,
    };
    let config = config(&server, Some(&asking));
    let of = |name| {
        let certificate = client_of(&a, name);
        let connector = usual.with_client_certificates(&certificate.clone().into());
        (certificate, connector.unwrap())
    };
    let (one, ones) = of("one");
    assert!(ones.shares_sessions_with(&ones.clone()) && !ones.shares_sessions_with(&usual));
    let (other, others) = of("other");
    for (certificate, connector, expected) in [
        (Some(&one), &ones, false),
        (Some(&one), &ones, true),
        (Some(&other), &others, false),
        (None, &usual, false),
        (None, &usual, true),
        (Some(&one), &ones, true),
    ] {
        let (seen, _, resumed) = connect(connector, &config);
        assert_eq!(seen.as_deref(), certificate.map(X509Certificate2::raw_data));
        assert_eq!(resumed, expected);
    }
}
