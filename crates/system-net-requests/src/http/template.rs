//! `HttpRequestTemplate`: the properties of a request as a value that is kept, written and read; the
//! feature `serde`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use system_net_config::NetContext;
use system_net_primitives::{HttpVersion, Misuse};

use super::request::HttpWebRequest;
use crate::decompression::DecompressionMethods;
use crate::error::WebError;
use crate::web_request::WebRequest;

/// The properties of an HTTP request, to make requests like it: any number, later, elsewhere.
///
/// With `serde` it is written and read in any format. What it holds is plain: address, method,
/// headers, time-outs, switches. What is an object of this process stays behind: credentials,
/// proxies, cookies of a container, certificates, handlers, policies, limits, and the body.
///
/// # Security
/// Headers are kept as they were set, `Authorization` and `Cookie` among them, and the address with
/// its user name and password: a template with these is as secret as they are. `Debug` shows neither.
///
/// What is read is checked as if it was set by hand: a template of a stranger can do what one who
/// sets the properties can, and no more.
///
/// # Examples
/// ```
/// use system_net_config::NetContext;
/// use system_net_requests::{HttpRequestTemplate, WebRequest};
///
/// let context = NetContext::new();
/// let mut request = WebRequest::create_http_in(&context, "http://www.contoso.com/")?;
/// request.set_user_agent(Some("porter/1.0"))?;
/// let text = serde_json::to_string(&HttpRequestTemplate::of(&request))?;
///
/// let template: HttpRequestTemplate = serde_json::from_str(&text)?;
/// let again = template.create_in(&context)?;
/// assert_eq!(again.user_agent().as_deref(), Some("porter/1.0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// .NET: `System.Net.HttpWebRequest.GetObjectData`, and the constructor that reads it
#[doc(alias = "HttpWebRequest.GetObjectData")]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpRequestTemplate {
    uri: String,
    method: String,
    headers: Vec<(String, String)>,
    host: Option<String>,
    content_length: Option<u64>,
    send_chunked: bool,
    keep_alive: bool,
    #[serde(default = "on")]
    pipelined: bool,
    protocol_version: String,
    allow_auto_redirect: bool,
    maximum_automatic_redirections: u32,
    automatic_decompression: Vec<String>,
    allow_write_stream_buffering: bool,
    allow_read_stream_buffering: bool,
    media_type: Option<String>,
    maximum_response_headers_length: Option<u32>,
    timeout: Option<Duration>,
    read_write_timeout: Option<Duration>,
    continue_timeout: Duration,
    total_timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    use_default_credentials: bool,
    pre_authenticate: bool,
    connection_group_name: Option<String>,
}

impl HttpRequestTemplate {
    /// The properties of a request, sent or not.
    #[must_use]
    pub fn of(request: &HttpWebRequest) -> Self {
        let properties = &*request.properties;
        let headers = properties.headers.iter();
        let methods = properties.automatic_decompression.to_string();
        Self {
            uri: properties.uri.original_string().to_owned(),
            method: properties.method.to_string(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.into_owned()))
                .collect(),
            host: properties.host.as_ref().map(|host| host.shown.to_string()),
            content_length: properties.content_length,
            send_chunked: properties.send_chunked,
            keep_alive: properties.keep_alive,
            pipelined: properties.pipelined,
            protocol_version: properties.protocol_version.to_string(),
            allow_auto_redirect: properties.allow_auto_redirect,
            maximum_automatic_redirections: properties.maximum_automatic_redirections,
            automatic_decompression: methods
                .split(", ")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            allow_write_stream_buffering: properties.allow_write_stream_buffering,
            allow_read_stream_buffering: properties.allow_read_stream_buffering,
            media_type: properties.media_type.as_deref().map(str::to_owned),
            maximum_response_headers_length: properties.maximum_response_headers_length,
            timeout: properties.timeout,
            read_write_timeout: properties.read_write_timeout,
            continue_timeout: properties.continue_timeout,
            total_timeout: properties.total_timeout,
            connect_timeout: properties.connect_timeout,
            use_default_credentials: properties.use_default_credentials,
            pre_authenticate: properties.pre_authenticate,
            connection_group_name: properties
                .connection_group_name
                .as_deref()
                .map(str::to_owned),
        }
    }

    /// A request with these properties, in a context.
    ///
    /// # Errors
    /// As for [`WebRequest::create_http_in`], and as for setting each property.
    pub fn create_in(&self, context: &NetContext) -> Result<HttpWebRequest, WebError> {
        let mut request = WebRequest::create_http_in(context, &*self.uri)?;
        request.set_method(&self.method)?;
        for (name, value) in &self.headers {
            set_header(&mut request, name, value)?;
        }
        if let Some(host) = &self.host {
            request.set_host(host)?;
        }
        if let Some(length) = self.content_length {
            request.set_content_length(length)?;
        }
        request.set_send_chunked(self.send_chunked)?;
        request.set_keep_alive(self.keep_alive)?;
        request.set_pipelined(self.pipelined)?;
        let version: HttpVersion = self.protocol_version.parse().map_err(|_| {
            Misuse::invalid_argument("protocol_version", "it is no version of HTTP")
        })?;
        request.set_protocol_version(version)?;
        request.set_allow_auto_redirect(self.allow_auto_redirect)?;
        request.set_maximum_automatic_redirections(self.maximum_automatic_redirections)?;
        let mut methods = DecompressionMethods::NONE;
        for name in &self.automatic_decompression {
            methods |= DecompressionMethods::named(name).ok_or_else(|| {
                Misuse::not_supported(format!(
                    "this build cannot decompress '{}'",
                    name.escape_debug()
                ))
            })?;
        }
        request.set_automatic_decompression(methods)?;
        request.set_allow_write_stream_buffering(self.allow_write_stream_buffering)?;
        request.set_allow_read_stream_buffering(self.allow_read_stream_buffering)?;
        request.set_media_type(self.media_type.as_deref())?;
        request.set_maximum_response_headers_length(self.maximum_response_headers_length)?;
        request.set_timeout(self.timeout)?;
        request.set_read_write_timeout(self.read_write_timeout)?;
        request.set_continue_timeout(self.continue_timeout)?;
        request.set_total_timeout(self.total_timeout)?;
        request.set_connect_timeout(self.connect_timeout)?;
        if self.use_default_credentials {
            request.set_use_default_credentials(true)?;
        }
        request.set_pre_authenticate(self.pre_authenticate)?;
        request.set_connection_group_name(self.connection_group_name.as_deref())?;
        Ok(request)
    }
}

/// What holds unless it is said otherwise.
fn on() -> bool {
    true
}

/// A header as it was; those with a property of their own are set by that, which checks them.
fn set_header(request: &mut HttpWebRequest, name: &str, value: &str) -> Result<(), Misuse> {
    let date = || httpdate::parse_http_date(value).ok();
    match name.to_ascii_lowercase().as_str() {
        "accept" => request.set_accept(Some(value)),
        "connection" => request.set_connection(Some(value)),
        "content-type" => request.set_content_type(Some(value)),
        "expect" => request.set_expect(Some(value)),
        "referer" => request.set_referer(Some(value)),
        "user-agent" => request.set_user_agent(Some(value)),
        // Only with chunks may it be set.
        "transfer-encoding" => {
            request.set_send_chunked(true)?;
            request.set_transfer_encoding(Some(value))
        }
        "date" => request.set_date(Some(date().ok_or_else(no_date)?)),
        "if-modified-since" => request.set_if_modified_since(Some(date().ok_or_else(no_date)?)),
        "range" => set_ranges(request, value),
        _ => request.headers_mut()?.add(name, value),
    }
}

/// `bytes=0-9,-5`, piece by piece.
fn set_ranges(request: &mut HttpWebRequest, value: &str) -> Result<(), Misuse> {
    let wrong = || Misuse::invalid_argument("Range", "it is no range");
    let (unit, ranges) = value.split_once('=').ok_or_else(wrong)?;
    for range in ranges.split(',') {
        let number = |digits: &str| digits.parse::<i64>().map_err(|_| wrong());
        match range.split_once('-').ok_or_else(wrong)? {
            ("", _) => request.add_range_with(unit, number(range)?)?,
            (from, "") => request.add_range_with(unit, number(from)?)?,
            (from, to) => request.add_range_with_from_to(unit, number(from)?, number(to)?)?,
        }
    }
    Ok(())
}

fn no_date() -> Misuse {
    Misuse::invalid_argument("value", "it is no date of HTTP")
}

impl fmt::Debug for HttpRequestTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequestTemplate")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
