//! Receiving with the records about a message: where it arrived.

use std::io::{self, IoSliceMut};
use std::os::fd::AsFd;

use super::{Handle, IpPacketInformation, SocketReceiveMessageFromResult, flags};
use crate::sys::{self, Control, RawAddress};

/// One system call.
pub(super) fn receive_once(
    handle: &Handle,
    fd: &impl AsFd,
    buffer: &mut [u8],
    flags: i32,
) -> io::Result<SocketReceiveMessageFromResult> {
    let room = buffer.len();
    let mut from = RawAddress::new();
    let mut control = Control::new();
    let received = sys::retry(|| {
        let buffers = &mut [IoSliceMut::new(buffer)];
        sys::receive_message(
            fd.as_fd(),
            buffers,
            flags,
            Some(&mut from),
            Some(&mut control),
        )
    })?;
    let packet_information = control.packet_information(received.control);
    Ok(SocketReceiveMessageFromResult {
        received_bytes: received.bytes.min(room),
        socket_flags: flags::told(received.flags),
        remote_end_point: handle.sender(&from),
        packet_information: packet_information
            .map(|(address, interface)| IpPacketInformation::new(address, interface))
            .unwrap_or_default(),
    })
}
