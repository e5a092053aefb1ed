//! The operations of an asynchronous context.

use super::listed::closed_numbers;

/// The operation a context was last used for.
///
/// .NET: `System.Net.Sockets.SocketAsyncOperation`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum SocketAsyncOperation {
    /// None yet.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.None`
    #[doc(alias = "SocketAsyncOperation.None")]
    None = 0,
    /// Accept.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.Accept`
    #[doc(alias = "SocketAsyncOperation.Accept")]
    Accept = 1,
    /// Connect.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.Connect`
    #[doc(alias = "SocketAsyncOperation.Connect")]
    Connect = 2,
    /// Disconnect.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.Disconnect`
    #[doc(alias = "SocketAsyncOperation.Disconnect")]
    Disconnect = 3,
    /// Receive.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.Receive`
    #[doc(alias = "SocketAsyncOperation.Receive")]
    Receive = 4,
    /// Receive from.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.ReceiveFrom`
    #[doc(alias = "SocketAsyncOperation.ReceiveFrom")]
    ReceiveFrom = 5,
    /// Receive message from.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.ReceiveMessageFrom`
    #[doc(alias = "SocketAsyncOperation.ReceiveMessageFrom")]
    ReceiveMessageFrom = 6,
    /// Send.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.Send`
    #[doc(alias = "SocketAsyncOperation.Send")]
    Send = 7,
    /// Send packets.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.SendPackets`
    #[doc(alias = "SocketAsyncOperation.SendPackets")]
    SendPackets = 8,
    /// Send to.
    ///
    /// .NET: `System.Net.Sockets.SocketAsyncOperation.SendTo`
    #[doc(alias = "SocketAsyncOperation.SendTo")]
    SendTo = 9,
}

impl SocketAsyncOperation {
    /// Every value, in the order of its number.
    pub const ALL: &[Self] = &[
        Self::None,
        Self::Accept,
        Self::Connect,
        Self::Disconnect,
        Self::Receive,
        Self::ReceiveFrom,
        Self::ReceiveMessageFrom,
        Self::Send,
        Self::SendPackets,
        Self::SendTo,
    ];
}

closed_numbers!(SocketAsyncOperation);
