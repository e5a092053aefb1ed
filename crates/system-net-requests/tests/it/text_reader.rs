//! Text from streams: `StreamReader` over responses, files and sockets.

use std::io::{self, Read};

use proptest::prelude::*;
use system_net_primitives::Misuse;
use system_net_requests::{MalformedText, StreamReader, WebRequest};
use system_net_testkit::{HttpPeer, Script};

use crate::context;

/// Gives `size` bytes at a time.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.size.min(buffer.len()).min(self.bytes.len());
        buffer[..n].copy_from_slice(&self.bytes[..n]);
        self.bytes = &self.bytes[n..];
        Ok(n)
    }
}

fn answer(charset: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain{charset}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The server cuts inside a character of three bytes: line by line and at once, blocking and
/// asynchronously, in the charset that the response names.
#[tokio::test]
async fn text_reader_split_character() {
    // U+20AC is E2 82 AC.
    let text = "10 \u{20ac}\r\n20 \u{20ac}\rlast \u{20ac}";
    for cut in 1..text.len() {
        let (one, two) = text.as_bytes().split_at(cut);
        let whole = answer("; charset=utf-8", text.as_bytes());
        let head = &whole[..whole.len() - text.len()];
        let script = || {
            // What comes in two packets may be read as one; a pause between makes it two.
            Script::new()
                .answer([head, one].concat())
                .send_slow(two, two.len(), std::time::Duration::from_millis(2))
                .stall()
        };
        let peer = HttpPeer::each(script());
        let response = || {
            WebRequest::create_in(&context(), peer.url("/"))
                .unwrap()
                .get_response()
                .unwrap()
        };
        let mut reader = StreamReader::of_response(&response()).unwrap();
        assert_eq!(reader.read_line().unwrap().as_deref(), Some("10 \u{20ac}"));
        assert_eq!(reader.read_line().unwrap().as_deref(), Some("20 \u{20ac}"));
        assert_eq!(reader.read_to_end().unwrap(), "last \u{20ac}");
        assert_eq!(reader.read_line().unwrap(), None);
        let mut reader = StreamReader::of_response(&response()).unwrap();
        assert_eq!(reader.read_to_end().unwrap(), text);

        let mut reader = StreamReader::of_response(&response()).unwrap().into_async();
        let line = reader.read_line_async().await.unwrap();
        assert_eq!(line.as_deref(), Some("10 \u{20ac}"));
        let rest = reader.read_to_end_async().await.unwrap();
        assert_eq!(rest, "20 \u{20ac}\rlast \u{20ac}");
        assert_eq!(reader.read_line_async().await.unwrap(), None);
    }
}

/// The encoding: given, named by the response, or told by a mark at the beginning.
#[test]
fn encodings() {
    for (charset, body, name, expected) in [
        ("", &b"caf\xc3\xa9"[..], "UTF-8", "caf\u{e9}"),
        (
            "; charset=iso-8859-1",
            b"caf\xe9",
            "windows-1252",
            "caf\u{e9}",
        ),
        ("; charset=\"koi8-r\"", b"\xc1", "KOI8-R", "\u{430}"),
        ("; charset=nonsense", b"caf\xc3\xa9", "UTF-8", "caf\u{e9}"),
        ("; charset=us-ascii", b"abc", "windows-1252", "abc"),
        // A mark is believed first, and is no text.
        (
            "; charset=iso-8859-1",
            b"\xef\xbb\xbf\xc3\xa9",
            "UTF-8",
            "\u{e9}",
        ),
        ("", b"\xff\xfea\x00\x29\x26", "UTF-16LE", "a\u{2629}"),
        ("", b"\xfe\xff\x00a", "UTF-16BE", "a"),
        ("; charset=shift_jis", b"\x82\xa0", "Shift_JIS", "\u{3042}"),
        ("", b"", "UTF-8", ""),
    ] {
        let peer = HttpPeer::each(Script::new().answer(answer(charset, body)).stall());
        let response = WebRequest::create_in(&context(), peer.url("/"))
            .unwrap()
            .get_response()
            .unwrap();
        let mut reader = StreamReader::of_response(&response).unwrap();
        assert_eq!(reader.read_to_end().unwrap(), expected, "{charset}");
        assert_eq!(reader.current_encoding(), name, "{charset}");
        // The same bytes one by one, the encoding given.
        let pieces = Pieces {
            bytes: body,
            size: 1,
        };
        let mut reader = StreamReader::with_encoding(pieces, name).unwrap();
        assert_eq!(reader.read_to_end().unwrap(), expected, "{charset}");
    }
    assert!(matches!(
        StreamReader::with_encoding(io::empty(), "no such thing"),
        Err(Misuse::InvalidArgument { .. })
    ));
}

#[test]
fn malformed_text() {
    for (bytes, replaced, begin) in [
        (&b"ab\xffcd"[..], "ab\u{fffd}cd", Some(2)),
        (b"\xe2\x82", "\u{fffd}", Some(0)),
        (b"a\xe2\x82b", "a\u{fffd}b", Some(1)),
        (b"abc", "abc", None),
    ] {
        for size in 1..=bytes.len() {
            let read = |malformed| {
                let mut reader = StreamReader::new(Pieces { bytes, size });
                reader.set_malformed(malformed);
                reader.read_to_end()
            };
            assert_eq!(read(MalformedText::Replace).unwrap(), replaced);
            match (read(MalformedText::Refuse), begin) {
                (Ok(text), None) => assert_eq!(text, replaced),
                (Err(error), Some(begin)) => {
                    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
                    let place = format!("byte {begin} ");
                    assert!(error.to_string().starts_with(&place), "{error}, {size}");
                }
                (result, _) => panic!("{result:?}"),
            }
        }
    }
}

/// Ends of lines as .NET counts them, characters one by one, and the limit.
#[test]
fn lines_and_characters() {
    for (text, expected) in [
        ("", &[][..]),
        ("a", &["a"]),
        ("a\n", &["a"]),
        ("a\nb\r\nc\rd", &["a", "b", "c", "d"]),
        ("\n\r\n\r", &["", "", ""]),
        ("a\r\r\nb", &["a", "", "b"]),
        ("a\u{2028}b\u{b}", &["a\u{2028}b\u{b}"]),
    ] {
        for size in 1..=text.len().max(1) {
            let bytes = text.as_bytes();
            let mut reader = StreamReader::new(Pieces { bytes, size });
            let lines: Result<Vec<String>, _> = reader.lines().collect();
            assert_eq!(lines.unwrap(), expected, "{text:?} by {size}");
            assert!(reader.end_of_stream().unwrap());
        }
    }
    let mut reader = StreamReader::new("\u{20ac}\r\nx".as_bytes());
    assert_eq!(reader.peek().unwrap(), Some('\u{20ac}'));
    assert_eq!(reader.read().unwrap(), Some('\u{20ac}'));
    assert_eq!(reader.read().unwrap(), Some('\r'));
    assert_eq!(reader.read_line().unwrap().as_deref(), Some(""));
    assert!(!reader.end_of_stream().unwrap());
    reader.discard_buffered_data();
    assert_eq!(reader.read().unwrap(), None);

    for (limit, fits) in [(4, true), (3, false)] {
        let bytes = &b"1234\n5"[..];
        let mut reader = StreamReader::new(Pieces { bytes, size: 1 });
        reader.set_max_length(limit);
        let line = reader.read_line();
        assert_eq!(line.is_ok(), fits, "{line:?}");
        let mut reader = StreamReader::new(Pieces {
            bytes: b"1234",
            size: 1,
        });
        reader.set_max_length(limit);
        assert_eq!(reader.read_to_end().is_ok(), fits);
    }
}

proptest! {
    /// However the bytes are cut, the lines are those of the whole text.
    #[test]
    fn cuts_do_not_matter(text in "[a\u{e9}\u{20ac}\u{10348}\r\n]{0,40}", size in 1_usize..8) {
        let bytes = text.as_bytes();
        let mut whole = StreamReader::new(bytes);
        let expected: Vec<String> = whole.lines().map(Result::unwrap).collect();
        let mut reader = StreamReader::new(Pieces { bytes, size });
        let lines: Vec<String> = reader.lines().map(Result::unwrap).collect();
        prop_assert_eq!(&lines, &expected);
        let normal = text.replace("\r\n", "\n").replace('\r', "\n");
        let joined: String = lines.iter().map(|line| format!("{line}\n")).collect();
        prop_assert!(joined == normal || joined.strip_suffix('\n') == Some(&normal));
        let mut reader = StreamReader::new(Pieces { bytes, size });
        prop_assert_eq!(reader.read_to_end().unwrap(), text);
    }
}
