//! `--json`: one object for the whole call. The field `schema` names its form and changes with it;
//! docs/cli.md describes the fields.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::failure::Failure;

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
    pub(crate) seconds: f64,
    pub(crate) error: Option<Failure>,
}

impl TransferReport {
    pub(crate) fn set_body(&mut self, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => self.body = Some(text),
            Err(error) => self.body_base64 = Some(STANDARD.encode(error.as_bytes())),
        }
    }
}

/// Prints an object on stdout, in one go.
pub(crate) fn print(object: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(object)
        .map_err(|error| Failure::new(crate::failure::FAILED, error))?;
    println!("{text}");
    Ok(())
}
