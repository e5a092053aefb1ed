//! Properties that .NET's requests do not have: retries, rate limits.

use system_net_primitives::Misuse;

use super::extras::Extras;
use super::request::HttpWebRequest;
use crate::rate_limit::RateLimit;
use crate::retry::RetryPolicy;

impl HttpWebRequest {
    /// When the request is sent again by itself; `None`, which is the default: never.
    #[must_use]
    pub fn retry_policy(&self) -> Option<&RetryPolicy> {
        self.extras()?.retry.as_ref()
    }

    /// Sets when the request is sent again by itself.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_retry_policy(&mut self, policy: Option<RetryPolicy>) -> Result<(), Misuse> {
        self.extras_mut()?.retry = policy;
        Ok(())
    }

    /// How fast the body of the response is read at most; `None`, which is the default: without
    /// limit.
    #[must_use]
    pub fn download_rate_limit(&self) -> Option<&RateLimit> {
        self.extras()?.download_limit.as_ref()
    }

    /// Sets how fast the body of the response is read at most. A limit that is shared among
    /// requests holds for all of them together.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_download_rate_limit(&mut self, limit: Option<RateLimit>) -> Result<(), Misuse> {
        self.extras_mut()?.download_limit = limit;
        Ok(())
    }

    /// How fast the body of the request is sent at most; `None`, which is the default: without
    /// limit.
    #[must_use]
    pub fn upload_rate_limit(&self) -> Option<&RateLimit> {
        self.extras()?.upload_limit.as_ref()
    }

    /// Sets how fast the body of the request is sent at most. A limit that is shared among requests
    /// holds for all of them together.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_upload_rate_limit(&mut self, limit: Option<RateLimit>) -> Result<(), Misuse> {
        self.extras_mut()?.upload_limit = limit;
        Ok(())
    }

    fn extras(&self) -> Option<&Extras> {
        self.properties.extras.as_deref()
    }

    fn extras_mut(&mut self) -> Result<&mut Extras, Misuse> {
        Ok(self.unsent()?.extras.get_or_insert_default())
    }
}
