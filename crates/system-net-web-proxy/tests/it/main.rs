//! Tests of the public surface; no proxy is spoken to.
//!
//! * `bypass_costs`: what bypass lists may cost, by hand and by file
//! * `rules`: what a `WebProxy` serves and what not
//! * `system`: environment variables, `no_proxy`
//! * `defaults`: what settings and the system come to together
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod bypass_costs;
mod defaults;
mod rules;
mod system;

use system_net_uri::Uri;
use system_net_web_proxy::Proxy;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// The proxy of a destination as text; `direct` without one.
fn route(proxy: &dyn Proxy, destination: &str) -> String {
    let destination = uri(destination);
    let through = proxy.get_proxy(&destination);
    let direct = through
        .as_ref()
        .is_none_or(|through| *through == destination);
    assert_eq!(proxy.is_bypassed(&destination), direct, "{destination:?}");
    match through {
        Some(through) if !direct => through.absolute_uri().to_string(),
        _ => "direct".to_owned(),
    }
}
