//! How a file is sent.

use super::listed::flag_operations;

/// How a file is sent.
///
/// .NET: `System.Net.Sockets.TransmitFileOptions`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TransmitFileOptions(i32);

impl TransmitFileOptions {
    /// By the calling thread or the usual workers.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.UseDefaultWorkerThread`
    #[doc(alias = "TransmitFileOptions.UseDefaultWorkerThread")]
    pub const USE_DEFAULT_WORKER_THREAD: Self = Self(0);
    /// Disconnect after the file.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.Disconnect`
    #[doc(alias = "TransmitFileOptions.Disconnect")]
    pub const DISCONNECT: Self = Self(1);
    /// With [`DISCONNECT`](Self::DISCONNECT): the socket can be used again.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.ReuseSocket`
    #[doc(alias = "TransmitFileOptions.ReuseSocket")]
    pub const REUSE_SOCKET: Self = Self(2);
    /// Return before the data are sent. The system's send does that anyway.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.WriteBehind`
    #[doc(alias = "TransmitFileOptions.WriteBehind")]
    pub const WRITE_BEHIND: Self = Self(4);
    /// By a thread of the system. Windows only, without effect on what is sent.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.UseSystemThread`
    #[doc(alias = "TransmitFileOptions.UseSystemThread")]
    pub const USE_SYSTEM_THREAD: Self = Self(16);
    /// By the kernel's procedure calls. Windows only, without effect on what is sent.
    ///
    /// .NET: `System.Net.Sockets.TransmitFileOptions.UseKernelApc`
    #[doc(alias = "TransmitFileOptions.UseKernelApc")]
    pub const USE_KERNEL_APC: Self = Self(32);

    /// Every name of .NET's list with its value; some values have several.
    pub const NAMES: &[(&str, Self)] = &[
        ("UseDefaultWorkerThread", Self::USE_DEFAULT_WORKER_THREAD),
        ("Disconnect", Self::DISCONNECT),
        ("ReuseSocket", Self::REUSE_SOCKET),
        ("WriteBehind", Self::WRITE_BEHIND),
        ("UseSystemThread", Self::USE_SYSTEM_THREAD),
        ("UseKernelApc", Self::USE_KERNEL_APC),
    ];
}

flag_operations!(TransmitFileOptions);
