//! Names of users and services.

use std::fmt;
use std::ptr;

use crate::abi::{Handle, Oid};
use crate::buffer::{Output, input};
use crate::error::GssError;
use crate::library::Gssapi;
use crate::status::{Call, check};

/// How the text of a name is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameKind {
    /// `HTTP@www.example.com`, a service of a host: `GSS_C_NT_HOSTBASED_SERVICE`. The library
    /// may ask the name service for the host's canonical name (`dns_canonicalize_hostname`,
    /// `rdns` in `krb5.conf`, both on by default).
    HostbasedService,
    /// `ann@EXAMPLE.COM` or `HTTP/www.example.com@EXAMPLE.COM`, a principal as it stands:
    /// `GSS_KRB5_NT_PRINCIPAL_NAME`. Without `@` it is of the default realm; with an `@` and
    /// nothing behind, the realm of the user's ticket finds the service.
    Principal,
    /// `ann` or `ann@EXAMPLE.COM`, a user: `GSS_C_NT_USER_NAME`.
    User,
}

impl NameKind {
    /// RFC 2744 section 5.1 and appendix A; RFC 1964 section 2.1.1.
    const fn oid(self) -> &'static [u8] {
        match self {
            Self::HostbasedService => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04],
            Self::Principal => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01],
            Self::User => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x01],
        }
    }
}

/// A name in the library's own form.
pub struct Name {
    library: Gssapi,
    handle: Handle,
}

// SAFETY: a name belongs to no thread; the library keeps no state about its user's thread in it.
unsafe impl Send for Name {}

impl Gssapi {
    /// A name from its text.
    ///
    /// # Errors
    /// [`GssErrorKind::BadName`](crate::GssErrorKind::BadName): the text is not one of this kind.
    pub fn import_name(&self, text: &str, kind: NameKind) -> Result<Name, GssError> {
        let (text, kind) = (input(text.as_bytes()), Oid::of(kind.oid()));
        let mut handle: Handle = ptr::null_mut();
        let mut minor = 0;
        // SAFETY: the buffer and the identifier live until the call ends, which copies them; the
        // handle is written by the library.
        let major = unsafe {
            let import = self.functions().import_name;
            import(
                &raw mut minor,
                &raw const text,
                &raw const kind,
                &raw mut handle,
            )
        };
        // What was made is given back in any case.
        let name = Name::owned(self, handle);
        check(self, Call::Name, major, minor)?;
        Ok(name)
    }
}

impl Name {
    /// Takes a handle that this library made, or null, which stands for no name.
    pub(crate) fn owned(library: &Gssapi, handle: Handle) -> Self {
        Self {
            library: library.clone(),
            handle,
        }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    /// The name as text. A name that came out of the library is of the form
    /// `HTTP/www.example.com@EXAMPLE.COM`; one that was imported is as it was given.
    ///
    /// # Errors
    /// The library cannot write it.
    pub fn to_text(&self) -> Result<String, GssError> {
        let mut text = Output::new(&self.library);
        let mut minor = 0;
        // SAFETY: the name is this library's and alive; the buffer is empty, and the kind is not
        // asked for.
        let major = unsafe {
            let display = self.library.functions().display_name;
            display(&raw mut minor, self.handle, text.as_mut(), ptr::null_mut())
        };
        check(&self.library, Call::Name, major, minor)?;
        Ok(text.to_text())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_text() {
            Ok(text) => f.debug_tuple("Name").field(&text).finish(),
            Err(_) => f.debug_struct("Name").finish_non_exhaustive(),
        }
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if self.handle.is_null() {
            return;
        }
        let mut minor = 0;
        // SAFETY: the handle is this library's and is not used again.
        unsafe { (self.library.functions().release_name)(&raw mut minor, &raw mut self.handle) };
    }
}
