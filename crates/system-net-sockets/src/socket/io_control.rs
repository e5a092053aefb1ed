//! Control calls.

use std::os::fd::AsFd;

use system_net_primitives::{AddressFamily, EndPoint, Misuse};

use super::Socket;
use crate::enums::{IoControlCode, SocketOptionLevel, SocketOptionName, SocketType};
use crate::error::{SocketError, SocketErrorCode};
use crate::sys;

impl Socket {
    /// A control call by .NET's code. Gives the number of bytes of the output that were written.
    ///
    /// | code | input | output |
    /// |---|---|---|
    /// | `DATA_TO_READ` | – | 4 bytes: how many bytes can be received |
    /// | `OOB_DATA_READ` | – | 4 bytes: 1 if all urgent data before this point were received |
    /// | `KEEP_ALIVE_VALUES` | `struct tcp_keepalive`: on, milliseconds until the first question and between them, 4 bytes each | – |
    /// | `RECEIVE_ALL` | – on a packet socket: 4 bytes, 1 for all packets of the network | – |
    /// | `MULTICAST_SCOPE` | 4 bytes: hops that a multicast may make | – |
    /// | `MULTIPOINT_LOOPBACK` | 4 bytes: 1 if multicasts come back | – |
    /// | `UNICAST_INTERFACE` | 4 bytes: number of the interface to send from | – |
    /// | `ROUTING_INTERFACE_QUERY` | the bytes of a [`SocketAddress`](system_net_primitives::SocketAddress) | those of the local address for it |
    ///
    /// .NET: `System.Net.Sockets.Socket.IOControl(IOControlCode, Byte[], Byte[])`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] for `NON_BLOCKING_IO`, as in .NET: use
    /// [`set_blocking`](Self::set_blocking).
    /// [`OperationNotSupported`](SocketErrorCode::OperationNotSupported) for the other codes,
    /// which Linux has nothing like; [`Fault`](SocketErrorCode::Fault) for too short buffers.
    #[doc(alias = "Socket.IOControl")]
    pub fn io_control(
        &self,
        io_control_code: IoControlCode,
        option_in_value: &[u8],
        option_out_value: &mut [u8],
    ) -> Result<usize, SocketError> {
        let fd = self.handle().fd()?;
        let failed = |error| SocketError::from(error).with_context(format!("{io_control_code:?}"));
        match io_control_code {
            IoControlCode::NON_BLOCKING_IO => {
                Err(Misuse::invalid_operation("use set_blocking").into())
            }
            IoControlCode::DATA_TO_READ => {
                let count = sys::available(fd.as_fd()).map_err(failed)?;
                write(option_out_value, &count.to_ne_bytes())
            }
            IoControlCode::OOB_DATA_READ => {
                // Winsock: whether the mark is here or there is none, and so nothing urgent is
                // ahead.
                let ahead = sys::has_urgent_data(fd.as_fd()).map_err(failed)?;
                let at_mark = sys::is_at_mark(fd.as_fd()).map_err(failed)?;
                write(
                    option_out_value,
                    &i32::from(at_mark || !ahead).to_ne_bytes(),
                )
            }
            IoControlCode::KEEP_ALIVE_VALUES => {
                self.keep_alive_values(option_in_value)?;
                Ok(0)
            }
            IoControlCode::RECEIVE_ALL => {
                self.receive_all(number(option_in_value)? != 0)?;
                Ok(0)
            }
            IoControlCode::MULTICAST_SCOPE => {
                self.set_socket_option_i32(
                    self.level(),
                    SocketOptionName::MULTICAST_TIME_TO_LIVE,
                    number(option_in_value)?,
                )?;
                Ok(0)
            }
            IoControlCode::MULTIPOINT_LOOPBACK => {
                self.set_multicast_loopback(number(option_in_value)? != 0)?;
                Ok(0)
            }
            IoControlCode::UNICAST_INTERFACE => {
                let index = number(option_in_value)?;
                // The option wants network order.
                let (level, name) = match self.address_family() {
                    AddressFamily::InterNetworkV6 => (libc::IPPROTO_IPV6, libc::IPV6_UNICAST_IF),
                    _ => (libc::IPPROTO_IP, IP_UNICAST_IF),
                };
                sys::set_option_i32(fd.as_fd(), level, name, index.to_be()).map_err(failed)?;
                Ok(0)
            }
            IoControlCode::ROUTING_INTERFACE_QUERY => {
                self.routing_interface(option_in_value, option_out_value)
            }
            _ => Err(SocketError::new(SocketErrorCode::OperationNotSupported)
                .with_context(format!("{io_control_code:?}"))),
        }
    }

    /// A control call by number: one of .NET's codes, or the system's `FIONREAD`, `TIOCOUTQ` (how
    /// many bytes wait to be sent) or `SIOCATMARK`, each with 4 bytes of output. Gives the number
    /// of bytes of the output that were written.
    ///
    /// .NET: `System.Net.Sockets.Socket.IOControl(Int32, Byte[], Byte[])`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] for the number of `FIONBIO`, as in .NET; else as
    /// [`io_control`](Self::io_control).
    ///
    /// # Differences from .NET
    /// Other numbers of the system are refused: how long a structure is that a call reads or
    /// writes, and whether it points to others, cannot be checked here. Use the descriptor.
    #[doc(alias = "Socket.IOControl")]
    pub fn io_control_raw(
        &self,
        io_control_code: i32,
        option_in_value: &[u8],
        option_out_value: &mut [u8],
    ) -> Result<usize, SocketError> {
        let request = u32::from_ne_bytes(io_control_code.to_ne_bytes());
        let fd = self.handle().fd()?;
        let value = match libc::c_ulong::from(request) {
            number if number == libc::c_ulong::from(libc::FIONBIO as u32) => {
                return Err(Misuse::invalid_operation("use set_blocking").into());
            }
            number if number == libc::c_ulong::from(libc::FIONREAD as u32) => {
                sys::available(fd.as_fd())?
            }
            number if number == libc::c_ulong::from(libc::TIOCOUTQ as u32) => {
                sys::unsent(fd.as_fd())?
            }
            number if number == libc::c_ulong::from(sys::SIOCATMARK) => {
                sys::is_at_mark(fd.as_fd())?.into()
            }
            _ => {
                // .NET's codes are numbers of 32 bits without a sign.
                let code = IoControlCode::from_value(request.into());
                return self.io_control(code, option_in_value, option_out_value);
            }
        };
        write(option_out_value, &value.to_ne_bytes())
    }

    fn level(&self) -> SocketOptionLevel {
        match self.address_family() {
            AddressFamily::InterNetworkV6 => SocketOptionLevel::Ipv6,
            _ => SocketOptionLevel::Ip,
        }
    }

    fn keep_alive_values(&self, value: &[u8]) -> Result<(), SocketError> {
        let (on, first, between) = (
            number(value)?,
            number(value.get(4..).unwrap_or_default())?,
            number(value.get(8..).unwrap_or_default())?,
        );
        // The system counts in seconds, and knows no zero.
        let seconds = |milliseconds: i32| (milliseconds / 1000).max(1);
        if on != 0 {
            let tcp = SocketOptionLevel::Tcp;
            self.set_socket_option_i32(tcp, SocketOptionName::TCP_KEEP_ALIVE_TIME, seconds(first))?;
            self.set_socket_option_i32(
                tcp,
                SocketOptionName::TCP_KEEP_ALIVE_INTERVAL,
                seconds(between),
            )?;
        }
        self.set_socket_option_i32(
            SocketOptionLevel::Socket,
            SocketOptionName::KEEP_ALIVE,
            i32::from(on != 0),
        )
    }

    /// All packets of the network, at every interface.
    fn receive_all(&self, on: bool) -> Result<(), SocketError> {
        if self.address_family() != AddressFamily::Packet {
            let text = "only a packet socket can receive all";
            return Err(Misuse::not_supported(text).into());
        }
        let bound = sys::local_address(self.handle().fd()?.as_fd())?;
        // struct sockaddr_ll: the interface follows the protocol; 0 is every one, for which
        // there is no membership.
        let index = bound
            .as_bytes()
            .get(4..8)
            .and_then(|bytes| bytes.first_chunk());
        let index = index.map_or(0, |bytes| i32::from_ne_bytes(*bytes));
        let mut request = [0; 16];
        request[..4].copy_from_slice(&index.to_ne_bytes());
        let kind = u16::try_from(libc::PACKET_MR_PROMISC).unwrap_or_default();
        request[4..6].copy_from_slice(&kind.to_ne_bytes());
        let name = if on {
            libc::PACKET_ADD_MEMBERSHIP
        } else {
            libc::PACKET_DROP_MEMBERSHIP
        };
        self.set_raw_socket_option(libc::SOL_PACKET, name, &request)
    }

    /// The local address that packets to a remote one would have, asked of a socket that sends
    /// none.
    fn routing_interface(&self, remote: &[u8], local: &mut [u8]) -> Result<usize, SocketError> {
        let remote = sys::RawAddress::from_bytes(remote)?;
        let probe = Self::new(
            self.address_family(),
            SocketType::Dgram,
            crate::ProtocolType::UNSPECIFIED,
        )?;
        let remote: EndPoint = remote
            .to_end_point()
            .ok_or_else(|| SocketError::from_errno(libc::EFAULT))?;
        probe.connect(remote)?;
        let own = sys::local_address(probe.handle().fd()?.as_fd())?;
        write(local, own.as_bytes())
    }
}

/// `IP_UNICAST_IF` of linux/in.h.
const IP_UNICAST_IF: i32 = 50;

fn number(value: &[u8]) -> Result<i32, SocketError> {
    match value.first_chunk() {
        Some(bytes) => Ok(i32::from_ne_bytes(*bytes)),
        None => Err(SocketError::from_errno(libc::EFAULT)),
    }
}

fn write(out: &mut [u8], value: &[u8]) -> Result<usize, SocketError> {
    match out.get_mut(..value.len()) {
        Some(room) => {
            room.copy_from_slice(value);
            Ok(value.len())
        }
        None => Err(SocketError::from_errno(libc::EFAULT)),
    }
}
