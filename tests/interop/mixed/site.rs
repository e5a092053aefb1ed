//! A server under test: its address, the files it has, and what it is asked for.

use std::path::PathBuf;

use system_net_tests::content::{Random, content};

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Get,
    Head,
    /// A part, in each of the forms that `add_range` has.
    Range,
    /// A part beyond the end.
    BadRange,
    /// Text that the server compresses.
    Compressed,
    Missing,
    Redirect,
    /// Not since now.
    NotModified,
    /// A body that comes back.
    Post,
    /// As this, at another address.
    PostToProgram,
    /// A file that is put, read, and deleted.
    Put,
}

pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

pub(crate) struct Site {
    url: String,
    kinds: Vec<(Kind, usize)>,
    /// Sorted by length.
    binary: Vec<File>,
    text: Vec<File>,
    missing_page: Option<String>,
    http2: bool,
}

/// Around the sizes of buffers, segments and chunks, up to several MiB.
const LENGTHS: [usize; 18] = [
    0,
    1,
    2,
    100,
    1_000,
    1_460,
    4_095,
    4_096,
    4_097,
    10_000,
    16_384,
    65_535,
    65_536,
    65_537,
    262_144,
    1_000_000,
    1 << 20,
    (3 << 20) + 1,
];

impl Site {
    pub(crate) fn new(url: String) -> Self {
        let binary = LENGTHS.iter().map(|&length| File {
            name: format!("{length}.bin"),
            content: content(length as u64, length),
        });
        let text = [10, 2_000, 40_000, 300_000].iter().map(|&length| File {
            name: format!("{length}.txt"),
            content: text(length),
        });
        Self {
            url,
            kinds: Vec::new(),
            binary: binary.collect(),
            text: text.collect(),
            missing_page: None,
            http2: false,
        }
    }

    /// Spoken to in HTTP/2, which it is known to speak.
    pub(crate) fn http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.http2
    }

    /// What it is asked for, each so often as its number says.
    pub(crate) fn kinds(mut self, kinds: &[(Kind, usize)]) -> Self {
        self.kinds.extend_from_slice(kinds);
        self
    }

    /// The file that it sends with 404.
    pub(crate) fn missing_page(mut self, name: &str) -> Self {
        let content = content(404, 404);
        self.missing_page = Some(name.to_owned());
        self.text.push(File {
            name: name.to_owned(),
            content,
        });
        self
    }

    /// Writes its files.
    pub(crate) fn write(&self, path: impl Fn(&str) -> PathBuf) {
        for file in self.binary.iter().chain(&self.text) {
            std::fs::write(path(&file.name), &file.content).unwrap();
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.url)
    }

    pub(crate) fn asks_for(&self, kind: Kind) -> bool {
        self.kinds.iter().any(|(known, _)| *known == kind)
    }

    /// One of its kinds.
    pub(crate) fn kind(&self, random: &mut Random) -> Kind {
        let total = self.kinds.iter().map(|(_, often)| often).sum();
        let mut drawn = random.below(total);
        for &(kind, often) in &self.kinds {
            match drawn.checked_sub(often) {
                Some(rest) => drawn = rest,
                None => return kind,
            }
        }
        unreachable!("a number below the sum")
    }

    /// One of its files: most are short.
    pub(crate) fn file(&self, random: &mut Random) -> &File {
        let end = match random.below(100) {
            0..80 => 10,
            80..97 => 14,
            _ => self.binary.len(),
        };
        &self.binary[random.below(end)]
    }

    pub(crate) fn text(&self, random: &mut Random) -> &File {
        &self.text[random.below(4)]
    }

    /// The body of its 404, where it is known.
    pub(crate) fn missing(&self) -> Option<&[u8]> {
        let name = self.missing_page.as_ref()?;
        let page = self.text.iter().find(|file| file.name == *name);
        page.map(|file| &*file.content)
    }
}

/// Text that can be compressed and is the same nowhere.
fn text(length: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(length + 40);
    let mut number = 0;
    while text.len() < length {
        text.extend_from_slice(format!("line {number} of a text of {length}\n").as_bytes());
        number += 1;
    }
    text.truncate(length);
    text
}
