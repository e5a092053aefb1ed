//! `sysnet uri`: addresses taken apart and put together.

use serde_json::{Value, json};

use crate::program::{run, run_with_input, sysnet};

/// `sysnet uri` with these arguments.
fn uri(arguments: &[&str]) -> Vec<String> {
    let run = run(&[&["uri"], arguments].concat()).ok();
    run.text().lines().map(str::to_owned).collect()
}

/// One line is printed.
#[track_caller]
fn check(arguments: &[&str], line: &str) {
    assert_eq!(uri(arguments), [line], "{arguments:?}");
}

/// It fails with this code, and says this on stderr alone.
#[track_caller]
fn refused(code: i32, arguments: &[&str], stderr: &str) {
    let run = run(&[&["uri"], arguments].concat());
    assert_eq!((run.code, &*run.text()), (code, ""), "{arguments:?}");
    assert_eq!(run.stderr, stderr, "{arguments:?}");
}

/// A usage error that has these words.
#[track_caller]
fn misused(arguments: &[&str], words: &str) {
    let run = run(&[&["uri"], arguments].concat());
    assert_eq!((run.code, &*run.text()), (2, ""), "{arguments:?}");
    assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
}

/// What `parse` says of these properties.
#[track_caller]
fn properties(arguments: &[&str], expected: &[(&str, Value)]) {
    let all = run(&[&["uri", "parse", "--json"], arguments].concat()).ok();
    let all: Value = serde_json::from_slice(&all.stdout).unwrap();
    for (name, value) in expected {
        assert_eq!(&all[name], value, "{name} of {arguments:?}");
    }
}

#[test]
fn uri_parse_prints_every_property() {
    let table = "\
original_string                 HTTP://User:pw@Bücher.example:8080/a/../b c/d?q=ä#top
absolute_uri                    http://User:pw@bücher.example:8080/b%20c/d?q=%C3%A4#top
to_string                       http://User:pw@bücher.example:8080/b c/d?q=ä#top
scheme                          http
user_info                       User:pw
authority                       bücher.example:8080
host                            bücher.example
host_name_type                  Dns
dns_safe_host                   bücher.example
idn_host                        xn--bcher-kva.example
host_address                    xn--bcher-kva.example
port                            8080
absolute_path                   /b%20c/d
local_path                      /b c/d
segments                        / b%20c/ d
query                           ?q=%C3%A4
path_and_query                  /b%20c/d?q=%C3%A4
fragment                        #top
is_absolute_uri                 true
is_default_port                 false
is_file                         false
is_unc                          false
is_loopback                     false
is_well_formed_original_string  false
user_escaped                    false
";
    let text = "HTTP://User:pw@Bücher.example:8080/a/../b c/d?q=ä#top";
    assert_eq!(run(&["uri", "parse", text]).ok().text(), table);
    // What is empty has no spaces behind its name, what is missing has a dash.
    let lines = uri(&["parse", "news:group"]);
    assert!(lines.contains(&"fragment".to_owned()), "{lines:?}");
    let dash = format!("{:32}-", "port");
    assert!(lines.contains(&dash), "{lines:?}");
    // Nothing that a terminal would obey.
    let lines = uri(&["parse", "http://h/%1B[31m"]);
    let escape = format!("{:32}{}", "local_path", r"/\u{1b}[31m");
    assert!(lines.contains(&escape), "{lines:?}");
}

#[test]
fn uri_parse_json_is_one_object() {
    let text = "http://[fe80::1%252]:81/a/b?c";
    let printed = run(&["uri", "parse", text, "--json"]).ok();
    let object: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let expected = json!({
        "schema": "sysnet.uri.parse/1",
        "text": text,
        "original_string": text,
        "absolute_uri": "http://[fe80::1]:81/a/b?c",
        "to_string": "http://[fe80::1]:81/a/b?c",
        "scheme": "http",
        "user_info": "",
        "authority": "[fe80::1]:81",
        "host": "[fe80::1]",
        "host_name_type": "IPv6",
        "dns_safe_host": "fe80::1%252",
        "idn_host": "fe80::1%252",
        "host_address": "fe80::1%252",
        "port": 81,
        "absolute_path": "/a/b",
        "local_path": "/a/b",
        "segments": ["/", "a/", "b"],
        "query": "?c",
        "path_and_query": "/a/b?c",
        "fragment": "",
        "is_absolute_uri": true,
        "is_default_port": false,
        "is_file": false,
        "is_unc": false,
        "is_loopback": false,
        "is_well_formed_original_string": true,
        "user_escaped": false,
        "error": null,
    });
    assert_eq!(object, expected);
}

#[test]
fn uri_parse_kinds_and_bases() {
    let relative = [
        ("is_absolute_uri", json!(false)),
        ("to_string", json!("a/b")),
        ("absolute_uri", Value::Null),
        ("is_default_port", Value::Null),
    ];
    for kind in ["relative", "either"] {
        properties(&["a/b", "--kind", kind], &relative);
    }
    let absolute = [("absolute_uri", json!("http://h/"))];
    for kind in ["absolute", "either"] {
        properties(&["http://h", "--kind", kind], &absolute);
    }
    let base = ["--base", "http://h/x/y"];
    properties(
        &[&["../z", "--kind", "relative"], &base[..]].concat(),
        &[("absolute_uri", json!("http://h/z"))],
    );
    properties(
        &[&["http://i"], &base[..]].concat(),
        &[("absolute_uri", json!("http://i/"))],
    );
    refused(
        3,
        &[
            "parse", "http://i", "--base", "http://h", "--kind", "relative",
        ],
        "sysnet: the text is an absolute URI\n  http://i\n  ^\n  - --kind either takes both\n",
    );
    misused(
        &["parse", "/", "--base", "http://h", "--kind", "absolute"],
        "--base cannot be used with --kind absolute",
    );
    misused(&["parse", "/", "--kind", "other"], "possible values");
}

#[test]
fn uri_parse_modes() {
    let punycode = "http://xn--bcher-kva.example/";
    let host = |host: &str| [("host", json!(host))];
    properties(&[punycode], &host("xn--bcher-kva.example"));
    properties(&[punycode, "--idn", "none"], &host("xn--bcher-kva.example"));
    for all in ["all", "All", "ALL", "AllExceptIntranet"] {
        properties(&[punycode, "--idn", all], &host("bücher.example"));
    }
    let scope = "all-except-intranet";
    properties(&[punycode, "--idn", scope], &host("bücher.example"));
    properties(&["http://xn--bcher-kva/", "--idn", "all"], &host("bücher"));
    let intranet = ["http://xn--bcher-kva/", "--idn", scope];
    properties(&intranet, &host("xn--bcher-kva"));
    // The rules of RFC 3987 take the escape of an unreserved character out.
    let tilde = "http://h/%7Ea";
    let wire = |text: &str| [("absolute_uri", json!(text))];
    properties(&[tilde], &wire("http://h/~a"));
    properties(&[tilde, "--no-iri"], &wire(tilde));
    misused(
        &["parse", "http://h", "--no-iri", "--idn", "all"],
        "cannot be used with",
    );

    let file = |path: &str| [("is_file", json!(true)), ("local_path", json!(path))];
    properties(&[r"c:\a\b"], &file(r"c:\a\b"));
    properties(&[r"c:\a\b", "--paths", "windows"], &file(r"c:\a\b"));
    properties(&["/a/b", "--paths", "unix"], &file("/a/b"));
    assert_eq!(run(&["uri", "parse", "/a/b", "--paths", "windows"]).code, 3);
}

#[test]
fn uri_errors_show_the_place_and_a_hint() {
    for (text, stderr) in [
        (
            "http://user@h:99999/",
            "sysnet: the port is not valid (at byte 18)
  http://user@h:99999/
                    ^
  - a port is a number from 0 to 65535
",
        ),
        (
            // ü is two bytes and one column.
            "http://ü:x/",
            "sysnet: the port is not valid (at byte 10)
  http://ü:x/
           ^
  - a port is a number from 0 to 65535
",
        ),
        (
            "http://a b/",
            "sysnet: the host name could not be parsed (at byte 8)
  http://a b/
          ^
  - check the characters between // and the path
",
        ),
        (
            "",
            "sysnet: the URI is empty\n  - give an address such as http://host/\n",
        ),
        (
            "c:dir",
            "sysnet: a path with a drive letter must be rooted (at byte 2)
  c:dir
    ^
  - write c:\\dir, not c:dir
",
        ),
    ] {
        refused(3, &["parse", text], stderr);
    }
    let run = run(&["uri", "parse", "http://h:x/", "--json"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("\n           ^\n"), "{}", run.stderr);
    let object: Value = serde_json::from_slice(&run.stdout).unwrap();
    let expected = json!({
        "schema": "sysnet.uri.parse/1",
        "text": "http://h:x/",
        "error": {
            "exit_code": 3,
            "status": null,
            "message": "the port is not valid (at byte 9)",
            "advice": ["a port is a number from 0 to 65535"],
            "kind": "BadPort",
            "text": "http://h:x/",
            "offset": 9,
        },
    });
    assert_eq!(object, expected);
}

#[test]
fn uri_resolve_combines() {
    let base = "http://h/a/b?c#d";
    for (relative, combined) in [
        ("../e", "http://h/e"),
        ("?q", "http://h/a/b?q"),
        ("//i/j", "http://i/j"),
        ("https://k", "https://k/"),
        ("", "http://h/a/b?c#d"),
    ] {
        check(&["resolve", base, relative], combined);
    }
    let printed = run(&["uri", "resolve", base, "x y", "--json"]).ok();
    let object: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let expected = json!({
        "schema": "sysnet.uri.resolve/1",
        "text": "x y",
        "uri": "http://h/a/x%20y",
        "error": null,
    });
    assert_eq!(object, expected);
    let hint = "  - start with a scheme, such as http://\n";
    refused(
        3,
        &["resolve", "h/a", "b"],
        &format!(
            "sysnet: the base: the format of the URI could not be determined (at byte 1)
  h/a
   ^
{hint}"
        ),
    );
    // What is read is the text both make.
    refused(
        3,
        &["resolve", base, "//h:x/"],
        "sysnet: on its base: the port is not valid (at byte 9)
  http://h:x/
           ^
  - a port is a number from 0 to 65535
",
    );
    // Each is short enough, the result is not.
    let long = format!("http://h/{}/", "a".repeat(1000));
    let run = run(&["uri", "resolve", &long, &"b".repeat(65_000)]);
    assert_eq!(run.code, 3);
    let words = "sysnet: on its base: the URI is too long\n  bbb";
    assert!(run.stderr.starts_with(words), "{}", run.stderr);
    misused(&["resolve", base], "RELATIVE");
}

#[test]
fn uri_escape_and_unescape() {
    check(&["escape", "a b&c/ä%20"], "a%20b%26c%2F%C3%A4%2520");
    check(&["escape", "--data", "a b&c/"], "a%20b%26c%2F");
    check(&["escape", "--uri", "a b&c/ä%20"], "a%20b&c/%C3%A4%2520");
    // The last one counts.
    check(&["escape", "--uri", "--data", "a/b"], "a%2Fb");
    check(&["escape", "--data", "--uri", "a/b"], "a/b");
    check(&["escape", "--", "--json"], "--json");
    check(&["unescape", "a%20b%26%C3%A4"], "a b&ä");
    // What is no escape and what is no UTF-8 stays.
    check(&["unescape", "100%, %FF"], "100%, %FF");
    for (verb, text, field, value) in [
        ("escape", "a b", "escaped", "a%20b"),
        ("unescape", "a%0Ab", "unescaped", "a\nb"),
    ] {
        let printed = run(&["uri", verb, text, "--json"]).ok();
        let object: Value = serde_json::from_slice(&printed.stdout).unwrap();
        let schema = format!("sysnet.uri.{verb}/1");
        let expected = json!({"schema": schema, "text": text, field: value, "error": null});
        assert_eq!(object, expected);
    }
    misused(&["escape"], "TEXT");
    misused(&["unescape", "--uri", "a"], "unexpected argument");
}

#[test]
fn uri_idn_prints_both_forms() {
    for (host, unicode, punycode) in [
        ("bücher.example", "bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.Example", "bücher.example", "xn--bcher-kva.example"),
        (
            "xn--bcher-kva.example",
            "bücher.example",
            "xn--bcher-kva.example",
        ),
        ("plain.example", "plain.example", "plain.example"),
        // No name, but a host.
        ("127.1", "127.0.0.1", "127.0.0.1"),
        ("::1", "::1", "::1"),
        ("[::1]", "::1", "::1"),
    ] {
        let table = [
            format!("unicode   {unicode}"),
            format!("punycode  {punycode}"),
        ];
        assert_eq!(uri(&["idn", host]), table, "{host}");
    }
    let printed = run(&["uri", "idn", "日本.example", "--json"]).ok();
    let object: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let expected = json!({
        "schema": "sysnet.uri.idn/1",
        "text": "日本.example",
        "unicode": "日本.example",
        "punycode": "xn--wgv71a.example",
        "error": null,
    });
    assert_eq!(object, expected);
}

#[test]
fn uri_idn_refuses_what_is_no_host() {
    refused(
        3,
        &["idn", "a b"],
        "sysnet: the host name could not be parsed (at byte 1)
  a b
   ^
  - check the characters between // and the path
",
    );
    for (host, column) in [("http://h/", 4), ("user@h", 4), ("h:80", 1), ("ä/b", 1)] {
        let run = run(&["uri", "idn", host]);
        assert_eq!(run.code, 3, "{host}");
        assert!(run.stderr.contains("more than a host name"), "{host}");
        let caret = format!("\n  {host}\n  {}^\n", " ".repeat(column));
        assert!(run.stderr.contains(&caret), "{}", run.stderr);
        assert!(run.stderr.contains("  - leave out scheme"), "{host}");
    }
    // A label that DNS has no room for.
    let run = run(&["uri", "idn", &format!("{}.example", "ä".repeat(70))]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("no host name"), "{}", run.stderr);
    assert_eq!(run.text(), "");
}

#[test]
fn uri_builder_builds() {
    check(&["builder"], "http://localhost/");
    check(
        &[
            "builder",
            "--scheme",
            "https",
            "--host",
            "::1",
            "--port",
            "81",
            "--path",
            "a b",
            "--query",
            "q=1",
            "--fragment",
            "f",
            "--user",
            "ann:pw",
        ],
        "https://ann:pw@[::1]:81/a%20b?q=1#f",
    );
    let text = "http://ann:pw@h:8/x?y#z";
    for (option, value, built) in [
        ("--scheme", "ftp", "ftp://ann:pw@h:8/x%3Fy#z"),
        ("--host", "i", "http://ann:pw@i:8/x?y#z"),
        ("--port", "80", "http://ann:pw@h/x?y#z"),
        ("--path", "/p/../q", "http://ann:pw@h:8/q?y#z"),
        ("--query", "?r", "http://ann:pw@h:8/x?r#z"),
        ("--query", "", "http://ann:pw@h:8/x#z"),
        ("--fragment", "#t", "http://ann:pw@h:8/x?y#t"),
        ("--fragment", "", "http://ann:pw@h:8/x?y"),
        ("--user", "bob", "http://bob@h:8/x?y#z"),
        ("--user", "", "http://h:8/x?y#z"),
    ] {
        check(&["builder", text, option, value], built);
    }
    // Without a scheme it is an http address.
    check(&["builder", "h/x", "--port", "9"], "http://h:9/x");

    for (arguments, text) in [(&["h"][..], json!("h")), (&["--host", "h"], Value::Null)] {
        let printed = run(&[&["uri", "builder", "--json"], arguments].concat()).ok();
        let object: Value = serde_json::from_slice(&printed.stdout).unwrap();
        let schema = "sysnet.uri.builder/1";
        let expected = json!({"schema": schema, "text": text, "uri": "http://h/", "error": null});
        assert_eq!(object, expected);
    }
}

#[test]
fn uri_builder_errors() {
    let host = "the host name could not be parsed (at byte 8)
  http://a b/
          ^
  - check the characters between // and the path
";
    let scheme = "sysnet: --scheme: the URI scheme is not valid
  1x
  ^
  - start with a scheme, such as http://
";
    let user = "sysnet: --user: a password needs a user name\n  - set the user name first\n";
    refused(
        3,
        &["builder", "--host", "a b"],
        &format!("sysnet: the parts: {host}"),
    );
    refused(3, &["builder", "a b/"], &format!("sysnet: {host}"));
    refused(3, &["builder", "http://a b/"], &format!("sysnet: {host}"));
    refused(3, &["builder", "--scheme", "1x"], scheme);
    refused(3, &["builder", "--user", ":pw"], user);
    misused(&["builder", "--port", "65536"], "65536");
}

#[test]
fn uri_reads_lines_of_stdin() {
    for (arguments, input, output) in [
        (&["escape", "-"][..], "a b\r\nc/d\n\n", "a%20b\nc%2Fd\n\n"),
        (&["unescape", "-"], "%41\nb", "A\nb\n"),
        (
            &["resolve", "http://h/", "-"],
            "a\nb\n",
            "http://h/a\nhttp://h/b\n",
        ),
        (
            &["builder", "-", "--port", "9"],
            "h\ni\n",
            "http://h:9/\nhttp://i:9/\n",
        ),
        (
            &["idn", "-"],
            "ä\nb\n",
            "unicode   ä\npunycode  xn--4ca\n\nunicode   b\npunycode  b\n",
        ),
        (&["escape", "-"], "", ""),
    ] {
        let run = run_with_input(&[&["uri"], arguments].concat(), input.as_bytes()).ok();
        assert_eq!(run.text(), output, "{arguments:?}");
    }
    let run = run_with_input(&["uri", "parse", "-"], b"http://h\nhttp://i\n").ok();
    let tables = run.text();
    assert_eq!(tables.matches("\n\noriginal_string").count(), 1, "{tables}");
}

/// A bad line is told with its number, and the others are answered.
#[test]
fn uri_goes_on_after_a_bad_line() {
    let input = b"http://h/\nnope\nhttp://i/\n";
    let run = run_with_input(&["uri", "parse", "-", "--json"], input);
    assert_eq!(run.code, 3);
    assert!(run.stderr.starts_with("sysnet: line 2: "), "{}", run.stderr);
    let text = run.text();
    let objects: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let found: Vec<_> = objects
        .iter()
        .map(|object| (&object["absolute_uri"], &object["error"]["kind"]))
        .collect();
    let null = &Value::Null;
    assert_eq!(
        found,
        [
            (&json!("http://h/"), null),
            (null, &json!("BadFormat")),
            (&json!("http://i/"), null),
        ]
    );
    let run = run_with_input(&["uri", "escape", "-"], b"a b\n\xFF\n");
    assert_eq!((run.code, &*run.text()), (26, "a%20b\n"));
    assert!(run.stderr.contains("stdin, line 2"), "{}", run.stderr);
}

#[test]
fn uri_output_that_cannot_be_written() {
    for arguments in [["escape", "a", "--json"], ["resolve", "http://h", "a"]] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut program = sysnet(&[&["uri"], &arguments[..]].concat());
        let output = program.stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(23), "{output:?}");
    }
}

#[test]
fn uri_needs_a_verb() {
    misused(&[], "resolve");
    misused(&["no-such-verb"], "unrecognized subcommand");
}
