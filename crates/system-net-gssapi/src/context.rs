//! A login and what is said after it.

use std::ffi::c_int;
use std::fmt;
use std::ptr;

use crate::abi::{ChannelBindings, Handle, Oid, Status};
use crate::buffer::{Output, empty, input};
use crate::credential::Credential;
use crate::error::{GssError, GssErrorKind};
use crate::flags::Flags;
use crate::library::Gssapi;
use crate::name::Name;
use crate::status::{CONTINUE_NEEDED, Call, check};

/// One side of one login, and the keys it came to.
pub struct SecurityContext {
    library: Gssapi,
    handle: Handle,
    progress: Progress,
    flags: Flags,
}

// SAFETY: a context belongs to no thread; the library wants it used by one at a time, which the
// exclusive borrows of every call see to.
unsafe impl Send for SecurityContext {}

/// How far a context is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    New,
    Initiating,
    Accepting,
    Complete,
    Failed,
}

/// What an initiator says at each step.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Initiation<'a> {
    /// What it logs in with; `None` is the user's own ticket cache.
    pub credential: Option<&'a Credential>,
    /// The service.
    pub target: &'a Name,
    /// The object identifier of the mechanism.
    pub mechanism: &'a [u8],
    /// What is asked for.
    pub flags: Flags,
    /// The application data of the channel binding.
    pub channel_binding: Option<&'a [u8]>,
}

impl<'a> Initiation<'a> {
    /// A login at this service with the user's own tickets and no channel binding.
    #[must_use]
    pub fn new(target: &'a Name, mechanism: &'a [u8], flags: Flags) -> Self {
        Self {
            credential: None,
            target,
            mechanism,
            flags,
            channel_binding: None,
        }
    }
}

/// What an acceptor says at each step.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Acceptance<'a> {
    /// Whose keys it accepts with; `None` is any key of the default keytab, and whatever other
    /// mechanism the library has.
    pub credential: Option<&'a Credential>,
    /// The application data of the channel binding. With one, a login that is bound to another
    /// channel fails, and one without a binding does not:
    /// [`Flags::CHANNEL_BOUND`] tells them apart.
    pub channel_binding: Option<&'a [u8]>,
}

/// What a step gave.
#[non_exhaustive]
pub struct ContextStep {
    /// The token for the peer; `None` if there is none.
    pub token: Option<Vec<u8>>,
    /// Whether this side waits for no further token.
    pub complete: bool,
    /// The initiator's own tickets, if it let the acceptor act for it.
    pub delegated: Option<Credential>,
}

/// A message that was unwrapped.
#[derive(PartialEq, Eq)]
#[non_exhaustive]
pub struct Unwrapped {
    /// What was said.
    pub data: Vec<u8>,
    /// Whether it was hidden on its way.
    pub encrypted: bool,
}

impl SecurityContext {
    /// A context that has not begun.
    #[must_use]
    pub fn new(library: &Gssapi) -> Self {
        Self {
            library: library.clone(),
            handle: ptr::null_mut(),
            progress: Progress::New,
            flags: Flags::NONE,
        }
    }

    /// The initiator's next step. It begins with `None`; every step says the same.
    ///
    /// # Errors
    /// The login failed, and this context can do nothing more.
    ///
    /// # Blocking
    /// The first step asks the key distribution center for a ticket, unless there is one.
    pub fn initiate(
        &mut self,
        what: &Initiation<'_>,
        token: Option<&[u8]>,
    ) -> Result<ContextStep, GssError> {
        self.begin_step(Progress::Initiating, token.is_some())?;
        let mechanism = Oid::of(what.mechanism);
        let bindings = what.channel_binding.map(bindings);
        let given = input(token.unwrap_or_default());
        let library = self.library.clone();
        let mut output = Output::new(&library);
        let (mut minor, mut flags) = (0, 0);
        // SAFETY: the credential is null or alive, the handle is null or what the last step left,
        // the name is alive; identifier, bindings and token live until the call ends; the output
        // is empty; the mechanism and the time are not asked for.
        let major = unsafe {
            let initiate = library.functions().init_sec_context;
            initiate(
                &raw mut minor,
                what.credential.map_or(ptr::null_mut(), Credential::handle),
                &raw mut self.handle,
                what.target.handle(),
                &raw const mechanism,
                what.flags.bits(),
                0,
                bindings
                    .as_ref()
                    .map_or(ptr::null(), |some| &raw const *some),
                match token {
                    Some(_) => &raw const given,
                    None => ptr::null(),
                },
                ptr::null_mut(),
                output.as_mut(),
                &raw mut flags,
                ptr::null_mut(),
            )
        };
        check(&library, Call::Initiate, major, minor)?;
        Ok(self.end_step(Progress::Initiating, (major, flags), &output, None))
    }

    /// The acceptor's next step.
    ///
    /// # Errors
    /// The login failed, and this context can do nothing more.
    ///
    /// # Blocking
    /// Reads the keytab and writes the file in which logins are remembered that must not come
    /// twice.
    pub fn accept(&mut self, what: &Acceptance<'_>, token: &[u8]) -> Result<ContextStep, GssError> {
        self.begin_step(Progress::Accepting, true)?;
        let bindings = what.channel_binding.map(bindings);
        let given = input(token);
        let library = self.library.clone();
        let mut output = Output::new(&library);
        let (mut minor, mut flags) = (0, 0);
        let (mut source, mut delegated) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the handle is null or what the last step left, the credential is null or alive;
        // bindings and token live until the call ends; the output is empty; name and delegated
        // credential are written by the library, and the rest is not asked for.
        let major = unsafe {
            let accept = library.functions().accept_sec_context;
            accept(
                &raw mut minor,
                &raw mut self.handle,
                what.credential.map_or(ptr::null_mut(), Credential::handle),
                &raw const given,
                bindings
                    .as_ref()
                    .map_or(ptr::null(), |some| &raw const *some),
                &raw mut source,
                ptr::null_mut(),
                output.as_mut(),
                &raw mut flags,
                ptr::null_mut(),
                &raw mut delegated,
            )
        };
        // What was made is given back in any case.
        let _source = Name::owned(&library, source);
        let delegated = match delegated.is_null() {
            true => None,
            false => Some(Credential::owned(&library, delegated)),
        };
        check(&library, Call::Accept, major, minor)?;
        Ok(self.end_step(Progress::Accepting, (major, flags), &output, delegated))
    }

    /// From here on the context has failed, unless the step ends well.
    fn begin_step(&mut self, side: Progress, has_token: bool) -> Result<(), GssError> {
        let before = std::mem::replace(&mut self.progress, Progress::Failed);
        let fits = match before {
            Progress::New => has_token == (side == Progress::Accepting),
            other => other == side && has_token,
        };
        match fits {
            true => Ok(()),
            false => Err(GssError::new(
                GssErrorKind::ContextState,
                "the Kerberos login is over, or another message is due",
            )),
        }
    }

    fn end_step(
        &mut self,
        side: Progress,
        (major, flags): (Status, u32),
        output: &Output<'_>,
        delegated: Option<Credential>,
    ) -> ContextStep {
        let complete = major & CONTINUE_NEEDED == 0;
        self.flags = Flags::from_bits(flags);
        self.progress = match complete {
            true => Progress::Complete,
            false => side,
        };
        let token = output.bytes();
        ContextStep {
            token: (!token.is_empty()).then(|| token.to_vec()),
            complete,
            delegated,
        }
    }

    /// Whether the login has succeeded as far as this side knows.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.progress == Progress::Complete
    }

    /// What the two sides agreed on; nothing before the context is complete.
    #[must_use]
    pub fn flags(&self) -> Flags {
        match self.is_complete() {
            true => self.flags,
            false => Flags::NONE,
        }
    }

    /// The names of the initiator and of the acceptor.
    ///
    /// # Errors
    /// The login is not complete.
    pub fn names(&mut self) -> Result<(Name, Name), GssError> {
        self.must_be_complete()?;
        let (mut source, mut target) = (ptr::null_mut(), ptr::null_mut());
        let mut minor = 0;
        // SAFETY: the context is complete, hence alive; the names are written by the library, and
        // the rest is not asked for.
        let major = unsafe {
            let inquire = self.library.functions().inquire_context;
            inquire(
                &raw mut minor,
                self.handle,
                &raw mut source,
                &raw mut target,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        let names = (
            Name::owned(&self.library, source),
            Name::owned(&self.library, target),
        );
        check(&self.library, Call::Inquire, major, minor)?;
        Ok(names)
    }

    /// A signature over data that travels in the clear.
    ///
    /// # Errors
    /// The login is not complete.
    pub fn get_mic(&mut self, data: &[u8]) -> Result<Vec<u8>, GssError> {
        self.must_be_complete()?;
        let data = input(data);
        let mut signature = Output::new(&self.library);
        let mut minor = 0;
        // SAFETY: the context is complete, hence alive; the data lives until the call ends, and
        // the output is empty.
        let major = unsafe {
            let sign = self.library.functions().get_mic;
            sign(
                &raw mut minor,
                self.handle,
                0,
                &raw const data,
                signature.as_mut(),
            )
        };
        check(&self.library, Call::Message, major, minor)?;
        Ok(signature.bytes().to_vec())
    }

    /// Checks the peer's signature.
    ///
    /// # Errors
    /// [`GssErrorKind::BadSignature`], [`GssErrorKind::OutOfSequence`],
    /// [`GssErrorKind::DefectiveToken`]; the login is not complete.
    pub fn verify_mic(&mut self, data: &[u8], signature: &[u8]) -> Result<(), GssError> {
        self.must_be_complete()?;
        let (data, signature) = (input(data), input(signature));
        let mut minor = 0;
        // SAFETY: the context is complete, hence alive; both live until the call ends.
        let major = unsafe {
            let verify = self.library.functions().verify_mic;
            verify(
                &raw mut minor,
                self.handle,
                &raw const data,
                &raw const signature,
                ptr::null_mut(),
            )
        };
        check(&self.library, Call::Message, major, minor)
    }

    /// Wraps data with its signature, and hides it if `encrypt`.
    ///
    /// # Errors
    /// The login is not complete, or cannot hide messages.
    pub fn wrap(&mut self, data: &[u8], encrypt: bool) -> Result<Vec<u8>, GssError> {
        self.must_be_complete()?;
        let data = input(data);
        let mut message = Output::new(&self.library);
        let mut minor = 0;
        let mut hidden: c_int = 0;
        // SAFETY: the context is complete, hence alive; the data lives until the call ends, and
        // the output is empty.
        let major = unsafe {
            let wrap = self.library.functions().wrap;
            wrap(
                &raw mut minor,
                self.handle,
                encrypt.into(),
                0,
                &raw const data,
                &raw mut hidden,
                message.as_mut(),
            )
        };
        check(&self.library, Call::Message, major, minor)?;
        if encrypt && hidden == 0 {
            return Err(GssError::new(
                GssErrorKind::ContextState,
                "the two sides of the Kerberos login did not agree on encryption",
            ));
        }
        Ok(message.bytes().to_vec())
    }

    /// The data of a wrapped message of the peer.
    ///
    /// # Errors
    /// [`GssErrorKind::BadSignature`], [`GssErrorKind::OutOfSequence`],
    /// [`GssErrorKind::DefectiveToken`]; the login is not complete.
    pub fn unwrap(&mut self, message: &[u8]) -> Result<Unwrapped, GssError> {
        self.must_be_complete()?;
        let message = input(message);
        let mut data = Output::new(&self.library);
        let mut minor = 0;
        let mut hidden: c_int = 0;
        // SAFETY: the context is complete, hence alive; the message lives until the call ends,
        // and the output is empty.
        let major = unsafe {
            let unwrap = self.library.functions().unwrap;
            unwrap(
                &raw mut minor,
                self.handle,
                &raw const message,
                data.as_mut(),
                &raw mut hidden,
                ptr::null_mut(),
            )
        };
        check(&self.library, Call::Message, major, minor)?;
        Ok(Unwrapped {
            data: data.bytes().to_vec(),
            encrypted: hidden != 0,
        })
    }

    fn must_be_complete(&self) -> Result<(), GssError> {
        match self.is_complete() {
            true => Ok(()),
            false => Err(GssError::new(
                GssErrorKind::ContextState,
                "the Kerberos login is not complete",
            )),
        }
    }
}

/// Bindings without addresses, RFC 4121 section 4.1.1.2.
fn bindings(application_data: &[u8]) -> ChannelBindings {
    ChannelBindings {
        initiator_address_type: 0,
        initiator_address: empty(),
        acceptor_address_type: 0,
        acceptor_address: empty(),
        application_data: input(application_data),
    }
}

impl fmt::Debug for SecurityContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecurityContext")
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ContextStep {
    /// Tokens hold proofs of who one is: they are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextStep")
            .field("token", &self.token.as_ref().map(Vec::len))
            .field("complete", &self.complete)
            .field("delegated", &self.delegated)
            .finish()
    }
}

impl fmt::Debug for Unwrapped {
    /// What was hidden is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unwrapped")
            .field("data", &self.data.len())
            .field("encrypted", &self.encrypted)
            .finish()
    }
}

impl Drop for SecurityContext {
    fn drop(&mut self) {
        if self.handle.is_null() {
            return;
        }
        let mut minor = 0;
        // SAFETY: the handle is this library's and is not used again; no token for the peer is
        // asked for.
        unsafe {
            let delete = self.library.functions().delete_sec_context;
            delete(&raw mut minor, &raw mut self.handle, ptr::null_mut());
        }
    }
}
