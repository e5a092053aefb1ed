//! One test per reason not to trust a certificate, and the ways to trust it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_primitives::FakeClock;
use system_net_security::test_util::{CertificateRequest, TestCa, year};
use system_net_security::{
    ChannelProblem, TlsClientOptions, TlsConnector, TlsErrorKind, TlsServerIdentity, TrustProblem,
};
use system_net_uri::HostAddress;

use crate::pair::{acceptor, connected, connector, shake, trusting};

const LOCALHOST: HostAddress<'static> = HostAddress::Dns("localhost");

/// The client refuses with this problem, its text has these parts, and the server learns of it.
#[track_caller]
fn check(
    connector: &TlsConnector,
    identity: TlsServerIdentity,
    host: HostAddress<'_>,
    problem: TrustProblem,
    parts: &[&str],
) {
    let (client, server) = shake(connector, &acceptor(identity), host);
    let error = client.unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Trust(problem), "{error}");
    let shown = error.to_string();
    for part in parts {
        assert!(shown.contains(part), "{shown:?} lacks {part:?}");
    }
    assert!(
        !error.advice().is_empty() && shown.ends_with(error.advice()),
        "{shown}"
    );
    let everything = shown.to_lowercase();
    assert!(
        !everything.contains("accept any") && !everything.contains("disable"),
        "{shown}"
    );
    assert!(error.certificate().is_some());
    // In TLS 1.3 the server is done before the client judges; it learns by its next read.
    if let Err(error) = server {
        let refused = TlsErrorKind::Channel(ChannelProblem::CertificateRefused);
        assert_eq!(error.kind(), refused, "{error}");
    }
}

#[test]
fn trusted_certificate() {
    let ca = TestCa::new();
    connected(&trusting(&ca), &acceptor(ca.issue(&["localhost"])));
    connected(
        &trusting(&ca),
        &acceptor(ca.issue_through_intermediate(&["localhost"])),
    );
}

#[test]
fn unknown_issuer() {
    let (ca, other) = (TestCa::new(), TestCa::new());
    check(
        &trusting(&ca),
        other.issue(&["localhost"]),
        LOCALHOST,
        TrustProblem::UnknownIssuer,
        &[
            "leads to no trusted authority",
            "host localhost",
            "\"O=system-net test, CN=localhost\"",
            "issued by \"",
            "CN=Test CA ",
            "SSL_CERT_FILE",
            "update-ca-certificates",
            "extra roots",
        ],
    );
}

#[test]
fn missing_intermediate() {
    let ca = TestCa::new();
    let whole = ca.issue_through_intermediate(&["localhost"]);
    let own = &whole.certificate_chain()[..1];
    // The authority alone is trusted; its child's certificate is not in the chain.
    let mut options = ca.client_options();
    options.extra_roots = vec![TestCa::new().ca_der()];
    check(
        &connector(&options),
        whole.clone(),
        LOCALHOST,
        TrustProblem::UnknownIssuer,
        &["intermediate certificates"],
    );
    assert_eq!(own.len(), 1);
}

#[test]
fn self_signed_certificate() {
    for identity in [
        TestCa::self_signed(&["localhost"]),
        TestCa::self_signed_authority(&["localhost"]),
    ] {
        let certificate = identity.certificate_chain()[0].clone();
        check(
            &trusting(&TestCa::new()),
            identity.clone(),
            LOCALHOST,
            TrustProblem::SelfSigned,
            &["signed by itself", "SSL_CERT_FILE", "extra roots"],
        );
        // The advice cures it.
        let mut options = TestCa::new().client_options();
        options.extra_roots.push(certificate);
        connected(&connector(&options), &acceptor(identity));
    }
}

#[test]
fn name_of_a_trusted_certificate_is_not_enough() {
    // The same names on another key.
    let trusted = TestCa::self_signed_authority(&["localhost"]);
    let mut options = TestCa::new().client_options();
    options.extra_roots = vec![trusted.certificate_chain()[0].clone()];
    let forged = TestCa::self_signed_authority(&["localhost"]);
    let problem = TrustProblem::SelfSigned;
    check(
        &connector(&options),
        forged,
        LOCALHOST,
        problem,
        &["not among the trusted"],
    );
}

#[test]
fn trusted_self_signed_authority_is_still_checked() {
    let identity = TestCa::self_signed_authority(&["localhost"]);
    let certificate = identity.certificate_chain()[0].clone();
    let mut options = TlsClientOptions {
        use_system_roots: false,
        extra_roots: vec![certificate],
        ..TlsClientOptions::default()
    };
    let other = HostAddress::Dns("example.com");
    check(
        &connector(&options),
        identity.clone(),
        other,
        TrustProblem::WrongHost,
        &["localhost"],
    );
    options.clock = Arc::new(FakeClock::starting_at(year(1999)));
    let early = TrustProblem::NotYetValid;
    check(
        &connector(&options),
        identity.clone(),
        LOCALHOST,
        early,
        &["valid from 2000-01-01"],
    );
    options.clock = Arc::new(FakeClock::starting_at(year(2050)));
    let late = TrustProblem::Expired;
    check(
        &connector(&options),
        identity,
        LOCALHOST,
        late,
        &["expired at 2049-01-01"],
    );
}

#[test]
fn expired_certificate() {
    let ca = TestCa::new();
    check(
        &trusting(&ca),
        ca.issue_expired(&["localhost"]),
        LOCALHOST,
        TrustProblem::Expired,
        &[
            "expired at 2001-01-01 00:00:00 UTC, and it is 20",
            "new certificate",
            "clock",
        ],
    );
}

#[test]
fn not_yet_valid_certificate() {
    let ca = TestCa::new();
    check(
        &trusting(&ca),
        ca.issue_not_yet_valid(&["localhost"]),
        LOCALHOST,
        TrustProblem::NotYetValid,
        &[
            "is valid from 2090-01-01 00:00:00 UTC, and it is 20",
            "clock",
        ],
    );
}

#[test]
fn certificates_expire_by_the_clock_given() {
    let ca = TestCa::new();
    let clock = Arc::new(FakeClock::starting_at(year(2010)));
    let mut options = ca.client_options();
    options.clock = clock.clone();
    let identity = || ca.issue_valid(&["localhost"], year(2010), year(2011));
    let limit = year(2011).duration_since(year(2010)).unwrap();
    connected(&connector(&options), &acceptor(identity()));
    clock.advance(limit);
    connected(&connector(&options), &acceptor(identity()));
    clock.advance(Duration::from_secs(1));
    let now = &["expired at 2011-01-01 00:00:00 UTC, and it is 2011-01-01 00:00:01 UTC"];
    check(
        &connector(&options),
        identity(),
        LOCALHOST,
        TrustProblem::Expired,
        now,
    );
    clock.set_utc_now(year(2010) - Duration::from_secs(1));
    let now = &["valid from 2010-01-01 00:00:00 UTC, and it is 2009-12-31 23:59:59 UTC"];
    check(
        &connector(&options),
        identity(),
        LOCALHOST,
        TrustProblem::NotYetValid,
        now,
    );
}

#[test]
fn wrong_host_lists_the_presented_names() {
    let ca = TestCa::new();
    check(
        &trusting(&ca),
        ca.issue(&["www.example.com", "*.example.org", "10.0.0.1"]),
        LOCALHOST,
        TrustProblem::WrongHost,
        &[
            "is for other hosts: www.example.com, *.example.org, 10.0.0.1",
            "host localhost",
            "subject alternative names",
        ],
    );
    let many: Vec<String> = (0..40)
        .map(|number| format!("host{number}.example"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let shown = &["host9.example and 30 more"];
    check(
        &trusting(&ca),
        ca.issue(&many),
        LOCALHOST,
        TrustProblem::WrongHost,
        shown,
    );
}

#[test]
fn certificate_for_clients_only() {
    let ca = TestCa::new();
    let mut request = CertificateRequest::new(&["localhost"]);
    request.for_servers = false;
    let purpose = TrustProblem::WrongPurpose;
    let parts = &["not issued for servers", "serverAuth"];
    check(
        &trusting(&ca),
        ca.issue_with(&request),
        LOCALHOST,
        purpose,
        parts,
    );
}

/// Whether a client that asks for `host` takes a certificate with these names.
#[track_caller]
fn check_name(host: HostAddress<'_>, names: &[&str], fits: bool) {
    let ca = TestCa::new();
    let (client, _) = shake(&trusting(&ca), &acceptor(ca.issue(names)), host);
    match client {
        Ok(_) => assert!(fits, "{host:?} was accepted for {names:?}"),
        Err(error) => {
            assert!(!fits, "{host:?} was refused for {names:?}: {error}");
            assert_eq!(
                error.kind(),
                TlsErrorKind::Trust(TrustProblem::WrongHost),
                "{error}"
            );
        }
    }
}

#[test]
fn tls_name_table() {
    let dns = HostAddress::Dns;
    check_name(dns("example.com"), &["example.com"], true);
    check_name(dns("EXAMPLE.com"), &["example.COM"], true);
    check_name(dns("example.com."), &["example.com"], true);
    check_name(dns("b.example"), &["a.example", "b.example"], true);
    check_name(dns("www.example.com"), &["example.com"], false);
    check_name(dns("example.com"), &["www.example.com"], false);
    check_name(dns("example.com.evil"), &["example.com"], false);
    // A wildcard stands for one whole label, and the leftmost alone.
    check_name(dns("www.example.com"), &["*.example.com"], true);
    check_name(dns("a.www.example.com"), &["*.example.com"], false);
    check_name(dns("example.com"), &["*.example.com"], false);
    check_name(dns("www.example.com"), &["w*.example.com"], false);
    check_name(dns("www.example.com"), &["www.*.com"], false);
    // Addresses match addresses, not names that look like them, and the other way round.
    let v4 = HostAddress::V4([127, 0, 0, 1].into());
    let v6 = HostAddress::V6("::1".parse().unwrap(), None);
    check_name(v4, &["127.0.0.1"], true);
    check_name(v4, &["127.0.0.2"], false);
    check_name(v4, &["localhost"], false);
    check_name(v6, &["::1"], true);
    check_name(v6, &["0:0:0:0:0:0:0:1"], true);
    check_name(v6, &["::2"], false);
    check_name(
        HostAddress::V6("::1".parse().unwrap(), Some("eth0")),
        &["::1"],
        true,
    );
    check_name(dns("localhost"), &["127.0.0.1"], false);
    check_name(v4, &["::ffff:127.0.0.1"], false);
}

#[test]
fn common_name_does_not_count() {
    let ca = TestCa::new();
    let mut request = CertificateRequest::new(&["other.example"]);
    request.common_name = Some("localhost".to_owned());
    let wrong = TrustProblem::WrongHost;
    check(
        &trusting(&ca),
        ca.issue_with(&request),
        LOCALHOST,
        wrong,
        &["other.example"],
    );
    let mut request = CertificateRequest::new(&[]);
    request.common_name = Some("localhost".to_owned());
    check(
        &trusting(&ca),
        ca.issue_with(&request),
        LOCALHOST,
        wrong,
        &["names no host at all"],
    );
}

/// Collects what is logged on this thread meanwhile.
fn logged(work: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    // With a single subscriber, `tracing` asks that of the thread which meets an event first, and
    // another test's thread has none.
    let _second = tracing::Dispatch::new(
        tracing_subscriber::fmt()
            .with_writer(std::io::sink)
            .finish(),
    );
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn accept_all_callback_warns() {
    let mut options = TestCa::new().client_options();
    options.accept_any_certificate = true;
    let ca = TestCa::new();
    let accepting = connector(&options);
    let bad = [
        (ca.issue(&["localhost"]), "UnknownIssuer"),
        (ca.issue_expired(&["localhost"]), "expired"),
        (TestCa::self_signed(&["localhost"]), "UnknownIssuer"),
    ];
    for (identity, part) in bad {
        let acceptor = acceptor(identity);
        for _ in 0..2 {
            let lines = logged(|| {
                connected(&accepting.with_separate_sessions(), &acceptor);
            });
            assert!(
                lines.contains("WARN") && lines.contains("not trusted"),
                "{lines}"
            );
            assert!(
                lines.contains("localhost") && lines.contains(part),
                "{lines}"
            );
        }
    }
    // A server that is trusted gives no cause for a warning.
    let mut options = ca.client_options();
    options.accept_any_certificate = true;
    let trusted = acceptor(ca.issue(&["localhost"]));
    let lines = logged(|| {
        connected(&connector(&options), &trusted);
    });
    assert!(!lines.contains("WARN"), "{lines}");
    // A callback that accepts everything is heard as well, at each connection.
    let acceptor = acceptor(TestCa::self_signed(&["localhost"]));
    let careless = trusting(&ca)
        .with_validation_callback(Arc::new(|_| true))
        .unwrap();
    for _ in 0..2 {
        let lines = logged(|| {
            connected(&careless, &acceptor);
        });
        assert!(
            lines.contains("WARN") && lines.contains("the validation callback said so"),
            "{lines}"
        );
    }
    let lines = logged(|| {
        connected(&careless, &trusted);
    });
    assert!(!lines.contains("WARN"), "{lines}");
}

#[test]
fn revocation_lists_must_be_readable() {
    let ca = TestCa::new();
    let mut options = ca.client_options();
    options.revocation_lists = vec![vec![1, 2, 3].into()];
    let acceptor = acceptor(ca.issue(&["localhost"]));
    let (client, _) = shake(&connector(&options), &acceptor, LOCALHOST);
    let error = client.unwrap_err();
    assert_eq!(error.kind(), TlsErrorKind::Configuration, "{error}");
    assert!(error.to_string().contains("revocation list"), "{error}");
}
