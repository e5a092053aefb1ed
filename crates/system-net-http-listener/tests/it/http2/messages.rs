//! Requests and header blocks, and what has to be answered to them: the table of `conformance` goes on.

use system_net_testkit::{frame, header_block};

use super::conformance::Expected::{Connection, Status, Stream};
use super::conformance::{C, OPEN, check, fr, hd, join, listener, post};
use super::peer::{END, code, head};

/// RFC 9113 section 8: requests, as far as `requests` does not have them.
#[test]
fn messages() {
    let listener = listener();
    let plain = head("GET", "/", &[]);
    let mut late = vec![("x", "y")];
    late.extend(&plain);
    let length = |value| head("POST", "/", &[("content-length", value)]);
    let body = |value, parts: &[&[u8]]| {
        let mut bytes = hd(1, OPEN, &length(value));
        for (index, part) in parts.iter().enumerate() {
            bytes.extend(fr(frame::DATA, u8::from(index + 1 == parts.len()), 1, part));
        }
        bytes
    };
    for (what, bytes, expected) in [
        (
            "a name in upper case",
            hd(1, END, &head("GET", "/", &[("X-UPPER", "1")])),
            Stream(1, code::PROTOCOL),
        ),
        (
            "an unknown pseudo field",
            hd(1, END, &head("GET", "/", &[(":other", "1")])),
            Stream(1, code::PROTOCOL),
        ),
        (
            "a pseudo field behind others",
            hd(1, END, &late),
            Stream(1, code::PROTOCOL),
        ),
        (
            "a value with a line break",
            hd(1, END, &head("GET", "/", &[("x", "a\r\nb: c")])),
            Stream(1, code::PROTOCOL),
        ),
        (
            "a value with NUL",
            hd(1, END, &head("GET", "/", &[("x", "a\0b")])),
            Stream(1, code::PROTOCOL),
        ),
        (
            "a name with a space",
            hd(1, END, &head("GET", "/", &[("x y", "1")])),
            Stream(1, code::PROTOCOL),
        ),
        (
            "an empty name",
            hd(1, END, &head("GET", "/", &[("", "1")])),
            Stream(1, code::PROTOCOL),
        ),
        (
            "a method that is none",
            hd(1, END, &head("G ET", "/", &[])),
            Stream(1, code::PROTOCOL),
        ),
        (
            "trailers",
            join(&[
                post(1),
                fr(frame::DATA, 0, 1, b"x"),
                hd(1, END, &[("x", "y")]),
            ]),
            Status(1, 200),
        ),
        (
            "trailers without END_STREAM",
            join(&[
                post(1),
                fr(frame::DATA, 0, 1, b"x"),
                hd(1, OPEN, &[("x", "y")]),
            ]),
            Stream(1, code::PROTOCOL),
        ),
        (
            "a pseudo field in trailers, which is dropped",
            join(&[
                post(1),
                fr(frame::DATA, 0, 1, b"x"),
                hd(1, END, &[(":method", "GET")]),
            ]),
            Status(1, 200),
        ),
        (
            "as long as announced",
            body("4", &[b"12", b"34"]),
            Status(1, 200),
        ),
        (
            "shorter than announced",
            body("5", &[b"1234"]),
            Stream(1, code::PROTOCOL),
        ),
        (
            "longer than announced",
            body("3", &[b"12", b"34"]),
            Stream(1, code::PROTOCOL),
        ),
        (
            "two lengths",
            hd(
                1,
                OPEN,
                &head(
                    "POST",
                    "/",
                    &[("content-length", "1"), ("content-length", "2")],
                ),
            ),
            Stream(1, code::PROTOCOL),
        ),
        (
            "two lengths, and a body as long as the first",
            join(&[
                hd(
                    1,
                    OPEN,
                    &head(
                        "POST",
                        "/",
                        &[("content-length", "1"), ("content-length", "2")],
                    ),
                ),
                fr(frame::DATA, 1, 1, b"x"),
            ]),
            Stream(1, code::PROTOCOL),
        ),
        (
            "a length that is no number",
            body("1x", &[b"1"]),
            Stream(1, code::PROTOCOL),
        ),
    ] {
        check(&listener, what, &bytes, expected);
    }
}

/// RFC 7541: what blocks may hold.
#[test]
fn compression() {
    let listener = listener();
    let block = header_block(&head("GET", "/", &[]));
    let with = |tail: &[u8]| fr(frame::HEADERS, END, 1, &[&block[..], tail].concat());
    let before = |lead: &[u8]| fr(frame::HEADERS, END, 1, &[lead, &block[..]].concat());
    for (what, bytes, expected) in [
        // The static table has 61 entries.
        (
            "an entry of the static table",
            with(&[0x80 | 16]),
            Status(1, 200),
        ),
        (
            "an entry that is not there",
            with(&[0x80 | 70]),
            Connection(C),
        ),
        ("entry 0", with(&[0x80]), Connection(C)),
        (
            "a name that is not there",
            with(&[0x40 | 0x3f, 0x20, 1, b'x']),
            Connection(C),
        ),
        (
            "a new entry, and its use",
            with(&[0x40, 1, b'x', 1, b'y', 0xbe]),
            Status(1, 200),
        ),
        (
            "a smaller table, at the front",
            before(&[0x20]),
            Status(1, 200),
        ),
        ("another size behind fields", with(&[0x20]), Connection(C)),
        // 4097 = 31 + 4066.
        (
            "a larger table than allowed",
            before(&[0x3f, 0xe2, 0x1f]),
            Connection(C),
        ),
        (
            "Huffman's code",
            with(&[0x00, 1, b'x', 0x81, 0x1f]),
            Status(1, 200),
        ),
        (
            "Huffman's code with padding of zeros",
            with(&[0x00, 1, b'x', 0x81, 0x18]),
            Connection(C),
        ),
        (
            "Huffman's code with a byte of padding",
            with(&[0x00, 1, b'x', 0x82, 0x1f, 0xff]),
            Connection(C),
        ),
        (
            "Huffman's code with the end of strings",
            with(&[0x00, 1, b'x', 0x84, 0xff, 0xff, 0xff, 0xff]),
            Connection(C),
        ),
        (
            "a number that does not fit",
            with(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            Connection(C),
        ),
        (
            "a string longer than its block",
            with(&[0x00, 1, b'x', 0x7e, b'y']),
            Connection(C),
        ),
    ] {
        check(&listener, what, &bytes, expected);
    }
}
