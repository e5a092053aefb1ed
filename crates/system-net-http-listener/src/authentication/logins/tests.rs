//! Logins by a mechanism that never comes to an end, and those that may hold for a connection.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use system_net_security::mechanism::{Accepted, LogonErrorKind};

use super::super::identity::HttpListenerIdentity;
use super::*;

const NTLM: AuthenticationSchemes = AuthenticationSchemes::NTLM;
const NEGOTIATE: AuthenticationSchemes = AuthenticationSchemes::NEGOTIATE;

/// Answers every message by one that wants another.
struct Endless {
    name: &'static str,
    who: Accepted,
    steps: Arc<AtomicUsize>,
}

impl Mechanism for Endless {
    fn name(&self) -> &'static str {
        self.name
    }

    fn oid(&self) -> &'static [u8] {
        b"\x2a"
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        self.steps.fetch_add(1, Ordering::SeqCst);
        Ok(Step {
            message: message.map(<[u8]>::to_vec),
            complete: false,
        })
    }

    fn is_complete(&self) -> bool {
        false
    }

    fn accepted(&self) -> Option<&Accepted> {
        Some(&self.who)
    }

    fn sign(&mut self, _: &[u8]) -> Result<Vec<u8>, LogonError> {
        Err(cannot())
    }

    fn verify(&mut self, _: &[u8], _: &[u8]) -> Result<(), LogonError> {
        Err(cannot())
    }

    fn wrap(&mut self, _: &[u8], _: bool) -> Result<Vec<u8>, LogonError> {
        Err(cannot())
    }

    fn unwrap(&mut self, _: &[u8], _: bool) -> Result<Vec<u8>, LogonError> {
        Err(cannot())
    }

    fn can_encrypt(&self) -> bool {
        false
    }

    fn can_sign(&self) -> bool {
        false
    }
}

fn cannot() -> LogonError {
    LogonError::new(LogonErrorKind::InvalidState, "it never gets so far")
}

fn endless(name: &'static str, steps: &Arc<AtomicUsize>) -> Box<dyn Mechanism> {
    Box::new(Endless {
        name,
        who: Accepted::new("ann", "EXAMPLE"),
        steps: Arc::clone(steps),
    })
}

/// A message of a login that never waits for anything.
fn take(
    logins: &mut Logins,
    scheme: AuthenticationSchemes,
    message: &[u8],
    server: impl FnOnce() -> Box<dyn Mechanism>,
) -> Result<Taken, Failed> {
    let token = STANDARD.encode(message);
    let mut cx = Context::from_waker(Waker::noop());
    match pin!(logins.take(scheme, &token, false, server)).poll(&mut cx) {
        Poll::Ready(taken) => taken,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn a_login_has_so_many_messages() {
    let steps = Arc::new(AtomicUsize::new(0));
    let mut servers = 0;
    let mut logins = Logins::default();
    for round in 1..=2 {
        for _ in 0..MOST_MESSAGES {
            let taken = take(&mut logins, NEGOTIATE, b"more", || {
                servers += 1;
                endless("NTLM", &steps)
            });
            assert!(matches!(taken, Ok(Taken::Goes(message)) if message == "bW9yZQ=="));
        }
        assert_eq!(servers, round, "all by one");
        let taken = take(&mut logins, NEGOTIATE, b"more", || {
            panic!("a message of the login that goes on")
        });
        assert!(matches!(taken, Err(Failed::Message(_))));
        let seen = usize::from(MOST_MESSAGES) * round;
        assert_eq!(steps.load(Ordering::SeqCst), seen, "one more was looked at");
    }
}

/// Another scheme's message, and one that begins a login, go to a server of their own.
#[test]
fn messages_of_one_login_have_one_scheme() {
    let steps = Arc::new(AtomicUsize::new(0));
    let mut servers = 0;
    let mut logins = Logins::default();
    for (scheme, message, expected) in [
        (NTLM, &b"more"[..], 1),
        (NTLM, b"more", 1),
        (NEGOTIATE, b"more", 2),
        (NEGOTIATE, b"more", 2),
        (NTLM, b"more", 3),
        (NTLM, b"NTLMSSP\0\x01\0\0\0", 4),
        (NTLM, b"NTLMSSP\0\x03\0\0\0", 4),
        (NTLM, b"\x60\0", 5),
    ] {
        let taken = take(&mut logins, scheme, message, || {
            servers += 1;
            endless("NTLM", &steps)
        });
        assert!(matches!(taken, Ok(Taken::Goes(_))));
        assert_eq!(servers, expected, "{scheme} {}", message.escape_ascii());
    }
}

/// [`unsafe_connection_ntlm_authentication`](crate::HttpListener) is of NTLM: Kerberos proves each
/// request.
#[test]
fn logins_by_ntlm_alone_are_kept() {
    for (name, kept) in [("NTLM", true), ("Kerberos", false)] {
        for scheme in [NTLM, NEGOTIATE] {
            let mechanism = endless(name, &Arc::default());
            let identity = HttpListenerIdentity::of_mechanism(&*mechanism).unwrap();
            let mut logins = Logins::default();
            logins.keep(scheme, &Arc::new(identity));
            assert_eq!(logins.kept().is_some(), kept, "{name}");
            logins.forget();
            assert!(logins.kept().is_none());
        }
    }
}
