//! The samples of the guide, byte for byte, and what lies around them.

use std::time::Duration;

use system_net_config::TraceMode;

use super::on_one_line;
use crate::heard::tests::record;
use crate::{TraceData, TraceKind, TraceRecord};

const REQUEST: &[u8] = b"GET /wpad.dat HTTP/1.1\r\nHost: itgproxy\r\nConnection: Close\r\n\r\n";

fn at(thread: u32, milliseconds: u64, message: &str) -> TraceRecord<'_> {
    let mut record = record(message);
    record.moment.thread = thread;
    record.moment.elapsed = Duration::from_millis(milliseconds);
    record
}

fn dump(thread: u32, milliseconds: u64, mode: TraceMode, bytes: &[u8], length: usize) -> String {
    let data = TraceData {
        bytes,
        length,
        mode,
    };
    let record = TraceRecord {
        kind: TraceKind::Data,
        data: Some(data),
        ..at(
            thread,
            milliseconds,
            "Data from ConnectStream#33574638::WriteHeaders",
        )
    };
    record.to_string()
}

/// "Interpreting Network Tracing", the first sample.
#[test]
fn trace_line_format_of_calls() {
    let entering = at(588, 4357, "Entering Socket#33574638::Send()").to_string();
    let exiting = at(588, 4387, "Exiting Socket#33574638::Send()-> 61#61").to_string();
    assert_eq!(
        entering + &exiting,
        "[588] (4357) Entering Socket#33574638::Send()\n\
         [588] (4387) Exiting Socket#33574638::Send()-> 61#61\n"
    );
}

/// "Interpreting Network Tracing", the sample with `includehex`, below the line that names the
/// source of the data.
#[test]
fn trace_hex_vs_text_with_numbers() {
    assert_eq!(
        dump(1692, 1142, TraceMode::IncludeHex, REQUEST, REQUEST.len()),
        "[1692] (1142) Data from ConnectStream#33574638::WriteHeaders\n\
         [1692] (1142) 00000000 : 47 45 54 20 2F 77 70 61-64 2E 64 61 74 20 48 54 : GET /wpad.dat HT\n\
         [1692] (1142) 00000010 : 54 50 2F 31 2E 31 0D 0A-48 6F 73 74 3A 20 69 74 : TP/1.1..Host: it\n\
         [1692] (1142) 00000020 : 67 70 72 6F 78 79 0D 0A-43 6F 6E 6E 65 63 74 69 : gproxy..Connecti\n\
         [1692] (1142) 00000030 : 6F 6E 3A 20 43 6C 6F 73-65 0D 0A 0D 0A : on: Close....\n"
    );
}

/// "Interpreting Network Tracing", the sample with `protocolonly`. The guide leaves out the empty
/// line and the closing `>>`, which .NET writes.
#[test]
fn trace_hex_vs_text_as_text() {
    assert_eq!(
        dump(2444, 594, TraceMode::ProtocolOnly, REQUEST, REQUEST.len()),
        "[2444] (594) Data from ConnectStream#33574638::WriteHeaders<<GET /wpad.dat HTTP/1.1\n\
         Host: itgproxy\n\
         Connection: Close\n\
         \n\
         >>\n"
    );
}

#[test]
fn trace_hex_vs_text_at_the_edges() {
    let hex = |bytes: &[u8]| dump(1, 2, TraceMode::IncludeHex, bytes, bytes.len());
    let head = "[1] (2) Data from ConnectStream#33574638::WriteHeaders\n";
    for (bytes, lines) in [
        (&b""[..], ""),
        (b"a", "[1] (2) 00000000 : 61 : a\n"),
        (
            b"12345678",
            "[1] (2) 00000000 : 31 32 33 34 35 36 37 38 : 12345678\n",
        ),
        (
            b"123456789",
            "[1] (2) 00000000 : 31 32 33 34 35 36 37 38-39 : 123456789\n",
        ),
        (
            b"\x00\x1f ~\x7f\x80\xff",
            "[1] (2) 00000000 : 00 1F 20 7E 7F 80 FF : .. ~...\n",
        ),
    ] {
        assert_eq!(hex(bytes), format!("{head}{lines}"));
    }
    assert_eq!(
        dump(1, 2, TraceMode::IncludeHex, b"ab", 5),
        format!("{head}[1] (2) (printing 2 out of 5)\n[1] (2) 00000000 : 61 62 : ab\n")
    );
    let text = |bytes: &[u8], length| {
        let text = dump(1, 2, TraceMode::ProtocolOnly, bytes, length);
        let head = "[1] (2) Data from ConnectStream#33574638::WriteHeaders<<";
        let (before, text) = text.split_once(head).unwrap();
        assert!(text.ends_with(">>\n"), "{text:?}");
        (before.to_owned(), text[..text.len() - 3].to_owned())
    };
    assert_eq!(text(b"", 0).1, "");
    assert_eq!(
        text(b"ab", 5),
        (
            "[1] (2) (printing 2 out of 5)\n".to_owned(),
            "ab".to_owned()
        )
    );
    assert_eq!(
        text("a\r\nb\rc\td é \x1b[0m \u{9b}".as_bytes(), 20).1,
        "a\nb.c\td é .[0m ."
    );
    assert_eq!(text(b"\xff\xc3(", 3).1, "..(");
}

/// What comes from outside makes no line of its own.
#[test]
fn a_text_stays_on_its_line() {
    for (text, expected) in [
        ("plain é", "plain é"),
        ("a\r\n[1] (2) b", "a\\r\\n[1] (2) b"),
        ("\u{1b}[0m", "\\u{1b}[0m"),
        ("\u{2028}\t", "\\u{2028}\\t"),
    ] {
        assert_eq!(on_one_line(text), expected);
    }
}
