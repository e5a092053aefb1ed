//! The names that the prefixes of a listener stand for.

use system_net_security::extended_protection::ServiceNameCollection;
use system_net_uri::HostAddress;
use system_net_uri::Uri;

/// `HTTP/` and the host of each prefix. Those for any host, and those with an address, stand for the
/// name of this machine, as in .NET. No resolver is asked: whoever answers for names could add
/// some. A name without a dot that is this machine's also stands for the whole name of it.
pub(crate) fn default_service_names(
    prefixes: &[Box<str>],
    machine: Option<&str>,
) -> ServiceNameCollection {
    let mut names = Vec::new();
    for prefix in prefixes {
        match host_of(prefix) {
            Some(host) => {
                let whole = machine.filter(|machine| is_short_for(&host, machine));
                names.push(format!("HTTP/{host}"));
                names.extend(whole.map(|whole| format!("HTTP/{whole}")));
            }
            None => names.extend(machine.map(|machine| format!("HTTP/{machine}"))),
        }
    }
    // No name is empty, which is all that can be wrong with one.
    ServiceNameCollection::new(names).unwrap_or_default()
}

/// The host's name; `None` for any host and for addresses.
fn host_of(prefix: &str) -> Option<String> {
    let (_, rest) = prefix.split_once("://")?;
    let authority = rest.split('/').next()?;
    if authority.starts_with(['+', '*']) {
        return None;
    }
    let uri = Uri::parse(&format!("http://{authority}/")).ok()?;
    match uri.host_address() {
        HostAddress::Dns(name) => Some(name.trim_end_matches('.').to_owned()),
        _ => None,
    }
}

fn is_short_for(host: &str, machine: &str) -> bool {
    let short = machine.split_once('.').map(|(short, _)| short);
    short.is_some_and(|short| short.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_service_names_table() {
        #[track_caller]
        fn check(prefixes: &[&str], machine: Option<&str>, expected: &[&str]) {
            let prefixes: Vec<Box<str>> = prefixes.iter().map(|&prefix| prefix.into()).collect();
            let names = default_service_names(&prefixes, machine);
            assert_eq!(names.iter().collect::<Vec<_>>(), expected, "{prefixes:?}");
        }
        let box1 = Some("box1.example.com");
        check(&[], box1, &[]);
        check(
            &["http://www.example.com/"],
            box1,
            &["HTTP/www.example.com"],
        );
        check(
            &[
                "https://www.example.com:8443/a/b/",
                "http://WWW.example.com/",
            ],
            box1,
            &["HTTP/www.example.com"],
        );
        check(&["http://+/"], box1, &["HTTP/box1.example.com"]);
        check(&["http://*:8080/x/"], box1, &["HTTP/box1.example.com"]);
        check(&["http://10.0.0.1/"], box1, &["HTTP/box1.example.com"]);
        check(&["http://[::1]:80/"], box1, &["HTTP/box1.example.com"]);
        check(&["http://*/"], None, &[]);
        check(&["http://localhost/"], None, &["HTTP/localhost"]);
        check(
            &["http://box1/"],
            box1,
            &["HTTP/box1", "HTTP/box1.example.com"],
        );
        check(&["http://box/"], box1, &["HTTP/box"]);
        check(&["http://box1/"], Some("box1"), &["HTTP/box1"]);
        check(
            &["http://a.example/", "http://+/", "http://b.example/"],
            Some("m"),
            &["HTTP/a.example", "HTTP/m", "HTTP/b.example"],
        );
        check(
            &["http://b\u{fc}cher.example/"],
            None,
            &["HTTP/xn--bcher-kva.example"],
        );
        // Merge keeps what is there and adds what is not.
        let names = default_service_names(&["http://a.example/".into()], None);
        let merged = names.merge(["http/A.example", "HTTP/c"]).unwrap();
        assert_eq!(merged.to_string(), "HTTP/a.example, HTTP/c");
        assert_eq!(names.len(), 1);
    }
}
