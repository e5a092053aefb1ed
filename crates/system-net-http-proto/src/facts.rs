//! What the fields of a head say about framing, persistence and upgrades.

use system_net_primitives::HttpVersion;

use crate::bytes::{is_name, is_tchar, trim_ows};
use crate::error::Rule;

/// Collected while the fields of a head are read; nothing is searched afterwards.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) content_length: Option<u64>,
    /// How many transfer codings there are, over all fields.
    codings: u32,
    /// How many of them are `chunked`.
    chunked: u32,
    ends_in_chunked: bool,
    /// One is empty or has quoted parameters.
    bad_coding: bool,
    /// `Connection: close`
    pub(crate) close: bool,
    /// `Connection: keep-alive`
    pub(crate) keep_alive: bool,
    /// `Connection: upgrade`
    pub(crate) connection_upgrade: bool,
    /// There is an `Upgrade` field.
    pub(crate) upgrade: bool,
    /// `Expect: 100-continue`
    pub(crate) expect_continue: bool,
    /// How many `Host` fields there are.
    pub(crate) hosts: u32,
    /// One of them is malformed.
    pub(crate) bad_host: bool,
    /// There is a field that is about a login: of a challenge, or `Authentication-Info`.
    pub(crate) login: bool,
}

/// What `Transfer-Encoding` says, over all its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransferCoding {
    /// No such field.
    Absent,
    /// `chunked` and nothing else.
    Chunked,
    /// Other codings, then `chunked` once.
    CodedChunked,
    /// It does not end in `chunked`, or it is not a list of codings.
    NotChunked,
    /// `chunked` stands in it more than once.
    ChunkedTwice,
}

impl Facts {
    /// Takes one field in; false if it is none of those that matter. Fails where the value makes the
    /// framing of the message unclear.
    #[inline]
    pub(crate) fn learn(&mut self, name: &[u8], value: &[u8]) -> Result<bool, Rule> {
        // The length tells most names apart from those that matter.
        match name.len() {
            4 if is_name(name, b"host") => {
                self.hosts += 1;
                self.bad_host |= !is_host(value);
            }
            6 if is_name(name, b"expect") => {
                self.expect_continue |= value.eq_ignore_ascii_case(b"100-continue");
            }
            7 if is_name(name, b"upgrade") => self.upgrade = true,
            10 if is_name(name, b"connection") => self.connection(value),
            14 if is_name(name, b"content-length") => self.content_length(value)?,
            16 if is_name(name, b"proxy-connection") => {
                // Not a standard field; proxies that send it mean it. Only the careful half of its
                // meaning is taken.
                self.close |= value.eq_ignore_ascii_case(b"close");
            }
            16 if is_name(name, b"www-authenticate") => self.login = true,
            17 if is_name(name, b"transfer-encoding") => self.transfer_encoding(value),
            18 if is_name(name, b"proxy-authenticate") => self.login = true,
            19 if is_name(name, b"authentication-info") => self.login = true,
            25 if is_name(name, b"proxy-authentication-info") => self.login = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// As [`learn`](Self::learn), for a field we send; framing is not said in fields there.
    #[inline]
    pub(crate) fn learn_sent(&mut self, name: &[u8], value: &[u8]) {
        match name.len() {
            6 if is_name(name, b"expect") => {
                self.expect_continue |= value.eq_ignore_ascii_case(b"100-continue");
            }
            7 if is_name(name, b"upgrade") => self.upgrade = true,
            10 if is_name(name, b"connection") => self.connection(value),
            _ => {}
        }
    }

    /// Takes in what another set of sent fields says.
    #[inline]
    pub(crate) fn merge_sent(&mut self, other: &Self) {
        self.close |= other.close;
        self.keep_alive |= other.keep_alive;
        self.connection_upgrade |= other.connection_upgrade;
        self.upgrade |= other.upgrade;
        self.expect_continue |= other.expect_continue;
    }

    #[inline]
    fn connection(&mut self, value: &[u8]) {
        // Mostly it is a single one.
        if !self.connection_option(value) && value.contains(&b',') {
            for option in value.split(|&b| b == b',') {
                self.connection_option(trim_ows(option));
            }
        }
    }

    /// Takes one option in; false if it is none of those that matter.
    #[inline]
    fn connection_option(&mut self, option: &[u8]) -> bool {
        let known = match option.len() {
            5 if is_name(option, b"close") => &mut self.close,
            7 if is_name(option, b"upgrade") => &mut self.connection_upgrade,
            10 if is_name(option, b"keep-alive") => &mut self.keep_alive,
            _ => return false,
        };
        *known = true;
        true
    }

    /// RFC 9110 section 8.6: `1*DIGIT`; several fields have to say the same. The permission to take
    /// a list of equal numbers in one field is not used.
    fn content_length(&mut self, value: &[u8]) -> Result<(), Rule> {
        let length = parse_length(value).ok_or(Rule::ContentLength)?;
        match self.content_length {
            Some(before) if before != length => Err(Rule::ContentLength),
            _ => {
                self.content_length = Some(length);
                Ok(())
            }
        }
    }

    /// RFC 9112 section 6.1: a list of codings over all fields, in order.
    fn transfer_encoding(&mut self, value: &[u8]) {
        // A quoted comma would make the split wrong, and no coding in use has such parameters.
        self.bad_coding |= value.contains(&b'"');
        for coding in value.split(|&b| b == b',').map(trim_ows) {
            let chunked = coding.eq_ignore_ascii_case(b"chunked");
            self.bad_coding |= !coding.first().is_some_and(|&b| is_tchar(b));
            self.codings = self.codings.saturating_add(1);
            self.chunked += u32::from(chunked);
            self.ends_in_chunked = chunked;
        }
    }

    /// The transfer coding over all fields.
    #[inline]
    pub(crate) fn transfer(&self) -> TransferCoding {
        if self.codings == 0 {
            TransferCoding::Absent
        } else if self.chunked > 1 {
            TransferCoding::ChunkedTwice
        } else if self.bad_coding || !self.ends_in_chunked {
            TransferCoding::NotChunked
        } else if self.codings == 1 {
            TransferCoding::Chunked
        } else {
            TransferCoding::CodedChunked
        }
    }

    /// Both ways to say the length: RFC 9112 section 6.3 calls that a smuggling attempt.
    #[inline]
    pub(crate) fn conflicting_lengths(&self) -> bool {
        self.codings != 0 && self.content_length.is_some()
    }

    /// Does the sender of this head keep the connection open? RFC 9112 section 9.3.
    #[inline]
    pub(crate) fn persistent(&self, version: HttpVersion) -> bool {
        !self.close && (version >= HttpVersion::VERSION11 || self.keep_alive)
    }
}

/// Digits only, and no more than .NET's `long` holds.
#[inline]
fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    let mut length = 0u64;
    for &b in value {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        length = length.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    (length <= i64::MAX as u64).then_some(length)
}

/// RFC 9110 section 7.2: `uri-host [ ":" port ]`, by its characters; empty is allowed.
///
/// What they mean together is for whoever reads the host; here it only has to be one host.
#[inline]
pub(crate) fn is_host(value: &[u8]) -> bool {
    static HOST: [bool; 256] = {
        let mut table = [false; 256];
        let mut i = 0;
        while i < 128 {
            let b = i as u8;
            table[i] = b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&' | b'\''
                )
                || matches!(
                    b,
                    b'(' | b')' | b'*' | b'+' | b';' | b'=' | b':' | b'[' | b']'
                );
            i += 1;
        }
        table
    };
    value.iter().all(|&b| HOST[usize::from(b)])
}
