//! From options to the context in which the requests run.

use system_net::{Configuration, NetContext, certificates_from_pem};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::arguments::Transfer;
use crate::failure::{CA_FILE, Failure};
use crate::heads::{self, Heads};

/// Warnings unless silent, and with `-v` all the library does.
pub(crate) fn trace_level(options: &Transfer) -> LevelFilter {
    match (options.verbose, options.silent) {
        (true, _) => LevelFilter::DEBUG,
        (false, true) => LevelFilter::OFF,
        (false, false) => LevelFilter::WARN,
    }
}

/// A context with the trust and the settings that the options ask for.
pub(crate) fn context(options: &Transfer) -> Result<NetContext, Failure> {
    let mut settings = match &options.config {
        None => system_net::Settings::default(),
        Some(path) => {
            let mut configuration = Configuration::new();
            configuration
                .apply_file(path)
                .map_err(|error| Failure::usage(format_args!("--config: {error}")))?;
            let (settings, warnings) = configuration.into_parts();
            if !options.silent {
                for warning in warnings {
                    eprintln!("sysnet: {warning}");
                }
            }
            settings
        }
    };
    settings.tls.accept_any_certificate = options.insecure;
    if let Some(path) = &options.cacert {
        let pem =
            std::fs::read(path).map_err(|error| Failure::file(CA_FILE, path.display(), &error))?;
        let certificates = certificates_from_pem(&pem)
            .map_err(|error| Failure::new(CA_FILE, format_args!("{}: {error}", path.display())))?;
        settings.tls.use_system_roots = false;
        settings.tls.extra_roots = certificates.iter().map(|der| der.to_vec()).collect();
    }
    Ok(NetContext::with_settings(settings))
}

/// Shows what the library traces, from this level on; with all of it, the heads it sends.
pub(crate) fn trace(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .with_ansi(false)
        .with_filter(
            Targets::new()
                .with_target("System.Net", level)
                .with_target(heads::TARGET, LevelFilter::OFF),
        );
    let shown = level >= LevelFilter::DEBUG;
    let heads = shown.then(|| Heads.with_filter(Targets::new().with_target(heads::TARGET, level)));
    tracing_subscriber::registry()
        .with(lines)
        .with(heads)
        .init();
}
