//! All that is wrong with a file, and not the first of it alone.
//!
//! The readers of sections stop at what is wrong. Here it is taken out of the tree, and the rest is
//! read again, until all of it is good.

use std::fmt;
use std::path::{Path, PathBuf};

use super::configuration::Configuration;
use super::document::{self, Element, Position};
use super::error::{ConfigurationError, ConfigurationErrorKind as Kind, Fault};
use super::report::Report;
use super::warning::ConfigurationWarning;
use super::{sections, source};
use crate::Settings;
use crate::bypass_expressions::Charges;

/// What is wrong with a file, what in it has no effect, and its lines.
///
/// # Examples
/// ```
/// use system_net_config::Configuration;
///
/// let text = "<configuration><system.net><settings>\n<ipv6 enabled='maybe'/>\n\
///             <socket alwaysUseCompletionPortsForAccept='1'/>\n\
///             </settings></system.net></configuration>";
/// let report = Configuration::check_bytes(text.as_bytes(), "app.config");
/// let [first, second] = report.errors() else { panic!() };
/// assert_eq!((first.line(), second.line()), (2, 3));
/// assert_eq!(report.line(first.line()), Some("<ipv6 enabled='maybe'/>"));
/// ```
pub struct ConfigurationReport {
    file: PathBuf,
    text: String,
    /// Where lines begin in the text; none if the file is no text.
    starts: Vec<usize>,
    errors: Vec<ConfigurationError>,
    warnings: Vec<ConfigurationWarning>,
}

/// Files hold passwords: nothing of the text is shown.
impl fmt::Debug for ConfigurationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigurationReport")
            .field("file", &self.file)
            .field("errors", &self.errors)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Configuration {
    /// Reads a file for its errors and warnings alone. Of a file that is not well-formed XML only
    /// the first error is told, of others all, but for [`MAX_ERRORS`](Self::MAX_ERRORS) and up to what
    /// is more than is read.
    #[must_use]
    pub fn check_file(file: impl AsRef<Path>) -> ConfigurationReport {
        let file = file.as_ref();
        match source::read(file) {
            Ok(bytes) => Self::check_bytes(&bytes, file),
            Err(error) => ConfigurationReport {
                errors: vec![error],
                ..ConfigurationReport::new(file)
            },
        }
    }

    /// As [`check_file`](Self::check_file) with the bytes of a file; `file` is its name in
    /// messages.
    #[must_use]
    pub fn check_bytes(bytes: &[u8], file: impl AsRef<Path>) -> ConfigurationReport {
        let file = file.as_ref();
        let mut report = ConfigurationReport::new(file);
        let mut faults = Vec::new();
        match source::decode(bytes) {
            Ok(text) => {
                match document::parse(&text) {
                    Ok(root) => report.warnings = read_all(root, file, &mut faults),
                    Err(fault) => faults.push(fault),
                }
                report.show(text.into_owned());
            }
            Err(fault) => {
                // What is wrong may be in a line that can be shown up to there.
                if fault.position.line > 0 {
                    report.show(source::shown(bytes));
                }
                faults.push(fault);
            }
        }
        faults.sort_by_key(|fault| (fault.position.line, fault.position.column));
        let errors = faults.into_iter();
        report.errors = errors.map(|f| ConfigurationError::new(file, f)).collect();
        report
    }
}

impl ConfigurationReport {
    fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            text: String::new(),
            starts: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn show(&mut self, text: String) {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        self.starts = std::iter::once(0).chain(breaks).collect();
        self.text = text;
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What is wrong, in the order of the file.
    #[must_use]
    pub fn errors(&self) -> &[ConfigurationError] {
        &self.errors
    }

    /// What has no effect, in the order of the file; of a file with errors what the rest of it has.
    #[must_use]
    pub fn warnings(&self) -> &[ConfigurationWarning] {
        &self.warnings
    }

    /// A line of the file, from 1, without its end. `None` beyond the end, or if the file is no
    /// text.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<&str> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let rest = self.text.get(start..)?;
        let end = self
            .starts
            .get(index + 1)
            .map_or(rest.len(), |next| next - start);
        Some(rest[..end].trim_end_matches(['\n', '\r']))
    }
}

/// Reads until nothing is wrong any more; gives the warnings of the rest.
fn read_all(
    mut root: Element<'_>,
    file: &Path,
    faults: &mut Vec<Fault>,
) -> Vec<ConfigurationWarning> {
    // Elements of which an attribute was taken out: that they lack it is no news.
    let mut without: Vec<(Position, String)> = Vec::new();
    let mut charges = Charges::default();
    loop {
        let mut report = Report::again(file, charges);
        let outcome = sections::configuration(&root, &mut Settings::default(), &mut report);
        let Err(mut fault) = outcome else {
            return report.into_warnings();
        };
        fault.path = document::path_of(&root, fault.position).map(Into::into);
        let is_news = match &fault.attribute {
            Some(name) if fault.kind == Kind::MissingAttribute => {
                let named =
                    |(at, other): &(Position, String)| *at == fault.position && other == name;
                !without.iter().any(named)
            }
            _ => true,
        };
        // What is too much would be too much once more without the part that was one too many.
        let goes_on =
            fault.kind != Kind::Limit && take_out(&mut root, fault.position, &mut without);
        if is_news {
            faults.push(fault);
        }
        if !goes_on || faults.len() == Configuration::MAX_ERRORS {
            return report.into_warnings();
        }
        charges = report.take_charges();
    }
}

/// Takes out the attribute or the element at a place. `false` if there is none, or it is the
/// outermost one.
fn take_out(
    parent: &mut Element<'_>,
    position: Position,
    without: &mut Vec<(Position, String)>,
) -> bool {
    let mut index = 0;
    while index < parent.children.len() {
        let child = &mut parent.children[index];
        if child.position == position {
            parent.children.remove(index);
            return true;
        }
        let attribute = child.attributes.iter().position(|a| a.position == position);
        if let Some(attribute) = attribute {
            let taken = child.attributes.remove(attribute);
            without.push((child.position, taken.name.to_owned()));
            return true;
        }
        if take_out(child, position, without) {
            return true;
        }
        index += 1;
    }
    false
}
