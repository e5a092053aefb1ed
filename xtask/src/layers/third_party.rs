//! The third-party crates that one of ours pulls when it is built without features, on this
//! machine's target: a user of one crate must not pay for the rest. Lists name every crate, not
//! only the direct ones, so that a new version that brings company is seen.

use std::collections::BTreeSet;

use super::Layer;
use crate::workspace::{Failure, Workspace, capture};

/// Unicode: normalization, UTS 46 and their tables.
pub(super) const IDNA: &[&str] = &[
    "displaydoc",
    "icu_collections",
    "icu_locale_core",
    "icu_normalizer",
    "icu_normalizer_data",
    "icu_properties",
    "icu_properties_data",
    "icu_provider",
    "idna",
    "idna_adapter",
    "litemap",
    "potential_utf",
    "proc-macro2",
    "quote",
    "smallvec",
    "stable_deref_trait",
    "syn",
    "synstructure",
    "tinystr",
    "tinyvec",
    "tinyvec_macros",
    "utf_types",
    "zerotrie",
    "unicode-ident",
    "unicode-normalization",
    "utf8_iter",
    "writeable",
    "yoke",
    "yoke-derive",
    "zerofrom",
    "zerofrom-derive",
    "zerovec",
    "zerovec-derive",
];
/// Secrets wiped on drop.
pub(super) const ZEROIZE: &[&str] = &["zeroize"];
/// The list of domains that are open to everybody, for cookies.
pub(super) const PUBLIC_SUFFIXES: &[&str] = &["psl", "psl-types"];
/// Byte search and HTTP tokens.
pub(super) const TOKENS: &[&str] = &["httparse", "memchr"];
/// System calls without unsafe code of ours.
pub(super) const SYSTEM_CALLS: &[&str] =
    &["bitflags", "libc", "linux-raw-sys", "rustix", "socket2"];
/// Blocks of bytes that are shared and cut without a copy.
pub(super) const BUFFERS: &[&str] = &["bytes"];
/// Many datagrams in one call.
pub(super) const UDP_BATCHES: &[&str] = &["quinn-udp"];
/// HTTP/2's frames, compression of heads and flow control.
pub(super) const HTTP2: &[&str] = &[
    "atomic-waker",
    "equivalent",
    "fnv",
    "futures-core",
    "futures-sink",
    "h2",
    "hashbrown",
    "http",
    "indexmap",
    "itoa",
    "slab",
    "tokio-util",
];
/// tokio's reactor and timers, and the certificate types of the transport trait.
pub(super) const REACTOR: &[&str] = &[
    "bitflags",
    "libc",
    "linux-raw-sys",
    "mio",
    "pin-project-lite",
    "rustix",
    "rustls-pki-types",
    "socket2",
    "tokio",
];
/// Emitting traces.
pub(super) const TRACING: &[&str] = &[
    "once_cell",
    "pin-project-lite",
    "tracing",
    "tracing-attributes",
    "tracing-core",
];
/// Tokens of authentication and their comparison, and the ciphers and random bytes of logins.
pub(super) const AUTHENTICATION: &[&str] = &[
    "base64",
    "cipher",
    "cmov",
    "ctutils",
    "des",
    "getrandom",
    "hmac",
    "inout",
    "libc",
    "md4",
    "rc4",
    "subtle",
];
/// A library of the system, loaded at run time.
pub(super) const LOADER: &[&str] = &["cfg-if", "libloading"];
/// Bypass lists in linear time.
pub(super) const REGEX: &[&str] = &[
    "aho-corasick",
    "memchr",
    "regex",
    "regex-automata",
    "regex-syntax",
];
/// TLS, the system's certificate store, and the hash by which certificates and OCSP name things.
pub(super) const TLS: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "log",
    "openssl-probe",
    "rustls",
    "rustls-native-certs",
    "rustls-pki-types",
    "rustls-webpki",
    "sha1",
    "tokio-rustls",
    "untrusted",
    "webpki-roots",
];
/// Text in the charset a response names; dates of HTTP; files that appear whole or not at all.
pub(super) const CONTENT: &[&str] = &[
    "cfg-if",
    "core_detect",
    "multiversion_no_op",
    "scopeguard",
    "simdutf8",
    "encoding_rs",
    "fastrand",
    "getrandom",
    "httpdate",
    "percent-encoding",
    "tempfile",
];
/// Compressed bodies: gzip and deflate.
pub(super) const DEFLATE: &[&str] = &[
    "adler2",
    "compression-codecs",
    "compression-core",
    "crc32fast",
    "flate2",
    "miniz_oxide",
    "simd-adler32",
];
/// Checksums of downloads and hashes of logins: SHA-2 and MD5.
pub(super) const CHECKSUMS: &[&str] = &[
    "block-buffer",
    "cfg-if",
    "cpufeatures",
    "crypto-common",
    "digest",
    "hybrid-array",
    "md-5",
    "sha2",
    "typenum",
];
/// What a crate that speaks over connections pulls.
pub(super) const ENGINE: &[&[&str]] = &[
    IDNA,
    ZEROIZE,
    PUBLIC_SUFFIXES,
    TOKENS,
    REACTOR,
    TRACING,
    AUTHENTICATION,
    CHECKSUMS,
    TLS,
    CONTENT,
    UDP_BATCHES,
    BUFFERS,
];
/// As the engine, and HTTP/2.
pub(super) const LISTENER: &[&[&str]] = &[
    IDNA,
    ZEROIZE,
    PUBLIC_SUFFIXES,
    TOKENS,
    REACTOR,
    TRACING,
    AUTHENTICATION,
    CHECKSUMS,
    TLS,
    CONTENT,
    UDP_BATCHES,
    BUFFERS,
    HTTP2,
];

/// What a crate that sends requests pulls.
pub(super) const CLIENT: &[&[&str]] = &[
    IDNA,
    ZEROIZE,
    PUBLIC_SUFFIXES,
    TOKENS,
    REACTOR,
    TRACING,
    AUTHENTICATION,
    TLS,
    CONTENT,
    UDP_BATCHES,
    BUFFERS,
    DEFLATE,
    REGEX,
    CHECKSUMS,
    HTTP2,
];

/// The names of the third-party crates that a package pulls without features.
pub(super) fn pulled(package: &str, workspace: &Workspace) -> Result<BTreeSet<String>, Failure> {
    let mut tree = workspace.cargo(&["tree", "--quiet", "-e", "normal", "--no-default-features"]);
    Ok(names(&capture(tree.args([
        "--prefix", "none", "--format", "{p}", "-p", package,
    ]))?))
}

/// The names in the lines of `cargo tree --prefix none --format {p}` that are not ours: ours have
/// a path behind their version.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter(|line| !line.contains("(/") && !line.trim().is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

pub(super) fn check(layer: &Layer, pulled: &BTreeSet<String>) -> Vec<String> {
    pulled
        .iter()
        .filter(|name| {
            !layer
                .third_party
                .iter()
                .any(|group| group.contains(&name.as_str()))
        })
        .map(|name| {
            format!(
                "{} pulls {name} without features, which its list does not have",
                layer.name
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::PLAIN;

    #[test]
    fn a_crate_outside_the_list_is_found() {
        let layer = Layer {
            name: "a",
            third_party: &[TOKENS, ZEROIZE],
            ..PLAIN
        };
        let tree =
            "a v0.1.0 (/x/a)\nmemchr v2.7.4\nzeroize v1.8.1 (*)\nserde v1.0.1 (proc-macro)\n";
        let pulled = names(tree);
        assert_eq!(pulled.len(), 3);
        let found = check(&layer, &pulled);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("serde"));
    }
}
