//! One attempt at the operation of a context.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use system_net_primitives::EndPoint;

use super::buffers::Buffer;
use super::context::State;
use super::engine::Attempt;
use crate::enums::{SocketAsyncOperation, SocketFlags};
use crate::error::{SocketError, SocketErrorCode};
use crate::socket::{Handle, Socket};
use crate::sys::MAX_BUFFERS;

/// So many buffers are handed to the system without a list on the heap.
const FEW: usize = 16;

impl State {
    /// Does what can be done without waiting, and notes what came of it.
    pub(super) fn attempt(&mut self, handle: &Arc<Handle>, fd: &OwnedFd) -> Attempt {
        type Operation = SocketAsyncOperation;
        let result = match self.operation {
            Operation::Receive => self.receive(handle, fd),
            Operation::Send => self.send(handle, fd),
            Operation::Accept => self.accept(handle, fd),
            Operation::ReceiveFrom => self.receive_from(handle, fd),
            Operation::ReceiveMessageFrom => self.receive_message_from(handle, fd),
            Operation::SendTo => self.send_to(handle, fd),
            Operation::Connect => self.connect(handle, fd),
            Operation::SendPackets => self.send_packets(handle, fd),
            Operation::Disconnect | Operation::None => Ok(Attempt::Done),
        };
        match result {
            Ok(attempt) => attempt,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Attempt::Pending,
            Err(error) => {
                self.failed(handle, &error);
                Attempt::Done
            }
        }
    }

    /// Notes the failure of a system call. After a close it is the close that ended it.
    pub(super) fn failed(&mut self, handle: &Handle, error: &io::Error) {
        if handle.is_closed() {
            return self.fail(SocketErrorCode::OperationAborted, None);
        }
        let errno = error.raw_os_error();
        let code = match errno {
            Some(errno) => SocketErrorCode::from_errno(errno),
            None => SocketError::from(io::Error::from(error.kind())).code(),
        };
        handle.note_failure(code);
        self.fail(code, errno);
    }

    /// The part of the buffer that the operation uses.
    pub(super) fn window(&self) -> &[u8] {
        let start = self.offset as usize;
        &self.buffer.bytes()[start..start + self.count as usize]
    }

    fn window_mut(&mut self) -> &mut [u8] {
        let start = self.offset as usize;
        let end = start + self.count as usize;
        &mut self.buffer.bytes_mut()[start..end]
    }

    fn receive(&mut self, handle: &Handle, fd: &OwnedFd) -> io::Result<Attempt> {
        let flags = self.socket_flags;
        let received = match &mut self.buffer {
            Buffer::List(buffers) => scatter(buffers, |slices| {
                handle.try_receive_buffers(fd, slices, flags)
            }),
            // Without room a stream is waited for only: until there are data, or the end.
            _ if self.count == 0 && handle.is_stream() => handle
                .try_receive(fd, &mut [0], flags | SocketFlags::PEEK)
                .map(|_| 0),
            _ => handle.try_receive(fd, self.window_mut(), flags),
        };
        self.transferred = self.whole(received)?;
        Ok(Attempt::Done)
    }

    /// A message longer than the buffer fills it, and is an error all the same.
    fn whole<T>(&mut self, received: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &received
            && error.raw_os_error() == Some(libc::EMSGSIZE)
        {
            self.transferred = match &self.buffer {
                Buffer::List(buffers) => within_reach(buffers).map(Vec::len).sum(),
                _ => self.count as usize,
            };
        }
        received
    }

    fn receive_from(&mut self, handle: &Handle, fd: &OwnedFd) -> io::Result<Attempt> {
        let flags = self.socket_flags;
        let received = handle.try_receive_from(fd, self.window_mut(), flags);
        let received = self.whole(received)?;
        self.transferred = received.received_bytes;
        self.extra().remote_end_point = Some(received.remote_end_point);
        Ok(Attempt::Done)
    }

    fn receive_message_from(&mut self, handle: &Handle, fd: &OwnedFd) -> io::Result<Attempt> {
        let flags = self.socket_flags;
        let received = handle.try_receive_message_from(fd, self.window_mut(), flags)?;
        self.transferred = received.received_bytes;
        self.socket_flags = received.socket_flags;
        let extra = self.extra();
        extra.remote_end_point = Some(received.remote_end_point);
        extra.packet_information = received.packet_information;
        Ok(Attempt::Done)
    }

    /// Sends until all is sent: a stream may take it in parts.
    pub(super) fn send(&mut self, handle: &Handle, fd: &OwnedFd) -> io::Result<Attempt> {
        let flags = self.socket_flags;
        let total = match &self.buffer {
            Buffer::List(buffers) => buffers.iter().map(Vec::len).sum(),
            _ => self.count as usize,
        };
        // So many buffers of a list are gone, and so many bytes with them.
        let (mut gone, mut gone_bytes) = (0, 0);
        loop {
            let sent = self.transferred;
            let more = match &self.buffer {
                Buffer::List(buffers) => {
                    while let Some(buffer) = buffers.get(gone)
                        && gone_bytes + buffer.len() <= sent
                    {
                        gone += 1;
                        gone_bytes += buffer.len();
                    }
                    let left = buffers.get(gone..).unwrap_or_default();
                    gather(left, sent - gone_bytes, handle.is_stream(), |slices| {
                        handle.try_send_buffers(fd, slices, flags)
                    })?
                }
                _ => handle.try_send(fd, &self.window()[sent..], flags)?,
            };
            self.transferred += more;
            if self.transferred >= total || !handle.is_stream() {
                return Ok(Attempt::Done);
            }
            if more == 0 {
                // Trying again could go on for ever.
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
    }

    fn send_to(&mut self, handle: &Handle, fd: &OwnedFd) -> io::Result<Attempt> {
        let Some(target) = self.extra().target else {
            return Err(io::Error::from_raw_os_error(libc::EDESTADDRREQ));
        };
        let flags = self.socket_flags;
        let sent = match &self.buffer {
            Buffer::List(buffers) => gather(buffers, 0, false, |slices| {
                handle.try_send_buffers_to(fd, slices, flags, &target)
            })?,
            _ => handle.try_send_to(fd, self.window(), flags, &target)?,
        };
        self.transferred = sent;
        Ok(Attempt::Done)
    }

    fn accept(&mut self, handle: &Handle, fd: &OwnedFd) -> io::Result<Attempt> {
        if self.extra().receives_first {
            self.transferred = handle.try_receive(fd, self.window_mut(), SocketFlags::NONE)?;
            return Ok(Attempt::Done);
        }
        loop {
            match handle.try_accept(fd) {
                Ok((new, peer)) => {
                    let place = &mut self.extra().accept_socket;
                    match place {
                        Some(socket) => adopt(socket.handle(), new, peer)?,
                        None => *place = Some(Socket::accepted(handle, new, peer)),
                    }
                    return Ok(self.receive_first());
                }
                // The peer has gone before it was taken; the next one may wait behind it.
                Err(error) if error.raw_os_error() == Some(libc::ECONNABORTED) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What an accept does that has taken a connection.
impl State {
    /// Receives, if there is a buffer, what the peer has sent already; what it has not is waited
    /// for at the new socket.
    fn receive_first(&mut self) -> Attempt {
        if self.count == 0 {
            return Attempt::Done;
        }
        self.extra().receives_first = true;
        let Some(new) = self.waits_at() else {
            return Attempt::Done;
        };
        let received = match new.fd() {
            Ok(fd) => new.try_receive(&fd, self.window_mut(), SocketFlags::NONE),
            Err(error) => Err(error.into()),
        };
        match received {
            Ok(received) => self.transferred = received,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Attempt::Moved,
            Err(error) => self.failed(&new, &error),
        }
        Attempt::Done
    }
}

/// Puts a connection into a socket that has none.
fn adopt(handle: &Handle, new: OwnedFd, peer: Option<EndPoint>) -> io::Result<()> {
    if handle.is_nonblocking_descriptor() {
        rustix::io::ioctl_fionbio(&new, true)?;
    }
    handle.replace(new)?;
    handle.set_connected(peer);
    Ok(())
}

/// The buffers that one receive can fill.
fn within_reach(buffers: &[Vec<u8>]) -> impl Iterator<Item = &Vec<u8>> {
    let with_room = buffers.iter().filter(|buffer| !buffer.is_empty());
    with_room.take(MAX_BUFFERS)
}

/// Hands buffers to a receive.
fn scatter(
    buffers: &mut [Vec<u8>],
    receive: impl FnOnce(&mut [IoSliceMut<'_>]) -> io::Result<usize>,
) -> io::Result<usize> {
    let few_buffers = buffers.len() <= FEW;
    let with_room = buffers.iter_mut().filter(|buffer| !buffer.is_empty());
    let mut slices = with_room
        .map(|buffer| IoSliceMut::new(buffer))
        .take(MAX_BUFFERS);
    if few_buffers {
        let mut count = 0;
        let mut few: [IoSliceMut<'_>; FEW] = std::array::from_fn(|_| match slices.next() {
            Some(slice) => {
                count += 1;
                slice
            }
            None => IoSliceMut::new(&mut []),
        });
        receive(&mut few[..count])
    } else {
        receive(&mut slices.collect::<Vec<_>>())
    }
}

/// Hands what is left of buffers to a send, of which `sent` bytes are gone. Of a stream as many as
/// one call takes; of a message all, which the send refuses if they are too many.
fn gather(
    buffers: &[Vec<u8>],
    mut sent: usize,
    stream: bool,
    send: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
) -> io::Result<usize> {
    let most = if stream { MAX_BUFFERS } else { usize::MAX };
    let rests = buffers.iter().map(|buffer| {
        let gone = sent.min(buffer.len());
        sent -= gone;
        &buffer[gone..]
    });
    // What is empty takes no place of a buffer that is not.
    let mut slices = rests
        .filter(|rest| !rest.is_empty())
        .map(IoSlice::new)
        .take(most);
    if buffers.len() <= FEW {
        let mut count = 0;
        let few: [IoSlice<'_>; FEW] = std::array::from_fn(|_| match slices.next() {
            Some(slice) => {
                count += 1;
                slice
            }
            None => IoSlice::new(&[]),
        });
        send(&few[..count])
    } else {
        send(&slices.collect::<Vec<_>>())
    }
}
