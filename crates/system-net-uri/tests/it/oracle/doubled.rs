//! A difference accepted by rule: Mono, which recorded the IDN modes, writes the path of an
//! international URI without authority twice.
//!
//! The README of the recordings names it as a fault not to copy. Only that very shape counts: the
//! recorded value is ours with all that the text has behind its scheme put in once more. All other
//! fields of the row are graded. `tests/src/bin/oracle` has the same rule.

use serde_json::Value;
use system_net_uri::{Uri, UriIdnScope, UriKind, UriSettings};

/// The rule for one row.
pub(super) struct Doubled {
    /// The scheme with its colon, as it stands at the beginning of the values.
    scheme: String,
    /// What the text has behind it.
    rest: String,
}

impl Doubled {
    /// The rule for a row, if it applies: a text with an international path, read in an IDN mode
    /// as a URI without authority.
    pub(super) fn of(row: &Value, settings: &UriSettings) -> Option<Self> {
        if row["op"] != "uri" || settings.idn() == UriIdnScope::None {
            return None;
        }
        let text = row["in"][0].as_str()?;
        let uri = Uri::parse_in(text, UriKind::Absolute, settings).ok()?;
        let (name, rest) = text.split_once(':')?;
        let applies = uri.authority().is_empty()
            && !uri.is_file()
            && name.eq_ignore_ascii_case(uri.scheme())
            && !Uri::unescape_data_string(rest).is_ascii();
        applies.then(|| Self {
            scheme: format!("{}:", uri.scheme()),
            rest: rest.to_owned(),
        })
    }

    /// Whether a field differs in nothing else. `LeftPart` holds several values.
    pub(super) fn explains(&self, ours: &Value, recorded: &Value) -> bool {
        match (ours, recorded) {
            (Value::Array(ours), Value::Array(recorded)) => {
                let same = |(a, b): (&Value, &Value)| a == b || self.explains(a, b);
                ours.len() == recorded.len() && ours.iter().zip(recorded).all(same)
            }
            (Value::String(ours), Value::String(recorded)) => ours
                .strip_prefix(&self.scheme)
                .is_some_and(|behind| *recorded == format!("{}{}{behind}", self.scheme, self.rest)),
            _ => false,
        }
    }
}

#[test]
fn a_doubled_path_alone_is_accepted() {
    let mut all = UriSettings::new();
    all.set_idn(UriIdnScope::All);
    let none = UriSettings::new();
    for (text, settings, ours, recorded, expected) in [
        ("x-c:\u{e4}", &all, "x-c:\u{e4}", "x-c:\u{e4}\u{e4}", true),
        ("X-C:\u{e4}", &all, "x-c:", "x-c:\u{e4}", true),
        ("x-c:%c3%a4", &all, "x-c:\u{e4}", "x-c:%c3%a4\u{e4}", true),
        (
            "x-c:\u{e4}",
            &all,
            "x-c:\u{e4}",
            "x-c:\u{e4}\u{e4}\u{e4}",
            false,
        ),
        ("x-c:\u{e4}", &all, "x-c:\u{e4}", "x-c:\u{f6}\u{e4}", false),
        ("x-c:\u{e4}", &all, "\u{e4}", "\u{e4}\u{e4}", false),
        ("x-c:a", &all, "x-c:a", "x-c:aa", false),
        ("x-c:\u{e4}", &none, "x-c:\u{e4}", "x-c:\u{e4}\u{e4}", false),
        (
            "x-c://h/\u{e4}",
            &all,
            "x-c:\u{e4}",
            "x-c://h/\u{e4}\u{e4}",
            false,
        ),
    ] {
        let row = serde_json::json!({"op": "uri", "in": [text]});
        let rule = Doubled::of(&row, settings);
        let accepted = rule.is_some_and(|rule| rule.explains(&ours.into(), &recorded.into()));
        assert_eq!(accepted, expected, "{text} {recorded}");
    }
}
