//! Fuzz body: any bytes as a configuration file, read, checked, asked for its values and changed.
//!
//! The file stands alone, so that a fuzz binary can take it in with `#[path]`.

use system_net_config::{
    Configuration, ConfigurationAttribute, ConfigurationEditor, ConfigurationReport,
};

/// Reads `data` as a file.
///
/// # Panics
/// If one of the promises of `Configuration` or `ConfigurationEditor` is broken.
pub(crate) fn fuzz_configuration(data: &[u8]) {
    let mut configuration = Configuration::new();
    let applied = configuration.apply_bytes(data, "f");
    let report = Configuration::check_bytes(data, "f");
    check_report(&report);
    match applied {
        Err(error) => {
            let told = report.errors().iter().map(ToString::to_string);
            assert!(
                told.collect::<Vec<_>>().contains(&error.to_string()),
                "{error}"
            );
            assert_eq!(configuration.settings(), Configuration::new().settings());
        }
        Ok(()) => {
            assert!(report.errors().is_empty(), "{:?}", report.errors());
            assert_eq!(configuration.warnings(), report.warnings());
            check_values(&configuration, &report);
            change(data);
        }
    }
}

/// What is told has a place in the file, and is not more than is allowed.
fn check_report(report: &ConfigurationReport) {
    assert!(report.errors().len() <= Configuration::MAX_ERRORS);
    assert!(report.warnings().len() <= Configuration::MAX_WARNINGS);
    for error in report.errors() {
        let _words = (error.to_string(), error.hint());
        check_place(report, error.line(), error.column());
    }
    for warning in report.warnings() {
        let _words = warning.to_string();
        check_place(report, warning.line(), warning.column());
    }
}

fn check_place(report: &ConfigurationReport, line: u32, column: u32) {
    if line == 0 {
        assert_eq!(column, 0, "the whole file is meant");
        return;
    }
    let text = report.line(line).unwrap();
    // The end of the line has a place too, and its end may have two characters.
    let count = u32::try_from(text.chars().count()).unwrap();
    assert!(
        (1..=count + 2).contains(&column),
        "{line}:{column}: {text:?}"
    );
}

/// Each value stands where it is said to come from.
fn check_values(configuration: &Configuration, report: &ConfigurationReport) {
    for value in configuration
        .values()
        .iter()
        .filter(|value| value.file().is_some())
    {
        let line = report.line(value.line()).unwrap();
        let column = usize::try_from(value.column()).unwrap();
        let rest: String = line.chars().skip(column - 1).collect();
        let name = value.attribute().unwrap_or("<");
        assert!(rest.starts_with(name), "{value:?}: {rest}");
    }
}

/// Changes the file; what was written is what is read again.
fn change(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let editor = ConfigurationEditor::from_text(text, "f").unwrap();
    let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
    assert_eq!(editor.text(), unmarked, "nothing was changed");
    let rows: Vec<ConfigurationAttribute> = Configuration::schema().collect();
    let row = rows[data.len() % rows.len()];
    let mut changed = editor.clone();
    let outcome = changed.set_attribute(row.element, row.name, row.example);
    match outcome {
        // What the element needs besides may be missing, or a list be full.
        Err(_) => assert_eq!(changed.text(), editor.text()),
        Ok(()) => {
            let kept = changed.attribute(row.element, row.name);
            assert_eq!(kept.as_deref(), Some(row.example), "{}", changed.text());
            check_same(&changed);
        }
    }
    // An attribute that nobody knows, with a value made of the file: its text comes and goes.
    let value: String = unmarked
        .chars()
        .filter(|c| !c.is_control())
        .take(40)
        .collect();
    for path in ["system.net", "uri", "runtime", "system.diagnostics", "x"] {
        let mut changed = editor.clone();
        let is_there = !changed.entries(path).is_empty();
        if !is_there || changed.attribute(path, "probe").is_some() {
            continue;
        }
        if changed.set_attribute(path, "probe", &value).is_ok() {
            assert_eq!(changed.attribute(path, "probe").as_deref(), Some(&*value));
            check_same(&changed);
            assert!(changed.remove_attribute(path, "probe").unwrap());
            let blanks = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(blanks(changed.text()), blanks(editor.text()));
        }
        assert!(changed.remove_element(path).is_ok_and(|removed| removed));
        check_same(&changed);
    }
}

/// The settings of the editor are those of the text it would write.
fn check_same(editor: &ConfigurationEditor) {
    let mut again = Configuration::new();
    again.apply_str(editor.text(), "f").unwrap();
    assert_eq!(again.settings(), editor.configuration().unwrap().settings());
    let reopened = ConfigurationEditor::from_text(editor.text(), "f").unwrap();
    assert_eq!(reopened.text(), editor.text());
}
