//! What of an HTTP request needs a property of its own: ranges and dates are restricted headers,
//! and who answered is known afterwards.
//!
//! Read: RFC 9110 sections 5.6.7 (dates), 13.1.3 (If-Modified-Since), 14.2 (Range).

use std::time::{Duration, SystemTime};

use httpdate::{fmt_http_date, parse_http_date};
use system_net_primitives::Misuse;
use system_net_uri::Uri;

use super::request::HttpWebRequest;
use super::request_properties::is_token_byte;

/// Seconds from 1970 to the year 10000, where the form of a date ends.
const END_OF_DATES: Duration = Duration::from_secs(253_402_300_800);

impl HttpWebRequest {
    /// Asks for a part of the resource, in bytes: from `range` to the end, or the last ones if it
    /// is negative. A range that was added before stays; the server answers several in one
    /// multipart body.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: ranges of another unit than bytes were added, or the request
    /// was started.
    ///
    /// .NET: `System.Net.HttpWebRequest.AddRange`
    #[doc(alias = "HttpWebRequest.AddRange")]
    pub fn add_range(&mut self, range: i64) -> Result<(), Misuse> {
        self.add_range_with("bytes", range)
    }

    /// Asks for the bytes from the one to the other, the last one included.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: one is negative, or `from` is behind `to`. Else as for
    /// [`add_range`](Self::add_range).
    ///
    /// .NET: `System.Net.HttpWebRequest.AddRange`
    #[doc(alias = "HttpWebRequest.AddRange")]
    pub fn add_range_from_to(&mut self, from: i64, to: i64) -> Result<(), Misuse> {
        self.add_range_with_from_to("bytes", from, to)
    }

    /// [`add_range`](Self::add_range) in another unit than bytes.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: the unit is not a token. [`Misuse::InvalidOperation`]: ranges
    /// of another unit were added, or the request was started.
    ///
    /// .NET: `System.Net.HttpWebRequest.AddRange`
    #[doc(alias = "HttpWebRequest.AddRange")]
    pub fn add_range_with(&mut self, specifier: &str, range: i64) -> Result<(), Misuse> {
        check_specifier(specifier)?;
        // A negative number is its own sign: "-100" asks for the last hundred.
        let end = if range < 0 { "" } else { "-" };
        self.append_range(specifier, &format!("{range}{end}"))
    }

    /// [`add_range_from_to`](Self::add_range_from_to) in another unit than bytes.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: one is negative, or `from` is behind `to`. Else as for
    /// [`add_range_with`](Self::add_range_with).
    ///
    /// .NET: `System.Net.HttpWebRequest.AddRange`
    #[doc(alias = "HttpWebRequest.AddRange")]
    pub fn add_range_with_from_to(
        &mut self,
        specifier: &str,
        from: i64,
        to: i64,
    ) -> Result<(), Misuse> {
        if from < 0 || to < 0 {
            return Err(Misuse::out_of_range(
                "from, to",
                "a range has no negative ends",
            ));
        }
        if from > to {
            return Err(Misuse::out_of_range(
                "from",
                format!("{from} is behind the end, {to}"),
            ));
        }
        check_specifier(specifier)?;
        self.append_range(specifier, &format!("{from}-{to}"))
    }

    fn append_range(&mut self, specifier: &str, range: &str) -> Result<(), Misuse> {
        let headers = &mut self.unsent()?.headers;
        let value = match headers.get("Range").as_deref() {
            None | Some("") => format!("{specifier}={range}"),
            Some(before) => {
                let unit = before.split('=').next().unwrap_or_default();
                if !unit.eq_ignore_ascii_case(specifier) {
                    return Err(Misuse::invalid_operation(format!(
                        "the request asks for ranges of {unit}: it cannot ask for {specifier} too"
                    )));
                }
                format!("{before},{range}")
            }
        };
        headers.set_engine("Range", &value)
    }

    /// The time in the `If-Modified-Since` header; `None` (.NET: `DateTime.MinValue`): not sent.
    ///
    /// .NET: `System.Net.HttpWebRequest.IfModifiedSince`
    #[doc(alias = "HttpWebRequest.IfModifiedSince")]
    #[must_use]
    pub fn if_modified_since(&self) -> Option<SystemTime> {
        self.date_field("If-Modified-Since")
    }

    /// Asks for the resource only if it was changed after this time, in whole seconds; `None`
    /// removes the header. The answer to an unchanged one, 304, is an error with the status
    /// `ProtocolError`.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: before 1970 or after 9999. [`Misuse::InvalidOperation`]: the
    /// request was started.
    ///
    /// # Differences from .NET
    /// Times before 1970 are refused.
    pub fn set_if_modified_since(&mut self, time: Option<SystemTime>) -> Result<(), Misuse> {
        self.set_date_field("If-Modified-Since", time)
    }

    /// The time in the `Date` header; `None` (.NET: `DateTime.MinValue`): not sent.
    ///
    /// .NET: `System.Net.HttpWebRequest.Date`
    #[doc(alias = "HttpWebRequest.Date")]
    #[must_use]
    pub fn date(&self) -> Option<SystemTime> {
        self.date_field("Date")
    }

    /// Sets the time in the `Date` header, in whole seconds; `None` removes it.
    ///
    /// # Errors
    /// As for [`set_if_modified_since`](Self::set_if_modified_since).
    ///
    /// # Differences from .NET
    /// Times before 1970 are refused.
    pub fn set_date(&mut self, time: Option<SystemTime>) -> Result<(), Misuse> {
        self.set_date_field("Date", time)
    }

    fn date_field(&self, name: &str) -> Option<SystemTime> {
        parse_http_date(&self.properties.headers.get(name)?).ok()
    }

    fn set_date_field(&mut self, name: &str, time: Option<SystemTime>) -> Result<(), Misuse> {
        let headers = &mut self.unsent()?.headers;
        let Some(time) = time else {
            headers.remove_engine(name);
            return Ok(());
        };
        let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH);
        if !since_1970.is_ok_and(|passed| passed < END_OF_DATES) {
            return Err(Misuse::out_of_range(
                "value",
                "a date in a header is in the years from 1970 to 9999",
            ));
        }
        headers.set_engine(name, &fmt_http_date(time))
    }

    /// The address that answered, after redirects; before there is an answer, that of the request.
    ///
    /// .NET: `System.Net.HttpWebRequest.Address`
    #[doc(alias = "HttpWebRequest.Address")]
    #[must_use]
    pub fn address(&self) -> &Uri {
        self.answered_by().unwrap_or(&self.properties.uri)
    }

    /// Whether a response has come, one with a status of 400 and above included.
    ///
    /// .NET: `System.Net.HttpWebRequest.HaveResponse`
    #[doc(alias = "HttpWebRequest.HaveResponse")]
    #[must_use]
    pub fn have_response(&self) -> bool {
        self.answered_by().is_some()
    }

    fn answered_by(&self) -> Option<&Uri> {
        self.properties.outcome.get()?.answered_by.as_ref()
    }
}

fn check_specifier(specifier: &str) -> Result<(), Misuse> {
    if !specifier.is_empty() && specifier.bytes().all(is_token_byte) {
        return Ok(());
    }
    Err(Misuse::invalid_argument(
        "rangeSpecifier",
        format!("'{}' is not a unit of ranges", specifier.escape_debug()),
    ))
}
