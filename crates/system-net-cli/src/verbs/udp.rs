//! `sysnet udp`: each line of stdin a datagram, each datagram to stdout.

use std::io::{self, BufRead, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use system_net::{
    EndPoint, IpAddress, IpEndPoint, ProtocolType, Socket, SocketError, SocketErrorCode,
    SocketFlags, SocketType,
};

use super::Outcome;
use super::end_points::{Place, failure, now};
use crate::arguments::Udp;
use crate::failure::{CONNECT, FAILED, Failure, READ, RECEIVE, SEND, WRITE};
use crate::setup::Setup;

/// The longest datagram there can be, and a byte to see one that is longer.
const LONGEST: usize = 65_536;
/// How long a silence ends the program after stdin has ended, unless -w says otherwise.
const SILENCE: Duration = Duration::from_secs(1);
/// How often the program looks whether stdin has ended.
const LOOK: Duration = Duration::from_millis(100);

/// What both threads use.
struct Talk {
    socket: Socket,
    /// To whom lines go: with -l, to whoever sent last.
    peer: Mutex<Option<EndPoint>>,
    stdin_ended: AtomicBool,
    failed: Mutex<Option<Failure>>,
}

pub(super) fn run(options: &Udp, setup: &Setup) -> Outcome {
    let place = Place::of(&options.end, &setup.context(false)?)?;
    let (socket, peer) = if options.end.listen {
        (listen(&place)?, None)
    } else {
        let (socket, peer) = open(&place, options.broadcast)?;
        (socket, Some(peer))
    };
    if options.end.listen && options.broadcast {
        socket
            .set_enable_broadcast(true)
            .map_err(|error| failure(&error, FAILED))?;
    }
    let talk = Arc::new(Talk {
        socket,
        peer: Mutex::new(peer),
        stdin_ended: AtomicBool::new(false),
        failed: Mutex::new(None),
    });
    let sending = Arc::clone(&talk);
    #[expect(
        clippy::disallowed_methods,
        reason = "reading stdin blocks a thread, and the program may end before it"
    )]
    std::thread::spawn(move || {
        if let Err(failure) = send_lines(&sending) {
            *lock(&sending.failed) = Some(failure);
        }
        sending.stdin_ended.store(true, Ordering::Release);
    });
    receive(&talk, options, setup.verbose)?;
    Ok(0)
}

/// A socket for the first address of the host. It is connected, so that nobody else is heard, and
/// what the network says of the host is; many may answer to a broadcast or in a group.
fn open(place: &Place, broadcast: bool) -> Result<(Socket, EndPoint), Failure> {
    let mut last = Err(SocketError::new(SocketErrorCode::HostNotFound));
    for end in now(place.resolve())? {
        let any = match end.address().to_ip_addr() {
            std::net::IpAddr::V4(_) => IpAddress::ANY,
            std::net::IpAddr::V6(_) => IpAddress::IPV6_ANY,
        };
        last = Socket::new(end.address_family(), SocketType::Dgram, ProtocolType::UDP).and_then(
            |socket| {
                if broadcast {
                    socket.set_enable_broadcast(true)?;
                }
                if broadcast || end.address().to_ip_addr().is_multicast() {
                    socket.bind(IpEndPoint::new(any, 0))?;
                } else {
                    socket.connect(end)?;
                }
                Ok((socket, EndPoint::from(end)))
            },
        );
        if last.is_ok() {
            break;
        }
    }
    last.map_err(|error| match error.code() {
        SocketErrorCode::AccessDenied => told(&error, SEND),
        _ => failure(&error, CONNECT),
    })
}

fn listen(place: &Place) -> Result<Socket, Failure> {
    let failed = |error: SocketError| failure(&error, FAILED);
    let (socket, end) = match place.local()? {
        Some(end) => (
            Socket::new(end.address_family(), SocketType::Dgram, ProtocolType::UDP),
            end,
        ),
        None => (
            Socket::new_dual_mode(SocketType::Dgram, ProtocolType::UDP),
            IpEndPoint::new(IpAddress::IPV6_ANY, place.port),
        ),
    };
    let socket = socket.map_err(failed)?;
    socket.bind(end).map_err(failed)?;
    if let Some(local) = socket.local_end_point().map_err(failed)? {
        eprintln!("listening at {local}");
    }
    Ok(socket)
}

fn send_lines(talk: &Talk) -> Result<(), Failure> {
    let mut stdin = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = stdin
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::file(READ, "reading stdin", &error))?;
        if count == 0 {
            return Ok(());
        }
        let Some(peer) = lock(&talk.peer).clone() else {
            return Err(Failure::new(SEND, "nobody has sent anything yet")
                .advise("with -l, lines go to whoever sent last: wait for the first datagram"));
        };
        talk.socket
            .send_to(&line, SocketFlags::NONE, peer)
            .map_err(|error| told(&error, SEND))?;
    }
}

/// The failure of a call. That nobody listens is told to whichever call comes next.
fn told(error: &SocketError, code: u8) -> Failure {
    let failure = |code| failure(error, code);
    match error.code() {
        SocketErrorCode::ConnectionRefused => {
            failure(CONNECT).advise("nobody listens at that port, or a firewall says so")
        }
        other => advise(failure(code), other),
    }
}

fn advise(failure: Failure, code: SocketErrorCode) -> Failure {
    match code {
        SocketErrorCode::AccessDenied => {
            failure.advise("-b allows to send to every host of a network")
        }
        SocketErrorCode::MessageSize => failure.advise("a line is one datagram: shorten it"),
        _ => failure,
    }
}

fn receive(talk: &Talk, options: &Udp, verbose: bool) -> Result<(), Failure> {
    let look = i32::try_from(LOOK.as_millis()).unwrap_or(i32::MAX);
    talk.socket
        .set_receive_timeout(look)
        .map_err(|error| failure(&error, FAILED))?;
    let limit = match options.end.listen {
        true => options.timeout,
        false => Some(options.timeout.unwrap_or(SILENCE)),
    };
    let mut stdout = io::stdout().lock();
    let mut buffer = vec![0; LONGEST];
    let mut silent = Duration::ZERO;
    loop {
        if let Some(failure) = lock(&talk.failed).take() {
            return Err(failure);
        }
        match talk.socket.receive_from(&mut buffer, SocketFlags::NONE) {
            Ok(got) => {
                silent = Duration::ZERO;
                if verbose {
                    eprintln!("{} bytes from {}", got.received_bytes, got.remote_end_point);
                }
                if options.end.listen {
                    *lock(&talk.peer) = Some(got.remote_end_point);
                }
                stdout
                    .write_all(&buffer[..got.received_bytes])
                    .and_then(|()| stdout.flush())
                    .map_err(|error| Failure::file(WRITE, "writing to stdout", &error))?;
            }
            Err(error) if error.code() == SocketErrorCode::TimedOut => {
                // While stdin goes on, silence of the other side is nothing special.
                if options.end.listen || talk.stdin_ended.load(Ordering::Acquire) {
                    silent += LOOK;
                }
                if limit.is_some_and(|limit| silent >= limit) {
                    return Ok(());
                }
            }
            Err(error) => return Err(told(&error, RECEIVE)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
