//! How much a container holds.

use super::CookieContainer;
use crate::Misuse;

impl CookieContainer {
    /// How many cookies the container holds at most.
    ///
    /// .NET: `System.Net.CookieContainer.Capacity`
    #[doc(alias = "CookieContainer.Capacity")]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.lock().store.limits.capacity
    }

    /// Sets how many cookies the container holds at most; what is too much goes at once.
    ///
    /// .NET: `System.Net.CookieContainer.Capacity`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for 0, and for less than a domain may have.
    pub fn set_capacity(&self, capacity: usize) -> Result<(), Misuse> {
        let mut inner = self.lock();
        if capacity == 0 || !is_per_domain(inner.store.limits.per_domain, capacity) {
            return Err(Misuse::out_of_range(
                "value",
                "at least 1, and as many as a domain may have",
            ));
        }
        inner.store.limits.capacity = capacity;
        inner.shrink();
        Ok(())
    }

    /// How many cookies of a domain the container holds at most.
    ///
    /// .NET: `System.Net.CookieContainer.PerDomainCapacity`
    #[doc(alias = "CookieContainer.PerDomainCapacity")]
    #[must_use]
    pub fn per_domain_capacity(&self) -> usize {
        self.lock().store.limits.per_domain
    }

    /// Sets how many cookies of a domain the container holds at most; `usize::MAX` for as many as
    /// it holds in all.
    ///
    /// .NET: `System.Net.CookieContainer.PerDomainCapacity`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for 0, and for more than the container holds.
    pub fn set_per_domain_capacity(&self, capacity: usize) -> Result<(), Misuse> {
        let mut inner = self.lock();
        if !is_per_domain(capacity, inner.store.limits.capacity) {
            return Err(Misuse::out_of_range("value", PER_DOMAIN));
        }
        inner.store.limits.per_domain = capacity;
        inner.shrink();
        Ok(())
    }

    /// How many bytes name and value of a cookie have at most.
    ///
    /// .NET: `System.Net.CookieContainer.MaxCookieSize`
    #[doc(alias = "CookieContainer.MaxCookieSize")]
    #[must_use]
    pub fn max_cookie_size(&self) -> usize {
        self.lock().store.limits.cookie_size
    }

    /// Sets how many bytes name and value of a cookie have at most. What is there stays.
    ///
    /// .NET: `System.Net.CookieContainer.MaxCookieSize`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for 0.
    pub fn set_max_cookie_size(&self, size: usize) -> Result<(), Misuse> {
        if size == 0 {
            return Err(Misuse::out_of_range("value", AT_LEAST_ONE));
        }
        self.lock().store.limits.cookie_size = size;
        Ok(())
    }
}

pub(super) const AT_LEAST_ONE: &str = "at least 1";
pub(super) const PER_DOMAIN: &str = "at least 1, and at most the capacity";

pub(super) const fn is_per_domain(per_domain: usize, capacity: usize) -> bool {
    per_domain == usize::MAX || (per_domain > 0 && per_domain <= capacity)
}
