//! Logins of requests whose body is written once and not kept.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_config::NetContext;
use system_net_primitives::{Credentials, HttpVersion, NetworkCredential};
use system_net_requests::{
    HttpVersionPolicy, HttpWebRequest, WebError, WebExceptionStatus as Status,
};
use system_net_security::mechanism::Mechanism;
use system_net_testkit::{
    Authority, Conversation, Http2Conversation, HttpPeer, Interrupted, RecordedRequest,
};

use crate::connection_logins::{Manners, user, with};
use crate::{check_status, context, context_trusting, http2, http2_tls};

/// `EXAMPLE\ann` with the password of all tests.
const BASIC: &str = "Basic RVhBTVBMRVxhbm46Z2VoZWltLVp4ODE=";

/// How a server asks for a login.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scheme {
    Basic,
    Ntlm,
    Negotiate,
}

const SCHEMES: [Scheme; 3] = [Scheme::Basic, Scheme::Ntlm, Scheme::Negotiate];

/// A server that asks for the login before it wants the body, and counts the bodies it got.
fn guarded(scheme: Scheme) -> (HttpPeer, Arc<AtomicUsize>) {
    let bodies = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&bodies);
    let peer = HttpPeer::converse(move |talk| guard(talk, scheme, &count));
    (peer, bodies)
}

fn guard(
    talk: &mut Conversation<'_>,
    scheme: Scheme,
    count: &AtomicUsize,
) -> Result<(), Interrupted> {
    let mut login: Option<Box<dyn Mechanism>> = None;
    loop {
        let head = talk.head()?;
        let field = head.header("Authorization").unwrap_or_default();
        let verdict = match scheme {
            Scheme::Basic if field == BASIC => None,
            Scheme::Basic => Some("Basic realm=\"r\"".to_owned()),
            Scheme::Ntlm => step(&mut login, "NTLM", &field, Manners::speaking(false)),
            Scheme::Negotiate => step(&mut login, "Negotiate", &field, Manners::speaking(true)),
        };
        let expects = head.header("Expect").is_some();
        if let Some(challenge) = verdict {
            if !expects {
                let body = talk.body(&head)?.unwrap_or_default();
                count.fetch_add(usize::from(!body.is_empty()), Ordering::SeqCst);
            }
            talk.send(format!(
                "HTTP/1.1 401 X\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n"
            ))?;
            continue;
        }
        if expects {
            talk.send("HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = talk.body(&head)?.unwrap_or_default();
        count.fetch_add(usize::from(!body.is_empty()), Ordering::SeqCst);
        let text = body.len().to_string();
        let length = text.len();
        talk.send(format!(
            "HTTP/1.1 200 X\r\nContent-Length: {length}\r\n\r\n{text}"
        ))?;
    }
}

/// The challenge; `None`: the connection is logged in.
fn step(
    login: &mut Option<Box<dyn Mechanism>>,
    scheme: &str,
    field: &str,
    manners: Manners,
) -> Option<String> {
    let token = field.strip_prefix(scheme).unwrap_or_default().trim();
    if token.is_empty() {
        let is_in = login.as_ref().is_some_and(|login| login.is_complete());
        return (!is_in).then(|| scheme.to_owned());
    }
    let token = STANDARD.decode(token).unwrap();
    let mechanism = login.get_or_insert_with(|| manners.mechanism());
    match mechanism.step(Some(&token)) {
        Ok(step) if step.complete => None,
        Ok(step) => Some(format!(
            "{scheme} {}",
            STANDARD.encode(step.message.unwrap())
        )),
        Err(_) => {
            *login = None;
            Some(scheme.to_owned())
        }
    }
}

/// A POST of five bytes that are not kept. The server has as long as it needs to say that it wants
/// them.
fn post(
    context: &NetContext,
    peer: &HttpPeer,
    credentials: Arc<dyn Credentials>,
    expects: bool,
) -> HttpWebRequest {
    let mut request = with(context, &peer.url("/"), credentials);
    request.set_method("POST").unwrap();
    request.set_allow_write_stream_buffering(false).unwrap();
    request
        .set_continue_timeout(Duration::from_secs(60))
        .unwrap();
    let point = request.service_point().unwrap();
    point.set_expect_100_continue(expects);
    request
}

fn send(request: &mut HttpWebRequest) -> Result<String, WebError> {
    let mut stream = request.get_request_stream()?;
    stream.write_all(b"hello").unwrap();
    stream.close()?;
    request.get_response()?.into_string()
}

fn fields(requests: &[RecordedRequest]) -> Vec<String> {
    let fields = requests.iter().map(|it| it.header("Authorization"));
    fields.map(Option::unwrap_or_default).collect()
}

/// A server that is asked before the body gets the login before the body, which goes out once.
#[test]
fn unkept_bodies_log_in_while_they_are_awaited() {
    for scheme in SCHEMES {
        for chunked in [false, true] {
            let (peer, bodies) = guarded(scheme);
            let context = context();
            for round in 1..3 {
                let mut request = post(&context, &peer, user("ann"), true);
                match chunked {
                    true => request.set_send_chunked(true).unwrap(),
                    false => request.set_content_length(5).unwrap(),
                }
                assert_eq!(send(&mut request).unwrap(), "5", "{scheme:?}");
                assert_eq!(bodies.load(Ordering::SeqCst), round, "{scheme:?}");
            }
            let sent = fields(&peer.requests());
            let logins = sent.iter().filter(|field| !field.is_empty()).count();
            // The connection stays logged in; Basic is asked for each time.
            assert_eq!(logins, 2, "{scheme:?}: {sent:?}");
        }
    }
}

/// The password is tried once, and no body goes out.
#[test]
fn unkept_bodies_of_whom_the_server_refuses() {
    for scheme in SCHEMES {
        let (peer, bodies) = guarded(scheme);
        let wrong = NetworkCredential::with_domain("ann", "wrong", "EXAMPLE");
        let mut request = post(&context(), &peer, Arc::new(wrong), true);
        request.set_content_length(5).unwrap();
        let error = check_status(send(&mut request), Status::ProtocolError);
        assert!(error.to_string().contains("(401)"), "{error}");
        assert!(!error.body_is_gone(), "{error}");
        assert_eq!(bodies.load(Ordering::SeqCst), 0, "{scheme:?}");
        let sent = fields(&peer.requests());
        let expected = if scheme == Scheme::Basic { 2 } else { 3 };
        assert_eq!(sent.len(), expected, "{scheme:?}: {sent:?}");
    }
}

/// Whoever does not ask before the body has sent it when the login is asked for: the error says what
/// helps.
#[test]
fn unkept_bodies_that_are_gone() {
    for scheme in SCHEMES {
        let (peer, bodies) = guarded(scheme);
        let mut request = post(&context(), &peer, user("ann"), false);
        request.set_content_length(5).unwrap();
        let error = check_status(send(&mut request), Status::ProtocolError);
        assert!(error.body_is_gone());
        for advice in [
            "(401)",
            "allow_write_stream_buffering",
            "set_expect_100_continue",
            "pre_authenticate",
        ] {
            assert!(error.to_string().contains(advice), "{error}");
        }
        assert_eq!(bodies.load(Ordering::SeqCst), 1, "{scheme:?}");
        assert_eq!(peer.requests().len(), 1);
    }
}

/// Where the user was let in before, the login goes along unasked, and the body with its last message.
#[test]
fn unkept_bodies_with_pre_authentication() {
    for scheme in SCHEMES {
        let (peer, bodies) = guarded(scheme);
        let context = context();
        let mut first = with(&context, &peer.url("/"), user("ann"));
        drop(first.get_response().unwrap());
        let before = peer.requests().len();
        let mut request = post(&context, &peer, user("ann"), false);
        request.set_pre_authenticate(true).unwrap();
        request.set_connection_group_name(Some("new")).unwrap();
        request.set_content_length(5).unwrap();
        assert_eq!(send(&mut request).unwrap(), "5", "{scheme:?}");
        assert_eq!(bodies.load(Ordering::SeqCst), 1, "{scheme:?}");
        let requests = peer.requests().split_off(before);
        let lengths = requests
            .iter()
            .map(|it| it.header("Content-Length").unwrap());
        let expected: &[&str] = if scheme == Scheme::Basic {
            &["5"]
        } else {
            &["0", "5"]
        };
        assert_eq!(lengths.collect::<Vec<_>>(), expected, "{scheme:?}");
        assert!(fields(&requests).iter().all(|field| !field.is_empty()));
    }
}

/// Over HTTP/2 as well: the body goes out once, behind the login, and not at all without one that is
/// right. Nor is a login sent that the server never asked for.
#[test]
fn unkept_bodies_log_in_over_http2() {
    #[track_caller]
    fn check(
        user: Arc<dyn Credentials>,
        expects: bool,
        sent: &[(&str, usize)],
        status: Option<u16>,
    ) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let peer = http2::peer(&[], move |talk| {
            loop {
                let request = talk.request()?;
                let stream = request.stream;
                let login = request.field("authorization").unwrap_or_default();
                let expects = request.field("expect").is_some();
                let right = login == BASIC;
                if expects && right {
                    talk.head(stream, &[(":status", "100")], false)?;
                }
                let body = match right || !expects {
                    true => talk.body(&request)?,
                    false => Vec::new(),
                };
                noted.lock().unwrap().push((login.to_owned(), body.len()));
                let challenge = ("www-authenticate", "Basic realm=\"r\"");
                match right {
                    true => talk.respond(stream, "200", b"in")?,
                    false => talk.head(stream, &[(":status", "401"), challenge], true)?,
                }
            }
        });
        let context = context();
        let mut request = http2::post(&context, &peer.url("/"));
        request.set_credentials(Some(user)).unwrap();
        request.set_allow_write_stream_buffering(false).unwrap();
        request.set_content_length(5).unwrap();
        let long = Duration::from_secs(60);
        request.set_continue_timeout(long).unwrap();
        let point = request.service_point().unwrap();
        point.set_expect_100_continue(expects);
        let result = send(&mut request);
        match status {
            None => assert_eq!(result.unwrap(), "in"),
            Some(status) => {
                let error = check_status(result, Status::ProtocolError);
                assert!(error.to_string().contains(&status.to_string()), "{error}");
            }
        }
        let seen = seen.lock().unwrap();
        let seen: Vec<(&str, usize)> = seen.iter().map(|(it, body)| (&**it, *body)).collect();
        assert_eq!(seen, sent);
        assert_eq!(peer.connections_opened(), 1);
    }
    check(user("ann"), true, &[("", 0), (BASIC, 5)], None);
    let wrong = NetworkCredential::with_domain("ann", "wrong", "EXAMPLE");
    let field = format!("Basic {}", STANDARD.encode("EXAMPLE\\ann:wrong"));
    check(Arc::new(wrong), true, &[("", 0), (&field, 0)], Some(401));
    // Who does not ask has sent the body in vain.
    check(user("ann"), false, &[("", 5)], Some(401));
}

/// A login that belongs to a connection turns to HTTP/1.1 before the body, be it that the server asks for
/// it over HTTP/2 or that it wants HTTP/1.1 for it at once.
#[test]
fn unkept_bodies_turn_to_http1_for_logins_of_connections() {
    for resets in [true, false] {
        let bodies = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&bodies);
        let authority = Authority::new();
        let context = context_trusting(&authority);
        let identity = http2_tls::identity(&authority, &["h2", "http/1.1"]);
        let peer = HttpPeer::converse_tls(&identity, move |wire| {
            if !wire.peek()?.starts_with(b"PRI") {
                return guard(wire, Scheme::Ntlm, &count);
            }
            let mut talk = Http2Conversation::begin(wire, &[])?;
            loop {
                let head = talk.request()?;
                assert_eq!(head.field("authorization"), None);
                match resets {
                    true => talk.reset(head.stream, http2_tls::HTTP_1_1_REQUIRED)?,
                    false => {
                        let fields = [(":status", "401"), ("www-authenticate", "NTLM")];
                        talk.head(head.stream, &fields, true)?;
                    }
                }
            }
        });
        let mut request = with(&context, &peer.url_localhost("/"), user("ann"));
        request
            .set_protocol_version(HttpVersion::VERSION20)
            .unwrap();
        let policy = HttpVersionPolicy::RequestVersionOrLower;
        request.set_version_policy(policy).unwrap();
        request.set_method("POST").unwrap();
        request.set_allow_write_stream_buffering(false).unwrap();
        request.set_content_length(5).unwrap();
        let long = Duration::from_secs(60);
        request.set_continue_timeout(long).unwrap();
        assert_eq!(send(&mut request).unwrap(), "5", "{resets}");
        assert_eq!(bodies.load(Ordering::SeqCst), 1, "{resets}");
    }
}
