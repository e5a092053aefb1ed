//! Bodies under `auth-int`: what the client proves of its own, and how it judges the server's.

use super::super::DigestBody;
use super::super::body::ResponseBody;
use super::super::client_nonce::Nonce;
use super::super::offer::Offer;
use super::super::session::Session;
use super::super::{DigestRequest, DigestServer, DigestServerOptions};
use super::vectors::{RFC_7616_MD5, RFC_7616_SHA_256, RFC_7616_SHA_512_256, Vector};
use super::*;
use crate::accounts::Accounts;
use crate::authentication::{BodyProof, Update};

/// The examples of RFC 7616 with `auth-int`, which it has none of: by Python's hashlib, whose numbers for
/// `auth` are those of the RFC. The proofs of `POST` with `content`, of the response `the response`,
/// and of one without a body.
const COVERED: [(Vector, &str, &str, &str); 3] = [
    (
        RFC_7616_MD5,
        "d5943d5209a7a9017cda53c6861a3894",
        "93c6f9293598abd9969597fba1eb9e90",
        "90784b078730942b2d8829a8635a46c5",
    ),
    (
        RFC_7616_SHA_256,
        "ca74b3811b6ec0a9748a26ae143cd63edd214546b6d12a7d0d147e3dc0e544aa",
        "e1716469d8b07f557b7a80aecd216fe7ef786a8289a2454e7c29da4729b9ff4e",
        "6555f7c47de0e490a2ce870b135ee006897a9badd6302e2907c138dc244ab17a",
    ),
    (
        RFC_7616_SHA_512_256,
        "bff4807e1f0dd81826a142c2e241ad0b483dece14a0854a92a9d39a10beb8ce3",
        "3046ef14933a2fa8c9c46fca78b5eafd7ff9a35e03a365834a951869ac51fb28",
        "686991f97fe431552e321a76ccae6a3b3651c1be1de8e997f19c5e1474c20722",
    ),
];

#[test]
fn auth_int_vectors() {
    for (vector, asked, answered, empty) in COVERED {
        let name = vector.algorithm.name();
        let challenge = format!(
            "Digest realm=\"{}\", qop=\"auth-int\", algorithm={name}, nonce=\"{}\"",
            vector.realm, vector.nonce
        );
        let offer = Offer::strongest(&Challenges::parse([challenge.as_bytes()])).unwrap();
        let credential = NetworkCredential::new(vector.user.0, vector.user.1);
        let session = Session::new(0, offer, credential, vector.user.0, false, Vec::new());
        let nonce = Arc::new(Nonce::first(session, vector.cnonce.to_owned()));
        let (field, sent) = nonce
            .field("POST", vector.target, Some(b"content"))
            .unwrap();
        let field = Challenge::parse_credentials(field.as_bytes()).unwrap();
        assert_eq!(field.parameter("qop"), Some("auth-int"));
        assert_eq!(field.parameter("response"), Some(asked), "{name}");

        let judge = |proof: &str, pieces: &[&str]| {
            let mut body = ResponseBody::new(&sent, vector.target, Some(proof));
            for piece in pieces {
                body.take(piece.as_bytes());
            }
            body.end(None)
        };
        assert!(judge(answered, &["the response"]).unwrap(), "{name}");
        assert!(judge(answered, &["the ", "", "respons", "e"]).unwrap());
        assert!(judge(&answered.to_uppercase(), &["the response"]).unwrap());
        assert!(judge(empty, &[]).unwrap(), "{name}");
        for (proof, body) in [
            (answered, "the responsf"),
            (answered, "the response "),
            (answered, ""),
            (empty, "the response"),
            (asked, "content"),
            ("", ""),
        ] {
            judge(proof, &[body]).unwrap_err();
        }
    }
}

/// A login with a covered body, up to what the server accepts.
struct LoggedIn {
    client: Digest,
    exchange: Exchange,
    accepted: super::super::DigestAccepted,
}

impl LoggedIn {
    fn new(body: &'static [u8]) -> Self {
        let options = DigestServerOptions {
            auth: false,
            auth_int: true,
            ..DigestServerOptions::default()
        };
        let server = DigestServer::new("r", options).unwrap();
        let users = Accounts::new();
        users.add("joe", "", "secret");
        let client = client();
        let mut exchange = Exchange::new("http://example.org/a");
        (exchange.method, exchange.body) = ("POST", Some(body));
        let challenges = server.challenges(false).unwrap();
        assert!(challenges[0].contains("qop=\"auth-int\""), "{challenges:?}");
        let answer = exchange.answer(&client, &challenges[0]).unwrap();
        assert!(answer.covers_body());
        let request = DigestRequest::new("POST", "/a");
        let field = answer.message().as_bytes();
        let refused = server.check(field, &request, &users).unwrap_err();
        assert_eq!(refused, super::super::DigestRefusal::BodyNeeded);
        let other = request.with_body(b"another");
        let refused = server.check(field, &other, &users).unwrap_err();
        assert_eq!(refused, super::super::DigestRefusal::WrongPassword);
        let accepted = server
            .check(field, &request.with_body(body), &users)
            .unwrap();
        assert!(accepted.covers_body());
        Self {
            client,
            exchange,
            accepted,
        }
    }

    fn update(&mut self, info: Option<&str>) -> Update {
        let request = &mut self.exchange.request();
        let info = info.map(str::as_bytes);
        self.client.update(&Challenges::default(), info, request)
    }

    /// The hash of the response, piece by piece.
    fn hashed(&self, pieces: &[&str]) -> DigestBody {
        let mut body = self.accepted.begin_body();
        for piece in pieces {
            body.update(piece.as_bytes());
        }
        body
    }
}

/// What a proof is worth, and the whole of it in one word.
#[track_caller]
fn check(update: Update, body: &str, trailer: Option<&str>, expected: &str) {
    let found = match update {
        Update::OverBody(mut proof) => {
            assert_eq!(format!("{proof:?}"), "BodyProof { .. }");
            proof.take(body.as_bytes());
            match proof.end(trailer.map(str::as_bytes)) {
                Ok(true) => "right".to_owned(),
                Ok(false) => "none".to_owned(),
                Err(error) => error.to_string(),
            }
        }
        Update::Failed(error) => format!("at once: {error}"),
        other => format!("{other:?}"),
    };
    assert!(found.contains(expected), "{found} for {expected}");
}

#[test]
fn a_servers_proof_over_the_body_is_judged_at_its_end() {
    let mut login = LoggedIn::new(b"content");
    let whole = login.accepted.authentication_info(Some(b"the body"));
    let pieces = login.hashed(&["the ", "body"]);
    assert_eq!(login.accepted.authentication_info_of(&pieces), whole);
    let unknown = login.accepted.authentication_info(None);
    assert!(!unknown.contains("rspauth") && unknown.contains("qop=auth-int"));
    let empty = login.accepted.authentication_info(Some(b""));

    let wrong = "the body of the response was changed on its way";
    check(login.update(Some(&whole)), "the body", None, "right");
    check(login.update(Some(&whole)), "the bodY", None, wrong);
    check(login.update(Some(&whole)), "", None, wrong);
    check(login.update(Some(&empty)), "", None, "right");
    // In the trailers, whether the head says something or not.
    for head in [None, Some(&*unknown), Some("\"no field"), Some("")] {
        check(login.update(head), "the body", Some(&whole), "right");
        check(login.update(head), "the bodi", Some(&whole), wrong);
        check(login.update(head), "the body", None, "none");
        check(login.update(head), "the body", Some("=\"\""), "none");
    }
    // The head counts.
    check(
        login.update(Some(&whole)),
        "the body",
        Some(&empty),
        "right",
    );
    // About another request.
    let other = whole.replace("nc=00000001", "nc=00000002");
    assert_ne!(other, whole);
    let about = "is about another request";
    check(login.update(Some(&other)), "the body", None, about);
    check(login.update(None), "the body", Some(&other), about);
    // A proof of less than was asked for is none, right or wrong.
    let less = whole.replace("qop=auth-int", "qop=auth");
    check(login.update(Some(&less)), "the body", None, "Unchanged");
    check(login.update(None), "the body", Some(&less), "none");
    // One that was asked for method and target alone stays so.
    let mut exchange = Exchange::new("http://example.org/a");
    let both = "Digest realm=\"r\", nonce=\"1\", qop=\"auth,auth-int\"";
    let client = client();
    let answer = exchange.answer(&client, both).unwrap();
    assert!(!answer.covers_body());
    let update = client.update(&Challenges::default(), None, &mut exchange.request());
    assert!(matches!(update, Update::Unchanged), "{update:?}");
}

#[test]
fn a_server_offers_what_its_options_say() {
    let server = |auth, auth_int| {
        let options = DigestServerOptions {
            auth,
            auth_int,
            ..DigestServerOptions::default()
        };
        DigestServer::new("r", options)
    };
    for (auth, auth_int, qop) in [
        (true, false, "qop=\"auth\""),
        (true, true, "qop=\"auth, auth-int\""),
        (false, true, "qop=\"auth-int\""),
    ] {
        let challenges = server(auth, auth_int).unwrap().challenges(false).unwrap();
        assert!(challenges[0].contains(qop), "{challenges:?}");
    }
    let error = server(false, false).unwrap_err();
    assert!(error.to_string().contains("auth"), "{error}");
    // What is not offered is not taken.
    let users = Accounts::new();
    users.add("joe", "", "secret");
    let strict = server(false, true).unwrap();
    let challenge = strict.challenges(false).unwrap()[0].replace("auth-int", "auth");
    let mut exchange = Exchange::new("http://example.org/a");
    let answer = exchange.answer(&client(), &challenge).unwrap();
    let request = DigestRequest::new("GET", "/a").with_body(b"");
    let refused = strict.check(answer.message().as_bytes(), &request, &users);
    let refused = refused.unwrap_err();
    assert_eq!(refused, super::super::DigestRefusal::NotOffered);
}
