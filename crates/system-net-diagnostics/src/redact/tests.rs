//! What is masked and what is not, whole and in parts.

mod limits;

use proptest::prelude::*;

use super::*;

fn masked(parts: &[&str]) -> String {
    let mut redactor = Redactor::default();
    let mut all = String::new();
    for part in parts {
        let mut bytes = part.as_bytes().to_vec();
        redactor.part(&mut bytes);
        all.push_str(std::str::from_utf8(&bytes).unwrap());
    }
    all
}

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(masked(&[input]), expected, "{input:?}");
}

#[track_caller]
fn check_text(input: &str, expected: &str) {
    assert_eq!(text(input), expected, "{input:?}");
}

#[test]
fn trace_redaction_of_fields() {
    for (field, shown) in [
        ("Authorization: Basic dXNl", "Authorization: Basic ****"),
        ("authorization:Bearer  a b", "authorization:Bearer ****"),
        ("Authorization: abc", "Authorization: ***"),
        ("Authorization: Basically", "Authorization: *********"),
        ("Authorization: bas x", "Authorization: *** *"),
        (
            "Proxy-Authorization: NTLM TlR",
            "Proxy-Authorization: NTLM ***",
        ),
        (
            "Authorization: Digest username=\"u\"",
            "Authorization: Digest ************",
        ),
        ("Cookie: a=b; c=d", "Cookie: ********"),
        ("Set-Cookie: a=b; path=/", "Set-Cookie: ***********"),
        (
            "Authentication-Info: rspauth=\"1\"",
            "Authentication-Info: ***********",
        ),
        (
            "WWW-Authenticate: Negotiate YII",
            "WWW-Authenticate: Negotiate ***",
        ),
        ("WWW-Authenticate: NTLM", "WWW-Authenticate: NTLM"),
        (
            "WWW-Authenticate: Basic realm=\"r\"",
            "WWW-Authenticate: Basic realm=\"r\"",
        ),
        ("X-Auth-Token: 12", "X-Auth-Token: **"),
        ("apikey: 12", "apikey: **"),
        ("X-Api-Key: 12", "X-Api-Key: **"),
        ("X-Session-Id: ab", "X-Session-Id: **"),
        ("X-Auth: Basic ab", "X-Auth: Basic **"),
        ("DPoP: ab", "DPoP: **"),
        ("Key: ab", "Key: **"),
        ("Session: ab", "Session: **"),
        ("Reason: no such key: ab", "Reason: no such key: ab"),
        ("Host: localhost:80", "Host: localhost:80"),
        ("Content-Type: text/html", "Content-Type: text/html"),
        ("ETag: \"abc\"", "ETag: \"abc\""),
    ] {
        let head = |field: &str| format!("GET / HTTP/1.1\r\n{field}\r\nAccept: a\r\n\r\nbody");
        check(&head(field), &head(shown));
    }
    check(
        "Cookie: a\r\n b\r\n\tc\r\nHost: h\r\n",
        "Cookie: *\r\n *\r\n\t*\r\nHost: h\r\n",
    );
}

#[test]
fn trace_redaction_of_parameters_and_addresses() {
    check(
        "POST /x?a=1&access_token=abc&b=2 HTTP/1.1\r\n",
        "POST /x?a=1&access_token=***&b=2 HTTP/1.1\r\n",
    );
    check("user=me&password=secret&x=y", "user=me&password=******&x=y");
    check(
        "{\"password\": \"a\\\"b\", \"x\": \"y\"}",
        "{\"password\": \"****\", \"x\": \"y\"}",
    );
    check("{\"pin\":1234,\"x\":5}", "{\"pin\":****,\"x\":5}");
    check("tokens = many", "tokens = ****");
    check("tokens are many", "tokens are many");
    check(
        "form-data; name=\"password\"\r\n\r\nsecret\r\n--b",
        "form-data; name=\"password\"\r\n\r\n******\r\n--b",
    );
    check("GET http://u:p@h/x HTTP/1.1", "GET http://***@h/x HTTP/1.1");
    check("GET http://u:p@q@h/x", "GET http://*****@h/x");
    check("GET http://h:80/a@b", "GET http://h:80/a@b");
    check("GET http://h/?sig=ab%2F#f", "GET http://h/?sig=*****#f");
}

/// Forms in which secrets have got through.
#[test]
fn trace_redaction_of_many_forms() {
    let long = format!("{}password=S3CRET", "n".repeat(100));
    let long_field = format!("password{}: S3CRET", "n".repeat(100));
    for input in [
        "form-data; name=\"password\"\r\nContent-Type: text/plain\r\n\r\nS3CRET\r\n--b",
        "form-data; name=\"password\"\r\n\r\none\r\nS3CRET\r\n\r\nS3CRET\r\n--b",
        "form-data; name=\"key\"\r\n\r\n-----BEGIN KEY-----\r\nS3CRET\r\n-----END KEY-----\r\n--b",
        "form-data; name=password\r\n\r\nS3CRET\r\n--b",
        "form-data; name=password; a=b\r\n\r\nS3CRET\r\n--b",
        "form-data; name=\"user[password]\"\r\n\r\nS3CRET\r\n--b",
        "GET /?token=a)S3CRET HTTP/1.1",
        "GET /?token=a'S3CRET HTTP/1.1",
        "password=a,S3CRET&b=c",
        "password=a;S3CRET&b=c",
        "password=a]S3CRET&b=c",
        "password=a}S3CRET&b=c",
        "password=a<>\"S3CRET&b=c",
        "user[password]=S3CRET",
        "user[key]=S3CRET",
        "user%5Bpassword%5D=S3CRET",
        "user%5bkey%5d=S3CRET",
        "%70assword=S3CRET",
        "<password>S3CRET</password>",
        "<a><password><![CDATA[S3CRET]]></password></a>",
        "<password><value>S3CRET</value></password>",
        "<wsse:Password Type=\"x\">S3CRET</wsse:Password>",
        "<wsse:Password\r\n Type=\"http://h/a#b\">S3CRET</wsse:Password>",
        "{\"password\":[\"S3CRET\"]}",
        "{\"password\":[\"a]\", \"S3CRET\"]}",
        "{\"password\": {\"value\":\"S3CRET\"}}",
        "{\"password\": {\"a\": [{}, 1], \"value\":\"S3CRET\"}}",
        "{\"password\":\r\n\"S3CRET\"}",
        r#"{\"password\":\"S3CRET\"}"#,
        r#"{\"password\": \"a\\\"S3CRET\"}"#,
        r#"{\"password\": [\"a]\", \"S3CRET\"]}"#,
        r#"{\\\"password\\\":\\\"S3CRET\\\"}"#,
        "authorization=Basic S3CRET&a=b",
        "X-Forwarded-Authorization: Basic S3CRET",
        "[Authorization: Basic S3CRET",
        "X-Auth-Key: S3CRET",
        "AccountName=a;AccountKey=S3CRET",
        "{\"credentials\": \"S3CRET\"}",
        "GET /?code=S3CRET HTTP/1.1",
        "private_key: S3CRET",
        "Authorization : Basic S3CRET",
        "Cookie\t: S3CRET",
        "WWW-Authenticate: Basic realm=\"x\", Negotiate S3CRET",
        "WWW-Authenticate: Basic realm=\"x, \\\"y\",NTLM  S3CRET",
        "WWW-Authenticate: Basic realm=\"x\",\r\n Negotiate S3CRET",
        "GET http://user:a'S3CRET@host/ HTTP/1.1",
        "user=a&password='a'S3CRETxyz9&x=1",
        "user=a&password=\"a\"S3CRETxyz9&x=1",
        "password='a''S3CRET'S3CRET",
        "authorization='a'S3CRET",
        "auth=Basic S3CRET",
        "PASS\tS3CRET",
        "PASS \t S3CRET",
        "<password value=\"S3CRET\"/>",
        "<password a='b' value='S3CRET' c=S3CRET/d />",
        "<w:Password\r\n value=\"a>S3CRET\">S3CRET</w:Password>",
        "<login password='a'S3CRET>",
        "-----BEGIN PRIVATE KEY-----\r\nS3CRET\r\nS3CRET==\r\n-----END PRIVATE KEY-----",
        "a\n-----BEGIN RSA PRIVATE KEY-----\nA: B-C,S3CRET\n\nS3CRET/S3CRET",
        r#"{"pem": "-----BEGIN EC PRIVATE KEY-----\nS3CRET\n-----END"#,
        "-----BEGIN PGP PRIVATE KEY BLOCK-----S3CRET",
        &long,
        &long_field,
    ] {
        for cut in 0..input.len() {
            let (first, second) = input.split_at(cut);
            let shown = masked(&[first, second]);
            let open = (0..4).any(|at| shown.contains(&"S3CRET"[at..at + 3]));
            assert!(!open, "{first:?} {second:?}: {shown:?}");
        }
    }
    for (input, shown) in [
        (
            "form-data; name=\"password\"\r\nA: b\r\n\r\nx\r\n--b\r\nC: d\r\n\r\ne",
            "form-data; name=\"password\"\r\nA: b\r\n\r\n*\r\n--b\r\nC: d\r\n\r\ne",
        ),
        (
            "<password>ab</password><c>d</c>",
            "<password>**</password><c>d</c>",
        ),
        (
            "{\"password\":[\"a\"],\"b\":[\"c\"]}",
            "{\"password\":[***],\"b\":[\"c\"]}",
        ),
        (
            r#"{\"password\":\"ab\",\"c\":\"d\"}"#,
            r#"{\"password\":*"***",\"c\":\"d\"}"#,
        ),
        (
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", Basic realm=\"a, b c\"",
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", Basic realm=\"a, b c\"",
        ),
        (
            "Access-Control-Allow-Credentials: true",
            "Access-Control-Allow-Credentials: true",
        ),
        ("{\"code\": 404}", "{\"code\": 404}"),
        ("password='ab'&x=1", "password='**'&x=1"),
        ("password=\"ab\" x", "password=\"**\" x"),
        ("password='a'b'c&x=1", "password='*'***&x=1"),
        (
            "<login password=\"ab\"/><a href=\"/b/\" pwd='c'>d</a>",
            "<login password=\"**\"/><a href=\"/b/\" pwd='*'>d</a>",
        ),
        (
            "<password value=\"ab\"/><c>d</c>",
            "<password value=\"**\"/><c>d</c>",
        ),
        (
            "<password/><b>c</b></password><d>e</d>",
            "<password/><b>c</b></password><d>e</d>",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nab=\n-----END PRIVATE KEY-----\nA: b",
            "-----BEGIN PRIVATE KEY-----\n***\n-----END PRIVATE KEY-----\nA: b",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nab=\n-----END CERTIFICATE-----\nA: b",
            "-----BEGIN CERTIFICATE-----\nab=\n-----END CERTIFICATE-----\nA: b",
        ),
        (
            "-----BEGIN a PRIVATE\nKEY-----\nab",
            "-----BEGIN a PRIVATE\nKEY-----\nab",
        ),
    ] {
        check(input, shown);
    }
}

#[test]
fn trace_redaction_of_commands() {
    check(
        "USER me\r\nPASS secret word\r\nCWD /\r\n",
        "USER me\r\nPASS ***********\r\nCWD /\r\n",
    );
    check("AUTH PLAIN AGJhc2U=\r\n", "AUTH PLAIN ********\r\n");
    check("AUTH TLS\r\nPBSZ 0\r\n", "AUTH TLS\r\nPBSZ 0\r\n");
    check("to pass through\r\n", "to pass through\r\n");
}

#[test]
fn trace_redaction_of_texts() {
    check_text(
        "http://user:word@host/?key=1&a=b",
        "http://***@host/?key=***&a=b",
    );
    check_text("Authorization: Basic abc", "Authorization: Basic ***");
    check_text("http://host", "http://host");
    check_text("pass on", "pass on");
    check_text("2 * 3 * 4", "2 * 3 * 4");
    check_text("password=*a*&b=*", "password=***&b=*");
    check_text("password='a'b&c", "password='***'***&c");
    check_text("no key: found", "no key: found");
}

/// What has not ended may be a secret: it is masked until it is known.
#[test]
fn trace_redaction_where_a_dump_is_cut() {
    assert_eq!(
        masked(&["GET http://us", "er:p@host/"]),
        "GET http://******@host/"
    );
    assert_eq!(masked(&["GET http://ho", "st/x"]), "GET http://**st/x");
    assert_eq!(
        masked(&["Author", "ization: B", "asic dX", "Nl\r\nA: b"]),
        "Authorization: *asic ****\r\nA: b"
    );
    assert_eq!(masked(&["Authorization: B", "x"]), "Authorization: **");
    assert_eq!(
        masked(&["Cookie: ab", "cd\r", "\n", " ef\r\nHost: x"]),
        "Cookie: ****\r\n **\r\nHost: x"
    );
    assert_eq!(masked(&["a?pass", "word=x", "y&z"]), "a?password=**&z");
}

const STREAMS: &[(&str, &str)] = &[
    (
        "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic S3CR3TS3CR3T\r\nA: b\r\n\r\n",
        "S3CR3T",
    ),
    (
        "GET / HTTP/1.1\r\nCookie: id=S3CR3T; other=S3CR3T\r\n\r\n",
        "S3CR3T",
    ),
    (
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate S3CR3T\r\n\r\n",
        "S3CR3T",
    ),
    (
        "GET http://user:S3CR3T@host/?token=S3CR3T HTTP/1.1\r\n",
        "S3CR3T",
    ),
    ("{\"a\": 1, \"password\" : \"S3CR3T\"}", "S3CR3T"),
    ("PASS S3CR3T\r\n", "S3CR3T"),
    ("a=b&client_secret=S3CR3T&c=d", "S3CR3T"),
];

proptest! {
    /// However a stream is cut, not two bytes of a secret are shown, and what is shown is true.
    #[test]
    fn trace_redaction_in_any_parts(
        stream in 0..STREAMS.len(),
        cuts in proptest::collection::vec(0_usize..100, 0..8),
    ) {
        let (whole, secret) = STREAMS[stream];
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % whole.len()).collect();
        cuts.sort_unstable();
        let mut parts = Vec::new();
        let mut from = 0;
        for cut in cuts {
            parts.push(&whole[from..cut]);
            from = cut;
        }
        parts.push(&whole[from..]);
        let shown = masked(&parts);
        for pair in 0..secret.len() - 1 {
            prop_assert!(!shown.contains(&secret[pair..pair + 2]), "{shown:?} of {parts:?}");
        }
        prop_assert_eq!(shown.len(), whole.len());
        for (masked, original) in shown.bytes().zip(whole.bytes()) {
            prop_assert!(masked == original || masked == MASK);
        }
    }

    /// Anything may come over the wire.
    #[test]
    fn trace_redaction_takes_any_bytes(parts in proptest::collection::vec(
        proptest::collection::vec(any::<u8>(), 0..40), 0..8)) {
        let mut redactor = Redactor::default();
        for mut part in parts {
            let length = part.len();
            redactor.part(&mut part);
            prop_assert_eq!(part.len(), length);
        }
    }

    #[test]
    fn trace_redaction_takes_any_text(shown in ".*") {
        let _ = text(&shown);
    }
}
