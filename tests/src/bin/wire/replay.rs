// The server side of a capture, given again to our client.

use std::sync::{Arc, Mutex, PoisonError};

use system_net_testkit::{Conversation, HttpPeer, Interrupted, RecordedRequest};

use crate::capture::{After, Capture, Exchange};

/// Serves the exchanges of a capture in the order of requests, whichever connection they come on:
/// whether the client reuses a connection is compared afterwards, not forced.
///
/// Gives the peer and the numbers of exchanges that were passed over: challenges that our client
/// met in advance, by sending the credentials with the first request as the Framework does.
pub(crate) fn replay(capture: &Capture) -> (HttpPeer, Skipped) {
    let exchanges = capture.exchanges.clone();
    let next = Mutex::new(0_usize);
    let skipped = Skipped::default();
    let noted = Arc::clone(&skipped);
    let peer = HttpPeer::converse(move |talk| {
        let take = |head: Option<&RecordedRequest>| {
            let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
            if head
                .is_some_and(|head| is_in_advance(head, &exchanges[(*next).min(exchanges.len())..]))
            {
                noted
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(*next);
                *next += 1;
            }
            let taken = exchanges.get(*next);
            *next += 1;
            taken
        };
        if exchanges.first().is_some_and(|exchange| exchange.tls) {
            talk.peek()?;
            take(None);
            return talk.close();
        }
        loop {
            let head = talk.head()?;
            match take(Some(&head)) {
                Some(exchange) => {
                    answer(talk, exchange, &head)?;
                    // A tunnel: what comes through it is TLS, to which nobody listened.
                    let number = next.lock().unwrap_or_else(PoisonError::into_inner);
                    let begins_tls = exchanges.get(*number).is_some_and(|exchange| exchange.tls);
                    drop(number);
                    if begins_tls {
                        talk.peek()?;
                        take(None);
                        return talk.close();
                    }
                }
                // More requests than were recorded: the comparison will say so.
                None => talk.close()?,
            }
        }
    });
    (peer, skipped)
}

/// Numbers of exchanges.
pub(crate) type Skipped = Arc<Mutex<Vec<usize>>>;

/// Whether the request has credentials where the recorded client waited to be asked for them.
fn is_in_advance(head: &RecordedRequest, rest: &[Exchange]) -> bool {
    let [first, second, ..] = rest else {
        return false;
    };
    let line = |exchange: &Exchange| {
        exchange
            .head
            .split(|&byte| byte == b'\r')
            .next()
            .map(<[u8]>::to_vec)
    };
    head.header("authorization").is_some()
        && first.answer.starts_with(b"HTTP/1.1 401")
        && !contains(&first.head, b"authorization:")
        && contains(&second.head, b"authorization:")
        && line(first) == line(second)
}

fn answer(
    talk: &mut Conversation<'_>,
    exchange: &Exchange,
    head: &RecordedRequest,
) -> Result<(), Interrupted> {
    if exchange.after == After::StaySilent {
        return talk.stall();
    }
    let expects = head
        .header("expect")
        .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    let mut reads_body = !exchange.answers_early;
    if reads_body {
        // A client that expects where the recorded one did not gets its 100 as well.
        let recorded_expects = contains(&exchange.head, b"100-continue");
        if expects && (exchange.sends_continue || !recorded_expects) {
            talk.send("HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        // The recorded server answered an expectation it refused without reading the body.
        reads_body = !(recorded_expects && exchange.answer.starts_with(b"HTTP/1.1 417"));
        if reads_body {
            talk.body(head)?;
        }
    }
    talk.send(&exchange.answer)?;
    if exchange.after == After::Close {
        return talk.close();
    }
    // A body that the client sends although it has its answer already.
    if !reads_body && !is_request(talk.peek()?) {
        talk.body(head)?;
    }
    Ok(())
}

fn is_request(bytes: &[u8]) -> bool {
    bytes.is_empty() || bytes.windows(6).any(|window| window == b" HTTP/")
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}
