//! What the asynchronous and the blocking client share: the context they run in.

use bench_meter::Args;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use system_net_config::{ConnectionManagementEntry, NetContext, Settings};

/// A context as a program that is after speed sets it up: as many connections as it wants at once,
/// no pause for `100 Continue` (but for the mode `post-expect`, which is about it), and `--ca` as the
/// only trust anchor.
pub fn context(args: &Args) -> NetContext {
    let mut settings = Settings::default();
    settings
        .connection_management
        .push(ConnectionManagementEntry {
            address: "*".to_owned(),
            maxconnection: u32::try_from(args.conc.max(1)).expect("a number of connections"),
        });
    // As the peers have it.
    settings.service_point_manager.use_nagle_algorithm = false;
    settings.service_point_manager.expect_100_continue = args.mode == "post-expect";
    if let Some(ca) = &args.ca {
        settings.tls.use_system_roots = false;
        settings.tls.extra_roots = CertificateDer::pem_file_iter(ca)
            .expect("the file of trust anchors")
            .map(|certificate| certificate.expect("a certificate in PEM").to_vec())
            .collect();
    }
    NetContext::with_settings(settings)
}
