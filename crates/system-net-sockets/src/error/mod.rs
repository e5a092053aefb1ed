//! The error of sockets and names.

mod code;
mod errno;

use std::fmt;
use std::io;
use std::path::Path;

use system_net_primitives::{AccessDenied, Misuse};

pub use code::SocketErrorCode;

/// A socket call or a name look-up failed.
///
/// .NET: `System.Net.Sockets.SocketException`
#[doc(alias = "SocketException")]
#[derive(Clone, PartialEq, Eq)]
pub struct SocketError {
    inner: Box<Inner>,
}

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    code: SocketErrorCode,
    errno: Option<i32>,
    /// What was tried, and where.
    context: Option<Box<str>>,
    /// The caller's mistake, if it is one.
    misuse: Option<Misuse>,
    /// The policy's refusal, if it is one.
    denied: Option<AccessDenied>,
}

impl SocketError {
    /// An error of this code that no system call gave. Of a number,
    /// [`SocketErrorCode::from_value`] is the code.
    ///
    /// .NET: `System.Net.Sockets.SocketException.SocketException(Int32)`
    #[must_use]
    pub fn new(code: SocketErrorCode) -> Self {
        Self {
            inner: Box::new(Inner {
                code,
                errno: None,
                context: None,
                misuse: None,
                denied: None,
            }),
        }
    }

    /// The error of a system call.
    #[must_use]
    pub fn from_errno(errno: i32) -> Self {
        let code = SocketErrorCode::from_errno(errno);
        Self {
            inner: Box::new(Inner {
                code,
                errno: Some(errno),
                context: None,
                misuse: None,
                denied: None,
            }),
        }
    }

    /// The error of opening a file. Its [`errno`](Self::errno) tells; what the system says of
    /// addresses by the same number is not meant.
    pub(crate) fn of_file(error: io::Error, path: &Path) -> Self {
        let mut error = Self::from(error);
        let mut context = format!("open {}", path.display());
        if error.inner.code == SocketErrorCode::AddressNotAvailable {
            error.inner.code = SocketErrorCode::SocketError;
            context.push_str(": No such file or directory");
        }
        error.with_context(context)
    }

    /// The same error, saying what was tried and where, for example `connect to [::1]:80`.
    ///
    /// .NET: `System.Net.Sockets.SocketException.SocketException(Int32, String)`
    #[must_use]
    pub fn with_context(mut self, context: impl Into<Box<str>>) -> Self {
        self.inner.context = Some(context.into());
        self
    }

    /// What went wrong, by .NET's list.
    ///
    /// .NET: `System.Net.Sockets.SocketException.SocketErrorCode`
    #[doc(alias = "SocketException.SocketErrorCode")]
    #[must_use]
    pub fn code(&self) -> SocketErrorCode {
        self.inner.code
    }

    /// What went wrong, as .NET's number: 10061 for a refused connection.
    ///
    /// .NET: `System.Net.Sockets.SocketException.ErrorCode`
    /// .NET: `System.Net.Sockets.SocketException.NativeErrorCode`
    #[doc(alias = "SocketException.ErrorCode")]
    #[doc(alias = "SocketException.NativeErrorCode")]
    #[must_use]
    pub fn error_code(&self) -> i32 {
        self.inner.code.value()
    }

    /// The system's own number, if a system call failed.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.inner.errno
    }

    /// The mistake of the caller that the call was refused for, if it was: what .NET tells by
    /// other exceptions than `SocketException`. A peer never causes one.
    #[must_use]
    pub fn misuse(&self) -> Option<&Misuse> {
        self.inner.misuse.as_ref()
    }

    /// The refusal of a policy that the call was not made for, if it was: no packet has gone out.
    #[must_use]
    pub fn denied(&self) -> Option<&AccessDenied> {
        self.inner.denied.as_ref()
    }

    /// What was tried and where, if known.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.inner.context.as_deref()
    }
}

impl From<Misuse> for SocketError {
    /// The [`code`](SocketError::code) is `NotSocket` for a socket that was closed,
    /// `OperationNotSupported` for what there is not, and `InvalidArgument` for the rest, as
    /// Winsock would answer; no system call was made, so there is no
    /// [`errno`](SocketError::errno).
    fn from(misuse: Misuse) -> Self {
        let code = match &misuse {
            Misuse::Disposed { .. } => SocketErrorCode::NotSocket,
            Misuse::NotSupported(_) | Misuse::NotImplemented(_) => {
                SocketErrorCode::OperationNotSupported
            }
            _ => SocketErrorCode::InvalidArgument,
        };
        let mut error = Self::new(code);
        error.inner.misuse = Some(misuse);
        error
    }
}

impl From<AccessDenied> for SocketError {
    /// The [`code`](SocketError::code) is `AccessDenied`; no system call was made.
    fn from(denied: AccessDenied) -> Self {
        let mut error = Self::new(SocketErrorCode::AccessDenied);
        error.inner.denied = Some(denied);
        error
    }
}

impl From<io::Error> for SocketError {
    /// Of the last system call, [`io::Error::last_os_error`] is the error.
    ///
    /// .NET: `System.Net.Sockets.SocketException.SocketException()`
    fn from(error: io::Error) -> Self {
        if let Some(errno) = error.raw_os_error() {
            return Self::from_errno(errno);
        }
        let kind = error.kind();
        if let Some(inner) = error.into_inner() {
            return match inner.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => {
                    Self::new(SocketErrorCode::from_kind(kind)).with_context(other.to_string())
                }
            };
        }
        Self::new(SocketErrorCode::from_kind(kind))
    }
}

impl From<SocketError> for io::Error {
    fn from(error: SocketError) -> Self {
        let kind = match error.errno() {
            Some(errno) => Self::from_raw_os_error(errno).kind(),
            None => error.code().to_kind(),
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for SocketError {
    /// .NET: `System.Net.Sockets.SocketException.Message`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(context) = self.context() {
            write!(f, "{context}: ")?;
        }
        match (self.misuse(), self.denied()) {
            (Some(misuse), _) => misuse.fmt(f)?,
            (None, Some(denied)) => denied.fmt(f)?,
            (None, None) => f.write_str(self.code().description())?,
        }
        match self.errno() {
            Some(errno) => write!(f, " (os error {errno})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketError")
            .field("code", &self.code())
            .field("errno", &self.errno())
            .field("context", &self.context())
            .field("misuse", &self.misuse())
            .finish()
    }
}

impl std::error::Error for SocketError {}

#[cfg(test)]
mod tests;
