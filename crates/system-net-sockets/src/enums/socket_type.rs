//! How a socket carries data.

use super::listed::closed_numbers;

/// How a socket carries data.
///
/// .NET: `System.Net.Sockets.SocketType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum SocketType {
    /// Not known.
    ///
    /// .NET: `System.Net.Sockets.SocketType.Unknown`
    #[doc(alias = "SocketType.Unknown")]
    Unknown = -1,
    /// A connection that carries bytes in order and without limits between messages.
    ///
    /// .NET: `System.Net.Sockets.SocketType.Stream`
    #[doc(alias = "SocketType.Stream")]
    Stream = 1,
    /// Messages of limited size that may be lost or change places.
    ///
    /// .NET: `System.Net.Sockets.SocketType.Dgram`
    #[doc(alias = "SocketType.Dgram")]
    Dgram = 2,
    /// The protocol below: the caller sees and makes its headers.
    ///
    /// .NET: `System.Net.Sockets.SocketType.Raw`
    #[doc(alias = "SocketType.Raw")]
    Raw = 3,
    /// Messages that arrive for certain, in any order.
    ///
    /// .NET: `System.Net.Sockets.SocketType.Rdm`
    #[doc(alias = "SocketType.Rdm")]
    Rdm = 4,
    /// A connection that carries messages in order.
    ///
    /// .NET: `System.Net.Sockets.SocketType.Seqpacket`
    #[doc(alias = "SocketType.Seqpacket")]
    Seqpacket = 5,
}

impl SocketType {
    /// Every value, in the order of its number.
    pub const ALL: &[Self] = &[
        Self::Unknown,
        Self::Stream,
        Self::Dgram,
        Self::Raw,
        Self::Rdm,
        Self::Seqpacket,
    ];
}

closed_numbers!(SocketType);
