//! Servers that ask in unusual ways, and what a client makes of them.

use super::*;
use crate::authentication::Update;

const URI: &str = "http://example.org/a/b?c=d";

/// The names of the parameters that answer a challenge, in their order; empty if none does.
#[track_caller]
fn check(challenge: &str, expected: &str) -> Option<Authorization> {
    let answer = Exchange::new(URI).answer(&client(), challenge);
    let names = answer.as_ref().map_or_else(String::new, |answer| {
        let field = fields(answer);
        let names: Vec<&str> = field.parameters().map(|(name, _)| name).collect();
        names.join(" ")
    });
    assert_eq!(names, expected, "{challenge}");
    answer
}

const PLAIN: &str = "username realm nonce uri response";
const QOP: &str = "username realm nonce uri response qop nc cnonce";

#[test]
fn digest_odd_servers() {
    // dotnet/corefx#37729: a server of RFC 2069 must not get what it does not know.
    let jigsaw = "Digest realm=\"test\", domain=\"/HTTP/Digest\", nonce=\"b39ee3f395e54f1d\"";
    let answer = check(jigsaw, PLAIN).unwrap();
    assert_eq!(answer.protection_realm(), ["/HTTP/Digest"]);
    // MD5 of `MD5(joe:test:secret):b39ee3f395e54f1d:MD5(GET:/a/b?c=d)`, by openssl.
    assert_eq!(field(&answer, "response"), JIGSAW);

    // dotnet/corefx#42877: an empty opaque is one, and what follows counts.
    let bosch = "Digest realm=\"Use service\",nonce=\"6afd17\",opaque=\"\",stale=FALSE,\
                 algorithm=MD5,qop=\"auth\"";
    let all = "username realm nonce uri response algorithm opaque qop nc cnonce";
    let answer = check(bosch, all).unwrap();
    assert_eq!(field(&answer, "opaque"), "");
    assert_eq!(field(&answer, "qop"), "auth");

    // What is not quoted by the book, and what is.
    check("Digest realm=x, nonce=n, qop=auth", QOP);
    check("digest REALM=\"x\" , Nonce=\"n\",QOP=\"AUTH\"", QOP);
    check("Digest realm=\"\", nonce=\"n\", qop=\"auth\"", QOP);
    check("Digest realm=\"x\", nonce=\"n\", qop=\"\"", PLAIN);
    check(
        "Digest realm=\"x\", nonce=\"n\", qop=\"token, auth-int , auth\"",
        QOP,
    );
    check("Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"", QOP);
    check(
        "Digest realm=\"x\", nonce=\"n\", qop=\"auth auth-int\"",
        QOP,
    );
    check(
        "Digest realm=\"x\", nonce=\"n\", unknown=\"1\", stale=maybe",
        PLAIN,
    );
    let lower = check(
        "Digest realm=x, nonce=n, algorithm=\"md5\"",
        &format!("{PLAIN} algorithm"),
    );
    assert!(lower.unwrap().message().contains(", algorithm=md5"));

    // What nobody can answer.
    for challenge in [
        "Digest",
        "Digest realm=\"x\"",
        "Digest realm=\"x\", nonce=\"\"",
        "Digest nonce=\"n\"",
        "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-1",
        "Digest realm=\"x\", nonce=\"n\", qop=\"token\"",
        "Basic realm=\"x\"",
    ] {
        check(challenge, "");
    }
}

const JIGSAW: &str = "f8d55f04f57b53cee800aa7c56660668";

#[test]
fn the_strongest_of_several_challenges_is_answered() {
    let md5 = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
    let sha256 = "Digest realm=\"r\", nonce=\"2\", qop=\"auth\", algorithm=SHA-256";
    let sha512 = "Digest realm=\"r\", nonce=\"3\", qop=\"auth\", algorithm=SHA-512-256";
    let unknown = "Digest realm=\"r\", nonce=\"4\", qop=\"auth\", algorithm=SHA3-512";
    let check = |challenges: &[&str], nonce: &str| {
        let mut exchange = Exchange::new(URI);
        let answer = exchange.answer_by(&client(), challenges, &joe()).unwrap();
        assert_eq!(field(&answer, "nonce"), nonce, "{challenges:?}");
    };
    check(&[md5, sha256], "2");
    check(&[sha256, md5], "2");
    check(&[unknown, md5, sha512, sha256], "3");
    check(&[md5, sha256, sha512], "2");
    // Several in one field.
    check(
        &[&format!("Basic realm=x, {md5}, {unknown}, {sha256}, NTLM")],
        "2",
    );
    check(&[&format!("{unknown}, {md5}")], "1");
}

#[test]
fn only_a_body_that_is_known_is_covered() {
    let both = "Digest realm=\"r\", nonce=\"1\", qop=\"auth,auth-int\"";
    let only = "Digest realm=\"r\", nonce=\"1\", qop=\"auth-int\"";
    let qop = |challenge: &str, body: Option<&'static [u8]>| {
        let mut exchange = Exchange::new(URI);
        exchange.body = body;
        let answer = exchange.answer(&client(), challenge)?;
        Some(field(&answer, "qop"))
    };
    assert_eq!(qop(both, Some(b"content")).as_deref(), Some("auth-int"));
    assert_eq!(qop(both, Some(b"")).as_deref(), Some("auth"));
    assert_eq!(qop(both, None).as_deref(), Some("auth"));
    assert_eq!(qop(only, Some(b"content")).as_deref(), Some("auth-int"));
    assert_eq!(qop(only, Some(b"")).as_deref(), Some("auth-int"));
    assert_eq!(qop(only, None), None);
}

#[test]
fn names_with_domains_quotes_and_controls() {
    let name = |credential: NetworkCredential| {
        let challenge = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
        let answer = Exchange::new(URI).answer_by(&client(), &[challenge], &credential)?;
        Some(field(&answer, "username"))
    };
    let credential = NetworkCredential::with_domain("joe", "pw", "SALES");
    assert_eq!(name(credential).as_deref(), Some("SALES\\joe"));
    assert_eq!(
        name(NetworkCredential::new("a\"b", "pw")).as_deref(),
        Some("a\"b")
    );
    assert_eq!(
        name(NetworkCredential::new("J\u{e4}s\u{f8}n", "")).as_deref(),
        Some("J\u{e4}s\u{f8}n")
    );
    assert_eq!(name(NetworkCredential::new("a\r\nb", "pw")), None);
}

#[test]
fn the_target_is_what_the_request_line_says() {
    let challenge = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
    let mut exchange = Exchange::new(URI);
    let answer = exchange.answer(&client(), challenge).unwrap();
    assert_eq!(field(&answer, "uri"), "/a/b?c=d");
    for target in ["http://example.org/a/b?c=d", "example.org:443"] {
        let mut exchange = Exchange::new("http://proxy:3128/");
        exchange.proxied = Some(target);
        let answer = exchange.answer(&client(), challenge).unwrap();
        assert_eq!(field(&answer, "uri"), target);
    }
}

#[test]
fn default_credentials_never_go() {
    let challenge = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
    let default = system_net_primitives::CredentialCache::default_credentials();
    assert!(
        Exchange::new(URI)
            .answer_by(&client(), &[challenge], &default)
            .is_none()
    );
}

#[test]
fn a_stale_nonce_is_replaced_and_a_refusal_is_final() {
    let first = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
    let stale =
        |nonce: u32| format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\", stale=TRUE");
    let refused = "Digest realm=\"r\", nonce=\"9\", qop=\"auth\"";
    let client = client();

    let mut exchange = Exchange::new(URI);
    assert!(exchange.answer(&client, first).is_some());
    for nonce in 2..5 {
        let again = exchange.answer(&client, &stale(nonce)).unwrap();
        assert_eq!(field(&again, "nonce"), nonce.to_string());
    }
    assert!(
        exchange.answer(&client, &stale(5)).is_none(),
        "no end of stale nonces"
    );

    let mut exchange = Exchange::new(URI);
    assert!(exchange.answer(&client, first).is_some());
    assert!(exchange.answer(&client, refused).is_none());
    // Another user may try.
    let ann = NetworkCredential::new("ann", "x");
    assert!(exchange.answer_by(&client, &[refused], &ann).is_some());
}

#[test]
fn an_old_nonce_that_went_unasked_is_replaced_once() {
    let client = client();
    let mut exchange = Exchange::new(URI);
    exchange
        .answer(&client, "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"")
        .unwrap();
    let mut exchange = Exchange::new(URI);
    assert_eq!(field(&exchange.unasked(&client).unwrap(), "nonce"), "1");
    // A server that has forgotten its nonces, and does not say stale.
    let anew = "Digest realm=\"r\", nonce=\"2\", qop=\"auth\"";
    assert_eq!(
        field(&exchange.answer(&client, anew).unwrap(), "nonce"),
        "2"
    );
    assert!(exchange.answer(&client, anew).is_none());
    assert!(
        Exchange::new(URI).unasked(&client).is_none(),
        "refused: not sent again"
    );
}

#[test]
fn a_session_is_for_its_server_its_space_and_its_user() {
    let client = client();
    let challenge =
        "Digest realm=\"r\", nonce=\"1\", qop=\"auth\", domain=\"/a/ http://evil/ /x/y\"";
    Exchange::new(URI).answer(&client, challenge).unwrap();
    let unasked = |uri: &str| Exchange::new(uri).unasked(&client).is_some();
    assert!(unasked("http://example.org/a/z"));
    assert!(unasked("http://example.org/x/y"));
    assert!(!unasked("http://example.org/z"));
    assert!(!unasked("http://evil/"));
    assert!(!unasked("https://example.org/a/z"));
    let mut exchange = Exchange::new(URI);
    let wrong = NetworkCredential::new("joe", "another");
    assert!(
        client
            .pre_authenticate(&mut exchange.request(), &wrong)
            .is_none()
    );
    exchange.proxied = Some("http://example.org/a/b");
    assert!(exchange.unasked(&client).is_none(), "the proxy is another");
}

#[test]
fn numbers_rise_for_each_nonce_under_concurrency() {
    let client = client();
    let challenge = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
    let first = Exchange::new(URI).answer(&client, challenge).unwrap();
    assert_eq!(field(&first, "nc"), "00000001");
    let (threads, each) = (8, 200);
    let mut numbers: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let unasked = || Exchange::new(URI).unasked(&client).unwrap();
                    (0..each)
                        .map(|_| field(&unasked(), "nc"))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    numbers.sort();
    let expected: Vec<String> = (2..threads * each + 2)
        .map(|n| format!("{n:08x}"))
        .collect();
    assert_eq!(numbers, expected);
    // The server repeats its nonce: the numbers go on.
    let again = Exchange::new(URI).answer(&client, challenge).unwrap();
    assert_eq!(field(&again, "nc"), format!("{:08x}", threads * each + 2));
}

#[test]
fn the_oldest_session_is_forgotten() {
    let client = client();
    let host = |n: usize| format!("http://h{n}/");
    for n in 0..=Digest::MAX_SESSIONS {
        let challenge = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\"";
        Exchange::new(&host(n)).answer(&client, challenge).unwrap();
    }
    assert!(Exchange::new(&host(0)).unasked(&client).is_none());
    assert!(Exchange::new(&host(1)).unasked(&client).is_some());
    assert!(
        Exchange::new(&host(Digest::MAX_SESSIONS))
            .unasked(&client)
            .is_some()
    );
}

/// What a client makes of `Authentication-Info` after one answer.
fn told(info: &dyn Fn(&Challenge) -> String) -> (Update, Digest) {
    let client = client();
    let mut exchange = Exchange::new(URI);
    let challenge = "Digest realm=\"r\", nonce=\"1\", qop=\"auth\", algorithm=SHA-256";
    let sent = fields(&exchange.answer(&client, challenge).unwrap());
    let info = info(&sent);
    let update = client.update(
        &Challenges::default(),
        Some(info.as_bytes()),
        &mut exchange.request(),
    );
    (update, client)
}

#[test]
fn the_servers_proof_and_next_nonce_count() {
    // The proof by the numbers, with the library's hash alone.
    let proof = |sent: &Challenge| {
        use sha2::Digest as _;
        let hex = |text: String| {
            let hash = sha2::Sha256::digest(text);
            hash.iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let part = |name| sent.parameter(name).unwrap().to_owned();
        let (a1, a2) = (hex("joe:r:secret".into()), hex(format!(":{}", part("uri"))));
        hex(format!(
            "{a1}:1:{}:{}:auth:{a2}",
            part("nc"),
            part("cnonce")
        ))
    };
    let (update, client) = told(&|sent| {
        let cnonce = sent.parameter("cnonce").unwrap();
        let proof = proof(sent);
        format!("rspauth=\"{proof}\", qop=auth, nc=00000001, cnonce=\"{cnonce}\", nextnonce=\"2\"")
    });
    assert!(
        matches!(update, Update::MutuallyAuthenticated),
        "{update:?}"
    );
    let next = Exchange::new(URI).unasked(&client).unwrap();
    assert_eq!(
        (field(&next, "nonce"), field(&next, "nc")),
        ("2".into(), "00000001".into())
    );

    let (update, client) = told(&|_| "nextnonce=\"2\"".into());
    assert!(matches!(update, Update::Unchanged), "{update:?}");
    assert_eq!(
        field(&Exchange::new(URI).unasked(&client).unwrap(), "nonce"),
        "2"
    );

    // A wrong proof, one of another request, and what is none at all.
    let wrong: [&dyn Fn(&Challenge) -> String; 3] = [
        &|_| format!("rspauth=\"{}\", nextnonce=\"2\"", "0".repeat(64)),
        &|sent| format!("rspauth=\"{}\", nc=00000002, nextnonce=\"2\"", proof(sent)),
        &|_| "rspauth=\"\", nextnonce=\"2\"".into(),
    ];
    for wrong in wrong {
        let (update, client) = told(wrong);
        assert!(matches!(update, Update::Failed(_)), "{update:?}");
        assert_eq!(
            field(&Exchange::new(URI).unasked(&client).unwrap(), "nonce"),
            "1"
        );
    }
    let (update, _) = told(&|_| "rspauth=\"".into());
    assert!(matches!(update, Update::Unchanged), "{update:?}");
}

#[test]
fn each_nonce_has_a_part_of_the_client_of_its_own() {
    let client = Digest::new();
    let mut seen = std::collections::HashSet::new();
    for nonce in 0..50 {
        let challenge = format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"");
        let answer = Exchange::new(URI).answer(&client, &challenge).unwrap();
        assert!(seen.insert(field(&answer, "cnonce")));
    }
}

#[test]
fn debug_shows_no_secret() {
    let client = client();
    let mut exchange = Exchange::new(URI);
    let answer = exchange
        .answer(&client, "Digest realm=\"r\", nonce=\"1\"")
        .unwrap();
    let shown = format!("{client:?} {answer:?} {:?}", exchange.state);
    assert!(
        !shown.contains("secret") && !shown.contains(&field(&answer, "response")),
        "{shown}"
    );
}
