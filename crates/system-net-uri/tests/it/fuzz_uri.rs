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
            check_read_again(&uri);
            if let Ok(combined) = uri.combine(reference) {
                check_read_again(&combined);
                ask_everything(&combined);
                ask_both(&uri, &combined);
            }
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

/// The form for the wire is the same when it is read again in the same mode, and leads to the same
/// host; but for the three kinds that .NET reads as something else as well. Those are checked to be
/// read as nothing but that.
pub(crate) fn check_read_again(uri: &Uri) {
    if !uri.is_absolute_uri() {
        return;
    }
    let (text, once) = (uri.original_string(), uri.absolute_uri());
    let again = Uri::parse_in(once, UriKind::Absolute, uri.settings());
    let change = known_change(uri);
    let again = match (again, change) {
        (Ok(again), None) => again,
        (Err(error), None) => {
            panic!("{text:?} gives {once:?}, which does not parse: {error}")
        }
        (again, Some(change)) => return check_change(uri, again.ok().as_ref(), change),
    };
    assert_eq!(again.absolute_uri(), once, "from {text:?}");
    match (uri.host_address(), again.host_address()) {
        // The wire form of an IPv6 address has no zone.
        (HostAddress::V6(before, _), HostAddress::V6(after, _)) => assert_eq!(before, after),
        (before, after) => assert_eq!(before, after, "host of {text:?}"),
    }
    assert_eq!(again.scheme(), uri.scheme(), "scheme of {text:?}");
    assert_eq!(again.port(), uri.port(), "port of {text:?}");
}

/// What a form for the wire is read as, if not as what it was written from; as .NET does it, whose
/// `AbsoluteUri` ported code compares. `docs/porting/uri.md` lists them. What opens files or
/// connections asks the URI, never its text again.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// Slashes that dots or escapes left at the root of a local path announce a server, or a
    /// drive; what is neither is refused. With Unix paths a backslash of `vsmacros:` is such a slash as well, and
    /// its query is lost.
    Server,
    /// What dots stood before, or a name in a Unix path, is a drive: `file:///./c:/a`. Without a
    /// slash behind it, it is refused.
    Drive,
    /// `vsmacros:` has paths without a slash between host and path (`vsmacros://h?x` gives
    /// `vsmacros://h%3Fx`).
    Unrooted,
    /// Composing, or taking bidirectional controls out, made a host that is none, or an address,
    /// of characters outside ASCII.
    Host,
}

fn known_change(uri: &Uri) -> Option<Change> {
    let path = uri.absolute_path();
    let local = matches!(uri.scheme(), "file" | "vsmacros") && uri.host().is_empty();
    let more = uri.scheme() == "vsmacros" || path.bytes().any(|b| b != b'/');
    if local && (path.starts_with("//") || path.starts_with("/\\")) && more {
        return Some(Change::Server);
    }
    if local && matches!(path.as_bytes(), [b'/', letter, b':', ..] if letter.is_ascii_alphabetic())
    {
        return Some(Change::Drive);
    }
    if uri.scheme() == "vsmacros" && !path.is_empty() && !path.starts_with('/') && !is_drive(path) {
        return Some(Change::Unrooted);
    }
    let made = uri.host_name_type() == UriHostNameType::Dns
        && Uri::check_host_name(uri.host()) != UriHostNameType::Dns
        && !uri.original_string().is_ascii();
    if made {
        return Some(Change::Host);
    }
    None
}

fn is_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// The text is read as what `change` says and as nothing else.
fn check_change(uri: &Uri, again: Option<&Uri>, change: Change) {
    let told = format!("{change:?}: {:?} gives {again:?}", uri.original_string());
    match change {
        // Nothing is connected to, and nothing may be: requests refuse servers of files.
        Change::Server => {
            assert_eq!(uri.host_address(), HostAddress::None, "{told}");
            assert!(!uri.is_unc(), "{told}");
            let server = |again: &Uri| again.is_unc() || again.host().is_empty();
            assert!(again.is_none_or(server), "{told}");
        }
        Change::Drive => {
            assert_eq!(uri.host_address(), HostAddress::None, "{told}");
            let drive = |again: &Uri| is_drive(again.absolute_path()) && !again.is_unc();
            assert!(again.is_none_or(drive), "{told}");
        }
        Change::Unrooted => assert!(uri.scheme() == "vsmacros", "{told}"),
        Change::Host => {
            let same = again.is_some_and(|again| again.host_address() == uri.host_address());
            assert!(same || uri.host_address() == HostAddress::None, "{told}");
        }
    }
}
