//! `features`: reads the rows of docs/features.md (`| id | feature | done or open | tests |`). What
//! a row marked done names in backticks must exist: a test, an example, or a command that a test
//! runs. Prints how many rows of each group are done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::source::tests_of;
use crate::workspace::{Counts, Failure, Outcome, Workspace};

const PAGE: &str = "docs/features.md";

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let page = workspace.read(PAGE)?;
    let project = Project::read(workspace)?;
    let (rows, mut violations) = parse(&page);
    for row in rows.iter().filter(|row| row.done) {
        violations.extend(row.violations(&project));
    }
    for (group, (done, all)) in counts(&rows) {
        println!("F{group}: {done} of {all} done");
    }
    let done = rows.iter().filter(|row| row.done).count();
    println!(
        "{} rows: {done} done, {} open",
        rows.len(),
        rows.len() - done
    );
    Failure::unless_empty(PAGE, &violations)?;
    Ok(Counts::default())
}

/// One line of the page's tables.
#[derive(Debug)]
struct Row {
    line: usize,
    id: String,
    done: bool,
    tests: String,
}

/// What rows may name.
#[derive(Debug, Default)]
struct Project {
    /// Paths of test functions, `file::name`.
    tests: Vec<String>,
    files: BTreeSet<String>,
    /// The text of all test files, where a command has to be run.
    test_text: String,
    /// The text of the library files, for documentation tests.
    library_text: String,
}

impl Project {
    fn read(workspace: &Workspace) -> Result<Self, Failure> {
        let mut project = Self {
            files: workspace.files()?.into_iter().collect(),
            ..Self::default()
        };
        for (path, text) in workspace.sources()? {
            if path.starts_with("xtask/") || path.starts_with("tests/fuzz/") {
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
    fn has(&self, named: &str) -> bool {
        let words: Vec<&str> = named.split_whitespace().collect();
        match words.as_slice() {
            ["cargo", "xtask", command, ..] => self
                .files
                .contains(&format!("xtask/src/{}.rs", command.replace('-', "_"))),
            ["cargo", "run", .., "--example", name] => self.has_example(name),
            ["cargo", "run", rest @ ..] => rest
                .windows(2)
                .any(|pair| pair[0] == "--example" && self.has_example(pair[1])),
            // A command counts when a test calls it.
            ["sysnet", command, ..] => self.test_text.contains(&format!("\"{command}\"")),
            ["doc", "test", "of", item] => self.has_documentation_test(item),
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

impl Row {
    fn violations(&self, project: &Project) -> Vec<String> {
        static NAMED: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("`([^`]+)`").expect("fixed pattern"));
        let named: Vec<&str> = NAMED
            .captures_iter(&self.tests)
            .filter_map(|found| found.get(1))
            .map(|found| found.as_str())
            .collect();
        let at = format!("{PAGE}:{}: {}", self.line, self.id);
        if named.is_empty() {
            return vec![format!("{at} is done but names nothing in backticks")];
        }
        named
            .iter()
            .filter(|name| !project.has(name))
            .map(|name| format!("{at} is done, but nothing tests `{name}`"))
            .collect()
    }

    /// The group of the row: `03` of `F03-17`.
    fn group(&self) -> &str {
        self.id.get(1..3).unwrap_or_default()
    }
}

/// The rows, and what is wrong with the table itself.
fn parse(page: &str) -> (Vec<Row>, Vec<String>) {
    static ID: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^F\d{2}-\d{2}$").expect("fixed pattern"));
    let mut rows: Vec<Row> = Vec::new();
    let mut violations = Vec::new();
    for (index, text) in page.lines().enumerate() {
        let cells = cells(text);
        let line = index + 1;
        let Some(id) = cells.first().filter(|cell| ID.is_match(cell)) else {
            continue;
        };
        let [_, _, status, tests] = cells.as_slice() else {
            violations.push(format!(
                "{PAGE}:{line}: {id} has {} cells, not 4",
                cells.len()
            ));
            continue;
        };
        if status != "done" && status != "open" {
            violations.push(format!(
                "{PAGE}:{line}: {id} is neither done nor open but {status:?}"
            ));
        }
        if rows.iter().any(|row| row.id == *id) {
            violations.push(format!("{PAGE}:{line}: {id} is there twice"));
        }
        rows.push(Row {
            line,
            id: id.clone(),
            done: status == "done",
            tests: tests.clone(),
        });
    }
    (rows, violations)
}

/// The cells of a table line; `\|` is a bar inside a cell.
fn cells(line: &str) -> Vec<String> {
    let Some(inner) = line
        .trim()
        .strip_prefix('|')
        .and_then(|line| line.strip_suffix('|'))
    else {
        return Vec::new();
    };
    let marked = inner.replace("\\|", "\0");
    marked
        .split('|')
        .map(|cell| cell.trim().replace('\0', "|"))
        .collect()
}

/// Done and all rows by group.
fn counts(rows: &[Row]) -> BTreeMap<&str, (usize, usize)> {
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows {
        let (done, all) = groups.entry(row.group()).or_default();
        *done += usize::from(row.done);
        *all += 1;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Project {
        Project {
            tests: vec!["crates::a::tests::it::redirect::redirect_limit_50".to_owned()],
            files: ["xtask/src/api_map.rs", "crates/a/examples/howto_get.rs"]
                .map(str::to_owned)
                .into(),
            test_text: "run(&[\"get\", url]); example(\"howto_get\");".to_owned(),
            library_text: "/// A creator.\n/// ```\n/// x\n/// ```\n#[doc(alias = \"y\")]\n\
                pub trait WebRequestCreate {}\n/// None.\npub trait Bare {}\n"
                .to_owned(),
        }
    }

    #[track_caller]
    fn check(page: &str, expected: &[&str]) {
        let (rows, mut violations) = parse(page);
        let project = project();
        violations.extend(
            rows.iter()
                .filter(|row| row.done)
                .flat_map(|row| row.violations(&project)),
        );
        assert_eq!(violations.len(), expected.len(), "{violations:?}");
        for (violation, part) in violations.iter().zip(expected) {
            assert!(violation.contains(part), "{violation:?} has no {part:?}");
        }
    }

    #[test]
    fn what_a_done_row_names_must_exist() {
        check("| F03-05 | limit | done | `redirect_limit_50` |", &[]);
        check(
            "| F03-05 | limit | done | `redirect_limit` and `redirect_limit_51` |",
            &["_51"],
        );
        check("| F03-05 | limit | open | `redirect_limit_51` |", &[]);
        check("| F03-05 | limit | done | by hand |", &["names nothing"]);
    }

    #[test]
    fn commands_and_examples_must_be_run_by_a_test() {
        check(
            "| F01-41 | how-to | done | `cargo run --example howto_get -- URL` |",
            &[],
        );
        check(
            "| F01-41 | how-to | done | `cargo run --example howto_post` |",
            &["howto_post"],
        );
        check("| F01-41 | how-to | done | `examples/howto_get.rs` |", &[]);
        check("| F24-08 | get | done | `sysnet get URL` |", &[]);
        check(
            "| F24-08 | ping | done | `sysnet ping ::1 -c 1` |",
            &["ping"],
        );
        check(
            "| F26-21 | map | done | `cargo xtask api-map --check` |",
            &[],
        );
        check(
            "| F26-21 | map | done | `cargo xtask nothing` |",
            &["nothing"],
        );
        check(
            "| F02-04 | trait | done | `doc test of WebRequestCreate` |",
            &[],
        );
        check("| F02-04 | trait | done | `doc test of Bare` |", &["Bare"]);
    }

    #[test]
    fn the_table_itself_is_checked() {
        check("| F01-01 | a | open |", &["3 cells"]);
        check("| F01-01 | a | half | `b` |", &["neither"]);
        check(
            "| F01-01 | a | open | `b` |\n| F01-01 | a | open | `b` |",
            &["twice"],
        );
        check("| F01-01 | a \\| b | open | `b` |", &[]);
        check("| E1 | a | open | `b` |", &[]);
    }

    #[test]
    fn groups_are_counted() {
        let (rows, _) = parse(
            "| F01-01 | a | done | `b` |\n| F01-02 | a | open | `b` |\n| F02-01 | a | open | `b` |",
        );
        let expected = BTreeMap::from([("01", (1, 2)), ("02", (0, 1))]);
        assert_eq!(counts(&rows), expected);
    }
}
