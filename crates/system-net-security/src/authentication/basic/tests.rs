//! RFC 7617's examples, what Basic refuses to send, and what the server refuses to take.

use proptest::prelude::*;
use system_net_uri::Uri;

use super::*;
use crate::authentication::AuthenticationState;
use system_net_testkit::PASSWORD;

fn pair(user: &str, password: &str) -> NetworkCredential {
    NetworkCredential::new(user, password)
}

fn answer(
    challenge: &str,
    credentials: &dyn Credentials,
    state: &mut AuthenticationState,
) -> Option<String> {
    let uri = Uri::parse("https://example.com/a/b").unwrap();
    let challenges = Challenges::parse([challenge.as_bytes()]);
    let mut request = AuthenticationRequest::new(&uri, "GET", true, state);
    let answer = Basic::new().authenticate(&challenges, &mut request, credentials)?;
    assert!(answer.complete());
    assert_eq!(answer.connection_group_id(), None);
    Some(answer.message().to_owned())
}

#[track_caller]
fn check_message(credential: &NetworkCredential, expected: Option<&str>) {
    let mut state = AuthenticationState::new();
    let message = answer(
        "Basic realm=\"foo\", charset=\"UTF-8\"",
        credential,
        &mut state,
    );
    assert_eq!(message.as_deref(), expected);
}

#[test]
fn basic_utf8_vectors() {
    // RFC 7617 section 2 and section 2.1.
    check_message(
        &pair("Aladdin", "open sesame"),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    );
    check_message(&pair("test", "123\u{a3}"), Some("Basic dGVzdDoxMjPCow=="));
    check_message(&pair("", ""), Some("Basic Og=="));
    check_message(&pair("user", "a:b"), Some("Basic dXNlcjphOmI="));
    check_message(
        &NetworkCredential::with_domain("joe", "pw", "CORP"),
        Some("Basic Q09SUFxqb2U6cHc="),
    );
    // What cannot be carried is not sent at all.
    check_message(&pair("us:er", PASSWORD), None);
    check_message(&pair("user", "p\r\nw"), None);
    check_message(&pair("us\u{7f}er", PASSWORD), None);

    let server = BasicServer::new("foo").unwrap();
    let taken = server.check(b"Basic dGVzdDoxMjPCow==", |user| {
        (user == "test").then(|| "123\u{a3}".to_owned())
    });
    assert_eq!(taken.unwrap().user_name(), "test");
}

#[test]
fn answers_only_its_own_scheme() {
    let credential = pair("joe", PASSWORD);
    let mut state = AuthenticationState::new();
    assert_eq!(answer("Negotiate, NTLM", &credential, &mut state), None);
    assert_eq!(
        answer("Digest realm=\"Basic\"", &credential, &mut state),
        None
    );
    assert!(answer("NTLM, bAsIc realm=x", &credential, &mut state).is_some());
}

#[test]
fn never_repeats_a_refused_answer() {
    let mut state = AuthenticationState::new();
    assert!(answer("Basic realm=x", &pair("joe", PASSWORD), &mut state).is_some());
    assert_eq!(
        answer("Basic realm=x", &pair("joe", PASSWORD), &mut state),
        None
    );
    assert!(answer("Basic realm=x", &pair("joe", "other"), &mut state).is_some());
    state.clear();
    assert!(answer("Basic realm=x", &pair("joe", PASSWORD), &mut state).is_some());
}

#[test]
fn default_credentials_never_go_as_basic() {
    struct Default;
    impl Credentials for Default {
        fn get_credential(&self, _: &Uri, _: &str) -> Option<NetworkCredential> {
            Some(pair("joe", PASSWORD))
        }
        fn is_default(&self) -> bool {
            true
        }
    }
    assert_eq!(
        answer("Basic realm=x", &Default, &mut AuthenticationState::new()),
        None
    );
}

#[track_caller]
fn check_refused(field: &[u8], expected: BasicRefusal) {
    let server = BasicServer::new("foo").unwrap();
    let known = |user: &str| (user == "Aladdin").then(|| "open sesame".to_owned());
    let refused = server.check(field, known).unwrap_err();
    assert_eq!(refused, expected, "{}", String::from_utf8_lossy(field));
}

#[test]
fn the_server_refuses() {
    let encode = |pair: &[u8]| format!("Basic {}", STANDARD.encode(pair));
    check_refused(b"", BasicRefusal::Malformed);
    check_refused(b"Basic", BasicRefusal::Malformed);
    check_refused(b"Basic ", BasicRefusal::Malformed);
    check_refused(b"Basic realm=x", BasicRefusal::Malformed);
    check_refused(b"Basic !!!!", BasicRefusal::Malformed);
    check_refused(b"Basic QWxh, Basic QWxh", BasicRefusal::Malformed);
    check_refused(b"Digest username=\"Aladdin\"", BasicRefusal::OtherScheme);
    check_refused(
        b"BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        BasicRefusal::Malformed,
    );
    check_refused(encode(b"Aladdin").as_bytes(), BasicRefusal::Malformed);
    check_refused(
        encode(b"Aladdin:open\nsesame").as_bytes(),
        BasicRefusal::Malformed,
    );
    for wrong in [
        "Aladdin:",
        "Aladdin:open",
        "Aladdin:open sesame ",
        "Aladdin:open sesamf",
    ] {
        check_refused(
            encode(wrong.as_bytes()).as_bytes(),
            BasicRefusal::WrongPassword,
        );
    }
    // An unknown user is not let in by an empty password.
    check_refused(encode(b"aladdin:").as_bytes(), BasicRefusal::WrongPassword);
    check_refused(encode(b":").as_bytes(), BasicRefusal::WrongPassword);
}

#[test]
fn the_server_takes_latin_1_and_missing_padding() {
    let read = |bytes: &[u8]| {
        let field = format!("basic {}", STANDARD.encode(bytes));
        BasicCredentials::parse(field.trim_end_matches('=').as_bytes()).unwrap()
    };
    let latin1 = read(b"j\xfcrg:\xa3");
    assert_eq!(
        (latin1.user_name(), latin1.password()),
        ("j\u{fc}rg", "\u{a3}")
    );
    let utf8 = read("j\u{fc}rg:a:b".as_bytes());
    assert_eq!((utf8.user_name(), utf8.password()), ("j\u{fc}rg", "a:b"));
    assert!(utf8.password_is("a:b") && !utf8.password_is("a:c") && !utf8.password_is(""));
}

#[test]
fn realm_is_quoted() {
    let server = BasicServer::new("a \"b\" \\ c").unwrap();
    let challenges = Challenges::parse([server.challenge().as_bytes()]);
    assert_eq!(
        challenges.find("Basic").unwrap().realm(),
        Some("a \"b\" \\ c")
    );
    assert!(matches!(
        BasicServer::new("a\r\nX: y"),
        Err(Misuse::InvalidArgument { param: "realm", .. })
    ));
}

#[test]
fn debug_hides_the_password() {
    let credentials = BasicCredentials::parse(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
    let shown = format!("{credentials:?}");
    assert!(
        shown.contains("Aladdin") && !shown.contains("sesame"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn constant_time_comparison_is_equality(a in "[ab]{0,4}", b in "[ab]{0,4}") {
        prop_assert_eq!(bool::from(equal(&a, &b)), a == b);
    }

    #[test]
    fn what_the_client_sends_the_server_reads(
        user in "[^:\\p{Cc}]{0,20}",
        password in "[^\\p{Cc}]{0,20}",
    ) {
        let message = message_of(&pair(&user, &password)).unwrap();
        let read = BasicCredentials::parse(message.as_bytes()).unwrap();
        prop_assert_eq!(read.user_name(), user.as_str());
        prop_assert_eq!(read.password(), password.as_str());
    }

    #[test]
    fn the_server_never_panics(field in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = BasicCredentials::parse(&field);
    }
}
