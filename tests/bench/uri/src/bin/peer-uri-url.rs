//! The crate `url`: the browsers' standard, normalized like ours.

use bench_uri::{Parts, run};
use url::Url;

fn main() {
    run(|text| {
        let url = Url::parse(text).ok()?;
        let parts = Parts {
            host: url.host_str().unwrap_or(""),
            port: url.port_or_known_default().unwrap_or(0),
            path: url.path(),
            query: url.query().unwrap_or(""),
            fragment: url.fragment().unwrap_or(""),
        };
        Some(parts.sum())
    });
}
