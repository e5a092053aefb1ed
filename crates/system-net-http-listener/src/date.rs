//! The fields the listener writes itself, made once per second.
//!
//! Read: RFC 9110 section 5.6.7 (IMF-fixdate).

use std::time::{Duration, Instant, SystemTime};

use system_net_http_proto::{PreparedHeaders, PreparedResponse};
use system_net_primitives::{Clock, WebHeaderCollection};

/// The length of `Sun, 06 Nov 1994 08:49:37 GMT`.
const LENGTH: usize = 29;

/// `Server`, if there is one, and `Date`, as of the current second; also the whole head of the
/// program's last response, if its responses have the same head again and again.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnFields {
    alone: Prepared<PreparedHeaders>,
    whole: Prepared<PreparedResponse>,
    /// The last response that is worth to be remembered; 0: there is none.
    status: u16,
    reason: String,
    fields: WebHeaderCollection,
}

/// What is right for a second.
#[derive(Clone, Debug, Default)]
struct Prepared<T> {
    /// From when to when; `None` if there is nothing yet.
    valid: Option<(Instant, Instant)>,
    it: T,
}

/// More fields than these are not remembered for each connection.
const REMEMBERED: usize = 16;
const REMEMBERED_BYTES: usize = 1024;

impl OwnFields {
    /// Whether the last response had the same head, so that [`whole`](Self::whole) is it, but for the
    /// length of the body.
    #[inline]
    pub(crate) fn is_repeated(
        &self,
        status: u16,
        reason: &str,
        fields: &WebHeaderCollection,
    ) -> bool {
        status == self.status && self.fields.is_copy(fields) && reason == self.reason
    }

    /// Takes note of the head of a response that is not repeated.
    pub(crate) fn remember(&mut self, status: u16, reason: &str, fields: &WebHeaderCollection) {
        self.whole.valid = None;
        self.status = 0;
        if fields.len() <= REMEMBERED
            && fields.memory() + reason.len() <= REMEMBERED_BYTES
            && !fields.contains("Connection")
        {
            self.status = status;
            self.reason.clear();
            self.reason.push_str(reason);
            self.fields.copy_from(fields);
        }
    }

    /// The lines for `now`, the current moment of the clock.
    #[inline]
    pub(crate) fn alone(
        &mut self,
        now: Instant,
        clock: &dyn Clock,
        server: Option<&str>,
    ) -> &PreparedHeaders {
        if !self.alone.is_valid(now) {
            self.alone.renew(now, clock, |date| {
                PreparedHeaders::new(own(server, date)).unwrap_or_default()
            });
        }
        &self.alone.it
    }

    /// The repeated head for `now`.
    #[inline]
    pub(crate) fn whole(
        &mut self,
        now: Instant,
        clock: &dyn Clock,
        server: Option<&str>,
    ) -> &mut PreparedResponse {
        if !self.whole.is_valid(now) {
            let (status, reason, fields) = (self.status, &*self.reason, &self.fields);
            // The head was written before, and `Server` was checked when it was set; where there can
            // be no body nothing is prepared.
            self.whole.renew(now, clock, |date| {
                let fields = fields.iter_bytes().chain(own(server, date));
                PreparedResponse::new(status, reason, fields).unwrap_or_default()
            });
        }
        &mut self.whole.it
    }
}

impl<T> Prepared<T> {
    #[inline]
    fn is_valid(&self, now: Instant) -> bool {
        self.valid.is_some_and(|(from, to)| from <= now && now < to)
    }

    #[cold]
    fn renew(&mut self, now: Instant, clock: &dyn Clock, make: impl FnOnce(&[u8]) -> T) {
        let time = since_1970(clock.utc_now());
        let left = Duration::from_secs(1) - Duration::from_nanos(time.subsec_nanos().into());
        self.valid = Some((now, now + left));
        self.it = make(&imf_fixdate(time.as_secs()));
    }
}

fn own<'a>(server: Option<&'a str>, date: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let server = server.map(|server| (&b"Server"[..], server.as_bytes()));
    server.into_iter().chain([(&b"Date"[..], date)])
}

/// The text for a moment.
pub(crate) fn date(now: SystemTime) -> [u8; LENGTH] {
    imf_fixdate(since_1970(now).as_secs())
}

/// A moment before 1970 counts as its beginning.
fn since_1970(now: SystemTime) -> Duration {
    now.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
}

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
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
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
    use system_net_primitives::FakeClock;

    use super::*;

    #[test]
    fn imf_fixdates() {
        #[track_caller]
        fn check(second: u64, text: &str) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            assert_eq!(date(now), text.as_bytes());
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
    fn own_fields_follow_the_clock() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000_000_900);
        let clock = FakeClock::starting_at(start);
        let mut own = OwnFields::default();
        let mut text = |server| {
            let lines = own.alone(clock.now(), &clock, server);
            String::from_utf8(lines.as_bytes().to_vec()).unwrap()
        };
        let before = "Date: Sun, 09 Sep 2001 01:46:40 GMT\r\n";
        assert_eq!(text(None), before);
        clock.advance(Duration::from_millis(99));
        assert_eq!(text(None), before);
        clock.advance(Duration::from_millis(1));
        assert_eq!(
            text(Some("x")),
            "Server: x\r\nDate: Sun, 09 Sep 2001 01:46:41 GMT\r\n"
        );
        // Set back by hand: seen within a second.
        clock.set_utc_now(SystemTime::UNIX_EPOCH - Duration::from_secs(9));
        clock.advance(Duration::from_secs(1));
        assert_eq!(text(None), "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
    }

    #[test]
    fn repeated_heads_are_known() {
        let mut own = OwnFields::default();
        #[track_caller]
        fn check(own: &mut OwnFields, (status, reason): (u16, &str), field: &str, known: bool) {
            let mut fields = WebHeaderCollection::new();
            fields.add_line(field).unwrap();
            assert_eq!(own.is_repeated(status, reason, &fields), known, "{field}");
            own.remember(status, reason, &fields);
        }
        let ok = (200, "OK");
        check(&mut own, ok, "A: 1", false);
        check(&mut own, ok, "A: 1", true);
        check(&mut own, ok, "A: 2", false);
        check(&mut own, (201, "OK"), "A: 2", false);
        check(&mut own, (201, "Ok"), "A: 2", false);
        check(&mut own, (201, "Ok"), "A: 2", true);
        check(&mut own, (201, "Ok"), "a: 2", false);
        check(&mut own, ok, "Connection: x", false);
        check(&mut own, ok, "Connection: x", false);
        let long = format!("A: {}", "x".repeat(REMEMBERED_BYTES));
        check(&mut own, ok, &long, false);
        check(&mut own, ok, &long, false);
        let none = WebHeaderCollection::new();
        own.remember(200, "OK", &none);
        assert!(own.is_repeated(200, "OK", &none));
    }
}
