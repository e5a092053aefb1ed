//! Looks through files for any of many words at once, in lines, in dumps and in lists of numbers.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use aho_corasick::AhoCorasick;

use super::forms::Form;

/// As much of a line as is kept for a report, and so many findings of a file.
const SHOWN: usize = 400;
const FINDINGS: usize = 40;

/// Where a word was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) form: String,
    /// From 1.
    pub(super) number: usize,
    pub(super) line: String,
}

/// What a file had.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) found: Vec<Found>,
    pub(super) bytes: u64,
    /// Lines that tell of a login.
    pub(super) logins: usize,
}

pub(super) struct Scanner {
    words: AhoCorasick,
    names: Vec<String>,
    /// The longest word.
    longest: usize,
}

/// How any way to tell of a login begins: `Authorization: Basic ***`. It is the last of the words.
const LOGIN: &[u8] = b"Authorization: ";

/// So much of a file of traces is looked at at once.
const BLOCK: usize = 1 << 20;

impl Scanner {
    pub(super) fn new(forms: &[Form]) -> Self {
        let all = forms.iter().map(|form| &form.bytes[..]).chain([LOGIN]);
        let words = AhoCorasick::new(all);
        Self {
            longest: forms
                .iter()
                .map(|form| form.bytes.len())
                .max()
                .unwrap_or_default(),
            words: words.expect("some thousand words of some hundred bytes are within the limits"),
            names: forms.iter().map(|form| form.name.clone()).collect(),
        }
    }

    pub(super) fn file(&self, path: &Path) -> io::Result<Seen> {
        let file = File::open(path)?;
        // Long, and each dump in one piece.
        match path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            true => self.blocks(file),
            false => self.read(BufReader::with_capacity(BLOCK, file)),
        }
    }

    /// Looks through bytes whatever lines they are in; places are counted in blocks.
    fn blocks(&self, mut from: impl Read) -> io::Result<Seen> {
        let mut seen = Seen::default();
        let mut block = vec![0; BLOCK];
        let (mut kept, mut number) = (0, 0);
        loop {
            let length = from.read(&mut block[kept..])?;
            number += 1;
            seen.bytes += length as u64;
            let all = &block[..kept + length];
            if length == 0 {
                self.look(all, number, kept, &mut seen);
                return Ok(seen);
            }
            // What begins in the part that the next block has too is counted there.
            let end = all.len().saturating_sub(self.longest);
            self.look(all, number, end, &mut seen);
            let rest = end..all.len();
            kept = rest.len();
            block.copy_within(rest, 0);
        }
    }

    fn read(&self, mut from: impl BufRead) -> io::Result<Seen> {
        let mut seen = Seen::default();
        let mut line = Vec::new();
        let mut number = 0;
        let mut dump = Bytes::default();
        let mut list = Bytes::default();
        loop {
            line.clear();
            let length = from.read_until(b'\n', &mut line)?;
            number += 1;
            seen.bytes += length as u64;
            let text = line.trim_ascii_end();
            if length == 0 || !dump.take(dumped(text)) {
                self.end(&mut dump, number, &mut seen);
                dump.take(dumped(text));
            }
            if length == 0 || !list.take(listed(text).map(|byte| (0, vec![byte]))) {
                self.end(&mut list, number, &mut seen);
            }
            if length == 0 {
                return Ok(seen);
            }
            self.look(text, number, text.len(), &mut seen);
        }
    }

    fn end(&self, bytes: &mut Bytes, number: usize, seen: &mut Seen) {
        let bytes = std::mem::take(bytes);
        if !bytes.all.is_empty() {
            self.look(&bytes.all, number - 1, bytes.all.len(), seen);
        }
    }

    /// Takes what begins before `end`: of each run of words the first, and all logins.
    fn look(&self, bytes: &[u8], number: usize, end: usize, seen: &mut Seen) {
        let mut told = false;
        for found in self.words.find_iter(bytes) {
            if found.start() >= end {
                break;
            }
            if found.pattern().as_usize() == self.names.len() {
                seen.logins += 1;
                continue;
            }
            if told || seen.found.len() >= FINDINGS {
                continue;
            }
            told = true;
            let from = found.start().saturating_sub(SHOWN / 2);
            let to = (found.end() + SHOWN / 2).min(bytes.len());
            seen.found.push(Found {
                form: self.names[found.pattern()].clone(),
                number,
                line: String::from_utf8_lossy(&bytes[from..to]).into_owned(),
            });
        }
    }
}

/// Bytes that several lines show one after the other.
#[derive(Default)]
struct Bytes {
    all: Vec<u8>,
    /// Where the next line of a dump begins.
    next: usize,
}

impl Bytes {
    /// Takes what a line shows, from where; false if it does not go on with what was there.
    fn take(&mut self, shown: Option<(usize, Vec<u8>)>) -> bool {
        let Some((at, bytes)) = shown else {
            return false;
        };
        // Lists of numbers do not count: all of theirs are at 0.
        if at != 0 && at != self.next || at == 0 && self.next != 0 {
            return false;
        }
        if bytes.len() > 1 {
            self.next = at + bytes.len();
        }
        self.all.extend(bytes);
        true
    }
}

/// A line of a dump, `… 00000010 : 54 50 2F 31 2E 31 0D 0A-48 6F : TP/1.1..Ho`.
fn dumped(line: &[u8]) -> Option<(usize, Vec<u8>)> {
    let text = std::str::from_utf8(line).ok()?;
    let mut parts = text.splitn(3, " : ");
    let (head, numbers) = (parts.next()?, parts.next()?);
    let at = head.get(head.len().checked_sub(8)?..)?;
    let at = usize::from_str_radix(at, 16).ok()?;
    let bytes: Result<Vec<u8>, _> = numbers
        .split([' ', '-'])
        .filter(|number| !number.is_empty())
        .map(|number| u8::from_str_radix(number, 16))
        .collect();
    bytes
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .map(|bytes| (at, bytes))
}

/// A line of a list that `{:#?}` writes of bytes, `    103,`.
fn listed(line: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(line).ok()?;
    text.strip_suffix(',')?.trim_start().parse().ok()
}

#[cfg(test)]
mod tests;
