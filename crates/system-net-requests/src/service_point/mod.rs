//! Service points: the connections to one server, how many there may be, and who waits for one.

mod lease;
mod manager;
mod manager_certificates;
mod names;
mod point;
mod pool;
mod reaper;
mod times;

pub(crate) use lease::{Acquired, Lease};
pub use manager::ServicePointManager;
pub(crate) use manager::proxy_for;
pub use point::ServicePoint;
pub(crate) use pool::GroupKey;
