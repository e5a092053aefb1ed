//! `X509Store`: certificates that are kept, with their private keys, in a folder; or the system's.
//!
//! The folder has the form that .NET gives it on Linux: a PKCS #12 file without a password for each
//! certificate, named after its thumbprint, readable by their owner alone.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{X509Certificate2, X509CertificateCollection, pkcs12, read_file};
use crate::tls::error::TlsError;
use crate::tls::roots;

/// Which certificates a store keeps.
///
/// .NET: `System.Security.Cryptography.X509Certificates.StoreName`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreName {
    /// Those of the user, with private keys.
    My,
    /// Authorities that are trusted.
    Root,
    /// Authorities between those and others.
    CertificateAuthority,
    /// Those that are not to be trusted.
    Disallowed,
}

impl StoreName {
    /// The name of the folder.
    const fn folder(self) -> &'static str {
        match self {
            Self::My => "my",
            Self::Root => "root",
            Self::CertificateAuthority => "ca",
            Self::Disallowed => "disallowed",
        }
    }
}

/// Whose store it is.
///
/// .NET: `System.Security.Cryptography.X509Certificates.StoreLocation`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreLocation {
    /// That of the user who runs the program.
    CurrentUser,
    /// That of the machine; of these there is [`StoreName::Root`] alone, and it is not written to.
    LocalMachine,
}

/// Certificates that are kept.
///
/// What is in it was read when it was opened; [`add`](Self::add) and [`remove`](Self::remove) change
/// the files as well. A store of a user is no matter of trust here: whom connections trust, the
/// system's authorities and `extra_roots` of their options say.
///
/// # Examples
/// ```no_run
/// use system_net_security::{StoreLocation, StoreName, X509FindType, X509Store};
///
/// let store = X509Store::open(StoreName::My, StoreLocation::CurrentUser)?;
/// let found = store.certificates().find(&X509FindType::SubjectName("jsmith"));
/// println!("{} certificate(s)", found.len());
/// # Ok::<(), system_net_security::TlsError>(())
/// ```
///
/// .NET: `System.Security.Cryptography.X509Certificates.X509Store`
pub struct X509Store {
    /// `None`: the machine's.
    folder: Option<PathBuf>,
    certificates: X509CertificateCollection,
}

impl X509Store {
    /// Opens a store of the user, which is empty if there is none yet, or of the machine.
    ///
    /// The user's are in `~/.dotnet/corefx/cryptography/x509stores`, as those of .NET. The machine's
    /// authorities are those that connections trust: of `SSL_CERT_FILE` and `SSL_CERT_DIR` if one of
    /// them is set, else the system's.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): the machine has no such
    /// store, the user has no home, or as for [`open_folder`](Self::open_folder).
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Store.Open`
    #[doc(alias = "X509Store.Open")]
    pub fn open(name: StoreName, location: StoreLocation) -> Result<Self, TlsError> {
        match (location, name) {
            (StoreLocation::LocalMachine, StoreName::Root) => {
                let system = roots::system_certificates()?;
                let certificates = system
                    .iter()
                    .filter_map(|der| X509Certificate2::from_der(der).ok());
                Ok(Self {
                    folder: None,
                    certificates: certificates.collect(),
                })
            }
            (StoreLocation::LocalMachine, name) => Err(TlsError::configuration(format!(
                "the machine has no store {name:?}: of the machine there is Root alone, as in .NET on \
                 Linux"
            ))),
            (StoreLocation::CurrentUser, name) => {
                let home = roots::variable("HOME").filter(|home| !home.is_empty());
                let home = home.ok_or_else(|| {
                    TlsError::configuration(
                        "the user's store cannot be found: the variable HOME is not set",
                    )
                })?;
                let stores = Path::new(&home).join(".dotnet/corefx/cryptography/x509stores");
                Self::open_folder(stores.join(name.folder()))
            }
        }
    }

    /// Opens a store in a folder of one's own; without the folder it is empty, and the folder is made
    /// when something is [added](Self::add).
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): the folder, or a `.pfx`
    /// file in it, cannot be read, or others than its owner may use the folder.
    pub fn open_folder(folder: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let folder = folder.into();
        let mut files = Vec::new();
        match fs::read_dir(&folder) {
            Ok(entries) => {
                check_owner_alone(&folder)?;
                for entry in entries {
                    let path = entry.map_err(|error| unusable(&folder, &error))?.path();
                    if path
                        .extension()
                        .is_some_and(|it| it.eq_ignore_ascii_case("pfx"))
                    {
                        files.push(path);
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(&folder, &error)),
        }
        files.sort();
        let mut certificates = X509CertificateCollection::new();
        for path in files {
            let content = read_file(&path)?;
            let read = X509Certificate2::from_pkcs12(&content, None);
            certificates.add(read.map_err(|error| super::in_file(&path, error))?);
        }
        Ok(Self {
            folder: Some(folder),
            certificates,
        })
    }

    /// What is in it.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Store.Certificates`
    #[doc(alias = "X509Store.Certificates")]
    #[must_use]
    pub const fn certificates(&self) -> &X509CertificateCollection {
        &self.certificates
    }

    /// The certificate that is the same as this one and has its private key. `None`: there is none.
    #[must_use]
    pub fn with_private_key(&self, certificate: &X509Certificate2) -> Option<&X509Certificate2> {
        self.certificates
            .iter()
            .find(|kept| kept.has_private_key() && kept.raw_data() == certificate.raw_data())
    }

    /// Keeps a certificate, with its private key and those above it as far as it has them. One that is
    /// there is replaced, unless that would lose its key. The folder is made if need be, for its owner
    /// alone (0700), and so is the file (0600).
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): the store is the machine's,
    /// or the file cannot be written.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Store.Add`
    #[doc(alias = "X509Store.Add")]
    pub fn add(&mut self, certificate: &X509Certificate2) -> Result<(), TlsError> {
        let folder = self.own_folder()?.to_owned();
        if !certificate.has_private_key() && self.with_private_key(certificate).is_some() {
            return Ok(());
        }
        let content = pkcs12::write(certificate)?;
        let name = certificate.thumbprint();
        let path = folder.join(format!("{name}.pfx"));
        let write = || {
            make_folder(&folder)?;
            // A file that is half written is seen by nobody.
            let new = folder.join(format!("{name}.{}.new", std::process::id()));
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let written = options
                .open(&new)
                .and_then(|mut file| file.write_all(&content))
                .and_then(|()| fs::rename(&new, &path));
            if written.is_err() {
                let _may_not_be_there = fs::remove_file(&new);
            }
            written
        };
        write().map_err(|error| unusable(&path, &error))?;
        check_owner_alone(&folder)?;
        self.forget(certificate);
        self.certificates.add(certificate.clone());
        Ok(())
    }

    /// Takes a certificate out, with its private key. False: it was not in.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): the store is the machine's,
    /// or the file cannot be deleted.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Store.Remove`
    #[doc(alias = "X509Store.Remove")]
    pub fn remove(&mut self, certificate: &X509Certificate2) -> Result<bool, TlsError> {
        let folder = self.own_folder()?.to_owned();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(unusable(&folder, &error)),
        };
        let mut removed = false;
        let name = certificate.thumbprint();
        for entry in entries {
            let path = entry.map_err(|error| unusable(&folder, &error))?.path();
            // .NET puts a number between where there are several.
            let stem = path
                .file_name()
                .and_then(|it| it.to_str())
                .unwrap_or_default();
            let stem = stem
                .strip_suffix(".pfx")
                .and_then(|it| it.split('.').next());
            if stem.is_some_and(|stem| stem.eq_ignore_ascii_case(&name)) {
                fs::remove_file(&path).map_err(|error| unusable(&path, &error))?;
                removed = true;
            }
        }
        self.forget(certificate);
        Ok(removed)
    }

    fn forget(&mut self, certificate: &X509Certificate2) {
        let others = self.certificates.iter();
        let others = others.filter(|kept| kept.raw_data() != certificate.raw_data());
        self.certificates = others.cloned().collect();
    }

    fn own_folder(&self) -> Result<&Path, TlsError> {
        self.folder.as_deref().ok_or_else(|| {
            TlsError::configuration("the machine's store is not written to: use the system's tools")
        })
    }
}

impl fmt::Debug for X509Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("X509Store")
            .field("folder", &self.folder)
            .field("certificates", &self.certificates)
            .finish()
    }
}

/// The certificates, each that lacks its private key with that of the user's store, if it is there.
pub(in crate::tls) fn with_keys_of_user(
    certificates: &X509CertificateCollection,
) -> X509CertificateCollection {
    let store = match X509Store::open(StoreName::My, StoreLocation::CurrentUser) {
        Ok(store) => store,
        Err(error) => {
            crate::trace::channels().warning("LoadStore", format_args!("{error}"));
            return certificates.clone();
        }
    };
    let found = certificates.iter().map(|certificate| {
        let kept = match certificate.has_private_key() {
            true => None,
            false => store.with_private_key(certificate),
        };
        kept.unwrap_or(certificate).clone()
    });
    found.collect()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Private keys lie in it.
fn check_owner_alone(folder: &Path) -> Result<(), TlsError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let found = fs::metadata(folder).map_err(|error| unusable(folder, &error))?;
        let mode = found.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(TlsError::configuration(format!(
                "the certificate store {} may be used by others than its owner (mode {mode:o}): \
                 chmod 700 it",
                folder.display()
            )));
        }
    }
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> TlsError {
    TlsError::configuration(format!(
        "the certificate store {} cannot be used: {error}",
        path.display()
    ))
}
