//! What a peer saw: requests and connections, byte by byte.

/// How a connection ended, as the peer saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// It has not ended yet.
    Open,
    /// The client closed its side where the peer was ready for more.
    ByClient,
    /// The client reset the connection, or it broke.
    Broken(String),
    /// The peer closed it, as its script or handler said.
    ByPeer,
    /// The TLS handshake failed; the text is the TLS library's.
    Handshake(String),
}

/// One connection the peer accepted.
#[derive(Clone, Debug)]
pub struct RecordedConnection {
    /// Its number, from 0 in the order of acceptance.
    pub index: usize,
    /// Every byte received (after decryption), unless a script step discarded it.
    pub received: Vec<u8>,
    /// How many bytes were received, discarded ones included.
    pub received_length: u64,
    /// How it ended.
    pub ended: Ended,
}

/// One request as it was received.
#[derive(Clone, Debug, Default)]
pub struct RecordedRequest {
    /// The number of the connection it came on, from 0.
    pub connection: usize,
    /// Request line and header lines with the empty line, exactly as received.
    pub head: Vec<u8>,
    /// The body without chunk framing.
    pub body: Vec<u8>,
    /// The body with chunk framing, exactly as received.
    pub raw_body: Vec<u8>,
    /// The certificate (DER) that the client showed on this connection, if it did.
    pub client_certificate: Option<Vec<u8>>,
    /// Whether the connection goes on with the TLS session of an earlier one.
    pub resumed: bool,
}

impl RecordedRequest {
    /// The head as text; bytes that are not ASCII are shown as Latin-1.
    pub fn head_text(&self) -> String {
        self.head.iter().map(|&byte| char::from(byte)).collect()
    }

    /// The first line without its line end.
    pub fn request_line(&self) -> String {
        self.lines().into_iter().next().unwrap_or_default()
    }

    /// The method of the request line.
    pub fn method(&self) -> String {
        self.word(0)
    }

    /// The target of the request line.
    pub fn target(&self) -> String {
        self.word(1)
    }

    /// The version of the request line, such as `HTTP/1.1`.
    pub fn version(&self) -> String {
        self.word(2)
    }

    /// Names and values in the order and with the letter case received; folded lines stay apart
    /// as lines with an empty name.
    pub fn headers(&self) -> Vec<(String, String)> {
        self.lines()
            .into_iter()
            .skip(1)
            .map(|line| match line.split_once(':') {
                Some((name, value)) if !name.starts_with([' ', '\t']) => {
                    (name.to_owned(), value.trim_matches([' ', '\t']).to_owned())
                }
                _ => (String::new(), line),
            })
            .collect()
    }

    /// The names of the headers in the order and with the letter case received.
    pub fn header_names(&self) -> Vec<String> {
        self.headers().into_iter().map(|(name, _)| name).collect()
    }

    /// The value of the first header of that name, whatever its letter case.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers()
            .into_iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    fn word(&self, index: usize) -> String {
        self.request_line()
            .split(' ')
            .nth(index)
            .unwrap_or_default()
            .to_owned()
    }

    fn lines(&self) -> Vec<String> {
        let text = self.head_text();
        let text = text.strip_suffix("\r\n\r\n").unwrap_or(&text);
        text.split("\r\n").map(str::to_owned).collect()
    }
}
