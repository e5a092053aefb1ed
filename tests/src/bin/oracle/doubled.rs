// A difference accepted by rule: Mono, which recorded the IDN modes, writes the path of an
// international URI without authority twice.
//
// The README of the recordings names it as a fault not to copy. Only that very shape counts: the
// recorded value is ours with all that the text has behind its scheme put in once more.

use serde_json::Value;

use crate::compare::Mismatch;

/// What decides whether a row may have doubled paths.
pub(crate) struct Doubled {
    /// The scheme with its colon, as it stands at the beginning of the values.
    scheme: String,
    /// What the text has behind it.
    rest: String,
}

impl Doubled {
    /// The rule for a row, if it applies: a text with an international path, read in an IDN mode
    /// as a URI without authority.
    pub(crate) fn of(mode: &str, op: &str, input: &[Value], ours: &Value) -> Option<Self> {
        let text = input.first()?.as_str()?;
        let scheme = ours.get("Scheme")?.as_str()?;
        let opaque = op == "uri" && ours.get("Authority")? == "" && ours.get("IsFile")? == false;
        let (name, rest) = text.split_once(':')?;
        let applies = mode.starts_with("idn-")
            && opaque
            && name.eq_ignore_ascii_case(scheme)
            && international(rest);
        applies.then(|| Self {
            scheme: format!("{scheme}:"),
            rest: rest.to_owned(),
        })
    }

    /// Whether the field differs in nothing else.
    pub(crate) fn explains(&self, field: &Mismatch) -> bool {
        let Some(ours) = field.ours.as_ref().and_then(Value::as_str) else {
            return false;
        };
        let doubled = ours
            .strip_prefix(&self.scheme)
            .map(|behind| format!("{}{}{behind}", self.scheme, self.rest));
        doubled.is_some_and(|doubled| field.wanted.iter().all(|wanted| *wanted == doubled))
    }
}

/// Characters outside ASCII, as they are or escaped.
fn international(text: &str) -> bool {
    let escaped = text.as_bytes().windows(3).any(|three| {
        three[0] == b'%'
            && matches!(three[1].to_ascii_lowercase(), b'8' | b'9' | b'a'..=b'f')
            && three[2].is_ascii_hexdigit()
    });
    escaped || !text.is_ascii()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_doubled_path_of_an_opaque_uri_is_accepted() {
        let opaque = json!({"Scheme": "x-c", "Authority": "", "IsFile": false});
        let server = json!({"Scheme": "x-c", "Authority": "h", "IsFile": false});
        for (mode, text, row, ours, recorded, expected) in [
            (
                "idn-all",
                "x-c:\u{e4}",
                &opaque,
                "x-c:\u{e4}",
                "x-c:\u{e4}\u{e4}",
                true,
            ),
            ("idn-all", "X-C:\u{e4}", &opaque, "x-c:", "x-c:\u{e4}", true),
            (
                "idn-all",
                "x-c:%c3%a4",
                &opaque,
                "x-c:\u{e4}",
                "x-c:%c3%a4\u{e4}",
                true,
            ),
            (
                "idn-all",
                "x-c:\u{e4}",
                &opaque,
                "x-c:\u{e4}",
                "x-c:\u{e4}",
                false,
            ),
            (
                "idn-all",
                "x-c:\u{e4}",
                &opaque,
                "x-c:\u{e4}",
                "x-c:\u{e4}\u{e4}\u{e4}",
                false,
            ),
            (
                "idn-all",
                "x-c:\u{e4}",
                &opaque,
                "x-c:\u{e4}",
                "x-c:\u{f6}\u{e4}",
                false,
            ),
            (
                "idn-all",
                "x-c:\u{e4}",
                &opaque,
                "\u{e4}",
                "\u{e4}\u{e4}",
                false,
            ),
            ("idn-all", "x-c:a", &opaque, "x-c:a", "x-c:aa", false),
            ("idn-all", "x-c:%41", &opaque, "x-c:A", "x-c:%41A", false),
            (
                "iri-off",
                "x-c:\u{e4}",
                &opaque,
                "x-c:\u{e4}",
                "x-c:\u{e4}\u{e4}",
                false,
            ),
            (
                "",
                "x-c:\u{e4}",
                &opaque,
                "x-c:\u{e4}",
                "x-c:\u{e4}\u{e4}",
                false,
            ),
            (
                "idn-all",
                "x-c:\u{e4}",
                &server,
                "x-c:\u{e4}",
                "x-c:\u{e4}\u{e4}",
                false,
            ),
        ] {
            let field = Mismatch {
                field: "ToString".to_owned(),
                ours: Some(json!(ours)),
                wanted: vec![json!(recorded)],
            };
            let rule = Doubled::of(mode, "uri", &[json!(text)], row);
            let accepted = rule.is_some_and(|rule| rule.explains(&field));
            assert_eq!(accepted, expected, "{mode} {text} {recorded}");
        }
    }
}
