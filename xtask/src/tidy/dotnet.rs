//! The rule by which a .NET name is found: a public item that mirrors one has a documentation line
//! ``.NET: `System.Net.Type.Member` `` and `#[doc(alias = "Type.Member")]`, and one never stands
//! without the other: a reader who knows the .NET name finds the item by it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::api_map::{BY_CONVENTION, dotnet_names};

/// The documentation and attributes above one item, and the item's first line.
#[derive(Debug, Default)]
struct Head {
    line: usize,
    names: Vec<String>,
    aliases: Vec<String>,
    /// What implements a trait is found through the trait.
    in_trait_impl: bool,
}

/// The violations of all sources together: an overload or an `_in` twin is found through the item
/// that carries the alias.
pub(super) fn check<'a>(sources: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut items = Vec::new();
    for (path, text) in sources {
        let heads = heads(text).into_iter().filter(|(_, item)| is_item(item));
        items.extend(heads.map(|(head, item)| (path, head, item)));
    }
    let aliases: BTreeSet<String> = items
        .iter()
        .flat_map(|(_, head, _)| &head.aliases)
        .map(|alias| bare(alias))
        .collect();
    let names: BTreeSet<String> = items
        .iter()
        .flat_map(|(_, head, _)| &head.names)
        .map(|name| bare(name))
        .collect();
    let mut violations = Vec::new();
    for (path, head, item) in &items {
        let at = format!("{path}:{}", head.line);
        let names_to_find = head.names.iter().filter(|_| !head.in_trait_impl);
        for name in names_to_find.filter(|name| needs_alias(name, item)) {
            if !tails(&bare(name)).any(|tail| aliases.contains(tail)) {
                violations.push(format!(
                    "{at}: .NET: `{name}` has no #[doc(alias)] anywhere"
                ));
            }
        }
        for alias in head
            .aliases
            .iter()
            .map(|alias| bare(alias))
            .filter(|alias| is_dotnet(alias))
        {
            if !names
                .iter()
                .any(|name| tails(name).any(|tail| tail == alias))
            {
                violations.push(format!(
                    "{at}: alias {alias} has no documentation line `.NET: `"
                ));
            }
        }
    }
    violations
}

/// `A.B.C`, `B.C`, `C` of `A.B.C`.
fn tails(name: &str) -> impl Iterator<Item = &str> {
    let after_dots = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
    std::iter::once(name).chain(after_dots)
}

/// A name without arguments and type parameters; every spelling of a constructor is its type.
fn bare(name: &str) -> String {
    let name = name.split(['(', '<']).next().unwrap_or_default().trim();
    let name = name
        .trim_end_matches("#ctor")
        .trim_end_matches(".ctor")
        .trim_end_matches('.');
    match name.rsplit_once('.') {
        Some((owner, last)) if owner.rsplit('.').next() == Some(last) => owner.to_owned(),
        _ => name.to_owned(),
    }
}

/// Whether a line begins a public item, or a function of a trait. Variants and fields are found by
/// their type's line.
fn is_item(line: &str) -> bool {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:pub )?(?:const |async |unsafe )*fn |^pub (?:struct|enum|union|trait|type|const|static) ")
            .expect("fixed pattern")
    });
    ITEM.is_match(line)
}

/// Each run of documentation and attribute lines with the line of code under it.
fn heads(text: &str) -> Vec<(Head, &str)> {
    static ALIAS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"alias\s*=\s*"([^"]+)""#).expect("fixed pattern"));
    let mut heads = Vec::new();
    let mut head = Head::default();
    let mut attribute = String::new();
    let mut in_trait_impl = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("impl") || line.starts_with("pub ") || line.starts_with("trait ") {
            in_trait_impl = line.starts_with("impl") && line.contains(" for ");
        }
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
            head.names.extend(dotnet_names(line));
        } else {
            if !head.names.is_empty() || !head.aliases.is_empty() {
                head.line = index + 1;
                head.in_trait_impl = in_trait_impl;
                heads.push((std::mem::take(&mut head), line));
            }
            head = Head::default();
        }
    }
    heads
}

/// Whether the name could not be looked up without an alias. An item that kept its name can be
/// (the compiler refuses such an alias), a constructor is found by its type, and what a convention
/// maps, such as `ToString`, by the convention. Other namespaces are not what this library mirrors.
fn needs_alias(name: &str, item: &str) -> bool {
    const MIRRORED: [&str; 4] = [
        "System.Net.",
        "System.Uri",
        "System.Configuration.",
        "System.Security.",
    ];
    let plain = name.split(['(', '<']).next().unwrap_or_default().trim();
    let last = plain.rsplit('.').next().unwrap_or_default();
    let word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let kept = item.split(|letter| !word(letter)).any(|word| word == last);
    let constructor = bare(name) != plain;
    let mirrored = |name: &str| MIRRORED.iter().any(|namespace| name.starts_with(namespace));
    (mirrored(name) || !name.starts_with("System."))
        && !constructor
        && !kept
        && !BY_CONVENTION.contains(&last)
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
        let text = format!("{head}\n{item}\n");
        let found = check([("a.rs", text.as_str())].into_iter());
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
    fn a_twin_is_found_through_the_item_with_the_alias() {
        let twin = format!("{NAMED}\npub fn abort_in() {{}}\n{NAMED}\n{ALIASED}");
        check_item(&twin, "pub fn abort() {}", &[]);
    }

    #[test]
    fn what_implements_a_trait_is_found_through_it() {
        check_item(
            &format!("impl FromStr for A {{\n{NAMED}"),
            "fn from_str() {}",
            &[],
        );
        check_item(
            &format!("pub trait A {{\n{NAMED}"),
            "fn abort() {}",
            &["no #[doc(alias)]"],
        );
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
    fn some_names_need_no_alias() {
        check_item("/// .NET: `System.Net.A`", "pub struct A;", &[]);
        check_item("/// .NET: `System.Net.A.A(Int32)`", "pub fn new() {}", &[]);
        check_item("/// .NET: `System.Net.A.ToString`", "fn fmt() {}", &[]);
        check_item("/// .NET: `System.Net.IA`", "pub trait A {}", &["IA"]);
    }

    #[test]
    fn variants_and_plain_words_are_free() {
        check_item("#[doc(alias = \"Status.Timeout\")]", "Timeout,", &[]);
        check_item(NAMED, "pub abort: bool,", &[]);
        check_item("#[doc(alias = \"fetch\")]", "pub fn download() {}", &[]);
        check_item(
            "/// .NET: the virtual members of `System.Net.A`",
            "pub trait A {}",
            &[],
        );
    }
}
