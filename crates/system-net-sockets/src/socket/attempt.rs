//! One attempt at each operation, which never waits: `EAGAIN` says that there is nothing yet.
//! The asynchronous forms are built on these.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};

use system_net_primitives::EndPoint;

use super::handle::Handle;
use super::{SocketReceiveFromResult, SocketReceiveMessageFromResult, flags, message};
use crate::enums::SocketFlags;
use crate::protection_level;
use crate::sys::{self, RawAddress};

impl Handle {
    /// Receives what there is. 0 is the end of a stream.
    pub(crate) fn try_receive(
        &self,
        fd: &impl AsFd,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> io::Result<usize> {
        let flags = flags::receive(socket_flags)? | libc::MSG_DONTWAIT;
        self.receive_once(fd, buffer, flags)
    }

    /// Receives into several buffers.
    pub(crate) fn try_receive_buffers(
        &self,
        fd: &impl AsFd,
        buffers: &mut [IoSliceMut<'_>],
        socket_flags: SocketFlags,
    ) -> io::Result<usize> {
        let flags = flags::receive(socket_flags)? | libc::MSG_DONTWAIT;
        self.receive_buffers_once(fd, buffers, flags)
    }

    /// Receives with the sender's end point.
    pub(crate) fn try_receive_from(
        &self,
        fd: &impl AsFd,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> io::Result<SocketReceiveFromResult> {
        let flags = flags::receive(socket_flags)? | libc::MSG_DONTWAIT;
        self.receive_from_once(fd, buffer, flags)
    }

    /// Receives with the sender's end point, flags and packet information.
    pub(crate) fn try_receive_message_from(
        &self,
        fd: &impl AsFd,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> io::Result<SocketReceiveMessageFromResult> {
        let flags = flags::receive(socket_flags)? | libc::MSG_DONTWAIT;
        message::receive_once(self, fd, buffer, flags)
    }

    /// Sends as much as there is room for.
    pub(crate) fn try_send(
        &self,
        fd: &impl AsFd,
        buffer: &[u8],
        socket_flags: SocketFlags,
    ) -> io::Result<usize> {
        let flags = flags::send(socket_flags)? | libc::MSG_DONTWAIT;
        sys::retry(|| sys::send(fd.as_fd(), buffer, flags))
    }

    /// Sends as much of several buffers as there is room for.
    pub(crate) fn try_send_buffers(
        &self,
        fd: &impl AsFd,
        buffers: &[IoSlice<'_>],
        socket_flags: SocketFlags,
    ) -> io::Result<usize> {
        let flags = flags::send(socket_flags)? | libc::MSG_DONTWAIT;
        self.check_message(buffers)?;
        let buffers = self.without_leading(buffers);
        sys::retry(|| sys::send_message(fd.as_fd(), buffers, flags, None))
    }

    /// Sends several buffers as one message to an address.
    pub(crate) fn try_send_buffers_to(
        &self,
        fd: &impl AsFd,
        buffers: &[IoSlice<'_>],
        socket_flags: SocketFlags,
        to: &RawAddress,
    ) -> io::Result<usize> {
        let flags = flags::send(socket_flags)? | libc::MSG_DONTWAIT;
        self.check_message(buffers)?;
        let sent = sys::retry(|| sys::send_message(fd.as_fd(), buffers, flags, Some(to)))?;
        self.set_bound();
        Ok(sent)
    }

    /// A message goes in one call, which takes [`MAX_BUFFERS`](sys::MAX_BUFFERS) buffers.
    fn check_message(&self, buffers: &[IoSlice<'_>]) -> io::Result<()> {
        if buffers.len() > sys::MAX_BUFFERS && !self.is_stream() {
            return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
        }
        Ok(())
    }

    /// What is there to send: of a stream, all from the first buffer on that has bytes. A call
    /// that is given only buffers without bytes would send nothing, for ever.
    pub(super) fn without_leading<'a, 'b>(&self, buffers: &'a [IoSlice<'b>]) -> &'a [IoSlice<'b>] {
        if !self.is_stream() {
            return buffers;
        }
        let empty = buffers.iter().take_while(|buffer| buffer.is_empty());
        buffers.get(empty.count()..).unwrap_or_default()
    }

    /// Sends to an address that [`raw_address`](Self::raw_address) made.
    pub(crate) fn try_send_to(
        &self,
        fd: &impl AsFd,
        buffer: &[u8],
        socket_flags: SocketFlags,
        to: &RawAddress,
    ) -> io::Result<usize> {
        let flags = flags::send(socket_flags)? | libc::MSG_DONTWAIT;
        let sent = sys::retry(|| sys::send_to(fd.as_fd(), buffer, flags, to))?;
        self.set_bound();
        Ok(sent)
    }

    /// Takes a connection, if one waits, and its peer's end point. The descriptor must be one
    /// that does not wait ([`make_nonblocking`](Self::make_nonblocking)).
    pub(crate) fn try_accept(&self, fd: &impl AsFd) -> io::Result<(OwnedFd, Option<EndPoint>)> {
        let mut peer = RawAddress::new();
        loop {
            let new = sys::retry(|| sys::accept(fd.as_fd(), &mut peer))?;
            let peer = peer.to_end_point();
            if protection_level::admits(self, &new, peer.as_ref()) {
                return Ok((new, peer));
            }
        }
    }

    /// Starts to connect on a descriptor that does not wait; true when it is done already. If
    /// not, [`finish_connect`](Self::finish_connect) tells the result once the socket is
    /// writable.
    pub(crate) fn begin_connect(&self, fd: &impl AsFd, to: &RawAddress) -> io::Result<bool> {
        match sys::connect(fd.as_fd(), to) {
            Ok(()) => Ok(true),
            // A signal does not stop the connect, it goes on in the background.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR)) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The result of a connect whose socket became writable.
    pub(crate) fn finish_connect(&self, fd: &impl AsFd) -> io::Result<()> {
        match sys::get_option_i32(fd.as_fd(), libc::SOL_SOCKET, libc::SO_ERROR)? {
            0 => Ok(()),
            errno => {
                // The system has told the error and now takes the socket for aborted, which the
                // next connect would be told.
                if self.is_stream() {
                    let _ = sys::connect(fd.as_fd(), &RawAddress::unspecified());
                }
                Err(io::Error::from_raw_os_error(errno))
            }
        }
    }

    /// One system call into one buffer. Of a message longer than the buffer the rest is lost,
    /// which is the error `EMSGSIZE`.
    pub(super) fn receive_once(
        &self,
        fd: &impl AsFd,
        buffer: &mut [u8],
        flags: i32,
    ) -> io::Result<usize> {
        let flags = flags | self.truncation();
        let received = sys::retry(|| sys::receive(fd.as_fd(), buffer, flags))?;
        whole(received, buffer.len())
    }

    pub(super) fn receive_from_once(
        &self,
        fd: &impl AsFd,
        buffer: &mut [u8],
        flags: i32,
    ) -> io::Result<SocketReceiveFromResult> {
        let flags = flags | self.truncation();
        let (received, from) = sys::retry(|| sys::receive_from(fd.as_fd(), buffer, flags))?;
        Ok(SocketReceiveFromResult {
            received_bytes: whole(received, buffer.len())?,
            remote_end_point: self.sender(&from),
        })
    }

    pub(super) fn receive_buffers_once(
        &self,
        fd: &impl AsFd,
        buffers: &mut [IoSliceMut<'_>],
        flags: i32,
    ) -> io::Result<usize> {
        let flags = flags | self.truncation();
        // A call that is given only buffers without bytes would look like the end of the stream.
        let empty = buffers.iter().take_while(|buffer| buffer.is_empty());
        let empty = if self.is_stream() { empty.count() } else { 0 };
        let buffers = buffers.get_mut(empty..).unwrap_or_default();
        let received = sys::retry(|| sys::receive_message(fd.as_fd(), buffers, flags, None, None))?;
        // Buffers beyond those that one call takes are not filled.
        let filled = buffers.iter().take(sys::MAX_BUFFERS);
        let room = filled.map(|buffer| buffer.len()).sum();
        whole(received.bytes, room)
    }

    /// Asks for the true length of a message. On a stream the flag would throw data away.
    pub(super) fn truncation(&self) -> i32 {
        if self.is_stream() { 0 } else { libc::MSG_TRUNC }
    }

    /// The sender's end point; of a connected stream, which names none, the peer's.
    pub(super) fn sender(&self, from: &RawAddress) -> EndPoint {
        if from.as_bytes().is_empty()
            && self.is_stream()
            && let Some(remote) = self.remote()
        {
            return remote;
        }
        from.to_end_point_or_none()
    }
}

fn whole(received: usize, room: usize) -> io::Result<usize> {
    if received > room {
        return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
    }
    Ok(received)
}
