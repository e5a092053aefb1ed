//! TLS that fails at `openssl s_server`: each way with its status and its first advice.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use system_net_config::{NetContext, Settings};
use system_net_requests::{WebError, WebExceptionStatus};
use system_net_testkit::{Authority, Issued, Validity};
use tempfile::TempDir;

use crate::{enabled, request};

/// A running `openssl s_server`; dropping it ends the process.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub(crate) fn start(folder: &Path, options: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .current_dir(folder)
            .args(["s_server", "-accept", "127.0.0.1:0", "-www"])
            .args(["-cert", "server.pem", "-key", "key.pem"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("ACCEPT 127.0.0.1:")?.parse().unwrap()))
            .expect("it says where it listens");
        Self { child, port }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn get(&self, context: &NetContext) -> Result<String, WebError> {
        self.get_at("localhost", context)
    }

    pub(crate) fn get_at(&self, host: &str, context: &NetContext) -> Result<String, WebError> {
        let url = format!("https://{host}:{}/", self.port);
        let response = request(context, &url).get_response()?;
        response.into_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

pub(crate) fn folder(identity: &Issued) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("server.pem"), &identity.certificate_pem).unwrap();
    std::fs::write(folder.path().join("key.pem"), &identity.key_pem).unwrap();
    folder
}

pub(crate) fn trusting(root: Vec<u8>, lists: Vec<Vec<u8>>) -> NetContext {
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![root];
    settings.tls.revocation_lists = lists;
    NetContext::with_settings(settings)
}

#[track_caller]
pub(crate) fn check(result: Result<String, WebError>, status: WebExceptionStatus, word: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.status(), status, "{error}");
    let first = error.advice()[0];
    assert!(first.contains(word), "{word:?} in {first:?}: {error}");
}

#[test]
fn tls_failures_at_openssl() {
    if !enabled("tls_failures_at_openssl") {
        return;
    }
    let authority = Authority::new();
    let folder = folder(&authority.issue(&["localhost"], Validity::Now));
    std::fs::write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
    let context = trusting(authority.certificate_der(), Vec::new());
    let channel = WebExceptionStatus::SecureChannelFailure;
    let clients = ["-Verify", "1", "-verify_return_error", "-CAfile", "ca.pem"];
    let rows: [(&[&str], &str); 8] = [
        // No version in common.
        (&["-tls1", "-cipher", "ALL@SECLEVEL=0"], "TLS 1.2 or 1.3"),
        (&["-tls1_1", "-cipher", "ALL@SECLEVEL=0"], "TLS 1.2 or 1.3"),
        // No cipher suite, no group, no signature in common.
        (
            &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
            "cipher suite",
        ),
        (
            &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM"],
            "cipher suite",
        ),
        (&["-groups", "X448"], "cipher suite"),
        (&["-tls1_2", "-groups", "secp521r1"], "cipher suite"),
        // A certificate of the client is wanted.
        (&[&clients[..], &["-tls1_2"]].concat(), "of its clients"),
        (&clients, "of its clients"),
    ];
    for (options, word) in rows {
        let server = Server::start(folder.path(), options);
        check(server.get(&context), channel, word);
    }
    let server = Server::start(folder.path(), &[]);
    assert!(server.get(&context).unwrap().contains("TLSv1.3"));
    let stranger = trusting(Authority::new().certificate_der(), Vec::new());
    let trust = WebExceptionStatus::TrustFailure;
    check(server.get(&stranger), trust, "add the certificate");
}

/// A certificate and a revocation list that openssl has made.
#[test]
fn revocation_list_of_openssl() {
    if !enabled("revocation_list_of_openssl") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let settings = "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nserial = serial\n\
         new_certs_dir = .\ndefault_md = sha256\ncrlnumber = number\ncrl_extensions = list\npolicy = any\ncopy_extensions = copy\n\
         default_crl_days = 30\n[any]\ncommonName = supplied\n[req]\ndistinguished_name = name\n\
         [name]\n[authority]\nbasicConstraints = critical, CA:true\n\
         keyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash\n\
         [list]\nauthorityKeyIdentifier = keyid\n";
    std::fs::write(path("openssl.cnf"), settings).unwrap();
    std::fs::write(path("index.txt"), "").unwrap();
    std::fs::write(path("serial"), "1000\n").unwrap();
    std::fs::write(path("number"), "1000\n").unwrap();
    let openssl = |line: &str| {
        let output = Command::new("openssl")
            .current_dir(folder.path())
            .args(line.split(' '))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {told}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf";
    openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -days 30 -subj /CN=authority -extensions authority"
    ));
    openssl(&format!(
        "req {key} -keyout key.pem -out request.pem -subj /CN=server \
         -addext subjectAltName=DNS:localhost"
    ));
    let ca = "ca -config openssl.cnf -batch -cert ca.pem -keyfile ca.key";
    openssl(&format!(
        "{ca} -in request.pem -out server.pem -days 30 -notext"
    ));
    openssl("x509 -in ca.pem -outform DER -out ca.der");
    let list = |name: &str| {
        openssl(&format!("{ca} -gencrl -out list.pem"));
        openssl(&format!("crl -in list.pem -outform DER -out {name}"));
        std::fs::read(path(name)).unwrap()
    };
    let before = list("before.der");
    openssl(&format!("{ca} -revoke server.pem"));
    let after = list("after.der");

    let server = Server::start(folder.path(), &[]);
    let root = std::fs::read(path("ca.der")).unwrap();
    for lists in [Vec::new(), vec![before]] {
        server.get(&trusting(root.clone(), lists)).unwrap();
    }
    let refused = server.get(&trusting(root, vec![after]));
    check(refused, WebExceptionStatus::TrustFailure, "do not use");
}
