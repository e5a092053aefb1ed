//! `SslStream`: both sides over every kind of stream, callbacks, demands on clients, revocation.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;

use system_net_primitives::Misuse;
use system_net_runtime::{TcpTransport, block_on};
use system_net_security::extended_protection::ChannelBindingKind;
use system_net_security::test_util::{CertificateRequest, TestCa, year};
use system_net_security::{
    ClientCertificateOptions, ClientCertificateRules, ExchangeAlgorithmType, HashAlgorithmType,
    SslClientAuthenticationOptions, SslPolicyErrors, SslProtocols, SslServerAuthenticationOptions,
    SslStream, TlsError, TlsErrorKind, TlsServerOptions, TrustProblem, X509Certificate2,
};

use crate::pair::sockets;

/// What a stream is made over.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Below {
    Transport,
    Std,
    Tokio,
}

fn over(below: Below, socket: TcpStream) -> SslStream {
    match below {
        Below::Transport => SslStream::new(TcpTransport::from_std(socket).unwrap()),
        Below::Std => SslStream::over_blocking(socket),
        Below::Tokio => SslStream::over_async(TcpTransport::from_std(socket).unwrap()),
    }
}

type Outcome = (Result<SslStream, TlsError>, Result<SslStream, TlsError>);

/// Both sides, each on a thread. The server says a word, so that the client hears of a refusal.
fn meet(
    (client, server): (SslStream, SslStream),
    connecting: &SslClientAuthenticationOptions,
    accepting: &SslServerAuthenticationOptions,
) -> Outcome {
    let accepting = accepting.clone();
    let serving = thread::spawn(move || {
        server.authenticate_as_server_with(&accepting)?;
        let _ = (&server).write_all(b"+");
        Ok(server)
    });
    let connected = client.authenticate_as_client_with(connecting);
    let connected = connected.map(|()| {
        let _ = (&client).read(&mut [0]);
        client
    });
    (connected, serving.join().unwrap())
}

fn pair() -> (SslStream, SslStream) {
    let (client, server) = sockets();
    (over(Below::Std, client), over(Below::Transport, server))
}

fn client_of(ca: &TestCa, name: &str) -> X509Certificate2 {
    let (certificate, key) = ca.issue_client_pem(name);
    X509Certificate2::create_from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
}

fn connecting(ca: &TestCa) -> SslClientAuthenticationOptions {
    SslClientAuthenticationOptions::with_tls("localhost", ca.client_options())
}

fn server_of(ca: &TestCa) -> TlsServerOptions {
    TlsServerOptions::new(ca.issue(&["localhost"]))
}

fn accepting(tls: TlsServerOptions) -> SslServerAuthenticationOptions {
    SslServerAuthenticationOptions::new(tls)
}

#[test]
fn ssl_stream_loopback() {
    let ca = TestCa::new();
    let mut tls = server_of(&ca);
    tls.alpn = vec![b"second".to_vec()];
    let text: Vec<u8> = (0..300_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    for (of_client, of_server) in [
        (Below::Transport, Below::Transport),
        (Below::Std, Below::Std),
        (Below::Tokio, Below::Std),
        (Below::Std, Below::Tokio),
    ] {
        for protocol in [SslProtocols::TLS12, SslProtocols::TLS13] {
            let (client, server) = sockets();
            let streams = (over(of_client, client), over(of_server, server));
            let mut options = ca.client_options();
            options.alpn = vec![b"first".to_vec(), b"second".to_vec()];
            let mut connecting = SslClientAuthenticationOptions::with_tls("localhost", options);
            connecting.set_enabled_ssl_protocols(protocol);
            let (client, server) = meet(streams, &connecting, &accepting(tls.clone()));
            let (mut client, mut server) = (client.unwrap(), server.unwrap());
            for stream in [&client, &server] {
                assert_eq!(stream.ssl_protocol(), protocol);
                assert!(stream.is_authenticated() && stream.is_encrypted() && stream.is_signed());
                assert!(!stream.is_mutually_authenticated());
                assert_eq!(stream.negotiated_application_protocol(), b"second");
                assert_eq!(stream.target_host_name(), "localhost");
                assert_eq!(stream.hash_algorithm(), HashAlgorithmType::None);
                assert!(matches!(stream.cipher_strength(), 128 | 256));
                let of_suite = match protocol {
                    SslProtocols::TLS12 => ExchangeAlgorithmType::DiffieHellman,
                    _ => ExchangeAlgorithmType::None,
                };
                assert_eq!(stream.key_exchange_algorithm(), of_suite);
            }
            assert!(server.is_server() && !client.is_server());
            let own = server.local_certificate().unwrap();
            assert_eq!(
                client.remote_certificate().unwrap().raw_data(),
                own.raw_data()
            );
            assert!(client.local_certificate().is_none());
            let binding = |stream: &SslStream| {
                let context = stream.transport_context().unwrap();
                context.get_channel_binding(ChannelBindingKind::Endpoint)
            };
            assert!(binding(&client).unwrap().is_some());
            assert_eq!(binding(&client).unwrap(), binding(&server).unwrap());
            // Both ways at once would block over streams that block; one after the other.
            let echoed = text.clone();
            let echoing = thread::spawn(move || {
                let mut seen = vec![0; echoed.len()];
                server.read_exact(&mut seen).unwrap();
                assert!(seen == echoed);
                server.write_all(&seen).unwrap();
                server.close().unwrap();
                server
            });
            client.write_all(&text).unwrap();
            let mut back = Vec::new();
            client.read_to_end(&mut back).unwrap();
            assert!(back == text, "{of_client:?} {of_server:?} {protocol}");
            let server = echoing.join().unwrap();
            assert!(!server.can_read());
            let error = (&server).read(&mut [0]).unwrap_err();
            assert!(error.to_string().contains("SslStream"), "{error}");
        }
    }
}

/// One stream, one of whose owners reads while another writes.
#[test]
fn a_reader_and_a_writer_at_once() {
    let ca = TestCa::new();
    let (client, server) = sockets();
    let streams = (
        over(Below::Transport, client),
        over(Below::Transport, server),
    );
    let (client, server) = meet(streams, &connecting(&ca), &accepting(server_of(&ca)));
    let (client, mut server) = (client.unwrap(), server.unwrap());
    let mut reader = client.clone();
    let reading = thread::spawn(move || {
        let mut answer = [0; 4];
        reader.read_exact(&mut answer).map(|()| answer)
    });
    (&client).write_all(b"ping").unwrap();
    let mut question = [0; 4];
    server.read_exact(&mut question).unwrap();
    assert_eq!(&question, b"ping");
    server.write_all(b"pong").unwrap();
    assert_eq!(&reading.join().unwrap().unwrap(), b"pong");
}

#[test]
fn begin_and_end() {
    let ca = TestCa::new();
    let (client, server) = sockets();
    let client = over(Below::Transport, client);
    let server = over(Below::Transport, server);
    let begun = server.begin_authenticate_as_server(&accepting(server_of(&ca)), None, None);
    let other = client.begin_authenticate_as_client(&connecting(&ca), None, None);
    client.end_authenticate_as_client(&other).unwrap();
    server.end_authenticate_as_server(&begun).unwrap();
    let twice = server.end_authenticate_as_server(&begun).unwrap_err();
    assert_eq!(twice.kind(), TlsErrorKind::Configuration);
    let reading = server.begin_read(vec![0; 16], None, None);
    let writing = client.begin_write(b"by pieces".to_vec(), None, None);
    let (written, buffer) = client.end_write(&writing);
    assert_eq!((written.unwrap(), &buffer[..]), (9, &b"by pieces"[..]));
    let (wrong, _) = client.end_read(&reading);
    assert!(wrong.unwrap_err().to_string().contains("BeginRead"));
    let (read, buffer) = server.end_read(&reading);
    assert_eq!(&buffer[..read.unwrap()], b"by pieces");
}

#[test]
fn a_stream_authenticates_once() {
    let (client, _server) = sockets();
    let stream = over(Below::Transport, client);
    let misuse_of = |error: &io::Error| {
        let inner = error.get_ref().and_then(|it| it.downcast_ref::<Misuse>());
        matches!(inner, Some(Misuse::InvalidOperation(_)))
    };
    assert!(misuse_of(&(&stream).read(&mut [0]).unwrap_err()));
    assert!(misuse_of(&(&stream).write(b"x").unwrap_err()));
    assert_eq!(stream.ssl_protocol(), SslProtocols::NONE);
    assert!(!stream.is_authenticated() && !stream.is_encrypted() && !stream.is_signed());
    // Old versions are an error of the caller, before anything is sent.
    let mut old = SslClientAuthenticationOptions::new("localhost");
    old.set_enabled_ssl_protocols(SslProtocols::TLS11);
    let error = stream.authenticate_as_client_with(&old).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
    assert!(error.to_string().contains("Tls11"), "{error}");

    let ca = TestCa::new();
    let (client, server) = meet(pair(), &connecting(&ca), &accepting(server_of(&ca)));
    let (client, _server) = (client.unwrap(), server.unwrap());
    let again = client.authenticate_as_client_with(&connecting(&ca));
    assert!(again.unwrap_err().to_string().contains("already"));
    // A future that is dropped closes the stream.
    let (client, mut server) = sockets();
    let stream = over(Below::Transport, client);
    let options = connecting(&ca);
    let mut future = Box::pin(stream.authenticate_as_client_async(&options));
    block_on(std::future::poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    }));
    drop(future);
    io::copy(&mut server, &mut io::sink()).unwrap();
    let error = stream.authenticate_as_client_with(&options).unwrap_err();
    assert!(error.to_string().contains("half-way"), "{error}");
}

/// The callback sees host, chain and errors, and its word counts on both sides.
#[test]
fn validation_callbacks() {
    let (ca, other) = (TestCa::new(), TestCa::new());
    let none = SslPolicyErrors::NONE;
    let chain = SslPolicyErrors::REMOTE_CERTIFICATE_CHAIN_ERRORS;
    let name = SslPolicyErrors::REMOTE_CERTIFICATE_NAME_MISMATCH;
    for (trusted, host, expected) in [
        (&ca, "localhost", none),
        (&other, "localhost", chain),
        (&ca, "elsewhere", name),
        (&other, "elsewhere", chain | name),
    ] {
        for accepts in [true, false] {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&seen);
            let (client, server) = pair();
            let client = client
                .with_callbacks(
                    Some(Arc::new(move |server| {
                        let row = (server.host().to_owned(), server.policy_errors());
                        noted.lock().unwrap().push(row);
                        accepts
                    })),
                    None,
                )
                .unwrap();
            let options = SslClientAuthenticationOptions::with_tls(host, trusted.client_options());
            let (client, _) = meet((client, server), &options, &accepting(server_of(&ca)));
            assert_eq!(client.is_ok(), accepts, "{host} {expected}");
            assert_eq!(*seen.lock().unwrap(), [(host.to_owned(), expected)]);
        }
    }
    // At the server: no certificate, a good one, one of a stranger.
    let missing = SslPolicyErrors::REMOTE_CERTIFICATE_NOT_AVAILABLE;
    for (shown, expected) in [
        (None, missing),
        (Some(client_of(&ca, "joe")), none),
        (Some(client_of(&other, "stranger")), chain),
    ] {
        for accepts in [true, false] {
            for protocol in [SslProtocols::TLS12, SslProtocols::TLS13] {
                let seen = Arc::new(Mutex::new(Vec::new()));
                let noted = Arc::clone(&seen);
                let mut tls = server_of(&ca);
                tls.client_certificates = Some(ClientCertificateOptions {
                    validation_callback: Some(Arc::new(move |client| {
                        noted.lock().unwrap().push(client.policy_errors());
                        accepts
                    })),
                    ..ClientCertificateOptions::require(vec![ca.ca_der()])
                });
                let mut options = connecting(&ca);
                options.set_enabled_ssl_protocols(protocol);
                let shown_here = shown.clone();
                // Of a stranger: whatever the server names.
                options.set_local_certificate_selection_callback(Some(Arc::new(move |_| {
                    shown_here.clone()
                })));
                let (client, server) = meet(pair(), &options, &accepting(tls));
                assert_eq!(*seen.lock().unwrap(), [expected], "{protocol}");
                assert_eq!(server.is_ok(), accepts, "{expected} {protocol}");
                let Ok(server) = server else { continue };
                let client = client.unwrap();
                let of_client = shown.as_ref().map(X509Certificate2::raw_data);
                let at_server = server.remote_certificate().map(X509Certificate2::raw_data);
                assert_eq!(at_server, of_client);
                assert_eq!(client.is_mutually_authenticated(), shown.is_some());
                assert_eq!(server.is_mutually_authenticated(), shown.is_some());
            }
        }
    }
}

#[test]
fn server_client_certificate_rules() {
    let (ca, other) = (TestCa::new(), TestCa::new());
    let joe = client_of(&ca, "joe");
    let issuer = joe.issuer().to_owned();
    let text = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    let clients = "1.3.6.1.5.5.7.3.2";
    let rules = |issuers: &[&str], usages: &[&str], names: &[&str]| ClientCertificateRules {
        issuers: text(issuers),
        usages: text(usages),
        names: text(names),
    };
    let rows = [
        (rules(&[], &[], &[]), ""),
        (rules(&[&issuer], &[clients], &["JOE"]), ""),
        (rules(&["CN=x", &issuer], &[], &["mary", "joe"]), ""),
        (rules(&[], &[], &[joe.subject()]), ""),
        (rules(&["CN=x"], &[], &[]), "issued by"),
        (
            rules(&[], &[clients, "1.3.6.1.4.1.311.20.2.2"], &[]),
            "1.3.6.1.4.1.311.20.2.2",
        ),
        (rules(&[], &[], &["mary"]), "mary"),
        (rules(&[], &[], &["jo"]), "jo"),
    ];
    for (rules, word) in rows {
        for protocol in [SslProtocols::TLS12, SslProtocols::TLS13] {
            let mut tls = server_of(&ca);
            tls.client_certificates = Some(ClientCertificateOptions {
                rules: rules.clone(),
                ..ClientCertificateOptions::require(vec![ca.ca_der()])
            });
            let mut options = connecting(&ca);
            options.set_client_certificates(joe.clone().into());
            options.set_enabled_ssl_protocols(protocol);
            let (_, server) = meet(pair(), &options, &accepting(tls));
            match server {
                Ok(_) => assert_eq!(word, "", "{rules:?}"),
                Err(error) => {
                    assert_eq!(error.kind(), TlsErrorKind::Trust(TrustProblem::Other));
                    let told = error.to_string();
                    assert!(!word.is_empty() && told.contains(word), "{word}: {told}");
                    assert!(
                        told.starts_with("the client's certificate was refused"),
                        "{told}"
                    );
                }
            }
        }
    }
    // A stranger's, and none at all.
    let mut options = connecting(&ca);
    let stranger = client_of(&other, "joe");
    options
        .set_local_certificate_selection_callback(Some(Arc::new(move |_| Some(stranger.clone()))));
    let mut tls = server_of(&ca);
    tls.client_certificates = Some(ClientCertificateOptions::require(vec![ca.ca_der()]));
    let (_, refused) = meet(pair(), &options, &accepting(tls.clone()));
    let kind = refused.unwrap_err().kind();
    assert_eq!(kind, TlsErrorKind::Trust(TrustProblem::UnknownIssuer));
    let (_, refused) = meet(pair(), &connecting(&ca), &accepting(tls.clone()));
    refused.unwrap_err();
    // Asked for and not demanded.
    if let Some(clients) = &mut tls.client_certificates {
        clients.required = false;
    }
    let (_, server) = meet(pair(), &connecting(&ca), &accepting(tls));
    assert!(server.unwrap().remote_certificate().is_none());
    // Nobody to trust and nobody to ask.
    let mut tls = server_of(&ca);
    tls.client_certificates = Some(ClientCertificateOptions::default());
    let (stream, _peer) = pair();
    let error = stream
        .authenticate_as_server_with(&accepting(tls))
        .unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
}

#[test]
fn crl_revoked_refused() {
    let ca = TestCa::new();
    let (good, bad) = (ca.issue(&["localhost"]), ca.issue(&["localhost"]));
    let bad_der = bad.certificate_chain()[0].clone();
    let current = ca.revocation_list(&[&bad_der], year(2049));
    let outdated = ca.revocation_list(&[&bad_der], year(2001));
    let revoked = Some(TrustProblem::Revoked);
    let unknown = Some(TrustProblem::RevocationUnknown);
    let rows = [
        // A list counts whether it is demanded or not.
        (&good, vec![current.clone()], false, None),
        (&bad, vec![current.clone()], false, revoked),
        (&good, vec![current.clone()], true, None),
        (&bad, vec![current.clone()], true, revoked),
        // Without a list: only if a proof is demanded.
        (&bad, vec![], false, None),
        (&good, vec![], true, unknown),
        // A list of another authority says nothing.
        (
            &good,
            vec![TestCa::new().revocation_list(&[], year(2049))],
            true,
            unknown,
        ),
        (&good, vec![outdated], true, unknown),
    ];
    for (index, (identity, lists, demanded, expected)) in rows.into_iter().enumerate() {
        for protocol in [SslProtocols::TLS12, SslProtocols::TLS13] {
            let mut tls = ca.client_options();
            tls.revocation_lists.clone_from(&lists);
            let mut options = SslClientAuthenticationOptions::with_tls("localhost", tls);
            options.set_check_certificate_revocation(demanded);
            options.set_enabled_ssl_protocols(protocol);
            let tls = TlsServerOptions::new(identity.clone());
            let (client, _) = meet(pair(), &options, &accepting(tls));
            match client {
                Ok(client) => {
                    assert_eq!(expected, None, "row {index}");
                    assert_eq!(client.check_cert_revocation_status(), demanded);
                }
                Err(error) => {
                    let kind = expected.map(TlsErrorKind::Trust);
                    assert_eq!(Some(error.kind()), kind, "row {index}: {error}");
                }
            }
        }
    }
    // A client's certificate at a server.
    let joe = client_of(&ca, "joe");
    let of_joe = joe.certificate_chain()[0].clone();
    let list_of_joe = ca.revocation_list(&[&of_joe], year(2049));
    for (lists, demanded, expected) in [
        (vec![current.clone()], true, None),
        (vec![list_of_joe.clone()], false, revoked),
        (vec![list_of_joe], true, revoked),
        (vec![], true, unknown),
        (vec![], false, None),
    ] {
        let mut tls = server_of(&ca);
        tls.client_certificates = Some(ClientCertificateOptions {
            revocation_lists: lists,
            require_revocation_status: demanded,
            ..ClientCertificateOptions::require(vec![ca.ca_der()])
        });
        let mut options = connecting(&ca);
        options.set_client_certificates(joe.clone().into());
        let (_, server) = meet(pair(), &options, &accepting(tls));
        let kind = server.as_ref().err().map(TlsError::kind);
        assert_eq!(kind, expected.map(TlsErrorKind::Trust));
        if let Ok(server) = server {
            assert_eq!(server.check_cert_revocation_status(), demanded);
        }
    }
}

/// The name that the client asks for chooses the server's certificate.
#[test]
fn the_server_selects_by_name() {
    let ca = TestCa::new();
    let mut tls = TlsServerOptions::new(ca.issue(&["one.test"]));
    tls.identities.push(ca.issue(&["two.test", "*.three.test"]));
    for (host, at) in [("one.test", 0), ("two.test", 1), ("x.three.test", 1)] {
        let options = SslClientAuthenticationOptions::with_tls(host, ca.client_options());
        let (client, server) = meet(pair(), &options, &accepting(tls.clone()));
        let (client, server) = (client.unwrap(), server.unwrap());
        let expected = &tls.identities[at].certificate_chain()[0];
        assert_eq!(client.remote_certificate().unwrap().raw_data(), &**expected);
        assert_eq!(server.local_certificate().unwrap().raw_data(), &**expected);
        assert_eq!(server.target_host_name(), host);
    }
}

/// Options are one identity: they resume their own sessions and nobody else's, and with a callback
/// or a client's certificate at the server none.
#[test]
fn sessions_belong_to_options() {
    let ca = TestCa::new();
    let server = accepting(server_of(&ca));
    let mut asking = server_of(&ca);
    asking.client_certificates = Some(ClientCertificateOptions::require(vec![ca.ca_der()]));
    let asking = accepting(asking);
    let shared = connecting(&ca);
    let mut with_certificate = connecting(&ca);
    with_certificate.set_client_certificates(client_of(&ca, "joe").into());
    let mut with_callback = connecting(&ca);
    let accept: system_net_security::RemoteCertificateValidationCallback = Arc::new(|_| true);
    with_callback.set_remote_certificate_validation_callback(Some(accept));
    for (options, server, expected) in [
        (&shared, &server, false),
        (&shared.clone(), &server, true),
        (&connecting(&ca), &server, false),
        (&with_certificate, &server, false),
        (&with_certificate, &server, true),
        (&with_callback, &server, false),
        (&with_callback, &server, false),
        (&with_certificate, &asking, false),
        (&with_certificate, &asking, false),
    ] {
        let (client, peer) = meet(pair(), options, server);
        let (client, peer) = (client.unwrap(), peer.unwrap());
        assert_eq!(client.is_resumed(), expected);
        assert_eq!(peer.is_resumed(), expected);
    }
}

/// Secrets are written to a file that was asked for, one line each, and decrypt nothing else.
#[test]
fn key_log_on_request_only() {
    let ca = TestCa::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    for asked in [false, true] {
        let mut tls = ca.client_options();
        tls.key_log_file = asked.then(|| path.clone());
        let options = SslClientAuthenticationOptions::with_tls("localhost", tls);
        let (client, _server) = meet(pair(), &options, &accepting(server_of(&ca)));
        client.unwrap();
        assert_eq!(path.exists(), asked);
    }
    let lines = std::fs::read_to_string(&path).unwrap();
    let labels: Vec<&str> = lines
        .lines()
        .map(|it| it.split(' ').next().unwrap())
        .collect();
    for label in ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"] {
        assert!(labels.contains(&label), "{labels:?}");
    }
    for line in lines.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(parts.len() == 3 && parts[1].len() == 64 && digits(parts[1]) && digits(parts[2]));
    }
    let mut tls = ca.client_options();
    tls.key_log_file = Some(folder.path().join("none/keys"));
    let options = SslClientAuthenticationOptions::with_tls("localhost", tls);
    let (stream, _peer) = pair();
    let error = stream.authenticate_as_client_with(&options).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
}

/// An expired certificate, another name and a stranger's are refused without a callback.
#[test]
fn bad_servers_are_refused() {
    let ca = TestCa::new();
    let mut for_clients = CertificateRequest::new(&["localhost"]);
    for_clients.for_servers = false;
    for (identity, problem) in [
        (ca.issue_expired(&["localhost"]), TrustProblem::Expired),
        (ca.issue(&["elsewhere"]), TrustProblem::WrongHost),
        (
            TestCa::new().issue(&["localhost"]),
            TrustProblem::UnknownIssuer,
        ),
        (ca.issue_with(&for_clients), TrustProblem::WrongPurpose),
    ] {
        let server = accepting(TlsServerOptions::new(identity));
        let (client, server) = meet(pair(), &connecting(&ca), &server);
        let error = client.unwrap_err();
        assert_eq!(error.kind(), TlsErrorKind::Trust(problem), "{error}");
        drop(server);
    }
}
