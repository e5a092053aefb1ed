//! What a URI begins with behind its scheme stays what it is when its text is read again: no path
//! becomes a host or a drive because characters are taken out of it, in no mode.

use std::net::Ipv4Addr;

use proptest::prelude::*;
use system_net_uri::{
    HostAddress, PathRules, Uri, UriBuilder, UriComponents, UriFormat, UriFormatError,
    UriFormatErrorKind, UriIdnScope, UriKind, UriSettings,
};

use crate::fuzz_uri::check_read_again;

fn mode(idn: UriIdnScope, paths: PathRules) -> UriSettings {
    let mut settings = UriSettings::new();
    settings.set_idn(idn);
    settings.set_paths(paths);
    settings
}

fn modes() -> Vec<UriSettings> {
    let mut off = UriSettings::new();
    off.set_iri_parsing(false);
    let mut all = vec![off];
    for idn in [
        UriIdnScope::None,
        UriIdnScope::AllExceptIntranet,
        UriIdnScope::All,
    ] {
        all.push(mode(idn, PathRules::Windows));
        all.push(mode(idn, PathRules::Unix));
    }
    all
}

/// `L` is U+200E, `R` U+202E, `F` U+200F escaped.
fn with_controls(text: &str) -> String {
    text.replace('L', "\u{200e}")
        .replace('R', "\u{202e}")
        .replace('F', "%e2%80%8f")
}

/// The same on the wire.
fn on_the_wire(text: &str) -> String {
    let text = text.replace('L', "%E2%80%8E").replace('R', "%E2%80%AE");
    text.replace('M', "%E2%80%8F")
}

/// In a mode of the Framework.
fn parse(text: &str, paths: PathRules) -> Result<Uri, UriFormatError> {
    let settings = mode(UriIdnScope::All, paths);
    Uri::parse_in(&with_controls(text), UriKind::Absolute, &settings)
}

/// What `text` goes out as; it leads nowhere, nor does what it goes out as.
#[track_caller]
fn leads_nowhere(text: &str, uri: &Uri, absolute: &str) {
    assert_eq!(uri.absolute_uri(), on_the_wire(absolute), "{text}");
    let again = Uri::parse_in(uri.absolute_uri(), UriKind::Absolute, uri.settings()).unwrap();
    assert_eq!(again.absolute_uri(), uri.absolute_uri(), "{text}");
    for uri in [uri, &again] {
        assert_eq!(uri.host_address(), HostAddress::None, "{text}");
        assert_eq!((uri.host(), uri.is_unc()), ("", false), "{text}");
    }
}

#[test]
fn controls_stay_where_a_host_would_begin() {
    #[track_caller]
    fn check(text: &str, absolute: &str) {
        leads_nowhere(text, &parse(text, PathRules::Windows).unwrap(), absolute);
    }
    // Between slashes, before them; several in a row, escaped ones.
    check("x-c:/L/3", "x-c:/L/3");
    check("x-c:/LR/h", "x-c:/LR/h");
    check("x-c:/L/R/h", "x-c:/L/R/h");
    check("x-c:L//h", "x-c:L//h");
    check("x-c:LR//h", "x-c:LR//h");
    check("x-c:L/R/h", "x-c:L/R/h");
    check("x-c:/F/h", "x-c:/M/h");
    check("x-c:FL//h", "x-c:ML//h");
    check("x-c:/LF/hL", "x-c:/LM/h");
    // A backslash is no slash there; one slash announces nothing.
    check("x-c:/L\\h", "x-c:/%5Ch");
    check("x-c:L\\\\h", "x-c:%5C%5Ch");
    check("x-c:/Lh", "x-c:/h");
    check("x-c:L/h", "x-c:/h");
    check("x-c:hL//L/i", "x-c:h///i");
    // Dots are not resolved without a host.
    check("x-c:/.L/h", "x-c:/./h");
    check("x-c:/L./..//h", "x-c:/./..//h");
    check("x-c:/L/../h", "x-c:/L/../h");
    // No drive either.
    check("x-c:Lc:/a", "x-c:Lc:/a");
    check("x-c:cL:/a", "x-c:cL:/a");
    check("x-c:/c:L/a", "x-c:/c:L/a");
    check("x-c:///Lc:/a", "x-c:///Lc:/a");
    // Files: neither a server nor a drive.
    check("file:///L/s/h", "file:///L/s/h");
    check("file:///F\\s\\h", "file:///M/s/h");
    check("file:///Lc:/a", "file:///Lc:/a");
    check("file:///cL:/a", "file:///cL:/a");
    check("vsmacros:///L/s", "vsmacros:///L/s");
    // Schemes without hosts lose them.
    check("news:L//h", "news://h");
    check("uuid:/L/h", "uuid://h");
}

#[test]
fn controls_stay_where_a_unix_path_begins() {
    #[track_caller]
    fn check(text: &str, absolute: &str) {
        leads_nowhere(text, &parse(text, PathRules::Unix).unwrap(), absolute);
    }
    check("/L/h", "file:///L/h");
    check("/LF/h", "file:///LM/h");
    check("/L\\h", "file:///L%5Ch");
    check("file:///L\\1.2.3.4", "file:///L%5C1.2.3.4");
    check("/aL/h", "file:///a/h");
    check("/%2fL", "file:///%252f");
}

#[test]
fn controls_leave_hosts_and_escapes_as_they_were() {
    #[track_caller]
    fn check(text: &str, absolute: &str) {
        let uri = parse(text, PathRules::Windows).unwrap();
        assert_eq!(uri.absolute_uri(), on_the_wire(absolute), "{text}");
        check_read_again(&uri);
    }
    // Behind a host they go.
    check("http://h/L/h", "http://h//h");
    check("x-c://h/LR/L/i", "x-c://h///i");
    check("x-c://Lh/L", "x-c://h/");
    check("http://uL:LpF@h/", "http://u:p@h/");
    check("http://L@h/", "http://@h/");
    check("http://h/.L/L.L./a?L#L", "http://h/a?#");
    check("ldap:///L/h", "ldap:////h");
    check("\\\\sL\\L\\h", "file://s//h");
    check("c:\\L\\h", "file:///c://h");
    check("ldap://[::1]L\\", "ldap://[::1]/%5C");
    check("gopher://[::1]LR\\a", "gopher://[::1]/%5Ca");
    check("http://[::1]L\\a", "http://[::1]/a");
    check("http://[::1]L:80/", "http://[::1]/:80/");
    // What they part does not become an escape or a character.
    check("http://h/%L41", "http://h/%2541");
    check("http://h/%4R1?%L2f#%2Lf", "http://h/%2541?%252f#%252f");
    check("http://%L41@h/", "http://%2541@h/");
    check("http://h/%L%34%31", "http://h/%2541");
    check("http://h/%E2%80L%8E", "http://h/%E2%80L%8E");
    check("http://h/%C3LR%A4", "http://h/%C3LR%A4");
    check("c:\\%L41", "file:///c:/%2541");
    check("file:///%L2fs/h", "file:///%252fs/h");
}

/// A name of nothing but controls is none; .NET fails with an `IndexOutOfRangeException`.
#[test]
fn controls_alone_are_no_host() {
    for text in [
        "http://L/",
        "x-c://L/h",
        "x-c://L//h",
        "x-c://LR:80/",
        "file://L/s",
        "file://L//s/h",
        "\\\\L\\x",
        "//L//s/h",
        "mailto:L//h@x",
        "mailto:a@L",
        "ldap://LR/",
        "http://u@L/",
    ] {
        for settings in modes().iter().filter(|mode| mode.iri_parsing()) {
            let text = with_controls(text);
            let error = Uri::parse_in(&text, UriKind::Absolute, settings).unwrap_err();
            assert_eq!(error.kind(), UriFormatErrorKind::BadHostName, "{text}");
            assert!(
                text[error.offset()..].starts_with(['\u{200e}']),
                "{text} {error}"
            );
        }
    }
}

/// .NET takes a last number that is no octal one for 255.255.255.255, in a scheme it does not know;
/// a name that becomes so without its controls is refused.
#[test]
fn controls_make_no_address() {
    for settings in modes().iter().filter(|mode| mode.iri_parsing()) {
        let text = with_controls("x-c://1.2.3.08L/");
        let error = Uri::parse_in(&text, UriKind::Absolute, settings).unwrap_err();
        assert_eq!(error.kind(), UriFormatErrorKind::BadHostName);
        for text in ["http://127.L1/", "http://0x7fL.1/", "x-c://L127.0.0.1/"] {
            let uri = Uri::parse_in(&with_controls(text), UriKind::Absolute, settings).unwrap();
            assert_eq!(
                uri.host_address(),
                HostAddress::V4(Ipv4Addr::LOCALHOST),
                "{text}"
            );
            check_host(&uri);
        }
    }
}

/// A label that begins with a hyphen without its control is in no name, so nothing is asked of DNS.
#[test]
fn controls_make_no_name() {
    for settings in modes().iter().filter(|mode| mode.iri_parsing()) {
        for text in [
            "x-c://1.z2.L-xcO",
            "http://a.b.L-c/",
            "http://1.R_b/",
            "net.pipe://a.L-b/",
            "http://L.a/",
        ] {
            let text = with_controls(text);
            let Ok(uri) = Uri::parse_in(&text, UriKind::Absolute, settings) else {
                continue;
            };
            assert_eq!(uri.host_address(), HostAddress::None, "{text}");
            check_read_again(&uri);
            check_host(&uri);
        }
        // As a name of a file server it may be written so.
        for (text, name) in [("http://aL-b.c_R/", "a-b.c_"), ("x-c://a.L-b/", "a.-b")] {
            let text = with_controls(text);
            let uri = Uri::parse_in(&text, UriKind::Absolute, settings).unwrap();
            assert_eq!(uri.host_address(), HostAddress::Dns(name));
            check_read_again(&uri);
            check_host(&uri);
        }
    }
}

#[test]
fn references_with_controls_lead_to_no_host() {
    #[track_caller]
    fn check(base: &str, reference: &str, absolute: &str) {
        let base = parse(base, PathRules::Windows).unwrap();
        let uri = base.combine(&with_controls(reference)).unwrap();
        leads_nowhere(reference, &uri, absolute);
    }
    check("x-c:/a/b", "/L/h", "x-c:/L/h");
    check("x-c:/a", "L//h", "x-c:/L//h");
    check("x-c:/a/b", "../L/h", "x-c:/L/h");
    check("x-c:/L/b", "h", "x-c:/L/h");
    check("x-c:/L/b", "?q", "x-c:/L/b?q");
    check("x-c:a", "L//h", "x-c:L//h");
    check("x-c:a", "x-c:L//h", "x-c:L//h");
    check("file:///a/b", "/L/s/h", "file:///L/s/h");
    check("file:///a/b", "\\F\\s", "file:///M/s");
    check("file:///a", "L/s", "file:///L/s");
    check("file:///a", "Lc:/s", "file:///Lc:/s");
}

/// What .NET refuses stays refused: a drive whose path does not begin with a slash.
#[test]
fn controls_make_no_drive() {
    let error = parse("file:///c|L\\a", PathRules::Windows).unwrap_err();
    assert_eq!(error.kind(), UriFormatErrorKind::MustRootedPath);
}

/// A builder writes the slashes of a path behind those of a host, if there is none.
#[test]
fn parts_of_a_builder_make_no_host() {
    #[track_caller]
    fn check(scheme: &str, path: &str, absolute: &str) {
        let mut builder = UriBuilder::new();
        builder.set_scheme(scheme).unwrap();
        builder.set_host("");
        builder.set_path(&with_controls(path));
        builder.set_settings(mode(UriIdnScope::All, PathRules::Windows));
        leads_nowhere(path, &builder.uri().unwrap(), absolute);
    }
    check("x-c", "/L/h", "x-c:/L/h");
    check("x-c", "L//h", "x-c:L//h");
    check("x-c", "//h", "x-c:////h");
    check("x-c", "\\\\h", "x-c:////h");
    check("file", "/L/s", "file:///L/s");
    check("uuid", "//h", "uuid://h");
    // Taken from a URI.
    let mut builder =
        UriBuilder::from_uri(&parse("x-c:////h", PathRules::Windows).unwrap()).unwrap();
    builder.set_query("q");
    assert_eq!(builder.uri().unwrap().absolute_uri(), "x-c:////h?q");
    assert_eq!(builder.uri().unwrap().host(), "");
}

/// Pieces of which beginnings are made.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        5 => Just("/"),
        2 => Just("\\"),
        5 => prop_oneof![
            Just("\u{200e}"),
            Just("\u{202b}"),
            Just("%E2%80%8F"),
            Just("%e2%80%ae"),
        ],
        3 => prop_oneof![Just("."), Just(".."), Just("%2e"), Just("%2f"), Just("%5C")],
        2 => prop_oneof![Just("h"), Just("c:"), Just("c"), Just(":"), Just("|"), Just("a;b")],
        2 => prop_oneof![Just("1.2.3.4"), Just("127"), Just("08"), Just("0x7f"), Just("[::1]")],
        2 => prop_oneof![Just("@"), Just("?"), Just("#"), Just(":80"), Just(" ")],
        2 => prop_oneof![
            Just("%"), Just("%4"), Just("41"), Just("2f"), Just("%E2%80"), Just("%8E"), Just("%C3"),
        ],
        1 => prop_oneof![Just("\u{e4}"), Just("\u{ff11}"), Just("\u{3002}"), Just("\u{1f600}")],
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

fn schemes() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "x-c:",
        "ttp:",
        "file:",
        "file://",
        "file:///",
        "vsmacros:",
        "vsmacros://",
        "mailto:",
        "news:",
        "uuid:",
        "ldap://",
        "http://",
        "ftp://",
        "gopher://",
        "net.pipe://",
        "",
    ])
}

/// Who reads the form for the wire again in the same mode gets to the same host, or is refused;
/// a URI that leads nowhere never leads somewhere then. Local files alone are read as servers,
/// where dots or escapes leave two slashes, as .NET does it; requests refuse these.
fn check_host(uri: &Uri) {
    let once = uri.absolute_uri();
    let Ok(again) = Uri::parse_in(once, UriKind::Absolute, uri.settings()) else {
        return;
    };
    let told = format!("{:?} gives {once:?}", uri.original_string());
    let local = matches!(uri.scheme(), "file" | "vsmacros") && uri.host().is_empty();
    if local && uri.absolute_path().starts_with("//") {
        assert_eq!(uri.host_address(), HostAddress::None, "{told}");
        return;
    }
    match (uri.host_address(), again.host_address()) {
        (HostAddress::V6(a, _), HostAddress::V6(b, _)) => assert_eq!(a, b, "{told}"),
        (a, b) => assert_eq!(a, b, "{told}"),
    }
    assert_eq!(uri.host().is_empty(), again.host().is_empty(), "{told}");
    assert_eq!(uri.is_unc(), again.is_unc(), "{told}");
    assert_eq!(uri.scheme(), again.scheme(), "{told}");
}

proptest! {
    #![proptest_config(crate::properties::cases(500))]

    #[test]
    fn uri_reread_leads_to_the_same_host(
        scheme in schemes(), rest in pieces(), reference in pieces(), path in pieces()
    ) {
        for settings in modes() {
            let text = format!("{scheme}{rest}");
            let Ok(uri) = Uri::parse_in(&text, UriKind::Absolute, &settings) else { continue };
            check_host(&uri);
            check_read_again(&uri);
            if let Ok(combined) = uri.combine(&reference) {
                check_host(&combined);
                check_read_again(&combined);
            }
            // The text with the zone, and what a builder makes of other parts.
            let parts = UriComponents::SERIALIZATION_INFO_STRING;
            let kept = uri.components(parts, UriFormat::UriEscaped).unwrap();
            if let Ok(again) = Uri::parse_in(&kept, UriKind::Absolute, &settings)
                && !matches!(uri.scheme(), "file" | "vsmacros")
            {
                prop_assert_eq!(again.host_address(), uri.host_address(), "{}", kept);
            }
            let mut builder = UriBuilder::from_uri(&uri).unwrap();
            builder.set_fragment("f");
            let local = matches!(uri.scheme(), "file" | "vsmacros" | "mailto");
            if let Ok(same) = builder.uri() && !local {
                prop_assert_eq!(same.host().is_empty(), uri.host().is_empty(), "{}", &text);
            }
            builder.set_path(&path);
            if let Ok(other) = builder.uri() {
                check_host(&other);
                check_read_again(&other);
                if !local {
                    prop_assert_eq!(other.host().is_empty(), uri.host().is_empty(), "{} {}", &text, &path);
                }
            }
        }
    }
}
