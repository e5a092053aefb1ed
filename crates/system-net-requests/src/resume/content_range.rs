//! The `Content-Range` field.

/// RFC 9110 section 14.4: which bytes of how many a response has; of a 416 only how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// The first and the last byte.
    pub(crate) bytes: Option<(u64, u64)>,
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    /// `None` for another unit, and for what contradicts itself.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (unit, range) = value.trim().split_once(' ')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (bytes, total) = range.trim().split_once('/')?;
        let total = match total {
            "*" => None,
            digits => Some(number(digits)?),
        };
        if bytes == "*" {
            // "bytes */*" says nothing.
            total?;
            return Some(Self { bytes: None, total });
        }
        let (first, last) = bytes.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let in_total = total.is_none_or(|total| last < total);
        (first <= last && in_total).then_some(Self {
            bytes: Some((first, last)),
            total,
        })
    }
}

fn number(digits: &str) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        let range = |first, last, total| Some((Some((first, last)), total));
        for (value, expected) in [
            ("bytes 0-0/1", range(0, 0, Some(1))),
            ("bytes 42-1233/1234", range(42, 1233, Some(1234))),
            ("Bytes 42-1233/*", range(42, 1233, None)),
            ("bytes */1234", Some((None, Some(1234)))),
            ("bytes */*", None),
            ("bytes 5-4/10", None),
            ("bytes 5-10/10", None),
            ("bytes 5-/10", None),
            ("bytes -5/10", None),
            ("bytes +1-2/10", None),
            ("bytes 0-18446744073709551616/*", None),
            ("bytes=0-1/2", None),
            ("items 0-1/2", None),
            ("bytes 0-1", None),
            ("", None),
        ] {
            let parsed = ContentRange::parse(value).map(|range| (range.bytes, range.total));
            assert_eq!(parsed, expected, "{value}");
        }
    }
}
