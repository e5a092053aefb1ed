//! What nearly every program uses: `use system_net::prelude::*;`.

pub use system_net_config::NetContext;
pub use system_net_primitives::{
    Cookie, CookieCollection, CookieContainer, CredentialCache, Credentials, HttpStatusCode,
    HttpVersion, Misuse, NetworkCredential, WebHeaderCollection,
};
pub use system_net_uri::{Uri, UriKind};

#[cfg(feature = "http-listener")]
pub use system_net_http_listener::{HttpListener, HttpListenerContext, HttpListenerError};
#[cfg(feature = "requests")]
pub use system_net_requests::{
    FileWebRequest, FileWebResponse, HttpWebRequest, HttpWebResponse, ServicePointManager,
    WebClient, WebError, WebExceptionStatus, WebRequest, WebRequestCreate, WebResponse,
};
#[cfg(feature = "web-proxy")]
pub use system_net_web_proxy::{Proxy, WebProxy};
