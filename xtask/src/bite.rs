//! `bite`: mutation tests. cargo-mutants takes out or turns round one piece of a guard or protocol
//! core at a time and runs its package's tests; a change that no test notices is a failure, unless
//! docs/testing.md lists it with the reason why it cannot be noticed.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use crate::workspace::{Counts, Failure, Outcome, Workspace, shown};

const PAGE: &str = "docs/testing.md";
/// The heading of the table of accepted survivors in that page.
const TABLE: &str = "## Accepted survivors";

/// Packages and the files of theirs that are cores or guards. A glob without a match is fine.
///
/// Of `system-net-uri` these are the files that decide what is connected to and what a path or a
/// relative reference leads to; how parts are printed and built is graded by recorded rows.
const SCOPE: &[(&str, &[&str])] = &[
    (
        "system-net-uri",
        &[
            "crates/system-net-uri/src/address.rs",
            "crates/system-net-uri/src/address/**",
            "crates/system-net-uri/src/compare.rs",
            "crates/system-net-uri/src/host.rs",
            "crates/system-net-uri/src/host/**",
            "crates/system-net-uri/src/inner.rs",
            "crates/system-net-uri/src/parse/authority.rs",
            "crates/system-net-uri/src/parse/scheme.rs",
            "crates/system-net-uri/src/path.rs",
            "crates/system-net-uri/src/relative.rs",
            "crates/system-net-uri/src/resolve.rs",
        ],
    ),
    (
        "system-net-primitives",
        &["crates/system-net-primitives/src/headers/**"],
    ),
    (
        "system-net-http-proto",
        &["crates/system-net-http-proto/src/**"],
    ),
    (
        "system-net-security",
        &[
            "crates/system-net-security/src/authentication/**",
            "crates/system-net-security/src/extended_protection/**",
            "crates/system-net-security/src/isolation/**",
            "crates/system-net-security/src/kerberos/**",
            "crates/system-net-security/src/negotiate/**",
            "crates/system-net-security/src/ntlm/**",
            "crates/system-net-security/src/permissions/**",
            "crates/system-net-security/src/tls/**",
        ],
    ),
    (
        "system-net-http-listener",
        &[
            "crates/system-net-http-listener/src/authentication/**",
            "crates/system-net-http-listener/src/connection/**",
            "crates/system-net-http-listener/src/http2/request.rs",
            "crates/system-net-http-listener/src/http2/watch.rs",
            "crates/system-net-http-listener/src/limits.rs",
            "crates/system-net-http-listener/src/path.rs",
            "crates/system-net-http-listener/src/prefix.rs",
            "crates/system-net-http-listener/src/router.rs",
            "crates/system-net-http-listener/src/routes.rs",
            "crates/system-net-http-listener/src/timeouts.rs",
        ],
    ),
    (
        "system-net-requests",
        &[
            "crates/system-net-requests/src/http/authentication.rs",
            "crates/system-net-requests/src/http/redirect.rs",
            "crates/system-net-requests/src/registry.rs",
        ],
    ),
];

/// Seconds after which a change has made the tests endless; the slowest take ten.
const TIMEOUT: &str = "60";

/// Property tests run a few cases from one seed, since a change is mostly noticed by the tables, and
/// do not look for a smaller case: that there is one is enough.
const PROPERTIES: [(&str, &str); 3] = [
    ("PROPTEST_CASES", "16"),
    ("PROPTEST_RNG_SEED", "1"),
    ("PROPTEST_MAX_SHRINK_ITERS", "0"),
];

/// Which part of the scope to try.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Only this package
    #[arg(short, long)]
    package: Option<String>,
    /// Only files that match this glob
    #[arg(short, long)]
    file: Vec<String>,
    /// One part of the whole, such as 2/8
    #[arg(long)]
    shard: Option<String>,
    /// Print the mutants and run nothing
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    let accepted = accepted(&workspace.read(PAGE)?)?;
    let program = workspace.cargo_tool("cargo-mutants")?;
    let output = workspace.target_directory()?;
    let mut command = workspace.command(program);
    command
        .args(["mutants", "--no-shuffle", "--output"])
        .arg(&output);
    for (package, files) in SCOPE {
        let wanted = options
            .package
            .as_deref()
            .is_none_or(|name| name == *package);
        if !wanted || !workspace.path(&format!("crates/{package}")).exists() {
            continue;
        }
        command.args(["--package", package]);
        for file in files.iter().filter(|_| options.file.is_empty()) {
            command.args(["--file", file]);
        }
    }
    if let Some(package) = options.package.as_deref()
        && !SCOPE.iter().any(|(name, _)| *name == package)
    {
        command.args(["--package", package]);
    }
    for file in &options.file {
        command.args(["--file", file]);
    }
    if let Some(shard) = &options.shard {
        command.args(["--shard", shard]);
    }
    if options.list {
        return crate::workspace::run(command.arg("--list"));
    }
    // What runs in circles is noticed by that.
    command.args(["--timeout", TIMEOUT]);
    command.args(["--", "--tests"]);
    for (name, value) in PROPERTIES {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let begin = Instant::now();
    let status = command
        .status()
        .map_err(|error| Failure::new(format!("cannot start {}: {error}", shown(&command))))?;
    // 0: all caught; 2: some survived; 3: some ran out of time. The rest means it did not run.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        return Err(Failure::new(format!(
            "{} ended with {status}",
            shown(&command)
        )));
    }
    let found =
        |name: &str| fs::read_to_string(output.join("mutants.out").join(name)).unwrap_or_default();
    let survivors = survivors(&found("missed.txt"), &accepted);
    let caught = found("caught.txt").lines().count() + found("timeout.txt").lines().count();
    let missed = found("missed.txt").lines().count();
    let minutes = begin.elapsed().as_secs_f64() / 60.0;
    println!(
        "{caught} changes noticed, {} accepted survivors, in {minutes:.0} minutes",
        missed - survivors.len()
    );
    Failure::unless_empty("changes that no test notices", &survivors)?;
    Ok(Counts::default())
}

/// The survivors that the list does not have, as `path:line:column: change`.
fn survivors(missed: &str, accepted: &BTreeMap<String, String>) -> Vec<String> {
    missed
        .lines()
        .filter(|line| !accepted.contains_key(&without_position(line)))
        .map(str::to_owned)
        .collect()
}

/// `path: change` from `path:line:column: change`: lines move, what is changed does not.
fn without_position(line: &str) -> String {
    let Some((place, change)) = line.split_once(": ") else {
        return line.to_owned();
    };
    let path = place.split(':').next().unwrap_or(place);
    format!("{path}: {change}")
}

/// The table of accepted survivors: change (in backticks) and reason.
fn accepted(page: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut list = BTreeMap::new();
    let section = page.lines().skip_while(|line| *line != TABLE).skip(1);
    for line in section.take_while(|line| !line.starts_with("## ")) {
        let Some(row) = line.strip_prefix("| `") else {
            continue;
        };
        let Some((change, rest)) = row.split_once("` |") else {
            continue;
        };
        let reason = rest.trim().trim_end_matches('|').trim();
        if reason.is_empty() {
            return Err(Failure::new(format!(
                "{PAGE}: `{change}` is accepted without a reason"
            )));
        }
        list.insert(change.replace("\\|", "|"), reason.to_owned());
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURVIVOR: &str = "crates/a/src/b.rs:12:5: replace is_token -> bool with true";

    #[track_caller]
    fn check(rows: &str, missed: &str, expected: &[&str]) {
        let page = format!("# Tests\n{TABLE}\n\n| change | reason |\n|---|---|\n{rows}\n## Next\n");
        let list = accepted(&page).expect("a good table");
        assert_eq!(survivors(missed, &list), expected);
    }

    #[test]
    fn a_survivor_outside_the_table_is_reported() {
        check("", SURVIVOR, &[SURVIVOR]);
        check(
            "| `crates/a/src/b.rs: replace is_token -> bool with false` | x |",
            SURVIVOR,
            &[SURVIVOR],
        );
    }

    #[test]
    fn an_accepted_survivor_may_move() {
        check(
            "| `crates/a/src/b.rs: replace is_token -> bool with true` | why |",
            SURVIVOR,
            &[],
        );
        let bars = "crates/a/src/b.rs:1:2: replace || with && in f";
        check(
            "| `crates/a/src/b.rs: replace \\|\\| with && in f` | why |",
            bars,
            &[],
        );
    }

    #[test]
    fn acceptance_needs_a_reason() {
        let page = format!("{TABLE}\n| `crates/a/src/b.rs: x` | |\n");
        assert!(accepted(&page).is_err());
    }
}
