// Fuzz body: any text as `Set-Cookie`, `Cookie`, a jar, a list of public suffixes, and HSTS; and
// what must hold of a container whatever it was given.
//
// The file stands alone, so that a fuzz binary can take it in with `#[path]`.

use std::time::SystemTime;

use system_net_primitives::{
    Cookie, CookieCollection, CookieContainer, HstsStore, PublicSuffixList, WebUtility,
};
use system_net_uri::{HostAddress, Uri};

/// Hosts that are near each other, and addresses.
const PLACES: [&str; 10] = [
    "http://www.example.com/a/b",
    "https://www.example.com/a/",
    "https://x.example.com:8080/",
    "http://example.com/",
    "http://notexample.com/a/b/c",
    "http://a.example.co.uk/",
    "http://10.0.0.1/",
    "http://x.10.0.0.1/",
    "http://[::1]/",
    "ws://localhost/a",
];

/// Reads `data`: its first line is about the places, the rest is a jar.
///
/// # Panics
/// If one of the promises of the container is broken.
pub(crate) fn fuzz_cookie(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (field, rest) = text.split_once('\n').unwrap_or((&text, ""));
    for place in PLACES {
        let place = uri(place);
        let jar = CookieContainer::new();
        let strict = jar.set_cookies(&place, field);
        let taken = CookieContainer::new().accept_set_cookie(&place, field);
        // A list has one place for a cookie of a host and one of the domain of that name.
        assert!(strict.is_err() || jar.count() <= 2 * taken.count());
        check(&jar, Some(&place));
    }
    let jar = CookieContainer::new();
    for (at, field) in text.lines().enumerate() {
        jar.accept_set_cookie(&uri(PLACES[at % PLACES.len()]), field);
    }
    check(&jar, None);
    check_written(&jar);
    let jar = CookieContainer::new();
    if jar.read_netscape(rest.as_bytes()).is_ok() {
        check(&jar, None);
        check_written(&jar);
    }
    for cookie in &CookieCollection::from_cookie_header(field) {
        // What was read is written so that it is read again.
        assert!(!cookie.name().is_empty());
        let _ = cookie.to_set_cookie(SystemTime::UNIX_EPOCH);
    }
    if let Ok(list) = PublicSuffixList::read(rest.as_bytes()) {
        let registered = list.registrable_domain(field);
        assert!(registered.is_none_or(|name| !list.is_public_suffix(&name)));
    }
    check_others(field, rest);
}

fn uri(text: &str) -> Uri {
    Uri::parse(text).expect("a valid address")
}

/// What a container says to each place.
fn check(jar: &CookieContainer, set_by: Option<&Uri>) {
    assert!(jar.count() <= jar.capacity());
    for place in PLACES {
        let place = uri(place);
        let cookies = jar.get_cookies(&place);
        let header = jar.get_cookie_header(&place);
        assert_eq!(cookies.is_empty(), header.is_empty());
        assert!(!header.contains(|c: char| c.is_ascii_control() && c != '\t'));
        for cookie in &cookies {
            assert!(!cookie.name().contains(['=', ';', ',']));
            assert!(!cookie.secure() || matches!(place.scheme(), "https" | "wss"));
            assert!(may_have(&place, cookie), "{place:?} {cookie:?}");
            if let Some(set_by) = set_by {
                assert!(may_have(set_by, cookie), "{set_by:?} {cookie:?}");
            }
        }
    }
}

/// RFC 6265 section 5.1.3, and that nobody has a cookie for a public suffix but its own host.
fn may_have(place: &Uri, cookie: &Cookie) -> bool {
    let domain = cookie.domain().to_ascii_lowercase();
    let domain = domain.strip_prefix('.').unwrap_or(&domain);
    let open = ["com", "co.uk", "uk", "localhost"].contains(&domain);
    match place.host_address() {
        HostAddress::Dns(host) => {
            host == domain || (!open && host.ends_with(&format!(".{domain}")))
        }
        HostAddress::V4(address) => address.to_string() == domain,
        HostAddress::V6(address, _) => format!("[{address}]") == domain,
        HostAddress::None => false,
    }
}

/// A jar that is read again says the same.
fn check_written(jar: &CookieContainer) {
    let write = |jar: &CookieContainer| {
        let mut file = Vec::new();
        jar.write_netscape(&mut file).expect("a vector takes all");
        file
    };
    let file = write(jar);
    let again = CookieContainer::new();
    again.read_netscape(&file[..]).expect("our own jar");
    assert_eq!(write(&again), file);
}

fn check_others(field: &str, rest: &str) {
    let now = SystemTime::UNIX_EPOCH;
    let mut hsts = HstsStore::new();
    let took = hsts.accept(&uri("https://www.example.com/"), field, now);
    assert!(took || hsts.count() == 0);
    if hsts.read(rest.as_bytes()).is_ok() {
        let mut file = Vec::new();
        hsts.write(&mut file, now).expect("a vector takes all");
        HstsStore::new().read(&file[..]).expect("our own file");
    }
    let upgraded = hsts.upgrade(&uri("http://www.example.com/"), now);
    assert!(upgraded.is_none_or(|uri| uri.scheme() == "https"));
    for text in [field, rest] {
        assert_eq!(
            WebUtility::html_decode(&WebUtility::html_encode(text)),
            text
        );
        assert_eq!(WebUtility::url_decode(&WebUtility::url_encode(text)), text);
        let _ = (WebUtility::html_decode(text), WebUtility::url_decode(text));
    }
}
