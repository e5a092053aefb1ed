//! The Date header, written once per second.
//!
//! Read: RFC 9110 section 5.6.7 (IMF-fixdate).

use std::time::{Duration, SystemTime};

/// The length of `Sun, 06 Nov 1994 08:49:37 GMT`.
const LENGTH: usize = 29;

/// The text of the last second somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct DateText {
    second: u64,
    text: [u8; LENGTH],
}

impl DateText {
    pub(crate) fn new() -> Self {
        Self {
            second: 0,
            text: imf_fixdate(0),
        }
    }

    /// The text for a moment; one before 1970 counts as its first second.
    #[inline]
    pub(crate) fn at(&mut self, now: SystemTime) -> &[u8] {
        let second = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
            .as_secs();
        if second != self.second {
            self.second = second;
            self.text = imf_fixdate(second);
        }
        &self.text
    }
}

#[cold]
fn imf_fixdate(second: u64) -> [u8; LENGTH] {
    const DAYS: [&[u8; 3]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
    const MONTHS: [&[u8; 3]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let days = second / 86_400;
    let (year, month, day) = civil(days);
    let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    text[..3].copy_from_slice(DAYS[(days % 7) as usize]);
    two_digits(&mut text[5..], day);
    text[8..11].copy_from_slice(MONTHS[(month - 1) as usize]);
    two_digits(&mut text[12..], year / 100 % 100);
    two_digits(&mut text[14..], year % 100);
    two_digits(&mut text[17..], second / 3600 % 24);
    two_digits(&mut text[20..], second / 60 % 60);
    two_digits(&mut text[23..], second % 60);
    text
}

fn two_digits(to: &mut [u8], number: u64) {
    to[0] = b'0' + (number / 10 % 10) as u8;
    to[1] = b'0' + (number % 10) as u8;
}

/// Year, month and day of the Gregorian calendar, from the days since 1970-01-01. Counts in eras
/// of 400 years that begin on 1 March, so that the leap day is the last of its year.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imf_fixdates() {
        #[track_caller]
        fn check(second: u64, text: &str) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            assert_eq!(DateText::new().at(now), text.as_bytes());
        }
        check(0, "Thu, 01 Jan 1970 00:00:00 GMT");
        check(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT");
        check(951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT");
        check(951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT");
        check(951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT");
        check(1_262_304_000, "Fri, 01 Jan 2010 00:00:00 GMT");
        check(4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT");
        check(4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT");
    }

    #[test]
    fn a_date_follows_the_clock() {
        let mut date = DateText::new();
        let start = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000_000_900);
        assert_eq!(date.at(start), b"Sun, 09 Sep 2001 01:46:40 GMT");
        let next = start + Duration::from_millis(200);
        assert_eq!(date.at(next), b"Sun, 09 Sep 2001 01:46:41 GMT");
        assert_eq!(date.at(start), b"Sun, 09 Sep 2001 01:46:40 GMT");
    }
}
