//! The password of `-u`, or of an address: from the command line with a warning, from SYSNET_PASSWORD, or asked for.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};

use percent_encoding::percent_decode_str;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use system_net::{NetworkCredential, Uri};

use crate::failure::{FAILED, Failure};

/// The variable that holds the password when `-u` does not.
const VARIABLE: &str = "SYSNET_PASSWORD";

pub(crate) fn credential(user: &str, quiet: bool) -> Result<NetworkCredential, Failure> {
    if let Some((name, password)) = user.split_once(':') {
        if !quiet && !password.is_empty() {
            warn_of(name);
        }
        return Ok(NetworkCredential::new(name, password));
    }
    let password = match from_environment() {
        Some(password) => password,
        None => ask(user).map_err(|error| {
            Failure::file(FAILED, "cannot ask for the password", &error)
                .advise(format!("set {VARIABLE} where there is no terminal"))
        })?,
    };
    Ok(NetworkCredential::new(user, password))
}

/// The user name and the password in an address, `http://user:pw@host/`; a missing password is
/// taken from the environment, and is empty there too.
pub(crate) fn in_address(uri: &Uri, quiet: bool) -> Option<NetworkCredential> {
    let user_info = uri.user_info();
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (name, password) = match user_info.split_once(':') {
        _ if user_info.is_empty() => return None,
        Some((name, password)) => {
            if !quiet && !password.is_empty() {
                warn_of(&decode(name));
            }
            (decode(name), decode(password))
        }
        None => (decode(user_info), from_environment().unwrap_or_default()),
    };
    Some(NetworkCredential::new(&name, &password))
}

/// An address as it may be shown: without the password in it, well-formed or not.
pub(crate) fn hidden(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((user_info, host)) => {
            let user = user_info.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{path}")
        }
        None => address.to_owned(),
    }
}

fn warn_of(name: &str) {
    eprintln!(
        "sysnet: every user of this machine can see a password in the command line; \
         use {VARIABLE}, or -u {name} to be asked"
    );
}

fn from_environment() -> Option<String> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the environment is read in the program"
    )]
    std::env::var(VARIABLE).ok()
}

/// Asks on the terminal, whatever stdin and stdout are, without showing what is typed.
fn ask(user: &str) -> io::Result<String> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    // Hidden first: who sees the question may type at once.
    let shown = tcgetattr(&terminal)?;
    let hidden = HiddenInput::begin(terminal.try_clone()?, shown)?;
    write!(terminal, "Password of {user}: ")?;
    let mut password = String::new();
    BufReader::new(&terminal).read_line(&mut password)?;
    drop(hidden);
    writeln!(terminal)?;
    let password = password.trim_end_matches(['\r', '\n']);
    Ok(password.to_owned())
}

/// Shows what is typed again when dropped.
struct HiddenInput {
    terminal: File,
    shown: Termios,
}

impl HiddenInput {
    fn begin(terminal: File, shown: Termios) -> io::Result<Self> {
        let mut quiet = shown.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, shown })
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that has gone.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.shown);
    }
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn addresses_are_shown_without_passwords() {
        for (address, shown) in [
            ("http://user:pw@h/p?q#f", "http://user@h/p?q#f"),
            ("http://user:p@w@h", "http://user@h"),
            ("http://user:pw@ho st/", "http://user@ho st/"),
            ("http://h/a:b@c", "http://h/a:b@c"),
            ("http://user@h/", "http://user@h/"),
            ("no address", "no address"),
        ] {
            assert_eq!(hidden(address), shown);
        }
    }
}
