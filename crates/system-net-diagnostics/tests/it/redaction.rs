//! Secrets, whole: no listener and no subscriber sees one.

use system_net_diagnostics::{Emitter, Source, Traced};

use crate::{Traces, to_file};

const MARKER: &str = "S3CR3T-W0RD";

/// Every place where a secret may stand, through all that emits.
fn emit_secrets(object: &Traced) {
    let emitter = Emitter::new(Source::Net, "HttpWebRequest", object);
    let uri = format!("http://user:{MARKER}@host/?access_token={MARKER}&a=b");
    emitter
        .enter("Create", format_args!("{uri}"))
        .exit(format_args!("{uri}"));
    emitter.note(format_args!("Authorization: Bearer {MARKER}"));
    emitter.information("Send", format_args!("Cookie: id={MARKER}"));
    emitter.warning("Send", format_args!("password={MARKER}"));
    emitter.error("Send", format_args!("{{\"token\": \"{MARKER}\"}}"));
    emitter.exception("Send", &std::io::Error::other(format!("refused by {uri}")));
    let head = format!(
        "GET /?sig={MARKER} HTTP/1.1\r\nHost: h\r\nAuthorization: Basic {MARKER}\r\n\
         Proxy-Authorization: NTLM {MARKER}\r\nCookie: a={MARKER}\r\nX: y\r\n\r\n\
         user=me&password={MARKER}"
    );
    emitter.data("WriteHeaders", head.as_bytes());
    // Cut anywhere: the parts go on with each other.
    for cut in 1..head.len() {
        let (first, second) = head.as_bytes().split_at(cut);
        let object = Traced::new();
        let emitter = Emitter::new(Source::Net, "ConnectStream", &object);
        emitter.data("Write", first);
        emitter.data("Write", second);
    }
}

/// The part of the marker that a text shows, in one form or another: five bytes, as fewer may be in
/// a time by chance. A dump's line may part them.
fn shown_part(text: &str) -> Option<String> {
    const LENGTH: usize = 5;
    let hex: Vec<String> = MARKER.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut parts = (0..=MARKER.len() - LENGTH).flat_map(|at| {
        let hex = &hex[at..at + LENGTH];
        [
            MARKER[at..at + LENGTH].to_owned(),
            hex.concat(),
            hex.join(" ").to_uppercase(),
        ]
    });
    parts.find(|part| text.contains(part))
}

#[test]
fn trace_redaction() {
    for attribute in [
        "",
        "maxdatasize='70'",
        "maxdatasize='100'",
        "tracemode='protocolonly'",
        "tracemode='protocolonly' maxdatasize='75'",
    ] {
        for type_name in [
            "System.Diagnostics.TextWriterTraceListener",
            "System.Diagnostics.XmlWriterTraceListener",
            "System.Diagnostics.DelimitedListTraceListener",
            "SystemNet.Diagnostics.JsonLinesTraceListener",
        ] {
            let section = to_file("System.Net", "Verbose")
                .replace("System.Diagnostics.TextWriterTraceListener", type_name)
                .replace("<source name", &format!("<source {attribute} name"));
            let traces = Traces::new(&section);
            emit_secrets(&Traced::new());
            let text = traces.read("network.log");
            assert!(text.contains("HttpWebRequest#"), "{text}");
            let shown = shown_part(&text);
            assert_eq!(shown, None, "{type_name} {attribute}");
        }
    }
}

/// Around the secrets everything is as it was.
#[test]
fn trace_redaction_leaves_the_rest() {
    let traces = Traces::new(&to_file("System.Net", "Verbose"));
    let object = Traced::new();
    let emitter = Emitter::new(Source::Net, "HttpWebRequest", &object);
    let uri = format_args!("http://user:{MARKER}@host/?access_token={MARKER}&a=b");
    emitter.note(uri);
    emitter.data("Write", b"Authorization: Basic abcd\r\nA: b");
    assert_eq!(
        traces.lines("network.log", &object),
        [
            "HttpWebRequest#N - http://***@host/?access_token=***&a=b",
            "Data from HttpWebRequest#N::Write",
            "00000000 : 41 75 74 68 6F 72 69 7A-61 74 69 6F 6E 3A 20 42 : Authorization: B",
            "00000010 : 61 73 69 63 20 2A 2A 2A-2A 0D 0A 41 3A 20 62 : asic ****..A: b",
        ]
    );
}

/// What is sent goes on with what was sent, and what is received with what was received.
#[test]
fn trace_redaction_of_both_directions() {
    let section = to_file("System.Net.Sockets", "Verbose")
        .replace("<source name", "<source tracemode='protocolonly' name");
    let traces = Traces::new(&section);
    let object = Traced::new();
    let socket = Emitter::new(Source::Sockets, "Socket", &object);
    for (method, data) in [
        ("Send", "Cookie: ab"),
        ("Receive", "200 OK"),
        ("Send", "cd"),
        ("Receive", " yes, Set-Cookie: ef"),
        ("Send", "gh\r\nHost: h"),
        ("Receive", "ij"),
        ("Send", " k"),
    ] {
        socket.data(method, data.as_bytes());
    }
    let text = traces.read("network.log");
    let shown: Vec<&str> = text
        .split("<<")
        .skip(1)
        .map(|dump| dump.split(">>").next().unwrap())
        .collect();
    assert_eq!(
        shown,
        [
            "Cookie: **",
            "200 OK",
            "**",
            " yes, Set-Cookie: **",
            "**\nHost: h",
            "**",
            " k",
        ]
    );
}

/// Who asks for it by a name that says what it does, gets it; others beside him do not.
#[test]
fn trace_secrets_where_they_are_asked_for() {
    let listener = |name: &str| {
        format!(
            "<listeners><add name='{name}' type='System.Diagnostics.TextWriterTraceListener' \
             initializeData='{{folder}}/{name}.log'/></listeners>"
        )
    };
    let section = format!(
        "<sources><source name='System.Net' switchValue='Verbose' dangerouslyShowSecrets='true'>\
         {}</source><source name='System.Net.Cache' switchValue='Verbose' \
         dangerouslyShowSecrets='false'>{}</source></sources>",
        listener("shown"),
        listener("masked"),
    );
    let traces = Traces::new(&section);
    let [object, other] = [Traced::new(), Traced::new()];
    for (source, object) in [(Source::Net, &object), (Source::Cache, &other)] {
        let emitter = Emitter::new(source, "Thing", object);
        emitter.note(format_args!("password={MARKER}"));
        emitter.data("Write", format!("PASS {MARKER}").as_bytes());
    }
    assert_eq!(
        traces.lines("shown.log", &object),
        [
            "Thing#N - password=S3CR3T-W0RD",
            "Data from Thing#N::Write",
            "00000000 : 50 41 53 53 20 53 33 43-52 33 54 2D 57 30 52 44 : PASS S3CR3T-W0RD",
        ]
    );
    assert_eq!(
        traces.lines("masked.log", &other),
        [
            "Thing#N - password=***",
            "Data from Thing#N::Write",
            "00000000 : 50 41 53 53 20 2A 2A 2A-2A 2A 2A 2A 2A 2A 2A 2A : PASS ***********",
        ]
    );
}
