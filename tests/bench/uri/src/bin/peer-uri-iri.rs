//! `iri-string`: RFC 3986 to the letter; finds its parts anew at every question.

use bench_uri::{Parts, run};
use iri_string::types::UriString;

fn main() {
    run(|text| {
        let uri = UriString::try_from(text.to_owned()).ok()?;
        let authority = uri.authority_components();
        let parts = Parts {
            host: authority.map_or("", |authority| authority.host()),
            port: authority
                .and_then(|authority| authority.port()?.parse().ok())
                .unwrap_or(0),
            path: uri.path_str(),
            query: uri.query_str().unwrap_or(""),
            fragment: uri.fragment().map_or("", |fragment| fragment.as_str()),
        };
        Some(parts.sum())
    });
}
