//! Bandwidth throttling: how many bytes of responses go out in a second, of all prefixes together and
//! of single ones.
//!
//! What HTTP.sys knows as `HTTP_BANDWIDTH_LIMIT_INFO` of a server session and of a URL group.

use std::sync::Arc;
use std::task::{Context, Poll};

use system_net_runtime::{RateLimit, Timer};

/// The limits that a listener has.
#[derive(Clone, Debug, Default)]
pub(crate) struct BandwidthRules {
    of_all: Option<RateLimit>,
    /// By the prefix as it was added.
    of_prefixes: Vec<(Box<str>, RateLimit)>,
}

impl BandwidthRules {
    pub(crate) fn of_all(&self) -> Option<&RateLimit> {
        self.of_all.as_ref()
    }

    pub(crate) fn set_of_all(&mut self, limit: Option<RateLimit>) {
        self.of_all = limit;
    }

    pub(crate) fn of_prefix(&self, text: &str) -> Option<&RateLimit> {
        let known = self.of_prefixes.iter().find(|(known, _)| **known == *text);
        known.map(|(_, limit)| limit)
    }

    pub(crate) fn set_of_prefix(&mut self, text: &str, limit: Option<RateLimit>) {
        self.of_prefixes.retain(|(known, _)| **known != *text);
        if let Some(limit) = limit {
            self.of_prefixes.push((text.into(), limit));
        }
    }

    /// What holds for responses below a prefix.
    pub(crate) fn for_prefix(&self, text: &str) -> Bandwidth {
        let limits = [self.of_all(), self.of_prefix(text)];
        let limits: Vec<RateLimit> = limits.into_iter().flatten().cloned().collect();
        Bandwidth((!limits.is_empty()).then(|| limits.into()))
    }
}

/// The limits that hold together for a response; none as a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bandwidth(Option<Arc<[RateLimit]>>);

impl Bandwidth {
    pub(crate) fn is_limited(&self) -> bool {
        self.0.is_some()
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            _ => false,
        }
    }
}

/// The limits of what a connection writes now.
pub(crate) struct Throttle {
    bandwidth: Bandwidth,
    timer: Timer,
    waits: bool,
}

impl Throttle {
    /// `None` without a limit.
    pub(crate) fn new(bandwidth: &Bandwidth) -> Option<Box<Self>> {
        bandwidth.is_limited().then(|| {
            Box::new(Self {
                bandwidth: bandwidth.clone(),
                timer: Timer::new(),
                waits: false,
            })
        })
    }

    /// Whether a connection that has `current` is limited by just this.
    pub(crate) fn is_for(current: Option<&Self>, bandwidth: &Bandwidth) -> bool {
        match current {
            Some(throttle) => throttle.bandwidth.is_same(bandwidth),
            None => !bandwidth.is_limited(),
        }
    }

    /// Whether the last look ended in waiting: nothing can be said of the client's speed then.
    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    /// How many of `wanted` bytes may be written, at least one; as many as all limits allow.
    pub(crate) fn poll_take(&mut self, cx: &mut Context<'_>, wanted: usize) -> Poll<usize> {
        let limits = self.bandwidth.0.as_deref().unwrap_or_default();
        let mut allowed = wanted;
        for (index, limit) in limits.iter().enumerate() {
            let Poll::Ready(taken) = limit.poll_take(cx, &mut self.timer, allowed) else {
                // What the others gave is for others.
                give_back(&limits[..index], allowed);
                self.waits = true;
                return Poll::Pending;
            };
            give_back(&limits[..index], allowed - taken);
            allowed = taken;
        }
        self.waits = false;
        Poll::Ready(allowed)
    }

    /// Gives back what was taken and not written.
    pub(crate) fn give_back(&self, bytes: usize) {
        give_back(self.bandwidth.0.as_deref().unwrap_or_default(), bytes);
    }
}

fn give_back(limits: &[RateLimit], bytes: usize) {
    limits.iter().for_each(|limit| limit.give_back(bytes));
}
