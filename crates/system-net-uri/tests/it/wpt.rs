//! The texts of web-platform-tests: browsers' rules are not ours, but nothing in them panics, and
//! a page says where the answers differ.

use serde_json::Value;
use system_net_uri::Uri;

use crate::fuzz_uri::fuzz_uri;

/// The texts with their bases.
fn rows() -> Vec<(String, Option<String>)> {
    let path = crate::oracle::conformance().join("wpt/urltestdata.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let base = row[1].as_str().map(str::to_owned);
        (row[0].as_str().unwrap().to_owned(), base)
    });
    rows.collect()
}

#[test]
fn wpt_nothing_panics() {
    let rows = rows();
    assert!(rows.len() > 800, "only {} rows", rows.len());
    for (input, base) in &rows {
        fuzz_uri(input.as_bytes());
        let base = base.as_deref().unwrap_or("http://example.org/foo/bar");
        fuzz_uri(format!("{base}\n{input}").as_bytes());
    }
}

/// What a row is read as by us.
fn ours(input: &str, base: Option<&str>) -> Option<Uri> {
    match base {
        None => Uri::parse(input).ok(),
        Some(base) => Uri::parse(base).ok()?.combine(input).ok(),
    }
}

#[cfg(feature = "url")]
mod table {
    use std::collections::BTreeMap;
    use std::fmt::Write;

    use system_net_uri::Uri;
    use url::Url;

    use super::{ours, rows};

    const PAGE: &str = "../../docs/porting/uri.md";
    const BEGIN: &str = "<!-- counted by the test wpt_differences_table -->\n";
    const END: &str = "<!-- end -->";

    fn theirs(input: &str, base: Option<&str>) -> Option<Url> {
        match base {
            None => Url::parse(input).ok(),
            Some(base) => Url::parse(base).ok()?.join(input).ok(),
        }
    }

    /// The text as a URI component without its escapes.
    fn plain(text: &str) -> String {
        Uri::unescape_data_string(text).into_owned()
    }

    /// How two readings of a text differ; the first part that does counts.
    fn difference(ours: Option<&Uri>, theirs: Option<&Url>) -> &'static str {
        let (uri, url) = match (ours, theirs) {
            (None, None) => return "both refuse it",
            (None, Some(url)) if url.cannot_be_a_base() => return "only `url` reads it: no host",
            (None, Some(url)) if url.is_special() => return "only `url` reads it: web schemes",
            (None, Some(_)) => return "only `url` reads it: other schemes",
            (Some(uri), None) if uri.is_file() => return "only System.Uri reads it: files",
            (Some(_), None) => return "only System.Uri reads it",
            (Some(uri), Some(url)) => (uri, url),
        };
        if uri.absolute_uri() == url.as_str() {
            return "the same";
        }
        let host = url.host_str().unwrap_or("");
        let user = match url.password() {
            Some(password) => format!("{}:{password}", url.username()),
            None => url.username().to_owned(),
        };
        let query = url
            .query()
            .map_or(String::new(), |query| format!("?{query}"));
        let fragment = url
            .fragment()
            .map_or(String::new(), |fragment| format!("#{fragment}"));
        let port = url.port_or_known_default();
        if uri.scheme() != url.scheme() {
            "scheme: a path of a file system"
        } else if uri.is_file() && uri.host() != host {
            "host of a file"
        } else if uri.host() != host && uri.idn_host().is_ok_and(|idn| idn == host) {
            "host: Unicode here, Punycode there"
        } else if uri.host() != host && url.is_special() {
            "host: another reading"
        } else if uri.host() != host {
            "host: names and addresses in other schemes"
        } else if uri.user_info() != user {
            "user info"
        } else if uri.port() != port && url.is_special() {
            "port"
        } else if uri.absolute_path() != url.path() {
            path_difference(uri.absolute_path(), url.path())
        } else if uri.query() != query && plain(uri.query()) == plain(&query) {
            "query: which characters are escaped"
        } else if uri.query() != query {
            "query: an empty or missing one"
        } else if uri.fragment() != fragment && plain(uri.fragment()) == plain(&fragment) {
            "fragment: which characters are escaped"
        } else if uri.fragment() != fragment {
            "fragment: an empty or missing one"
        } else {
            "slashes and delimiters"
        }
    }

    fn path_difference(ours: &str, theirs: &str) -> &'static str {
        let slashes = |text: &str| plain(text).replace('\\', "/");
        if plain(ours) == plain(theirs) {
            "path: which characters are escaped"
        } else if slashes(ours) == slashes(theirs) {
            "path: backslashes"
        } else if ours == "/" && theirs.is_empty() {
            "path: an empty one gets its slash"
        } else {
            "path: dots, tabs, drives"
        }
    }

    /// The text as a cell of a Markdown table, `None` if it would not be readable there.
    fn cell(text: &str) -> Option<String> {
        let readable = |c: char| !c.is_control() && c != '`' && (c.is_ascii() || c.is_alphabetic());
        (text.len() <= 44 && !text.is_empty() && text.trim() == text && text.chars().all(readable))
            .then(|| format!("`{}`", text.replace('|', "\\|")))
    }

    /// A row that shows the difference, if it can be shown.
    fn example(input: &str, base: Option<&str>) -> Option<String> {
        let refused = || Some("refused".to_owned());
        let uri = ours(input, base).map_or_else(refused, |uri| cell(uri.absolute_uri()));
        let url = theirs(input, base).map_or_else(refused, |url| cell(url.as_str()));
        Some(format!("{} | {} | {}", cell(input)?, uri?, url?))
    }

    fn table() -> String {
        let mut kinds: BTreeMap<&str, (usize, Vec<String>)> = BTreeMap::new();
        let rows = rows();
        for (input, base) in &rows {
            let base = base.as_deref();
            let (uri, url) = (ours(input, base), theirs(input, base));
            let kind = kinds
                .entry(difference(uri.as_ref(), url.as_ref()))
                .or_default();
            kind.0 += 1;
            // A text that needs a base is no example by itself.
            if kind.1.len() < 2 && base.is_none() {
                kind.1.extend(example(input, base));
            }
        }
        let mut out = format!(
            "Of {} texts, {} are read alike and {} refused by both.\n\n",
            rows.len(),
            kinds["the same"].0,
            kinds["both refuse it"].0
        );
        out.push_str(
            "| what differs | texts | for example | System.Uri | `url` |\n|---|---|---|---|---|\n",
        );
        for (kind, (count, examples)) in &kinds {
            if ["the same", "both refuse it"].contains(kind) {
                continue;
            }
            let first = examples.first().map_or(" | | ", String::as_str);
            let _ = writeln!(out, "| {kind} | {count} | {first} |");
            for more in examples.iter().skip(1) {
                let _ = writeln!(out, "| | | {more} |");
            }
        }
        out
    }

    /// The page has the table as it is counted now; `SYSTEM_NET_WRITE=1` writes it.
    #[test]
    fn wpt_differences_table() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        let page = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = page.split_once(BEGIN).expect("the table begins");
        let (written, after) = rest.split_once(END).expect("the table ends");
        let counted = table();
        if crate::oracle::variable("SYSTEM_NET_WRITE").is_ok() {
            std::fs::write(&path, format!("{before}{BEGIN}{counted}{END}{after}")).unwrap();
            return;
        }
        assert_eq!(written, counted, "SYSTEM_NET_WRITE=1 writes the table anew");
    }
}
