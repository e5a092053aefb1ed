//! Logins of requests whose body is written once and not kept.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_config::NetContext;
use system_net_primitives::{Credentials, NetworkCredential};
use system_net_requests::{HttpWebRequest, WebError, WebExceptionStatus as Status};
use system_net_security::mechanism::Mechanism;
use system_net_testkit::{Conversation, HttpPeer, Interrupted, RecordedRequest};

use crate::connection_logins::{Manners, user, with};
use crate::{check_status, context};

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
