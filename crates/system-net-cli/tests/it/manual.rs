//! docs/cli.md has each option of transfers, and the program has each that is there.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::program::run;

const PAGE: &str = include_str!("../../../../docs/cli.md");

/// The rows of the table of options: the verbs, and the names.
fn documented() -> Vec<(Vec<String>, Vec<String>)> {
    let section = PAGE.split("\n## Options of transfers\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `-"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let verbs = cells[1].split_whitespace().map(str::to_owned).collect();
        // `-o FILE`, `--output FILE`: each name begins a code.
        let names = cells[0].split('`').skip(1).step_by(2);
        let names = names.map(|name| name.split(' ').next().unwrap().to_owned());
        (verbs, names.collect())
    })
    .collect()
}

/// The options that the help of a verb names.
fn helped(verb: &str) -> BTreeSet<String> {
    let text = run(&[verb, "--help"]).ok().text();
    let lines = text.lines().map(str::trim_start);
    let names = lines.filter(|line| line.starts_with('-')).flat_map(|line| {
        let (names, _) = line.split_once("  ").unwrap_or((line, ""));
        let names = names
            .split(", ")
            .map(|name| name.split(' ').next().unwrap_or_default());
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    names.filter(|name| name.starts_with('-')).collect()
}

#[test]
fn cli_options_are_documented() {
    let rows = documented();
    assert!(rows.len() > 40, "{}", rows.len());
    for verb in ["get", "head", "post", "put"] {
        let of_verb = rows
            .iter()
            .filter(|(verbs, _)| verbs.iter().any(|named| named == verb || named == "all"));
        let documented: BTreeSet<String> = of_verb
            .flat_map(|(_, names)| names.iter().cloned())
            .collect();
        let helped = helped(verb);
        let missing: Vec<_> = helped.difference(&documented).collect();
        assert!(
            missing.is_empty(),
            "{verb}: not in docs/cli.md: {missing:?}"
        );
        let invented: Vec<_> = documented.difference(&helped).collect();
        assert!(invented.is_empty(), "{verb}: not in the help: {invented:?}");
    }
}

/// The page is well-formed for groff, and has each verb and each option.
#[test]
fn sysnet_man() {
    let page = run(&["man"]).ok().text();
    let plain = page.replace("\\-", "-");
    for verb in [
        "get",
        "head",
        "post",
        "put",
        "uri parse",
        "config show",
        "completions",
    ] {
        assert!(plain.contains(&format!(".SS \"sysnet {verb}\"")), "{verb}");
    }
    for (_, names) in documented() {
        for name in names {
            assert!(plain.contains(&name), "{name}");
        }
    }
    assert!(plain.contains("Exit codes (curl's"), "{page}");
    let mut command = Command::new("groff");
    command.args(["-man", "-ww", "-Tutf8", "-z"]);
    let Ok(mut groff) = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        println!("skipped: there is no groff to look at the page");
        return;
    };
    groff
        .stdin
        .take()
        .unwrap()
        .write_all(page.as_bytes())
        .unwrap();
    let output = groff.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.is_empty(), "{told}");
}

#[test]
fn cli_exit_codes_are_documented() {
    let help = run(&["--help"]).ok().text();
    let listed = help.split("Exit codes").nth(1).unwrap();
    let section = PAGE.split("\n## Exit codes\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
    let codes = rows.filter_map(|row| row.split(' ').next()?.parse::<u8>().ok());
    let documented: BTreeSet<u8> = codes.collect();
    let words = listed
        .split_whitespace()
        .filter_map(|word| word.parse::<u8>().ok());
    // Of "HTTP 400 and above" the number is too large for a code.
    let helped: BTreeSet<u8> = words.collect();
    assert_eq!(helped, documented);
}
