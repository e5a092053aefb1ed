//! How one call sends or receives.

use super::listed::flag_operations;

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
}

flag_operations!(SocketFlags);
