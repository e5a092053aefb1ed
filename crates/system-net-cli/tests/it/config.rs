//! `sysnet config`, and `--config` with every verb that has something to take from a file.

use std::fs;
use std::path::{Path, PathBuf};

use system_net_testkit::{HttpPeer, Response, Script};

use crate::program::{Run, finish, pages, run, run_in, run_with_input, sysnet};

const MACHINE: &str = "<configuration>
  <system.net>
    <connectionManagement><add address='*' maxconnection='4'/></connectionManagement>
    <settings><ipv6 enabled='false'/></settings>
  </system.net>
  <contoso/>
</configuration>";

const APPLICATION: &str = "<configuration>
  <system.net>
    <connectionManagement><add address='*' maxconnection='8'/></connectionManagement>
    <mailSettings><smtp><network password='geheim-Zx81'/></smtp></mailSettings>
    <defaultProxy enabled='false'><proxy proxyaddress='http://ben:geheim-Zx81@h:1'/></defaultProxy>
    <webRequestModules><clear/></webRequestModules>
  </system.net>
</configuration>";

const BROKEN: &str = "<configuration>
  <system.net>
    <settings>
\t<httpWebRequest maximumResponseHeadersLength=\"many\"/>
      <ipv6 enabled=\"perhaps\" Enabled=\"true\"/>
    </settings>
  </system.net>
</configuration>
";

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let this = Self { folder };
        this.write("machine.config", MACHINE);
        this.write("app.config", APPLICATION);
        this.write("broken.config", BROKEN);
        this
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }

    /// Runs it in the folder, with the machine's file and perhaps the application's by the
    /// environment.
    fn run(&self, application: &str, arguments: &[&str]) -> Run {
        finish(
            sysnet(arguments)
                .current_dir(self.path())
                .env("SYSTEM_NET_MACHINE_CONFIG", "machine.config")
                .env("SYSTEM_NET_CONFIG", application),
        )
    }
}

#[test]
fn config_show_tells_each_origin() {
    let files = Files::new();
    let text = files.run("", &["config", "show", "app.config"]).ok().text();
    for block in [
        "machine      machine.config\napplication  app.config\n",
        "\nsystem.net/connectionManagement/add[@address=\"*\"]\n  \
         address        *  app.config:3:32\n  \
         maxconnection  8  app.config:3:44\n",
        "\nsystem.net/settings/ipv6\n  enabled  false  machine.config:4:21\n",
        "  password            <redacted>  app.config:4:34 (nothing acts on it)\n",
        "  proxyaddress      http://ben@h:1",
        "\nsystem.net/webRequestModules/clear  app.config:6:24\n",
        "\nuri/iriParsing\n  enabled  true  default\n",
    ] {
        assert!(text.contains(block), "{block}: {text}");
    }
    assert!(!text.contains("geheim"), "{text}");
    // The three ways to name the application's file.
    for (variable, arguments) in [
        ("app.config", &["config", "show"][..]),
        (
            "broken.config",
            &["config", "show", "--config", "app.config"],
        ),
        (
            "broken.config",
            &["--config", "app.config", "config", "show"],
        ),
    ] {
        assert_eq!(files.run(variable, arguments).ok().text(), text);
    }
    let set = files
        .run("", &["config", "show", "--set", "app.config"])
        .ok();
    assert!(!set.text().contains("default\n"), "{}", set.text());
    assert!(set.text().contains("maxconnection  8"));
    let both = ["config", "show", "a", "--config", "b"];
    assert_eq!(run(&both).code, 2);
}

#[test]
fn config_show_json_schema() {
    let files = Files::new();
    let run = files
        .run("", &["config", "show", "--json", "app.config"])
        .ok();
    let shown: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(shown["schema"], "sysnet.config.show/1");
    assert_eq!(shown["machine"], "machine.config");
    assert_eq!(shown["application"], "app.config");
    let values = shown["values"].as_array().unwrap();
    let find = |path: &str, attribute: &str| {
        let is_it =
            |value: &&serde_json::Value| value["path"] == path && value["attribute"] == attribute;
        values.iter().find(is_it).unwrap().clone()
    };
    assert_eq!(
        find("system.net/settings/ipv6", "enabled"),
        serde_json::json!({
            "path": "system.net/settings/ipv6", "attribute": "enabled", "value": "false",
            "file": "machine.config", "line": 4, "column": 21, "in_vain": false,
        })
    );
    assert_eq!(
        find("uri/idn", "enabled"),
        serde_json::json!({
            "path": "uri/idn", "attribute": "enabled", "value": "None",
            "file": null, "line": null, "column": null, "in_vain": false,
        })
    );
    assert_eq!(
        find("system.net/mailSettings/smtp/network", "password")["value"],
        "<redacted>"
    );
    let warning = &shown["warnings"][0];
    assert_eq!(warning["kind"], "ForeignSection");
    assert_eq!(
        (&warning["line"], &warning["element"]),
        (&6.into(), &"contoso".into())
    );
}

#[test]
fn config_check_tells_all_errors() {
    let files = Files::new();
    let run = files.run(
        "",
        &["config", "check", "broken.config", "machine.config", "none"],
    );
    assert_eq!((run.code, &*run.stderr), (1, ""));
    assert_eq!(
        run.text(),
        "\
broken.config:4:18: error: element `httpWebRequest`, attribute `maximumResponseHeadersLength`: \
expected a number from -1 to 2147483647, found `many`
  4 |  <httpWebRequest maximumResponseHeadersLength=\"many\"/>
    |                  ^
  = as in maximumResponseHeadersLength=\"128\"; without the attribute 64 holds
broken.config:5:13: error: element `ipv6`, attribute `enabled`: expected `true` or `false`, found `perhaps`
  5 |       <ipv6 enabled=\"perhaps\" Enabled=\"true\"/>
    |             ^
  = as in enabled=\"false\"; without the attribute true holds
broken.config:5:31: warning: element `ipv6`, attribute `Enabled`: unknown attribute; meant is perhaps `enabled`
  5 |       <ipv6 enabled=\"perhaps\" Enabled=\"true\"/>
    |                               ^
broken.config: 2 errors, 1 warning
machine.config:6:3: warning: element `contoso`: not read: a section of another product
  6 |   <contoso/>
    |   ^
machine.config: 0 errors, 1 warning
none: error: cannot be read: No such file or directory (os error 2)
none: 1 error, 0 warnings
"
    );
}

#[test]
fn config_check_exit_codes() {
    let files = Files::new();
    let good = files.write("good.config", "<configuration/>");
    for (code, arguments) in [
        (0, &["good.config"][..]),
        (0, &["good.config", "--strict"]),
        (0, &["machine.config"]),
        (1, &["machine.config", "--strict"]),
        (1, &["good.config", "broken.config"]),
        (1, &["broken.config", "good.config", "--json"]),
        (2, &[]),
    ] {
        let arguments = [&["config", "check"][..], arguments].concat();
        assert_eq!(run_in(files.path(), &arguments).code, code, "{arguments:?}");
    }
    let piped = run_with_input(&["config", "check", "-"], b"<configuration>\n<x/>\n");
    assert_eq!(piped.code, 1);
    let text = piped.text();
    assert!(
        text.starts_with("<stdin>:3:1: error: element `configuration`: not closed"),
        "{text}"
    );
    let piped = run_with_input(&["config", "check", "-"], &fs::read(good).unwrap());
    assert_eq!(piped.ok().text(), "<stdin>: 0 errors, 0 warnings\n");
    let json = run_in(
        files.path(),
        &["config", "check", "--json", "broken.config"],
    );
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["schema"], "sysnet.config.check/1");
    let file = &report["files"][0];
    assert_eq!(file["file"], "broken.config");
    assert_eq!(file["warnings"].as_array().unwrap().len(), 1);
    assert_eq!(
        file["errors"][1],
        serde_json::json!({
            "kind": "Value", "line": 5, "column": 13, "path": "system.net/settings/ipv6",
            "element": "ipv6", "attribute": "enabled",
            "message": "expected `true` or `false`, found `perhaps`",
            "hint": "as in enabled=\"false\"; without the attribute true holds",
        })
    );
}

/// A file names its place to whoever named it, and nothing is done.
#[test]
fn config_that_is_broken_stops_every_verb() {
    let files = Files::new();
    let peer = pages();
    let url = peer.url("/");
    let verbs: &[&[&str]] = &[
        &["get", &url],
        &["head", &url],
        &["post", "-d", "x", &url],
        &["put", "app.config", &url],
        &["serve", "--port", "0"],
        &["uri", "parse", "http://h/"],
        &["uri", "resolve", "http://h/", "a"],
        &["uri", "builder"],
        &["dns", "127.0.0.1"],
        &["tcp", "127.0.0.1", "1"],
        &["udp", "127.0.0.1", "1"],
        &["tour"],
        &["config", "show"],
    ];
    for verb in verbs {
        let by_option = files.run("", &[verb, &["--config", "broken.config"][..]].concat());
        let by_variable = files.run("broken.config", verb);
        for run in [by_option, by_variable] {
            assert_eq!(run.code, 2, "{verb:?}: {}", run.stderr);
            assert_eq!(
                run.stderr,
                "\
sysnet: broken.config:4:18: element `httpWebRequest`, attribute `maximumResponseHeadersLength`: \
expected a number from -1 to 2147483647, found `many`
  4 |  <httpWebRequest maximumResponseHeadersLength=\"many\"/>
    |                  ^
  - as in maximumResponseHeadersLength=\"128\"; without the attribute 64 holds
  - it is one of 2 errors: sysnet config check broken.config tells all
",
                "{verb:?}"
            );
        }
    }
    assert_eq!(peer.request_count(), 0);
}

/// `--config` goes before `SYSTEM_NET_CONFIG`, and over the machine's file.
#[test]
fn config_option_goes_before_the_environment() {
    let files = Files::new();
    let iri_off = "<configuration><uri><iriParsing enabled='false'/></uri></configuration>";
    let idn_all = "<configuration><uri><idn enabled='All'/></uri></configuration>";
    files.write("off.config", iri_off);
    files.write("all.config", idn_all);
    let host = |application: &str, options: &[&str]| {
        let text = "http://xn--4ca.com/";
        let run = files.run(
            application,
            &[&["uri", "parse", text][..], options].concat(),
        );
        let text = run.ok().text();
        let line = text.lines().find(|line| line.starts_with("host ")).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    assert_eq!(host("", &[]), "xn--4ca.com");
    assert_eq!(host("all.config", &[]), "\u{e4}.com");
    assert_eq!(host("", &["--config", "all.config"]), "\u{e4}.com");
    assert_eq!(
        host("all.config", &["--config", "off.config"]),
        "xn--4ca.com"
    );
    assert_eq!(host("all.config", &["--idn", "none"]), "xn--4ca.com");
    fs::write(files.path().join("machine.config"), idn_all).unwrap();
    assert_eq!(host("", &[]), "\u{e4}.com");
    assert_eq!(host("", &["--config", "off.config"]), "xn--4ca.com");
}

#[test]
fn config_holds_for_verbs() {
    let files = Files::new();
    let peer = HttpPeer::serve(|_| {
        Response::new(200)
            .body("x")
            .header("Long", &"y".repeat(2000))
    });
    let limit = "<configuration><system.net><settings>\
                 <httpWebRequest maximumResponseHeadersLength='1'/>\
                 </settings></system.net></configuration>";
    files.write("limit.config", limit);
    for verb in [
        &["get"][..],
        &["head"],
        &["post", "-d", "x"],
        &["put", "app.config"],
    ] {
        let url = peer.url("/");
        let call = [verb, &[&url]].concat();
        assert_eq!(files.run("", &call).code, 0, "{verb:?}");
        let run = files.run("limit.config", &call);
        assert_eq!(run.code, 56, "{verb:?}: {}", run.stderr);
        let run = files.run("", &[&call[..], &["--config", "limit.config"]].concat());
        assert_eq!(run.code, 56, "{verb:?}: {}", run.stderr);
    }
    // No module is left that would know http:.
    files.write(
        "modules.config",
        "<configuration><system.net><webRequestModules><clear/></webRequestModules></system.net>\
         </configuration>",
    );
    let run = files.run("modules.config", &["get", &peer.url("/")]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stderr.contains("no protocol is registered"),
        "{}",
        run.stderr
    );
    // What a file says in vain is told once, sections of others are not, and -s tells nothing.
    files.write(
        "vain.config",
        "<configuration><contoso/><system.net><settings><performanceCounters enabled='true'/>\
         </settings></system.net></configuration>",
    );
    let vain = "sysnet: vain.config:1:69: element `performanceCounters`, attribute `enabled`: \
                not applied: this version has no performance counters\n";
    assert_eq!(
        files.run("vain.config", &["get", &peer.url("/")]).stderr,
        vain
    );
    assert_eq!(
        files
            .run("vain.config", &["uri", "parse", "http://h/"])
            .stderr,
        vain
    );
    assert_eq!(
        files
            .run("vain.config", &["get", "-s", &peer.url("/")])
            .stderr,
        ""
    );
}

/// What a file says is seen at the peer.
#[test]
fn config_changes_what_is_sent() {
    let files = Files::new();
    let in_net =
        |inner: &str| format!("<configuration><system.net>{inner}</system.net></configuration>");
    let peer = pages();
    let proxy = peer.url("/");
    let text = in_net(&format!(
        "<defaultProxy><proxy proxyaddress='{proxy}' bypassonlocal='false'/>\
         <bypasslist><add address='x{{64}}'/></bypasslist></defaultProxy>"
    ));
    files.write("proxy.config", &text);
    let get = |url: &str| {
        let call = ["get", "--config", "proxy.config", url];
        files.run("", &call).code
    };
    assert_eq!(get("http://www.contoso.com/page"), 0);
    let request = peer.requests().pop().unwrap();
    assert_eq!(request.target(), "http://www.contoso.com/page");
    assert_eq!(request.header("Host").unwrap(), "www.contoso.com");
    // One of the list is looked for by the program itself, and no name server is asked for a name
    // with a label of more than 63 characters.
    let long = |letter: &str| format!("http://{}.invalid/", letter.repeat(64));
    assert_eq!(get(&long("y")), 0);
    assert_eq!(get(&long("x")), 6);
    assert_eq!(peer.request_count(), 2);

    // The variables of the environment, unless a file says more.
    let by_variable = |options: &[&str]| {
        let url = "http://www.contoso.com/page";
        let mut call = sysnet(&[&["get", url][..], options].concat());
        finish(call.current_dir(files.path()).env("http_proxy", &proxy)).code
    };
    assert_eq!(by_variable(&[]), 0);
    assert_eq!(
        peer.requests().pop().unwrap().target(),
        "http://www.contoso.com/page"
    );

    let expects = "<settings><servicePointManager expect100Continue='false'/></settings>";
    files.write("expect.config", &in_net(expects));
    let url = peer.url("/");
    // A short body asks in no case.
    files.write("body", &"x".repeat((1 << 20) + 1));
    for (option, expected) in [(&[][..], true), (&["--config", "expect.config"], false)] {
        let call = [&["put", "body", &url][..], option].concat();
        files.run("", &call).ok();
        let request = peer.requests().pop().unwrap();
        assert_eq!(request.header("Expect").is_some(), expected, "{option:?}");
    }

    let script = Script::new().answer("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n");
    let folding = HttpPeer::each(script.close());
    let parsing = "<settings><httpWebRequest useUnsafeHeaderParsing='true'/></settings>";
    files.write("unsafe.config", &in_net(parsing));
    let url = folding.url("/");
    assert_eq!(files.run("", &["get", &url]).code, 8);
    // It works, and is told each time.
    let told = files.run("", &["get", &url, "--config", "unsafe.config"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    for line in [
        "unsafe.config:1:54: element `httpWebRequest`, attribute `useUnsafeHeaderParsing`: every",
        "useUnsafeHeaderParsing is on: folded lines and blanks before colons are borne",
    ] {
        assert_eq!(told.stderr.matches(line).count(), 1, "{}", told.stderr);
    }
}

/// Whoever was to read the answer has gone: an error in words, for every form.
#[test]
fn answers_that_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "<configuration/>").unwrap();
    for call in [
        &["config", "show", "--json"][..],
        &["config", "check", "--json", file.to_str().unwrap()],
        &["config", "show"],
        &["uri", "parse", "http://a/", "--json"],
        &["serve", "--json", "--echo"],
        &["serve", "--echo"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = sysnet(call).stdout(writer).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(23), "{call:?}: {errors}");
        assert!(errors.starts_with("sysnet: stdout: "), "{call:?}: {errors}");
    }
}
