//! Bytes of a file as text: what may be read at all, its size, its encoding.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use super::MAX_SIZE;
use super::document::Position;
use super::error::{ConfigurationError, ConfigurationErrorKind as Kind, Fault};
use crate::shown;

/// The bytes of a file, at most one more than [`MAX_SIZE`].
pub(super) fn read(file: &Path) -> Result<Vec<u8>, ConfigurationError> {
    let io = |error| match fs::read_link(file) {
        // It is the target that is not there: of the link `ls` says that it is.
        Ok(target) if !file.exists() => {
            let what = format!(
                "read, a link to {}",
                shown::quoted(&target.to_string_lossy())
            );
            ConfigurationError::io(file, &what, error)
        }
        _ => ConfigurationError::io(file, "read", error),
    };
    // Asked before it is opened: to open a pipe is to wait for whoever writes into it.
    let kind = fs::metadata(file).map_err(io)?.file_type();
    if !kind.is_file() {
        let message = format!("is {}; expected a regular file", named(kind));
        return Err(ConfigurationError::new(
            file,
            Fault::at_start(Kind::NotAFile, message),
        ));
    }
    let mut bytes = Vec::new();
    let limit = MAX_SIZE as u64 + 1;
    File::open(file)
        .map_err(io)?
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    Ok(bytes)
}

/// What is no file, in words.
fn named(kind: fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    match kind.is_dir() {
        true => "a folder",
        false => "no file",
    }
}

/// The text of a file, by the encoding that its first bytes tell, and its declaration must agree.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    check_size(bytes.len())?;
    let encoding = Encoding::of(bytes)?;
    let rest = &bytes[encoding.mark().len()..];
    let text = match encoding.unit {
        Unit::Utf8 => utf8(rest)?,
        Unit::Utf16Little => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        Unit::Utf16Big => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
    };
    check_characters(&text)?;
    if let Some(name) = declared(&text) {
        encoding.check_declared(name)?;
    }
    Ok(text)
}

/// The text as far as it is one, for people to look at.
pub(super) fn shown(bytes: &[u8]) -> String {
    let Ok(encoding) = Encoding::of(bytes) else {
        return String::new();
    };
    let rest = &bytes[encoding.mark().len()..];
    let units = |unit: fn([u8; 2]) -> u16| {
        let pairs = rest.as_chunks::<2>().0.iter();
        String::from_utf16_lossy(&pairs.map(|pair| unit(*pair)).collect::<Vec<_>>())
    };
    match encoding.unit {
        Unit::Utf8 => String::from_utf8_lossy(rest).into_owned(),
        Unit::Utf16Little => units(u16::from_le_bytes),
        Unit::Utf16Big => units(u16::from_be_bytes),
    }
}

/// A text that was decoded elsewhere: what its declaration says of bytes does not count.
pub(super) fn text(text: &str) -> Result<&str, Fault> {
    check_size(text.len())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_characters(text)?;
    Ok(text)
}

fn check_size(size: usize) -> Result<(), Fault> {
    if size <= MAX_SIZE {
        return Ok(());
    }
    let message = format!("larger than {} MiB", MAX_SIZE >> 20);
    Err(Fault::at_start(Kind::Limit, message))
}

/// XML 1.0, section 2.2: of the control characters there are the tab and the ends of lines.
fn check_characters(text: &str) -> Result<(), Fault> {
    // It would be a character of the text, and be taken for the mark when the text is read again.
    if text.starts_with('\u{feff}') {
        return Err(Fault::at_start(Kind::Encoding, "two byte order marks"));
    }
    let Some((at, c)) = text.char_indices().find(|(_, c)| is_refused(*c)) else {
        return Ok(());
    };
    let place = Position::behind(&text[..at]);
    Err(match c {
        '\0' => Fault::new(Kind::Encoding, place, "a zero byte, which no text has"),
        c => Fault::new(Kind::Syntax, place, refused(c)),
    })
}

/// Whether XML has no such character.
pub(super) fn is_refused(c: char) -> bool {
    let is_control = c < ' ' && !['\t', '\n', '\r'].contains(&c);
    is_control || ['\u{fffe}', '\u{ffff}'].contains(&c)
}

/// What is said of it.
pub(super) fn refused(c: char) -> String {
    format!("the character U+{:04X} is not allowed in XML", u32::from(c))
}

/// How the text of a file is kept in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    unit: Unit,
    marked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    /// By the mark, or else by how a file begins that begins with `<`: XML 1.0, appendix F.1.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Fault> {
        let (unit, marked) = match bytes {
            [0, 0, 0xfe, 0xff, ..]
            | [0xff, 0xfe, 0, 0, ..]
            | [0, 0, 0xff, 0xfe, ..]
            | [0xfe, 0xff, 0, 0, ..]
            | [0, 0, 0, b'<', ..]
            | [b'<', 0, 0, 0, ..]
            | [0, 0, b'<', 0, ..]
            | [0, b'<', 0, 0, ..] => return Err(not_read("UTF-32")),
            // `<?xm` in EBCDIC.
            [0x4c, 0x6f, 0xa7, 0x94, ..] => return Err(not_read("EBCDIC")),
            [0xef, 0xbb, 0xbf, ..] => (Unit::Utf8, true),
            [0xff, 0xfe, ..] => (Unit::Utf16Little, true),
            [0xfe, 0xff, ..] => (Unit::Utf16Big, true),
            [b'<', 0, ..] => (Unit::Utf16Little, false),
            [0, b'<', ..] => (Unit::Utf16Big, false),
            _ => (Unit::Utf8, false),
        };
        Ok(Self { unit, marked })
    }

    /// The one that a text without bytes asks for.
    pub(super) fn for_text(text: &str) -> Self {
        let name = declared(text).unwrap_or_default();
        let is_utf16 = name.eq_ignore_ascii_case("utf-16");
        Self {
            unit: if is_utf16 {
                Unit::Utf16Little
            } else {
                Unit::Utf8
            },
            marked: is_utf16,
        }
    }

    fn mark(self) -> &'static [u8] {
        match (self.marked, self.unit) {
            (false, _) => b"",
            (true, Unit::Utf8) => b"\xef\xbb\xbf",
            (true, Unit::Utf16Little) => b"\xff\xfe",
            (true, Unit::Utf16Big) => b"\xfe\xff",
        }
    }

    /// The bytes that [`decode`] makes the text of.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        let mut bytes = self.mark().to_vec();
        match self.unit {
            Unit::Utf8 => bytes.extend_from_slice(text.as_bytes()),
            Unit::Utf16Little => bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            Unit::Utf16Big => bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
        }
        bytes
    }

    /// XML 1.0, section 4.3.3: it is a fatal error for a text to be in another encoding than it
    /// declares. Of ASCII UTF-8 is a superset, and what declares neither is told by the reader.
    fn check_declared(self, name: &str) -> Result<(), Fault> {
        let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let (fits, actual) = match self.unit {
            Unit::Utf8 => (is(&["utf-8", "us-ascii"]), "UTF-8"),
            Unit::Utf16Little => (is(&["utf-16", "utf-16le"]), "UTF-16"),
            Unit::Utf16Big => (is(&["utf-16", "utf-16be"]), "UTF-16"),
        };
        if fits {
            return Ok(());
        }
        let first = Position { line: 1, column: 1 };
        let known = is(&["utf-8", "us-ascii", "utf-16", "utf-16le", "utf-16be"]);
        let message = match known {
            true => format!("the declaration says `{name}`, and the bytes are {actual}"),
            false => format!(
                "the encoding {} is not read; expected utf-8 or utf-16",
                shown::quoted(name)
            ),
        };
        Err(Fault::new(Kind::Encoding, first, message))
    }
}

/// The encoding that a text declares in its first characters.
fn declared(text: &str) -> Option<&str> {
    let declaration = text.strip_prefix("<?xml")?.split_once("?>")?.0;
    let (_, behind) = declaration.split_once("encoding")?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
    Some(value[1..].split_once(quote)?.0)
}

fn not_read(encoding: &str) -> Fault {
    let message = format!("{encoding} is not read; expected UTF-8 or UTF-16");
    Fault::at_start(Kind::Encoding, message)
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    let good = &bytes[..error.valid_up_to()];
    let good = str::from_utf8(good).unwrap_or_default();
    // In another encoding, the declaration is what tells it.
    if let Some(name) = declared(good) {
        Encoding::of(bytes)?.check_declared(name)?;
    }
    let byte = bytes.get(good.len()).copied().unwrap_or_default();
    let message = format!("byte {} (0x{byte:02X}) is not UTF-8", good.len());
    Err(Fault::new(Kind::Encoding, Position::behind(good), message))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Fault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .ok()
        .filter(|_| rest.is_empty())
        .ok_or_else(|| Fault::at_start(Kind::Encoding, "not UTF-16 as its first bytes promise"))
}
