//! Bodies made by other programs, cut into pieces of every kind, damaged and blown up.

use proptest::prelude::*;

use super::*;

const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/conformance/compressed/"
);

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{name}")).expect("a fixture")
}

fn text() -> Vec<u8> {
    let line = |i: u32| format!("line {i}: the quick brown fox, {}\n", i * i % 9973);
    (0..3000).map(line).collect::<String>().into_bytes()
}

/// Decodes a body given in pieces, into buffers of a size.
fn decode(
    codings: &[Coding],
    limits: DecompressionLimits,
    body: &[u8],
    piece: usize,
    room: usize,
) -> Result<Vec<u8>, DecompressError> {
    let mut chain = Chain::new(codings, limits)?.expect("codings");
    let mut decoded = Vec::new();
    let mut output = vec![0; room];
    for piece in body.chunks(piece) {
        let mut rest = piece;
        loop {
            let (consumed, written) = chain.decode(rest, &mut output)?;
            rest = &rest[consumed..];
            decoded.extend_from_slice(&output[..written]);
            if rest.is_empty() && consumed == 0 && written == 0 {
                break;
            }
        }
    }
    chain.finish().map(|()| decoded)
}

fn whole(codings: &[Coding], body: &[u8]) -> Result<Vec<u8>, DecompressError> {
    decode(codings, DecompressionLimits::default(), body, 4096, 8192)
}

const BODIES: [(&str, &[Coding]); 6] = [
    ("text.gz", &[Coding::Gzip]),
    ("text.zlib", &[Coding::Deflate]),
    ("text.deflate", &[Coding::Deflate]),
    ("text.br", &[Coding::Brotli]),
    ("text.zst", &[Coding::Zstd]),
    ("text.br.gz", &[Coding::Gzip, Coding::Brotli]),
];

#[test]
fn bodies_in_pieces_of_every_size() {
    let text = text();
    for (name, codings) in BODIES {
        let body = fixture(name);
        for (piece, room) in [(1, 4096), (7, 100), (4096, 1), (body.len(), 65536), (1, 1)] {
            let decoded = decode(codings, DecompressionLimits::default(), &body, piece, room);
            let decoded = decoded.unwrap_or_else(|e| panic!("{name} by {piece} to {room}: {e}"));
            assert!(decoded == text, "{name} by {piece} to {room}");
        }
    }
}

/// What has been sent can be read before more is sent: a body that is an endless stream of events.
#[test]
fn what_is_complete_is_given_without_further_input() {
    // The middle of a stored block: 5 of 9 bytes are here.
    let begun = b"\x01\x09\x00\xf6\xffevent";
    let mut chain = Chain::new(&[Coding::Deflate], DecompressionLimits::default())
        .unwrap()
        .unwrap();
    let mut output = [0; 2];
    let mut read = Vec::new();
    let mut input = &begun[..];
    loop {
        let (consumed, written) = chain.decode(input, &mut output).unwrap();
        input = &input[consumed..];
        read.extend_from_slice(&output[..written]);
        if consumed == 0 && written == 0 {
            break;
        }
    }
    assert_eq!(read, b"event");
    assert!(matches!(
        chain.finish(),
        Err(DecompressError::Truncated(Coding::Deflate))
    ));
}

#[test]
fn cut_bodies_are_no_bodies() {
    for (name, codings) in BODIES {
        let body = fixture(name);
        for cut in [1, 2, 3, 10, body.len() / 2, body.len() - 1] {
            let result = whole(codings, &body[..cut]);
            assert!(
                matches!(result, Err(DecompressError::Truncated(_))),
                "{name} cut at {cut}: {:?}",
                result.map(|decoded| decoded.len())
            );
        }
    }
}

#[test]
fn members_in_a_row_and_what_follows() {
    let text = text();
    let twice = [&text[..], &text].concat();
    let rows = [
        ("text.gz", "text.gz", Coding::Gzip, &twice),
        ("text.zst", "text.zst", Coding::Zstd, &twice),
        // Zeros behind the end, as tapes and some servers leave them.
        ("text.gz", "", Coding::Gzip, &text),
        ("text.zlib", "", Coding::Deflate, &text),
        ("text.br", "", Coding::Brotli, &text),
    ];
    for (first, second, coding, expected) in rows {
        let second = match second {
            "" => vec![0; 100],
            name => fixture(name),
        };
        let body = [fixture(first), second].concat();
        for piece in [1, 1000, body.len()] {
            let limits = DecompressionLimits::default();
            let decoded = decode(&[coding], limits, &body, piece, 4096).unwrap();
            assert!(&decoded == expected, "{first} by {piece}");
        }
    }
}

#[test]
fn windows_are_limited() {
    let result = whole(&[Coding::Zstd], &fixture("wide-window.zst"));
    assert!(matches!(
        result,
        Err(DecompressError::Damaged(Coding::Zstd, _))
    ));
}

#[test]
fn limits_hold_behind_the_last_layer() {
    let repeated = |name: &str, times: usize| fixture(name).repeat(times);
    let limits = |max_bytes, max_ratio| DecompressionLimits {
        max_bytes,
        max_ratio,
        max_in_memory: None,
    };
    let long = |body: &[u8], coding, limits| {
        let result = decode(&[coding], limits, body, 16384, 65536);
        matches!(result, Err(DecompressError::TooLong(_)))
    };
    let gzip = repeated("zeros-1m.gz", 8);
    let zstd = repeated("zeros-1m.zst", 8);
    let brotli = fixture("zeros-10g.br");
    assert!(!long(&gzip, Coding::Gzip, limits(Some(8 << 20), None)));
    assert!(long(&gzip, Coding::Gzip, limits(Some((8 << 20) - 1), None)));
    assert!(long(&gzip, Coding::Gzip, limits(None, Some(900))));
    assert!(long(&zstd, Coding::Zstd, limits(None, Some(1000))));
    assert!(!long(&zstd, Coding::Zstd, limits(None, None)));
    assert!(long(&brotli, Coding::Brotli, limits(None, Some(1000))));
    assert!(long(&brotli, Coding::Brotli, limits(Some(16 << 20), None)));
}

#[test]
fn a_layer_that_becomes_long_and_then_nothing_is_refused() {
    // Empty members by the thousand: they decode to nothing, and cost all the same.
    let empty_member = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0";
    let mut members = Vec::new();
    // Stored blocks of 65,535 bytes would not shrink; zeros between the layers do.
    members.extend_from_slice(empty_member);
    let inner = [members, vec![0; 0]].concat();
    assert_eq!(whole(&[Coding::Gzip], &inner).unwrap(), b"");
    let bomb = fixture("zeros-1m.zst").repeat(64);
    // The second layer skips zeros as what follows the end of its data.
    let start = [empty_member.as_slice()].concat();
    let stored = {
        // One raw Zstandard block: a frame header, then the bytes as they are.
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, start.len() as u8];
        let header = (start.len() as u32) << 3 | 1;
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(&start);
        frame
    };
    let body = [stored, bomb].concat();
    let result = whole(&[Coding::Zstd, Coding::Gzip], &body);
    assert!(
        matches!(result, Err(DecompressError::TooLong(_))),
        "{:?}",
        result.map(|decoded| decoded.len())
    );
}

#[test]
fn three_layers_are_refused() {
    let result = Chain::new(&[Coding::Gzip; 3], DecompressionLimits::default());
    assert!(matches!(result, Err(DecompressError::TooLong(_))));
}

#[test]
fn codings_of_a_field() {
    let all = DecompressionMethods::ALL;
    let gzip = DecompressionMethods::GZIP;
    let rows: &[(&str, DecompressionMethods, &[Coding])] = &[
        ("gzip", gzip, &[Coding::Gzip]),
        ("X-GZIP", gzip, &[Coding::Gzip]),
        ("br", gzip, &[]),
        ("br, gzip", gzip, &[]),
        ("br, gzip", all, &[Coding::Gzip, Coding::Brotli]),
        ("identity", all, &[]),
        ("identity,, deflate ,", all, &[Coding::Deflate]),
        ("compress", all, &[]),
        ("zstd", all, &[Coding::Zstd]),
        ("", all, &[]),
        ("gzip", DecompressionMethods::NONE, &[]),
    ];
    for (field, methods, expected) in rows {
        assert_eq!(codings(field, *methods), *expected, "{field}");
    }
}

#[test]
fn accept_encoding_of_a_request() {
    let gzip_deflate = DecompressionMethods::GZIP | DecompressionMethods::DEFLATE;
    let rows = [
        (DecompressionMethods::NONE, None, None),
        (gzip_deflate, None, Some("gzip, deflate")),
        (
            DecompressionMethods::ALL,
            None,
            Some("gzip, deflate, br, zstd"),
        ),
        (gzip_deflate, Some("br"), Some("br, gzip, deflate")),
        (
            gzip_deflate,
            Some("br, GZIP;q=0.5"),
            Some("br, GZIP;q=0.5, deflate"),
        ),
        (gzip_deflate, Some("deflate, gzip"), None),
    ];
    for (methods, set, expected) in rows {
        let mut headers = WebHeaderCollection::for_request();
        if let Some(set) = set {
            headers.set("Accept-Encoding", set).unwrap();
        }
        let field = match AcceptEncoding::of(methods, &headers) {
            AcceptEncoding::AsSet => None,
            AcceptEncoding::Added(field) => {
                assert_eq!(set, None);
                Some(field)
            }
            AcceptEncoding::Replaced(field) => {
                assert_ne!(set, None);
                Some(field)
            }
        };
        assert_eq!(field.as_deref(), expected, "{methods} beside {set:?}");
    }
}

proptest! {
    /// Damage is an error or other bytes, never a panic and never an endless loop.
    #[test]
    fn damage_never_panics(
        which in 0..BODIES.len(),
        at in any::<prop::sample::Index>(),
        bits in 1..=255u8,
        piece in 1..5000usize,
    ) {
        let (name, codings) = BODIES[which];
        let mut body = fixture(name);
        let at = at.index(body.len());
        body[at] ^= bits;
        let _ = decode(codings, DecompressionLimits::default(), &body, piece, 1000);
    }

    #[test]
    fn noise_never_panics(body in prop::collection::vec(any::<u8>(), 0..200), which in 0..BODIES.len()) {
        let _ = decode(BODIES[which].1, DecompressionLimits::default(), &body, 13, 17);
    }
}
