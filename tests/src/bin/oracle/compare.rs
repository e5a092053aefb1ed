// Comparing our answer with the recorded ones, field by field.

use serde_json::Value;

/// How an answer compares.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// As the preferred recording has it.
    Passed,
    /// Each field as one of the recordings has it.
    Accepted,
    /// Some fields as none of them has it.
    Failed(Vec<Mismatch>),
}

/// A field that no recording has as we do.
#[derive(Debug, PartialEq)]
pub(crate) struct Mismatch {
    pub(crate) field: String,
    pub(crate) ours: Option<Value>,
    pub(crate) wanted: Vec<Value>,
}

/// Compares `ours` with the recorded variants, the preferred one first. Fields that only we have
/// are not looked at, unless they are exceptions, which nobody else raised; a field that only the recording has is a mismatch, except where `skip`
/// begins its path (members that have no counterpart yet).
pub(crate) fn compare(ours: &Value, variants: &[Value], unordered: bool, skip: &[&str]) -> Verdict {
    let mut comparison = Comparison {
        unordered,
        skip,
        mismatches: Vec::new(),
        accepted: false,
    };
    let variants: Vec<Option<&Value>> = variants.iter().map(Some).collect();
    comparison.value("", Some(ours), &variants);
    match (comparison.mismatches.is_empty(), comparison.accepted) {
        (false, _) => Verdict::Failed(comparison.mismatches),
        (true, true) => Verdict::Accepted,
        (true, false) => Verdict::Passed,
    }
}

/// The name of the exception a recorded value is, if it is one.
pub(crate) fn exception(value: &Value) -> Option<&str> {
    value.get("!").and_then(Value::as_str)
}

/// Whether the recorded runtime fell over its own feet; no program can mean these exceptions.
fn broke_down(value: &Value) -> bool {
    value.get("harness").is_some()
        || matches!(
            exception(value),
            Some("NullReferenceException" | "IndexOutOfRangeException")
        )
}

struct Comparison<'a> {
    unordered: bool,
    skip: &'a [&'a str],
    mismatches: Vec<Mismatch>,
    accepted: bool,
}

impl Comparison<'_> {
    fn value(&mut self, path: &str, ours: Option<&Value>, variants: &[Option<&Value>]) {
        if self.skip.iter().any(|skipped| begins(path, skipped)) {
            return;
        }
        if let Some(at) = variants.iter().position(|&wanted| self.same(ours, wanted)) {
            self.accepted |= at > 0;
            return;
        }
        if variants.iter().flatten().any(|value| broke_down(value)) {
            // The recorded runtime broke down in itself: nothing to compare with.
            self.accepted = true;
            return;
        }
        match ours {
            Some(Value::Object(fields)) if !fields.contains_key("!") => {
                let objects: Vec<_> = variants
                    .iter()
                    .flatten()
                    .filter(|value| value.is_object() && exception(value).is_none())
                    .collect();
                if !objects.is_empty() {
                    // The preferred recording is of another shape: whatever matches is second.
                    self.accepted |= !same_shape(objects[0], variants[0]);
                    self.fields(path, fields, &objects);
                    return;
                }
            }
            Some(Value::Array(items)) => {
                let arrays: Vec<_> = variants
                    .iter()
                    .flatten()
                    .filter_map(|value| value.as_array())
                    .filter(|array| array.len() == items.len())
                    .collect();
                if !arrays.is_empty() {
                    for (at, item) in items.iter().enumerate() {
                        let wanted: Vec<_> = arrays.iter().map(|array| Some(&array[at])).collect();
                        self.value(&join(path, &at.to_string()), Some(item), &wanted);
                    }
                    return;
                }
            }
            _ => {}
        }
        let mut wanted: Vec<Value> = Vec::new();
        for value in variants {
            let value = value.cloned().unwrap_or_else(|| "<absent>".into());
            if !wanted.contains(&value) {
                wanted.push(value);
            }
        }
        let ours = ours.cloned();
        self.mismatches.push(Mismatch {
            field: path.to_owned(),
            ours,
            wanted,
        });
    }

    fn fields(&mut self, path: &str, ours: &serde_json::Map<String, Value>, variants: &[&&Value]) {
        let mut names: Vec<&String> = Vec::new();
        for name in variants
            .iter()
            .filter_map(|value| value.as_object())
            .flat_map(|o| o.keys())
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let raised = ours
            .iter()
            .filter(|(name, value)| exception(value).is_some() && !names.contains(name));
        for (name, value) in raised {
            self.value(&join(path, name), Some(value), &[None]);
        }
        for name in names {
            let wanted: Vec<Option<&Value>> =
                variants.iter().map(|value| value.get(name)).collect();
            // A field that the preferred recording has not and we have is no difference.
            if wanted[0].is_none() && wanted.iter().any(Option::is_none) && !ours.contains_key(name)
            {
                continue;
            }
            self.value(&join(path, name), ours.get(name), &wanted);
        }
    }

    fn same(&self, ours: Option<&Value>, wanted: Option<&Value>) -> bool {
        match (ours, wanted) {
            (None, None) => true,
            (Some(ours), Some(wanted)) => same_value(ours, wanted, self.unordered),
            _ => false,
        }
    }
}

fn same_value(ours: &Value, wanted: &Value, unordered: bool) -> bool {
    match (ours, wanted) {
        (Value::Object(a), Value::Object(b)) if b.contains_key("!") => {
            // Messages are informative; the parameter counts where both name one.
            let both = a.get("param").zip(b.get("param"));
            a.get("!") == b.get("!") && both.is_none_or(|(ours, wanted)| ours == wanted)
        }
        (Value::String(a), Value::String(b)) if unordered => {
            let sorted = |text: &str| {
                let mut parts: Vec<String> =
                    text.split(';').map(|part| part.trim().to_owned()).collect();
                parts.sort();
                parts
            };
            sorted(a) == sorted(b)
        }
        (Value::Object(a), Value::Object(b)) => {
            let raised = |(key, value): (&String, &Value)| {
                exception(value).is_some() && !b.contains_key(key)
            };
            !a.iter().any(raised)
                && b.iter()
                    .all(|(key, b)| a.get(key).is_some_and(|a| same_value(a, b, unordered)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b, unordered))
        }
        _ => ours == wanted,
    }
}

fn same_shape(chosen: &Value, preferred: Option<&Value>) -> bool {
    preferred
        .is_some_and(|preferred| preferred.is_object() && exception(preferred) == exception(chosen))
}

fn begins(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The verdict in a word, with the fields that mismatch.
    fn verdict(ours: Value, variants: &[Value]) -> String {
        match compare(&ours, variants, false, &["Later"]) {
            Verdict::Passed => "passed".to_owned(),
            Verdict::Accepted => "accepted".to_owned(),
            Verdict::Failed(fields) => fields
                .into_iter()
                .map(|field| field.field)
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    #[test]
    fn fields_are_compared_one_by_one() {
        let one = json!({"A": 1, "B": {"c": [1, 2]}, "Later": 7});
        let two = json!({"A": 2, "B": {"c": [1, 3]}, "Later": 7});
        let both = [one.clone(), two];
        for (ours, expected) in [
            (json!({"A": 1, "B": {"c": [1, 2]}}), "passed"),
            (json!({"A": 1, "B": {"c": [1, 2]}, "Own": 1}), "passed"),
            (
                json!({"A": 1, "B": {"c": [1, 2]}, "step1": {"!": "E"}}),
                "step1",
            ),
            (json!({"A": 2, "B": {"c": [1, 2]}}), "accepted"),
            (json!({"A": 1, "B": {"c": [1, 3]}}), "accepted"),
            (json!({"A": 3, "B": {"c": [1, 4]}}), "A B.c.1"),
            (json!({"B": {"c": [1]}}), "A B.c"),
            (json!(5), ""),
        ] {
            assert_eq!(verdict(ours, &both), expected);
        }
        assert_eq!(
            verdict(json!({"A": 2, "B": {"c": [1, 2]}}), &both[..1]),
            "A"
        );
    }

    #[test]
    fn exceptions_are_compared_by_type_and_parameter() {
        let wanted = [json!({"!": "ArgumentException", "param": "value", "msg": "no"})];
        for (ours, expected) in [
            (
                json!({"!": "ArgumentException", "param": "value"}),
                "passed",
            ),
            (json!({"!": "ArgumentException"}), "passed"),
            (json!({"!": "ArgumentException", "param": "name"}), ""),
            (json!({"!": "FormatException"}), ""),
            (json!("text"), ""),
        ] {
            assert_eq!(verdict(ours, &wanted), expected);
        }
    }

    #[test]
    fn another_shape_is_a_second_choice() {
        let both = [json!({"!": "E"}), json!({"Host": "h", "Port": 1})];
        assert_eq!(verdict(json!({"Host": "h", "Port": 1}), &both), "accepted");
        assert_eq!(verdict(json!({"Host": "h", "Port": 2}), &both), "Port");
        assert_eq!(verdict(json!({"!": "E"}), &both), "passed");
    }

    #[test]
    fn a_recorded_breakdown_asks_for_nothing() {
        let broken = [json!({"!": "NullReferenceException", "harness": "at ..."})];
        assert_eq!(verdict(json!({"Host": "h"}), &broken), "accepted");
    }

    #[test]
    fn unordered_rows_compare_parameters_as_a_set() {
        let wanted = [json!("a; x=1; y=2")];
        assert_eq!(
            compare(&json!("a; y=2; x=1"), &wanted, true, &[]),
            Verdict::Passed
        );
        assert!(matches!(
            compare(&json!("a; y=2; x=1"), &wanted, false, &[]),
            Verdict::Failed(_)
        ));
    }
}
