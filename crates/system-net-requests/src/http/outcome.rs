//! What became of a request, as its later calls need to know.

use std::sync::{Arc, Weak};

use system_net_uri::Uri;

use super::properties::Properties;
use super::response::{HttpWebResponse, ResponseInner};
use crate::error::WebError;
use crate::web_response::WebResponse;

/// What became of a request that is over.
pub(crate) struct Outcome {
    /// The response, which may be gone by now; `None`: it failed, or was cancelled under way.
    pub(super) response: Option<Weak<ResponseInner>>,
    /// Who answered, after redirects; `None`: nobody has.
    pub(super) answered_by: Option<Uri>,
}

impl Outcome {
    fn of(result: &Result<HttpWebResponse, WebError>) -> Self {
        let answer = match result {
            Ok(response) => Some(response),
            Err(error) => error.response().and_then(WebResponse::as_http),
        };
        Self {
            response: result.as_ref().ok().map(HttpWebResponse::downgrade),
            answered_by: answer.map(|answer| answer.response_uri().clone()),
        }
    }
}

/// Notes what becomes of a request; one whose future was dropped has failed.
pub(super) struct Recorder {
    properties: Arc<Properties>,
}

impl Recorder {
    pub(super) fn new(properties: &Arc<Properties>) -> Self {
        Self {
            properties: Arc::clone(properties),
        }
    }

    pub(super) fn record(self, result: &Result<HttpWebResponse, WebError>) {
        self.properties.outcome.get_or_init(|| Outcome::of(result));
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Already set if it was recorded.
        self.properties.outcome.get_or_init(|| Outcome {
            response: None,
            answered_by: None,
        });
    }
}
