//! `features`: reads the rows of docs/features.md (`| id | feature | done or open | tests |`). What
//! a row marked done names in backticks must exist: a test, an example, or a command that a test
//! runs. Prints how many rows of each group are done. The threats of docs/security.md and the index of
//! how-tos are held to the same rule.

mod howto;
mod project;
mod threats;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::features::project::Project;
use crate::workspace::{Failure, Outcome, Workspace};

const PAGE: &str = "docs/features.md";
/// The row that says that the index of how-tos is complete.
const INDEX_ROW: &str = "F24-13";

/// What to print beside the counts.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Also the open rows whose tests all exist: read the row again, and mark it done
    #[arg(long)]
    candidates: bool,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
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
    if options.candidates {
        for row in rows
            .iter()
            .filter(|row| !row.done && row.violations(&project).is_empty())
        {
            println!("open, but its tests exist: {} {}", row.id, row.tests);
        }
    }
    let (done, all) = threats::check(&workspace.read(threats::PAGE)?, &project, &mut violations);
    println!("{}: {done} of {all} threats done", threats::PAGE);
    let (done, all) = howto::check(&workspace.read(howto::PAGE)?, &project, &mut violations);
    println!("{}: {done} of {all} entries done", howto::PAGE);
    if done < all && rows.iter().any(|row| row.done && row.id == INDEX_ROW) {
        violations.push(format!(
            "{PAGE}: {INDEX_ROW} is done, but {} has open entries",
            howto::PAGE
        ));
    }
    Failure::unless_empty("features", &violations)
}

/// What a text names in backticks.
fn named(text: &str) -> Vec<&str> {
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("`([^`]+)`").expect("fixed pattern"));
    NAMED
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .map(|found| found.as_str())
        .collect()
}

/// One line of the page's tables.
#[derive(Debug)]
struct Row {
    line: usize,
    id: String,
    done: bool,
    tests: String,
}

impl Row {
    fn violations(&self, project: &Project) -> Vec<String> {
        let named = named(&self.tests);
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
            files: [
                "xtask/src/api_map.rs",
                "crates/a/examples/howto_get.rs",
                "config-samples/ipv6.config",
            ]
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
