//! Line breaks in what a program sets: nothing that it hands to a response or to the listener can end a
//! field, or the head, before its time.

use std::io::Write;
use std::sync::mpsc;

use proptest::prelude::*;
use system_net_http_listener::{
    AuthenticationSchemes, HttpListener, HttpListenerContext, HttpListenerResponse, TestListener,
};
use system_net_primitives::{Cookie, WebHeaderCollection};

use crate::http2::asked_over_http2;
use crate::support::{Client, HANG, answer_with};

/// What no answer of these tests says by itself.
const SMUGGLED: &str = "smuggled";

/// Text with at least one byte that ends a line or a string somewhere, and a field behind it.
fn hostile() -> impl Strategy<Value = String> {
    let breaks = prop_oneof![
        Just("\r\n"),
        Just("\r"),
        Just("\n"),
        Just("\0"),
        Just("\r\n\r\n"),
    ];
    ("[!-~][ -~\u{e4}]{0,8}", breaks, "[ -~\u{e4}]{0,8}")
        .prop_map(|(before, broken, after)| format!("{before}{broken}{SMUGGLED}: 1{after}"))
}

/// What it sets, and how; none of them may take such a text.
type Setter = (
    &'static str,
    fn(&mut HttpListenerResponse, &str) -> Result<(), ()>,
);

const SETTERS: &[Setter] = &[
    ("status description", |response, bad| {
        response.set_status_description(bad).map_err(drop)
    }),
    ("name of a field", |response, bad| {
        response.add_header(bad, "v").map_err(drop)
    }),
    ("value of a field", |response, bad| {
        response.add_header("X", bad).map_err(drop)
    }),
    ("name of another field", |response, bad| {
        response.append_header(bad, "v").map_err(drop)
    }),
    ("value of another field", |response, bad| {
        response.append_header("X", bad).map_err(drop)
    }),
    ("field of the collection", |response, bad| {
        response.headers_mut().unwrap().set("X", bad).map_err(drop)
    }),
    ("line of the collection", |response, bad| {
        let line = format!("X: {bad}");
        response
            .headers_mut()
            .unwrap()
            .add_line(&line)
            .map_err(drop)
    }),
    ("content type", |response, bad| {
        response.set_content_type(bad).map_err(drop)
    }),
    ("redirect location", |response, bad| {
        response.set_redirect_location(bad).map_err(drop)
    }),
    ("redirect", |response, bad| {
        response.redirect(bad).map_err(drop)
    }),
    ("challenge", |response, bad| {
        response.ask_for_login(bad).map_err(drop)
    }),
    ("cookie's name", |response, bad| {
        let cookie = Cookie::new(bad, "v").map_err(drop)?;
        response.append_cookie(cookie).map_err(drop)
    }),
    ("cookie's value", |response, bad| {
        let mut cookie = Cookie::new("n", "v").map_err(drop)?;
        cookie.set_value(bad);
        response.append_cookie(cookie).map_err(drop)
    }),
    ("cookie's path", |response, bad| {
        let mut cookie = Cookie::new("n", "v").map_err(drop)?;
        cookie.set_path(bad);
        response.set_cookie(cookie).map_err(drop)
    }),
    ("cookie's comment", |response, bad| {
        let mut cookie = Cookie::new("n", "v").map_err(drop)?;
        cookie.set_comment(bad);
        response.set_cookie(cookie).map_err(drop)
    }),
    ("cookie's domain", |response, bad| {
        let mut cookie = Cookie::new("n", "v").map_err(drop)?;
        cookie.set_domain(bad);
        response.set_cookie(cookie).map_err(drop)
    }),
];

/// Fields that were put together past all checks: they are refused when they are taken, or given.
const RAW: &[Setter] = &[
    ("raw fields", |response, bad| {
        let fields = raw(b"X", bad.as_bytes());
        response.set_headers(&fields).map_err(drop)?;
        response.close().map_err(drop)
    }),
    ("a raw field", |response, bad| {
        let fields = response.headers_mut().unwrap();
        fields.push_raw(b"X", bad.as_bytes());
        response.close_with("body").map_err(drop)
    }),
    ("a raw name", |response, bad| {
        let fields = response.headers_mut().unwrap();
        fields.push_raw(bad.as_bytes(), b"v");
        response.close().map_err(drop)
    }),
    ("a raw field before a stream", |response, bad| {
        let fields = response.headers_mut().unwrap();
        fields.push_raw(b"X", bad.as_bytes());
        response.output_stream().map(drop).map_err(drop)
    }),
    ("a cookie of the collection", |response, bad| {
        let mut cookie = Cookie::new("n", "v").map_err(drop)?;
        cookie.set_value(bad);
        response.cookies_mut().unwrap().add(cookie);
        response.close().map_err(drop)
    }),
    ("trailers", |response, bad| {
        let mut stream = response.output_stream().map_err(drop)?;
        stream.write_all(b"body").map_err(drop)?;
        let trailers = raw(b"X-Sum", bad.as_bytes());
        stream.close_with_trailers(&trailers).map_err(drop)
    }),
    ("names of trailers", |response, bad| {
        let mut stream = response.output_stream().map_err(drop)?;
        stream.write_all(b"body").map_err(drop)?;
        let trailers = raw(bad.as_bytes(), b"1");
        stream.close_with_trailers(&trailers).map_err(drop)
    }),
];

fn raw(name: &[u8], value: &[u8]) -> WebHeaderCollection {
    let mut fields = WebHeaderCollection::for_response();
    fields.push_raw(name, value);
    fields
}

/// A listener on which each of the setters is tried with the text that the test has sent, and what has
/// taken it.
struct Tried {
    listener: TestListener,
    bad: mpsc::Sender<String>,
    taken: mpsc::Receiver<Vec<&'static str>>,
}

fn tried() -> Tried {
    let listener = HttpListener::test_http().unwrap();
    let (bad, texts) = mpsc::channel::<String>();
    let (sender, taken) = mpsc::channel();
    answer_with(&listener, move |context| {
        let bad = texts.recv_timeout(HANG).unwrap();
        sender.send(answer(context, &bad)).unwrap();
    });
    Tried {
        listener,
        bad,
        taken,
    }
}

/// `/0` and on: one of the raw ones; else all setters, and an answer.
fn answer(mut context: HttpListenerContext, bad: &str) -> Vec<&'static str> {
    let path = context.request().raw_url().to_owned();
    if path == "/upgrade" {
        return match context.upgrade(bad) {
            Ok(_) => vec!["upgrade"],
            Err(_) => Vec::new(),
        };
    }
    let response = context.response_mut();
    if let Ok(index) = path[1..].parse::<usize>() {
        let (name, set) = RAW[index];
        return match set(response, bad) {
            Ok(()) => vec![name],
            Err(()) => Vec::new(),
        };
    }
    let tried = SETTERS.iter().filter(|(_, set)| set(response, bad).is_ok());
    let taken = tried.map(|(name, _)| *name).collect();
    response.set_status_code(200).unwrap();
    // Where one of them was taken, that shows.
    let _ = response.close_with("plain");
    taken
}

impl Tried {
    /// What comes back over HTTP/1, to the end of the connection.
    fn http1(&self, path: &str, bad: &str) -> (Vec<&'static str>, String) {
        self.bad.send(bad.to_owned()).unwrap();
        let mut client = Client::new(&self.listener);
        let fields = ["Connection: Upgrade", "Upgrade: own"];
        client.request(&format!("GET {path}"), &fields, "");
        client.end_sending();
        let bytes = client.rest().escape_ascii().to_string();
        (self.taken.recv_timeout(HANG).unwrap(), bytes)
    }

    /// The same over HTTP/2: all fields of all heads.
    fn http2(&self, path: &str, bad: &str) -> (Vec<&'static str>, String) {
        self.bad.send(bad.to_owned()).unwrap();
        let fields = asked_over_http2(&self.listener.url(""), path);
        (self.taken.recv_timeout(HANG).unwrap(), fields)
    }
}

#[test]
fn crlf_injection_everywhere() {
    let tried = tried();
    let settings = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(40)
    };
    proptest!(settings, |(bad in hostile())| {
        let (taken, bytes) = tried.http1("/all", &bad);
        prop_assert!(taken.is_empty(), "taken: {taken:?}");
        prop_assert!(bytes.starts_with("HTTP/1.1 200 OK\\r\\n"), "{bytes}");
        prop_assert!(bytes.ends_with("\\r\\n\\r\\nplain"), "{bytes}");
        prop_assert!(!bytes.contains(SMUGGLED), "{bytes}");
        let (taken, fields) = tried.http2("/all", &bad);
        prop_assert!(taken.is_empty(), "taken over HTTP/2: {taken:?}");
        prop_assert!(!fields.contains(SMUGGLED), "{fields}");
        for (index, (name, _)) in RAW.iter().enumerate() {
            let path = format!("/{index}");
            let (taken, bytes) = tried.http1(&path, &bad);
            prop_assert!(taken.is_empty(), "taken: {name}");
            prop_assert!(!bytes.contains(SMUGGLED), "{name}: {bytes}");
            let (taken, fields) = tried.http2(&path, &bad);
            prop_assert!(taken.is_empty(), "taken over HTTP/2: {name}");
            prop_assert!(!fields.contains(SMUGGLED), "{name}: {fields}");
        }
        let (taken, bytes) = tried.http1("/upgrade", &bad);
        prop_assert!(taken.is_empty(), "an upgrade");
        prop_assert!(!bytes.contains(SMUGGLED), "{bytes}");

        // What stands in every answer.
        let listener = &tried.listener;
        prop_assert!(listener.set_server_header(Some(&bad)).is_err());
        prop_assert!(listener.set_realm(Some(&bad)).is_err());
    });
    // Nothing of it was kept, where it is shown.
    let listener = &tried.listener;
    listener.set_authentication_schemes(AuthenticationSchemes::BASIC);
    let refused = Client::new(listener).get("/");
    assert_eq!(refused.status(), 401);
    assert!(!refused.head.contains(SMUGGLED), "{}", refused.head);
}
