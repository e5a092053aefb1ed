//! A file with the secrets of connections, for those who asked for it.
//!
//! To read: the SSLKEYLOGFILE format (draft-ietf-tls-keylogfile): a label, the client's random and
//! the secret in hexadecimal digits, one a line.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::KeyLog;
use zeroize::Zeroizing;

use super::error::TlsError;
use crate::trace::channels;

/// Adds lines to a file.
pub(super) struct KeyLogFile {
    file: Mutex<File>,
}

impl KeyLogFile {
    /// Opens or makes the file, readable by its owner alone if it is made.
    pub(super) fn open(path: &Path) -> Result<Arc<dyn KeyLog>, TlsError> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            let message = format!("the key log {} cannot be opened", path.display());
            TlsError::configuration(message).with_source(error)
        })?;
        channels().warning(
            "KeyLog",
            format_args!(
                "the secrets of TLS connections are written to {}, because this program asked for \
                 it: whoever reads the file can read the connections",
                path.display()
            ),
        );
        Ok(Arc::new(Self {
            file: Mutex::new(file),
        }))
    }
}

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut line = Zeroizing::new(String::with_capacity(
            label.len() + 2 * (client_random.len() + secret.len()) + 3,
        ));
        line.push_str(label);
        for bytes in [client_random, secret] {
            line.push(' ');
            for byte in bytes {
                let _never_fails = write!(line, "{byte:02x}");
            }
        }
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(line.as_bytes()) {
            channels().warning("KeyLog", format_args!("cannot be written: {error}"));
        }
    }
}

impl fmt::Debug for KeyLogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLogFile").finish_non_exhaustive()
    }
}
