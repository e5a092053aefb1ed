// Requests through the replayed server as a proxy. It finds the servers by itself.

use std::sync::Arc;

use system_net_requests::HttpWebRequest;
use system_net_web_proxy::WebProxy;

use super::{Stage, Table, describe};

pub(super) const SCENARIOS: Table = &[
    ("proxy_get", |stage| {
        through(stage, "http://target.example:8081/p?q#f", |_| {})
    }),
    ("proxy_connect", |stage| {
        through(stage, "https://target.example/", |request| {
            request.set_user_agent(Some("ua")).expect("unsent");
        })
    }),
    ("proxy_connect_port", |stage| {
        through(stage, "https://target.example:8443/", |_| {})
    }),
];

fn through(stage: &Stage, url: &str, prepare: impl FnOnce(&mut HttpWebRequest)) -> Vec<String> {
    let proxy = WebProxy::new(stage.url("")).expect("a valid address");
    let mut request = stage.request_to(url);
    request.set_proxy(Some(Arc::new(proxy))).expect("unsent");
    prepare(&mut request);
    describe(request.get_response(), false)
}
