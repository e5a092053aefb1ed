//! Compressed responses: what is asked for, what is undone, and how far a body may grow.

use std::io::{self, Read};
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_requests::{
    DecompressionLimits, DecompressionMethods as Methods, HttpWebRequest, HttpWebResponse, Phase,
    WebClient, WebError, WebExceptionStatus, WebRequest,
};
use system_net_testkit::{HttpPeer, Interrupted, Response};

use crate::{check_status, context, http};

const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/conformance/compressed/"
);

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{name}")).unwrap()
}

fn text() -> String {
    let line = |i: u32| format!("line {i}: the quick brown fox, {}\n", i * i % 9973);
    (0..3000).map(line).collect()
}

/// A server of one file, by name, with a coding.
fn server(name: &str, coding: &str, status: u16) -> HttpPeer {
    let body = fixture(name);
    let coding = coding.to_owned();
    HttpPeer::serve(move |_| {
        let response = Response::new(status).header("Content-Encoding", &coding);
        response.header("Content-Type", "text/plain").body(&body)
    })
}

fn ask(peer: &HttpPeer, methods: Methods) -> HttpWebRequest {
    ask_in(&context(), peer, methods)
}

fn ask_in(net: &NetContext, peer: &HttpPeer, methods: Methods) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(net, peer.url("/z")).unwrap();
    request.set_automatic_decompression(methods).unwrap();
    request
}

/// Each coding, asked for and not; in memory, in small pieces, and by futures.
#[test]
fn decompress_table() {
    let both = Methods::GZIP | Methods::DEFLATE;
    let rows = [
        ("text.gz", "gzip", both, "gzip, deflate", true),
        ("text.gz", "x-gzip", Methods::GZIP, "gzip", true),
        ("text.zlib", "deflate", both, "gzip, deflate", true),
        ("text.deflate", "deflate", Methods::DEFLATE, "deflate", true),
        (
            "text.br",
            "br",
            Methods::ALL,
            "gzip, deflate, br, zstd",
            true,
        ),
        (
            "text.zst",
            "zstd",
            Methods::ALL,
            "gzip, deflate, br, zstd",
            true,
        ),
        (
            "text.br.gz",
            "br, gzip",
            Methods::ALL,
            "gzip, deflate, br, zstd",
            true,
        ),
        ("text.br", "br", both, "gzip, deflate", false),
        ("text.gz", "gzip", Methods::NONE, "", false),
    ];
    for (name, coding, methods, asked, undone) in rows {
        let peer = server(name, coding, 200);
        let net = context();
        let context = format!("{name} as {coding} with {methods}");
        let sent = fixture(name);
        let expected = if undone {
            text().into_bytes()
        } else {
            sent.clone()
        };

        let response = ask_in(&net, &peer, methods).get_response().unwrap();
        let request = peer.requests().pop().unwrap();
        assert_eq!(
            request.header("Accept-Encoding").unwrap_or_default(),
            asked,
            "{context}"
        );
        if undone {
            assert_eq!(response.content_encoding(), None, "{context}");
            assert_eq!(response.content_length(), None, "{context}");
            assert!(!response.headers().contains("Content-Length"), "{context}");
        } else {
            assert_eq!(
                response.content_encoding().as_deref(),
                Some(coding),
                "{context}"
            );
            assert_eq!(
                response.content_length(),
                Some(sent.len() as u64),
                "{context}"
            );
        }
        assert_eq!(
            response.content_type().as_deref(),
            Some("text/plain"),
            "{context}"
        );
        assert!(response.into_bytes().unwrap() == expected, "{context}");

        let response = ask_in(&net, &peer, methods).get_response().unwrap();
        assert!(in_pieces(&response, 33) == expected, "{context}, in pieces");

        let asynchronous = system_net_runtime::block_on(async {
            let response = ask_in(&net, &peer, methods).get_response_async().await?;
            response.into_bytes()
        });
        assert!(asynchronous.unwrap() == expected, "{context}, by a future");

        // The body was read to its end each time, so one connection did for all.
        assert_eq!(peer.connections_opened(), 1, "{context}");
    }
}

fn in_pieces(response: &HttpWebResponse, size: usize) -> Vec<u8> {
    let mut stream = response.get_response_stream().unwrap();
    let mut piece = vec![0; size];
    let mut bytes = Vec::new();
    loop {
        match stream.read(&mut piece).unwrap() {
            0 => return bytes,
            n => bytes.extend_from_slice(&piece[..n]),
        }
    }
}

/// What .NET sends and tells, as recorded: the caller's own field gets what it lacks.
#[test]
fn own_accept_encoding_is_completed() {
    let peer = server("text.gz", "gzip", 200);
    let mut request = ask(&peer, Methods::GZIP | Methods::DEFLATE);
    let headers = request.headers_mut().unwrap();
    headers.set("Accept-Encoding", "br").unwrap();
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        text()
    );
    let sent = peer.requests().pop().unwrap();
    assert_eq!(
        sent.header("Accept-Encoding").as_deref(),
        Some("br, gzip, deflate")
    );
}

/// A body of an error response is decompressed, a part of a body is not, and none is needed.
#[test]
fn decompression_looks_at_what_came() {
    let missing = server("text.gz", "gzip", 404);
    let refused = ask(&missing, Methods::GZIP).get_response();
    let error = check_status(refused, WebExceptionStatus::ProtocolError);
    assert_eq!(
        error.into_response().unwrap().into_string().unwrap(),
        text()
    );

    let part = server("text.gz", "gzip", 206);
    let response = ask(&part, Methods::GZIP).get_response().unwrap();
    assert_eq!(response.content_encoding().as_deref(), Some("gzip"));
    assert!(response.into_bytes().unwrap() == fixture("text.gz"));

    let empty = HttpPeer::serve(|_| Response::new(200).header("Content-Encoding", "gzip"));
    let response = ask(&empty, Methods::GZIP).get_response().unwrap();
    assert_eq!(response.into_bytes().unwrap(), b"");

    let head = server("text.gz", "gzip", 200);
    let mut request = ask(&head, Methods::GZIP);
    request.set_method("HEAD").unwrap();
    let response = request.get_response().unwrap();
    assert_eq!(
        response.content_length(),
        Some(fixture("text.gz").len() as u64)
    );
    assert_eq!(response.content_encoding().as_deref(), Some("gzip"));
}

#[test]
fn damaged_and_cut_bodies_are_errors() {
    let mut damaged = fixture("text.gz");
    let end = damaged.len() - 6;
    damaged[end] ^= 1;
    let mut cut = fixture("text.br");
    cut.truncate(5000);
    for (body, coding, said) in [
        (damaged, "gzip", "damaged"),
        (cut, "br", "ends inside its br"),
    ] {
        let peer = HttpPeer::serve(move |_| {
            Response::new(200)
                .header("Content-Encoding", coding)
                .body(&body)
        });
        let response = ask(&peer, Methods::ALL).get_response().unwrap();
        let mut stream = response.get_response_stream().unwrap();
        let first = stream.read_to_end(&mut Vec::new()).unwrap_err();
        // Told again, and no end is made up.
        let again = stream.read(&mut [0; 10]).unwrap_err();
        for error in [first, again] {
            let error = web_error(error);
            assert_eq!(
                error.status(),
                WebExceptionStatus::ReceiveFailure,
                "{error}"
            );
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}

fn web_error(error: io::Error) -> WebError {
    WebError::from_io(error, WebExceptionStatus::UnknownError, Phase::ReadingBody)
}

/// A peer that sends a compressed body piece by piece, as long as somebody takes it.
fn bomb(name: &str, times: usize, coding: &str) -> HttpPeer {
    let piece: Arc<[u8]> = fixture(name).into();
    let coding = coding.to_owned();
    HttpPeer::converse(move |peer| {
        peer.head()?;
        let length = piece.len() * times;
        peer.send(format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
        ))?;
        for _ in 0..times {
            peer.send(&piece)?;
        }
        Ok::<(), Interrupted>(())
    })
}

/// 10 MB or less that would become 10 GiB: the default limits end them, whoever reads.
#[test]
#[expect(non_snake_case, reason = "the table of features names it so")]
fn bomb_gzip_br_zstd_10MB_to_10GB() {
    let rows = [
        ("zeros-1m.gz", 10240, "gzip"),
        ("zeros-10g.br", 1, "br"),
        ("zeros-1m.zst", 10240, "zstd"),
    ];
    for (name, times, coding) in rows {
        let peer = bomb(name, times, coding);
        let response = ask(&peer, Methods::ALL).get_response().unwrap();
        let mut stream = response.get_response_stream().unwrap();
        let mut read = 0_u64;
        let mut piece = vec![0; 65536];
        let error = loop {
            match stream.read(&mut piece) {
                Ok(n) => read += n as u64,
                Err(error) => break error,
            }
            assert!(read <= 1 << 30, "{coding}");
        };
        let error = web_error(error);
        assert_eq!(
            error.status(),
            WebExceptionStatus::MessageLengthLimitExceeded
        );
        assert!(
            error.to_string().contains("more than 1000 times"),
            "{error}"
        );
        // What was read before the limit was good: the ratio counts from 1 MiB on.
        assert!((1 << 20..64 << 20).contains(&read), "{coding}: {read}");
    }
}

/// Limits of one's own, and the limit on what is read into memory.
#[test]
fn decompression_limits_are_settable() {
    let wide = DecompressionLimits {
        max_bytes: Some(8 << 20),
        max_ratio: None,
        max_in_memory: Some(6 << 20),
    };
    let peer = HttpPeer::serve(|request| {
        let times = request.target().trim_start_matches('/').parse().unwrap();
        let body = fixture("zeros-1m.zst").repeat(times);
        Response::new(200)
            .header("Content-Encoding", "zstd")
            .body(body)
    });
    let get = |times: usize| {
        let mut request = http(&peer.url(&format!("/{times}")));
        request.set_automatic_decompression(Methods::ZSTD).unwrap();
        request.set_decompression_limits(wide).unwrap();
        assert_eq!(request.decompression_limits(), wide);
        request.get_response().unwrap()
    };
    assert_eq!(get(6).into_bytes().unwrap().len(), 6 << 20);
    let too_long = get(7).into_bytes();
    check_status(too_long, WebExceptionStatus::MessageLengthLimitExceeded);
    assert_eq!(in_pieces(&get(8), 65536).len(), 8 << 20);
    let mut stream = get(9).get_response_stream().unwrap();
    let copied = io::copy(&mut stream, &mut io::sink());
    assert!(
        copied
            .unwrap_err()
            .to_string()
            .contains("more than 8388608 bytes")
    );
}

/// The name is the issue's; layers that are undone are two at most.
#[test]
fn bomb_gzip_br_zstd_layered() {
    let peer = server("text.br.gz", "br, gzip, gzip", 200);
    let refused = ask(&peer, Methods::ALL).get_response();
    let error = check_status(refused, WebExceptionStatus::MessageLengthLimitExceeded);
    assert!(error.to_string().contains("3 times over"), "{error}");
    // The error left nothing behind: the next one gets a connection of its own.
    let fine = server("text.br.gz", "br, gzip", 200);
    assert_eq!(
        ask(&fine, Methods::ALL)
            .get_response()
            .unwrap()
            .into_string()
            .unwrap(),
        text()
    );
}

/// A client that did not ask gets the bytes as they are, as .NET's does.
#[test]
fn web_client_does_not_ask() {
    let peer = server("text.gz", "gzip", 200);
    let bytes = WebClient::new().download_data(&peer.url("/z")).unwrap();
    assert!(bytes == fixture("text.gz"));
}
