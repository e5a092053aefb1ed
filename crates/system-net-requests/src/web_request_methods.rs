//! `WebRequestMethods`: the names of methods, by protocol.

/// The methods of HTTP and HTTPS that .NET names. Any other is as good:
/// [`set_method`](crate::WebRequest::set_method) takes a text.
///
/// .NET: `System.Net.WebRequestMethods.Http`
#[doc(alias = "WebRequestMethods.Http")]
#[derive(Debug)]
#[non_exhaustive]
pub struct HttpMethods;

impl HttpMethods {
    /// A tunnel through a proxy.
    ///
    /// .NET: `System.Net.WebRequestMethods.Http.Connect`
    #[doc(alias = "WebRequestMethods.Http.Connect")]
    pub const CONNECT: &str = "CONNECT";
    /// The resource.
    ///
    /// .NET: `System.Net.WebRequestMethods.Http.Get`
    #[doc(alias = "WebRequestMethods.Http.Get")]
    pub const GET: &str = "GET";
    /// The headers of the resource.
    ///
    /// .NET: `System.Net.WebRequestMethods.Http.Head`
    #[doc(alias = "WebRequestMethods.Http.Head")]
    pub const HEAD: &str = "HEAD";
    /// A collection at this place (RFC 4918).
    ///
    /// .NET: `System.Net.WebRequestMethods.Http.MkCol`
    #[doc(alias = "WebRequestMethods.Http.MkCol")]
    pub const MK_COL: &str = "MKCOL";
    /// Content for the resource to work on.
    ///
    /// .NET: `System.Net.WebRequestMethods.Http.Post`
    #[doc(alias = "WebRequestMethods.Http.Post")]
    pub const POST: &str = "POST";
    /// Content to become the resource.
    ///
    /// .NET: `System.Net.WebRequestMethods.Http.Put`
    #[doc(alias = "WebRequestMethods.Http.Put")]
    pub const PUT: &str = "PUT";
}

/// The methods of `file:` requests.
///
/// .NET: `System.Net.WebRequestMethods.File`
#[doc(alias = "WebRequestMethods.File")]
#[derive(Debug)]
#[non_exhaustive]
pub struct FileMethods;

impl FileMethods {
    /// Reads the file.
    ///
    /// .NET: `System.Net.WebRequestMethods.File.DownloadFile`
    #[doc(alias = "WebRequestMethods.File.DownloadFile")]
    pub const DOWNLOAD_FILE: &str = "GET";
    /// Writes the file.
    ///
    /// .NET: `System.Net.WebRequestMethods.File.UploadFile`
    #[doc(alias = "WebRequestMethods.File.UploadFile")]
    pub const UPLOAD_FILE: &str = "PUT";
}
