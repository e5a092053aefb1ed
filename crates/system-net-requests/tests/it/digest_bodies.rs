//! `auth-int` of Digest, by a peer that computes by itself: bodies of requests that are covered, and
//! proofs over bodies of responses that are judged when those are read.

use std::io::{Read, Write};

use system_net_config::NetContext;
use system_net_requests::{
    DecompressionMethods, HttpWebRequest, HttpWebResponse, WebExceptionStatus as Status,
};
use system_net_security::authentication::AuthenticationLevel;
use system_net_testkit::{Conversation, HttpPeer, Interrupted};

use crate::digest_logins::{login, parameter, proof, with};
use crate::proxies::{at, resolving, through};
use crate::{check_status, context, http2, web_error, write_body};

const CHALLENGE: &str = "Digest realm=\"r\", qop=\"auth-int\", algorithm=SHA-256, nonce=\"n\"";
const BODY: &str = "what the server says";
const CHANGED: &str = "what the server sayd";

/// What the server proves with a body.
fn info(said: &str, body: &[u8]) -> String {
    let value = |name| parameter(said, name).unwrap();
    format!(
        "rspauth=\"{}\", cnonce=\"{}\", nc={}, qop=auth-int",
        proof(said, "", Some(body)),
        value("cnonce"),
        value("nc")
    )
}

/// Talks as an origin or a proxy that asks for `auth-int`; `answer` makes the bytes of a response out of
/// the login and the target.
fn talk(
    wire: &mut Conversation<'_>,
    proxy: bool,
    answer: &(impl Fn(&str, &str) -> Vec<u8> + ?Sized),
) -> Result<(), Interrupted> {
    let (field, status, asks) = match proxy {
        true => ("Proxy-Authorization", "407", "Proxy-Authenticate"),
        false => ("Authorization", "401", "WWW-Authenticate"),
    };
    loop {
        let head = wire.head()?;
        let body = wire.body(&head)?.unwrap_or_default();
        match head.header(field) {
            Some(said) => {
                assert_eq!(parameter(&said, "qop").as_deref(), Some("auth-int"));
                let right = proof(&said, &head.method(), Some(&body));
                assert_eq!(parameter(&said, "response"), Some(right));
                wire.send(answer(&said, &head.target()))?;
            }
            None => wire.send(format!(
                "HTTP/1.1 {status} No\r\n{asks}: {CHALLENGE}\r\nContent-Length: 0\r\n\r\n"
            ))?,
        }
    }
}

fn peer(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> HttpPeer {
    HttpPeer::converse(move |wire| talk(wire, false, &answer))
}

/// A response with these fields and a body of known length.
fn fixed(fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut response =
        format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {length}\r\n\r\n").into_bytes();
    response.extend_from_slice(body);
    response
}

/// In chunks, with these trailers.
fn chunked(fields: &str, body: &str, trailers: &str) -> Vec<u8> {
    let (one, two) = body.split_at(5);
    format!(
        "HTTP/1.1 200 OK\r\n{fields}Transfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n{trailers}\r\n",
        one.len(),
        two.len()
    )
    .into_bytes()
}

fn field(said: &str, body: &str) -> String {
    format!("Authentication-Info: {}\r\n", info(said, body.as_bytes()))
}

/// The answers of one peer, by target.
fn answer(said: &str, target: &str) -> Vec<u8> {
    let right = field(said, BODY);
    match target {
        "/fixed" => fixed(&right, BODY.as_bytes()),
        "/fixed/changed" => fixed(&right, CHANGED.as_bytes()),
        "/chunked" => chunked(&right, BODY, ""),
        "/chunked/changed" => chunked(&right, CHANGED, ""),
        "/trailers" => chunked("Trailer: Authentication-Info\r\n", BODY, &right),
        "/trailers/changed" => chunked("", CHANGED, &right),
        "/empty" => fixed(&field(said, ""), b""),
        "/empty/changed" => fixed(&right, b""),
        "/none" => fixed("", BODY.as_bytes()),
        "/none/chunked" => chunked("", BODY, ""),
        "/error" => {
            let response = String::from_utf8(fixed(&right, CHANGED.as_bytes())).unwrap();
            response.replace("200 OK", "403 No").into_bytes()
        }
        other => panic!("{other}"),
    }
}

/// A POST with a body that is covered.
fn post(context: &NetContext, url: &str) -> HttpWebRequest {
    post_with(context, url, |_| {})
}

fn post_with(
    context: &NetContext,
    url: &str,
    change: impl FnOnce(&mut HttpWebRequest),
) -> HttpWebRequest {
    let mut request = with(context, url);
    request.set_method("POST").unwrap();
    let point = request.service_point().unwrap();
    point.set_expect_100_continue(false);
    change(&mut request);
    write_body(&mut request, "asked");
    request
}

/// What a wrong proof is told by.
#[track_caller]
fn check_wrong(read: std::io::Result<usize>) {
    let error = web_error(read.unwrap_err());
    assert_eq!(error.status(), Status::ServerProtocolViolation);
    let text = error.to_string();
    assert!(
        text.contains("the server's part of the login is wrong"),
        "{text}"
    );
    assert!(
        text.contains("the body of the response was changed"),
        "{text}"
    );
}

#[track_caller]
fn check_right(response: HttpWebResponse, proven_before: bool) {
    assert_eq!(response.is_mutually_authenticated(), proven_before);
    let mut text = String::new();
    let mut stream = response.get_response_stream().unwrap();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, if proven_before { "" } else { BODY });
    assert!(response.is_mutually_authenticated());
}

#[test]
fn a_proof_over_the_body_is_judged_when_it_is_read() {
    let peer = peer(answer);
    let context = context();
    let get = |target: &str| post(&context, &peer.url(target)).get_response();
    for target in ["/fixed", "/chunked", "/trailers"] {
        check_right(get(target).unwrap(), false);
    }
    check_right(get("/empty").unwrap(), true);
    for target in ["/fixed", "/chunked", "/trailers"] {
        let response = get(&format!("{target}/changed")).unwrap();
        let mut stream = response.get_response_stream().unwrap();
        check_wrong(stream.read_to_end(&mut Vec::new()));
        // It stays so.
        check_wrong(stream.read(&mut [0; 10]));
        assert!(!response.is_mutually_authenticated());
    }
    // Whoever counts the bytes never asks for the end: the last one does not come.
    let response = get("/fixed/changed").unwrap();
    let mut stream = response.get_response_stream().unwrap();
    stream.read_exact(&mut vec![0; CHANGED.len() - 1]).unwrap();
    check_wrong(stream.read(&mut [0]));
    // One that is over with its head.
    let error = check_status(get("/empty/changed"), Status::ServerProtocolViolation);
    assert!(error.to_string().contains("was changed"), "{error}");
    // What is read ahead.
    let mut ahead = post_with(&context, &peer.url("/fixed/changed"), |request| {
        request.set_allow_read_stream_buffering(true).unwrap();
    });
    check_status(ahead.get_response(), Status::ServerProtocolViolation);
    // The body of an error is as covered as others.
    let error = check_status(get("/error"), Status::ProtocolError);
    let response = error.response().unwrap();
    let mut stream = response.get_response_stream().unwrap();
    check_wrong(stream.read_to_end(&mut Vec::new()));
    // A body that nobody reads proves nothing, and harms nobody.
    drop(get("/fixed/changed").unwrap());
    check_right(get("/fixed").unwrap(), false);
}

#[test]
fn a_demanded_proof_over_the_body_must_come() {
    let peer = peer(answer);
    let context = context();
    let get = |target: &str| {
        let mut request = post_with(&context, &peer.url(target), |request| {
            let level = AuthenticationLevel::MutualAuthRequired;
            request.set_authentication_level(level).unwrap();
        });
        request.get_response()
    };
    for target in ["/fixed", "/chunked", "/trailers"] {
        check_right(get(target).unwrap(), false);
    }
    for target in ["/none", "/none/chunked"] {
        let response = get(target).unwrap();
        let mut stream = response.get_response_stream().unwrap();
        let error = web_error(stream.read_to_end(&mut Vec::new()).unwrap_err());
        assert_eq!(error.status(), Status::ProtocolError);
        assert!(error.to_string().contains("MutualAuthRequired"), "{error}");
    }
    // Without the demand there need be none.
    let response = post(&context, &peer.url("/none")).get_response().unwrap();
    assert_eq!(response.clone().into_string().unwrap(), BODY);
    assert!(!response.is_mutually_authenticated());
}

/// Requests without a body cover that, where nothing else is offered; the proof covers what is sent, not
/// what it is decompressed to.
#[test]
fn a_proof_covers_the_body_as_it_is_sent() {
    // 20 lines of "the body", by gzip of Python.
    const PACKED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xc9\x48\x55\x48\xca\x4f\
        \xa9\xe4\x2a\x19\x3a\x0c\x00\xb0\x4e\x58\x6f\xb4\x00\x00\x00";
    let peer = peer(|said, target| {
        let plain = "the body\n".repeat(20);
        let covered = match target {
            "/plain" => plain.as_bytes(),
            _ => PACKED,
        };
        let info = info(said, covered);
        let fields = format!("Authentication-Info: {info}\r\nContent-Encoding: gzip\r\n");
        fixed(&fields, PACKED)
    });
    let context = context();
    let get = |target: &str| {
        let mut request = with(&context, &peer.url(target));
        let gzip = DecompressionMethods::GZIP;
        request.set_automatic_decompression(gzip).unwrap();
        request.get_response().unwrap()
    };
    let response = get("/packed");
    assert_eq!(response.clone().into_string().unwrap().len(), 180);
    assert!(response.is_mutually_authenticated());
    let mut stream = get("/plain").get_response_stream().unwrap();
    check_wrong(stream.read_to_end(&mut Vec::new()));
}

#[test]
fn proxies_prove_bodies_too() {
    let peer = HttpPeer::converse(|wire| {
        talk(wire, true, &|said: &str, target: &str| {
            let fields = format!("Proxy-{}", field(said, BODY));
            match target {
                "http://a.example/right" => fixed(&fields, BODY.as_bytes()),
                _ => fixed(&fields, CHANGED.as_bytes()),
            }
        })
    });
    let context = resolving(context());
    let proxy = at(&peer);
    proxy.set_credentials(Some(login()));
    let get = |url| through(&context, url, &proxy).get_response().unwrap();
    let response = get("http://a.example/right");
    assert_eq!(response.clone().into_string().unwrap(), BODY);
    assert!(
        !response.is_mutually_authenticated(),
        "the proxy is not the server"
    );
    let error = get("http://a.example/wrong").into_string().unwrap_err();
    assert_eq!(error.status(), Status::ServerProtocolViolation);
    let text = error.to_string();
    assert!(
        text.contains("the proxy's part of the login is wrong"),
        "{text}"
    );
}

#[test]
fn proofs_over_bodies_come_over_http2_as_well() {
    let peer = http2::peer(&[], |talk| {
        loop {
            let request = talk.request()?;
            let body = talk.body(&request)?;
            let stream = request.stream;
            let Some(said) = request.field("authorization") else {
                let challenge = ("www-authenticate", CHALLENGE);
                talk.head(stream, &[(":status", "401"), challenge], true)?;
                continue;
            };
            let right = proof(said, request.field(":method").unwrap(), Some(&body));
            assert_eq!(parameter(said, "response"), Some(right));
            let info = info(said, BODY.as_bytes());
            let info = [("authentication-info", &*info)];
            let ok = (":status", "200");
            match request.path() {
                "/head" => {
                    talk.head(stream, &[ok, info[0]], false)?;
                    talk.data(stream, BODY.as_bytes(), true)?;
                }
                "/trailers" => {
                    talk.head(stream, &[ok], false)?;
                    talk.data(stream, BODY.as_bytes(), false)?;
                    talk.head(stream, &info, true)?;
                }
                _ => {
                    talk.head(stream, &[ok], false)?;
                    talk.data(stream, CHANGED.as_bytes(), false)?;
                    talk.head(stream, &info, true)?;
                }
            }
        }
    });
    let context = context();
    let get = |target: &str| {
        let mut request = http2::post(&context, &peer.url(target));
        request.set_credentials(Some(login())).unwrap();
        let mut stream = request.get_request_stream().unwrap();
        stream.write_all(b"asked").unwrap();
        stream.close().unwrap();
        request.get_response().unwrap()
    };
    check_right(get("/head"), false);
    check_right(get("/trailers"), false);
    let mut stream = get("/wrong").get_response_stream().unwrap();
    check_wrong(stream.read_to_end(&mut Vec::new()));
}
