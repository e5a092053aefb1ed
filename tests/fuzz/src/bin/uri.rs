// Fuzz target: any text as a URI. What parses must parse to itself again, hold its parts together,
// and resolve references without panicking.
#![no_main]

use libfuzzer_sys::fuzz_target;
use system_net_uri::{Uri, UriKind};

fuzz_target!(|data: &[u8]| {
    // A line end parts the base from a reference.
    let text = String::from_utf8_lossy(data);
    let (base, reference) = text.split_once('\n').unwrap_or((&text, ""));
    let _ = Uri::parse_kind(base, UriKind::Relative);
    let _ = Uri::parse_kind(base, UriKind::RelativeOrAbsolute);
    let Ok(uri) = Uri::parse(base) else { return };
    check(&uri);
    if let Ok(resolved) = uri.combine(reference) {
        check(&resolved);
    }
});

fn check(uri: &Uri) {
    let canonical = uri.absolute_uri();
    let again = Uri::parse(canonical).unwrap_or_else(|error| {
        panic!(
            "{:?} gives {canonical:?}, which does not parse: {error}",
            uri.original_string()
        )
    });
    assert_eq!(
        again.absolute_uri(),
        canonical,
        "from {:?}",
        uri.original_string()
    );
    assert_eq!(
        again.scheme(),
        uri.scheme(),
        "scheme of {:?}",
        uri.original_string()
    );
    assert_eq!(
        again.host(),
        uri.host(),
        "host of {:?}",
        uri.original_string()
    );
    assert_eq!(
        again.port(),
        uri.port(),
        "port of {:?}",
        uri.original_string()
    );
    assert_eq!(
        uri.path_and_query(),
        format!("{}{}", uri.absolute_path(), uri.query()),
        "path of {:?}",
        uri.original_string()
    );
}
