//! PEM in its variants, and everything that cannot be an identity.

use super::*;
use crate::TlsErrorKind;
use crate::test_util::TestCa;

#[track_caller]
fn check_refused(chain: &str, key: &str, part: &str) {
    let error = TlsServerIdentity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
    let shown = error.to_string();
    assert!(shown.contains(part), "{shown:?} lacks {part:?}");
}

#[test]
fn pem_texts_make_an_identity() {
    let ca = TestCa::new();
    let (certificate, key) = ca.issue_pem(&["localhost"]);
    let identity = TlsServerIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    assert_eq!(identity.certificate_chain().len(), 1);
    // One file with everything, in any order, with text around it.
    let all = format!("# my server\n{key}\n{certificate}\n{}", ca.ca_pem());
    let identity = TlsServerIdentity::from_pem(all.as_bytes(), all.as_bytes()).unwrap();
    assert_eq!(identity.certificate_chain().len(), 2);
    assert_eq!(identity.certificate_chain()[1], ca.ca_der());
    assert_eq!(certificates_from_pem(all.as_bytes()).unwrap().len(), 2);
    let windows = all.replace('\n', "\r\n");
    TlsServerIdentity::from_pem(windows.as_bytes(), windows.as_bytes()).unwrap();
}

#[test]
fn what_is_no_identity_says_why() {
    let ca = TestCa::new();
    let (certificate, key) = ca.issue_pem(&["localhost"]);
    let (_, other_key) = ca.issue_pem(&["localhost"]);
    check_refused("", &key, "no certificate");
    check_refused(&key, &key, "no certificate");
    check_refused(&certificate, "", "no private key");
    check_refused(&certificate, &certificate, "no private key");
    check_refused(&certificate, &other_key, "not that of the certificate");
    check_refused(
        &format!("{}{certificate}", ca.ca_pem()),
        &key,
        "must stand first",
    );
    check_refused(
        &certificate,
        &key.replace("PRIVATE", "ENCRYPTED PRIVATE"),
        "is encrypted",
    );
    check_refused(&certificate[..certificate.len() - 20], &key, "broken");
    let empty = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    check_refused(empty, &key, "cannot be read");
    let empty = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    check_refused(&certificate, empty, "cannot be used");
}

#[test]
fn debug_hides_the_key() {
    let ca = TestCa::new();
    let (certificate, key) = ca.issue_pem(&["localhost"]);
    let identity = TlsServerIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    let shown = format!("{identity:?}");
    assert!(
        shown.contains("CN=localhost") && shown.len() < 600,
        "{shown}"
    );
}
