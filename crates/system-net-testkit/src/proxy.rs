//! A proxy: answers what it is asked for in absolute form, and joins tunnels to where it is told.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::connection::{Connection, Stop};
use crate::{RecordedRequest, Response, Signal};

/// What a proxy does with a request.
#[derive(Clone, Debug)]
pub enum ProxyAnswer {
    /// Answers it itself.
    Response(Response),
    /// Says `200 Connection established` and passes every byte on, to there and back.
    Tunnel(SocketAddr),
}

impl From<Response> for ProxyAnswer {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

/// How long a tunnel waits for one side before it looks at the other.
const GLANCE: Duration = Duration::from_millis(1);

/// Answers requests until one side closes, or the connection has become a tunnel and that ends.
pub(crate) fn run(
    connection: &mut Connection,
    stop: &Signal,
    handler: &(dyn Fn(&RecordedRequest) -> ProxyAnswer + Send + Sync),
) -> Stop {
    loop {
        let (request, keep_alive) = match crate::serve::read_request(connection) {
            Ok(read) => read,
            Err(stop) => return stop,
        };
        let response = match handler(&request) {
            ProxyAnswer::Response(response) => response,
            ProxyAnswer::Tunnel(address) => return tunnel(connection, stop, address),
        };
        match crate::serve::answer(connection, &request, &response) {
            Ok(()) if keep_alive && !response.closes() => {}
            Ok(()) => return connection.close(),
            Err(stop) => return stop,
        }
    }
}

fn tunnel(connection: &mut Connection, stop: &Signal, address: SocketAddr) -> Stop {
    match relay(connection, stop, address) {
        Ok(()) => connection.close(),
        Err(stop) => stop,
    }
}

/// Passes bytes on in both directions until one side ends. One thread looks at both in turn.
fn relay(connection: &mut Connection, stop: &Signal, address: SocketAddr) -> Result<(), Stop> {
    let mut target = TcpStream::connect(address)?;
    target.set_nodelay(true)?;
    target.set_read_timeout(Some(GLANCE))?;
    connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    connection.read_for_at_most(GLANCE)?;
    let mut back = [0_u8; 16 * 1024];
    while !stop.is_raised() {
        match connection.read_some() {
            Ok(bytes) if bytes.is_empty() => return Err(Stop::ClientClosed),
            Ok(bytes) => target.write_all(&bytes)?,
            Err(Stop::Io(error)) if is_pause(error.kind()) => {}
            Err(stop) => return Err(stop),
        }
        match target.read(&mut back) {
            Ok(0) => return Ok(()),
            Ok(count) => connection.send(&back[..count])?,
            Err(error) if is_pause(error.kind()) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Stop::Closed)
}

fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
