//! The other side of a login: a process that runs `peer.py`.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use system_net_security::mechanism::{LogonError, Mechanism};

/// A running peer; dropping it ends the process.
pub(crate) struct Peer {
    child: Child,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// `side` is `accept` or `initiate`; for the rest see `peer.py`.
    pub(crate) fn start(side: &str, library: &str, options: &Value) -> Self {
        Self::start_with(side, library, options, &[])
    }

    /// With these variables in its environment.
    pub(crate) fn start_with(
        side: &str,
        library: &str,
        options: &Value,
        environment: &[(&str, &str)],
    ) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/logins/peer.py");
        let python = std::env::var("SYSTEM_NET_INTEROP_PYTHON");
        let mut child = Command::new(python.as_deref().unwrap_or("/usr/bin/python3"))
            .args([script, side, library, &options.to_string()])
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, answers }
    }

    fn ask(&mut self, line: &str) -> Result<Value, String> {
        let mut input = self.child.stdin.as_ref().unwrap();
        writeln!(input, "{line}").unwrap();
        let answer = self.answers.next().expect("the peer answers").unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }

    /// Its next step; what it says.
    pub(crate) fn step(&mut self, message: Option<&[u8]>) -> Result<Value, String> {
        self.ask(&message.map_or_else(|| "-".to_owned(), hex))
    }

    /// `sign`, `wrap` or `unwrap`.
    pub(crate) fn call(&mut self, call: &str, data: &[u8]) -> Vec<u8> {
        let answer = self.ask(&format!("{call}:{}", hex(data))).unwrap();
        message_of(&answer).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// Who failed, and how.
#[derive(Debug)]
pub(crate) enum Failure {
    Ours(LogonError),
    Theirs(String),
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn message_of(answer: &Value) -> Option<Vec<u8>> {
    let digits = answer["message"].as_str()?.as_bytes();
    let pairs = digits.chunks(2);
    let bytes = pairs.map(|pair| std::str::from_utf8(pair).unwrap());
    Some(
        bytes
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect(),
    )
}

/// Logs our client in at the peer; what the peer says of it at last.
pub(crate) fn log_in_at(client: &mut dyn Mechanism, peer: &mut Peer) -> Result<Value, Failure> {
    let mut message = client.step(None).map_err(Failure::Ours)?.message;
    loop {
        let answer = peer.step(message.as_deref()).map_err(Failure::Theirs)?;
        let token = message_of(&answer);
        let theirs = answer["complete"].as_bool().unwrap();
        if let Some(token) = &token {
            message = client.step(Some(token)).map_err(Failure::Ours)?.message;
        }
        if theirs && client.is_complete() && (token.is_none() || message.is_none()) {
            return Ok(answer);
        }
        assert!(
            token.is_some(),
            "the peer waits, and said nothing: {answer}"
        );
    }
}

/// Logs the peer in at our server.
pub(crate) fn let_in(server: &mut dyn Mechanism, peer: &mut Peer) -> Result<Value, Failure> {
    let mut answer = peer.step(None).map_err(Failure::Theirs)?;
    loop {
        let message = message_of(&answer);
        if message.is_none() && server.is_complete() {
            return Ok(answer);
        }
        let step = server.step(message.as_deref()).map_err(Failure::Ours)?;
        if step.message.is_none() {
            return Ok(answer);
        }
        answer = peer
            .step(step.message.as_deref())
            .map_err(Failure::Theirs)?;
    }
}

/// Messages after the login, both ways, hidden and signed.
#[track_caller]
pub(crate) fn talk(mechanism: &mut dyn Mechanism, peer: &mut Peer) {
    for round in 0..3 {
        let text = format!("message {round}, which nobody else can read");
        let sent = mechanism.wrap(text.as_bytes(), true).unwrap();
        assert_eq!(peer.call("unwrap", &sent), text.as_bytes());
        let received = peer.call("wrap", text.as_bytes());
        assert_eq!(mechanism.unwrap(&received, true).unwrap(), text.as_bytes());
        let signature = peer.call("sign", text.as_bytes());
        mechanism.verify(text.as_bytes(), &signature).unwrap();
    }
}
