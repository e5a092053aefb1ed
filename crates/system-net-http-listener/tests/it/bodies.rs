//! Bodies both ways, in every framing.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind};
use system_net_primitives::HttpVersion;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Client, answering, echoing};

#[test]
fn chunked_roundtrip() {
    let listener = answering(|mut context| {
        let mut body = String::new();
        assert_eq!(context.request().content_length64(), None);
        context
            .request()
            .input_stream()
            .read_to_string(&mut body)
            .unwrap();
        let trailers = context.request().trailers().unwrap();
        assert_eq!(trailers.get("X-Check").as_deref(), Some("9"));
        let mut output = context.response_mut().output_stream().unwrap();
        output.write_all(body.as_bytes()).unwrap();
        output.write_all(b"|").unwrap();
        output.flush().unwrap();
        output.close().unwrap();
    });
    let mut client = Client::new(&listener);
    for _ in 0..2 {
        let chunks = "3;ext=\"1\"\r\nabc\r\n6\r\ndefghi\r\n0\r\nX-Check: 9\r\n\r\n";
        client.request("POST /", &["Transfer-Encoding: chunked"], chunks);
        let answer = client.answer();
        assert_eq!(answer.text(), "abcdefghi|");
        assert_eq!(answer.header("Transfer-Encoding"), Some("chunked"));
        assert_eq!(answer.header("Content-Length"), None);
    }
}

#[test]
fn every_split_of_a_request_reads_the_same() {
    let listener = echoing();
    let request =
        b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
    let mut client = Client::new(&listener);
    for at in 1..request.len() {
        client.send(&request[..at]);
        // Together they may arrive as one; this makes it likely that they do not.
        thread::sleep(Duration::from_millis(1));
        client.send(&request[at..]);
        assert_eq!(client.answer().text(), "POST /x ab", "{at}");
    }
}

#[test]
fn a_large_upload_and_a_large_download() {
    const LENGTH: usize = 8 << 20;
    let listener = answering(|mut context| {
        let (request, response) = context.split();
        let mut input = request.input_stream();
        response
            .set_content_length64(request.content_length64().unwrap())
            .unwrap();
        let mut output = response.output_stream().unwrap();
        assert_eq!(
            std::io::copy(&mut input, &mut output).unwrap(),
            LENGTH as u64
        );
        output.close().unwrap();
    });
    let body: Vec<u8> = (0..LENGTH).map(|i| (i * 7 + i / 251) as u8).collect();
    let mut client = Client::new(&listener);
    let mut upload = client.stream().try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let head = format!("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {LENGTH}\r\n\r\n");
            upload.write_all(head.as_bytes()).unwrap();
            upload.write_all(&body).unwrap();
        });
        let answer = client.answer();
        assert!(answer.body == body, "the echo differs");
    });
}

#[test]
fn large_bodies_given_whole() {
    let listener = answering(|mut context| {
        let length: usize = context.request().raw_url()[1..].parse().unwrap();
        let chunked = context.request().headers().contains("X-Chunked");
        let response = context.response_mut();
        response.set_send_chunked(chunked).unwrap();
        response.close_with(vec![b'y'; length]).unwrap();
    });
    let mut client = Client::new(&listener);
    for length in [0, 1, 16_384, 16_385, 65_536, 5_000_000] {
        for field in ["X-Plain: 1", "X-Chunked: 1"] {
            client.request(&format!("GET /{length}"), &[field], "");
            // The listener may have to wait for us to take it.
            thread::sleep(Duration::from_millis(5));
            let answer = client.answer();
            assert_eq!(answer.body.len(), length);
            assert!(answer.body.iter().all(|&b| b == b'y'));
            assert_eq!(
                answer.header("Content-Length").is_some(),
                field.contains("Plain")
            );
        }
    }
}

#[test]
fn expect_100_on_first_read() {
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    client.request("POST /", &["Content-Length: 3", "Expect: 100-continue"], "");
    let mut context = listener.get_context().unwrap();
    thread::sleep(Duration::from_millis(50));
    client.stream().set_nonblocking(true).unwrap();
    let early = client.stream().peek(&mut [0]).unwrap_err();
    assert_eq!(early.kind(), ErrorKind::WouldBlock, "100 without a read");
    client.stream().set_nonblocking(false).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
            client.send("abc");
        });
        let mut body = String::new();
        context
            .request()
            .input_stream()
            .read_to_string(&mut body)
            .unwrap();
        assert_eq!(body, "abc");
    });
    context.response_mut().close_with("ok").unwrap();
    let answer = client.answer();
    assert_eq!((answer.text(), answer.header("Connection")), ("ok", None));

    // A final answer first: the body is not wanted, and may or may not come.
    client.request("POST /", &["Content-Length: 3", "Expect: 100-continue"], "");
    let mut context = listener.get_context().unwrap();
    context.response_mut().set_status_code(417).unwrap();
    context.response_mut().close().unwrap();
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (417, Some("close"))
    );
    client.expect_closed();
}

#[test]
fn head_and_bodiless_statuses() {
    let listener = answering(|mut context| {
        let streamed = context.request().raw_url() == "/stream";
        let response = context.response_mut();
        if streamed {
            let mut output = response.output_stream().unwrap();
            output.write_all(b"dropped").unwrap();
        } else {
            response.close_with("dropped").unwrap();
        }
    });
    let mut client = Client::new(&listener);
    for (path, field) in [
        ("/", "Content-Length: 7"),
        ("/stream", "Transfer-Encoding: chunked"),
    ] {
        client.request(&format!("HEAD {path}"), &[], "");
        let head = client.until("\r\n\r\n");
        assert!(head.contains(field), "{head}");
    }
    assert_eq!(
        client.get("/").text(),
        "dropped",
        "nothing of the bodies was sent"
    );
}

#[test]
fn http_1_0_clients_get_no_chunks() {
    let listener = answering(|mut context| {
        let response = context.response_mut();
        assert_eq!(response.protocol_version(), HttpVersion::VERSION11);
        let mut output = response.output_stream().unwrap();
        output.write_all(b"until ").unwrap();
        output.write_all(b"close").unwrap();
        output.close().unwrap();
    });
    let mut client = Client::new(&listener);
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let answer = client.answer();
    assert_eq!(answer.text(), "until close");
    assert_eq!(answer.header("Transfer-Encoding"), None);
    assert_eq!(answer.header("Connection"), Some("close"));
}

#[test]
fn small_unread_bodies_are_drained_and_large_ones_close() {
    let listener = answering(|mut context| context.response_mut().close_with("x").unwrap());
    let mut client = Client::new(&listener);
    for length in [1, 1000, 60_000] {
        let body = "y".repeat(length);
        client.request("POST /", &[&format!("Content-Length: {length}")], &body);
        assert_eq!(client.answer().text(), "x");
        client.request(
            "POST /",
            &["Transfer-Encoding: chunked"],
            &format!("{length:x}\r\n{body}\r\n0\r\n\r\n"),
        );
        assert_eq!(client.answer().text(), "x");
    }
    client.request("POST /", &["Content-Length: 10000000"], "begun");
    assert_eq!(client.answer().text(), "x");
    client.expect_closed();
    let mut limits = listener.limits();
    limits.drain_bytes = 10;
    listener.set_limits(limits);
    let mut client = Client::new(&listener);
    client.request("POST /", &["Content-Length: 10"], "0123456789");
    assert_eq!(client.answer().text(), "x");
    client.request("POST /", &["Content-Length: 11"], "0123456789a");
    assert_eq!(client.answer().text(), "x");
    client.expect_closed();
}

#[test]
fn announced_and_given_lengths_have_to_agree() {
    let listener = answering(|mut context| {
        let case = context.request().raw_url().to_owned();
        let response = context.response_mut();
        response.set_content_length64(5).unwrap();
        let kind = match &*case {
            "/short" => {
                let mut output = response.output_stream().unwrap();
                output.write_all(b"123").unwrap();
                output.close().unwrap_err().kind()
            }
            "/dropped" => {
                let mut output = response.output_stream().unwrap();
                output.write_all(b"123").unwrap();
                return;
            }
            "/long" => {
                let mut output = response.output_stream().unwrap();
                let error = output.write_all(b"123456").unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                output.write_all(b"12345").unwrap();
                return;
            }
            "/nothing" => response.close().unwrap_err().kind(),
            _ => response.close_with("1234").unwrap_err().kind(),
        };
        assert_eq!(kind, Kind::ProtocolViolation);
    });
    for (path, body) in [
        ("/short", "123"),
        ("/dropped", "123"),
        ("/nothing", ""),
        ("/whole", ""),
    ] {
        let mut client = Client::new(&listener);
        client.request(&format!("GET {path}"), &[], "");
        let all = String::from_utf8(client.rest()).unwrap();
        let got = all.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert_eq!(got, body, "{path}: {all}");
    }
    assert_eq!(Client::new(&listener).get("/long").text(), "12345");
}

#[test]
fn a_chunked_body_that_is_not_closed_is_seen_to_be_incomplete() {
    let listener = answering(|mut context| {
        let mut output = context.response_mut().output_stream().unwrap();
        output.write_all(b"begun").unwrap();
    });
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let all = String::from_utf8(client.rest()).unwrap();
    assert!(all.ends_with("\r\n\r\n5\r\nbegun\r\n"), "{all}");
}

#[test]
fn bodies_in_asynchronous_code() {
    let listener = HttpListener::test_http().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut client = Client::new(&listener);
    let body = "z".repeat(300_000);
    client.request("POST /", &["Content-Length: 300000"], "");
    let mut upload = client.stream().try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| upload.write_all(body.as_bytes()).unwrap());
        runtime.block_on(async {
            let context = listener.get_context_async().await.unwrap();
            let (request, mut response) = context.into_parts();
            let mut input = request.input_stream().into_async();
            drop(request);
            let mut output = response.output_stream().unwrap().into_async();
            let copied = tokio::io::copy(&mut input, &mut output).await.unwrap();
            assert_eq!(copied, 300_000);
            output.shutdown().await.unwrap();
            // The response is over: nothing more can be read or written.
            let mut late = [0; 1];
            assert!(input.read(&mut late).await.is_err());
            assert!(output.write_all(b"late").await.is_err());
        });
        assert_eq!(client.answer().body, body.as_bytes());
    });
}

#[test]
fn a_client_that_breaks_its_body_is_an_error_for_the_reader() {
    let listener = HttpListener::test_http().unwrap();
    for (fields, body, kind) in [
        (
            "Transfer-Encoding: chunked",
            "zz\r\n",
            ErrorKind::InvalidData,
        ),
        (
            "Transfer-Encoding: chunked",
            "3\r\nab",
            ErrorKind::ConnectionReset,
        ),
        ("Content-Length: 3", "ab", ErrorKind::ConnectionReset),
    ] {
        let mut client = Client::new(&listener);
        client.request("POST /", &[fields], body);
        client.end_sending();
        let mut context = listener.get_context().unwrap();
        let mut got = Vec::new();
        let error = context
            .request()
            .input_stream()
            .read_to_end(&mut got)
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        context.response_mut().set_status_code(400).unwrap();
        context.response_mut().close().unwrap();
        let answer = client.answer();
        assert_eq!(
            (answer.status(), answer.header("Connection")),
            (400, Some("close"))
        );
        client.expect_closed();
    }
}
