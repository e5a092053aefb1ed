//! The rule by which a .NET name is found: a public item that mirrors one has a documentation line
//! ``.NET: `System.Net.Type.Member` `` and `#[doc(alias = "Type.Member")]`, and one never stands
//! without the other.

use std::sync::LazyLock;

use regex::Regex;

/// The documentation and attributes above one item, and the item's first line.
#[derive(Debug, Default)]
struct Head {
    line: usize,
    names: Vec<String>,
    aliases: Vec<String>,
}

pub(super) fn check(path: &str, text: &str) -> Vec<String> {
    let mut violations = Vec::new();
    for (head, item) in heads(text) {
        let at = format!("{path}:{}", head.line);
        // Variants and fields are found by their type's line.
        let public =
            item.starts_with("pub ") || item.starts_with("fn ") || item.starts_with("async fn ");
        if !public || item.starts_with("pub mod ") {
            continue;
        }
        for name in &head.names {
            if !head.aliases.iter().any(|alias| names_same(name, alias)) {
                violations.push(format!(
                    "{at}: .NET: `{name}` has no #[doc(alias)] of that name"
                ));
            }
        }
        for alias in head.aliases.iter().filter(|alias| is_dotnet(alias)) {
            if !head.names.iter().any(|name| names_same(name, alias)) {
                violations.push(format!(
                    "{at}: alias {alias} has no documentation line `.NET: `"
                ));
            }
        }
    }
    violations
}

/// Each run of documentation and attribute lines with the line of code under it.
fn heads(text: &str) -> Vec<(Head, &str)> {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^/// \.NET: `(System\.[^`]+)`(?:, `(System\.[^`]+)`)*").expect("fixed pattern")
    });
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"`(System\.[^`]+)`").expect("fixed pattern"));
    static ALIAS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"alias\s*=\s*"([^"]+)""#).expect("fixed pattern"));
    let mut heads = Vec::new();
    let mut head = Head::default();
    let mut attribute = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if !attribute.is_empty() || line.starts_with("#[") {
            attribute.push_str(line);
            if attribute.matches('[').count() == attribute.matches(']').count() {
                let found = ALIAS
                    .captures_iter(&attribute)
                    .map(|found| found[1].to_owned());
                if attribute.starts_with("#[doc(") {
                    head.aliases.extend(found);
                }
                attribute.clear();
            }
        } else if line.starts_with("///") {
            if let Some(found) = NAMED.find(line) {
                let list = NAME.captures_iter(found.as_str());
                head.names.extend(list.map(|name| name[1].to_owned()));
            }
        } else {
            if !head.names.is_empty() || !head.aliases.is_empty() {
                head.line = index + 1;
                heads.push((std::mem::take(&mut head), line));
            }
            head = Head::default();
        }
    }
    heads
}

/// Whether an alias is the short form of a full name: `Type`, `Type.Member` of `System.Net.Type.Member`,
/// arguments left out; a constructor's alias is its type or any of its spellings.
fn names_same(name: &str, alias: &str) -> bool {
    let bare = |text: &str| {
        text.split(['(', '<'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let (name, alias) = (bare(name), bare(alias));
    let constructor = |text: &str| {
        let text = text.replace(".#ctor", "..ctor");
        match text.strip_suffix("..ctor") {
            Some(owner) => Some(owner.to_owned()),
            None => {
                let (owner, last) = text.rsplit_once('.')?;
                (owner.rsplit('.').next() == Some(last)).then(|| owner.to_owned())
            }
        }
    };
    let ends = |name: &str, alias: &str| {
        name == alias
            || name
                .strip_suffix(alias)
                .is_some_and(|before| before.ends_with('.'))
    };
    let short = constructor(&alias).unwrap_or_else(|| alias.clone());
    ends(&name, &alias) || constructor(&name).is_some_and(|owner| ends(&owner, &short))
}

/// Whether an alias looks like a .NET name rather than a word to find the item by.
fn is_dotnet(alias: &str) -> bool {
    let mut parts = alias.split('.');
    let upper = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase());
    alias.contains('.') && parts.all(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_item(head: &str, item: &str, expected: &[&str]) {
        let found = check("a.rs", &format!("{head}\n{item}\n"));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (violation, part) in found.iter().zip(expected) {
            assert!(violation.contains(part), "{violation:?} has no {part:?}");
        }
    }

    const NAMED: &str = "/// Cancels.\n///\n/// .NET: `System.Net.WebRequest.Abort`";
    const ALIASED: &str = "#[doc(alias = \"WebRequest.Abort\")]";

    #[test]
    fn a_name_has_its_alias_and_an_alias_its_name() {
        check_item(
            &format!("{NAMED}\n{ALIASED}"),
            "pub fn abort(&self) {}",
            &[],
        );
        check_item(NAMED, "pub fn abort(&self) {}", &["no #[doc(alias)]"]);
        check_item(ALIASED, "pub fn abort(&self) {}", &["WebRequest.Abort"]);
        check_item(
            &format!("{NAMED}\n#[doc(alias = \"WebRequest.Close\")]"),
            "pub fn abort(&self) {}",
            &["no #[doc(alias)]", "WebRequest.Close"],
        );
    }

    #[test]
    fn several_names_and_attributes_over_lines() {
        let head = "/// .NET: `System.Net.A.B`, `System.Net.A.C(Int32)` (there in seconds)\n\
            #[doc(\n    alias = \"A.B\",\n    alias = \"A.C\",\n)]\n#[must_use]";
        check_item(head, "pub fn b() {}", &[]);
    }

    #[test]
    fn constructors_and_types() {
        check_item(
            "/// .NET: `System.Net.A.#ctor(Int32)`\n#[doc(alias = \"A.A\")]",
            "pub fn new() {}",
            &[],
        );
        check_item(
            "/// .NET: `System.Net.A.A(Int32)`\n#[doc(alias = \"A..ctor\")]",
            "pub fn new() {}",
            &[],
        );
        check_item(
            "/// .NET: `System.Net.A`\n#[doc(alias = \"A\")]",
            "pub struct A;",
            &[],
        );
    }

    #[test]
    fn variants_and_plain_words_are_free() {
        check_item("#[doc(alias = \"Status.Timeout\")]", "Timeout,", &[]);
        check_item("#[doc(alias = \"fetch\")]", "pub fn download() {}", &[]);
        check_item(
            "/// .NET: the virtual members of `System.Net.A`",
            "pub trait A {}",
            &[],
        );
    }
}
