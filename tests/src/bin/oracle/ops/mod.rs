// The operations a row can name, and the function that runs each through our API.

mod address;
mod cookies;
mod credentials;
mod headers;
mod listener;
mod proxy;
mod requests;
mod service_points;
mod times;
mod uri;
mod uri_builder;
mod uri_pairs;

use serde_json::{Value, json};
use system_net_primitives::Misuse;

/// What running a row came to.
pub(crate) enum Run {
    Answer(Value),
    /// The arguments cannot be written in Rust.
    NotExpressible,
    /// This form of the operation has no counterpart yet.
    NotYet,
}

/// An operation by its name in the recordings.
pub(crate) struct Op {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[Value], Settings) -> Run,
    /// Fields whose members have no counterpart yet: not compared, and said in the report.
    pub(crate) not_yet: &'static [&'static str],
}

/// The international settings a file was recorded under.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) idn: Idn,
    pub(crate) iri: bool,
}

impl Settings {
    /// The name of the mode; empty for the default one.
    pub(crate) fn mode(self) -> &'static str {
        match (self.iri, self.idn) {
            (false, _) => "iri-off",
            (true, Idn::None) => "",
            (true, Idn::All) => "idn-all",
            (true, Idn::AllExceptIntranet) => "idn-allexceptintranet",
        }
    }
}

/// .NET: `System.UriIdnScope`
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idn {
    None,
    All,
    AllExceptIntranet,
}

impl Idn {
    pub(crate) fn from_word(word: &str) -> Result<Self, String> {
        match word {
            "none" => Ok(Self::None),
            "all" => Ok(Self::All),
            "allexceptintranet" => Ok(Self::AllExceptIntranet),
            _ => Err(format!("--idn {word}: none, all or allexceptintranet")),
        }
    }

    pub(crate) fn from_file_name(name: &str) -> Self {
        if name.contains("idn-allexceptintranet") {
            Self::AllExceptIntranet
        } else if name.contains("idn-all") {
            Self::All
        } else {
            Self::None
        }
    }
}

pub(crate) fn find(name: &str) -> Option<&'static Op> {
    [
        address::OPS,
        headers::OPS,
        uri::OPS,
        uri_pairs::OPS,
        requests::OPS,
        service_points::OPS,
        credentials::OPS,
        uri_builder::OPS,
        listener::OPS,
        proxy::OPS,
        cookies::OPS,
    ]
    .into_iter()
    .flatten()
    .find(|op| op.name == name)
}

/// The recorded form of a misuse: the .NET exception it stands for.
fn misuse(error: &Misuse) -> Value {
    let name = match error {
        Misuse::InvalidOperation(_) => "InvalidOperationException",
        Misuse::InvalidArgument { .. } => "ArgumentException",
        Misuse::OutOfRange { .. } => "ArgumentOutOfRangeException",
        Misuse::Disposed { .. } => "ObjectDisposedException",
        Misuse::NotSupported(_) => "NotSupportedException",
        Misuse::NotImplemented(_) => "NotImplementedException",
        _ => "Exception",
    };
    match error.param_name() {
        Some(param) => json!({"!": name, "param": param}),
        None => json!({"!": name}),
    }
}

fn exception(name: &str) -> Value {
    json!({ "!": name })
}

/// The text at an index of the arguments; `None` when it is null, absent or no text.
fn text(input: &[Value], index: usize) -> Option<&str> {
    input.get(index).and_then(Value::as_str)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
