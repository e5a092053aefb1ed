//! Certificates from files and stores, and where their private keys come from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use system_net_security::test_util::TestCa;
use system_net_security::{
    ClientCertificateOptions, StoreLocation, StoreName, TlsAcceptor, TlsServerIdentity,
    TlsServerOptions, X509Certificate, X509Certificate2, X509CertificateCollection, X509FindType,
    X509Store,
};
use system_net_uri::HostAddress;

use crate::pair::{shake, trusting};

fn conformance(name: &str) -> PathBuf {
    let folder = "../../tests/conformance/client-certificates";
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(name)
}

/// One certificate in each form: PEM, DER, PKCS #12, with and without its key.
#[test]
fn x509_load_formats() {
    // By openssl x509 -in client.pem -noout -fingerprint -sha1 -serial.
    let fingerprint = "ED75113A6A34002A1CA01A295612D919D65EF819";
    let serial = "2166976F5EB185F6A26148AAA319C2243D2E2BD5";
    for (name, password, has_key, above) in [
        ("client.pem", None, false, 0),
        ("client.der", None, false, 0),
        ("chain.pem", None, false, 1),
        ("client.p12", Some("secret"), true, 1),
        ("client.legacy.p12", Some("secret"), true, 1),
        ("client.open.p12", None, true, 0),
    ] {
        let read = X509Certificate2::from_file(conformance(name), password).unwrap();
        assert_eq!(read.subject(), "CN=jsmith, O=Test", "{name}");
        assert_eq!(read.has_private_key(), has_key, "{name}");
        assert_eq!(read.certificate_chain().len(), 1 + above, "{name}");
        assert_eq!(read.thumbprint(), fingerprint, "{name}");
        assert_eq!(read.serial_number(), serial, "{name}");
        // The older type never has the key.
        let old = X509Certificate::from(&read);
        assert_eq!(old.cert_hash_string(), fingerprint);
        assert!(!X509Certificate2::from(old.clone()).has_private_key());
        if password.is_none() {
            let again = X509Certificate::create_from_cert_file(conformance(name)).unwrap();
            assert_eq!(again, old, "{name}");
        }
    }
    // A collection takes all of a file, and both types.
    let mut all = X509CertificateCollection::new();
    let file = fs::read(conformance("client.p12")).unwrap();
    all.import(&file, Some("secret")).unwrap();
    let before = all.len();
    all.add(X509Certificate::create_from_cert_file(conformance("client.der")).unwrap());
    assert_eq!(all.len(), before + 1);
    for name in ["client.key", "origin.txt", "missing"] {
        let error = X509Certificate2::from_file(conformance(name), None).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn collections_are_searched() {
    let ca = TestCa::new();
    let all: X509CertificateCollection = ["joe", "Susan", "joanna"]
        .map(|name| {
            let (certificate, key) = ca.issue_client_pem(name);
            X509Certificate2::create_from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
        })
        .into_iter()
        .collect();
    let first = all.iter().next().unwrap().clone();
    let spaced: Vec<String> = first
        .thumbprint()
        .to_lowercase()
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8(pair.to_vec()).unwrap())
        .collect();
    let year = |year: u16| system_net_security::test_util::year(year);
    for (by, count) in [
        (X509FindType::Thumbprint(&first.thumbprint()), 1),
        (X509FindType::Thumbprint(&spaced.join(":")), 1),
        (X509FindType::Thumbprint(&spaced.join(" ")), 1),
        (X509FindType::Thumbprint(""), 0),
        (X509FindType::SubjectName("JO"), 2),
        (X509FindType::SubjectName("susan"), 1),
        (X509FindType::SubjectName("mary"), 0),
        (X509FindType::SubjectDistinguishedName(first.subject()), 1),
        (X509FindType::SubjectDistinguishedName("joe"), 0),
        (X509FindType::IssuerName("test ca"), 3),
        (X509FindType::IssuerDistinguishedName(first.issuer()), 3),
        (
            X509FindType::SerialNumber(&format!("00{}", first.serial_number())),
            1,
        ),
        (X509FindType::TimeValid(year(2020)), 3),
        (X509FindType::TimeNotYetValid(year(1999)), 3),
        (X509FindType::TimeExpired(year(2050)), 3),
        (X509FindType::TimeExpired(year(2020)), 0),
        (X509FindType::ApplicationPolicy("1.3.6.1.5.5.7.3.2"), 3),
        (X509FindType::ApplicationPolicy("1.3.6.1.5.5.7.3.1"), 0),
    ] {
        assert_eq!(all.find(&by).len(), count, "{by:?}");
    }
}

fn client_of(ca: &TestCa, name: &str) -> X509Certificate2 {
    let (certificate, key) = ca.issue_client_pem(name);
    X509Certificate2::create_from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
}

#[test]
fn stores_keep_certificates_with_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("stores/my");
    let mut store = X509Store::open_folder(&place).unwrap();
    assert!(store.certificates().is_empty() && !place.exists());
    let ca = TestCa::new();
    let joe = client_of(&ca, "joe");
    store.add(&joe).unwrap();
    store.add(&joe).unwrap();
    let bare = X509Certificate2::from(X509Certificate::from(&client_of(&ca, "susan")));
    store.add(&bare).unwrap();
    // Without its key it takes nothing away.
    store.add(&X509Certificate::from(&joe).into()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o700);
        let file = place.join(format!("{}.pfx", joe.thumbprint()));
        assert_eq!(mode(&file), 0o600);
    }
    let again = X509Store::open_folder(&place).unwrap();
    assert_eq!(again.certificates().len(), 2);
    assert_eq!(again.with_private_key(&bare), None);
    assert_eq!(again.with_private_key(&joe), Some(&joe));
    // The key is the right one: a server can show it.
    let kept = again
        .certificates()
        .find(&X509FindType::Thumbprint(&joe.thumbprint()));
    TlsServerIdentity::from_certificate(kept.iter().next().unwrap()).unwrap();
    TlsServerIdentity::from_certificate(&bare).unwrap_err();
    // .NET puts a number between.
    let name = |middle: &str| place.join(format!("{}{middle}.pfx", joe.thumbprint()));
    fs::rename(name(""), name(".1")).unwrap();
    assert!(store.remove(&joe).unwrap());
    assert!(!store.remove(&joe).unwrap());
    assert_eq!(store.certificates().len(), 1);
    assert_eq!(
        X509Store::open_folder(&place).unwrap().certificates().len(),
        1
    );

    fs::write(place.join("broken.pfx"), "nothing").unwrap();
    let error = X509Store::open_folder(&place).unwrap_err();
    assert!(error.to_string().contains("broken.pfx"), "{error}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        let error = X509Store::open_folder(&place).unwrap_err();
        assert!(error.to_string().contains("chmod 700"), "{error}");
    }
}

/// Files as other programs write them: openssl's without a password.
#[test]
fn stores_have_files_of_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("my");
    let mut store = X509Store::open_folder(&place).unwrap();
    let ca = TestCa::new();
    store.add(&client_of(&ca, "joe")).unwrap();
    fs::copy(conformance("client.open.p12"), place.join("ABC.pfx")).unwrap();
    fs::write(place.join("notes.txt"), "not a certificate").unwrap();
    let store = X509Store::open_folder(&place).unwrap();
    let found = store
        .certificates()
        .find(&X509FindType::SubjectName("jsmith"));
    assert!(found.len() == 1 && found.iter().all(X509Certificate2::has_private_key));
}

const CHILD: &str = "SYSTEM_NET_TEST_STORE";

/// A certificate without its key, shown to a server that asks for one: the key is that of the user's
/// store, of a certificate with its own it is that.
#[test]
fn x509_private_key_sources() {
    if std::env::var(CHILD).is_ok() {
        private_key_sources();
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "x509::x509_private_key_sources", "--nocapture"])
        .env(CHILD, "")
        .env("HOME", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("DONE"),
        "{said}\n{wrong}"
    );
    let place = home
        .path()
        .join(".dotnet/corefx/cryptography/x509stores/my");
    assert_eq!(fs::read_dir(place).unwrap().count(), 1);
}

fn private_key_sources() {
    let ca = TestCa::new();
    let mut server = TlsServerOptions::new(ca.issue(&["localhost"]));
    server.client_certificates = Some(ClientCertificateOptions {
        trusted: vec![ca.ca_der()],
        ..ClientCertificateOptions::default()
    });
    let acceptor = TlsAcceptor::with_options(server).unwrap();
    let joe = client_of(&ca, "joe");
    // Whom the server sees.
    let seen = |certificate: X509Certificate2| {
        let connector = trusting(&ca)
            .with_client_certificates(&certificate.into())
            .unwrap();
        let (client, server) = shake(&connector, &acceptor, HostAddress::Dns("localhost"));
        client.unwrap();
        let info = server.unwrap();
        let shown = system_net_runtime::Transport::tls(&info).unwrap();
        shown.peer_certificates.first().map(|der| der.to_vec())
    };
    // The older type has no key, and there is no store yet.
    let old = X509Certificate::from(&joe);
    assert_eq!(seen(old.clone().into()), None);
    // One that carries its key needs no store.
    assert_eq!(seen(joe.clone()), Some(joe.raw_data().to_vec()));
    let mut store = X509Store::open(StoreName::My, StoreLocation::CurrentUser).unwrap();
    store.add(&joe).unwrap();
    assert_eq!(seen(old.clone().into()), Some(joe.raw_data().to_vec()));
    // Somebody else's does not help.
    let other = X509Certificate::from(&client_of(&ca, "joe"));
    assert_eq!(seen(other.into()), None);
    store.remove(&joe).unwrap();
    assert_eq!(seen(old.into()), None);
    // What is read of the machine are its authorities.
    let roots = X509Store::open(StoreName::Root, StoreLocation::LocalMachine);
    if let Ok(mut roots) = roots {
        assert!(roots.certificates().iter().all(|it| !it.has_private_key()));
        assert!(
            roots
                .add(&joe)
                .unwrap_err()
                .to_string()
                .contains("not written to")
        );
    }
    let my = X509Store::open(StoreName::My, StoreLocation::LocalMachine).unwrap_err();
    assert!(my.to_string().contains("Root alone"), "{my}");
    store.add(&joe).unwrap();
    println!("DONE");
}
