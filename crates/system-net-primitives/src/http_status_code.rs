//! The status codes of HTTP with their .NET names and usual reason phrases.

use std::borrow::Cow;
use std::fmt;

/// The status of an HTTP response: a number that may or may not have a name.
///
/// .NET: `System.Net.HttpStatusCode`
///
/// # Differences from .NET
/// Where .NET has two names for a number (`Found` and `Redirect`), both constants exist here and
/// [`name`](Self::name) gives the one of the HTTP specification.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HttpStatusCode(u16);

impl HttpStatusCode {
    /// A status from its number. Any number will do, as in .NET.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// The .NET name, as `NotFound`; the number as text for a code without one.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        match self.row() {
            Some(row) => Cow::Borrowed(row.name),
            None => Cow::Owned(self.0.to_string()),
        }
    }

    /// The reason phrase .NET gives to this status; empty for a code without one.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.row().map_or("", |row| row.description)
    }

    /// 100 to 199: more responses follow.
    #[must_use]
    pub const fn is_informational(self) -> bool {
        matches!(self.0, 100..=199)
    }

    /// 200 to 299.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.0, 200..=299)
    }

    /// 300 to 399.
    #[must_use]
    pub const fn is_redirection(self) -> bool {
        matches!(self.0, 300..=399)
    }

    /// 400 to 499.
    #[must_use]
    pub const fn is_client_error(self) -> bool {
        matches!(self.0, 400..=499)
    }

    /// 500 to 599.
    #[must_use]
    pub const fn is_server_error(self) -> bool {
        matches!(self.0, 500..=599)
    }

    fn row(self) -> Option<&'static Row> {
        let index = ROWS.binary_search_by_key(&self.0, |row| row.code).ok()?;
        ROWS.get(index)
    }
}

/// The named codes.
impl HttpStatusCode {
    /// 100 Continue.
    ///
    /// .NET: `System.Net.HttpStatusCode.Continue`
    #[doc(alias = "HttpStatusCode.Continue")]
    pub const CONTINUE: Self = Self(100);
    /// 101 Switching Protocols.
    ///
    /// .NET: `System.Net.HttpStatusCode.SwitchingProtocols`
    #[doc(alias = "HttpStatusCode.SwitchingProtocols")]
    pub const SWITCHING_PROTOCOLS: Self = Self(101);
    /// 102 Processing.
    ///
    /// .NET: `System.Net.HttpStatusCode.Processing`
    #[doc(alias = "HttpStatusCode.Processing")]
    pub const PROCESSING: Self = Self(102);
    /// 103 Early Hints.
    ///
    /// .NET: `System.Net.HttpStatusCode.EarlyHints`
    #[doc(alias = "HttpStatusCode.EarlyHints")]
    pub const EARLY_HINTS: Self = Self(103);
    /// 200 OK.
    ///
    /// .NET: `System.Net.HttpStatusCode.OK`
    #[doc(alias = "HttpStatusCode.OK")]
    pub const OK: Self = Self(200);
    /// 201 Created.
    ///
    /// .NET: `System.Net.HttpStatusCode.Created`
    #[doc(alias = "HttpStatusCode.Created")]
    pub const CREATED: Self = Self(201);
    /// 202 Accepted.
    ///
    /// .NET: `System.Net.HttpStatusCode.Accepted`
    #[doc(alias = "HttpStatusCode.Accepted")]
    pub const ACCEPTED: Self = Self(202);
    /// 203 Non-Authoritative Information.
    ///
    /// .NET: `System.Net.HttpStatusCode.NonAuthoritativeInformation`
    #[doc(alias = "HttpStatusCode.NonAuthoritativeInformation")]
    pub const NON_AUTHORITATIVE_INFORMATION: Self = Self(203);
    /// 204 No Content.
    ///
    /// .NET: `System.Net.HttpStatusCode.NoContent`
    #[doc(alias = "HttpStatusCode.NoContent")]
    pub const NO_CONTENT: Self = Self(204);
    /// 205 Reset Content.
    ///
    /// .NET: `System.Net.HttpStatusCode.ResetContent`
    #[doc(alias = "HttpStatusCode.ResetContent")]
    pub const RESET_CONTENT: Self = Self(205);
    /// 206 Partial Content.
    ///
    /// .NET: `System.Net.HttpStatusCode.PartialContent`
    #[doc(alias = "HttpStatusCode.PartialContent")]
    pub const PARTIAL_CONTENT: Self = Self(206);
    /// 207 Multi-Status.
    ///
    /// .NET: `System.Net.HttpStatusCode.MultiStatus`
    #[doc(alias = "HttpStatusCode.MultiStatus")]
    pub const MULTI_STATUS: Self = Self(207);
    /// 208 Already Reported.
    ///
    /// .NET: `System.Net.HttpStatusCode.AlreadyReported`
    #[doc(alias = "HttpStatusCode.AlreadyReported")]
    pub const ALREADY_REPORTED: Self = Self(208);
    /// 226 IM Used.
    ///
    /// .NET: `System.Net.HttpStatusCode.IMUsed`
    #[doc(alias = "HttpStatusCode.IMUsed")]
    pub const IM_USED: Self = Self(226);
    /// 300 Multiple Choices.
    ///
    /// .NET: `System.Net.HttpStatusCode.MultipleChoices`
    #[doc(alias = "HttpStatusCode.MultipleChoices")]
    pub const MULTIPLE_CHOICES: Self = Self(300);
    /// 300 Multiple Choices.
    ///
    /// .NET: `System.Net.HttpStatusCode.Ambiguous`
    #[doc(alias = "HttpStatusCode.Ambiguous")]
    pub const AMBIGUOUS: Self = Self(300);
    /// 301 Moved Permanently.
    ///
    /// .NET: `System.Net.HttpStatusCode.MovedPermanently`
    #[doc(alias = "HttpStatusCode.MovedPermanently")]
    pub const MOVED_PERMANENTLY: Self = Self(301);
    /// 301 Moved Permanently.
    ///
    /// .NET: `System.Net.HttpStatusCode.Moved`
    #[doc(alias = "HttpStatusCode.Moved")]
    pub const MOVED: Self = Self(301);
    /// 302 Found.
    ///
    /// .NET: `System.Net.HttpStatusCode.Found`
    #[doc(alias = "HttpStatusCode.Found")]
    pub const FOUND: Self = Self(302);
    /// 302 Found.
    ///
    /// .NET: `System.Net.HttpStatusCode.Redirect`
    #[doc(alias = "HttpStatusCode.Redirect")]
    pub const REDIRECT: Self = Self(302);
    /// 303 See Other.
    ///
    /// .NET: `System.Net.HttpStatusCode.SeeOther`
    #[doc(alias = "HttpStatusCode.SeeOther")]
    pub const SEE_OTHER: Self = Self(303);
    /// 303 See Other.
    ///
    /// .NET: `System.Net.HttpStatusCode.RedirectMethod`
    #[doc(alias = "HttpStatusCode.RedirectMethod")]
    pub const REDIRECT_METHOD: Self = Self(303);
    /// 304 Not Modified.
    ///
    /// .NET: `System.Net.HttpStatusCode.NotModified`
    #[doc(alias = "HttpStatusCode.NotModified")]
    pub const NOT_MODIFIED: Self = Self(304);
    /// 305 Use Proxy.
    ///
    /// .NET: `System.Net.HttpStatusCode.UseProxy`
    #[doc(alias = "HttpStatusCode.UseProxy")]
    pub const USE_PROXY: Self = Self(305);
    /// 306, reserved.
    ///
    /// .NET: `System.Net.HttpStatusCode.Unused`
    #[doc(alias = "HttpStatusCode.Unused")]
    pub const UNUSED: Self = Self(306);
    /// 307 Temporary Redirect.
    ///
    /// .NET: `System.Net.HttpStatusCode.TemporaryRedirect`
    #[doc(alias = "HttpStatusCode.TemporaryRedirect")]
    pub const TEMPORARY_REDIRECT: Self = Self(307);
    /// 307 Temporary Redirect.
    ///
    /// .NET: `System.Net.HttpStatusCode.RedirectKeepVerb`
    #[doc(alias = "HttpStatusCode.RedirectKeepVerb")]
    pub const REDIRECT_KEEP_VERB: Self = Self(307);
    /// 308 Permanent Redirect.
    ///
    /// .NET: `System.Net.HttpStatusCode.PermanentRedirect`
    #[doc(alias = "HttpStatusCode.PermanentRedirect")]
    pub const PERMANENT_REDIRECT: Self = Self(308);
    /// 400 Bad Request.
    ///
    /// .NET: `System.Net.HttpStatusCode.BadRequest`
    #[doc(alias = "HttpStatusCode.BadRequest")]
    pub const BAD_REQUEST: Self = Self(400);
    /// 401 Unauthorized.
    ///
    /// .NET: `System.Net.HttpStatusCode.Unauthorized`
    #[doc(alias = "HttpStatusCode.Unauthorized")]
    pub const UNAUTHORIZED: Self = Self(401);
    /// 402 Payment Required.
    ///
    /// .NET: `System.Net.HttpStatusCode.PaymentRequired`
    #[doc(alias = "HttpStatusCode.PaymentRequired")]
    pub const PAYMENT_REQUIRED: Self = Self(402);
    /// 403 Forbidden.
    ///
    /// .NET: `System.Net.HttpStatusCode.Forbidden`
    #[doc(alias = "HttpStatusCode.Forbidden")]
    pub const FORBIDDEN: Self = Self(403);
    /// 404 Not Found.
    ///
    /// .NET: `System.Net.HttpStatusCode.NotFound`
    #[doc(alias = "HttpStatusCode.NotFound")]
    pub const NOT_FOUND: Self = Self(404);
    /// 405 Method Not Allowed.
    ///
    /// .NET: `System.Net.HttpStatusCode.MethodNotAllowed`
    #[doc(alias = "HttpStatusCode.MethodNotAllowed")]
    pub const METHOD_NOT_ALLOWED: Self = Self(405);
    /// 406 Not Acceptable.
    ///
    /// .NET: `System.Net.HttpStatusCode.NotAcceptable`
    #[doc(alias = "HttpStatusCode.NotAcceptable")]
    pub const NOT_ACCEPTABLE: Self = Self(406);
    /// 407 Proxy Authentication Required.
    ///
    /// .NET: `System.Net.HttpStatusCode.ProxyAuthenticationRequired`
    #[doc(alias = "HttpStatusCode.ProxyAuthenticationRequired")]
    pub const PROXY_AUTHENTICATION_REQUIRED: Self = Self(407);
    /// 408 Request Timeout.
    ///
    /// .NET: `System.Net.HttpStatusCode.RequestTimeout`
    #[doc(alias = "HttpStatusCode.RequestTimeout")]
    pub const REQUEST_TIMEOUT: Self = Self(408);
    /// 409 Conflict.
    ///
    /// .NET: `System.Net.HttpStatusCode.Conflict`
    #[doc(alias = "HttpStatusCode.Conflict")]
    pub const CONFLICT: Self = Self(409);
    /// 410 Gone.
    ///
    /// .NET: `System.Net.HttpStatusCode.Gone`
    #[doc(alias = "HttpStatusCode.Gone")]
    pub const GONE: Self = Self(410);
    /// 411 Length Required.
    ///
    /// .NET: `System.Net.HttpStatusCode.LengthRequired`
    #[doc(alias = "HttpStatusCode.LengthRequired")]
    pub const LENGTH_REQUIRED: Self = Self(411);
    /// 412 Precondition Failed.
    ///
    /// .NET: `System.Net.HttpStatusCode.PreconditionFailed`
    #[doc(alias = "HttpStatusCode.PreconditionFailed")]
    pub const PRECONDITION_FAILED: Self = Self(412);
    /// 413 Request Entity Too Large.
    ///
    /// .NET: `System.Net.HttpStatusCode.RequestEntityTooLarge`
    #[doc(alias = "HttpStatusCode.RequestEntityTooLarge")]
    pub const REQUEST_ENTITY_TOO_LARGE: Self = Self(413);
    /// 414 Request-Uri Too Long.
    ///
    /// .NET: `System.Net.HttpStatusCode.RequestUriTooLong`
    #[doc(alias = "HttpStatusCode.RequestUriTooLong")]
    pub const REQUEST_URI_TOO_LONG: Self = Self(414);
    /// 415 Unsupported Media Type.
    ///
    /// .NET: `System.Net.HttpStatusCode.UnsupportedMediaType`
    #[doc(alias = "HttpStatusCode.UnsupportedMediaType")]
    pub const UNSUPPORTED_MEDIA_TYPE: Self = Self(415);
    /// 416 Requested Range Not Satisfiable.
    ///
    /// .NET: `System.Net.HttpStatusCode.RequestedRangeNotSatisfiable`
    #[doc(alias = "HttpStatusCode.RequestedRangeNotSatisfiable")]
    pub const REQUESTED_RANGE_NOT_SATISFIABLE: Self = Self(416);
    /// 417 Expectation Failed.
    ///
    /// .NET: `System.Net.HttpStatusCode.ExpectationFailed`
    #[doc(alias = "HttpStatusCode.ExpectationFailed")]
    pub const EXPECTATION_FAILED: Self = Self(417);
    /// 421 Misdirected Request.
    ///
    /// .NET: `System.Net.HttpStatusCode.MisdirectedRequest`
    #[doc(alias = "HttpStatusCode.MisdirectedRequest")]
    pub const MISDIRECTED_REQUEST: Self = Self(421);
    /// 422 Unprocessable Entity.
    ///
    /// .NET: `System.Net.HttpStatusCode.UnprocessableEntity`
    #[doc(alias = "HttpStatusCode.UnprocessableEntity")]
    pub const UNPROCESSABLE_ENTITY: Self = Self(422);
    /// 422 Unprocessable Entity, by its name of today.
    ///
    /// .NET: `System.Net.HttpStatusCode.UnprocessableContent`
    #[doc(alias = "HttpStatusCode.UnprocessableContent")]
    pub const UNPROCESSABLE_CONTENT: Self = Self(422);
    /// 423 Locked.
    ///
    /// .NET: `System.Net.HttpStatusCode.Locked`
    #[doc(alias = "HttpStatusCode.Locked")]
    pub const LOCKED: Self = Self(423);
    /// 424 Failed Dependency.
    ///
    /// .NET: `System.Net.HttpStatusCode.FailedDependency`
    #[doc(alias = "HttpStatusCode.FailedDependency")]
    pub const FAILED_DEPENDENCY: Self = Self(424);
    /// 426 Upgrade Required.
    ///
    /// .NET: `System.Net.HttpStatusCode.UpgradeRequired`
    #[doc(alias = "HttpStatusCode.UpgradeRequired")]
    pub const UPGRADE_REQUIRED: Self = Self(426);
    /// 428 Precondition Required.
    ///
    /// .NET: `System.Net.HttpStatusCode.PreconditionRequired`
    #[doc(alias = "HttpStatusCode.PreconditionRequired")]
    pub const PRECONDITION_REQUIRED: Self = Self(428);
    /// 429 Too Many Requests.
    ///
    /// .NET: `System.Net.HttpStatusCode.TooManyRequests`
    #[doc(alias = "HttpStatusCode.TooManyRequests")]
    pub const TOO_MANY_REQUESTS: Self = Self(429);
    /// 431 Request Header Fields Too Large.
    ///
    /// .NET: `System.Net.HttpStatusCode.RequestHeaderFieldsTooLarge`
    #[doc(alias = "HttpStatusCode.RequestHeaderFieldsTooLarge")]
    pub const REQUEST_HEADER_FIELDS_TOO_LARGE: Self = Self(431);
    /// 451 Unavailable For Legal Reasons.
    ///
    /// .NET: `System.Net.HttpStatusCode.UnavailableForLegalReasons`
    #[doc(alias = "HttpStatusCode.UnavailableForLegalReasons")]
    pub const UNAVAILABLE_FOR_LEGAL_REASONS: Self = Self(451);
    /// 500 Internal Server Error.
    ///
    /// .NET: `System.Net.HttpStatusCode.InternalServerError`
    #[doc(alias = "HttpStatusCode.InternalServerError")]
    pub const INTERNAL_SERVER_ERROR: Self = Self(500);
    /// 501 Not Implemented.
    ///
    /// .NET: `System.Net.HttpStatusCode.NotImplemented`
    #[doc(alias = "HttpStatusCode.NotImplemented")]
    pub const NOT_IMPLEMENTED: Self = Self(501);
    /// 502 Bad Gateway.
    ///
    /// .NET: `System.Net.HttpStatusCode.BadGateway`
    #[doc(alias = "HttpStatusCode.BadGateway")]
    pub const BAD_GATEWAY: Self = Self(502);
    /// 503 Service Unavailable.
    ///
    /// .NET: `System.Net.HttpStatusCode.ServiceUnavailable`
    #[doc(alias = "HttpStatusCode.ServiceUnavailable")]
    pub const SERVICE_UNAVAILABLE: Self = Self(503);
    /// 504 Gateway Timeout.
    ///
    /// .NET: `System.Net.HttpStatusCode.GatewayTimeout`
    #[doc(alias = "HttpStatusCode.GatewayTimeout")]
    pub const GATEWAY_TIMEOUT: Self = Self(504);
    /// 505 Http Version Not Supported.
    ///
    /// .NET: `System.Net.HttpStatusCode.HttpVersionNotSupported`
    #[doc(alias = "HttpStatusCode.HttpVersionNotSupported")]
    pub const HTTP_VERSION_NOT_SUPPORTED: Self = Self(505);
    /// 506 Variant Also Negotiates.
    ///
    /// .NET: `System.Net.HttpStatusCode.VariantAlsoNegotiates`
    #[doc(alias = "HttpStatusCode.VariantAlsoNegotiates")]
    pub const VARIANT_ALSO_NEGOTIATES: Self = Self(506);
    /// 507 Insufficient Storage.
    ///
    /// .NET: `System.Net.HttpStatusCode.InsufficientStorage`
    #[doc(alias = "HttpStatusCode.InsufficientStorage")]
    pub const INSUFFICIENT_STORAGE: Self = Self(507);
    /// 508 Loop Detected.
    ///
    /// .NET: `System.Net.HttpStatusCode.LoopDetected`
    #[doc(alias = "HttpStatusCode.LoopDetected")]
    pub const LOOP_DETECTED: Self = Self(508);
    /// 510 Not Extended.
    ///
    /// .NET: `System.Net.HttpStatusCode.NotExtended`
    #[doc(alias = "HttpStatusCode.NotExtended")]
    pub const NOT_EXTENDED: Self = Self(510);
    /// 511 Network Authentication Required.
    ///
    /// .NET: `System.Net.HttpStatusCode.NetworkAuthenticationRequired`
    #[doc(alias = "HttpStatusCode.NetworkAuthenticationRequired")]
    pub const NETWORK_AUTHENTICATION_REQUIRED: Self = Self(511);
}

impl fmt::Display for HttpStatusCode {
    /// The .NET name, as [`HttpStatusCode::name`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl fmt::Debug for HttpStatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => write!(f, "{} {}", self.0, row.name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl From<u16> for HttpStatusCode {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl From<HttpStatusCode> for u16 {
    fn from(code: HttpStatusCode) -> Self {
        code.0
    }
}

struct Row {
    code: u16,
    name: &'static str,
    description: &'static str,
}

const fn row(code: u16, name: &'static str, description: &'static str) -> Row {
    Row {
        code,
        name,
        description,
    }
}

/// Every code once, sorted by number.
const ROWS: &[Row] = &[
    row(100, "Continue", "Continue"),
    row(101, "SwitchingProtocols", "Switching Protocols"),
    row(102, "Processing", "Processing"),
    row(103, "EarlyHints", "Early Hints"),
    row(200, "OK", "OK"),
    row(201, "Created", "Created"),
    row(202, "Accepted", "Accepted"),
    row(
        203,
        "NonAuthoritativeInformation",
        "Non-Authoritative Information",
    ),
    row(204, "NoContent", "No Content"),
    row(205, "ResetContent", "Reset Content"),
    row(206, "PartialContent", "Partial Content"),
    row(207, "MultiStatus", "Multi-Status"),
    row(208, "AlreadyReported", "Already Reported"),
    row(226, "IMUsed", "IM Used"),
    row(300, "MultipleChoices", "Multiple Choices"),
    row(301, "MovedPermanently", "Moved Permanently"),
    row(302, "Found", "Found"),
    row(303, "SeeOther", "See Other"),
    row(304, "NotModified", "Not Modified"),
    row(305, "UseProxy", "Use Proxy"),
    row(306, "Unused", ""),
    row(307, "TemporaryRedirect", "Temporary Redirect"),
    row(308, "PermanentRedirect", "Permanent Redirect"),
    row(400, "BadRequest", "Bad Request"),
    row(401, "Unauthorized", "Unauthorized"),
    row(402, "PaymentRequired", "Payment Required"),
    row(403, "Forbidden", "Forbidden"),
    row(404, "NotFound", "Not Found"),
    row(405, "MethodNotAllowed", "Method Not Allowed"),
    row(406, "NotAcceptable", "Not Acceptable"),
    row(
        407,
        "ProxyAuthenticationRequired",
        "Proxy Authentication Required",
    ),
    row(408, "RequestTimeout", "Request Timeout"),
    row(409, "Conflict", "Conflict"),
    row(410, "Gone", "Gone"),
    row(411, "LengthRequired", "Length Required"),
    row(412, "PreconditionFailed", "Precondition Failed"),
    row(413, "RequestEntityTooLarge", "Request Entity Too Large"),
    row(414, "RequestUriTooLong", "Request-Uri Too Long"),
    row(415, "UnsupportedMediaType", "Unsupported Media Type"),
    row(
        416,
        "RequestedRangeNotSatisfiable",
        "Requested Range Not Satisfiable",
    ),
    row(417, "ExpectationFailed", "Expectation Failed"),
    row(421, "MisdirectedRequest", "Misdirected Request"),
    row(422, "UnprocessableEntity", "Unprocessable Entity"),
    row(423, "Locked", "Locked"),
    row(424, "FailedDependency", "Failed Dependency"),
    row(426, "UpgradeRequired", "Upgrade Required"),
    row(428, "PreconditionRequired", "Precondition Required"),
    row(429, "TooManyRequests", "Too Many Requests"),
    row(
        431,
        "RequestHeaderFieldsTooLarge",
        "Request Header Fields Too Large",
    ),
    row(
        451,
        "UnavailableForLegalReasons",
        "Unavailable For Legal Reasons",
    ),
    row(500, "InternalServerError", "Internal Server Error"),
    row(501, "NotImplemented", "Not Implemented"),
    row(502, "BadGateway", "Bad Gateway"),
    row(503, "ServiceUnavailable", "Service Unavailable"),
    row(504, "GatewayTimeout", "Gateway Timeout"),
    row(505, "HttpVersionNotSupported", "Http Version Not Supported"),
    row(506, "VariantAlsoNegotiates", "Variant Also Negotiates"),
    row(507, "InsufficientStorage", "Insufficient Storage"),
    row(508, "LoopDetected", "Loop Detected"),
    row(510, "NotExtended", "Not Extended"),
    row(
        511,
        "NetworkAuthenticationRequired",
        "Network Authentication Required",
    ),
];
