//! `SslStream` against .NET's, both ways: versions, certificates of clients, names, application
//! protocols, and data after the handshake.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use system_net_security::{
    ClientCertificateOptions, SslClientAuthenticationOptions, SslProtocols,
    SslServerAuthenticationOptions, SslStream, TlsClientOptions, TlsErrorKind, TlsServerIdentity,
    TlsServerOptions, X509Certificate2,
};
use system_net_testkit::{Authority, Issued, Validity};
use tempfile::TempDir;

use crate::peer::{DotNet, SIZES, answer, speak};

/// An authority, and its files for .NET.
struct Files {
    authority: Authority,
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let authority = Authority::new();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
        Self { authority, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate with its key, as .NET reads them.
    fn pfx(&self, name: &str, issued: &Issued) -> String {
        let (certificate, key) = (self.path("certificate.pem"), self.path("key.pem"));
        std::fs::write(&certificate, &issued.certificate_pem).unwrap();
        std::fs::write(&key, &issued.key_pem).unwrap();
        let file = self.path(name);
        let made = Command::new("openssl")
            .args(["pkcs12", "-export", "-passout", "pass:word", "-out"])
            .args([&file, &PathBuf::from("-in"), &certificate])
            .args([&PathBuf::from("-inkey"), &key])
            .status()
            .unwrap();
        assert!(made.success());
        file.to_str().unwrap().to_owned()
    }

    /// .NET, which trusts the authority as it would one of the system's.
    fn dotnet(&self, what: &str, mut options: Value) -> DotNet {
        options["sizes"] = json!(SIZES);
        options["password"] = json!("word");
        let (file, folder) = (self.path("ca.pem"), self.path("none"));
        let roots = [("SSL_CERT_FILE", &*file), ("SSL_CERT_DIR", &*folder)];
        DotNet::start(what, &options, &roots)
    }

    fn trusting(&self) -> TlsClientOptions {
        TlsClientOptions {
            use_system_roots: false,
            extra_roots: vec![self.authority.certificate_der().into()],
            ..TlsClientOptions::default()
        }
    }
}

fn certificate(issued: &Issued) -> X509Certificate2 {
    let (certificate, key) = (&issued.certificate_pem, &issued.key_pem);
    X509Certificate2::create_from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
}

fn connected(port: u16) -> SslStream {
    SslStream::over_blocking(TcpStream::connect(("127.0.0.1", port)).unwrap())
}

const VERSIONS: [(SslProtocols, &str); 2] = [
    (SslProtocols::TLS12, "Tls12"),
    (SslProtocols::TLS13, "Tls13"),
];

#[test]
fn our_client_and_dotnet_server() {
    if !crate::enabled("our_client_and_dotnet_server") {
        return;
    }
    let files = Files::new();
    let identity = files.authority.issue(&["localhost"], Validity::Now);
    let pfx = files.pfx("server.pfx", &identity);
    let joe = files.authority.issue_client("joe", Validity::Now);
    for (version, theirs) in VERSIONS {
        for shown in [None, Some(&joe)] {
            let mut server = files.dotnet(
                "ssl_server",
                json!({
                    "pfx": pfx, "protocols": [theirs], "ask": shown.is_some(),
                    "alpn": ["one", "two"],
                }),
            );
            let mut tls = files.trusting();
            tls.alpn = vec![b"three".to_vec(), b"two".to_vec()];
            let mut options = SslClientAuthenticationOptions::with_tls("localhost", tls);
            options.set_enabled_ssl_protocols(SslProtocols::TLS12 | SslProtocols::TLS13);
            if let Some(issued) = shown {
                options.set_client_certificates(certificate(issued).into());
            }
            let mut stream = connected(server.port());
            stream.authenticate_as_client_with(&options).unwrap();
            assert_eq!(stream.ssl_protocol(), version);
            assert_eq!(stream.is_mutually_authenticated(), shown.is_some());
            assert_eq!(stream.negotiated_application_protocol(), b"two");
            speak(&mut stream);
            stream.write_all(b"the rest").unwrap();
            stream.close().unwrap();
            let facts = server.facts().unwrap();
            assert_eq!(facts["protocol"], theirs, "{facts}");
            assert_eq!(facts["suite"], stream.negotiated_cipher_suite(), "{facts}");
            assert_eq!(facts["alpn"], "two", "{facts}");
            assert_eq!(facts["rest"], 8, "{facts}");
            assert_eq!(facts["mutual"], shown.is_some(), "{facts}");
            match shown {
                None => assert_eq!(facts["remote"], Value::Null, "{facts}"),
                Some(_) => {
                    assert_eq!(facts["remote"], "CN=joe", "{facts}");
                    assert_eq!(facts["errors"], json!(["None"]), "{facts}");
                }
            }
        }
    }
}

#[test]
fn our_client_refuses_and_is_refused_by_dotnet() {
    if !crate::enabled("our_client_refuses_and_is_refused_by_dotnet") {
        return;
    }
    let files = Files::new();
    let stranger = Authority::new();
    let identity = files.authority.issue(&["localhost"], Validity::Now);
    let pfx = files.pfx("server.pfx", &identity);
    let server = |ask: bool, version: &str| {
        let options = json!({"pfx": pfx, "protocols": [version], "ask": ask});
        files.dotnet("ssl_server", options)
    };
    // What our side does not like: another name, an authority it does not know, an old version.
    let trusting = SslClientAuthenticationOptions::with_tls("localhost", files.trusting());
    let other_name = SslClientAuthenticationOptions::with_tls("other.test", files.trusting());
    let mut tls = files.trusting();
    tls.extra_roots = vec![stranger.certificate_der().into()];
    let unknown = SslClientAuthenticationOptions::with_tls("localhost", tls);
    let mut newer = trusting.clone();
    newer.set_enabled_ssl_protocols(SslProtocols::TLS13);
    for (options, is_trust) in [(&other_name, true), (&unknown, true), (&newer, false)] {
        let mut server = server(false, "Tls12");
        let stream = connected(server.port());
        let error = stream.authenticate_as_client_with(options).unwrap_err();
        let kind = error.kind();
        assert_eq!(matches!(kind, TlsErrorKind::Trust(_)), is_trust, "{error}");
        drop(stream);
        let told = server.facts().unwrap_err();
        assert!(!told.is_empty());
    }
    // What .NET does not like: no certificate, one of a stranger, one that is over.
    let foreign = stranger.issue_client("joe", Validity::Now);
    let late = files.authority.issue_client("late", Validity::Past);
    for version in ["Tls12", "Tls13"] {
        for shown in [None, Some(&foreign), Some(&late)] {
            let mut server = server(true, version);
            let mut options = trusting.clone();
            if let Some(issued) = shown {
                options.set_local_certificate_selection_callback(Some({
                    let certificate = certificate(issued);
                    std::sync::Arc::new(move |_| Some(certificate.clone()))
                }));
            }
            let mut stream = connected(server.port());
            // In TLS 1.3 the client is done before the server looks at its certificate.
            let shaken = stream.authenticate_as_client_with(&options);
            let heard = shaken.is_ok().then(|| {
                let _may_be_gone = stream.write_all(b"hello");
                let mut nothing = [0; 1];
                stream.read(&mut nothing)
            });
            assert!(!matches!(heard, Some(Ok(1..))), "{heard:?}");
            let told = server.facts().unwrap_err();
            assert!(told.contains("AuthenticationException"), "{told}");
        }
    }
}

#[test]
fn dotnet_client_and_our_server() {
    if !crate::enabled("dotnet_client_and_our_server") {
        return;
    }
    let files = Files::new();
    let issue = |name: &str| {
        let issued = files.authority.issue(&[name], Validity::Now);
        let (chain, key) = (&issued.certificate_pem, &issued.key_pem);
        TlsServerIdentity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap()
    };
    let joe = files.authority.issue_client("joe", Validity::Now);
    let late = files.authority.issue_client("late", Validity::Past);
    let joe = files.pfx("joe.pfx", &joe);
    let late = files.pfx("late.pfx", &late);
    let mut tls = TlsServerOptions::new(issue("one.test"));
    tls.identities.push(issue("two.test"));
    tls.alpn = vec![b"one".to_vec(), b"two".to_vec()];
    let plain = SslServerAuthenticationOptions::new(tls.clone());
    tls.client_certificates = Some(ClientCertificateOptions::require(vec![
        files.authority.certificate_der().into(),
    ]));
    let asking = SslServerAuthenticationOptions::new(tls);
    for (version, theirs) in VERSIONS {
        for (options, name, shown, expected) in [
            (&plain, "one.test", None, true),
            (&plain, "two.test", Some(&joe), true),
            (&plain, "three.test", None, false),
            (&asking, "one.test", Some(&joe), true),
            (&asking, "one.test", Some(&late), false),
            (&asking, "one.test", None, false),
        ] {
            let row = format!("{theirs} {name} {shown:?}");
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            // .NET ends a stream as TLS has it only if it is asked to.
            let ends = name == "one.test";
            let mut asked = json!({
                "ends": ends, "port": port, "host": name, "protocols": [theirs], "alpn": ["three", "two"],
            });
            if let Some(pfx) = shown {
                asked["pfx"] = json!(pfx);
            }
            let mut client = files.dotnet("ssl_client", asked);
            let mut stream = SslStream::over_blocking(listener.accept().unwrap().0);
            let served = stream.authenticate_as_server_with(options);
            if !expected {
                drop(stream);
                let told = client.facts().unwrap_err();
                assert!(!told.is_empty(), "{row}");
                // A name that is wrong only the client can see; the rest only the server.
                assert!(served.is_err() || name == "three.test", "{row}");
                continue;
            }
            served.unwrap();
            assert_eq!(stream.ssl_protocol(), version, "{row}");
            assert_eq!(stream.target_host_name(), name, "{row}");
            assert_eq!(stream.negotiated_application_protocol(), b"two", "{row}");
            let mutual = std::ptr::eq(options, &asking);
            assert_eq!(stream.is_mutually_authenticated(), mutual, "{row}");
            if mutual {
                assert_eq!(stream.remote_certificate().unwrap().subject(), "CN=joe");
            }
            answer(&mut stream);
            let end = stream.read(&mut [0; 1]).map_err(|error| error.kind());
            let cut_off = Err(ErrorKind::UnexpectedEof);
            assert_eq!(end, if ends { Ok(0) } else { cut_off }, "{row}");
            let facts = client.facts().unwrap();
            assert_eq!(facts["protocol"], theirs, "{facts}");
            assert_eq!(facts["suite"], stream.negotiated_cipher_suite(), "{facts}");
            assert_eq!(facts["alpn"], "two", "{facts}");
            assert_eq!(facts["errors"], json!(["None"]), "{facts}");
        }
    }
}
