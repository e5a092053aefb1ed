//! `RetryPolicy`: which failures are tried again, how often, and after how long.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::blocking::BoxFuture;
use crate::error::WebExceptionStatus;
use crate::retry::RetryBudget;

/// Gives numbers from 0 up to 1.
type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;
/// Waits for so long.
type Pause = Arc<dyn Fn(Duration) -> BoxFuture<()> + Send + Sync>;
/// Is told of every retry.
pub type RetryHandler = Arc<dyn Fn(&RetryEventArgs) + Send + Sync>;

/// When a request is sent again by itself. Without a policy, which is the default as in .NET, it
/// never is.
///
/// Sent again are requests whose method is idempotent (`GET`, `HEAD`, `OPTIONS`, `TRACE`, `PUT`,
/// `DELETE`), whose body is still there, and that failed in a way that may pass: one of
/// [`failures`](Self::failures), or an answer with one of [`statuses`](Self::statuses). Requests of
/// other methods are sent again only if
/// [`retry_unsafe_methods`](Self::set_retry_unsafe_methods) says so. What fails is the last step: of a
/// chain of redirects, only that is repeated.
/// What fails while the caller still writes to the request stream is the caller's to repeat.
///
/// Waits grow from [`initial_backoff`](Self::initial_backoff) to [`max_backoff`](Self::max_backoff),
/// each shortened by up to half at random; a `Retry-After` of the server counts instead. The
/// time-outs of the request hold over all attempts together. Each retry takes from a
/// [`RetryBudget`]: the one that all requests of the context to the same server share, or one that
/// was set. When no retry is left, the last failure is the result.
///
/// # Examples
/// ```no_run
/// use system_net_requests::{RetryPolicy, WebRequest};
///
/// let mut policy = RetryPolicy::new();
/// policy.set_max_attempts(5);
/// let mut request = WebRequest::create_http("http://www.contoso.com/")?;
/// request.set_retry_policy(Some(policy))?;
/// let response = request.get_response()?;
/// # Ok::<(), system_net_requests::WebError>(())
/// ```
#[derive(Clone)]
pub struct RetryPolicy {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
    max_retry_after: Duration,
    max_time: Option<Duration>,
    statuses: Vec<u16>,
    failures: Vec<WebExceptionStatus>,
    retry_unsafe_methods: bool,
    budget: Option<RetryBudget>,
    jitter: Jitter,
    pause: Option<Pause>,
    pub(super) observer: Option<RetryHandler>,
}

impl RetryPolicy {
    /// Three attempts, 250 ms to 10 s between them.
    #[must_use]
    pub fn new() -> Self {
        Self {
            max_attempts: 3,
            initial_backoff: Duration::from_millis(250),
            max_backoff: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
            max_time: None,
            statuses: vec![429, 502, 503, 504],
            failures: vec![
                WebExceptionStatus::ConnectFailure,
                WebExceptionStatus::SendFailure,
                WebExceptionStatus::ReceiveFailure,
                WebExceptionStatus::ConnectionClosed,
                WebExceptionStatus::KeepAliveFailure,
            ],
            retry_unsafe_methods: false,
            budget: None,
            jitter: Arc::new(random),
            pause: None,
            observer: None,
        }
    }

    /// How often a request is sent at most, the first time included. 3 unless set; 0 and 1: once.
    #[must_use]
    pub fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// Sets how often a request is sent at most.
    pub fn set_max_attempts(&mut self, attempts: u32) {
        self.max_attempts = attempts;
    }

    /// The wait before the second attempt; it doubles from attempt to attempt. 250 ms unless set.
    #[must_use]
    pub fn initial_backoff(&self) -> Duration {
        self.initial_backoff
    }

    /// Sets the wait before the second attempt.
    pub fn set_initial_backoff(&mut self, backoff: Duration) {
        self.initial_backoff = backoff;
    }

    /// The longest wait that no server asked for. 10 s unless set.
    #[must_use]
    pub fn max_backoff(&self) -> Duration {
        self.max_backoff
    }

    /// Sets the longest wait that no server asked for.
    pub fn set_max_backoff(&mut self, backoff: Duration) {
        self.max_backoff = backoff;
    }

    /// The longest `Retry-After` that is waited for; an answer with a longer one is the result. 60 s
    /// unless set.
    #[must_use]
    pub fn max_retry_after(&self) -> Duration {
        self.max_retry_after
    }

    /// Sets the longest `Retry-After` that is waited for.
    pub fn set_max_retry_after(&mut self, limit: Duration) {
        self.max_retry_after = limit;
    }

    /// No attempt begins later than this after the first; `None`, which is the default: without
    /// limit. The time-outs of the request hold beside it.
    #[must_use]
    pub fn max_time(&self) -> Option<Duration> {
        self.max_time
    }

    /// Sets how long after the first attempt another may begin.
    pub fn set_max_time(&mut self, limit: Option<Duration>) {
        self.max_time = limit;
    }

    /// The status codes that are tried again; 429, 502, 503 and 504 unless set.
    #[must_use]
    pub fn statuses(&self) -> &[u16] {
        &self.statuses
    }

    /// Sets the status codes that are tried again. Only those from 400 on can be: others are no
    /// failures.
    pub fn set_statuses(&mut self, statuses: &[u16]) {
        self.statuses = statuses.to_vec();
    }

    /// The failures that are tried again, those of connecting, sending and receiving unless set. A
    /// connection that took too long counts as `ConnectFailure`.
    #[must_use]
    pub fn failures(&self) -> &[WebExceptionStatus] {
        &self.failures
    }

    /// Sets the failures that are tried again.
    pub fn set_failures(&mut self, failures: &[WebExceptionStatus]) {
        self.failures = failures.to_vec();
    }

    /// Whether requests of methods that are not idempotent, such as `POST`, are sent again too.
    #[must_use]
    pub fn retry_unsafe_methods(&self) -> bool {
        self.retry_unsafe_methods
    }

    /// Says that requests may be sent again whatever their method is: the caller knows that the
    /// server takes one that comes twice for one.
    pub fn set_retry_unsafe_methods(&mut self, retry: bool) {
        self.retry_unsafe_methods = retry;
    }

    /// The budget that retries take from; `None`: the one that all requests of the context to the
    /// same server share.
    #[must_use]
    pub fn budget(&self) -> Option<&RetryBudget> {
        self.budget.as_ref()
    }

    /// Sets the budget that retries take from.
    pub fn set_budget(&mut self, budget: Option<RetryBudget>) {
        self.budget = budget;
    }

    /// Sets where the chance in the waits comes from: numbers from 0 up to 1. With 1 the waits are
    /// whole, with 0 they are half.
    pub fn set_jitter(&mut self, jitter: impl Fn() -> f64 + Send + Sync + 'static) {
        self.jitter = Arc::new(jitter);
    }

    /// Sets how waits are waited for, for tests that move a clock by hand.
    pub fn set_pause(&mut self, pause: impl Fn(Duration) -> BoxFuture<()> + Send + Sync + 'static) {
        self.pause = Some(Arc::new(pause));
    }

    /// Calls `handler` before each wait; `None`: nobody.
    pub fn set_on_retry(&mut self, handler: Option<RetryHandler>) {
        self.observer = handler;
    }

    /// The wait before the attempt after `made`, if no server asked for one.
    pub(super) fn backoff(&self, made: u32) -> Duration {
        let doublings = made.saturating_sub(1).min(31);
        let whole = self
            .initial_backoff
            .saturating_mul(1 << doublings)
            .min(self.max_backoff);
        let chance = (self.jitter)();
        let chance = if chance.is_finite() {
            chance.clamp(0.0, 1.0)
        } else {
            1.0
        };
        whole.mul_f64(0.5 + chance / 2.0)
    }

    /// Waits.
    pub(super) async fn pause(&self, wait: Duration) {
        if let Some(pause) = &self.pause {
            return pause(wait).await;
        }
        match crate::blocking::deadline_after(wait) {
            Some(deadline) => system_net_runtime::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("max_attempts", &self.max_attempts)
            .field("statuses", &self.statuses)
            .field("failures", &self.failures)
            .field("retry_unsafe_methods", &self.retry_unsafe_methods)
            .finish_non_exhaustive()
    }
}

/// A request that is about to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryEventArgs {
    pub(super) attempt: u32,
    pub(super) wait: Duration,
    pub(super) failure: WebExceptionStatus,
    pub(super) status: Option<u16>,
}

impl RetryEventArgs {
    /// Which attempt comes next: 2 for the first retry.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long is waited for it.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// How the attempt before failed.
    #[must_use]
    pub fn failure(&self) -> WebExceptionStatus {
        self.failure
    }

    /// The status code that was answered, if that was the failure.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        self.status
    }
}

/// A number from 0 up to 1 that differs from call to call and from process to process.
fn random() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let number = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    // 53 bits are what a float holds.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    let fraction = (number >> 11) as f64 / (1_u64 << 53) as f64;
    fraction
}
