//! What is known of a part: which resource it is of, and how the server tells its versions apart.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use httpdate::parse_http_date;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use system_net_primitives::WebHeaderCollection;

use super::Checksum;

/// What tells two versions of a resource apart, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Validator {
    /// As the field has it, quotes included.
    ETag(String),
    /// As the field has it.
    LastModified(String),
}

impl Validator {
    /// The one that `If-Range` may have; `None` if there is only a weak one.
    pub(super) fn of(headers: &WebHeaderCollection) -> Option<Self> {
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
    fn field(&self) -> &str {
        match self {
            Self::ETag(tag) => tag,
            Self::LastModified(date) => date,
        }
    }

    /// Whether a 206 is of another version: it has the same kind of validator with another value.
    fn contradicts(&self, headers: &WebHeaderCollection) -> bool {
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

/// What is known of a part of a download: which version of the resource it is of, how long the whole
/// is, and what it comes to. It stands in a note beside the part, and lets a later download go on
/// with the same version and no other.
///
/// [`WebClient::download_file_resumed`](crate::WebClient::download_file_resumed) keeps such notes by
/// itself; a program that writes parts its own way uses this:
///
/// ```
/// use std::path::Path;
/// use system_net_requests::{HttpWebRequest, PartialDownload, WebError};
///
/// /// Asks for what is missing of a file, and only of the version that it is of.
/// fn ask_for_rest(request: &mut HttpWebRequest, part: &Path, length: u64) -> Result<(), WebError> {
///     let address = request.request_uri().absolute_uri().to_owned();
///     if let Some(known) = PartialDownload::load(part, &address) {
///         request.add_range(i64::try_from(length).unwrap_or(i64::MAX))?;
///         request.headers_mut()?.set("If-Range", known.if_range())?;
///     }
///     Ok(())
/// }
/// ```
///
/// # Differences from .NET
/// .NET has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialDownload {
    validator: Validator,
    total: Option<u64>,
    checksum: Option<Checksum>,
}

const FIRST_LINE: &str = "system-net part 1";

/// A note is a few lines; what is longer is none.
const LIMIT: u64 = 16 * 1024;

impl PartialDownload {
    /// What the headers of a whole response (200) say of what follows them. `None`: they have no
    /// strong validator (an `ETag` that is not weak, or a `Last-Modified` a second before `Date`),
    /// so that nothing can go on with it.
    #[must_use]
    pub fn of(headers: &WebHeaderCollection, content_length: Option<u64>) -> Option<Self> {
        Some(Self {
            validator: Validator::of(headers)?,
            total: content_length,
            checksum: Checksum::of_fields(headers, true),
        })
    }

    /// Reads the note beside a part. `None`: there is none, it is damaged, or the part is of another
    /// address.
    #[must_use]
    pub fn load(part: &Path, address: &str) -> Option<Self> {
        let mut options = OpenOptions::new();
        let file = safely(options.read(true)).open(note_of(part)).ok()?;
        let mut text = String::new();
        file.take(LIMIT).read_to_string(&mut text).ok()?;
        Self::read(&text, address)
    }

    /// Writes the note beside a part, before the first byte of that: a part without one is worth
    /// nothing. The address, which may hold secrets, is in it as a hash alone.
    ///
    /// # Errors
    /// What the system says; also if a link stands in its place, which is not followed.
    pub fn save(&self, part: &Path, address: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        let mut file = safely(&mut options).open(note_of(part))?;
        file.write_all(self.write(address).as_bytes())
    }

    /// Takes the note beside a part away, if there is one: the part is whole, or nobody knows of
    /// what it is.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(part: &Path) -> io::Result<()> {
        remove(&note_of(part))
    }

    /// What `If-Range` says, for the server to send the rest of this version alone.
    #[must_use]
    pub fn if_range(&self) -> &str {
        self.validator.field()
    }

    /// How long the whole is, in bytes; `None` if that was not told.
    #[must_use]
    pub fn total_length(&self) -> Option<u64> {
        self.total
    }

    /// What the whole comes to; `None` if that was not told.
    #[must_use]
    pub fn checksum(&self) -> Option<&Checksum> {
        self.checksum.as_ref()
    }

    /// Whether a 206 with these headers is of another version: it has the same kind of validator
    /// with another value (RFC 9110 section 15.3.7.3).
    #[must_use]
    pub fn is_contradicted_by(&self, headers: &WebHeaderCollection) -> bool {
        self.validator.contradicts(headers)
    }

    fn write(&self, address: &str) -> String {
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
    pub(super) fn read(text: &str, address: &str) -> Option<Self> {
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

/// Where the note of a part is: `.NAME.resume` beside it.
fn note_of(part: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(part.file_name().unwrap_or_default());
    name.push(".resume");
    part.with_file_name(name)
}

/// The names are known beforehand: no link that somebody put there is followed.
pub(super) fn safely(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
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
    fn notes_stand_beside_their_parts() {
        for (part, note) in [("a/f", "a/.f.resume"), ("f.part", ".f.part.resume")] {
            assert_eq!(note_of(Path::new(part)), Path::new(note));
        }
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("f");
        let known = PartialDownload::of(&headers(&[("ETag", "\"a\"")]), Some(7)).unwrap();
        known.save(&part, "http://h/").unwrap();
        assert_eq!(PartialDownload::load(&part, "http://h/"), Some(known));
        assert_eq!(PartialDownload::load(&part, "http://h/x"), None);
        PartialDownload::remove(&part).unwrap();
        PartialDownload::remove(&part).unwrap();
        assert_eq!(PartialDownload::load(&part, "http://h/"), None);
        // A link in its place leads nowhere.
        let victim = folder.path().join("victim");
        std::os::unix::fs::symlink(&victim, note_of(&part)).unwrap();
        let known = PartialDownload::of(&headers(&[("ETag", "\"a\"")]), None).unwrap();
        known.save(&part, "http://h/").unwrap_err();
        assert!(!victim.exists());
    }

    #[test]
    fn records_are_read_as_written() {
        let checksum = "md5:900150983cd24fb0d6963f7d28e17f72".parse().unwrap();
        for record in [
            PartialDownload {
                validator: Validator::ETag("\"a-b\"".into()),
                total: Some(7),
                checksum: Some(checksum),
            },
            PartialDownload {
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
            assert_eq!(PartialDownload::read(&text, address), Some(record.clone()));
            assert_eq!(PartialDownload::read(&text, "http://h/other"), None);
            // Cut anywhere it is none.
            for end in 0..text.len() {
                assert_eq!(PartialDownload::read(&text[..end], address), None, "{end}");
            }
        }
    }
}
