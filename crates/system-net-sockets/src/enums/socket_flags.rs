//! How one call sends or receives.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

use std::fmt;

/// How one call sends or receives, and what it found out about the message.
///
/// .NET: `System.Net.Sockets.SocketFlags`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SocketFlags(i32);

impl SocketFlags {
    /// Nothing special.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.None`
    #[doc(alias = "SocketFlags.None")]
    pub const NONE: Self = Self(0);
    /// Urgent data of TCP.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.OutOfBand`
    #[doc(alias = "SocketFlags.OutOfBand")]
    pub const OUT_OF_BAND: Self = Self(1);
    /// Look at the data and leave them in the queue.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.Peek`
    #[doc(alias = "SocketFlags.Peek")]
    pub const PEEK: Self = Self(2);
    /// Send to hosts of the same network only.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.DontRoute`
    #[doc(alias = "SocketFlags.DontRoute")]
    pub const DONT_ROUTE: Self = Self(4);
    /// Carried in the list; the system knows no such flag and the call refuses it.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.MaxIOVectorLength`
    #[doc(alias = "SocketFlags.MaxIOVectorLength")]
    pub const MAX_IO_VECTOR_LENGTH: Self = Self(16);
    /// The message was longer than the buffer; the rest of it is lost.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.Truncated`
    #[doc(alias = "SocketFlags.Truncated")]
    pub const TRUNCATED: Self = Self(256);
    /// The information about the message did not fit.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.ControlDataTruncated`
    #[doc(alias = "SocketFlags.ControlDataTruncated")]
    pub const CONTROL_DATA_TRUNCATED: Self = Self(512);
    /// Set by a receive: the packet was a broadcast. Linux does not tell.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.Broadcast`
    #[doc(alias = "SocketFlags.Broadcast")]
    pub const BROADCAST: Self = Self(1024);
    /// Set by a receive: the packet was a multicast. Linux does not tell.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.Multicast`
    #[doc(alias = "SocketFlags.Multicast")]
    pub const MULTICAST: Self = Self(2048);
    /// More of the message follows.
    ///
    /// .NET: `System.Net.Sockets.SocketFlags.Partial`
    #[doc(alias = "SocketFlags.Partial")]
    pub const PARTIAL: Self = Self(32768);

    /// Every name of .NET's list with its value; some values have several.
    pub const NAMES: &[(&str, Self)] = &[
        ("None", Self::NONE),
        ("OutOfBand", Self::OUT_OF_BAND),
        ("Peek", Self::PEEK),
        ("DontRoute", Self::DONT_ROUTE),
        ("MaxIOVectorLength", Self::MAX_IO_VECTOR_LENGTH),
        ("Truncated", Self::TRUNCATED),
        ("ControlDataTruncated", Self::CONTROL_DATA_TRUNCATED),
        ("Broadcast", Self::BROADCAST),
        ("Multicast", Self::MULTICAST),
        ("Partial", Self::PARTIAL),
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

impl BitOr for SocketFlags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for SocketFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for SocketFlags {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for SocketFlags {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl fmt::Debug for SocketFlags {
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
