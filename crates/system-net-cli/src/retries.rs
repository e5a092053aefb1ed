//! `--retry`: which failures are tried again, and when.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use system_net::{RetryBudget, RetryPolicy, WebExceptionStatus};

use crate::arguments::Transfer;

/// The statuses that curl takes for passing ones.
const STATUSES: [u16; 6] = [408, 429, 500, 502, 503, 504];
/// The first wait, and the longest, without `--retry-delay`: curl's.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(600);

/// `made` counts the retries.
pub(crate) fn policy(retries: u32, options: &Transfer, made: &Arc<AtomicU32>) -> RetryPolicy {
    let mut policy = RetryPolicy::new();
    policy.set_max_attempts(retries.saturating_add(1));
    policy.set_statuses(&STATUSES);
    let mut failures = policy.failures().to_vec();
    failures.extend([
        WebExceptionStatus::NameResolutionFailure,
        WebExceptionStatus::ProxyNameResolutionFailure,
        WebExceptionStatus::Timeout,
    ]);
    policy.set_failures(&failures);
    policy.set_initial_backoff(options.retry_delay.unwrap_or(FIRST));
    policy.set_max_backoff(options.retry_delay.unwrap_or(LONGEST));
    policy.set_max_retry_after(LONGEST);
    policy.set_max_time(options.retry_max_time);
    // Who runs the program says how often; waits are as long as they are said to be.
    policy.set_budget(Some(RetryBudget::new(retries, 0.0)));
    policy.set_jitter(|| 1.0);
    let (made, silent) = (Arc::clone(made), options.silent);
    policy.set_on_retry(Some(Arc::new(move |retry| {
        made.fetch_add(1, Ordering::Relaxed);
        if !silent {
            let why = match retry.status_code() {
                Some(status) => format!("status {status}"),
                None => retry.failure().name().to_owned(),
            };
            let line = format!(
                "sysnet: warning: {why}: retry {} of {retries} in {:?}\n",
                retry.attempt().saturating_sub(1),
                retry.wait()
            );
            // Nothing can be done about a stderr that has gone.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    })));
    policy
}
