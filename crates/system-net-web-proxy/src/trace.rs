//! Where what is traced of proxies comes from.

use system_net_diagnostics::{Emitter, Source};

/// For what belongs to no object.
pub(crate) const fn class(name: &'static str) -> Emitter<'static> {
    Emitter::of_class(Source::Net, name)
}
