//! What the clients are made to do.

use crate::OURS;
use crate::origin::Origins;

/// A mode: its name in the tables, the word for the clients, the path it fetches, more options,
/// operations, and the two numbers of operations between which instructions are counted.
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    word: &'static str,
    path: &'static str,
    server: Server,
    options: &'static [&'static str],
    pub(crate) n: u64,
    pub(crate) slope: Option<(u64, u64)>,
    /// Client and server take turns, so both run on one CPU: waking another costs more than the
    /// work does.
    pub(crate) turns: bool,
}

/// Which server is asked.
enum Server {
    Plain,
    Tls,
    /// Over HTTP/2 in clear text, which another server speaks.
    Http2,
}

impl Mode {
    const fn plain(name: &'static str, path: &'static str, n: u64) -> Self {
        Self {
            name,
            word: name,
            path,
            server: Server::Plain,
            options: &[],
            n,
            slope: None,
            turns: false,
        }
    }

    const fn secure(name: &'static str, path: &'static str, n: u64) -> Self {
        Self {
            server: Server::Tls,
            ..Self::plain(name, path, n)
        }
    }

    const fn asking(self, word: &'static str) -> Self {
        Self { word, ..self }
    }

    const fn with(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    const fn counted(self, low: u64, high: u64) -> Self {
        Self {
            slope: Some((low, high)),
            ..self
        }
    }

    const fn in_turns(self) -> Self {
        Self {
            turns: true,
            ..self
        }
    }

    /// The word for a client. How the body of a POST is handed over is a question of our API alone.
    fn word(&self, client: &str) -> &'static str {
        match (client, self.name) {
            (OURS, "post-stream" | "post-expect") => self.name,
            _ => self.word,
        }
    }

    /// The command line of a client for `n` operations.
    pub(crate) fn arguments(&self, client: &str, origins: &Origins, n: u64) -> Vec<String> {
        let (scheme, port) = match self.server {
            Server::Plain => ("http", origins.port),
            Server::Tls => ("https", origins.secure_port),
            Server::Http2 => ("http", origins.http2_port),
        };
        let url = format!("{scheme}://127.0.0.1:{port}{}", self.path);
        let (word, n) = (self.word(client), n.to_string());
        let ca = origins.ca.display().to_string();
        let words = [word, "--url", &url, "--n", &n, "--ca", &ca];
        words
            .iter()
            .chain(self.options)
            .map(|word| (*word).to_owned())
            .collect()
    }
}

pub(crate) const MODES: [Mode; 16] = [
    Mode::plain("get-seq", "/1k", 20_000)
        .counted(300, 1300)
        .in_turns(),
    Mode::plain("get-conc", "/1k", 30_000)
        .with(&["--conc", "64"])
        .counted(640, 2560),
    Mode::plain("get-pipe", "/1k", 60_000)
        .with(&["--depth", "16"])
        .counted(640, 2560),
    Mode::plain("get-queue", "/1k", 30_000)
        .with(&["--depth", "16"])
        .counted(640, 2560),
    Mode::plain("post", "/post", 5_000)
        .with(&["--body", "65536"])
        .counted(100, 400)
        .in_turns(),
    Mode::plain("download", "/big/1024", 1),
    Mode::plain("post-stream", "/post", 5_000)
        .asking("post")
        .with(&["--body", "65536"])
        .counted(100, 400)
        .in_turns(),
    Mode::plain("post-expect", "/post", 5_000)
        .asking("post")
        .with(&["--body", "65536"])
        .in_turns(),
    Mode::plain("chunked", "/chunked/256", 2).asking("download"),
    Mode {
        server: Server::Http2,
        ..Mode::plain("h2", "/1k", 20_000)
            .with(&["--conc", "64"])
            .counted(640, 2560)
    },
    // What logins are compared with, which are of the concrete type too.
    Mode::plain("get-http", "/1k", 20_000)
        .counted(500, 1500)
        .in_turns(),
    Mode::plain("login-md5", "/digest/md5", 20_000)
        .asking("get-login")
        .counted(500, 1500)
        .in_turns(),
    Mode::plain("login-sha256", "/digest/sha256", 20_000)
        .asking("get-login")
        .counted(500, 1500)
        .in_turns(),
    Mode::secure("tls-download", "/big/1024", 1).asking("download"),
    Mode::secure("tls-upload", "/post", 1)
        .asking("upload")
        .with(&["--bytes", "1073741824"]),
    // A connection for each request, sessions resumed.
    Mode::secure("tls-handshake", "/1k", 1_200)
        .asking("handshake")
        .counted(50, 150),
];
