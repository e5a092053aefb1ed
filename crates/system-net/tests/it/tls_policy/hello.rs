//! What TLS clients offer and what TLS servers answer, taken apart by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

pub(crate) const TLS12: u16 = 0x0303;
pub(crate) const TLS13: u16 = 0x0304;

/// What a ClientHello offers (RFC 8446 section 4.1.2), in numbers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The newest first.
    pub(crate) versions: Vec<u16>,
    pub(crate) suites: Vec<u16>,
}

/// A server that reads the first ClientHello of what `connect` does and closes. `None`: nothing was
/// sent.
pub(crate) fn offered(connect: impl FnOnce(SocketAddr)) -> Option<Offer> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&ended);
    let serving = thread::spawn(move || {
        let mut offer = None;
        loop {
            let (mut client, _) = listener.accept().unwrap();
            if until.load(Ordering::SeqCst) {
                return offer;
            }
            let hello = record(&mut client);
            offer = offer.or_else(|| hello.map(|(_, body)| offer_of(&body)));
        }
    });
    connect(address);
    ended.store(true, Ordering::SeqCst);
    drop(TcpStream::connect(address).unwrap());
    serving.join().unwrap()
}

/// A record (RFC 8446 section 5.1): its type and content.
fn record(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).ok()?;
    Some((head[0], body))
}

/// Takes fields off the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (field, rest) = self.0.split_at(length);
        self.0 = rest;
        field
    }

    fn number(&mut self, bytes: usize) -> usize {
        self.take(bytes)
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    }

    /// A field behind its length.
    fn vector(&mut self, bytes: usize) -> &'a [u8] {
        let length = self.number(bytes);
        self.take(length)
    }
}

fn numbers(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

/// The extension of a number, in the list at the end of a message.
fn extension(mut list: Fields<'_>, wanted: usize) -> Option<&[u8]> {
    while !list.0.is_empty() {
        let number = list.number(2);
        let content = list.vector(2);
        if number == wanted {
            return Some(content);
        }
    }
    None
}

fn offer_of(message: &[u8]) -> Offer {
    let mut fields = Fields(message);
    assert_eq!(fields.number(1), 1, "no ClientHello");
    fields.number(3);
    let legacy = u16::try_from(fields.number(2)).unwrap();
    fields.take(32);
    fields.vector(1);
    let suites = numbers(fields.vector(2));
    fields.vector(1);
    let extensions = Fields(fields.vector(2));
    // supported_versions: a list behind one byte of length.
    let versions = match extension(extensions, 43) {
        Some(list) => numbers(&list[1..]),
        None => vec![legacy],
    };
    Offer { versions, suites }
}

/// Offers one version to a server, and gives the version that it answers with; `None` if it says no.
pub(crate) fn answered(server: SocketAddr, version: u16) -> Option<u16> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.write_all(&hello(version)).unwrap();
    let (kind, body) = record(&mut stream)?;
    if kind != 22 {
        // An alert: protocol_version is 70.
        assert_eq!((kind, body.last()), (21, Some(&70)), "{body:?}");
        return None;
    }
    let mut fields = Fields(&body);
    assert_eq!(fields.number(1), 2, "no ServerHello");
    fields.number(3);
    let legacy = fields.number(2);
    fields.take(32);
    fields.vector(1);
    fields.number(2);
    fields.number(1);
    let chosen = match fields.0.is_empty() {
        true => None,
        false => extension(Fields(fields.vector(2)), 43),
    };
    let version = chosen.map_or(legacy, |version| Fields(version).number(2));
    Some(u16::try_from(version).unwrap())
}

/// A ClientHello with one version, and the one group x25519.
fn hello(version: u16) -> Vec<u8> {
    let vector = |bytes: usize, content: &[u8]| {
        let length = content.len().to_be_bytes();
        [&length[length.len() - bytes..], content].concat()
    };
    let extension =
        |number: u16, content: &[u8]| [&number.to_be_bytes()[..], &vector(2, content)].concat();
    let version_13 = version == TLS13;
    let suites: &[u8] = match version_13 {
        true => &[0x13, 0x01],
        false => &[0xc0, 0x2b, 0xc0, 0x2f],
    };
    let mut extensions = [
        // supported_groups, ec_point_formats, signature_algorithms
        extension(10, &vector(2, &[0, 29])),
        extension(11, &vector(1, &[0])),
        extension(13, &vector(2, &[4, 3, 5, 3, 8, 4, 8, 5, 8, 7])),
    ]
    .concat();
    if version_13 {
        extensions.extend(extension(43, &vector(1, &version.to_be_bytes())));
        // key_share: any 32 bytes but a few are a point.
        let share = [&[0, 29][..], &vector(2, &[9; 32])].concat();
        extensions.extend(extension(51, &vector(2, &share)));
    }
    let body = [
        &TLS12.to_be_bytes()[..],
        &[7; 32],
        &vector(1, &[]),
        &vector(2, suites),
        &vector(1, &[0]),
        &vector(2, &extensions),
    ]
    .concat();
    let message = [&[1][..], &vector(3, &body)].concat();
    [&[22, 3, 1][..], &vector(2, &message)].concat()
}
