// One recorded row: reading it, and the variants of the answer it allows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What one line of a recording says.
pub(crate) struct Row {
    pub(crate) op: String,
    pub(crate) input: Vec<Value>,
    /// Allowed answers, the preferred one first; more than one only where runtimes disagree.
    pub(crate) variants: Vec<Value>,
    /// The order of parameters in strings means nothing.
    pub(crate) unordered: bool,
    /// The answer names something of the machine it was recorded on.
    pub(crate) machine: bool,
}

/// Why a line is no row to grade.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It holds half a surrogate pair, which Rust strings cannot.
    LoneSurrogate,
    /// It says where the rows come from.
    Origin,
    /// It is not in the format.
    Format(String),
}

/// The flavour of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    DotNet,
    Pac,
    NoProxy,
}

pub(crate) fn parse(line: &str, flavour: Flavour) -> Result<Row, Unreadable> {
    if has_lone_surrogate(line) {
        return Err(Unreadable::LoneSurrogate);
    }
    let value: Value =
        serde_json::from_str(line).map_err(|error| Unreadable::Format(error.to_string()))?;
    let Value::Object(mut object) = value else {
        return Err(Unreadable::Format("not an object".to_owned()));
    };
    if object.contains_key("origin") && !object.contains_key("op") {
        return Err(Unreadable::Origin);
    }
    match flavour {
        Flavour::DotNet => dotnet(&mut object),
        Flavour::Pac => Ok(other("pac", object, &["expected", "expect", "full"])),
        Flavour::NoProxy => Ok(other("noproxy", object, &["expected_curl"])),
    }
}

fn dotnet(object: &mut Map<String, Value>) -> Result<Row, Unreadable> {
    let mut take = |key: &str| object.remove(key);
    let missing = |key: &str| Unreadable::Format(format!("no `{key}`"));
    let Some(Value::String(op)) = take("op") else {
        return Err(missing("op"));
    };
    let Some(Value::Array(input)) = take("in") else {
        return Err(missing("in"));
    };
    let expect = take("expect").ok_or_else(|| missing("expect"))?;
    let agree = take("agree")
        .and_then(|value| value.as_bool())
        .unwrap_or(true);
    let prefers_net9 = take("core31_sides_with").is_some_and(|side| side == "net9win");
    let flag = |value: Option<Value>| value.is_some_and(|value| value == true);
    let unordered = flag(take("parameter_order_unstable"));
    let machine = flag(take("machine_dependent"));
    let mut diffs: BTreeMap<String, Value> = match take("diff") {
        Some(Value::Object(map)) => map.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    let mut variants = vec![expect.clone()];
    if !agree {
        let preferred = prefers_net9.then(|| diffs.remove("net9win")).flatten();
        variants.extend(diffs.values().map(|diff| patched(&expect, diff)));
        if let Some(diff) = preferred {
            variants.insert(0, patched(&expect, &diff));
        }
    }
    Ok(Row {
        op,
        input,
        variants,
        unordered,
        machine,
    })
}

/// Rows of the proxy files have no operation of their own: the whole object is the argument.
fn other(op: &str, object: Map<String, Value>, answers: &[&str]) -> Row {
    let expect = answers
        .iter()
        .find_map(|key| object.get(*key).cloned())
        .unwrap_or(Value::Null);
    let input = vec![Value::Object(object)];
    Row {
        op: op.to_owned(),
        input,
        variants: vec![expect],
        unordered: false,
        machine: false,
    }
}

/// `expect` with the fields a runtime answers otherwise put in. A key is the path of a field; as
/// names hold dots themselves, the longest existing name wins at each step.
fn patched(expect: &Value, diff: &Value) -> Value {
    let mut result = expect.clone();
    let Value::Object(fields) = diff else {
        return result;
    };
    for (path, value) in fields {
        if path == "result" && result.get("result").is_none() {
            result = value.clone();
        } else {
            put(&mut result, path, value);
        }
    }
    result
}

fn put(target: &mut Value, path: &str, value: &Value) {
    let Value::Object(fields) = target else {
        // An exception or scalar replaced by an object with fields: begin a new object.
        *target = Value::Object(Map::new());
        return put(target, path, value);
    };
    if !fields.contains_key(path) {
        let inner = path
            .match_indices('.')
            .rev()
            .map(|(at, _)| (&path[..at], &path[at + 1..]))
            .find(|(head, _)| fields.get(*head).is_some_and(Value::is_object));
        if let Some((head, rest)) = inner {
            return put(&mut fields[head], rest, value);
        }
    }
    if value == "<absent>" {
        fields.remove(path);
    } else {
        fields.insert(path.to_owned(), value.clone());
    }
}

/// Whether a `\u` escape of the line is half a surrogate pair.
fn has_lone_surrogate(line: &str) -> bool {
    let bytes = line.as_bytes();
    let unit = |at: usize| {
        let hex = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
    };
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], unit(at)) {
            (b'\\', Some(0xD800..=0xDBFF)) => match unit(at + 6) {
                Some(0xDC00..=0xDFFF) => at += 12,
                _ => return true,
            },
            (b'\\', Some(0xDC00..=0xDFFF)) => return true,
            (b'\\', _) => at += 2,
            _ => at += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(line: &str, variants: &[Value]) {
        assert_eq!(
            parse(line, Flavour::DotNet).ok().unwrap().variants,
            variants
        );
    }

    #[test]
    fn differences_are_alternatives_only_without_agreement() {
        let tail = r#""diff": {"core31": {"A.b": 2}, "net9": {"A.b": 3, "C.d": 4}}}"#;
        let head = r#"{"op": "x", "in": [], "expect": {"A": {"b": 1}, "C.d": 1}, "agree""#;
        let expect = json!({"A": {"b": 1}, "C.d": 1});
        check(
            &format!("{head}: true, {tail}"),
            std::slice::from_ref(&expect),
        );
        check(
            &format!("{head}: false, {tail}"),
            &[
                expect,
                json!({"A": {"b": 2}, "C.d": 1}),
                json!({"A": {"b": 3}, "C.d": 4}),
            ],
        );
    }

    #[test]
    fn the_side_core31_takes_comes_first() {
        check(
            r#"{"op": "x", "in": [], "expect": 1, "agree": false,
                "core31_sides_with": "net9win", "diff": {"net9": {"result": 3}, "net9win": {"result": 2}}}"#,
            &[json!(2), json!(1), json!(3)],
        );
    }

    #[test]
    fn absent_takes_a_field_away_and_an_exception_can_become_an_object() {
        check(
            r#"{"op": "x", "in": [], "expect": {"ctor": {"!": "E"}}, "agree": false,
                "diff": {"mono": {"ctor": "<absent>", "Host": "h"}}}"#,
            &[json!({"ctor": {"!": "E"}}), json!({"Host": "h"})],
        );
    }

    #[test]
    fn lone_surrogates_are_found() {
        for (line, lone) in [
            (r#""\ud83d\ude00""#, false),
            (r#""\ud83d""#, true),
            (r#""\ude00\ud83d""#, true),
            (r#""\\ud83d""#, false),
            (r#""\u00e4 \\\ud83da""#, true),
        ] {
            assert_eq!(has_lone_surrogate(line), lone, "{line}");
        }
    }
}
