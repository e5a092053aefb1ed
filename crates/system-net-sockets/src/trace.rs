//! The trace source `System.Net.Sockets`: under which names what this crate does is traced.
//!
//! A member is entered with its arguments and exited with its result, or with an error, of which a
//! line of its own tells. What was sent or received is dumped in between. While nobody hears, each
//! of these is a look at one number.

use std::fmt;

use system_net_diagnostics::{Call, Emitter, Source, TraceEventType, Traced, shown};
use system_net_primitives::{AsyncResult, EndPoint, IpAddress};

use crate::dns::IpHostEntry;
use crate::error::SocketError;
use crate::socket::{Handle, SocketReceiveFromResult, SocketReceiveMessageFromResult};
use crate::{NetworkStream, Socket, SocketInformation, TcpClient, UdpReceiveResult};

/// The static members of `Dns`, by the name that .NET traces them with.
pub(crate) const DNS: Emitter<'static> = Emitter::of_class(Source::Sockets, "DNS");

/// Sockets that could not be made.
pub(crate) const SOCKETS: Emitter<'static> = Emitter::of_class(Source::Sockets, "Socket");

pub(crate) const fn socket(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Sockets, "Socket", traced)
}

pub(crate) const fn tcp_client(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Sockets, "TcpClient", traced)
}

pub(crate) const fn tcp_listener(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Sockets, "TcpListener", traced)
}

/// A call from its entry to its exit.
#[inline]
pub(crate) fn call<T: Answer>(
    emitter: Emitter<'_>,
    method: &'static str,
    arguments: fmt::Arguments<'_>,
    run: impl FnOnce() -> Result<T, SocketError>,
) -> Result<T, SocketError> {
    if !is_heard(emitter) {
        return run();
    }
    called(emitter, method, arguments, run)
}

#[cold]
#[inline(never)]
fn called<T: Answer>(
    emitter: Emitter<'_>,
    method: &'static str,
    arguments: fmt::Arguments<'_>,
    run: impl FnOnce() -> Result<T, SocketError>,
) -> Result<T, SocketError> {
    let call = emitter.enter(method, arguments);
    let result = run();
    end(emitter, call, method, &result);
    result
}

/// Whether anybody hears anything of the source: whoever hears of calls hears of errors.
#[inline]
pub(crate) fn is_heard(emitter: Emitter<'_>) -> bool {
    emitter.wanted(TraceEventType::Error)
}

/// A call that was entered, to its end.
pub(crate) async fn later<T: Answer>(
    emitter: Emitter<'_>,
    call: Call,
    method: &'static str,
    future: impl Future<Output = Result<T, SocketError>>,
) -> Result<T, SocketError> {
    let result = future.await;
    end(emitter, call, method, &result);
    result
}

/// A call that cannot fail and gives nothing.
#[inline]
pub(crate) fn done<R>(
    emitter: Emitter<'_>,
    method: &'static str,
    arguments: fmt::Arguments<'_>,
    run: impl FnOnce() -> R,
) -> R {
    let call = emitter.enter(method, arguments);
    let result = run();
    drop(call);
    result
}

/// What an operation with a context has done, told without any lock.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[cold]
pub(crate) fn finished(
    handle: &Handle,
    method: &'static str,
    error: Option<&SocketError>,
    bytes: &[u8],
) {
    let emitter = handle.trace();
    match error {
        Some(error) => emitter.exception(method, error),
        None => dump(emitter, method, bytes, bytes.len()),
    }
}

/// The beginning of an operation whose end is told by its `End` member.
#[cfg(feature = "tokio")]
#[inline]
pub(crate) fn begun<T>(
    emitter: Emitter<'_>,
    method: &'static str,
    arguments: fmt::Arguments<'_>,
    run: impl FnOnce() -> AsyncResult<T>,
) -> AsyncResult<T> {
    let call = emitter.enter(method, arguments);
    let result = run();
    call.exit(format_args!("AsyncResult"));
    result
}

/// The end of a call. An error is told of even to those who do not hear of calls.
#[inline]
pub(crate) fn end<T: Answer>(
    emitter: Emitter<'_>,
    call: Call,
    method: &'static str,
    result: &Result<T, SocketError>,
) {
    match result {
        Ok(value) if call.is_heard() => call.exit(format_args!("{}", Shown(value))),
        Ok(_) => {}
        Err(error) => failed(emitter, call, method, error),
    }
}

#[cold]
fn failed(emitter: Emitter<'_>, call: Call, method: &'static str, error: &SocketError) {
    if call.is_heard() {
        call.exit_error(error);
    } else {
        emitter.exception(method, error);
    }
}

/// The end of a call that has transferred the beginning of these bytes.
#[cold]
#[inline(never)]
pub(crate) fn transferred<T: Answer>(
    emitter: Emitter<'_>,
    call: Call,
    method: &'static str,
    result: &Result<T, SocketError>,
    bytes: &[u8],
) {
    if call.is_heard()
        && let Ok(value) = result
    {
        dump(emitter, method, bytes, value.count());
    }
    end(emitter, call, method, result);
}

/// As [`transferred`], in several buffers, one after the other.
pub(crate) fn transferred_in<'a, T: Answer>(
    emitter: Emitter<'_>,
    call: Call,
    method: &'static str,
    result: &Result<T, SocketError>,
    buffers: impl IntoIterator<Item = &'a [u8]>,
) {
    if call.is_heard()
        && let Ok(value) = result
    {
        let mut left = value.count();
        for buffer in buffers {
            dump(emitter, method, buffer, left.min(buffer.len()));
            left = left.saturating_sub(buffer.len());
        }
    }
    end(emitter, call, method, result);
}

#[cold]
fn dump(emitter: Emitter<'_>, method: &'static str, bytes: &[u8], count: usize) {
    match bytes.get(..count).unwrap_or(bytes) {
        [] => {}
        bytes => emitter.data(method, bytes),
    }
}

/// A transfer that no member of `Socket` stands for, by a stream that polls: told when it is done.
#[cfg(feature = "tokio")]
#[inline]
pub(crate) fn polled(
    handle: &Handle,
    method: &'static str,
    result: &Result<usize, SocketError>,
    bytes: &[u8],
) {
    let emitter = handle.trace();
    if emitter.wanted(TraceEventType::Error) {
        let call = emitter.enter(method, format_args!(""));
        transferred(emitter, call, method, result, bytes);
    }
}

/// As [`polled`], in several buffers.
#[cfg(feature = "tokio")]
pub(crate) fn polled_in<'a>(
    handle: &Handle,
    method: &'static str,
    result: &Result<usize, SocketError>,
    buffers: impl IntoIterator<Item = &'a [u8]>,
) {
    let emitter = handle.trace();
    if emitter.wanted(TraceEventType::Error) {
        let call = emitter.enter(method, format_args!(""));
        transferred_in(emitter, call, method, result, buffers);
    }
}

/// Tells of a connection, by its ends: `Created connection from … to …`.
#[inline]
pub(crate) fn connected(socket: &Socket, method: &'static str, what: &'static str) {
    if socket.handle().trace().wanted(TraceEventType::Information) {
        connected_heard(socket, method, what);
    }
}

#[cold]
#[inline(never)]
fn connected_heard(socket: &Socket, method: &'static str, what: &'static str) {
    let (own, peer) = (socket.local_end_point(), socket.remote_end_point());
    if let (Ok(Some(own)), Ok(Some(peer))) = (own, peer) {
        socket.handle().trace().information(
            method,
            format_args!("{what} connection from {own} to {peer}."),
        );
    }
}

/// An end point as an argument: one of IP with its number, others as they are.
pub(crate) fn end_point(end_point: &EndPoint) -> impl fmt::Display + '_ {
    struct Value<'a>(&'a EndPoint);
    impl fmt::Display for Value<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0 {
                EndPoint::Ip(ip) => write!(f, "{}", shown(ip)),
                other => write!(f, "{other}"),
            }
        }
    }
    Value(end_point)
}

/// What a member gives.
pub(crate) trait Answer {
    /// Writes it as traces show it.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// How many bytes it says were transferred.
    fn count(&self) -> usize {
        0
    }
}

struct Shown<'a, T>(&'a T);

impl<T: Answer> fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl Answer for () {
    fn show(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// What another process needs, and nobody else.
impl Answer for SocketInformation {
    fn show(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl Answer for bool {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(self))
    }
}

impl Answer for usize {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(self))
    }

    fn count(&self) -> usize {
        *self
    }
}

impl Answer for SocketReceiveFromResult {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.received_bytes))
    }

    fn count(&self) -> usize {
        self.received_bytes
    }
}

impl Answer for SocketReceiveMessageFromResult {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.received_bytes))
    }

    fn count(&self) -> usize {
        self.received_bytes
    }
}

impl Answer for UdpReceiveResult {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.buffer().len()))
    }

    fn count(&self) -> usize {
        self.buffer().len()
    }
}

impl Answer for Socket {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.handle().trace().name())
    }
}

impl Answer for (Socket, Vec<u8>) {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl Answer for TcpClient {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.trace().name())
    }
}

impl Answer for NetworkStream {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkStream")
    }
}

impl Answer for Vec<IpAddress> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IPAddress[]")
    }
}

impl Answer for IpHostEntry {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IPHostEntry")
    }
}

impl<T> Answer for AsyncResult<T> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsyncResult")
    }
}
