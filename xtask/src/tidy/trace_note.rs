//! The note that the guide promises: a public member that emits to a trace source says so in its
//! documentation, and one that says so emits.

use std::sync::LazyLock;

use regex::Regex;

/// What the documentation says.
const NOTE: &str = "Outputs trace information when network tracing is enabled.";

/// Members without their note, and notes without emission.
pub(super) fn check<'a>(sources: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut violations = Vec::new();
    for (path, text) in sources {
        // Where the emitters themselves are.
        if path.starts_with("crates/system-net-diagnostics/") || !path.contains("/src/") {
            continue;
        }
        for member in members(text) {
            let (line, name) = (member.line, member.name);
            match (member.emits, member.noted) {
                (true, false) => violations.push(format!(
                    "{path}:{line}: `{name}` is traced, and its documentation does not say: {NOTE}"
                )),
                (false, true) => violations.push(format!(
                    "{path}:{line}: `{name}` is not traced, though its documentation says so"
                )),
                _ => {}
            }
        }
    }
    violations
}

struct Member<'a> {
    line: usize,
    name: &'a str,
    noted: bool,
    emits: bool,
}

/// The public functions of a source, with what is above them and in them.
fn members(text: &str) -> Vec<Member<'_>> {
    static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(\s*)pub (?:const |async |unsafe )*fn (\w+)").expect("fixed pattern")
    });
    static EMITS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\btrace::(?:begun|call|done|enter|later)\(|\benter\(\s*"|traced\w*\(\s*"|\bHeard::enter\(|\.information\(\s*""#)
            .expect("fixed pattern")
    });
    let lines: Vec<&str> = text.lines().collect();
    let mut members = Vec::new();
    let mut noted = false;
    for (index, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        if bare.starts_with("///") {
            noted |= bare.contains(NOTE);
            continue;
        }
        if let Some(found) = FUNCTION.captures(line) {
            let indent = &found[1];
            let end = format!("{indent}}}");
            let is_end = |line: &&&str| line.starts_with(&end);
            let rest = &lines[index..];
            let length = rest.iter().take_while(|line| !is_end(line)).count();
            let body = rest[..length].join("\n");
            members.push(Member {
                line: index + 1,
                name: found.get(2).map_or("", |name| name.as_str()),
                noted,
                emits: EMITS.is_match(&body),
            });
        }
        // Attributes stand between the documentation and its item; some take several lines.
        let attribute = bare.starts_with("#[") || bare.starts_with("reason") || bare == ")]";
        noted &= attribute || bare.starts_with("clippy::");
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[track_caller]
    fn violations(text: &str) -> usize {
        check([("crates/a/src/b.rs", text)].into_iter()).len()
    }

    #[test]
    fn a_member_that_emits_says_so() {
        let with = format!(
            "impl A {{\n    /// B.\n    ///\n    /// {NOTE}\n    #[must_use]\n    pub fn b(&self) {{\n        \
             let _call = self.enter(\"B\");\n    }}\n}}\n"
        );
        assert_eq!(violations(&with), 0);
        assert_eq!(violations(&with.replace(NOTE, "")), 1);
        assert_eq!(violations(&with.replace("enter", "leave")), 1);
        // What is not public needs none, and what others emit is theirs.
        let private = with.replace(NOTE, "").replace("pub fn", "pub(crate) fn");
        assert_eq!(violations(&private), 0);
        let two = format!("{with}impl C {{\n    /// D.\n    pub fn d(&self) {{}}\n}}\n");
        assert_eq!(violations(&two), 0);
    }

    /// On the sources as they are: whichever note is removed, it is missed.
    #[test]
    fn tidy_trace_note() {
        let workspace = Workspace::locate();
        let Ok(sources) = workspace.sources() else {
            panic!("the sources cannot be read");
        };
        let library: Vec<(&str, &str)> = sources
            .iter()
            .filter(|(path, _)| path.starts_with("crates/"))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        assert_eq!(check(library.iter().copied()), Vec::<String>::new());
        let mut notes = 0;
        for (path, text) in &library {
            for (at, _) in text.match_indices(NOTE) {
                if path.starts_with("crates/system-net-diagnostics/") || !path.contains("/src/") {
                    continue;
                }
                let without = format!("{}{}", &text[..at], &text[at + NOTE.len()..]);
                let found = check([(*path, without.as_str())].into_iter());
                assert_eq!(found.len(), 1, "{path}: {found:?}");
                notes += 1;
            }
        }
        assert!(notes > 30, "{notes} notes");
    }
}
