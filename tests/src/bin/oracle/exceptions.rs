// Listed exceptions: rows we answer otherwise on purpose, each with its reason.

use serde_json::Value;

use crate::compare::Mismatch;

/// The list, with what the graded rows made of it.
pub(crate) struct Exceptions {
    entries: Vec<Entry>,
}

struct Entry {
    /// The international mode it applies under; `None` for all.
    mode: Option<&'static str>,
    op: String,
    input: String,
    field: String,
    passed: bool,
    failed: bool,
}

impl Exceptions {
    /// The lists of the workspace: for all rows, and for URIs by the mode they were recorded in.
    pub(crate) fn vendored() -> Result<Self, String> {
        let mut all = Self {
            entries: Vec::new(),
        };
        for (mode, text) in [
            (None, include_str!("../../../conformance/exceptions.tsv")),
            (
                None,
                include_str!("../../../conformance/cookies/exceptions.tsv"),
            ),
            (
                Some(""),
                include_str!("../../../conformance/uri/exceptions.tsv"),
            ),
            (
                Some("iri-off"),
                include_str!("../../../conformance/uri/exceptions-iri-off.tsv"),
            ),
            (
                Some("idn-all"),
                include_str!("../../../conformance/uri/exceptions-idn-all.tsv"),
            ),
            (
                Some("idn-allexceptintranet"),
                include_str!("../../../conformance/uri/exceptions-idn-allexceptintranet.tsv"),
            ),
        ] {
            all.entries.extend(Self::parse(mode, text)?.entries);
        }
        Ok(all)
    }

    /// Reads lines of `op TAB input TAB fields TAB reason`. The input is the row's `in` as compact
    /// JSON, `*` in it stands for any text; the fields are paths with a blank between, each with
    /// all that is inside it, or `*` for all of them.
    pub(crate) fn parse(mode: Option<&'static str>, text: &str) -> Result<Self, String> {
        let mut entries = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let columns: Vec<&str> = line.split('\t').collect();
            match columns[..] {
                [op, input, fields, reason] if !reason.trim().is_empty() => {
                    entries.extend(fields.split_whitespace().map(|field| Entry {
                        mode,
                        op: op.to_owned(),
                        input: input.to_owned(),
                        field: field.to_owned(),
                        passed: false,
                        failed: false,
                    }));
                }
                _ => return Err(format!("exceptions, line {}: not four columns", number + 1)),
            }
        }
        Ok(Self { entries })
    }

    /// The mismatches that no entry covers.
    pub(crate) fn keep_unlisted(
        &mut self,
        mode: &str,
        op: &str,
        input: &[Value],
        mut fields: Vec<Mismatch>,
    ) -> Vec<Mismatch> {
        let input = key(input);
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.covers(mode, op, &input))
        {
            let before = fields.len();
            fields.retain(|mismatch| !entry.lists(&mismatch.field));
            let failed = fields.len() < before;
            entry.failed |= failed;
            // Another field failed, this one did not.
            entry.passed |= !failed && entry.field != "*";
        }
        fields
    }

    /// Remembers that a row passed, which its entry did not foresee.
    pub(crate) fn note_pass(&mut self, mode: &str, op: &str, input: &[Value]) {
        let input = key(input);
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.covers(mode, op, &input))
        {
            entry.passed = true;
        }
    }

    /// Entries that rows met and none needed: an unexpected pass is a fault of the list.
    pub(crate) fn stale(&self) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| entry.passed && !entry.failed)
            .map(|entry| format!("{} {} {}", entry.op, entry.input, entry.field))
            .collect()
    }
}

impl Entry {
    fn lists(&self, field: &str) -> bool {
        let inside = |rest: &str| rest.is_empty() || rest.starts_with('.');
        self.field == "*" || field.strip_prefix(&self.field).is_some_and(inside)
    }

    fn covers(&self, mode: &str, op: &str, input: &str) -> bool {
        self.mode.is_none_or(|own| own == mode) && self.op == op && matches(&self.input, input)
    }
}

fn key(input: &[Value]) -> String {
    Value::from(input).to_string()
}

fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || text.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mismatch(field: &str) -> Mismatch {
        Mismatch {
            field: field.to_owned(),
            ours: None,
            wanted: Vec::new(),
        }
    }

    #[test]
    fn an_entry_covers_its_field_of_its_row() {
        let mut list =
            Exceptions::parse(None, "# c\nop\t[\"a\"]\tF\twhy\nop\t[\"b*\t*\twhy\n").unwrap();
        for (input, field, left) in [
            ("a", "F", 0),
            ("a", "G", 1),
            ("aa", "F", 1),
            ("bcd", "anything", 0),
        ] {
            let kept = list.keep_unlisted("", "op", &[json!(input)], vec![mismatch(field)]);
            assert_eq!(kept.len(), left, "{input} {field}");
        }
        assert_eq!(
            list.keep_unlisted("", "other", &[json!("a")], vec![mismatch("F")])
                .len(),
            1
        );
        assert!(list.stale().is_empty());
    }

    #[test]
    fn each_listed_field_must_differ() {
        let mut list = Exceptions::parse(None, "op\t[\"a\"]\tF G.h\twhy\n").unwrap();
        let fields = ["G.h.1", "G.hi", "G"].map(mismatch).into();
        let kept = list.keep_unlisted("", "op", &[json!("a")], fields);
        let kept: Vec<&str> = kept.iter().map(|m| m.field.as_str()).collect();
        assert_eq!(kept, ["G.hi", "G"]);
        assert_eq!(list.stale(), [r#"op ["a"] F"#]);
    }

    #[test]
    fn an_unexpected_pass_is_stale() {
        let mut list = Exceptions::parse(Some("m"), "op\t[\"a\"]\tF\twhy").unwrap();
        list.note_pass("other", "op", &[json!("a")]);
        assert!(list.stale().is_empty());
        list.note_pass("m", "op", &[json!("a")]);
        assert_eq!(list.stale().len(), 1);
        assert!(
            Exceptions::parse(None, "op\t[]\tF\t").is_err(),
            "a reason is required"
        );
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("*b", "abc", false),
            ("a*c*e", "abcde", true),
            ("a*x*e", "abcde", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
