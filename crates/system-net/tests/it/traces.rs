//! What programs trace when a configuration file says so, and nothing else does: examples as they
//! are, and processes of this test. Listeners hear a whole process, so each has its own.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use system_net::{
    CredentialCache, Credentials, HttpListener, NetworkCredential, ServicePointManager, WebClient,
    WebRequest,
};
use system_net_testkit::{HttpPeer, Response};

use crate::examples::example;

/// A program whose configuration file is broken or not there does nothing by other settings, and
/// says why: it is no program of a test's own, but an example as everybody builds it.
#[test]
fn broken_configuration_refuses_requests() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("hello"));
    let folder = Folder::new();
    let bypass = "<configuration><system.net><defaultProxy><bypasslist>\
        <add address='http://[a-z]+\\.\\contoso\\.com/'/></bypasslist></defaultProxy>\
        </system.net></configuration>";
    let value = "<configuration><system.net><settings><ipv6 enabled='yes'/></settings>\
        </system.net></configuration>";
    for (name, text, said) in [
        ("bypass.config", Some(bypass), "bypass.config:1:"),
        ("value.config", Some(value), "value.config:1:"),
        ("missing.config", None, "missing.config"),
    ] {
        let file = folder.path(name);
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let output = Command::new(example("howto_get"))
            .arg(peer.url("/"))
            .env("SYSTEM_NET_CONFIG", &file)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "{name}: {told}");
        assert!(told.contains(said), "{name}: {told}");
    }
    assert_eq!(peer.request_count(), 0);
}

/// What in a file has no effect stands in the trace of a program that knows nothing of it.
#[test]
fn settings_without_effect_are_traced() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("hello"));
    let folder = Folder::new();
    let file = folder.configure(&["System.Net"], "", "Warning");
    let text = std::fs::read_to_string(&file).unwrap();
    let caching = "<configuration><system.net><requestCaching disableAllCaching='true'/>\
        <misspelt/></system.net>";
    std::fs::write(&file, text.replacen("<configuration>", caching, 1)).unwrap();
    let output = Command::new(example("howto_get"))
        .arg(peer.url("/"))
        .env("SYSTEM_NET_CONFIG", &file)
        .output()
        .unwrap();
    assert!(output.status.success());
    let log = std::fs::read_to_string(folder.path("network.log")).unwrap();
    for said in ["`requestCaching`", "`misspelt`", "app.config:1:"] {
        assert!(log.contains(said), "{said} in {log}");
    }
}

/// A folder for a configuration file and what is written by it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The guide's file: these sources, with these attributes, at a level, into `network.log`.
    fn configure(&self, sources: &[&str], attributes: &str, level: &str) -> PathBuf {
        let log = self.path("network.log");
        let all = |each: &dyn Fn(&str) -> String| -> String {
            sources.iter().map(|source| each(source)).collect()
        };
        let listeners = all(&|name| {
            format!(
                "<source name='{name}' {attributes}><listeners><add name='System.Net'/>\
                 </listeners></source>"
            )
        });
        let switches = all(&|name| format!("<add name='{name}' value='{level}'/>"));
        let text = format!(
            "<configuration><system.diagnostics>\
               <sources>{listeners}</sources>\
               <switches>{switches}</switches>\
               <sharedListeners>\
                 <add name='System.Net' type='System.Diagnostics.TextWriterTraceListener' \
                      initializeData='{}'/>\
               </sharedListeners>\
               <trace autoflush='true'/>\
             </system.diagnostics></configuration>",
            log.display()
        );
        let file = self.path("app.config");
        std::fs::write(&file, text).unwrap();
        file
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("network.log")).unwrap_or_default()
    }
}

fn run(program: &Path, arguments: &[&str], configuration: Option<&Path>) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("SYSTEM_NET_MACHINE_CONFIG", "")
        .env(
            "SYSTEM_NET_CONFIG",
            configuration.unwrap_or_else(|| Path::new("")),
        );
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// Runs a test of this file as a process of its own, which `child` then is.
fn run_child(test: &str, argument: &str, configuration: &Path) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("traces::{test}"), "--nocapture"])
        .env(CHILD, argument)
        .env("SYSTEM_NET_MACHINE_CONFIG", "")
        .env("SYSTEM_NET_CONFIG", configuration)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

const CHILD: &str = "SYSTEM_NET_TEST_TRACES";

/// The argument of a child; `None` in an ordinary run.
fn child() -> Option<String> {
    std::env::var(CHILD).ok()
}

/// The lines of a trace, without thread and time, of dumps only the first, and with objects
/// numbered for each class in the order they are named.
#[track_caller]
fn events(log: &str) -> Vec<String> {
    let mut numbers = HashMap::new();
    let mut events = Vec::new();
    for line in log.lines() {
        // What a dump in text goes on with.
        let Some(line) = line.strip_prefix('[') else {
            continue;
        };
        let parsed = line.split_once("] (").and_then(|(thread, rest)| {
            let (time, event) = rest.split_once(") ")?;
            let _: (u64, u64) = (thread.parse().ok()?, time.parse().ok()?);
            Some(event)
        });
        let event = parsed.unwrap_or_else(|| panic!("no thread and time: {line}"));
        let is_dump = event.get(8..11) == Some(" : ");
        if !is_dump {
            let event = event.split("<<").next().unwrap();
            events.push(renumbered(event, &mut numbers));
        }
    }
    events
}

fn renumbered(event: &str, numbers: &mut HashMap<String, (String, usize)>) -> String {
    let mut text = String::new();
    let mut rest = event;
    while let Some(at) = rest.find('#') {
        let (before, after) = rest.split_at(at);
        let class = before.rsplit([' ', '(', '>']).next().unwrap().to_owned();
        let digits = after[1..].chars().take_while(char::is_ascii_digit).count();
        let number = &after[1..=digits];
        text.push_str(before);
        rest = &after[1 + digits..];
        if class.chars().next().is_some_and(char::is_uppercase) {
            let next = numbers
                .values()
                .filter(|(known, _)| *known == class)
                .count()
                + 1;
            let key = format!("{class}#{number}");
            let (_, place) = numbers.entry(key).or_insert((class, next));
            text.push_str(&format!("#{place}"));
        } else {
            text.push_str(&format!("#{number}"));
        }
    }
    text + rest
}

/// Names and ports that differ from run to run.
fn without(events: Vec<String>, parts: &[(&str, &str)]) -> Vec<String> {
    let replaced = events.into_iter().map(|mut event| {
        for (part, name) in parts {
            event = event.replace(part, name);
        }
        event
    });
    replaced.collect()
}

#[test]
fn trace_by_config_only() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("<p>x</p>"));
    let url = peer.url("/default.html");
    let folder = Folder::new();
    let file = folder.configure(&["System.Net"], "tracemode='includehex'", "Verbose");
    let program = example("howto_get");
    let plain = run(&program, &[&url], None);
    assert_eq!(folder.log(), "");
    let traced = run(&program, &[&url], Some(&file));
    // The program does what it did, and says what it said.
    assert_eq!(traced.stdout, plain.stdout);
    assert_eq!(traced.stderr, plain.stderr);
    let [one, other] = &peer.requests()[..] else {
        panic!("two requests");
    };
    assert_eq!(one.head_text(), other.head_text());
    let log = folder.log();
    for part in [
        &*format!("Entering WebRequest::Create({url})\n"),
        "::GetResponse()-> HttpWebResponse#",
        "00000000 : 47 45 54 20 2F 64 65 66-61 75 6C 74 2E 68 74 6D : GET /default.htm\n",
    ] {
        assert!(log.contains(part), "{part} in {log}");
    }
    // Without the switch there is nothing to tell.
    let silent = Folder::new();
    let file = silent.configure(&["System.Net"], "", "Off");
    run(&program, &[&url], Some(&file));
    assert_eq!(silent.log(), "");
}

#[test]
fn trace_source_system_net() {
    let peer = HttpPeer::serve(|request| Response::new(200).body(&request.body));
    let folder = Folder::new();
    let file = folder.configure(&["System.Net"], "tracemode='protocolonly'", "Verbose");
    run(&example("howto_post"), &[&peer.url("/p")], Some(&file));
    let log = folder.log();
    let own = log
        .split("Created connection from ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .unwrap();
    let server = peer.address().to_string();
    let events = without(events(&log), &[(own, "{OWN}"), (&server, "{SERVER}")]);
    let whole = [
        "Entering WebRequest::Create(http://{SERVER}/p)",
        "Entering HttpWebRequest#1::HttpWebRequest(http://{SERVER}/p)",
        "Exiting HttpWebRequest#1::HttpWebRequest()",
        "Exiting WebRequest::Create()-> HttpWebRequest#1",
        "Entering HttpWebRequest#1::GetRequestStream()",
        "Associating HttpWebRequest#1 with ServicePoint#1",
        "Connection#1 - Created connection from {OWN} to {SERVER}.",
        "Associating Connection#1 with HttpWebRequest#1",
        "Associating HttpWebRequest#1 with ConnectStream#1",
        "HttpWebRequest#1 - Request: POST /p HTTP/1.1",
        "Data from ConnectStream#1::WriteHeaders",
        "Exiting HttpWebRequest#1::GetRequestStream()-> ConnectStream#1",
        "Entering ConnectStream#1::Write()",
        "Data from ConnectStream#1::Write",
        "Exiting ConnectStream#1::Write()-> 54#54",
        "Entering ConnectStream#1::Close()",
        "Exiting ConnectStream#1::Close()",
        "Entering HttpWebRequest#1::GetResponse()",
        "Connection#1 - Received status line: Version=1.1, StatusCode=200, StatusDescription=OK.",
        "Data from Connection#1::ReadHeaders",
        "Associating HttpWebRequest#1 with ConnectStream#2",
        "Associating HttpWebRequest#1 with HttpWebResponse#1",
        "Exiting HttpWebRequest#1::GetResponse()-> HttpWebResponse#1",
        "Entering HttpWebResponse#1::GetResponseStream()",
        "Exiting HttpWebResponse#1::GetResponseStream()-> ConnectStream#2",
        "Entering ConnectStream#2::Read()",
        "Data from ConnectStream#2::Read",
        "Exiting ConnectStream#2::Read()-> 54#54",
        "Entering ConnectStream#2::Read()",
        "Exiting ConnectStream#2::Read()-> 0#0",
        "Entering HttpWebResponse#1::Close()",
        "Entering ConnectStream#2::Close()",
        "Exiting ConnectStream#2::Close()",
        "Exiting HttpWebResponse#1::Close()",
    ];
    // How much a reader takes at once is its own affair.
    let mut one_read = events;
    merge_reads(&mut one_read);
    assert_eq!(one_read, whole, "{log}");
    // The dumps are what went over the wire.
    assert!(
        log.contains("WriteHeaders<<POST /p HTTP/1.1"),
        "as in the guide's listing: {log}"
    );
    let request = &peer.requests()[0];
    for line in request.head_text().lines().filter(|line| !line.is_empty()) {
        assert!(log.contains(line), "{line} in {log}");
    }
}

/// Several reads that give data become one.
fn merge_reads(events: &mut Vec<String>) {
    let read = "Exiting ConnectStream#2::Read()-> ";
    let mut total = 0;
    let mut merged: Vec<String> = Vec::new();
    for event in events.drain(..) {
        let count = event.strip_prefix(read).map(|value| {
            let count: usize = value.split('#').next().unwrap().parse().unwrap();
            count
        });
        match count {
            Some(count) if count > 0 && total > 0 => {
                merged.truncate(merged.len() - 2);
                total += count;
                let last = merged.len() - 1;
                merged[last] = format!("{read}{total}#{total}");
            }
            Some(count) => {
                total += count;
                merged.push(event);
            }
            None => merged.push(event),
        }
    }
    *events = merged;
}

/// What goes wrong stands there too, at every level but `Off`.
#[test]
fn trace_source_system_net_errors() {
    let peer = HttpPeer::serve(|_| Response::new(404).body("no"));
    for (level, calls) in [("Verbose", true), ("Error", false)] {
        let folder = Folder::new();
        let file = folder.configure(&["System.Net"], "", level);
        let program = example("howto_get");
        let output = Command::new(program)
            .arg(peer.url("/none"))
            .env("SYSTEM_NET_MACHINE_CONFIG", "")
            .env("SYSTEM_NET_CONFIG", file)
            .output()
            .unwrap();
        assert!(!output.status.success());
        let events = events(&folder.log());
        let exception = "Exception in HttpWebRequest#1::GetResponse - ";
        let reason = "the remote server returned an error: (404) Not Found.";
        let told = events
            .iter()
            .filter(|event| event.starts_with(exception) && event.ends_with(reason));
        assert_eq!(told.count(), 1, "{level}: {events:#?}");
        assert_eq!(events.len() > 1, calls, "{events:#?}");
    }
}

/// A listener of the process's context that answers one request of a plain socket.
#[test]
fn child_listens() {
    if child().is_none() {
        return;
    }
    let listener = HttpListener::new();
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    listener.start().unwrap();
    let address = listener.local_endpoints().unwrap()[0].to_string();
    let client = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"POST /p?q=1 HTTP/1.0\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let mut context = listener.get_context().unwrap();
    let mut body = String::new();
    let mut input = context.request().input_stream();
    input.read_to_string(&mut body).unwrap();
    let response = context.response_mut();
    response.add_header("X-Own", "1").unwrap();
    let mut output = response.output_stream().unwrap();
    output.write_all(body.as_bytes()).unwrap();
    output.close().unwrap();
    assert!(client.join().unwrap().ends_with("hello"));
    listener.stop().unwrap();
    listener.close();
}

#[test]
fn trace_source_httplistener() {
    let folder = Folder::new();
    let file = folder.configure(&["System.Net.HttpListener"], "", "Verbose");
    run_child("child_listens", "1", &file);
    let log = folder.log();
    let mut events = events(&log);
    // How much a reader takes at once, and what connections end of, is told by others.
    events.retain(|event| !event.contains(" - The connection of "));
    let from = log
        .split(" from ")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .unwrap();
    let events = without(events, &[(from, "{CLIENT}")]);
    let expected = [
        "Entering HttpListener#1::HttpListener()",
        "Exiting HttpListener#1::HttpListener()",
        "Entering HttpListener#1::Start()",
        "Exiting HttpListener#1::Start()",
        "Entering HttpListener#1::GetContext()",
        "HttpListenerRequest#1 - POST /p?q=1 HTTP/1.0 from {CLIENT}",
        "Data from HttpListenerRequest#1::Headers",
        "Associating HttpListenerRequest#1 with HttpListenerResponse#1",
        "Exiting HttpListener#1::GetContext()-> HttpListenerRequest#1",
        "Entering HttpListenerRequest#1::InputStream_get()",
        "Exiting HttpListenerRequest#1::InputStream_get()-> HttpRequestStream#1",
        "Entering HttpRequestStream#1::Read()",
        "Data from HttpRequestStream#1::Read",
        "Exiting HttpRequestStream#1::Read()-> 5#5",
        "HttpListenerResponse#1::AddHeader(X-Own: 1)",
        "Entering HttpListenerResponse#1::OutputStream_get()",
        "HttpListenerResponse#1 - 200 OK",
        "Data from HttpListenerResponse#1::SendHeaders",
        "Exiting HttpListenerResponse#1::OutputStream_get()-> HttpResponseStream#1",
        "Entering HttpResponseStream#1::Write()",
        "Data from HttpResponseStream#1::Write",
        "Exiting HttpResponseStream#1::Write()-> 5#5",
        "Entering HttpResponseStream#1::Close()",
        "Exiting HttpResponseStream#1::Close()",
        "Entering HttpListener#1::Stop()",
        "Exiting HttpListener#1::Stop()",
        "Entering HttpListener#1::Close()",
        "Exiting HttpListener#1::Close()",
    ];
    // The request comes while the thread is about to wait for it, or before; a read of the end may
    // or may not be needed.
    let place = |events: &[String], event: &str| {
        let found = events.iter().position(|other| other == event);
        found.unwrap_or_else(|| panic!("{event} in {events:#?}"))
    };
    let of_request = &expected[5..8];
    for pair in of_request.windows(2) {
        assert!(place(&events, pair[0]) < place(&events, pair[1]));
    }
    let own_thread: Vec<&str> = expected
        .iter()
        .copied()
        .filter(|event| !of_request.contains(event))
        .collect();
    let mut seen: Vec<&str> = events
        .iter()
        .map(|event| &**event)
        .filter(|event| !of_request.contains(event))
        .collect();
    if let Some(end) = seen
        .iter()
        .position(|event| event.ends_with("Read()-> 0#0"))
    {
        seen.drain(end - 1..=end);
    }
    assert_eq!(seen, own_thread, "{log}");
    // Nothing of other sources.
    assert!(
        !log.contains("HttpWebRequest") && !log.contains("Socket#"),
        "{log}"
    );
}

/// Of the classes that the guide's table names, those of HTTP: each enters and exits a member. The
/// other test of this name has the classes of sockets.
#[test]
fn trace_every_class_emits() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("x"));
    let client = Folder::new();
    let file = client.configure(&["System.Net"], "", "Verbose");
    run(&example("howto_get"), &[&peer.url("/")], Some(&file));
    let server = Folder::new();
    let file = server.configure(&["System.Net.HttpListener"], "", "Verbose");
    run_child("child_listens", "1", &file);
    for (folder, class, member) in [
        (&client, "WebRequest", "Create"),
        (&client, "HttpWebRequest#1", "GetResponse"),
        (&client, "HttpWebResponse#1", "GetResponseStream"),
        (&client, "ConnectStream#2", "Read"),
        (&server, "HttpListener#1", "Start"),
        (&server, "HttpListenerRequest#1", "InputStream_get"),
        (&server, "HttpListenerResponse#1", "OutputStream_get"),
    ] {
        let events = events(&folder.log());
        let place = |start: String| {
            let found = events.iter().position(|event| event.starts_with(&start));
            found.unwrap_or_else(|| panic!("{start} in {events:#?}"))
        };
        let enter = place(format!("Entering {class}::{member}("));
        let exit = place(format!("Exiting {class}::{member}()"));
        assert!(enter < exit, "{class} {member}");
    }
}

/// What no trace may show, in any form.
const MARKER: &str = "S3CR3T-W0RD";

/// Requests that carry secrets in every place that has a name for them.
#[test]
fn child_has_secrets() {
    let Some(url) = child() else { return };
    let user = || -> Arc<dyn Credentials> { Arc::new(NetworkCredential::new("user", MARKER)) };
    // A login, whose answer is seen in the head of the second request.
    let mut request = WebRequest::create(format!("{url}login")).unwrap();
    request.set_credentials(Some(user())).unwrap();
    assert_eq!(request.get_response().unwrap().into_string().unwrap(), "in");
    // In the address, in fields of the caller's own, and in a form.
    let host = url.strip_prefix("http://").unwrap();
    let address =
        format!("http://user:{MARKER}@{host}?access_token={MARKER}&a=b&password={MARKER}");
    let mut request = WebRequest::create(&*address).unwrap();
    request.set_method("POST").unwrap();
    let headers = request.headers_mut().unwrap();
    headers
        .set("Authorization", &format!("Bearer {MARKER}"))
        .unwrap();
    headers.set("Cookie", &format!("id={MARKER}")).unwrap();
    headers
        .set("Proxy-Authorization", &format!("NTLM {MARKER}"))
        .unwrap();
    let mut stream = request.get_request_stream().unwrap();
    // In two writes, within the secret.
    let form = format!("user=me&password={MARKER}&b=c");
    let (first, second) = form.split_at(form.len() - 9);
    stream.write_all(first.as_bytes()).unwrap();
    stream.write_all(second.as_bytes()).unwrap();
    stream.close().unwrap();
    request.get_response().unwrap().into_string().unwrap();
    // One that fails names its address.
    let refused = system_net_testkit::refused_port();
    let gone = format!("http://user:{MARKER}@{refused}/?token={MARKER}");
    WebRequest::create(&*gone)
        .unwrap()
        .get_response()
        .unwrap_err();
    let mut client = WebClient::new();
    let mut cache = CredentialCache::new();
    cache
        .add(
            &url.parse().unwrap(),
            "Basic",
            NetworkCredential::new("user", MARKER),
        )
        .unwrap();
    client.set_credentials(Some(Arc::new(cache)));
    client.download_string(&format!("{url}login")).unwrap();
    drop(ServicePointManager::find_service_point(&*address).unwrap());
    // And at a server.
    let listener = HttpListener::new();
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    listener.start().unwrap();
    let own = listener.url("").unwrap();
    let asked = std::thread::spawn(move || {
        let mut request = WebRequest::create(own).unwrap();
        let headers = request.headers_mut().unwrap();
        headers.set("Cookie", &format!("id={MARKER}")).unwrap();
        headers
            .set("Authorization", &format!("Basic {MARKER}"))
            .unwrap();
        request.get_response().unwrap().into_string().unwrap()
    });
    let mut context = listener.get_context().unwrap();
    let response = context.response_mut();
    let cookie = format!("id={MARKER}; Path=/");
    response.append_header("Set-Cookie", &cookie).unwrap();
    response.close_with("x").unwrap();
    assert_eq!(asked.join().unwrap(), "x");
    listener.close();
}

#[test]
fn trace_redaction() {
    let peer = HttpPeer::serve(|request| {
        let cookie = format!("id={MARKER}; Path=/");
        match (&*request.target(), request.header("Authorization")) {
            ("/login", None) => Response::new(401)
                .header("WWW-Authenticate", "Basic realm=\"r\"")
                .header("Set-Cookie", &cookie),
            ("/login", _) => Response::new(200).header("Set-Cookie", &cookie).body("in"),
            _ => Response::new(200)
                .header("Set-Cookie", &cookie)
                .header("WWW-Authenticate", &format!("Negotiate {MARKER}"))
                .body(format!("{{\"access_token\": \"{MARKER}\"}}")),
        }
    });
    for mode in ["includehex", "protocolonly"] {
        let folder = Folder::new();
        let sources = [
            "System.Net",
            "System.Net.HttpListener",
            "System.Net.Sockets",
        ];
        let file = folder.configure(&sources, &format!("tracemode='{mode}'"), "Verbose");
        run_child("child_has_secrets", &peer.url("/"), &file);
        let log = folder.log();
        // All of it was traced.
        for part in [
            "Authorization: Basic ",
            "HttpListenerResponse#",
            "Exception in HttpWebRequest#",
            "Set-Cookie",
        ] {
            let found = log.contains(part) || dumped(&log).contains(part);
            assert!(found, "{mode}: {part} in {log}");
        }
        for text in [&log, &dumped(&log)] {
            assert!(!text.contains(MARKER), "{mode}: {text}");
            // `user:` and the marker, as Basic has them.
            assert!(!text.contains("dXNlcjpTM0NSM1QtVzBSRA"), "{mode}: {text}");
            assert!(!text.contains("S3CR3T"), "{mode}: {text}");
        }
    }
}

/// The bytes of all dumps, one after the other, from their numbers.
fn dumped(log: &str) -> String {
    let mut bytes = Vec::new();
    for line in log.lines() {
        let Some((_, rest)) = line.split_once(" : ") else {
            continue;
        };
        let Some((hex, _)) = rest.split_once(" : ") else {
            continue;
        };
        let numbers = hex.split([' ', '-']).filter(|number| !number.is_empty());
        bytes.extend(numbers.filter_map(|number| u8::from_str_radix(number, 16).ok()));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
