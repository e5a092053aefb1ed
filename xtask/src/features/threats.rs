//! docs/security.md: `| threat | elsewhere | rule | test | done or open |`.

use super::{Project, cells, named};

pub(super) const PAGE: &str = "docs/security.md";

/// How many threats are done, of how many; what a done one names and is not there is reported.
pub(super) fn check(page: &str, project: &Project, violations: &mut Vec<String>) -> (usize, usize) {
    let (mut done, mut all) = (0, 0);
    for (index, line) in page.lines().enumerate() {
        let cells = cells(line);
        let [threat, _, _, tests, status] = cells.as_slice() else {
            continue;
        };
        if threat == "threat" || threat.starts_with("---") {
            continue;
        }
        let at = format!("{PAGE}:{}: {threat}", index + 1);
        all += 1;
        match status.as_str() {
            "open" => continue,
            "done" => done += 1,
            other => violations.push(format!("{at}: neither done nor open but {other:?}")),
        }
        // Beside the tests, the cell may say in words what they assert; only names are looked up.
        let names = named(tests);
        if names.is_empty() {
            violations.push(format!("{at}: done, but names no test"));
        }
        for name in names.iter().filter(|name| !project.has(name)) {
            violations.push(format!("{at}: done, but nothing tests `{name}`"));
        }
    }
    (done, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_done_threat_has_its_tests() {
        let project = Project {
            tests: vec!["a::te_table".to_owned()],
            ..Project::default()
        };
        let mut violations = Vec::new();
        let page = "| threat | b | c | test | status |\n|---|---|---|---|---|\n\
            | x | b | c | `te_table` | done |\n| y | b | c | `other` | done |\n\
            | z | b | c | `later` | open |\n| w | b | c | d | perhaps |\n";
        assert_eq!(check(page, &project, &mut violations), (2, 4));
        assert_eq!(violations.len(), 3, "{violations:?}");
        assert!(violations[0].contains("`other`"));
    }
}
