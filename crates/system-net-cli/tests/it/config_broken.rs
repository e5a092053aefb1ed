//! `sysnet config` with files that people broke: places, carets, what to do, exit codes. All the words
//! are in a table of `system-net-config`; here it is how they are shown.

use std::fs;
use std::process::Command;

use crate::program::{finish, run_in, run_with_input, sysnet};

/// A file, and what `check` prints of it before its last line.
const SHOWN: &[(&str, &str)] = &[
    (
        "<configuration>\n  <system.net>\n    <settings>\n  </system.net>\n</configuration>\n",
        "\
app.config:4:3: error: expected `</settings>`, found `</system.net>`; `settings` begins in line 3
  4 |   </system.net>
    |   ^
  = elements end in the reverse of the order they begin in
",
    ),
    (
        "<configuration>\r\n\t<settings \u{e4}=\"\u{4e2d}\" enabled=yes />\r\n</configuration>",
        "\
app.config:2:26: error: element `settings`: expected a value in quotes
  2 |  <settings \u{e4}=\"\u{4e2d}\" enabled=yes />
    |                           ^
  = as in name=\"value\"
",
    ),
    (
        "<configuration>\n<a b='x&y'/></configuration>",
        "\
app.config:2:8: error: element `a`, attribute `b`: a `&` that begins no entity
  2 | <a b='x&y'/></configuration>
    |        ^
  = write &amp; for a & that is meant as one
",
    ),
    (
        "<?xml version='1.0' encoding='utf-16'?>\n<configuration/>",
        "\
app.config:1:1: error: the declaration says `utf-16`, and the bytes are UTF-8
  1 | <?xml version='1.0' encoding='utf-16'?>
    | ^
  = save the file in UTF-8, with encoding=\"utf-8\" in its declaration or without one
",
    ),
    (
        "<configuration><a b='\u{1b}[2J'/></configuration>",
        "\
app.config:1:22: error: the character U+001B is not allowed in XML
  1 | <configuration><a b='\\u{1b}[2J'/></configuration>
    |                      ^
",
    ),
];

#[test]
fn config_check_of_broken_files() {
    let folder = tempfile::tempdir().unwrap();
    for (text, shown) in SHOWN {
        fs::write(folder.path().join("app.config"), text).unwrap();
        let run = run_in(folder.path(), &["config", "check", "app.config"]);
        assert_eq!((run.code, &*run.stderr), (1, ""));
        assert_eq!(
            run.text(),
            format!("{shown}app.config: 1 error, 0 warnings\n")
        );
        // Verbs refuse it in the same words.
        let run = run_in(folder.path(), &["config", "show", "app.config"]);
        assert_eq!(run.code, 2);
        let first = shown.lines().next().unwrap().replace(": error: ", ": ");
        assert_eq!(
            run.stderr.lines().next().unwrap(),
            format!("sysnet: {first}")
        );
        let hint = shown.lines().find_map(|line| line.strip_prefix("  = "));
        if let Some(hint) = hint {
            assert!(
                run.stderr.contains(&format!("  - {hint}\n")),
                "{}",
                run.stderr
            );
        }
    }
    // Bytes that are no text are shown as far as they are one.
    fs::write(
        folder.path().join("app.config"),
        b"<configuration>\n<a b='\xe4'/>",
    )
    .unwrap();
    let run = run_in(folder.path(), &["config", "check", "app.config"]);
    assert_eq!(
        run.text(),
        "\
app.config:2:7: error: byte 22 (0xE4) is not UTF-8
  2 | <a b='\u{fffd}'/>
    |       ^
  = save the file in UTF-8, with encoding=\"utf-8\" in its declaration or without one
app.config: 1 error, 0 warnings
"
    );
}

/// Pipes and folders are refused at once, by every verb, and a pipe is pointed to `-`.
#[cfg(unix)]
#[test]
fn config_of_what_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("mkfifo")
        .arg(folder.path().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (name, what) in [
        ("pipe", "a pipe"),
        ("folder", "a folder"),
        ("/dev/null", "a device"),
    ] {
        let check = run_in(folder.path(), &["config", "check", name]);
        assert_eq!(
            (check.code, check.text()),
            (
                1,
                format!(
                    "{name}: error: is {what}; expected a regular file\n  = name a file: others \
                     need not come to an end, and are not waited for; - stands for stdin\n{name}: \
                     1 error, 0 warnings\n"
                )
            )
        );
        let get = ["get", "--config", name, "http://127.0.0.1:1/"];
        let by_option = run_in(folder.path(), &get);
        let mut call = sysnet(&["get", "http://127.0.0.1:1/"]);
        let by_variable = finish(
            call.current_dir(folder.path())
                .env("SYSTEM_NET_CONFIG", name),
        );
        let mut call = sysnet(&["get", "http://127.0.0.1:1/"]);
        call.current_dir(folder.path());
        for run in [by_option, by_variable] {
            assert_eq!(run.code, 2, "{}", run.stderr);
            let expected = format!("sysnet: {name}: is {what}; expected a regular file\n");
            assert!(run.stderr.starts_with(&expected), "{}", run.stderr);
        }
        // The variable of the machine's file may name a folder, which is then looked into.
        if what != "a folder" {
            let run = finish(call.env("SYSTEM_NET_MACHINE_CONFIG", name));
            assert_eq!(run.code, 2, "{}", run.stderr);
        }
    }
    // Whoever has a pipe has `-`.
    let piped = run_with_input(&["config", "check", "/dev/stdin"], b"<configuration/>");
    assert_eq!(piped.code, 1);
    assert!(
        piped.text().starts_with("/dev/stdin: error: is a pipe;"),
        "{}",
        piped.text()
    );
    run_with_input(&["config", "check", "-"], b"<configuration/>").ok();
}

#[test]
fn config_check_json_of_broken_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.config");
    fs::write(&file, SHOWN[0].0).unwrap();
    let run = run_in(
        folder.path(),
        &["config", "check", "--json", "app.config", "."],
    );
    assert_eq!(run.code, 1);
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(
        report["files"][0]["errors"],
        serde_json::json!([{
            "kind": "Syntax", "line": 4, "column": 3, "path": null, "element": null,
            "attribute": null,
            "message": "expected `</settings>`, found `</system.net>`; `settings` begins in line 3",
            "hint": "elements end in the reverse of the order they begin in",
        }])
    );
    let error = &report["files"][1]["errors"][0];
    assert_eq!(
        (&error["kind"], &error["line"]),
        (&"NotAFile".into(), &serde_json::Value::Null)
    );
    // What only a program can know is a warning of its own kind.
    let type_name = "<configuration><system.net><defaultProxy><module type='Contoso.Proxy'/>\
                     </defaultProxy></system.net></configuration>";
    fs::write(&file, type_name).unwrap();
    let run = run_in(folder.path(), &["config", "check", "--json", "app.config"]).ok();
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(
        report["files"][0]["warnings"][0]["kind"],
        "UnregisteredType"
    );
    let run = run_in(
        folder.path(),
        &["config", "check", "--strict", "app.config"],
    );
    assert_eq!(run.code, 1);
}
