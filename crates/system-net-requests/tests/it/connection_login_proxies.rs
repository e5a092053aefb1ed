//! Logins that belong to a connection, at proxies and through their tunnels; and servers that prove who
//! they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_primitives::Credentials;
use system_net_requests::{
    AuthenticationManager, HttpWebRequest, WebExceptionStatus as Status, WebRequest,
};
use system_net_security::authentication::{
    AuthenticationLevel, AuthenticationModule, AuthenticationRequest, Authorization, Challenges,
    Update,
};
use system_net_security::extended_protection::BindingCheck;
use system_net_security::mechanism::{Accepted, LogonError, Mechanism};
use system_net_security::ntlm::{NtlmServer, NtlmServerOptions};
use system_net_testkit::{Authority, HttpPeer, ProxyAnswer, RecordedRequest, Response};
use system_net_web_proxy::WebProxy;

use crate::{check_status, context, context_trusting};

use crate::connection_logins::{Manners, accounts, encrypted, server, text, user, with};

/// A proxy that wants an NTLM login on each connection, for tunnels or for requests it passes on.
fn ntlm_proxy(to: Option<std::net::SocketAddr>, seen: &Arc<Mutex<Vec<Accepted>>>) -> HttpPeer {
    let logins: Mutex<HashMap<usize, Box<dyn Mechanism>>> = Mutex::default();
    let seen = Arc::clone(seen);
    HttpPeer::proxy(move |request| {
        let mut logins = logins.lock().unwrap();
        let asks = |field: String| {
            Response::new(407)
                .header("Proxy-Authenticate", &field)
                .into()
        };
        let passed = |request: &RecordedRequest| match to {
            Some(to) => ProxyAnswer::Tunnel(to),
            None => Response::new(200).body(request.request_line()).into(),
        };
        let Some(field) = request.header("Proxy-Authorization") else {
            return match logins.get(&request.connection) {
                Some(login) if login.is_complete() => passed(request),
                _ => asks("NTLM".to_owned()),
            };
        };
        let token = STANDARD
            .decode(field.strip_prefix("NTLM ").unwrap())
            .unwrap();
        let login = logins
            .entry(request.connection)
            .or_insert_with(|| Manners::default().mechanism());
        match login.step(Some(&token)) {
            Ok(step) if step.complete => {
                seen.lock().unwrap().push(login.accepted().unwrap().clone());
                passed(request)
            }
            Ok(step) => asks(format!("NTLM {}", STANDARD.encode(step.message.unwrap()))),
            Err(_) => Response::new(403).into(),
        }
    })
}

fn through(proxy: &HttpPeer, request: &mut HttpWebRequest, name: &str) {
    let proxy = WebProxy::new(proxy.url("/")).unwrap();
    proxy.set_credentials(Some(user(name)));
    request.set_proxy(Some(Arc::new(proxy))).unwrap();
}

/// A login at the proxy on the way to a tunnel, and another one through it.
#[test]
fn ntlm_through_connect_tunnel() {
    let authority = Authority::new();
    let manners = encrypted(&authority);
    let peer = server(&manners);
    let seen = Arc::default();
    let proxy = ntlm_proxy(Some(peer.address()), &seen);
    let context = context_trusting(&authority);
    for _ in 0..2 {
        let mut request = with(&context, "https://server.example/", user("ann"));
        through(&proxy, &mut request, "bob");
        assert_eq!(text(&mut request), "ann 0");
    }
    assert_eq!(manners.users(), [(manners.users()[0].0, "ann".to_owned())]);
    assert_eq!(manners.seen()[0].1.binding, BindingCheck::Matches);
    // The tunnel that was asked becomes ann's.
    let users = seen.lock().unwrap();
    assert!(
        users.iter().all(|user| user.user_name == "bob"),
        "{users:?}"
    );
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].service_name.as_deref(), Some("HTTP/127.0.0.1"));
}

/// A login at a proxy that passes requests on belongs to the connection to the proxy.
#[test]
fn ntlm_at_a_proxy_that_passes_on() {
    let seen = Arc::default();
    let proxy = ntlm_proxy(None, &seen);
    let context = context();
    for name in ["bob", "sue", "bob"] {
        let url = format!("http://server.example/{name}");
        let mut request = WebRequest::create_http_in(&context, &url).unwrap();
        through(&proxy, &mut request, name);
        assert_eq!(text(&mut request), format!("GET {url} HTTP/1.1"));
    }
    let users = seen.lock().unwrap();
    let names: Vec<&str> = users.iter().map(|user| &*user.user_name).collect();
    assert_eq!(names, ["bob", "sue"]);
}

/// A scheme whose server proves who it is, or something else, with the response.
struct Proves;

impl AuthenticationModule for Proves {
    fn authentication_type(&self) -> &'static str {
        "Proves"
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
        challenges.find("Proves")?;
        Some(Authorization::new("Proves it"))
    }

    fn update(
        &self,
        _challenges: &Challenges,
        info: Option<&[u8]>,
        _request: &mut AuthenticationRequest<'_>,
    ) -> Update {
        match info {
            Some(b"it is me") => Update::MutuallyAuthenticated,
            Some(_) => Update::Failed(logon_error()),
            None => Update::Unchanged,
        }
    }
}

/// An error of a login, made by one.
fn logon_error() -> LogonError {
    let mut server = NtlmServer::new(accounts, NtlmServerOptions::default());
    server.step(Some(b"nothing of a login")).unwrap_err()
}

#[test]
fn servers_that_prove_who_they_are() {
    use AuthenticationLevel::{MutualAuthRequested, MutualAuthRequired};
    for (info, level, expected) in [
        (Some("it is me"), MutualAuthRequired, Ok(true)),
        (Some("it is me"), MutualAuthRequested, Ok(true)),
        (None, MutualAuthRequested, Ok(false)),
        (None, AuthenticationLevel::None, Ok(false)),
        (None, MutualAuthRequired, Err(Status::ProtocolError)),
        (
            Some("nobody"),
            MutualAuthRequested,
            Err(Status::ServerProtocolViolation),
        ),
    ] {
        let peer = HttpPeer::serve(move |request| {
            let response = match request.header("Authorization") {
                Some(_) => Response::new(200),
                None => return Response::new(401).header("WWW-Authenticate", "Proves"),
            };
            match info {
                Some(info) => response.header("Authentication-Info", info),
                None => response,
            }
        });
        let context = context();
        AuthenticationManager::of(&context)
            .unwrap()
            .register(Arc::new(Proves));
        let mut request = with(&context, &peer.url("/"), user("ann"));
        assert_eq!(request.authentication_level(), MutualAuthRequested);
        request.set_authentication_level(level).unwrap();
        match (request.get_response(), expected) {
            (Ok(response), Ok(proven)) => assert_eq!(response.is_mutually_authenticated(), proven),
            (result, Err(status)) => {
                check_status(result, status);
            }
            (result, _) => panic!("{result:?}"),
        }
    }
    // Without a login nobody has proved anything.
    let peer = HttpPeer::serve(|_| Response::new(200));
    let mut request = with(&context(), &peer.url("/"), user("ann"));
    request
        .set_authentication_level(MutualAuthRequired)
        .unwrap();
    check_status(request.get_response(), Status::ProtocolError);
}
