//! The .NET names that a source file of ours mirrors.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::source::code_only;

/// The .NET names that a source file mirrors: full ones, and aliases as they stand.
pub(super) fn names(text: &str) -> BTreeSet<String> {
    static ALIAS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"alias\s*=\s*"([A-Z][\w.#`]*)"#).expect("fixed pattern"));
    let mut names: BTreeSet<String> = text
        .lines()
        .flat_map(dotnet_names)
        .map(|name| bare(&name))
        .collect();
    names.extend(ALIAS.captures_iter(text).map(|alias| bare(&alias[1])));
    names.extend(variants(text));
    names
}

/// The variants of enumerations as `Type.variant`, in lower case: acronyms are words here
/// (`IPv4` is `Ipv4`). The type is the enumeration's own name, or its `.NET:` name above it.
fn variants(text: &str) -> Vec<String> {
    static ENUM: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^\s*pub enum (\w+)[^{;]*\{").expect("fixed pattern"));
    static VARIANT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*([A-Z]\w*)\s*(?:[,=({]|$)").expect("fixed pattern"));
    let code = code_only(text);
    let mut variants = Vec::new();
    for found in ENUM.captures_iter(&code) {
        let (Some(whole), Some(own)) = (found.get(0), found.get(1)) else {
            continue;
        };
        let mut types = vec![own.as_str().to_owned()];
        let above = text[..own.start()].lines().rev().skip(1);
        let documented = above.take_while(|line| line.starts_with("///") || line.starts_with("#["));
        types.extend(documented.flat_map(dotnet_names).map(|name| bare(&name)));
        let mut depth = 0_usize;
        for line in code[whole.end()..].lines() {
            if let Some(variant) = VARIANT.captures(line).filter(|_| depth == 0) {
                let variant = variant[1].to_lowercase();
                variants.extend(types.iter().map(|name| format!("{name}.{variant}")));
            }
            depth += line.matches(['{', '(']).count();
            match depth.checked_sub(line.matches(['}', ')']).count()) {
                Some(inner) => depth = inner,
                None => break,
            }
        }
    }
    variants.extend(flags(&code));
    variants
}

/// The constants `pub const NAME: Self` of a type, which stand for the values of an enumeration of
/// flags, as `Type.name` without underscores.
fn flags(code: &str) -> Vec<String> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^impl (\w+) \{|^\s+pub const ([A-Z0-9_]+): Self\b").expect("fixed pattern")
    });
    let mut owner = "";
    let mut flags = Vec::new();
    for found in LINE.captures_iter(code) {
        if let Some(name) = found.get(1) {
            owner = name.as_str();
        } else if let Some(flag) = found.get(2) {
            let flag = flag.as_str().replace('_', "").to_lowercase();
            flags.push(format!("{owner}.{flag}"));
        }
    }
    flags
}

/// The names of a documentation line ``.NET: `A.B`, `A.C` (remark)``, which may stand behind the
/// sentence of a short comment. Names in the remark do not count.
pub(crate) fn dotnet_names(line: &str) -> Vec<String> {
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*//[/!](?: .*\.)? \.NET: ((?:`[A-Z][^`]*`(?:, | and )?)+)")
            .expect("fixed pattern")
    });
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("`([^`]+)`").expect("fixed pattern"));
    let Some(list) = LIST.captures(line) else {
        return Vec::new();
    };
    NAME.captures_iter(&list[1])
        .map(|name| name[1].to_owned())
        .collect()
}

/// A name without arguments and type parameters.
pub(super) fn bare(name: &str) -> String {
    name.split(['(', '<'])
        .next()
        .unwrap_or_default()
        .trim()
        .replace(".#ctor", "..ctor")
}
