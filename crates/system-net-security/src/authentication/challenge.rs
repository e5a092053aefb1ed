//! Challenges and credentials as they stand in `WWW-Authenticate`, `Proxy-Authenticate`,
//! `Authorization` and `Proxy-Authorization`.
//!
//! To read: RFC 9110 section 11 (framework), section 5.6.1 (lists), section 5.6.4 (quoted strings).
//!
//! The list is the only one in HTTP whose elements contain commas themselves: after a comma stands
//! either another parameter of the same challenge or the name of the next scheme, and only what
//! follows the token tells which. A response may also spread its challenges over several fields.

use std::fmt;

mod cursor;
#[cfg(test)]
mod tests;

use cursor::Cursor;

/// One challenge, or the credentials that answer one: a scheme with either one opaque token or
/// named parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    token68: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Most parameters that are kept of one challenge; a challenge with more is malformed.
    pub const MAX_PARAMETERS: usize = 64;

    /// Reads the value of one `Authorization` or `Proxy-Authorization` field: exactly one scheme.
    ///
    /// Gives `None` for anything that is not exactly that, for example an empty value, a second
    /// scheme, or bytes left over.
    #[must_use]
    pub fn parse_credentials(value: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        cursor.skip_list_separators();
        let challenge = read_challenge(&mut cursor).ok()?;
        cursor.skip_list_separators();
        cursor.at_end().then_some(challenge)
    }

    /// Reads parameters that stand without a scheme, as in `Authentication-Info` (RFC 7615). The
    /// scheme of the result is empty.
    ///
    /// Gives `None` for anything else.
    pub(super) fn parse_info(value: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let mut info = Self {
            scheme: String::new(),
            token68: None,
            parameters: Vec::new(),
        };
        read_parameters(&mut cursor, &mut info).ok()?;
        cursor.at_end().then_some(info)
    }

    /// The scheme as it was written, for example `Basic`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether this is the scheme of that name; letter case does not count.
    #[must_use]
    pub fn is_scheme(&self, name: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(name)
    }

    /// The opaque token of schemes that have one instead of parameters (`Negotiate`, `NTLM`,
    /// `Basic` in requests).
    #[must_use]
    pub fn token68(&self) -> Option<&str> {
        self.token68.as_deref()
    }

    /// The value of a parameter, without quotes and escapes; letter case of the name does not
    /// count, and of several with one name the first is meant.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// All parameters in the order they came.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The `realm` parameter.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.parameter("realm")
    }
}

impl fmt::Debug for Challenge {
    /// The values are left out: in a request they are the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .parameters
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        f.debug_struct("Challenge")
            .field("scheme", &self.scheme)
            .field("token68", &self.token68.as_ref().map(|_| "..."))
            .field("parameters", &names)
            .finish()
    }
}

/// All challenges of one response, in the order the server sent them.
///
/// # Examples
/// ```
/// use system_net_security::authentication::Challenges;
///
/// let fields: [&[u8]; 2] = [b"Negotiate, Digest realm=\"a, b\", qop=\"auth\"", b"Basic realm=x"];
/// let challenges = Challenges::parse(fields);
/// let schemes: Vec<&str> = challenges.iter().map(|challenge| challenge.scheme()).collect();
/// assert_eq!(schemes, ["Negotiate", "Digest", "Basic"]);
/// assert_eq!(challenges.find("digest").and_then(|digest| digest.realm()), Some("a, b"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenges {
    challenges: Vec<Challenge>,
    malformed: bool,
}

impl Challenges {
    /// Most challenges that are kept of one response; the rest is left out and the list counts as
    /// malformed.
    pub const MAX_CHALLENGES: usize = 64;

    /// Reads the values of all `WWW-Authenticate` (or all `Proxy-Authenticate`) fields.
    ///
    /// A malformed challenge is left out. Reading goes on with the next field only: within the
    /// broken one nothing tells where the next challenge begins, and guessing could take text that
    /// the server meant as a value for a challenge.
    #[must_use]
    pub fn parse<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut list = Self::default();
        for field in fields {
            list.parse_field(field);
        }
        list
    }

    fn parse_field(&mut self, field: &[u8]) {
        let mut cursor = Cursor::new(field);
        loop {
            cursor.skip_list_separators();
            if cursor.at_end() {
                return;
            }
            if self.challenges.len() == Self::MAX_CHALLENGES {
                self.malformed = true;
                return;
            }
            match read_challenge(&mut cursor) {
                Ok(challenge) => self.challenges.push(challenge),
                Err(Malformed) => {
                    self.malformed = true;
                    return;
                }
            }
        }
    }

    /// The first challenge of a scheme; letter case does not count.
    #[must_use]
    pub fn find(&self, scheme: &str) -> Option<&Challenge> {
        self.challenges
            .iter()
            .find(|challenge| challenge.is_scheme(scheme))
    }

    /// The challenges in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = &Challenge> {
        self.challenges.iter()
    }

    /// How many challenges there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.challenges.len()
    }

    /// Whether there is no challenge at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.challenges.is_empty()
    }

    /// Whether something had to be left out because it broke the grammar or a limit.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        self.malformed
    }
}

/// The text broke the grammar; what broke it is of no use to a caller.
struct Malformed;

/// RFC 9110 section 11.3: challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ].
/// Leaves the cursor behind the challenge: at the end, or at the comma before the next.
fn read_challenge(cursor: &mut Cursor<'_>) -> Result<Challenge, Malformed> {
    let scheme = cursor.token().ok_or(Malformed)?;
    let mut challenge = Challenge {
        scheme: scheme.to_owned(),
        token68: None,
        parameters: Vec::new(),
    };
    let separated = cursor.skip_blanks();
    if cursor.at_element_end() {
        // `NTLM, Basic`, or `Scheme ,a=1`: the grammar allows empty list elements.
        read_parameters(cursor, &mut challenge)?;
        return Ok(challenge);
    }
    if !separated {
        return Err(Malformed);
    }
    // `a=b` and the token68 `a=` begin alike. A token68 must reach the end of the element, a
    // parameter never can: its value is not empty, and `=` is no part of a token.
    if let Some(token) = cursor.token68_element() {
        challenge.token68 = Some(token.to_owned());
        return Ok(challenge);
    }
    push_parameter(cursor, &mut challenge)?;
    read_parameters(cursor, &mut challenge)?;
    Ok(challenge)
}

/// The further parameters of a challenge, up to the comma before the next scheme.
fn read_parameters(cursor: &mut Cursor<'_>, challenge: &mut Challenge) -> Result<(), Malformed> {
    loop {
        let before = cursor.clone();
        cursor.skip_list_separators();
        if cursor.at_end() {
            return Ok(());
        }
        if !cursor.looks_like_parameter() {
            *cursor = before;
            return Ok(());
        }
        push_parameter(cursor, challenge)?;
    }
}

/// RFC 9110 section 11.2: auth-param = token BWS "=" BWS ( token / quoted-string ).
fn push_parameter(cursor: &mut Cursor<'_>, challenge: &mut Challenge) -> Result<(), Malformed> {
    if challenge.parameters.len() == Challenge::MAX_PARAMETERS {
        return Err(Malformed);
    }
    let name = cursor.token().ok_or(Malformed)?.to_owned();
    cursor.skip_blanks();
    if !cursor.skip_byte(b'=') {
        return Err(Malformed);
    }
    cursor.skip_blanks();
    let value = cursor.parameter_value().ok_or(Malformed)?;
    cursor.skip_blanks();
    if !cursor.at_element_end() {
        return Err(Malformed);
    }
    challenge.parameters.push((name, value));
    Ok(())
}
