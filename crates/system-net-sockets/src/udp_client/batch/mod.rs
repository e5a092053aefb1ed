//! Many datagrams in one call: the sender hands the system one block and the length to cut it
//! at (generic segmentation offload), the receiver takes what the system has put together.

mod buffer;
mod state;
#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use system_net_primitives::{EndPoint, IpEndPoint, Misuse};

use super::{UdpClient, UdpReceiveResult};
use crate::SelectMode;
use crate::error::{SocketError, SocketErrorCode};
use crate::socket::milliseconds;
use crate::sys::Held;

pub use buffer::UdpBatch;
pub(crate) use state::Batches;

/// The most bytes one call of the system takes: what an IPv6 packet holds beside its headers.
const LONGEST_CALL: usize = 65_487;

const RECEIVE: &str = "receive";
const RECEIVE_BATCH: &str = "receive a batch";
const SEND_BATCH: &str = "send a batch";

/// Many datagrams in one call.
///
/// # What it saves
/// A datagram of its own costs a system call and a way through the network stack. A batch goes
/// that way once for up to 64 datagrams: on a loopback interface a tenth of the processor time.
///
/// # Differences from .NET
/// .NET has no such calls.
impl UdpClient {
    /// Sends a block to the default peer as datagrams of `segment_size` bytes, the last one of
    /// which may be shorter. Gives the number of datagrams that were sent, which is smaller than
    /// asked for only if the system refused one after the first.
    ///
    /// Where the system cannot cut blocks, for one because the segments are longer than the
    /// link's packets, each datagram is sent by a call of its own.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a segment size of 0; as [`send`](Self::send).
    ///
    /// # Blocking
    /// Waits for room in the send buffer, until
    /// [`Socket::send_timeout`](crate::Socket::send_timeout).
    pub fn send_batch(&self, datagrams: &[u8], segment_size: usize) -> Result<usize, SocketError> {
        let end_point = self.default_peer()?;
        self.send_segments(datagrams, segment_size, end_point)
    }

    /// Sends a block to an end point as datagrams, as [`send_batch`](Self::send_batch) does.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a segment size of 0; as [`send_to`](Self::send_to).
    ///
    /// # Blocking
    /// As [`send_batch`](Self::send_batch).
    pub fn send_batch_to(
        &self,
        datagrams: &[u8],
        segment_size: usize,
        end_point: IpEndPoint,
    ) -> Result<usize, SocketError> {
        self.refuse_active()?;
        self.permit_broadcast(end_point.address())?;
        self.send_segments(datagrams, segment_size, end_point)
    }

    /// Receives the datagrams that are there, at least one, with their senders. Gives their
    /// number.
    ///
    /// From then on the system puts datagrams together, until [`client`](Self::client) or
    /// [`end_batches`](Self::end_batches) is called. This client's other receives take them
    /// apart again; [`Socket::receive`](crate::Socket::receive) on a socket that was got before
    /// would not, and neither do its `poll` and `available` know of those that were taken apart
    /// already. A client whose batches are not ended is converted to another kind of socket
    /// only if no datagram waits in it.
    ///
    /// # Errors
    /// As [`receive`](Self::receive).
    ///
    /// # Blocking
    /// Waits for a datagram as [`receive`](Self::receive) does.
    pub fn receive_batch(&self, batch: &mut UdpBatch) -> Result<usize, SocketError> {
        let fd = self.prepare_receive()?;
        loop {
            match self.try_receive_batch(&fd, batch) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(SelectMode::SelectRead, RECEIVE_BATCH)?;
                }
                result => return result.map_err(|error| self.failed(error, RECEIVE_BATCH)),
            }
        }
    }
}

impl UdpClient {
    /// Ends the receiving in batches: the system gives datagrams one by one again. Gives those
    /// that it had put together and that were not received yet, with whatever else waits.
    ///
    /// To be called before a conversion to another kind of socket, which would lose them.
    ///
    /// # Errors
    /// [`WouldBlock`](SocketErrorCode::WouldBlock) while datagrams arrive faster than they are
    /// taken: what came stays for this client's receives;
    /// [`Misuse::Disposed`] when closed.
    pub fn end_batches(&self) -> Result<Vec<UdpReceiveResult>, SocketError> {
        self.stop_batches()?;
        Ok(self.batches().rest().drain(..).collect())
    }

    pub(super) fn stop_batches(&self) -> Result<(), SocketError> {
        let fd = self.socket.handle().fd()?;
        let stopped = self.batches().stop(&fd);
        stopped.map_err(|error| self.failed(error, "end the batches"))
    }

    pub(super) fn default_peer(&self) -> Result<IpEndPoint, SocketError> {
        self.require_active()?;
        match self.socket.remote_end_point()? {
            Some(EndPoint::Ip(end_point)) => Ok(end_point),
            _ => Err(SocketError::new(SocketErrorCode::NotConnected)),
        }
    }

    fn send_segments(
        &self,
        datagrams: &[u8],
        segment_size: usize,
        end_point: IpEndPoint,
    ) -> Result<usize, SocketError> {
        let (fd, mut sending) = self.prepare_send(datagrams, segment_size, end_point)?;
        loop {
            match sending.go_on(self.batches().state(&fd)?, &fd) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match self.wait(SelectMode::SelectWrite, SEND_BATCH) {
                        Err(_) if sending.sent > 0 => return Ok(sending.sent),
                        result => result?,
                    }
                }
                result => return result.map_err(|error| self.failed(error, SEND_BATCH)),
            }
        }
    }

    pub(super) fn prepare_send<'a>(
        &self,
        datagrams: &'a [u8],
        segment_size: usize,
        end_point: IpEndPoint,
    ) -> Result<(Held<'_>, Sending<'a>), SocketError> {
        if segment_size == 0 {
            return Err(Misuse::out_of_range("segmentSize", "expected 1 or more").into());
        }
        let fd = self.batch_fd()?;
        let mapped = self.mapped(end_point)?;
        Ok((fd, Sending::new(datagrams, segment_size, mapped)))
    }

    pub(super) fn prepare_receive(&self) -> Result<Held<'_>, SocketError> {
        let fd = self.batch_fd()?;
        self.batches().state(&fd)?;
        self.batches().put_together(&fd);
        Ok(fd)
    }

    /// The descriptor, which does not wait any more: the system's call for many messages would
    /// wait for all of them.
    fn batch_fd(&self) -> Result<Held<'_>, SocketError> {
        let handle = self.socket.handle();
        let fd = handle.fd()?;
        handle.make_nonblocking(&fd)?;
        Ok(fd)
    }

    /// One datagram of those that come together.
    pub(super) fn receive_apart(
        &self,
        buffer: &mut [u8],
    ) -> Result<(usize, IpEndPoint), SocketError> {
        let fd = self.socket.handle().fd()?;
        loop {
            match self.try_receive_apart(&fd, buffer) {
                Ok((length, _)) if length > buffer.len() => {
                    return Err(self.failed(io::Error::from_raw_os_error(libc::EMSGSIZE), RECEIVE));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait(SelectMode::SelectRead, RECEIVE)?;
                }
                result => return result.map_err(|error| self.failed(error, RECEIVE)),
            }
        }
    }

    /// Waits as a call of the socket would, for its time-out.
    fn wait(&self, mode: SelectMode, what: &'static str) -> Result<(), SocketError> {
        let socket = &self.socket;
        if !socket.blocking() {
            return Err(SocketError::from_errno(libc::EAGAIN).with_context(what));
        }
        let (events, limit) = self.limit(mode)?;
        let handle = socket.handle();
        let ready = handle.poll(&*handle.fd()?, events, limit);
        if ready.map_err(|error| self.failed(error, what))? != 0 {
            return Ok(());
        }
        Err(SocketError::new(SocketErrorCode::TimedOut).with_context(what))
    }

    /// What to wait for, and how long; `None` without an end.
    fn limit(&self, mode: SelectMode) -> Result<(i16, Option<Duration>), SocketError> {
        let (events, limit) = match mode {
            SelectMode::SelectWrite => (libc::POLLOUT, self.socket.send_timeout()?),
            _ => (libc::POLLIN, self.socket.receive_timeout()?),
        };
        Ok((events, milliseconds(limit)))
    }

    fn failed(&self, error: io::Error, what: &'static str) -> SocketError {
        self.socket.handle().failure(error, what)
    }

    /// The end point in the form that the socket knows: at a dual-mode one IPv4 has one of IPv6.
    fn mapped(&self, end_point: IpEndPoint) -> Result<IpEndPoint, SocketError> {
        // Says what is wrong with an end point of another kind.
        self.socket.handle().sendable_address(&end_point.into())?;
        if end_point.address_family() == self.socket.address_family() {
            return Ok(end_point);
        }
        let address = end_point.address().map_to_ipv6();
        Ok(IpEndPoint::new(address, end_point.port()))
    }

    pub(super) fn try_receive_batch(
        &self,
        fd: &OwnedFd,
        batch: &mut UdpBatch,
    ) -> io::Result<usize> {
        batch.clear();
        let mut rest = self.batches().rest();
        while let Some(next) = rest.front() {
            if !batch.push(next.buffer(), next.remote_end_point()) {
                break;
            }
            rest.pop_front();
        }
        drop(rest);
        if !batch.is_empty() {
            return Ok(batch.len());
        }
        batch.fill(self.batches().state(fd)?, UdpSockRef::from(fd))
    }

    /// One datagram of those that come together; the rest is kept. Its whole length, which may be
    /// longer than the buffer.
    pub(super) fn try_receive_apart(
        &self,
        fd: &OwnedFd,
        buffer: &mut [u8],
    ) -> io::Result<(usize, IpEndPoint)> {
        loop {
            if let Some(taken) = self.batches().take(buffer) {
                return Ok(taken);
            }
            self.batches().receive_rest(fd)?;
        }
    }
}

/// A block on its way.
pub(super) struct Sending<'a> {
    left: &'a [u8],
    segment_size: usize,
    end_point: IpEndPoint,
    /// How many datagrams are gone.
    pub(super) sent: usize,
    /// Each goes by a call of its own.
    alone: bool,
}

impl<'a> Sending<'a> {
    const fn new(left: &'a [u8], segment_size: usize, end_point: IpEndPoint) -> Self {
        Self {
            left,
            segment_size,
            end_point,
            sent: 0,
            alone: false,
        }
    }

    /// Sends what there is room for; the number of datagrams when all are gone. An error after
    /// the first of them ends it as well: the next call meets it again.
    pub(super) fn go_on(&mut self, state: &UdpSocketState, fd: &OwnedFd) -> io::Result<usize> {
        while !self.left.is_empty() {
            let most = if self.alone {
                1
            } else {
                state.max_gso_segments()
            };
            let at_once = most.min(LONGEST_CALL / self.segment_size).max(1);
            let length = self
                .left
                .len()
                .min(at_once.saturating_mul(self.segment_size));
            let (now, later) = self.left.split_at(length);
            let transmit = Transmit {
                destination: self.end_point.into(),
                ecn: None,
                contents: now,
                segment_size: (at_once > 1).then_some(self.segment_size),
                src_ip: None,
            };
            match state.try_send(UdpSockRef::from(fd), &transmit) {
                Ok(()) => {
                    self.sent += length.div_ceil(self.segment_size);
                    self.left = later;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                // The system cannot cut this: the network card cannot, or the segments are longer
                // than the link's packets and have to be cut in fragments.
                Err(error) if at_once > 1 && cannot_cut(&error) => self.alone = true,
                Err(_) if self.sent > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(self.sent)
    }
}

fn cannot_cut(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EIO | libc::EINVAL | libc::EMSGSIZE)
    )
}
