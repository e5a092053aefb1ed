//! A build without a DNS client of its own can only ask the system.

use std::sync::Arc;

use system_net::Resolver;

use crate::failure::{FAILED, Failure};

pub(super) fn resolver(_server: &str) -> Result<Arc<dyn Resolver>, Failure> {
    Err(
        Failure::new(FAILED, "this build asks no name server but the system's")
            .advise("build it with --features hickory to use --server"),
    )
}
