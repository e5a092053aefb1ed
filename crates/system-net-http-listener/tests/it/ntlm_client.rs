//! NTLM's client, written by hand from [MS-NLMP]: also one that is older than extended protection.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md4::{Digest as _, Md4};
use md5::Md5;
use sha2::Sha256;

use std::io::{Read, Write};

use crate::support::{Answer, Client};
use system_net_testkit::PASSWORD;

/// What an answer of the client says of extended protection.
#[derive(Clone, Debug)]
pub(crate) enum Ties {
    /// Nothing: the client knows nothing of it.
    Unknown,
    /// A channel binding, zeros for none, and a service name.
    Known { binding: [u8; 16], service: String },
}

impl Ties {
    /// Knows of bindings, and has a service name alone.
    pub(crate) fn to_service(service: &str) -> Self {
        Self::Known {
            binding: [0; 16],
            service: service.to_owned(),
        }
    }

    /// Bound to the end of TLS with this certificate, for this service.
    pub(crate) fn to_certificate(certificate: &[u8], service: &str) -> Self {
        Self::Known {
            binding: binding_of(certificate),
            service: service.to_owned(),
        }
    }
}

/// RFC 5929 section 4 and RFC 2744 section 3.11, for a certificate that is signed with SHA-256.
fn binding_of(certificate: &[u8]) -> [u8; 16] {
    let mut data = b"tls-server-end-point:".to_vec();
    data.extend(Sha256::digest(certificate));
    let mut text = vec![0; 16];
    text.extend((data.len() as u32).to_le_bytes());
    text.extend(data);
    Md5::digest(text).into()
}

/// A user at a client.
#[derive(Clone, Debug)]
pub(crate) struct NtlmClient {
    pub(crate) user: &'static str,
    pub(crate) domain: &'static str,
    pub(crate) password: &'static str,
    pub(crate) ties: Ties,
}

impl NtlmClient {
    pub(crate) fn ann(ties: Ties) -> Self {
        Self {
            user: "ann",
            domain: "EXAMPLE",
            password: PASSWORD,
            ties,
        }
    }

    /// The first message.
    pub(crate) fn negotiate() -> Vec<u8> {
        let mut message = b"NTLMSSP\0\x01\0\0\0".to_vec();
        message.extend(FLAGS.to_le_bytes());
        message.extend([0; 24]);
        message
    }

    /// The first message of a client that knows code pages alone, as curl's is.
    pub(crate) fn negotiate_without_unicode() -> Vec<u8> {
        let mut message = Self::negotiate();
        message[12] ^= 3;
        message
    }

    /// The second message, in answer to the server's.
    pub(crate) fn authenticate(&self, challenge: &[u8]) -> Vec<u8> {
        assert!(challenge.starts_with(b"NTLMSSP\0\x02\0\0\0"));
        let number = |at: usize| u32::from_le_bytes(challenge[at..at + 4].try_into().unwrap());
        let length = usize::from(u16::from_le_bytes(challenge[40..42].try_into().unwrap()));
        let at = number(44) as usize;
        let info = &challenge[at..at + length];
        let (server_challenge, end) = (&challenge[24..32], info.len() - 4);
        assert_eq!(info[end..], [0; 4], "the list ends");
        let mut blob = vec![1, 1, 0, 0, 0, 0, 0, 0];
        blob.extend(time_of(info));
        blob.extend([7; 8]);
        blob.extend([0; 4]);
        blob.extend(&info[..end]);
        if let Ties::Known { binding, service } = &self.ties {
            pair(&mut blob, 10, binding);
            pair(&mut blob, 9, &utf16(service));
        }
        blob.extend([0; 8]);
        let secret = Md4::digest(utf16(self.password));
        let whose = utf16(&format!("{}{}", self.user.to_uppercase(), self.domain));
        let key = keyed(&secret, &whose);
        let proof = keyed(&key, &[server_challenge, &blob].concat());
        let answer = [&proof[..], &blob].concat();
        // As the server has it.
        let flags = number(20) & (FLAGS | 2);
        let name = |text: &str| match flags & 1 {
            0 => text.as_bytes().to_vec(),
            _ => utf16(text),
        };
        let parts = [
            vec![0; 24],
            answer,
            name(self.domain),
            name(self.user),
            Vec::new(),
            Vec::new(),
        ];
        let mut message = b"NTLMSSP\0\x03\0\0\0".to_vec();
        let mut at = 64;
        for part in &parts {
            let length = (part.len() as u16).to_le_bytes();
            message.extend([length, length].concat());
            message.extend((at as u32).to_le_bytes());
            at += part.len();
        }
        message.extend(flags.to_le_bytes());
        parts.iter().for_each(|part| message.extend(part));
        message
    }
}

/// Unicode, NTLM, extended session security, target information; no key exchange.
const FLAGS: u32 = 0x0088_0205;

fn pair(blob: &mut Vec<u8>, id: u16, value: &[u8]) {
    blob.extend(id.to_le_bytes());
    blob.extend((value.len() as u16).to_le_bytes());
    blob.extend(value);
}

fn time_of(mut info: &[u8]) -> &[u8] {
    loop {
        let id = u16::from_le_bytes([info[0], info[1]]);
        let length = usize::from(u16::from_le_bytes([info[2], info[3]]));
        if id == 7 {
            return &info[4..4 + length];
        }
        info = &info[4 + length..];
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn keyed(key: &[u8], text: &[u8]) -> [u8; 16] {
    let mut mac = Hmac::<Md5>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().into()
}

pub(crate) fn field(scheme: &str, message: &[u8]) -> String {
    format!("Authorization: {scheme} {}", STANDARD.encode(message))
}

/// Sends the first message, and gives the server's.
pub(crate) fn begin<S: Read + Write>(client: &mut Client<S>, scheme: &str, path: &str) -> Vec<u8> {
    let first = field(scheme, &NtlmClient::negotiate());
    let answer = client
        .request(&format!("GET {path}"), &[&first], "")
        .answer();
    message_of(&answer, scheme)
}

/// The server's message in a 401.
pub(crate) fn message_of(answer: &Answer, scheme: &str) -> Vec<u8> {
    assert_eq!(answer.status(), 401, "{}", answer.head);
    let challenge = answer.header("WWW-Authenticate").unwrap();
    let token = challenge.strip_prefix(&format!("{scheme} ")).unwrap();
    STANDARD.decode(token).unwrap()
}

/// Logs in and gives the answer to it.
pub(crate) fn log_in<S: Read + Write>(
    client: &mut Client<S>,
    scheme: &str,
    path: &str,
    who: &NtlmClient,
) -> Answer {
    let challenge = begin(client, scheme, path);
    let second = field(scheme, &who.authenticate(&challenge));
    client
        .request(&format!("GET {path}"), &[&second], "")
        .answer()
}
