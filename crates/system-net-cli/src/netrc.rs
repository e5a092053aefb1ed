//! `-n`, `--netrc-file` and `--netrc-optional`: logins from a `.netrc` file.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use system_net::{Netrc, NetworkCredential, Uri};

use crate::arguments::Transfer;
use crate::failure::{Failure, READ};

/// The logins of the file that the options name.
pub(crate) struct Logins {
    netrc: Netrc,
    /// A login in an address goes before the file's.
    optional: bool,
}

impl Logins {
    /// `None`: no option asks for them, or there is no file where there may be none.
    ///
    /// # Errors
    /// The file cannot be read, or is no netrc file.
    pub(crate) fn of(options: &Transfer) -> Result<Option<Self>, Failure> {
        let optional = options.netrc_optional;
        if !options.netrc && !optional && options.netrc_file.is_none() {
            return Ok(None);
        }
        let tell = |what: std::fmt::Arguments<'_>| {
            if !options.silent {
                eprintln!("sysnet: {what}");
            }
        };
        let Some(path) = options.netrc_file.clone().or_else(usual_file) else {
            return Err(Failure::new(READ, "-n: there is no home folder")
                .advise("name the file: --netrc-file FILE"));
        };
        let shown = path.display();
        let netrc = match Netrc::load(&path) {
            Ok(netrc) => netrc,
            Err(error) => match error.io_error() {
                Some(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                    // Only a file that was named has to be there.
                    if options.netrc_file.is_some() && !optional {
                        return Err(Failure::file(READ, shown, cause));
                    }
                    if !optional {
                        tell(format_args!(
                            "-n: {shown} is not there: no login of a file is sent"
                        ));
                    }
                    return Ok(None);
                }
                Some(cause) => return Err(Failure::file(READ, shown, cause)),
                None => return Err(Failure::new(READ, format_args!("{shown}: {error}"))),
            },
        };
        if netrc.readable_by_others() {
            tell(format_args!(
                "other users of this machine can read the passwords in {shown}: chmod 600 {shown}"
            ));
        }
        for line in netrc.skipped_lines() {
            tell(format_args!(
                "{shown}:{line}: words that mean nothing were skipped; a password with blanks \
                 belongs in quotation marks"
            ));
        }
        Ok(Some(Self { netrc, optional }))
    }

    /// The login for this address, of the name in it if there is one.
    pub(crate) fn find(&self, uri: &Uri) -> Option<NetworkCredential> {
        let user_info = uri.user_info();
        if user_info.is_empty() {
            return self.netrc.find(uri, None);
        }
        if self.optional {
            return None;
        }
        let user = user_info.split(':').next().unwrap_or_default();
        let user = percent_decode_str(user).decode_utf8_lossy();
        self.netrc.find(uri, Some(&user))
    }
}

fn usual_file() -> Option<PathBuf> {
    std::env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .map(|home| home.join(".netrc"))
}
