//! Where many datagrams arrive at once.

use std::fmt;
use std::io::{self, IoSliceMut};

use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use system_net_primitives::IpEndPoint;

use crate::udp_client::transfer::LONGEST_DATAGRAM;

/// Room for datagrams that are received together, used again and again.
///
/// One receive brings up to [`capacity`](Self::capacity) messages, each of which is one datagram
/// or several of one sender that the system has put together, of 64 KiB at most. The room is
/// address space until it is used.
///
/// # Examples
/// ```
/// use system_net_primitives::{IpAddress, IpEndPoint};
/// use system_net_sockets::{UdpBatch, UdpClient};
///
/// let listener = UdpClient::with_local_end_point(IpEndPoint::new(IpAddress::LOOPBACK, 0))?;
/// let sender = UdpClient::new()?;
/// // Three datagrams: two of four bytes, the rest.
/// let sent = sender.send_batch_to(b"one.two.end", 4, listener.local_end_point()?)?;
/// assert_eq!(sent, 3);
///
/// let mut batch = UdpBatch::new();
/// let mut received = Vec::new();
/// while received.len() < 3 {
///     listener.receive_batch(&mut batch)?;
///     received.extend(batch.iter().map(|(datagram, _sender)| datagram.to_vec()));
/// }
/// assert_eq!(received, [&b"one."[..], b"two.", b"end"]);
/// # Ok::<(), system_net_sockets::SocketError>(())
/// ```
pub struct UdpBatch {
    room: Vec<u8>,
    messages: Vec<Message>,
    datagrams: usize,
}

/// What stands at one place of the room.
#[derive(Clone, Copy)]
struct Message {
    length: usize,
    /// Of each datagram in it but the last.
    stride: usize,
    sender: IpEndPoint,
}

impl UdpBatch {
    /// Room for as many messages as the system gives in one call: 32 on Linux.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(BATCH_SIZE)
    }

    /// Room for so many messages, 1 at least; the system gives no more than 32 in one call.
    #[must_use]
    pub fn with_capacity(messages: usize) -> Self {
        let capacity = messages.clamp(1, BATCH_SIZE);
        Self {
            room: vec![0; capacity * LONGEST_DATAGRAM],
            messages: Vec::with_capacity(capacity),
            datagrams: 0,
        }
    }

    /// How many messages one receive brings at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.room.len() / LONGEST_DATAGRAM
    }

    /// How many datagrams the last receive brought.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.datagrams
    }

    /// Whether there are no datagrams.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.datagrams == 0
    }

    /// The datagrams of the last receive with their senders, in the order in which they arrived.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], IpEndPoint)> {
        let places = self.room.chunks_exact(LONGEST_DATAGRAM);
        self.messages
            .iter()
            .zip(places)
            .flat_map(|(message, place)| {
                let Message {
                    length,
                    stride,
                    sender,
                } = *message;
                (0..message.datagrams()).map(move |number| {
                    let start = number * stride;
                    (&place[start..length.min(start + stride)], sender)
                })
            })
    }

    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.datagrams = 0;
    }

    /// Adds one datagram; false when there is no place.
    pub(super) fn push(&mut self, datagram: &[u8], sender: IpEndPoint) -> bool {
        let start = self.messages.len() * LONGEST_DATAGRAM;
        let Some(place) = self.room.get_mut(start..start + datagram.len()) else {
            return false;
        };
        place.copy_from_slice(datagram);
        self.note(datagram.len(), datagram.len(), sender);
        true
    }

    fn note(&mut self, length: usize, stride: usize, sender: IpEndPoint) {
        let message = Message {
            length,
            stride,
            sender,
        };
        self.datagrams += message.datagrams();
        self.messages.push(message);
    }

    /// One system call, which does not wait.
    pub(super) fn fill(
        &mut self,
        state: &UdpSocketState,
        socket: UdpSockRef<'_>,
    ) -> io::Result<usize> {
        self.clear();
        let mut places = self.room.chunks_exact_mut(LONGEST_DATAGRAM);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(places.next().unwrap_or_default()));
        let capacity = self.messages.capacity().min(BATCH_SIZE);
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let count = state.recv(socket, &mut slices[..capacity], &mut metas[..capacity])?;
        for meta in &metas[..count] {
            self.note(meta.len, meta.stride, meta.addr.into());
        }
        Ok(self.datagrams)
    }
}

impl Message {
    const fn datagrams(&self) -> usize {
        // An empty datagram is one, too.
        if self.length == 0 || self.stride == 0 {
            1
        } else {
            self.length.div_ceil(self.stride)
        }
    }
}

impl Default for UdpBatch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for UdpBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UdpBatch")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
