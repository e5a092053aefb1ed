//! `sysnet uri idn`: a host name as people write it, and as DNS knows it.

use std::fmt::{self, Display};

use serde::Serialize;
use system_net::{Uri, UriComponents, UriFormat, UriHostNameType};

use super::problem::Problem;
use crate::arguments::Idn;
use crate::verbs::Outcome;
use crate::verbs::answers::Call;

/// Both forms; of an address both are the address.
#[derive(Serialize)]
struct Forms {
    unicode: String,
    punycode: String,
}

impl Display for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unicode   {}\npunycode  {}", self.unicode, self.punycode)
    }
}

pub(super) fn run(options: &Idn) -> Outcome {
    let call = Call::tables("sysnet.uri.idn/1", options.form.json);
    call.answer(Some(&options.host), forms)
}

fn forms(host: &str) -> Result<Forms, Problem> {
    const BEFORE: &str = "http://";
    let kind = Uri::check_host_name(host);
    let text = match kind {
        UriHostNameType::IPv6 if !host.starts_with('[') => format!("{BEFORE}[{host}]/"),
        _ => format!("{BEFORE}{host}/"),
    };
    let uri = Uri::parse(&text).map_err(|error| {
        let offset = error.offset().saturating_sub(BEFORE.len());
        Problem::at(host, offset.min(host.len()), &error)
    })?;
    // It is read all the same where what follows the host is something else.
    if let (UriHostNameType::Unknown, Some(end)) =
        (kind, host.find(['/', '\\', '?', '#', '@', ':']))
    {
        let message = "the text is more than a host name";
        return Err(Problem::new(host, end, "BadHostName", message)
            .advise("leave out scheme, user, port and path"));
    }
    let punycode = uri
        .idn_host()
        .map_err(|error| Problem::at(host, 0, &error))?
        .to_owned();
    if kind == UriHostNameType::Unknown {
        return Err(
            Problem::new(host, 0, "BadHostName", "the text is no host name")
                .advise("a label has letters, digits and -, 63 at most"),
        );
    }
    let unicode = match kind {
        UriHostNameType::Dns => uri
            .components(UriComponents::NORMALIZED_HOST, UriFormat::Unescaped)
            .map_err(|error| Problem::at(host, 0, &error))?
            .into_owned(),
        _ => punycode.clone(),
    };
    Ok(Forms { unicode, punycode })
}
