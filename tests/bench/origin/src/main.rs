//! The fixed server the bench clients meet: one thread per connection, canned answers, nothing
//! that could differ between clients.
//!
//! `GET /1k` and `/64k` answer with eight headers and a body of that size, `/big/N` with N MiB,
//! `/chunked/N` with N MiB in chunks of 16 KiB, `/digest/md5` and `/digest/sha256` as `/1k` after a
//! login, a POST with `ok` after its body. Prints `listening PORT` once it does; with `--ca FILE`,
//! `listening PORT PORT-OF-TLS`, and the authority of its certificate is in the file.

mod digest;
mod secure;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use secure::Secure;

const BLOCK: usize = 256 * 1024;
const CHUNK: usize = 16 * 1024;

fn main() -> io::Result<()> {
    let args = bench_meter::args();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))?;
    let canned = Arc::new(Canned::new());
    let port = listener.local_addr()?.port();
    match &args.ca {
        Some(file) => {
            let config = secure::config(file)?;
            let secure = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            println!("listening {port} {}", secure.local_addr()?.port());
            let canned = Arc::clone(&canned);
            std::thread::spawn(move || accept_secure(&secure, &config, &canned));
        }
        None => println!("listening {port}"),
    }
    io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept()?;
        let canned = Arc::clone(&canned);
        // Clients come and go; how a connection ended is theirs to report.
        std::thread::spawn(move || {
            stream.set_nodelay(true)?;
            serve(stream, &canned)
        });
    }
}

fn accept_secure(
    listener: &TcpListener,
    config: &Arc<rustls::ServerConfig>,
    canned: &Arc<Canned>,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        let (config, canned) = (Arc::clone(config), Arc::clone(canned));
        std::thread::spawn(move || {
            stream.set_nodelay(true)?;
            serve(Secure::new(&config, stream)?, &canned)
        });
    }
}

struct Canned {
    small: Vec<u8>,
    medium: Vec<u8>,
    posted: Vec<u8>,
    block: Vec<u8>,
    chunk: Vec<u8>,
}

impl Canned {
    fn new() -> Self {
        let chunk = [
            format!("{CHUNK:x}\r\n").into_bytes(),
            vec![b'x'; CHUNK],
            b"\r\n".to_vec(),
        ];
        Self {
            small: [head("Content-Length: 1024"), vec![b'x'; 1024]].concat(),
            medium: [head("Content-Length: 65536"), vec![b'x'; 65536]].concat(),
            posted: [head("Content-Length: 2"), b"ok".to_vec()].concat(),
            block: vec![b'x'; BLOCK],
            chunk: chunk.concat(),
        }
    }
}

fn head(length: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Mon, 05 Jan 2026 10:00:00 GMT\r\n\
         Content-Type: text/plain\r\n{length}\r\nLast-Modified: Sun, 04 Jan 2026 10:00:00 GMT\r\n\
         Connection: keep-alive\r\nETag: \"695a3f20-400\"\r\nAccept-Ranges: bytes\r\n\r\n"
    )
    .into_bytes()
}

fn serve(mut stream: impl Read + Write, canned: &Canned) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    let mut filled = 0;
    loop {
        let end = loop {
            if let Some(at) = buffer[..filled]
                .windows(4)
                .position(|bytes| bytes == b"\r\n\r\n")
            {
                break at + 4;
            }
            let count = stream.read(&mut buffer[filled..])?;
            if count == 0 {
                return Ok(());
            }
            filled += count;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let body = if head.starts_with("POST") {
            content_length(&head)
        } else {
            0
        };
        // The body may have begun in the buffer; the rest is read and dropped.
        let begun = body.min(filled - end);
        buffer.copy_within(end + begun..filled, 0);
        filled -= end + begun;
        if body > 0 {
            if head.to_ascii_lowercase().contains("100-continue") {
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            discard(&mut stream, body - begun)?;
        }
        match digest::algorithm(&target) {
            Some(algorithm) if !digest::proven(&head, algorithm) => {
                stream.write_all(&digest::challenge(algorithm))?;
            }
            _ => answer(&mut stream, canned, &target, body > 0)?,
        }
        if head.to_ascii_lowercase().contains("connection: close") {
            return stream.flush();
        }
    }
}

fn content_length(head: &str) -> usize {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}

fn discard(stream: &mut impl Read, mut left: usize) -> io::Result<()> {
    let mut scratch = [0; 64 * 1024];
    while left > 0 {
        let room = left.min(scratch.len());
        match stream.read(&mut scratch[..room])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => left -= count,
        }
    }
    Ok(())
}

fn answer(stream: &mut impl Write, canned: &Canned, target: &str, posted: bool) -> io::Result<()> {
    let mib = |prefix: &str| -> Option<usize> { target.strip_prefix(prefix)?.parse().ok() };
    if posted {
        stream.write_all(&canned.posted)
    } else if let Some(mib) = mib("/big/") {
        let length = mib << 20;
        stream.write_all(&head(&format!("Content-Length: {length}")))?;
        (0..length / BLOCK).try_for_each(|_| stream.write_all(&canned.block))
    } else if let Some(mib) = mib("/chunked/") {
        stream.write_all(&head("Transfer-Encoding: chunked"))?;
        (0..(mib << 20) / CHUNK).try_for_each(|_| stream.write_all(&canned.chunk))?;
        stream.write_all(b"0\r\n\r\n")
    } else if target == "/64k" {
        stream.write_all(&canned.medium)
    } else {
        stream.write_all(&canned.small)
    }
}
