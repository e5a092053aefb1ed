//! What holds for the response of every protocol: http, https, file, custom.

use std::io::Read;

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_requests::{ServicePointManager, WebRequest, WebResponse};
use system_net_testkit::{Authority, HttpPeer, Response, Validity};

use crate::create::Creator;
use crate::{Folder, context_trusting};

/// One resource with the same five bytes on each protocol.
struct Everywhere {
    context: NetContext,
    plain: HttpPeer,
    secure: HttpPeer,
    folder: Folder,
}

impl Everywhere {
    fn new() -> Self {
        let authority = Authority::new();
        let identity = authority.issue(&["localhost"], Validity::Now).identity();
        let context = context_trusting(&authority);
        WebRequest::register_prefix_in(&context, "custom:", Creator("hello"));
        let answer = |_: &system_net_testkit::RecordedRequest| {
            Response::new(200)
                .header("Content-Type", "text/plain")
                .body("hello")
        };
        let folder = Folder::new();
        std::fs::write(folder.path("f"), "hello").unwrap();
        Self {
            context,
            plain: HttpPeer::serve(answer),
            secure: HttpPeer::serve_tls(&identity, answer),
            folder,
        }
    }

    fn urls(&self) -> [String; 4] {
        [
            self.plain.url("/f"),
            self.secure.url_localhost("/f"),
            self.folder.url("f"),
            "custom:f".to_owned(),
        ]
    }

    fn response(&self, url: &str) -> WebResponse {
        let mut request = WebRequest::create_in(&self.context, url).unwrap();
        request.get_response().unwrap()
    }
}

#[test]
fn webresponse_contract() {
    let everywhere = Everywhere::new();
    for url in everywhere.urls() {
        let response = everywhere.response(&url);
        let custom = url.starts_with("custom");
        assert_eq!(response.content_length().unwrap(), Some(5), "{url}");
        if custom {
            for error in [
                response.content_type().map(drop).unwrap_err(),
                response.headers().map(drop).unwrap_err(),
                response.response_uri().map(drop).unwrap_err(),
            ] {
                assert!(matches!(error, Misuse::NotImplemented(_)), "{error:?}");
            }
        } else {
            let content_type = match url.starts_with("file") {
                true => "application/octet-stream",
                false => "text/plain",
            };
            assert_eq!(
                response.content_type().unwrap().as_deref(),
                Some(content_type)
            );
            let headers = response.headers().unwrap();
            assert_eq!(headers.get("content-LENGTH").as_deref(), Some("5"));
            assert_eq!(headers.get("Content-Type").as_deref(), Some(content_type));
            let uri = response.response_uri().unwrap().absolute_uri().to_string();
            assert_eq!(uri, url);
        }

        // One stream, however often it is asked for.
        if !custom {
            let mut first = response.get_response_stream().unwrap();
            let mut second = response.get_response_stream().unwrap();
            let mut part = [0; 2];
            first.read_exact(&mut part).unwrap();
            let mut rest = String::new();
            second.read_to_string(&mut rest).unwrap();
            assert_eq!((&part, &*rest), (b"he", "llo"), "{url}");
            assert_eq!(first.read(&mut part).unwrap(), 0, "{url}");
            // The stream outlives the response.
            let response = everywhere.response(&url);
            let mut stream = response.get_response_stream().unwrap();
            drop(response);
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            assert_eq!(text, "hello", "{url}");
        }
        assert_eq!(
            everywhere.response(&url).into_string().unwrap(),
            "hello",
            "{url}"
        );
        // A clone is the same response.
        let response = everywhere.response(&url);
        assert_eq!(
            response.clone().content_length().unwrap(),
            response.content_length().unwrap()
        );
    }
}

#[test]
fn webresponse_flags() {
    let everywhere = Everywhere::new();
    for url in everywhere.urls() {
        let response = everywhere.response(&url);
        assert!(!response.is_from_cache(), "{url}");
        assert!(!response.is_mutually_authenticated(), "{url}");
        assert_eq!(
            response.supports_headers(),
            !url.starts_with("custom"),
            "{url}"
        );
        assert_eq!(response.supports_headers(), response.headers().is_ok());
    }
}

/// Response then stream, stream then response, each twice; before, between and after reads.
#[test]
fn close_orders_harmless() {
    let everywhere = Everywhere::new();
    for url in everywhere.urls() {
        for stream_first in [false, true] {
            for read in [0, 2, 5, 6] {
                let response = everywhere.response(&url);
                let mut stream = response.get_response_stream().unwrap();
                let mut buffer = vec![0; read];
                let _at_the_end_less_may_come = stream.read(&mut buffer).unwrap();
                for _ in 0..2 {
                    if stream_first {
                        stream.close();
                        response.close();
                    } else {
                        response.close();
                        stream.close();
                    }
                }
                assert_eq!(response.content_length().unwrap(), Some(5));
                if !url.starts_with("custom") {
                    assert_eq!(response.headers().unwrap().count(), 2, "{url}");
                    assert!(response.response_uri().is_ok() && response.content_type().is_ok());
                    assert!(matches!(
                        response.get_response_stream(),
                        Err(Misuse::Disposed { .. })
                    ));
                }
                stream
                    .read(&mut [0; 1])
                    .expect_err("a closed stream has no end to show");
                drop(stream);
                response.close();
            }
        }
    }
    // Every response had arrived whole: one connection served them all, and it is not in use.
    for (peer, url) in [
        (&everywhere.plain, everywhere.plain.url("/")),
        (&everywhere.secure, everywhere.secure.url_localhost("/")),
    ] {
        assert!(peer.most_connections_open() <= 2);
        let point = ServicePointManager::of(&everywhere.context)
            .find(&url)
            .unwrap();
        point.close_connection_group(None);
        assert_eq!(point.current_connections(), 0);
    }
}

/// An error that carries a response: its body can be read when the connection is gone.
#[test]
fn error_body_outlives_the_connection() {
    let peer = HttpPeer::serve(|_| Response::new(500).body("the reason").close());
    let error = crate::http(&peer.url("/")).get_response().unwrap_err();
    peer.wait_for_open_at_most(0);
    drop(peer);
    let response = error.response().unwrap().clone();
    drop(error);
    assert_eq!(response.into_string().unwrap(), "the reason");
}

#[test]
fn http_response_properties() {
    for (head, description, charset, server, encoding) in [
        (
            "HTTP/1.1 200 Fine by me\r\nServer: s/1\r\n",
            "Fine by me",
            "",
            Some("s/1"),
            None,
        ),
        ("HTTP/1.1 200\r\n", "", "", None, None),
        (
            "HTTP/1.1 200 \r\nContent-Type: text/html\r\n",
            "",
            "ISO-8859-1",
            None,
            None,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; Charset=\"UTF-8\"; charset=x\r\n",
            "OK",
            "UTF-8",
            None,
            None,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: br\r\n",
            "OK",
            "",
            None,
            Some("br"),
        ),
    ] {
        let answer = format!("{head}Content-Length: 0\r\nX-A: 1\r\nX-A: 2\r\n\r\n");
        let peer = HttpPeer::each(system_net_testkit::Script::new().answer(answer));
        let response = crate::http(&peer.url("/x")).get_response().unwrap();
        assert_eq!(response.status_description(), description, "{head}");
        assert_eq!(response.character_set(), charset, "{head}");
        assert_eq!(response.server().as_deref(), server, "{head}");
        assert_eq!(response.content_encoding().as_deref(), encoding, "{head}");
        assert_eq!(response.get_response_header("x-a"), "1,2");
        assert_eq!(response.get_response_header("missing"), "");
        assert_eq!(response.method(), "GET");
        assert_eq!(response.status_code().as_u16(), 200);
    }
}
