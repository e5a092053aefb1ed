//! TLS on an accepted connection, and saying no to one that gets no further.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_http_proto::{Limits, ServerConnection, ServerEvent};
use system_net_primitives::HttpStatusCode;
use system_net_runtime::{Transport, timeout_at};
use system_net_security::PlainPeer;
use tokio::io::ReadBuf;

use crate::access_log::{Entry, Reason};
use crate::shared::Shared;
use crate::timeouts::deadline;

/// How long a client that is told no may take to hear it, and how much of what it sends meanwhile
/// is read.
const REFUSAL: Duration = Duration::from_secs(2);
const REFUSAL_BYTES: usize = 64 * 1024;

/// Makes the TLS connection; `None` if that fails. A client that speaks plain HTTP is told so.
pub(crate) async fn secure(
    shared: &Shared,
    transport: Box<dyn Transport>,
    peer: SocketAddr,
    http1_only: bool,
) -> Option<Box<dyn Transport>> {
    let acceptor = match http1_only {
        true => shared.http1_tls_acceptor(),
        false => shared.tls_acceptor(),
    };
    let Some(acceptor) = acceptor else {
        let why = format_args!("the TLS identity is missing");
        shared.trace().warning("Accept", why);
        return None;
    };
    let clock = &**shared.context.clock();
    let end = deadline(clock.now(), shared.timeouts.header_wait());
    match timeout_at(end, acceptor.accept(transport)).await {
        Ok(Ok(transport)) => Some(Box::new(transport)),
        Ok(Err(error)) => {
            shared
                .trace()
                .note(format_args!("No TLS connection with {peer}: {error}"));
            if let Ok(PlainPeer {
                transport,
                first_bytes,
            }) = error.into_plain_peer()
            {
                refuse(shared, transport, peer, Reason::Plain, first_bytes).await;
            }
            None
        }
        Err(_) => {
            shared.trace().note(format_args!(
                "The client {peer} took too long for its TLS handshake."
            ));
            None
        }
    }
}

/// Answers whatever the client asked, in plain HTTP, and closes.
pub(crate) async fn refuse(
    shared: &Shared,
    mut transport: Box<dyn Transport>,
    peer: SocketAddr,
    reason: Reason,
    first_bytes: Vec<u8>,
) {
    let clock = &**shared.context.clock();
    let status = match reason {
        Reason::Plain => 400,
        _ => 503,
    };
    let local = transport.local_endpoint().unwrap_or(peer);
    let answer = refusal(status, &first_bytes);
    let end = clock.now() + REFUSAL;
    let mut sent = 0;
    let mut left = REFUSAL_BYTES;
    let refusing = poll_fn(|cx| poll_refuse(&mut *transport, cx, &answer, &mut sent, &mut left));
    // If the client is too slow, or gone, so be it.
    let _ = timeout_at(Some(end), refusing).await;
    if let Some(log) = shared.access_log() {
        let entry = Entry::refused((peer, local), status, reason, sent as u64, clock);
        log.write(&entry);
    }
}

fn poll_refuse(
    transport: &mut dyn Transport,
    cx: &mut Context<'_>,
    answer: &[u8],
    sent: &mut usize,
    left: &mut usize,
) -> Poll<()> {
    let mut transport = Pin::new(transport);
    while *sent < answer.len() {
        match ready!(transport.as_mut().poll_write(cx, &answer[*sent..])) {
            Ok(written) if written > 0 => *sent += written,
            _ => return Poll::Ready(()),
        }
    }
    if ready!(transport.as_mut().poll_shutdown(cx)).is_err() {
        return Poll::Ready(());
    }
    // A socket that is closed with unread bytes resets the connection, and the answer with it.
    let mut block = [0; 2048];
    loop {
        let mut buf = ReadBuf::new(&mut block);
        let read = match ready!(transport.as_mut().poll_read(cx, &mut buf)) {
            Ok(()) => buf.filled().len(),
            Err(_) => 0,
        };
        match left.checked_sub(read) {
            Some(rest) if read > 0 => *left = rest,
            _ => return Poll::Ready(()),
        }
    }
}

/// The bytes of the answer; without a body if the client asked for none.
fn refusal(status: u16, request: &[u8]) -> Vec<u8> {
    let mut http = ServerConnection::new(Limits::default());
    http.handle_input(request);
    let head = matches!(http.poll_event(), Ok(ServerEvent::Head(head)) if head.method == "HEAD");
    let reason = HttpStatusCode::new(status).description();
    let body = match status {
        400 => "this port speaks HTTPS; begin the address with https://\n".to_owned(),
        _ => format!("{status} {reason}\n"),
    };
    let length = body.len();
    let body = if head { "" } else { &*body };
    format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}
