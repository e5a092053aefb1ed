//! A failure of every status, provoked at a peer on loopback; and what holds for each of them: its
//! number, its response, its text.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use system_net_requests::{Phase, WebError, WebExceptionStatus as Status, WebRequest};
use system_net_sockets::{Dns, OverrideResolver};
use system_net_testkit::{Authority, HttpPeer, Response, Script, Validity, refused_port};
use system_net_uri::Uri;

use crate::proxies::{at, resolving, through};
use crate::{check_status, context, context_trusting, http, post};

/// A failure, its request's address, and what its text must have of the cause.
pub(crate) struct Provoked {
    pub(crate) error: WebError,
    /// `None`: the failure is in the call, not on the way to an address.
    address: Option<String>,
    phase: Phase,
    cause: &'static str,
}

/// The failure of a status; `None` for statuses that are reserved.
pub(crate) fn provoke(status: Status) -> Option<Provoked> {
    let provoked = match status {
        Status::Success
        | Status::PipelineFailure
        | Status::Pending
        | Status::CacheEntryNotFound
        | Status::RequestProhibitedByCachePolicy => return None,
        Status::NameResolutionFailure => name_resolution(),
        Status::ConnectFailure => {
            let url = with_user(&format!("http://{}/path", refused_port()));
            get(&url, Phase::Connecting, "the connection was refused")
        }
        Status::ReceiveFailure => receive(),
        Status::SendFailure => send(),
        Status::RequestCanceled => canceled(),
        Status::ProtocolError => {
            let peer = HttpPeer::serve(|_| Response::new(404).reason("Not Here").body("gone"));
            let url = with_user(&peer.url("/path"));
            get(&url, Phase::Deciding, "an error: (404) Not Here")
        }
        Status::ConnectionClosed => scripted(
            Script::new().head().close(),
            Phase::ReadingHead,
            "the connection was closed",
        ),
        Status::TrustFailure => trust(),
        Status::SecureChannelFailure => {
            let script = Script::new()
                .discard(5)
                .send("HTTP/1.1 400 No\r\n\r\n")
                .stall();
            let peer = HttpPeer::each(script);
            let url = with_user(&peer.url("/path").replace("http:", "https:"));
            get(&url, Phase::SecuringChannel, "did not answer with TLS")
        }
        Status::ServerProtocolViolation => scripted(
            Script::new().head().send("garbage\r\n\r\n").close(),
            Phase::ReadingHead,
            "status line",
        ),
        Status::KeepAliveFailure => keep_alive(),
        Status::Timeout => timeout(),
        Status::ProxyNameResolutionFailure => proxy_name(),
        Status::UnknownError => Provoked {
            error: http("http://host/").get_request_stream().unwrap_err(),
            address: None,
            phase: Phase::Preparing,
            cause: "GET",
        },
        Status::MessageLengthLimitExceeded => {
            let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(65 * 1024));
            let script = Script::new().head().send(head).close();
            scripted(script, Phase::ReadingHead, "limit")
        }
        Status::RequestProhibitedByProxy => prohibited(),
        other => panic!("nobody has said how {other} comes about"),
    };
    Some(provoked)
}

fn with_user(url: &str) -> String {
    url.replacen("://", "://user:secret@", 1)
}

fn get(url: &str, phase: Phase, cause: &'static str) -> Provoked {
    Provoked {
        error: http(url).get_response().unwrap_err(),
        address: Some(url.to_owned()),
        phase,
        cause,
    }
}

fn scripted(script: Script, phase: Phase, cause: &'static str) -> Provoked {
    let peer = HttpPeer::each(script);
    get(&with_user(&peer.url("/path")), phase, cause)
}

fn name_resolution() -> Provoked {
    let context = context();
    Dns::set_resolver_in(&context, Some(Arc::new(OverrideResolver::closed())));
    let url = with_user("http://host.example/path");
    let mut request = WebRequest::create_in(&context, &url).unwrap();
    Provoked {
        error: request.get_response().unwrap_err(),
        address: Some(url),
        phase: Phase::Resolving,
        cause: "host.example",
    }
}

fn receive() -> Provoked {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nabc";
    let peer = HttpPeer::scripts([Script::new().head().send(head).reset()]);
    let url = with_user(&peer.url("/path"));
    let response = http(&url).get_response().unwrap();
    Provoked {
        error: response.into_bytes().unwrap_err(),
        address: Some(url),
        phase: Phase::ReadingBody,
        cause: "reset",
    }
}

fn send() -> Provoked {
    let peer = HttpPeer::scripts([Script::new().head().body(1000).reset()]);
    let url = with_user(&peer.url("/path"));
    let mut request = post(&context(), &url);
    request.set_content_length(1 << 30).unwrap();
    request.set_allow_write_stream_buffering(false).unwrap();
    let mut body = request.get_request_stream().unwrap();
    let piece = vec![0; 1 << 20];
    let failed = (0..1024).find_map(|_| body.write_all(&piece).err());
    failed.expect("a write fails");
    drop(body);
    Provoked {
        error: request.get_response().unwrap_err(),
        address: Some(url),
        phase: Phase::Sending,
        cause: "",
    }
}

fn canceled() -> Provoked {
    let peer = HttpPeer::silent();
    let url = with_user(&peer.url("/path"));
    let mut request = http(&url);
    let abort = request.abort_handle();
    let waiting = std::thread::spawn(move || request.get_response().unwrap_err());
    peer.wait_for_connections(1);
    abort.abort();
    Provoked {
        error: waiting.join().unwrap(),
        address: Some(url),
        phase: Phase::Deciding,
        cause: "the request was aborted",
    }
}

fn trust() -> Provoked {
    let authority = Authority::new();
    let identity = authority
        .issue(&["other.example"], Validity::Now)
        .identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200));
    let url = with_user(&peer.url_localhost("/path"));
    let mut request = WebRequest::create_in(&context_trusting(&authority), &url).unwrap();
    Provoked {
        error: request.get_response().unwrap_err(),
        address: Some(url),
        phase: Phase::SecuringChannel,
        cause: "other.example",
    }
}

/// The second request finds the connection closed when its body, which is not kept, is out.
fn keep_alive() -> Provoked {
    let peer = closing_when_idle();
    let (url, context) = (with_user(&peer.url("/path")), context());
    let first = WebRequest::create_in(&context, &url)
        .unwrap()
        .get_response();
    first.unwrap().into_bytes().unwrap();
    let mut second = post(&context, &url);
    second.set_content_length(3).unwrap();
    second.set_allow_write_stream_buffering(false).unwrap();
    let mut body = second.get_request_stream().unwrap();
    body.write_all(b"abc").unwrap();
    body.close().unwrap();
    Provoked {
        error: second.get_response().unwrap_err(),
        address: Some(url),
        phase: Phase::Sending,
        cause: "the server had closed the kept-alive connection",
    }
}

/// A server that closes its first connection as the second request arrives on it.
pub(crate) fn closing_when_idle() -> HttpPeer {
    HttpPeer::converse(|talk| {
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let head = talk.head()?;
        talk.body(&head)?;
        talk.send(ok)?;
        talk.head()?;
        talk.close()
    })
}

fn timeout() -> Provoked {
    let peer = HttpPeer::silent();
    let url = with_user(&peer.url("/path"));
    let mut request = http(&url);
    request
        .set_timeout(Some(Duration::from_millis(700)))
        .unwrap();
    Provoked {
        error: request.get_response().unwrap_err(),
        address: Some(url),
        phase: Phase::ReadingHead,
        cause: "700ms",
    }
}

fn proxy_name() -> Provoked {
    let context = context();
    Dns::set_resolver_in(&context, Some(Arc::new(OverrideResolver::closed())));
    let url = with_user("http://a.example/path");
    let proxy = Arc::new(system_net_web_proxy::WebProxy::new("http://proxy.example:8080").unwrap());
    Provoked {
        error: through(&context, &url, &proxy).get_response().unwrap_err(),
        address: Some(url),
        phase: Phase::Resolving,
        cause: "proxy.example",
    }
}

fn prohibited() -> Provoked {
    let peer = HttpPeer::proxy(|_| Response::new(403).into());
    let url = with_user("https://a.example/path");
    let request = &mut through(&resolving(context()), &url, &at(&peer));
    Provoked {
        error: request.get_response().unwrap_err(),
        address: Some(url),
        phase: Phase::Connecting,
        cause: "the proxy refused a tunnel",
    }
}

/// The comment above a value in the source: what its documentation says.
fn documentation(status: Status) -> String {
    let source = include_str!("../../src/error/status.rs");
    let value = format!("    {status} = {},", status as i32);
    let at = source.find(&value).unwrap_or_else(|| panic!("no {value}"));
    let lines = source[..at].lines().rev();
    let mut comment: Vec<&str> = lines
        .take_while(|line| line.starts_with("    ///") || line.starts_with("    #["))
        .collect();
    comment.reverse();
    comment.join("\n")
}

/// Each value is reached by a provoked failure, or reserved with a reason in its documentation; the
/// numbers are those of .NET.
#[test]
fn status_enum_is_complete() {
    let list = include_str!("../../../../tests/conformance/advice/statuses.tsv");
    let rows: Vec<(i32, &str)> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').unwrap())
        .map(|(number, name)| (number.parse().unwrap(), name))
        .collect();
    let ours: Vec<(i32, &str)> = Status::ALL
        .iter()
        .map(|status| (*status as i32, status.name()))
        .collect();
    assert_eq!(ours, rows);
    let mut reserved = Vec::new();
    for status in Status::ALL {
        let says_so = documentation(status).contains("Reserved");
        match provoke(status) {
            Some(provoked) => {
                check_status(Err::<(), _>(provoked.error), status);
                assert!(!says_so, "{status} is reached");
            }
            None => {
                assert!(says_so, "{status} is not reached, and nothing says why");
                reserved.push(status.name());
            }
        }
    }
    let expected = [
        "Success",
        "PipelineFailure",
        "Pending",
        "CacheEntryNotFound",
        "RequestProhibitedByCachePolicy",
    ];
    assert_eq!(reserved, expected);
}

/// The response is there exactly for a protocol error, and can be read when its server is gone.
#[test]
fn error_response_presence_table() {
    for status in Status::ALL {
        let Some(Provoked { error, .. }) = provoke(status) else {
            continue;
        };
        let expected = status == Status::ProtocolError;
        assert_eq!(error.response().is_some(), expected, "{error}");
        // The peer was dropped in `provoke`, and its connections with it.
        if let Some(response) = error.into_response() {
            assert_eq!(response.into_string().unwrap(), "gone");
        }
    }
}

/// Status, address, phase and cause stand in the text, once; the password of the address does not.
#[test]
fn web_error_text_names_cause() {
    let mut rows = 0;
    for status in Status::ALL {
        let Some(provoked) = provoke(status) else {
            continue;
        };
        let Provoked {
            error,
            address,
            phase,
            cause,
        } = provoked;
        assert_eq!((error.status(), error.phase()), (status, phase), "{error}");
        let (text, long) = (error.to_string(), format!("{error:#}"));
        assert!(text.contains(cause), "{cause:?} in {text}");
        if let Some(address) = address {
            let shown = Uri::parse(&address.replace("user:secret@", "")).unwrap();
            let start = format!("{status} at {} while {phase}: ", shown.absolute_uri());
            assert!(text.starts_with(&start), "{start:?}: {text}");
            assert!(text.len() > start.len() + 5, "{text}");
            let all = format!("{text} {error:?} {long}");
            assert!(!all.contains("secret"), "{all}");
            let told = long.matches(&text[start.len()..]).count();
            assert_eq!(told, 1, "the cause is told once: {long}");
            assert!(
                long.contains("\n  - "),
                "the long form has the advice: {long}"
            );
        } else {
            // A mistake in the call is told as itself.
            assert!(error.misuse().is_some(), "{error:?}");
            assert!(!long.contains("\n"), "{long}");
        }
        assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
        rows += 1;
    }
    assert_eq!(rows, 16);
}
