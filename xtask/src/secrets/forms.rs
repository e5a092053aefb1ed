//! The spellings in which a password may show: itself, what schemes make of it, and how bytes are
//! written as text.

use md4::Md4;
use md5::Md5;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512_256};

/// One spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// What it is, for a report.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Every spelling of the password, by these users and realms for what they are part of.
pub(super) fn forms(marker: &str, users: &[String], realms: &[String]) -> Vec<Form> {
    let mut forms = Forms(Vec::new());
    let little: Vec<u8> = marker.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = marker.encode_utf16().flat_map(u16::to_be_bytes).collect();
    // The beginning alone is a leak as well, and a dump may end within the word.
    let cut = marker.len() * 3 / 4;
    forms.spellings("the beginning", &marker.as_bytes()[..cut]);
    for (name, bytes) in [
        ("plain", marker.as_bytes()),
        ("UTF-16LE", &little),
        ("UTF-16BE", &big),
    ] {
        forms.spellings(name, bytes);
        forms.in_base64(name, bytes);
    }
    forms.escaped(marker);
    let nt_hash = Md4::digest(&little);
    forms.spellings("NT hash", &nt_hash);
    forms.in_base64("NT hash", &nt_hash);
    for user in users {
        for realm in realms {
            let text = format!("{user}:{realm}:{marker}");
            for (name, hash) in [
                ("MD5", Md5::digest(&text).to_vec()),
                ("SHA-256", Sha256::digest(&text).to_vec()),
                ("SHA-512-256", Sha512_256::digest(&text).to_vec()),
            ] {
                let name = format!("HA1 by {name} of {user} at {realm}");
                forms.add(&name, "", hash.clone());
                forms.add(
                    &name,
                    "hex",
                    joined(&hash, "", |byte| format!("{byte:02x}")),
                );
                forms.add(
                    &name,
                    "HEX",
                    joined(&hash, "", |byte| format!("{byte:02X}")),
                );
                forms.add(
                    &name,
                    "decimal",
                    joined(&hash, ", ", |byte| byte.to_string()),
                );
            }
        }
    }
    forms.0
}

struct Forms(Vec<Form>);

impl Forms {
    fn add(&mut self, of: &str, how: &str, bytes: Vec<u8>) {
        if self.0.iter().any(|form| form.bytes == bytes) {
            return;
        }
        let name = format!("{of} {how}").trim_end().to_owned();
        self.0.push(Form { name, bytes });
    }

    /// Bytes as they are, and as text.
    fn spellings(&mut self, of: &str, bytes: &[u8]) {
        self.add(of, "", bytes.to_vec());
        let lower = |byte: u8| format!("{byte:02x}");
        let upper = |byte: u8| format!("{byte:02X}");
        for separator in ["", " ", "-", ":", ", "] {
            self.add(of, "hex", joined(bytes, separator, lower));
            self.add(of, "hex", joined(bytes, separator, upper));
        }
        self.add(
            of,
            "hex",
            joined(bytes, ", ", |byte| format!("0x{byte:02x}")),
        );
        self.add(
            of,
            "hex",
            joined(bytes, ", ", |byte| format!("0x{byte:02X}")),
        );
        self.add(of, "hex", joined(bytes, ", ", |byte| format!("0x{byte:x}")));
        self.add(of, "decimal", joined(bytes, ", ", |byte| byte.to_string()));
        self.add(of, "decimal", joined(bytes, ",", |byte| byte.to_string()));
        self.add(
            of,
            "percent",
            joined(bytes, "", |byte| format!("%{byte:02X}")),
        );
        self.add(
            of,
            "percent",
            joined(bytes, "", |byte| format!("%{byte:02x}")),
        );
        self.add(
            of,
            "escapes",
            joined(bytes, "", |byte| format!("\\x{byte:02x}")),
        );
    }

    /// At the three places within a group of three where the bytes may begin; what depends on the
    /// bytes around them is left out. So `user:password` is found whoever the user is.
    fn in_base64(&mut self, of: &str, bytes: &[u8]) {
        for before in 0..3 {
            let mut padded = vec![0; before];
            padded.extend(bytes);
            let whole = base64(&padded);
            // A digit holds six bits: the first one that is of the bytes alone, and the end.
            let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
            let digits = &whole[first..end];
            let name = format!("{of} in base 64, shifted by {before}");
            self.spellings(&name, digits.as_bytes());
            let url = digits.replace('+', "-").replace('/', "_");
            self.add(&name, "for addresses", url.into_bytes());
        }
    }

    /// Where only what is special is escaped, and what Debug makes of UTF-16.
    fn escaped(&mut self, marker: &str) {
        for (special, escape) in [
            ("-", "%2D"),
            ("-", "%2d"),
            ("-", "&#45;"),
            ("-", "&#x2D;"),
            ("-", "\\u002d"),
            ("-", "\\u002D"),
            ("-", "\\-"),
        ] {
            self.add(
                "escaped",
                escape,
                marker.replace(special, escape).into_bytes(),
            );
        }
        for zero in ["\\0", "\\u{0}", "\\u0000", "\\x00", "."] {
            let text: Vec<String> = marker.chars().map(String::from).collect();
            self.add("UTF-16 as text", zero, text.join(zero).into_bytes());
        }
    }
}

fn joined(bytes: &[u8], separator: &str, one: impl Fn(u8) -> String) -> Vec<u8> {
    let texts: Vec<String> = bytes.iter().map(|&byte| one(byte)).collect();
    texts.join(separator).into_bytes()
}

/// RFC 4648 section 4, without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = |index: usize| u32::from(group.get(index).copied().unwrap_or_default());
        let bits = number(0) << 16 | number(1) << 8 | number(2);
        for digit in 0..=group.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}
