//! Handshakes that are given up after each of their bytes: nothing of them stays, and the peer
//! hears of it.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::ThreadId;
use std::time::Duration;

use system_net_primitives::NetworkCredential;
use system_net_security::mechanism::{
    Accepted, ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider, Step,
};
use system_net_security::negotiate::NegotiateServer;
use system_net_security::ntlm::{
    NtHash, NtlmClient, NtlmClientOptions, NtlmServer, NtlmServerOptions, OwnChallenges,
};
use system_net_security::test_util::TestCa;
use system_net_security::{
    NegotiateClientOptions, NegotiateServerOptions, NegotiateStream,
    SslClientAuthenticationOptions, SslServerAuthenticationOptions, SslStream, TlsServerOptions,
};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::runtime::{Builder, Handle};

/// One end of a wire that lets so many bytes pass, in both directions together, and then no more.
struct Rationed {
    wire: DuplexStream,
    ration: Arc<Ration>,
}

/// It lives as long as the stream it is of, and the test.
struct Ration {
    left: AtomicUsize,
    passed: AtomicUsize,
}

impl Ration {
    fn of(bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(bytes),
            passed: AtomicUsize::new(0),
        })
    }

    fn take(&self, count: usize) {
        self.left.fetch_sub(count, Ordering::Relaxed);
        self.passed.fetch_add(count, Ordering::Relaxed);
    }

    fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }
}

impl AsyncRead for Rationed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let most = self.ration.left().min(buf.remaining());
        if most == 0 && buf.remaining() > 0 {
            return Poll::Pending;
        }
        let mut bytes = vec![0; most];
        let mut space = ReadBuf::new(&mut bytes);
        std::task::ready!(Pin::new(&mut self.wire).poll_read(cx, &mut space))?;
        self.ration.take(space.filled().len());
        buf.put_slice(space.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rationed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let most = self.ration.left().min(data.len());
        if most == 0 && !data.is_empty() {
            return Poll::Pending;
        }
        let written = std::task::ready!(Pin::new(&mut self.wire).poll_write(cx, &data[..most]))?;
        self.ration.take(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}

/// What a side does: it makes its stream and authenticates. The stream is given out if that succeeded.
type Side = Box<dyn Fn(Rationed) -> Pin<Box<dyn Future<Output = Option<Box<dyn Any>>>>>>;

/// How many bytes a side's handshake has, read and written.
fn length(own: &Side, peer: &Side) -> usize {
    let (wire, other) = duplex(64 * 1024);
    let ration = Ration::of(usize::MAX / 2);
    let mine = own(Rationed {
        wire,
        ration: Arc::clone(&ration),
    });
    let theirs = peer(Rationed {
        wire: other,
        ration: Ration::of(usize::MAX / 2),
    });
    let runtime = Builder::new_current_thread().build().unwrap();
    let (mine, theirs) = runtime.block_on(async { tokio::join!(mine, theirs) });
    assert!(mine.is_some() && theirs.is_some(), "nobody gave it up");
    ration.passed.load(Ordering::Relaxed)
}

/// Gives up `own` once so many bytes have passed.
#[track_caller]
fn give_up_after(bytes: usize, own: &Side, peer: &Side) {
    let (wire, other) = duplex(64 * 1024);
    let ration = Ration::of(bytes);
    let wire = Rationed {
        wire,
        ration: Arc::clone(&ration),
    };
    let theirs = Ration::of(usize::MAX / 2);
    let other = Rationed {
        wire: other,
        ration: Arc::clone(&theirs),
    };
    let (mut mine, mut peer) = (own(wire), peer(other));
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut content = None;
        let waits = poll_fn(|cx| {
            if content.is_none()
                && let Poll::Ready(is_content) = peer.as_mut().poll(cx)
            {
                content = Some(is_content);
            }
            match mine.as_mut().poll(cx) {
                Poll::Pending if ration.left() == 0 => Poll::Ready(true),
                Poll::Pending => Poll::Pending,
                Poll::Ready(_) => Poll::Ready(false),
            }
        })
        .await;
        assert!(waits, "it waits for byte {bytes}");
        drop(mine);
        assert_eq!(
            Arc::strong_count(&ration),
            1,
            "the stream below is gone with the future after {bytes} bytes"
        );
        // The peer sees an end and no silence; it may have been content before that.
        let content = match content {
            Some(content) => content,
            None => peer.as_mut().await,
        };
        drop(content);
        assert_eq!(Arc::strong_count(&theirs), 1, "and the peer's after it");
        let tasks = Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks, 0, "no task is left after {bytes} bytes");
    });
}

/// A handshake may be shorter than another by this: signatures differ in length.
const SLACK: usize = 16;

/// Gives up one side after each `step` bytes of it, and then the other.
#[track_caller]
fn check(name: &str, one: &Side, other: &Side, step: usize) {
    for (side, own, peer) in [("client", one, other), ("server", other, one)] {
        let length = length(own, peer);
        assert!(length > 100 + SLACK, "{name}, {side}: {length} bytes");
        for bytes in (0..length - SLACK).step_by(step) {
            give_up_after(bytes, own, peer);
        }
    }
}

/// Each byte where there is time for that.
fn step() -> usize {
    let slow = std::env::var_os("SYSTEM_NET_SLOW").is_some();
    if !slow {
        println!("every 13th byte only: SYSTEM_NET_SLOW=1 takes each");
    }
    if slow { 1 } else { 13 }
}

#[test]
fn ssl_stream_given_up_at_every_byte() {
    let ca = TestCa::new();
    let connecting = SslClientAuthenticationOptions::with_tls("localhost", ca.client_options());
    let accepting = TlsServerOptions::new(ca.issue(&["localhost"]));
    let accepting = SslServerAuthenticationOptions::new(accepting);
    let client: Side = Box::new(move |wire| {
        let connecting = connecting.clone();
        Box::pin(async move {
            let stream = SslStream::over_async(wire);
            let done = stream.authenticate_as_client_async(&connecting).await;
            done.ok().map(|()| Box::new(stream) as Box<dyn Any>)
        })
    });
    let server: Side = Box::new(move |wire| {
        let accepting = accepting.clone();
        Box::pin(async move {
            let stream = SslStream::over_async(wire);
            let done = stream.authenticate_as_server_async(&accepting).await;
            done.ok().map(|()| Box::new(stream) as Box<dyn Any>)
        })
    });
    check("TLS", &client, &server, step());
}

/// A stream whose handshake was given up says so, and what is below is closed.
#[test]
fn ssl_stream_given_up_is_of_no_use() {
    let ca = TestCa::new();
    let connecting = SslClientAuthenticationOptions::with_tls("localhost", ca.client_options());
    let (wire, _peer) = duplex(64 * 1024);
    let ration = Ration::of(100);
    let wire = Rationed {
        wire,
        ration: Arc::clone(&ration),
    };
    let stream = SslStream::over_async(wire);
    let mut cx = Context::from_waker(Waker::noop());
    let mut handshake = Box::pin(stream.authenticate_as_client_async(&connecting));
    assert!(handshake.as_mut().poll(&mut cx).is_pending());
    assert_eq!(ration.left(), 0);
    drop(handshake);
    assert_eq!(Arc::strong_count(&ration), 1);
    let again = stream.authenticate_as_client_with(&connecting).unwrap_err();
    assert!(again.to_string().contains("given up"), "{again}");
    assert!(!stream.is_authenticated() && stream.transport_context().is_none());
}

/// NTLM without the guard against this very process, which is the server here.
struct Plain;

impl MechanismProvider for Plain {
    fn name(&self) -> &'static str {
        "NTLM"
    }

    fn client(&self, logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        let options = NtlmClientOptions {
            target_name: logon.target_name.map(str::to_owned),
            encrypt: logon.encrypt,
            own_challenges: OwnChallenges::new(),
            ..NtlmClientOptions::default()
        };
        Ok(Box::new(NtlmClient::new(logon.credential, options)))
    }
}

fn ntlm() -> Box<dyn Mechanism> {
    let accounts = |user: &str, _: &str| (user == "ann").then(|| NtHash::of_password("secret"));
    let ntlm = NtlmServer::new(accounts, NtlmServerOptions::default());
    Box::new(NegotiateServer::new(vec![Box::new(ntlm)]))
}

fn client_options(provider: Arc<dyn MechanismProvider>) -> NegotiateClientOptions {
    NegotiateClientOptions {
        target_name: Some("HOST/server".to_owned()),
        providers: vec![provider],
        ..NegotiateClientOptions::default()
    }
}

fn ann() -> NetworkCredential {
    NetworkCredential::with_domain("ann", "secret", "EXAMPLE")
}

#[test]
fn negotiate_stream_given_up_at_every_byte() {
    let client: Side = Box::new(|wire| {
        Box::pin(async move {
            let stream = NegotiateStream::over_async(wire);
            let options = client_options(Arc::new(Plain));
            let done = stream.authenticate_as_client_async(&ann(), &options).await;
            done.ok().map(|()| Box::new(stream) as Box<dyn Any>)
        })
    });
    let server: Side = Box::new(|wire| {
        Box::pin(async move {
            let stream = NegotiateStream::over_async(wire);
            let options = NegotiateServerOptions::default();
            let done = stream.authenticate_as_server_async(ntlm(), &options).await;
            done.ok().map(|()| Box::new(stream) as Box<dyn Any>)
        })
    });
    check("Negotiate", &client, &server, 1);
}

/// A mechanism whose steps wait until somebody lets them go on, as those of Kerberos wait for a key
/// distribution center.
struct Waiting {
    inner: Box<dyn Mechanism>,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    /// How many steps may go on.
    open: Mutex<usize>,
    opened: Condvar,
    /// Who made the steps that began.
    begun: Mutex<Vec<ThreadId>>,
    /// How many of the mechanisms there are.
    alive: AtomicUsize,
}

impl Gate {
    fn let_one_pass(&self) {
        *self.open.lock().unwrap() += 1;
        self.opened.notify_all();
    }

    fn begun(&self) -> usize {
        self.begun.lock().unwrap().len()
    }

    fn pass(&self) -> Result<(), LogonError> {
        self.begun.lock().unwrap().push(std::thread::current().id());
        let closed = |open: &mut usize| *open == 0;
        let open = self.open.lock().unwrap();
        let (mut open, waited) = self.opened.wait_timeout_while(open, HANG, closed).unwrap();
        if waited.timed_out() {
            return Err(LogonError::new(
                LogonErrorKind::Unavailable,
                "nobody let the step pass",
            ));
        }
        *open -= 1;
        Ok(())
    }
}

/// Nobody waits so long, but for a step that holds up who is to let it pass.
const HANG: Duration = Duration::from_secs(60);

impl Waiting {
    fn over(inner: Box<dyn Mechanism>, gate: &Arc<Gate>) -> Box<dyn Mechanism> {
        gate.alive.fetch_add(1, Ordering::SeqCst);
        let gate = Arc::clone(gate);
        Box::new(Self { inner, gate })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.gate.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Mechanism for Waiting {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn oid(&self) -> &'static [u8] {
        self.inner.oid()
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        self.gate.pass()?;
        self.inner.step(message)
    }

    fn may_block(&self) -> bool {
        true
    }

    fn is_complete(&self) -> bool {
        self.inner.is_complete()
    }

    fn accepted(&self) -> Option<&Accepted> {
        self.inner.accepted()
    }

    fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, LogonError> {
        self.inner.sign(data)
    }

    fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<(), LogonError> {
        self.inner.verify(data, signature)
    }

    fn wrap(&mut self, data: &[u8], encrypt: bool) -> Result<Vec<u8>, LogonError> {
        self.inner.wrap(data, encrypt)
    }

    fn unwrap(&mut self, message: &[u8], encrypted: bool) -> Result<Vec<u8>, LogonError> {
        self.inner.unwrap(message, encrypted)
    }

    fn can_encrypt(&self) -> bool {
        self.inner.can_encrypt()
    }

    fn can_sign(&self) -> bool {
        self.inner.can_sign()
    }
}

struct WaitingProvider(Arc<Gate>);

impl MechanismProvider for WaitingProvider {
    fn name(&self) -> &'static str {
        "NTLM"
    }

    fn may_block(&self) -> bool {
        true
    }

    fn client(&self, logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        Ok(Waiting::over(Plain.client(logon)?, &self.0))
    }
}

/// The streams of both sides, each with a gate before the steps of its login.
struct Gated {
    streams: [NegotiateStream; 2],
    rations: [Arc<Ration>; 2],
    gates: [Arc<Gate>; 2],
}

impl Gated {
    fn new() -> Self {
        let (one, other) = duplex(64 * 1024);
        let rations = [(); 2].map(|()| Ration::of(usize::MAX / 2));
        let [mine, theirs] = rations.clone();
        let streams = [(one, mine), (other, theirs)];
        Self {
            streams: streams
                .map(|(wire, ration)| NegotiateStream::over_async(Rationed { wire, ration })),
            rations,
            gates: [(); 2].map(|()| Arc::default()),
        }
    }

    async fn log_in(&self) -> Result<(), LogonError> {
        let options = client_options(Arc::new(WaitingProvider(Arc::clone(&self.gates[0]))));
        self.streams[0]
            .authenticate_as_client_async(&ann(), &options)
            .await
    }

    async fn let_in(&self) -> Result<(), LogonError> {
        let accounts = |user: &str, _: &str| (user == "ann").then(|| NtHash::of_password("secret"));
        let ntlm = Box::new(NtlmServer::new(accounts, NtlmServerOptions::default()));
        let ntlm = Waiting::over(ntlm, &self.gates[1]);
        let mechanism = Box::new(NegotiateServer::new(vec![ntlm]));
        let options = NegotiateServerOptions::default();
        self.streams[1]
            .authenticate_as_server_async(mechanism, &options)
            .await
    }

    /// Lets the steps of a side pass, each once it waits: on the runtime's own thread, which gets to
    /// that only if no step holds it up.
    async fn open(&self, side: usize) {
        let gate = &self.gates[side];
        let mut passed = 0;
        loop {
            while gate.begun() == passed {
                tokio::task::yield_now().await;
            }
            gate.let_one_pass();
            passed += 1;
        }
    }
}

/// Steps that may take a while are made on other threads, and hold up no task of the runtime.
#[test]
fn negotiate_stream_steps_hold_nobody_up() {
    let gated = Gated::new();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let login = async { tokio::join!(gated.log_in(), gated.let_in()) };
        let (client, server) = tokio::select! {
            outcome = login => outcome,
            () = gated.open(0) => unreachable!("it opens for ever"),
            () = gated.open(1) => unreachable!("it opens for ever"),
        };
        client.unwrap();
        server.unwrap();
    });
    let here = std::thread::current().id();
    for gate in &gated.gates {
        let begun = gate.begun.lock().unwrap();
        assert!(begun.len() >= 2, "{begun:?}");
        assert!(begun.iter().all(|thread| *thread != here), "{begun:?}");
    }
    let server = &gated.streams[1];
    assert_eq!(server.remote_identity().unwrap().name, "EXAMPLE\\ann");
}

/// A login that is given up while one of its steps waits ends with that step.
#[test]
fn negotiate_stream_given_up_within_a_step() {
    for side in [0, 1] {
        let gated = Gated::new();
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let both = async { tokio::join!(gated.log_in(), gated.let_in()) };
            let waits = async {
                while gated.gates[side].begun() == 0 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                _ = both => panic!("nobody has let it pass"),
                () = gated.open(1 - side) => unreachable!("it opens for ever"),
                () = waits => {}
            }
            // The futures are gone; the step goes on without them.
            let gate = &gated.gates[side];
            assert_eq!(gate.alive.load(Ordering::SeqCst), 1);
            let own = &gated.rations[side];
            assert_eq!(
                Arc::strong_count(own),
                1,
                "the stream below is closed at once"
            );
            gate.let_one_pass();
            let alive = || {
                gated
                    .gates
                    .iter()
                    .map(|gate| gate.alive.load(Ordering::SeqCst))
            };
            while alive().sum::<usize>() > 0 {
                tokio::task::yield_now().await;
            }
            let again = gated.log_in().await.unwrap_err();
            assert!(again.to_string().contains("given up"), "{again}");
            while Handle::current().metrics().num_alive_tasks() > 0 {
                tokio::task::yield_now().await;
            }
        });
    }
}
