//! What HTTP requests of a context have unless they say otherwise.

use system_net_config::NetContext;

use super::request::HttpWebRequest;
use crate::service_point::ServicePointManager;

impl HttpWebRequest {
    /// How long the head of a response may be, in KiB, for requests of this context that leave it at
    /// 0; `None` (.NET: -1): without limit. 64 unless configured.
    ///
    /// .NET: `System.Net.HttpWebRequest.DefaultMaximumResponseHeadersLength`
    #[must_use]
    pub fn default_maximum_response_headers_length_in(context: &NetContext) -> Option<u32> {
        ServicePointManager::of(context)
            .response_headers_length
            .get()
    }

    /// Sets how long the head of a response may be, in KiB, for requests of this context that leave it
    /// at 0, from the next that is sent.
    pub fn set_default_maximum_response_headers_length_in(context: &NetContext, kib: Option<u32>) {
        ServicePointManager::of(context)
            .response_headers_length
            .set(kib);
    }

    /// How much of an error's body can be read, in KiB, in this context; `None` (.NET: -1): all of it.
    /// The rest is not read, and the connection is closed then. 64 unless configured.
    ///
    /// .NET: `System.Net.HttpWebRequest.DefaultMaximumErrorResponseLength`
    #[must_use]
    pub fn default_maximum_error_response_length_in(context: &NetContext) -> Option<u32> {
        ServicePointManager::of(context).error_response_length.get()
    }

    /// Sets how much of an error's body can be read, in KiB, of responses that come from now on.
    pub fn set_default_maximum_error_response_length_in(context: &NetContext, kib: Option<u32>) {
        ServicePointManager::of(context)
            .error_response_length
            .set(kib);
    }
}
