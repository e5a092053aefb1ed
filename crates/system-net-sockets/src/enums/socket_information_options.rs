//! The state of a duplicated socket.

use super::listed::flag_operations;

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
}

flag_operations!(SocketInformationOptions);
