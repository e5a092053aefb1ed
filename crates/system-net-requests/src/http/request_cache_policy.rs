//! What a request says to the caches on its way.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use system_net_config::NetContext;
use system_net_primitives::Misuse;

use super::request::HttpWebRequest;
use crate::cache_policy::HttpRequestCachePolicy;
use crate::service_point::ServicePointManager;

impl HttpWebRequest {
    /// Where the response may come from. As [`default_cache_policy_in`](Self::default_cache_policy_in)
    /// has it unless set.
    ///
    /// .NET: `System.Net.WebRequest.CachePolicy`
    #[doc(alias = "WebRequest.CachePolicy")]
    #[must_use]
    pub fn cache_policy(&self) -> HttpRequestCachePolicy {
        let own = self.extras().and_then(|extras| extras.cache_policy);
        own.unwrap_or_else(|| default_of(&self.manager))
    }

    /// Sets where the response may come from; `None`: as the context has it when the request is sent.
    /// The policy's headers replace those of the same names that the caller set.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: the policy needs a cache; see [`HttpRequestCachePolicy`].
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_cache_policy(
        &mut self,
        policy: Option<HttpRequestCachePolicy>,
    ) -> Result<(), Misuse> {
        let policy = policy.map(HttpRequestCachePolicy::checked).transpose()?;
        self.extras_mut()?.cache_policy = policy;
        Ok(())
    }

    /// The policy of requests of this context that have none of their own; `BypassCache` unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.DefaultCachePolicy`
    #[must_use]
    pub fn default_cache_policy_in(context: &NetContext) -> HttpRequestCachePolicy {
        default_of(&ServicePointManager::of(context))
    }

    /// Sets the policy of requests of this context that have none of their own.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: the policy needs a cache; see [`HttpRequestCachePolicy`].
    pub fn set_default_cache_policy_in(
        context: &NetContext,
        policy: HttpRequestCachePolicy,
    ) -> Result<(), Misuse> {
        let policy = policy.checked()?;
        let manager = ServicePointManager::of(context);
        let place = manager.cache_policy.write();
        *place.unwrap_or_else(PoisonError::into_inner) = policy;
        manager.has_cache_policy.store(true, Ordering::Release);
        Ok(())
    }

    /// Before anything is sent: the policy's headers.
    pub(super) fn apply_cache_policy(&mut self) -> Result<(), Misuse> {
        let policy = self.cache_policy();
        if policy == HttpRequestCachePolicy::default() {
            return Ok(());
        }
        policy.apply(&mut self.unsent()?.headers)
    }
}

fn default_of(manager: &ServicePointManager) -> HttpRequestCachePolicy {
    // Nearly every request finds none, and takes no lock for it.
    if !manager.has_cache_policy.load(Ordering::Acquire) {
        return HttpRequestCachePolicy::default();
    }
    *manager
        .cache_policy
        .read()
        .unwrap_or_else(PoisonError::into_inner)
}
