//! What is negotiated by default where Kerberos is built in.

use std::sync::Arc;

use crate::kerberos::KerberosProvider;
use crate::mechanism::MechanismProvider;
use crate::ntlm::NtlmProvider;

/// Who makes the clients of a negotiation, best first: Kerberos, if it is built in, and this NTLM.
#[must_use]
pub fn usual_providers(ntlm: NtlmProvider) -> Vec<Arc<dyn MechanismProvider>> {
    vec![Arc::new(KerberosProvider::default()), Arc::new(ntlm)]
}
