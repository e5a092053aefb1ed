//! Informational responses: who is told of them.

use std::sync::Arc;

use system_net_primitives::{HttpStatusCode, Misuse, WebHeaderCollection};

use super::request::HttpWebRequest;

/// Told of each informational response (1xx) with its headers, as it is read. It runs on the task
/// or thread that waits for the response and must not block.
///
/// .NET: `System.Net.HttpContinueDelegate`
pub type HttpContinueDelegate = Arc<dyn Fn(HttpStatusCode, &WebHeaderCollection) + Send + Sync>;

impl HttpWebRequest {
    /// Who is told of 100 (Continue) and other informational responses. `None` unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.ContinueDelegate`
    #[doc(alias = "HttpWebRequest.ContinueDelegate")]
    #[must_use]
    pub fn continue_delegate(&self) -> Option<&HttpContinueDelegate> {
        self.properties.continue_delegate.as_ref()
    }

    /// Sets who is told of informational responses.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_continue_delegate(
        &mut self,
        delegate: Option<HttpContinueDelegate>,
    ) -> Result<(), Misuse> {
        self.unsent()?.continue_delegate = delegate;
        Ok(())
    }
}
