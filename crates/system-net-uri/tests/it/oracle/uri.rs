//! Rows `uri`: a text and all members of what it is read as.

use serde_json::{Value, json};
use system_net_uri::{
    Uri, UriComponents, UriFormat, UriFormatErrorKind, UriHostNameType, UriKind, UriPartial,
    UriSettings,
};

use super::{Answers, exception};

pub(crate) fn host_type(kind: UriHostNameType) -> &'static str {
    match kind {
        UriHostNameType::Unknown => "Unknown",
        UriHostNameType::Basic => "Basic",
        UriHostNameType::Dns => "Dns",
        UriHostNameType::IPv4 => "IPv4",
        UriHostNameType::IPv6 => "IPv6",
    }
}

fn component(name: &str) -> UriComponents {
    match name {
        "AbsoluteUri" => UriComponents::ABSOLUTE_URI,
        "HttpRequestUrl" => UriComponents::HTTP_REQUEST_URL,
        "SchemeAndServer" => UriComponents::SCHEME_AND_SERVER,
        "Scheme" => UriComponents::SCHEME,
        "Host" => UriComponents::HOST,
        "NormalizedHost" => UriComponents::NORMALIZED_HOST,
        "HostAndPort" => UriComponents::HOST_AND_PORT,
        "StrongAuthority" => UriComponents::STRONG_AUTHORITY,
        "StrongPort" => UriComponents::STRONG_PORT,
        "Port" => UriComponents::PORT,
        "UserInfo" => UriComponents::USER_INFO,
        "Path" => UriComponents::PATH,
        "PathAndQuery" => UriComponents::PATH_AND_QUERY,
        "Query" => UriComponents::QUERY,
        "Fragment" => UriComponents::FRAGMENT,
        "KeepDelimiter" => UriComponents::KEEP_DELIMITER,
        "SerializationInfoString" => UriComponents::SERIALIZATION_INFO_STRING,
        other => panic!("component {other}"),
    }
}

fn format(name: &str) -> UriFormat {
    match name {
        "UriEscaped" => UriFormat::UriEscaped,
        "Unescaped" => UriFormat::Unescaped,
        "SafeUnescaped" => UriFormat::SafeUnescaped,
        other => panic!("format {other}"),
    }
}

pub(crate) fn error_name(kind: UriFormatErrorKind) -> &'static str {
    match kind {
        UriFormatErrorKind::NotAbsolute => "InvalidOperationException",
        UriFormatErrorKind::InvalidArgument => "ArgumentException",
        _ => "UriFormatException",
    }
}

fn outcome(result: &Result<Uri, system_net_uri::UriFormatError>) -> Value {
    match result {
        Ok(_) => json!("ok"),
        Err(error) => exception(error_name(error.kind())),
    }
}

pub(super) fn answer(row: &Value, settings: &UriSettings) -> Option<Answers> {
    let text = row["in"][0].as_str()?;
    let mut out = Answers::new();
    let mut put = |name: &str, value: Value| {
        out.insert(name.to_owned(), value);
    };
    let kinds = [
        ("absolute", "Absolute", UriKind::Absolute),
        ("relative", "Relative", UriKind::Relative),
        (
            "relativeOrAbsolute",
            "RelativeOrAbsolute",
            UriKind::RelativeOrAbsolute,
        ),
    ];
    for (name, well_formed, kind) in kinds {
        let result = Uri::parse_in(text, kind, settings);
        put(name, outcome(&result));
        let good = result.is_ok_and(|uri| uri.is_well_formed_original_string());
        put(&format!("IsWellFormed.{well_formed}"), json!(good));
    }
    if let Ok(uri) = Uri::parse_in(text, UriKind::RelativeOrAbsolute, settings) {
        members(&uri, "", &row["expect"], &mut out);
        if let (false, Ok(uri)) = (
            uri.is_absolute_uri(),
            Uri::parse_in(text, UriKind::Absolute, settings),
        ) {
            members(&uri, "asAbsolute.", &row["expect"]["asAbsolute"], &mut out);
        }
    }
    Some(out)
}

/// All members of a URI, each name behind a prefix.
fn members(uri: &Uri, prefix: &str, expected: &Value, out: &mut Answers) {
    let mut put = |name: &str, value: Value| {
        out.insert(format!("{prefix}{name}"), value);
    };
    put("IsAbsoluteUri", json!(uri.is_absolute_uri()));
    put("OriginalString", json!(uri.original_string()));
    put("ToString", json!(uri.to_string()));
    put("UserEscaped", json!(uri.user_escaped()));
    put(
        "IsWellFormedOriginalString",
        json!(uri.is_well_formed_original_string()),
    );
    if !uri.is_absolute_uri() {
        put("AbsoluteUri", exception("InvalidOperationException"));
        let all = UriComponents::SERIALIZATION_INFO_STRING;
        put(
            "GC.SerializationInfoString",
            json!(uri.components(all, UriFormat::UriEscaped).unwrap()),
        );
        return;
    }
    put("Scheme", json!(uri.scheme()));
    put("Host", json!(uri.host()));
    put("DnsSafeHost", json!(uri.dns_safe_host()));
    let idn = uri.idn_host();
    put(
        "IdnHost",
        idn.map_or_else(|e| exception(error_name(e.kind())), |host| json!(host)),
    );
    put("HostNameType", json!(host_type(uri.host_name_type())));
    put("Port", json!(uri.port().map_or(-1, i32::from)));
    put("IsDefaultPort", json!(uri.is_default_port()));
    put("UserInfo", json!(uri.user_info()));
    put("Authority", json!(uri.authority()));
    put("AbsolutePath", json!(uri.absolute_path()));
    put("LocalPath", json!(uri.local_path()));
    put("Query", json!(uri.query()));
    put("Fragment", json!(uri.fragment()));
    put("PathAndQuery", json!(uri.path_and_query()));
    put("Segments", json!(uri.segments()));
    put("AbsoluteUri", json!(uri.absolute_uri()));
    put("IsFile", json!(uri.is_file()));
    put("IsUnc", json!(uri.is_unc()));
    put("IsLoopback", json!(uri.is_loopback()));
    let left = [
        UriPartial::Scheme,
        UriPartial::Authority,
        UriPartial::Path,
        UriPartial::Query,
    ];
    put("LeftPart", json!(left.map(|part| uri.left_part(part))));
    let wanted = expected.get("GC").and_then(Value::as_object);
    for key in wanted.into_iter().flat_map(|map| map.keys()) {
        let (names, form) = key.split_once('/').unwrap();
        let parts = names
            .split('|')
            .map(component)
            .reduce(|a, b| a | b)
            .unwrap();
        let value = match uri.components(parts, format(form)) {
            Ok(value) => json!(value),
            Err(error) => exception(error_name(error.kind())),
        };
        put(&format!("GC.{key}"), value);
    }
}
