//! A body in chunks that is read straight to where it is wanted is the body that is read through the
//! connection's buffer, with the same end and the same errors.

use proptest::prelude::*;
use system_net_http_proto::{ChunkLines, ClientConnection, ClientEvent, Limits, ProtoError};
use system_net_primitives::HttpVersion;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const NEXT: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

/// What came of reading a response.
#[derive(Debug, PartialEq)]
struct Seen {
    body: Vec<u8>,
    trailers: usize,
    /// The status of the response behind it, or what was wrong.
    end: Result<Option<u16>, ProtoError>,
}

/// How the bytes were read.
#[derive(Debug, Default)]
struct Work {
    reads: usize,
    /// Bytes that stood where they were wanted at once.
    direct: usize,
}

/// Reads a response, at most `most` bytes at a time, into a buffer of `room` bytes; past the
/// connection's own where that is possible, unless `room` is 0.
fn read(stream: &[u8], room: usize, mut most: impl FnMut() -> usize) -> (Seen, Work) {
    let mut connection = ClientConnection::new(Limits::default());
    for _ in 0..2 {
        connection
            .begin_request("GET", "/", HttpVersion::VERSION11)
            .unwrap();
        connection.write_header(b"Host", b"h").unwrap();
        connection.end_head().unwrap();
    }
    connection.handle_input(HEAD);
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    let (mut rest, mut buffer) = (stream, vec![0; room]);
    let (mut seen, mut work) = (
        Seen {
            body: Vec::new(),
            trailers: 0,
            end: Ok(None),
        },
        Work::default(),
    );
    loop {
        match connection.poll_event() {
            Ok(ClientEvent::Body) => {
                seen.body.extend_from_slice(connection.body());
                connection.consume_body(connection.body().len());
            }
            Ok(ClientEvent::Trailers(trailers)) => seen.trailers += trailers.len(),
            Ok(ClientEvent::Head(head)) => {
                seen.end = Ok(Some(head.status));
                return (seen, work);
            }
            Ok(ClientEvent::NeedInput) => {
                let n = most().clamp(1, rest.len().max(1)).min(rest.len());
                if n == 0 {
                    connection.handle_eof();
                    continue;
                }
                work.reads += 1;
                let mut lines = ChunkLines::default();
                match connection.chunk_parts(&mut buffer, &mut lines, 512) {
                    Some(mut parts) if room > 0 => {
                        let mut came = 0;
                        for part in parts.as_mut_slices() {
                            let here = part.len().min(n - came);
                            part[..here].copy_from_slice(&rest[came..came + here]);
                            came += here;
                        }
                        rest = &rest[came..];
                        let given = connection.chunks_read(&buffer, &lines, came);
                        seen.body.extend_from_slice(&buffer[..given]);
                        work.direct += given;
                    }
                    _ => {
                        let space = connection.input_space(512);
                        let n = n.min(space.len());
                        space[..n].copy_from_slice(&rest[..n]);
                        connection.input_filled(n);
                        rest = &rest[n..];
                    }
                }
            }
            Ok(_) => {}
            Err(error) => {
                seen.end = Err(error);
                return (seen, work);
            }
        }
    }
}

/// Chunks of these sizes, whose bytes tell their place.
fn chunks(sizes: impl IntoIterator<Item = usize>, extension: &str) -> (Vec<u8>, Vec<u8>) {
    let (mut body, mut stream) = (Vec::new(), Vec::new());
    for size in sizes {
        let from = body.len();
        body.extend((from..from + size).map(|at| (at % 251) as u8));
        stream.extend(format!("{size:x}{extension}\r\n").bytes());
        stream.extend_from_slice(&body[from..]);
        stream.extend(b"\r\n");
    }
    (body, stream)
}

#[test]
fn equal_chunks_are_read_to_their_place() {
    let (body, mut stream) = chunks([16_384; 64], "");
    stream.extend(b"0\r\nX-T: 1\r\n\r\n");
    stream.extend(NEXT);
    let (seen, work) = read(&stream, 100_000, || usize::MAX);
    assert!(seen.body == body, "{} bytes", seen.body.len());
    assert_eq!((seen.trailers, seen.end), (1, Ok(Some(204))));
    // The first chunk's line is not foreseen, and what comes with it is looked at.
    assert!(work.direct > body.len() * 9 / 10, "{work:?}");
    assert!(work.reads <= 16, "{work:?}");
}

#[test]
fn chunks_of_which_nothing_is_foreseen() {
    #[track_caller]
    fn check(sizes: &[usize], extension: &str, least: usize) {
        let (body, mut stream) = chunks(sizes.iter().copied(), extension);
        stream.extend(b"0\r\n\r\n");
        stream.extend(NEXT);
        let (seen, work) = read(&stream, 40_000, || usize::MAX);
        assert!(seen.body == body, "{} bytes", seen.body.len());
        assert_eq!((seen.trailers, seen.end), (0, Ok(Some(204))));
        assert!(work.direct >= least, "{work:?}");
    }
    // One large chunk is read as a body of a length is, but for what came with its line.
    check(&[1_000_000], "", 900_000);
    // Chunks that differ: the large part of each.
    check(&[20_000, 30_000, 25_000, 39_000], "", 60_000);
    // Lines too long to be kept, and chunks too short to be worth it.
    check(&[10_000; 10], ";name=a-value-of-some-length", 50_000);
    check(&[1_000; 20], "", 0);
}

/// What is not as foreseen is told as it is where everything goes through the buffer.
#[test]
fn what_is_not_as_foreseen() {
    let (_, start) = chunks([5_000; 8], "");
    for wrong in [
        &b"1389\r\n"[..],
        b"1388;x\r\n",
        b"1388\r\r\n",
        b"\r\n",
        b"1388\n",
        b"0\r\nX Y: 1\r\n\r\n",
        b"0\r\n\r\n",
        b"",
    ] {
        let mut stream = [&start[..], wrong].concat();
        stream.extend([b'x'; 5_000]);
        let usual = read(&stream, 0, || usize::MAX).0;
        for most in [usize::MAX, 20_000, 5_008, 5_007, 3, 1] {
            let direct = read(&stream, 64_000, || most).0;
            assert_eq!(direct.end, usual.end, "{wrong:?} in pieces of {most}");
            assert!(direct.body == usual.body, "{wrong:?} in pieces of {most}");
        }
    }
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let one = prop_oneof![Just(4_096_usize), Just(8_192), 1..20_000_usize];
    prop::collection::vec((one, 1..6_usize), 0..8)
        .prop_map(|runs| runs.iter().flat_map(|&(size, n)| vec![size; n]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_way_of_reading_makes_no_difference(
        sizes in sizes(),
        room in 1..60_000_usize,
        pieces in prop::collection::vec(1..50_000_usize, 1..20),
        cut in any::<Option<prop::sample::Index>>(),
        broken in any::<Option<(prop::sample::Index, u8)>>(),
    ) {
        let (_, mut stream) = chunks(sizes, "");
        stream.extend(b"0\r\nX-T: 1\r\n\r\n");
        stream.extend(NEXT);
        if let Some((at, byte)) = broken {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        if let Some(cut) = cut {
            stream.truncate(cut.index(stream.len()));
        }
        let mut turns = pieces.iter().cycle();
        let direct = read(&stream, room, || *turns.next().unwrap()).0;
        let usual = read(&stream, 0, || usize::MAX).0;
        prop_assert_eq!(direct.end, usual.end);
        prop_assert_eq!(direct.trailers, usual.trailers);
        prop_assert!(direct.body == usual.body);
    }
}
