//! Fuzz body: any text as a URI, and as a reference on another one; and the questions that the
//! property tests ask as well.
//!
//! The file stands alone, so that a fuzz binary can take it in with `#[path]`.

use system_net_uri::{
    HostAddress, PathRules, StringComparison, Uri, UriBuilder, UriComponents, UriFormat,
    UriHostNameType, UriIdnScope, UriKind, UriPartial, UriSettings, address,
};

/// Reads `data` as two lines, a base and a reference, in every mode.
///
/// # Panics
/// If one of the promises of [`Uri`] is broken.
pub(crate) fn fuzz_uri(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (base, reference) = text.split_once('\n').unwrap_or((&text, ""));
    for settings in modes() {
        for kind in [
            UriKind::Absolute,
            UriKind::Relative,
            UriKind::RelativeOrAbsolute,
        ] {
            let Ok(uri) = Uri::parse_in(base, kind, &settings) else {
                continue;
            };
            ask_everything(&uri);
            if let Ok(combined) = uri.combine(reference) {
                ask_everything(&combined);
                ask_both(&uri, &combined);
            }
        }
    }
    if let Ok(uri) = Uri::parse(base) {
        check_read_again(&uri);
        if let Ok(combined) = uri.combine(reference) {
            check_read_again(&combined);
        }
    }
    ask_texts(base);
}

/// Every mode once.
fn modes() -> [UriSettings; 4] {
    let mut off = UriSettings::new();
    off.set_iri_parsing(false);
    let mut idn = UriSettings::new();
    idn.set_idn(UriIdnScope::All);
    let mut unix = UriSettings::new();
    unix.set_paths(PathRules::Unix);
    let mut windows = UriSettings::new();
    windows.set_paths(PathRules::Windows);
    [windows, off, idn, unix]
}

/// Calls everything there is on a URI.
pub(crate) fn ask_everything(uri: &Uri) {
    let _ = (
        uri.to_string(),
        format!("{uri:?}"),
        uri.local_path(),
        uri.segments(),
        uri.idn_host(),
        uri.dns_safe_host(),
    );
    let _ = (
        uri.host_address(),
        uri.user_info(),
        uri.authority(),
        uri.port(),
        uri.is_well_formed_original_string(),
    );
    for part in [
        UriPartial::Scheme,
        UriPartial::Authority,
        UriPartial::Path,
        UriPartial::Query,
    ] {
        assert!(uri.absolute_uri().starts_with(uri.left_part(part)));
    }
    assert_eq!(
        uri.path_and_query(),
        format!("{}{}", uri.absolute_path(), uri.query())
    );
    assert_eq!(
        uri.segments().concat().trim_start_matches('/'),
        uri.absolute_path().trim_start_matches('/')
    );
    let all = UriComponents::SERIALIZATION_INFO_STRING;
    for format in [
        UriFormat::UriEscaped,
        UriFormat::Unescaped,
        UriFormat::SafeUnescaped,
    ] {
        for bits in [1, 2, 4, 8, 13, 16, 32, 48, 61, 64, 127, 128, 132, 134, 256] {
            for keep in [0, UriComponents::KEEP_DELIMITER.bits()] {
                let _ = uri.components(UriComponents::from_bits(bits | keep), format);
            }
        }
        let _ = uri.components(all, format);
    }
    if let Ok(mut builder) = UriBuilder::from_uri(uri) {
        let _ = (builder.to_string(), builder.uri());
    }
    assert_eq!(uri, &uri.clone());
}

/// Calls everything that takes two URIs.
pub(crate) fn ask_both(uri: &Uri, other: &Uri) {
    let _ = (uri.is_base_of(other), uri == other);
    if let Ok(way) = uri.make_relative_uri(other) {
        ask_everything(&way);
    }
    let _ = Uri::compare(
        uri,
        other,
        UriComponents::PATH_AND_QUERY,
        UriFormat::Unescaped,
        StringComparison::OrdinalIgnoreCase,
    );
}

/// Calls everything that takes a text.
pub(crate) fn ask_texts(text: &str) {
    let _ = (
        Uri::check_host_name(text),
        Uri::check_scheme_name(text),
        UriBuilder::parse(text),
        Uri::escape_uri_string(text),
    );
    assert_eq!(
        Uri::unescape_data_string(&Uri::escape_data_string(text)),
        text
    );
    let _ = Uri::unescape_data_string(text);
    let _ = (
        address::parse_ipv6(text),
        address::parse_ipv4_loose(text),
        address::parse_prefix(text),
    );
}

/// The form for the wire is the same when it is read again, and leads to the same host.
pub(crate) fn check_read_again(uri: &Uri) {
    if changes_when_read_again(uri) {
        return;
    }
    let (text, once) = (uri.original_string(), uri.absolute_uri());
    let again = Uri::parse(once)
        .unwrap_or_else(|error| panic!("{text:?} gives {once:?}, which does not parse: {error}"));
    assert_eq!(again.absolute_uri(), once, "from {text:?}");
    match (uri.host_address(), again.host_address()) {
        // The wire form of an IPv6 address has no zone.
        (HostAddress::V6(before, _), HostAddress::V6(after, _)) => assert_eq!(before, after),
        (before, after) => assert_eq!(before, after, "host of {text:?}"),
    }
    assert_eq!(again.scheme(), uri.scheme(), "scheme of {text:?}");
    assert_eq!(again.port(), uri.port(), "port of {text:?}");
}

/// The forms for the wire that .NET itself reads as something else; kept, because ported code
/// compares them. What opens files or connections asks the URI, never its text again.
fn changes_when_read_again(uri: &Uri) -> bool {
    let path = uri.absolute_path();
    // `vsmacros:` of Visual Studio prints paths that it cannot read.
    uri.scheme() == "vsmacros"
        // Escaped slashes at the root of a local file become those that name a server, and a name
        // that dots stood before (`file:///./Y:`) becomes a drive.
        || (uri.is_file()
            && uri.host().is_empty()
            && (path.starts_with("//") || matches!(path.as_bytes(), [b'/', _, b':' | b'|', ..])))
        // A host from which bidirectional controls were taken may be none any more, or an
        // address; `host_address` knows.
        || (uri.host_name_type() == UriHostNameType::Dns
            && Uri::check_host_name(uri.host()) != UriHostNameType::Dns)
}
