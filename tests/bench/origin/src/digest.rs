//! The server's side of Digest (RFC 7616), as far as a bench needs it: one user, `auth` alone, one
//! nonce for ever. A proof that is wrong gets a challenge and so never a 200.

use md5::{Digest, Md5};
use sha2::Sha256;

const USER: &str = "Mufasa";
const PASSWORD: &str = "Circle of Life";
const REALM: &str = "bench@origin";
const NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";

/// Which algorithm a path asks for; `None` where anybody may read.
pub(crate) fn algorithm(target: &str) -> Option<&'static str> {
    match target {
        "/digest/md5" => Some("MD5"),
        "/digest/sha256" => Some("SHA-256"),
        _ => None,
    }
}

pub(crate) fn challenge(algorithm: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 401 Unauthorized\r\nServer: origin\r\nWWW-Authenticate: Digest realm=\"{REALM}\", \
         qop=\"auth\", algorithm={algorithm}, nonce=\"{NONCE}\", opaque=\"FQhe/qaU925kfnzjCev0ci\"\r\n\
         Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// Whether the head of the request proves that its sender knows the password.
pub(crate) fn proven(head: &str, algorithm: &str) -> bool {
    let Some(line) = head.lines().find_map(authorization) else {
        return false;
    };
    let field = |name: &str| value(line, name).unwrap_or_default();
    let (method, rest) = head.split_once(' ').unwrap_or_default();
    let target = rest.split(' ').next().unwrap_or_default();
    let proof = match algorithm {
        "MD5" => proof::<Md5>(method, target, field),
        _ => proof::<Sha256>(method, target, field),
    };
    field("username") == USER
        && field("nonce") == NONCE
        && field("uri") == target
        && field("nc").len() == 8
        && field("response").as_bytes() == proof
}

/// What the client has to prove. It takes little beside a request: a server that takes long leaves
/// the client's part of the processor's memory cold, which would count as the client's.
fn proof<'a, H: Digest>(method: &str, target: &str, field: impl Fn(&str) -> &'a str) -> Vec<u8> {
    let secret = hash::<H>(&[USER, ":", REALM, ":", PASSWORD]);
    let asked = hash::<H>(&[method, ":", target]);
    let mut hasher = H::new();
    hasher.update(secret);
    for part in [":", NONCE, ":", field("nc"), ":", field("cnonce"), ":auth:"] {
        hasher.update(part);
    }
    hasher.update(asked);
    hex(&hasher.finalize())
}

fn hash<H: Digest>(parts: &[&str]) -> Vec<u8> {
    let mut hasher = H::new();
    for part in parts {
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

fn authorization(line: &str) -> Option<&str> {
    let (name, value) = line.split_once(':')?;
    let ours = name.eq_ignore_ascii_case("authorization");
    ours.then(|| value.trim().strip_prefix("Digest "))?
}

/// The value of a parameter; values with commas or escapes in them do not come here.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split(',').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"'))
    })
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(digits).collect()
}
