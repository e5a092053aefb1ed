//! What the sources of a layer may name, read from their code without comments, strings and test
//! modules. Each rule says where the thing belongs.

use std::sync::LazyLock;

use regex::Regex;

use crate::source::{is_test_file, library_code, line_of};

/// A thing that only some places may name.
struct Rule {
    what: &'static str,
    pattern: LazyLock<Regex>,
    /// Where the rule applies.
    within: fn(&Place<'_>) -> bool,
    /// Where in there it may be named all the same.
    allowed: fn(&Place<'_>) -> bool,
    belongs: &'static str,
}

/// A library or program source: `crates/<package>/src/<file>`.
struct Place<'a> {
    package: &'a str,
    file: &'a str,
}

impl Place<'_> {
    fn is(&self, packages: &[&str]) -> bool {
        packages
            .iter()
            .any(|package| self.package.strip_prefix("system-net-") == Some(package))
    }
}

macro_rules! pattern {
    ($text:expr) => {
        LazyLock::new(|| Regex::new($text).expect("fixed pattern"))
    };
}

static RULES: [Rule; 7] = [
    Rule {
        what: "a socket",
        pattern: pattern!(
            r"(?s)\b(?:std::net::(?:\{[^}]*?\b)?(?:TcpStream|TcpListener|UdpSocket)\b|std::os::unix::net(?:::(?:\{[^}]*?\b)?(?:Unix\w+|self|\*)|;)|tokio::net\b|socket2::|mio::|rustix::net\b|use socket2\b)"
        ),
        within: |_| true,
        allowed: |place| {
            place.is(&["sockets", "network-information", "runtime", "testkit"])
                || (place.is(&["peer-to-peer"]) && place.file.contains("driver"))
                || (place.is(&["cache"]) && place.file.contains("redis"))
        },
        belongs: "sockets, network-information, runtime and the driver of peer-to-peer open them",
    },
    Rule {
        what: "the TLS library",
        pattern: pattern!(
            r"\b(?:rustls|tokio_rustls|rustls_native_certs|webpki_roots|rcgen|aws_lc_rs|ring)::|\buse (?:rustls|tokio_rustls|rcgen|aws_lc_rs|ring)\b"
        ),
        within: |_| true,
        allowed: |place| {
            place.is(&["security", "testkit"])
                // The DNS client takes the library's own configuration, and security stands
                // beside sockets, not below.
                || (place.is(&["sockets"]) && place.file == "resolver/hickory/tls.rs")
        },
        belongs: "security wraps it",
    },
    Rule {
        what: "unsafe code",
        pattern: pattern!(r"\bunsafe\b(?:\s*\{|\s+(?:fn|impl|trait|extern)\b)"),
        within: |_| true,
        allowed: |place| {
            place.is(&["gssapi"])
                || (place.is(&["sockets", "network-information"]) && place.file.starts_with("sys/"))
        },
        belongs: "the sys folders of sockets and network-information and gssapi hold it",
    },
    Rule {
        what: "input and output in a protocol core",
        pattern: pattern!(
            r"(?s)\btokio(?:_rustls)?::|\bstd::net::(?:\{[^}]*?\b)?(?:TcpStream|TcpListener|UdpSocket)\b|\bstd::fs\b|\bstd::thread\b|\bstd::env\b|\b(?:Instant|SystemTime)::now\b"
        ),
        within: |place| {
            place.is(&["http-proto"])
                || (place.is(&["peer-to-peer"])
                    && (place.file.starts_with("wire") || place.file.starts_with("node")))
                || (place.is(&["security"]) && place.file.starts_with("authentication"))
                || (place.is(&["cache"]) && place.file.starts_with("decision"))
                || (place.is(&["requests"]) && place.file.starts_with("ftp/dialogue"))
        },
        allowed: |_| false,
        belongs: "a core is fed bytes and time; drivers own sockets, clocks and threads",
    },
    Rule {
        what: "tokio",
        pattern: pattern!(r"\btokio::|\buse tokio\b"),
        within: |place| {
            place.is(&[
                "uri",
                "primitives",
                "config",
                "http-proto",
                "gssapi",
                "diagnostics",
                "cache",
            ])
        },
        allowed: |_| false,
        belongs: "floors below the drivers know no runtime",
    },
    Rule {
        what: "the global context",
        pattern: pattern!(r"\bNetContext\s*::\s*global\b"),
        within: |place| place.package != "system-net" && !place.is(&["cli", "testkit"]),
        allowed: |place| {
            place.is(&["config"]) || place.file.rsplit('/').next() == Some("global.rs")
        },
        belongs: "only a forwarding module, a file named global.rs, calls it",
    },
    Rule {
        what: "the process's subscriber",
        pattern: pattern!(
            r"\bset_global_default\b|\btracing_subscriber::[\w:]+\([^;]*?\.(?:try_)?init\(\)"
        ),
        within: |place| !place.is(&["cli"]),
        allowed: |_| false,
        belongs: "the program chooses its subscriber, a library never does",
    },
];

/// The violations of one source file.
pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    let Some((package, file)) = path
        .strip_prefix("crates/")
        .and_then(|path| path.split_once('/'))
        .and_then(|(package, file)| Some((package, file.strip_prefix("src/")?)))
    else {
        return Vec::new();
    };
    if is_test_file(path) {
        return Vec::new();
    }
    let place = Place { package, file };
    let code = library_code(text);
    let mut violations = Vec::new();
    for rule in RULES
        .iter()
        .filter(|rule| (rule.within)(&place) && !(rule.allowed)(&place))
    {
        for found in rule.pattern.find_iter(&code) {
            let (line, what, belongs) = (line_of(&code, found.start()), rule.what, rule.belongs);
            violations.push(format!("{path}:{line}: names {what}: {belongs}"));
        }
    }
    let root = file == "lib.rs" || file == "main.rs";
    let sys = place.is(&["gssapi", "sockets", "network-information"]);
    if root && !sys && !code.contains("#![forbid(unsafe_code)]") {
        violations.push(format!("{path}: has no #![forbid(unsafe_code)]"));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_rule(path: &str, code: &str, expected: &[&str]) {
        let found = check(path, code);
        assert_eq!(found.len(), expected.len(), "{path}: {found:?}");
        for (violation, part) in found.iter().zip(expected) {
            assert!(violation.contains(part), "{violation:?} has no {part:?}");
        }
    }

    #[test]
    fn only_the_socket_layers_open_sockets() {
        let code = "fn f() { std::net::TcpStream::connect(a) }";
        check_rule("crates/system-net-requests/src/a.rs", code, &["a socket"]);
        check_rule("crates/system-net-sockets/src/a.rs", code, &[]);
        check_rule("crates/system-net-requests/src/a/tests.rs", code, &[]);
        check_rule("crates/system-net-requests/tests/it/a.rs", code, &[]);
        let list = "use std::net::{\n    IpAddr,\n    UdpSocket,\n};";
        check_rule(
            "crates/system-net-peer-to-peer/src/a.rs",
            list,
            &["a socket"],
        );
        check_rule("crates/system-net-peer-to-peer/src/driver/a.rs", list, &[]);
        check_rule(
            "crates/system-net-mail/src/a.rs",
            "use tokio::net::TcpStream;",
            &["a socket"],
        );
        check_rule(
            "crates/system-net-mail/src/a.rs",
            "use socket2::Socket;",
            &["a socket"],
        );
        let addresses = "use std::net::{IpAddr, SocketAddr}; struct TcpListener;";
        check_rule("crates/system-net-requests/src/a.rs", addresses, &[]);
        let local = "fn f(a: &std::os::unix::net::SocketAddr) {}";
        check_rule("crates/system-net-requests/src/a.rs", local, &[]);
        for local in [
            "use std::os::unix::net::UnixStream;",
            "use std::os::unix::net::{SocketAddr, UnixDatagram};",
            "use std::os::unix::net;",
        ] {
            check_rule("crates/system-net-requests/src/a.rs", local, &["a socket"]);
        }
        check_rule("crates/system-net-cache/src/redis.rs", code, &[]);
        check_rule("crates/system-net-cache/src/disk.rs", code, &["a socket"]);
    }

    #[test]
    fn only_security_names_the_tls_library() {
        let code = "use rustls::ClientConfig;";
        check_rule("crates/system-net-requests/src/a.rs", code, &["TLS"]);
        check_rule("crates/system-net-security/src/tls/a.rs", code, &[]);
        check_rule("crates/system-net-testkit/src/a.rs", code, &[]);
        check_rule("crates/system-net-sockets/src/a.rs", code, &["TLS"]);
        let dns = "crates/system-net-sockets/src/resolver/hickory/tls.rs";
        check_rule(dns, code, &[]);
        let types = "use rustls_pki_types::CertificateDer;";
        check_rule("crates/system-net-runtime/src/a.rs", types, &[]);
    }

    #[test]
    fn unsafe_code_stays_in_its_folders() {
        let code = "fn f() { unsafe { g() } }";
        check_rule("crates/system-net-uri/src/a.rs", code, &["unsafe"]);
        check_rule("crates/system-net-sockets/src/a.rs", code, &["unsafe"]);
        check_rule("crates/system-net-sockets/src/sys/linux.rs", code, &[]);
        check_rule("crates/system-net-gssapi/src/load.rs", code, &[]);
        let names = "// unsafe { }\nfn unsafe_header_parsing() { \"unsafe { }\"; }";
        check_rule("crates/system-net-uri/src/a.rs", names, &[]);
        check_rule("crates/system-net-uri/src/lib.rs", "fn f() {}", &["forbid"]);
        check_rule(
            "crates/system-net-uri/src/lib.rs",
            "#![forbid(unsafe_code)]",
            &[],
        );
    }

    /// The project itself: what reads bytes from outside is in crates that forbid unsafe code as a
    /// whole, or, beside system calls, outside of their folder.
    #[test]
    fn no_unsafe_in_parsers() {
        let sources = crate::workspace::Workspace::locate()
            .sources()
            .expect("the project can be read");
        let mut forbid = Vec::new();
        let mut parsers = 0;
        for (path, text) in &sources {
            let Some((package, file)) = path
                .strip_prefix("crates/")
                .and_then(|path| path.split_once("/src/"))
            else {
                continue;
            };
            if text.contains("#![forbid(unsafe_code)]") {
                forbid.push(package);
            }
            parsers += usize::from(file.contains("pars") || file.contains("decod"));
            let found = check(path, text);
            let about_unsafe = found.iter().find(|what| what.contains("unsafe"));
            assert_eq!(about_unsafe, None, "{path}");
        }
        for package in [
            "uri",
            "primitives",
            "config",
            "diagnostics",
            "http-proto",
            "security",
            "web-proxy",
            "requests",
            "http-listener",
            "runtime",
            "cli",
        ] {
            let name = format!("system-net-{package}");
            assert!(
                forbid.contains(&name.as_str()),
                "{name} does not forbid unsafe code"
            );
        }
        assert!(parsers > 5, "{parsers}");
    }

    #[test]
    fn cores_do_no_input_or_output() {
        let code = "fn f() { std::thread::spawn(g) }";
        check_rule("crates/system-net-http-proto/src/a.rs", code, &["core"]);
        check_rule(
            "crates/system-net-security/src/authentication/a.rs",
            code,
            &["core"],
        );
        check_rule("crates/system-net-security/src/tls/a.rs", code, &[]);
        let time = "fn f() { Instant::now() }";
        check_rule(
            "crates/system-net-peer-to-peer/src/wire/a.rs",
            time,
            &["core"],
        );
        check_rule(
            "crates/system-net-requests/src/ftp/dialogue/a.rs",
            time,
            &["core"],
        );
        let tokio = "use tokio::io::AsyncRead;";
        check_rule(
            "crates/system-net-http-proto/src/a.rs",
            tokio,
            &["core", "tokio"],
        );
        check_rule("crates/system-net-config/src/a.rs", tokio, &["tokio"]);
        check_rule("crates/system-net-requests/src/a.rs", tokio, &[]);
    }

    #[test]
    fn only_forwarding_modules_call_the_global_context() {
        let code = "fn f() { NetContext::global().slot(g) }";
        check_rule("crates/system-net-requests/src/a.rs", code, &["global"]);
        check_rule("crates/system-net-requests/src/global.rs", code, &[]);
        check_rule("crates/system-net-requests/src/http/global.rs", code, &[]);
        check_rule("crates/system-net-config/src/context.rs", code, &[]);
        let documented = "/// `NetContext::global()`\nfn f() {}\n#[cfg(test)]\nmod tests { fn g() { NetContext::global(); } }";
        check_rule("crates/system-net-requests/src/a.rs", documented, &[]);
    }

    #[test]
    fn no_library_becomes_the_subscriber() {
        let code = "fn f() { tracing::subscriber::set_global_default(s) }";
        check_rule(
            "crates/system-net-diagnostics/src/a.rs",
            code,
            &["subscriber"],
        );
        let init = "fn f() { tracing_subscriber::fmt().with_target(true).init(); }";
        check_rule(
            "crates/system-net-diagnostics/src/a.rs",
            init,
            &["subscriber"],
        );
        check_rule("crates/system-net-cli/src/a.rs", init, &[]);
    }
}
