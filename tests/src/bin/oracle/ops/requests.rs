// addrange, reqdefaults, reqprops, regprefix: WebRequest and the properties of its kinds.

use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{HttpVersion, Misuse};
use system_net_requests::{
    BoxFuture, DecompressionMethods, FileWebRequest, HttpWebRequest, WebError, WebRequest,
    WebRequestCreate, WebRequestImpl, WebResponse,
};
use system_net_uri::Uri;

use super::uri::failure;
use super::{Op, Run, Settings, exception, misuse, text, times};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "addrange",
        run: addrange,
        not_yet: &[],
    },
    Op {
        name: "reqdefaults",
        run: reqdefaults,
        not_yet: NOT_YET,
    },
    Op {
        name: "reqprops",
        run: reqprops,
        not_yet: &[],
    },
    Op {
        name: "regprefix",
        run: regprefix,
        not_yet: &[],
    },
];

/// Properties that come with later work (caching, client certificates), or that have no
/// counterpart.
const NOT_YET: &[&str] = &[
    "AuthenticationLevel",
    "CachePolicy",
    "ClientCertificates",
    "CreatorInstance",
    "DefaultCachePolicy",
    "DefaultMaximumErrorResponseLength",
    "DefaultMaximumResponseHeadersLength",
    "ImpersonationLevel",
    "Pipelined",
    "UnsafeAuthenticatedConnectionSharing",
];

fn web_error(error: &WebError) -> Value {
    match (error.misuse(), error.uri_format()) {
        (Some(error), _) => misuse(error),
        (_, Some(error)) => failure(*error),
        _ => exception("WebException"),
    }
}

fn kind(request: &WebRequest) -> &'static str {
    if request.downcast_ref::<HttpWebRequest>().is_some() {
        "HttpWebRequest"
    } else if request.downcast_ref::<FileWebRequest>().is_some() {
        "FileWebRequest"
    } else if request.downcast_ref::<FakeRequest>().is_some() {
        "FakeReq"
    } else {
        "WebRequest"
    }
}

fn or_misuse<T: Into<Value>>(value: Result<T, Misuse>) -> Value {
    value.map_or_else(|error| misuse(&error), Into::into)
}

/// .NET counts in milliseconds, and -1 is no limit.
fn milliseconds(time: Option<Duration>) -> Value {
    time.map_or_else(
        || (-1).into(),
        |time| u64::try_from(time.as_millis()).map_or(Value::Null, Value::from),
    )
}

/// A property by its .NET name; `None` when there is no counterpart.
fn property(request: &WebRequest, name: &str) -> Option<Value> {
    let http = request.as_http();
    // Members of every kind; -1 is an unknown length in .NET.
    let length = |length: Option<u64>| length.map_or_else(|| Value::from(-1), Value::from);
    let value = match (name, http) {
        ("Method", _) => or_misuse(request.method()),
        ("RequestUri", _) => or_misuse(request.request_uri().map(|uri| uri.to_string())),
        ("ContentLength", _) => or_misuse(request.content_length().map(length)),
        ("ContentType", _) => or_misuse(request.content_type()),
        ("ConnectionGroupName", _) => or_misuse(request.connection_group_name().map(Value::from)),
        ("Headers", _) => or_misuse(request.headers().map(|headers| headers.to_string())),
        ("PreAuthenticate", _) => or_misuse(request.pre_authenticate()),
        ("UseDefaultCredentials", _) => or_misuse(request.use_default_credentials()),
        ("Timeout", _) => or_misuse(request.timeout().map(milliseconds)),
        ("Credentials", _) => or_misuse(request.credentials().map(|credentials| {
            credentials.map_or(Value::Null, |_| "System.Net.NetworkCredential".into())
        })),
        ("Accept", Some(http)) => http.accept().map(|text| text.into_owned()).into(),
        ("Address", Some(http)) => http.address().to_string().into(),
        ("HaveResponse", Some(http)) => http.have_response().into(),
        ("AllowAutoRedirect", Some(http)) => http.allow_auto_redirect().into(),
        ("AllowWriteStreamBuffering", Some(http)) => http.allow_write_stream_buffering().into(),
        ("ContinueTimeout", Some(http)) => milliseconds(Some(http.continue_timeout())),
        ("Host", Some(http)) => http.host().into_owned().into(),
        ("KeepAlive", Some(http)) => http.keep_alive().into(),
        ("MaximumAutomaticRedirections", Some(http)) => {
            http.maximum_automatic_redirections().into()
        }
        ("MaximumResponseHeadersLength", Some(http)) => http
            .maximum_response_headers_length()
            .map_or_else(|| (-1).into(), Value::from),
        ("ProtocolVersion", Some(http)) => http.protocol_version().to_string().into(),
        ("ReadWriteTimeout", Some(http)) => milliseconds(http.read_write_timeout()),
        ("Referer", Some(http)) => http.referer().map(|text| text.into_owned()).into(),
        ("SendChunked", Some(http)) => http.send_chunked().into(),
        ("AllowReadStreamBuffering", Some(http)) => http.allow_read_stream_buffering().into(),
        ("MediaType", Some(http)) => http.media_type().unwrap_or_default().into(),
        ("AutomaticDecompression", Some(http)) => decompression_names(http).into(),
        ("Connection", Some(http)) => http.connection().map(|text| text.into_owned()).into(),
        ("Expect", Some(http)) => http.expect().map(|text| text.into_owned()).into(),
        ("SupportsCookieContainer", Some(http)) => http.supports_cookie_container().into(),
        ("TransferEncoding", Some(http)) => http
            .transfer_encoding()
            .map(|text| text.into_owned())
            .into(),
        ("UserAgent", Some(http)) => http.user_agent().map(|text| text.into_owned()).into(),
        ("IfModifiedSince", Some(http)) => times::text(http.if_modified_since()).into(),
        ("Date", Some(http)) => times::text(http.date()).into(),
        ("ContinueDelegate", Some(http)) => is_there(http.continue_delegate()),
        ("CookieContainer", Some(http)) => is_there(http.cookie_container()),
        ("ServerCertificateValidationCallback", Some(http)) => {
            is_there(http.server_certificate_validation_callback())
        }
        _ => return None,
    };
    Some(value)
}

/// An object has no counterpart in JSON; that there is none has.
fn is_there<T>(object: Option<T>) -> Value {
    object.map_or(Value::Null, |_| "an object".into())
}

/// As .NET writes the flags.
fn decompression_names(http: &HttpWebRequest) -> String {
    let set = http.automatic_decompression();
    let names = [
        (DecompressionMethods::GZIP, "GZip"),
        (DecompressionMethods::DEFLATE, "Deflate"),
    ];
    let chosen: Vec<_> = names
        .into_iter()
        .filter(|&(method, _)| set.contains(method))
        .map(|(_, name)| name)
        .collect();
    match chosen.is_empty() {
        true => "None".to_owned(),
        false => chosen.join(", "),
    }
}

/// Sets a property by its .NET name; `None` when there is no counterpart, or the value cannot be
/// written in Rust.
fn set(request: &mut WebRequest, name: &str, value: &Value) -> Option<Result<(), Misuse>> {
    let word = value.as_str();
    let flag = value.as_bool();
    let number = value.as_u64();
    // -1 is no limit; other negative numbers are no durations.
    let time = match value.as_i64() {
        Some(-1) => Some(None),
        Some(_) => number.map(|number| Some(Duration::from_millis(number))),
        None => None,
    };
    match name {
        "Method" => return Some(request.set_method(word.unwrap_or_default())),
        "ContentLength" => return number.map(|number| request.set_content_length(number)),
        "ContentType" => return Some(request.set_content_type(word)),
        "ConnectionGroupName" => return Some(request.set_connection_group_name(word)),
        "PreAuthenticate" => return flag.map(|flag| request.set_pre_authenticate(flag)),
        "UseDefaultCredentials" => {
            return flag.map(|flag| request.set_use_default_credentials(flag));
        }
        "Timeout" => return time.map(|time| request.set_timeout(time)),
        _ => {}
    }
    let http = request.as_http_mut()?;
    let small = || number.and_then(|number| u32::try_from(number).ok());
    match name {
        "Accept" => Some(http.set_accept(word)),
        "AllowAutoRedirect" => flag.map(|flag| http.set_allow_auto_redirect(flag)),
        "AllowWriteStreamBuffering" => flag.map(|flag| http.set_allow_write_stream_buffering(flag)),
        "ContinueTimeout" => time.flatten().map(|time| http.set_continue_timeout(time)),
        "Host" => word.map(|word| http.set_host(word)),
        "KeepAlive" => flag.map(|flag| http.set_keep_alive(flag)),
        "MaximumAutomaticRedirections" => {
            small().map(|number| http.set_maximum_automatic_redirections(number))
        }
        "MaximumResponseHeadersLength" => match value.as_i64() {
            Some(-1) => Some(http.set_maximum_response_headers_length(None)),
            _ => small().map(|kib| http.set_maximum_response_headers_length(Some(kib))),
        },
        "ProtocolVersion" => word
            .and_then(|word| word.parse::<HttpVersion>().ok())
            .map(|version| http.set_protocol_version(version)),
        "ReadWriteTimeout" => time.map(|time| http.set_read_write_timeout(time)),
        "Referer" => Some(http.set_referer(word)),
        "SendChunked" => flag.map(|flag| http.set_send_chunked(flag)),
        "AllowReadStreamBuffering" => flag.map(|flag| http.set_allow_read_stream_buffering(flag)),
        "MediaType" => Some(http.set_media_type(word)),
        "AutomaticDecompression" => {
            let methods = match word {
                Some("None") => DecompressionMethods::NONE,
                Some("GZip") => DecompressionMethods::GZIP,
                Some("Deflate") => DecompressionMethods::DEFLATE,
                _ => return None,
            };
            Some(http.set_automatic_decompression(methods))
        }
        "Connection" => Some(http.set_connection(word)),
        "Expect" => Some(http.set_expect(word)),
        "TransferEncoding" => Some(http.set_transfer_encoding(word)),
        "UserAgent" => Some(http.set_user_agent(word)),
        "IfModifiedSince" => times::parse(word?).map(|time| http.set_if_modified_since(time)),
        "Date" => times::parse(word?).map(|time| http.set_date(time)),
        _ => None,
    }
}

fn create(address: &str) -> Result<WebRequest, WebError> {
    WebRequest::create_in(&NetContext::new(), address)
}

/// Each element is the arguments of one call.
fn addrange(input: &[Value], _: Settings) -> Run {
    let Some(Value::Array(calls)) = input.first() else {
        return Run::NotExpressible;
    };
    let mut request = match WebRequest::create_http_in(&NetContext::new(), "http://h/") {
        Ok(request) => request,
        Err(error) => return Run::Answer(web_error(&error)),
    };
    for call in calls {
        let arguments = call.as_array().map_or(&[][..], Vec::as_slice);
        let numbers: Vec<i64> = arguments.iter().filter_map(Value::as_i64).collect();
        let added = match (text(arguments, 0), &numbers[..]) {
            (None, [range]) => request.add_range(*range),
            (None, [from, to]) => request.add_range_from_to(*from, *to),
            (Some(unit), [range]) => request.add_range_with(unit, *range),
            (Some(unit), [from, to]) => request.add_range_with_from_to(unit, *from, *to),
            _ => return Run::NotExpressible,
        };
        if let Err(error) = added {
            return Run::Answer(misuse(&error));
        }
    }
    Run::Answer(json!({"Range": request.headers().get("Range")}))
}

fn reqdefaults(input: &[Value], _: Settings) -> Run {
    let Some(address) = text(input, 0) else {
        return Run::NotExpressible;
    };
    if address.starts_with("ftp:") {
        return Run::NotYet;
    }
    let request = match create(address) {
        Ok(request) => request,
        Err(error) => return Run::Answer(web_error(&error)),
    };
    const NAMES: [&str; 35] = [
        "ContinueDelegate",
        "CookieContainer",
        "ServerCertificateValidationCallback",
        "AllowReadStreamBuffering",
        "MediaType",
        "AutomaticDecompression",
        "Connection",
        "Expect",
        "SupportsCookieContainer",
        "TransferEncoding",
        "Method",
        "RequestUri",
        "ContentLength",
        "ContentType",
        "ConnectionGroupName",
        "Headers",
        "PreAuthenticate",
        "UseDefaultCredentials",
        "Timeout",
        "Credentials",
        "Accept",
        "Address",
        "HaveResponse",
        "AllowAutoRedirect",
        "AllowWriteStreamBuffering",
        "ContinueTimeout",
        "Host",
        "KeepAlive",
        "MaximumAutomaticRedirections",
        "MaximumResponseHeadersLength",
        "ProtocolVersion",
        "ReadWriteTimeout",
        "Referer",
        "SendChunked",
        "UserAgent",
    ];
    let mut fields: Map<String, Value> = NAMES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), property(&request, name)?)))
        .collect();
    fields.insert("type".into(), kind(&request).into());
    Run::Answer(fields.into())
}

fn reqprops(input: &[Value], _: Settings) -> Run {
    let (Some(address), Some(Value::Array(steps))) = (text(input, 0), input.get(1)) else {
        return Run::NotExpressible;
    };
    if address.starts_with("ftp:") {
        return Run::NotYet;
    }
    let mut request = match create(address) {
        Ok(request) => request,
        Err(error) => return Run::Answer(web_error(&error)),
    };
    let mut fields = Map::new();
    for (index, step) in steps.iter().enumerate() {
        let (Some(name), Some(value)) = (step[0].as_str(), step.get(1)) else {
            return Run::NotExpressible;
        };
        if property(&request, name).is_none() {
            return Run::NotYet;
        }
        match set(&mut request, name, value) {
            None => return Run::NotExpressible,
            Some(Ok(())) => {}
            Some(Err(error)) => {
                fields.insert(format!("step{}", index + 1), misuse(&error));
            }
        }
    }
    fields.insert("type".into(), kind(&request).into());
    fields.extend(property(&request, "Headers").map(|headers| ("Headers".to_owned(), headers)));
    for name in steps.iter().filter_map(|step| step[0].as_str()) {
        let value = property(&request, name);
        fields.extend(value.map(|value| (format!("get.{name}"), value)));
    }
    Run::Answer(fields.into())
}

/// A protocol of the test's own, which can do nothing.
struct FakeRequest;

impl WebRequestImpl for FakeRequest {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        Box::pin(async { Err(Misuse::not_implemented("it is a fake").into()) })
    }
}

struct FakeCreator;

impl WebRequestCreate for FakeCreator {
    fn create(&self, _: &NetContext, _: &Uri) -> Result<WebRequest, WebError> {
        Ok(WebRequest::new(FakeRequest))
    }
}

/// Registrations are kept from row to row, as the process that was recorded kept them: some rows
/// show what an earlier one registered.
static RECORDED: LazyLock<NetContext> = LazyLock::new(NetContext::new);

fn regprefix(input: &[Value], _: Settings) -> Run {
    let Some(prefix) = text(input, 0) else {
        return Run::NotExpressible;
    };
    let context = &*RECORDED;
    let registered = WebRequest::register_prefix_in(context, prefix, FakeCreator);
    let created: Map<String, Value> = input
        .get(1)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|address| {
            let request = WebRequest::create_in(context, address);
            let created = request.map_or_else(|error| web_error(&error), |r| kind(&r).into());
            (address.to_owned(), created)
        })
        .collect();
    Run::Answer(json!({"r": registered, "create": created}))
}
