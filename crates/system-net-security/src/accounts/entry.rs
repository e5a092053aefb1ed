//! One line of a users file.

use std::fmt::{self, Write as _};

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::UserName;
use crate::authentication::{DigestHash, DigestSecret};
use crate::ntlm::NtHash;

/// One user in a users file: the name, and what stands for the password in each scheme.
///
/// A line has blanks between its fields, each `key=value`; a value with blanks, quotes or
/// backslashes stands in double quotes, with a backslash before each of the latter two:
///
/// ```text
/// user=joe domain=SALES nt=8846f7eaee8fb117ad06bdd830b7586c
/// user=ann realm="the files" md5=… sha-256=… realm=mail sha-256=…
/// ```
///
/// * `user`: the name; the first field, and the only one that may not be missing
/// * `domain`: the domain that knows the user
/// * `nt`: the NT hash of the password, for NTLM and Basic
/// * `realm`: the realm of the Digest hashes that follow
/// * `md5`, `sha-256`, `sha-512-256`: the hash of `name:realm:password`, for Digest and for Basic;
///   the name is `DOMAIN\name` for a user with a domain
///
/// Each hash does for a login what the password does: such a file is to be kept like one with
/// passwords.
///
/// # Examples
/// ```
/// use system_net_security::accounts::UserEntry;
///
/// let mut entry = UserEntry::new("joe", "")?;
/// entry.set_nt_hash("password");
/// assert_eq!(entry.to_line().as_str(), "user=joe nt=8846f7eaee8fb117ad06bdd830b7586c");
/// # Ok::<(), system_net_security::accounts::UserEntryError>(())
/// ```
#[derive(Clone)]
pub struct UserEntry {
    name: String,
    domain: String,
    nt_hash: Option<NtHash>,
    secrets: Vec<(String, DigestSecret)>,
}

/// What is wrong with a line. It holds nothing of the line's hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserEntryError {
    /// Not fields of the form `key=value`.
    Syntax,
    /// The line does not begin with `user=` and a name.
    NoUser,
    /// A name, domain or realm has a control character, or a name or domain a backslash or colon.
    Character(&'static str),
    /// A field of that name is not known.
    UnknownField(String),
    /// A field stands there twice.
    Twice(String),
    /// A hash has not the digits it must have.
    Hash(String),
    /// A Digest hash without a realm before it.
    NoRealm(String),
}

/// The names of the fields of Digest hashes.
const DIGESTS: [(&str, DigestHash); 3] = [
    ("md5", DigestHash::Md5),
    ("sha-256", DigestHash::Sha256),
    ("sha-512-256", DigestHash::Sha512_256),
];

impl UserEntry {
    /// A user without any hash: nobody can log in by it yet.
    ///
    /// # Errors
    /// [`UserEntryError::NoUser`] or [`UserEntryError::Character`].
    pub fn new(name: &str, domain: &str) -> Result<Self, UserEntryError> {
        if name.is_empty() {
            return Err(UserEntryError::NoUser);
        }
        let bad = |text: &str| {
            text.chars()
                .any(|c| c.is_control() || matches!(c, '\\' | ':'))
        };
        for (text, which) in [(name, "user"), (domain, "domain")] {
            if bad(text) {
                return Err(UserEntryError::Character(which));
            }
        }
        Ok(Self {
            name: name.to_owned(),
            domain: domain.to_owned(),
            nt_hash: None,
            secrets: Vec::new(),
        })
    }

    /// Adds the hash that NTLM and Basic ask for.
    pub fn set_nt_hash(&mut self, password: &str) {
        self.nt_hash = Some(NtHash::of_password(password));
    }

    /// Adds the hash of a realm that Digest asks for, in place of one that was there.
    ///
    /// # Errors
    /// [`UserEntryError::Character`] if the realm has a control character.
    pub fn set_digest(
        &mut self,
        realm: &str,
        hash: DigestHash,
        password: &str,
    ) -> Result<(), UserEntryError> {
        if realm.chars().any(char::is_control) {
            return Err(UserEntryError::Character("realm"));
        }
        let name = self.user_name().to_string();
        let secret = DigestSecret::of_password(hash, &name, realm, password);
        self.secrets
            .retain(|(known, secret)| known != realm || secret.hash() != hash);
        self.secrets.push((realm.to_owned(), secret));
        Ok(())
    }

    /// Name and domain.
    #[must_use]
    pub fn user_name(&self) -> UserName<'_> {
        UserName::new(&self.name, &self.domain)
    }

    /// The NT hash.
    #[must_use]
    pub fn nt_hash(&self) -> Option<&NtHash> {
        self.nt_hash.as_ref()
    }

    /// The hash of a realm.
    #[must_use]
    pub fn digest_secret(&self, realm: &str, hash: DigestHash) -> Option<&DigestSecret> {
        let mut secrets = self.secrets.iter();
        let found = secrets.find(|(known, secret)| known == realm && secret.hash() == hash);
        found.map(|(_, secret)| secret)
    }

    /// Whether this is the password, by the NT hash or else by any of the others.
    pub(super) fn check_password(&self, password: &str) -> bool {
        if let Some(own) = &self.nt_hash {
            let presented = NtHash::of_password(password);
            return own.as_bytes().ct_eq(presented.as_bytes()).into();
        }
        let Some((realm, secret)) = self.secrets.first() else {
            return false;
        };
        let name = self.user_name().to_string();
        let presented = DigestSecret::of_password(secret.hash(), &name, realm, password);
        let (own, presented) = (secret.as_hex().as_bytes(), presented.as_hex().as_bytes());
        own.ct_eq(presented).into()
    }

    /// The line, without an end of line.
    #[must_use]
    pub fn to_line(&self) -> Zeroizing<String> {
        let mut line = Zeroizing::new(String::new());
        push_field(&mut line, "user", &self.name);
        if !self.domain.is_empty() {
            push_field(&mut line, "domain", &self.domain);
        }
        if let Some(hash) = &self.nt_hash {
            line.push_str(" nt=");
            for byte in hash.as_bytes() {
                let _ = write!(line, "{byte:02x}");
            }
        }
        let mut realm_before = None;
        for (realm, secret) in &self.secrets {
            if realm_before != Some(realm) {
                push_field(&mut line, "realm", realm);
            }
            realm_before = Some(realm);
            let named = DIGESTS.iter().find(|(_, hash)| *hash == secret.hash());
            if let Some((name, _)) = named {
                push_field(&mut line, name, secret.as_hex());
            }
        }
        line
    }

    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_line(line: &str) -> Result<Self, UserEntryError> {
        let mut fields = fields(line)?.into_iter();
        let Some((_, name)) = fields.next().filter(|(key, _)| key == "user") else {
            return Err(UserEntryError::NoUser);
        };
        let mut entry = Self::new(&name, "")?;
        let mut realm: Option<String> = None;
        for (key, value) in fields {
            match &*key {
                "domain" if !entry.domain.is_empty() => return Err(UserEntryError::Twice(key)),
                "domain" => entry.domain = Self::new(&name, &value)?.domain,
                "nt" if entry.nt_hash.is_some() => return Err(UserEntryError::Twice(key)),
                "nt" => {
                    let hash = nt_hash(&value).ok_or(UserEntryError::Hash(key))?;
                    entry.nt_hash = Some(hash);
                }
                "realm" => realm = Some(value.as_str().to_owned()),
                "user" => return Err(UserEntryError::Twice(key)),
                _ => entry.add_digest(key, &value, realm.as_deref())?,
            }
        }
        Ok(entry)
    }

    fn add_digest(
        &mut self,
        key: String,
        value: &str,
        realm: Option<&str>,
    ) -> Result<(), UserEntryError> {
        let Some((_, hash)) = DIGESTS.iter().find(|(name, _)| *name == key) else {
            return Err(UserEntryError::UnknownField(key));
        };
        let Some(realm) = realm else {
            return Err(UserEntryError::NoRealm(key));
        };
        if self.digest_secret(realm, *hash).is_some() {
            return Err(UserEntryError::Twice(key));
        }
        match DigestSecret::from_hex(*hash, value) {
            Some(secret) => self.secrets.push((realm.to_owned(), secret)),
            None => return Err(UserEntryError::Hash(key)),
        }
        Ok(())
    }
}

fn nt_hash(digits: &str) -> Option<NtHash> {
    let mut hash = Zeroizing::new([0; 16]);
    if digits.len() != 32 || !digits.is_ascii() {
        return None;
    }
    for (byte, at) in hash.iter_mut().zip((0..32).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| NtHash::new(*hash))
}

fn push_field(line: &mut String, key: &str, value: &str) {
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(key);
    line.push('=');
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\\' | '#');
    if !value.is_empty() && value.chars().all(plain) {
        line.push_str(value);
        return;
    }
    line.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            line.push('\\');
        }
        line.push(c);
    }
    line.push('"');
}

/// The fields of a line: `key=value` or `key="value"`, with blanks between them.
fn fields(line: &str) -> Result<Vec<(String, Zeroizing<String>)>, UserEntryError> {
    let mut fields = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or(UserEntryError::Syntax)?;
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if key.is_empty() || !key.chars().all(is_key) {
            return Err(UserEntryError::Syntax);
        }
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted).ok_or(UserEntryError::Syntax)?,
            None => {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                let (value, after) = after.split_at(end);
                if value.is_empty() || value.contains(['"', '\\']) {
                    return Err(UserEntryError::Syntax);
                }
                (Zeroizing::new(value.to_owned()), after)
            }
        };
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            return Err(UserEntryError::Syntax);
        }
        fields.push((key.to_ascii_lowercase(), value));
        rest = after.trim_start();
    }
    Ok(fields)
}

/// The value behind an opening quote, and what follows the closing one.
fn unquoted(text: &str) -> Option<(Zeroizing<String>, &str)> {
    let mut value = Zeroizing::new(String::new());
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

impl fmt::Debug for UserEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserEntry")
            .field("name", &self.name)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for UserEntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str(
                "expected key=value fields with blanks between them, values with blanks in quotes",
            ),
            Self::NoUser => f.write_str("the line does not begin with user=NAME"),
            Self::Character(which) => {
                write!(f, "{which} has a control character, a backslash or a colon")
            }
            Self::UnknownField(key) => write!(
                f,
                "{key} is no field: known are user, domain, nt, realm, md5, sha-256, sha-512-256"
            ),
            Self::Twice(key) => write!(f, "{key} stands there twice"),
            Self::Hash(key) => write!(f, "{key} has not the hexadecimal digits it must have"),
            Self::NoRealm(key) => write!(f, "{key} needs a realm= before it"),
        }
    }
}

impl std::error::Error for UserEntryError {}
