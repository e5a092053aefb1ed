//! Addresses as they are typed: without a scheme, without a host, and with more for their query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use system_net::{Uri, UriKind, UriSettings};

use crate::failure::{self, BAD_URL, Failure};
use crate::password;

/// What stays as it is in a form, beside letters and digits; a blank becomes a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b' ');

/// The address; like curl, `http:` is meant where no scheme is given, and like xh, this machine
/// where there is no host.
pub(crate) fn parse(text: &str, settings: &UriSettings) -> Result<Uri, Failure> {
    let full = match text.strip_prefix(':') {
        _ if text.contains("://") || text.starts_with("file:") => text.to_owned(),
        None => format!("http://{text}"),
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("http://localhost:{rest}")
        }
        Some(rest) => format!("http://localhost{rest}"),
    };
    Uri::parse_in(&full, UriKind::Absolute, settings).map_err(|error| {
        let shown = failure::shorten(&format!("{:?}", password::hidden(text)));
        Failure::new(BAD_URL, format_args!("{shown}: {error}"))
    })
}

/// The address with this at the end of its query.
pub(crate) fn with_query(address: &str, query: &str) -> String {
    if query.is_empty() {
        return address.to_owned();
    }
    let (address, fragment) = match address.find('#') {
        Some(at) => address.split_at(at),
        None => (address, ""),
    };
    let joint = match address.contains('?') {
        true if address.ends_with(['?', '&']) => "",
        true => "&",
        false => "?",
    };
    format!("{address}{joint}{query}{fragment}")
}

/// The address of a file in the folder that an address names, which ends in `/`.
pub(crate) fn with_name(address: &str, name: &str) -> String {
    let at = address.find(['?', '#']).unwrap_or(address.len());
    let (path, rest) = address.split_at(at);
    match path.ends_with('/') {
        true => {
            let name = utf8_percent_encode(name, FORM).to_string();
            format!("{path}{}{rest}", name.replace(' ', "%20"))
        }
        false => address.to_owned(),
    }
}

/// A text as a name or a value of a form.
pub(crate) fn form_escaped(text: &str) -> String {
    utf8_percent_encode(text, FORM)
        .to_string()
        .replace(' ', "+")
}

/// The same of bytes that need not be text.
pub(crate) fn form_escaped_bytes(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, FORM)
        .to_string()
        .replace(' ', "+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_they_are_typed() {
        for (text, address) in [
            ("h/a", "http://h/a"),
            (":8000/a?b", "http://localhost:8000/a?b"),
            (":/a", "http://localhost/a"),
            (":", "http://localhost/"),
            ("https://h", "https://h/"),
            ("file:///a", "file:///a"),
        ] {
            let uri = parse(text, &UriSettings::default()).unwrap();
            assert_eq!(uri.absolute_uri(), address, "{text}");
        }
    }

    #[test]
    fn queries_and_names_are_added() {
        for (address, query, whole) in [
            ("h", "a=1", "h?a=1"),
            ("h/?", "a=1", "h/?a=1"),
            ("h/?b", "a=1", "h/?b&a=1"),
            ("h/?b&", "a=1", "h/?b&a=1"),
            ("h/#f?", "a=1", "h/?a=1#f?"),
            ("h/#f", "", "h/#f"),
        ] {
            assert_eq!(with_query(address, query), whole);
        }
        for (address, name, whole) in [
            ("http://h/a/", "b c", "http://h/a/b%20c"),
            ("http://h/a/?q#f", "ü", "http://h/a/%C3%BC?q#f"),
            ("http://h/a", "b", "http://h/a"),
            ("http://h/?/", "a/b", "http://h/a%2Fb?/"),
        ] {
            assert_eq!(with_name(address, name), whole);
        }
        assert_eq!(form_escaped("a b&c=ü~-._*"), "a+b%26c%3D%C3%BC~-._%2A");
    }
}
