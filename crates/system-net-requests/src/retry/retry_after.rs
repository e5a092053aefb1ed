//! The `Retry-After` field: when a server wants to be asked again.

use std::time::{Duration, SystemTime};

use httpdate::parse_http_date;

/// How long to wait from `now`; `None` for what is neither seconds nor a date.
///
/// RFC 9110 section 10.2.3: `HTTP-date / delay-seconds`.
pub(super) fn parse(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a very long time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = parse_http_date(value).ok()?;
    // A date that is over: at once.
    Some(date.duration_since(now).unwrap_or_default())
}
