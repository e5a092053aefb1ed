// uri, uri_units, long, genparser: reading a URI and everything that can be asked of it.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use system_net_uri::{
    GenericUriParser, GenericUriParserOptions, Uri, UriComponents, UriFormat, UriFormatError,
    UriFormatErrorKind, UriHostNameType, UriIdnScope, UriKind, UriParserTable, UriPartial,
    UriSettings,
};

use super::{Idn, Op, Run, Settings, exception, text};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "uri",
        run: uri,
        not_yet: &[],
    },
    Op {
        name: "uri_units",
        run: uri_units,
        not_yet: &[],
    },
    Op {
        name: "long",
        run: long,
        not_yet: &[],
    },
    Op {
        name: "genparser",
        run: genparser,
        not_yet: &[],
    },
];

/// The recorded form of an error: the .NET exception it stands for.
pub(super) fn failure(error: UriFormatError) -> Value {
    exception(match error.kind() {
        UriFormatErrorKind::NotAbsolute | UriFormatErrorKind::AlreadyRegistered => {
            "InvalidOperationException"
        }
        UriFormatErrorKind::InvalidArgument => "ArgumentException",
        _ => "UriFormatException",
    })
}

pub(super) fn uri_settings(settings: Settings) -> UriSettings {
    let mut uri_settings = UriSettings::new();
    uri_settings.set_iri_parsing(settings.iri);
    uri_settings.set_idn(match settings.idn {
        Idn::None => UriIdnScope::None,
        Idn::All => UriIdnScope::All,
        Idn::AllExceptIntranet => UriIdnScope::AllExceptIntranet,
    });
    uri_settings
}

pub(super) fn parse(text: &str, settings: Settings) -> Result<Uri, UriFormatError> {
    Uri::parse_in(text, UriKind::RelativeOrAbsolute, &uri_settings(settings))
}

fn uri(input: &[Value], settings: Settings) -> Run {
    match text(input, 0) {
        Some(text) => Run::Answer(everything(text, settings)),
        None => Run::NotExpressible,
    }
}

/// The text as UTF-16 units, among them halves of pairs, which Rust strings cannot hold.
fn uri_units(input: &[Value], settings: Settings) -> Run {
    let units = input.first().and_then(Value::as_array).map(|units| {
        units
            .iter()
            .map(|unit| unit.as_u64().and_then(|unit| u16::try_from(unit).ok()))
    });
    let text = units
        .and_then(|units| units.collect::<Option<Vec<u16>>>())
        .and_then(|units| String::from_utf16(&units).ok());
    match text {
        Some(text) => Run::Answer(everything(&text, settings)),
        None => Run::NotExpressible,
    }
}

fn everything(text: &str, settings: Settings) -> Value {
    let uri_settings = uri_settings(settings);
    let parse = |kind| Uri::parse_in(text, kind, &uri_settings);
    let ok = |parsed: &Result<Uri, UriFormatError>| match parsed {
        Ok(_) => Value::from("ok"),
        Err(error) => failure(*error),
    };
    // The static member knows no settings but the default ones; under others its definition.
    let well_formed = |kind| match (settings.iri, settings.idn) {
        (true, Idn::None) => Uri::is_well_formed_uri_string(text, kind),
        _ => parse(kind).is_ok_and(|uri| uri.is_well_formed_original_string()),
    };
    let absolute = parse(UriKind::Absolute);
    let relative = parse(UriKind::Relative);
    let either = parse(UriKind::RelativeOrAbsolute);
    let mut fields = Map::new();
    fields.insert("absolute".into(), ok(&absolute));
    fields.insert("relative".into(), ok(&relative));
    fields.insert("relativeOrAbsolute".into(), ok(&either));
    for (name, kind) in [
        ("IsWellFormed.Absolute", UriKind::Absolute),
        ("IsWellFormed.Relative", UriKind::Relative),
        (
            "IsWellFormed.RelativeOrAbsolute",
            UriKind::RelativeOrAbsolute,
        ),
    ] {
        fields.insert(name.into(), well_formed(kind).into());
    }
    if let Ok(either) = &either {
        fields.extend(members(either));
        if let (false, Ok(absolute)) = (either.is_absolute_uri(), &absolute) {
            fields.insert("asAbsolute".into(), members(absolute).into());
        }
    }
    fields.into()
}

/// Every recorded member of a URI.
fn members(uri: &Uri) -> Map<String, Value> {
    let mut fields = object(json!({
        "IsAbsoluteUri": uri.is_absolute_uri(),
        "OriginalString": uri.original_string(),
        "ToString": uri.to_string(),
        "UserEscaped": uri.user_escaped(),
        "IsWellFormedOriginalString": uri.is_well_formed_original_string(),
    }));
    if !uri.is_absolute_uri() {
        let serialized = uri.components(
            UriComponents::SERIALIZATION_INFO_STRING,
            UriFormat::UriEscaped,
        );
        let serialized = serialized.map_or_else(failure, |text| text.into_owned().into());
        fields.insert("GC.SerializationInfoString".into(), serialized);
        // .NET throws, we answer with nothing (documented).
        fields.insert(
            "AbsoluteUri".into(),
            if uri.absolute_uri().is_empty() {
                exception("InvalidOperationException")
            } else {
                uri.absolute_uri().into()
            },
        );
        return fields;
    }
    let left = [
        UriPartial::Scheme,
        UriPartial::Authority,
        UriPartial::Path,
        UriPartial::Query,
    ];
    fields.extend(object(json!({
        "Scheme": uri.scheme(),
        "Host": uri.host(),
        "DnsSafeHost": uri.dns_safe_host(),
        "IdnHost": uri.idn_host().map_or_else(failure, Value::from),
        "HostNameType": host_name_type(uri.host_name_type()),
        "Port": port(uri),
        "IsDefaultPort": uri.is_default_port(),
        "UserInfo": uri.user_info(),
        "Authority": uri.authority(),
        "AbsolutePath": uri.absolute_path(),
        "LocalPath": uri.local_path(),
        "Query": uri.query(),
        "Fragment": uri.fragment(),
        "PathAndQuery": uri.path_and_query(),
        "Segments": uri.segments(),
        "AbsoluteUri": uri.absolute_uri(),
        "IsFile": uri.is_file(),
        "IsUnc": uri.is_unc(),
        "IsLoopback": uri.is_loopback(),
        "LeftPart": left.map(|part| uri.left_part(part)),
    })));
    fields.insert("GC".into(), components(uri).into());
    fields
}

/// GetComponents, in the recorded combinations.
fn components(uri: &Uri) -> Map<String, Value> {
    type Parts = UriComponents;
    let keep = Parts::KEEP_DELIMITER;
    let named: [(&str, Parts); 18] = [
        ("AbsoluteUri", Parts::ABSOLUTE_URI),
        ("HttpRequestUrl", Parts::HTTP_REQUEST_URL),
        ("SchemeAndServer", Parts::SCHEME_AND_SERVER),
        ("Host", Parts::HOST),
        ("NormalizedHost", Parts::NORMALIZED_HOST),
        ("HostAndPort", Parts::HOST_AND_PORT),
        ("StrongAuthority", Parts::STRONG_AUTHORITY),
        ("StrongPort", Parts::STRONG_PORT),
        ("Port", Parts::PORT),
        ("UserInfo", Parts::USER_INFO),
        ("Path", Parts::PATH),
        ("Path|KeepDelimiter", Parts::PATH | keep),
        ("PathAndQuery", Parts::PATH_AND_QUERY),
        ("Query", Parts::QUERY),
        ("Query|KeepDelimiter", Parts::QUERY | keep),
        ("Fragment", Parts::FRAGMENT),
        ("Scheme|KeepDelimiter", Parts::SCHEME | keep),
        ("SerializationInfoString", Parts::SERIALIZATION_INFO_STRING),
    ];
    let formats = [
        ("UriEscaped", UriFormat::UriEscaped),
        ("Unescaped", UriFormat::Unescaped),
        ("SafeUnescaped", UriFormat::SafeUnescaped),
    ];
    let mut fields = Map::new();
    for (name, parts) in named {
        for (suffix, format) in formats {
            let value = uri.components(parts, format);
            let value = value.map_or_else(failure, |text| text.into_owned().into());
            fields.insert(format!("{name}/{suffix}"), value);
        }
    }
    fields
}

pub(super) fn host_name_type(kind: UriHostNameType) -> &'static str {
    match kind {
        UriHostNameType::Unknown => "Unknown",
        UriHostNameType::Basic => "Basic",
        UriHostNameType::Dns => "Dns",
        UriHostNameType::IPv4 => "IPv4",
        UriHostNameType::IPv6 => "IPv6",
    }
}

fn port(uri: &Uri) -> i32 {
    uri.port().map_or(-1, i32::from)
}

/// The short description that combined and derived URIs are recorded with.
pub(super) fn short(uri: &Uri) -> Map<String, Value> {
    let mut fields = object(json!({
        "IsAbsoluteUri": uri.is_absolute_uri(),
        "ToString": uri.to_string(),
        "OriginalString": uri.original_string(),
    }));
    if uri.is_absolute_uri() {
        fields.extend(object(json!({
            "AbsoluteUri": uri.absolute_uri(),
            "LocalPath": uri.local_path(),
            "Host": uri.host(),
            "PathAndQuery": uri.path_and_query(),
            "Fragment": uri.fragment(),
        })));
    }
    fields
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn long(input: &[Value], settings: Settings) -> Run {
    let (Some(head), Some(piece), Some(count), Some(tail)) = (
        text(input, 0),
        text(input, 1),
        input
            .get(2)
            .and_then(Value::as_u64)
            .and_then(|count| usize::try_from(count).ok()),
        text(input, 3),
    ) else {
        return Run::NotExpressible;
    };
    let text = format!("{head}{}{tail}", piece.repeat(count));
    let units = |text: &str| text.encode_utf16().count();
    let mut fields = object(everything(&text, settings));
    fields
        .retain(|name, _| ["absolute", "relative", "relativeOrAbsolute"].contains(&name.as_str()));
    fields.insert("len".into(), units(&text).into());
    fields.insert(
        "EscapeDataString.Length".into(),
        units(&Uri::escape_data_string(&text)).into(),
    );
    if let Ok(uri) = parse(&text, settings) {
        fields.insert("ToString.Length".into(), units(&uri.to_string()).into());
        let length = if uri.is_absolute_uri() {
            units(uri.absolute_uri()).into()
        } else {
            exception("InvalidOperationException")
        };
        fields.insert("AbsoluteUri.Length".into(), length);
    }
    Run::Answer(fields.into())
}

fn genparser(input: &[Value], settings: Settings) -> Run {
    let options = input
        .first()
        .and_then(Value::as_i64)
        .and_then(|bits| i32::try_from(bits).ok());
    let (Some(options), Some(scheme), Some(port)) = (
        options,
        text(input, 1),
        input.get(2).and_then(Value::as_i64),
    ) else {
        return Run::NotExpressible;
    };
    // -1 is .NET's "no default port"; other numbers that are no port cannot be written here.
    let default_port = match (port, u16::try_from(port)) {
        (-1, _) => None,
        (_, Ok(port)) => Some(port),
        _ => return Run::NotExpressible,
    };
    let parser = GenericUriParser::new(GenericUriParserOptions::from_bits(options));
    let mut table = UriParserTable::new();
    let register = match table.register(parser, scheme, default_port) {
        Ok(()) => "ok".into(),
        Err(error) if error.kind() == UriFormatErrorKind::InvalidArgument => {
            exception("ArgumentOutOfRangeException")
        }
        Err(error) => failure(error),
    };
    // .NET throws for a text that is no scheme name; here it is simply not known.
    let known = if Uri::check_scheme_name(scheme) {
        table.is_known_scheme(scheme).into()
    } else {
        exception("ArgumentOutOfRangeException")
    };
    let mut uri_settings = uri_settings(settings);
    uri_settings.set_parsers(Some(Arc::new(table)));
    let uris: Map<String, Value> = input
        .get(3)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|text| {
            let described = match Uri::parse_in(text, UriKind::Absolute, &uri_settings) {
                Ok(uri) => {
                    let mut fields = short(&uri);
                    fields.extend(object(json!({
                        "Port": self::port(&uri),
                        "UserInfo": uri.user_info(),
                        "Query": uri.query(),
                        "HostNameType": host_name_type(uri.host_name_type()),
                        "AbsolutePath": uri.absolute_path(),
                    })));
                    fields.into()
                }
                Err(error) => failure(error),
            };
            (text.to_owned(), described)
        })
        .collect();
    Run::Answer(json!({"register": register, "known": known, "uris": uris}))
}
