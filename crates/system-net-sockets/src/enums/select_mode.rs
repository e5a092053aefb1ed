//! What a poll waits for.

use super::listed::closed_numbers;

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
}

closed_numbers!(SelectMode);
