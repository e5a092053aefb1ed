//! What the client remembers of a protection space: so that one challenge does for many requests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use system_net_primitives::NetworkCredential;

use super::SCHEME;
use super::offer::Offer;
use super::secret::DigestSecret;
use super::text::{extended, has_control, push_escaped, push_quoted};
use crate::authentication::ProtectionSpace;
use crate::mechanism::{LogonError, Randomness};

/// One challenge, as one user answers it: what stays when the server names another nonce.
pub(super) struct Session {
    /// Under which it is kept.
    pub(super) key: u64,
    pub(super) offer: Offer,
    pub(super) credential: NetworkCredential,
    pub(super) proxy: bool,
    pub(super) spaces: Vec<ProtectionSpace>,
    /// The name and realm of each field: what is the same in all of them.
    pub(super) begin: String,
    /// And what stands behind the proof.
    pub(super) end: String,
    pub(super) secret: DigestSecret,
}

impl Session {
    /// The user name as it counts in hashes; `None` if the field cannot carry it.
    pub(super) fn user_name(credential: &NetworkCredential) -> Option<String> {
        let name = match credential.domain() {
            "" => credential.user_name().to_owned(),
            domain => format!("{domain}\\{}", credential.user_name()),
        };
        (!has_control(&name)).then_some(name)
    }

    pub(super) fn new(
        key: u64,
        offer: Offer,
        credential: NetworkCredential,
        user_name: &str,
        proxy: bool,
        spaces: Vec<ProtectionSpace>,
    ) -> Self {
        let hash = offer.algorithm.hash();
        let secret =
            DigestSecret::of_password(hash, user_name, &offer.realm, credential.password());
        Self {
            key,
            begin: begin(&offer, user_name),
            end: end(&offer),
            offer,
            credential,
            proxy,
            spaces,
            secret,
        }
    }
}

fn begin(offer: &Offer, user_name: &str) -> String {
    let mut field = format!("{SCHEME} username");
    if offer.user_hash {
        field.push_str("=\"");
        field.push_str(&offer.algorithm.hash().of_user(user_name, &offer.realm));
        field.push('"');
    } else if offer.utf8 && !user_name.is_ascii() {
        field.push_str("*=");
        field.push_str(&extended(user_name));
    } else {
        field.push_str("=\"");
        push_escaped(&mut field, user_name);
        field.push('"');
    }
    push_quoted(&mut field, "realm", &offer.realm);
    field
}

/// What is sent back as it came: servers of old do not know parameters they did not name.
fn end(offer: &Offer) -> String {
    let mut field = String::new();
    if let Some(algorithm) = &offer.algorithm_text {
        field.push_str(", algorithm=");
        field.push_str(algorithm);
    }
    if let Some(opaque) = &offer.opaque {
        push_quoted(&mut field, "opaque", opaque);
    }
    if offer.user_hash {
        field.push_str(", userhash=true");
    }
    field
}

/// 16 random bytes as text.
pub(super) fn random_text(randomness: &dyn Randomness) -> Result<String, LogonError> {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
