// combine, compare, makerel: two URIs; esc, check, hex: the static members.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};
use system_net_uri::{
    StringComparison, Uri, UriComponents, UriFormat, UriFormatError, UriFormatErrorKind,
};

use super::uri::{failure, host_name_type, parse, short};
use super::{Op, Run, Settings, exception, text};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "combine",
        run: combine,
        not_yet: &[],
    },
    Op {
        name: "compare",
        run: compare,
        not_yet: &[],
    },
    Op {
        name: "makerel",
        run: makerel,
        not_yet: &[],
    },
    Op {
        name: "esc",
        run: esc,
        not_yet: &[],
    },
    Op {
        name: "check",
        run: check,
        not_yet: &[],
    },
    Op {
        name: "hex",
        run: hex,
        not_yet: &[],
    },
];

fn described(uri: Result<Uri, UriFormatError>) -> Value {
    match uri {
        Ok(uri) => short(&uri).into(),
        Err(error) => failure(error),
    }
}

fn pair(input: &[Value], settings: Settings) -> Option<[Result<Uri, UriFormatError>; 2]> {
    Some([
        parse(text(input, 0)?, settings),
        parse(text(input, 1)?, settings),
    ])
}

fn combine(input: &[Value], settings: Settings) -> Run {
    let (Some(base), Some(relative)) = (text(input, 0), text(input, 1)) else {
        return Run::NotExpressible;
    };
    // The recorded constructor refuses a relative base as an argument.
    let combined = |uri: Result<Uri, UriFormatError>| match uri {
        Err(error) if error.kind() == UriFormatErrorKind::NotAbsolute => {
            exception("ArgumentOutOfRangeException")
        }
        uri => described(uri),
    };
    let base = match parse(base, settings) {
        Ok(base) => base,
        Err(error) => return Run::Answer(json!({"base": failure(error)})),
    };
    let from_text = base.combine(relative);
    let from_uri = parse(relative, settings).and_then(|relative| base.combine_uri(&relative));
    let mut fields = serde_json::Map::new();
    if base.is_absolute_uri() {
        fields.insert("TryCreate".into(), from_text.is_ok().into());
    } else {
        // .NET's static member takes an absolute text without a look at the base: a parse here.
        fields.insert(
            "TryCreate".into(),
            parse(relative, settings)
                .is_ok_and(|uri| uri.is_absolute_uri())
                .into(),
        );
    }
    fields.insert("fromString".into(), combined(from_text));
    fields.insert("fromUri".into(), combined(from_uri));
    Run::Answer(fields.into())
}

fn sign(ordering: Ordering) -> i32 {
    match ordering {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

fn hash(uri: &Uri) -> u64 {
    let mut hasher = DefaultHasher::new();
    uri.hash(&mut hasher);
    hasher.finish()
}

fn compare(input: &[Value], settings: Settings) -> Run {
    let Some([Ok(a), Ok(b)]) = pair(input, settings) else {
        return Run::NotExpressible;
    };
    let by = |parts, format, comparison| sign(Uri::compare(&a, &b, parts, format, comparison));
    Run::Answer(json!({
        "Equals": a == b,
        "EqualsString": a == *text(input, 1).unwrap_or_default(),
        "HashEqual": hash(&a) == hash(&b),
        "IsBaseOf": a.is_base_of(&b),
        "IsBaseOfReverse": b.is_base_of(&a),
        "Compare.AbsoluteUri.Escaped.Ordinal":
            by(UriComponents::ABSOLUTE_URI, UriFormat::UriEscaped, StringComparison::Ordinal),
        "Compare.HostAndPort.Safe.IgnoreCase":
            by(UriComponents::HOST_AND_PORT, UriFormat::SafeUnescaped, StringComparison::OrdinalIgnoreCase),
        "Compare.PathAndQuery.Unescaped.IgnoreCase":
            by(UriComponents::PATH_AND_QUERY, UriFormat::Unescaped, StringComparison::OrdinalIgnoreCase),
    }))
}

fn makerel(input: &[Value], settings: Settings) -> Run {
    let Some([Ok(from), Ok(to)]) = pair(input, settings) else {
        return Run::NotExpressible;
    };
    Run::Answer(match from.make_relative_uri(&to) {
        Ok(relative) => json!({
            "MakeRelativeUri": short(&relative),
            "roundtrip": from.combine_uri(&relative).map_or_else(failure, |uri| uri.to_string().into()),
        }),
        Err(error) => json!({"MakeRelativeUri": failure(error)}),
    })
}

fn esc(input: &[Value], _: Settings) -> Run {
    let Some(text) = text(input, 0) else {
        return Run::NotExpressible;
    };
    Run::Answer(json!({
        "EscapeDataString": Uri::escape_data_string(text),
        "EscapeUriString": Uri::escape_uri_string(text),
        "UnescapeDataString": Uri::unescape_data_string(text),
    }))
}

fn check(input: &[Value], _: Settings) -> Run {
    let Some(text) = text(input, 0) else {
        return Run::NotExpressible;
    };
    Run::Answer(json!({
        "CheckHostName": host_name_type(Uri::check_host_name(text)),
        "CheckSchemeName": Uri::check_scheme_name(text),
    }))
}

fn hex(input: &[Value], _: Settings) -> Run {
    let Some(text) = text(input, 0) else {
        return Run::NotExpressible;
    };
    let escapes: Vec<Value> = text
        .chars()
        .map(|c| Uri::hex_escape(c).map_or_else(failure, Value::from))
        .collect();
    let unescaped = match Uri::hex_unescape(text, 0) {
        Ok((character, next)) => json!([u32::from(character), next]),
        Err(error) => failure(error),
    };
    let digit = text.chars().next().map(Uri::from_hex);
    Run::Answer(json!({
        "HexEscape": escapes,
        "IsHexEncoding": text.char_indices().map(|(at, _)| Uri::is_hex_encoding(text, at)).collect::<Vec<_>>(),
        "HexUnescape": unescaped,
        "FromHex": digit.map(|digit| digit.map_or_else(failure, Value::from)),
    }))
}
