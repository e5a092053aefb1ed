//! The words of a name: between `-`, `_` and `.`, and in camel case, without digits at their ends.

use super::{NAME, Name, Told};

/// What a word says of a name that has it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// A secret, if it is the last, or only words of [`Word::Which`] follow.
    Secret,
    /// A secret, if it is the last.
    Last,
    /// As [`Word::Secret`], behind a word of [`opens`] or alone.
    Key,
    /// As [`Word::Last`], behind a word of [`proves`].
    Code,
    /// As [`Word::Last`], behind `code`.
    OfCode,
    /// Says which secret, and in what form.
    Which,
    Other,
}

fn word(word: &[u8]) -> Word {
    match word {
        b"auth" | b"authentication" | b"authorization" | b"oauth" | b"otp" | b"pass" | b"pin"
        | b"pw" | b"saml" | b"session" | b"sid" | b"totp" => Word::Secret,
        b"adminpass" | b"dbpass" | b"dbpw" | b"ftppass" | b"loginpass" | b"mailpass"
        | b"mypass" | b"newpass" | b"oldpass" | b"rootpass" | b"smtppass" | b"userpass"
        | b"userpw" => Word::Secret,
        b"assertion" | b"authcode" | b"bearer" | b"cred" | b"creds" | b"dpop" | b"psk" | b"sig"
        | b"ticket" => Word::Last,
        b"key" | b"keys" => Word::Key,
        b"code" => Word::Code,
        b"challenge" | b"verifier" => Word::OfCode,
        b"" | b"again" | b"confirm" | b"confirmation" | b"current" | b"data" | b"encoded"
        | b"encrypted" | b"hash" | b"header" | b"id" | b"input" | b"md" | b"new" | b"old"
        | b"raw" | b"repeat" | b"sha" | b"string" | b"text" | b"value" => Word::Which,
        _ => match word.strip_suffix(b"key") {
            Some(front) if opens(front) => Word::Secret,
            _ => Word::Other,
        },
    }
}

/// Whether a key of this opens something; other keys are names, as those of a database.
fn opens(word: &[u8]) -> bool {
    matches!(
        word,
        b"access"
            | b"account"
            | b"admin"
            | b"api"
            | b"app"
            | b"application"
            | b"auth"
            | b"client"
            | b"consumer"
            | b"crypto"
            | b"customer"
            | b"decryption"
            | b"encryption"
            | b"function"
            | b"functions"
            | b"hmac"
            | b"license"
            | b"master"
            | b"private"
            | b"root"
            | b"security"
            | b"server"
            | b"service"
            | b"session"
            | b"shared"
            | b"signing"
            | b"ssh"
            | b"storage"
            | b"subscription"
            | b"symmetric"
    )
}

/// Whether a code of this proves who one is; other codes are numbers, as of a status.
fn proves(word: &[u8]) -> bool {
    matches!(
        word,
        b"access"
            | b"activation"
            | b"auth"
            | b"authentication"
            | b"authorization"
            | b"backup"
            | b"device"
            | b"login"
            | b"mfa"
            | b"otp"
            | b"pin"
            | b"recovery"
            | b"reset"
            | b"security"
            | b"sms"
            | b"user"
            | b"verification"
    )
}

/// Whether the words of a name say that it is a secret.
pub(super) fn is_secret_by_words(name: Name<'_>) -> bool {
    if name.bytes == b"key" {
        return true;
    }
    let joined = Name { upper: 0, ..name };
    by_words(joined) || is_camel_case(name) && by_words(name)
}

/// Whether there are words that capital letters alone part.
pub(super) fn is_camel_case(name: Name<'_>) -> bool {
    name.upper != 0 && (1..name.bytes.len()).any(|at| begins_word(name, at))
}

/// Whether a capital begins a word amid letters: behind one that is none, or as the last of some.
fn begins_word(name: Name<'_>, at: usize) -> bool {
    let is_upper = |at: usize| name.upper >> at & 1 != 0;
    is_upper(at)
        && !is_separator(name.bytes[at - 1])
        && (!is_upper(at - 1)
            || name.bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase) && !is_upper(at + 1))
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'.')
}

fn by_words(name: Name<'_>) -> bool {
    let bytes = name.bytes;
    // What the name is if it ends here, and what it is if words follow that say which.
    let (mut last, mut goes_on) = (false, false);
    let mut before: &[u8] = b"";
    let mut start = 0;
    for at in 0..=bytes.len() {
        let ends = at == bytes.len() || is_separator(bytes[at]);
        if !ends && (at == start || !begins_word(name, at)) {
            continue;
        }
        let text = without_digits(&bytes[start..at]);
        (last, goes_on) = match word(text) {
            Word::Secret => (true, true),
            Word::Last => (true, false),
            Word::Key if opens(before) => (true, true),
            Word::Code if proves(before) => (true, false),
            Word::OfCode if before == b"code" => (true, false),
            Word::Which => (last && (goes_on || text.is_empty()), goes_on),
            _ => (false, false),
        };
        if !text.is_empty() {
            before = text;
        }
        start = if ends { at + 1 } else { at };
    }
    last
}

fn without_digits(word: &[u8]) -> &[u8] {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit());
    &word[..word.len() - digits.count()]
}

/// Asks of a name and, if it is one as `user[password]` or `user%5Bpassword%5D`, of its segments.
pub(super) fn in_segments(name: Name<'_>, ask: impl Fn(Name<'_>) -> Told) -> Told {
    let special = |byte: &u8| matches!(byte, b'[' | b']' | b'%');
    if !name.bytes.iter().any(special) {
        return ask(name);
    }
    let mut decoded = [0; NAME];
    let (mut length, mut upper) = (0, 0);
    let mut at = 0;
    while let Some(&byte) = name.bytes.get(at) {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let octet = match name.bytes.get(at + 1..at + 3) {
            Some(&[high, low]) if byte == b'%' => digit(high).zip(digit(low)),
            _ => None,
        };
        let octet = octet.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        let is_upper = match octet {
            Some(octet) => octet.is_ascii_uppercase(),
            None => name.upper >> at & 1 != 0,
        };
        decoded[length] = octet.unwrap_or(byte).to_ascii_lowercase();
        upper |= u64::from(is_upper) << length;
        length += 1;
        at += if octet.is_some() { 3 } else { 1 };
    }
    let ends = |byte: &u8| !byte.is_ascii_alphanumeric() && !is_separator(*byte);
    let mut told = Told::default();
    let mut start = 0;
    for segment in decoded[..length].split(ends) {
        let upper = upper.checked_shr(start).unwrap_or_default();
        let name = Name {
            bytes: segment,
            upper,
        };
        if !segment.is_empty() {
            told = told.or(ask(name));
        }
        start += segment.len() as u32 + 1;
    }
    told
}
