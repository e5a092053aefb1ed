// Fuzz body: any text as a netrc file, and what must hold whatever is in it.
//
// The file stands alone, so that a fuzz binary can take it in with `#[path]`.

use system_net_security::Netrc;
use system_net_uri::Uri;

/// # Panics
/// If a host gets a login that no entry has for it, or words of the file show.
pub(crate) fn fuzz_netrc(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let netrc = match Netrc::parse(&text) {
        Ok(netrc) => netrc,
        Err(error) => {
            let lines = 1 + text.matches('\n').count();
            assert!(error.line().is_none_or(|line| (1..=lines).contains(&line)));
            return;
        }
    };
    assert!(netrc.skipped_lines().is_sorted());
    let has_default = text.contains("default");
    for url in [
        "http://h/",
        "http://a.example/",
        "http://[::1]/",
        "http://127.0.0.1/",
    ] {
        let uri = Uri::parse(url).expect("a good address");
        let host = uri.host().trim_matches(['[', ']']);
        let named = text.to_ascii_lowercase().contains(host);
        let found = netrc.find(&uri, None);
        assert!(found.is_none() || named || has_default, "{url}");
        if let Some(found) = &found {
            let again = netrc.find(&uri, Some(found.user_name()));
            // With its name, the entry itself, unless it was the default's.
            assert!(again.is_none_or(|again| named && again.user_name() == found.user_name()));
        }
        assert!(
            netrc
                .find(&uri, Some("nobody has this name \u{1}"))
                .is_none()
        );
    }
}
