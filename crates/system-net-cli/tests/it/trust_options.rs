//! `--pinnedpubkey`, `--crl-file` and `--cert-status`: which servers are refused, and by which code.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_testkit::{Authority, HttpPeer, Issued, Response, Validity};

use crate::program::{Run, run_in};

fn serving(issued: &Issued) -> HttpPeer {
    HttpPeer::serve_tls(&issued.identity(), |_| Response::new(200).body("ok"))
}

#[track_caller]
fn get(folder: &Path, peer: &HttpPeer, options: &[&str]) -> Run {
    let url = peer.url_localhost("/").replace("http:", "https:");
    run_in(
        folder,
        &[&["get", "--cacert", "ca.pem"][..], options, &[&url]].concat(),
    )
}

/// The key in a certificate of the testkit: P-256, 91 bytes.
fn public_key(issued: &Issued) -> Vec<u8> {
    let lines = issued
        .certificate_pem
        .lines()
        .filter(|line| !line.starts_with("---"));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap();
    let start = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    ];
    let place = der.windows(start.len()).position(|it| it == start).unwrap();
    der[place..place + 91].to_vec()
}

#[test]
fn pinned_public_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let authority = Authority::new();
    let [server, other] = [(); 2].map(|()| authority.issue(&["localhost"], Validity::Now));
    fs::write(folder.join("ca.pem"), authority.certificate_pem()).unwrap();
    for (name, issued) in [("key", &server), ("other", &other)] {
        let der = public_key(issued);
        fs::write(folder.join(format!("{name}.der")), &der).unwrap();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(&der)
        );
        fs::write(folder.join(format!("{name}.pem")), pem).unwrap();
    }
    let peer = serving(&server);
    // The refusal tells the hash, which is what is to be compared and pinned.
    let refused = get(folder, &peer, &["--pinnedpubkey", "other.pem"]);
    assert_eq!(refused.code, 90, "{}", refused.stderr);
    let told = refused.stderr.split("it is sha256//").nth(1).unwrap();
    let hash = format!("sha256//{}", &told[..44]);
    let wrong = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for (pins, code) in [
        ("key.pem", 0),
        ("key.der", 0),
        (&*hash, 0),
        (&format!("{wrong};{hash}"), 0),
        ("other.der", 90),
        (wrong, 90),
        ("missing.pem", 90),
        ("ca.pem", 90),
        ("sha256//short", 2),
    ] {
        let run = get(folder, &peer, &["--pinnedpubkey", pins]);
        assert_eq!(run.code, code, "{pins}: {}", run.stderr);
    }
    // -k forgives much, but not that.
    let url = peer.url_localhost("/").replace("http:", "https:");
    for (pins, code) in [("key.pem", 0), ("other.pem", 90)] {
        let run = run_in(folder, &["get", "-k", "--pinnedpubkey", pins, &url]);
        assert_eq!(run.code, code, "{pins}: {}", run.stderr);
    }
}

#[test]
fn revocation_lists_and_status() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let authority = Authority::new();
    let [good, bad] = [(); 2].map(|()| authority.issue(&["localhost"], Validity::Now));
    fs::write(folder.join("ca.pem"), authority.certificate_pem()).unwrap();
    let list = authority.revocation_list(&[&bad], Validity::Now);
    fs::write(folder.join("list.der"), &list).unwrap();
    let pem = format!(
        "-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n",
        STANDARD.encode(&list)
    );
    fs::write(folder.join("list.pem"), pem).unwrap();
    let (good, bad) = (serving(&good), serving(&bad));
    for (peer, options, code) in [
        (&bad, &[][..], 0),
        (&bad, &["--crl-file", "list.pem"], 60),
        (&bad, &["--crlfile", "list.der"], 60),
        (&good, &["--crl-file", "list.pem"], 0),
        (&good, &["--crl-file", "list.pem", "--cert-status"], 0),
        // Nothing proves anything.
        (&good, &["--cert-status"], 91),
        (&good, &["--crl-file", "missing.pem"], 82),
        (&good, &["--crl-file", "ca.pem"], 82),
    ] {
        let run = get(folder, peer, options);
        assert_eq!(run.code, code, "{options:?}: {}", run.stderr);
    }
    // They mean nothing elsewhere.
    let file = format!("file://{}", folder.join("ca.pem").display());
    for options in [
        &["--cert-status"][..],
        &["--crl-file", "list.pem"],
        &["--pinnedpubkey", "sha256//x"],
    ] {
        let run = run_in(folder, &[&["get"][..], options, &[&file]].concat());
        assert_eq!(run.code, 2, "{options:?}: {}", run.stderr);
    }
}
