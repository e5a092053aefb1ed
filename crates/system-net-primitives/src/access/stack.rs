//! Policies on top of each other: the last one is asked first.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::scope;
use super::{Access, AccessDenied, AccessPolicy, AccessVerdict};

/// Whether there was ever a policy in this process. Who has none pays for reading this.
static ANY: AtomicBool = AtomicBool::new(false);

/// The policies that hold, as .NET's stack of callers: the innermost is asked first, a denial is
/// final, and an assertion ends the walk for all but [firm](AccessPolicy::is_firm) policies.
/// Clones are cheap.
#[derive(Clone, Default)]
pub struct AccessStack {
    top: Option<Arc<Frame>>,
}

struct Frame {
    policy: Arc<dyn AccessPolicy>,
    below: AccessStack,
}

impl AccessStack {
    /// No policy: everything is allowed.
    #[must_use]
    pub const fn new() -> Self {
        Self { top: None }
    }

    /// The policies of the scope that this runs in; none outside of any.
    #[must_use]
    #[inline]
    pub fn current() -> Self {
        match ANY.load(Ordering::Relaxed) {
            true => scope::current(),
            false => Self::new(),
        }
    }

    /// These with one more, which is asked first.
    #[must_use]
    pub fn with(&self, policy: Arc<dyn AccessPolicy>) -> Self {
        ANY.store(true, Ordering::Relaxed);
        Self {
            top: Some(Arc::new(Frame {
                policy,
                below: self.clone(),
            })),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.top.is_none()
    }

    /// Asks these, and those of the scope that this runs in. An assertion of the ones lifts nothing
    /// that the others deny.
    ///
    /// # Errors
    /// What denies the access.
    #[inline]
    pub fn check(&self, access: &Access<'_>) -> Result<(), AccessDenied> {
        self.check_these(access)?;
        match ANY.load(Ordering::Relaxed) {
            true => scope::current().check_these(access),
            false => Ok(()),
        }
    }

    /// As [`check`](Self::check), without the scope.
    ///
    /// # Errors
    /// What denies the access.
    pub fn check_these(&self, access: &Access<'_>) -> Result<(), AccessDenied> {
        let denied = |reason| AccessDenied::new(access, reason);
        self.walk(|policy| policy.judge(access)).map_err(denied)
    }

    /// Demands permissions of these and of the scope that this runs in.
    ///
    /// # Errors
    /// What denies them.
    pub fn check_demand(&self, demanded: &dyn Any) -> Result<(), AccessDenied> {
        let ask = |policy: &dyn AccessPolicy| policy.judge_demand(demanded);
        let asked = self.walk(ask).and_then(|()| Self::current().walk(ask));
        asked.map_err(AccessDenied::of_demand)
    }

    fn walk(&self, ask: impl Fn(&dyn AccessPolicy) -> AccessVerdict) -> Result<(), String> {
        let (mut next, mut asserted) = (&self.top, false);
        while let Some(frame) = next {
            next = &frame.below.top;
            if asserted && !frame.policy.is_firm() {
                continue;
            }
            match ask(&*frame.policy) {
                AccessVerdict::Pass => {}
                AccessVerdict::Assert => asserted = true,
                AccessVerdict::Deny(reason) => return Err(reason),
            }
        }
        Ok(())
    }

    /// Runs a function in the scope of these, in place of the one it is called in: for work that is
    /// handed to another thread.
    pub fn run_blocking<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = scope::enter(self.clone());
        f()
    }

    /// As [`run_blocking`](Self::run_blocking), for a future.
    pub fn run<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        scope::polled_within(future, move || self.clone())
    }
}

impl fmt::Debug for AccessStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frames = std::iter::successors(self.top.as_ref(), |frame| frame.below.top.as_ref());
        f.debug_struct("AccessStack")
            .field("policies", &frames.count())
            .finish()
    }
}
