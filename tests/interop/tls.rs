//! Certificates: the right one, and each wrong one with its own error.

use system_net_config::{NetContext, Settings};
use system_net_requests::WebExceptionStatus;
use system_net_testkit::{Authority, Issued, Validity};

use crate::nginx::{Nginx, Server};
use crate::{enabled, program, request};

/// Servers with one certificate each, and the authority to trust.
struct Site {
    nginx: Nginx,
    authority: Authority,
}

/// The certificates by the index of their server.
const KINDS: [&str; 4] = ["right", "wrong host", "expired", "self-signed"];

impl Site {
    fn start() -> Self {
        let authority = Authority::new();
        let names = ["localhost", "127.0.0.1"];
        let identities: [Issued; 4] = [
            authority.issue(&names, Validity::Now),
            authority.issue(&["other.example"], Validity::Now),
            authority.issue(&names, Validity::Past),
            Authority::self_signed(&names),
        ];
        let servers: Vec<Server<'_>> = identities
            .iter()
            .map(|identity| Server {
                directives: "",
                identity: Some(identity),
            })
            .collect();
        let nginx = Nginx::start(&servers);
        nginx.write("x", "over TLS");
        std::fs::write(nginx.scratch("ca.pem"), authority.certificate_pem()).unwrap();
        Self { nginx, authority }
    }

    fn url(&self, host: &str, index: usize) -> String {
        format!("https://{host}:{}/x", self.nginx.port(index))
    }

    /// A context that trusts the authority and nobody else.
    fn context(&self) -> NetContext {
        let mut settings = Settings::default();
        settings.tls.use_system_roots = false;
        settings.tls.extra_roots = vec![self.authority.certificate_der()];
        NetContext::with_settings(settings)
    }
}

#[test]
fn certificates_and_the_library() {
    if !enabled("certificates_and_the_library") {
        return;
    }
    let site = Site::start();
    let context = site.context();
    for host in ["localhost", "127.0.0.1"] {
        let mut right = request(&context, &site.url(host, 0));
        assert_eq!(
            right.get_response().unwrap().into_string().unwrap(),
            "over TLS",
            "{host}"
        );
    }
    for (index, kind) in KINDS.iter().enumerate().skip(1) {
        let error = request(&context, &site.url("localhost", index))
            .get_response()
            .unwrap_err();
        assert_eq!(
            error.status(),
            WebExceptionStatus::TrustFailure,
            "{kind}: {error}"
        );
    }
    // Who trusts nobody trusts not even the right one.
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    let nobody = NetContext::with_settings(settings);
    let error = request(&nobody, &site.url("localhost", 0))
        .get_response()
        .unwrap_err();
    assert_eq!(error.status(), WebExceptionStatus::TrustFailure);
}

#[test]
fn certificates_and_the_program() {
    if !enabled("certificates_and_the_program") {
        return;
    }
    let site = Site::start();
    let ca = site.nginx.scratch("ca.pem");
    let get = |index: usize| {
        program::sysnet(&[
            "get",
            &site.url("localhost", index),
            "--cacert",
            ca.to_str().unwrap(),
        ])
    };
    assert_eq!(get(0), (0, b"over TLS".to_vec()));
    for (index, kind) in KINDS.iter().enumerate().skip(1) {
        // curl: 60, the peer's certificate cannot be authenticated.
        assert_eq!(get(index), (60, Vec::new()), "{kind}");
    }
    let insecure = program::sysnet(&["get", "-k", &site.url("localhost", 3)]);
    assert_eq!(insecure, (0, b"over TLS".to_vec()));
}

#[test]
fn both_versions_of_tls() {
    if !enabled("both_versions_of_tls") {
        return;
    }
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now);
    let versions = ["TLSv1.2", "TLSv1.3"];
    let directives = versions
        .map(|version| format!("ssl_protocols {version}; add_header X-Version $ssl_protocol;"));
    let servers: Vec<Server<'_>> = directives
        .iter()
        .map(|directives| Server {
            directives,
            identity: Some(&identity),
        })
        .collect();
    let nginx = Nginx::start(&servers);
    nginx.write("x", "x");
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);
    for (index, version) in versions.iter().enumerate() {
        // Twice: the second request uses the connection, and its TLS session, again.
        for _ in 0..2 {
            let url = format!("https://localhost:{}/x", nginx.port(index));
            let response = request(&context, &url).get_response().unwrap();
            assert_eq!(
                response.headers().get("X-Version").as_deref(),
                Some(*version)
            );
            assert_eq!(response.into_string().unwrap(), "x");
        }
    }
    let log = nginx.access_log_of(4);
    let connections: std::collections::HashSet<u64> = log.iter().map(|(c, _)| *c).collect();
    assert_eq!(
        (log.len(), connections.len()),
        (4, 2),
        "each server has one connection"
    );
}
