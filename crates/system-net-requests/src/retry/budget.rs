//! `RetryBudget`: how many requests may be sent again, as a share of those that are sent.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use system_net_config::NetContext;
use system_net_uri::Uri;

/// What one retry takes; fractions of it are what requests bring.
const TOKEN: u64 = 1000;

/// How many requests may be sent again, as a share of those that are sent: a server in trouble is
/// not brought down by everybody asking twice.
///
/// A bucket of tokens. It is full at first; every request brings a part of a token, every retry
/// takes a whole one, and without one there is no retry. Clones are the same bucket.
///
/// # Examples
/// ```
/// use system_net_requests::RetryBudget;
///
/// // Two retries at once, and in the long run one for four requests.
/// let budget = RetryBudget::new(2, 0.25);
/// assert_eq!(budget.retries_left(), 2);
/// ```
#[derive(Clone)]
pub struct RetryBudget {
    bucket: Arc<Bucket>,
}

struct Bucket {
    /// In thousandths.
    tokens: AtomicU64,
    most: u64,
    per_request: u64,
}

impl RetryBudget {
    /// A budget that holds `reserve` retries and gets `per_request` of one (0 to 1) for each
    /// request.
    #[must_use]
    pub fn new(reserve: u32, per_request: f64) -> Self {
        let most = u64::from(reserve) * TOKEN;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=1000 in front"
        )]
        let per_request = (per_request.clamp(0.0, 1.0) * 1000.0) as u64;
        Self {
            bucket: Arc::new(Bucket {
                tokens: AtomicU64::new(most),
                most,
                per_request,
            }),
        }
    }

    /// How many retries it has just now.
    #[must_use]
    pub fn retries_left(&self) -> u32 {
        let tokens = self.bucket.tokens.load(Ordering::Relaxed);
        u32::try_from(tokens / TOKEN).unwrap_or(u32::MAX)
    }

    /// A request is sent for the first time.
    pub(crate) fn deposit(&self) {
        let bucket = &*self.bucket;
        let add = |tokens: u64| Some((tokens + bucket.per_request).min(bucket.most));
        // The closure never says no.
        let _ = bucket
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Takes a retry; false if there is none.
    pub(crate) fn withdraw(&self) -> bool {
        let take = |tokens: u64| tokens.checked_sub(TOKEN);
        self.bucket
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
    }

    fn is_full(&self) -> bool {
        self.bucket.tokens.load(Ordering::Relaxed) >= self.bucket.most
    }

    /// The budget that all requests of a context to the server of an address share.
    pub(crate) fn of_server(context: &NetContext, uri: &Uri) -> Self {
        context.slot(|_| Servers::default()).budget(uri)
    }
}

/// Ten retries at once, and in the long run one for five requests.
impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(10, 0.2)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryBudget")
            .field("retries_left", &self.retries_left())
            .finish_non_exhaustive()
    }
}

/// The budgets of a context, by server.
#[derive(Default)]
struct Servers {
    budgets: Mutex<HashMap<String, RetryBudget>>,
}

impl Servers {
    /// As many are kept; when there are more, those go that tell nothing.
    const LIMIT: usize = 1024;

    fn budget(&self, uri: &Uri) -> RetryBudget {
        let server = format!(
            "{}://{}:{}",
            uri.scheme(),
            uri.host(),
            uri.port().unwrap_or_default()
        );
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        if budgets.len() >= Self::LIMIT && !budgets.contains_key(&server) {
            // A full one is as a new one.
            budgets.retain(|_, budget| !budget.is_full());
            if budgets.len() >= Self::LIMIT {
                budgets.clear();
            }
        }
        budgets.entry(server).or_default().clone()
    }
}
