//! Service points: the connections to one server, how many there may be, and who waits for one.

mod binding;
mod facts;
mod http2;
mod kib;
mod lease;
mod manager;
mod manager_certificates;
mod manager_timeouts;
mod manager_tls;
mod names;
mod pipe;
mod point;
mod pool;
mod queue;
mod reaper;
mod rescuer;
mod table;
mod times;

pub use binding::BindIpEndPoint;
pub(crate) use lease::{Acquired, LastingPlace, Lease, Place};
pub use manager::ServicePointManager;
pub(crate) use manager::proxy_for;
pub(crate) use point::InUse;
pub use point::ServicePoint;
pub(crate) use pool::{GroupKey, Owner};
