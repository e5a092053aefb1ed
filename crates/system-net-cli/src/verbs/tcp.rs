//! `sysnet tcp`: stdin to a connection and the connection to stdout, as netcat does.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use system_net::{
    AddressFamily, EndPoint, IpAddress, IpEndPoint, NetContext, ProtocolType, SelectMode, Socket,
    SocketError, SocketErrorCode, SocketShutdown, SocketType, UnixDomainSocketEndPoint,
};

use super::Outcome;
use super::end_points::{Place, failure, timed_out, within};
use crate::arguments::Tcp;
use crate::failure::{CONNECT, FAILED, Failure, READ, RECEIVE, SEND, WRITE};
use crate::setup::Setup;

/// As much as is read and sent at once.
const PIECE: usize = 64 << 10;

pub(super) fn run(options: &Tcp, setup: &Setup) -> Outcome {
    let context = setup.context(false)?;
    let socket = if options.end.listen {
        accept(options, &context)?
    } else {
        connect(options, &context)?
    };
    if setup.verbose {
        let peer = socket.remote_end_point().ok().flatten();
        let peer = peer
            .map(|peer| peer.to_string())
            .filter(|peer| !peer.is_empty());
        eprintln!(
            "connected to {}",
            peer.as_deref().unwrap_or("a socket without a name")
        );
    }
    converse(Arc::new(socket), options.timeout)?;
    Ok(0)
}

fn connect(options: &Tcp, context: &NetContext) -> Result<Socket, Failure> {
    let place = match &options.unix {
        None => Some(Place::of(&options.end, context)?),
        Some(_) => None,
    };
    within(options.timeout, async {
        let ends: Vec<EndPoint> = match (&options.unix, &place) {
            (Some(path), _) => vec![local_name(path)?.into()],
            (None, Some(place)) => place.resolve().await?.into_iter().map(Into::into).collect(),
            (None, None) => Vec::new(),
        };
        let mut last = Err(SocketError::new(SocketErrorCode::HostNotFound));
        for end in ends {
            last = attempt(end).await;
            if last.is_ok() {
                break;
            }
        }
        last.map_err(|error| failure(&error, CONNECT))
    })
}

async fn attempt(end: EndPoint) -> Result<Socket, SocketError> {
    let socket = new_socket(end.address_family())?;
    socket.connect_async(end).await?;
    Ok(socket)
}

fn new_socket(family: AddressFamily) -> Result<Socket, SocketError> {
    let protocol = match family {
        AddressFamily::Unix => ProtocolType::UNSPECIFIED,
        _ => ProtocolType::TCP,
    };
    Socket::new(family, SocketType::Stream, protocol)
}

fn local_name(path: &str) -> Result<UnixDomainSocketEndPoint, Failure> {
    Ok(match path.strip_prefix('@') {
        Some(name) => UnixDomainSocketEndPoint::from_abstract_name(name.as_bytes())?,
        None => UnixDomainSocketEndPoint::new(path)?,
    })
}

/// Listens and takes one connection.
fn accept(options: &Tcp, context: &NetContext) -> Result<Socket, Failure> {
    let failed = |error: SocketError| failure(&error, FAILED);
    let listener = listener(options, context)?;
    listener.listen(1).map_err(failed)?;
    if let Some(local) = listener.local_end_point().map_err(failed)? {
        eprintln!("listening at {local}");
    }
    let came = match options.timeout {
        None => true,
        Some(limit) => {
            let micros = i32::try_from(limit.as_micros()).unwrap_or(i32::MAX);
            listener
                .poll(micros, SelectMode::SelectRead)
                .map_err(failed)?
        }
    };
    let accepted = match came {
        true => listener.accept().map_err(failed),
        false => Err(timed_out(options.timeout.unwrap_or_default())),
    };
    drop(listener);
    // A path of our own; an abstract name goes by itself.
    if let Some(path) = options.unix.as_ref().filter(|path| !path.starts_with('@')) {
        let _gone_already = std::fs::remove_file(path);
    }
    accepted
}

fn listener(options: &Tcp, context: &NetContext) -> Result<Socket, Failure> {
    let failed = |error: SocketError| failure(&error, FAILED);
    if let Some(path) = &options.unix {
        let socket = new_socket(AddressFamily::Unix).map_err(failed)?;
        socket.bind(local_name(path)?).map_err(failed)?;
        return Ok(socket);
    }
    let place = Place::of(&options.end, context)?;
    let socket = match place.local()? {
        Some(end) => {
            let socket = new_socket(end.address_family()).map_err(failed)?;
            socket.bind(end).map_err(failed)?;
            socket
        }
        None => {
            let socket =
                Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP).map_err(failed)?;
            let any = IpEndPoint::new(IpAddress::IPV6_ANY, place.port);
            socket.bind(any).map_err(failed)?;
            socket
        }
    };
    Ok(socket)
}

/// Both directions at once; each ends by itself, and the program when both have. The end of stdin
/// is told to the other side, which may go on.
fn converse(socket: Arc<Socket>, limit: Option<Duration>) -> Result<(), Failure> {
    let failed = |error: SocketError| failure(&error, FAILED);
    if let Some(limit) = limit {
        let limit = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX).max(1);
        socket.set_receive_timeout(limit).map_err(failed)?;
        socket.set_send_timeout(limit).map_err(failed)?;
    }
    let moved = Arc::new(AtomicU64::new(0));
    let (sender, sent) = mpsc::channel();
    let (outgoing, counter) = (Arc::clone(&socket), Arc::clone(&moved));
    #[expect(
        clippy::disallowed_methods,
        reason = "reading stdin blocks a thread, and the program may end before it"
    )]
    std::thread::spawn(move || {
        let _program_has_ended = sender.send(send_stdin(&outgoing, &counter));
    });
    receive_to_stdout(&socket, limit, &moved)?;
    // The other side has said all; what is left of stdin is still sent.
    loop {
        let before = moved.load(Ordering::Relaxed);
        let result = match limit {
            None => sent.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(limit) => sent.recv_timeout(limit),
        };
        match (result, limit) {
            (Ok(result), _) => return result,
            (Err(RecvTimeoutError::Timeout), Some(limit)) => {
                if moved.load(Ordering::Relaxed) == before {
                    return Err(timed_out(limit));
                }
            }
            (Err(_), _) => return Err(Failure::new(FAILED, "reading stdin ended unexpectedly")),
        }
    }
}

fn send_stdin(socket: &Socket, moved: &AtomicU64) -> Result<(), Failure> {
    let mut stdin = io::stdin().lock();
    let mut buffer = vec![0; PIECE];
    loop {
        let count = match stdin.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::file(READ, "reading stdin", &error)),
        };
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            let sent = socket.send(rest).map_err(|error| failure(&error, SEND))?;
            moved.fetch_add(1, Ordering::Relaxed);
            rest = rest.get(sent..).unwrap_or_default();
        }
    }
    match socket.shutdown(SocketShutdown::Send) {
        // The other side was faster.
        Err(error) if error.code() != SocketErrorCode::NotConnected => Err(failure(&error, SEND)),
        _ => Ok(()),
    }
}

fn receive_to_stdout(
    socket: &Socket,
    limit: Option<Duration>,
    moved: &AtomicU64,
) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let mut buffer = vec![0; PIECE];
    loop {
        let before = moved.load(Ordering::Relaxed);
        let count = match (socket.receive(&mut buffer), limit) {
            (Ok(0), _) => return Ok(()),
            (Ok(count), _) => count,
            (Err(error), Some(limit)) if error.code() == SocketErrorCode::TimedOut => {
                if moved.load(Ordering::Relaxed) == before {
                    return Err(timed_out(limit));
                }
                continue;
            }
            (Err(error), _) => return Err(failure(&error, RECEIVE)),
        };
        moved.fetch_add(1, Ordering::Relaxed);
        stdout
            .write_all(&buffer[..count])
            .and_then(|()| stdout.flush())
            .map_err(|error| Failure::file(WRITE, "writing to stdout", &error))?;
    }
}
