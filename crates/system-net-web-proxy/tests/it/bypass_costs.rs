//! What bypass lists may cost: files and proxies are held to the same, and it is told where a file
//! has more.

use system_net_config::{Configuration, ConfigurationErrorKind, NetContext};
use system_net_uri::Uri;
use system_net_web_proxy::{DefaultWebProxy, Proxy, WebProxy, WebProxyError};

fn entries(count: usize, pattern: &str) -> Vec<String> {
    let entry = |n: usize| pattern.replace('#', &n.to_string());
    (0..count).map(entry).collect()
}

/// A file with these, one in each line from the third on.
fn file(entries: &[String]) -> String {
    let adds: Vec<String> = entries
        .iter()
        .map(|entry| format!("<add address=\"{}\"/>\n", entry.replace('&', "&amp;")))
        .collect();
    format!(
        "<configuration><system.net><defaultProxy>\n\
         <proxy proxyaddress='http://proxy:80' usesystemdefault='false'/><bypasslist>\n\
         {}</bypasslist></defaultProxy></system.net></configuration>",
        adds.concat()
    )
}

/// Takes the list by a file and by hand. `matched` goes without the proxy, and another does not.
#[track_caller]
fn taken(entries: &[String], matched: &str) {
    let text = file(entries);
    assert_eq!(
        Configuration::check_bytes(text.as_bytes(), "f")
            .errors()
            .len(),
        0
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "f").unwrap();
    let context = NetContext::from_configuration(configuration);
    let by_file = DefaultWebProxy::of(&context).get().unwrap().unwrap();
    let by_hand = WebProxy::new_with_bypass("http://proxy:80", false, entries).unwrap();
    let proxies: [&dyn Proxy; 2] = [&*by_file, &by_hand];
    for proxy in proxies {
        assert!(
            proxy.is_bypassed(&Uri::parse(matched).unwrap()),
            "{matched}"
        );
        assert!(!proxy.is_bypassed(&Uri::parse("http://www.fabrikam.com/").unwrap()));
    }
}

/// The file is refused in a line from here to there, at the attribute of an entry; and the entries
/// by hand.
#[track_caller]
fn refused(entries: &[String], kind: ConfigurationErrorKind, lines: std::ops::Range<u32>) {
    let text = file(entries);
    let mut configuration = Configuration::new();
    let error = configuration.apply_str(&text, "f").unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(lines.contains(&error.line()), "{error}");
    assert_eq!(
        (error.element(), error.attribute()),
        (Some("add"), Some("address"))
    );
    let report = Configuration::check_bytes(text.as_bytes(), "f");
    assert_eq!(report.errors()[0].line(), error.line());
    let by_hand = WebProxy::new_with_bypass("http://proxy:80", false, entries).unwrap_err();
    let WebProxyError::BypassList(misuse) = by_hand else {
        panic!("{by_hand}");
    };
    // The same entry, which is in the third line if it is the first.
    let told = format!("entry {} of", error.line() - 2);
    assert!(misuse.to_string().contains(&told), "{misuse}");
}

#[test]
fn lists_that_files_may_have_are_taken_by_proxies() {
    taken(
        &entries(50, r"^http://\w+\.h#\.contoso\.com$"),
        "http://a.h7.contoso.com/",
    );
    taken(
        &entries(5, r"x#(\w{20})y"),
        "http://x3aaaaabbbbbcccccdddddy/",
    );
    taken(
        &entries(1500, r"[a-z]+\.h#\.contoso\.com$"),
        "http://www.h1499.contoso.com/",
    );
    taken(
        &entries(4096, r"(^|\.)host#\.contoso\.com$"),
        "http://a.HOST4095.contoso.com/",
    );
}

#[test]
fn bypass_regex_pathological() {
    use ConfigurationErrorKind::{Limit, Value};

    // Linear, whatever is repeated: an engine that goes back would take years.
    let long = format!("http://{}b", "a".repeat(60));
    let proxy = WebProxy::new_with_bypass("p", false, &["(a*)*$", r"(a|a|aa)+$"]).unwrap();
    proxy
        .set_bypass_list(&[r"//(a*)*c", r"//(a|a|aa)+c$"])
        .unwrap();
    assert!(!proxy.is_bypassed(&Uri::parse(&long).unwrap()));

    // One that costs too much, and many that do together.
    refused(&entries(1, r"\w{999}"), Value, 3..4);
    refused(&entries(1, r"((((a{99}){99}){99}){99}){99}"), Value, 3..4);
    refused(&entries(4000, r"x#(\w{20})y"), Limit, 10..100);
}

#[test]
fn entries_added_one_by_one_cost_the_same() {
    let proxy = WebProxy::new_with_bypass("p", false, &[r"x(\w{20})y"]).unwrap();
    let list = proxy.bypass_array_list();
    let error = entries(4000, r"x#(\w{20})y")
        .into_iter()
        .find_map(|entry| list.add(entry).err());
    let told = error.unwrap().to_string();
    let full = list.len();
    assert!((10..100).contains(&full), "{full}");
    assert!(
        told.contains(&format!("with entry {} of the bypass list", full + 1)),
        "{told}"
    );
    // What is taken out makes room.
    assert!(list.remove(r"x0(\w{20})y"));
    list.add(r"z(\w{20})y").unwrap();
    assert_eq!(list.len(), full);
    assert!(proxy.is_bypassed(&Uri::parse("http://z01234567890123456789y/").unwrap()));
    assert!(!proxy.is_bypassed(&Uri::parse("http://x001234567890123456789.y/").unwrap()));
}
