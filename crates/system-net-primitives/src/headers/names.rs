//! The two enumerations of header names that .NET programs use instead of text.

/// A header that may stand in a request.
///
/// .NET: `System.Net.HttpRequestHeader`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HttpRequestHeader {
    /// `Cache-Control`
    ///
    /// .NET: `System.Net.HttpRequestHeader.CacheControl`
    #[doc(alias = "HttpRequestHeader.CacheControl")]
    CacheControl,
    /// `Connection`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Connection`
    #[doc(alias = "HttpRequestHeader.Connection")]
    Connection,
    /// `Date`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Date`
    #[doc(alias = "HttpRequestHeader.Date")]
    Date,
    /// `Keep-Alive`
    ///
    /// .NET: `System.Net.HttpRequestHeader.KeepAlive`
    #[doc(alias = "HttpRequestHeader.KeepAlive")]
    KeepAlive,
    /// `Pragma`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Pragma`
    #[doc(alias = "HttpRequestHeader.Pragma")]
    Pragma,
    /// `Trailer`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Trailer`
    #[doc(alias = "HttpRequestHeader.Trailer")]
    Trailer,
    /// `Transfer-Encoding`
    ///
    /// .NET: `System.Net.HttpRequestHeader.TransferEncoding`
    #[doc(alias = "HttpRequestHeader.TransferEncoding")]
    TransferEncoding,
    /// `Upgrade`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Upgrade`
    #[doc(alias = "HttpRequestHeader.Upgrade")]
    Upgrade,
    /// `Via`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Via`
    #[doc(alias = "HttpRequestHeader.Via")]
    Via,
    /// `Warning`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Warning`
    #[doc(alias = "HttpRequestHeader.Warning")]
    Warning,
    /// `Allow`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Allow`
    #[doc(alias = "HttpRequestHeader.Allow")]
    Allow,
    /// `Content-Length`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ContentLength`
    #[doc(alias = "HttpRequestHeader.ContentLength")]
    ContentLength,
    /// `Content-Type`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ContentType`
    #[doc(alias = "HttpRequestHeader.ContentType")]
    ContentType,
    /// `Content-Encoding`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ContentEncoding`
    #[doc(alias = "HttpRequestHeader.ContentEncoding")]
    ContentEncoding,
    /// `Content-Language`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ContentLanguage`
    #[doc(alias = "HttpRequestHeader.ContentLanguage")]
    ContentLanguage,
    /// `Content-Location`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ContentLocation`
    #[doc(alias = "HttpRequestHeader.ContentLocation")]
    ContentLocation,
    /// `Content-MD5`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ContentMd5`
    #[doc(alias = "HttpRequestHeader.ContentMd5")]
    ContentMd5,
    /// `Content-Range`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ContentRange`
    #[doc(alias = "HttpRequestHeader.ContentRange")]
    ContentRange,
    /// `Expires`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Expires`
    #[doc(alias = "HttpRequestHeader.Expires")]
    Expires,
    /// `Last-Modified`
    ///
    /// .NET: `System.Net.HttpRequestHeader.LastModified`
    #[doc(alias = "HttpRequestHeader.LastModified")]
    LastModified,
    /// `Accept`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Accept`
    #[doc(alias = "HttpRequestHeader.Accept")]
    Accept,
    /// `Accept-Charset`
    ///
    /// .NET: `System.Net.HttpRequestHeader.AcceptCharset`
    #[doc(alias = "HttpRequestHeader.AcceptCharset")]
    AcceptCharset,
    /// `Accept-Encoding`
    ///
    /// .NET: `System.Net.HttpRequestHeader.AcceptEncoding`
    #[doc(alias = "HttpRequestHeader.AcceptEncoding")]
    AcceptEncoding,
    /// `Accept-Language`
    ///
    /// .NET: `System.Net.HttpRequestHeader.AcceptLanguage`
    #[doc(alias = "HttpRequestHeader.AcceptLanguage")]
    AcceptLanguage,
    /// `Authorization`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Authorization`
    #[doc(alias = "HttpRequestHeader.Authorization")]
    Authorization,
    /// `Cookie`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Cookie`
    #[doc(alias = "HttpRequestHeader.Cookie")]
    Cookie,
    /// `Expect`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Expect`
    #[doc(alias = "HttpRequestHeader.Expect")]
    Expect,
    /// `From`
    ///
    /// .NET: `System.Net.HttpRequestHeader.From`
    #[doc(alias = "HttpRequestHeader.From")]
    From,
    /// `Host`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Host`
    #[doc(alias = "HttpRequestHeader.Host")]
    Host,
    /// `If-Match`
    ///
    /// .NET: `System.Net.HttpRequestHeader.IfMatch`
    #[doc(alias = "HttpRequestHeader.IfMatch")]
    IfMatch,
    /// `If-Modified-Since`
    ///
    /// .NET: `System.Net.HttpRequestHeader.IfModifiedSince`
    #[doc(alias = "HttpRequestHeader.IfModifiedSince")]
    IfModifiedSince,
    /// `If-None-Match`
    ///
    /// .NET: `System.Net.HttpRequestHeader.IfNoneMatch`
    #[doc(alias = "HttpRequestHeader.IfNoneMatch")]
    IfNoneMatch,
    /// `If-Range`
    ///
    /// .NET: `System.Net.HttpRequestHeader.IfRange`
    #[doc(alias = "HttpRequestHeader.IfRange")]
    IfRange,
    /// `If-Unmodified-Since`
    ///
    /// .NET: `System.Net.HttpRequestHeader.IfUnmodifiedSince`
    #[doc(alias = "HttpRequestHeader.IfUnmodifiedSince")]
    IfUnmodifiedSince,
    /// `Max-Forwards`
    ///
    /// .NET: `System.Net.HttpRequestHeader.MaxForwards`
    #[doc(alias = "HttpRequestHeader.MaxForwards")]
    MaxForwards,
    /// `Proxy-Authorization`
    ///
    /// .NET: `System.Net.HttpRequestHeader.ProxyAuthorization`
    #[doc(alias = "HttpRequestHeader.ProxyAuthorization")]
    ProxyAuthorization,
    /// `Referer`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Referer`
    #[doc(alias = "HttpRequestHeader.Referer")]
    Referer,
    /// `Range`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Range`
    #[doc(alias = "HttpRequestHeader.Range")]
    Range,
    /// `TE`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Te`
    #[doc(alias = "HttpRequestHeader.Te")]
    Te,
    /// `Translate`
    ///
    /// .NET: `System.Net.HttpRequestHeader.Translate`
    #[doc(alias = "HttpRequestHeader.Translate")]
    Translate,
    /// `User-Agent`
    ///
    /// .NET: `System.Net.HttpRequestHeader.UserAgent`
    #[doc(alias = "HttpRequestHeader.UserAgent")]
    UserAgent,
}

impl HttpRequestHeader {
    /// All members in the order of their .NET numbers.
    pub const ALL: &'static [Self] = &[
        Self::CacheControl,
        Self::Connection,
        Self::Date,
        Self::KeepAlive,
        Self::Pragma,
        Self::Trailer,
        Self::TransferEncoding,
        Self::Upgrade,
        Self::Via,
        Self::Warning,
        Self::Allow,
        Self::ContentLength,
        Self::ContentType,
        Self::ContentEncoding,
        Self::ContentLanguage,
        Self::ContentLocation,
        Self::ContentMd5,
        Self::ContentRange,
        Self::Expires,
        Self::LastModified,
        Self::Accept,
        Self::AcceptCharset,
        Self::AcceptEncoding,
        Self::AcceptLanguage,
        Self::Authorization,
        Self::Cookie,
        Self::Expect,
        Self::From,
        Self::Host,
        Self::IfMatch,
        Self::IfModifiedSince,
        Self::IfNoneMatch,
        Self::IfRange,
        Self::IfUnmodifiedSince,
        Self::MaxForwards,
        Self::ProxyAuthorization,
        Self::Referer,
        Self::Range,
        Self::Te,
        Self::Translate,
        Self::UserAgent,
    ];

    /// The name as it stands on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CacheControl => "Cache-Control",
            Self::Connection => "Connection",
            Self::Date => "Date",
            Self::KeepAlive => "Keep-Alive",
            Self::Pragma => "Pragma",
            Self::Trailer => "Trailer",
            Self::TransferEncoding => "Transfer-Encoding",
            Self::Upgrade => "Upgrade",
            Self::Via => "Via",
            Self::Warning => "Warning",
            Self::Allow => "Allow",
            Self::ContentLength => "Content-Length",
            Self::ContentType => "Content-Type",
            Self::ContentEncoding => "Content-Encoding",
            Self::ContentLanguage => "Content-Language",
            Self::ContentLocation => "Content-Location",
            Self::ContentMd5 => "Content-MD5",
            Self::ContentRange => "Content-Range",
            Self::Expires => "Expires",
            Self::LastModified => "Last-Modified",
            Self::Accept => "Accept",
            Self::AcceptCharset => "Accept-Charset",
            Self::AcceptEncoding => "Accept-Encoding",
            Self::AcceptLanguage => "Accept-Language",
            Self::Authorization => "Authorization",
            Self::Cookie => "Cookie",
            Self::Expect => "Expect",
            Self::From => "From",
            Self::Host => "Host",
            Self::IfMatch => "If-Match",
            Self::IfModifiedSince => "If-Modified-Since",
            Self::IfNoneMatch => "If-None-Match",
            Self::IfRange => "If-Range",
            Self::IfUnmodifiedSince => "If-Unmodified-Since",
            Self::MaxForwards => "Max-Forwards",
            Self::ProxyAuthorization => "Proxy-Authorization",
            Self::Referer => "Referer",
            Self::Range => "Range",
            Self::Te => "TE",
            Self::Translate => "Translate",
            Self::UserAgent => "User-Agent",
        }
    }
}

/// A header that may stand in a response.
///
/// .NET: `System.Net.HttpResponseHeader`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HttpResponseHeader {
    /// `Cache-Control`
    ///
    /// .NET: `System.Net.HttpResponseHeader.CacheControl`
    #[doc(alias = "HttpResponseHeader.CacheControl")]
    CacheControl,
    /// `Connection`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Connection`
    #[doc(alias = "HttpResponseHeader.Connection")]
    Connection,
    /// `Date`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Date`
    #[doc(alias = "HttpResponseHeader.Date")]
    Date,
    /// `Keep-Alive`
    ///
    /// .NET: `System.Net.HttpResponseHeader.KeepAlive`
    #[doc(alias = "HttpResponseHeader.KeepAlive")]
    KeepAlive,
    /// `Pragma`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Pragma`
    #[doc(alias = "HttpResponseHeader.Pragma")]
    Pragma,
    /// `Trailer`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Trailer`
    #[doc(alias = "HttpResponseHeader.Trailer")]
    Trailer,
    /// `Transfer-Encoding`
    ///
    /// .NET: `System.Net.HttpResponseHeader.TransferEncoding`
    #[doc(alias = "HttpResponseHeader.TransferEncoding")]
    TransferEncoding,
    /// `Upgrade`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Upgrade`
    #[doc(alias = "HttpResponseHeader.Upgrade")]
    Upgrade,
    /// `Via`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Via`
    #[doc(alias = "HttpResponseHeader.Via")]
    Via,
    /// `Warning`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Warning`
    #[doc(alias = "HttpResponseHeader.Warning")]
    Warning,
    /// `Allow`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Allow`
    #[doc(alias = "HttpResponseHeader.Allow")]
    Allow,
    /// `Content-Length`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ContentLength`
    #[doc(alias = "HttpResponseHeader.ContentLength")]
    ContentLength,
    /// `Content-Type`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ContentType`
    #[doc(alias = "HttpResponseHeader.ContentType")]
    ContentType,
    /// `Content-Encoding`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ContentEncoding`
    #[doc(alias = "HttpResponseHeader.ContentEncoding")]
    ContentEncoding,
    /// `Content-Language`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ContentLanguage`
    #[doc(alias = "HttpResponseHeader.ContentLanguage")]
    ContentLanguage,
    /// `Content-Location`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ContentLocation`
    #[doc(alias = "HttpResponseHeader.ContentLocation")]
    ContentLocation,
    /// `Content-MD5`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ContentMd5`
    #[doc(alias = "HttpResponseHeader.ContentMd5")]
    ContentMd5,
    /// `Content-Range`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ContentRange`
    #[doc(alias = "HttpResponseHeader.ContentRange")]
    ContentRange,
    /// `Expires`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Expires`
    #[doc(alias = "HttpResponseHeader.Expires")]
    Expires,
    /// `Last-Modified`
    ///
    /// .NET: `System.Net.HttpResponseHeader.LastModified`
    #[doc(alias = "HttpResponseHeader.LastModified")]
    LastModified,
    /// `Accept-Ranges`
    ///
    /// .NET: `System.Net.HttpResponseHeader.AcceptRanges`
    #[doc(alias = "HttpResponseHeader.AcceptRanges")]
    AcceptRanges,
    /// `Age`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Age`
    #[doc(alias = "HttpResponseHeader.Age")]
    Age,
    /// `ETag`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ETag`
    #[doc(alias = "HttpResponseHeader.ETag")]
    ETag,
    /// `Location`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Location`
    #[doc(alias = "HttpResponseHeader.Location")]
    Location,
    /// `Proxy-Authenticate`
    ///
    /// .NET: `System.Net.HttpResponseHeader.ProxyAuthenticate`
    #[doc(alias = "HttpResponseHeader.ProxyAuthenticate")]
    ProxyAuthenticate,
    /// `Retry-After`
    ///
    /// .NET: `System.Net.HttpResponseHeader.RetryAfter`
    #[doc(alias = "HttpResponseHeader.RetryAfter")]
    RetryAfter,
    /// `Server`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Server`
    #[doc(alias = "HttpResponseHeader.Server")]
    Server,
    /// `Set-Cookie`
    ///
    /// .NET: `System.Net.HttpResponseHeader.SetCookie`
    #[doc(alias = "HttpResponseHeader.SetCookie")]
    SetCookie,
    /// `Vary`
    ///
    /// .NET: `System.Net.HttpResponseHeader.Vary`
    #[doc(alias = "HttpResponseHeader.Vary")]
    Vary,
    /// `WWW-Authenticate`
    ///
    /// .NET: `System.Net.HttpResponseHeader.WwwAuthenticate`
    #[doc(alias = "HttpResponseHeader.WwwAuthenticate")]
    WwwAuthenticate,
}

impl HttpResponseHeader {
    /// All members in the order of their .NET numbers.
    pub const ALL: &'static [Self] = &[
        Self::CacheControl,
        Self::Connection,
        Self::Date,
        Self::KeepAlive,
        Self::Pragma,
        Self::Trailer,
        Self::TransferEncoding,
        Self::Upgrade,
        Self::Via,
        Self::Warning,
        Self::Allow,
        Self::ContentLength,
        Self::ContentType,
        Self::ContentEncoding,
        Self::ContentLanguage,
        Self::ContentLocation,
        Self::ContentMd5,
        Self::ContentRange,
        Self::Expires,
        Self::LastModified,
        Self::AcceptRanges,
        Self::Age,
        Self::ETag,
        Self::Location,
        Self::ProxyAuthenticate,
        Self::RetryAfter,
        Self::Server,
        Self::SetCookie,
        Self::Vary,
        Self::WwwAuthenticate,
    ];

    /// The name as it stands on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CacheControl => "Cache-Control",
            Self::Connection => "Connection",
            Self::Date => "Date",
            Self::KeepAlive => "Keep-Alive",
            Self::Pragma => "Pragma",
            Self::Trailer => "Trailer",
            Self::TransferEncoding => "Transfer-Encoding",
            Self::Upgrade => "Upgrade",
            Self::Via => "Via",
            Self::Warning => "Warning",
            Self::Allow => "Allow",
            Self::ContentLength => "Content-Length",
            Self::ContentType => "Content-Type",
            Self::ContentEncoding => "Content-Encoding",
            Self::ContentLanguage => "Content-Language",
            Self::ContentLocation => "Content-Location",
            Self::ContentMd5 => "Content-MD5",
            Self::ContentRange => "Content-Range",
            Self::Expires => "Expires",
            Self::LastModified => "Last-Modified",
            Self::AcceptRanges => "Accept-Ranges",
            Self::Age => "Age",
            Self::ETag => "ETag",
            Self::Location => "Location",
            Self::ProxyAuthenticate => "Proxy-Authenticate",
            Self::RetryAfter => "Retry-After",
            Self::Server => "Server",
            Self::SetCookie => "Set-Cookie",
            Self::Vary => "Vary",
            Self::WwwAuthenticate => "WWW-Authenticate",
        }
    }
}
