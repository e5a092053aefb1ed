//! The other operations: combine, make relative, compare, escape, check, hex, long texts.

use serde_json::{Value, json};
use system_net_uri::{
    StringComparison, Uri, UriComponents, UriFormat, UriFormatError, UriKind, UriSettings,
};

use super::uri::{error_name, host_type};
use super::{Answers, exception, flatten};

fn parse(text: &str, settings: &UriSettings) -> Result<Uri, UriFormatError> {
    Uri::parse_in(text, UriKind::RelativeOrAbsolute, settings)
}

fn failure(error: UriFormatError) -> Value {
    exception(error_name(error.kind()))
}

/// The short description of a URI that several operations record.
fn describe(uri: &Uri) -> Value {
    if !uri.is_absolute_uri() {
        return json!({
            "IsAbsoluteUri": false, "ToString": uri.to_string(), "OriginalString": uri.original_string(),
        });
    }
    json!({
        "IsAbsoluteUri": true,
        "ToString": uri.to_string(),
        "OriginalString": uri.original_string(),
        "AbsoluteUri": uri.absolute_uri(),
        "LocalPath": uri.local_path(),
        "Host": uri.host(),
        "PathAndQuery": uri.path_and_query(),
        "Fragment": uri.fragment(),
        "Port": uri.port().map_or(-1, i32::from),
        "UserInfo": uri.user_info(),
        "Query": uri.query(),
        "HostNameType": host_type(uri.host_name_type()),
        "AbsolutePath": uri.absolute_path(),
    })
}

fn described(result: Result<Uri, UriFormatError>) -> Value {
    result.map_or_else(failure, |uri| describe(&uri))
}

pub(super) fn answer(op: &str, row: &Value, settings: &UriSettings) -> Option<Answers> {
    let input = &row["in"];
    let value = match op {
        "combine" => combine(input[0].as_str()?, input[1].as_str()?, settings),
        "makerel" => make_relative(input[0].as_str()?, input[1].as_str()?, settings),
        "compare" => compare(input[0].as_str()?, input[1].as_str()?, settings),
        "esc" => {
            let text = input[0].as_str()?;
            json!({
                "EscapeDataString": Uri::escape_data_string(text),
                "EscapeUriString": Uri::escape_uri_string(text),
                "UnescapeDataString": Uri::unescape_data_string(text),
            })
        }
        "check" => {
            let text = input[0].as_str()?;
            json!({
                "CheckHostName": host_type(Uri::check_host_name(text)),
                "CheckSchemeName": Uri::check_scheme_name(text),
            })
        }
        "hex" => hex(input[0].as_str()?),
        "uri_units" => {
            let units: Vec<u16> = serde_json::from_value(input[0].clone()).ok()?;
            let text = String::from_utf16(&units).ok()?;
            let mut row = row.clone();
            row["in"] = json!([text]);
            return super::uri::answer(&row, settings);
        }
        "long" => long(input, settings)?,
        _ => return None,
    };
    let mut out = Answers::new();
    flatten("", &value, &mut out);
    Some(out)
}

fn combine(base: &str, relative: &str, settings: &UriSettings) -> Value {
    let base = match Uri::parse_in(base, UriKind::Absolute, settings) {
        Ok(base) => base,
        Err(error) => return failure(error),
    };
    let from_uri = parse(relative, settings).and_then(|relative| base.combine_uri(&relative));
    json!({
        "fromString": described(base.combine(relative)),
        "TryCreate": from_uri.is_ok(),
        "fromUri": described(from_uri),
    })
}

fn make_relative(from: &str, to: &str, settings: &UriSettings) -> Value {
    let (from, to) = match (parse(from, settings), parse(to, settings)) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(error), _) | (_, Err(error)) => return failure(error),
    };
    match from.make_relative_uri(&to) {
        Err(error) => json!({ "MakeRelativeUri": failure(error), "roundtrip": failure(error) }),
        Ok(relative) => json!({
            "MakeRelativeUri": describe(&relative),
            "roundtrip": from.combine_uri(&relative).map_or_else(failure, |uri| json!(uri.to_string())),
        }),
    }
}

fn compare(a: &str, b: &str, settings: &UriSettings) -> Value {
    let (a_text, b_text) = (a, b);
    let (a, b) = match (parse(a, settings), parse(b, settings)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(error), _) | (_, Err(error)) => return failure(error),
    };
    let hash = |uri: &Uri| {
        use std::hash::{BuildHasher, RandomState};
        static STATE: std::sync::LazyLock<RandomState> = std::sync::LazyLock::new(RandomState::new);
        STATE.hash_one(uri)
    };
    let ordering =
        |parts, format, comparison| Uri::compare(&a, &b, parts, format, comparison) as i32;
    let _ = a_text;
    json!({
        "Equals": a == b,
        "EqualsString": a == *b_text,
        "HashEqual": hash(&a) == hash(&b),
        "IsBaseOf": a.is_base_of(&b),
        "IsBaseOfReverse": b.is_base_of(&a),
        "Compare.AbsoluteUri.Escaped.Ordinal":
            ordering(UriComponents::ABSOLUTE_URI, UriFormat::UriEscaped, StringComparison::Ordinal),
        "Compare.HostAndPort.Safe.IgnoreCase":
            ordering(UriComponents::HOST_AND_PORT, UriFormat::SafeUnescaped, StringComparison::OrdinalIgnoreCase),
        "Compare.PathAndQuery.Unescaped.IgnoreCase":
            ordering(UriComponents::PATH_AND_QUERY, UriFormat::Unescaped, StringComparison::OrdinalIgnoreCase),
    })
}

fn hex(text: &str) -> Value {
    let escapes: Vec<Value> = text
        .chars()
        .map(|c| Uri::hex_escape(c).map_or_else(failure, |text| json!(text)))
        .collect();
    let encodings: Vec<bool> = text
        .char_indices()
        .map(|(at, _)| Uri::is_hex_encoding(text, at))
        .collect();
    let unescaped =
        Uri::hex_unescape(text, 0).map_or_else(failure, |(c, at)| json!([c as u32, at]));
    let value = text.chars().next().map(Uri::from_hex);
    json!({
        "HexEscape": escapes,
        "IsHexEncoding": encodings,
        "HexUnescape": unescaped,
        "FromHex": value.map_or(Value::Null, |value| value.map_or_else(failure, |value| json!(value))),
    })
}

fn long(input: &Value, settings: &UriSettings) -> Option<Value> {
    let count = usize::try_from(input[2].as_u64()?).ok()?;
    let text = format!(
        "{}{}{}",
        input[0].as_str()?,
        input[1].as_str()?.repeat(count),
        input[3].as_str()?
    );
    let outcome = |kind| match Uri::parse_in(&text, kind, settings) {
        Ok(_) => json!("ok"),
        Err(error) => failure(error),
    };
    let length = |text: &str| text.encode_utf16().count();
    let mut all = json!({
        "len": length(&text),
        "absolute": outcome(UriKind::Absolute),
        "relative": outcome(UriKind::Relative),
        "relativeOrAbsolute": outcome(UriKind::RelativeOrAbsolute),
        "EscapeDataString.Length": length(&Uri::escape_data_string(&text)),
    });
    if let Ok(uri) = parse(&text, settings) {
        all["AbsoluteUri.Length"] = json!(length(uri.absolute_uri()));
        all["Scheme.Length"] = json!(length(uri.scheme()));
        all["ToString.Length"] = json!(length(&uri.to_string()));
    }
    Some(all)
}
