//! The dates of cookies, and the days of the calendar. RFC 6265 section 5.1.1.

use std::time::{Duration, SystemTime};

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
}

/// Reads a date as browsers do: the words in any order, the first that looks like a time, a day, a
/// month or a year is it; zones and week days do not count.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for word in text
        .as_bytes()
        .split(|&byte| is_delimiter(byte))
        .filter(|word| !word.is_empty())
    {
        if time.is_none() {
            time = time_of_day(word);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = number(word, 1, 2);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = month_of(word);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = number(word, 2, 4);
        }
    }
    let (hour, minute, second) = time?;
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    Moment {
        year,
        month: month?,
        day: day?,
        hour,
        minute,
        second,
    }
    .to_time()
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2F | 0x3B..=0x40 | 0x5B..=0x60 | 0x7B..=0x7E)
}

/// A number of `least` to `most` digits at the beginning of a word; no digit may follow.
fn number(word: &[u8], least: usize, most: usize) -> Option<u32> {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(least..=most).contains(&digits) {
        return None;
    }
    let text = std::str::from_utf8(&word[..digits]).ok()?;
    text.parse().ok()
}

fn time_of_day(word: &[u8]) -> Option<(u32, u32, u32)> {
    let mut fields = word.splitn(3, |&byte| byte == b':');
    let whole = |field: &[u8]| {
        field
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| number(field, 1, 2))
            .flatten()
    };
    let hour = whole(fields.next()?)?;
    let minute = whole(fields.next()?)?;
    // What is behind the seconds does not count.
    let second = number(fields.next()?, 1, 2)?;
    Some((hour, minute, second))
}

fn month_of(word: &[u8]) -> Option<u32> {
    let beginning = word.get(..3)?;
    let at = MONTHS
        .iter()
        .position(|month| month.eq_ignore_ascii_case(beginning))?;
    u32::try_from(at + 1).ok()
}

impl Moment {
    /// `None` for what is no moment, such as 31 February, and for years before 1601.
    pub(crate) fn to_time(self) -> Option<SystemTime> {
        let leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let length = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if !(1601..=9999).contains(&self.year)
            || !(1..=length).contains(&self.day)
            || self.hour > 23
            || self.minute > 59
            || self.second > 59
        {
            return None;
        }
        let seconds = i64::from(self.hour * 3600 + self.minute * 60 + self.second);
        from_unix(self.days() * 86_400 + seconds)
    }

    /// The moment of a time; `None` before 1970, which nothing of ours writes, and for days that
    /// have no number here.
    pub(crate) fn of(time: SystemTime) -> Option<Self> {
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let of_day = u32::try_from(seconds % 86_400).ok()?;
        // Days counted from 1 March of the year 0: leap days then end years.
        let days = u32::try_from(seconds / 86_400).ok()?.checked_add(719_468)?;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Some(Self {
            year: year_of_era + era * 400 + u32::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        })
    }

    /// Days since 1 January 1970.
    fn days(self) -> i64 {
        let year = self.year - u32::from(self.month <= 2);
        let (era, year_of_era) = (year / 400, year % 400);
        let from_march = (self.month + 9) % 12;
        let day_of_year = (153 * from_march + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        i64::from(era * 146_097 + day_of_era) - 719_468
    }
}

/// The time that many seconds from 1970 on.
pub(super) fn from_unix(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: impl Into<Option<i64>>) {
        assert_eq!(parse(text), seconds.into().and_then(from_unix), "{text}");
    }

    #[test]
    fn cookie_dates_of_every_form() {
        check("Wed, 09 Jun 2021 10:18:14 GMT", 1_623_233_894);
        check("Wednesday, 09-Jun-21 10:18:14 GMT", 1_623_233_894);
        check("Wed Jun  9 10:18:14 2021", 1_623_233_894);
        check("2021 jun 9 10:18:14 whatever", 1_623_233_894);
        check("10:18:14 09 JUNE 2021", 1_623_233_894);
        check("09 Jun 2021 10:18:14x", 1_623_233_894);
        check("Thu, 01 Jan 1970 00:00:00 GMT", 0);
        check("Mon, 01 Jan 1601 00:00:00 GMT", -11_644_473_600);
        check("01 Jan 69 00:00:00", 3_124_224_000);
        check("29 Feb 2000 23:59:59", 951_868_799);
        check("31 Dec 9999 23:59:59", 253_402_300_799);
    }

    #[test]
    fn cookie_dates_that_are_none() {
        for text in [
            "",
            "0",
            "-1",
            "Session",
            "09 Jun 2021",
            "10:18:14 Jun 2021",
            "10:18:14 09 2021",
            "10:18:14 09 Jun",
            "24:00:00 09 Jun 2021",
            "10:60:00 09 Jun 2021",
            "10:18:60 09 Jun 2021",
            "10:18:14 31 Feb 2021",
            "10:18:14 29 Feb 1900",
            "10:18:14 00 Jun 2021",
            "10:18:14 09 Jun 1600",
            "10:18:14 09 Jun 20211",
            "110:18:14 09 Jun 2021",
            "10:18 09 Jun 2021",
            "2021-06-09T10:18:14Z",
            "\u{e4}\u{e4}\u{e4} \u{4e2d}",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn moments_there_and_back() {
        // Every 997 minutes of 140 years.
        for minutes in (0..140 * 366 * 1440).step_by(997) {
            let time = from_unix(minutes * 60 + 59).unwrap();
            assert_eq!(Moment::of(time).unwrap().to_time(), Some(time));
        }
        assert_eq!(Moment::of(from_unix(-1).unwrap()), None);
    }
}
