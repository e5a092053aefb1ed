//! The table of the guide's "How to: Configure Network Tracing", member by member: each one that
//! outputs traces is called, and is entered and exited. In a process of its own, as listeners hear
//! all of it.
#![cfg(all(
    target_os = "linux",
    feature = "http-listener",
    feature = "requests",
    feature = "trace"
))]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(deprecated, reason = "what is deprecated is traced too")]

mod event_args;
mod http;
mod names;
mod sockets;
mod tcp;

use std::io;
use std::sync::{Arc, Mutex};

use system_net::diagnostics::{TraceListener, TraceListenerConstructor, TraceRecord};
use system_net::*;

/// What was traced, without data.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Collecting;

impl TraceListener for Collecting {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        LINES.lock().unwrap().push(record.message().to_owned());
        Ok(())
    }
}

/// A context that has all sources traced, as long as it lives.
fn traced() -> NetContext {
    let mut settings = Settings::default();
    let source = |name: &str| TraceSourceSettings {
        switch_value: Some("Verbose".to_owned()),
        listeners: vec![TraceListenerChange::Add(TraceListenerSettings {
            name: "all".to_owned(),
            type_name: Some("Tests.Collecting".to_owned()),
            ..TraceListenerSettings::default()
        })],
        ..TraceSourceSettings::new(name)
    };
    settings.diagnostics.sources = [
        "System.Net",
        "System.Net.Sockets",
        "System.Net.HttpListener",
    ]
    .map(source)
    .to_vec();
    let context = NetContext::with_settings(settings);
    let make: Arc<TraceListenerConstructor> = Arc::new(|_| Ok(Box::new(Collecting)));
    TypeRegistry::of(&context).register("Tests.Collecting", make);
    context
}

/// What is missing, of all the rows.
#[derive(Default)]
struct Table {
    rows: usize,
    missing: Vec<String>,
}

impl Table {
    /// Calls a member, `Class::Method`; one object of the class enters it and then exits it.
    fn row<T>(&mut self, member: &str, call: impl FnOnce() -> T) -> T {
        let found = self.lines(call);
        let (value, lines) = found;
        let (class, method) = member.split_once("::").unwrap();
        let entered = lines.iter().enumerate().find_map(|(place, line)| {
            let (object, rest) = line.strip_prefix("Entering ")?.split_once("::")?;
            let is =
                object.split('#').next() == Some(class) && rest.split('(').next() == Some(method);
            is.then_some((place, object))
        });
        let exited = entered.is_some_and(|(place, object)| {
            let exit = format!("Exiting {object}::{method}()");
            lines[place..].iter().any(|line| line.starts_with(&exit))
        });
        if !exited {
            self.missing.push(format!("{member}: {lines:#?}"));
        }
        value
    }

    /// Calls a member of which .NET tells in one line.
    fn note<T>(&mut self, member: &str, call: impl FnOnce() -> T) -> T {
        let (value, lines) = self.lines(call);
        let (class, method) = member.split_once("::").unwrap();
        let is = |line: &String| {
            line.starts_with(&format!("{class}#")) && line.contains(&format!("::{method}("))
        };
        if !lines.iter().any(is) {
            self.missing.push(format!("{member}: {lines:#?}"));
        }
        value
    }

    fn lines<T>(&mut self, call: impl FnOnce() -> T) -> (T, Vec<String>) {
        self.rows += 1;
        diagnostics::flush();
        LINES.lock().unwrap().clear();
        let value = call();
        diagnostics::flush();
        (value, LINES.lock().unwrap().clone())
    }

    #[track_caller]
    fn end(self, rows: usize) {
        assert!(self.missing.is_empty(), "{}", self.missing.join("\n"));
        assert_eq!(self.rows, rows);
    }
}

#[test]
fn traced_members() {
    let _context = traced();
    names::names();
    sockets::connections();
    sockets::transfers();
    sockets::datagrams();
    event_args::event_args();
    tcp::tcp_clients();
    tcp::tcp_listeners();
    http::requests();
    http::listeners();
}

fn loopback() -> IpEndPoint {
    IpEndPoint::new(IpAddress::LOOPBACK, 0)
}

fn socket(kind: SocketType, protocol: ProtocolType) -> Socket {
    Socket::new(AddressFamily::InterNetwork, kind, protocol).unwrap()
}

fn stream() -> Socket {
    socket(SocketType::Stream, ProtocolType::TCP)
}

fn listening() -> Socket {
    let socket = stream();
    socket.bind(loopback()).unwrap();
    socket.listen(64).unwrap();
    socket
}

fn place(socket: &Socket) -> EndPoint {
    socket.local_end_point().unwrap().unwrap()
}

fn ip_place(socket: &Socket) -> IpEndPoint {
    match place(socket) {
        EndPoint::Ip(place) => place,
        other => panic!("{other}"),
    }
}

fn pair() -> (Socket, Socket) {
    let (listening, one) = (listening(), stream());
    one.connect(place(&listening)).unwrap();
    let other = listening.accept().unwrap();
    (one, other)
}
