//! The login of the user who runs the process, where there is no system that keeps one: a file
//! that the variable `NTLM_USER_FILE` names, as for the NTLM mechanism of GSS-API.
//!
//! Each line is `DOMAIN:user:password`; the first one counts. Lines that begin with `#` do not.

use std::env;
use std::fs;
use std::path::Path;

use system_net_primitives::NetworkCredential;
use zeroize::Zeroizing;

use crate::mechanism::{LogonError, LogonErrorKind};
use crate::trace;

const VARIABLE: &str = "NTLM_USER_FILE";

/// The login in the file that the variable names.
#[allow(
    clippy::disallowed_methods,
    reason = "the variable belongs to the login and not to this library's settings, as KRB5CCNAME does"
)]
pub(super) fn default_credential() -> Result<NetworkCredential, LogonError> {
    let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
        return Err(LogonError::new(
            LogonErrorKind::NoCredentials,
            "NTLM cannot log in the user who runs the process: give a user name and a password, or \
             name a file with a line DOMAIN:user:password in the variable NTLM_USER_FILE",
        ));
    };
    read(Path::new(&path))
}

fn read(path: &Path) -> Result<NetworkCredential, LogonError> {
    let failed = |what: &str| {
        LogonError::new(
            LogonErrorKind::NoCredentials,
            format!("{VARIABLE}: {}: {what}", path.display()),
        )
    };
    let text = fs::read_to_string(path).map_err(|error| {
        let message = format!("it cannot be read: {error}");
        failed(&message).with_source(error)
    })?;
    let text = Zeroizing::new(text);
    warn_of_readers(path);
    let lines = text.lines().map(str::trim_start);
    let mut logins = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = logins.next().ok_or_else(|| failed("it has no line"))?;
    let mut parts = line.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(domain), Some(user), Some(password)) if !user.is_empty() => {
            Ok(NetworkCredential::with_domain(user, password, domain))
        }
        _ => Err(failed("its first line is not DOMAIN:user:password")),
    }
}

/// Passwords that others can read.
#[cfg(unix)]
fn warn_of_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    const OTHERS: u32 = 0o077;
    let mode = fs::metadata(path).map(|facts| facts.permissions().mode());
    if mode.is_ok_and(|mode| mode & OTHERS != 0) {
        trace::authentication().warning(
            "Authenticate",
            format_args!(
                "{} holds a password, and others than its owner may read it: take that right away \
                 (chmod 600)",
                path.display()
            ),
        );
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_path: &Path) {}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn check(text: &str, expected: Result<(&str, &str, &str), &str>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        match (read(file.path()), expected) {
            (Ok(login), Ok(expected)) => {
                let found = (login.domain(), login.user_name(), login.password());
                assert_eq!(found, expected, "{text:?}");
            }
            (Err(error), Err(expected)) => {
                assert_eq!(error.kind(), LogonErrorKind::NoCredentials);
                let message = error.to_string();
                assert!(message.contains(expected), "{text:?}: {message}");
                assert!(!message.contains("secret"), "{message}");
            }
            (found, _) => panic!("{text:?}: {found:?}"),
        }
    }

    #[test]
    fn lines_of_a_user_file() {
        check("D:ann:secret\n", Ok(("D", "ann", "secret")));
        check(
            "# a comment\n\n  D:ann:se:cr:et\nE:bob:x",
            Ok(("D", "ann", "se:cr:et")),
        );
        check(":ann:", Ok(("", "ann", "")));
        check("", Err("has no line"));
        check("# none\n", Err("has no line"));
        check("ann:secret\n", Err("DOMAIN:user:password"));
        check("D::secret\n", Err("DOMAIN:user:password"));
    }

    #[test]
    fn a_file_that_is_not_there() {
        let error = read(Path::new("/nonexistent/ntlm")).unwrap_err();
        assert_eq!(error.kind(), LogonErrorKind::NoCredentials);
        assert!(error.to_string().contains("/nonexistent/ntlm"), "{error}");
    }
}
