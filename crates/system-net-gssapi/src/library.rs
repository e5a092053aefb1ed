//! Finding and loading the library.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::abi::Functions;
use crate::error::{GssError, GssErrorKind};

/// What the dynamic linker looks for.
const NAME: &str = "libgssapi_krb5.so.2";

/// The loaded library. A copy is the same one.
///
/// It stays loaded until the process ends: what it keeps for each thread is given back by code of
/// its own when the thread ends.
#[derive(Clone)]
pub struct Gssapi {
    functions: Arc<Functions>,
}

impl Gssapi {
    /// The system's library, as the dynamic linker finds it. Once it is loaded, a further call
    /// costs nothing; a failure is tried again.
    ///
    /// # Errors
    /// [`GssErrorKind::LibraryMissing`]: it is not installed. The message names the package.
    pub fn load() -> Result<Self, GssError> {
        static SYSTEM: OnceLock<Gssapi> = OnceLock::new();
        if let Some(library) = SYSTEM.get() {
            return Ok(library.clone());
        }
        let library = Self::load_from(Path::new(NAME))?;
        Ok(SYSTEM.get_or_init(|| library).clone())
    }

    /// The library in this file. A name without a folder is looked for by the dynamic linker.
    ///
    /// # Errors
    /// [`GssErrorKind::LibraryMissing`]: there is none, or it lacks a function that every version
    /// of MIT Kerberos has.
    pub fn load_from(path: &Path) -> Result<Self, GssError> {
        Ok(Self {
            functions: Arc::new(open(path)?),
        })
    }

    pub(crate) fn functions(&self) -> &Functions {
        &self.functions
    }
}

impl fmt::Debug for Gssapi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gssapi").finish_non_exhaustive()
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn open(path: &Path) -> Result<Functions, GssError> {
    // SAFETY: what runs when the library is loaded is its own initialization, which MIT Kerberos
    // makes safe for any thread at any time. The caller chose the file.
    let library = unsafe { libloading::Library::new(path) }.map_err(|error| {
        GssError::new(
            GssErrorKind::LibraryMissing,
            format!(
                "Kerberos cannot be used: the library {} cannot be loaded; install it (package \
                 libgssapi-krb5-2 on Debian and Ubuntu, krb5-libs on Fedora, Red Hat and Alpine, \
                 krb5 on Arch and SUSE)",
                path.display()
            ),
        )
        .with_source(error)
    })?;
    let found = functions_of(&library, path);
    // It stays for as long as the process: see the type.
    std::mem::forget(library);
    found
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn open(_path: &Path) -> Result<Functions, GssError> {
    Err(GssError::new(
        GssErrorKind::LibraryMissing,
        "Kerberos cannot be used on this system: only MIT Kerberos of Linux and the BSDs is known \
         here",
    ))
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn functions_of(library: &libloading::Library, path: &Path) -> Result<Functions, GssError> {
    /// One function, by its full name.
    macro_rules! function {
        ($name:literal) => {
            // SAFETY: the field it becomes has the type that gssapi.h gives the function of this
            // name, and the library is never unloaded.
            match unsafe { library.get($name) } {
                Ok(function) => *function,
                Err(error) => return Err(lacks($name, path).with_source(error)),
            }
        };
    }
    /// One that old versions lack.
    macro_rules! extension {
        ($name:literal) => {
            // SAFETY: as above.
            unsafe { library.get($name) }.ok().map(|function| *function)
        };
    }
    Ok(Functions {
        import_name: function!("gss_import_name"),
        display_name: function!("gss_display_name"),
        release_name: function!("gss_release_name"),
        acquire_cred: function!("gss_acquire_cred"),
        inquire_cred: function!("gss_inquire_cred"),
        release_cred: function!("gss_release_cred"),
        init_sec_context: function!("gss_init_sec_context"),
        accept_sec_context: function!("gss_accept_sec_context"),
        inquire_context: function!("gss_inquire_context"),
        delete_sec_context: function!("gss_delete_sec_context"),
        get_mic: function!("gss_get_mic"),
        verify_mic: function!("gss_verify_mic"),
        wrap: function!("gss_wrap"),
        unwrap: function!("gss_unwrap"),
        display_status: function!("gss_display_status"),
        release_buffer: function!("gss_release_buffer"),
        acquire_cred_with_password: extension!("gss_acquire_cred_with_password"),
        acquire_cred_from: extension!("gss_acquire_cred_from"),
        store_cred_into: extension!("gss_store_cred_into"),
    })
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn lacks(function: &str, path: &Path) -> GssError {
    GssError::new(
        GssErrorKind::LibraryMissing,
        format!(
            "Kerberos cannot be used: {} is no GSS-API library, it lacks {function}",
            path.display()
        ),
    )
}
