//! What a side logs in with: tickets, a password, keys.

use std::ffi::{CString, c_int};
use std::fmt;
use std::ptr;
use std::sync::Arc;

use crate::abi::{Handle, KeyValue, KeyValueSet, Oid, OidSet, Status};
use crate::buffer::input;
use crate::error::{GssError, GssErrorKind};
use crate::library::Gssapi;
use crate::name::Name;
use crate::status::{Call, check};

/// What a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialUse {
    /// To log in.
    Initiate,
    /// To accept logins.
    Accept,
}

impl CredentialUse {
    const fn number(self) -> c_int {
        match self {
            Self::Initiate => 1,
            Self::Accept => 2,
        }
    }
}

/// Where tickets and keys are. `None` is the library's own place for it, which the environment
/// and `krb5.conf` set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialStore {
    /// The cache of tickets, such as `FILE:/tmp/krb5cc_1000` or `MEMORY:name`; `KRB5CCNAME`
    /// otherwise.
    pub cache: Option<String>,
    /// The keys a service accepts logins with, such as `/etc/http.keytab`; `KRB5_KTNAME`
    /// otherwise.
    pub keytab: Option<String>,
    /// The keys a program logs in with by itself; `KRB5_CLIENT_KTNAME` otherwise.
    pub client_keytab: Option<String>,
}

impl CredentialStore {
    /// The places that are named, in the form of C.
    fn pairs(&self) -> Result<Vec<(CString, CString)>, GssError> {
        let pairs = [
            ("ccache", &self.cache),
            ("keytab", &self.keytab),
            ("client_keytab", &self.client_keytab),
        ];
        pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_deref()?)))
            .map(|(key, value)| Ok((c_text(key)?, c_text(value)?)))
            .collect()
    }
}

fn c_text(text: &str) -> Result<CString, GssError> {
    CString::new(text).map_err(|error| {
        let message = "the name of a ticket cache or keytab has a zero character in it";
        GssError::new(GssErrorKind::BadName, message).with_source(error)
    })
}

/// A credential in the library's own form. A copy is the same one.
#[derive(Clone)]
pub struct Credential {
    held: Arc<Held>,
}

struct Held {
    library: Gssapi,
    handle: Handle,
}

// SAFETY: a credential belongs to no thread, and the library locks it while it uses it, as MIT
// Kerberos promises: several contexts may be made from one at the same time.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

/// The set of mechanisms that is asked for: one.
fn with_mechanism<T>(mechanism: &[u8], call: impl FnOnce(*const OidSet) -> T) -> T {
    let mut oid = Oid::of(mechanism);
    let set = OidSet {
        count: 1,
        elements: &raw mut oid,
    };
    call(&raw const set)
}

/// The set of places, as C wants it; null for none.
fn with_store<T>(
    store: &CredentialStore,
    call: impl FnOnce(*const KeyValueSet) -> T,
) -> Result<T, GssError> {
    let pairs = store.pairs()?;
    let mut elements: Vec<KeyValue> = pairs
        .iter()
        .map(|(key, value)| KeyValue {
            key: key.as_ptr(),
            value: value.as_ptr(),
        })
        .collect();
    let set = KeyValueSet {
        count: u32::try_from(elements.len()).unwrap_or(0),
        elements: elements.as_mut_ptr(),
    };
    Ok(call(match elements.is_empty() {
        true => ptr::null(),
        false => &raw const set,
    }))
}

impl Gssapi {
    /// What is in the store, for this name or, without one, for whoever is there.
    ///
    /// An initiator may get a credential though there is no ticket yet; then the first step of a
    /// context says so.
    ///
    /// # Errors
    /// [`GssErrorKind::NoCredentials`]: there is nothing for this name.
    /// [`GssErrorKind::NotInThisVersion`]: a place is named, and the library is older than MIT
    /// Kerberos 1.11.
    ///
    /// # Blocking
    /// Reads files; with a client keytab it asks the key distribution center.
    pub fn acquire(
        &self,
        name: Option<&Name>,
        usage: CredentialUse,
        mechanism: &[u8],
        store: &CredentialStore,
    ) -> Result<Credential, GssError> {
        let name = name.map_or(ptr::null_mut(), Name::handle);
        let mut handle: Handle = ptr::null_mut();
        let mut minor: Status = 0;
        let (time, usage) = (0, usage.number());
        let (mechanisms, lifetime) = (ptr::null_mut(), ptr::null_mut());
        let major = with_mechanism(mechanism, |set| {
            if *store == CredentialStore::default() {
                let acquire = self.functions().acquire_cred;
                // SAFETY: the name is null or alive, the set lives until the call ends, the
                // handle is written by the library, and the rest is not asked for.
                return Ok(unsafe {
                    acquire(
                        &raw mut minor,
                        name,
                        time,
                        set,
                        usage,
                        &raw mut handle,
                        mechanisms,
                        lifetime,
                    )
                });
            }
            let acquire = self
                .functions()
                .acquire_cred_from
                .ok_or_else(|| too_old("a ticket cache or keytab named by the program", "1.11"))?;
            with_store(store, |places| {
                // SAFETY: as above; the places live until the call ends, which copies them.
                unsafe {
                    acquire(
                        &raw mut minor,
                        name,
                        time,
                        set,
                        usage,
                        places,
                        &raw mut handle,
                        mechanisms,
                        lifetime,
                    )
                }
            })
        })?;
        self.take(handle, major, minor)
    }

    /// Logs in with a password; the tickets stay in memory.
    ///
    /// # Errors
    /// [`GssErrorKind::WrongPassword`], [`GssErrorKind::UnknownUser`],
    /// [`GssErrorKind::RealmUnreachable`] and others, here or at the first step of a context.
    /// [`GssErrorKind::NotInThisVersion`]: the library is older than MIT Kerberos 1.9.
    ///
    /// # Blocking
    /// Asks the key distribution center.
    pub fn acquire_with_password(
        &self,
        name: &Name,
        password: &str,
        mechanism: &[u8],
    ) -> Result<Credential, GssError> {
        let acquire = self
            .functions()
            .acquire_cred_with_password
            .ok_or_else(|| too_old("a password", "1.9"))?;
        let password = input(password.as_bytes());
        let mut handle: Handle = ptr::null_mut();
        let mut minor: Status = 0;
        let major = with_mechanism(mechanism, |set| {
            // SAFETY: the name is alive, the password and the set live until the call ends, the
            // handle is written by the library, and the rest is not asked for.
            unsafe {
                acquire(
                    &raw mut minor,
                    name.handle(),
                    &raw const password,
                    0,
                    set,
                    CredentialUse::Initiate.number(),
                    &raw mut handle,
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            }
        });
        self.take(handle, major, minor)
    }

    fn take(&self, handle: Handle, major: Status, minor: Status) -> Result<Credential, GssError> {
        // What was made is given back in any case.
        let credential = Credential::owned(self, handle);
        check(self, Call::Credential, major, minor)?;
        Ok(credential)
    }
}

fn too_old(what: &str, version: &str) -> GssError {
    GssError::new(
        GssErrorKind::NotInThisVersion,
        format!("the GSS-API library is too old for {what}: MIT Kerberos {version} has it"),
    )
}

impl Credential {
    pub(crate) fn owned(library: &Gssapi, handle: Handle) -> Self {
        Self {
            held: Arc::new(Held {
                library: library.clone(),
                handle,
            }),
        }
    }

    pub(crate) fn handle(&self) -> Handle {
        self.held.handle
    }

    /// Whose it is, and for how many more seconds its tickets are good; `u32::MAX` is without end.
    ///
    /// # Errors
    /// There is no ticket, or it has expired.
    pub fn inquire(&self) -> Result<(Name, u32), GssError> {
        let library = &self.held.library;
        let (mut name, mut lifetime, mut minor) = (ptr::null_mut(), 0, 0);
        // SAFETY: the credential is alive; the name and the time are written by the library, and
        // the rest is not asked for.
        let major = unsafe {
            let inquire = library.functions().inquire_cred;
            inquire(
                &raw mut minor,
                self.handle(),
                &raw mut name,
                &raw mut lifetime,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        let name = Name::owned(library, name);
        check(library, Call::Credential, major, minor)?;
        Ok((name, lifetime))
    }

    /// Puts the tickets of an initiator into the cache that the store names, so that they outlive
    /// this value; what was there is overwritten.
    ///
    /// # Errors
    /// The cache cannot be written. [`GssErrorKind::NotInThisVersion`]: the library is older than
    /// MIT Kerberos 1.11.
    pub fn store_into(&self, store: &CredentialStore) -> Result<(), GssError> {
        let library = &self.held.library;
        let put = library
            .functions()
            .store_cred_into
            .ok_or_else(|| too_old("storing tickets", "1.11"))?;
        let mut minor = 0;
        let major = with_store(store, |places| {
            // SAFETY: the credential is alive, the places live until the call ends; a null
            // mechanism means all, and the rest is not asked for.
            unsafe {
                put(
                    &raw mut minor,
                    self.handle(),
                    CredentialUse::Initiate.number(),
                    ptr::null(),
                    1,
                    0,
                    places,
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            }
        })?;
        check(library, Call::Store, major, minor)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.handle.is_null() {
            return;
        }
        let mut minor = 0;
        // SAFETY: the handle is this library's, and this is its last owner.
        unsafe { (self.library.functions().release_cred)(&raw mut minor, &raw mut self.handle) };
    }
}
