//! How a file is sent.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use std::fmt;

/// How a file is sent.
///
/// .NET: `System.Net.Sockets.TransmitFileOptions`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TransmitFileOptions(i32);

impl TransmitFileOptions {
    /// By the calling thread or the usual workers.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.UseDefaultWorkerThread`
    #[doc(alias = "TransmitFileOptions.UseDefaultWorkerThread")]
    pub const USE_DEFAULT_WORKER_THREAD: Self = Self(0);
    /// Disconnect after the file.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.Disconnect`
    #[doc(alias = "TransmitFileOptions.Disconnect")]
    pub const DISCONNECT: Self = Self(1);
    /// With [`DISCONNECT`](Self::DISCONNECT): the socket can be used again.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.ReuseSocket`
    #[doc(alias = "TransmitFileOptions.ReuseSocket")]
    pub const REUSE_SOCKET: Self = Self(2);
    /// Return before the data are sent. The system's send does that anyway.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.WriteBehind`
    #[doc(alias = "TransmitFileOptions.WriteBehind")]
    pub const WRITE_BEHIND: Self = Self(4);
    /// By a thread of the system. Windows only, without effect on what is sent.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.UseSystemThread`
    #[doc(alias = "TransmitFileOptions.UseSystemThread")]
    pub const USE_SYSTEM_THREAD: Self = Self(16);
    /// By the kernel's procedure calls. Windows only, without effect on what is sent.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.UseKernelApc`
    #[doc(alias = "TransmitFileOptions.UseKernelApc")]
    pub const USE_KERNEL_APC: Self = Self(32);

    /// Every name of .NET's list with its value; some values have several.
    pub const NAMES: &[(&str, Self)] = &[
        ("UseDefaultWorkerThread", Self::USE_DEFAULT_WORKER_THREAD),
        ("Disconnect", Self::DISCONNECT),
        ("ReuseSocket", Self::REUSE_SOCKET),
        ("WriteBehind", Self::WRITE_BEHIND),
        ("UseSystemThread", Self::USE_SYSTEM_THREAD),
        ("UseKernelApc", Self::USE_KERNEL_APC),
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

impl BitOr for TransmitFileOptions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for TransmitFileOptions {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for TransmitFileOptions {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for TransmitFileOptions {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl fmt::Debug for TransmitFileOptions {
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
