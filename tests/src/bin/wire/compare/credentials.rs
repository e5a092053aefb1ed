// The Authorization of a request in a form that two clients have in common, although each chooses
// random numbers: what was proved, and whether the proof is right.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};

/// The passwords of the scenarios. The last is what Mono makes of the one before it for Digest, in
/// ASCII; ours must not.
const PASSWORDS: [&str; 3] = ["pass", "p\u{e4}ss", "p?ss"];

/// The challenge in the captures' NTLM message of the server.
const CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

/// What a proof covers.
pub(super) struct Proved<'a> {
    pub(super) method: &'a str,
    pub(super) body: &'a [u8],
    /// It is a recorded client's.
    pub(super) recorded: bool,
}

/// The field's value in the common form; `None`: it has none.
pub(super) fn comparable(value: &str, proved: &Proved<'_>) -> Option<String> {
    basic(value)
        .or_else(|| digest(value, proved))
        .or_else(|| ntlm(value))
}

/// The user and password of a Basic header, whichever of its two encodings it is in.
fn basic(value: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|&b| char::from(b)).collect());
    Some(format!("Basic ({text})"))
}

/// A Digest header whose proof is right for its own random number, without the two, in the order of
/// the alphabet and without quotes: neither means anything.
fn digest(value: &str, proved: &Proved<'_>) -> Option<String> {
    let mut fields: Vec<(&str, &str)> = value
        .strip_prefix("Digest ")?
        .split(", ")
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect();
    fields.sort_unstable();
    let field = |name: &str| {
        let found = fields.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    };
    let hash = |text: String| hexadecimal(&Md5::digest(text.as_bytes()));
    let (user, realm, nonce) = (field("username")?, field("realm")?, field("nonce")?);
    let random = field("cnonce").unwrap_or_default();
    let covered = match field("qop") {
        Some("auth-int") => format!(":{}", hexadecimal(&Md5::digest(proved.body))),
        _ => String::new(),
    };
    let asked = hash(format!("{}:{}{covered}", proved.method, field("uri")?));
    let middle = match field("qop") {
        Some(qop) => format!("{nonce}:{}:{random}:{qop}", field("nc")?),
        None => nonce.to_owned(),
    };
    let known = if proved.recorded { 3 } else { 2 };
    let is_right = PASSWORDS[..known].iter().any(|password| {
        let mut who = hash(format!("{user}:{realm}:{password}"));
        if field("algorithm") == Some("MD5-sess") {
            who = hash(format!("{who}:{nonce}:{random}"));
        }
        field("response") == Some(&*hash(format!("{who}:{middle}:{asked}")))
    });
    let rest: Vec<String> = fields
        .iter()
        .filter(|(name, _)| !matches!(*name, "response" | "cnonce"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    is_right.then(|| format!("Digest ({}; the proof is right)", rest.join(", ")))
}

/// An NTLM message: that it begins a login, or who proves what he is in which way ([MS-NLMP]
/// sections 2.2.1.1 and 2.2.1.3). A proof of the second version is checked; the recorded client's,
/// of the first, has no place in ours.
fn ntlm(value: &str) -> Option<String> {
    let message = BASE64_STANDARD.decode(value.strip_prefix("NTLM ")?).ok()?;
    let rest = message.strip_prefix(b"NTLMSSP\0")?;
    if rest.starts_with(&[1, 0, 0, 0]) {
        return Some("NTLM (begins)".to_owned());
    }
    let part = |at: usize| {
        let length = u16::from_le_bytes(message.get(at..at + 2)?.try_into().ok()?);
        let offset = u32::from_le_bytes(message.get(at + 4..at + 8)?.try_into().ok()?);
        let start = usize::try_from(offset).ok()?;
        message.get(start..start + usize::from(length))
    };
    let (proof, domain, user) = (part(20)?, part(28)?, part(36)?);
    let (domain, user) = (utf16(domain), utf16(user));
    let way = match proof.split_first_chunk::<16>() {
        Some((proof, blob)) if proof.len() + blob.len() > 24 => {
            let is_right = PASSWORDS[..2]
                .iter()
                .any(|password| *proof == ntlm_v2(password, &user, &domain, blob));
            format!(
                "second version; {}",
                if is_right {
                    "the proof is right"
                } else {
                    "WRONG"
                }
            )
        }
        _ => "first version".to_owned(),
    };
    Some(format!("NTLM ({domain}\\{user}; {way})"))
}

fn ntlm_v2(password: &str, user: &str, domain: &str, blob: &[u8]) -> [u8; 16] {
    let keyed = |key: &[u8], parts: &[&[u8]]| -> [u8; 16] {
        let mut mac = Hmac::<Md5>::new_from_slice(key).expect("any length is a key");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    };
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let hash = Md4::digest(wide(password));
    let who = wide(&format!("{}{domain}", user.to_uppercase()));
    keyed(&keyed(&hash, &[&who]), &[&CHALLENGE, blob])
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or('\u{fffd}'))
        .collect()
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Proved<'_> = Proved {
        method: "GET",
        body: b"",
        recorded: true,
    };

    #[track_caller]
    fn check(value: &str, expected: Option<&str>) {
        assert_eq!(comparable(value, &GET).as_deref(), expected, "{value}");
    }

    #[test]
    fn digest_is_compared_by_its_proof() {
        let net9 = r#"Digest username="user", realm="r", nonce="abcdef", uri="/s?q=1", response="36faeb628893e5ac2b7000915237e77a", opaque="op", algorithm=MD5-sess, qop=auth, nc=00000001, cnonce="ffEtC0SxVch6rpB2""#;
        let common = "Digest (algorithm=MD5-sess, nc=00000001, nonce=abcdef, opaque=op, qop=auth, \
                      realm=r, uri=/s?q=1, username=user; the proof is right)";
        check(net9, Some(common));
        check(&net9.replace("36fa", "36fb"), None);
        check(&net9.replace("nc=00000001", "nc=00000002"), None);
        let whole = net9.replace("MD5-sess", "MD5");
        check(&whole, None);
        // Without a quality of protection, and with the body covered.
        let old = r#"Digest username="user", realm="r", nonce="abcdef", uri="/s?q=1", response="92f5154927f81462916ef2f8f0ee2b02", opaque="op""#;
        check(
            old,
            Some(
                "Digest (nonce=abcdef, opaque=op, realm=r, uri=/s?q=1, username=user; the proof is right)",
            ),
        );
        let covered = r#"Digest username="user", realm="r", nonce="abcdef", uri="/s?q=1", response="08368b58e76bdf99fa01564b6d85a36a", opaque="op", qop=auth-int, nc=00000001, cnonce="vn19JJnq4j7DHS1S""#;
        assert!(comparable(covered, &GET).is_some());
        let other = Proved { body: b"x", ..GET };
        assert_eq!(comparable(covered, &other), None);
        // A password in ASCII is Mono's business alone.
        let mono = r#"Digest username="user", realm="r", nonce="abcdef", uri="/s?q=1", response="22ba190bce24c2b7c66d2884c9203239", cnonce="8rtmlh7J1+EQu7bfh5n5", opaque="op""#;
        assert!(comparable(mono, &GET).is_some());
        let ours = Proved {
            recorded: false,
            ..GET
        };
        assert_eq!(comparable(mono, &ours), None);
    }

    #[test]
    fn ntlm_says_who_and_how() {
        check(
            "NTLM TlRMTVNTUAABAAAAB5IIAAMAAwAgAAAAAAAAACAAAABET00=",
            Some("NTLM (begins)"),
        );
        check(
            "NTLM TlRMTVNTUAADAAAAGAAYAFIAAAAYABgAagAAAAYABgBAAAAACAAIAEYAAAAEAAQATgAAAAAAAACCAAAAAZIIAEQATwBNAHUAcwBlAHIAdgBtAOuSgzwYZhBNAAAAAAAAAAAAAAAAAAAAAICaK9B6I1kVM0QV/qMlqfpEF4wThGZmEA==",
            Some("NTLM (DOM\\user; first version)"),
        );
        check("NTLM bm9uZQ==", None);
        // [MS-NLMP] 4.2.4: User, Domain, Password; its client challenge, time and target.
        let blob = [
            &[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &[0xaa; 8],
            &[0; 4],
            &[2, 0, 12, 0],
            b"D\0o\0m\0a\0i\0n\0",
            &[1, 0, 12, 0],
            b"S\0e\0r\0v\0e\0r\0",
            &[0; 8],
        ]
        .concat();
        let proof = ntlm_v2("Password", "User", "Domain", &blob);
        assert_eq!(hexadecimal(&proof), "68cd0ab851e51c96aabc927bebef6a1c");
    }

    #[test]
    fn basic_is_text_in_either_encoding() {
        check("Basic dXNlcjpw5HNz", Some("Basic (user:p\u{e4}ss)"));
        check("Basic dXNlcjpww6Rzcw==", Some("Basic (user:p\u{e4}ss)"));
        check("Bearer x", None);
    }
}
