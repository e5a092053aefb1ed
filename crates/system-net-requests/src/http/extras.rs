//! What few requests want, kept aside so that the others are not larger for it.

use crate::rate_limit::RateLimit;
use crate::retry::RetryPolicy;

/// The rare properties of a request.
#[derive(Clone, Default)]
pub(crate) struct Extras {
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) download_limit: Option<RateLimit>,
    pub(crate) upload_limit: Option<RateLimit>,
}
