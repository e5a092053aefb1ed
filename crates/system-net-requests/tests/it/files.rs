//! Requests for `file:` addresses.

use std::io::{Read, Write};

use system_net_primitives::Misuse;
use system_net_requests::{Phase, WebExceptionStatus as Status, WebRequest};

use crate::{Folder, check_status, context, http, web_error};

fn file(url: &str) -> WebRequest {
    WebRequest::create_in(&context(), url).unwrap()
}

fn put(url: &str) -> WebRequest {
    let mut request = file(url);
    request.set_method("PUT").unwrap();
    request
}

#[test]
fn file_request_roundtrip() {
    let folder = Folder::new();
    let content: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let url = folder.url("a b.bin");

    let mut request = put(&url);
    request.set_content_length(content.len() as u64).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    for piece in content.chunks(70_001) {
        stream.write_all(piece).unwrap();
    }
    stream.close().unwrap();
    let response = request.get_response().unwrap();
    assert_eq!(response.content_length().unwrap(), Some(0));
    assert_eq!(response.into_bytes().unwrap(), b"");
    assert_eq!(std::fs::read(folder.path("a b.bin")).unwrap(), content);

    let mut request = file(&url);
    let response = request.get_response().unwrap();
    assert_eq!(response.content_length().unwrap(), Some(300_000));
    assert_eq!(
        response.headers().unwrap().get("Content-Length").as_deref(),
        Some("300000")
    );
    assert_eq!(
        response.content_type().unwrap().as_deref(),
        Some("application/octet-stream")
    );
    assert_eq!(
        response.response_uri().unwrap(),
        request.request_uri().unwrap()
    );
    assert_eq!(response.into_bytes().unwrap(), content);
}

/// What was in the file before is gone, even if the new content is shorter.
#[test]
fn writing_replaces_the_content() {
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "a long old content").unwrap();
    for (method, content) in [("PUT", "new"), ("POST", "x"), ("put", "")] {
        let mut request = file(&folder.url("f"));
        request.set_method(method).unwrap();
        let mut stream = request.get_request_stream().unwrap();
        stream.write_all(content.as_bytes()).unwrap();
        drop(stream);
        request.get_response().unwrap();
        assert_eq!(std::fs::read_to_string(folder.path("f")).unwrap(), content);
    }
}

#[tokio::test]
async fn file_request_async() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let folder = Folder::new();
    let mut request = put(&folder.url("f"));
    let stream = request.get_request_stream_async().await.unwrap();
    let mut stream = stream.into_async();
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    request.get_response_async().await.unwrap();

    let mut request = file(&folder.url("f"));
    let response = request.get_response_async().await.unwrap();
    let mut stream = response.get_response_stream().unwrap().into_async();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello");
}

#[test]
fn file_request_begin_end() {
    let folder = Folder::new();
    let mut request = put(&folder.url("f"));
    let begun = request.begin_get_request_stream(None, None);
    let mut stream = request.end_get_request_stream(&begun).unwrap();
    stream.write_all(b"hello").unwrap();
    stream.close().unwrap();
    let begun = request.begin_get_response(None, None);
    request.end_get_response(&begun).unwrap();

    let mut request = file(&folder.url("f"));
    let begun = request.begin_get_response(None, None);
    let response = request.end_get_response(&begun).unwrap();
    let stream = response.get_response_stream().unwrap();
    let read = stream.begin_read(100, None, None);
    assert_eq!(stream.end_read(&read).unwrap(), b"hello");
    let read = stream.begin_read(100, None, None);
    assert_eq!(stream.end_read(&read).unwrap(), b"");
}

/// .NET reports what the file system refuses as `ConnectFailure`; the text names path and cause.
#[test]
fn file_system_errors() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("dir")).unwrap();
    for (name, expected) in [
        ("missing", "No such file"),
        ("dir", "folder"),
        ("missing/f", "No such file"),
    ] {
        let error = check_status(
            file(&folder.url(name)).get_response(),
            Status::ConnectFailure,
        );
        assert_eq!(error.phase(), Phase::Connecting);
        let text = error.to_string();
        let path = folder.path(name).display().to_string();
        assert!(text.contains(&path) && text.contains(expected), "{text}");
        assert!(error.response().is_none());
        assert_eq!(
            error.advice().len(),
            1,
            "no word of firewalls: {:?}",
            error.advice()
        );
    }
    for name in ["dir", "missing/f"] {
        check_status(
            put(&folder.url(name)).get_request_stream(),
            Status::ConnectFailure,
        );
    }
}

/// Only files of this machine.
#[test]
fn file_on_another_machine() {
    let context = context();
    let mut request = WebRequest::create_in(&context, "file://server/share/f").unwrap();
    let error = request.get_response().unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::NotSupported(_))),
        "{error:?}"
    );
    assert!(error.to_string().contains("'server'"), "{error}");
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "x").unwrap();
    let url = format!("file://localhost{}", folder.path("f").display());
    assert_eq!(
        file(&url).get_response().unwrap().into_string().unwrap(),
        "x"
    );
}

#[test]
fn file_content_length_enforced() {
    let folder = Folder::new();
    // Too much: refused, and the stream goes on.
    let mut request = put(&folder.url("f"));
    request.set_content_length(3).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    let error = web_error(stream.write(b"four").unwrap_err());
    assert!(
        matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
        "{error:?}"
    );
    stream.write_all(b"abc").unwrap();
    stream.close().unwrap();
    request.get_response().unwrap();

    // Too little: told by close, and by the response of a stream that was dropped.
    let mut request = put(&folder.url("f"));
    request.set_content_length(3).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"a").unwrap();
    check_status(stream.close(), Status::RequestCanceled);
    check_status(request.get_response(), Status::RequestCanceled);

    let mut request = put(&folder.url("f"));
    request.set_content_length(3).unwrap();
    drop(request.get_request_stream().unwrap());
    check_status(request.get_response(), Status::RequestCanceled);
}

#[test]
fn file_order_of_calls() {
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "x").unwrap();
    let misuse = |error: system_net_requests::WebError| {
        assert!(
            matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
            "{error:?}"
        );
    };
    misuse(file(&folder.url("f")).get_request_stream().unwrap_err());
    misuse(put(&folder.url("f")).get_response().unwrap_err());
    assert_eq!(
        std::fs::read_to_string(folder.path("f")).unwrap(),
        "x",
        "nothing was written without a stream"
    );
    let mut request = put(&folder.url("f"));
    let mut stream = request.get_request_stream().unwrap();
    misuse(request.get_request_stream().unwrap_err());
    misuse(request.get_response().unwrap_err());
    stream.write_all(b"y").unwrap();
    stream.close().unwrap();
    request.get_response().expect("the request goes on");
    assert_eq!(std::fs::read_to_string(folder.path("f")).unwrap(), "y");
}

#[test]
fn file_abort() {
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "x").unwrap();
    let mut request = file(&folder.url("f"));
    let response = request.get_response().unwrap();
    let mut stream = response.get_response_stream().unwrap();
    request.abort().unwrap();
    check_status(
        stream.read(&mut [0; 1]).map_err(web_error),
        Status::RequestCanceled,
    );
    check_status(request.get_response(), Status::RequestCanceled);

    let mut request = put(&folder.url("f"));
    let mut stream = request.get_request_stream().unwrap();
    request.abort().unwrap();
    check_status(
        stream.write(b"y").map_err(web_error),
        Status::RequestCanceled,
    );
    check_status(request.get_request_stream(), Status::RequestCanceled);
}

/// What a protocol cannot honour it refuses, reading and writing; what makes no difference to it
/// is kept, so that one routine can set up requests of every protocol.
#[test]
fn unsupported_property_table() {
    let mut request = file("file:///tmp/x");
    for result in [
        request.use_default_credentials().map(drop),
        request.set_use_default_credentials(true),
        request.set_use_default_credentials(false),
    ] {
        assert!(matches!(result, Err(Misuse::NotSupported(_))), "{result:?}");
    }
    request.set_pre_authenticate(true).unwrap();
    request.set_connection_group_name(Some("g")).unwrap();
    request.set_content_type(Some("text/x")).unwrap();
    request.set_timeout(None).unwrap();
    request.set_content_length(7).unwrap();
    request.headers_mut().unwrap().set("X-A", "b").unwrap();
    assert!(request.pre_authenticate().unwrap());
    assert_eq!(request.connection_group_name().unwrap(), Some("g"));
    assert_eq!(request.content_type().unwrap().as_deref(), Some("text/x"));
    assert_eq!(request.timeout().unwrap(), None);
    assert_eq!(request.content_length().unwrap(), Some(7));
    assert_eq!(request.headers().unwrap().get("X-A").as_deref(), Some("b"));

    // HTTP honours all of them.
    let mut request = WebRequest::from(http("http://h/"));
    request.set_use_default_credentials(true).unwrap();
    assert!(request.use_default_credentials().unwrap());
    request.set_pre_authenticate(true).unwrap();
    request.set_content_type(Some("text/x")).unwrap();
}

/// The defaults that .NET Framework and .NET Core agree on.
#[test]
fn file_request_defaults() {
    let request = file("file:///tmp/x");
    assert_eq!(request.method().unwrap(), "GET");
    assert_eq!(request.content_length().unwrap(), Some(0));
    assert_eq!(request.content_type().unwrap(), None);
    assert!(request.credentials().unwrap().is_none());
    assert!(!request.pre_authenticate().unwrap());
    assert_eq!(request.connection_group_name().unwrap(), None);
    assert_eq!(
        request.timeout().unwrap(),
        Some(std::time::Duration::from_secs(100))
    );
    assert!(request.headers().unwrap().is_empty());
}
