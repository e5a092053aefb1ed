//! What a configuration file changes.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use system_net_config::{Configuration, NetContext};
use system_net_http_listener::HttpListener;

use crate::support::Client;

const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// A listener of a context with these elements in `<settings>`; nothing in them is in vain.
#[track_caller]
fn listener(settings: &str) -> HttpListener {
    let text = format!(
        "<configuration><system.net><settings>{settings}</settings></system.net></configuration>"
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let context = NetContext::from_configuration(configuration);
    assert_eq!(context.configuration_warnings(), [], "{settings}");
    let listener = HttpListener::new_in(&context);
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    listener.start().unwrap();
    listener
}

#[track_caller]
fn with_time_out(attribute: &str) -> HttpListener {
    listener(&format!(
        "<httpListener><timeouts {attribute}='00:00:00.5'/></httpListener>"
    ))
}

/// What the URL of a request with this path is.
fn path_of_url(settings: &str, path: &str) -> (String, String) {
    let listener = listener(settings);
    let mut client = Client::new(&listener);
    client.request(&format!("GET {path}"), &[], "");
    let mut context = listener.get_context().unwrap();
    let (request, response) = context.split();
    let url = request.url().unwrap().absolute_path().to_owned();
    let raw = request.raw_url().to_owned();
    response.close_with("").unwrap();
    assert_eq!(client.answer().status(), 200);
    (url, raw)
}

#[test]
fn config_unescape_request_url() {
    let sent = "/b%2Fc%3Bd%40";
    let resolved = ("/b%2Fc;d@".to_owned(), sent.to_owned());
    let as_sent = (sent.to_owned(), sent.to_owned());
    for (settings, expected) in [
        ("", &resolved),
        ("<httpListener unescapeRequestUrl='true'/>", &resolved),
        ("<httpListener unescapeRequestUrl='false'/>", &as_sent),
    ] {
        assert_eq!(path_of_url(settings, sent), *expected, "{settings}");
    }
}

/// Each time-out of a file ends its wait; the defaults are half a minute and more.
#[test]
fn config_listener_timeouts() {
    const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let begun = Instant::now();

    let waiting = with_time_out("headerWait");
    let mut client = Client::new(&waiting);
    client.send("GET / HT");
    client.expect_closed();

    let idle = with_time_out("idleConnection");
    let mut client = Client::new(&idle);
    client.send(GET);
    idle.get_context()
        .unwrap()
        .response_mut()
        .close_with("")
        .unwrap();
    assert_eq!(client.answer().status(), 200);
    client.expect_closed();

    let queue = with_time_out("requestQueue");
    let mut client = Client::new(&queue);
    assert_eq!(client.get("/").status(), 503, "nobody takes it");

    let body = with_time_out("entityBody");
    let mut client = Client::new(&body);
    client.request("POST /", &["Content-Length: 10"], "abc");
    let context = body.get_context().unwrap();
    let mut input = context.request().input_stream();
    let error = input.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "{error}");

    let drain = with_time_out("drainEntityBody");
    let mut client = Client::new(&drain);
    client.request("POST /", &["Content-Length: 10"], "abc");
    let mut context = drain.get_context().unwrap();
    context.response_mut().close_with("early").unwrap();
    assert_eq!(client.answer().text(), "early");
    client.expect_closed();

    let speed = "<httpListener><timeouts minSendBytesPerSecond='1000000000'/></httpListener>";
    let slow = listener(speed);
    slow.timeout_manager().set_min_send_period(HALF_A_SECOND);
    let mut client = Client::new(&slow);
    client.send(GET);
    let mut context = slow.get_context().unwrap();
    let writing = thread::spawn(move || {
        let mut output = context.response_mut().output_stream().unwrap();
        output.write_all(&vec![b'x'; 64 << 20])
    });
    let error = writing.join().unwrap().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "{error}");
    assert!(client.rest().len() < 64 << 20);

    assert!(
        begun.elapsed() < Duration::from_secs(25),
        "not the defaults"
    );
}
