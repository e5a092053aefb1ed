//! TLS for name servers over HTTPS. The one place of this crate that names the TLS library: the DNS
//! client takes its configuration, and the crate that wraps it stands beside this one.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use system_net_config::TlsSettings;
use system_net_primitives::Misuse;

use crate::error::{SocketError, SocketErrorCode};

/// A configuration that trusts whom the settings trust.
pub(super) fn client(settings: &TlsSettings) -> Result<ClientConfig, SocketError> {
    if settings.accept_any_certificate {
        let message = "a name server whose certificate is not checked";
        return Err(Misuse::not_supported(message).into());
    }
    let failed = |what: &dyn std::fmt::Display| {
        SocketError::new(SocketErrorCode::NoRecovery)
            .with_context(format!("TLS to name servers: {what}"))
    };
    let mut roots = RootCertStore::empty();
    for der in &settings.extra_roots {
        let added = roots.add(der.clone().into());
        added.map_err(|error| failed(&error))?;
    }
    if settings.use_system_roots {
        // What cannot be read is missed when a server is signed by it.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(failed(&"no certificate authority is trusted"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
