//! Logins that hold for their connection: what ends them, and what no login may be made of.

use system_net_http_listener::{AuthenticationSchemes as Schemes, TestListener};
use system_net_security::extended_protection::{
    ExtendedProtectionPolicy, PolicyEnforcement, ProtectionScenario,
};

use crate::logins::{basic, digest, guarded};
use crate::ntlm_client::{NtlmClient, Ties, begin, field, log_in};
use crate::support::Client;

const ANN: &str = "NTLM EXAMPLE\\ann";

fn ann() -> NtlmClient {
    NtlmClient::ann(Ties::Unknown)
}

/// A listener whose logins by NTLM hold, and a connection over which one was made.
fn kept(schemes: Schemes) -> (TestListener, Client) {
    let (listener, _) = guarded(schemes);
    listener.set_unsafe_connection_ntlm_authentication(true);
    let mut client = Client::new(&listener);
    assert_eq!(log_in(&mut client, "NTLM", "/", &ann()).text(), ANN);
    assert_eq!(client.get("/").text(), ANN, "it holds");
    (listener, client)
}

/// A request that logs in otherwise, well or badly, is the end of what held: the one after it is
/// nobody's.
#[test]
fn a_kept_login_ends_with_any_other() {
    /// The status, and that where who does not log in is let in too.
    #[track_caller]
    fn check(line: &str, status: u16, with_anonymous: u16) {
        for (others, status) in [
            (Schemes::NONE, status),
            (Schemes::ANONYMOUS, with_anonymous),
        ] {
            let (_listener, mut client) = kept(Schemes::NTLM | Schemes::BASIC | others);
            let answer = client.request("GET /", &[line], "").answer();
            assert_eq!(answer.status(), status, "{line}");
            assert_ne!(answer.text(), ANN, "{line}");
            if answer.header("Connection") == Some("close") {
                client.expect_closed();
                continue;
            }
            let after = client.get("/");
            match others == Schemes::ANONYMOUS {
                true => assert_eq!(after.text(), "nobody", "{line}"),
                false => assert_eq!(after.status(), 401, "{line}"),
            }
        }
    }
    check(&basic("joe", "joes:own"), 200, 200);
    check(&basic("joe", "wrong"), 401, 401);
    check("Authorization: Basic ???", 401, 401);
    // Of schemes that are not asked for, who lets in anybody thinks nothing.
    check("Authorization: Custom abc", 401, 200);
    check("Authorization: Negotiate TlRMTVNTUAABAAAA", 401, 200);
    check(&digest("joe", "joes:own", "x", 1, "/"), 401, 200);
    check("Authorization:", 401, 200);
    check("Authorization: NTLM", 401, 401);
    check("Authorization: NTLM a=b", 401, 401);
    check("Authorization: NTLM ????", 401, 401);
    check("Authorization: NTLM TlRMTVNTUAA=", 401, 401);
    check(&field("NTLM", &NtlmClient::negotiate()), 401, 401);
    let joe = basic("joe", "joes:own");
    check(&format!("{joe}\r\n{joe}"), 400, 400);
}

/// The same for Digest, whose proofs are right or wrong.
#[test]
fn a_kept_login_ends_with_digest() {
    let (_listener, mut client) = kept(Schemes::NTLM | Schemes::DIGEST);
    let wrong = digest("joe", "joes:own", "x", 1, "/");
    let answer = client.request("GET /", &[&wrong], "").answer();
    assert_eq!(answer.status(), 401);
    assert_eq!(client.get("/").status(), 401);
}

/// Where nobody is let in, what held holds no more afterwards.
#[test]
fn a_kept_login_ends_where_no_scheme_is_allowed() {
    let (listener, mut client) = kept(Schemes::NTLM);
    listener.set_authentication_schemes(Schemes::NONE);
    let answer = client.get("/");
    assert_eq!(answer.status(), 403);
    listener.set_authentication_schemes(Schemes::NTLM);
    if answer.header("Connection") == Some("close") {
        client.expect_closed();
    } else {
        assert_eq!(client.get("/").status(), 401);
    }
}

/// What a login has to be tied to is asked for each request, also of one that was let in before.
#[test]
fn a_kept_login_is_judged_by_the_policy_of_each_request() {
    let (listener, mut client) = kept(Schemes::NTLM);
    let always = ExtendedProtectionPolicy::with_service_names(
        PolicyEnforcement::Always,
        ProtectionScenario::TransportSelected,
        None,
    );
    listener
        .set_extended_protection_policy(Some(always.unwrap()))
        .unwrap();
    assert_eq!(client.get("/").status(), 401, "the login names no service");
    listener
        .set_extended_protection_policy(Some(ExtendedProtectionPolicy::new(
            PolicyEnforcement::Never,
        )))
        .unwrap();
    assert_eq!(client.get("/").status(), 401, "it is forgotten");
    assert_eq!(log_in(&mut client, "NTLM", "/", &ann()).text(), ANN);
}

/// The messages of a login have one scheme: each has servers of its own, and rules.
#[test]
fn a_login_has_one_scheme() {
    for (first, second) in [("NTLM", "Negotiate"), ("Negotiate", "NTLM")] {
        for unsafely in [false, true] {
            let (listener, _) = guarded(Schemes::INTEGRATED_WINDOWS_AUTHENTICATION);
            listener.set_unsafe_connection_ntlm_authentication(unsafely);
            let mut client = Client::new(&listener);
            let challenge = begin(&mut client, first, "/");
            let last = field(second, &ann().authenticate(&challenge));
            let answer = client.request("GET /", &[&last], "").answer();
            assert_eq!(answer.status(), 401, "{first} {second}");
            // It was the end of the one that had begun.
            let late = field(first, &ann().authenticate(&challenge));
            let answer = client.request("GET /", &[&late], "").answer();
            assert_eq!(answer.status(), 401, "{first} {second} {first}");
            assert_eq!(client.get("/").status(), 401);
            assert_eq!(log_in(&mut client, first, "/", &ann()).text(), ANN);
        }
    }
}

/// RFC 7616 section 3.4: what a proof is about is the target as the request line has it.
#[test]
fn digest_of_an_absolute_target() {
    let (listener, _) = guarded(Schemes::DIGEST);
    let mut client = Client::new(&listener);
    let mut number = 0;
    let nonce = {
        let answer = client.get("/").head;
        let line = answer.lines().find(|line| line.contains("algorithm=MD5"));
        let (_, rest) = line.unwrap().split_once("nonce=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    for (target, uri, status) in [
        ("http://localhost/x?y", "http://localhost/x?y", 200),
        ("/x?y", "/x?y", 200),
        ("/x?y", "/x", 400),
        ("http://localhost/x?y", "http://localhost/x", 400),
        ("http://localhost/x?y", "http://other/x?y", 400),
        // It goes before the Host field.
        ("http://127.0.0.1/x?y", "http://127.0.0.1/x?y", 200),
        ("http://127.0.0.1/x?y", "http://localhost/x?y", 400),
    ] {
        number += 1;
        let proof = digest("joe", "joes:own", &nonce, number, uri);
        let line = format!("GET {target}");
        let answer = client.request(&line, &[&proof], "").answer();
        assert_eq!(answer.status(), status, "{target} {uri}");
        if answer.header("Connection") == Some("close") {
            client = Client::new(&listener);
        }
    }
}
