//! `--cert` and its companions: what the server sees, in every form a certificate is kept in.

use std::path::{Path, PathBuf};

use system_net_testkit::{Authority, HttpPeer, Response, TlsManners, Validity};

use crate::program::run;

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("../../tests/conformance/client-certificates");
    folder.join(name).to_str().unwrap().to_owned()
}

/// A server that asks for certificates, and where its authority stands.
fn asking(folder: &Path) -> (HttpPeer, PathBuf) {
    let authority = Authority::new();
    let issuer = std::fs::read_to_string(file("issuer.pem")).unwrap();
    let manners = TlsManners {
        asks_clients_below: Some(&issuer),
        ..TlsManners::default()
    };
    let identity = authority
        .issue(&["localhost"], Validity::Now)
        .identity_with(manners);
    let peer = HttpPeer::serve_tls(&identity, |request| {
        let shown = request.client_certificate.as_ref().map_or(0, Vec::len);
        Response::new(200).body(shown.to_string())
    });
    let path = folder.join("authority.pem");
    std::fs::write(&path, authority.certificate_pem()).unwrap();
    (peer, path)
}

#[test]
fn certificates_in_every_form_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (peer, authority) = asking(folder.path());
    let url = peer.url_localhost("/").replace("http:", "https:");
    let both = folder.path().join("both:1.pem");
    let pem = [file("client.pem"), file("client.aes.key")].map(|name| std::fs::read(name).unwrap());
    std::fs::write(&both, pem.concat()).unwrap();
    let both = both.to_str().unwrap();
    let escaped = both.replace(':', "\\:") + ":secret";
    let length = std::fs::read(file("client.der")).unwrap().len().to_string();
    let (pem, key, der) = (file("client.pem"), file("client.key"), file("client.der"));
    let (aes, key_der, p12) = (
        file("client.aes.key"),
        file("client.key.der"),
        file("client.p12") + ":secret",
    );
    for (arguments, shown) in [
        (&[][..], "0"),
        (&["--cert", &pem, "--key", &key], &*length),
        (&["-E", &pem, "--key", &aes, "--pass", "secret"], &length),
        (&["-E", &escaped], &length),
        (&["-E", &der, "--cert-type", "DER", "--key", &key], &length),
        (
            &["-E", &pem, "--key", &key_der, "--key-type", "der"],
            &length,
        ),
        (&["-E", &p12, "--cert-type", "P12"], &length),
    ] {
        let start = ["get", "-s", "--cacert", authority.to_str().unwrap(), &url];
        let text = run(&[&start[..], arguments].concat()).ok().text();
        assert_eq!(text, shown, "{arguments:?}");
    }
}

#[test]
fn what_is_no_certificate_ends_with_58() {
    let (pem, key, p12) = (
        file("client.pem"),
        file("client.aes.key"),
        file("client.p12"),
    );
    for (arguments, said) in [
        (&["--cert", "/missing.pem"][..], "/missing.pem"),
        (&["--cert", &pem], "no private key"),
        (&["--cert", &pem, "--key", &key], "give its password"),
        (
            &["--cert", &pem, "--key", &key, "--pass", "sesame"],
            "the password is another",
        ),
        (
            &["--cert", &p12, "--cert-type", "P12"],
            "needs its password",
        ),
        (
            &["--cert", &pem, "--cert-type", "DER"],
            "no X.509 certificate",
        ),
    ] {
        let ended = run(&[&["get", "https://localhost:1/"][..], arguments].concat());
        assert_eq!(ended.code, 58, "{}", ended.stderr);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        assert!(!ended.stderr.contains("sesame"), "{}", ended.stderr);
    }
}
