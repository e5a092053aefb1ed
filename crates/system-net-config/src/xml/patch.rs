//! Changes of a text in XML at one place each; all other bytes stay.

use super::document::{Attribute, Element};
use super::editor::check_name;
use super::error::Fault;

/// The text with an attribute set.
pub(super) fn set_attribute(
    text: &str,
    element: &Element<'_>,
    name: &str,
    value: &str,
) -> Result<String, Fault> {
    check_name(name)?;
    let value = escaped(value);
    if let Some(attribute) = element.attribute(name) {
        let (before, after) = (&text[..attribute.raw.start], &text[attribute.raw.end..]);
        return Ok([before, &value, after].concat());
    }
    // Behind the last attribute, and before the blanks that may follow it.
    let tag = &text[element.tag.clone()];
    let inner = tag.trim_end_matches('>').trim_end_matches('/').trim_end();
    let at = element.tag.start + inner.len();
    let attribute = format!(" {name}=\"{value}\"");
    Ok([&text[..at], &attribute, &text[at..]].concat())
}

/// The text without an attribute and the blanks before it.
pub(super) fn without_attribute(text: &str, attribute: &Attribute<'_>) -> String {
    let before = text[..attribute.start].trim_end();
    // Behind the quote.
    [before, &text[attribute.raw.end + 1..]].concat()
}

/// The text without an element, and without its line if nothing else is in it.
pub(super) fn without_element(text: &str, element: &Element<'_>) -> String {
    let (before, after) = (&text[..element.tag.start], &text[element.end..]);
    let line = before.trim_end_matches([' ', '\t']);
    let rest = after.trim_start_matches([' ', '\t']);
    let rest_of_line = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix('\n'));
    match rest_of_line {
        Some(rest) if line.ends_with('\n') => [line, rest].concat(),
        _ => [before, after].concat(),
    }
}

/// The text with a new element at the end of those of its path that are there; what is not there
/// of them is made too.
pub(super) fn insert(
    text: &str,
    root: &Element<'_>,
    path: &str,
    attributes: &[(&str, &str)],
) -> Result<String, Fault> {
    let names: Vec<&str> = path.split('/').collect();
    names.iter().try_for_each(|name| check_name(name))?;
    let mut tag = String::new();
    for (name, value) in attributes {
        check_name(name)?;
        tag += &format!(" {name}=\"{}\"", escaped(value));
    }
    let (mut parent, mut there) = (root, 0);
    while there + 1 < names.len() {
        let inner = parent.children.iter().rev();
        let Some(child) = { inner }.find(|child| child.name == names[there]) else {
            break;
        };
        (parent, there) = (child, there + 1);
    }
    let (end, unit) = (line_end(text), unit(text, root));
    let outer = indent(text, parent);
    let mut depth = 1;
    let start = |depth: usize| format!("{end}{outer}{}", unit.repeat(depth));
    let mut new = String::new();
    let (last, around) = names[there..].split_last().unwrap_or((&"", &[]));
    for name in around {
        new += &format!("{}<{name}>", start(depth));
        depth += 1;
    }
    new += &format!("{}<{last}{tag} />", start(depth));
    for name in around.iter().rev() {
        depth -= 1;
        new += &format!("{}</{name}>", start(depth));
    }
    Ok(into_parent(text, parent, &new, &format!("{end}{outer}")))
}

/// Puts a new element, with the line break before it, behind all that is in its parent.
fn into_parent(text: &str, parent: &Element<'_>, new: &str, before_end: &str) -> String {
    let tag = &text[parent.tag.clone()];
    if let Some(open) = tag.strip_suffix("/>") {
        let (before, after) = (&text[..parent.tag.start], &text[parent.end..]);
        let name = parent.name;
        let open = open.trim_end();
        return [before, open, ">", new, before_end, "</", name, ">", after].concat();
    }
    let inside = &text[parent.tag.end..parent.inner_end];
    let kept = inside.trim_end();
    let at = parent.tag.end + kept.len();
    let after = &text[parent.inner_end..];
    // The end tag keeps its place if it has a line of its own.
    let blanks = &inside[kept.len()..];
    let blanks = if blanks.contains('\n') {
        blanks
    } else {
        before_end
    };
    [&text[..at], new, blanks, after].concat()
}

/// The blanks before an element that is first in its line.
fn indent<'t>(text: &'t str, element: &Element<'_>) -> &'t str {
    let before = &text[..element.tag.start];
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    if line.trim().is_empty() { line } else { "" }
}

/// What a level is indented by: as the first element is.
fn unit<'t>(text: &'t str, root: &Element<'_>) -> &'t str {
    let first = root
        .children
        .first()
        .map_or("", |child| indent(text, child));
    if first.is_empty() { "  " } else { first }
}

fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A value between quotes of either kind.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for c in value.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            '\t' | '\n' | '\r' => escaped += &format!("&#{};", u32::from(c)),
            c => escaped.push(c),
        }
    }
    escaped
}
