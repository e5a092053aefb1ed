//! Round trips of 64 bytes between two tasks of one thread, for counting instructions under
//! callgrind and for comparing processor time:
//!
//! ```text
//! cargo build --release -p system-net-sockets --example ping_pong_instructions
//! valgrind --tool=callgrind target/release/examples/ping_pong_instructions MODE ROUNDS
//! ```
//!
//! MODE is `bare` (tokio's own stream, to compare with), `stream` (`NetworkStream` by tokio's
//! traits), `socket` (`send_async` and `receive_async`), `begin` (Begin and End; the peer is the
//! thread that waits for the end) or `begun` (the same, the bytes being there already). Take the
//! difference of two numbers of rounds. Without arguments all take turns, and the processor time
//! per round trip is printed.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use system_net_sockets::{NetworkStream, Socket, SocketFlags};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const SIZE: usize = 64;
const MODES: [&str; 5] = ["bare", "stream", "socket", "begin", "begun"];
const NONE: SocketFlags = SocketFlags::NONE;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [mode, rounds] => run(mode, rounds.parse().map_err(io::Error::other)?),
        [] => compare(),
        _ => Err(io::Error::other("usage: ping_pong_instructions [MODE N]")),
    }
}

#[allow(clippy::print_stdout, reason = "it reports")]
fn compare() -> io::Result<()> {
    const ROUNDS: usize = 20_000;
    const TURNS: usize = 15;
    let mut times = vec![Vec::new(); MODES.len()];
    for _ in 0..TURNS {
        for (mode, times) in MODES.iter().zip(&mut times) {
            let before = processor_time()?;
            run(mode, ROUNDS)?;
            times.push((processor_time()? - before) / ROUNDS as f64);
        }
    }
    for times in &mut times {
        times.sort_by(f64::total_cmp);
    }
    let (bare_median, bare_least) = (times[0][TURNS / 2], times[0][0]);
    for (mode, times) in MODES.iter().zip(&times) {
        let (median, least) = (times[TURNS / 2], times[0]);
        println!(
            "{mode:8} {:6.0} ns a round trip, {:.3} of bare; at best {:6.0} ns, {:.3} of bare",
            median * 1e9,
            median / bare_median,
            least * 1e9,
            least / bare_least,
        );
    }
    Ok(())
}

/// What the process has used, user and system, in seconds.
fn processor_time() -> io::Result<f64> {
    let mut nanoseconds = 0.0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let first = text.split_whitespace().next().unwrap_or_default();
        nanoseconds += first.parse::<f64>().map_err(io::Error::other)?;
    }
    Ok(nanoseconds / 1e9)
}

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let one = TcpStream::connect(listener.local_addr()?)?;
    let (other, _) = listener.accept()?;
    one.set_nodelay(true)?;
    other.set_nodelay(true)?;
    Ok((one, other))
}

fn run(mode: &str, rounds: usize) -> io::Result<()> {
    let (one, other) = pair()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match mode {
        "bare" => runtime.block_on(async {
            one.set_nonblocking(true)?;
            other.set_nonblocking(true)?;
            let other = tokio::net::TcpStream::from_std(other)?;
            let echo = tokio::spawn(echo(other, rounds));
            ask(tokio::net::TcpStream::from_std(one)?, rounds).await?;
            echo.await?
        }),
        "stream" => runtime.block_on(async {
            let echo = tokio::spawn(echo(NetworkStream::try_from(other)?, rounds));
            ask(NetworkStream::try_from(one)?, rounds).await?;
            echo.await?
        }),
        "socket" => runtime.block_on(async {
            let (one, other) = (Socket::try_from(one)?, Socket::try_from(other)?);
            let echo = tokio::spawn(async move {
                let mut buffer = [0; SIZE];
                for _ in 0..rounds {
                    receive(&other, &mut buffer).await?;
                    other.send_async(&buffer, NONE).await?;
                }
                Ok(())
            });
            let mut buffer = [7; SIZE];
            for _ in 0..rounds {
                one.send_async(&buffer, NONE).await?;
                receive(&one, &mut buffer).await?;
            }
            echo.await?
        }),
        "begin" => begin(one, other, rounds, false),
        _ => begin(one, other, rounds, true),
    }
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, rounds: usize) -> io::Result<()> {
    let mut buffer = [7; SIZE];
    for _ in 0..rounds {
        stream.write_all(&buffer).await?;
        read(&mut stream, &mut buffer).await?;
    }
    Ok(())
}

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin, rounds: usize) -> io::Result<()> {
    let mut buffer = [0; SIZE];
    for _ in 0..rounds {
        read(&mut stream, &mut buffer).await?;
        stream.write_all(&buffer).await?;
    }
    Ok(())
}

async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut [u8; SIZE]) -> io::Result<()> {
    stream.read_exact(buffer).await.map(drop)
}

async fn receive(socket: &Socket, buffer: &mut [u8; SIZE]) -> io::Result<()> {
    let mut received = 0;
    while received < SIZE {
        received += socket.receive_async(&mut buffer[received..], NONE).await?;
    }
    Ok(())
}

/// One operation of each kind a round, of one end; the other end is plain calls.
fn begin(one: TcpStream, other: TcpStream, rounds: usize, ready: bool) -> io::Result<()> {
    let (socket, peer) = (Socket::try_from(one)?, Socket::try_from(other)?);
    let socket = Arc::new(socket);
    let mut buffer = vec![7; SIZE];
    let mut echo = [0; SIZE];
    for _ in 0..rounds {
        if ready {
            peer.send(&echo)?;
        }
        let receiving = socket.begin_receive(buffer, NONE, Some(Box::new(|_| {})), None);
        if !ready {
            peer.send(&echo)?;
        }
        let received;
        (received, buffer) = socket.end_receive(&receiving);
        received?;
        let sending = socket.begin_send(buffer, NONE, Some(Box::new(|_| {})), None);
        let sent;
        (sent, buffer) = socket.end_send(&sending);
        sent?;
        peer.receive(&mut echo)?;
    }
    Ok(())
}
