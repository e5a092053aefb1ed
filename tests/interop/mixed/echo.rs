//! A server that sends back the body it gets and counts what it got, for servers that pass requests
//! on. Plain threads and sockets, HTTP/1.1 with or without keep-alive.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A running one; it ends with the process, as its accepting thread does.
pub(crate) struct Echo {
    port: u16,
    counts: Arc<Mutex<HashMap<String, usize>>>,
}

impl Echo {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::new(Mutex::new(HashMap::new()));
        let counted = Arc::clone(&counts);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counts = Arc::clone(&counted);
                // A connection that breaks is the other server's affair.
                std::thread::spawn(move || serve(stream, &counts));
            }
        });
        Self { port, counts }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How often a request came whole, by its target.
    pub(crate) fn counts(&self) -> HashMap<String, usize> {
        self.counts.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, counts: &Mutex<HashMap<String, usize>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let body = body(&head.to_ascii_lowercase(), &mut reader)?;
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        *counts.lock().unwrap().entry(target).or_default() += 1;
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        answer.extend_from_slice(&body);
        reader.get_mut().write_all(&answer)?;
        if head.to_ascii_lowercase().contains("connection: close") {
            return Ok(());
        }
    }
}

fn body(head: &str, reader: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    if let Some(length) = length {
        body.resize(length.trim().parse().map_err(io::Error::other)?, 0);
        reader.read_exact(&mut body)?;
    } else if head.contains("transfer-encoding: chunked") {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            reader.take(size).read_to_end(&mut body)?;
            reader.read_line(&mut String::new())?;
            if size == 0 {
                break;
            }
        }
    }
    Ok(body)
}
