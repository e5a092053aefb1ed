//! `http::Uri`: checks and splits, does not normalize, drops the fragment.

use bench_uri::{Parts, run};
use http::Uri;

fn main() {
    run(|text| {
        let uri: Uri = text.parse().ok()?;
        let parts = Parts {
            host: uri.host().unwrap_or(""),
            port: uri.port_u16().unwrap_or(0),
            path: uri.path(),
            query: uri.query().unwrap_or(""),
            fragment: "",
        };
        Some(parts.sum())
    });
}
