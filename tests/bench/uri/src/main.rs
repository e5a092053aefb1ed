//! Our `Uri` under the command line of the bench.

use bench_uri::{Parts, run};
use system_net_uri::Uri;

fn main() {
    run(|text| {
        let uri = Uri::parse(text).ok()?;
        let parts = Parts {
            host: uri.host(),
            port: uri.port().unwrap_or(0),
            path: uri.absolute_path(),
            query: uri.query(),
            fragment: uri.fragment(),
        };
        Some(parts.sum())
    });
}
