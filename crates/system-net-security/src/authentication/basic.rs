//! The Basic scheme: user name and password in the clear, only encoded.
//!
//! To read: RFC 7617 (all), RFC 9110 section 11.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use subtle::{Choice, ConstantTimeEq as _};
use system_net_primitives::{Credentials, Misuse, NetworkCredential};
use zeroize::Zeroizing;

use super::{AuthenticationModule, AuthenticationRequest, Authorization, Challenge, Challenges};
use crate::trace::authentication;

#[cfg(test)]
mod tests;

const SCHEME: &str = "Basic";

/// Basic on the client's side.
///
/// It never sends default credentials, and it never repeats an answer that was refused for the
/// same request. User name and password go out as UTF-8, whatever charset the server names:
/// RFC 7617 knows no other.
///
/// # Differences from .NET
/// The .NET Framework sends Latin-1. A user name with a colon and any control character are
/// refused here, as RFC 7617 section 2 demands; .NET sends them, and the server reads another name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Basic;

impl Basic {
    /// The module.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    fn answer(
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        if credentials.is_default() {
            return None;
        }
        let credential = credentials.get_credential(request.challenged_uri(), SCHEME)?;
        // A cache may hold the default credential among others.
        if credential.is_default() {
            return None;
        }
        let Some(message) = message_of(&credential) else {
            authentication().warning(
                "Authenticate",
                format_args!(
                    "the user name has a colon, or user name or password a control character: \
                     Basic cannot carry it"
                ),
            );
            return None;
        };
        if request
            .state()
            .get::<Sent>()
            .is_some_and(|Sent(before)| *before == message)
        {
            return None;
        }
        if !request.is_secure() {
            authentication().warning(
                "Authenticate",
                format_args!(
                    "user name and password go over an unencrypted connection (Basic) to {}",
                    request.challenged_uri().host()
                ),
            );
        }
        request.state().set(Sent(message.clone()));
        Some(Authorization::new(message.as_str()))
    }
}

/// What went out last for this request.
struct Sent(Zeroizing<String>);

impl AuthenticationModule for Basic {
    fn authentication_type(&self) -> &str {
        SCHEME
    }

    fn can_pre_authenticate(&self) -> bool {
        true
    }

    fn needs_target_name(&self) -> bool {
        false
    }

    fn updates_by_fields(&self) -> bool {
        true
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        challenges.find(SCHEME)?;
        Self::answer(request, credentials)
    }

    fn pre_authenticate(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        Self::answer(request, credentials)
    }
}

/// `Basic` and the encoded pair; `None` if the pair cannot be carried.
fn message_of(credential: &NetworkCredential) -> Option<Zeroizing<String>> {
    let user = match credential.domain() {
        "" => credential.user_name().to_owned(),
        domain => format!("{domain}\\{}", credential.user_name()),
    };
    // RFC 7617 section 2: a user-id containing a colon is invalid; neither part may contain
    // control characters.
    if user.contains(':') || has_control(&user) || has_control(credential.password()) {
        return None;
    }
    let pair = Zeroizing::new(format!("{user}:{}", credential.password()));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Some(Zeroizing::new(format!("{SCHEME} {}", encoded.as_str())))
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// Basic on the server's side: one realm.
///
/// # Examples
/// ```
/// use system_net_security::authentication::BasicServer;
///
/// let server = BasicServer::new("WallyWorld")?;
/// assert_eq!(server.challenge(), r#"Basic realm="WallyWorld", charset="UTF-8""#);
///
/// let field = b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
/// let lookup = |user: &str| (user == "Aladdin").then(|| "open sesame".to_owned());
/// let user = server.check(field, lookup).expect("the password is right");
/// assert_eq!(user.user_name(), "Aladdin");
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Clone, Debug)]
pub struct BasicServer {
    challenge: String,
}

impl BasicServer {
    /// A server of that realm.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the realm has a control character.
    pub fn new(realm: &str) -> Result<Self, Misuse> {
        if has_control(realm) {
            return Err(Misuse::invalid_argument("realm", "has a control character"));
        }
        let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
        Ok(Self {
            challenge: format!("{SCHEME} realm=\"{quoted}\", charset=\"UTF-8\""),
        })
    }

    /// The value of the `WWW-Authenticate` or `Proxy-Authenticate` field.
    #[must_use]
    pub fn challenge(&self) -> &str {
        &self.challenge
    }

    /// Checks the value of an `Authorization` or `Proxy-Authorization` field against the password
    /// that `lookup` finds for the user name.
    ///
    /// The comparison takes the same time whether the user is known or not and wherever the
    /// password differs; how long `lookup` takes is its own affair.
    ///
    /// # Errors
    /// What is wrong, for the log. The answer to the client is 401 with the challenge in any case.
    pub fn check(
        &self,
        field: &[u8],
        lookup: impl FnOnce(&str) -> Option<String>,
    ) -> Result<BasicCredentials, BasicRefusal> {
        let credentials = BasicCredentials::parse(field)?;
        let found = lookup(credentials.user_name()).map(Zeroizing::new);
        let known = Choice::from(u8::from(found.is_some()));
        // An unknown user's password is compared too, with one that cannot be right.
        let expected = found.unwrap_or_default();
        if bool::from(equal(credentials.password(), &expected) & known) {
            Ok(credentials)
        } else {
            Err(BasicRefusal::WrongPassword)
        }
    }
}

/// User name and password as a client sent them.
///
/// .NET: `System.Net.HttpListenerBasicIdentity`
#[doc(alias = "HttpListenerBasicIdentity")]
#[derive(Clone)]
pub struct BasicCredentials {
    user_name: String,
    password: Zeroizing<String>,
}

impl BasicCredentials {
    /// Of a name and a password that are known otherwise.
    #[must_use]
    pub fn new(user_name: &str, password: &str) -> Self {
        Self {
            user_name: user_name.to_owned(),
            password: Zeroizing::new(password.to_owned()),
        }
    }

    /// Reads the value of an `Authorization` or `Proxy-Authorization` field.
    ///
    /// What is not valid UTF-8 is read as Latin-1, which older clients send.
    ///
    /// # Errors
    /// [`BasicRefusal::OtherScheme`] or [`BasicRefusal::Malformed`].
    pub fn parse(field: &[u8]) -> Result<Self, BasicRefusal> {
        let field = Challenge::parse_credentials(field).ok_or(BasicRefusal::Malformed)?;
        if !field.is_scheme(SCHEME) {
            return Err(BasicRefusal::OtherScheme);
        }
        let encoded = field.token68().ok_or(BasicRefusal::Malformed)?;
        let bytes = Zeroizing::new(
            DECODER
                .decode(encoded)
                .map_err(|_| BasicRefusal::Malformed)?,
        );
        let pair = Zeroizing::new(match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        });
        let (user, password) = pair.split_once(':').ok_or(BasicRefusal::Malformed)?;
        if has_control(user) || has_control(password) {
            return Err(BasicRefusal::Malformed);
        }
        Ok(Self {
            user_name: user.to_owned(),
            password: Zeroizing::new(password.to_owned()),
        })
    }

    /// The user name, with the domain before a backslash if the client sent one.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The password.
    ///
    /// .NET: `System.Net.HttpListenerBasicIdentity.Password`
    #[doc(alias = "HttpListenerBasicIdentity.Password")]
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Whether this is the password; takes the same time wherever the two differ.
    #[must_use]
    pub fn password_is(&self, expected: &str) -> bool {
        equal(&self.password, expected).into()
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicCredentials")
            .field("user_name", &self.user_name)
            .field("password", &"...")
            .finish()
    }
}

/// Some clients leave the padding out.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Compares in a time that depends on the length of what was presented only: the presenter knows
/// that one, and learns neither the expected length nor where the two differ.
fn equal(presented: &str, expected: &str) -> Choice {
    let expected = expected.as_bytes();
    let mut same = (presented.len() as u64).ct_eq(&(expected.len() as u64));
    for (index, byte) in presented.bytes().enumerate() {
        // Past the end of the expected one anything may be compared: the lengths differ already.
        let other = expected
            .get(index % expected.len().max(1))
            .copied()
            .unwrap_or_default();
        same &= byte.ct_eq(&other);
    }
    same
}

/// Why Basic credentials were not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasicRefusal {
    /// The field belongs to another scheme.
    OtherScheme,
    /// The field is not an encoded pair of user name and password.
    Malformed,
    /// The user is unknown or the password is wrong.
    WrongPassword,
}

impl fmt::Display for BasicRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherScheme => "the credentials are not for the Basic scheme",
            Self::Malformed => "the Basic credentials are malformed",
            Self::WrongPassword => "the user is unknown or the password is wrong",
        })
    }
}

impl std::error::Error for BasicRefusal {}
