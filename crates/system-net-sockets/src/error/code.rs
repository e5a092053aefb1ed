//! .NET's list of socket errors, with its numbers.

/// What went wrong with a socket or a name, with .NET's numbers.
///
/// .NET: `System.Net.Sockets.SocketError`
#[doc(alias = "SocketError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i32)]
#[non_exhaustive]
pub enum SocketErrorCode {
    /// An unspecified socket error occurred.
    ///
    /// .NET: `System.Net.Sockets.SocketError.SocketError`
    SocketError = -1,
    /// No error.
    ///
    /// .NET: `System.Net.Sockets.SocketError.Success`
    Success = 0,
    /// The operation was aborted.
    ///
    /// .NET: `System.Net.Sockets.SocketError.OperationAborted`
    OperationAborted = 995,
    /// The operation has not ended yet.
    ///
    /// .NET: `System.Net.Sockets.SocketError.IOPending`
    IoPending = 997,
    /// The call was interrupted.
    ///
    /// .NET: `System.Net.Sockets.SocketError.Interrupted`
    Interrupted = 10004,
    /// Access to the socket is denied.
    ///
    /// .NET: `System.Net.Sockets.SocketError.AccessDenied`
    AccessDenied = 10013,
    /// An address in memory is invalid.
    ///
    /// .NET: `System.Net.Sockets.SocketError.Fault`
    Fault = 10014,
    /// An argument is invalid.
    ///
    /// .NET: `System.Net.Sockets.SocketError.InvalidArgument`
    InvalidArgument = 10022,
    /// Too many sockets are open.
    ///
    /// .NET: `System.Net.Sockets.SocketError.TooManyOpenSockets`
    TooManyOpenSockets = 10024,
    /// The operation would have to wait.
    ///
    /// .NET: `System.Net.Sockets.SocketError.WouldBlock`
    WouldBlock = 10035,
    /// The operation is in progress.
    ///
    /// .NET: `System.Net.Sockets.SocketError.InProgress`
    InProgress = 10036,
    /// An operation is already in progress.
    ///
    /// .NET: `System.Net.Sockets.SocketError.AlreadyInProgress`
    AlreadyInProgress = 10037,
    /// The handle is not a socket.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NotSocket`
    NotSocket = 10038,
    /// A destination address is required.
    ///
    /// .NET: `System.Net.Sockets.SocketError.DestinationAddressRequired`
    DestinationAddressRequired = 10039,
    /// The message is too long.
    ///
    /// .NET: `System.Net.Sockets.SocketError.MessageSize`
    MessageSize = 10040,
    /// The protocol does not fit the type of the socket.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ProtocolType`
    ProtocolType = 10041,
    /// The option is unknown or not supported.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ProtocolOption`
    ProtocolOption = 10042,
    /// The protocol is not supported.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ProtocolNotSupported`
    ProtocolNotSupported = 10043,
    /// The type of socket is not supported.
    ///
    /// .NET: `System.Net.Sockets.SocketError.SocketNotSupported`
    SocketNotSupported = 10044,
    /// The operation is not supported.
    ///
    /// .NET: `System.Net.Sockets.SocketError.OperationNotSupported`
    OperationNotSupported = 10045,
    /// The protocol family is not supported.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ProtocolFamilyNotSupported`
    ProtocolFamilyNotSupported = 10046,
    /// The address family is not supported.
    ///
    /// .NET: `System.Net.Sockets.SocketError.AddressFamilyNotSupported`
    AddressFamilyNotSupported = 10047,
    /// The address is already in use.
    ///
    /// .NET: `System.Net.Sockets.SocketError.AddressAlreadyInUse`
    AddressAlreadyInUse = 10048,
    /// The address is not available.
    ///
    /// .NET: `System.Net.Sockets.SocketError.AddressNotAvailable`
    AddressNotAvailable = 10049,
    /// The network is down.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NetworkDown`
    NetworkDown = 10050,
    /// The network is unreachable.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NetworkUnreachable`
    NetworkUnreachable = 10051,
    /// The network dropped the connection.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NetworkReset`
    NetworkReset = 10052,
    /// The connection was aborted.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ConnectionAborted`
    ConnectionAborted = 10053,
    /// The peer reset the connection.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ConnectionReset`
    ConnectionReset = 10054,
    /// No buffer space is available.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NoBufferSpaceAvailable`
    NoBufferSpaceAvailable = 10055,
    /// The socket is already connected.
    ///
    /// .NET: `System.Net.Sockets.SocketError.IsConnected`
    IsConnected = 10056,
    /// The socket is not connected.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NotConnected`
    NotConnected = 10057,
    /// The socket was shut down for this direction.
    ///
    /// .NET: `System.Net.Sockets.SocketError.Shutdown`
    Shutdown = 10058,
    /// The operation timed out.
    ///
    /// .NET: `System.Net.Sockets.SocketError.TimedOut`
    TimedOut = 10060,
    /// The connection was refused.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ConnectionRefused`
    ConnectionRefused = 10061,
    /// The host is down.
    ///
    /// .NET: `System.Net.Sockets.SocketError.HostDown`
    HostDown = 10064,
    /// The host is unreachable.
    ///
    /// .NET: `System.Net.Sockets.SocketError.HostUnreachable`
    HostUnreachable = 10065,
    /// Too many processes use sockets.
    ///
    /// .NET: `System.Net.Sockets.SocketError.ProcessLimit`
    ProcessLimit = 10067,
    /// The network subsystem is not ready.
    ///
    /// .NET: `System.Net.Sockets.SocketError.SystemNotReady`
    SystemNotReady = 10091,
    /// The version of the socket library is not supported.
    ///
    /// .NET: `System.Net.Sockets.SocketError.VersionNotSupported`
    VersionNotSupported = 10092,
    /// The socket library is not initialized.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NotInitialized`
    NotInitialized = 10093,
    /// A shutdown is in progress.
    ///
    /// .NET: `System.Net.Sockets.SocketError.Disconnecting`
    Disconnecting = 10101,
    /// The class of service was not found.
    ///
    /// .NET: `System.Net.Sockets.SocketError.TypeNotFound`
    TypeNotFound = 10109,
    /// No such host is known.
    ///
    /// .NET: `System.Net.Sockets.SocketError.HostNotFound`
    HostNotFound = 11001,
    /// The name server did not answer; it may later.
    ///
    /// .NET: `System.Net.Sockets.SocketError.TryAgain`
    TryAgain = 11002,
    /// The name server failed for good.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NoRecovery`
    NoRecovery = 11003,
    /// The name exists but has no address.
    ///
    /// .NET: `System.Net.Sockets.SocketError.NoData`
    NoData = 11004,
}

/// Every code with its .NET name and a description, by number.
const TABLE: &[(SocketErrorCode, &str, &str)] = &[
    (
        SocketErrorCode::SocketError,
        "SocketError",
        "an unspecified socket error occurred",
    ),
    (SocketErrorCode::Success, "Success", "no error"),
    (
        SocketErrorCode::OperationAborted,
        "OperationAborted",
        "the operation was aborted",
    ),
    (
        SocketErrorCode::IoPending,
        "IOPending",
        "the operation has not ended yet",
    ),
    (
        SocketErrorCode::Interrupted,
        "Interrupted",
        "the call was interrupted",
    ),
    (
        SocketErrorCode::AccessDenied,
        "AccessDenied",
        "access to the socket is denied",
    ),
    (
        SocketErrorCode::Fault,
        "Fault",
        "an address in memory is invalid",
    ),
    (
        SocketErrorCode::InvalidArgument,
        "InvalidArgument",
        "an argument is invalid",
    ),
    (
        SocketErrorCode::TooManyOpenSockets,
        "TooManyOpenSockets",
        "too many sockets are open",
    ),
    (
        SocketErrorCode::WouldBlock,
        "WouldBlock",
        "the operation would have to wait",
    ),
    (
        SocketErrorCode::InProgress,
        "InProgress",
        "the operation is in progress",
    ),
    (
        SocketErrorCode::AlreadyInProgress,
        "AlreadyInProgress",
        "an operation is already in progress",
    ),
    (
        SocketErrorCode::NotSocket,
        "NotSocket",
        "the handle is not a socket",
    ),
    (
        SocketErrorCode::DestinationAddressRequired,
        "DestinationAddressRequired",
        "a destination address is required",
    ),
    (
        SocketErrorCode::MessageSize,
        "MessageSize",
        "the message is too long",
    ),
    (
        SocketErrorCode::ProtocolType,
        "ProtocolType",
        "the protocol does not fit the type of the socket",
    ),
    (
        SocketErrorCode::ProtocolOption,
        "ProtocolOption",
        "the option is unknown or not supported",
    ),
    (
        SocketErrorCode::ProtocolNotSupported,
        "ProtocolNotSupported",
        "the protocol is not supported",
    ),
    (
        SocketErrorCode::SocketNotSupported,
        "SocketNotSupported",
        "the type of socket is not supported",
    ),
    (
        SocketErrorCode::OperationNotSupported,
        "OperationNotSupported",
        "the operation is not supported",
    ),
    (
        SocketErrorCode::ProtocolFamilyNotSupported,
        "ProtocolFamilyNotSupported",
        "the protocol family is not supported",
    ),
    (
        SocketErrorCode::AddressFamilyNotSupported,
        "AddressFamilyNotSupported",
        "the address family is not supported",
    ),
    (
        SocketErrorCode::AddressAlreadyInUse,
        "AddressAlreadyInUse",
        "the address is already in use",
    ),
    (
        SocketErrorCode::AddressNotAvailable,
        "AddressNotAvailable",
        "the address is not available",
    ),
    (
        SocketErrorCode::NetworkDown,
        "NetworkDown",
        "the network is down",
    ),
    (
        SocketErrorCode::NetworkUnreachable,
        "NetworkUnreachable",
        "the network is unreachable",
    ),
    (
        SocketErrorCode::NetworkReset,
        "NetworkReset",
        "the network dropped the connection",
    ),
    (
        SocketErrorCode::ConnectionAborted,
        "ConnectionAborted",
        "the connection was aborted",
    ),
    (
        SocketErrorCode::ConnectionReset,
        "ConnectionReset",
        "the peer reset the connection",
    ),
    (
        SocketErrorCode::NoBufferSpaceAvailable,
        "NoBufferSpaceAvailable",
        "no buffer space is available",
    ),
    (
        SocketErrorCode::IsConnected,
        "IsConnected",
        "the socket is already connected",
    ),
    (
        SocketErrorCode::NotConnected,
        "NotConnected",
        "the socket is not connected",
    ),
    (
        SocketErrorCode::Shutdown,
        "Shutdown",
        "the socket was shut down for this direction",
    ),
    (
        SocketErrorCode::TimedOut,
        "TimedOut",
        "the operation timed out",
    ),
    (
        SocketErrorCode::ConnectionRefused,
        "ConnectionRefused",
        "the connection was refused",
    ),
    (SocketErrorCode::HostDown, "HostDown", "the host is down"),
    (
        SocketErrorCode::HostUnreachable,
        "HostUnreachable",
        "the host is unreachable",
    ),
    (
        SocketErrorCode::ProcessLimit,
        "ProcessLimit",
        "too many processes use sockets",
    ),
    (
        SocketErrorCode::SystemNotReady,
        "SystemNotReady",
        "the network subsystem is not ready",
    ),
    (
        SocketErrorCode::VersionNotSupported,
        "VersionNotSupported",
        "the version of the socket library is not supported",
    ),
    (
        SocketErrorCode::NotInitialized,
        "NotInitialized",
        "the socket library is not initialized",
    ),
    (
        SocketErrorCode::Disconnecting,
        "Disconnecting",
        "a shutdown is in progress",
    ),
    (
        SocketErrorCode::TypeNotFound,
        "TypeNotFound",
        "the class of service was not found",
    ),
    (
        SocketErrorCode::HostNotFound,
        "HostNotFound",
        "no such host is known",
    ),
    (
        SocketErrorCode::TryAgain,
        "TryAgain",
        "the name server did not answer; it may later",
    ),
    (
        SocketErrorCode::NoRecovery,
        "NoRecovery",
        "the name server failed for good",
    ),
    (
        SocketErrorCode::NoData,
        "NoData",
        "the name exists but has no address",
    ),
];

impl SocketErrorCode {
    /// Every code, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// .NET's number, the one of Winsock.
    #[must_use]
    pub const fn value(self) -> i32 {
        self as i32
    }

    /// The code of a .NET number.
    #[must_use]
    pub fn from_value(value: i32) -> Option<Self> {
        Self::all().find(|code| code.value() == value)
    }

    /// The name in .NET's list.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// What went wrong, in words.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static str) {
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[0])
    }
}
