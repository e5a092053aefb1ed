//! The system's trusted authorities, read once per process and only when they are needed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls_native_certs::CertificateResult;
#[cfg(feature = "pkcs12")]
use rustls_pki_types::CertificateDer;

use super::error::TlsError;
use crate::trace::channels;

#[cfg(test)]
mod tests;

/// The authorities the process trusts by its environment.
///
/// Reading takes some ten milliseconds; a success is kept, a failure is tried again.
pub(super) fn system_roots() -> Result<Arc<RootCertStore>, TlsError> {
    static ROOTS: Mutex<Option<Arc<RootCertStore>>> = Mutex::new(None);
    // The variable is set whole or not at all, so a poisoned lock is as good as any.
    let mut roots = ROOTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(roots) = &*roots {
        return Ok(Arc::clone(roots));
    }
    let loaded = Arc::new(load(&StorePaths::from_environment())?);
    *roots = Some(Arc::clone(&loaded));
    Ok(loaded)
}

/// The same authorities as certificates, for who looks at them. They are read anew.
#[cfg(feature = "pkcs12")]
pub(super) fn system_certificates() -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let paths = StorePaths::from_environment();
    // What cannot be read is the same error as for connections.
    load(&paths)?;
    let mut found = Vec::new();
    match paths.is_empty() {
        true => found.extend(rustls_native_certs::load_native_certs().certs),
        false => {
            let file = paths.file.as_deref();
            found.extend(rustls_native_certs::load_certs_from_paths(file, None).certs);
            for directory in &paths.directories {
                let of_it = rustls_native_certs::load_certs_from_paths(None, Some(directory));
                found.extend(of_it.certs);
            }
        }
    }
    Ok(found)
}

/// Where OpenSSL's variables say the authorities are.
#[derive(Debug, Default)]
struct StorePaths {
    file: Option<PathBuf>,
    directories: Vec<PathBuf>,
}

impl StorePaths {
    fn from_environment() -> Self {
        Self::new(variable("SSL_CERT_FILE"), variable("SSL_CERT_DIR"))
    }

    fn new(file: Option<OsString>, directories: Option<OsString>) -> Self {
        // An empty value is the same as none, as OpenSSL has it.
        let directories = directories.unwrap_or_default();
        Self {
            file: file.filter(|file| !file.is_empty()).map(PathBuf::from),
            directories: std::env::split_paths(&directories)
                .filter(|directory| !directory.as_os_str().is_empty())
                .collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.file.is_none() && self.directories.is_empty()
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the store's place is a setting of the TLS libraries of the whole system, read where \
              the store is read"
)]
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn load(paths: &StorePaths) -> Result<RootCertStore, TlsError> {
    if paths.is_empty() {
        load_system()
    } else {
        load_named(paths)
    }
}

/// What the user named must be there: a missing store must not turn into another one.
fn load_named(paths: &StorePaths) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &paths.file {
        let loaded = rustls_native_certs::load_certs_from_paths(Some(file), None);
        add_named("SSL_CERT_FILE", file, loaded, &mut roots)?;
    }
    for directory in &paths.directories {
        let loaded = rustls_native_certs::load_certs_from_paths(None, Some(directory));
        add_named("SSL_CERT_DIR", directory, loaded, &mut roots)?;
    }
    Ok(roots)
}

fn add_named(
    variable: &str,
    path: &Path,
    loaded: CertificateResult,
    roots: &mut RootCertStore,
) -> Result<(), TlsError> {
    if let Some(error) = loaded.errors.into_iter().next() {
        let detail = format!(
            "the certificate store {} ({variable}) cannot be read",
            path.display()
        );
        return Err(TlsError::configuration(detail).with_source(error));
    }
    let is_file = variable == "SSL_CERT_FILE";
    let found = loaded.certs.len();
    let (added, _) = roots.add_parsable_certificates(loaded.certs);
    // A directory may be empty on purpose, to trust nobody; a file without certificates is
    // another file than the user meant.
    if added == 0 && (is_file || found > 0) {
        let detail = format!(
            "the certificate store {} ({variable}) has no usable certificate",
            path.display()
        );
        return Err(TlsError::configuration(detail));
    }
    Ok(())
}

fn load_system() -> Result<RootCertStore, TlsError> {
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        channels().warning(
            "LoadStore",
            format_args!("a part of the system's certificate store cannot be read: {error}"),
        );
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(loaded.certs);
    if roots.is_empty() {
        channels().warning(
            "LoadStore",
            format_args!(
                "the system has no certificate store; the list of authorities built into this \
                 program is used, which ages with it: install the package ca-certificates"
            ),
        );
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}
