//! Lists that later files go on with, by `add`, `remove` and `clear`.

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;

/// What an element within a list does to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Add,
    Remove,
    Clear,
}

/// Gives each change of a list, in the order of the file. `path` is that of the list, under which the
/// schema has the attributes of `add` and `remove`.
pub(super) fn changes<'t, 'r>(
    list: &Element<'t>,
    path: &str,
    report: &mut Report<'r>,
    mut make: impl FnMut(Change, &Element<'t>, &mut Report<'r>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    report.check(list, &[]);
    for child in &list.children {
        let Some(change) = of_name(child.name, "add") else {
            report.unknown_element(child, &["add", "remove", "clear"]);
            continue;
        };
        report.check_leaf(child, &format!("{path}/{}", child.name));
        make(change, child, report)?;
    }
    Ok(())
}

/// What an element of this name does. `add` is the name of those that add an entry.
pub(super) fn of_name(name: &str, add: &str) -> Option<Change> {
    match name {
        "remove" => Some(Change::Remove),
        "clear" => Some(Change::Clear),
        name if name == add => Some(Change::Add),
        _ => None,
    }
}
