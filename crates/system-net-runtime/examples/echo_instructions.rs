//! Rounds of a small write and read, for counting instructions under callgrind:
//!
//! ```text
//! cargo build --release -p system-net-runtime --example echo_instructions
//! valgrind --tool=callgrind target/release/examples/echo_instructions MODE KIND ROUNDS
//! ```
//!
//! MODE is `block_on`, `calls` (one `block_on` a round), `tokio` (current thread) or `bare`
//! (tokio's own socket, to compare with).
//! KIND is `ready` (the bytes to read are there already) or `wait` (each read waits for an echo).
//! The peer is a process of its own, so that it is not counted. Take the difference of two
//! numbers of rounds. Without arguments it runs all of them and prints the time per round.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use system_net_runtime::{TcpOptions, TcpTransport, Timer, block_on};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const PIECE: usize = 16;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["peer", kind, rounds] => peer(kind, parse(rounds)?),
        [mode, kind, rounds] => run(mode, kind, parse(rounds)?),
        [] => {
            for kind in ["ready", "wait"] {
                for mode in ["block_on", "calls", "tokio", "bare"] {
                    measure(mode, kind)?;
                }
            }
            Ok(())
        }
        _ => Err(io::Error::other(
            "usage: echo_instructions [block_on|calls|tokio|bare ready|wait N]",
        )),
    }
}

fn parse(rounds: &str) -> io::Result<usize> {
    rounds.parse().map_err(io::Error::other)
}

#[allow(clippy::disallowed_methods, reason = "it measures")]
#[allow(clippy::print_stdout, reason = "it reports")]
fn measure(mode: &str, kind: &str) -> io::Result<()> {
    const ROUNDS: usize = 2_000;
    let before = Instant::now();
    run(mode, kind, ROUNDS)?;
    let each = before.elapsed().as_nanos() / ROUNDS as u128;
    println!("{mode:8} {kind:5} {each:6} ns a round, process start included");
    Ok(())
}

fn run(mode: &str, kind: &str, rounds: usize) -> io::Result<()> {
    let (child, address) = start_peer(kind, rounds)?;
    let mut child = child;
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    };
    let options = TcpOptions::default();
    match mode {
        "block_on" => block_on(async {
            exchange(TcpTransport::connect(address, &options).await?, rounds).await
        })?,
        "calls" => {
            let mut transport = block_on(TcpTransport::connect(address, &options))?;
            for _ in 0..rounds {
                block_on(exchange(&mut transport, 1))?;
            }
        }
        "tokio" => runtime()?.block_on(async {
            exchange(TcpTransport::connect(address, &options).await?, rounds).await
        })?,
        _ => runtime()?.block_on(async {
            let stream = tokio::net::TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            exchange(stream, rounds).await
        })?,
    }
    child.wait().map(drop)
}

/// The rounds; a timer with a far deadline is at hand as in a real exchange, but only a wait
/// would touch it.
async fn exchange(
    mut transport: impl AsyncRead + AsyncWrite + Unpin,
    rounds: usize,
) -> io::Result<()> {
    let _timer = Timer::new();
    let mut piece = [7; PIECE];
    for _ in 0..rounds {
        transport.write_all(&piece).await?;
        transport.read_exact(&mut piece).await?;
    }
    Ok(())
}

fn start_peer(kind: &str, rounds: usize) -> io::Result<(Child, SocketAddr)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["peer", kind, &rounds.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut port = [0; 2];
    if let Some(output) = &mut child.stdout {
        output.read_exact(&mut port)?;
    }
    Ok((
        child,
        SocketAddr::from(([127, 0, 0, 1], u16::from_be_bytes(port))),
    ))
}

fn peer(kind: &str, rounds: usize) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    io::stdout().write_all(&listener.local_addr()?.port().to_be_bytes())?;
    io::stdout().flush()?;
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    if kind == "ready" {
        let mut writer = stream.try_clone()?;
        #[allow(
            clippy::disallowed_methods,
            reason = "the peer is a program of its own"
        )]
        let writing = std::thread::spawn(move || writer.write_all(&vec![7; rounds * PIECE]));
        io::copy(&mut stream, &mut io::sink())?;
        drop(writing);
        return Ok(());
    }
    echo(stream)
}

#[allow(clippy::disallowed_methods, reason = "the peer is slow on purpose")]
fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut piece = [0; PIECE];
    while stream.read_exact(&mut piece).is_ok() {
        // So that the other side waits, even when valgrind makes it slow.
        std::thread::sleep(Duration::from_millis(1));
        stream.write_all(&piece)?;
    }
    Ok(())
}
