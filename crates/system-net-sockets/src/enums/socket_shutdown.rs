//! What a shutdown ends.

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

    /// .NET's number.
    #[must_use]
    pub const fn value(self) -> i32 {
        self as i32
    }

    /// The value with this number, if there is one.
    #[must_use]
    pub fn from_value(value: i32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.value() == value)
    }
}
