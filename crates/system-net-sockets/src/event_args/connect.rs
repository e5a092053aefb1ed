//! Connecting: to an address, or to the first address of a name that answers.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Weak};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};

use super::context::State;
use super::engine::{self, Attempt, Direction};
use crate::access::Checks;
use crate::dns::addresses_of_host_later;
use crate::error::{SocketError, SocketErrorCode};
use crate::resolver::BoxFuture;
use crate::socket::Handle;

/// A connect under way.
pub(super) struct Connecting {
    stage: Stage,
    /// What is tried next, and in which order.
    candidates: VecDeque<EndPoint>,
    /// The port of a name.
    port: u16,
    /// The name that is looked up, if one is.
    host: Option<Box<str>>,
    /// The policies that hold for who began it.
    checks: Checks,
    /// Whose end a cancellation brings about.
    handle: Weak<Handle>,
}

enum Stage {
    /// Waits for the addresses of a name.
    Lookup(BoxFuture<'static, Result<Vec<IpAddress>, SocketError>>),
    /// The next candidate is to be tried.
    Next,
    /// Waits for the answer of one.
    Trying(EndPoint),
    /// Connected; sends what the buffer holds.
    Sending,
}

impl Connecting {
    /// To this end point; a name is looked up.
    pub(super) fn to(end_point: EndPoint, handle: &Arc<Handle>) -> Self {
        let port = end_point.port();
        let host = match &end_point {
            EndPoint::Dns(name) => Some(name.host().into()),
            _ => None,
        };
        let (stage, candidates) = match end_point {
            EndPoint::Dns(name) => {
                let lookup = Stage::Lookup(addresses_of_host_later(
                    name.host(),
                    AddressFamily::Unspecified,
                ));
                (lookup, VecDeque::new())
            }
            end_point => (Stage::Next, VecDeque::from([end_point])),
        };
        Self {
            stage,
            candidates,
            port,
            host,
            checks: Checks::of_sockets(),
            handle: Arc::downgrade(handle),
        }
    }

    /// The socket, unless it is gone.
    pub(super) fn handle(&self) -> Option<Arc<Handle>> {
        self.handle.upgrade()
    }
}

/// Has the connect go on when the addresses are there.
struct Looked(Weak<Handle>);

impl Wake for Looked {
    fn wake(self: Arc<Self>) {
        if let Some(handle) = self.0.upgrade() {
            engine::retry(&handle, Direction::Write);
        }
    }
}

impl State {
    /// Goes on with the connect as far as it can.
    pub(super) fn connect(&mut self, handle: &Arc<Handle>, fd: &OwnedFd) -> io::Result<Attempt> {
        let Some(mut connecting) = self.extra().connecting.take() else {
            return Ok(Attempt::Done);
        };
        let result = self.go_on(&mut connecting, handle, fd);
        let waits = match &result {
            Ok(attempt) => *attempt == Attempt::Pending,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        if waits {
            self.extra().connecting = Some(connecting);
        }
        result
    }

    fn go_on(
        &mut self,
        connecting: &mut Connecting,
        handle: &Arc<Handle>,
        fd: &OwnedFd,
    ) -> io::Result<Attempt> {
        loop {
            match &mut connecting.stage {
                Stage::Lookup(lookup) => {
                    let waker = Waker::from(Arc::new(Looked(Arc::downgrade(handle))));
                    let mut cx = std::task::Context::from_waker(&waker);
                    let Poll::Ready(answer) = lookup.as_mut().poll(&mut cx) else {
                        // The answer wakes the engine, which must be there.
                        engine::register(handle)?;
                        return Ok(Attempt::Pending);
                    };
                    let port = connecting.port;
                    match answer {
                        Ok(addresses) => {
                            let end_points = addresses
                                .iter()
                                .map(|address| IpEndPoint::new(*address, port));
                            connecting.candidates = end_points.map(EndPoint::Ip).collect();
                        }
                        Err(error) => {
                            self.fail(error.code(), error.errno());
                            self.extra().connect_by_name_error = Some(error);
                            return Ok(Attempt::Done);
                        }
                    }
                    connecting.stage = Stage::Next;
                }
                Stage::Next => {
                    let Some(candidate) = connecting.candidates.pop_front() else {
                        return Ok(self.give_up(handle));
                    };
                    // An address of a family that the socket does not have.
                    let Ok(target) = handle.raw_address(&candidate) else {
                        self.fail(SocketErrorCode::AddressFamilyNotSupported, None);
                        continue;
                    };
                    let host = connecting.host.as_deref();
                    let kind = handle.socket_type();
                    if let Err(denied) = connecting.checks.connect(host, &target, kind) {
                        self.fail(SocketErrorCode::AccessDenied, None);
                        self.extra().denied = Some(denied);
                        continue;
                    }
                    match handle.begin_connect(fd, &target) {
                        Ok(true) => self.connected(connecting, candidate, handle),
                        Ok(false) => {
                            connecting.stage = Stage::Trying(candidate);
                            return Ok(Attempt::Pending);
                        }
                        Err(error) => self.connect_failed(handle, &error),
                    }
                }
                Stage::Trying(candidate) => {
                    // Events of an earlier attempt, or of none, may still come in.
                    let at_once = Some(Duration::ZERO);
                    if handle.poll(fd, libc::POLLOUT, at_once)? == 0 {
                        return Ok(Attempt::Pending);
                    }
                    match handle.finish_connect(fd) {
                        Ok(()) => {
                            let candidate = candidate.clone();
                            self.connected(connecting, candidate, handle);
                        }
                        Err(error) => {
                            self.connect_failed(handle, &error);
                            connecting.stage = Stage::Next;
                        }
                    }
                }
                Stage::Sending if self.count > 0 => return self.send(handle, fd),
                Stage::Sending => return Ok(Attempt::Done),
            }
        }
    }

    fn connected(&mut self, connecting: &mut Connecting, to: EndPoint, handle: &Handle) {
        self.fail(SocketErrorCode::Success, None);
        handle.set_connected(Some(to));
        connecting.stage = Stage::Sending;
    }

    /// One address did not answer; its error is the connect's if no other does.
    fn connect_failed(&mut self, handle: &Handle, error: &io::Error) {
        self.failed(handle, error);
        // A full queue of a local listener says "later" without telling when that is.
        if error.kind() == io::ErrorKind::WouldBlock {
            self.fail(SocketErrorCode::ConnectionRefused, error.raw_os_error());
        }
    }

    fn give_up(&mut self, handle: &Handle) -> Attempt {
        if handle.is_closed() {
            self.fail(SocketErrorCode::OperationAborted, None);
        }
        let by_name = matches!(self.extra().remote_end_point, Some(EndPoint::Dns(_)));
        if by_name {
            let error = self.error();
            self.extra().connect_by_name_error = error;
        }
        Attempt::Done
    }
}
