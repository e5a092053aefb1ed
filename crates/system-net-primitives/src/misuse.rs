//! The one error for a caller's mistake. Untrusted data never produces it.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// A call that the program should not have made: wrong moment, wrong argument, wrong object.
///
/// .NET: `System.InvalidOperationException`, `System.ArgumentException`,
/// `System.ArgumentOutOfRangeException`, `System.ObjectDisposedException`,
/// `System.NotSupportedException`, `System.NotImplementedException`
#[doc(alias = "InvalidOperationException")]
#[doc(alias = "ArgumentException")]
#[doc(alias = "ArgumentOutOfRangeException")]
#[doc(alias = "ObjectDisposedException")]
#[doc(alias = "NotSupportedException")]
#[doc(alias = "NotImplementedException")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// The object is in a state that does not allow the call.
    InvalidOperation(Cow<'static, str>),
    /// An argument can never be accepted.
    InvalidArgument {
        /// The .NET name of the parameter.
        param: &'static str,
        /// What is wrong with the value, and what was expected.
        message: Cow<'static, str>,
    },
    /// A number lies outside of the allowed range.
    OutOfRange {
        /// The .NET name of the parameter.
        param: &'static str,
        /// The allowed range.
        message: Cow<'static, str>,
    },
    /// The object was closed before.
    Disposed {
        /// The type that was closed.
        object: &'static str,
    },
    /// The protocol or the platform has no such thing.
    NotSupported(Cow<'static, str>),
    /// A custom type does not implement this member.
    NotImplemented(Cow<'static, str>),
}

impl Misuse {
    /// [`Misuse::InvalidOperation`] from any text.
    pub fn invalid_operation(message: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidOperation(message.into())
    }

    /// [`Misuse::InvalidArgument`] from any text.
    pub fn invalid_argument(param: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidArgument {
            param,
            message: message.into(),
        }
    }

    /// [`Misuse::OutOfRange`] from any text.
    pub fn out_of_range(param: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::OutOfRange {
            param,
            message: message.into(),
        }
    }

    /// [`Misuse::Disposed`] for a type name.
    #[must_use]
    pub const fn disposed(object: &'static str) -> Self {
        Self::Disposed { object }
    }

    /// [`Misuse::NotSupported`] from any text.
    pub fn not_supported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::NotSupported(message.into())
    }

    /// [`Misuse::NotImplemented`] from any text.
    pub fn not_implemented(message: impl Into<Cow<'static, str>>) -> Self {
        Self::NotImplemented(message.into())
    }

    /// The .NET name of the parameter at fault, if one is.
    ///
    /// .NET: `System.ArgumentException.ParamName`
    #[doc(alias = "ArgumentException.ParamName")]
    #[must_use]
    pub const fn param_name(&self) -> Option<&'static str> {
        match self {
            Self::InvalidArgument { param, .. } | Self::OutOfRange { param, .. } => Some(param),
            _ => None,
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidOperation(message) => write!(f, "invalid operation: {message}"),
            Self::InvalidArgument { param, message } => {
                write!(f, "invalid argument `{param}`: {message}")
            }
            Self::OutOfRange { param, message } => {
                write!(f, "argument `{param}` is out of range: {message}")
            }
            Self::Disposed { object } => write!(f, "{object} is closed already"),
            Self::NotSupported(message) => write!(f, "not supported: {message}"),
            Self::NotImplemented(message) => write!(f, "not implemented: {message}"),
        }
    }
}

impl Error for Misuse {}
