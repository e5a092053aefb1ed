//! Switches, sources, and what they let pass.

use std::io;

use system_net_diagnostics::{Emitter, Source, Traced, shown};

use crate::{Traces, emit_all, to_file};

const ALL: [&str; 10] = [
    "Entering Thing#N::Call(1#1)",
    "Data from Thing#N::Call",
    "00000000 : 61 62 63 : abc",
    "Associating Thing#N with Other",
    "Thing#N - note",
    "Thing#N::Call(info)",
    "Thing#N::Call() - warn",
    "Thing#N::Call() - fail",
    "Exception in Thing#N::Call - broken.",
    "Exiting Thing#N::Call()-> Other",
];

#[test]
fn trace_switch_levels() {
    for (level, expected) in [
        ("Off", vec![]),
        ("Critical", vec![]),
        ("Error", vec![7, 8]),
        ("Warning", vec![6, 7, 8]),
        ("Information", vec![3, 4, 5, 6, 7, 8]),
        ("Verbose", (0..10).collect()),
        ("All", (0..10).collect()),
        ("information", vec![3, 4, 5, 6, 7, 8]),
        // Sums of bits, as in .NET: all of them; warnings alone.
        ("31", (0..10).collect()),
        ("4", vec![6]),
        ("0", vec![]),
        // Several, as flags in .NET.
        ("Error, Warning", vec![6, 7, 8]),
        ("off,error", vec![7, 8]),
        ("-1", (0..10).collect()),
    ] {
        let traces = Traces::new(&to_file("System.Net.Sockets", level));
        let object = Traced::new();
        emit_all(Source::Sockets, &object);
        let expected: Vec<&str> = expected.into_iter().map(|line| ALL[line]).collect();
        assert_eq!(traces.lines("network.log", &object), expected, "{level}");
    }
}

/// A source hears nothing of others, and the guide's two names of one are one.
#[test]
fn sources_are_told_apart_by_their_names() {
    for (name, source) in [
        ("System.Net", Source::Net),
        ("System.Net.Sockets", Source::Sockets),
        ("System.Net.HttpListener", Source::HttpListener),
        ("System.Net.Cache", Source::Cache),
        ("System.Net.Http", Source::Http),
        ("System.Net.WebSockets", Source::WebSockets),
        ("System.Net.WebSockets.WebSocket", Source::WebSockets),
    ] {
        let traces = Traces::new(&to_file(name, "Verbose"));
        for other in Source::ALL {
            if other != source {
                emit_all(other, &Traced::new());
            }
        }
        assert!(!traces.path("network.log").exists(), "{name}");
        let object = Traced::new();
        emit_all(source, &object);
        assert_eq!(traces.lines("network.log", &object), ALL, "{name}");
    }
}

#[test]
fn a_switch_by_another_name() {
    let section = to_file("System.Net", "Off")
        .replace("<source name", "<source switchName='mine' name")
        .replace("</switches>", "<add name='mine' value='Error'/></switches>");
    let traces = Traces::new(&section);
    let object = Traced::new();
    emit_all(Source::Net, &object);
    assert_eq!(traces.lines("network.log", &object), ALL[7..9]);
}

#[test]
fn trace_line_format() {
    let traces = Traces::new(&to_file("System.Net.Sockets", "Verbose"));
    let object = Traced::new();
    let socket = Emitter::new(Source::Sockets, "Socket", &object);
    let call = socket.enter("Send", format_args!(""));
    assert!(call.is_heard());
    call.exit_result(&Ok::<_, io::Error>(61_usize), shown);
    let failed: Result<usize, _> = Err(io::Error::other("no route"));
    let call = socket.enter("Connect", format_args!("{}", shown("www.contoso.com")));
    call.exit_result(&failed, shown);
    drop(socket.enter("Dispose", format_args!("")));
    assert_eq!(
        traces.lines("network.log", &object),
        [
            "Entering Socket#N::Send()",
            "Exiting Socket#N::Send()-> 61#61",
            "Entering Socket#N::Connect(www.contoso.com)",
            "Exception in Socket#N::Connect - no route.",
            "Exiting Socket#N::Connect()",
            "Entering Socket#N::Dispose()",
            "Exiting Socket#N::Dispose()",
        ]
    );
    // `[588] (4357) Entering Socket#33574638::Send()`
    for line in traces.read("network.log").lines() {
        let rest = line.strip_prefix('[').unwrap();
        let (thread, rest) = rest.split_once("] (").unwrap();
        let (milliseconds, _) = rest.split_once(") ").unwrap();
        assert!(thread.parse::<u32>().unwrap() > 0, "{line}");
        milliseconds.parse::<u64>().unwrap();
    }
}

#[test]
fn trace_maxdatasize() {
    let data: Vec<u8> = (0..2000_u32).map(|byte| byte as u8).collect();
    for (attribute, shown) in [
        ("", 1024_usize),
        ("maxdatasize='17'", 17),
        ("maxdatasize='0'", 0),
        ("maxdatasize='2000'", 2000),
        ("maxdatasize='100000'", 2000),
    ] {
        let section = to_file("System.Net", "Verbose")
            .replace("<source name", &format!("<source {attribute} name"));
        let traces = Traces::new(&section);
        let object = Traced::new();
        Emitter::new(Source::Net, "ConnectStream", &object).data("Write", &data);
        let lines = traces.lines("network.log", &object);
        assert_eq!(lines[0], "Data from ConnectStream#N::Write");
        let cut = shown < data.len();
        if cut {
            assert_eq!(lines[1], format!("(printing {shown} out of 2000)"));
        }
        let dumped = &lines[1 + usize::from(cut)..];
        assert_eq!(dumped.len(), shown.div_ceil(16), "{attribute}");
        if let Some(last) = dumped.last() {
            let rest = shown - (dumped.len() - 1) * 16;
            assert!(last.starts_with(&format!("{:08X} : ", (dumped.len() - 1) * 16)));
            let numbers = last.split(" : ").nth(1).unwrap();
            assert_eq!(numbers.len(), rest * 3 - 1, "{last}");
        }
    }
}

/// The golden files of both forms stand beside the formatter, `trace_hex_vs_text_…`.
#[test]
fn trace_hex_vs_text() {
    let head = b"GET /wpad.dat HTTP/1.1\r\nHost: itgproxy\r\nConnection: Close\r\n\r\n";
    let dump = |attribute: &str| {
        let section = to_file("System.Net", "Verbose")
            .replace("<source name", &format!("<source {attribute} name"));
        let traces = Traces::new(&section);
        let object = Traced::new();
        Emitter::new(Source::Net, "ConnectStream", &object).data("WriteHeaders", head);
        traces.lines("network.log", &object)
    };
    let numbers = [
        "Data from ConnectStream#N::WriteHeaders",
        "00000000 : 47 45 54 20 2F 77 70 61-64 2E 64 61 74 20 48 54 : GET /wpad.dat HT",
        "00000010 : 54 50 2F 31 2E 31 0D 0A-48 6F 73 74 3A 20 69 74 : TP/1.1..Host: it",
        "00000020 : 67 70 72 6F 78 79 0D 0A-43 6F 6E 6E 65 63 74 69 : gproxy..Connecti",
        "00000030 : 6F 6E 3A 20 43 6C 6F 73-65 0D 0A 0D 0A : on: Close....",
    ];
    assert_eq!(dump(""), numbers);
    assert_eq!(dump("tracemode='includehex'"), numbers);
    assert_eq!(
        dump("tracemode='protocolonly'"),
        [
            "Data from ConnectStream#N::WriteHeaders<<GET /wpad.dat HTTP/1.1",
            "Host: itgproxy",
            "Connection: Close",
            "",
            ">>",
        ]
    );
}
