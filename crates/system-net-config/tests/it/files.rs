//! What may be read as a file, and in which encodings.

#[cfg(unix)]
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use system_net_config::{Configuration, ConfigurationEditor, ConfigurationErrorKind as Kind};

/// A hang is a failure; nothing here takes that long.
const HANG: Duration = Duration::from_secs(20);

fn be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf32(text: &str, unit: fn(u32) -> [u8; 4]) -> Vec<u8> {
    text.chars().map(u32::from).flat_map(unit).collect()
}

fn prefix_of(bytes: &[u8]) -> Result<String, String> {
    let mut configuration = Configuration::new();
    match configuration.apply_bytes(bytes, "f") {
        Ok(()) => Ok(format!(
            "{:?}",
            configuration.settings().web_request_modules
        )),
        Err(error) => {
            assert_eq!(error.kind(), Kind::Encoding, "{error}");
            assert_eq!(
                error.hint().unwrap(),
                "save the file in UTF-8, with encoding=\"utf-8\" in its declaration or without one"
            );
            Err(error.to_string())
        }
    }
}

/// Each way to write a text, with each declaration: read as XML 1.0 says, or refused in words.
#[test]
fn encodings() {
    let body = "<configuration><system.net><webRequestModules><remove prefix='\u{e4}\u{1f600}:'/>\
                </webRequestModules></system.net></configuration>";
    let read = Ok("[Remove { prefix: \"\u{e4}\u{1f600}:\" }]".to_owned());
    let utf8 = |text: &str| text.as_bytes().to_vec();
    let marked = |text: &str, encode: fn(&str) -> Vec<u8>| encode(&format!("\u{feff}{text}"));
    for name in [
        "", "utf-8", "UTF-8", "us-ascii", "utf-16", "UTF-16", "utf-16le", "utf-16be",
    ] {
        let text = match name {
            "" => body.to_owned(),
            name => format!("<?xml version='1.0' encoding='{name}'?>\n{body}"),
        };
        let refused = |actual: &str| {
            Err(format!(
                "f:1:1: the declaration says `{name}`, and the bytes are {actual}"
            ))
        };
        let is_16 = name.to_ascii_lowercase().starts_with("utf-16");
        let of_8 = if is_16 {
            refused("UTF-8")
        } else {
            read.clone()
        };
        assert_eq!(prefix_of(&utf8(&text)), of_8, "{name}");
        assert_eq!(
            prefix_of(&utf8(&format!("\u{feff}{text}"))),
            of_8,
            "{name}, marked"
        );
        for (encode, other) in [(be as fn(&str) -> Vec<u8>, "utf-16le"), (le, "utf-16be")] {
            let fits = name.is_empty() || is_16 && name != other;
            let of_16 = if fits {
                read.clone()
            } else {
                refused("UTF-16")
            };
            assert_eq!(prefix_of(&encode(&text)), of_16, "{name}");
            assert_eq!(prefix_of(&marked(&text, encode)), of_16, "{name}, marked");
        }
        // A text has been decoded already.
        assert!(Configuration::new().apply_str(&text, "f").is_ok(), "{name}");
    }
}

#[test]
fn encodings_that_are_refused() {
    let text = "<?xml version='1.0' encoding='x'?>\n<configuration a='\u{e4}'/>";
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let declared = |name: &str| {
        let (declaration, rest) = latin.split_at(34);
        let declaration = String::from_utf8_lossy(declaration).replace("'x'", &format!("'{name}'"));
        [declaration.as_bytes(), rest].concat()
    };
    let not_read =
        |name: &str| format!("f:1:1: the encoding `{name}` is not read; expected utf-8 or utf-16");
    let rows: Vec<(Vec<u8>, String)> = vec![
        (declared("iso-8859-1"), not_read("iso-8859-1")),
        (declared("windows-1252"), not_read("windows-1252")),
        // Even where no byte shows it.
        (
            b"<?xml version=\"1.0\" encoding = \"koi8-r\" ?><configuration/>".to_vec(),
            not_read("koi8-r"),
        ),
        (
            declared("utf-8"),
            "f:2:19: byte 57 (0xE4) is not UTF-8".to_owned(),
        ),
        (
            b"<configuration>\n  <a b='\xe4'/></configuration>".to_vec(),
            "f:2:9: byte 24 (0xE4) is not UTF-8".to_owned(),
        ),
        (
            b"\xef\xbb\xbf\xef\xbb\xbf<configuration/>".to_vec(),
            "f: two byte order marks".to_owned(),
        ),
        (
            utf32("\u{feff}<configuration/>", u32::to_be_bytes),
            "f: UTF-32 is not read; expected UTF-8 or UTF-16".to_owned(),
        ),
        (
            utf32("\u{feff}<configuration/>", u32::to_le_bytes),
            "f: UTF-32 is not read; expected UTF-8 or UTF-16".to_owned(),
        ),
        (
            utf32("<configuration/>", u32::to_be_bytes),
            "f: UTF-32 is not read; expected UTF-8 or UTF-16".to_owned(),
        ),
        (
            utf32("<configuration/>", u32::to_le_bytes),
            "f: UTF-32 is not read; expected UTF-8 or UTF-16".to_owned(),
        ),
        (
            // `<?xml` in EBCDIC.
            b"\x4c\x6f\xa7\x94\x93".to_vec(),
            "f: EBCDIC is not read; expected UTF-8 or UTF-16".to_owned(),
        ),
        (
            b"\xff\xfe<\0a".to_vec(),
            "f: not UTF-16 as its first bytes promise".to_owned(),
        ),
        (
            b"\xfe\xff\xd8\x00\x00<".to_vec(),
            "f: not UTF-16 as its first bytes promise".to_owned(),
        ),
        (
            // Without a mark, and not beginning with what tells it.
            be("\n<configuration/>"),
            "f:1:1: a zero byte, which no text has".to_owned(),
        ),
        (
            b"<configuration>\n\0</configuration>".to_vec(),
            "f:2:1: a zero byte, which no text has".to_owned(),
        ),
    ];
    for (bytes, expected) in rows {
        assert_eq!(prefix_of(&bytes), Err(expected));
    }
    // Other characters that XML does not have.
    let error = Configuration::new()
        .apply_str("<configuration>\n <!-- \u{1b}[2J --></configuration>", "f")
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Syntax);
    assert_eq!(
        error.to_string(),
        "f:2:7: the character U+001B is not allowed in XML"
    );
}

/// The line of a place that cannot be decoded is shown as far as it can be.
#[test]
fn lines_of_files_that_are_no_text() {
    let report = Configuration::check_bytes(b"\xef\xbb\xbf<configuration>\n<a b='\xe4'/>", "f");
    assert_eq!(report.errors()[0].line(), 2);
    assert_eq!(report.line(2), Some("<a b='\u{fffd}'/>"));
    let text = "<?xml version='1.0' encoding='utf-8'?>\n<configuration/>";
    let report = Configuration::check_bytes(&le(text), "f");
    assert_eq!(
        report.line(1),
        Some("<?xml version='1.0' encoding='utf-8'?>")
    );
    let report = Configuration::check_bytes(&utf32(text, u32::to_be_bytes), "f");
    assert_eq!((report.errors()[0].line(), report.line(1)), (0, None));
}

/// What is changed is saved in the encoding it had; what was made of a text, in the one it declares.
#[test]
fn encodings_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.config");
    let text = "<?xml version='1.0'?>\n<configuration><a b='\u{e4}\u{1f600}'/></configuration>";
    let changed = text.replace("'\u{e4}\u{1f600}'", "'\u{e4}'");
    let encodings: [fn(&str) -> Vec<u8>; 6] = [
        |text| text.as_bytes().to_vec(),
        |text| format!("\u{feff}{text}").into_bytes(),
        be,
        le,
        |text| be(&format!("\u{feff}{text}")),
        |text| le(&format!("\u{feff}{text}")),
    ];
    for encode in encodings {
        std::fs::write(&path, encode(text)).unwrap();
        let mut file = ConfigurationEditor::open(&path).unwrap();
        file.save().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), encode(text));
        file.set_attribute("a", "b", "\u{e4}").unwrap();
        file.save().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), encode(&changed));
    }
    for (name, encode) in [
        ("utf-8", encodings[0]),
        ("utf-16", encodings[5]),
        ("UTF-16", encodings[5]),
    ] {
        let text = format!("<?xml version='1.0' encoding='{name}'?><configuration/>");
        let file = ConfigurationEditor::from_text(&text, &path).unwrap();
        file.save().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), encode(&text));
        assert!(ConfigurationEditor::open(&path).is_ok());
    }
}

/// Whatever is no regular file is refused at once, and never waited for.
#[cfg(unix)]
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a reading that hangs must not hang the test"
)]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    symlink(at("pipe"), at("link")).unwrap();
    std::fs::write(at("file"), "<configuration/>").unwrap();
    symlink(at("file"), at("good")).unwrap();

    for (path, what) in [
        (at("pipe"), "is a pipe"),
        (at("link"), "is a pipe"),
        (at("socket"), "is a socket"),
        (folder.path().to_owned(), "is a folder"),
        ("/dev/null".into(), "is a device"),
        ("/dev/zero".into(), "is a device"),
    ] {
        let (done, wait) = mpsc::channel();
        let shown = path.display().to_string();
        std::thread::spawn(move || {
            let read: [fn(&Path) -> Option<_>; 3] = [
                |path| Configuration::new().apply_file(path).err(),
                |path| ConfigurationEditor::open(path).err(),
                |path| Configuration::from_files(Some(path), None).err(),
            ];
            let mut errors: Vec<_> = read.iter().map(|read| read(&path).unwrap()).collect();
            let report = Configuration::check_file(&path);
            errors.push(Configuration::new().apply_file(report.file()).unwrap_err());
            assert_eq!(report.errors().len(), 1);
            done.send(errors).unwrap();
        });
        for error in wait.recv_timeout(HANG).unwrap() {
            assert_eq!(error.kind(), Kind::NotAFile);
            assert_eq!(
                error.to_string(),
                format!("{shown}: {what}; expected a regular file")
            );
            assert!(error.hint().is_some());
        }
    }
    assert!(Configuration::new().apply_file(at("good")).is_ok());
}
