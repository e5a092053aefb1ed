//! `sysnet config check FILE.reg`: the values of a registry file that make TLS worse than it can be.

use std::path::{Path, PathBuf};

use system_net::{TlsFinding, TlsRegistry, TlsRegistryError};

use super::Warning;
use super::check::{File, Problem, counts};
use crate::excerpt::visible;

/// A registry file, or why it cannot be read.
pub(super) struct Registry {
    file: PathBuf,
    read: Result<Vec<TlsFinding>, TlsRegistryError>,
}

impl Registry {
    pub(super) fn read(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            read: TlsRegistry::read_file(file).map(|registry| registry.audit()),
        }
    }

    pub(super) fn is_bad(&self) -> bool {
        !matches!(&self.read, Ok(found) if found.is_empty())
    }

    pub(super) fn in_json(&self) -> File<'_> {
        let (errors, warnings) = match &self.read {
            Ok(found) => (
                Vec::new(),
                found.iter().map(|it| self.warning(it)).collect(),
            ),
            Err(error) => (vec![problem(error)], Vec::new()),
        };
        File {
            file: &self.file,
            errors,
            warnings,
        }
    }

    fn warning<'a>(&'a self, finding: &'a TlsFinding) -> Warning<'a> {
        Warning {
            kind: "TlsAudit".to_owned(),
            file: &self.file,
            line: number(finding.line()),
            column: number(finding.column()),
            element: finding.key(),
            attribute: Some(finding.name()),
            message: finding.message(),
        }
    }

    pub(super) fn in_text(&self) -> String {
        let file = visible(&self.file.display().to_string());
        let mut text = String::new();
        let (mut errors, mut count) = (0, 0);
        match &self.read {
            Ok(found) => {
                count = found.len();
                for finding in found {
                    let (line, column) = (finding.line(), finding.column());
                    let said = visible(&format!(
                        "`{}`, value `{}`: {}",
                        finding.key(),
                        finding.name(),
                        finding.message()
                    ));
                    text += &format!("{file}:{line}:{column}: audit: {said}\n");
                }
            }
            Err(error) => {
                errors = 1;
                text += &match error.line() {
                    0 => format!("{file}: error: {}\n", visible(error.problem())),
                    line => format!("{file}:{line}: error: {}\n", visible(error.problem())),
                };
            }
        }
        text + &counts(&self.file, errors, 0, count)
    }
}

fn problem(error: &TlsRegistryError) -> Problem<'_> {
    Problem {
        kind: "Registry".to_owned(),
        line: Some(number(error.line())).filter(|line| *line > 0),
        column: None,
        path: None,
        element: None,
        attribute: None,
        message: error.problem().to_owned(),
        hint: None,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
