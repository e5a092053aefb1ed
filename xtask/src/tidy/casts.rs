//! The guide's best practice: "Use WebRequest and WebResponse whenever possible instead of type
//! casting". Examples cast only where their how-to does, which docs/howto.md lists with the reason.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// Where the casts are listed: a table under this heading, with a file in the first cell.
const PAGE: &str = "docs/howto.md";
const HEADING: &str = "## Casts";

/// Examples that cast and are not listed, and listed ones that do not. `files` are all texts of the
/// project, by path.
pub(super) fn check<'a>(
    page: &str,
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let mut violations = Vec::new();
    let mut listed = listed(page, &mut violations);
    for (path, text) in files {
        let Some(line) = first_cast(path, text) else {
            continue;
        };
        if !listed.remove(path) {
            violations.push(format!(
                "{path}:{line}: an example casts a request or a response: use what WebRequest and \
                 WebResponse have, or list it in {PAGE} with what its how-to says"
            ));
        }
    }
    let idle = |path| format!("{PAGE}: {path} is listed under Casts and has none");
    violations.extend(listed.into_iter().map(idle));
    violations
}

/// The files of the table; each has to say why.
fn listed(page: &str, violations: &mut Vec<String>) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let table = page
        .lines()
        .skip_while(|line| *line != HEADING)
        .skip(1)
        .take_while(|line| !line.starts_with("## "));
    for line in table {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let Some(path) = cells.next().and_then(|cell| cell.strip_prefix('`')) else {
            continue;
        };
        let path = path.trim_end_matches('`');
        if cells.next().is_none_or(str::is_empty) {
            violations.push(format!(
                "{PAGE}: {path} is listed under Casts without a reason"
            ));
        }
        files.insert(path.to_owned());
    }
    files
}

/// The line of the first cast in what a reader takes for an example.
fn first_cast(path: &str, text: &str) -> Option<usize> {
    static CAST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\.as_http(?:_mut)?\(|\bdowncast(?:_ref|_mut)?::<\s*\w+Web(?:Request|Response)\b|\.downcast\(\)",
        )
        .expect("fixed pattern")
    });
    let is_program = path.starts_with("crates/") && path.contains("/examples/");
    let is_source = path.starts_with("crates/") && path.contains("/src/");
    // The pages of docs/porting say what stands for a cast; tables of features name what there is.
    let is_page =
        path.ends_with(".md") && path != "docs/features.md" && !path.contains("/porting/");
    text.lines()
        .position(|line| {
            let shown = match (is_program, is_source) {
                (true, _) => true,
                (_, true) => {
                    let bare = line.trim_start();
                    bare.starts_with("///") || bare.starts_with("//!")
                }
                _ => is_page,
            };
            shown && CAST.is_match(line)
        })
        .map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[track_caller]
    fn check_one(path: &str, text: &str, page: &str, expected: &[&str]) {
        let found = check(page, [(path, text)].into_iter());
        assert_eq!(found.len(), expected.len(), "{path}: {found:?}");
        for (violation, part) in found.iter().zip(expected) {
            assert!(violation.contains(part), "{violation:?} has no {part:?}");
        }
    }

    #[test]
    fn an_example_that_casts_is_listed() {
        let example = "crates/a/examples/b.rs";
        let page =
            format!("# P\n## Casts\n| file | how-to |\n|---|---|\n| `{example}` | says so |\n");
        for cast in [
            "let http = response.as_http();",
            "request.as_http_mut()",
            "r.downcast_ref::<FileWebResponse>()",
            "request\n    .downcast()",
            "r.downcast::<FtpWebRequest>()",
        ] {
            check_one(example, cast, &page, &[]);
            check_one(example, cast, "## Casts\n", &["an example casts"]);
            let quoted = format!("/// {}", cast.replace('\n', "\n/// "));
            check_one("crates/a/src/b.rs", &quoted, "", &["an example casts"]);
            // The code of a library, and the pages about casting.
            check_one("crates/a/src/b.rs", cast, "", &[]);
            check_one("docs/porting/x.md", cast, "", &[]);
            check_one("README.md", cast, "", &["an example casts"]);
        }
        check_one(example, "state.downcast_ref::<State>()", "", &[]);
        check_one(example, "", &page, &["has none"]);
        let silent = format!("## Casts\n| `{example}` | |\n");
        check_one(example, "r.as_http()", &silent, &["without a reason"]);
    }

    /// The project itself.
    #[test]
    fn examples_cast_only_where_the_howto_says() {
        let workspace = Workspace::locate();
        let files = workspace.files().expect("the project can be listed");
        let texts: Vec<(String, String)> = files
            .into_iter()
            .filter(|path| path.ends_with(".rs") || path.ends_with(".md"))
            .map(|path| {
                let text = workspace.read(&path).expect("the file can be read");
                (path, text)
            })
            .collect();
        let page = workspace.read(PAGE).expect("the page is there");
        let all = texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        assert_eq!(check(&page, all), Vec::<String>::new());
        assert!(listed(&page, &mut Vec::new()).len() >= 5);
    }
}
