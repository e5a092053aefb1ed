//! The state of a duplicated socket.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use std::fmt;

/// The state of a duplicated socket.
///
/// .NET: `System.Net.Sockets.SocketInformationOptions`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SocketInformationOptions(i32);

impl SocketInformationOptions {
    /// Calls do not wait.
    ///
    /// .NET: `System.Net.Sockets.SocketInformationOptions.NonBlocking`
    #[doc(alias = "SocketInformationOptions.NonBlocking")]
    pub const NON_BLOCKING: Self = Self(1);
    /// It is connected.
    ///
    /// .NET: `System.Net.Sockets.SocketInformationOptions.Connected`
    #[doc(alias = "SocketInformationOptions.Connected")]
    pub const CONNECTED: Self = Self(2);
    /// It listens.
    ///
    /// .NET: `System.Net.Sockets.SocketInformationOptions.Listening`
    #[doc(alias = "SocketInformationOptions.Listening")]
    pub const LISTENING: Self = Self(4);
    /// Windows only; never set here.
    ///
    /// .NET: `System.Net.Sockets.SocketInformationOptions.UseOnlyOverlappedIO`
    #[doc(alias = "SocketInformationOptions.UseOnlyOverlappedIO")]
    pub const USE_ONLY_OVERLAPPED_IO: Self = Self(8);

    /// Every name of .NET's list with its value; some values have several.
    pub const NAMES: &[(&str, Self)] = &[
        ("NonBlocking", Self::NON_BLOCKING),
        ("Connected", Self::CONNECTED),
        ("Listening", Self::LISTENING),
        ("UseOnlyOverlappedIO", Self::USE_ONLY_OVERLAPPED_IO),
    ];

    /// .NET's number.
    #[must_use]
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// The value with this number, also one without a name.
    #[must_use]
    pub const fn from_bits(bits: i32) -> Self {
        Self(bits)
    }

    /// Whether all of these are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether none is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for SocketInformationOptions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for SocketInformationOptions {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for SocketInformationOptions {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for SocketInformationOptions {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl fmt::Debug for SocketInformationOptions {
    /// The names, as `OutOfBand | Peek`; what has none as a number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = *self;
        let mut first = true;
        for (name, flag) in Self::NAMES {
            if !flag.is_empty() && rest.contains(*flag) {
                rest = rest & !*flag;
                f.write_str(if first { "" } else { " | " })?;
                f.write_str(name)?;
                first = false;
            }
        }
        match (rest.is_empty(), first) {
            (true, true) => f.write_str("0"),
            (true, false) => Ok(()),
            (false, true) => write!(f, "{:#x}", rest.0),
            (false, false) => write!(f, " | {:#x}", rest.0),
        }
    }
}
