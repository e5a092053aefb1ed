//! `-z`: only what is newer, or older, than a date or a file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::{fmt_http_date, parse_http_date};
use system_net::{HttpWebRequest, HttpWebResponse};

use crate::failure::Failure;

/// When an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Condition {
    time: SystemTime,
    /// Only what is older; else what is newer.
    older: bool,
}

impl Condition {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let (older, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let modified = || std::fs::metadata(text).and_then(|facts| facts.modified());
        let time = match date(text) {
            Some(time) => time,
            None => modified().map_err(|_| {
                Failure::usage(format_args!("-z {text:?}: neither a date nor a file"))
                    .advise("write a date as 2020-01-02 03:04:05, which is UTC")
            })?,
        };
        Ok(Self { time, older })
    }

    pub(crate) fn apply(self, http: &mut HttpWebRequest) -> Result<(), Failure> {
        match self.older {
            false => http.set_if_modified_since(Some(self.time))?,
            true => http
                .headers_mut()?
                .set("If-Unmodified-Since", &fmt_http_date(self.time))?,
        }
        Ok(())
    }

    /// Whether the answer is unwanted, though the server has sent it.
    pub(crate) fn is_unwanted(self, response: &HttpWebResponse) -> bool {
        if response.status_code().as_u16() != 200 {
            return false;
        }
        let field = response.get_response_header("Last-Modified");
        match parse_http_date(&field) {
            Ok(time) => match self.older {
                true => time > self.time,
                false => time <= self.time,
            },
            Err(_) => false,
        }
    }
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// A date as HTTP has it, as `2020-01-02 03:04:05`, `20200102`, or `2 Jan 2020 03:04:05`; the time
/// of day may be missing, and is UTC.
fn date(text: &str) -> Option<SystemTime> {
    if let Ok(time) = parse_http_date(text) {
        return Some(time);
    }
    let text = text.trim().to_ascii_lowercase();
    let text = text
        .strip_suffix("gmt")
        .or_else(|| text.strip_suffix("utc"))
        .or_else(|| text.strip_suffix('z'))
        .unwrap_or(&text);
    let mut words: Vec<&str> = text
        .split([' ', 't'])
        .filter(|word| !word.is_empty())
        .collect();
    // A `t` also ends "sat" and begins "oct": those are dates of words, cut at blanks only.
    if words.len() > 2 {
        words = text.split_whitespace().collect();
    }
    let (day, time) = match &words[..] {
        [day] => (numeric_day(day)?, None),
        [day, time] => (numeric_day(day)?, Some(*time)),
        [day, month, year] => (word_day(day, month, year)?, None),
        [day, month, year, time] => (word_day(day, month, year)?, Some(*time)),
        _ => return None,
    };
    let seconds = day * 86_400 + time.map_or(Some(0), time_of_day)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn numeric_day(text: &str) -> Option<u64> {
    if let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] {
        return day_of(number(year, 4)?, number(month, 2)?, number(day, 2)?);
    }
    let all = number(text, 8).filter(|_| text.len() == 8)?;
    day_of(all / 10_000, all / 100 % 100, all % 100)
}

fn word_day(day: &str, month: &str, year: &str) -> Option<u64> {
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    day_of(number(year, 4)?, month, number(day, 2)?)
}

fn time_of_day(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes] => (hours, minutes, "0"),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let (hours, minutes, seconds) = (number(hours, 2)?, number(minutes, 2)?, number(seconds, 2)?);
    (hours < 24 && minutes < 60 && seconds <= 60).then_some(hours * 3_600 + minutes * 60 + seconds)
}

fn number(text: &str, longest: usize) -> Option<u64> {
    let plain = text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// Days from 1970-01-01 on (the Gregorian calendar, years from March on).
fn day_of(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(days - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_their_forms() {
        for (text, http) in [
            (
                "Thu, 02 Jan 2020 03:04:05 GMT",
                Some("Thu, 02 Jan 2020 03:04:05 GMT"),
            ),
            ("2020-01-02", Some("Thu, 02 Jan 2020 00:00:00 GMT")),
            ("2020-02-29 23:59:59", Some("Sat, 29 Feb 2020 23:59:59 GMT")),
            (
                "2020-03-01T00:00:00Z",
                Some("Sun, 01 Mar 2020 00:00:00 GMT"),
            ),
            ("20040911", Some("Sat, 11 Sep 2004 00:00:00 GMT")),
            (
                "12 Sep 2004 15:05:58 GMT",
                Some("Sun, 12 Sep 2004 15:05:58 GMT"),
            ),
            ("1 Oct 2030", Some("Tue, 01 Oct 2030 00:00:00 GMT")),
            ("1970-01-01 00:01", Some("Thu, 01 Jan 1970 00:01:00 GMT")),
            ("2021-02-29", None),
            ("2020-13-01", None),
            ("2020-01-02 24:00:00", None),
            ("1969-12-31", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(date(text).map(fmt_http_date).as_deref(), http, "{text}");
        }
    }
}
