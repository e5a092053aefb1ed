//! Waiting for one socket or many.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_primitives::Misuse;

use super::Socket;
use super::handle::SLICE;
use crate::enums::SelectMode;
use crate::error::{SocketError, SocketErrorCode};
use crate::sys;

impl SelectMode {
    /// What `poll(2)` is asked for.
    const fn events(self) -> i16 {
        match self {
            Self::SelectRead => libc::POLLIN,
            Self::SelectWrite => libc::POLLOUT,
            Self::SelectError => libc::POLLPRI,
        }
    }

    /// Whether the answer is yes, by the rules of `select(2)`: an end or an error is something
    /// to read and to write, and the error of a connect that failed is the third kind.
    fn is_met(self, events: i16) -> bool {
        let any = match self {
            Self::SelectRead => libc::POLLIN | libc::POLLHUP | libc::POLLERR,
            Self::SelectWrite => libc::POLLOUT | libc::POLLERR,
            Self::SelectError => libc::POLLPRI | libc::POLLERR,
        };
        events & any != 0
    }
}

impl Socket {
    /// Whether the socket is ready, waiting for it at most so many microseconds; a negative
    /// number waits without an end.
    ///
    /// [`SelectRead`](SelectMode::SelectRead): data can be received, a connection accepted, or
    /// the connection has ended. [`SelectWrite`](SelectMode::SelectWrite): data can be sent, or
    /// a connect has ended. [`SelectError`](SelectMode::SelectError): a connect has failed, or
    /// urgent data are there.
    ///
    /// .NET: `System.Net.Sockets.Socket.Poll`
    ///
    /// # Errors
    /// [`Interrupted`](SocketErrorCode::Interrupted) when another thread closes the socket.
    ///
    /// # Blocking
    /// Waits for the time given.
    #[doc(alias = "Socket.Poll")]
    pub fn poll(&self, micro_seconds: i32, mode: SelectMode) -> Result<bool, SocketError> {
        self.poll_timeout(time(micro_seconds), mode)
    }

    /// As [`poll`](Self::poll), for any time; `None` waits without an end.
    ///
    /// .NET: `System.Net.Sockets.Socket.Poll(TimeSpan, SelectMode)`
    ///
    /// # Errors
    /// As [`poll`](Self::poll).
    ///
    /// # Blocking
    /// Waits for the time given.
    #[doc(alias = "Socket.Poll")]
    pub fn poll_timeout(
        &self,
        time: Option<Duration>,
        mode: SelectMode,
    ) -> Result<bool, SocketError> {
        let handle = self.handle();
        let fd = handle.fd()?;
        let deadline = deadline(time);
        let mut left = time;
        loop {
            let events = handle
                .poll(&fd, mode.events(), left)
                .map_err(|error| handle.failure(error, "poll"))?;
            if mode.is_met(events) {
                return Ok(true);
            }
            left = left_until(deadline);
            if events == 0 || left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
            // Something that was not asked for, and which stays.
            pause(left);
        }
    }

    /// Waits until one of some sockets is ready, at most so many microseconds; a negative number
    /// waits without an end. Leaves in each list those that are, in their order; none at all
    /// after the time.
    ///
    /// .NET: `System.Net.Sockets.Socket.Select`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if all lists are empty, [`Misuse::Disposed`] for a closed
    /// socket; [`Interrupted`](SocketErrorCode::Interrupted) when another thread closes one of
    /// them. The lists then are as they were.
    ///
    /// # Blocking
    /// Waits for the time given.
    ///
    /// # Limits
    /// None but the one of descriptors; .NET has 65536.
    #[doc(alias = "Socket.Select")]
    pub fn select<'a>(
        check_read: &mut Vec<&'a Self>,
        check_write: &mut Vec<&'a Self>,
        check_error: &mut Vec<&'a Self>,
        micro_seconds: i32,
    ) -> Result<(), SocketError> {
        let time = time(micro_seconds);
        Self::select_timeout(check_read, check_write, check_error, time)
    }

    /// As [`select`](Self::select), for any time; `None` waits without an end.
    ///
    /// .NET: `System.Net.Sockets.Socket.Select(IList, IList, IList, TimeSpan)`
    ///
    /// # Errors
    /// As [`select`](Self::select).
    ///
    /// # Blocking
    /// Waits for the time given.
    #[doc(alias = "Socket.Select")]
    pub fn select_timeout<'a>(
        check_read: &mut Vec<&'a Self>,
        check_write: &mut Vec<&'a Self>,
        check_error: &mut Vec<&'a Self>,
        time: Option<Duration>,
    ) -> Result<(), SocketError> {
        let lists = [
            (SelectMode::SelectRead, check_read),
            (SelectMode::SelectWrite, check_write),
            (SelectMode::SelectError, check_error),
        ];
        let mut shares = Vec::new();
        let mut entries = Vec::new();
        for (mode, sockets) in &lists {
            for socket in sockets.iter() {
                let fd = socket.handle().fd()?;
                entries.push(libc::pollfd {
                    fd: fd.as_fd().as_raw_fd(),
                    events: mode.events(),
                    revents: 0,
                });
                shares.push((fd, Arc::clone(socket.handle())));
            }
        }
        if entries.is_empty() {
            return Err(Misuse::invalid_argument("checkRead", "all lists are empty").into());
        }
        // A socket that closing does not wake is looked at from time to time.
        let deaf = shares.iter().any(|(_, handle)| !handle.wakes_on_shutdown());
        let modes: Vec<SelectMode> = lists
            .iter()
            .flat_map(|(mode, sockets)| std::iter::repeat_n(*mode, sockets.len()))
            .collect();
        let deadline = deadline(time);
        let mut left = time;
        // Sockets with something that was not asked for, and which stays, end no wait: they are
        // left out of the next one, and looked at again after it.
        let mut any_left_out = false;
        loop {
            let slice = match left {
                _ if !deaf && !any_left_out => left,
                Some(left) => Some(left.min(SLICE)),
                None => Some(SLICE),
            };
            sys::wait_for_any(&mut entries, slice)?;
            if any_left_out {
                for entry in entries.iter_mut().filter(|entry| entry.fd < 0) {
                    entry.fd = !entry.fd;
                }
                sys::wait_for_any(&mut entries, Some(Duration::ZERO))?;
            }
            if shares.iter().any(|(_, handle)| handle.is_closed()) {
                return Err(SocketError::new(SocketErrorCode::Interrupted).with_context("select"));
            }
            let mut answers = entries.iter().zip(&modes);
            left = left_until(deadline);
            if answers.any(|(entry, mode)| mode.is_met(entry.revents))
                || left.is_some_and(|left| left.is_zero())
            {
                break;
            }
            any_left_out = false;
            for entry in entries.iter_mut().filter(|entry| entry.revents != 0) {
                // The system passes over negative numbers.
                entry.fd = !entry.fd;
                any_left_out = true;
            }
        }
        let mut answers = entries.iter();
        for (mode, sockets) in lists {
            sockets.retain(|_| {
                let answer = answers.next();
                answer.is_some_and(|answer| mode.is_met(answer.revents))
            });
        }
        Ok(())
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the time of a system call is the system's own, not the context's"
)]
fn deadline(time: Option<Duration>) -> Option<Instant> {
    time.and_then(|time| Instant::now().checked_add(time))
}

#[allow(
    clippy::disallowed_methods,
    reason = "the time of a system call is the system's own, not the context's"
)]
fn left_until(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
}

/// Waits a little, where the system would not wait.
#[allow(
    clippy::disallowed_methods,
    reason = "the system has no wait that passes over what is not asked for"
)]
fn pause(left: Option<Duration>) {
    std::thread::sleep(left.map_or(SLICE, |left| left.min(SLICE)));
}

/// A number of microseconds; none for a negative one.
fn time(micro_seconds: i32) -> Option<Duration> {
    u64::try_from(micro_seconds).ok().map(Duration::from_micros)
}
