//! Client and server against each other, in every form that both know.

use super::super::{DigestAlgorithm, DigestHash, DigestRequest, DigestServer, DigestServerOptions};
use super::*;
use crate::accounts::Accounts;
use crate::authentication::Update;

const HASHES: [DigestHash; 3] = [DigestHash::Md5, DigestHash::Sha256, DigestHash::Sha512_256];

fn users() -> Accounts {
    let users = Accounts::new();
    users.add("joe", "", "secret");
    users.add("ann", "SALES", "\u{20ac} and more");
    users
}

/// A login from the challenge to the server's proof.
#[track_caller]
fn check(options: DigestServerOptions, who: &NetworkCredential, body: Option<&'static [u8]>) {
    let server = DigestServer::new("the \"realm\" \\ of all", options).unwrap();
    let (client, users) = (client(), users());
    let mut exchange = Exchange::new("http://example.org/a%20b?c=d");
    exchange.method = "POST";
    exchange.body = body;
    let challenges = server.challenges(false).unwrap();
    let challenges: Vec<&str> = challenges.iter().map(|field| &**field).collect();
    let mut answer = exchange.answer_by(&client, &challenges, who).unwrap();
    for number in 1..=3 {
        let request = DigestRequest::new("POST", "/a%20b?c=d");
        let request = match body {
            Some(body) => request.with_body(body),
            None => request,
        };
        let field = answer.message().as_bytes();
        assert_eq!(
            server.needs_body(field),
            answer.message().contains("qop=auth-int")
        );
        let accepted = server.check(field, &request, &users).unwrap();
        let name = match who.domain() {
            "" => who.user_name().to_owned(),
            domain => format!("{domain}\\{}", who.user_name()),
        };
        assert_eq!(accepted.user_name(), name);
        let info = accepted.authentication_info(Some(b"the response"));
        let update = client.update(
            &Challenges::default(),
            Some(info.as_bytes()),
            &mut exchange.request(),
        );
        match server.needs_body(field) {
            true => {
                let Update::OverBody(mut proof) = update else {
                    panic!("{update:?}");
                };
                proof.take(b"the response");
                assert!(proof.end(None).unwrap());
            }
            false => assert!(
                matches!(update, Update::MutuallyAuthenticated),
                "{update:?}"
            ),
        }
        answer = client
            .pre_authenticate(&mut exchange.request(), who)
            .unwrap();
        assert_eq!(super::field(&answer, "nc"), format!("{:08x}", number + 1));
    }
}

#[test]
fn all_forms_log_in() {
    let joe = joe();
    let ann = NetworkCredential::with_domain("ann", "\u{20ac} and more", "SALES");
    for hash in HASHES {
        for session in [false, true] {
            for auth_int in [false, true] {
                for user_hash in [false, true] {
                    let options = || DigestServerOptions {
                        algorithms: vec![DigestAlgorithm::new(hash, session)],
                        auth_int,
                        user_hash,
                        opaque: user_hash.then(|| "o\"p".to_owned()),
                        ..DigestServerOptions::default()
                    };
                    for body in [None, Some(&b""[..]), Some(b"content")] {
                        check(options(), &joe, body);
                        check(options(), &ann, body);
                    }
                }
            }
        }
    }
    check(DigestServerOptions::default(), &joe, None);
}

#[test]
fn challenges_have_what_was_asked_for() {
    let options = DigestServerOptions {
        algorithms: vec![DigestAlgorithm::SHA_512_256, DigestAlgorithm::MD5_SESS],
        auth_int: true,
        domain: vec!["/a".into(), "/b".into()],
        opaque: Some(String::new()),
        user_hash: true,
        ..DigestServerOptions::default()
    };
    let server = DigestServer::new("r", options).unwrap();
    let challenges = server.challenges(true).unwrap();
    let parsed = Challenges::parse(challenges.iter().map(|field| field.as_bytes()));
    let algorithms: Vec<_> = parsed
        .iter()
        .map(|c| c.parameter("algorithm").unwrap())
        .collect();
    assert_eq!(algorithms, ["SHA-512-256", "MD5-sess"]);
    for challenge in parsed.iter() {
        for (name, value) in [
            ("realm", "r"),
            ("qop", "auth, auth-int"),
            ("opaque", ""),
            ("domain", "/a /b"),
            ("charset", "UTF-8"),
            ("userhash", "true"),
            ("stale", "true"),
        ] {
            assert_eq!(challenge.parameter(name), Some(value), "{name}");
        }
    }
    for (realm, options) in [
        ("a\nb", DigestServerOptions::default()),
        (
            "r",
            DigestServerOptions {
                algorithms: vec![],
                ..Default::default()
            },
        ),
        (
            "r",
            DigestServerOptions {
                domain: vec!["/a b".into()],
                ..Default::default()
            },
        ),
        (
            "r",
            DigestServerOptions {
                opaque: Some("\r".into()),
                ..Default::default()
            },
        ),
    ] {
        assert!(DigestServer::new(realm, options).is_err());
    }
}

#[test]
fn a_client_that_keeps_the_key_of_its_first_request_is_known() {
    // RFC 7616 section 3.4.2: the key of a session is made once; later requests may have another
    // part of the client. Ours keeps its part, so such a client is written out here.
    use super::super::proof::{Numbers, response};
    use super::super::secret::DigestSecret;
    let options = DigestServerOptions {
        algorithms: vec![DigestAlgorithm::SHA_256_SESS],
        ..DigestServerOptions::default()
    };
    let server = DigestServer::new("r", options).unwrap();
    let challenges = server.challenges(false).unwrap();
    let parsed = Challenges::parse([challenges[0].as_bytes()]);
    let nonce = parsed.find("Digest").unwrap().parameter("nonce").unwrap();
    let secret = DigestSecret::of_password(DigestHash::Sha256, "joe", "r", "secret");
    let key = secret.for_session(nonce, "first");
    for (nc, cnonce) in [("00000001", "first"), ("00000002", "second")] {
        let numbers = Some(Numbers {
            nc,
            cnonce,
            qop: "auth",
        });
        let proof = response(&key, nonce, numbers, "GET", "/", None);
        let field = format!(
            "Digest username=\"joe\", realm=\"r\", nonce=\"{nonce}\", uri=\"/\", \
             response=\"{}\", algorithm=SHA-256-sess, qop=auth, nc={nc}, cnonce=\"{cnonce}\"",
            &*proof
        );
        let request = DigestRequest::new("GET", "/");
        server.check(field.as_bytes(), &request, &users()).unwrap();
    }
}

#[test]
fn a_nonce_that_ages_is_followed_by_another() {
    use system_net_primitives::FakeClock;
    let clock = Arc::new(FakeClock::new());
    clock.advance(std::time::Duration::from_secs(1_000_000));
    let options = DigestServerOptions {
        clock: Arc::clone(&clock) as _,
        ..DigestServerOptions::default()
    };
    let server = DigestServer::new("r", options).unwrap();
    let (client, users) = (client(), users());
    let mut exchange = Exchange::new("http://example.org/");
    let challenge = server.challenges(false).unwrap().remove(0);
    let answer = exchange.answer(&client, &challenge).unwrap();
    let request = DigestRequest::new("GET", "/");
    let accepted = server
        .check(answer.message().as_bytes(), &request, &users)
        .unwrap();
    assert!(!accepted.authentication_info(None).contains("nextnonce"));

    clock.advance(std::time::Duration::from_secs(200));
    let answer = exchange.unasked(&client).unwrap();
    let accepted = server
        .check(answer.message().as_bytes(), &request, &users)
        .unwrap();
    let info = accepted.authentication_info(None);
    assert!(info.contains("nextnonce"), "{info}");
    let challenges = Challenges::default();
    let update = client.update(&challenges, Some(info.as_bytes()), &mut exchange.request());
    assert!(
        matches!(update, Update::MutuallyAuthenticated),
        "{update:?}"
    );
    let next = exchange.unasked(&client).unwrap();
    assert_ne!(field(&next, "nonce"), field(&answer, "nonce"));
    assert_eq!(field(&next, "nc"), "00000001");
    clock.advance(std::time::Duration::from_secs(200));
    assert!(
        server
            .check(next.message().as_bytes(), &request, &users)
            .is_ok()
    );
}
