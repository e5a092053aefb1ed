//! Answering challenges: with which credentials, how often, and where not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, Credentials, Misuse, NetworkCredential};
use system_net_requests::{
    AuthenticationManager, HttpWebRequest, WebExceptionStatus as Status, WebRequest,
};
use system_net_security::TokenImpersonationLevel;
use system_net_security::authentication::{
    AuthenticationModule, AuthenticationRequest, Authorization, Challenges,
};
use system_net_testkit::{
    Authority, HttpPeer, PASSWORD, RecordedRequest, Response, Script, Validity,
};
use system_net_uri::Uri;

use crate::{check_status, context, context_trusting, http, post, write_body};

/// `user` with [`PASSWORD`].
const GOOD: &str = "Basic dXNlcjpnZWhlaW0tWng4MQ==";

fn asks() -> Response {
    Response::new(401)
        .header("WWW-Authenticate", "Basic realm=\"r\"")
        .body("no")
}

/// Lets `user` in.
fn guarded() -> HttpPeer {
    HttpPeer::serve(|request| match request.header("Authorization") {
        Some(login) if login == GOOD => Response::new(200).body("in"),
        _ => asks(),
    })
}

fn user() -> Arc<dyn Credentials> {
    Arc::new(NetworkCredential::new("user", PASSWORD))
}

fn with(
    context: &NetContext,
    url: &str,
    credentials: impl Into<Option<Arc<dyn Credentials>>>,
) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_credentials(credentials.into()).unwrap();
    request
}

/// Which requests had a login.
fn logins(requests: &[RecordedRequest]) -> Vec<Option<String>> {
    requests
        .iter()
        .map(|request| request.header("Authorization"))
        .collect()
}

#[test]
fn basic_round_trip() {
    let peer = guarded();
    let mut request = with(&context(), &peer.url("/s?q=1"), user());
    assert_eq!(request.get_response().unwrap().into_string().unwrap(), "in");
    assert_eq!(logins(&peer.requests()), [None, Some(GOOD.to_owned())]);
    assert_eq!(peer.connections_opened(), 1, "the 401 was read to its end");
}

/// With domain, and with characters beyond ASCII, as the captures have them.
#[test]
fn basic_login_text() {
    for (credential, expected) in [
        (
            NetworkCredential::with_domain("user", PASSWORD, "dom"),
            // dom\user and the password
            "Basic ZG9tXHVzZXI6Z2VoZWltLVp4ODE=",
        ),
        (NetworkCredential::new("user", ""), "Basic dXNlcjo="),
    ] {
        let peer = HttpPeer::serve(|request| match request.header("Authorization") {
            Some(_) => Response::new(200),
            None => asks(),
        });
        let mut request = with(&context(), &peer.url("/"), Some(Arc::new(credential) as _));
        request.get_response().unwrap();
        assert_eq!(
            peer.requests()[1].header("Authorization").unwrap(),
            expected
        );
    }
}

/// A wrong password is tried once.
#[test]
fn wrong_password_is_tried_once() {
    let peer = guarded();
    let wrong: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("user", "wrong"));
    let mut request = with(&context(), &peer.url("/"), wrong);
    let error = check_status(request.get_response(), Status::ProtocolError);
    assert!(error.to_string().contains("(401) Unauthorized"), "{error}");
    assert_eq!(error.into_response().unwrap().into_string().unwrap(), "no");
    let seen = logins(&peer.requests());
    assert_eq!(seen.len(), 2);
    assert!(seen[0].is_none() && seen[1].is_some());
}

/// A scheme of another author: answers every challenge, in as many legs as it has.
struct Legs(usize);

impl AuthenticationModule for Legs {
    fn authentication_type(&self) -> &'static str {
        "Legs"
    }

    fn can_pre_authenticate(&self) -> bool {
        false
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        _request: &mut AuthenticationRequest<'_>,
        _credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let leg: usize = challenges.find("Legs")?.token68()?.parse().ok()?;
        let complete = leg == self.0;
        Some(Authorization::with_complete(
            format!("Legs {leg}"),
            complete,
        ))
    }
}

/// A login of several legs goes on until its module says that it is complete; a complete one that
/// is refused is not tried again, whatever the module would say.
#[test]
fn custom_scheme_of_several_legs() {
    for (legs, lets_in) in [(1, true), (3, true), (1, false), (3, false)] {
        let context = context();
        AuthenticationManager::of(&context)
            .unwrap()
            .register(Arc::new(Legs(legs)));
        let peer = HttpPeer::serve(move |request| {
            let said = request.header("Authorization");
            let done = said
                .as_deref()
                .and_then(|said| said.strip_prefix("Legs "))
                .map_or(0, |leg| leg.parse().unwrap());
            if done == legs && lets_in {
                return Response::new(200);
            }
            let next = format!("Legs {}", done % legs + 1);
            Response::new(401).header("WWW-Authenticate", &next)
        });
        let result = with(&context, &peer.url("/"), user()).get_response();
        assert_eq!(result.is_ok(), lets_in, "{result:?}");
        let said: Vec<_> = logins(&peer.requests()).into_iter().flatten().collect();
        let expected: Vec<String> = (1..=legs).map(|leg| format!("Legs {leg}")).collect();
        assert_eq!(said, expected);
        assert_eq!(peer.connections_opened(), 1);
    }
}

/// Notes something of the requests it is asked for, and has no answer.
struct Watch<T> {
    what: fn(&AuthenticationRequest<'_>) -> T,
    seen: Arc<Mutex<Vec<T>>>,
}

impl<T: Send + 'static> Watch<T> {
    /// Registers one, and gives what it notes.
    fn register(
        context: &NetContext,
        what: fn(&AuthenticationRequest<'_>) -> T,
    ) -> Arc<Mutex<Vec<T>>> {
        let seen = Arc::default();
        let watch = Self {
            what,
            seen: Arc::clone(&seen),
        };
        let modules = AuthenticationManager::of(context).unwrap();
        modules.register(Arc::new(watch));
        seen
    }
}

impl<T: Send> AuthenticationModule for Watch<T> {
    fn authentication_type(&self) -> &'static str {
        "Watch"
    }

    fn can_pre_authenticate(&self) -> bool {
        false
    }

    fn authenticate(
        &self,
        _challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        _credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        self.seen.lock().unwrap().push((self.what)(request));
        None
    }
}

/// Security: a module can keep a password from going out in the clear.
#[test]
fn modules_know_whether_the_way_is_secure() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let challenge =
        |_: &RecordedRequest| Response::new(401).header("WWW-Authenticate", "Watch realm=\"r\"");
    let (plain, tls) = (
        HttpPeer::serve(challenge),
        HttpPeer::serve_tls(&identity, challenge),
    );
    let context = context_trusting(&authority);
    let seen = Watch::register(&context, |request| request.is_secure());
    for (scheme, peer) in [("http", &plain), ("https", &tls)] {
        let url = format!("{scheme}://localhost:{}/", peer.port());
        let result = with(&context, &url, user()).get_response();
        check_status(result, Status::ProtocolError);
    }
    assert_eq!(*seen.lock().unwrap(), [false, true]);
}

/// F20-02: the service is named as the program says, by the longest address that it names, else as the
/// address has it.
#[test]
fn custom_target_names_reach_the_modules() {
    let peer =
        HttpPeer::serve(|_| Response::new(401).header("WWW-Authenticate", "Watch realm=\"r\""));
    let context = context();
    let seen = Watch::register(&context, |request| request.target_name().map(str::to_owned));
    let modules = AuthenticationManager::of(&context).unwrap();
    let names = modules.custom_target_name_dictionary();
    for (path, name) in [("/a/", "HTTP/outer"), ("/a/b/", "HTTP/inner")] {
        names.add(&peer.url(path), name).unwrap();
    }
    for path in ["/a/x", "/a/b/x", "/x"] {
        let result = with(&context, &peer.url(path), user()).get_response();
        check_status(result, Status::ProtocolError);
    }
    assert_eq!(
        *seen.lock().unwrap(),
        ["HTTP/outer", "HTTP/inner", "HTTP/127.0.0.1"].map(|name| Some(name.to_owned()))
    );
}

/// A server may act for the user if the request says so, and not else.
#[test]
fn impersonation_level_asks_for_delegation() {
    use TokenImpersonationLevel as Level;

    let peer =
        HttpPeer::serve(|_| Response::new(401).header("WWW-Authenticate", "Watch realm=\"r\""));
    let context = context();
    let seen = Watch::register(&context, |request| request.may_delegate());
    for level in [
        None,
        Some(Level::Identification),
        Some(Level::Impersonation),
        Some(Level::Delegation),
    ] {
        let mut request = with(&context, &peer.url("/"), user());
        if let Some(level) = level {
            request.set_impersonation_level(level).unwrap();
        }
        assert_eq!(
            request.impersonation_level(),
            level.unwrap_or(Level::Identification)
        );
        check_status(request.get_response(), Status::ProtocolError);
        let late = request.set_impersonation_level(Level::Delegation);
        assert!(matches!(late, Err(Misuse::InvalidOperation(_))), "{late:?}");
    }
    assert_eq!(*seen.lock().unwrap(), [false, false, false, true]);
    let mut request = with(&context, &peer.url("/"), user());
    for level in [Level::None, Level::Anonymous] {
        let refused = request.set_impersonation_level(level);
        assert!(
            matches!(refused, Err(Misuse::OutOfRange { .. })),
            "{refused:?}"
        );
    }
}

/// Without credentials, without a challenge, or with one that nobody can answer, the first 401 is
/// the answer.
#[test]
fn challenges_that_are_not_answered() {
    let empty: Arc<dyn Credentials> = Arc::new(CredentialCache::new());
    type Row = (&'static [&'static str], Option<Arc<dyn Credentials>>);
    let rows: [Row; 5] = [
        (&["Basic realm=\"r\""], None),
        (&["Basic realm=\"r\""], Some(empty)),
        (&[], Some(user())),
        (&["Fancy x=y"], Some(user())),
        (&["Fancy", "Bearer realm=\"r\""], Some(user())),
    ];
    for (challenges, credentials) in rows {
        let owned: Vec<String> = challenges.iter().map(|c| (*c).to_owned()).collect();
        let peer = HttpPeer::serve(move |_| {
            owned.iter().fold(Response::new(401), |response, value| {
                response.header("WWW-Authenticate", value)
            })
        });
        let mut request = with(&context(), &peer.url("/"), credentials);
        let error = check_status(request.get_response(), Status::ProtocolError);
        let response = error.into_response().unwrap();
        let headers = response.headers().unwrap();
        assert_eq!(headers.contains("WWW-Authenticate"), !challenges.is_empty());
        assert_eq!(logins(&peer.requests()), [None], "{challenges:?}");
    }
}

/// Several schemes, in one field or in several: the one that is known, and that the credentials are
/// for, is answered.
#[test]
fn one_of_several_challenges() {
    for challenges in [
        &["Fancy x=y, Basic realm=\"r\""][..],
        &["Negotiate", "Basic realm=\"r\""],
        &["Basic realm=\"a, b\", Fancy x=y"],
        &["bAsIc REALM=r"],
    ] {
        let peer = HttpPeer::serve(move |request| match request.header("Authorization") {
            Some(login) if login == GOOD => Response::new(200),
            _ => challenges
                .iter()
                .fold(Response::new(401), |response, value| {
                    response.header("WWW-Authenticate", value)
                }),
        });
        let mut cache = CredentialCache::new();
        let place = Uri::parse(&peer.url("/")).unwrap();
        let credential = NetworkCredential::new("user", PASSWORD);
        cache.add(&place, "Basic", credential).unwrap();
        let cache: Arc<dyn Credentials> = Arc::new(cache);
        with(&context(), &peer.url("/"), cache)
            .get_response()
            .unwrap_or_else(|error| panic!("{challenges:?}: {error}"));
    }
}

/// There is no way to get at the process's user for Negotiate here, and his name never goes as
/// Basic: a clean 401, nothing sent.
#[test]
fn default_credentials_no_cache_is_clean_error() {
    for challenge in ["Negotiate", "NTLM", "Basic realm=\"r\""] {
        for by_flag in [false, true] {
            let peer =
                HttpPeer::serve(move |_| Response::new(401).header("WWW-Authenticate", challenge));
            let mut request = http(&peer.url("/"));
            match by_flag {
                true => request.set_use_default_credentials(true).unwrap(),
                false => request
                    .set_credentials(Some(CredentialCache::default_credentials()))
                    .unwrap(),
            }
            request.set_pre_authenticate(true).unwrap();
            let error = check_status(request.get_response(), Status::ProtocolError);
            assert!(error.to_string().contains("401"), "{error}");
            assert!(error.response().is_some() && error.misuse().is_none());
            assert_eq!(logins(&peer.requests()), [None], "{challenge}");
        }
    }
}

/// The flag and the credentials are one property seen from two sides.
#[test]
fn use_default_credentials_follows_credentials() {
    let mut request = http("http://h/");
    request.set_use_default_credentials(true).unwrap();
    assert!(request.credentials().unwrap().is_default());
    request.set_credentials(Some(user())).unwrap();
    assert!(!request.use_default_credentials());
    request.set_use_default_credentials(true).unwrap();
    request.set_use_default_credentials(false).unwrap();
    assert!(request.credentials().is_none());
}

/// Of a cache's credentials, those of the address and the scheme are used.
#[test]
fn credential_cache_choice() {
    let context = context();
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(login) => Response::new(200).body(login),
        None => asks(),
    });
    let uri = |path: &str| Uri::parse(&peer.url(path)).unwrap();
    let mut cache = CredentialCache::new();
    for (path, scheme, name) in [
        ("/", "Digest", "digest"),
        ("/in/", "Basic", "in"),
        ("/in/deep/", "Basic", "deep"),
    ] {
        let credential = NetworkCredential::new(name, "p");
        cache.add(&uri(path), scheme, credential).unwrap();
    }
    let cache: Arc<dyn Credentials> = Arc::new(cache);
    for (path, expected) in [
        ("/in/x", Some("Basic aW46cA==")),
        ("/in/deep/x", Some("Basic ZGVlcDpw")),
        ("/out", None),
    ] {
        let mut request = with(&context, &peer.url(path), Arc::clone(&cache));
        match (request.get_response(), expected) {
            (Ok(response), Some(login)) => assert_eq!(response.into_string().unwrap(), login),
            (Err(error), None) => assert_eq!(error.status(), Status::ProtocolError),
            (result, _) => panic!("{path}: {result:?}"),
        }
    }
}

/// The credentials are asked for the address and the scheme of the challenge; only then.
#[test]
fn credentials_are_asked_when_needed() {
    struct Asked(AtomicUsize);
    impl Credentials for Asked {
        fn get_credential(&self, uri: &Uri, auth_type: &str) -> Option<NetworkCredential> {
            assert!(uri.absolute_uri().ends_with("/guarded"));
            assert_eq!(auth_type, "Basic");
            self.0.fetch_add(1, Ordering::SeqCst);
            Some(NetworkCredential::new("user", PASSWORD))
        }
    }
    let open = HttpPeer::serve(|_| Response::new(200));
    let asked = Arc::new(Asked(AtomicUsize::new(0)));
    let as_credentials = || Arc::clone(&asked) as Arc<dyn Credentials>;
    with(&context(), &open.url("/open"), as_credentials())
        .get_response()
        .unwrap();
    assert_eq!(asked.0.load(Ordering::SeqCst), 0);
    let peer = guarded();
    with(&context(), &peer.url("/guarded"), as_credentials())
        .get_response()
        .unwrap();
    assert_eq!(asked.0.load(Ordering::SeqCst), 1);
}

/// After one challenge, at and below its place; not without the flag, not beside it.
#[test]
fn preauth_second_request_has_header() {
    let context = context();
    let peer = guarded();
    let get = |path: &str, preauth: bool| {
        let before = peer.request_count();
        let mut request = with(&context, &peer.url(path), user());
        request.set_pre_authenticate(preauth).unwrap();
        request.get_response().unwrap();
        logins(&peer.requests()[before..])
    };
    let good = || Some(GOOD.to_owned());
    assert_eq!(get("/s/1", true), [None, good()], "not before a challenge");
    assert_eq!(get("/s/1", true), [good()]);
    assert_eq!(get("/s/2?q=1", true), [good()]);
    assert_eq!(get("/s/deep/er/3", true), [good()]);
    assert_eq!(get("/s/2", false), [None, good()], "without the flag");
    assert_eq!(get("/other/1", true), [None, good()], "beside the place");
    assert_eq!(get("/other/2", true), [good()], "which was opened by that");
    assert_eq!(get("/s2/1", true), [None, good()]);

    // Another server, and another context, know nothing of it.
    let other = guarded();
    let mut request = with(&context, &other.url("/s/1"), user());
    request.set_pre_authenticate(true).unwrap();
    request.get_response().unwrap();
    assert_eq!(logins(&other.requests()), [None, good()]);
    let mut request = with(&crate::context(), &peer.url("/s/1"), user());
    request.set_pre_authenticate(true).unwrap();
    let before = peer.request_count();
    request.get_response().unwrap();
    assert_eq!(logins(&peer.requests()[before..]), [None, good()]);
}

/// Only the scheme of a place is remembered: each request sends its own credentials, or none.
#[test]
fn preauth_uses_the_requests_own_credentials() {
    let context = context();
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(login) => Response::new(200).body(login),
        None => asks(),
    });
    let mut first = with(&context, &peer.url("/s/1"), user());
    first.get_response().unwrap();
    let other: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("other", "pass"));
    let mut second = with(&context, &peer.url("/s/2"), other);
    second.set_pre_authenticate(true).unwrap();
    assert_eq!(
        second.get_response().unwrap().into_string().unwrap(),
        "Basic b3RoZXI6cGFzcw=="
    );
    let mut third = with(&context, &peer.url("/s/3"), None);
    third.set_pre_authenticate(true).unwrap();
    check_status(third.get_response(), Status::ProtocolError);
    assert_eq!(
        peer.requests().last().unwrap().header("Authorization"),
        None
    );
}

/// A place whose login is refused later: there is nothing else to answer with.
#[test]
fn preauth_refused_later() {
    let context = context();
    let served = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&served);
    let peer = HttpPeer::serve(move |request| match request.header("Authorization") {
        Some(_) if count.fetch_add(1, Ordering::SeqCst) == 0 => Response::new(200),
        _ => asks(),
    });
    with(&context, &peer.url("/s/1"), user())
        .get_response()
        .unwrap();
    let mut request = with(&context, &peer.url("/s/2"), user());
    request.set_pre_authenticate(true).unwrap();
    check_status(request.get_response(), Status::ProtocolError);
    assert_eq!(
        peer.request_count(),
        3,
        "the same answer is not tried again"
    );
}

/// A body that was kept is sent again with the login; one that was not makes the 401 the answer.
#[test]
fn unbuffered_post_401_errors() {
    for (chunked, buffered) in [(false, true), (true, true), (false, false), (true, false)] {
        let context = context();
        let peer = guarded();
        let mut request = post(&context, &peer.url("/"));
        request.set_credentials(Some(user())).unwrap();
        request.set_allow_write_stream_buffering(buffered).unwrap();
        match chunked {
            true => request.set_send_chunked(true).unwrap(),
            false => request.set_content_length(5).unwrap(),
        }
        write_body(&mut request, "hello");
        let result = request.get_response();
        let requests = peer.requests();
        if buffered {
            assert_eq!(result.unwrap().into_string().unwrap(), "in");
            assert_eq!(logins(&requests), [None, Some(GOOD.to_owned())]);
            assert!(requests.iter().all(|request| request.body == b"hello"));
        } else {
            let error = check_status(result, Status::ProtocolError);
            assert!(error.to_string().contains("401"), "{error}");
            assert_eq!(logins(&requests), [None]);
        }
    }
}

/// A streamed body may go with the login at once, where one was asked for before.
#[test]
fn preauth_of_an_unbuffered_post() {
    let context = context();
    let peer = guarded();
    with(&context, &peer.url("/s/"), user())
        .get_response()
        .unwrap();
    let mut request = post(&context, &peer.url("/s/up"));
    request.set_credentials(Some(user())).unwrap();
    request.set_pre_authenticate(true).unwrap();
    request.set_allow_write_stream_buffering(false).unwrap();
    request.set_content_length(5).unwrap();
    write_body(&mut request, "hello");
    request.get_response().unwrap();
    let last = peer.requests().last().unwrap().clone();
    assert_eq!(last.header("Authorization").as_deref(), Some(GOOD));
    assert_eq!((peer.request_count(), &last.body[..]), (3, &b"hello"[..]));
}

/// A 401 before the body was wanted: the body is sent once, with the login, on a connection on
/// which the server does not wait for the first one.
#[test]
fn login_while_continue_is_awaited() {
    let peer = HttpPeer::converse(|talk| {
        let head = talk.head()?;
        if head.header("Authorization").is_none() {
            talk.send(
                "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=r\r\nContent-Length: 0\r\n\r\n",
            )?;
            return talk.stall();
        }
        talk.send("HTTP/1.1 100 Continue\r\n\r\n")?;
        talk.body(&head)?;
        talk.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    });
    for streamed in [false, true] {
        let before = peer.request_count();
        let mut request = with(&context(), &peer.url("/"), user());
        request.set_method("POST").unwrap();
        if streamed {
            request.set_content_length(5).unwrap();
        }
        request
            .set_continue_timeout(std::time::Duration::from_secs(60))
            .unwrap();
        write_body(&mut request, "hello");
        request.get_response().unwrap();
        let bodies: Vec<Vec<u8>> = peer.requests()[before..]
            .iter()
            .map(|request| request.body.clone())
            .collect();
        assert_eq!(bodies, [&b""[..], b"hello"]);
    }
}

/// What was set by hand is what is sent, before and after a challenge; there is never a second
/// field beside it.
#[test]
fn authorization_by_hand() {
    let peer = guarded();
    let mut request = http(&peer.url("/"));
    let headers = request.headers_mut().unwrap();
    headers.add("Authorization", GOOD).unwrap();
    request.get_response().unwrap();
    assert_eq!(logins(&peer.requests()), [Some(GOOD.to_owned())]);

    let peer = guarded();
    let mut request = with(&context(), &peer.url("/"), user());
    let headers = request.headers_mut().unwrap();
    headers.add("Authorization", "Basic d3Jvbmc=").unwrap();
    let _either = request.get_response();
    for request in peer.requests() {
        let names = request.header_names();
        let fields = names.iter().filter(|name| *name == "Authorization");
        assert_eq!(fields.count(), 1, "{}", request.head_text());
    }
}

/// No password in anything that is shown.
#[test]
fn passwords_are_not_shown() {
    let peer = HttpPeer::serve(|_| asks());
    let context = context();
    let url = peer
        .url("/")
        .replace("http://", &format!("http://user:{PASSWORD}@"));
    let credential: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("user", PASSWORD));
    let mut request = with(&context, &url, credential);
    request.set_pre_authenticate(true).unwrap();
    let error = request.get_response().unwrap_err();
    let mut base = WebRequest::create_in(&context, &url).unwrap();
    let base_error = base.get_response().unwrap_err();
    let response = error.response().unwrap().clone();
    let shown = [
        format!("{error}"),
        format!("{error:?}"),
        format!("{error:#}"),
        format!("{base_error} {base_error:?} {base_error:#}"),
        format!("{request:?}"),
        format!("{base:?}"),
        format!("{response:?}"),
        format!("{:?}", response.as_http().unwrap()),
        format!("{:?}", request.service_point().unwrap()),
    ];
    // The user and the password.
    let encoded = peer.requests()[1].header("Authorization").unwrap();
    let encoded = encoded.strip_prefix("Basic ").unwrap();
    for text in shown {
        assert!(
            !text.contains(PASSWORD) && !text.contains(encoded),
            "{text}"
        );
    }
    // Nor does the address's password go to the server by itself.
    for request in peer.requests() {
        assert!(!request.head_text().contains(PASSWORD));
    }
}

/// A long 401 is not read for ever to keep its connection.
#[test]
fn endless_challenge_is_dropped() {
    let peer = HttpPeer::scripts([
        Script::new()
            .answer("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=r\r\n\r\n")
            .send_pattern(1 << 40),
        Script::new().answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin"),
    ]);
    let mut request = with(&context(), &peer.url("/"), user());
    assert_eq!(request.get_response().unwrap().into_string().unwrap(), "in");
    assert_eq!(peer.connections_opened(), 2);
}
