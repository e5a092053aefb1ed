// Requests with a body: every framing, Expect, and bodies that are not what was announced.

use std::io::Write;

use system_net_primitives::HttpVersion;
use system_net_requests::HttpWebRequest;

use super::{Stage, Table, describe, error_line};

pub(super) const SCENARIOS: Table = &[
    ("post_buffered", |stage| {
        stage.send("POST", "/p", &["hello"], |_| {})
    }),
    ("post_chunked", |stage| {
        stage.send("POST", "/p", &CHUNKED, chunked)
    }),
    ("post_chunked_nobuffer", |stage| {
        stage.send("POST", "/p", &CHUNKED, |request| {
            chunked(request);
            unbuffered(request);
        })
    }),
    ("post_chunked_te", |stage| {
        stage.send("POST", "/p", &["x"], |request| {
            chunked(request);
            request.set_transfer_encoding(Some("gzip")).expect("chunks");
        })
    }),
    ("post_contentlength", |stage| {
        stage.send("POST", "/p", &["hello"], |request| {
            request
                .set_content_type(Some("text/plain"))
                .expect("unsent");
            request.set_content_length(5).expect("unsent");
        })
    }),
    ("post_nobody", |stage| {
        stage.get("/p", |r| r.set_method("POST").expect("a method"))
    }),
    ("post_zero", |stage| {
        stage.send("POST", "/p", &[], |r| {
            r.set_content_length(0).expect("unsent")
        })
    }),
    ("post_nobuffer_nolength", |stage| {
        stage.send("POST", "/p", &["hello"], unbuffered)
    }),
    ("post_overflow", overflow),
    ("post_underflow", underflow),
    ("put", |stage| {
        stage.send("PUT", "/p", &["hello"], |r| {
            r.set_content_type(Some("a/b")).expect("unsent")
        })
    }),
    ("get_with_body", |stage| {
        let mut request = stage.request("/p");
        request
            .get_request_stream()
            .err()
            .iter()
            .map(error_line)
            .collect()
    }),
    ("http10_post", |stage| {
        stage.send("POST", "/u", &["hello"], http10)
    }),
    ("http10_post_chunked", |stage| {
        stage.send("POST", "/u", &["hello"], |request| {
            http10(request);
            chunked(request);
        })
    }),
    ("expect_off", |stage| {
        stage.send("POST", "/p", &["hello"], |request| {
            request
                .service_point()
                .expect("a service point")
                .set_expect_100_continue(false);
        })
    }),
    ("expect_prop", |stage| {
        stage.send("POST", "/p", &["hello"], |request| {
            request.set_expect(Some("x-foo")).expect("unsent");
        })
    }),
    ("expect_417", |stage| {
        stage.send("POST", "/p", &["hello"], |_| {})
    }),
    ("expect_nocontinue", |stage| {
        stage.send("POST", "/p", &["hello"], |_| {})
    }),
];

const CHUNKED: [&str; 2] = ["hello", "worldworldworldworld"];

fn chunked(request: &mut HttpWebRequest) {
    request.set_send_chunked(true).expect("unsent");
}

fn unbuffered(request: &mut HttpWebRequest) {
    request
        .set_allow_write_stream_buffering(false)
        .expect("unsent");
}

fn http10(request: &mut HttpWebRequest) {
    request
        .set_protocol_version(HttpVersion::VERSION10)
        .expect("a version");
}

/// More is written than was announced: the write says so.
fn overflow(stage: &Stage) -> Vec<String> {
    let mut request = stage.request("/p");
    request.set_method("POST").expect("a method");
    request.set_content_length(3).expect("unsent");
    let mut stream = match request.get_request_stream() {
        Ok(stream) => stream,
        Err(error) => return vec![error_line(&error)],
    };
    match stream.write_all(b"hello") {
        Ok(()) => describe(request.get_response(), false),
        Err(error) => vec![format!("WebException {error}")],
    }
}

/// Less is written than was announced: closing says so.
fn underflow(stage: &Stage) -> Vec<String> {
    let mut request = stage.request("/p");
    request.set_method("POST").expect("a method");
    request.set_content_length(9).expect("unsent");
    let mut stream = match request.get_request_stream() {
        Ok(stream) => stream,
        Err(error) => return vec![error_line(&error)],
    };
    if let Err(error) = stream.write_all(b"hello") {
        return vec![format!("WebException {error}")];
    }
    match stream.close() {
        Ok(()) => describe(request.get_response(), false),
        Err(error) => vec![format!("WebException {} {error}", error.status())],
    }
}
