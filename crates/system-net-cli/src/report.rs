//! `--json`: one object for the whole call. The field `schema` names its form and changes with it;
//! docs/cli.md describes the fields.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::failure::{FAILED, Failure, WRITE};

/// All transfers of a call.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: &'static str,
    pub(crate) transfers: Vec<TransferReport>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            schema: "sysnet.transfers/1",
            transfers: Vec::new(),
        }
    }
}

/// One transfer. Fields of what did not come to pass are null.
#[derive(Debug, Default, Serialize)]
pub(crate) struct TransferReport {
    pub(crate) url: String,
    pub(crate) method: String,
    /// Where the answer came from, after redirects.
    pub(crate) response_url: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) reason: Option<String>,
    pub(crate) http_version: Option<String>,
    /// Name and value, in the order received.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) saved_as: Option<PathBuf>,
    /// The body as text, unless it was saved to a file.
    pub(crate) body: Option<String>,
    /// The body of an answer that is not text.
    pub(crate) body_base64: Option<String>,
    /// How many redirects were followed.
    pub(crate) redirects: u32,
    /// How many connections were opened for it.
    pub(crate) connections_opened: u32,
    /// The connection of the answer: this end, and the other.
    pub(crate) local_end_point: Option<SocketAddr>,
    pub(crate) remote_end_point: Option<SocketAddr>,
    /// Until the answer began.
    pub(crate) seconds_to_answer: Option<f64>,
    pub(crate) seconds: f64,
    /// When the stages of its connections were reached.
    #[serde(skip)]
    pub(crate) times: Times,
    /// What was sent and received beside bodies.
    #[serde(skip)]
    pub(crate) heads: Heads,
    /// How often it was tried again.
    #[serde(skip)]
    pub(crate) retries: u32,
    /// Certificates of servers were not looked at.
    #[serde(skip)]
    pub(crate) insecure: bool,
    /// Where a redirect leads that was not followed.
    #[serde(skip)]
    pub(crate) redirect_url: Option<String>,
    /// Its number among the transfers of the call, from 0.
    #[serde(skip)]
    pub(crate) number: usize,
    /// What was said in Referer.
    #[serde(skip)]
    pub(crate) referer: Option<String>,
    pub(crate) error: Option<Failure>,
}

/// Seconds after the start of a transfer, as curl counts them: those of redirects and logins are added
/// up, and a connection from earlier takes none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) name_lookup: f64,
    pub(crate) connect: f64,
    pub(crate) app_connect: f64,
    pub(crate) pre_transfer: f64,
    /// Until the last redirect was followed; 0 without.
    pub(crate) redirect: f64,
}

/// The heads of a transfer: of redirects, logins and tunnels too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heads {
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    /// What a proxy answered when it was asked for a tunnel.
    pub(crate) tunnel_status: Option<u16>,
}

impl TransferReport {
    /// A header of the answer; the first, if there are several.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut found = self.headers.iter();
        found
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
    }

    /// The scheme of the address that answered, or was asked.
    pub(crate) fn scheme(&self) -> Option<String> {
        let url = self.response_url.as_deref().unwrap_or(&self.url);
        Some(url.split_once("://")?.0.to_owned())
    }

    pub(crate) fn set_body(&mut self, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => self.body = Some(text),
            Err(error) => self.body_base64 = Some(STANDARD.encode(error.as_bytes())),
        }
    }
}

/// Prints an object on stdout, in one go.
pub(crate) fn print(object: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(object).map_err(|error| Failure::new(FAILED, error))?;
    print_line(&text)
}

/// Prints a line on stdout. Whoever reads it may have gone.
pub(crate) fn print_line(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::file(WRITE, "stdout", &error))
}
