//! Grades this crate against rows recorded from .NET.
//!
//! A row has `op`, `cat`, `in`, `expect`, `agree` and, where the runtimes differ, `diff`. Fields
//! that agree must match; of the others either value is accepted.
//!
//! `SYSTEM_NET_ORACLE` names a file (or several, separated by `:`) to grade beside the vendored
//! sample; `SYSTEM_NET_ORACLE_SHOW` limits how many failures are printed (default 20).

mod ops;
mod uri;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use system_net_uri::{UriIdnScope, UriSettings};

/// What we answer, by field.
type Answers = BTreeMap<String, Value>;

/// An exception of the given type.
fn exception(name: &str) -> Value {
    serde_json::json!({ "!": name })
}

/// The settings a file was recorded under, told by its name.
fn settings_for(name: &str) -> UriSettings {
    let mut settings = UriSettings::new();
    if name.contains("iri-off") {
        settings.set_iri_parsing(false);
    } else if name.contains("idn-allexceptintranet") {
        settings.set_idn(UriIdnScope::AllExceptIntranet);
    } else if name.contains("idn-all") {
        settings.set_idn(UriIdnScope::All);
    }
    settings
}

/// Flattens nested objects: `{"GC": {"Host": 1}}` becomes `GC.Host`. Exceptions stay whole, and
/// lose their message.
fn flatten(prefix: &str, value: &Value, out: &mut Answers) {
    match value {
        Value::Object(map) if map.contains_key("!") => {
            out.insert(
                prefix.to_owned(),
                exception(map["!"].as_str().unwrap_or_default()),
            );
        }
        Value::Object(map) => {
            for (key, value) in map {
                let name = if prefix.is_empty() {
                    key.clone()
                } else {
                    format!("{prefix}.{key}")
                };
                flatten(&name, value, out);
            }
        }
        value => {
            out.insert(prefix.to_owned(), value.clone());
        }
    }
}

/// Whether one of the recorded runtimes has this value for the field.
fn accepted(row: &Value, field: &str, ours: &Value) -> bool {
    let Some(diff) = row.get("diff").and_then(Value::as_object) else {
        return false;
    };
    diff.values().any(|runtime| {
        let mut flat = Answers::new();
        flatten("", runtime, &mut flat);
        match flat.get(field) {
            Some(value) => value == ours || (value == "<absent>" && ours.is_null()),
            None => false,
        }
    })
}

/// The fields that differ, as text. `None` if the row cannot be asked (lone surrogates).
fn grade(row: &Value, settings: &UriSettings) -> Option<Vec<String>> {
    let op = row["op"].as_str().unwrap_or_default();
    let ours = match op {
        "uri" => uri::answer(row, settings),
        _ => ops::answer(op, row, settings),
    }?;
    let mut expected = Answers::new();
    flatten("", &row["expect"], &mut expected);
    if expected.contains_key("") && row["diff"].is_object() {
        // The primary runtime crashed on the row; what another one says counts.
        expected.clear();
        let other = row["diff"]
            .as_object()
            .and_then(|diff| diff.get("net9win").or(diff.values().next()));
        flatten("", other.unwrap_or(&Value::Null), &mut expected);
    }
    if row["diff"]
        .as_object()
        .is_some_and(|diff| diff.values().any(|d| d.get("result").is_some()))
    {
        // A runtime crashed on the row: there is one answer only.
        expected.remove("result");
    }
    let mut wrong = Vec::new();
    for (field, expected) in &expected {
        let mine = ours.get(field).unwrap_or(&Value::Null);
        if mine != expected && !accepted(row, field, mine) {
            wrong.push(format!("{field}: expected {expected}, got {mine}"));
        }
    }
    Some(wrong)
}

/// Grades a file; returns (rows, passed, skipped).
fn grade_file(path: &Path, show: usize) -> (usize, usize, usize) {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let settings = settings_for(name);
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut table: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut total, mut passed, mut skipped, mut shown) = (0, 0, 0, 0);
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        // A lone surrogate cannot be written in UTF-8; such rows are skipped and counted.
        let Ok(row) = serde_json::from_str::<Value>(line) else {
            skipped += 1;
            continue;
        };
        let Some(wrong) = grade(&row, &settings) else {
            skipped += 1;
            continue;
        };
        total += 1;
        let agree = if row["agree"] == Value::Bool(true) {
            ""
        } else {
            " (differ)"
        };
        let category = format!(
            "{}/{}{agree}",
            row["op"].as_str().unwrap_or(""),
            row["cat"].as_str().unwrap_or("")
        );
        let counts = table.entry(category.clone()).or_default();
        counts.1 += 1;
        if wrong.is_empty() {
            passed += 1;
            counts.0 += 1;
        } else if shown < show {
            shown += 1;
            println!("{category} {}\n    {}", row["in"], wrong.join("\n    "));
        }
    }
    for (category, (passed, total)) in &table {
        println!("{category:40} {passed:5} of {total}");
    }
    println!("{name}: {passed} of {total} rows, {skipped} skipped");
    (total, passed, skipped)
}

#[test]
fn recorded_file() {
    let Ok(files) = std::env::var("SYSTEM_NET_ORACLE") else {
        println!("skipped: SYSTEM_NET_ORACLE names no file");
        return;
    };
    let show = std::env::var("SYSTEM_NET_ORACLE_SHOW")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20);
    let mut failed = 0;
    for file in files.split(':') {
        let (total, passed, _) = grade_file(Path::new(file), show);
        failed += total - passed;
    }
    assert_eq!(failed, 0, "rows that differ");
}
