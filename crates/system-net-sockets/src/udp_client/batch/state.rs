//! What a client keeps for batches: the system's abilities, and datagrams that came together
//! with one that was asked for alone.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use quinn_udp::{UdpSockRef, UdpSocketState};
use system_net_primitives::IpEndPoint;

use super::UdpBatch;
use crate::sys;
use crate::udp_client::UdpReceiveResult;

/// The state of batches of one client; nothing until the first one.
#[derive(Default)]
pub(crate) struct Batches {
    state: OnceLock<UdpSocketState>,
    making: Mutex<()>,
    /// A batch was received, so that every receive has to look for the rest and take apart.
    together: AtomicBool,
    /// The system puts datagrams together now.
    joins: AtomicBool,
    /// Held by who changes that.
    switch: Mutex<()>,
    rest: Mutex<VecDeque<UdpReceiveResult>>,
    /// Where they arrive.
    room: Mutex<Option<UdpBatch>>,
}

/// What `UdpSocketState` switches on and batches do without: the user's options stay as they
/// are, and plain sends may still be cut in fragments.
const KEPT: &[(i32, i32)] = &[
    (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS),
    (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER),
    (libc::IPPROTO_IP, libc::IP_PKTINFO),
    (libc::IPPROTO_IP, libc::IP_RECVTOS),
    (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER),
    (libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG),
    (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
    (libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS),
    (libc::SOL_UDP, libc::UDP_GRO),
];

/// So many messages are taken at the most when the system is to give them one by one again.
const MOST_AT_THE_END: u32 = 16_384;

fn set_joining(fd: &OwnedFd, joins: bool) {
    let _ = sys::set_option_i32(fd.as_fd(), libc::SOL_UDP, libc::UDP_GRO, joins.into());
}

/// Whether something waits in the socket.
fn has_datagram(fd: &OwnedFd) -> bool {
    let peek = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    match sys::retry(|| sys::receive(fd.as_fd(), &mut [], peek)) {
        Ok(_) => true,
        // An error that waited may have hidden one.
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

impl Batches {
    /// The state, made at the first call. The descriptor does not wait from then on.
    pub(crate) fn state(&self, fd: &OwnedFd) -> io::Result<&UdpSocketState> {
        if let Some(state) = self.state.get() {
            return Ok(state);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = self.state.get() {
            return Ok(state);
        }
        let options = KEPT.iter().filter_map(|&(level, name)| {
            let value = sys::get_option_i32(fd.as_fd(), level, name).ok()?;
            Some((level, name, value))
        });
        let before: Vec<_> = options.collect();
        let state = UdpSocketState::new(UdpSockRef::from(fd))?;
        for (level, name, value) in before {
            sys::set_option_i32(fd.as_fd(), level, name, value)?;
        }
        Ok(self.state.get_or_init(|| state))
    }

    /// Lets the system put datagrams together (generic receive offload) until
    /// [`stop`](Self::stop). Systems without that go on without.
    pub(super) fn put_together(&self, fd: &OwnedFd) {
        if self.joins.load(Ordering::Acquire) {
            return;
        }
        let _switch = self.switch.lock().unwrap_or_else(PoisonError::into_inner);
        self.together.store(true, Ordering::Release);
        set_joining(fd, true);
        self.joins.store(true, Ordering::Release);
    }

    /// Has the system give datagrams one by one again. What is together already, and what it
    /// stands behind, goes to the rest.
    ///
    /// # Errors
    /// `WouldBlock` while datagrams arrive faster than they are taken; the system's.
    pub(super) fn stop(&self, fd: &OwnedFd) -> io::Result<()> {
        if !self.joins.load(Ordering::Acquire) {
            return Ok(());
        }
        let _switch = self.switch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = MOST_AT_THE_END;
        loop {
            // The system tells where to cut only while it puts together, so the socket has to
            // be empty at the moment of the switch.
            loop {
                left -= 1;
                if left == 0 {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                if !self.receive_rest_if_any(fd)? {
                    break;
                }
            }
            set_joining(fd, false);
            if !has_datagram(fd) {
                self.joins.store(false, Ordering::Release);
                return Ok(());
            }
            set_joining(fd, true);
        }
    }

    fn receive_rest_if_any(&self, fd: &OwnedFd) -> io::Result<bool> {
        match self.receive_rest(fd) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            // An answer to an earlier datagram, which says nothing of those that wait.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether a receive has to take datagrams apart.
    pub(crate) fn are_together(&self) -> bool {
        self.together.load(Ordering::Acquire)
    }

    /// Datagrams that came together with others and were not asked for yet.
    pub(super) fn rest(&self) -> MutexGuard<'_, VecDeque<UdpReceiveResult>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next of the rest into a buffer: its whole length and its sender.
    pub(super) fn take(&self, buffer: &mut [u8]) -> Option<(usize, IpEndPoint)> {
        let next = self.rest().pop_front()?;
        let datagram = next.buffer();
        let fits = datagram.len().min(buffer.len());
        buffer[..fits].copy_from_slice(&datagram[..fits]);
        Some((datagram.len(), next.remote_end_point()))
    }

    /// Receives one message and adds its datagrams to the rest.
    pub(super) fn receive_rest(&self, fd: &OwnedFd) -> io::Result<()> {
        let state = self.state(fd)?;
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let room = room.get_or_insert_with(|| UdpBatch::with_capacity(1));
        room.fill(state, UdpSockRef::from(fd))?;
        let apart = room
            .iter()
            .map(|(datagram, sender)| UdpReceiveResult::new(datagram.to_vec(), sender));
        self.rest().extend(apart);
        Ok(())
    }

    /// How long the next of the rest is.
    pub(crate) fn available(&self) -> Option<usize> {
        self.rest().front().map(|next| next.buffer().len())
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("together", &self.are_together())
            .finish_non_exhaustive()
    }
}
