//! What is known of a part: which resource it is of, and how the server tells its versions apart.

use std::time::Duration;

use httpdate::parse_http_date;
use sha2::{Digest, Sha256};
use system_net_primitives::WebHeaderCollection;

use super::Checksum;

/// What tells two versions of a resource apart, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Validator {
    /// As the field has it, quotes included.
    ETag(String),
    /// As the field has it.
    LastModified(String),
}

impl Validator {
    /// The one that `If-Range` may have; `None` if there is only a weak one.
    pub(crate) fn of(headers: &WebHeaderCollection) -> Option<Self> {
        // RFC 9110 section 13.1.5: "MUST NOT generate an If-Range header field containing an entity
        // tag that is marked as weak".
        if let Some(tag) = headers.get("ETag").as_deref().and_then(strong_tag) {
            return Some(Self::ETag(tag.to_owned()));
        }
        // The same for dates: section 8.8.2.2, one is strong if the response was made at least one
        // second after it.
        let modified = headers.get("Last-Modified")?;
        let date = parse_http_date(&headers.get("Date")?).ok()?;
        let passed = date.duration_since(parse_http_date(&modified).ok()?).ok()?;
        (passed >= Duration::from_secs(1)).then(|| Self::LastModified(modified.into_owned()))
    }

    /// What `If-Range` says.
    pub(crate) fn field(&self) -> &str {
        match self {
            Self::ETag(tag) => tag,
            Self::LastModified(date) => date,
        }
    }

    /// Whether a 206 is of another version: it has the same kind of validator with another value.
    pub(crate) fn contradicts(&self, headers: &WebHeaderCollection) -> bool {
        let (name, own) = match self {
            Self::ETag(tag) => ("ETag", tag),
            Self::LastModified(date) => ("Last-Modified", date),
        };
        headers.get(name).is_some_and(|other| other.trim() != own)
    }
}

/// `"..."`, without quotes or controls inside.
fn strong_tag(value: &str) -> Option<&str> {
    let tag = value.trim();
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    let valid = |c: char| c == '!' || ('#'..='~').contains(&c) || c >= '\u{80}';
    inner.chars().all(valid).then_some(tag)
}

/// What stands in the file beside the part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) validator: Validator,
    /// How long the whole is, if that was told.
    pub(crate) total: Option<u64>,
    /// What the whole comes to, if that was told.
    pub(crate) checksum: Option<Checksum>,
}

const FIRST_LINE: &str = "system-net part 1";

impl Record {
    pub(crate) fn write(&self, address: &str) -> String {
        let mut text = format!("{FIRST_LINE}\nof {}\n", address_mark(address));
        text += &match &self.validator {
            Validator::ETag(tag) => format!("etag {tag}\n"),
            Validator::LastModified(date) => format!("last-modified {date}\n"),
        };
        if let Some(total) = self.total {
            text += &format!("total {total}\n");
        }
        if let Some(checksum) = &self.checksum {
            text += &format!("checksum {checksum}\n");
        }
        text + "end\n"
    }

    /// `None`: damaged, unfinished, or of another address.
    pub(crate) fn read(text: &str, address: &str) -> Option<Self> {
        let mut lines = text.strip_suffix("\nend\n")?.lines();
        if lines.next()? != FIRST_LINE || lines.next()? != format!("of {}", address_mark(address)) {
            return None;
        }
        let (mut validator, mut total, mut checksum) = (None, None, None);
        for line in lines {
            match line.split_once(' ')? {
                ("etag", tag) => validator = Some(Validator::ETag(strong_tag(tag)?.to_owned())),
                ("last-modified", date) => {
                    parse_http_date(date).ok()?;
                    validator = Some(Validator::LastModified(date.to_owned()));
                }
                ("total", digits) => total = Some(digits.parse().ok()?),
                ("checksum", value) => checksum = Some(value.parse().ok()?),
                _ => return None,
            }
        }
        Some(Self {
            validator: validator?,
            total,
            checksum,
        })
    }
}

/// An address may hold secrets; the file needs only to know it again.
fn address_mark(address: &str) -> String {
    let digest = Sha256::digest(address.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> WebHeaderCollection {
        let mut headers = WebHeaderCollection::new();
        for (name, value) in fields {
            headers.add(name, value).unwrap();
        }
        headers
    }

    const EARLY: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[test]
    fn validators() {
        let tag = |text: &str| Some(Validator::ETag(text.to_owned()));
        let date = Some(Validator::LastModified(EARLY.to_owned()));
        for (fields, expected) in [
            (&[("ETag", "\"a\"")][..], tag("\"a\"")),
            (&[("ETag", "\"\"")], tag("\"\"")),
            (&[("ETag", "W/\"a\"")], None),
            (&[("ETag", "a")], None),
            (&[("ETag", "\"a\"b\"")], None),
            (
                &[("ETag", "\"a\""), ("Last-Modified", EARLY), ("Date", LATER)],
                tag("\"a\""),
            ),
            (
                &[
                    ("ETag", "W/\"a\""),
                    ("Last-Modified", EARLY),
                    ("Date", LATER),
                ],
                date.clone(),
            ),
            (&[("Last-Modified", EARLY), ("Date", LATER)], date.clone()),
            // The same second: it may have changed after the response was made.
            (&[("Last-Modified", EARLY), ("Date", EARLY)], None),
            (&[("Last-Modified", LATER), ("Date", EARLY)], None),
            (&[("Last-Modified", EARLY)], None),
            (&[("Last-Modified", "yesterday"), ("Date", LATER)], None),
        ] {
            assert_eq!(Validator::of(&headers(fields)), expected, "{fields:?}");
        }
        let own = Validator::ETag("\"a\"".into());
        assert!(own.contradicts(&headers(&[("ETag", "\"b\"")])));
        assert!(!own.contradicts(&headers(&[("ETag", "\"a\"")])));
        assert!(!own.contradicts(&headers(&[("Last-Modified", EARLY)])));
    }

    #[test]
    fn records_are_read_as_written() {
        let checksum = "md5:900150983cd24fb0d6963f7d28e17f72".parse().unwrap();
        for record in [
            Record {
                validator: Validator::ETag("\"a-b\"".into()),
                total: Some(7),
                checksum: Some(checksum),
            },
            Record {
                validator: Validator::LastModified(EARLY.into()),
                total: None,
                checksum: None,
            },
        ] {
            let address = "http://user:secret@h/?token=t";
            let text = record.write(address);
            assert!(
                !text.contains("secret") && !text.contains("token"),
                "{text}"
            );
            assert_eq!(Record::read(&text, address), Some(record.clone()));
            assert_eq!(Record::read(&text, "http://h/other"), None);
            // Cut anywhere it is none.
            for end in 0..text.len() {
                assert_eq!(Record::read(&text[..end], address), None, "{end}");
            }
        }
    }
}
