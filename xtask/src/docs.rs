//! `docs`: the crates' documentation without a warning, and every relative link of the pages
//! under `docs/` and at the top level leading somewhere.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::workspace::{Failure, Outcome, Workspace, run as run_command};

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    links(workspace)?;
    let mut command = workspace.cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    run_command(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn links(workspace: &Workspace) -> Outcome {
    let mut violations = Vec::new();
    for page in workspace
        .files()?
        .iter()
        .filter(|file| file.ends_with(".md"))
    {
        let folder = Path::new(page).parent().unwrap_or_else(|| Path::new(""));
        for (line, target) in relative_links(&workspace.read(page)?) {
            let file = folder.join(&target);
            if !workspace.path(&file.to_string_lossy()).exists() {
                violations.push(format!("{page}:{line}: nothing lies at {target}"));
            }
        }
    }
    Failure::unless_empty("links of the pages", &violations)
}

/// The link targets of a page that are files, without their anchors, each with its line number.
fn relative_links(page: &str) -> Vec<(usize, String)> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").expect("fixed pattern"));
    static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("`[^`]*`").expect("fixed pattern"));
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for link in LINK.captures_iter(&CODE.replace_all(line, "``")) {
            let target = link[1].split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains(':') {
                found.push((index + 1, target.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_files_count() {
        let page = "[a](b.md) and [c](d/e.md#f)\n[g](#h) [i](https://example.org/)\n`[j](k)`\n\
            ```\n[l](m)\n```\n![n](o.png)";
        let targets = [(1, "b.md"), (1, "d/e.md"), (7, "o.png")];
        assert_eq!(
            relative_links(page),
            targets.map(|(line, to)| (line, to.to_owned()))
        );
    }

    #[test]
    fn links_of_the_project_lead_somewhere() {
        let outcome = links(&Workspace::locate());
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}
