//! `tidy`: what a reader trips over and no compiler reports: files without a head, files that are
//! too long, names outside the layout, unfinished work, lints switched off without a reason, .NET
//! names that cannot be looked up, members that are traced and do not say so, examples that cast.

mod casts;
mod dotnet;
mod trace_note;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::source::{code_only, line_of};
use crate::workspace::{Counts, Failure, Outcome, Workspace};

/// The names that may stand at the top level, beside dotfiles.
const TOP_LEVEL: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "config-samples",
    "crates",
    "deny.toml",
    "docs",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "tests",
    "xtask",
];
const DOTFILES: &[&str] = &[
    ".cargo",
    ".ci",
    ".git",
    ".github",
    ".gitattributes",
    ".gitignore",
];

/// No source file is longer: lines.
const LONGEST: usize = 800;

/// Files over the limit, with the length they may not exceed and the reason. It may only shrink.
const LONG_FILES: &[(&str, usize, &str)] = &[];

/// File names that say nothing about what is in the file.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "misc", "common"];

/// Words that mark unfinished work. Split, so that this file passes its own check.
const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

/// Paths that mean something on one machine only.
const PRIVATE_PATHS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("../sha", "red"),
    concat!("sha", "red/d"),
    concat!("/tmp/con", "tract"),
];

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut violations = top_level(&workspace.top_level()?);
    let files = workspace.files()?;
    for path in &files {
        // What is recorded or generated is kept byte by byte.
        let data = path.contains("/conformance/") || path.contains("/corpus/");
        let text_file = [".rs", ".md", ".toml", ".yml", ".config"]
            .iter()
            .any(|ending| path.ends_with(ending));
        if data || !text_file {
            continue;
        }
        let text = workspace.read(path)?;
        violations.extend(check_text(path, &text));
        if path.ends_with(".rs") {
            violations.extend(check_source(path, &text));
        }
    }
    violations.extend(casts(workspace, &files)?);
    let sources = workspace.sources()?;
    let library = || {
        let all = sources
            .iter()
            .filter(|(path, _)| path.starts_with("crates/"));
        all.map(|(path, text)| (path.as_str(), text.as_str()))
    };
    violations.extend(dotnet::check(library()));
    violations.extend(trace_note::check(library()));
    println!("{} files", files.len());
    Failure::unless_empty("tidy", &violations)?;
    Ok(Counts::default())
}

/// Casts in examples and pages.
fn casts(workspace: &Workspace, files: &[String]) -> Result<Vec<String>, Failure> {
    let mut texts = Vec::new();
    for path in files {
        if path.ends_with(".rs") || path.ends_with(".md") {
            texts.push((path.as_str(), workspace.read(path)?));
        }
    }
    let page = workspace.read("docs/howto.md")?;
    let texts = texts.iter().map(|(path, text)| (*path, text.as_str()));
    Ok(casts::check(&page, texts))
}

fn top_level(names: &BTreeSet<String>) -> Vec<String> {
    names
        .iter()
        .filter(|name| {
            let name = name.as_str();
            !TOP_LEVEL.contains(&name) && !DOTFILES.contains(&name) && !built(name)
        })
        .map(|name| format!("{name}: the agreed top level does not have it"))
        .collect()
}

fn built(name: &str) -> bool {
    name == "target" || name.starts_with("mutants.out")
}

/// What holds for every text file.
fn check_text(path: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    let mut report = |line: usize, what: &str| violations.push(format!("{path}:{line}: {what}"));
    for (index, line) in text.lines().enumerate() {
        if line.trim_end() != line {
            report(index + 1, "white space at the end of the line");
        }
        for word in UNFINISHED {
            if line.contains(word) && !path.ends_with(".md") {
                report(index + 1, &format!("unfinished: {word}"));
            }
        }
        for private in PRIVATE_PATHS {
            if line.contains(private) {
                report(
                    index + 1,
                    &format!("names {private}, which nobody else has"),
                );
            }
        }
    }
    if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
        report(
            text.lines().count(),
            "the file does not end with exactly one line end",
        );
    }
    violations
}

/// What holds for Rust sources.
fn check_source(path: &str, text: &str) -> Vec<String> {
    static IGNORED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"#\[ignore\b").expect("fixed pattern"));
    static ALLOW: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"#!?\[(?:allow|expect)\(([^\]]*)\)\]").expect("fixed pattern")
    });
    let mut violations = Vec::new();
    let mut report = |line: usize, what: &str| violations.push(format!("{path}:{line}: {what}"));
    let head = text.lines().next().unwrap_or_default();
    let program =
        !path.contains("/src/") || path.contains("/src/bin/") || path.ends_with("/main.rs");
    let says = head.starts_with("//!") || (program && head.starts_with("// "));
    if !says {
        report(1, "does not open by saying what it is for (//!)");
    }
    let (length, limit) = (text.lines().count(), longest(path));
    if length > limit {
        report(
            length,
            &format!("has {length} lines, {limit} are the limit"),
        );
    }
    let name = path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs");
    if EMPTY_NAMES.contains(&name) {
        report(1, "its name does not say what is in it");
    }
    let code = code_only(text);
    for found in IGNORED.find_iter(&code) {
        report(line_of(&code, found.start()), "a test that does not run");
    }
    for found in ALLOW.find_iter(&code) {
        // The pattern is found in code without strings, so the reason is read from the text.
        if !text[found.range()].contains("reason = \"") {
            report(
                line_of(&code, found.start()),
                "switches a lint off without a reason",
            );
        }
    }
    violations
}

fn longest(path: &str) -> usize {
    LONG_FILES
        .iter()
        .find(|(file, _, _)| *file == path)
        .map_or(LONGEST, |(_, length, _)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let mut found = check_text(path, text);
        found.extend(check_source(path, text));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (violation, part) in found.iter().zip(expected) {
            assert!(violation.contains(part), "{violation:?} has no {part:?}");
        }
    }

    const LIBRARY: &str = "crates/a/src/b.rs";

    #[test]
    fn a_file_opens_by_saying_what_it_is_for() {
        check(LIBRARY, "//! About b.\nfn b() {}\n", &[]);
        check(LIBRARY, "fn b() {}\n", &["b.rs:1: does not open"]);
        check(LIBRARY, "// About b.\n", &["does not open"]);
        check("crates/a/tests/it/main.rs", "// About the tests.\n", &[]);
        check("crates/a/examples/b.rs", "use c;\n", &["does not open"]);
    }

    #[test]
    fn files_have_a_longest_length() {
        let of_lines = |lines: usize| format!("//! About b.\n{}", "x();\n".repeat(lines - 1));
        check(LIBRARY, &of_lines(LONGEST), &[]);
        check(LIBRARY, &of_lines(LONGEST + 1), &["801 lines"]);
    }

    #[test]
    fn names_say_what_is_in_a_file() {
        check("crates/a/src/utils.rs", "//! Things.\n", &["name"]);
    }

    #[test]
    fn unfinished_work_is_found() {
        for word in UNFINISHED {
            check(
                LIBRARY,
                &format!("//! About b.\n// {word}\n"),
                &["unfinished"],
            );
        }
        check(
            LIBRARY,
            "//! About b.\n#[test]\n#[ignore]\nfn c() {}\n",
            &["does not run"],
        );
    }

    #[test]
    fn white_space_at_the_end_is_found() {
        check(LIBRARY, "//! About b. \n", &["white space"]);
        check(LIBRARY, "//! About b.", &["line end"]);
        check(LIBRARY, "//! About b.\n\n", &["line end"]);
    }

    #[test]
    fn an_allow_has_its_reason() {
        check(
            LIBRARY,
            "//! About b.\n#[allow(dead_code, reason = \"c\")]\nfn b() {}\n",
            &[],
        );
        check(
            LIBRARY,
            "//! About b.\n#[allow(dead_code)]\nfn b() {}\n",
            &["without a reason"],
        );
        let lines = "//! About b.\n#![allow(\n    dead_code,\n    reason = \"c\"\n)]\n";
        check(LIBRARY, lines, &[]);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for path in PRIVATE_PATHS {
            check(LIBRARY, &format!("//! See {path}\n"), &["nobody else"]);
        }
    }

    #[test]
    fn the_top_level_is_fixed() {
        let names = |extra: &str| {
            ["Cargo.toml", "crates", ".git", extra]
                .map(str::to_owned)
                .into()
        };
        assert!(top_level(&names("docs")).is_empty());
        assert_eq!(top_level(&names("scripts")).len(), 1);
        assert_eq!(top_level(&names(".vscode")).len(), 1);
    }
}
