// Times as the rows have them: .NET's "o" format, with a year 1 for none.

use std::time::{Duration, SystemTime};

/// What .NET says where there is no time.
const NONE: &str = "0001-01-01T00:00:00";

const DAY: u64 = 86_400;

/// A time of 1970 or later; `Some(None)`: .NET's none. `None`: another text.
pub(super) fn parse(text: &str) -> Option<Option<SystemTime>> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    if text == NONE {
        return Some(None);
    }
    let numbers: Vec<u64> = text
        .split(['-', 'T', ':'])
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let [
        year @ 1970..=9999,
        month @ 1..=12,
        day @ 1..=31,
        hour,
        minute,
        second,
    ] = numbers[..]
    else {
        return None;
    };
    let days: u64 = (1970..year).map(days_of_year).sum::<u64>()
        + (1..month)
            .map(|month| days_of_month(year, month))
            .sum::<u64>()
        + (day - 1);
    let seconds = days * DAY + hour * 3600 + minute * 60 + second;
    Some(Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
}

/// In the "o" format, in whole seconds.
pub(super) fn text(time: Option<SystemTime>) -> String {
    let Some(time) = time else {
        return format!("{NONE}.0000000Z");
    };
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let (mut days, rest) = (seconds / DAY, seconds % DAY);
    let mut year = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let day = days + 1;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.0000000Z")
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_there_and_back() {
        for known in [
            "1970-01-01T00:00:00",
            "2020-01-02T03:04:05",
            "2000-02-29T23:59:59",
            "2100-03-01T00:00:00",
            NONE,
        ] {
            let time = parse(&format!("{known}Z")).unwrap();
            assert_eq!(text(time), format!("{known}.0000000Z"));
        }
        let time = parse("2020-01-02T03:04:05Z").unwrap().unwrap();
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(since.as_secs(), 1_577_934_245);
        assert_eq!(parse("soon"), None);
    }
}
