//! Host names as they go to a name service.

use std::borrow::Cow;

use system_net_uri::{Uri, UriHostNameType};

use crate::error::{SocketError, SocketErrorCode};

/// The longest name DNS knows, with its dots.
pub(crate) const LONGEST_NAME: usize = 255;

/// The name in the letters of DNS: one in other letters becomes `xn--...`, by the rules by which
/// [`Uri::idn_host`] does it. What consists of ASCII stays as it is.
pub(crate) fn ascii_name(host: &str) -> Result<Cow<'_, str>, SocketError> {
    if host.is_ascii() {
        return Ok(Cow::Borrowed(host));
    }
    let failed = || failed(host, SocketErrorCode::HostNotFound);
    if Uri::check_host_name(host) != UriHostNameType::Dns {
        return Err(failed());
    }
    let uri = Uri::parse(&format!("http://{host}/")).map_err(|_| failed())?;
    match uri.idn_host() {
        Ok(name) if name.is_ascii() => Ok(Cow::Owned(name.to_owned())),
        _ => Err(failed()),
    }
}

/// The error of the look-up of a name.
pub(super) fn failed(host: &str, code: SocketErrorCode) -> SocketError {
    SocketError::new(code).with_context(context(host))
}

pub(super) fn context(host: &str) -> String {
    // A name may come from anywhere; what is shown of it fits a line.
    let shown: String = host.chars().take(LONGEST_NAME).collect();
    format!("look-up of {shown:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, expected: Option<&str>) {
        assert_eq!(ascii_name(host).ok().as_deref(), expected, "{host:?}");
    }

    #[test]
    fn names_in_the_letters_of_dns() {
        check("Server_1.test.", Some("Server_1.test."));
        check("bücher.example", Some("xn--bcher-kva.example"));
        check("BÜCHER.example", Some("xn--bcher-kva.example"));
        check("例え.テスト", Some("xn--r8jz45g.xn--zckzah"));
        check("straße.example", Some("xn--strae-oqa.example"));
        // What would lead elsewhere in an address.
        for host in [
            "bü/x", "bü:80", "ü@a", "bü#", "bü?", "bü\\x", "bü x", "[ü]", "bü%41",
        ] {
            check(host, None);
        }
    }
}
