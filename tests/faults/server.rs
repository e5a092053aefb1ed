//! The server that misbehaves: plain threads and sockets, and a book of all that it saw.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use system_net_tests::content::{Random, content, mix};

use crate::plan::{Fault, Welcome, answer, fault, welcome};

/// One time that the head of a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit {
    /// The port that the client sent from.
    pub(crate) from: u16,
    pub(crate) fault: Fault,
    /// The body came whole, and with the right bytes.
    pub(crate) executed: bool,
}

#[derive(Default)]
struct Book {
    visits: HashMap<u64, Vec<Visit>>,
    welcomes: HashMap<Welcome, usize>,
    /// Handles of the open connections, to wake their threads.
    open: HashMap<u64, TcpStream>,
    threads: Vec<JoinHandle<()>>,
    /// What clients sent and must not.
    wrong: Vec<String>,
}

struct Shared {
    seed: u64,
    /// Restarts so far: a connection that is older ends.
    generation: AtomicU64,
    /// Heads read since the last restart.
    heads: AtomicU64,
    restart_after: u64,
    stop: AtomicBool,
    book: Mutex<Book>,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }
}

pub(crate) struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
    /// Holds the port while nobody listens on it.
    _holder: Socket,
}

impl FaultServer {
    /// Restarts itself whenever it has read so many heads.
    pub(crate) fn start(seed: u64, restart_after: u64) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let holder = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        holder.set_reuse_address(true).unwrap();
        holder.bind(&any.into()).unwrap();
        let address = holder.local_addr().unwrap().as_socket().unwrap();
        let shared = Arc::new(Shared {
            seed,
            generation: AtomicU64::new(0),
            heads: AtomicU64::new(0),
            restart_after,
            stop: AtomicBool::new(false),
            book: Mutex::default(),
        });
        let for_thread = Arc::clone(&shared);
        let listener = TcpListener::bind(address).unwrap();
        let acceptor = std::thread::spawn(move || accept_all(address, listener, &for_thread));
        Self {
            address,
            shared,
            acceptor: Some(acceptor),
            _holder: holder,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn visits(&self, id: u64) -> Vec<Visit> {
        self.shared
            .book()
            .visits
            .get(&id)
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn restarts(&self) -> u64 {
        self.shared.generation.load(Ordering::SeqCst)
    }

    pub(crate) fn welcomes(&self, welcome: Welcome) -> usize {
        let book = self.shared.book();
        book.welcomes.get(&welcome).copied().unwrap_or_default()
    }

    pub(crate) fn open_connections(&self) -> usize {
        self.shared.book().open.len()
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        self.shared.book().wrong.clone()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // The last place where it may wait is `accept`; between two listeners it looks by itself.
        let acceptor = self.acceptor.take().unwrap();
        while !acceptor.is_finished() {
            let _refused = TcpStream::connect_timeout(&self.address, Duration::from_millis(10));
        }
        let _panicked = acceptor.join();
        let threads = {
            let mut book = self.shared.book();
            for stream in book.open.values() {
                let _gone = stream.shutdown(Shutdown::Both);
            }
            std::mem::take(&mut book.threads)
        };
        for thread in threads {
            let _panicked = thread.join();
        }
    }
}

fn accept_all(address: SocketAddr, mut listener: TcpListener, shared: &Arc<Shared>) {
    let mut number = 0;
    loop {
        let accepted = listener.accept();
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        if shared.heads.load(Ordering::SeqCst) >= shared.restart_after {
            listener = restart(address, listener, shared);
        }
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        number += 1;
        let kind = welcome(shared.seed, number);
        *shared.book().welcomes.entry(kind).or_default() += 1;
        match kind {
            Welcome::Close => drop(stream),
            Welcome::Reset => reset(stream),
            Welcome::Serve => {
                let (number, for_thread) = (number, Arc::clone(shared));
                let second = stream.try_clone().unwrap();
                shared.book().open.insert(number, second);
                // Now: a restart ends it, whenever its thread begins.
                let generation = shared.generation.load(Ordering::SeqCst);
                let thread = std::thread::spawn(move || {
                    let mut connection = Connection {
                        stream: Some(stream),
                        from: peer.port(),
                        pending: Vec::new(),
                        generation,
                        shared: &for_thread,
                    };
                    // A client that broke the connection; the client's side is judged.
                    let _broken = connection.serve();
                    for_thread.book().open.remove(&number);
                });
                shared.book().threads.push(thread);
            }
        }
    }
}

/// Nobody listens for a moment; connections in use are reset, those at rest closed.
fn restart(address: SocketAddr, listener: TcpListener, shared: &Shared) -> TcpListener {
    drop(listener);
    shared.heads.store(0, Ordering::SeqCst);
    shared.generation.fetch_add(1, Ordering::SeqCst);
    for stream in shared.book().open.values() {
        // Wakes who reads; each ends its own connection.
        let _gone = stream.shutdown(Shutdown::Read);
    }
    // A time without a server, long enough that some requests meet it.
    std::thread::sleep(Duration::from_millis(4));
    TcpListener::bind(address).unwrap()
}

/// Closes with a reset.
fn reset(stream: TcpStream) {
    let _already_gone = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
}

struct Connection<'a> {
    /// `None` once it was ended.
    stream: Option<TcpStream>,
    from: u16,
    pending: Vec<u8>,
    generation: u64,
    shared: &'a Shared,
}

/// What came of reading.
enum Came<T> {
    Whole(T),
    /// The client closed, or the server was restarted.
    Ended,
}

impl Connection<'_> {
    fn is_old(&self) -> bool {
        self.generation != self.shared.generation.load(Ordering::SeqCst)
    }

    fn stream(&mut self) -> io::Result<&mut TcpStream> {
        self.stream
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 << 10];
        let count = self.stream()?.read(&mut buffer)?;
        self.pending.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    fn head(&mut self) -> io::Result<Came<Vec<u8>>> {
        loop {
            if let Some(at) = self.pending.windows(4).position(|w| w == b"\r\n\r\n") {
                return Ok(Came::Whole(self.pending.drain(..at + 4).collect()));
            }
            if self.fill()? == 0 {
                return Ok(Came::Ended);
            }
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Came<Vec<u8>>> {
        while self.pending.len() < length {
            if self.fill()? == 0 {
                return Ok(Came::Ended);
            }
        }
        Ok(Came::Whole(self.pending.drain(..length).collect()))
    }

    fn line(&mut self) -> io::Result<Came<String>> {
        loop {
            if let Some(at) = self.pending.windows(2).position(|w| w == b"\r\n") {
                let line: Vec<u8> = self.pending.drain(..at + 2).collect();
                return Ok(Came::Whole(
                    String::from_utf8_lossy(&line).trim_end().to_owned(),
                ));
            }
            if self.fill()? == 0 {
                return Ok(Came::Ended);
            }
        }
    }

    fn body(&mut self, head: &Head) -> io::Result<Came<Vec<u8>>> {
        if !head.chunked {
            return self.take(head.length);
        }
        let mut body = Vec::new();
        loop {
            let Came::Whole(size) = self.line()? else {
                return Ok(Came::Ended);
            };
            let size = usize::from_str_radix(&size, 16)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, size))?;
            let Came::Whole(part) = self.take(size)? else {
                return Ok(Came::Ended);
            };
            let Came::Whole(_) = self.line()? else {
                return Ok(Came::Ended);
            };
            body.extend_from_slice(&part);
            if size == 0 {
                return Ok(Came::Whole(body));
            }
        }
    }

    fn serve(&mut self) -> io::Result<()> {
        loop {
            let Came::Whole(head) = self.head()? else {
                return Ok(());
            };
            self.shared.heads.fetch_add(1, Ordering::SeqCst);
            let head = Head::parse(&head);
            let visit = {
                let mut book = self.shared.book();
                let visits = book.visits.entry(head.id).or_default();
                let fault = fault(self.shared.seed, head.id, visits.len());
                visits.push(Visit {
                    from: self.from,
                    fault,
                    executed: false,
                });
                visits.len() - 1
            };
            let fault = fault(self.shared.seed, head.id, visit);
            let outcome = self.answer(&head, visit, fault);
            // Woken in the midst of it.
            if self.is_old() && self.stream.is_some() && !matches!(outcome, Ok(Next::Head)) {
                self.restarted(&head, visit);
                return Ok(());
            }
            match outcome? {
                Next::Head => {}
                Next::End => return Ok(()),
            }
        }
    }

    fn note(&self, head: &Head, visit: usize, change: impl FnOnce(&mut Visit)) {
        if let Some(visits) = self.shared.book().visits.get_mut(&head.id) {
            change(&mut visits[visit]);
        }
    }

    /// Written down before it happens, so that the client cannot be told first.
    fn restarted(&mut self, head: &Head, visit: usize) {
        self.note(head, visit, |visit| visit.fault = Fault::Restarted);
        self.reset();
    }

    fn reset(&mut self) {
        // The other handle of it goes first: the last one to go resets.
        if let Some(stream) = self.stream.take() {
            let _already_gone = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Whether it is over because of a restart.
    fn ends_here(&mut self, head: &Head, visit: usize) -> bool {
        if self.is_old() {
            self.restarted(head, visit);
        }
        self.stream.is_none()
    }

    fn answer(&mut self, head: &Head, visit: usize, fault: Fault) -> io::Result<Next> {
        if head.expects
            && !matches!(
                fault,
                Fault::CloseBeforeBody | Fault::ResetBeforeBody | Fault::TooLarge
            )
        {
            self.stream()?.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        match fault {
            Fault::CloseBeforeBody | Fault::ResetBeforeBody => {
                self.look_at_body(head, visit)?;
                if fault == Fault::ResetBeforeBody {
                    self.reset();
                }
                return Ok(Next::End);
            }
            Fault::TooLarge => {
                let answer = status("413 Too Large", head, &error_body(head.id));
                self.stream()?.write_all(&answer)?;
                // A client that did not wait, or does not stop, sends the body all the same.
                if head.expects {
                    return self.until_closed();
                }
            }
            _ => {}
        }
        match self.body(head)? {
            Came::Whole(body) => self.check(head, &body, visit),
            Came::Ended if fault == Fault::TooLarge => return Ok(Next::End),
            Came::Ended => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        if self.ends_here(head, visit) {
            return Ok(Next::End);
        }
        match fault {
            Fault::TooLarge => return Ok(Next::Head),
            Fault::CloseBeforeHead => return Ok(Next::End),
            Fault::ResetBeforeHead => {
                self.reset();
                return Ok(Next::End);
            }
            Fault::StallBeforeHead => return self.until_closed(),
            Fault::Garbage => {
                self.stream()?.write_all(b"HTTQ/7 what is this\r\n\r\n")?;
                return Ok(Next::End);
            }
            Fault::Unavailable => {
                let answer = status("503 Not Now", head, &error_body(head.id));
                self.stream()?.write_all(&answer)?;
                return Ok(Next::Head);
            }
            _ => {}
        }
        let (bytes, body_at) = right(self.shared.seed, head, fault);
        let mut random = Random::new(mix(self.shared.seed ^ head.id, visit as u64));
        let in_head = 1 + random.below(body_at - 2);
        // Up to the last byte but one: what is missing is noticed.
        let in_body = body_at + random.below(bytes.len() - body_at);
        let sent = match fault {
            Fault::CloseInHead | Fault::ResetInHead | Fault::StallInHead => in_head,
            Fault::CloseInBody | Fault::ResetInBody | Fault::StallInBody
                if bytes.len() > body_at =>
            {
                in_body
            }
            _ => bytes.len(),
        };
        let piece = match fault {
            Fault::Pieces => 1 + random.below(bytes.len().min(4000)),
            _ => 64 << 10,
        };
        for part in bytes[..sent].chunks(piece) {
            if self.ends_here(head, visit) {
                return Ok(Next::End);
            }
            self.stream()?.write_all(part)?;
        }
        match fault {
            _ if sent < bytes.len() && fault.stalls() => self.until_closed(),
            Fault::ResetInHead | Fault::ResetInBody if sent < bytes.len() => {
                self.reset();
                Ok(Next::End)
            }
            Fault::CloseInHead | Fault::CloseInBody | Fault::RightThenClose | Fault::BadChunk => {
                Ok(Next::End)
            }
            Fault::RightThenResetNext => {
                if self.pending.is_empty() && self.fill()? > 0 {
                    self.reset();
                }
                Ok(Next::End)
            }
            _ => Ok(Next::Head),
        }
    }

    /// Whether the body is here already: then the client has sent all of the request.
    fn look_at_body(&mut self, head: &Head, visit: usize) -> io::Result<()> {
        self.stream()?.set_nonblocking(true)?;
        match self.body(head) {
            Ok(Came::Whole(body)) => self.check(head, &body, visit),
            Ok(Came::Ended) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Says nothing more, until the client gives up.
    fn until_closed(&mut self) -> io::Result<Next> {
        while self.fill()? > 0 {
            self.pending.clear();
        }
        match self.is_old() {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(Next::End),
        }
    }

    fn check(&self, head: &Head, body: &[u8], visit: usize) {
        let right = body == content(!head.id, head.announced);
        if !right {
            let text = format!(
                "{} {}: a wrong body of {} bytes",
                head.method,
                head.id,
                body.len()
            );
            self.shared.book().wrong.push(text);
        }
        self.note(head, visit, |visit| visit.executed = true);
    }
}

enum Next {
    Head,
    End,
}

/// What counts of the head of a request: `METHOD /id/length-of-its-body HTTP/1.1`.
struct Head {
    method: String,
    id: u64,
    announced: usize,
    length: usize,
    chunked: bool,
    expects: bool,
}

impl Head {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut words = text.split([' ', '/']);
        let method = words.next().unwrap_or_default().to_owned();
        let mut number = || words.find_map(|word| word.parse().ok()).unwrap_or_default();
        let (id, announced) = (number(), number());
        let field = |name: &str| {
            text.lines().find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found
                    .eq_ignore_ascii_case(name)
                    .then(|| value.trim().to_ascii_lowercase())
            })
        };
        Self {
            method,
            id,
            announced: usize::try_from(announced).unwrap_or_default(),
            length: field("Content-Length").map_or(0, |value| value.parse().unwrap_or_default()),
            chunked: field("Transfer-Encoding").is_some(),
            expects: field("Expect").is_some(),
        }
    }
}

/// The body of an answer that says no.
pub(crate) fn error_body(id: u64) -> Vec<u8> {
    content(id ^ 0xe44, 100)
}

fn status(line: &str, head: &Head, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {line}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    if head.method != "HEAD" {
        bytes.extend_from_slice(body);
    }
    bytes
}

/// The right answer, and where its body begins.
fn right(seed: u64, head: &Head, fault: Fault) -> (Vec<u8>, usize) {
    let plan = answer(seed, head.id);
    let body = content(head.id, plan.length);
    let framing = match plan.chunked || fault == Fault::BadChunk {
        true => "Transfer-Encoding: chunked".to_owned(),
        false => format!("Content-Length: {}", body.len()),
    };
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\nX-Id: {}\r\n{framing}\r\n\r\n", head.id).into_bytes();
    let body_at = bytes.len();
    if head.method == "HEAD" {
        return (bytes, body_at);
    }
    if !framing.starts_with('T') {
        bytes.extend_from_slice(&body);
        return (bytes, body_at);
    }
    let mut random = Random::new(head.id);
    let mut rest = &body[..];
    while !rest.is_empty() {
        let size = (1 + random.below(40_000)).min(rest.len());
        bytes.extend_from_slice(format!("{size:x}\r\n").as_bytes());
        bytes.extend_from_slice(&rest[..size]);
        bytes.extend_from_slice(b"\r\n");
        rest = &rest[size..];
    }
    bytes.extend_from_slice(if fault == Fault::BadChunk {
        b"what\r\n"
    } else {
        b"0\r\n\r\n"
    });
    (bytes, body_at)
}
