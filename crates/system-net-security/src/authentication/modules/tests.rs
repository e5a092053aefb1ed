//! Order, registration and pre-authentication, with schemes made for the test.

use system_net_primitives::NetworkCredential;
use system_net_uri::Uri;

use super::*;
use crate::authentication::AuthenticationState;
use system_net_testkit::{PASSWORD, basic_login};

/// Answers its own name for its own scheme, if there is a credential.
struct Fixed {
    scheme: &'static str,
    pre: bool,
    realm: Vec<String>,
}

impl Fixed {
    fn new(scheme: &'static str) -> Arc<Self> {
        Arc::new(Self {
            scheme,
            pre: true,
            realm: Vec::new(),
        })
    }
}

impl AuthenticationModule for Fixed {
    fn authentication_type(&self) -> &str {
        self.scheme
    }

    fn can_pre_authenticate(&self) -> bool {
        self.pre
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        challenges.find(self.scheme)?;
        self.pre_authenticate(request, credentials)
    }

    fn pre_authenticate(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let found = credentials.get_credential(request.challenged_uri(), self.scheme)?;
        let mut answer = Authorization::new(format!("{} {}", self.scheme, found.user_name()));
        answer.set_protection_realm(self.realm.clone());
        Some(answer)
    }
}

/// A credential for the named schemes alone.
struct Only(&'static [&'static str]);

impl Credentials for Only {
    fn get_credential(&self, _: &Uri, scheme: &str) -> Option<NetworkCredential> {
        self.0
            .contains(&scheme)
            .then(|| NetworkCredential::new("joe", PASSWORD))
    }
}

const ALL: Only = Only(&["Strong", "Middle", "Weak", "Basic"]);

fn ladder() -> AuthenticationModules {
    let modules = AuthenticationModules::empty();
    modules.register(Fixed::new("Strong"));
    modules.register(Fixed::new("Middle"));
    modules.register(Fixed::new("Weak"));
    modules
}

fn types(modules: &AuthenticationModules) -> Vec<String> {
    let all = modules.registered_modules();
    all.iter()
        .map(|module| module.authentication_type().to_owned())
        .collect()
}

fn answer(modules: &AuthenticationModules, challenge: &str, credentials: &Only) -> String {
    let uri = Uri::parse("https://example.com/a/b").unwrap();
    let mut state = AuthenticationState::new();
    let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state);
    let challenges = Challenges::parse([challenge.as_bytes()]);
    modules
        .authenticate(&challenges, &mut request, credentials)
        .map_or_else(String::new, |answer| {
            answer.authorization().message().to_owned()
        })
}

#[test]
fn auth_manager_order() {
    let modules = ladder();
    assert_eq!(types(&modules), ["Strong", "Middle", "Weak"]);
    assert_eq!(answer(&modules, "Weak, Middle, Strong", &ALL), "Strong joe");
    // Registering again moves to the end and replaces; letter case does not make another scheme.
    modules.register(Fixed::new("strong"));
    assert_eq!(types(&modules), ["Middle", "Weak", "strong"]);
    assert_eq!(answer(&modules, "Weak, Middle, Strong", &ALL), "Middle joe");
    modules.unregister("MIDDLE").unwrap();
    assert_eq!(answer(&modules, "Weak, Middle, Strong", &ALL), "Weak joe");
    assert!(matches!(
        modules.unregister("Middle"),
        Err(Misuse::InvalidOperation(_))
    ));
}

#[test]
fn challenge_choice_table() {
    let modules = ladder();
    let rows: [(&str, &Only, &str); 9] = [
        ("Strong, Middle, Weak", &ALL, "Strong joe"),
        ("Weak, Middle, Strong", &ALL, "Strong joe"),
        ("Weak, Middle", &ALL, "Middle joe"),
        ("Weak", &ALL, "Weak joe"),
        ("Unknown", &ALL, ""),
        ("", &ALL, ""),
        // Only what the caller has a credential for, however few the server offers.
        ("Strong, Middle, Weak", &Only(&["Weak"]), "Weak joe"),
        ("Middle, Weak", &Only(&["Strong"]), ""),
        ("Weak realm=\"Strong\"", &Only(&["Strong"]), ""),
    ];
    for (challenge, credentials, expected) in rows {
        assert_eq!(
            answer(&modules, challenge, credentials),
            expected,
            "{challenge}"
        );
    }
    // The built-in ones: the scheme that answers, and of Digest the strongest algorithm.
    const MD5: &str = "Digest realm=r, nonce=1, qop=auth";
    const SHA: &str = "Digest realm=r, nonce=1, qop=auth, algorithm=SHA-256";
    const BASIC: &str = "Basic realm=r";
    const EACH: Only = Only(&["Negotiate", "NTLM", "Digest", "Basic"]);
    let rows: [(&[&str], &Only, &str); 10] = [
        (&[BASIC, MD5, SHA, "NTLM", "Negotiate"], &EACH, "Negotiate "),
        (&["Negotiate", "NTLM", SHA, MD5, BASIC], &EACH, "Negotiate "),
        (&[BASIC, MD5, SHA, "NTLM"], &EACH, "NTLM "),
        (&[BASIC, MD5, SHA], &EACH, "Digest SHA-256"),
        (&[SHA, MD5, BASIC], &EACH, "Digest SHA-256"),
        (&[BASIC, MD5], &EACH, "Digest "),
        (&[BASIC], &EACH, "Basic "),
        // Only what the caller named: nothing weaker, nothing stronger.
        (
            &["Negotiate", "NTLM", SHA, BASIC],
            &Only(&["Basic"]),
            "Basic ",
        ),
        (&["Negotiate", "NTLM", BASIC], &Only(&["Digest"]), ""),
        // A challenge of Digest that cannot be answered leaves Basic to who named it.
        (&[BASIC, "Digest realm=r"], &EACH, "Basic "),
    ];
    for (challenges, credentials, expected) in rows {
        let modules = AuthenticationModules::new();
        let sent = answer(&modules, &challenges.join(", "), credentials);
        let scheme = sent
            .split_inclusive(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        let algorithm = sent.contains("algorithm=SHA-256").then_some("SHA-256");
        let shown = scheme + algorithm.unwrap_or_default();
        assert_eq!(shown, expected, "{challenges:?}");
    }
}

#[test]
fn built_in_modules_are_registered() {
    let modules = AuthenticationModules::new();
    let mut types = types(&modules);
    // Each of what is negotiated is a scheme of its own as well.
    types.retain(|scheme| scheme != "Kerberos" || !cfg!(feature = "kerberos"));
    assert_eq!(types, ["Negotiate", "NTLM", "Digest", "Basic"]);
    assert_eq!(answer(&modules, "Basic realm=x", &ALL), basic_login("joe"));
    modules.unregister("Basic").unwrap();
    assert_eq!(answer(&modules, "Basic realm=x", &ALL), "");
}

#[test]
fn auth_default_modules() {
    let with_kerberos = cfg!(feature = "kerberos");
    let all = ["Negotiate", "Kerberos", "NTLM", "Digest", "Basic"];
    let expected = all
        .into_iter()
        .filter(|scheme| *scheme != "Kerberos" || with_kerberos);
    let expected: Vec<&str> = expected.collect();
    assert_eq!(types(&AuthenticationModules::new()), expected);
    const EACH: Only = Only(&["Negotiate", "NTLM", "Digest", "Basic"]);
    for scheme in expected {
        let modules = AuthenticationModules::new();
        let challenge = format!("{scheme} realm=r, nonce=n");
        let challenge = match scheme {
            "Digest" | "Basic" => &*challenge,
            _ => scheme,
        };
        // Kerberos answers who has a ticket.
        if scheme != "Kerberos" {
            assert_ne!(answer(&modules, challenge, &EACH), "", "{scheme}");
        }
        modules.unregister(scheme).unwrap();
        assert_eq!(answer(&modules, challenge, &EACH), "", "{scheme}");
        assert!(!types(&modules).contains(&scheme.to_owned()));
    }
}

/// What goes out unasked for `uri`, after `first` was challenged and accepted.
fn unasked(module: Arc<Fixed>, first: &str, proxy: bool, uri: &str, who: &Only) -> Option<String> {
    let modules = AuthenticationModules::empty();
    modules.register(module);
    let mut state = AuthenticationState::new();

    let first = Uri::parse(first).unwrap();
    let mut request = AuthenticationRequest::new(&first, "GET", true, &mut state);
    if proxy {
        request = request.for_proxy("example.com:443");
    }
    assert!(
        modules.pre_authenticate(&mut request, &ALL).is_none(),
        "unasked before a challenge"
    );
    let challenges = Challenges::parse([b"Weak".as_slice()]);
    let given = modules
        .authenticate(&challenges, &mut request, &ALL)
        .unwrap();
    modules.accepted(&given, &request);

    let uri = Uri::parse(uri).unwrap();
    let mut state = AuthenticationState::new();
    let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state);
    let given = modules.pre_authenticate(&mut request, who)?;
    Some(given.authorization().message().to_owned())
}

#[test]
fn preauth_stays_in_the_protection_space() {
    let weak = || Fixed::new("Weak");
    let yes = Some("Weak joe".to_owned());
    let first = "https://h/a/b";
    assert_eq!(unasked(weak(), first, false, "https://h/a/c/d", &ALL), yes);
    assert_eq!(unasked(weak(), first, false, "https://h/x", &ALL), None);
    assert_eq!(
        unasked(weak(), first, false, "https://evil/a/b", &ALL),
        None
    );
    // The credential is looked up afresh: another caller's request gets nothing.
    assert_eq!(
        unasked(weak(), first, false, "https://h/a/c", &Only(&["Strong"])),
        None
    );
    // A proxy's challenge covers the proxy.
    assert_eq!(
        unasked(
            weak(),
            "http://proxy:3128/",
            true,
            "http://proxy:3128/",
            &ALL
        ),
        yes
    );

    let once = Arc::new(Fixed {
        scheme: "Weak",
        pre: false,
        realm: Vec::new(),
    });
    assert_eq!(unasked(once, first, false, "https://h/a/b", &ALL), None);

    let named = || {
        Arc::new(Fixed {
            scheme: "Weak",
            pre: true,
            realm: vec!["/x/".into(), "//evil/".into()],
        })
    };
    assert_eq!(unasked(named(), first, false, "https://h/x/y", &ALL), yes);
    assert_eq!(unasked(named(), first, false, "https://h/a/b", &ALL), None);
    assert_eq!(
        unasked(named(), first, false, "https://evil/x/", &ALL),
        None
    );
}

#[test]
fn an_answer_that_went_out_unasked_opens_no_space() {
    let modules = AuthenticationModules::empty();
    modules.register(Fixed::new("Weak"));
    let spaces = || format!("{modules:?}");
    let accepted = |uri: &str, asked: bool| {
        let uri = Uri::parse(uri).unwrap();
        let mut state = AuthenticationState::new();
        let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state);
        let given = match asked {
            true => {
                let challenges = Challenges::parse([b"Weak".as_slice()]);
                modules.authenticate(&challenges, &mut request, &ALL)
            }
            false => modules.pre_authenticate(&mut request, &ALL),
        };
        modules.accepted(&given.unwrap(), &request);
    };
    accepted("https://192.0.2.1/a/b", true);
    assert!(spaces().contains("protection_spaces: 1"), "{}", spaces());
    accepted("https://192.0.2.1/a/c", false);
    // Below the space, where a challenge would open one of its own.
    accepted("https://192.0.2.1/a/d/e", false);
    assert!(spaces().contains("protection_spaces: 1"), "{}", spaces());
    accepted("https://192.0.2.1/a/d/e", true);
    assert!(spaces().contains("protection_spaces: 2"), "{}", spaces());
}

#[test]
fn the_longest_directory_counts_and_the_oldest_space_is_forgotten() {
    let modules = ladder();
    let challenge = |scheme: &str, uri: &str| {
        let uri = Uri::parse(uri).unwrap();
        let mut state = AuthenticationState::new();
        let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state);
        let challenges = Challenges::parse([scheme.as_bytes()]);
        let given = modules
            .authenticate(&challenges, &mut request, &ALL)
            .unwrap();
        modules.accepted(&given, &request);
    };
    let unasked = |uri: &str| {
        let uri = Uri::parse(uri).unwrap();
        let mut state = AuthenticationState::new();
        let mut request = AuthenticationRequest::new(&uri, "GET", true, &mut state);
        let given = modules.pre_authenticate(&mut request, &ALL);
        given.map(|given| given.authentication_type().to_owned())
    };
    challenge("Weak", "https://h/a/b/c");
    challenge("Middle", "https://h/a/x");
    assert_eq!(unasked("https://h/a/b/d").as_deref(), Some("Weak"));
    assert_eq!(unasked("https://h/a/y").as_deref(), Some("Middle"));
    for number in 2..AuthenticationModules::MAX_PROTECTION_SPACES {
        challenge("Strong", &format!("https://h/s{number}/"));
    }
    assert_eq!(
        unasked("https://h/a/b/d").as_deref(),
        Some("Weak"),
        "at the limit"
    );
    challenge("Strong", "https://h/one/more/");
    assert_eq!(
        unasked("https://h/a/b/d").as_deref(),
        Some("Middle"),
        "beyond the limit"
    );
    // A module that is taken out takes its spaces along.
    modules.unregister("Middle").unwrap();
    assert_eq!(unasked("https://h/a/y"), None);
}

/// A scheme of two legs that is bound to its connection: hello, then an answer to a number that
/// depends on the first leg.
struct TwoLegs;

struct FirstLeg {
    sent: String,
}

impl AuthenticationModule for TwoLegs {
    fn authentication_type(&self) -> &str {
        "TwoLegs"
    }

    fn can_pre_authenticate(&self) -> bool {
        false
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let challenge = challenges.find("TwoLegs")?;
        let user = credentials.get_credential(request.challenged_uri(), "TwoLegs")?;
        let group = request.connection_group().unwrap_or("none").to_owned();
        match (challenge.token68(), request.state().get::<FirstLeg>()) {
            (None, None) => {
                let sent = format!("hello-{}", user.user_name());
                request.state().set(FirstLeg { sent: sent.clone() });
                Some(Authorization::with_connection_group(
                    format!("TwoLegs {sent}"),
                    false,
                    group,
                ))
            }
            (Some(number), Some(first)) => {
                let message = format!("TwoLegs {}-{number}", first.sent);
                request.state().clear();
                Some(Authorization::with_connection_group(message, true, group))
            }
            // A bare challenge after the first leg: refused.
            _ => None,
        }
    }
}

#[test]
fn custom_auth_module() {
    let modules = AuthenticationModules::new();
    modules.register(Arc::new(TwoLegs));
    let who = Only(&["TwoLegs"]);
    let uri = Uri::parse("http://example.com/").unwrap();
    let mut state = AuthenticationState::new();
    let mut ask = |challenge: &str| {
        let mut request =
            AuthenticationRequest::new(&uri, "GET", false, &mut state).in_connection_group("joe");
        let challenges = Challenges::parse([challenge.as_bytes()]);
        let answer = modules.authenticate(&challenges, &mut request, &who)?;
        modules.accepted(&answer, &request);
        assert!(
            modules.pre_authenticate(&mut request, &who).is_none(),
            "not before a challenge"
        );
        let given = answer.authorization();
        assert_eq!(given.connection_group_id(), Some("joe"));
        Some((given.message().to_owned(), given.complete()))
    };
    assert_eq!(
        ask("Basic realm=x, TwoLegs"),
        Some(("TwoLegs hello-joe".to_owned(), false))
    );
    assert_eq!(
        ask("TwoLegs 42"),
        Some(("TwoLegs hello-joe-42".to_owned(), true))
    );
    // The exchange starts afresh, and ends when the server refuses its first leg.
    assert_eq!(
        ask("TwoLegs"),
        Some(("TwoLegs hello-joe".to_owned(), false))
    );
    assert_eq!(ask("TwoLegs"), None);
}
