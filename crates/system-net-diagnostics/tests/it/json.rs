//! JSON lines.

use serde_json::{Map, Value, json};
use system_net_diagnostics::{Emitter, Source, Traced};

use crate::{Traces, emit_all, to_file};

fn json_lines(attribute: &str) -> Traces {
    let section = to_file("System.Net", "Verbose")
        .replace(
            "System.Diagnostics.TextWriterTraceListener",
            "SystemNet.Diagnostics.JsonLinesTraceListener",
        )
        .replace("<source name", &format!("<source {attribute} name"));
    Traces::new(&section)
}

/// The lines of the file, without what differs from run to run.
fn objects(traces: &Traces) -> Vec<Value> {
    let text = traces.read("network.log");
    let lines = text.lines().map(|line| {
        let mut object: Map<String, Value> = serde_json::from_str(line).unwrap();
        let time = object.remove("time").unwrap();
        let time = time.as_str().unwrap();
        assert!(
            time.len() == 28 && time.starts_with("20") && time.ends_with('Z'),
            "{time}"
        );
        assert!(object.remove("elapsed_ms").unwrap().is_u64());
        assert!(object.remove("thread").unwrap().as_u64().unwrap() > 0);
        assert_eq!(object.remove("source").unwrap(), "System.Net");
        Value::Object(object)
    });
    lines.collect()
}

#[test]
fn trace_json_lines_schema() {
    let traces = json_lines("");
    let object = Traced::new();
    emit_all(Source::Net, &object);
    let thing = format!("Thing#{}", object.number());
    let verbose =
        |kind: &str| json!({"level": "Verbose", "kind": kind, "object": thing, "method": "Call"});
    let with = |mut value: Value, more: Value| {
        let more = more.as_object().unwrap().clone();
        value.as_object_mut().unwrap().extend(more);
        value
    };
    let at = |level: &str, kind: &str, more: Value| {
        with(json!({"level": level, "kind": kind, "object": thing}), more)
    };
    assert_eq!(
        objects(&traces),
        [
            with(verbose("enter"), json!({"arguments": "1#1"})),
            with(
                verbose("data"),
                json!({"length": 3, "shown": 3, "text": "abc", "hex": "616263"})
            ),
            at("Information", "associate", json!({"with": "Other"})),
            at("Information", "information", json!({"text": "note"})),
            at(
                "Information",
                "information",
                json!({"method": "Call", "text": "info"})
            ),
            at(
                "Warning",
                "warning",
                json!({"method": "Call", "text": "warn"})
            ),
            at("Error", "error", json!({"method": "Call", "text": "fail"})),
            at(
                "Error",
                "exception",
                json!({"method": "Call", "text": "broken"})
            ),
            with(verbose("exit"), json!({"result": "Other"})),
        ]
    );
    // The members are always in one order.
    let first = traces.read("network.log");
    let first = first.lines().next().unwrap();
    let order = [
        "time",
        "elapsed_ms",
        "thread",
        "source",
        "level",
        "kind",
        "object",
        "method",
    ];
    let places: Vec<_> = order
        .map(|name| first.find(&format!("\"{name}\":")).unwrap())
        .to_vec();
    assert!(places.is_sorted(), "{first}");
}

/// Whatever goes over the wire is one line of true JSON.
#[test]
fn trace_json_lines_of_any_bytes() {
    let traces = json_lines("tracemode='protocolonly' maxdatasize='40'");
    let object = Traced::new();
    let all: Vec<u8> = (0..=255).collect();
    let emitter = Emitter::new(Source::Net, "Thing", &object);
    emitter.data("M", &all);
    emitter.note(format_args!("\"a\\\n\u{7f}\u{2028}"));
    let found = objects(&traces);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["length"], 256);
    assert_eq!(found[0]["shown"], 40);
    assert_eq!(found[0].get("hex"), None);
    let shown: String = all[..40].iter().map(|byte| char::from(*byte)).collect();
    assert_eq!(found[0]["text"], Value::String(shown));
    assert_eq!(found[1]["text"], "\"a\\\\n\\u{7f}\\u{2028}");
}
