//! `SslStream` against `openssl s_server` and `openssl s_client`: what was negotiated as openssl
//! sees it, which certificate a client shows, demands on clients, names, sessions.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use system_net_security::{
    ClientCertificateOptions, ExchangeAlgorithmType, HashAlgorithmType,
    SslClientAuthenticationOptions, SslProtocols, SslServerAuthenticationOptions, SslStream,
    TlsClientOptions, TlsErrorKind, TlsServerIdentity, TlsServerOptions, TrustProblem,
    X509Certificate2, X509CertificateCollection,
};
use system_net_testkit::{Authority, Issued, Validity};
use tempfile::TempDir;

use crate::enabled;
use crate::openssl::Server;

fn folder(identity: &Issued, clients_of: &[&Authority]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("server.pem", &identity.certificate_pem);
    write("key.pem", &identity.key_pem);
    let clients: String = clients_of.iter().map(|it| it.certificate_pem()).collect();
    write("clients.pem", &clients);
    folder
}

fn trusting(authority: &Authority) -> TlsClientOptions {
    TlsClientOptions {
        use_system_roots: false,
        extra_roots: vec![authority.certificate_der().into()],
        ..TlsClientOptions::default()
    }
}

fn connecting(authority: &Authority) -> SslClientAuthenticationOptions {
    SslClientAuthenticationOptions::with_tls("localhost", trusting(authority))
}

/// A connection, and openssl's page about it.
fn page(port: u16, options: &SslClientAuthenticationOptions) -> (SslStream, String) {
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = SslStream::over_blocking(socket);
    stream.authenticate_as_client_with(options).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    (stream, String::from_utf8_lossy(&bytes).into_owned())
}

/// What openssl says of a suite: its own name, IANA's, and the line of its parts.
fn suite(name: &str) -> (String, String) {
    let output = Command::new("openssl")
        .args(["ciphers", "-stdname", "-v", "ALL"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text
        .lines()
        .find(|it| it.split_whitespace().nth(2) == Some(name));
    let line = line.expect("openssl knows the suite");
    (line.split(' ').next().unwrap().to_owned(), line.to_owned())
}

#[test]
fn ssl_stream_props() {
    if !enabled("ssl_stream_props") {
        return;
    }
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now);
    let folder = folder(&identity, &[]);
    for (version, protocol, option, name) in [
        (
            "-tls1_2",
            SslProtocols::TLS12,
            "-cipher",
            "ECDHE-ECDSA-AES128-GCM-SHA256",
        ),
        (
            "-tls1_2",
            SslProtocols::TLS12,
            "-cipher",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
        ),
        (
            "-tls1_2",
            SslProtocols::TLS12,
            "-cipher",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
        ),
        (
            "-tls1_3",
            SslProtocols::TLS13,
            "-ciphersuites",
            "TLS_AES_128_GCM_SHA256",
        ),
        (
            "-tls1_3",
            SslProtocols::TLS13,
            "-ciphersuites",
            "TLS_AES_256_GCM_SHA384",
        ),
        (
            "-tls1_3",
            SslProtocols::TLS13,
            "-ciphersuites",
            "TLS_CHACHA20_POLY1305_SHA256",
        ),
    ] {
        let server = Server::start(folder.path(), &[version, option, name, "-groups", "P-384"]);
        let (stream, page) = page(server.port(), &connecting(&authority));
        assert!(page.contains(&format!("Cipher is {name}")), "{page}");
        let (iana, parts) = suite(name);
        assert_eq!(stream.negotiated_cipher_suite(), iana);
        assert_eq!(stream.ssl_protocol(), protocol);
        let bits = stream.cipher_strength();
        assert!(parts.contains(&format!("({bits})")), "{bits}: {parts}");
        // The cipher guards by itself.
        assert!(parts.contains("Mac=AEAD"), "{parts}");
        assert_eq!(stream.hash_algorithm(), HashAlgorithmType::None);
        assert_eq!(stream.hash_strength(), 0);
        let exchange = match parts.contains("Kx=ECDH") {
            true => ExchangeAlgorithmType::DiffieHellman,
            false => ExchangeAlgorithmType::None,
        };
        assert_eq!(stream.key_exchange_algorithm(), exchange, "{parts}");
        assert_eq!(stream.key_exchange_strength(), 384);
        assert!(stream.is_encrypted() && stream.is_signed() && !stream.is_mutually_authenticated());
        assert!(!stream.check_cert_revocation_status());
    }
    // A proof that the certificate is not revoked is demanded: with one, without one, with the
    // proof of the contrary.
    let server = Server::start(folder.path(), &[]);
    for (lists, expected) in [
        (vec![authority.revocation_list(&[], Validity::Now)], None),
        (vec![], Some(TrustProblem::RevocationUnknown)),
        (
            vec![authority.revocation_list(&[&identity], Validity::Now)],
            Some(TrustProblem::Revoked),
        ),
    ] {
        let mut tls = trusting(&authority);
        tls.revocation_lists = lists.into_iter().map(Into::into).collect();
        let mut options = SslClientAuthenticationOptions::with_tls("localhost", tls);
        options.set_check_certificate_revocation(true);
        let socket = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        let stream = SslStream::over_blocking(socket);
        let result = stream.authenticate_as_client_with(&options);
        let kind = result.err().map(|error| error.kind());
        assert_eq!(kind, expected.map(TlsErrorKind::Trust));
        assert_eq!(stream.check_cert_revocation_status(), expected.is_none());
    }
}

fn client_of(authority: &Authority, name: &str) -> X509Certificate2 {
    let issued = authority.issue_client(name, Validity::Now);
    let (certificate, key) = (issued.certificate_pem, issued.key_pem);
    X509Certificate2::create_from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
}

/// The guide, "Client Certificate Selection", as the server sees it.
#[test]
fn client_cert_selection_3_steps() {
    if !enabled("client_cert_selection_3_steps") {
        return;
    }
    let authority = Authority::new();
    let (a, b, c) = (Authority::new(), Authority::new(), Authority::new());
    let of = |authority: &Authority, name: &str| client_of(authority, name);
    let (of_a, of_b, of_c) = (of(&a, "client-a"), of(&b, "client-b"), of(&c, "client-c"));
    let identity = authority.issue(&["localhost"], Validity::Now);
    let server = |clients_of: &[&Authority]| {
        let folder = folder(&identity, clients_of);
        let asks = [
            "-verify",
            "2",
            "-CAfile",
            "clients.pem",
            "-num_tickets",
            "0",
            "-no_ticket",
        ];
        let server = Server::start(folder.path(), &[&asks[..], &["-no_cache"]].concat());
        (server, folder)
    };
    let seen = |server: &Server, options: &SslClientAuthenticationOptions| {
        let (stream, page) = page(server.port(), options);
        let names = ["client-a", "client-b", "client-c"];
        let shown = names.into_iter().find(|name| {
            page.replace(' ', "")
                .contains(&format!("Subject:CN={name}"))
        });
        assert_eq!(
            shown.is_none(),
            page.contains("no client certificate available"),
            "{page}"
        );
        assert_eq!(stream.is_mutually_authenticated(), shown.is_some());
        shown
    };
    let (only_b, _folder_b) = server(&[&b]);
    let (any, _folder_any) = server(&[&a, &b, &c]);
    let three: X509CertificateCollection = [of_a.clone(), of_b.clone(), of_c].into_iter().collect();

    // Step 3: the first whose issuer is named; none matches: none.
    let mut options = connecting(&authority);
    options.set_client_certificates(three.clone());
    assert_eq!(seen(&only_b, &options), Some("client-b"));
    // Step 1: what was shown to the host before is shown again, though another is first now.
    assert_eq!(seen(&any, &options), Some("client-b"));
    let mut fresh = connecting(&authority);
    fresh.set_client_certificates(three.clone());
    assert_eq!(seen(&any, &fresh), Some("client-a"));
    let mut stranger = connecting(&authority);
    stranger.set_client_certificates(of_a.clone().into());
    assert_eq!(seen(&only_b, &stranger), None);
    assert_eq!(seen(&only_b, &connecting(&authority)), None);

    // Step 2: the delegate's answer counts, over what was shown before and over the collection.
    let chosen = Arc::new(std::sync::Mutex::new(Some(of_b)));
    let answer = Arc::clone(&chosen);
    let cached = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&cached);
    let mut delegated = connecting(&authority);
    delegated.set_client_certificates(three);
    delegated.set_local_certificate_selection_callback(Some(Arc::new(move |asked| {
        assert_eq!(asked.target_host(), "localhost");
        assert_eq!(asked.acceptable_issuers().len(), 3);
        assert_eq!(asked.local_certificates().len(), 3);
        told.lock()
            .unwrap()
            .push(asked.cached_certificate().is_some());
        answer.lock().unwrap().clone()
    })));
    assert_eq!(seen(&any, &delegated), Some("client-b"));
    *chosen.lock().unwrap() = Some(of_a);
    assert_eq!(seen(&any, &delegated), Some("client-a"));
    *chosen.lock().unwrap() = None;
    assert_eq!(seen(&any, &delegated), None);
    assert_eq!(cached.lock().unwrap().len(), 3);
    let mut without = connecting(&authority);
    without.set_local_certificate_selection_callback(Some(Arc::new(|_| None)));
    assert_eq!(seen(&any, &without), None);
}

/// `openssl s_client` with our server: names, versions, demands on clients, sessions.
#[test]
fn ssl_stream_server_and_openssl() {
    if !enabled("ssl_stream_server_and_openssl") {
        return;
    }
    let authority = Authority::new();
    let identity = |names: &[&str]| {
        let issued = authority.issue(names, Validity::Now);
        let (chain, key) = (issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes());
        TlsServerIdentity::from_pem(chain, key).unwrap()
    };
    let mut tls = TlsServerOptions::new(identity(&["one.test"]));
    tls.identities.push(identity(&["two.test"]));
    let plain = SslServerAuthenticationOptions::new(tls.clone());
    tls.client_certificates = Some(ClientCertificateOptions::require(vec![
        authority.certificate_der().into(),
    ]));
    let asking = SslServerAuthenticationOptions::new(tls);
    let joe = authority.issue_client("joe", Validity::Now);
    let late = authority.issue_client("late", Validity::Past);
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("ca.pem", authority.certificate_pem());
    for (name, issued) in [("joe", &joe), ("late", &late)] {
        write(&format!("{name}.pem"), &issued.certificate_pem);
        write(&format!("{name}.key"), &issued.key_pem);
    }
    let with_joe = ["-cert", "joe.pem", "-key", "joe.key"];
    let with_late = ["-cert", "late.pem", "-key", "late.key"];
    for version in ["-tls1_2", "-tls1_3"] {
        for (server, name, extra, expected) in [
            (&plain, "one.test", &[][..], true),
            (&plain, "two.test", &[], true),
            (&asking, "one.test", &with_joe, true),
            (&asking, "one.test", &[], false),
            (&asking, "one.test", &with_late, false),
        ] {
            let arguments = [
                &[version, "-servername", name, "-verify_hostname", name],
                extra,
            ];
            let (served, client) = serve(folder.path(), server, &arguments.concat());
            assert_eq!(
                served.is_ok(),
                expected,
                "{version} {name} {extra:?}: {served:?} {client}"
            );
            let Ok(stream) = served else { continue };
            assert!(client.contains("Verify return code: 0 (ok)"), "{client}");
            assert!(client.contains("hello"), "{client}");
            assert_eq!(stream.target_host_name(), name);
            assert_eq!(stream.is_mutually_authenticated(), !extra.is_empty());
        }
    }
    for old in ["-tls1", "-tls1_1"] {
        let arguments = [old, "-cipher", "ALL@SECLEVEL=0"];
        let (served, _) = serve(folder.path(), &plain, &arguments);
        assert!(matches!(
            served.unwrap_err().kind(),
            TlsErrorKind::Channel(_)
        ));
    }
    // The ticket of one connection resumes its session in the next, and none is given out where
    // clients must show certificates.
    for (server, extra, resumes) in [(&plain, &[][..], true), (&asking, &with_joe, false)] {
        let out = [&["-tls1_2", "-sess_out", "session"], extra].concat();
        assert!(!serve(folder.path(), server, &out).0.unwrap().is_resumed());
        let back = [&["-tls1_2", "-sess_in", "session"], extra].concat();
        let (served, client) = serve(folder.path(), server, &back);
        assert_eq!(served.unwrap().is_resumed(), resumes, "{client}");
        assert_eq!(client.contains("Reused, "), resumes, "{client}");
    }
}

/// Our side of one connection of `openssl s_client`, and what it printed.
fn serve(
    folder: &Path,
    options: &SslServerAuthenticationOptions,
    arguments: &[&str],
) -> (Result<SslStream, system_net_security::TlsError>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let mut client = Command::new("openssl")
        .current_dir(folder)
        .args(["s_client", "-connect", &to, "-CAfile", "ca.pem"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stream = SslStream::over_blocking(listener.accept().unwrap().0);
    let served = stream.authenticate_as_server_with(options).map(|()| {
        // It may have gone already if it does not like what it got.
        let _gone = (&stream).write_all(b"hello\n");
        let _gone = stream.close();
        stream
    });
    let output = BufReader::new(client.stdout.take().unwrap());
    let text: Vec<String> = output.lines().map_while(Result::ok).collect();
    drop(client.stdin.take());
    let _status = client.wait();
    (served, text.join("\n"))
}
