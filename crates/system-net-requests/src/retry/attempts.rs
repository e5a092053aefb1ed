//! The attempts of one request: whether there is another, and after how long.

use std::time::Duration;

use system_net_config::NetContext;
use system_net_uri::Uri;

use super::policy::{RetryEventArgs, RetryPolicy};
use super::{RetryBudget, retry_after};
use crate::error::{Phase, WebError, WebExceptionStatus};

/// The attempts that a request has made.
pub(crate) struct Attempts {
    policy: RetryPolicy,
    budget: RetryBudget,
    context: NetContext,
    made: u32,
    begun: std::time::Instant,
}

/// How an attempt failed.
pub(crate) enum Failed<'a> {
    /// Without an answer.
    Error(&'a WebError),
    /// With this status, and what its `Retry-After` says.
    Answer {
        status: u16,
        retry_after: Option<&'a str>,
    },
}

impl Attempts {
    /// The first one begins.
    pub(crate) fn begin(policy: &RetryPolicy, context: &NetContext, uri: &Uri) -> Self {
        let budget = match policy.budget() {
            Some(budget) => budget.clone(),
            None => RetryBudget::of_server(context, uri),
        };
        budget.deposit();
        Self {
            policy: policy.clone(),
            budget,
            begun: context.clock().now(),
            context: context.clone(),
            made: 1,
        }
    }

    /// How long to wait before the next attempt; `None`: there is none. A retry of the budget is
    /// taken by it.
    pub(crate) fn next(&mut self, method: &str, failed: &Failed<'_>) -> Option<Duration> {
        let policy = &self.policy;
        if self.made >= policy.max_attempts() || !self.may_pass(method, failed) {
            return None;
        }
        let wait = self.wait(failed)?;
        if let Some(limit) = policy.max_time() {
            let passed = self.context.clock().now() - self.begun;
            if passed.saturating_add(wait) > limit {
                return None;
            }
        }
        if !self.budget.withdraw() {
            return None;
        }
        self.made += 1;
        if let Some(observer) = &self.policy.observer {
            let (failure, status) = match failed {
                Failed::Error(error) => (error.status(), None),
                Failed::Answer { status, .. } => (WebExceptionStatus::ProtocolError, Some(*status)),
            };
            observer(&RetryEventArgs {
                attempt: self.made,
                wait,
                failure,
                status,
            });
        }
        Some(wait)
    }

    /// Waits as [`next`](Self::next) said.
    pub(crate) async fn pause(&self, wait: Duration) {
        self.policy.pause(wait).await;
    }

    /// Whether the failure is one that may pass, and the request one that may be repeated.
    fn may_pass(&self, method: &str, failed: &Failed<'_>) -> bool {
        let policy = &self.policy;
        if !policy.retry_unsafe_methods() && !is_idempotent(method) {
            return false;
        }
        let counts = |failure| policy.failures().contains(&failure);
        match failed {
            Failed::Answer { status, .. } => policy.statuses().contains(status),
            Failed::Error(error) => {
                counts(error.status())
                    || is_connect_timeout(error) && counts(WebExceptionStatus::ConnectFailure)
            }
        }
    }

    /// `None`: the server wants to be left alone for longer than is waited.
    fn wait(&self, failed: &Failed<'_>) -> Option<Duration> {
        let asked = match failed {
            Failed::Answer { retry_after, .. } => retry_after
                .and_then(|value| retry_after::parse(value, self.context.clock().utc_now())),
            Failed::Error(_) => None,
        };
        match asked {
            Some(asked) => (asked <= self.policy.max_retry_after()).then_some(asked),
            None => Some(self.policy.backoff(self.made)),
        }
    }
}

/// RFC 9110 section 9.2.2: "PUT, DELETE, and safe request methods are idempotent". Methods are
/// told apart by letter case; one that is not known is not idempotent.
pub(crate) fn is_idempotent(method: &str) -> bool {
    matches!(
        method,
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE"
    )
}

/// No connection came about in its time.
fn is_connect_timeout(error: &WebError) -> bool {
    let connecting = matches!(
        error.phase(),
        Phase::Resolving | Phase::Connecting | Phase::SecuringChannel
    );
    connecting && error.status() == WebExceptionStatus::Timeout
}
