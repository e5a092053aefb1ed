//! What errors, warnings and `Debug` show of files: no passwords, no long texts, one line.

use std::error::Error;
use std::fmt::Debug;

use system_net_config::{Configuration, ConfigurationEditor, ConfigurationErrorKind, NetContext};

const SECRET: &str = "S3CR3T";

fn net(inner: &str) -> String {
    format!("<configuration><system.net>\n{inner}</system.net></configuration>")
}

/// The file as nobody may see it, in all that may be printed of it.
fn all_that_is_shown(text: &str) -> Vec<String> {
    let debug = |it: &dyn Debug| format!("{it:?} {it:#?}");
    let report = Configuration::check_bytes(text.as_bytes(), "f");
    let mut shown = vec![debug(&report)];
    for error in report.errors() {
        let path = error.path().unwrap_or_default();
        shown.push(format!(
            "{error} {path} {} {:?}",
            error.message(),
            error.hint()
        ));
        assert!(error.source().is_none());
    }
    shown.extend(
        report
            .warnings()
            .iter()
            .map(|it| format!("{it} {} {it:?}", it.message())),
    );
    let mut configuration = Configuration::new();
    match configuration.apply_str(text, "f") {
        Ok(()) => {
            shown.push(debug(&configuration));
            shown.push(debug(&configuration.values()));
            let editor = ConfigurationEditor::from_text(text, "f").unwrap();
            shown.push(debug(&editor));
            let context = NetContext::from_configuration(configuration);
            shown.push(debug(&context));
            shown.extend(context.configuration_notes());
        }
        Err(error) => shown.push(format!("{error} {error:?}")),
    }
    shown
}

#[test]
fn passwords_are_never_shown() {
    let proxy = |attributes: &str| {
        net(&format!(
            "<defaultProxy><proxy {attributes}/></defaultProxy>"
        ))
    };
    let smtp = |attributes: &str| {
        net(&format!(
            "<mailSettings><smtp><network {attributes}/></smtp></mailSettings>"
        ))
    };
    for (text, is_read) in [
        (proxy("proxyaddress='http://user:S3CR3T@proxy:80'"), true),
        (
            proxy("proxyaddress='http://user:S3CR3T@proxy:99999'"),
            false,
        ),
        (
            proxy("proxyaddress='http://user:x/S3CR3T@proxy:99999'"),
            false,
        ),
        (proxy("proxyaddress='user:S3CR3T@proxy:99999'"), false),
        (
            proxy("proxyaddress='http:\\user:S3CR3T@proxy:80:80'"),
            false,
        ),
        (
            proxy("proxyaddress='http://user:a&amp;&S3CR3T;@proxy'"),
            false,
        ),
        (
            proxy("scriptLocation='http://user:S3CR3T@proxy/x.pac'"),
            true,
        ),
        (proxy("scriptLocation='http://user:S3CR3T@[/x.pac'"), false),
        (smtp("password='S3CR3T'"), true),
        (smtp("password='S3CR3T' port='x'"), false),
        (smtp("password='&S3CR3T;'"), false),
        (smtp("password='S3CR3T' host='h' port='1'"), true),
        (
            net(
                "<connectionManagement><add address='http://u:S3CR3T@h' maxconnection='2'/>\
                 <add address='http://u:S3CR3T@h' maxconnection='3'/></connectionManagement>",
            ),
            true,
        ),
        (
            "<configuration><system.diagnostics><sharedListeners><add name='a' type='Of.Ours' \
             initializeData='https://u:S3CR3T@collector/'/></sharedListeners>\
             </system.diagnostics></configuration>"
                .to_owned(),
            true,
        ),
    ] {
        assert!(text.contains(SECRET));
        let read = Configuration::new().apply_str(&text, "f");
        assert_eq!(read.is_ok(), is_read, "{text}: {read:?}");
        for shown in all_that_is_shown(&text) {
            assert!(!shown.contains(SECRET), "{text}: {shown}");
        }
    }
    // The rest of the address is.
    let shown = all_that_is_shown(&proxy("proxyaddress='http://user:S3CR3T@proxy:80'"));
    assert!(
        shown
            .iter()
            .any(|it| it.contains("http://user:***@proxy:80")),
        "{shown:?}"
    );
    let error = Configuration::new()
        .apply_str(&proxy("proxyaddress='http://user:S3CR3T@proxy:99999'"), "f")
        .unwrap_err();
    assert!(
        error
            .message()
            .ends_with("found `http://user:***@proxy:99999`"),
        "{error}"
    );
    let settings = Configuration::new();
    assert_eq!(
        format!(
            "{:?}",
            settings.settings().default_proxy.proxy.proxy_address
        ),
        "None"
    );
}

/// Each way for a long text of a file to be said.
#[test]
fn long_texts_are_shortened() {
    let long = "x".repeat(300_000);
    let wide = "\u{1f600}".repeat(75_000);
    let mut count = 0;
    for x in [&*long, &*wide] {
        let add = |attributes: String| {
            net(&format!(
                "<connectionManagement><add {attributes}/></connectionManagement>"
            ))
        };
        for text in [
            net(&format!("<settings><ipv6 enabled='{x}'/></settings>")),
            net(&format!("<settings><ipv6 {x}='true'/></settings>")),
            net(&format!("<{x}/>")),
            net(&format!("<{x} a='b'>t</{x}>")),
            format!("<configuration><{x}/></configuration>"),
            format!("<{x}/>"),
            format!("<configuration><{x}>"),
            format!("<configuration><{x} a='1' a='2'/></configuration>"),
            format!("<configuration></{x}>"),
            format!("<configuration></configuration></{x}>"),
            net(&format!("<settings><ipv6 enabled='&{x};'/></settings>")),
            add(format!("address='{x}' maxconnection='{x}'")),
            add("address='*' maxconnection='2'".to_owned()),
            net(&format!(
                "<connectionManagement><add address='{x}' maxconnection='1'/><add address='{}' \
                 maxconnection='2'/></connectionManagement>",
                &x[..x.len().min(100_000)]
            )),
            net(&format!(
                "<authenticationModules><add type='{x}'/></authenticationModules>"
            )),
            net(&format!(
                "<mailSettings><smtp deliveryMethod='{x}'/></mailSettings>"
            )),
            format!(
                "<configuration><runtime><AppContextSwitchOverrides value='{x}'/></runtime></configuration>"
            ),
            format!(
                "<configuration><runtime><AppContextSwitchOverrides value='{x}=true'/></runtime></configuration>"
            ),
            format!(
                "<configuration><system.diagnostics><sources><source name='System.Net' switchValue='{x}'/></sources></system.diagnostics></configuration>"
            ),
            format!(
                "<configuration><system.diagnostics><sharedListeners><add name='{x}' type='{x_short}' traceOutputOptions='{x_short}'/></sharedListeners></system.diagnostics></configuration>",
                x_short = &x[..100_000]
            ),
            format!("<?xml version='1.0' encoding='{x}'?><configuration/>"),
        ] {
            let report = Configuration::check_bytes(text.as_bytes(), "f");
            let errors = report.errors().iter().map(|it| {
                let parts = [it.element(), it.attribute(), it.path(), Some(it.message())];
                let hint = it.hint().unwrap_or_default();
                format!(
                    "{it}{hint}{}",
                    parts.map(Option::unwrap_or_default).concat()
                )
            });
            let warnings = report.warnings().iter().map(|it| {
                let attribute = it.attribute().unwrap_or_default();
                format!("{it}{it:?}{}{attribute}{}", it.element(), it.message())
            });
            for said in errors.chain(warnings) {
                count += 1;
                let start: String = text.chars().take(80).collect();
                assert!(said.len() < 10_000, "{} bytes of {start}", said.len());
            }
        }
    }
    assert!(count > 40, "{count}");

    let check = |value: &str, said: String| {
        let text = net(&format!("<settings><ipv6 enabled='{value}'/></settings>"));
        let error = Configuration::new().apply_str(&text, "f").unwrap_err();
        assert_eq!(
            error.message(),
            format!("expected `true` or `false`, found {said}")
        );
    };
    check(&long, format!("`{}…` (300000 characters)", "x".repeat(100)));
    check(
        &wide,
        format!("`{}…` (75000 characters)", "\u{1f600}".repeat(100)),
    );
    check(&"y".repeat(100), format!("`{}`", "y".repeat(100)));
    check(
        &"y".repeat(101),
        format!("`{}…` (101 characters)", "y".repeat(100)),
    );
}

#[test]
fn control_characters_are_escaped() {
    for (value, said) in [
        ("a&#10;b", "a\\nb"),
        ("a&#27;".replace("27", "127").leak(), "a\\u{7f}"),
        ("&#155;31m", "\\u{9b}31m"),
        ("a\u{202e}b", "a\\u{202e}b"),
        ("a\u{2028}b", "a\\u{2028}b"),
        ("\u{e4}\u{1f600}", "\u{e4}\u{1f600}"),
    ] {
        let text = net(&format!("<settings><ipv6 enabled='{value}'/></settings>"));
        let error = Configuration::new().apply_str(&text, "f").unwrap_err();
        assert!(
            error.to_string().ends_with(&format!("found `{said}`")),
            "{error}"
        );
    }
    let mut configuration = Configuration::new();
    let text = net("<a\u{9b}b c\u{85}d='1'/>");
    configuration.apply_str(&text, "f\u{1b}\n").unwrap();
    let warning = &configuration.warnings()[0];
    assert_eq!(
        warning.to_string(),
        "f\\u{1b}\\n:2:1: element `a\\u{9b}b`: unknown element"
    );
}

#[test]
fn one_bad_switch_is_told_and_not_the_whole_list() {
    let good = "Switch.A=true;".repeat(100);
    let text = format!(
        "<configuration><runtime><AppContextSwitchOverrides value='{good} B=maybe ;C=false'/>\
         </runtime></configuration>"
    );
    let error = Configuration::new().apply_str(&text, "f").unwrap_err();
    assert_eq!(
        error.message(),
        "expected switches as `Switch.Name=true;Switch.Other=false`, found `B=maybe`"
    );
    assert_eq!(error.attribute(), Some("value"));
}

#[test]
#[cfg(feature = "trace")]
fn secrets_that_are_shown_on_purpose_are_told() {
    let file = |value: &str| {
        format!(
            "<configuration><system.diagnostics><sources>\n\
             <source name='System.Net' dangerouslyShowSecrets='{value}'/>\
             </sources></system.diagnostics></configuration>"
        )
    };
    let mut configuration = Configuration::new();
    configuration.apply_str(&file("true"), "f").unwrap();
    let [warning] = configuration.warnings() else {
        panic!("{configuration:?}")
    };
    assert_eq!(
        warning.kind(),
        system_net_config::ConfigurationWarningKind::Dangerous
    );
    assert_eq!(
        warning.to_string(),
        "f:2:27: element `source`, attribute `dangerouslyShowSecrets`: passwords, tokens and \
         cookies are written to the listeners of this source"
    );
    assert!(configuration.settings().diagnostics.sources[0].dangerously_show_secrets);
    let report = Configuration::check_bytes(file("true").as_bytes(), "f");
    assert_eq!(report.warnings(), configuration.warnings());
    for text in [file("false"), file("true").replace("true", " FALSE ")] {
        assert_eq!(
            Configuration::check_bytes(text.as_bytes(), "f").warnings(),
            []
        );
    }
}

#[test]
fn errors_of_files_say_why() {
    let missing = "/nonexist";
    let error = Configuration::from_files(None, Some(missing.as_ref())).unwrap_err();
    let said = "/nonexist: cannot be read: No such file or directory (os error 2)";
    assert_eq!(error.to_string(), said);
    assert_eq!(error.kind(), ConfigurationErrorKind::Io);
    assert_eq!(
        Configuration::check_file(missing).errors()[0].to_string(),
        said
    );
    let editor = ConfigurationEditor::open("/nonexist/app.config").unwrap();
    assert_eq!(
        editor.save().unwrap_err().to_string(),
        "/nonexist/app.config: cannot be written: No such file or directory (os error 2)"
    );
}

#[test]
fn lenient_reading_of_the_whole_program_is_told() {
    for (value, told) in [("true", 1), ("false", 0)] {
        let text = format!(
            "<configuration><system.net><settings>\n\
             <httpWebRequest useUnsafeHeaderParsing='{value}'/>\
             </settings></system.net></configuration>"
        );
        let mut configuration = Configuration::new();
        configuration.apply_str(&text, "f").unwrap();
        assert_eq!(configuration.warnings().len(), told);
        for warning in configuration.warnings() {
            let kind = system_net_config::ConfigurationWarningKind::Dangerous;
            assert_eq!(warning.kind(), kind);
            let shown = warning.to_string();
            assert!(
                shown.starts_with("f:2:17: element `httpWebRequest`"),
                "{shown}"
            );
            assert!(shown.contains("is read leniently"), "{shown}");
        }
    }
}
