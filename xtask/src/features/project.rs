//! What the rows of the pages may name: the tests, examples, samples and commands of the project.

use std::collections::BTreeSet;

use regex::Regex;

use crate::source::tests_of;
use crate::workspace::{Failure, Workspace};

/// What rows may name.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// Paths of test functions, `file::name`.
    pub(super) tests: Vec<String>,
    pub(super) files: BTreeSet<String>,
    /// The text of all test files, where a command has to be run.
    pub(super) test_text: String,
    /// The text of the library files, for documentation tests.
    pub(super) library_text: String,
}

impl Project {
    pub(super) fn read(workspace: &Workspace) -> Result<Self, Failure> {
        let mut project = Self {
            files: workspace.files()?.into_iter().collect(),
            ..Self::default()
        };
        for (path, text) in workspace.sources()? {
            if path.starts_with("tests/fuzz/") {
                continue;
            }
            project.tests.extend(tests_of(&path, &text));
            if path.contains("/tests/") || path.starts_with("tests/") {
                project.test_text.push_str(&text);
            } else {
                project.library_text.push_str(&text);
            }
        }
        Ok(project)
    }

    /// Whether what stands in backticks exists.
    pub(super) fn has(&self, named: &str) -> bool {
        let words: Vec<&str> = named.split_whitespace().collect();
        match words.as_slice() {
            ["cargo", "xtask", command, ..] => self
                .files
                .contains(&format!("xtask/src/{}.rs", command.replace('-', "_"))),
            ["cargo", "run", .., "--example", name] => self.has_example(name),
            ["cargo", "run", rest @ ..] => rest
                .windows(2)
                .any(|pair| pair[0] == "--example" && self.has_example(pair[1])),
            ["cargo", "test", name] => self.has_test(name),
            // A command counts when a test calls it.
            ["sysnet", command, ..] => self.test_text.contains(&format!("\"{command}\"")),
            ["doc", "test", "of", item] => self.has_documentation_test(item),
            [name] if name.starts_with("config-samples/") => self.has_sample(name),
            [name] => {
                let ending = name
                    .strip_prefix("examples/")
                    .and_then(|name| name.strip_suffix(".rs"));
                ending.map_or_else(|| self.has_test(name), |name| self.has_example(name))
            }
            _ => false,
        }
    }

    fn has_test(&self, filter: &str) -> bool {
        !filter.is_empty() && self.tests.iter().any(|test| test.contains(filter))
    }

    /// An example whose file exists and whose name a test calls.
    fn has_example(&self, name: &str) -> bool {
        let file = format!("examples/{name}.rs");
        let folder = format!("examples/{name}/main.rs");
        let exists = self
            .files
            .iter()
            .any(|path| path.ends_with(&file) || path.ends_with(&folder));
        exists && self.test_text.contains(&format!("\"{name}\""))
    }

    /// A configuration sample whose file exists and that a test loads.
    fn has_sample(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.files.contains(path) && self.test_text.contains(name)
    }

    /// An item whose documentation, directly above it, has a code block.
    fn has_documentation_test(&self, item: &str) -> bool {
        let pattern = format!(r"pub (?:trait|struct|enum|fn) {}\b", regex::escape(item));
        let Ok(pattern) = Regex::new(&pattern) else {
            return false;
        };
        pattern.find_iter(&self.library_text).any(|found| {
            let above = self.library_text[..found.start()].lines().rev();
            above
                .skip_while(|line| line.trim().is_empty())
                .take_while(|line| {
                    let line = line.trim_start();
                    line.starts_with("///") || line.starts_with("#[")
                })
                .any(|line| line.contains("```"))
        })
    }
}
