//! docs/howto.md: what stands for each how-to, program, listing and sample of the guide.

use std::collections::BTreeMap;

use super::{Project, cells, named};

pub(super) const PAGE: &str = "docs/howto.md";

/// The sections of the index and how many entries the guide has for each.
const SECTIONS: [(&str, usize); 4] = [
    ("How-tos", 23),
    ("Whole programs", 17),
    ("XML listings", 10),
    ("Samples", 12),
];

/// How many entries are done, of how many; a missing entry, and one whose stand-in does not exist,
/// is reported.
pub(super) fn check(page: &str, project: &Project, violations: &mut Vec<String>) -> (usize, usize) {
    let (mut done, mut all) = (0, 0);
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut section = "";
    for (index, line) in page.lines().enumerate() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading;
        }
        let cells = cells(line);
        let [number, .., stands] = cells.as_slice() else {
            continue;
        };
        if number.parse::<usize>().is_err() {
            continue;
        }
        *sizes.entry(section).or_default() += 1;
        all += 1;
        if stands == "open" || stands.starts_with("open ") {
            continue;
        }
        done += 1;
        let names = named(stands);
        if names.is_empty() || !names.iter().all(|name| project.has(name)) {
            let what = format!("{PAGE}:{}: nothing runs {stands}", index + 1);
            violations.push(what);
        }
    }
    for (section, size) in SECTIONS {
        let found = sizes.get(section).copied().unwrap_or_default();
        if found != size {
            violations.push(format!(
                "{PAGE}: {section} has {found} entries, the guide {size}"
            ));
        }
    }
    (done, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn an_entry_names_what_exists_or_is_open() {
        let mut project = Project {
            test_text: "example(\"a\")".to_owned(),
            ..Project::default()
        };
        project.files.insert("crates/x/examples/a.rs".to_owned());
        let mut violations = Vec::new();
        let page = "## How-tos\n| 1 | x | `examples/a.rs` |\n| 2 | y | open (`b`) |\n\
            | 3 | z | `examples/c.rs` |\n| 4 | z | by hand |\n";
        assert_eq!(check(page, &project, &mut violations), (3, 4));
        assert_eq!(violations.len(), 2 + SECTIONS.len(), "{violations:?}");
    }

    /// The page itself: every entry of the guide is there, and what is not open is run by a test.
    #[test]
    fn howto_index_complete() {
        let workspace = Workspace::locate();
        let project = Project::read(&workspace).expect("the project can be read");
        let page = workspace.read(PAGE).expect("the page is there");
        let mut violations = Vec::new();
        let (_, all) = check(&page, &project, &mut violations);
        assert_eq!(violations, Vec::<String>::new());
        assert_eq!(all, 62);
    }
}
