//! Stacks and scopes.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::*;

struct Says(AccessVerdict, bool);

impl AccessPolicy for Says {
    fn judge(&self, _: &Access<'_>) -> AccessVerdict {
        self.0.clone()
    }

    fn is_firm(&self) -> bool {
        self.1
    }
}

const ACCESS: Access<'_> = Access::Resolve {
    host: "a",
    requested: false,
};

fn pass() -> Arc<dyn AccessPolicy> {
    Arc::new(Says(AccessVerdict::Pass, false))
}

fn assert() -> Arc<dyn AccessPolicy> {
    Arc::new(Says(AccessVerdict::Assert, false))
}

fn deny() -> Arc<dyn AccessPolicy> {
    Arc::new(Says(AccessVerdict::Deny("no".into()), false))
}

fn deny_firmly() -> Arc<dyn AccessPolicy> {
    Arc::new(Says(AccessVerdict::Deny("no".into()), true))
}

/// Outermost first.
#[track_caller]
fn check(policies: Vec<Arc<dyn AccessPolicy>>, allowed: bool) {
    let stack = policies
        .into_iter()
        .fold(AccessStack::new(), |stack, policy| stack.with(policy));
    assert_eq!(stack.check(&ACCESS).is_ok(), allowed);
}

#[test]
fn the_innermost_is_asked_first() {
    check(vec![], true);
    check(vec![pass()], true);
    check(vec![deny(), pass()], false);
    check(vec![deny(), assert()], true);
    check(vec![assert(), deny()], false);
    check(vec![deny_firmly(), assert()], false);
    check(vec![deny_firmly(), assert(), pass()], false);
}

#[test]
fn a_scope_ends_with_its_call() {
    let here = AccessStack::new();
    assert!(here.check(&ACCESS).is_ok());
    access_scope_blocking(deny(), || {
        assert!(here.check(&ACCESS).is_err());
        access_scope_blocking(assert(), || assert!(here.check(&ACCESS).is_ok()));
        assert!(here.check(&ACCESS).is_err());
    });
    assert!(here.check(&ACCESS).is_ok());
    let paniced =
        std::panic::catch_unwind(|| access_scope_blocking(deny(), || panic!("on purpose")));
    assert!(paniced.is_err());
    assert!(here.check(&ACCESS).is_ok());
}

/// A context's denial stands against what a scope asserts, and the other way round.
#[test]
fn the_two_stacks_do_not_lift_each_other() {
    let denies = AccessStack::new().with(deny());
    access_scope_blocking(assert(), || assert!(denies.check(&ACCESS).is_err()));
    let asserts = AccessStack::new().with(assert());
    access_scope_blocking(deny(), || assert!(asserts.check(&ACCESS).is_err()));
}

#[test]
fn a_future_takes_its_scope_along_and_leaves_none_behind() {
    let here = AccessStack::new();
    let mut cx = Context::from_waker(Waker::noop());
    let mut polls = 0;
    let future = poll_fn(|_| {
        assert!(here.check(&ACCESS).is_err());
        polls += 1;
        match polls {
            2 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    });
    let mut future = pin!(access_scope(deny(), future));
    assert!(future.as_mut().poll(&mut cx).is_pending());
    assert!(here.check(&ACCESS).is_ok());
    assert!(future.as_mut().poll(&mut cx).is_ready());
    assert!(here.check(&ACCESS).is_ok());
}

/// A future that was made outside of a scope does not escape the one it is polled in.
#[test]
fn scopes_nest_where_they_are_polled() {
    let here = AccessStack::new();
    let inner = access_scope(pass(), async { here.check(&ACCESS).is_ok() });
    let mut outer = pin!(access_scope(deny(), inner));
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(outer.as_mut().poll(&mut cx), Poll::Ready(false));
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a thread to hand work to")]
fn work_for_another_thread_takes_the_scope_along() {
    let stack = access_scope_blocking(deny(), AccessStack::current);
    let denied = std::thread::spawn(move || {
        stack.run_blocking(|| AccessStack::new().check(&ACCESS).is_err())
    });
    assert!(denied.join().unwrap());
}

#[test]
fn messages_hold_no_secrets() {
    let uri = "http://user:secret@host/path?token=secret#secret";
    let denied = AccessDenied::new(&Access::Request { uri }, "why");
    assert_eq!(
        denied.to_string(),
        "requesting http://host/path is denied: why"
    );
}
