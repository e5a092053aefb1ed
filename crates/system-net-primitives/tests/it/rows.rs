// Recorded rows of what .NET answers: reading them, and comparing our answers field by field.

use serde_json::{Map, Value, json};
use system_net_primitives::Misuse;

/// A row that we answer otherwise on purpose.
pub(crate) struct Exception {
    pub(crate) op: &'static str,
    /// The row's input as compact JSON.
    pub(crate) input: &'static str,
    /// The fields of the answer that differ.
    pub(crate) fields: &'static [&'static str],
    pub(crate) reason: &'static str,
}

/// Runs `answer` over all rows. `None` means that the row cannot be said in Rust; the number of
/// those must be `inexpressible`. A field must be as recorded by one of the runtimes, unless
/// listed; a listed field that is as recorded fails too, and so does an entry without a row.
#[track_caller]
pub(crate) fn check_rows(
    text: &str,
    inexpressible: usize,
    exceptions: &[Exception],
    answer: impl Fn(&str, &[Value]) -> Option<Map<String, Value>>,
) {
    let (mut rows, mut skipped, mut faults, mut used) = (0, 0, Vec::new(), 0);
    let mut lines = text.lines();
    let head: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert!(
        head["origin"].is_string(),
        "the first line says where the rows come from"
    );
    for line in lines {
        let row: Value = serde_json::from_str(line).unwrap();
        let (op, input) = (row["op"].as_str().unwrap(), &row["in"]);
        rows += 1;
        let Some(ours) = answer(op, input.as_array().unwrap()) else {
            skipped += 1;
            continue;
        };
        let key = input.to_string();
        let listed = exceptions.iter().find(|e| e.op == op && e.input == key);
        used += usize::from(listed.is_some());
        for (field, expected) in row["expect"].as_object().unwrap() {
            let ours = ours.get(field);
            let variants = variants(&row, field, expected);
            let as_recorded = ours.is_some_and(|ours| variants.iter().any(|v| same(ours, v)));
            let exempt = listed.filter(|e| e.fields.contains(&field.as_str()));
            match (as_recorded, exempt) {
                (false, None) => {
                    faults.push(format!(
                        "{op} {input} {field}: {ours:?}, not one of {variants:?}"
                    ));
                }
                (true, Some(e)) => {
                    faults.push(format!("{op} {input} {field} passes: {}", e.reason));
                }
                _ => {}
            }
        }
    }
    assert!(rows > 10, "{rows} rows");
    assert_eq!(skipped, inexpressible, "rows that Rust cannot say");
    assert_eq!(used, exceptions.len(), "exceptions that met a row");
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// What the runtimes gave for a field. A difference is filed under the field or, for a part of
/// it, under `field.part`.
fn variants(row: &Value, field: &str, expected: &Value) -> Vec<Value> {
    let mut variants = vec![expected.clone()];
    for runtime in row["diff"]
        .as_object()
        .into_iter()
        .flat_map(|diff| diff.values())
    {
        for (path, value) in runtime.as_object().unwrap() {
            if path == field {
                variants.push(value.clone());
            } else if let Some(part) = path.strip_prefix(field).and_then(|p| p.strip_prefix('.')) {
                // Response names hold dots as well: only a part of an object is one.
                if expected.get(part).is_some() {
                    let mut variant = expected.clone();
                    variant[part] = value.clone();
                    variants.push(variant);
                }
            }
        }
    }
    variants
}

/// Texts of exceptions are informative; the type and the parameter count.
fn same(ours: &Value, recorded: &Value) -> bool {
    match recorded.get("!") {
        Some(kind) => {
            ours.get("!") == Some(kind)
                && recorded
                    .get("param")
                    .is_none_or(|param| ours.get("param") == Some(param))
        }
        None => ours == recorded,
    }
}

pub(crate) fn misuse(error: &Misuse) -> Value {
    let kind = match error {
        Misuse::InvalidOperation(_) => "InvalidOperationException",
        Misuse::InvalidArgument { .. } => "ArgumentException",
        Misuse::OutOfRange { .. } => "ArgumentOutOfRangeException",
        Misuse::Disposed { .. } => "ObjectDisposedException",
        Misuse::NotSupported(_) => "NotSupportedException",
        Misuse::NotImplemented(_) => "NotImplementedException",
        other => panic!("a new kind of misuse: {other}"),
    };
    match error.param_name() {
        Some(param) => json!({ "!": kind, "param": param }),
        None => json!({ "!": kind }),
    }
}

pub(crate) fn exception(kind: &str) -> Value {
    json!({ "!": kind })
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}
