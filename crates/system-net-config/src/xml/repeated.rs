//! Elements that stand once in a file and are given twice. .NET refuses sections of which there are
//! two; here both are read, one after the other, and the second is told.

use super::document::Element;
use super::report::Report;
use super::schema;

/// Elements of which a list may have many.
const ENTRIES: &[&str] = &[
    "add",
    "binding",
    "clear",
    "filter",
    "remove",
    "source",
    "supportedRuntime",
];

/// Reports the elements below `configuration`, or below a `location` in it, that are known and stand
/// beside one of their name.
pub(super) fn report(root: &Element<'_>, report: &mut Report<'_>) {
    within(root, "", report);
    let locations = root.children.iter().filter(|it| it.name == "location");
    for location in locations {
        within(location, "", report);
    }
}

/// `path` is that of the element, with a slash behind it.
fn within<'t>(element: &Element<'t>, path: &str, report: &mut Report<'_>) {
    let mut seen: Vec<&'t str> = Vec::new();
    for child in &element.children {
        let path = format!("{path}{}", child.name);
        // What nobody knows may be there as often as it likes.
        if !schema::is_known(&path) {
            continue;
        }
        if !ENTRIES.contains(&child.name) {
            match seen.contains(&child.name) {
                true => report.repeated(child),
                false => seen.push(child.name),
            }
        }
        within(child, &(path + "/"), report);
    }
}
