//! The options of the socket that a TCP client shows.

use crate::error::SocketError;
use crate::{LingerOption, TcpClient};

/// Options of the connection.
impl TcpClient {
    /// Whether the local address may not be shared with another socket.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ExclusiveAddressUse`
    ///
    /// # Errors
    /// Those of [`Socket::exclusive_address_use`](crate::Socket::exclusive_address_use).
    #[doc(alias = "TcpClient.ExclusiveAddressUse")]
    pub fn exclusive_address_use(&self) -> Result<bool, SocketError> {
        self.client().exclusive_address_use()
    }

    /// Sets whether the local address may not be shared with another socket.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ExclusiveAddressUse`
    ///
    /// # Errors
    /// Those of [`Socket::set_exclusive_address_use`](crate::Socket::set_exclusive_address_use):
    /// to be called before the socket is bound.
    #[doc(alias = "TcpClient.ExclusiveAddressUse")]
    pub fn set_exclusive_address_use(&self, value: bool) -> Result<(), SocketError> {
        self.client().set_exclusive_address_use(value)
    }

    /// What closing does with data not sent yet.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.LingerState`
    ///
    /// # Errors
    /// Those of [`Socket::linger_state`](crate::Socket::linger_state).
    #[doc(alias = "TcpClient.LingerState")]
    pub fn linger_state(&self) -> Result<LingerOption, SocketError> {
        self.client().linger_state()
    }

    /// Sets what closing does with data not sent yet.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.LingerState`
    ///
    /// # Errors
    /// Those of [`Socket::set_linger_state`](crate::Socket::set_linger_state).
    #[doc(alias = "TcpClient.LingerState")]
    pub fn set_linger_state(&self, value: LingerOption) -> Result<(), SocketError> {
        self.client().set_linger_state(value)
    }

    /// Whether small writes go out at once, without waiting for more.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.NoDelay`
    ///
    /// # Errors
    /// Those of [`Socket::no_delay`](crate::Socket::no_delay).
    #[doc(alias = "TcpClient.NoDelay")]
    pub fn no_delay(&self) -> Result<bool, SocketError> {
        self.client().no_delay()
    }

    /// Sets whether small writes go out at once, without waiting for more.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.NoDelay`
    ///
    /// # Errors
    /// Those of [`Socket::set_no_delay`](crate::Socket::set_no_delay).
    #[doc(alias = "TcpClient.NoDelay")]
    pub fn set_no_delay(&self, value: bool) -> Result<(), SocketError> {
        self.client().set_no_delay(value)
    }

    /// The size of the system's buffer for what arrives, in bytes.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ReceiveBufferSize`
    ///
    /// # Errors
    /// Those of [`Socket::receive_buffer_size`](crate::Socket::receive_buffer_size).
    #[doc(alias = "TcpClient.ReceiveBufferSize")]
    pub fn receive_buffer_size(&self) -> Result<i32, SocketError> {
        self.client().receive_buffer_size()
    }

    /// Sets the size of the system's buffer for what arrives, in bytes.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ReceiveBufferSize`
    ///
    /// # Errors
    /// Those of [`Socket::set_receive_buffer_size`](crate::Socket::set_receive_buffer_size).
    #[doc(alias = "TcpClient.ReceiveBufferSize")]
    pub fn set_receive_buffer_size(&self, value: i32) -> Result<(), SocketError> {
        self.client().set_receive_buffer_size(value)
    }

    /// The size of the system's buffer for what is sent, in bytes.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.SendBufferSize`
    ///
    /// # Errors
    /// Those of [`Socket::send_buffer_size`](crate::Socket::send_buffer_size).
    #[doc(alias = "TcpClient.SendBufferSize")]
    pub fn send_buffer_size(&self) -> Result<i32, SocketError> {
        self.client().send_buffer_size()
    }

    /// Sets the size of the system's buffer for what is sent, in bytes.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.SendBufferSize`
    ///
    /// # Errors
    /// Those of [`Socket::set_send_buffer_size`](crate::Socket::set_send_buffer_size).
    #[doc(alias = "TcpClient.SendBufferSize")]
    pub fn set_send_buffer_size(&self, value: i32) -> Result<(), SocketError> {
        self.client().set_send_buffer_size(value)
    }

    /// How long a blocking read waits, in milliseconds; 0 for ever.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ReceiveTimeout`
    ///
    /// # Errors
    /// Those of [`Socket::receive_timeout`](crate::Socket::receive_timeout).
    #[doc(alias = "TcpClient.ReceiveTimeout")]
    pub fn receive_timeout(&self) -> Result<i32, SocketError> {
        self.client().receive_timeout()
    }

    /// Sets how long a blocking read waits, in milliseconds; 0 or -1 for ever.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ReceiveTimeout`
    ///
    /// # Errors
    /// Those of [`Socket::set_receive_timeout`](crate::Socket::set_receive_timeout).
    #[doc(alias = "TcpClient.ReceiveTimeout")]
    pub fn set_receive_timeout(&self, value: i32) -> Result<(), SocketError> {
        self.client().set_receive_timeout(value)
    }

    /// How long a blocking write waits, in milliseconds; 0 for ever.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.SendTimeout`
    ///
    /// # Errors
    /// Those of [`Socket::send_timeout`](crate::Socket::send_timeout).
    #[doc(alias = "TcpClient.SendTimeout")]
    pub fn send_timeout(&self) -> Result<i32, SocketError> {
        self.client().send_timeout()
    }

    /// Sets how long a blocking write waits, in milliseconds; 0 or -1 for ever.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.SendTimeout`
    ///
    /// # Errors
    /// Those of [`Socket::set_send_timeout`](crate::Socket::set_send_timeout).
    #[doc(alias = "TcpClient.SendTimeout")]
    pub fn set_send_timeout(&self, value: i32) -> Result<(), SocketError> {
        self.client().set_send_timeout(value)
    }
}
