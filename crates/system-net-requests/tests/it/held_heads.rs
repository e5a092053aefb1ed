//! The head of a request goes out with the first bytes of its body, and soon without them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_requests::HttpWebRequest;

use crate::bodies::OK;
use crate::{context, post};

/// A server that does nothing by itself: what it was sent stands in its socket.
struct Still {
    listener: TcpListener,
    context: NetContext,
}

impl Still {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self {
            listener,
            context: context(),
        }
    }

    fn request(&self, chunked: bool) -> HttpWebRequest {
        let url = format!("http://{}/", self.listener.local_addr().unwrap());
        let mut request = post(&self.context, &url);
        request.set_allow_write_stream_buffering(false).unwrap();
        request.set_keep_alive(false).unwrap();
        match chunked {
            true => request.set_send_chunked(true).unwrap(),
            false => request.set_content_length(5).unwrap(),
        }
        request
    }

    fn accept(&self) -> TcpStream {
        self.listener.accept().unwrap().0
    }
}

/// What has arrived, without waiting; over loopback what was sent has arrived.
fn arrived(stream: &TcpStream) -> Vec<u8> {
    stream.set_nonblocking(true).unwrap();
    let mut bytes = vec![0; 4096];
    let n = match stream.peek(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        n => n.unwrap(),
    };
    stream.set_nonblocking(false).unwrap();
    bytes.truncate(n);
    bytes
}

#[test]
fn head_and_body_go_out_together() {
    for (chunked, end) in [(false, "\r\n\r\nhello"), (true, "\r\n\r\n5\r\nhello\r\n")] {
        let still = Still::new();
        // A head waits no more than a moment, which a busy machine may take to come here.
        let held = (0..100).any(|_| {
            let mut request = still.request(chunked);
            let mut stream = request.get_request_stream().unwrap();
            let mut server = still.accept();
            let alone = arrived(&server);
            stream.write_all(b"hello").unwrap();
            let both = String::from_utf8(arrived(&server)).unwrap();
            assert!(both.starts_with("POST / HTTP/1.1\r\n"), "{both}");
            assert!(both.ends_with(end), "{both}");
            stream.close().unwrap();
            server.write_all(OK.as_bytes()).unwrap();
            request.get_response().unwrap();
            alone.is_empty()
        });
        assert!(held, "chunked: {chunked}");
    }
}

/// A peer that wants to see the head before the application can write: nobody waits for ever.
#[test]
fn the_head_goes_out_without_a_body() {
    for chunked in [false, true] {
        let still = Still::new();
        let mut request = still.request(chunked);
        let mut stream = request.get_request_stream().unwrap();
        let mut server = still.accept();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            server.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        stream.write_all(b"hello").unwrap();
        stream.close().unwrap();
        server.write_all(OK.as_bytes()).unwrap();
        request.get_response().unwrap();
    }
}

/// The same where the task that opened the stream never gives its thread back while it waits.
#[tokio::test]
async fn the_head_goes_out_while_the_runtime_stands_still() {
    let still = Still::new();
    let mut request = still.request(false);
    let (seen, head_seen) = mpsc::channel();
    let listener = still.listener.try_clone().unwrap();
    let server = std::thread::spawn(move || {
        let mut server = listener.accept().unwrap().0;
        let mut start = [0; 4];
        server.read_exact(&mut start).unwrap();
        seen.send(start).unwrap();
        server
    });
    let stream = request.get_request_stream_async().await.unwrap();
    let start = head_seen.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_eq!(&start, b"POST");
    let mut stream = stream.into_async().into_sync();
    stream.write_all(b"hello").unwrap();
    stream.close().unwrap();
    server.join().unwrap().write_all(OK.as_bytes()).unwrap();
    request.get_response_async().await.unwrap();
}

/// A flush is a wish to have everything sent.
#[test]
fn a_flush_sends_the_head() {
    let still = Still::new();
    let mut request = still.request(false);
    let mut stream = request.get_request_stream().unwrap();
    stream.flush().unwrap();
    let server = still.accept();
    assert!(arrived(&server).ends_with(b"\r\n\r\n"));
}

/// What is given up with its head unsent closes its connection, and the server sees nothing of it or
/// a head without its body.
#[test]
fn a_head_given_up() {
    let still = Still::new();
    let mut request = still.request(false);
    drop(request.get_request_stream().unwrap());
    request.get_response().unwrap_err();
    drop(request);
    let mut seen = Vec::new();
    still.accept().read_to_end(&mut seen).unwrap();
    assert!(seen.is_empty() || seen.ends_with(b"\r\n\r\n"));
}
