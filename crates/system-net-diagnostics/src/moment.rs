//! When and on which thread something is traced.

use std::cell::Cell;
use std::fmt;
use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The moment of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) thread: u32,
    /// Since the program started.
    pub(crate) elapsed: Duration,
    pub(crate) time: SystemTime,
}

impl Moment {
    #[allow(
        clippy::disallowed_methods,
        reason = "traces are of the process and bear the true time"
    )]
    pub(crate) fn now() -> Self {
        static START: OnceLock<Instant> = OnceLock::new();
        let now = Instant::now();
        let start = *START.get_or_init(|| {
            let age = process_age().unwrap_or_default();
            now.checked_sub(age).unwrap_or(now)
        });
        Self {
            thread: thread_number(),
            elapsed: now.saturating_duration_since(start),
            time: SystemTime::now(),
        }
    }
}

/// How long the process has been running, to a hundredth of a second: field 22 of its `stat` in
/// proc(5) is its start in hundredths of a second after that of the machine.
fn process_age() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    age(&stat, &uptime)
}

fn age(stat: &str, uptime: &str) -> Option<Duration> {
    // The second field is the program's name in parentheses and may hold any character.
    let (_, fields) = stat.rsplit_once(')')?;
    let hundredths: u64 = fields.split_whitespace().nth(19)?.parse().ok()?;
    let (seconds, fraction) = uptime.split_whitespace().next()?.split_once('.')?;
    let fraction: u64 = fraction.get(..2)?.parse().ok()?;
    let now = seconds
        .parse::<u64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(fraction)?;
    Some(Duration::from_millis(
        now.checked_sub(hundredths)?.checked_mul(10)?,
    ))
}

/// The number of this thread: that of the system, or where there is none, one of a count.
fn thread_number() -> u32 {
    thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }
    static LAST: AtomicU32 = AtomicU32::new(0);
    NUMBER.with(|number| {
        if number.get() == 0 {
            let counted = || LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            number.set(system_thread().unwrap_or_else(counted));
        }
        number.get()
    })
}

fn system_thread() -> Option<u32> {
    let link = fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

/// A time of UTC as `2026-11-23T10:45:12.1234567Z`, the form `o` of .NET.
pub(crate) struct RoundTrip(pub(crate) SystemTime);

impl fmt::Display for RoundTrip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let ticks = since.subsec_nanos() / 100;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ticks:07}Z"
        )
    }
}

/// The date so many days after 1970-01-01. Years are counted from March, so that the day that
/// leap years have more is the last.
const fn date(days: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097;
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / ERA, shifted % ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / (ERA - 1)) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year_of_era + era * 400 + year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_form_of_dotnet() {
        for (seconds, nanos, expected) in [
            (0, 0, "1970-01-01T00:00:00.0000000Z"),
            (951_782_399, 999_999_999, "2000-02-28T23:59:59.9999999Z"),
            (951_782_400, 0, "2000-02-29T00:00:00.0000000Z"),
            (951_868_800, 100, "2000-03-01T00:00:00.0000001Z"),
            (1_735_689_599, 0, "2024-12-31T23:59:59.0000000Z"),
            (1_795_430_712, 123_456_700, "2026-11-23T10:45:12.1234567Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.0000000Z"),
        ] {
            let time = UNIX_EPOCH + Duration::new(seconds, nanos);
            assert_eq!(RoundTrip(time).to_string(), expected);
        }
    }

    #[test]
    fn the_age_of_a_process() {
        let stat = "7 (a) b) (c) S 1 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 5000 2 3";
        for (uptime, expected) in [
            ("61.25 100.00\n", Some(Duration::from_millis(11_250))),
            ("50.00 1.00", Some(Duration::ZERO)),
            ("49.99 1.00", None),
            ("", None),
        ] {
            assert_eq!(age(stat, uptime), expected, "{uptime:?}");
        }
        assert_eq!(age("7 (a) S", "1.00 1.00"), None);
    }
}
