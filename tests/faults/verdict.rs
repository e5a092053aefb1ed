//! Whether a request came to what it had to: the table of what each misdeed of the server is to the
//! client, by the connection it happened on.

use system_net_requests::WebExceptionStatus::{
    self as Status, ConnectFailure, ConnectionClosed, KeepAliveFailure, ReceiveFailure,
    SendFailure, ServerProtocolViolation, Timeout,
};
use system_net_tests::content::content;

use crate::client::{Attempt, Done, End, Form, Spec};
use crate::plan::{Fault, answer, fault};
use crate::server::{Visit, error_body};

/// The errors that are right when the last connection ended so.
///
/// `lost` stands for: without a byte of an answer. On a connection that was used before that is how
/// idle connections end, so that the request is sent again, or, if it must not be, fails with
/// `KeepAliveFailure`.
fn statuses(fault: Fault, spec: &Spec, is_new: bool) -> Vec<Status> {
    let lost = |status: &[Status]| {
        // Told to continue: that is an answer.
        let answered = spec.expects && spec.form != Form::Without;
        let mut right = Vec::new();
        if is_new || answered {
            right.extend_from_slice(status);
        }
        if !is_new && (!spec.is_idempotent() || !spec.form.is_kept()) {
            right.push(KeepAliveFailure);
        }
        right
    };
    let any_loss = [ConnectionClosed, ReceiveFailure, SendFailure];
    // Whoever writes behind it on the connection may be told of the reset in its place, and a close
    // becomes a reset when something of theirs is unread.
    let shared = spec.may_be_pipelined() && spec.form == Form::Without;
    match fault {
        Fault::CloseInHead | Fault::ResetInHead | Fault::CloseInBody | Fault::ResetInBody
            if shared =>
        {
            any_loss.to_vec()
        }
        Fault::CloseBeforeBody
        | Fault::ResetBeforeBody
        | Fault::CloseBeforeHead
        | Fault::ResetBeforeHead
            if shared =>
        {
            lost(&any_loss)
        }
        Fault::Right
        | Fault::Pieces
        | Fault::RightThenClose
        | Fault::RightThenResetNext
        | Fault::Unavailable
        | Fault::TooLarge => Vec::new(),
        Fault::CloseBeforeBody | Fault::ResetBeforeBody if spec.length > 0 => {
            // How it shows depends on what was still to be sent.
            let mut right = lost(&any_loss);
            right.extend(any_loss);
            right
        }
        Fault::CloseBeforeBody | Fault::ResetBeforeBody
            if spec.form == Form::Chunked || spec.form == Form::UnkeptChunked =>
        {
            // The last chunk was not read.
            lost(&any_loss)
        }
        Fault::CloseBeforeBody | Fault::CloseBeforeHead => lost(&[ConnectionClosed]),
        Fault::ResetBeforeBody | Fault::ResetBeforeHead => lost(&[ReceiveFailure]),
        Fault::CloseInHead | Fault::CloseInBody => vec![ConnectionClosed],
        Fault::ResetInHead | Fault::ResetInBody => vec![ReceiveFailure],
        Fault::StallBeforeHead | Fault::StallInHead | Fault::StallInBody => vec![Timeout],
        Fault::Garbage | Fault::BadChunk => vec![ServerProtocolViolation],
        Fault::Restarted => {
            let mut right = lost(&any_loss);
            right.extend(any_loss);
            right
        }
    }
}

/// Its body is kept, and goes out as it is written: when it is known that the rest cannot follow, the
/// server does not have all of it.
fn is_sent_piecewise(spec: &Spec) -> bool {
    // Chunks have a last one even when there is no other.
    spec.form == Form::Chunked || spec.form == Form::WithLength && spec.length > 0
}

/// What is wrong with the way a request ended.
pub(crate) fn judge(seed: u64, done: &Done, visits: &[Visit]) -> Result<(), String> {
    let spec = &done.spec;
    let complain = |what: &str| {
        let end = match &done.end {
            End::Body(body) => format!("a body of {:?} bytes", body.as_ref().map(Vec::len)),
            End::Refused(code, _) => format!("{code}"),
            End::Failed(status, text) => format!("{status}: {text}"),
        };
        Err(format!(
            "{what}: {end}\n  {spec:?}\n  attempts {:?}\n  visits {visits:?}",
            done.attempts
        ))
    };
    if !spec.is_idempotent() {
        let whole = visits.iter().filter(|visit| visit.executed).count();
        if whole > 1 {
            return complain("it came twice");
        }
        // Again only what never came whole, over a connection that was used before.
        let again = |visit: &Visit| {
            let reused = |attempt: &Attempt| attempt.port == visit.from && !attempt.is_new;
            !visit.executed && is_sent_piecewise(spec) && done.attempts.iter().any(reused)
        };
        if !visits.iter().rev().skip(1).all(again) {
            return complain("it was sent more than once");
        }
        let answered = !matches!(done.end, End::Failed(..));
        let refused = matches!(done.end, End::Refused(413, _));
        if answered && !refused && !visits.iter().any(|visit| visit.executed) {
            return complain("it was answered and has not come");
        }
    }
    let last = visits.last();
    match &done.end {
        End::Body(_) if last.is_none() => complain("it was answered and has not come"),
        End::Body(None) => Ok(()),
        End::Body(Some(body)) => {
            let expected = match spec.method {
                "HEAD" => Vec::new(),
                _ => content(spec.id, answer(seed, spec.id).length),
            };
            match *body == expected {
                true => Ok(()),
                false => complain("the bytes are wrong"),
            }
        }
        End::Refused(code, body) => {
            // As drawn: the server may be restarted when it has answered.
            let sent = match visits
                .len()
                .checked_sub(1)
                .map(|visit| fault(seed, spec.id, visit))
            {
                Some(Fault::Unavailable) => 503,
                Some(Fault::TooLarge) => 413,
                _ => 0,
            };
            let expected = match spec.method {
                "HEAD" => Vec::new(),
                _ => error_body(spec.id),
            };
            match *code == sent && *body == expected {
                true => Ok(()),
                false => complain("that was not the answer"),
            }
        }
        End::Failed(status, _) => match is_right(seed, *status, done, visits) {
            true => Ok(()),
            false => complain("the wrong status"),
        },
    }
}

fn is_right(seed: u64, status: Status, done: &Done, visits: &[Visit]) -> bool {
    let spec = &done.spec;
    // Nothing is stalled but what has little time.
    if status == Timeout {
        return spec.hurries;
    }
    let Some(last) = done.attempts.last() else {
        return status == ConnectFailure;
    };
    let mut again = spec.is_idempotent() && spec.form.is_kept() && (spec.retries || !last.is_new);
    // Nothing had to be kept.
    again |= spec.is_idempotent() && spec.retries && spec.form == Form::Unkept && spec.length == 0;
    // Before all of it was sent, any method.
    again |= !last.is_new && is_sent_piecewise(spec) && visits.iter().all(|visit| !visit.executed);
    if status == ConnectFailure {
        return again;
    }
    let of_port = |port| visits.iter().filter(move |visit| visit.from == port);
    let sent = done
        .attempts
        .iter()
        .filter(|attempt| attempt.port == last.port)
        .count();
    match of_port(last.port).next_back() {
        Some(visit) if of_port(last.port).count() >= sent => {
            // The server may be restarted when it has done what was drawn.
            let drawn = fault(seed, spec.id, visits.len() - 1);
            let right = |fault| statuses(fault, spec, last.is_new).contains(&status);
            right(visit.fault) || visit.fault == Fault::Restarted && right(drawn)
        }
        // Closed or reset before it came.
        _ if last.is_new => [ConnectionClosed, ReceiveFailure, SendFailure].contains(&status),
        _ if again && spec.is_idempotent() => false,
        _ => status == KeepAliveFailure,
    }
}
