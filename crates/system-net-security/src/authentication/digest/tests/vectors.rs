//! The examples of RFC 2617 and RFC 7616, and those that the RFC's erratum corrects.

use super::super::algorithm::{DigestAlgorithm, DigestHash};
use super::super::client_nonce::Nonce;
use super::super::offer::Offer;
use super::super::proof::{Numbers, response};
use super::super::secret::DigestSecret;
use super::super::session::Session;
use super::super::text::{extended, from_extended};
use super::*;

pub(super) struct Vector {
    pub(super) algorithm: DigestAlgorithm,
    pub(super) user: (&'static str, &'static str),
    pub(super) realm: &'static str,
    pub(super) nonce: &'static str,
    pub(super) cnonce: &'static str,
    pub(super) target: &'static str,
    response: &'static str,
}

const RFC_2617: Vector = Vector {
    algorithm: DigestAlgorithm::MD5,
    user: ("Mufasa", "Circle Of Life"),
    realm: "testrealm@host.com",
    nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    cnonce: "0a4f113b",
    target: "/dir/index.html",
    response: "6629fae49393a05397450978507c4ef1",
};

pub(super) const RFC_7616_MD5: Vector = Vector {
    algorithm: DigestAlgorithm::MD5,
    user: ("Mufasa", "Circle of Life"),
    realm: "http-auth@example.org",
    nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    target: "/dir/index.html",
    response: "8ca523f5e9506fed4657c9700eebdbec",
};

pub(super) const RFC_7616_SHA_256: Vector = Vector {
    algorithm: DigestAlgorithm::SHA_256,
    response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ..RFC_7616_MD5
};

/// By FIPS 180-4; what the RFC prints is SHA-512 cut short.
pub(super) const RFC_7616_SHA_512_256: Vector = Vector {
    algorithm: DigestAlgorithm::SHA_512_256,
    user: ("J\u{e4}s\u{f8}n Doe", "Secret, or not?"),
    realm: "api@example.org",
    nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
    cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    target: "/doe.json",
    response: "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
};

const NAME_HASH: &str = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b";

/// The field a client sends for a challenge, with its part given.
fn sent(vector: &Vector, more: &str) -> Challenge {
    let challenge = format!(
        "Digest realm=\"{}\", qop=\"auth, auth-int\", algorithm={}, nonce=\"{}\"{more}",
        vector.realm, vector.algorithm, vector.nonce
    );
    let offer = Offer::strongest(&Challenges::parse([challenge.as_bytes()])).unwrap();
    let credential = NetworkCredential::new(vector.user.0, vector.user.1);
    let cnonce = vector.cnonce.to_owned();
    let session = Session::new(0, offer, credential, vector.user.0, false, Vec::new());
    let (field, _) = Arc::new(Nonce::first(session, cnonce))
        .field("GET", vector.target, Some(b""))
        .unwrap();
    Challenge::parse_credentials(field.as_bytes()).unwrap()
}

#[test]
fn digest_rfc7616_vectors() {
    for vector in [
        RFC_2617,
        RFC_7616_MD5,
        RFC_7616_SHA_256,
        RFC_7616_SHA_512_256,
    ] {
        let field = sent(&vector, "");
        assert_eq!(
            field.parameter("response"),
            Some(vector.response),
            "{}",
            vector.algorithm
        );
        assert_eq!(field.parameter("username"), Some(vector.user.0));
        assert_eq!(field.parameter("algorithm"), Some(vector.algorithm.name()));
        for (name, value) in [
            ("realm", vector.realm),
            ("nonce", vector.nonce),
            ("uri", vector.target),
            ("qop", "auth"),
            ("nc", "00000001"),
            ("cnonce", vector.cnonce),
        ] {
            assert_eq!(field.parameter(name), Some(value), "{name}");
        }
        assert_eq!(field.parameter("opaque"), None);
    }

    let hashed = sent(
        &RFC_7616_SHA_512_256,
        ", userhash=true, charset=UTF-8, opaque=\"\"",
    );
    assert_eq!(hashed.parameter("username"), Some(NAME_HASH));
    assert_eq!(hashed.parameter("username*"), None);
    assert_eq!(hashed.parameter("userhash"), Some("true"));
    assert_eq!(hashed.parameter("opaque"), Some(""));
    assert_eq!(
        hashed.parameter("response"),
        Some(RFC_7616_SHA_512_256.response)
    );

    let open = sent(&RFC_7616_SHA_512_256, ", charset=UTF-8");
    assert_eq!(open.parameter("username"), None);
    assert_eq!(
        open.parameter("username*"),
        Some("UTF-8''J%C3%A4s%C3%B8n%20Doe")
    );
    assert_eq!(
        open.parameter("response"),
        Some(RFC_7616_SHA_512_256.response)
    );
}

/// Numbers that `openssl dgst` and `printf` made.
#[test]
fn sessions_and_bodies_have_their_own_hashes() {
    let secret = DigestSecret::of_password(DigestHash::Md5, "joe", "r", "secret");
    assert_eq!(secret.as_hex(), JOE_MD5);
    let key = secret.for_session("n", "c");
    assert_eq!(key.as_hex(), JOE_MD5_SESSION);
    let numbers = |qop| {
        Some(Numbers {
            nc: "00000001",
            cnonce: "c",
            qop,
        })
    };
    let with = |numbers, body| response(&secret, "n", numbers, "POST", "/p", body).to_string();
    let body = DigestHash::Md5.of_body(b"content");
    assert_eq!(with(numbers("auth-int"), Some(&*body)), JOE_AUTH_INT);
    assert_eq!(with(numbers("auth"), None), JOE_AUTH);
    assert_eq!(with(None, None), JOE_RFC_2069);
}

const JOE_MD5: &str = "2506bc9276120657ae7787b35832c333";
const JOE_MD5_SESSION: &str = "616186ffd01a893aca842a3e5f61efcc";
const JOE_AUTH_INT: &str = "8065f67c7e6ac658d0d1853f30809365";
const JOE_AUTH: &str = "1d2817cda39788931264c348cd99ae65";
const JOE_RFC_2069: &str = "efd189cae3939f4ca3f2943d5d24a767";

#[test]
fn extended_values_round_trip() {
    for text in ["", "joe", "J\u{e4}s\u{f8}n Doe", "100% \"x\" \u{1f600}"] {
        assert_eq!(from_extended(&extended(text)).as_deref(), Some(text));
    }
    for text in [
        "joe",
        "UTF-8'joe",
        "ISO-8859-1''joe",
        "UTF-8''%",
        "UTF-8''%G0",
        "UTF-8''%FF",
    ] {
        assert_eq!(from_extended(text), None, "{text}");
    }
    assert_eq!(from_extended("utf-8'en'a%20b").as_deref(), Some("a b"));
}
