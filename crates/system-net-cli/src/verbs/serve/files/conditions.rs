//! Whether a request wants what there is, by the version that it names. No input or output.
//!
//! Read: RFC 9110 sections 8.8 (validators), 13.1 (the fields) and 13.2 (their order).

use std::time::{Duration, SystemTime};

use httpdate::{fmt_http_date, parse_http_date};

/// The version of what would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// With its quotes; always a strong one.
    pub(super) tag: String,
    pub(super) modified: Option<SystemTime>,
}

/// The fields of a request that ask for a version, or for parts of one. Several fields of a name are one
/// with commas between.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) if_match: Option<&'a str>,
    pub(super) if_none_match: Option<&'a str>,
    pub(super) if_modified_since: Option<&'a str>,
    pub(super) if_unmodified_since: Option<&'a str>,
    pub(super) if_range: Option<&'a str>,
    pub(super) range: Option<&'a str>,
}

/// What comes of the conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict<'a> {
    /// All of it is sent.
    Whole,
    /// These parts are asked for.
    Parts(&'a str),
    /// 304.
    NotModified,
    /// 412.
    Failed,
}

impl Version {
    /// The value of `Last-Modified`.
    pub(super) fn last_modified(&self) -> Option<String> {
        self.modified.map(fmt_http_date)
    }
}

/// RFC 9110 section 13.2.2, step by step, for GET and HEAD.
pub(super) fn decide<'a>(
    asked: &Asked<'a>,
    version: &Version,
    is_get: bool,
    now: SystemTime,
) -> Verdict<'a> {
    if let Some(tags) = asked.if_match {
        if !names(tags, &version.tag, Comparison::Strong) {
            return Verdict::Failed;
        }
    } else if let Some(since) = asked.if_unmodified_since.and_then(date)
        && version
            .modified
            .is_some_and(|modified| is_after(modified, since))
    {
        return Verdict::Failed;
    }
    if let Some(tags) = asked.if_none_match {
        if names(tags, &version.tag, Comparison::Weak) {
            return Verdict::NotModified;
        }
    } else if let Some(since) = asked.if_modified_since.and_then(date)
        && version
            .modified
            .is_some_and(|modified| !is_after(modified, since))
    {
        return Verdict::NotModified;
    }
    match asked.range {
        Some(range) if is_get && asked.if_range.is_none_or(|of| is_of(of, version, now)) => {
            Verdict::Parts(range)
        }
        _ => Verdict::Whole,
    }
}

/// Dates of HTTP have whole seconds.
fn is_after(modified: SystemTime, since: SystemTime) -> bool {
    let seconds = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or(Duration::ZERO).as_secs()
    };
    seconds(modified) > seconds(since)
}

/// A field with another value than a date counts as not sent.
fn date(value: &str) -> Option<SystemTime> {
    parse_http_date(value.trim()).ok()
}

/// RFC 9110 section 13.1.5: the tag, strongly compared; or the very date, if that is a strong validator:
/// what was changed in the second in which it is asked for may be changed again in it.
fn is_of(value: &str, version: &Version, now: SystemTime) -> bool {
    let value = value.trim();
    if value.contains('"') {
        return value == version.tag;
    }
    let (Some(modified), Some(date)) = (version.modified, date(value)) else {
        return false;
    };
    let same = !is_after(modified, date) && !is_after(date, modified);
    same && is_after(now, modified)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// Whether a list of tags names this one. A list that is broken names none from there on.
fn names(list: &str, tag: &str, comparison: Comparison) -> bool {
    let mut rest = list.trim();
    if rest == "*" {
        return true;
    }
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let end = quoted.strip_prefix('"').and_then(|text| text.find('"'));
        let Some(end) = end else { return false };
        let (one, behind) = quoted.split_at(end + 2);
        if one == tag && (comparison == Comparison::Weak || !weak) {
            return true;
        }
        rest = behind.trim_start_matches([' ', '\t']);
        if !rest.starts_with(',') {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn version() -> Version {
        Version {
            tag: "\"v1\"".to_owned(),
            // Not a whole second, as files have it.
            modified: Some(date(AT).unwrap() + Duration::from_millis(300)),
        }
    }

    #[track_caller]
    fn check(fields: &[(&str, &'static str)], expected: Verdict<'_>) {
        let field = |name: &str| fields.iter().find(|(own, _)| *own == name).map(|(_, v)| *v);
        let asked = Asked {
            if_match: field("if-match"),
            if_none_match: field("if-none-match"),
            if_modified_since: field("if-modified-since"),
            if_unmodified_since: field("if-unmodified-since"),
            if_range: field("if-range"),
            range: field("range"),
        };
        let later = date(AT).unwrap() + Duration::from_secs(60);
        assert_eq!(
            decide(&asked, &version(), true, later),
            expected,
            "{fields:?}"
        );
        // HEAD knows no parts.
        let of_head = match expected {
            Verdict::Parts(_) => Verdict::Whole,
            other => other,
        };
        assert_eq!(
            decide(&asked, &version(), false, later),
            of_head,
            "{fields:?}"
        );
    }

    #[test]
    fn conditions_in_their_order() {
        use Verdict::{Failed, NotModified, Parts, Whole};
        check(&[], Whole);
        // One by one.
        check(&[("if-match", "\"v1\"")], Whole);
        check(&[("if-match", "*")], Whole);
        check(&[("if-match", "\"v2\"")], Failed);
        check(&[("if-match", "W/\"v1\"")], Failed);
        check(&[("if-match", "\"v0\" , W/\"v1\",\"v1\"")], Whole);
        check(&[("if-match", "v1")], Failed);
        check(&[("if-match", "")], Failed);
        check(&[("if-none-match", "\"v1\"")], NotModified);
        check(&[("if-none-match", "W/\"v1\"")], NotModified);
        check(&[("if-none-match", "*")], NotModified);
        check(&[("if-none-match", "\"v2\", \"a,b\", \"v1\"")], NotModified);
        check(&[("if-none-match", "\"v2\"")], Whole);
        check(&[("if-none-match", "\"v2\" \"v1\"")], Whole);
        check(&[("if-none-match", "\"v1")], Whole);
        check(&[("if-modified-since", BEFORE)], Whole);
        check(&[("if-modified-since", AT)], NotModified);
        check(&[("if-modified-since", AFTER)], NotModified);
        check(&[("if-modified-since", "yesterday")], Whole);
        check(
            &[("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")],
            NotModified,
        );
        check(&[("if-unmodified-since", BEFORE)], Failed);
        check(&[("if-unmodified-since", AT)], Whole);
        check(&[("if-unmodified-since", "yesterday")], Whole);
        // Tags go before dates.
        check(
            &[("if-match", "\"v1\""), ("if-unmodified-since", BEFORE)],
            Whole,
        );
        check(
            &[("if-match", "\"v2\""), ("if-unmodified-since", AT)],
            Failed,
        );
        check(
            &[("if-none-match", "\"v2\""), ("if-modified-since", AT)],
            Whole,
        );
        check(
            &[("if-none-match", "\"v1\""), ("if-modified-since", BEFORE)],
            NotModified,
        );
        // What must hold goes before what may spare the answer.
        check(
            &[("if-match", "\"v2\""), ("if-none-match", "\"v1\"")],
            Failed,
        );
        check(
            &[("if-match", "\"v1\""), ("if-none-match", "\"v1\"")],
            NotModified,
        );
        check(
            &[("if-unmodified-since", BEFORE), ("if-none-match", "\"v1\"")],
            Failed,
        );
        // Parts.
        let range = ("range", "bytes=0-1");
        let parts = Parts("bytes=0-1");
        check(&[range], parts);
        check(&[range, ("if-none-match", "\"v1\"")], NotModified);
        check(&[range, ("if-match", "\"v2\"")], Failed);
        check(&[range, ("if-range", "\"v1\"")], parts);
        check(&[range, ("if-range", "\"v2\"")], Whole);
        check(&[range, ("if-range", "W/\"v1\"")], Whole);
        check(&[range, ("if-range", AT)], parts);
        check(&[range, ("if-range", BEFORE)], Whole);
        check(&[range, ("if-range", AFTER)], Whole);
        check(&[range, ("if-range", "v1")], Whole);
        check(&[("if-range", "\"v1\"")], Whole);
    }

    /// A date that is not older than the answer says nothing certain.
    #[test]
    fn a_fresh_date_is_weak() {
        let asked = Asked {
            range: Some("bytes=0-1"),
            if_range: Some(AT),
            ..Asked::default()
        };
        let at = date(AT).unwrap();
        let soon = at + Duration::from_millis(900);
        assert_eq!(decide(&asked, &version(), true, soon), Verdict::Whole);
        let later = at + Duration::from_secs(1);
        let parts = Verdict::Parts("bytes=0-1");
        assert_eq!(decide(&asked, &version(), true, later), parts);
    }
}
