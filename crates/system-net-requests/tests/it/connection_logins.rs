//! Logins that belong to a connection: over which connections their messages go, who shares one,
//! and to what they are tied. The server's part of the login is this library's; its vectors and
//! other programs check it elsewhere. What is tested here is the client's connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_primitives::{Credentials, NetworkCredential};
use system_net_requests::{HttpWebRequest, WebExceptionStatus as Status, WebRequest};
use system_net_security::extended_protection::{
    BindingCheck, ChannelBinding, ExtendedProtectionPolicy, PolicyEnforcement, Presented, Refusal,
    ServiceNameCollection,
};
use system_net_security::mechanism::{Accepted, Mechanism};
use system_net_security::negotiate::NegotiateServer;
use system_net_security::ntlm::{NtHash, NtlmServer, NtlmServerOptions, OwnChallenges};
use system_net_testkit::{
    Authority, Conversation, HttpPeer, Interrupted, PASSWORD, RecordedRequest, Response,
    TlsIdentity, Validity,
};
use system_net_web_proxy::WebProxy;

use crate::address_checks::Recorded;
use crate::{check_status, context, context_trusting};

pub(crate) fn accounts(user: &str, _domain: &str) -> Option<NtHash> {
    (!user.is_empty()).then(|| NtHash::of_password(PASSWORD))
}

pub(crate) fn user(name: &str) -> Arc<dyn Credentials> {
    Arc::new(NetworkCredential::with_domain(name, PASSWORD, "EXAMPLE"))
}

/// How the server behaves.
#[derive(Clone, Default)]
pub(crate) struct Manners {
    /// `Negotiate`, else `NTLM`.
    negotiate: bool,
    tls: Option<(TlsIdentity, ChannelBinding)>,
    /// Whether it is known as this process's own; else it stands for another machine's.
    own: bool,
    /// Close the connection after the challenge, so often.
    closes: Arc<Mutex<u32>>,
    /// Who was let in, with what the login carried, by connection.
    seen: Arc<Mutex<Vec<(usize, Accepted)>>>,
}

impl Manners {
    /// A server that is known as this process's own.
    pub(crate) fn of_this_process(negotiate: bool) -> Self {
        Self {
            negotiate,
            own: true,
            ..Self::default()
        }
    }

    fn scheme(&self) -> &'static str {
        if self.negotiate { "Negotiate" } else { "NTLM" }
    }

    pub(crate) fn speaking(negotiate: bool) -> Self {
        Self {
            negotiate,
            ..Self::default()
        }
    }

    pub(crate) fn mechanism(&self) -> Box<dyn Mechanism> {
        let options = NtlmServerOptions {
            channel_binding: self.tls.as_ref().map(|(_, binding)| binding.clone()),
            own_challenges: match self.own {
                true => OwnChallenges::of_process().clone(),
                false => OwnChallenges::new(),
            },
            ..NtlmServerOptions::default()
        };
        let ntlm = Box::new(NtlmServer::new(accounts, options));
        match self.negotiate {
            true => Box::new(NegotiateServer::new(vec![ntlm])),
            false => ntlm,
        }
    }

    pub(crate) fn seen(&self) -> Vec<(usize, Accepted)> {
        self.seen.lock().unwrap().clone()
    }

    /// Who logged in on which connection.
    pub(crate) fn users(&self) -> Vec<(usize, String)> {
        let seen = self.seen();
        seen.into_iter()
            .map(|(connection, accepted)| (connection, accepted.user_name))
            .collect()
    }
}

fn answer(status: u16, fields: &[(&str, String)], body: &str) -> String {
    let mut text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in fields {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text + "\r\n" + body
}

/// One connection of a server that knows who is at its other end, and says so.
pub(crate) fn talk(manners: &Manners, talk: &mut Conversation<'_>) -> Result<(), Interrupted> {
    if let Some((identity, _)) = &manners.tls {
        talk.start_tls(identity)?;
    }
    let scheme = manners.scheme();
    let mut login: Option<Box<dyn Mechanism>> = None;
    let mut who: Option<String> = None;
    loop {
        let head = talk.head()?;
        let body = talk.body(&head)?.unwrap_or_default();
        let field = head.header("Authorization").unwrap_or_default();
        let Some(token) = field.strip_prefix(scheme) else {
            let reply = match &who {
                Some(who) => answer(200, &[], &format!("{who} {}", body.len())),
                None => answer(
                    401,
                    &[("WWW-Authenticate", scheme.to_owned())],
                    "who are you?",
                ),
            };
            talk.send(reply)?;
            continue;
        };
        let token = STANDARD.decode(token.trim()).unwrap();
        let is_first = login.as_ref().is_none_or(|login| login.is_complete());
        if is_first {
            who = None;
            login = Some(manners.mechanism());
        }
        let mechanism = login.as_mut().unwrap();
        let reply = match mechanism.step(Some(&token)) {
            Err(_) => {
                login = None;
                answer(401, &[("WWW-Authenticate", scheme.to_owned())], "go away")
            }
            Ok(step) => {
                let token = step.message.map(|token| STANDARD.encode(token));
                let field = format!("{scheme} {}", token.unwrap_or_default());
                let fields = [("WWW-Authenticate", field.trim().to_owned())];
                if step.complete {
                    let accepted = mechanism.accepted().unwrap().clone();
                    let name = accepted.user_name.clone();
                    let index = talk.connection_index();
                    manners.seen.lock().unwrap().push((index, accepted));
                    let text = format!("{name} {}", body.len());
                    who = Some(name);
                    answer(200, &fields[..usize::from(manners.negotiate)], &text)
                } else {
                    let reply = answer(401, &fields, "");
                    let closes = {
                        let mut closes = manners.closes.lock().unwrap();
                        let now = *closes > 0;
                        *closes = closes.saturating_sub(1);
                        now
                    };
                    if closes {
                        talk.send(reply)?;
                        return talk.close();
                    }
                    reply
                }
            }
        };
        talk.send(reply)?;
    }
}

pub(crate) fn server(manners: &Manners) -> HttpPeer {
    let manners = manners.clone();
    HttpPeer::converse(move |conversation| talk(&manners, conversation))
}

pub(crate) fn with(
    context: &system_net_config::NetContext,
    url: &str,
    credentials: Arc<dyn Credentials>,
) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_credentials(Some(credentials)).unwrap();
    request
}

pub(crate) fn text(request: &mut HttpWebRequest) -> String {
    request.get_response().unwrap().into_string().unwrap()
}

/// The length of each request's login message, `None` without one, and of its body.
fn messages(requests: &[RecordedRequest]) -> Vec<(Option<usize>, usize)> {
    requests
        .iter()
        .map(|request| {
            let length = request.header("Content-Length");
            let body = length.map_or(0, |length| length.parse().unwrap());
            (
                request.header("Authorization").map(|field| field.len()),
                body,
            )
        })
        .collect()
}

#[test]
fn a_user_logs_in_once_per_connection() {
    for negotiate in [false, true] {
        let manners = Manners {
            negotiate,
            ..Manners::default()
        };
        let peer = server(&manners);
        let context = context();
        for _ in 0..3 {
            assert_eq!(
                text(&mut with(&context, &peer.url("/"), user("ann"))),
                "ann 0"
            );
        }
        let sent = messages(&peer.requests());
        let logins = sent.iter().filter(|(login, _)| login.is_some()).count();
        assert_eq!(logins, 2, "{sent:?}");
        // One request to be asked, two to log in, two further ones.
        assert_eq!(sent.len(), 5, "{sent:?}");
        assert_eq!(manners.users().len(), 1);
        // The connection that was asked became the user's own.
        assert_eq!(peer.connections_opened(), 1);
    }
}

#[test]
fn connection_group_isolation() {
    let manners = Manners::default();
    let peer = server(&manners);
    let context = context();
    for _ in 0..3 {
        for name in ["ann", "bob"] {
            let expected = format!("{name} 0");
            assert_eq!(
                text(&mut with(&context, &peer.url("/"), user(name))),
                expected
            );
        }
        // Who has no credentials is nobody.
        let error = check_status(
            WebRequest::create_http_in(&context, peer.url("/"))
                .unwrap()
                .get_response(),
            Status::ProtocolError,
        );
        assert!(error.to_string().contains("(401)"), "{error}");
    }
    let users = manners.users();
    assert_eq!(users.len(), 2, "{users:?}");
    assert_ne!(users[0].0, users[1].0);
    // The same name with another password is another user: nobody gets in on another's login.
    let wrong = NetworkCredential::with_domain("ann", "wrong", "EXAMPLE");
    let mut request = with(&context, &peer.url("/"), Arc::new(wrong));
    check_status(request.get_response(), Status::ProtocolError);
    // And a group of the program's own keeps its connections apart as well.
    let mut request = with(&context, &peer.url("/"), user("ann"));
    request
        .set_connection_group_name(Some("of its own"))
        .unwrap();
    assert_eq!(text(&mut request), "ann 0");
    assert_eq!(manners.users().len(), 3);
}

/// The connection on which the 401 came becomes the user's own, and nobody else's afterwards: not
/// another user's, and not of who has no credentials. A user that has a connection takes that.
#[test]
fn the_asked_connection_becomes_the_users() {
    let manners = Manners::default();
    let peer = server(&manners);
    let context = context();
    let anonymous = || {
        let nobody = WebRequest::create_http_in(&context, peer.url("/"))
            .unwrap()
            .get_response();
        check_status(nobody, Status::ProtocolError)
    };
    // Nobody's connection, kept alive: the first user that is asked for a login on it has it.
    drop(anonymous());
    assert_eq!(
        text(&mut with(&context, &peer.url("/"), user("ann"))),
        "ann 0"
    );
    assert_eq!(peer.connections_opened(), 1);
    assert_eq!(manners.users(), [(0, "ann".to_owned())]);
    drop(anonymous());
    assert_eq!(peer.connections_opened(), 2);
    // The server is known to ask for such logins: bob begins in his own group, not on nobody's.
    assert_eq!(
        text(&mut with(&context, &peer.url("/"), user("bob"))),
        "bob 0"
    );
    assert_eq!(
        text(&mut with(&context, &peer.url("/"), user("ann"))),
        "ann 0"
    );
    assert_eq!(peer.connections_opened(), 3);
    assert_eq!(
        manners.users(),
        [(0, "ann".to_owned()), (2, "bob".to_owned())]
    );
    let request = with(&context, &peer.url("/"), user("ann"));
    let point = request.service_point().unwrap();
    assert_eq!(point.current_connections(), 3);
    // The places of the groups are counted right: all are idle, and all are closed.
    assert!(point.close_connection_group(None));
    assert_eq!(point.current_connections(), 0);
}

#[test]
fn unsafe_auth_sharing_default_off() {
    for shared in [false, true] {
        let manners = Manners::default();
        let peer = server(&manners);
        let context = context();
        let mut seen = Vec::new();
        for name in ["ann", "bob", "ann"] {
            let mut request = with(&context, &peer.url("/"), user(name));
            assert!(!request.unsafe_authenticated_connection_sharing());
            request
                .set_unsafe_authenticated_connection_sharing(shared)
                .unwrap();
            seen.push(text(&mut request));
        }
        match shared {
            false => assert_eq!(seen, ["ann 0", "bob 0", "ann 0"]),
            // Whoever comes later is taken for the first: that is what it says.
            true => {
                assert_eq!(seen, ["ann 0", "ann 0", "ann 0"]);
                assert_eq!(peer.connections_opened(), 1);
            }
        }
    }
}

/// One request that shares its login shares it with those that say so, and with nobody else.
#[test]
fn sharing_is_for_those_who_ask_for_it() {
    let manners = Manners::default();
    let peer = server(&manners);
    let context = context();
    let mut shared = with(&context, &peer.url("/"), user("ann"));
    shared
        .set_unsafe_authenticated_connection_sharing(true)
        .unwrap();
    assert_eq!(text(&mut shared), "ann 0");
    assert_eq!(
        text(&mut with(&context, &peer.url("/"), user("bob"))),
        "bob 0"
    );
    let nobody = WebRequest::create_http_in(&context, peer.url("/"))
        .unwrap()
        .get_response();
    check_status(nobody, Status::ProtocolError);
    // And what bob has logged in is not for those who share either.
    let mut shared = with(&context, &peer.url("/"), user("sue"));
    shared
        .set_unsafe_authenticated_connection_sharing(true)
        .unwrap();
    assert_eq!(text(&mut shared), "ann 0");
}

#[test]
fn many_users_at_once_never_meet() {
    let manners = Manners::default();
    let peer = server(&manners);
    let context = context();
    let names: Vec<String> = (0..12).map(|number| format!("user{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            let (context, url) = (&context, peer.url("/"));
            scope.spawn(move || {
                for _ in 0..25 {
                    let expected = format!("{name} 0");
                    assert_eq!(text(&mut with(context, &url, user(name))), expected);
                }
            });
        }
    });
    let mut connections: HashMap<usize, Vec<String>> = HashMap::new();
    for (connection, name) in manners.users() {
        connections.entry(connection).or_default().push(name);
    }
    assert!(
        connections.values().all(|names| names.len() == 1),
        "{connections:?}"
    );
    assert_eq!(connections.len(), names.len());
}

#[test]
fn a_wrong_password_is_tried_once() {
    for negotiate in [false, true] {
        let manners = Manners {
            negotiate,
            ..Manners::default()
        };
        let peer = server(&manners);
        let wrong = NetworkCredential::with_domain("ann", "wrong", "EXAMPLE");
        let context = context();
        let mut request = with(&context, &peer.url("/"), Arc::new(wrong));
        let error = check_status(request.get_response(), Status::ProtocolError);
        assert!(error.to_string().contains("(401)"), "{error}");
        assert_eq!(
            error.into_response().unwrap().into_string().unwrap(),
            "go away"
        );
        let sent = messages(&peer.requests());
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert!(manners.users().is_empty());
        // What is left of it serves nobody.
        assert_eq!(
            text(&mut with(&context, &peer.url("/"), user("ann"))),
            "ann 0"
        );
    }
}

/// A server that closes in the middle gets another chance, and not for ever.
#[test]
fn a_login_that_is_interrupted_begins_anew() {
    for (closes, succeeds) in [(1, true), (2, true), (100, false)] {
        let manners = Manners::default();
        *manners.closes.lock().unwrap() = closes;
        let peer = server(&manners);
        let mut request = with(&context(), &peer.url("/"), user("ann"));
        match succeeds {
            true => assert_eq!(text(&mut request), "ann 0"),
            false => {
                let error = check_status(request.get_response(), Status::ConnectionClosed);
                assert!(
                    error.to_string().contains("between the messages"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn spn_from_request_url() {
    let manners = Manners::default();
    let peer = server(&manners);
    let context = context();
    assert_eq!(
        text(&mut with(&context, &peer.url("/x"), user("ann"))),
        "ann 0"
    );
    let localhost = peer.url_localhost("/x");
    assert_eq!(text(&mut with(&context, &localhost, user("ann"))), "ann 0");
    let names: Vec<_> = manners
        .seen()
        .into_iter()
        .map(|(_, accepted)| accepted.service_name.unwrap())
        .collect();
    assert_eq!(names, ["HTTP/127.0.0.1", "HTTP/localhost"]);
}

#[test]
fn host_override_does_not_change_spn() {
    let manners = Manners::default();
    let peer = server(&manners);
    let mut request = with(&context(), &peer.url_localhost("/"), user("ann"));
    request.set_host("www.other.example").unwrap();
    assert_eq!(text(&mut request), "ann 0");
    let host = peer.requests()[0].header("Host");
    assert_eq!(host.as_deref(), Some("www.other.example"));
    let seen = manners.seen();
    assert_eq!(seen[0].1.service_name.as_deref(), Some("HTTP/localhost"));
}

/// A TLS server, and the value of its channels.
pub(crate) fn encrypted(authority: &Authority) -> Manners {
    let issued = authority.issue(&["127.0.0.1", "server.example"], Validity::Now);
    let pem = issued.certificate_pem.lines();
    let encoded: String = pem.filter(|line| !line.starts_with('-')).collect();
    let certificate = STANDARD.decode(encoded).unwrap();
    let binding = ChannelBinding::endpoint(&certificate).unwrap();
    Manners {
        tls: Some((issued.identity(), binding)),
        ..Manners::default()
    }
}

#[test]
fn client_sends_cbt_by_default() {
    for negotiate in [false, true] {
        let authority = Authority::new();
        let manners = Manners {
            negotiate,
            ..encrypted(&authority)
        };
        let peer = server(&manners);
        let url = peer.url("/").replace("http:", "https:");
        let context = context_trusting(&authority);
        assert_eq!(text(&mut with(&context, &url, user("ann"))), "ann 0");
        assert_eq!(manners.seen()[0].1.binding, BindingCheck::Matches);
    }
    // Without TLS there is nothing to be tied to.
    let manners = Manners::default();
    let peer = server(&manners);
    assert_eq!(
        text(&mut with(&context(), &peer.url("/"), user("ann"))),
        "ann 0"
    );
    assert_eq!(manners.seen()[0].1.binding, BindingCheck::Absent);
}

/// Schemes that belong to the connection are not tried where a proxy may share its own.
#[test]
fn ntlm_not_through_a_proxy_that_passes_on() {
    for (keeps_sessions, messages) in [(false, 1), (true, 2)] {
        let peer = HttpPeer::serve(move |request| {
            let response = match request.header("Authorization") {
                Some(field) => Response::new(403).body(field),
                None => Response::new(401).header("WWW-Authenticate", "NTLM"),
            };
            match keeps_sessions {
                true => response.header("Proxy-Support", "Session-Based-Authentication"),
                false => response,
            }
        });
        let mut request = with(&context(), "http://server.example/", user("ann"));
        let proxy = WebProxy::new(peer.url("/")).unwrap();
        request.set_proxy(Some(Arc::new(proxy))).unwrap();
        check_status(request.get_response(), Status::ProtocolError);
        assert_eq!(peer.requests().len(), messages);
    }
}

/// Somebody in between who has a certificate of his own for the name: what the client sends him
/// is worth nothing at the server it was meant for.
#[test]
fn ntlm_relay_two_servers() {
    let authority = Authority::new();
    let (near, far) = (encrypted(&authority), encrypted(&authority));
    // The relay does the client's TLS, and hands each message to the far server's login.
    let inner = Arc::new(Mutex::new(far.mechanism()));
    let outcome = Arc::new(Mutex::new(None));
    let relay = {
        let (identity, inner) = (near.tls.clone().unwrap().0, Arc::clone(&inner));
        let outcome = Arc::clone(&outcome);
        HttpPeer::converse(move |talk| {
            talk.start_tls(&identity)?;
            loop {
                let head = talk.head()?;
                let field = head.header("Authorization").unwrap_or_default();
                let Some(token) = field.strip_prefix("NTLM") else {
                    let asks = [("WWW-Authenticate", "NTLM".to_owned())];
                    talk.send(answer(401, &asks, ""))?;
                    continue;
                };
                let token = STANDARD.decode(token.trim()).unwrap();
                let mut far = inner.lock().unwrap();
                let step = far.step(Some(&token)).unwrap();
                if step.complete {
                    *outcome.lock().unwrap() = far.accepted().cloned();
                    talk.send(answer(200, &[], "relayed"))?;
                    continue;
                }
                let field = format!("NTLM {}", STANDARD.encode(step.message.unwrap()));
                talk.send(answer(401, &[("WWW-Authenticate", field)], ""))?;
            }
        })
    };
    let url = relay.url("/").replace("http:", "https:");
    let context = context_trusting(&authority);
    assert_eq!(text(&mut with(&context, &url, user("ann"))), "relayed");
    let accepted = outcome.lock().unwrap().take().unwrap();
    assert_eq!(accepted.binding, BindingCheck::Differs);
    // Neither a strict nor a lenient server lets that in.
    for enforcement in [PolicyEnforcement::Always, PolicyEnforcement::WhenSupported] {
        let presented = Presented {
            binding: accepted.binding,
            service_name: accepted.service_name.as_deref(),
        };
        let policy = ExtendedProtectionPolicy::new(enforcement);
        let judged = policy.judge(true, true, &presented, &ServiceNameCollection::default());
        assert_eq!(judged, Err(Refusal::BindingDiffers));
    }
}

/// Users, groups and who has no credentials, in a random order and at the same time: the server
/// knows each connection by one user alone.
#[test]
fn pool_identity_prop() {
    for seed in 0..4_u64 {
        let manners = Manners {
            negotiate: seed % 2 == 1,
            ..Manners::default()
        };
        let peer = server(&manners);
        let context = context();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let (context, url) = (&context, peer.url("/"));
                scope.spawn(move || {
                    let mut state = seed * 8 + thread + 1;
                    for _ in 0..20 {
                        // A generator of the simplest kind: the order need only differ.
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(99);
                        let name = ["ann", "bob", "joe", "sue", "tom"][(state >> 33) as usize % 5];
                        let mut request = with(context, &url, user(name));
                        let group = (state >> 40) % 3;
                        if group > 0 {
                            let group = format!("group {group}");
                            request.set_connection_group_name(Some(&group)).unwrap();
                        }
                        assert_eq!(text(&mut request), format!("{name} 0"));
                    }
                });
            }
        });
        let mut connections: HashMap<usize, Vec<String>> = HashMap::new();
        for (connection, name) in manners.users() {
            connections.entry(connection).or_default().push(name);
        }
        let mixed = connections.values().find(|names| names.len() > 1);
        assert_eq!(mixed, None, "{connections:?}");
    }
}

/// A resolver that calls the host by another name: the login is for the name in the address.
#[test]
fn spn_not_from_cname() {
    let manners = Manners::default();
    let peer = server(&manners);
    let context = context();
    // `alias.example` is an address of this machine, whose own name is `localhost`.
    Recorded::loopback().in_context(&context);
    let url = format!("http://alias.example:{}/", peer.port());
    let mut request = with(&context, &url, user("ann"));
    assert_eq!(text(&mut request), "ann 0");
    let seen = manners.seen();
    assert_eq!(
        seen[0].1.service_name.as_deref(),
        Some("HTTP/alias.example")
    );
}
