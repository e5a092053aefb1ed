//! Every form in which certificates and keys are kept, and what is refused with which words.

use super::*;
use crate::TlsErrorKind;

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../../../tests/conformance/client-certificates/",
            $name
        ))
        .as_slice()
    };
}

const CLIENT: &[u8] = file!("client.pem");
const CHAIN: &[u8] = file!("chain.pem");

fn client() -> X509Certificate2 {
    X509Certificate2::from_der(file!("client.der")).unwrap()
}

#[track_caller]
fn check_read(read: Result<X509Certificate2, TlsError>, chain: usize) {
    let read = read.unwrap();
    assert!(read.has_private_key());
    assert_eq!(read.raw_data(), client().raw_data());
    assert_eq!(read.certificate_chain().len(), chain);
    // The key is that of the certificate: one without it is another thing.
    assert_ne!(read, client());
}

#[track_caller]
fn check_refused(read: Result<X509Certificate2, TlsError>, part: &str) {
    let error = read.unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration);
    let shown = error.to_string();
    assert!(shown.contains(part), "{shown:?} lacks {part:?}");
    assert!(!format!("{error:?}{error}").contains("secret"), "{error:?}");
}

#[test]
fn a_certificate_says_what_it_is() {
    let client = client();
    assert_eq!(client.subject(), "CN=jsmith, O=Test");
    assert_eq!(client.issuer(), "CN=Issuer of client certificates, O=Test");
    assert!(client.not_before() < client.not_after());
    assert!(!client.has_private_key());
    assert_eq!(client.raw_data(), file!("client.der"));
    let shown = format!("{:?}", X509CertificateCollection::from(client));
    assert!(shown.contains("jsmith") && shown.contains("has_private_key: false"));
}

#[test]
fn keys_are_read_in_every_form() {
    type C = X509Certificate2;
    check_read(C::create_from_pem(CLIENT, file!("client.key")), 1);
    check_read(C::create_from_pem(CHAIN, file!("client.key")), 2);
    check_read(C::create_from_pem(CLIENT, file!("client.sec1.key")), 1);
    let both = [file!("client.key"), b"\n", CHAIN].concat();
    check_read(C::create_from_pem(&both, &both), 2);
    check_read(
        client().copy_with_private_key(file!("client.key.der"), None),
        1,
    );
    check_read(
        client().copy_with_private_key_pem(file!("client.key"), None),
        1,
    );
    // A password that nothing needs is no error.
    check_read(
        C::create_from_encrypted_pem(CLIENT, file!("client.key"), "x"),
        1,
    );
}

#[test]
#[cfg(feature = "pkcs12")]
fn encrypted_keys_are_read_with_their_password() {
    type C = X509Certificate2;
    for key in [file!("client.aes.key"), file!("client.3des.key")] {
        check_read(C::create_from_encrypted_pem(CLIENT, key, "secret"), 1);
        let windows = String::from_utf8(key.to_vec())
            .unwrap()
            .replace('\n', "\r\n");
        check_read(
            C::create_from_encrypted_pem(CLIENT, windows.as_bytes(), "secret"),
            1,
        );
        check_refused(
            C::create_from_encrypted_pem(CLIENT, key, "Secret"),
            "the password is another",
        );
        check_refused(C::create_from_pem(CLIENT, key), "give its password");
    }
    let der = file!("client.aes.key.der");
    check_read(client().copy_with_private_key(der, Some("secret")), 1);
    check_refused(
        client().copy_with_private_key(der, None),
        "give its password",
    );
    check_refused(
        client().copy_with_private_key(der, Some("")),
        "the password is another",
    );
}

#[test]
fn what_is_no_certificate_or_key_is_refused() {
    type C = X509Certificate2;
    check_refused(C::from_der(b""), "no X.509 certificate");
    check_refused(C::from_der(CLIENT), "no X.509 certificate");
    check_refused(
        C::create_from_pem(b"", file!("client.key")),
        "no certificate",
    );
    check_refused(C::create_from_pem(CLIENT, CLIENT), "no private key");
    check_refused(
        C::create_from_pem(CLIENT, file!("other.key")),
        "not that of the certificate",
    );
    check_refused(
        C::create_from_encrypted_pem(CLIENT, file!("client.old.key"), "secret"),
        "openssl pkcs8 -topk8",
    );
    check_refused(
        client().copy_with_private_key(b"no key", None),
        "no private key",
    );
    let cut = file!("client.aes.key");
    for length in [60, 200, cut.len() - 20] {
        let read = C::create_from_encrypted_pem(CLIENT, &cut[..length], "secret");
        check_refused(read, "the private key");
    }
}

#[test]
#[cfg(feature = "pkcs12")]
fn pkcs12_files_are_read() {
    type C = X509Certificate2;
    check_read(C::from_pkcs12(file!("client.p12"), Some("secret")), 2);
    check_read(
        C::from_pkcs12(file!("client.legacy.p12"), Some("secret")),
        2,
    );
    check_read(C::from_pkcs12(file!("client.open.p12"), None), 1);
    let root = C::from_pkcs12(file!("no-key.p12"), Some("secret")).unwrap();
    assert!(!root.has_private_key());
    assert_eq!(root.subject(), "CN=Root of client certificates, O=Test");
    for file in [file!("client.p12"), file!("client.legacy.p12")] {
        check_refused(C::from_pkcs12(file, Some("Secret")), "is another");
        check_refused(C::from_pkcs12(file, None), "needs its password");
        for cut in [0, 1, 40, file.len() / 2, file.len() - 1] {
            check_refused(
                C::from_pkcs12(&file[..cut], Some("secret")),
                "PKCS #12 file",
            );
        }
    }
    check_refused(C::from_pkcs12(CLIENT, Some("secret")), "no PKCS #12 file");

    // The whole of a file: the root was passed over as part of the chain.
    let mut all = X509CertificateCollection::new();
    all.import(file!("client.p12"), Some("secret")).unwrap();
    assert_eq!(all.len(), 1);
    all.import(file!("no-key.p12"), Some("secret")).unwrap();
    assert_eq!(all.len(), 2);
    all.import(file!("no-key.p12"), Some("wrong")).unwrap_err();
    assert_eq!(all.len(), 2);
}

#[test]
fn files_are_read_by_what_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let certificate = write("client.pem", CLIENT);
    let key = write("client.key", file!("client.key"));
    let both = write("both", &[CLIENT, file!("client.key")].concat());
    check_read(
        X509Certificate2::create_from_pem_file(&certificate, Some(&key)),
        1,
    );
    check_read(X509Certificate2::create_from_pem_file(&both, None), 1);
    check_read(X509Certificate2::from_file(&both, None), 1);
    for path in [&certificate, &write("client.der", file!("client.der"))] {
        assert_eq!(X509Certificate2::from_file(path, None).unwrap(), client());
    }
    #[cfg(feature = "pkcs12")]
    check_read(
        X509Certificate2::from_file(write("a.p12", file!("client.p12")), Some("secret")),
        2,
    );
    let missing = folder.path().join("missing");
    check_refused(
        X509Certificate2::from_file(&missing, None),
        "missing cannot be read",
    );
    check_refused(
        X509Certificate2::create_from_pem_file(&certificate, None),
        "client.pem: the PEM text has no private key",
    );
    let large = folder.path().join("large");
    std::fs::File::create(&large)
        .unwrap()
        .set_len(LARGEST_FILE + 1)
        .unwrap();
    check_refused(X509Certificate2::from_file(&large, None), "4194305 bytes");
    check_refused(
        X509Certificate2::from_file(folder.path(), None),
        "cannot be read",
    );
}

#[test]
fn collections_hold_each_in_its_place() {
    let without = client();
    let with = client()
        .copy_with_private_key_pem(file!("client.key"), None)
        .unwrap();
    let mut all = X509CertificateCollection::new();
    assert!(all.is_empty());
    assert_eq!(all.add(with.clone()), 0);
    assert!(all.contains(&with) && !all.contains(&without));
    all.extend([without.clone()]);
    let order: Vec<_> = all.iter().map(X509Certificate2::has_private_key).collect();
    assert_eq!(order, [true, false]);
    assert!(!all.remove(&X509Certificate2::from_der(&root()).unwrap()));
    assert!(all.remove(&with));
    assert_eq!(all, X509CertificateCollection::from(without));
    all.clear();
    assert_eq!(all.len(), 0);
}

fn root() -> Vec<u8> {
    certificates_from_pem(file!("root.pem")).unwrap()[0].to_vec()
}
