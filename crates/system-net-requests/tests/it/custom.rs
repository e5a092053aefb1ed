//! Protocols of other authors: what they get for nothing, and what they can override.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{Credentials, Misuse, NetworkCredential};
use system_net_requests::{
    AbortHandle, BoxFuture, RequestSink, RequestStream, ResponseStream, WebError,
    WebExceptionStatus as Status, WebRequest, WebRequestCreate, WebRequestImpl, WebResponse,
    WebResponseImpl,
};
use system_net_uri::Uri;

use crate::create::Named;
use crate::{check_status, context};
use system_net_testkit::PASSWORD;

#[track_caller]
fn check_not_implemented(member: &str, result: Result<(), WebError>) {
    let error = result.expect_err(member);
    assert!(
        matches!(error.misuse(), Some(Misuse::NotImplemented(_))),
        "{member}: {error:?}"
    );
    assert!(error.advice().is_empty(), "{member}");
}

/// The names of a trait's methods, from its source.
fn members(source: &str, trait_name: &str) -> BTreeSet<String> {
    let from = source.find(&format!("pub trait {trait_name}")).unwrap();
    let body = &source[from..];
    let body = &body[..body.find("\n}\n").unwrap()];
    body.lines()
        .filter_map(|line| line.strip_prefix("    fn "))
        .map(|line| line[..line.find('(').unwrap()].to_owned())
        .collect()
}

/// Every member that a protocol need not implement is called, through `WebRequest`; each says
/// that it is not there. The list comes from the trait's source, so that a new member is missed
/// here at once.
#[test]
fn custom_protocol_minimal_impl() {
    type Call = fn(&mut WebRequest) -> Result<(), WebError>;
    let calls: &[(&str, Call)] = &[
        ("open_request_stream_async", |r| {
            r.get_request_stream().map(drop)
        }),
        ("request_uri", |r| Ok(r.request_uri().map(drop)?)),
        ("method", |r| Ok(r.method().map(drop)?)),
        ("set_method", |r| Ok(r.set_method("GET")?)),
        ("headers", |r| Ok(r.headers().map(drop)?)),
        ("headers_mut", |r| Ok(r.headers_mut().map(drop)?)),
        ("content_length", |r| Ok(r.content_length().map(drop)?)),
        ("set_content_length", |r| Ok(r.set_content_length(1)?)),
        ("content_type", |r| Ok(r.content_type().map(drop)?)),
        ("set_content_type", |r| Ok(r.set_content_type(Some("a/b"))?)),
        ("credentials", |r| Ok(r.credentials().map(drop)?)),
        ("set_credentials", |r| Ok(r.set_credentials(None)?)),
        ("use_default_credentials", |r| {
            Ok(r.use_default_credentials().map(drop)?)
        }),
        ("set_use_default_credentials", |r| {
            Ok(r.set_use_default_credentials(true)?)
        }),
        ("proxy", |r| Ok(r.proxy().map(drop)?)),
        ("set_proxy", |r| Ok(r.set_proxy(None)?)),
        ("pre_authenticate", |r| {
            Ok(r.pre_authenticate().map(drop)?)
        }),
        (
            "set_pre_authenticate",
            |r| Ok(r.set_pre_authenticate(true)?),
        ),
        ("connection_group_name", |r| {
            Ok(r.connection_group_name().map(drop)?)
        }),
        ("set_connection_group_name", |r| {
            Ok(r.set_connection_group_name(Some("g"))?)
        }),
        ("timeout", |r| Ok(r.timeout().map(drop)?)),
        ("set_timeout", |r| {
            Ok(r.set_timeout(Some(Duration::from_secs(1)))?)
        }),
        ("abort_handle", |r| Ok(r.abort_handle().map(drop)?)),
    ];
    let mut request = WebRequest::new(Named("minimal"));
    for (member, call) in calls {
        check_not_implemented(member, call(&mut request));
    }
    check_not_implemented("abort", request.abort().map_err(WebError::from));
    let begun = request.begin_get_request_stream(None, None);
    check_not_implemented("Begin", request.end_get_request_stream(&begun).map(drop));

    let mut named: BTreeSet<String> = calls.iter().map(|(name, _)| (*name).to_owned()).collect();
    named.insert("send_async".to_owned());
    let source = include_str!("../../src/web_request_impl.rs");
    assert_eq!(named, members(source, "WebRequestImpl"));

    // The one member that is there works in every form, without a time-out and without an abort.
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        "minimal"
    );
    let begun = request.begin_get_response(None, None);
    let response = request.end_get_response(&begun).unwrap();
    assert_eq!(response.into_string().unwrap(), "minimal");
    assert!(!format!("{request:?}").is_empty());
}

/// The same for the response: the stream is all that must be there.
#[test]
fn custom_response_minimal_impl() {
    struct Minimal;
    impl WebResponseImpl for Minimal {
        fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
            Ok(ResponseStream::from_reader(&b"body"[..]))
        }
    }
    type Call = fn(&WebResponse) -> Result<(), WebError>;
    let calls: &[(&str, Call)] = &[
        ("response_uri", |r| Ok(r.response_uri().map(drop)?)),
        ("headers", |r| Ok(r.headers().map(drop)?)),
        ("content_length", |r| Ok(r.content_length().map(drop)?)),
        ("content_type", |r| Ok(r.content_type().map(drop)?)),
    ];
    let response = WebResponse::new(Minimal);
    for (member, call) in calls {
        check_not_implemented(member, call(&response));
    }
    assert!(!response.supports_headers());
    assert!(!response.is_from_cache());
    assert!(!response.is_mutually_authenticated());
    assert!(!format!("{response:?}").is_empty());
    response.close();
    assert_eq!(response.into_string().unwrap(), "body");

    let mut named: BTreeSet<String> = calls.iter().map(|(name, _)| (*name).to_owned()).collect();
    named.extend(
        [
            "get_response_stream",
            "close",
            "supports_headers",
            "is_from_cache",
            "is_mutually_authenticated",
        ]
        .map(str::to_owned),
    );
    let source = include_str!("../../src/web_response.rs");
    assert_eq!(named, members(source, "WebResponseImpl"));
}

// ---- A protocol that implements what it can ----

/// Keeps what is written to it, and answers with it in upper case.
struct Shout {
    uri: Uri,
    group: Option<String>,
    credentials: Option<Arc<dyn Credentials>>,
    written: Arc<Mutex<Vec<u8>>>,
    abort: AbortHandle,
    stalls: bool,
}

struct ShoutSink(Arc<Mutex<Vec<u8>>>);

impl RequestSink for ShoutSink {
    fn poll_write(&mut self, _cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        // One byte at a time: short writes are allowed.
        self.0.lock().unwrap().push(data[0]);
        Poll::Ready(Ok(1))
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.lock().unwrap().push(b'!');
        Poll::Ready(Ok(()))
    }

    fn abandon(&mut self) {
        self.0.lock().unwrap().push(b'?');
    }
}

impl WebRequestImpl for Shout {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let (abort, stalls) = (self.abort.clone(), self.stalls);
        let text = self.written.lock().unwrap().to_ascii_uppercase();
        let uri = self.uri.clone();
        Box::pin(async move {
            let answer = async {
                if stalls {
                    std::future::pending::<()>().await;
                }
                Ok(WebResponse::new(ShoutResponse { uri, text }))
            };
            abort.guard(answer).await
        })
    }

    fn open_request_stream_async(&mut self) -> BoxFuture<Result<RequestStream, WebError>> {
        let sink = ShoutSink(Arc::clone(&self.written));
        Box::pin(async move { Ok(RequestStream::new(Box::new(sink))) })
    }

    fn request_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    fn set_credentials(&mut self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        self.credentials = credentials;
        Ok(())
    }

    fn credentials(&self) -> Result<Option<Arc<dyn Credentials>>, Misuse> {
        Ok(self.credentials.clone())
    }

    fn connection_group_name(&self) -> Result<Option<&str>, Misuse> {
        Ok(self.group.as_deref())
    }

    fn set_connection_group_name(&mut self, name: Option<&str>) -> Result<(), Misuse> {
        self.group = name.map(str::to_owned);
        Ok(())
    }

    fn timeout(&self) -> Result<Option<Duration>, Misuse> {
        Ok(Some(Duration::from_millis(100)))
    }

    fn abort_handle(&self) -> Result<AbortHandle, Misuse> {
        Ok(self.abort.clone())
    }
}

struct ShoutResponse {
    uri: Uri,
    text: Vec<u8>,
}

impl WebResponseImpl for ShoutResponse {
    fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        Ok(ResponseStream::from_async_reader(io::Cursor::new(
            self.text.clone(),
        )))
    }

    fn response_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    fn content_type(&self) -> Result<Option<Cow<'_, str>>, Misuse> {
        Ok(Some("text/shout; charset=iso-8859-1".into()))
    }
}

struct ShoutCreator;

impl WebRequestCreate for ShoutCreator {
    fn create(&self, _context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        Ok(WebRequest::new(Shout {
            uri: uri.clone(),
            group: None,
            credentials: None,
            written: Arc::default(),
            abort: AbortHandle::new(),
            stalls: uri.host() == "stalls",
        }))
    }
}

fn shout(url: &str) -> WebRequest {
    let context = context();
    WebRequest::register_prefix_in(&context, "shout:", ShoutCreator);
    WebRequest::create_in(&context, url).unwrap()
}

#[test]
fn custom_protocol_streams() {
    let mut request = shout("shout://h/p");
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"caf\xe9").unwrap();
    stream.close().unwrap();
    stream.close().expect("closing twice is harmless");
    assert_eq!(
        stream.write(b"x").unwrap_err().kind(),
        io::ErrorKind::BrokenPipe
    );
    drop(stream);
    let response = request.get_response().unwrap();
    assert_eq!(
        response.response_uri().unwrap().absolute_uri(),
        "shout://h/p"
    );
    // The character set of the content type counts; an upper case E acute stands for itself.
    assert_eq!(response.clone().into_string().unwrap(), "CAF\u{e9}!");

    // A stream that is dropped unclosed is abandoned, once.
    let mut request = shout("shout://h/p");
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"a").unwrap();
    drop(stream);
    assert_eq!(request.get_response().unwrap().into_bytes().unwrap(), b"A?");
}

/// Begin/End for the streams of any protocol.
#[test]
fn custom_protocol_begin_end_streams() {
    let mut request = shout("shout://h/p");
    let begun = request.begin_get_request_stream(None, None);
    let mut stream = request.end_get_request_stream(&begun).unwrap();
    let write = stream.begin_write(b"loud".to_vec(), None, None);
    stream.end_write(&write).unwrap();
    assert_eq!(
        stream.end_write(&write).unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
    stream.close().unwrap();
    let response = request.get_response().unwrap();
    let stream = response.get_response_stream().unwrap();
    let mut all = Vec::new();
    loop {
        let read = stream.begin_read(3, None, None);
        let piece = stream.end_read(&read).unwrap();
        if piece.is_empty() {
            break;
        }
        assert!(piece.len() <= 3);
        all.extend(piece);
    }
    assert_eq!(all, b"LOUD!");
}

#[tokio::test]
async fn custom_protocol_async_streams() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut request = shout("shout://h/p");
    let mut stream = request
        .get_request_stream_async()
        .await
        .unwrap()
        .into_async();
    stream.write_all(b"soft").await.unwrap();
    stream.shutdown().await.unwrap();
    let response = request.get_response_async().await.unwrap();
    let mut stream = response.get_response_stream().unwrap().into_async();
    let mut first = [0; 2];
    stream.read_exact(&mut first).await.unwrap();
    let mut rest = String::new();
    stream.into_sync().read_to_string(&mut rest).unwrap();
    assert_eq!((&first, &*rest), (b"SO", "FT!"));
}

/// The time-out and the abort of `WebRequest` work for a protocol that only keeps an
/// `AbortHandle`.
#[test]
fn custom_protocol_timeout_and_abort() {
    let mut request = shout("shout://stalls/");
    check_status(request.get_response(), Status::Timeout);

    let mut request = shout("shout://stalls/");
    let begun = request.begin_get_response(None, None);
    assert!(!begun.is_completed());
    request.abort().unwrap();
    check_status(request.end_get_response(&begun), Status::RequestCanceled);
    check_status(request.get_response(), Status::RequestCanceled);
}

#[test]
fn custom_protocol_properties_pass_through() {
    let mut request = shout("shout://h/");
    request.set_connection_group_name(Some("g")).unwrap();
    assert_eq!(request.connection_group_name().unwrap(), Some("g"));
    let credential = NetworkCredential::new("user", PASSWORD);
    request.set_credentials(Some(Arc::new(credential))).unwrap();
    let uri = request.request_uri().unwrap().clone();
    let found = request
        .credentials()
        .unwrap()
        .unwrap()
        .get_credential(&uri, "Basic");
    assert_eq!(found.unwrap().user_name(), "user");
}
