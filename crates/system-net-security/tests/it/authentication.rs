//! What an authentication module is told of a request, what is shown of a login and what is not,
//! and the warning before a password goes out in the clear.

use std::io;
use std::sync::{Arc, Mutex};

use system_net_primitives::{Credentials, NetworkCredential};
use system_net_security::authentication::{
    AuthenticationModule, AuthenticationModules, AuthenticationRequest, AuthenticationState,
    Authorization, Basic, BasicRefusal, Challenge, Challenges,
};
use system_net_testkit::PASSWORD;
use system_net_uri::Uri;

fn joe() -> NetworkCredential {
    NetworkCredential::new("joe", PASSWORD)
}

#[test]
fn requests_tell_modules_what_they_are() {
    let uri = Uri::parse("http://h/a?b").unwrap();
    let mut state = AuthenticationState::new();
    let request = AuthenticationRequest::new(&uri, "PUT", false, &mut state);
    assert_eq!(request.challenged_uri(), &uri);
    assert_eq!((request.method(), request.target()), ("PUT", "/a?b"));
    assert_eq!((request.is_proxy(), request.is_secure()), (false, false));
    assert_eq!(request.connection_group(), None);
    let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state)
        .for_proxy("h:443")
        .in_connection_group("g");
    assert_eq!((request.method(), request.target()), ("GET", "h:443"));
    assert_eq!((request.is_proxy(), request.is_secure()), (true, true));
    assert_eq!(request.connection_group(), Some("g"));
    assert_eq!(
        format!("{request:?}"),
        "AuthenticationRequest { challenged_uri: Uri(\"http://h/a?b\"), method: \"GET\", \
         proxy: true, secure: true, .. }"
    );
    request.state().set(7);
    assert_eq!(state.get(), Some(&7));
}

#[test]
fn states_hold_one_value() {
    let mut state = AuthenticationState::new();
    assert!(state.is_empty());
    assert_eq!(state.get_mut::<i32>(), None);
    state.set(1);
    assert!(!state.is_empty());
    *state.get_mut::<i32>().unwrap() += 1;
    assert_eq!(state.get(), Some(&2));
    assert_eq!(state.get_mut::<String>(), None);
    state.set("text");
    assert_eq!(state.get::<i32>(), None);
    assert_eq!(format!("{state:?}"), "AuthenticationState { .. }");
    state.clear();
    assert!(state.is_empty());
}

/// What is answered to these challenges over this kind of connection.
fn answer(challenge: &str, secure: bool) -> Option<Authorization> {
    let uri = Uri::parse("http://h/").unwrap();
    let mut state = AuthenticationState::new();
    let mut request = AuthenticationRequest::new(&uri, "GET", secure, &mut state);
    let challenges = Challenges::parse([challenge.as_bytes()]);
    assert!(!challenges.is_empty());
    Basic::new().authenticate(&challenges, &mut request, &joe())
}

#[test]
fn basic_may_go_out_before_it_is_asked_for() {
    let basic = Basic::new();
    assert!(basic.can_pre_authenticate());
    let uri = Uri::parse("http://h/").unwrap();
    let mut state = AuthenticationState::new();
    let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state);
    let sent = basic.pre_authenticate(&mut request, &joe()).unwrap();
    assert_eq!(sent.message(), answer("Basic", true).unwrap().message());
}

/// Log lines, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Security: whoever reads the log sees that a password goes out readable; the log does not show it.
#[test]
fn basic_in_the_clear_is_warned_of() {
    // With a single subscriber, `tracing` asks that of the thread which meets an event first, and
    // another test's thread has none.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish());
    for secure in [true, false] {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .finish();
        let answered = tracing::subscriber::with_default(subscriber, || answer("Basic", secure));
        assert!(answered.is_some());
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.contains("unencrypted connection"), !secure, "{text}");
        assert!(
            !text.contains(PASSWORD) && !text.contains("am9lOmdlaGVpbS1aeDgx"),
            "{text}"
        );
    }
}

/// A module that has no way to go first.
struct Late;

impl AuthenticationModule for Late {
    fn authentication_type(&self) -> &'static str {
        "Late"
    }

    fn can_pre_authenticate(&self) -> bool {
        false
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        _: &mut AuthenticationRequest<'_>,
        _: &dyn Credentials,
    ) -> Option<Authorization> {
        challenges.find("Late")?;
        let mut answer = Authorization::with_complete("Late secret", true);
        answer.set_mutually_authenticated(true);
        Some(answer)
    }
}

#[test]
fn logins_are_shown_without_their_secrets() {
    let modules = AuthenticationModules::empty();
    modules.register(Arc::new(Late));
    assert_eq!(
        format!("{modules:?}"),
        "AuthenticationModules { modules: [\"Late\"], protection_spaces: 0 }"
    );
    let uri = Uri::parse("http://h/").unwrap();
    let mut state = AuthenticationState::new();
    let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state);
    assert!(Late.pre_authenticate(&mut request, &joe()).is_none());
    let challenges = Challenges::parse([b"Late realm=\"r\"".as_slice()]);
    let answer = modules
        .authenticate(&challenges, &mut request, &joe())
        .unwrap();
    assert_eq!(answer.authorization().message(), "Late secret");
    assert_eq!(
        format!("{answer:?}"),
        "AuthenticationAnswer { authentication_type: \"Late\", authorization: Authorization { \
         message: \"...\", complete: true, awaits_challenge: false, covers_body: false, \
         connection_group_id: None, \
         protection_realm: [], mutually_authenticated: true } }"
    );
    for (field, shown) in [
        (
            "Digest username=joe",
            "token68: None, parameters: [\"username\"]",
        ),
        ("Basic am9l", "token68: Some(\"...\"), parameters: []"),
    ] {
        let credentials = Challenge::parse_credentials(field.as_bytes()).unwrap();
        let scheme = field.split(' ').next().unwrap();
        assert_eq!(
            format!("{credentials:?}"),
            format!("Challenge {{ scheme: {scheme:?}, {shown} }}")
        );
    }
}

#[test]
fn refusals_of_basic_say_why() {
    for (refusal, expected) in [
        (
            BasicRefusal::OtherScheme,
            "the credentials are not for the Basic scheme",
        ),
        (
            BasicRefusal::Malformed,
            "the Basic credentials are malformed",
        ),
        (
            BasicRefusal::WrongPassword,
            "the user is unknown or the password is wrong",
        ),
    ] {
        assert_eq!(refusal.to_string(), expected);
    }
}
