//! Our requests at `openssl s_server`: sessions that go on, and how many; certificates by the name that is
//! asked for; expired ones and those of another host, each with its own error.

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_requests::WebExceptionStatus;
use system_net_sockets::{Dns, OverrideResolver};
use system_net_testkit::{Authority, Validity};

use crate::enabled;
use crate::openssl::{Server, check, folder, trusting};

/// What the server says of each connection: whether its session is new.
fn is_new(page: &str) -> bool {
    let found = |word: &str| page.lines().any(|line| line.starts_with(word));
    let (new, reused) = (found("New, "), found("Reused, "));
    assert_ne!(new, reused, "{page}");
    new
}

/// Each request has a connection of its own; of a client's sessions all but the first go on from an
/// earlier one, unless the server keeps none. Another client begins its own.
#[test]
fn sessions_go_on_at_openssl() {
    if !enabled("sessions_go_on_at_openssl") {
        return;
    }
    const REQUESTS: usize = 10;
    let authority = Authority::new();
    let folder = folder(&authority.issue(&["localhost"], Validity::Now));
    for (options, new) in [
        (&["-tls1_3"][..], 1),
        (&["-tls1_2"], 1),
        // Sessions that the server remembers by their number.
        (&["-tls1_2", "-no_ticket"], 1),
        (&["-tls1_3", "-num_tickets", "0"], REQUESTS),
        (&["-tls1_2", "-no_ticket", "-no_cache"], REQUESTS),
    ] {
        let server = Server::start(folder.path(), options);
        for _ in 0..2 {
            let client = trusting(authority.certificate_der(), Vec::new());
            let pages = (0..REQUESTS).map(|_| server.get(&client).unwrap());
            let seen: Vec<bool> = pages.map(|page| is_new(&page)).collect();
            let count = seen.iter().filter(|new| **new).count();
            assert_eq!((seen[0], count), (true, new), "{options:?}: {seen:?}");
        }
    }
}

/// A context for which all names are this machine's.
fn here(context: NetContext) -> NetContext {
    let mut resolver = OverrideResolver::closed();
    for name in ["first.example", "second.example", "third.example"] {
        resolver.insert(name, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    context
}

/// The server has a certificate of its own for one name, and shows the other to all who do not say it.
#[test]
fn names_choose_certificates_at_openssl() {
    if !enabled("names_choose_certificates_at_openssl") {
        return;
    }
    let authority = Authority::new();
    let folder = folder(&authority.issue(&["first.example"], Validity::Now));
    let second = authority.issue(&["second.example"], Validity::Now);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("second.pem", &second.certificate_pem);
    write("second.key", &second.key_pem);
    let name = ["-servername", "second.example"];
    let pair = ["-cert2", "second.pem", "-key2", "second.key"];
    let server = Server::start(folder.path(), &[&name[..], &pair].concat());
    let client = here(trusting(authority.certificate_der(), Vec::new()));
    for host in ["first.example", "second.example", "first.example"] {
        server.get_at(host, &client).unwrap();
    }
    // Under a third name the first certificate is that of another host; nothing of the sessions that
    // went well changes that.
    let wrong = server.get_at("third.example", &client);
    let trust = WebExceptionStatus::TrustFailure;
    check(wrong, trust, "ask for one of the names");
}

#[test]
fn wrong_certificates_at_openssl() {
    if !enabled("wrong_certificates_at_openssl") {
        return;
    }
    let authority = Authority::new();
    let names = ["localhost"];
    let other = ["other.example"];
    for (identity, problem, advice) in [
        (
            authority.issue(&names, Validity::Past),
            "expired",
            "check this machine's clock",
        ),
        (
            authority.issue(&other, Validity::Now),
            "other.example",
            "ask for one of the names",
        ),
        (
            Authority::new().issue(&names, Validity::Now),
            "no trusted authority",
            "add the certificate",
        ),
        (
            Authority::self_signed(&names),
            "signed by itself",
            "add the certificate",
        ),
    ] {
        let folder = folder(&identity);
        for version in ["-tls1_2", "-tls1_3"] {
            let server = Server::start(folder.path(), &[version]);
            let client = trusting(authority.certificate_der(), Vec::new());
            for _ in 0..2 {
                let refused = server.get(&client);
                let text = refused.as_ref().unwrap_err().to_string();
                assert!(text.contains(problem), "{version} {problem}: {text}");
                check(refused, WebExceptionStatus::TrustFailure, advice);
            }
        }
    }
}
