//! `Checksum`: what the bytes of a file come to, as somebody says.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512};
use system_net_primitives::{Misuse, WebHeaderCollection};

/// How a checksum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ChecksumAlgorithm {
    /// Finds accidents; whoever wants to deceive is not stopped by it.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl ChecksumAlgorithm {
    const ALL: [Self; 3] = [Self::Md5, Self::Sha256, Self::Sha512];

    /// As `Repr-Digest` names it.
    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha256 => "sha-256",
            Self::Sha512 => "sha-512",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let plain = |text: &str| text.replace('-', "").to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|algorithm| plain(algorithm.name()) == plain(name))
    }

    fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// What the bytes of a file come to.
///
/// It is read from an algorithm and hexadecimal digits, as in `sha-256:e3b0c442…`; without an
/// algorithm the number of digits tells it.
///
/// # Examples
/// ```
/// use system_net_requests::{Checksum, ChecksumAlgorithm};
///
/// let checksum: Checksum = "md5:d41d8cd98f00b204e9800998ecf8427e".parse()?;
/// assert_eq!(checksum.algorithm(), ChecksumAlgorithm::Md5);
/// assert_eq!(Checksum::of(ChecksumAlgorithm::Md5, std::io::empty())?, checksum);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    digest: Vec<u8>,
}

impl Checksum {
    /// The checksum of what a reader gives.
    ///
    /// # Errors
    /// The reader's.
    pub fn of(algorithm: ChecksumAlgorithm, reader: impl Read) -> io::Result<Self> {
        let digest = match algorithm {
            ChecksumAlgorithm::Md5 => digest::<Md5>(reader)?,
            ChecksumAlgorithm::Sha256 => digest::<Sha256>(reader)?,
            ChecksumAlgorithm::Sha512 => digest::<Sha512>(reader)?,
        };
        Ok(Self { algorithm, digest })
    }

    /// How it is computed.
    #[must_use]
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    fn new(algorithm: ChecksumAlgorithm, digest: Vec<u8>) -> Option<Self> {
        (digest.len() == algorithm.length()).then_some(Self { algorithm, digest })
    }

    /// The best one that the fields of a response give for the whole resource. `whole`: the
    /// response is the whole of it, so that what is of the response is of the resource.
    pub(crate) fn of_fields(headers: &WebHeaderCollection, whole: bool) -> Option<Self> {
        let list = |name: &str| headers.get(name).unwrap_or_default().into_owned();
        // RFC 9530 section 3: of the representation, whatever part of it the response has.
        // RFC 3230 section 4.3.2: "of the instance".
        let mut found: Vec<Self> = [list("Repr-Digest"), list("Digest")]
            .iter()
            .flat_map(|field| field.split(','))
            .filter_map(Self::member)
            .collect();
        if whole {
            // RFC 9530 section 2: of the content. RFC 1864: of the body.
            found.extend(list("Content-Digest").split(',').filter_map(Self::member));
            let md5 = base64(list("Content-MD5").trim());
            found.extend(md5.and_then(|digest| Self::new(ChecksumAlgorithm::Md5, digest)));
        }
        found.into_iter().max_by_key(Self::algorithm)
    }

    /// `sha-256=:base64:` or `SHA-256=base64`.
    fn member(text: &str) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        let algorithm = ChecksumAlgorithm::named(name)?;
        let value = value.trim();
        let inner = value
            .strip_prefix(':')
            .and_then(|value| value.strip_suffix(':'));
        Self::new(algorithm, base64(inner.unwrap_or(value))?)
    }
}

fn digest<D: Digest>(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut state = D::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(state.finalize().to_vec()),
            Ok(n) => state.update(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Base64 with its padding; `None` for anything else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let data = text.trim_end_matches('=');
    if text.is_empty() || !text.len().is_multiple_of(4) || text.len() - data.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in data.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    Some(bytes)
}

impl FromStr for Checksum {
    type Err = Misuse;

    fn from_str(text: &str) -> Result<Self, Misuse> {
        let refused = |why: &str| Err(Misuse::invalid_argument("checksum", why.to_owned()));
        let (name, digits) = match text.split_once([':', '=']) {
            Some((name, digits)) => (Some(name), digits.trim()),
            None => (None, text.trim()),
        };
        if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
            return refused("expected pairs of hexadecimal digits");
        }
        let digest: Result<Vec<u8>, _> = (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16))
            .collect();
        let Ok(digest) = digest else {
            return refused("expected pairs of hexadecimal digits");
        };
        let algorithm = match name {
            Some(name) => ChecksumAlgorithm::named(name),
            None => ChecksumAlgorithm::ALL
                .into_iter()
                .find(|algorithm| algorithm.length() == digest.len()),
        };
        let Some(algorithm) = algorithm else {
            return refused("expected md5, sha-256 or sha-512");
        };
        match Self::new(algorithm, digest) {
            Some(checksum) => Ok(checksum),
            None => refused("the algorithm gives another number of digits"),
        }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm.name())?;
        self.digest
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 1321 and FIPS 180-4, and the forms they may be written in.
    #[test]
    fn checksums() {
        for (algorithm, content, expected) in [
            (
                ChecksumAlgorithm::Md5,
                "abc",
                "md5:900150983cd24fb0d6963f7d28e17f72",
            ),
            (
                ChecksumAlgorithm::Sha256,
                "abc",
                "sha-256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                ChecksumAlgorithm::Sha512,
                "abc",
                "sha-512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            let checksum = Checksum::of(algorithm, content.as_bytes()).unwrap();
            assert_eq!(checksum.to_string(), expected);
            assert_eq!(expected.parse::<Checksum>().unwrap(), checksum);
            let digits = expected.split_once(':').unwrap().1.to_uppercase();
            assert_eq!(digits.parse::<Checksum>().unwrap(), checksum);
        }
        for text in [
            "",
            "md5:",
            "md5:00",
            "crc:00",
            "zz",
            "sha256:900150983cd24fb0d6963f7d28e17f72",
            "md5:\u{e9}\u{e9}0150983cd24fb0d6963f7d28e17f72",
        ] {
            assert!(text.parse::<Checksum>().is_err(), "{text}");
        }
    }

    #[test]
    fn checksums_in_fields() {
        const MD5: &str = "kAFQmDzST7DWlj99KOF/cg==";
        const SHA256: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        let repr = format!("md5=:{MD5}:, sha-256=:{SHA256}:");
        let digest = format!("SHA-256={SHA256},unixsum=30637");
        for (name, value, whole, expected) in [
            ("Repr-Digest", &*repr, false, Some("sha-256:ba78")),
            ("Repr-Digest", &*repr, true, Some("sha-256:ba78")),
            ("Digest", &*digest, false, Some("sha-256:ba78")),
            ("Content-Digest", &*repr, true, Some("sha-256:ba78")),
            ("Content-Digest", &*repr, false, None),
            ("Content-MD5", MD5, true, Some("md5:9001")),
            ("Content-MD5", MD5, false, None),
            ("Content-MD5", "kAFQmDzST7DWlj99KOF/cg", true, None),
            ("Repr-Digest", "sha-256=:AAAA:", true, None),
            ("Repr-Digest", "sha-256", true, None),
            ("Digest", "SHA-256=\u{e9}", true, None),
            ("X-Other", "", true, None),
        ] {
            let mut headers = WebHeaderCollection::new();
            headers.add(name, value).unwrap();
            let found = Checksum::of_fields(&headers, whole).map(|found| found.to_string());
            let matches = match (&found, expected) {
                (Some(found), Some(expected)) => found.starts_with(expected),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            assert!(matches, "{name}: {value}, {whole}: {found:?}");
        }
    }
}
