//! The grammar of challenges: RFC 9110's examples, what servers really send, and hostile text.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// One line per list: `scheme(token68)`, `scheme{name=value|...}` or `scheme`, joined by `; `;
/// ` !` at the end if something was left out.
fn show(list: &Challenges) -> String {
    let mut text = String::new();
    for challenge in list.iter() {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(challenge.scheme());
        if let Some(token) = challenge.token68() {
            write!(text, "({token})").unwrap();
        }
        let parameters: Vec<String> = challenge
            .parameters()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !parameters.is_empty() {
            write!(text, "{{{}}}", parameters.join("|")).unwrap();
        }
    }
    if list.is_malformed() {
        text.push_str(" !");
    }
    text
}

#[track_caller]
fn check(fields: &[&[u8]], expected: &str) {
    let list = Challenges::parse(fields.iter().copied());
    assert_eq!(show(&list), expected, "{}", fields.concat().escape_ascii());
}

#[test]
fn challenge_grammar() {
    check(&[], "");
    check(&[b""], "");
    check(&[b" , ,, \t"], "");
    check(&[b"Basic realm=\"simple\""], "Basic{realm=simple}");
    // RFC 9110 section 11.6.1.
    check(
        &[b"Basic realm=\"simple\", Newauth realm=\"apps\", type=1, \
            title=\"Login to \\\"apps\\\"\""],
        "Basic{realm=simple}; Newauth{realm=apps|type=1|title=Login to \"apps\"}",
    );
    check(
        &[b"Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\""],
        "Newauth{realm=apps|type=1|title=Login to \"apps\"}; Basic{realm=simple}",
    );
    // Several schemes in several fields.
    check(
        &[b"Negotiate", b"NTLM", b"Basic realm=x"],
        "Negotiate; NTLM; Basic{realm=x}",
    );
    check(
        &[b"Negotiate, NTLM,Basic realm=x"],
        "Negotiate; NTLM; Basic{realm=x}",
    );
    check(&[b"NTLM , Basic realm=x"], "NTLM; Basic{realm=x}");
    check(&[b"Basic realm=x,NTLM"], "Basic{realm=x}; NTLM");
    // Tokens.
    check(&[b"Negotiate YII="], "Negotiate(YII=)");
    check(
        &[b"NTLM TlRMTVNTUAAC==, Basic realm=\"a\""],
        "NTLM(TlRMTVNTUAAC==); Basic{realm=a}",
    );
    check(&[b"Scheme a-b._~+/=="], "Scheme(a-b._~+/==)");
    check(&[b"Negotiate   abc  ,, NTLM"], "Negotiate(abc); NTLM");
    check(&[b"Scheme a="], "Scheme(a=)");
    check(&[b"Scheme a==,b=c"], "Scheme(a==) !");
    // Blanks around the equals sign, empty elements, empty values.
    check(
        &[b"Digest realm = \"a\" , nonce\t=\tb ,, ,qop=\"\""],
        "Digest{realm=a|nonce=b|qop=}",
    );
    check(&[b", Digest ,realm=a"], "Digest{realm=a}");
    check(&[b"Digest, realm=a, Basic"], "Digest{realm=a}; Basic");
    // A comma, an equals sign and the name of a scheme within quotes are text.
    check(
        &[b"Digest realm=\"a, Basic realm=b\", qop=\"auth,auth-int\", Basic realm=c"],
        "Digest{realm=a, Basic realm=b|qop=auth,auth-int}; Basic{realm=c}",
    );
    // Text outside of ASCII: UTF-8, else Latin-1.
    check(
        &["Basic realm=\"f\u{f6}\u{f6}\"".as_bytes()],
        "Basic{realm=f\u{f6}\u{f6}}",
    );
    check(
        &[b"Basic realm=\"f\xf6\xf6\""],
        "Basic{realm=f\u{f6}\u{f6}}",
    );
    check(&[b"Basic realm=\"\\\\a\\b\""], "Basic{realm=\\ab}");
}

#[test]
fn hostile_challenges() {
    // A broken field ends where it breaks; other fields still count.
    check(&[b"Basic realm=\"open", b"NTLM"], "NTLM !");
    check(&[b"Basic realm=\"open\\", b"NTLM"], "NTLM !");
    check(&[b"Basic realm=a b"], " !");
    check(&[b"Basic realm=\"a\"b"], " !");
    check(&[b"Basic realm=\"a\", x=\"b\"c, NTLM"], " !");
    check(&[b"Basic =x"], " !");
    check(&[b"\"Basic\" realm=x"], " !");
    check(&[b"=, Basic realm=x"], " !");
    check(&[b"NTLM, @@@, Basic realm=x"], "NTLM !");
    check(&[b"Basic/realm=x"], " !");
    check(&[b"Basic/abc"], " !");
    check(&[b"Basic a\0b"], " !");
    check(&[b"Basic realm=\"a\rb\""], " !");
    check(&[b"Basic realm=\"a\nb\""], " !");
    check(&[b"Basic realm=\"a\0b\""], " !");
    check(&[b"Basic realm=\"a\\\nb\""], " !");
    check(&["B\u{e4}sic realm=x".as_bytes()], " !");
    check(&["Basic r\u{e9}alm=x".as_bytes()], " !");
    check(&[b"Basic realm=\xff"], " !");
}

#[test]
fn the_first_of_equal_parameters_counts() {
    let list = Challenges::parse([b"Digest Algorithm=SHA-256, algorithm=MD5".as_slice()]);
    assert_eq!(
        list.find("DIGEST").unwrap().parameter("ALGORITHM"),
        Some("SHA-256")
    );
}

#[test]
fn limits_hold_at_the_limit_and_break_beyond() {
    let parameters = |count: usize| {
        let all: Vec<String> = (0..count).map(|number| format!("p{number}=v")).collect();
        format!("Scheme {}", all.join(", "))
    };
    let full = parameters(Challenge::MAX_PARAMETERS);
    let list = Challenges::parse([full.as_bytes()]);
    assert_eq!(
        list.find("Scheme").unwrap().parameters().count(),
        Challenge::MAX_PARAMETERS
    );
    assert!(!list.is_malformed());
    let over = parameters(Challenge::MAX_PARAMETERS + 1);
    let list = Challenges::parse([over.as_bytes()]);
    assert!(list.is_empty() && list.is_malformed());

    let full = vec!["A"; Challenges::MAX_CHALLENGES].join(",");
    let list = Challenges::parse([full.as_bytes()]);
    assert_eq!(list.len(), Challenges::MAX_CHALLENGES);
    assert!(!list.is_malformed());
    let list = Challenges::parse([full.as_bytes(), b"B"]);
    assert_eq!(list.len(), Challenges::MAX_CHALLENGES);
    assert!(list.is_malformed() && list.find("B").is_none());
}

#[track_caller]
fn check_credentials(field: &[u8], accepted: bool) {
    let read = Challenge::parse_credentials(field);
    assert_eq!(read.is_some(), accepted, "{}", field.escape_ascii());
}

#[test]
fn credentials_are_exactly_one() {
    check_credentials(b"Basic QWxh=", true);
    check_credentials(b" Basic QWxh= ", true);
    check_credentials(b"NTLM", true);
    check_credentials(b"Digest username=\"a\", realm=\"b\"", true);
    check_credentials(b"", false);
    check_credentials(b"Basic QWxh=, NTLM", false);
    check_credentials(b"Basic QWxh x", false);
    check_credentials(b"Basic \"QWxh\"", false);
}

#[test]
fn debug_hides_the_values() {
    let field = Challenge::parse_credentials(b"Digest username=joe, response=abc123").unwrap();
    assert!(!format!("{field:?}").contains("abc123"));
    let field = Challenge::parse_credentials(b"Basic QWxhZGRpbg==").unwrap();
    assert!(!format!("{field:?}").contains("QWxh"));
}

proptest! {
    #[test]
    fn never_panics(field in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Challenges::parse([field.as_slice()]);
        let _ = Challenge::parse_credentials(&field);
    }

    #[test]
    fn never_panics_near_the_grammar(field in "[ ,=\"\\\\A-Ca-c\t]{0,60}") {
        let list = Challenges::parse([field.as_bytes()]);
        for challenge in list.iter() {
            prop_assert!(!challenge.scheme().is_empty());
            prop_assert!(challenge.token68().is_none() || challenge.parameters().count() == 0);
        }
    }

    #[test]
    fn what_is_written_is_read(
        schemes in proptest::collection::vec(
            ("[A-Za-z!#-]{1,8}", proptest::collection::vec(("[a-z]{1,5}", "[ -~]{0,12}"), 1..5)),
            1..5,
        ),
        together in any::<bool>(),
    ) {
        let elements: Vec<String> = schemes
            .iter()
            .map(|(scheme, parameters)| {
                let all: Vec<String> = parameters
                    .iter()
                    .map(|(name, value)| {
                        format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
                    })
                    .collect();
                format!("{scheme} {}", all.join(", "))
            })
            .collect();
        let fields = if together { vec![elements.join(", ")] } else { elements };
        let list = Challenges::parse(fields.iter().map(|field| field.as_bytes()));
        prop_assert!(!list.is_malformed());
        let read: Vec<(String, Vec<(String, String)>)> = list
            .iter()
            .map(|challenge| {
                let parameters = challenge
                    .parameters()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                (challenge.scheme().to_owned(), parameters)
            })
            .collect();
        prop_assert_eq!(read, schemes);
    }
}
