//! The advice of each status, compared with the guide's table as a person wrote it out.

use std::collections::BTreeMap;

use system_net_config::{HttpWebRequestSettings, TlsSettings};
use system_net_requests::{
    AbortHandle, HttpWebRequest, Phase, ServicePointManager, WebError,
    WebExceptionStatus as Status, WebRequest,
};
use system_net_security::TlsError;
use system_net_web_proxy::WebProxy;

use crate::advice_provoked::provoke;

const GUIDE: &str = include_str!("../../../../tests/conformance/advice/guide.tsv");
const LINES: &str = include_str!("../../../../tests/conformance/advice/lines.tsv");

/// The rows of a table, each with its columns.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// The lines of each status, by its name, in their order.
fn lines() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows(LINES) {
        let [status, place, text] = row[..] else {
            panic!("{row:?}")
        };
        let of_status = lines.entry(status).or_default();
        of_status.push(text);
        assert_eq!(of_status.len().to_string(), place, "{row:?}");
    }
    lines
}

fn advice(status: Status) -> &'static [&'static str] {
    WebError::new(status, Phase::Sending, "x").advice()
}

fn status(name: &str) -> Status {
    let found = Status::ALL.into_iter().find(|status| status.name() == name);
    found.unwrap_or_else(|| panic!("{name} is no status"))
}

/// The lines of each status are those of the table; a provoked failure shows them, or fewer where
/// it knows more. Each member they name is one of the public API.
#[test]
fn advice_for_each_status() {
    let written = lines();
    for name in written.keys() {
        status(name);
    }
    let mut named = Vec::new();
    for status in Status::ALL {
        let expected = written.get(status.name()).map_or(&[][..], Vec::as_slice);
        assert_eq!(advice(status), expected, "{status}");
        named.extend(expected.iter().flat_map(|line| members_in(line)));
        let Some(provoked) = provoke(status) else {
            assert_eq!(expected, [""; 0], "{status} never happens");
            continue;
        };
        let shown = provoked.error.advice();
        let known: Vec<_> = shown
            .iter()
            .filter(|line| expected.contains(line))
            .collect();
        assert_eq!(known.len(), shown.len(), "{status}: {shown:?}");
        assert_eq!(shown.is_empty(), status == Status::UnknownError, "{status}");
    }
    named.sort_unstable();
    named.dedup();
    assert_eq!(named, members());
}

/// The members that a line names: type and member, written as in code.
fn members_in(line: &'static str) -> impl Iterator<Item = &'static str> {
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    let words = words.map(|word| word.trim_end_matches(':'));
    words.filter(|word| word.contains("::"))
}

/// Each member by its name, which the compiler knows.
fn members() -> Vec<&'static str> {
    macro_rules! names {
        ($($(#[$how:ident])? $type:ident::$member:ident),* $(,)?) => {
            vec![$({
                names!(@use $(#[$how])? $type $member);
                concat!(stringify!($type), "::", stringify!($member))
            }),*]
        };
        (@use #[field] $type:ident $member:ident) => {
            let _ = |value: $type| value.$member;
        };
        (@use #[generic] $type:ident $member:ident) => {
            let _ = |argument: &str| $type::$member(argument).is_ok();
        };
        (@use $type:ident $member:ident) => {
            let _ = $type::$member;
        };
    }
    names![
        AbortHandle::abort,
        HttpWebRequest::client_certificates_mut,
        HttpWebRequest::get_response_async,
        HttpWebRequest::set_allow_write_stream_buffering,
        HttpWebRequest::set_decompression_limits,
        HttpWebRequest::set_keep_alive,
        HttpWebRequest::set_maximum_response_headers_length,
        HttpWebRequest::set_proxy,
        HttpWebRequest::set_server_certificate_validation_callback,
        HttpWebRequest::set_timeout,
        #[field]
        HttpWebRequestSettings::use_unsafe_header_parsing,
        ServicePointManager::set_default_connection_limit,
        ServicePointManager::set_max_service_point_idle_time,
        TlsError::certificate,
        #[field]
        TlsSettings::extra_roots,
        WebError::response,
        #[generic]
        WebProxy::new,
        WebRequest::default_web_proxy,
    ]
}

/// Every cell of the guide is in the advice of its status, or in what replaces it by name; what is
/// dangerous never stands first.
#[test]
fn advice_covers_guide_table() {
    let cells: [(&str, usize); 10] = [
        ("SendFailure,ReceiveFailure", 8),
        ("TrustFailure", 4),
        ("SecureChannelFailure", 3),
        ("ConnectFailure", 3),
        ("NameResolutionFailure", 2),
        ("RequestCanceled", 3),
        ("ConnectionClosed", 3),
        ("MessageLengthLimitExceeded", 1),
        ("ProxyNameResolutionFailure", 2),
        ("ServerProtocolViolation", 2),
    ];
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut number = 0;
    for row in rows(GUIDE) {
        let [place, statuses, cell, fate, at, reason] = row[..] else {
            panic!("{row:?}")
        };
        number += 1;
        assert_eq!(place, number.to_string(), "{row:?}");
        *counted.entry(statuses).or_default() += 1;
        assert!(!cell.is_empty(), "{row:?}");
        match fate {
            "kept" => {}
            "replaced" | "last" => assert!(reason.len() > 10, "{row:?}"),
            other => panic!("{other}: {row:?}"),
        }
        for name in statuses.split(',') {
            let advice = advice(status(name));
            for line in at.split(',') {
                let line: usize = line.parse().unwrap();
                assert!(line >= 1 && advice.len() >= line, "{row:?}");
                assert!(
                    fate != "last" || line > 1,
                    "never the first thing to try: {row:?}"
                );
            }
        }
    }
    assert_eq!(number, 31);
    assert_eq!(counted, BTreeMap::from(cells));
    // What the rows about members say is in the lines they point to.
    for (name, line, words) in [
        ("SendFailure", 1, "again"),
        ("SendFailure", 2, "set_keep_alive(false)"),
        ("SendFailure", 3, "set_max_service_point_idle_time"),
        ("SendFailure", 4, "set_default_connection_limit"),
        ("SendFailure", 5, "proxy"),
        ("SendFailure", 6, "certificate"),
        ("SendFailure", 7, "set_allow_write_stream_buffering(false)"),
        ("SendFailure", 8, "up to date"),
        ("TrustFailure", 1, "SSL_CERT_FILE"),
        ("TrustFailure", 2, "subject alternative names"),
        ("TrustFailure", 4, "openssl s_client"),
        ("TrustFailure", 5, "accepts everything protects nothing"),
        ("SecureChannelFailure", 2, "TLS 1.2 or 1.3"),
        ("SecureChannelFailure", 3, "authority"),
        ("ConnectFailure", 2, "firewall"),
        ("ConnectFailure", 3, "WebProxy::new"),
        ("ConnectFailure", 4, "strace"),
        ("NameResolutionFailure", 2, "proxy"),
        ("NameResolutionFailure", 3, "firewall"),
        ("RequestCanceled", 2, "reduce the load"),
        ("RequestCanceled", 3, "set_default_connection_limit"),
        ("RequestCanceled", 4, "get_response_async"),
        ("ConnectionClosed", 1, "reduce the load"),
        ("ConnectionClosed", 2, "set_default_connection_limit"),
        ("ConnectionClosed", 3, "get_response_async"),
        (
            "MessageLengthLimitExceeded",
            1,
            "set_maximum_response_headers_length",
        ),
        ("ProxyNameResolutionFailure", 1, "configure the proxy"),
        ("ProxyNameResolutionFailure", 2, "set_proxy(None)"),
        ("ServerProtocolViolation", 1, "trace"),
        ("ServerProtocolViolation", 2, "use_unsafe_header_parsing"),
    ] {
        let text = advice(status(name))[line - 1];
        assert!(text.contains(words), "{name} {line}: {text}");
    }
    // Gone with the programs they were for.
    for status in Status::ALL {
        for line in advice(status) {
            for old in [
                "service pack",
                "Internet Explorer",
                "Filemon",
                "ICertificatePolicy",
            ] {
                assert!(!line.contains(old), "{line}");
            }
            assert!(!line.contains("  ") && !line.ends_with('.'), "{line}");
        }
    }
}

/// The first lines that a provoked failure advises have these words.
#[track_caller]
fn check(status: Status, words: &[&str]) {
    let provoked = provoke(status).expect("it can be provoked");
    let advice = provoked.error.advice();
    let text = format!("{:#}", provoked.error);
    for (word, line) in words.iter().zip(advice) {
        assert!(line.contains(word), "{status}: {word:?} in {line:?}");
        assert!(text.contains(&format!("\n  - {line}")), "{text}");
    }
    assert!(advice.len() >= words.len(), "{advice:?}");
}

#[test]
fn advice_connect_failure() {
    check(
        Status::ConnectFailure,
        &["listens", "firewall", "set_proxy", "seccomp"],
    );
}

#[test]
fn advice_names() {
    check(
        Status::NameResolutionFailure,
        &["spelling", "proxy", "port 53"],
    );
    check(
        Status::ProxyNameResolutionFailure,
        &["configure the proxy", "set_proxy(None)"],
    );
}

#[test]
fn advice_limits() {
    let limit = "set_default_connection_limit";
    check(Status::RequestCanceled, &["abort", "load", limit]);
    check(Status::ConnectionClosed, &["load", limit]);
}

#[test]
fn advice_limits_parser() {
    check(
        Status::MessageLengthLimitExceeded,
        &["set_maximum_response_headers_length"],
    );
    check(
        Status::ServerProtocolViolation,
        &["trace", "use_unsafe_header_parsing"],
    );
}
