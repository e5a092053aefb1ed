//! `secrets`: the whole test suite once more, with everything traced that can be and with all output
//! kept; then the password of its logins is looked for in whatever was written, in all its spellings.
//!
//! The logins of the tests have one password, [`MARKER_FILE`]'s, but for those that need one of their
//! own: known answers, tests of several passwords, and tests whose peer says the login back, as a
//! body is the application's and is shown. The configuration file of the run asks for every source at
//! `Verbose`; processes that a test starts inherit it, unless the test gives them another file.

mod forms;
mod scan;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use regex::Regex;

use crate::workspace::{Failure, Outcome, Workspace, shown};
use scan::{Found, Scanner};

/// Where the one password of the tests' logins stands.
const MARKER_FILE: &str = "crates/system-net-testkit/src/login.rs";

/// What is traced; all that there is.
const SOURCES: &[&str] = &[
    "System.Net",
    "System.Net.Sockets",
    "System.Net.HttpListener",
    "System.Net.Cache",
    "System.Net.Http",
    "System.Net.WebSockets",
];

/// Lets the tests of the program show what it wrote, which they otherwise keep for themselves.
const SHOW_VARIABLE: &str = "SYSTEM_NET_TEST_SHOW";

/// Packages whose tests are left out: those of traces themselves make them, and log in nowhere.
const WITHOUT: &[&str] = &["system-net-diagnostics"];

/// Tests that are left out, by a part of their names: they count or time, and would count traces.
const COUNTING: &[&str] = &[
    "a_small_get_allocates_five_times",
    "a_small_request_allocates_nothing",
    "a_socket_moves_to_another_process",
    "churn_leaves_nothing_behind",
    "idle_connections",
    "saea_vs_apm",
    "saea_zero_alloc_echo",
    "slowloris_500_connections",
    "what_is_given_up_leaves_nothing_behind",
];

/// Logins in the traces that show that the run was one: far fewer than there are.
const LOGINS_AT_LEAST: usize = 200;

/// How much to do.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Only this package; may then have too few logins to say anything
    #[arg(short, long)]
    package: Option<String>,
    /// Only tests whose path contains one of these
    filters: Vec<String>,
    /// Look through what an earlier run has left, without running anything
    #[arg(long)]
    scan_only: bool,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    let sources = workspace.sources()?;
    let marker = marker(&workspace.read(MARKER_FILE)?)?;
    let folder = workspace.target_directory()?.join("secrets");
    let whole = options.package.is_none() && options.filters.is_empty();
    if !options.scan_only {
        execute(options, workspace, &folder)?;
    }
    let scanner = Scanner::new(&forms::forms(&marker, &users(&sources), &realms(&sources)));
    let mut violations = Vec::new();
    let (mut bytes, mut logins) = (0, 0);
    for file in files(&folder)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let seen = scanner.file(&file).map_err(|error| {
            Failure::new(format!("cannot look through {}: {error}", file.display()))
        })?;
        bytes += seen.bytes;
        logins += seen.logins;
        violations.extend(seen.found.iter().map(|found| told(&name, found, &marker)));
    }
    println!(
        "{} MB written, {logins} logins told of, in {}",
        bytes / 1_000_000,
        folder.display()
    );
    if whole && logins < LOGINS_AT_LEAST {
        violations.push(format!(
            "only {logins} logins were told of, of {LOGINS_AT_LEAST} at least: was it traced?"
        ));
    }
    if violations.is_empty() && whole && !options.scan_only {
        // Hundreds of megabytes that nobody needs.
        fs::remove_dir_all(&folder)
            .map_err(|error| Failure::new(format!("cannot clear {}: {error}", folder.display())))?;
    }
    Failure::unless_empty("the password of the tests in their output", &violations)
}

/// A place, without the word itself: this is output as well.
fn told(file: &str, found: &Found, marker: &str) -> String {
    let line = found.line.replace(marker, "<password>");
    let short: String = line.chars().take(200).collect();
    format!("{file}:{}: {}: {short}", found.number, found.form)
}

/// Runs the tests; what they write and what is traced is in the folder afterwards.
fn execute(options: &Options, workspace: &Workspace, folder: &Path) -> Result<(), Failure> {
    let failed = |what: &str, error: std::io::Error| {
        Failure::new(format!("cannot {what} {}: {error}", folder.display()))
    };
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| failed("empty", error))?;
    }
    fs::create_dir_all(folder).map_err(|error| failed("make", error))?;
    let configuration = folder.join("app.config");
    fs::write(&configuration, traced(folder)).map_err(|error| failed("write into", error))?;
    let create =
        |name: &str| File::create(folder.join(name)).map_err(|error| failed("write into", error));
    let mut command = workspace.cargo(&["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    match &options.package {
        Some(package) => command.args(["--package", package]),
        None => command.arg("--workspace"),
    };
    if options.package.is_none() {
        command.args(WITHOUT.iter().flat_map(|package| ["--exclude", package]));
    }
    command
        .args(["--", "--nocapture"])
        .args(COUNTING.iter().flat_map(|test| ["--skip", test]))
        .args(&options.filters)
        .env("PROPTEST_RNG_SEED", "1")
        .env("RUST_BACKTRACE", "1")
        .env("SYSTEM_NET_MACHINE_CONFIG", "")
        .env("SYSTEM_NET_CONFIG", &configuration)
        .env(SHOW_VARIABLE, "1")
        .stdout(Stdio::from(create("stdout.txt")?))
        .stderr(Stdio::from(create("stderr.txt")?));
    let name = shown(&command);
    let status = command
        .status()
        .map_err(|error| Failure::new(format!("cannot start {name}: {error}")))?;
    if status.success() {
        return Ok(());
    }
    let said = fs::read(folder.join("stdout.txt")).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let failures = failures(&said);
    if failures.is_empty() {
        return Err(Failure::new(format!(
            "{name} ended with {status}: see {}",
            folder.join("stderr.txt").display()
        )));
    }
    // Whether tests pass is the matter of `test`; here some wait longer than they bear.
    println!("failed while traced: {}", failures.join(", "));
    Ok(())
}

/// The tests that the lists of failures name.
fn failures(said: &str) -> Vec<&str> {
    let mut failures: Vec<&str> = said
        .split("\nfailures:\n")
        .skip(1)
        .flat_map(|list| list.lines().map_while(|line| line.strip_prefix("    ")))
        .collect();
    failures.sort_unstable();
    failures.dedup();
    failures
}

/// A configuration file that traces everything into the folder, as lines of JSON: bytes are in one
/// piece there, as numbers and as text. Listeners of other forms hear the same, with the same masks.
fn traced(folder: &Path) -> String {
    let sources: String = SOURCES
        .iter()
        .map(|name| {
            format!(
                "<source name='{name}' tracemode='includehex'><listeners><add name='json'/>\
                 </listeners></source>"
            )
        })
        .collect();
    let switches: String = SOURCES
        .iter()
        .map(|name| format!("<add name='{name}' value='Verbose'/>"))
        .collect();
    format!(
        "<configuration><system.diagnostics><sources>{sources}</sources>\
         <switches>{switches}</switches><sharedListeners>\
         <add name='json' type='SystemNet.Diagnostics.JsonLinesTraceListener' \
         initializeData='{}'/></sharedListeners></system.diagnostics></configuration>\n",
        folder.join("traces.json").display(),
    )
}

/// What was written, without the configuration file.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed =
        |error: std::io::Error| Failure::new(format!("cannot list {}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path
            .extension()
            .is_none_or(|extension| extension != "config")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The password, from the one place where it stands.
fn marker(source: &str) -> Result<String, Failure> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let found = pattern(&PATTERN, r#"pub const PASSWORD: &str = "([^"]+)";"#).captures(source);
    found
        .map(|found| found[1].to_owned())
        .ok_or_else(|| Failure::new(format!("{MARKER_FILE} has no password")))
}

/// Who logs in anywhere in the tests, for the hashes that a name is part of.
fn users(sources: &[(String, String)]) -> Vec<String> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = pattern(
        &PATTERN,
        r#"(?:NetworkCredential::(?:new|with_domain)|basic_login|login|digest|add)\("([\w\\]+)""#,
    );
    captures(pattern, sources, &["user", "ben", "joe", "ann"])
}

/// The realms of Digest anywhere in the tests, and domains.
fn realms(sources: &[(String, String)]) -> Vec<String> {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    let pattern = pattern(&PATTERN, r#"realm=\\?["']([\w @.-]+)\\?["']"#);
    captures(
        pattern,
        sources,
        &["r", "the \\\"realm\\\"", "the \"realm\""],
    )
}

fn captures(pattern: &Regex, sources: &[(String, String)], always: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = always.iter().map(|&name| name.to_owned()).collect();
    for (file, text) in sources {
        if file.contains("tests") || file.contains("examples") {
            found.extend(pattern.captures_iter(text).map(|found| found[1].to_owned()));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn pattern(once: &'static OnceLock<Regex>, text: &str) -> &'static Regex {
    once.get_or_init(|| Regex::new(text).expect("a pattern that tests compile"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_read_where_it_stands() {
        let source = "/// It.\npub const PASSWORD: &str = \"abc\";\n";
        assert_eq!(marker(source).unwrap(), "abc");
        marker("const OTHER: &str = \"abc\";").unwrap_err();
    }

    #[test]
    fn users_and_realms_are_those_of_tests() {
        let sources = [
            (
                "crates/a/tests/it/b.rs".to_owned(),
                "NetworkCredential::new(\"zoe\", PASSWORD); \"Digest realm=\\\"a b\\\"\""
                    .to_owned(),
            ),
            (
                "crates/a/src/b.rs".to_owned(),
                "basic_login(\"eve\")".to_owned(),
            ),
        ];
        let users = users(&sources);
        assert!(users.contains(&"zoe".to_owned()) && !users.contains(&"eve".to_owned()));
        assert!(realms(&sources).contains(&"a b".to_owned()));
    }

    #[test]
    fn failures_are_those_of_the_lists() {
        let said = "x\nfailures:\n\n---- b stdout ----\nboom\n\nfailures:\n    b\n    a::c\n\n\
                    test result: FAILED\nfailures:\n    b\n";
        assert_eq!(failures(said), ["a::c", "b"]);
    }

    #[test]
    fn every_source_is_traced() {
        let text = traced(Path::new("/f"));
        for source in SOURCES {
            assert!(text.contains(&format!("name='{source}' value='Verbose'")));
        }
        assert!(text.contains("'/f/traces.json'"));
    }

    #[test]
    fn a_place_is_told_without_the_password() {
        let found = Found {
            form: "plain".to_owned(),
            number: 3,
            line: "a hunter2 b".to_owned(),
        };
        assert_eq!(told("f", &found, "hunter2"), "f:3: plain: a <password> b");
    }
}
