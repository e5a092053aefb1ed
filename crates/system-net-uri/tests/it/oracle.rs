//! Grades this crate against rows recorded from .NET.
//!
//! A row has `op`, `cat`, `in`, `expect`, `agree` and, where the runtimes differ, `diff`. Fields
//! that agree must match; of the others either value is accepted.
//!
//! `SYSTEM_NET_ORACLE` names a file (or several, separated by `:`) to grade beside the vendored
//! sample; `SYSTEM_NET_ORACLE_SHOW` limits how many failures are printed (default 20).

mod doubled;
mod ops;
mod uri;

use std::collections::BTreeMap;
use std::path::Path;

use doubled::Doubled;
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

/// A field that differs.
struct Wrong {
    field: String,
    expected: Value,
    mine: Value,
}

/// The fields that differ. `None` if the row cannot be asked (lone surrogates).
fn grade(row: &Value, settings: &UriSettings) -> Option<Vec<Wrong>> {
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
            .and_then(|diff| diff.get("net9win").or_else(|| diff.values().next()));
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
            wrong.push(Wrong {
                field: field.clone(),
                expected: expected.clone(),
                mine: mine.clone(),
            });
        }
    }
    Some(wrong)
}

/// Rows answered otherwise on purpose, as op, input and fields.
struct Exceptions(Vec<(String, Value, Vec<String>)>);

impl Exceptions {
    /// The list for a file of rows; its mode is told by the name of the file.
    fn for_file(name: &str) -> Self {
        let mode = ["iri-off", "idn-allexceptintranet", "idn-all"]
            .into_iter()
            .find(|mode| name.contains(mode));
        let name = match mode {
            Some(mode) => format!("exceptions-{mode}.tsv"),
            None => "exceptions.tsv".to_owned(),
        };
        let text = std::fs::read_to_string(conformance().join(name)).unwrap();
        let rows = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let columns: Vec<&str> = line.split('\t').collect();
                assert_eq!(columns.len(), 4, "{line}");
                (
                    columns[0].to_owned(),
                    serde_json::from_str(columns[1]).unwrap(),
                    columns[2].split(' ').map(str::to_owned).collect(),
                )
            });
        Self(rows.collect())
    }

    /// The fields of the row that are answered otherwise.
    fn fields(&self, row: &Value) -> Option<&[String]> {
        let of_row =
            |(op, input, _): &&(String, Value, _)| row["op"] == **op && row["in"] == *input;
        self.0.iter().find(of_row).map(|(.., fields)| &fields[..])
    }
}

pub(crate) fn conformance() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/uri")
}

/// What came of a row.
enum Outcome {
    Passed,
    /// Differs only by a fault of the runtime that a rule describes.
    Accepted,
    /// Nobody can be asked: the row holds a lone surrogate, belongs to another crate, or the
    /// runtime crashed on it.
    Skipped,
    Listed,
    Failed(String),
}

fn judge(row: &Value, settings: &UriSettings, exceptions: &Exceptions) -> Outcome {
    if row["expect"]["!"] == "NullReferenceException" && row["diff"].is_null() {
        return Outcome::Skipped;
    }
    let Some(mut wrong) = grade(row, settings) else {
        return Outcome::Skipped;
    };
    let differed = !wrong.is_empty();
    if let Some(rule) = Doubled::of(row, settings) {
        wrong.retain(|field| !rule.explains(&field.mine, &field.expected));
    }
    if let Some(listed) = exceptions.fields(row) {
        let mut recorded = Answers::new();
        flatten("", &row["expect"], &mut recorded);
        // A field that only we have is not graded here, but in the oracle.
        let passes = |name: &&String| {
            recorded.contains_key(*name) && !wrong.iter().any(|field| field.field == **name)
        };
        if let Some(field) = listed.iter().find(passes) {
            return Outcome::Failed(format!("{field} is listed, but passes"));
        }
        wrong.retain(|field| !listed.contains(&field.field));
        if wrong.is_empty() {
            return Outcome::Listed;
        }
    }
    match (wrong.is_empty(), differed) {
        (true, false) => Outcome::Passed,
        (true, true) => Outcome::Accepted,
        (false, _) => {
            let lines = wrong.iter().map(
                |Wrong {
                     field,
                     expected,
                     mine,
                 }| { format!("{field}: expected {expected}, got {mine}") },
            );
            Outcome::Failed(lines.collect::<Vec<_>>().join("\n    "))
        }
    }
}

/// Grades a file; returns how many rows were graded and how many failed.
fn grade_file(path: &Path, show: usize) -> (usize, usize) {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let settings = settings_for(name);
    let exceptions = Exceptions::for_file(name);
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut table: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let (mut total, mut failed, mut skipped) = (0, 0, 0);
    let (mut listed, mut accepted) = (0, 0);
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("{\"origin\""))
    {
        // A lone surrogate cannot be written in UTF-8.
        let row = serde_json::from_str::<Value>(line).unwrap_or(Value::Null);
        let outcome = if row.is_null() {
            Outcome::Skipped
        } else {
            judge(&row, &settings, &exceptions)
        };
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
        match outcome {
            Outcome::Skipped => {
                skipped += 1;
                continue;
            }
            Outcome::Passed => counts.0 += 1,
            Outcome::Accepted => accepted += 1,
            Outcome::Listed => listed += 1,
            Outcome::Failed(why) => {
                failed += 1;
                if failed <= show {
                    println!("{category} {}\n    {why}", row["in"]);
                }
            }
        }
        counts.1 += 1;
        total += 1;
    }
    for (category, (passed, total)) in table.iter().filter(|(_, counts)| counts.1 > 0) {
        println!("{category:40} {passed:5} of {total}");
    }
    let passed = total - failed - listed - accepted;
    println!(
        "{name}: {passed} of {total} rows pass, {accepted} accepted by rule, {listed} listed, \
         {failed} fail; {skipped} skipped"
    );
    (total, failed)
}

/// Grades a vendored sample.
#[track_caller]
fn check_sample(name: &str, least: usize) {
    let (total, failed) = grade_file(&conformance().join(name), 20);
    assert_eq!(failed, 0, "rows that differ");
    assert!(total >= least, "only {total} rows");
}

#[test]
fn uri_members_golden() {
    check_sample("rows.jsonl", 250);
}

#[test]
fn iri_modes_same_input_two_goldens() {
    check_sample("rows-iri-off.jsonl", 20);
    check_sample("rows-idn-all.jsonl", 25);
}

#[test]
fn recorded_file() {
    let Ok(files) = variable("SYSTEM_NET_ORACLE") else {
        println!("skipped: SYSTEM_NET_ORACLE names no file");
        return;
    };
    let show = variable("SYSTEM_NET_ORACLE_SHOW")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20);
    let mut failed = 0;
    for file in files.split(':') {
        failed += grade_file(Path::new(file), show).1;
    }
    assert_eq!(failed, 0, "rows that differ");
}

#[allow(
    clippy::disallowed_methods,
    reason = "a switch of this test, not of the library"
)]
pub(crate) fn variable(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}
