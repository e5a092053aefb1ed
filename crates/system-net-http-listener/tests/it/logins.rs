//! Who is let in by which scheme, who is not, and what each of them is answered.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use md5::{Digest as _, Md5};
use system_net_config::NetContext;
use system_net_http_listener::{
    AuthenticationSchemes, HttpListener, HttpListenerContext, HttpListenerErrorKind as Kind,
    TestListener,
};
use system_net_primitives::{FakeClock, Misuse};
use system_net_security::accounts::{Accounts, CredentialValidator, UserName};
use system_net_security::authentication::{
    DigestAlgorithm, DigestHash, DigestSecret, DigestServerOptions,
};
use system_net_security::ntlm::NtHash;

use crate::ntlm_client::{NtlmClient, Ties, begin, field, log_in, message_of};
use crate::support::{Answer, Client, HANG, answer_with};
use system_net_testkit::PASSWORD;

type Schemes = AuthenticationSchemes;

pub(crate) fn users() -> Arc<Accounts> {
    let users = Accounts::new();
    users.add("ann", "EXAMPLE", PASSWORD);
    users.add("joe", "", "joes:own");
    Arc::new(users)
}

/// A listener whose requests are answered with who sent them; counts those that got through.
pub(crate) fn guarded(schemes: Schemes) -> (TestListener, Arc<AtomicUsize>) {
    let listener = TestListener::http().unwrap();
    listener.set_authentication_schemes(schemes);
    listener.set_credential_validator(Some(users()));
    listener.set_realm(Some("the \"realm\"")).unwrap();
    let seen = telling(&listener);
    (listener, seen)
}

/// Starts it, and answers requests with who sent them.
pub(crate) fn telling(listener: &TestListener) -> Arc<AtomicUsize> {
    listener.start().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    answer_with(listener, move |context| {
        count.fetch_add(1, Ordering::SeqCst);
        tell(context);
    });
    seen
}

fn tell(mut context: HttpListenerContext) {
    let text = match context.user() {
        Some(user) => {
            assert!(user.is_authenticated() && context.request().is_authenticated());
            format!("{} {}", user.authentication_type(), user.name())
        }
        None => {
            assert!(!context.request().is_authenticated());
            "nobody".to_owned()
        }
    };
    context.response_mut().close_with(text).unwrap();
}

/// All values of a field.
fn values<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    let lines = answer.head.lines().skip(1);
    let fields = lines.filter_map(|line| line.split_once(": "));
    let of_name = fields.filter(|(own, _)| own.eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value).collect()
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    field("Basic", format!("{user}:{password}").as_bytes())
}

fn hex_md5(text: &str) -> String {
    Md5::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The nonce that a refusal gives out.
fn nonce_of(answer: &Answer) -> String {
    let challenges = values(answer, "WWW-Authenticate");
    let digest = challenges
        .iter()
        .find(|it| it.contains("algorithm=MD5"))
        .unwrap();
    let (_, rest) = digest.split_once("nonce=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The answer to a challenge by RFC 7616 section 3.4.1.
pub(crate) fn digest(user: &str, password: &str, nonce: &str, nc: u32, path: &str) -> String {
    let realm = "the \"realm\"";
    let secret = hex_md5(&format!("{user}:{realm}:{password}"));
    let asked = hex_md5(&format!("GET:{path}"));
    let nc = format!("{nc:08x}");
    let proof = hex_md5(&format!("{secret}:{nonce}:{nc}:abc:auth:{asked}"));
    format!(
        "Authorization: Digest username=\"{user}\", realm=\"the \\\"realm\\\"\", nonce=\"{nonce}\", \
         uri=\"{path}\", algorithm=MD5, qop=auth, nc={nc}, cnonce=\"abc\", response=\"{proof}\""
    )
}

fn ann() -> NtlmClient {
    NtlmClient::ann(Ties::Unknown)
}

#[test]
fn challenges_stand_once_and_the_strongest_first() {
    #[track_caller]
    fn check(schemes: Schemes, expected: &[&str]) {
        let (listener, seen) = guarded(schemes);
        let mut client = Client::new(&listener);
        for _ in 0..2 {
            let answer = client.get("/");
            assert_eq!(answer.status(), 401);
            assert_eq!(answer.header("Connection"), None, "it stays");
            let challenges = values(&answer, "WWW-Authenticate");
            assert_eq!(challenges.len(), expected.len(), "{challenges:?}");
            for (challenge, expected) in challenges.iter().zip(expected) {
                assert!(challenge.starts_with(expected), "{challenge} {expected}");
            }
        }
        assert_eq!(seen.load(Ordering::SeqCst), 0);
    }
    let digests = [
        "Digest realm=\"the \\\"realm\\\"\", qop=\"auth\", algorithm=SHA-256",
        "Digest ",
    ];
    let basic = r#"Basic realm="the \"realm\"", charset="UTF-8""#;
    check(Schemes::BASIC, &[basic]);
    check(Schemes::DIGEST, &digests);
    check(Schemes::NTLM, &["NTLM"]);
    check(Schemes::NEGOTIATE, &["Negotiate"]);
    check(
        Schemes::INTEGRATED_WINDOWS_AUTHENTICATION,
        &["Negotiate", "NTLM"],
    );
    let all = Schemes::INTEGRATED_WINDOWS_AUTHENTICATION | Schemes::DIGEST | Schemes::BASIC;
    check(all, &["Negotiate", "NTLM", digests[0], digests[1], basic]);
}

/// Where the body is too long to be read to its end, the client is told that the connection ends with
/// the answer: its login would find it closed.
#[test]
fn bodies_that_end_the_connection_are_told() {
    let (listener, _) = guarded(Schemes::DIGEST | Schemes::BASIC);
    let drained = listener.limits().drain_bytes;
    for (length, connection) in [(drained, None), (drained + 1, Some("close"))] {
        let mut client = Client::new(&listener);
        let length_field = format!("Content-Length: {length}");
        client.request("POST /", &[&length_field], "begun");
        let answer = client.answer();
        assert_eq!(answer.status(), 401, "{length}");
        assert_eq!(answer.header("Connection"), connection, "{length}");
    }
}

/// F03-50; the Kerberos row is with the real peers.
#[test]
fn listener_user_identity() {
    let (listener, _) = guarded(Schemes::BASIC);
    let mut client = Client::new(&listener);
    let joe = basic("joe", "joes:own");
    assert_eq!(
        client.request("GET /", &[&joe], "").answer().text(),
        "Basic joe"
    );
    let ann_basic = basic("EXAMPLE\\ann", PASSWORD);
    let answer = client.request("GET /", &[&ann_basic], "").answer();
    assert_eq!(answer.text(), "Basic EXAMPLE\\ann");

    let (listener, _) = guarded(Schemes::DIGEST);
    let mut client = Client::new(&listener);
    let nonce = nonce_of(&client.get("/"));
    let joe = digest("joe", "joes:own", &nonce, 1, "/");
    let answer = client.request("GET /", &[&joe], "").answer();
    assert_eq!(answer.text(), "Digest joe");
    let info = answer.header("Authentication-Info").unwrap();
    assert!(
        info.contains("rspauth=\"") && info.contains("nc=00000001"),
        "{info}"
    );

    for scheme in ["NTLM", "Negotiate"] {
        let (listener, seen) = guarded(Schemes::INTEGRATED_WINDOWS_AUTHENTICATION);
        let mut client = Client::new(&listener);
        let answer = log_in(&mut client, scheme, "/", &ann());
        assert_eq!(answer.text(), "NTLM EXAMPLE\\ann", "{scheme}");
        assert_eq!(seen.load(Ordering::SeqCst), 1);
    }

    let (listener, _) = guarded(Schemes::ANONYMOUS);
    assert_eq!(Client::new(&listener).get("/").text(), "nobody");
}

/// Name and password reach a program that checks them itself, as in .NET.
#[test]
fn basic_without_a_validator_is_the_programs_matter() {
    let listener = TestListener::http().unwrap();
    listener.set_authentication_schemes(Schemes::BASIC);
    listener.start().unwrap();
    answer_with(&listener, |mut context| {
        let login = context.user().and_then(|user| user.basic()).unwrap();
        assert!(
            !format!("{:?} {context:?}", context.user()).contains("open"),
            "the password"
        );
        let text = format!("{}:{}", login.name(), login.password());
        let right = login.password_is("open sesame");
        let response = context.response_mut();
        response
            .set_status_code(if right { 200 } else { 403 })
            .unwrap();
        response.close_with(text).unwrap();
    });
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").status(), 401);
    let answer = client
        .request("GET /", &[&basic("Aladdin", "open sesame")], "")
        .answer();
    assert_eq!(
        (answer.status(), answer.text()),
        (200, "Aladdin:open sesame")
    );
    let answer = client
        .request("GET /", &[&basic("Aladdin", "open")], "")
        .answer();
    assert_eq!(answer.status(), 403);
}

#[test]
fn wrong_credentials_never_reach_the_program() {
    #[track_caller]
    fn check(schemes: Schemes, field: &str, status: u16) {
        let (listener, seen) = guarded(schemes);
        let mut client = Client::new(&listener);
        let answer = client.request("GET /", &[field], "").answer();
        assert_eq!(answer.status(), status, "{field}");
        let challenges = values(&answer, "WWW-Authenticate").len();
        assert_eq!(challenges > 0, status == 401, "{field}");
        assert_eq!(seen.load(Ordering::SeqCst), 0, "{field}");
    }
    let (b, d, n) = (Schemes::BASIC, Schemes::DIGEST, Schemes::NTLM);
    check(b, &basic("joe", "wrong"), 401);
    check(b, &basic("nobody", "joes:own"), 401);
    check(b, &basic("ann", PASSWORD), 401);
    check(b, &basic("", ""), 401);
    check(b, "Authorization: Basic ???", 401);
    check(b, "Authorization: Basic", 401);
    check(b, "Authorization:", 401);
    check(b, "Authorization: Basic am9lOmpvZXM6b3du extra", 401);
    check(b, &digest("joe", "joes:own", "x", 1, "/"), 401);
    check(d, &basic("joe", "joes:own"), 401);
    check(d, "Authorization: Digest username=\"joe\"", 400);
    check(d, &digest("joe", "joes:own", "x", 1, "/"), 401);
    check(d, &digest("joe", "joes:own", "x", 1, "/other"), 400);
    check(n, "Authorization: NTLM", 401);
    check(n, "Authorization: NTLM ????", 401);
    check(n, "Authorization: NTLM TlRMTVNTUAA=", 401);
    check(
        n,
        &field("NTLM", &ann().authenticate(&fake_challenge())),
        401,
    );
    check(n, &field("Negotiate", &NtlmClient::negotiate()), 401);
    check(
        Schemes::NEGOTIATE,
        &field("Negotiate", b"\x60\x03\x06\x01\x01"),
        401,
    );
    check(
        Schemes::NEGOTIATE,
        &field("NTLM", &NtlmClient::negotiate()),
        401,
    );
    check(b | Schemes::ANONYMOUS, &basic("joe", "wrong"), 401);
    let twice = format!("{0}\r\n{0}", basic("joe", "joes:own"));
    check(b, &twice, 400);
}

/// A challenge that no server has sent.
fn fake_challenge() -> Vec<u8> {
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    message.extend([0; 8]);
    message.extend(0x0088_0205u32.to_le_bytes());
    message.extend([1; 8]);
    message.extend([0; 8]);
    message.extend([16, 0, 16, 0, 56, 0, 0, 0]);
    message.extend([0; 8]);
    message.extend([7, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    message
}

#[test]
fn a_wrong_password_by_ntlm_is_refused_and_the_connection_goes_on() {
    for scheme in ["NTLM", "Negotiate"] {
        let (listener, seen) = guarded(Schemes::INTEGRATED_WINDOWS_AUTHENTICATION);
        let mut client = Client::new(&listener);
        let mut wrong = ann();
        wrong.password = "wrong";
        let answer = log_in(&mut client, scheme, "/", &wrong);
        assert_eq!(answer.status(), 401);
        assert_eq!(values(&answer, "WWW-Authenticate"), ["Negotiate", "NTLM"]);
        assert_eq!(seen.load(Ordering::SeqCst), 0);
        let answer = log_in(&mut client, scheme, "/", &ann());
        assert_eq!(answer.text(), "NTLM EXAMPLE\\ann");
    }
}

/// As curl does: names stand in a code page, of which ASCII is understood.
#[test]
fn clients_without_unicode_log_in_by_ntlm() {
    let (listener, _) = guarded(Schemes::NTLM);
    let mut client = Client::new(&listener);
    let first = field("NTLM", &NtlmClient::negotiate_without_unicode());
    let challenge = message_of(&client.request("GET /", &[&first], "").answer(), "NTLM");
    let flags = u32::from_le_bytes(challenge[20..24].try_into().unwrap());
    assert_eq!(flags & 3, 2, "a code page");
    let second = field("NTLM", &ann().authenticate(&challenge));
    let answer = client.request("GET /", &[&second], "").answer();
    assert_eq!(answer.text(), "NTLM EXAMPLE\\ann");
    let challenge = message_of(&client.request("GET /", &[&first], "").answer(), "NTLM");
    let mut other = ann();
    other.user = "\u{e4}nn";
    let second = field("NTLM", &other.authenticate(&challenge));
    assert_eq!(
        client.request("GET /", &[&second], "").answer().status(),
        401
    );
    // Neither of both is no client.
    let mut neither = NtlmClient::negotiate();
    neither[12] &= !3;
    let neither = field("NTLM", &neither);
    assert_eq!(
        client
            .request("GET /", &[&neither], "")
            .answer()
            .header("WWW-Authenticate"),
        Some("NTLM")
    );
}

/// The messages of one login are those of one connection, and nothing comes in between.
#[test]
fn messages_of_a_login_belong_to_one_connection() {
    let (listener, seen) = guarded(Schemes::NTLM);
    let mut client = Client::new(&listener);
    let challenge = begin(&mut client, "NTLM", "/");
    let second = field("NTLM", &ann().authenticate(&challenge));
    let mut other = Client::new(&listener);
    let answer = other.request("GET /", &[&second], "").answer();
    assert_eq!(answer.status(), 401, "another connection");
    // A request without a message ends the login.
    assert_eq!(client.get("/").status(), 401);
    assert_eq!(
        client.request("GET /", &[&second], "").answer().status(),
        401
    );
    // An answer holds once.
    let challenge = begin(&mut client, "NTLM", "/");
    let second = field("NTLM", &ann().authenticate(&challenge));
    assert_eq!(
        client.request("GET /", &[&second], "").answer().status(),
        200
    );
    assert_eq!(
        client.request("GET /", &[&second], "").answer().status(),
        401,
        "replay"
    );
    // A client may begin anew.
    begin(&mut client, "NTLM", "/");
    assert_eq!(log_in(&mut client, "NTLM", "/", &ann()).status(), 200);
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[test]
fn pipelined_requests_do_not_pass_a_login() {
    let (listener, seen) = guarded(Schemes::NTLM);
    let mut client = Client::new(&listener);
    let first = field("NTLM", &NtlmClient::negotiate());
    client.request("GET /1", &[&first], "");
    client.request("GET /2", &[], "").request("GET /3", &[], "");
    message_of(&client.answer(), "NTLM");
    for _ in 0..2 {
        let answer = client.answer();
        assert_eq!(
            (answer.status(), answer.header("WWW-Authenticate")),
            (401, Some("NTLM"))
        );
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[test]
fn unsafe_connection_ntlm_authentication_holds_for_the_connection() {
    let (listener, _) = guarded(Schemes::NTLM);
    assert!(!listener.unsafe_connection_ntlm_authentication());
    let mut client = Client::new(&listener);
    assert_eq!(log_in(&mut client, "NTLM", "/", &ann()).status(), 200);
    assert_eq!(client.get("/").status(), 401, "each request logs in");

    listener.set_unsafe_connection_ntlm_authentication(true);
    assert_eq!(log_in(&mut client, "NTLM", "/", &ann()).status(), 200);
    for _ in 0..3 {
        assert_eq!(client.get("/").text(), "NTLM EXAMPLE\\ann");
    }
    assert_eq!(
        Client::new(&listener).get("/").status(),
        401,
        "another connection"
    );
    // Who begins a login is nobody until it is complete.
    begin(&mut client, "NTLM", "/");
    assert_eq!(client.get("/").status(), 401);
    assert_eq!(log_in(&mut client, "NTLM", "/", &ann()).status(), 200);
    listener.set_authentication_schemes(Schemes::BASIC);
    assert_eq!(
        client.get("/").status(),
        401,
        "a login by a scheme that is allowed no more"
    );
}

#[test]
fn digest_nonces_grow_stale_and_proofs_hold_once() {
    let clock = Arc::new(FakeClock::new());
    clock.advance(Duration::from_secs(1_000_000));
    let (listener, seen) = guarded(Schemes::DIGEST);
    listener
        .set_digest_options(DigestServerOptions {
            algorithms: vec![DigestAlgorithm::MD5],
            clock: Arc::clone(&clock) as _,
            ..DigestServerOptions::default()
        })
        .unwrap();
    let mut client = Client::new(&listener);
    let nonce = nonce_of(&client.get("/a"));
    let login = digest("joe", "joes:own", &nonce, 1, "/a");
    assert_eq!(
        client.request("GET /a", &[&login], "").answer().status(),
        200
    );
    let answer = client.request("GET /a", &[&login], "").answer();
    assert_eq!(answer.status(), 401, "replay");
    assert!(
        answer
            .header("WWW-Authenticate")
            .unwrap()
            .ends_with("stale=true")
    );
    let next = digest("joe", "joes:own", &nonce, 2, "/a");
    assert_eq!(
        client.request("GET /a", &[&next], "").answer().status(),
        200
    );
    clock.advance(Duration::from_secs(10 * 60));
    let late = digest("joe", "joes:own", &nonce, 3, "/a");
    let answer = client.request("GET /a", &[&late], "").answer();
    assert_eq!(answer.status(), 401, "stale");
    assert!(
        answer
            .header("WWW-Authenticate")
            .unwrap()
            .ends_with("stale=true")
    );
    let wrong = digest("joe", "wrong", &nonce, 4, "/a");
    let answer = client.request("GET /a", &[&wrong], "").answer();
    assert!(!answer.header("WWW-Authenticate").unwrap().contains("stale"));
    // Another realm knows nothing of the nonces of before.
    let nonce = nonce_of(&client.get("/a"));
    listener.set_realm(Some("another")).unwrap();
    let other = digest("joe", "joes:own", &nonce, 1, "/a");
    assert_eq!(
        client.request("GET /a", &[&other], "").answer().status(),
        401
    );
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[test]
fn bodies_of_refused_requests_leave_the_connection_in_order() {
    let (listener, seen) = guarded(Schemes::BASIC | Schemes::NTLM);
    let mut client = Client::new(&listener);
    // Read away, with a known length and in chunks.
    client.request("POST /", &["Content-Length: 5"], "hello");
    assert_eq!(client.answer().status(), 401);
    client.request(
        "POST /",
        &["Transfer-Encoding: chunked"],
        "5\r\nhello\r\n0\r\n\r\n",
    );
    assert_eq!(client.answer().status(), 401);
    let joe = basic("joe", "joes:own");
    client.request("POST /", &["Content-Length: 5", &joe], "hello");
    assert_eq!(client.answer().text(), "Basic joe");
    // Within a login the client is told to send its body, which has to be out of the way.
    let first = field("NTLM", &NtlmClient::negotiate());
    client.request(
        "POST /",
        &["Content-Length: 5", "Expect: 100-continue", &first],
        "",
    );
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 100 "));
    client.send("hello");
    let challenge = message_of(&client.answer(), "NTLM");
    let second = field("NTLM", &ann().authenticate(&challenge));
    client.request("POST /", &["Content-Length: 5", &second], "hello");
    assert_eq!(client.answer().text(), "NTLM EXAMPLE\\ann");
    // Who waits to be told and is told no need not send it: the connection ends.
    client.request("POST /", &["Content-Length: 5", "Expect: 100-continue"], "");
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (401, Some("close"))
    );
    client.expect_closed();
    // A login that comes with more than is read away cannot go on.
    let mut client = Client::new(&listener);
    let length = format!("Content-Length: {}", 1 << 20);
    client.request("POST /", &[&length, &first], "");
    client.send(vec![b'x'; 100_000]);
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (401, Some("close"))
    );
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[test]
fn the_selector_chooses_for_each_request() {
    let (listener, seen) = guarded(Schemes::BASIC);
    assert!(listener.authentication_scheme_selector_delegate().is_none());
    listener.set_authentication_scheme_selector_delegate(Some(Arc::new(|request| {
        match request.raw_url() {
            "/open" => Schemes::ANONYMOUS,
            "/basic" => Schemes::BASIC,
            "/digest" => Schemes::DIGEST,
            "/ntlm" => Schemes::NTLM,
            "/panic" => panic!("on purpose"),
            _ => Schemes::NONE,
        }
    })));
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/open").text(), "nobody");
    assert_eq!(client.get("/basic").status(), 401);
    let joe = basic("joe", "joes:own");
    assert_eq!(
        client.request("GET /basic", &[&joe], "").answer().text(),
        "Basic joe"
    );
    assert_eq!(
        client.request("GET /digest", &[&joe], "").answer().status(),
        401
    );
    assert_eq!(
        client.request("GET /open", &[&joe], "").answer().text(),
        "nobody"
    );
    let nonce = nonce_of(&client.get("/digest"));
    let login = digest("joe", "joes:own", &nonce, 1, "/digest");
    assert_eq!(
        client.request("GET /digest", &[&login], "").answer().text(),
        "Digest joe"
    );
    assert_eq!(
        log_in(&mut client, "NTLM", "/ntlm", &ann()).text(),
        "NTLM EXAMPLE\\ann"
    );
    let answer = client.request("GET /closed", &[&joe], "").answer();
    assert_eq!(
        (answer.status(), answer.header("WWW-Authenticate")),
        (403, None)
    );
    assert_eq!(Client::new(&listener).get("/panic").status(), 500);
    assert_eq!(seen.load(Ordering::SeqCst), 5);
    listener.set_authentication_scheme_selector_delegate(None);
    assert_eq!(Client::new(&listener).get("/open").status(), 401);
}

#[test]
fn anonymous_beside_other_schemes_lets_in_who_does_not_log_in() {
    let (listener, _) = guarded(Schemes::ANONYMOUS | Schemes::BASIC | Schemes::NTLM);
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").text(), "nobody");
    let joe = basic("joe", "joes:own");
    assert_eq!(
        client.request("GET /", &[&joe], "").answer().text(),
        "Basic joe"
    );
    let own = "Authorization: Custom abc";
    assert_eq!(
        client.request("GET /", &[own], "").answer().text(),
        "nobody"
    );
    assert_eq!(
        log_in(&mut client, "NTLM", "/", &ann()).text(),
        "NTLM EXAMPLE\\ann"
    );
    assert_eq!(
        client
            .request("GET /", &[&basic("joe", "x")], "")
            .answer()
            .status(),
        401
    );
}

#[test]
fn what_is_missing_is_an_error_at_the_start() {
    for schemes in [
        Schemes::DIGEST,
        Schemes::NTLM,
        Schemes::DIGEST | Schemes::ANONYMOUS,
    ] {
        let listener = TestListener::http().unwrap();
        listener.set_authentication_schemes(schemes);
        let error = listener.start().unwrap_err();
        assert_eq!(error.kind(), Kind::Misuse);
        assert!(
            error.to_string().contains("set_credential_validator"),
            "{error}"
        );
        listener.set_credential_validator(Some(users()));
        listener.start().unwrap();
    }
    // Chosen later, it is an error of the request.
    let (listener, seen) = guarded(Schemes::BASIC);
    listener.set_credential_validator(None);
    listener.set_authentication_schemes(Schemes::DIGEST | Schemes::NTLM);
    let login = digest("joe", "joes:own", "x", 1, "/");
    let answer = Client::new(&listener)
        .request("GET /", &[&login], "")
        .answer();
    assert_eq!(answer.status(), 500);
    let first = field("NTLM", &NtlmClient::negotiate());
    let answer = Client::new(&listener)
        .request("GET /", &[&first], "")
        .answer();
    assert_eq!(answer.status(), 500);
    assert_eq!(seen.load(Ordering::SeqCst), 0);
    // What no field can carry.
    let listener = HttpListener::new_in(&NetContext::new());
    let error = listener.set_realm(Some("a\nb")).unwrap_err();
    assert!(matches!(error, Misuse::InvalidArgument { .. }), "{error}");
    let neither = DigestServerOptions {
        auth: false,
        ..DigestServerOptions::default()
    };
    let error = listener.set_digest_options(neither).unwrap_err();
    assert!(matches!(error, Misuse::InvalidArgument { .. }), "{error}");
}

/// One that waits, and panics for one user.
struct Slow(Mutex<Vec<std::thread::ThreadId>>);

impl CredentialValidator for Slow {
    fn check_password(&self, user: UserName<'_>, password: &str) -> bool {
        self.0.lock().unwrap().push(std::thread::current().id());
        std::thread::sleep(Duration::from_millis(100));
        assert_ne!(user.name, "panic", "on purpose");
        password == "right"
    }

    fn digest_secret(&self, _: UserName<'_>, _: &str, _: DigestHash) -> Option<DigestSecret> {
        None
    }

    fn user_of_hash(&self, _: &str, _: &str, _: DigestHash) -> Option<String> {
        None
    }

    fn nt_hash(&self, _: UserName<'_>) -> Option<NtHash> {
        None
    }
}

/// On the one thread of a runtime: a validator that waits holds up nobody else.
#[test]
fn validators_that_wait_hold_up_nobody() {
    let slow = Arc::new(Slow(Mutex::default()));
    let listener = TestListener::http().unwrap();
    listener.set_authentication_schemes(Schemes::BASIC | Schemes::ANONYMOUS);
    listener.set_credential_validator(Some(Arc::clone(&slow) as _));
    let served = listener.listener().clone();
    let (sender, thread) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        sender.send(std::thread::current().id()).unwrap();
        runtime
            .block_on(served.serve(async |context| tell(context)))
            .unwrap();
    });
    let thread = thread.recv_timeout(HANG).unwrap();
    let mut waiting: Vec<Client> = (0..4).map(|_| Client::new(&listener)).collect();
    for client in &mut waiting {
        client.request("GET /", &[&basic("joe", "right")], "");
    }
    assert_eq!(Client::new(&listener).get("/").text(), "nobody");
    for client in &mut waiting {
        assert_eq!(client.answer().text(), "Basic joe");
    }
    let mut client = Client::new(&listener);
    client.request("GET /", &[&basic("panic", "right")], "");
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (500, Some("close"))
    );
    assert_eq!(Client::new(&listener).get("/").text(), "nobody");
    assert!(slow.0.lock().unwrap().iter().all(|id| *id != thread));
}
