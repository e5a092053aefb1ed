//! What a shutdown ends.

use super::listed::closed_numbers;

/// What a shutdown ends.
///
/// .NET: `System.Net.Sockets.SocketShutdown`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum SocketShutdown {
    /// Receiving.
    ///
    /// .NET: `System.Net.Sockets.SocketShutdown.Receive`
    #[doc(alias = "SocketShutdown.Receive")]
    Receive = 0,
    /// Sending: the peer reads to the end of what was sent.
    ///
    /// .NET: `System.Net.Sockets.SocketShutdown.Send`
    #[doc(alias = "SocketShutdown.Send")]
    Send = 1,
    /// Both.
    ///
    /// .NET: `System.Net.Sockets.SocketShutdown.Both`
    #[doc(alias = "SocketShutdown.Both")]
    Both = 2,
}

impl SocketShutdown {
    /// Every value, in the order of its number.
    pub const ALL: &[Self] = &[Self::Receive, Self::Send, Self::Both];
}

closed_numbers!(SocketShutdown);
