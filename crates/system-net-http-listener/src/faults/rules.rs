//! Which answers are touched, and how.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is done to an answer. Numbers of bytes count from its first one on, head included, as they are sent:
/// over TLS before they are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// After so many bytes nothing more comes, and the connection stays open: until the client goes, or
    /// [`min_send_period`](crate::HttpListenerTimeoutManager::min_send_period) ends it, which
    /// [`min_send_bytes_per_second`](crate::HttpListenerTimeoutManager::min_send_bytes_per_second) 0 turns
    /// off.
    Stall {
        /// How many bytes come.
        after: u64,
    },
    /// After so many bytes the connection is closed; over TLS without its farewell.
    Cut {
        /// How many bytes come.
        after: u64,
    },
    /// After so many bytes the connection is reset.
    Reset {
        /// How many bytes come; with a reset they may be lost on the way.
        after: u64,
    },
    /// The answer says that it comes in chunks, and the size of the first one is no number.
    BadChunk,
    /// The answer says that it has so many bytes, whatever it has; then the connection is closed.
    WrongLength {
        /// What it says.
        announced: u64,
    },
    /// The answer comes in small pieces with pauses between. One that is slower than the time-outs of the
    /// listener allow is ended by them, see [`Stall`](Self::Stall).
    SlowDrip {
        /// The bytes of a piece; at least one.
        bytes: usize,
        /// The pause.
        every: Duration,
    },
}

/// Rules of which answers are touched. Clones are the same rules, and may be changed at any time.
///
/// # Examples
/// ```
/// use system_net_http_listener::{Fault, Faults, HttpListener};
///
/// let faults = Faults::new();
/// faults.add("/large", Fault::Cut { after: 1000 });
/// // The second request for it alone.
/// faults.add_nth("/flaky", 2, Fault::Reset { after: 0 });
/// let listener = HttpListener::test_http()?;
/// listener.set_faults(Some(faults.clone()));
/// assert_eq!(faults.touched(), 0);
/// # Ok::<(), system_net_http_listener::HttpListenerError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<Rule>,
    touched: u64,
}

#[derive(Debug)]
struct Rule {
    path: Box<str>,
    /// Only this one of the requests for the path.
    nth: Option<u64>,
    fault: Fault,
    seen: u64,
}

impl Faults {
    /// No rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does this to each answer for the path, as it is asked for, without query; `*` is every path. The
    /// first rule that fits counts.
    pub fn add(&self, path: &str, fault: Fault) {
        self.push(path, None, fault);
    }

    /// Does this to the answer of the `nth` request for the path alone; they count from 1, on all
    /// connections, and from the addition of the rule on.
    pub fn add_nth(&self, path: &str, nth: u64, fault: Fault) {
        self.push(path, Some(nth), fault);
    }

    fn push(&self, path: &str, nth: Option<u64>, fault: Fault) {
        self.inner().rules.push(Rule {
            path: path.into(),
            nth,
            fault,
            seen: 0,
        });
    }

    /// Takes all rules back.
    pub fn clear(&self) {
        self.inner().rules.clear();
    }

    /// How many answers were touched.
    #[must_use]
    pub fn touched(&self) -> u64 {
        self.inner().touched
    }

    /// What is done to the answer of a request.
    pub(super) fn for_request(&self, path: &str) -> Option<Fault> {
        let mut inner = self.inner();
        let mut found = None;
        for rule in &mut inner.rules {
            if *rule.path != *"*" && *rule.path != *path {
                continue;
            }
            // Each rule counts, also those behind the one that is taken.
            rule.seen += 1;
            if found.is_none() && rule.nth.is_none_or(|nth| nth == rule.seen) {
                found = Some(rule.fault);
            }
        }
        inner.touched += u64::from(found.is_some());
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_by_path_and_number() {
        let faults = Faults::new();
        faults.add_nth("/a", 2, Fault::BadChunk);
        faults.add("/b", Fault::Stall { after: 1 });
        faults.add_nth("*", 4, Fault::Cut { after: 2 });
        let seen: Vec<_> = ["/a", "/a", "/b", "/c", "/a", "/c"]
            .map(|path| faults.for_request(path))
            .into();
        let expected = [
            None,
            Some(Fault::BadChunk),
            Some(Fault::Stall { after: 1 }),
            Some(Fault::Cut { after: 2 }),
            None,
            None,
        ];
        assert_eq!(seen, expected);
        assert_eq!(faults.touched(), 3);
        faults.clear();
        assert_eq!(faults.for_request("/b"), None);
    }
}
