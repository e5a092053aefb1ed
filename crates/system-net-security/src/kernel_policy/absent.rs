//! Where there is no Landlock: other systems, and builds without the feature `landlock`.

use super::{KernelPolicy, KernelPolicyError, KernelPolicyErrorKind, KernelPolicyReport};

pub(super) fn enforce(
    _policy: &KernelPolicy,
    _process: bool,
) -> Result<KernelPolicyReport, KernelPolicyError> {
    Err(KernelPolicyError::new(
        KernelPolicyErrorKind::Unsupported,
        "no kernel enforces this policy: it takes Linux, and the feature `landlock` of \
         system-net-security",
    ))
}
