//! Requests for `file:` addresses: reading a file, or writing one.

mod request;
mod response;

pub use request::FileWebRequest;
pub use response::FileWebResponse;

use system_net_config::NetContext;
use system_net_uri::Uri;

use crate::error::WebError;
use crate::web_request::WebRequest;
use crate::web_request_impl::WebRequestCreate;

/// The built-in creator for `file:`.
pub(crate) struct FileRequestCreator;

impl WebRequestCreate for FileRequestCreator {
    fn create(&self, _context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        FileWebRequest::new(uri.clone()).map(WebRequest::new)
    }
}
