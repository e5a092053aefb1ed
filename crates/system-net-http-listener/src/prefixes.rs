//! The collection of prefixes as programs see it.

use std::fmt;
use std::sync::Arc;

use system_net_primitives::Misuse;
use system_net_runtime::RateLimit;

use crate::error::HttpListenerError;
use crate::shared::Shared;

/// The URL prefixes of a listener. Changes take effect at once, also while it listens.
///
/// A prefix reads `http://host:port/path/` or `https://host:port/path/` and ends in a slash. The
/// host is one of
///
/// - `+`: all hosts, before all other prefixes,
/// - a name: requests for that host (the listener listens on all addresses; for `localhost` on the
///   loopback addresses),
/// - an IPv4 address, or an IPv6 address in brackets: requests that arrive at that address,
/// - `*`: all hosts no other prefix is for.
///
/// Within a host the longest path wins; letter case does not count. Without a port it is 80 or 443. A
/// request for a host that no prefix of the port has is answered with 400 "Invalid Hostname", one for a
/// path that none of its host's has with 404.
///
/// .NET: `System.Net.HttpListenerPrefixCollection`
///
/// # Differences from .NET
/// Port 0 takes a free port: [`HttpListener::url`](crate::HttpListener::url) tells which. All
/// prefixes of one scheme with port 0 get the same.
#[derive(Clone)]
pub struct HttpListenerPrefixCollection {
    shared: Arc<Shared>,
}

impl HttpListenerPrefixCollection {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    /// Adds a prefix.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.Add`
    ///
    /// # Errors
    /// `Misuse` if it is no prefix, or the listener is closed; `AlreadyExists` if it was added before.
    /// While the listener listens also all errors of [`HttpListener::start`](crate::HttpListener::start);
    /// the prefix is not added then.
    #[doc(alias = "HttpListenerPrefixCollection.Add")]
    pub fn add(&self, uri_prefix: &str) -> Result<(), HttpListenerError> {
        self.shared.add_prefix(uri_prefix)
    }

    /// Removes a prefix, spelled as it was added; tells whether it was there.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.Remove`
    ///
    /// # Errors
    /// `Misuse` if the listener is closed.
    #[doc(alias = "HttpListenerPrefixCollection.Remove")]
    pub fn remove(&self, uri_prefix: &str) -> Result<bool, HttpListenerError> {
        self.shared.remove_prefix(uri_prefix)
    }

    /// Removes all prefixes.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.Clear`
    ///
    /// # Errors
    /// `Misuse` if the listener is closed.
    #[doc(alias = "HttpListenerPrefixCollection.Clear")]
    pub fn clear(&self) -> Result<(), HttpListenerError> {
        self.shared.clear_prefixes()
    }

    /// Whether the prefix, spelled like this, is there.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.Contains`
    #[doc(alias = "HttpListenerPrefixCollection.Contains")]
    #[must_use]
    pub fn contains(&self, uri_prefix: &str) -> bool {
        self.shared.has_prefix(uri_prefix)
    }

    /// The number of prefixes.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.Count`
    #[doc(alias = "HttpListenerPrefixCollection.Count")]
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.prefixes().len()
    }

    /// How many bytes in a second the responses of a prefix may have, all its connections together.
    #[must_use]
    pub fn bandwidth_limit(&self, uri_prefix: &str) -> Option<RateLimit> {
        self.shared.bandwidth(Some(uri_prefix))
    }

    /// Limits the responses of a prefix to so many bytes in a second, heads included, all its
    /// connections together; `None`, the default, lifts the limit. It holds from the next request of
    /// each connection on. Prefixes that are given clones of one limit share it, and the limit of
    /// [the listener](crate::HttpListener::set_bandwidth_limit) holds as well. Clients that are held back
    /// by it are not taken for slow ones. The limit goes with the prefix.
    ///
    /// # Errors
    /// `Misuse` if the prefix, spelled like this, is not there, or the listener is closed.
    pub fn set_bandwidth_limit(
        &self,
        uri_prefix: &str,
        limit: Option<RateLimit>,
    ) -> Result<(), HttpListenerError> {
        self.shared.set_bandwidth(Some(uri_prefix), limit)
    }

    /// Copies the prefixes, in their order, into `array` from `offset` on.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.CopyTo`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] if they do not fit in there; nothing is copied then.
    #[doc(alias = "HttpListenerPrefixCollection.CopyTo")]
    pub fn copy_to(&self, array: &mut [String], offset: usize) -> Result<(), Misuse> {
        let prefixes = self.shared.prefixes();
        let places = array
            .get_mut(offset..)
            .filter(|places| places.len() >= prefixes.len())
            .ok_or_else(|| Misuse::out_of_range("offset", "room for all prefixes behind it"))?;
        for (place, prefix) in places.iter_mut().zip(prefixes) {
            *place = prefix.into();
        }
        Ok(())
    }

    /// `false`: prefixes can be added as long as the listener is not closed.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.IsReadOnly`
    #[doc(alias = "HttpListenerPrefixCollection.IsReadOnly")]
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        false
    }

    /// `true`: it can be changed from several threads at a time. In .NET it says `false`.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.IsSynchronized`
    #[doc(alias = "HttpListenerPrefixCollection.IsSynchronized")]
    #[must_use]
    pub const fn is_synchronized(&self) -> bool {
        true
    }

    /// The prefixes in the order in which they were added.
    ///
    /// .NET: `System.Net.HttpListenerPrefixCollection.GetEnumerator`
    #[doc(alias = "HttpListenerPrefixCollection.GetEnumerator")]
    pub fn iter(&self) -> impl Iterator<Item = String> + use<> {
        self.shared.prefixes().into_iter().map(String::from)
    }
}

impl fmt::Debug for HttpListenerPrefixCollection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
