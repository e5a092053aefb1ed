//! Digest at servers and proxies that compute by themselves what they expect.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use system_net_config::NetContext;
use system_net_primitives::{Credentials, NetworkCredential};
use system_net_requests::{HttpWebRequest, WebExceptionStatus as Status, WebRequest};
use system_net_testkit::{HttpPeer, PASSWORD, RecordedRequest, Response};

use crate::proxies::{Tunnelled, at, resolving, text, through, tunnelled};
use crate::{check_status, context, write_body};

fn hex(parts: &[&str]) -> String {
    let hash = Sha256::digest(parts.join(":"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of a parameter; no value here has a quote or a comma in it.
pub(crate) fn parameter(field: &str, name: &str) -> Option<String> {
    let field = field.strip_prefix("Digest ")?;
    let found = field
        .split(", ")
        .find_map(|part| part.strip_prefix(&format!("{name}=")))?;
    Some(found.trim_matches('"').to_owned())
}

/// The proof that `user` makes of what a field says, over this method; with an empty
/// one that of the server.
pub(crate) fn proof(field: &str, method: &str, body: Option<&[u8]>) -> String {
    let value = |name| parameter(field, name).unwrap();
    let a1 = hex(&["user", "r", PASSWORD]);
    let a2 = match body {
        None => hex(&[method, &value("uri")]),
        Some(body) => {
            let body: String = Sha256::digest(body)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            hex(&[method, &value("uri"), &body])
        }
    };
    hex(&[
        &a1,
        &value("nonce"),
        &value("nc"),
        &value("cnonce"),
        &value("qop"),
        &a2,
    ])
}

/// Whether a request has the right proof, for the target in its request line.
fn proves(request: &RecordedRequest, field: &str) -> bool {
    let Some(said) = request.header(field) else {
        return false;
    };
    let int = parameter(&said, "qop").as_deref() == Some("auth-int");
    let body = int.then_some(request.body.as_slice());
    assert_eq!(parameter(&said, "uri"), Some(request.target()));
    parameter(&said, "response") == Some(proof(&said, &request.method(), body))
}

fn asks(nonce: &str, more: &str) -> Response {
    let challenge =
        format!("Digest realm=\"r\", qop=\"auth\", algorithm=SHA-256, nonce=\"{nonce}\"{more}");
    Response::new(401)
        .header("WWW-Authenticate", &challenge)
        .body("no")
}

pub(crate) fn login() -> Arc<dyn Credentials> {
    Arc::new(NetworkCredential::new("user", PASSWORD))
}

pub(crate) fn with(context: &NetContext, url: &str) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_credentials(Some(login())).unwrap();
    request
}

/// Nonce and number of each login.
fn numbers(requests: &[RecordedRequest], field: &str) -> Vec<Option<(String, String)>> {
    let of = |request: &RecordedRequest| {
        let said = request.header(field)?;
        Some((parameter(&said, "nonce")?, parameter(&said, "nc")?))
    };
    requests.iter().map(of).collect()
}

fn number(nonce: &str, number: u32) -> Option<(String, String)> {
    Some((nonce.to_owned(), format!("{number:08x}")))
}

#[test]
fn digest_round_trip_and_next_nonce() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(said) if proves(request, "Authorization") => {
            let value = |name| parameter(&said, name).unwrap();
            let info = format!(
                "rspauth=\"{}\", cnonce=\"{}\", nc={}, qop=auth{}",
                proof(&said, "", None),
                value("cnonce"),
                value("nc"),
                match &*value("nc") {
                    "00000002" => ", nextnonce=\"n2\"",
                    _ => "",
                }
            );
            Response::new(200)
                .header("Authentication-Info", &info)
                .body("in")
        }
        _ => asks("n1", ""),
    });
    let context = context();
    for path in ["/a?q=1", "/b", "/elsewhere/c", "/d"] {
        let mut request = with(&context, &peer.url(path));
        request.set_pre_authenticate(true).unwrap();
        assert_eq!(request.get_response().unwrap().into_string().unwrap(), "in");
    }
    assert_eq!(
        numbers(&peer.requests(), "Authorization"),
        [
            None,
            number("n1", 1),
            number("n1", 2),
            number("n2", 1),
            number("n2", 2)
        ]
    );
    assert_eq!(peer.connections_opened(), 1);
}

#[test]
fn stale_nonces_are_replaced_and_wrong_passwords_tried_once() {
    // `n1` is always too old.
    let peer = HttpPeer::serve(|request| {
        let said = request.header("Authorization");
        let nonce = said.as_deref().and_then(|said| parameter(said, "nonce"));
        match nonce.as_deref() {
            None => asks("n1", ""),
            Some("n1") if proves(request, "Authorization") => asks("n2", ", stale=true"),
            Some(_) if proves(request, "Authorization") => Response::new(200).body("in"),
            Some(_) => asks("n3", ""),
        }
    });
    let mut request = with(&context(), &peer.url("/"));
    assert_eq!(request.get_response().unwrap().into_string().unwrap(), "in");
    let seen = numbers(&peer.requests(), "Authorization");
    assert_eq!(seen, [None, number("n1", 1), number("n2", 1)]);

    let mut request = with(&context(), &peer.url("/"));
    let wrong = NetworkCredential::new("user", "wrong");
    request.set_credentials(Some(Arc::new(wrong))).unwrap();
    check_status(request.get_response(), Status::ProtocolError);
    assert_eq!(peer.request_count(), 3 + 2);

    // A server without end.
    let peer = HttpPeer::serve(|_| asks("n", ", stale=true"));
    let mut request = with(&context(), &peer.url("/"));
    check_status(request.get_response(), Status::ProtocolError);
    assert_eq!(peer.request_count(), 5);
}

#[test]
fn known_bodies_are_covered() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(_) if proves(request, "Authorization") => Response::new(200).body("in"),
        _ => {
            let challenge = "Digest realm=\"r\", qop=\"auth,auth-int\", algorithm=SHA-256, \
                             nonce=\"n\"";
            Response::new(401).header("WWW-Authenticate", challenge)
        }
    });
    for (body, qop) in [(&b"content"[..], "auth-int"), (b"", "auth")] {
        let mut request = with(&context(), &peer.url("/"));
        request.set_method("POST").unwrap();
        write_body(&mut request, body);
        assert_eq!(request.get_response().unwrap().into_string().unwrap(), "in");
        let said = peer
            .requests()
            .pop()
            .unwrap()
            .header("Authorization")
            .unwrap();
        assert_eq!(parameter(&said, "qop").as_deref(), Some(qop));
    }
}

#[test]
fn a_server_that_proves_wrongly_is_not_believed() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(said) => {
            let wrong = proof(&said, "GET", None);
            let info = format!("rspauth=\"{wrong}\"");
            Response::new(200).header("Authentication-Info", &info)
        }
        None => asks("n", ""),
    });
    let mut request = with(&context(), &peer.url("/"));
    let error = check_status(request.get_response(), Status::ServerProtocolViolation);
    assert!(
        error.to_string().contains("part of the login is wrong"),
        "{error}"
    );
}

fn proxy_asks(request: &RecordedRequest, nonce: &str) -> Option<Response> {
    if proves(request, "Proxy-Authorization") {
        return None;
    }
    let challenge =
        format!("Digest realm=\"r\", qop=\"auth\", algorithm=SHA-256, nonce=\"{nonce}\"");
    Some(Response::new(407).header("Proxy-Authenticate", &challenge))
}

#[test]
fn proxies_get_the_target_of_the_request_line() {
    let context = resolving(context());
    let peer = HttpPeer::proxy(|request| {
        let refusal = proxy_asks(request, "n");
        let next = "nextnonce=\"m\"";
        let let_in = || {
            Response::new(200)
                .header("Proxy-Authentication-Info", next)
                .body("in")
        };
        refusal.unwrap_or_else(let_in).into()
    });
    let proxy = at(&peer);
    proxy.set_credentials(Some(login()));
    assert_eq!(
        text(through(&context, "http://a.example/x?y", &proxy)),
        "in"
    );
    assert_eq!(text(through(&context, "http://b.example/", &proxy)), "in");
    let requests = peer.requests();
    assert_eq!(requests[1].target(), "http://a.example/x?y");
    assert_eq!(
        numbers(&requests, "Proxy-Authorization"),
        [None, number("n", 1), number("m", 1)]
    );
}

#[test]
fn tunnels_get_the_authority() {
    let Tunnelled {
        context,
        origin,
        proxy: peer,
    } = tunnelled(|request| proxy_asks(request, "n"));
    let proxy = at(&peer);
    proxy.set_credentials(Some(login()));
    assert_eq!(text(through(&context, "https://a.example/x", &proxy)), "/x");
    assert_eq!(text(through(&context, "https://b.example/y", &proxy)), "/y");
    assert_eq!(
        numbers(&peer.requests(), "Proxy-Authorization"),
        [None, number("n", 1), number("n", 2)]
    );
    assert!(
        origin
            .requests()
            .iter()
            .all(|r| r.header("Proxy-Authorization").is_none())
    );
}

#[test]
fn no_number_is_sent_twice_by_many_threads() {
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let noted = Arc::clone(&seen);
    let peer = HttpPeer::serve(move |request| {
        if !proves(request, "Authorization") {
            return asks("n", "");
        }
        let said = request.header("Authorization").unwrap();
        let number = parameter(&said, "nc").unwrap();
        assert!(noted.lock().unwrap().insert(number), "{said}");
        Response::new(200)
    });
    let context = context();
    let get = || {
        let mut request = with(&context, &peer.url("/"));
        request.set_pre_authenticate(true).unwrap();
        request.get_response().unwrap();
    };
    get();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..25).for_each(|_| get()));
        }
    });
    assert_eq!(seen.lock().unwrap().len(), 1 + 8 * 25);
    assert_eq!(
        peer.request_count(),
        2 + 8 * 25,
        "one challenge did for all"
    );
}
