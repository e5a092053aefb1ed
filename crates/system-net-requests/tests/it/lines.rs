//! Servers whose connections a test reads by hand, byte by byte: each on a thread of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use system_net_config::NetContext;

use crate::pool::point;

/// Long beyond what any step takes: a test that waits for it fails.
pub(crate) const HANG: Duration = Duration::from_secs(20);

/// One accepted connection, read by hand.
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) stream: TcpStream,
    pub(crate) unread: Vec<u8>,
    /// How often bytes came.
    pub(crate) reads: usize,
}

impl Line {
    /// The next head; `None` at the end.
    pub(crate) fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            let mut piece = [0; 65_536];
            match self.stream.read(&mut piece) {
                Ok(0) => return None,
                Ok(count) => self.unread.extend(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    panic!("no request came on connection {}", self.number)
                }
                Err(_) => return None,
            }
            self.reads += 1;
        }
    }

    /// The method and the target of the next request.
    pub(crate) fn request(&mut self) -> Option<String> {
        let head = self.head()?;
        let (line, _) = head.split_once(" HTTP/1.1\r\n").expect("a request line");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        while self.unread.len() < length {
            let mut piece = [0; 4096];
            let count = self.stream.read(&mut piece).ok().filter(|n| *n > 0)?;
            self.unread.extend(&piece[..count]);
        }
        self.unread.drain(..length);
        Some(line.to_owned())
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, wanted: &str) {
        assert_eq!(self.request().as_deref(), Some(wanted));
    }

    /// Nothing has come that was not read.
    pub(crate) fn is_silent(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let more = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        self.unread.is_empty() && more.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// A response with this body; false when the client is gone.
    pub(crate) fn answer(&mut self, body: &str) -> bool {
        self.answer_with("", body)
    }

    pub(crate) fn answer_with(&mut self, fields: &str, body: &str) -> bool {
        let length = body.len();
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{fields}\r\n{body}");
        self.stream.write_all(text.as_bytes()).is_ok()
    }

    /// Answers each request with its target.
    pub(crate) fn echo(&mut self) {
        while let Some(request) = self.request() {
            let target = request.split(' ').nth(1).unwrap().to_owned();
            if !self.answer(&target) {
                return;
            }
        }
    }
}

/// A server that hands each connection to a closure, on a thread of its own.
pub(crate) struct Server {
    port: u16,
    opened: Arc<AtomicUsize>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Server {
    pub(crate) fn start(talk: impl Fn(&mut Line) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let opened = Arc::new(AtomicUsize::new(0));
        let threads = Arc::<Mutex<Vec<JoinHandle<()>>>>::default();
        let (counted, started, talk) = (Arc::clone(&opened), Arc::clone(&threads), Arc::new(talk));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(HANG)).unwrap();
                stream.set_nodelay(true).unwrap();
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let talk = Arc::clone(&talk);
                let thread = std::thread::spawn(move || {
                    talk(&mut Line {
                        number,
                        stream,
                        unread: Vec::new(),
                        reads: 0,
                    });
                });
                started.lock().unwrap().push(thread);
            }
        });
        Self {
            port,
            opened,
            threads,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// Closes the client's idle connections and lets what a connection's thread found wrong fail the
    /// test.
    pub(crate) fn end(self, context: &NetContext) {
        point(context, &self.url("/")).close_connection_group(None);
        for thread in std::mem::take(&mut *self.threads.lock().unwrap()) {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}
