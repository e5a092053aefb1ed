//! The other operations: combine, make relative, compare, escape, check, hex, long texts.

use serde_json::{Value, json};
use system_net_uri::{
    GenericUriParser, GenericUriParserOptions, StringComparison, Uri, UriBuilder, UriComponents,
    UriFormat, UriFormatError, UriFormatErrorKind, UriKind, UriParserTable, UriSettings,
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
        "builder" => builder(input),
        "genparser" => generic_parser(input)?,
        "long" => long(input, settings)?,
        _ => return None,
    };
    let mut out = Answers::new();
    flatten("", &value, &mut out);
    Some(out)
}

fn combine(base: &str, relative: &str, settings: &UriSettings) -> Value {
    let base = match parse(base, settings) {
        Ok(base) => base,
        Err(error) => return failure(error),
    };
    let target = parse(relative, settings);
    // `TryCreate` does not look at the base if the other one is absolute.
    let absolute = target.as_ref().is_ok_and(Uri::is_absolute_uri);
    let from_uri = target.and_then(|relative| base.combine_uri(&relative));
    let outcome = |result: Result<Uri, UriFormatError>| match result {
        Err(error) if error.kind() == UriFormatErrorKind::NotAbsolute => {
            exception("ArgumentOutOfRangeException")
        }
        result => described(result),
    };
    json!({
        "fromString": outcome(base.combine(relative)),
        "TryCreate": absolute || from_uri.is_ok(),
        "fromUri": outcome(from_uri),
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
        all["AbsoluteUri.Length"] = if uri.is_absolute_uri() {
            json!(length(uri.absolute_uri()))
        } else {
            exception("InvalidOperationException")
        };
        all["Scheme.Length"] = json!(length(uri.scheme()));
        all["ToString.Length"] = json!(length(&uri.to_string()));
    }
    Some(all)
}

/// The port of an argument; `None` if .NET's `int` is out of range.
fn port(value: &Value) -> Option<Option<u16>> {
    match value.as_i64()? {
        -1 => Some(None),
        port => u16::try_from(port).ok().map(Some),
    }
}

fn builder(input: &Value) -> Value {
    let arguments = &input[0];
    let text = |i: usize| arguments[i].as_str().unwrap_or_default();
    let count = arguments.as_array().map_or(0, Vec::len);
    let out_of_range = || exception("ArgumentOutOfRangeException");
    let number = if count > 2 {
        match port(&arguments[2]) {
            Some(port) => port,
            None => return json!({ "ctor": out_of_range() }),
        }
    } else {
        None
    };
    let made = match count {
        1 => UriBuilder::parse(text(0)),
        2 => UriBuilder::with_host(text(0), text(1)),
        3 => UriBuilder::with_port(text(0), text(1), number),
        4 => UriBuilder::with_path(text(0), text(1), number, text(3)),
        _ => UriBuilder::with_extra(text(0), text(1), number, text(3), text(4)),
    };
    let mut builder = match made {
        Ok(builder) => builder,
        Err(error) if error.kind() == UriFormatErrorKind::BadScheme => {
            return json!({ "ctor": exception("ArgumentException") });
        }
        Err(error) => return json!({ "ctor": failure(error) }),
    };
    let mut all = json!({});
    for (name, value) in input[1].as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        match name.as_str() {
            "Scheme" => {
                if builder.set_scheme(text).is_err() {
                    all["set.Scheme"] = exception("ArgumentException");
                }
            }
            "UserName" => builder.set_user_name(text),
            "Password" => builder.set_password(text),
            "Host" => builder.set_host(text),
            "Port" => match port(value) {
                Some(port) => builder.set_port(port),
                None => all["set.Port"] = out_of_range(),
            },
            "Path" => builder.set_path(text),
            "Query" => builder.set_query(text),
            "Fragment" => builder.set_fragment(text),
            other => panic!("property {other}"),
        }
    }
    all["Scheme"] = json!(builder.scheme());
    all["UserName"] = json!(builder.user_name());
    all["Password"] = json!(builder.password());
    all["Host"] = json!(builder.host());
    all["Port"] = json!(builder.port().map_or(-1, i32::from));
    all["Path"] = json!(builder.path());
    all["Query"] = json!(builder.query());
    all["Fragment"] = json!(builder.fragment());
    all["ToString"] = builder.text().map_or_else(failure, |text| json!(text));
    all["Uri"] = builder
        .uri()
        .map_or_else(failure, |uri| json!(uri.absolute_uri()));
    all
}

fn generic_parser(input: &Value) -> Option<Value> {
    let options = GenericUriParserOptions::from_bits(i32::try_from(input[0].as_i64()?).ok()?);
    let scheme = input[1].as_str()?;
    let mut table = UriParserTable::new();
    let registered = match port(&input[2]) {
        None => exception("ArgumentOutOfRangeException"),
        Some(port) => match table.register(GenericUriParser::new(options), scheme, port) {
            Ok(()) => json!("ok"),
            Err(error) if error.kind() == UriFormatErrorKind::AlreadyRegistered => {
                exception("InvalidOperationException")
            }
            Err(_) => exception("ArgumentOutOfRangeException"),
        },
    };
    let known = if Uri::check_scheme_name(scheme) {
        json!(table.is_known_scheme(scheme))
    } else {
        exception("ArgumentOutOfRangeException")
    };
    let mut settings = UriSettings::new();
    settings.set_parsers(Some(std::sync::Arc::new(table)));
    let mut uris = serde_json::Map::new();
    for text in input[3]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        uris.insert(
            text.to_owned(),
            described(Uri::parse_in(text, UriKind::Absolute, &settings)),
        );
    }
    Some(json!({ "register": registered, "known": known, "uris": uris }))
}
