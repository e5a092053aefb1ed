//! `sysnet config tls`: which versions of TLS connections speak, and who decides that.

use serde::Serialize;
use system_net::{NetContext, TlsDecision, TlsPolicy, TlsRegistry, TlsRole};

use crate::arguments::PolicyOfTls;
use crate::failure::{FAILED, Failure, READ};
use crate::report;
use crate::setup::Setup;
use crate::verbs::Outcome;

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    client: Side,
    server: Side,
}

#[derive(Serialize)]
struct Side {
    requested: String,
    decided_by: String,
    strong_crypto: bool,
    strong_crypto_decided_by: String,
    offered_by_dotnet: String,
    offered: String,
    /// Why there is no connection; null if there can be one.
    error: Option<String>,
}

impl From<&TlsDecision> for Side {
    fn from(decision: &TlsDecision) -> Self {
        Self {
            requested: decision.requested().to_string(),
            decided_by: decision.versions_decided_by().to_string(),
            strong_crypto: decision.strong_crypto(),
            strong_crypto_decided_by: decision.strong_crypto_decided_by().to_string(),
            offered_by_dotnet: decision.offered_by_dotnet().to_string(),
            offered: decision.offered().to_string(),
            error: decision.versions().err().map(|error| error.to_string()),
        }
    }
}

/// The exit code is 1 if no connection can be made.
pub(super) fn run(options: &PolicyOfTls, setup: &Setup) -> Outcome {
    let mut settings = setup.files().read()?.into_parts().0;
    if let Some(file) = &options.registry {
        let bytes =
            std::fs::read(file).map_err(|error| Failure::file(READ, file.display(), &error))?;
        let text = TlsRegistry::decode(&bytes)
            .and_then(|text| TlsRegistry::parse(&text).map(|_| text))
            .map_err(|error| Failure::new(FAILED, format_args!("{}: {error}", file.display())))?;
        settings.tls.registry = Some(text);
    }
    settings.tls.registry_of_32_bits = options.wow64;
    let policy = TlsPolicy::of(&NetContext::with_settings(settings))
        .map_err(|error| Failure::new(FAILED, error))?;
    let sides = [TlsRole::Client, TlsRole::Server].map(|role| policy.decide(role, None));
    let [client, server] = &sides;
    match options.json {
        true => report::print(&Report {
            schema: "sysnet.config.tls/1",
            client: client.into(),
            server: server.into(),
        })?,
        false => super::say(&format!("{client}\n{server}\n"))?,
    }
    let is_none = |side: &TlsDecision| side.versions().is_err();
    Ok(if sides.iter().any(is_none) { FAILED } else { 0 })
}
