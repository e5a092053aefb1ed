// findsp, spm: the service points of addresses, and what the manager and a new one start with.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use system_net_config::NetContext;
use system_net_requests::{ServicePoint, ServicePointManager, WebError};

use super::{Op, Run, Settings};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "findsp",
        run: findsp,
        not_yet: &[],
    },
    Op {
        name: "spm",
        run: spm,
        not_yet: NOT_YET,
    },
];

/// Members that have no counterpart: what TLS may do is set in the settings of a context.
const NOT_YET: &[&str] = &[
    "CertificatePolicy",
    "CheckCertificateRevocationList",
    "EncryptionPolicy",
    "ReusePort",
    "SecurityProtocol",
];

fn findsp(input: &[Value], _: Settings) -> Run {
    let Some(addresses) = input.first().and_then(Value::as_array) else {
        return Run::NotExpressible;
    };
    let manager = ServicePointManager::of(&NetContext::new());
    let addresses = addresses.iter().filter_map(Value::as_str);
    let found: Result<Vec<Arc<ServicePoint>>, WebError> =
        addresses.map(|address| manager.find(address)).collect();
    let Ok(found) = found else {
        return Run::NotYet;
    };
    let shown = found.iter().map(|point| {
        json!({
            "Address": point.address().to_string(),
            "ConnectionLimit": point.connection_limit(),
            "ConnectionName": point.connection_name(),
            "sameAsFirst": Arc::ptr_eq(point, &found[0]),
        })
    });
    Run::Answer(shown.collect())
}

fn spm(_: &[Value], _: Settings) -> Run {
    let manager = ServicePointManager::of(&NetContext::new());
    let Ok(point) = manager.find("http://sp.example/") else {
        return Run::NotYet;
    };
    let callback = manager.server_certificate_validation_callback();
    Run::Answer(json!({
        "DefaultConnectionLimit": manager.default_connection_limit(),
        "DefaultNonPersistentConnectionLimit":
            ServicePointManager::DEFAULT_NON_PERSISTENT_CONNECTION_LIMIT,
        "DefaultPersistentConnectionLimit":
            ServicePointManager::DEFAULT_PERSISTENT_CONNECTION_LIMIT,
        "DnsRefreshTimeout": milliseconds(manager.dns_refresh_timeout()),
        "EnableDnsRoundRobin": manager.enable_dns_round_robin(),
        "Expect100Continue": manager.expect_100_continue(),
        "MaxServicePointIdleTime": milliseconds(manager.max_service_point_idle_time()),
        "MaxServicePoints": manager.max_service_points(),
        "ServerCertificateValidationCallback": callback.map(|_| "a callback"),
        "UseNagleAlgorithm": manager.use_nagle_algorithm(),
        "sp.Address": point.address().to_string(),
        "sp.BindIPEndPointDelegate": point.bind_ip_end_point_delegate().map(|_| "a delegate"),
        "sp.Certificate": point.certificate().map(|der| super::hex(&der)),
        "sp.ClientCertificate": point.client_certificate().map(|der| super::hex(&der)),
        "sp.ConnectionLeaseTimeout": milliseconds(point.connection_lease_timeout()),
        "sp.ConnectionLimit": point.connection_limit(),
        "sp.ConnectionName": point.connection_name(),
        "sp.CurrentConnections": point.current_connections(),
        "sp.Expect100Continue": point.expect_100_continue(),
        "sp.MaxIdleTime": milliseconds(point.max_idle_time()),
        "sp.ProtocolVersion": point.protocol_version().to_string(),
        "sp.ReceiveBufferSize": point.receive_buffer_size().map_or_else(|| json!(-1), Value::from),
        "sp.SupportsPipelining": point.supports_pipelining(),
        "sp.UseNagleAlgorithm": point.use_nagle_algorithm(),
    }))
}

/// .NET counts in milliseconds, and -1 is no limit.
fn milliseconds(time: Option<Duration>) -> Value {
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).ok();
    time.map_or_else(|| json!(-1), |time| milliseconds(time).into())
}
