//! The decision, by a clock that is moved by hand.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use system_net_config::NetContext;
use system_net_primitives::FakeClock;
use system_net_uri::Uri;

use super::attempts::{Attempts, Failed};
use super::{RetryBudget, RetryPolicy, retry_after};
use crate::error::{Phase, WebError, WebExceptionStatus as Status};

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// Whole waits, so that they can be told.
fn policy() -> RetryPolicy {
    let mut policy = RetryPolicy::new();
    policy.set_jitter(|| 1.0);
    policy
}

fn attempts(policy: &RetryPolicy) -> Attempts {
    Attempts::begin(policy, &NetContext::new(), &uri("http://h/"))
}

const BUSY: Failed<'static> = Failed::Answer {
    status: 503,
    retry_after: None,
};

#[test]
fn retry_after_forms() {
    // 1994-11-06T08:49:37Z.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    for (value, expected) in [
        ("0", Some(0)),
        (" 120 ", Some(120)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
        ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
        ("Sun Nov  6 08:50:07 1994", Some(30)),
        // It is over: at once.
        ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
        ("99999999999999999999999", Some(u64::MAX)),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("soon", None),
    ] {
        let expected = expected.map(Duration::from_secs);
        assert_eq!(retry_after::parse(value, now), expected, "{value}");
    }
}

#[test]
fn which_failures_are_tried_again() {
    let error = |status, phase| WebError::new(status, phase, "");
    for (method, status, phase, expected) in [
        ("GET", Status::ConnectFailure, Phase::Connecting, true),
        ("GET", Status::SendFailure, Phase::Sending, true),
        ("PUT", Status::ReceiveFailure, Phase::ReadingHead, true),
        ("DELETE", Status::ConnectionClosed, Phase::ReadingHead, true),
        ("OPTIONS", Status::KeepAliveFailure, Phase::Sending, true),
        ("GET", Status::Timeout, Phase::Connecting, true),
        ("GET", Status::Timeout, Phase::ReadingHead, false),
        (
            "GET",
            Status::NameResolutionFailure,
            Phase::Resolving,
            false,
        ),
        ("GET", Status::TrustFailure, Phase::SecuringChannel, false),
        ("GET", Status::RequestCanceled, Phase::Deciding, false),
        (
            "GET",
            Status::ServerProtocolViolation,
            Phase::ReadingHead,
            false,
        ),
        ("POST", Status::ConnectFailure, Phase::Connecting, false),
        ("POST", Status::SendFailure, Phase::Sending, false),
        ("POST", Status::ReceiveFailure, Phase::ReadingHead, false),
        ("PATCH", Status::ConnectionClosed, Phase::ReadingHead, false),
        ("get", Status::ConnectionClosed, Phase::ReadingHead, false),
        ("PURGE", Status::ConnectionClosed, Phase::ReadingHead, false),
    ] {
        let failed = error(status, phase);
        let next = attempts(&policy()).next(method, &Failed::Error(&failed));
        assert_eq!(next.is_some(), expected, "{method} {status} {phase}");
        // By the caller's word every method may; what does not pass does not pass.
        let mut unsafe_too = policy();
        unsafe_too.set_retry_unsafe_methods(true);
        let next = attempts(&unsafe_too).next("POST", &Failed::Error(&failed));
        let passes = attempts(&policy()).next("GET", &Failed::Error(&failed));
        assert_eq!(next.is_some(), passes.is_some(), "POST {status} {phase}");
    }
    for (method, status, expected) in [
        ("GET", 429, true),
        ("HEAD", 502, true),
        ("TRACE", 503, true),
        ("GET", 504, true),
        ("GET", 500, false),
        ("GET", 404, false),
        ("POST", 503, false),
    ] {
        let failed = Failed::Answer {
            status,
            retry_after: None,
        };
        let next = attempts(&policy()).next(method, &failed);
        assert_eq!(next.is_some(), expected, "{method} {status}");
    }
}

#[test]
fn waits_grow_and_end() {
    let mut policy = policy();
    policy.set_max_attempts(9);
    policy.set_max_backoff(Duration::from_secs(3));
    let mut attempts = attempts(&policy);
    let mut waits = Vec::new();
    while let Some(wait) = attempts.next("GET", &BUSY) {
        waits.push(wait.as_millis());
    }
    assert_eq!(waits, [250, 500, 1000, 2000, 3000, 3000, 3000, 3000]);
    for (jitter, expected) in [
        (0.0, 125),
        (0.5, 187),
        (1.0, 250),
        (f64::NAN, 250),
        (7.0, 250),
    ] {
        policy.set_jitter(move || jitter);
        assert_eq!(policy.backoff(1).as_millis(), expected, "{jitter}");
    }
    policy.set_jitter(|| 1.0);
    assert_eq!(policy.backoff(u32::MAX).as_secs(), 3);
    for attempts_allowed in [0, 1] {
        policy.set_max_attempts(attempts_allowed);
        assert!(super::tests::attempts(&policy).next("GET", &BUSY).is_none());
    }
}

#[test]
fn retry_after_counts_up_to_a_limit() {
    let clock = Arc::new(FakeClock::starting_at(
        SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777),
    ));
    let context = NetContext::builder()
        .clock(Arc::<FakeClock>::clone(&clock))
        .build();
    for (retry_after, expected) in [
        (Some("7"), Some(Duration::from_secs(7))),
        (Some("0"), Some(Duration::ZERO)),
        (Some("60"), Some(Duration::from_secs(60))),
        (Some("61"), None),
        (
            Some("Sun, 06 Nov 1994 08:50:07 GMT"),
            Some(Duration::from_secs(30)),
        ),
        (Some("Sun, 06 Nov 1994 09:50:07 GMT"), None),
        (Some("soon"), Some(Duration::from_millis(250))),
        (None, Some(Duration::from_millis(250))),
    ] {
        let mut attempts = Attempts::begin(&policy(), &context, &uri("http://h/"));
        let failed = Failed::Answer {
            status: 429,
            retry_after,
        };
        assert_eq!(attempts.next("GET", &failed), expected, "{retry_after:?}");
    }
    // What would begin too late does not begin.
    let mut policy = policy();
    policy.set_max_time(Some(Duration::from_secs(5)));
    let mut attempts = Attempts::begin(&policy, &context, &uri("http://h/"));
    clock.advance(Duration::from_millis(4700));
    assert!(attempts.next("GET", &BUSY).is_some());
    assert!(attempts.next("GET", &BUSY).is_none());
}

/// In a storm, the retries are a share of the requests; the budget is the server's, not the
/// request's.
#[test]
fn retry_budget_is_shared() {
    let context = NetContext::new();
    let storm = |url: &str, requests: usize| {
        (0..requests)
            .map(|_| {
                let mut attempts = Attempts::begin(&policy(), &context, &uri(url));
                std::iter::from_fn(|| attempts.next("GET", &BUSY)).count()
            })
            .sum::<usize>()
    };
    // Ten at once, one of five requests for the rest, and the first deposits run over.
    let retries = storm("http://a/", 1000);
    assert!((200..=210).contains(&retries), "{retries}");
    // Another server has one of its own, the same server on another path has not: parts of a retry
    // are all that is left.
    assert_eq!(storm("http://b/", 2), 4);
    assert!(storm("http://a/other", 4) <= 1);
    assert_eq!(storm("http://a:81/", 1), 2);

    let budget = RetryBudget::new(1, 0.5);
    let mut own = policy();
    own.set_budget(Some(budget.clone()));
    let mut first = attempts(&own);
    assert!(first.next("GET", &BUSY).is_some());
    assert!(first.next("GET", &BUSY).is_none());
    assert_eq!(budget.retries_left(), 0);
    let (_one, _two) = (attempts(&own), attempts(&own));
    assert_eq!(budget.retries_left(), 1);
    // A failure that is not tried again takes nothing.
    assert!(attempts(&own).next("POST", &BUSY).is_none());
    assert_eq!(budget.retries_left(), 1);
}

/// As many servers as are remembered; those with a budget that was used stay longest.
#[test]
fn budgets_are_limited_in_number() {
    let context = NetContext::new();
    let used = RetryBudget::of_server(&context, &uri("http://used/"));
    assert!(used.withdraw());
    for number in 0..3000 {
        RetryBudget::of_server(&context, &uri(&format!("http://h{number}/")));
    }
    let again = RetryBudget::of_server(&context, &uri("http://used/"));
    assert_eq!(again.retries_left(), 9);
}

proptest::proptest! {
    /// Any text of a server is read without a panic.
    #[test]
    fn any_retry_after(text in "\\PC{0,40}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT") {
        let _ = retry_after::parse(&text, SystemTime::UNIX_EPOCH);
    }
}
