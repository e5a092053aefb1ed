//! Handing a socket to another process.
//!
//! The descriptor waits at a local socket with a name of its own in the abstract namespace, where
//! the other process fetches it; the kernel tells both who the other is.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use system_net_primitives::{AddressFamily, EndPoint, Misuse, UnixDomainSocketEndPoint};

use super::Socket;
use crate::enums::{ProtocolType, SocketInformationOptions, SocketType};
use crate::error::{SocketError, SocketErrorCode};
use crate::{sys, trace};

/// How long a descriptor waits to be fetched.
const PATIENCE: Duration = Duration::from_secs(60);
/// Number of process, family, type and protocol, before the name.
const NUMBERS: usize = 16;

/// What another process needs to take over a socket.
///
/// .NET: `System.Net.Sockets.SocketInformation`
#[doc(alias = "System.Net.Sockets.SocketInformation")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketInformation {
    options: SocketInformationOptions,
    protocol_information: Vec<u8>,
}

impl SocketInformation {
    /// Information that came from another process.
    #[must_use]
    pub const fn new(options: SocketInformationOptions, protocol_information: Vec<u8>) -> Self {
        Self {
            options,
            protocol_information,
        }
    }

    /// The state of the socket.
    ///
    /// .NET: `System.Net.Sockets.SocketInformation.Options`
    #[doc(alias = "SocketInformation.Options")]
    #[must_use]
    pub const fn options(&self) -> SocketInformationOptions {
        self.options
    }

    /// Changes the state that the socket is taken to be in.
    ///
    /// .NET: `System.Net.Sockets.SocketInformation.Options`
    #[doc(alias = "SocketInformation.Options")]
    pub const fn set_options(&mut self, options: SocketInformationOptions) {
        self.options = options;
    }

    /// Bytes to hand over to the other process in any way.
    ///
    /// .NET: `System.Net.Sockets.SocketInformation.ProtocolInformation`
    #[doc(alias = "SocketInformation.ProtocolInformation")]
    #[must_use]
    pub fn protocol_information(&self) -> &[u8] {
        &self.protocol_information
    }

    /// Sets the bytes that another process handed over.
    ///
    /// .NET: `System.Net.Sockets.SocketInformation.ProtocolInformation`
    #[doc(alias = "SocketInformation.ProtocolInformation")]
    pub fn set_protocol_information(&mut self, protocol_information: Vec<u8>) {
        self.protocol_information = protocol_information;
    }
}

impl Socket {
    /// Closes this socket and makes it available to the process of the given number, which gets
    /// it by [`from_information`](Self::from_information) within a minute.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.DuplicateAndClose`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] while another thread is in a call on the socket;
    /// [`Misuse::OutOfRange`] for a number that no process has.
    ///
    /// # Differences from .NET
    /// Both processes must belong to one user and share a network namespace. This process must
    /// live until the other has the socket; one thread waits for that.
    #[doc(alias = "Socket.DuplicateAndClose")]
    pub fn duplicate_and_close(
        &self,
        target_process_id: i32,
    ) -> Result<SocketInformation, SocketError> {
        trace::call(
            self.handle().trace(),
            "DuplicateAndClose",
            format_args!(""),
            || self.handed_over(target_process_id),
        )
    }

    fn handed_over(&self, target_process_id: i32) -> Result<SocketInformation, SocketError> {
        if target_process_id <= 0 {
            let text = "expected the number of a process";
            return Err(Misuse::out_of_range("targetProcessId", text).into());
        }
        let handle = self.handle();
        let counter = Self::new(
            AddressFamily::Unix,
            SocketType::Stream,
            ProtocolType::UNSPECIFIED,
        )?;
        // Without a name the system chooses one that is free.
        counter.bind(UnixDomainSocketEndPoint::unnamed())?;
        counter.listen(4)?;
        let name = match counter.local_end_point()? {
            Some(EndPoint::Unix(name)) => name.abstract_name().map(<[u8]>::to_vec),
            _ => None,
        };
        let name = name.ok_or_else(|| SocketError::new(SocketErrorCode::AddressNotAvailable))?;
        let mut options = SocketInformationOptions::default();
        for (is, option) in [
            (!self.blocking(), SocketInformationOptions::NON_BLOCKING),
            (self.connected(), SocketInformationOptions::CONNECTED),
            (
                handle.listening.load(Ordering::Acquire),
                SocketInformationOptions::LISTENING,
            ),
        ] {
            if is {
                options |= option;
            }
        }
        let process = i32::try_from(std::process::id()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(NUMBERS + name.len());
        for number in [
            process,
            self.address_family().value(),
            self.socket_type().value(),
            self.protocol_type().value(),
        ] {
            bytes.extend(number.to_ne_bytes());
        }
        bytes.extend(name);
        let fd = handle.take()?;
        #[allow(
            clippy::disallowed_methods,
            reason = "without a runtime nothing else can wait for the other process"
        )]
        let _ = std::thread::spawn(move || hand_over(&counter, &fd, target_process_id));
        Ok(SocketInformation::new(options, bytes))
    }

    /// The socket that another process made available by
    /// [`duplicate_and_close`](Self::duplicate_and_close).
    ///
    /// .NET: `System.Net.Sockets.Socket.Socket(SocketInformation)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for bytes that no such call made;
    /// [`ConnectionRefused`](SocketErrorCode::ConnectionRefused) if the socket is not available
    /// any more; [`AccessDenied`](SocketErrorCode::AccessDenied) if it was meant for another
    /// process, or the other end is not the process that the bytes name.
    ///
    /// # Blocking
    /// Waits for the other process, for a minute at most.
    pub fn from_information(socket_information: &SocketInformation) -> Result<Self, SocketError> {
        let bytes = socket_information.protocol_information();
        let parts = || {
            let number = |at: usize| {
                let field = bytes.get(at..)?.first_chunk()?;
                Some(i32::from_ne_bytes(*field))
            };
            let family = AddressFamily::from_value(number(4)?)?;
            let socket_type = SocketType::from_value(number(8)?)?;
            let protocol_type = ProtocolType::from_value(number(12)?);
            let name = bytes.get(NUMBERS..)?;
            let name = UnixDomainSocketEndPoint::from_abstract_name(name).ok()?;
            Some((number(0)?, family, socket_type, protocol_type, name))
        };
        let (process, family, socket_type, protocol_type, name) = parts().ok_or_else(|| {
            let text = "expected what duplicate_and_close gave";
            Misuse::invalid_argument("socketInformation", text)
        })?;
        let channel = Self::new(
            AddressFamily::Unix,
            SocketType::Stream,
            ProtocolType::UNSPECIFIED,
        )?;
        channel.connect(name)?;
        let fd = fetch(&channel, process)?;
        let socket = Self::from_parts(fd, family, socket_type, protocol_type);
        socket.find_out_state()?;
        let options = socket_information.options();
        socket.set_blocking(!options.contains(SocketInformationOptions::NON_BLOCKING))?;
        Ok(socket)
    }
}

/// Gives the descriptor to the process it is meant for, and to no other.
fn hand_over(counter: &Socket, fd: &OwnedFd, target: i32) {
    let microseconds = i32::try_from(PATIENCE.as_micros()).unwrap_or(i32::MAX);
    while let Ok(true) = counter.poll(microseconds, crate::SelectMode::SelectRead) {
        let Ok(visitor) = counter.accept() else {
            return;
        };
        if !is_process(&visitor, target) {
            continue;
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let fds = [fd.as_fd()];
        control.push(SendAncillaryMessage::ScmRights(&fds));
        let Ok(to) = visitor.handle().fd() else {
            return;
        };
        let sent = sys::retry(|| {
            let data = [IoSlice::new(&[1])];
            Ok(sendmsg(&to, &data, &mut control, SendFlags::NOSIGNAL)?)
        });
        if sent.is_ok() {
            return;
        }
    }
}

fn fetch(channel: &Socket, process: i32) -> Result<OwnedFd, SocketError> {
    const WHAT: &str = "take over a socket";
    if !is_process(channel, process) {
        return Err(SocketError::new(SocketErrorCode::AccessDenied).with_context(WHAT));
    }
    let milliseconds = i32::try_from(PATIENCE.as_millis()).unwrap_or(i32::MAX);
    channel.set_receive_timeout(milliseconds)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let from = channel.handle().fd()?;
    sys::retry(|| {
        let mut byte = [0];
        let data = &mut [IoSliceMut::new(&mut byte)];
        Ok(recvmsg(&from, data, &mut control, RecvFlags::CMSG_CLOEXEC)?)
    })?;
    let fd = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    // Whoever is not meant gets an end without a descriptor.
    fd.ok_or_else(|| SocketError::new(SocketErrorCode::AccessDenied).with_context(WHAT))
}

/// Whether the other end of a local connection is this process, of our user.
fn is_process(channel: &Socket, process: i32) -> bool {
    let Ok(fd) = channel.handle().fd() else {
        return false;
    };
    socket_peercred(&fd).is_ok_and(|peer| {
        peer.pid.as_raw_pid() == process && peer.uid.as_raw() == sys::effective_user()
    })
}
