//! `sysnet tour`: the newcomer's first command.

use crate::program::run;

#[test]
fn tour_shows_every_scheme_and_passes() {
    let run = run(&["tour"]).ok();
    let text = run.text();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect();
    let row = |start: &[&str]| {
        rows.iter()
            .find(|row| row.starts_with(start))
            .unwrap_or_else(|| panic!("no row {start:?} in\n{text}"))
    };
    assert_eq!(
        row(&["scheme"]),
        &[
            "scheme",
            "verb",
            "what",
            "status",
            "bytes",
            "connection",
            "time"
        ]
    );
    for scheme in ["http", "https", "file", "lines"] {
        let row = row(&[scheme, "GET", "the document"]);
        assert_eq!(row[4], "1,532", "the same document: {row:?}");
    }
    assert_eq!(row(&["http", "HEAD"])[3..6], ["200 OK", "0", "reused"]);
    assert_eq!(
        row(&["http", "POST"])[3..6],
        ["201 Created", "1,532", "reused"]
    );
    assert_eq!(
        row(&["https", "PUT"])[3..6],
        ["201 Created", "1,532", "reused"]
    );
    assert_eq!(row(&["http", "GET", "a redirect, followed"])[3], "200 OK");
    assert_eq!(
        row(&["http", "GET", "an error with its response"])[3],
        "404 Not Found"
    );
    assert_eq!(
        row(&["http", "GET", "a port nobody listens at"])[3],
        "ConnectFailure"
    );
    assert_eq!(
        row(&["https", "GET", "a certificate nobody vouches for"])[3],
        "TrustFailure"
    );
    assert_eq!(
        row(&["http", "GET", "a download with progress"])[4],
        "33,554,432"
    );
    assert_eq!(
        row(&["http", "GET", "10 requests, 1 connection"])[4..6],
        ["15,320", "reused"]
    );
    assert!(
        text.contains("- check that the service runs"),
        "advice: {text}"
    );
    assert!(text.ends_with("\nAll 14 steps passed.\n"), "{text}");
}

#[test]
fn tour_json_is_one_object() {
    let run = run(&["tour", "--json"]).ok();
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(report["schema"], "sysnet.tour/1");
    assert_eq!(report["passed"], true);
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 14);
    assert!(steps.iter().all(|step| step["failure"].is_null()));
}

/// A tour in which something fails says so and ends with 1.
#[test]
fn tour_fails_when_a_step_fails() {
    use std::os::unix::process::CommandExt;
    // The download does not fit under a limit on the length of files; SIGXFSZ would end the
    // program, so it is ignored, as a shell's `trap '' XFSZ` does.
    let mut shell = std::process::Command::new("sh");
    shell
        .arg0("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$0\" tour"])
        .arg(env!("CARGO_BIN_EXE_sysnet"));
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED: "), "{text}");
    assert!(text.ends_with("1 of 14 steps failed.\n"), "{text}");
}

/// README.md shows what the tour prints, but for ports and times.
#[test]
fn tour_is_what_the_readme_shows() {
    let readme = include_str!("../../../../README.md");
    let shown = readme
        .split("$ cargo run --release -- tour\n")
        .nth(1)
        .and_then(|rest| rest.split("\n...").next())
        .expect("README.md shows the tour");
    let stable = |line: &str| -> String {
        let untimed = match line.rsplit_once("  ") {
            Some((row, time)) if time.ends_with(" ms") => row.trim_end(),
            _ => line,
        };
        let mut text = String::new();
        for part in untimed.split_inclusive("127.0.0.1:") {
            text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        text
    };
    let run = run(&["tour"]).ok();
    let text = run.text();
    let printed: Vec<String> = text.lines().map(stable).collect();
    let shown: Vec<String> = shown.lines().map(stable).collect();
    assert!(shown.len() > 8, "{shown:?}");
    assert_eq!(printed[..shown.len()], shown);
}
