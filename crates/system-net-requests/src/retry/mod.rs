//! Sending a request again when it failed in a way that may pass: which failures count, how long
//! to wait, and how many may be sent again at all.
//!
//! Read: RFC 9110 sections 9.2.2 (idempotent methods) and 10.2.3 (Retry-After), RFC 6585 section 4
//! (429).
//!
//! In scope: the policy, the budget, the decision. Out of scope: sending, which the exchange does;
//! the repeat of a request that met a kept-alive connection just as it was closed, which is no
//! retry of this kind.

mod attempts;
mod budget;
mod policy;
mod retry_after;
#[cfg(test)]
mod tests;

pub(crate) use attempts::{Attempts, Failed, is_idempotent};
pub use budget::RetryBudget;
pub use policy::{RetryEventArgs, RetryHandler, RetryPolicy};
