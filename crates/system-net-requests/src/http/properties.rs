//! The properties of an HTTP request, as plain fields; `request_properties` is their public face.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use system_net_diagnostics::Traced;
use system_net_primitives::{CookieContainer, Credentials, HttpVersion, WebHeaderCollection};
use system_net_uri::Uri;
use system_net_web_proxy::Proxy;

use super::extras::Extras;
use super::outcome::Outcome;
use super::request_continue::HttpContinueDelegate;
use crate::abort::AbortState;
use crate::decompression::{DecompressionLimits, DecompressionMethods};

/// What is sent, and how. Fixed once the request is sent; then shared with the exchange.
pub(crate) struct Properties {
    pub(crate) uri: Uri,
    pub(crate) method: Cow<'static, str>,
    pub(crate) headers: WebHeaderCollection,
    pub(crate) host: Option<HostOverride>,
    pub(crate) content_length: Option<u64>,
    pub(crate) send_chunked: bool,
    pub(crate) keep_alive: bool,
    pub(crate) pipelined: bool,
    pub(crate) protocol_version: HttpVersion,
    pub(crate) allow_auto_redirect: bool,
    pub(crate) maximum_automatic_redirections: u32,
    pub(crate) automatic_decompression: DecompressionMethods,
    pub(crate) decompression_limits: DecompressionLimits,
    pub(crate) allow_write_stream_buffering: bool,
    pub(crate) allow_read_stream_buffering: bool,
    pub(crate) media_type: Option<Box<str>>,
    /// KiB; `None`: without limit, `Some(0)`: as configured.
    pub(crate) maximum_response_headers_length: Option<u32>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) read_write_timeout: Option<Duration>,
    pub(crate) continue_timeout: Duration,
    pub(crate) continue_delegate: Option<HttpContinueDelegate>,
    pub(crate) total_timeout: Option<Duration>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) cookie_container: Option<CookieContainer>,
    pub(crate) credentials: Option<Arc<dyn Credentials>>,
    pub(crate) use_default_credentials: bool,
    pub(crate) pre_authenticate: bool,
    pub(crate) unsafe_authenticated_connection_sharing: bool,
    pub(crate) connection_group_name: Option<Arc<str>>,
    /// `None`: directly. The context's default when the request was made, unless set.
    pub(crate) proxy: Option<Arc<dyn Proxy>>,
    /// What few requests want.
    pub(crate) extras: Option<Box<Extras>>,
    /// The request in traces, and the stream that its head and body go through.
    pub(crate) traced: Traced,
    pub(crate) stream: Traced,
    pub(crate) abort: AbortState,
    /// When the first call that sends was made; empty unless a limit counts from then.
    pub(super) begun: OnceLock<Instant>,
    /// Empty until the request is over.
    pub(super) outcome: OnceLock<Outcome>,
}

/// The `Host` header that the caller set.
pub(crate) struct HostOverride {
    /// As it was set.
    pub(crate) shown: Box<str>,
    /// As it is asked for and certified: in Punycode.
    pub(crate) sent: Box<str>,
}

impl Properties {
    pub(crate) fn new(uri: Uri, proxy: Option<Arc<dyn Proxy>>) -> Self {
        Self {
            uri,
            method: Cow::Borrowed("GET"),
            headers: WebHeaderCollection::for_request(),
            host: None,
            content_length: None,
            send_chunked: false,
            keep_alive: true,
            pipelined: true,
            protocol_version: HttpVersion::VERSION11,
            allow_auto_redirect: true,
            maximum_automatic_redirections: 50,
            automatic_decompression: DecompressionMethods::NONE,
            decompression_limits: DecompressionLimits::default(),
            allow_write_stream_buffering: true,
            allow_read_stream_buffering: false,
            media_type: None,
            maximum_response_headers_length: Some(0),
            timeout: Some(Duration::from_secs(100)),
            read_write_timeout: Some(Duration::from_secs(300)),
            continue_timeout: Duration::from_millis(350),
            continue_delegate: None,
            total_timeout: None,
            connect_timeout: None,
            cookie_container: None,
            credentials: None,
            use_default_credentials: false,
            pre_authenticate: false,
            unsafe_authenticated_connection_sharing: false,
            connection_group_name: None,
            proxy,
            extras: None,
            traced: Traced::new(),
            stream: Traced::new(),
            abort: AbortState::new(),
            begun: OnceLock::new(),
            outcome: OnceLock::new(),
        }
    }

    /// Whether the method is one that sends no body: GET and HEAD, and CONNECT, which is no
    /// request for a resource.
    pub(crate) fn method_takes_no_body(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "CONNECT")
    }
}
