//! DNS over HTTPS (RFC 8484): as much HTTP/2 as a client needs to put a question. Header fields
//! of requests are not read: whatever is posted is a question.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Shared;
use crate::TlsIdentity;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Types and flags of frames: RFC 9113, section 6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

/// The identity, offering HTTP/2 and nothing else.
pub(super) fn config(identity: &TlsIdentity) -> Arc<ServerConfig> {
    let mut config = (*identity.config()).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

/// Answers the questions of a connection until it ends.
pub(super) fn converse(
    shared: &Shared,
    stream: TcpStream,
    config: Arc<ServerConfig>,
) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut preface = [0; PREFACE.len()];
    stream.read_exact(&mut preface)?;
    if preface != PREFACE {
        return Err(io::Error::other("no HTTP/2"));
    }
    write_frame(&mut stream, SETTINGS, 0, 0, &[])?;
    let mut bodies: Vec<(u32, Vec<u8>)> = Vec::new();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags) = (head[3], head[4]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload)?;
        match kind {
            SETTINGS if flags & ACK == 0 => write_frame(&mut stream, SETTINGS, ACK, 0, &[])?,
            PING if flags & ACK == 0 => write_frame(&mut stream, PING, ACK, 0, &payload)?,
            GOAWAY => return Ok(()),
            HEADERS => bodies.push((id, Vec::new())),
            DATA => {
                let Some(place) = bodies.iter().position(|body| body.0 == id) else {
                    continue;
                };
                let padding = if flags & PADDED == 0 {
                    0
                } else {
                    1 + usize::from(payload[0])
                };
                let start = usize::from(padding > 0);
                let end = payload.len() - padding.saturating_sub(1);
                bodies[place].1.extend(&payload[start..end]);
                if flags & END_STREAM != 0 {
                    let (_, question) = bodies.remove(place);
                    answer(shared, &mut stream, id, &question)?;
                }
            }
            _ => {}
        }
    }
}

/// `None` from the zone leaves the stream open, as a server that hangs does.
fn answer(shared: &Shared, stream: &mut impl Write, id: u32, question: &[u8]) -> io::Result<()> {
    let Some(answer) = shared.answer(question, true) else {
        return Ok(());
    };
    if shared.stop.wait(answer.after) {
        return Ok(());
    }
    // RFC 7541: `:status` 200 is entry 8 of the static table; 31 and 28 are the names of
    // `content-type` and `content-length`, here with values that are not to be remembered.
    let mut fields = vec![0x88];
    let length = answer.message.len().to_string();
    for (name, value) in [(0x10, "application/dns-message"), (0x0d, &*length)] {
        fields.extend([0x0f, name, value.len() as u8]);
        fields.extend(value.as_bytes());
    }
    write_frame(stream, HEADERS, END_HEADERS, id, &fields)?;
    write_frame(stream, DATA, END_STREAM, id, &answer.message)
}

fn write_frame(
    stream: &mut impl Write,
    kind: u8,
    flags: u8,
    id: u32,
    payload: &[u8],
) -> io::Result<()> {
    let length = (payload.len() as u32).to_be_bytes();
    let head = [&length[1..], &[kind, flags], &id.to_be_bytes()].concat();
    stream.write_all(&[&head, payload].concat())?;
    stream.flush()
}
