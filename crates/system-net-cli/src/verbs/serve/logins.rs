//! `--auth`, `--users`, `--user`, `--realm`, `--keytab`: who may log in, and how.

use std::sync::Arc;

use system_net::accounts::{Accounts, CredentialValidator, UsersFile, UsersFileError};
use system_net::kerberos::KerberosServerOptions;
use system_net::{AuthenticationSchemes, HttpListener};

use crate::arguments::{LoginScheme, ServeLogins};
use crate::failure::{Failure, READ, USAGE};
use crate::password;

const fn flag(scheme: LoginScheme) -> AuthenticationSchemes {
    match scheme {
        LoginScheme::Basic => AuthenticationSchemes::BASIC,
        LoginScheme::Digest => AuthenticationSchemes::DIGEST,
        LoginScheme::Ntlm => AuthenticationSchemes::NTLM,
        LoginScheme::Negotiate => AuthenticationSchemes::NEGOTIATE,
    }
}

/// Sets what the options say.
pub(super) fn set(
    listener: &HttpListener,
    options: &ServeLogins,
    silent: bool,
) -> Result<(), Failure> {
    if options.auth.is_empty() {
        return Ok(());
    }
    let flags = options.auth.iter().map(|scheme| flag(*scheme));
    let schemes = flags.fold(AuthenticationSchemes::NONE, |all, flag| all | flag);
    let users = users(options, silent)?;
    let by_ticket = options.keytab.is_some() && schemes == AuthenticationSchemes::NEGOTIATE;
    if users.is_none() && !by_ticket {
        return Err(Failure::new(USAGE, "--auth needs to know who may log in")
            .advise("give --users FILE, or -u NAME for one user"));
    }
    listener.set_credential_validator(users);
    listener.set_authentication_schemes(schemes);
    listener
        .set_realm(Some(&options.realm))
        .map_err(|error| Failure::new(USAGE, format!("--realm: {error}")))?;
    if let Some(keytab) = &options.keytab {
        std::fs::metadata(keytab).map_err(|error| Failure::file(READ, keytab.display(), &error))?;
        listener.set_kerberos_options(Some(KerberosServerOptions {
            keytab: Some(format!("FILE:{}", keytab.display())),
            ..KerberosServerOptions::default()
        }));
    }
    Ok(())
}

fn users(
    options: &ServeLogins,
    silent: bool,
) -> Result<Option<Arc<dyn CredentialValidator>>, Failure> {
    if let Some(path) = &options.users {
        let file = UsersFile::open(path).map_err(|error| match &error {
            UsersFileError::Read { path, source } => Failure::file(READ, path.display(), source),
            _ => Failure::new(READ, error),
        })?;
        return Ok(Some(Arc::new(file)));
    }
    let Some(user) = &options.user else {
        return Ok(None);
    };
    let one = password::credential(user, silent)?;
    let (domain, name) = match one.user_name().split_once('\\') {
        Some(parts) => parts,
        None => ("", one.user_name()),
    };
    let accounts = Accounts::new();
    accounts.add(name, domain, one.password());
    Ok(Some(Arc::new(accounts)))
}
