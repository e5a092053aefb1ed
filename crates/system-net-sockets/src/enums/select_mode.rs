//! What a poll waits for.

/// What [`Socket::poll`](crate::Socket::poll) waits for.
///
/// .NET: `System.Net.Sockets.SelectMode`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum SelectMode {
    /// Data to receive, a connection to accept, or an end of the connection.
    ///
    /// .NET: `System.Net.Sockets.SelectMode.SelectRead`
    #[doc(alias = "SelectMode.SelectRead")]
    SelectRead = 0,
    /// Room to send, or the end of a connect.
    ///
    /// .NET: `System.Net.Sockets.SelectMode.SelectWrite`
    #[doc(alias = "SelectMode.SelectWrite")]
    SelectWrite = 1,
    /// A failed connect, or urgent data.
    ///
    /// .NET: `System.Net.Sockets.SelectMode.SelectError`
    #[doc(alias = "SelectMode.SelectError")]
    SelectError = 2,
}

impl SelectMode {
    /// Every value, in the order of its number.
    pub const ALL: &[Self] = &[Self::SelectRead, Self::SelectWrite, Self::SelectError];

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
