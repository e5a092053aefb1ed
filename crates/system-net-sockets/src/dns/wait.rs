//! How a blocking member waits: as everything blocking does.

pub(super) use system_net_runtime::block_on as wait_for;
