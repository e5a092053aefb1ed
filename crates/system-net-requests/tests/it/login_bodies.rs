//! With which of a login's messages the body of a request goes.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_config::NetContext;
use system_net_requests::HttpWebRequest;
use system_net_security::mechanism::Mechanism;
use system_net_testkit::{Conversation, HttpPeer, Interrupted, RecordedRequest};

use crate::connection_logins::{Manners, server, text, user, with};
use crate::context;

fn post(context: &NetContext, url: &str, length: usize) -> HttpWebRequest {
    let mut request = with(context, url, user("ann"));
    request.set_method("POST").unwrap();
    request.set_content_length(length as u64).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(&vec![7; length]).unwrap();
    stream.close().unwrap();
    request
}

/// How long the bodies were that the requests announced.
fn bodies(requests: &[RecordedRequest]) -> Vec<usize> {
    let lengths = requests.iter().map(|it| it.header("Content-Length"));
    lengths
        .map(|length| length.map_or(0, |length| length.parse().unwrap()))
        .collect()
}

/// The body goes out with the message that ends the login, not with the one before: in NTLM as in
/// a negotiation that leads to it.
#[test]
fn a_body_is_sent_when_the_server_listens() {
    for negotiate in [false, true] {
        let peer = server(&Manners::speaking(negotiate));
        let context = context();
        for expected in [&[1000, 0, 1000][..], &[1000, 0, 1000, 1000]] {
            let mut request = post(&context, &peer.url("/"), 1000);
            assert_eq!(text(&mut request), "ann 1000");
            assert_eq!(bodies(&peer.requests()), expected);
        }
    }
}

/// Servers read no more than a little of the body of a request that they do not let in, and close
/// then. A login whose messages each had the body would never end.
#[test]
fn a_long_body_logs_in_at_servers_that_close() {
    const LENGTH: usize = 300_000;
    for negotiate in [false, true] {
        let peer = HttpPeer::converse(move |talk| short_of_patience(talk, negotiate));
        let context = context();
        let mut request = post(&context, &peer.url("/"), LENGTH);
        assert_eq!(text(&mut request), LENGTH.to_string());
    }
}

/// A server that closes a connection without having said so, after it has read a body that it does not
/// let in: what the client finds closed is tried on another connection, and not with the body again.
#[test]
fn a_long_body_logs_in_at_servers_that_close_unsaid() {
    for negotiate in [false, true] {
        let peer = HttpPeer::converse(move |talk| {
            if talk.connection_index() > 0 {
                return short_of_patience(talk, negotiate);
            }
            let head = talk.head()?;
            talk.body(&head)?;
            let scheme = if negotiate { "Negotiate" } else { "NTLM" };
            talk.send(format!(
                "HTTP/1.1 401 X\r\nWWW-Authenticate: {scheme}\r\nContent-Length: 0\r\n\r\n"
            ))?;
            // The next request is on its way when the connection is closed.
            talk.head()?;
            talk.close()
        });
        let context = context();
        let mut request = post(&context, &peer.url("/"), 1000);
        assert_eq!(text(&mut request), "1000");
        assert_eq!(bodies(&peer.requests()), [1000, 0, 0, 1000]);
    }
}

/// A server that closes where a body came and something is still to be said of the login. It reads
/// the body first: who closes with bytes unread may take back what was said.
fn short_of_patience(talk: &mut Conversation<'_>, negotiate: bool) -> Result<(), Interrupted> {
    let scheme = if negotiate { "Negotiate" } else { "NTLM" };
    let mut login: Box<dyn Mechanism> = Manners::speaking(negotiate).mechanism();
    loop {
        let head = talk.head()?;
        let body = talk.body(&head)?.unwrap_or_default();
        let field = head.header("Authorization").unwrap_or_default();
        let token = field.strip_prefix(scheme).unwrap_or_default();
        let token = STANDARD.decode(token.trim()).unwrap();
        let mut challenge = scheme.to_owned();
        if !token.is_empty() {
            let step = login.step(Some(&token)).unwrap();
            if step.complete {
                let text = body.len().to_string();
                let reply = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n", text.len());
                talk.send(reply + &text)?;
                continue;
            }
            challenge += " ";
            challenge += &STANDARD.encode(step.message.unwrap());
        }
        let closes = !body.is_empty();
        let connection = if closes { "close" } else { "keep-alive" };
        talk.send(format!(
            "HTTP/1.1 401 X\r\nWWW-Authenticate: {challenge}\r\nConnection: {connection}\r\n\
             Content-Length: 0\r\n\r\n"
        ))?;
        if closes {
            return talk.close();
        }
    }
}

/// A login that goes along unasked, without the body, at a server that asks for none any more: what
/// the server let in then was not the request.
#[test]
fn a_body_kept_back_for_nothing_is_sent() {
    for negotiate in [false, true] {
        for closes in [false, true] {
            let manners = Manners::speaking(negotiate);
            let open = Arc::new(AtomicBool::new(false));
            let is_open = Arc::clone(&open);
            let peer = HttpPeer::converse(move |talk| match is_open.load(Ordering::SeqCst) {
                false => crate::connection_logins::talk(&manners, talk),
                true => open_to_all(talk, closes),
            });
            let context = context();
            assert_eq!(
                text(&mut with(&context, &peer.url("/"), user("ann"))),
                "ann 0"
            );
            open.store(true, Ordering::SeqCst);
            let before = peer.requests().len();
            let mut request = with(&context, &peer.url("/"), user("ann"));
            request.set_pre_authenticate(true).unwrap();
            request.set_connection_group_name(Some("new")).unwrap();
            request.set_method("POST").unwrap();
            let mut stream = request.get_request_stream().unwrap();
            stream.write_all(&[7; 1000]).unwrap();
            stream.close().unwrap();
            assert_eq!(text(&mut request), "1000");
            let requests = peer.requests().split_off(before);
            assert_eq!(bodies(&requests), [0, 1000]);
            let logins = requests
                .iter()
                .map(|it| it.header("Authorization").is_some());
            assert_eq!(logins.collect::<Vec<_>>(), [true, false]);
        }
    }
}

fn open_to_all(talk: &mut Conversation<'_>, closes: bool) -> Result<(), Interrupted> {
    loop {
        let head = talk.head()?;
        let text = talk.body(&head)?.unwrap_or_default().len().to_string();
        let connection = if closes { "close" } else { "keep-alive" };
        let length = text.len();
        talk.send(format!(
            "HTTP/1.1 200 X\r\nConnection: {connection}\r\nContent-Length: {length}\r\n\r\n{text}"
        ))?;
        if closes {
            return talk.close();
        }
    }
}
