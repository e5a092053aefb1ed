//! Which bytes may stand where in a head.

use system_net_http_proto::Limits;

use crate::record::{GET, bytewise, client, server};

fn unsafe_limits() -> Limits {
    Limits {
        unsafe_header_parsing: true,
        ..Limits::default()
    }
}

/// What a client makes of a response with this as its only field line.
fn response(limits: Limits, line: &[u8]) -> String {
    let input = [b"HTTP/1.1 204 No Content\r\n", line, b"\r\n\r\n"].concat();
    let whole = client(&[GET], limits, &[&input]);
    let bytes = client(&[GET], limits, &bytewise(&input));
    assert_eq!(whole, bytes, "{}", line.escape_ascii());
    whole[0].clone()
}

fn request(line: &[u8]) -> String {
    let input = [b"GET / HTTP/1.1\r\nHost: a\r\n", line, b"\r\n\r\n"].concat();
    let whole = server(Limits::default(), &[&input]);
    let bytes = server(Limits::default(), &bytewise(&input));
    assert_eq!(whole, bytes, "{}", line.escape_ascii());
    whole[0].clone()
}

/// Security: every byte at every kind of place in a field line, on both sides.
#[test]
fn header_bytes_table() {
    for b in 0..=255u8 {
        let in_name = [b"X", &[b][..], b"Y: v"].concat();
        let name_ok = b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let rule = match b {
            b':' => "",
            b'\r' | b'\n' => "LineEnd",
            _ => "HeaderName",
        };
        check_line(&in_name, name_ok || b == b':', rule);

        let in_value = [b"X: v", &[b][..], b"w"].concat();
        let value_ok = b == b'\t' || b >= b' ' && b != 0x7f;
        let rule = if b == b'\r' || b == b'\n' {
            "LineEnd"
        } else {
            "HeaderValue"
        };
        check_line(&in_value, value_ok, rule);

        let at_start = [&[b][..], b"X: v"].concat();
        let rule = match b {
            b' ' | b'\t' => "FoldedHeader",
            b'\r' | b'\n' => "LineEnd",
            _ => "HeaderName",
        };
        check_line(&at_start, name_ok, rule);
    }
    for (line, rule) in [
        (&b"X : v"[..], "SpaceBeforeColon"),
        (b"X\t: v", "SpaceBeforeColon"),
        (b"X \r: v", "LineEnd"),
        (b"X", "MissingColon"),
        (b"X ", "MissingColon"),
        (b": v", "HeaderName"),
        (b":", "HeaderName"),
        (b"X: v\r\n w", "FoldedHeader"),
        (b"X: v\r\n\tw", "FoldedHeader"),
        (b"X: v\r\n ", "FoldedHeader"),
        (b" : v", "FoldedHeader"),
        (b"X: v\nY: w", "LineEnd"),
        (b"X: v\n", "LineEnd"),
        (b"X: v\r", "LineEnd"),
        (b"X: v\rY: w", "LineEnd"),
        (b"X: v\r\r", "LineEnd"),
        (b"\"X\": v", "HeaderName"),
        (b"X-\xc3\xa4: v", "HeaderName"),
    ] {
        check_line(line, false, rule);
    }
}

#[track_caller]
fn check_line(line: &[u8], accepted: bool, rule: &str) {
    for said in [response(Limits::default(), line), request(line)] {
        if accepted {
            assert!(said.starts_with("head "), "{}: {said}", line.escape_ascii());
        } else {
            let refused = format!("error Grammar({rule}) Headers");
            assert!(
                said.starts_with(&refused),
                "{}: {said}",
                line.escape_ascii()
            );
        }
    }
}

#[test]
fn errors_say_where() {
    let said = client(
        &[GET],
        Limits::default(),
        &[b"HTTP/1.1 200 OK\r\nA: b\r\nC: d\x01e\r\n\r\n"],
    );
    assert_eq!(said, ["error Grammar(HeaderValue) Headers line 3 @27"]);
}

#[test]
fn values_are_trimmed_and_kept_otherwise() {
    for (line, field) in [
        (&b"X:v"[..], "[X: v]"),
        (b"X: v", "[X: v]"),
        (b"X: \t v \t", "[X: v]"),
        (b"X:", "[X: ]"),
        (b"X: \t ", "[X: ]"),
        (b"x-CaSe: A  b\tc", "[x-CaSe: A  b\\tc]"),
        (b"X: \xe4\xff", "[X: \\xe4\\xff]"),
        (b"X: a:b: c", "[X: a:b: c]"),
    ] {
        let said = response(Limits::default(), line);
        assert_eq!(said, format!("head 1.1 204 No Content/none {field}"));
    }
}

#[test]
fn folded_lines_become_one() {
    for (lines, fields) in [
        (&b"X-F: a\r\n b\r\n\tc"[..], "[X-F: a   b  \\tc]"),
        (b"X-F: a\r\n b\r\nY: c", "[X-F: a   b] [Y: c]"),
        (b"X-F:\r\n b", "[X-F: b]"),
        (b"X-F: a\r\n ", "[X-F: a]"),
        (b"X-F:\r\n \r\n\t\r\n b\r\n ", "[X-F: b]"),
        (b"X : a", "[X: a]"),
        (b"X\t : a\r\n b", "[X: a   b]"),
    ] {
        assert_eq!(
            response(unsafe_limits(), lines),
            format!("head 1.1 204 No Content/none {fields}")
        );
    }
}

/// What a fold hides is looked at like any other value.
#[test]
fn folds_do_not_hide_framing() {
    let said = response(unsafe_limits(), b"Content-Length: 1\r\n 2");
    assert!(said.starts_with("error Grammar(ContentLength)"), "{said}");
    let said = response(unsafe_limits(), b"Content-Length:\r\n 12");
    assert_eq!(said, "head 1.1 204 No Content/none [Content-Length: 12]");
    let input = b"HTTP/1.1 200 OK\r\nTransfer-Encoding :\r\n chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
    let said = client(&[GET], unsafe_limits(), &[input]);
    assert_eq!(said[1..], ["body a", "end", "reuse"]);
}

/// Security: the relaxed parser takes folds and spaces, and nothing else.
#[test]
fn unsafe_header_parsing_still_refuses_cr_nul() {
    for (lines, rule) in [
        (&b"X: a\0b"[..], "HeaderValue"),
        (b"X: a\x01b", "HeaderValue"),
        (b"X: a\x7fb", "HeaderValue"),
        (b"X: a\rb", "LineEnd"),
        (b"X: a\nb", "LineEnd"),
        (b"X: a\r\r\n b", "LineEnd"),
        (b"X: a\r\n b\0", "HeaderValue"),
        (b"X: a\r\n b\rc", "LineEnd"),
        (b"X: a\n b", "LineEnd"),
        (b"X\0: a", "HeaderName"),
        (b"X \0: a", "HeaderName"),
        (b"X\r: a", "LineEnd"),
        (b"X \r: a", "LineEnd"),
        (b"X\r\n : a", "MissingColon"),
        (b"X\r\n Y: a", "MissingColon"),
        (b"X Y: a", "HeaderName"),
        (b" X: a", "FoldedHeader"),
        (b"\tX: a\r\n b", "FoldedHeader"),
        (b" ", "FoldedHeader"),
        (b"X ", "MissingColon"),
        (b"\0", "HeaderName"),
    ] {
        let said = response(unsafe_limits(), lines);
        let refused = format!("error Grammar({rule}) Headers");
        assert!(
            said.starts_with(&refused),
            "{}: {said}",
            lines.escape_ascii()
        );
    }
}

/// A server does not relax anything.
#[test]
fn unsafe_header_parsing_is_for_clients() {
    for (line, rule) in [
        ("X : a", "SpaceBeforeColon"),
        ("X: a\r\n b", "FoldedHeader"),
    ] {
        let input = format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");
        let said = server(unsafe_limits(), &[input.as_bytes()]);
        assert!(
            said[0].starts_with(&format!("error Grammar({rule})")),
            "{said:?}"
        );
    }
}
