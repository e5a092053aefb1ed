//! `fluent-uri`: RFC 3986 to the letter, checks and splits, does not normalize.

use bench_uri::{Parts, run};
use fluent_uri::Uri;

fn main() {
    run(|text| {
        // The owned form, as the others are owned.
        let uri: Uri<String> = Uri::parse(text.to_owned()).ok()?;
        let authority = uri.authority();
        let parts = Parts {
            host: authority.map_or("", |authority| authority.host()),
            port: authority
                .and_then(|authority| authority.port_to_u16().ok().flatten())
                .unwrap_or(0),
            path: uri.path().as_str(),
            query: uri.query().map_or("", |query| query.as_str()),
            fragment: uri.fragment().map_or("", |fragment| fragment.as_str()),
        };
        Some(parts.sum())
    });
}
