//! No proof is compared by `==`: whoever measures the time of such a comparison learns how much of a
//! guess was right. The sources are read as text.

use std::fs;
use std::path::{Path, PathBuf};

/// What must not stand beside `==` or `!=`: a name that has one of these words.
const WORDS: [&str; 14] = [
    "checksum",
    "cnonce",
    "digits",
    "hash",
    "hmac",
    "key",
    "mac",
    "mic",
    "nonce",
    "password",
    "proof",
    "response",
    "secret",
    "signature",
];

/// Comparisons that are of no secret, with the reason.
const HARMLESS: &[(&str, &str)] = &[
    // Which hash function it is, not a hash.
    ("digest/server.rs", "secret.hash() == hash"),
    ("entry.rs", "secret.hash() != hash"),
    ("entry.rs", "secret.hash() == hash"),
    ("entry.rs", "*hash == secret.hash()"),
    // The client's own memory of what a server told everybody.
    ("digest/sessions.rs", "entry.nonce.value != nonce.value"),
    ("digest/client.rs", "nonce.value == offer.nonce"),
    // The client's own credentials, the one beside the other.
    (
        "digest/client.rs",
        "sent.nonce.session.credential == credential",
    ),
    // The hash of a name, to find the user by; the proof is checked after it.
    ("memory.rs", "hash.of_user(name, realm) == name_hash"),
    ("users_file.rs", "hash.of_user(name, realm) == name_hash"),
    // How many digits a hash has.
    ("digest/secret.rs", "digits.len() == hash.digits()"),
    // A public key.
    (
        "tls/verifier.rs",
        "subject_public_key_info.as_ref() == fields.public_key",
    ),
    // Names of algorithms and keys that everybody may know: certificates are public.
    ("tls/ocsp.rs", "named == key.as_deref()"),
    (
        "tls/ocsp.rs",
        "self.name_hash == hash(&name) && self.key_hash == hash(key)",
    ),
    (
        "tls/ocsp.rs",
        "it.signature_alg_id().as_ref() == algorithm && it.public_key_alg_id().as_ref() == of_key",
    ),
    ("x509/find.rs", "digits(hash) == certificate.thumbprint()"),
    // The name of a field.
    ("entry.rs", "key == \"user\""),
    ("entry.rs", "*name == key"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// The names beside a comparison: the last one before it and those of the first term behind it.
fn operands(line: &str, at: usize) -> impl Iterator<Item = &str> {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '(' | ')' | '*' | '&');
    let before = line[..at].trim_end();
    let start = before.rfind(|c| !word(c)).map_or(0, |end| end + 1);
    let after = line[at + 2..].trim_start();
    let end = after.find(|c| !word(c)).unwrap_or(after.len());
    [&before[start..], &after[..end]].into_iter()
}

/// The comparisons of a source that look as if they were of a secret, outside of its tests.
fn suspicious(text: &str) -> Vec<(usize, String)> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap();
        let lengths = |operand: &str| {
            ["len()", "is_", "has_"]
                .iter()
                .any(|word| operand.contains(word))
        };
        for at in ["==", "!="]
            .iter()
            .flat_map(|sign| code.match_indices(sign))
        {
            let of_secret = operands(code, at.0).any(|operand| {
                let mut names = operand.split(|c: char| !c.is_alphanumeric());
                !lengths(operand) && names.any(|name| WORDS.contains(&name))
            });
            if of_secret {
                found.push((number + 1, line.trim().to_owned()));
            }
        }
    }
    found
}

#[test]
fn lint_no_plain_eq_on_mac() {
    // The lint itself sees what it is for.
    for seen in [
        "if mac == presented {",
        "own_hash != theirs",
        "a && self.proof == b",
        "x == response.as_bytes()",
        "a.secret() == b",
    ] {
        assert_eq!(suspicious(seen).len(), 1, "{seen}");
    }
    for harmless in [
        "mac.ct_eq(presented)",
        "hash.len() == 32",
        "// mac == presented",
        "a == b",
    ] {
        assert_eq!(suspicious(harmless), [], "{harmless}");
    }

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(
        files.len() > 40,
        "the sources were not found: {}",
        files.len()
    );
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let shown = file.strip_prefix(&root).unwrap().display().to_string();
        for (line, code) in suspicious(&text) {
            let known = |(at, what): &(&str, &str)| shown.ends_with(at) && code.contains(what);
            if !HARMLESS.iter().any(known) {
                found.push(format!("{shown}:{line}: {code}"));
            }
        }
    }
    assert!(
        found.is_empty(),
        "compare these with subtle's ct_eq, or name them as harmless with the reason:\n{}",
        found.join("\n")
    );
}
