//! What a client logs in with.

use system_net_gssapi::{
    Credential, CredentialStore, CredentialUse, GssError, Gssapi, KERBEROS, NameKind,
};
use system_net_primitives::{Credentials as _, NetworkCredential};

/// The user's own tickets, somebody's tickets or keys, or tickets for a password. `None` stands
/// for whatever the library finds by itself.
pub(super) fn credential(
    library: &Gssapi,
    user: &NetworkCredential,
    store: &CredentialStore,
) -> Result<Option<Credential>, GssError> {
    let Some(principal) = principal(user) else {
        let is_usual = *store == CredentialStore::default();
        return match is_usual {
            true => Ok(None),
            false => library
                .acquire(None, CredentialUse::Initiate, KERBEROS, store)
                .map(Some),
        };
    };
    let name = library.import_name(&principal, NameKind::User)?;
    match user.password() {
        "" => library.acquire(Some(&name), CredentialUse::Initiate, KERBEROS, store),
        password => library.acquire_with_password(&name, password, KERBEROS),
    }
    .map(Some)
}

/// `user@REALM`, or `user` of the default realm; `None` for the user who runs the process.
pub(super) fn principal(user: &NetworkCredential) -> Option<String> {
    let name = user.user_name();
    if user.is_default() || name.is_empty() {
        return None;
    }
    let (domain, name) = match user.domain() {
        "" => name.split_once('\\').unwrap_or(("", name)),
        domain => (domain, name),
    };
    Some(match domain {
        "" => name.to_owned(),
        domain => format!("{name}@{domain}"),
    })
}
