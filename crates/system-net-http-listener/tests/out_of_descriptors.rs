//! A process that may open nothing more: the listener accepts again as soon as it can. A program of its
//! own, as what a process may open is the matter of all in it.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails there, and its client is a plain thread"
)]
#![cfg(unix)]

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use system_net_config::{Configuration, NetContext};
use system_net_http_listener::HttpListener;

/// A hang is a failure; nothing here takes that long.
const HANG: Duration = Duration::from_secs(60);

#[test]
fn accepting_goes_on_after_a_lack_of_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.log");
    let mut told = File::create(&path)
        .map(|_| File::open(&path).unwrap())
        .unwrap();
    let text = format!(
        "<configuration><system.diagnostics><sources><source name='System.Net.HttpListener' \
         switchValue='Information'><listeners><add name='file' \
         type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/></listeners>\
         </source></sources><trace autoflush='true'/></system.diagnostics></configuration>",
        path.display()
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let context = NetContext::from_configuration(configuration);
    let listener = HttpListener::new_in(&context);
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    listener.start().unwrap();
    let address = ("127.0.0.1", listener.local_endpoints().unwrap()[0].port());
    let served = listener.clone();
    std::thread::spawn(move || {
        while let Ok(mut context) = served.get_context() {
            let _ = context.response_mut().close_with("served");
        }
    });
    // Everything is there that a request needs.
    let mut before = TcpStream::connect(address).unwrap();
    ask(&mut before);

    let limit = getrlimit(Resource::Nofile);
    let few = Rlimit {
        current: Some(128),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, few).unwrap();
    let mut taken = Vec::new();
    while let Ok(one) = told.try_clone() {
        taken.push(one);
    }
    // One is left, for the client's end.
    taken.pop();
    let mut late = TcpStream::connect(address).unwrap();
    // The system has taken it in, and the listener cannot.
    let begun = Instant::now();
    let mut lines = String::new();
    while !lines.contains("::Accept") {
        assert!(begun.elapsed() < HANG, "nothing is told: {lines}");
        std::thread::sleep(Duration::from_millis(10));
        told.read_to_string(&mut lines).unwrap();
    }
    // Who is there already does not notice.
    ask(&mut before);
    drop(taken);
    ask(&mut late);
    ask(&mut before);
    setrlimit(Resource::Nofile, limit).unwrap();
}

fn ask(stream: &mut TcpStream) {
    stream
        .set_read_timeout(Some(HANG))
        .and_then(|()| stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"served") {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "closed within {}", answer.escape_ascii());
        answer.extend_from_slice(&piece[..read]);
    }
}
