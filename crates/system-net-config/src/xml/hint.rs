//! What to do about an error: from the schema, or from what is allowed in a file.

use super::Configuration;
use super::error::{ConfigurationError, ConfigurationErrorKind as Kind};
use super::syntax;

/// One line, without a full stop.
pub(super) fn of(error: &ConfigurationError) -> Option<String> {
    match error.kind() {
        Kind::Value | Kind::MissingAttribute => attribute(error),
        Kind::DocumentType => Some(
            "leave the declaration out; of entities there are &lt; &gt; &amp; &quot; &apos; and \
             numbers of characters"
                .to_owned(),
        ),
        Kind::Encoding => Some(
            "save the file in UTF-8, with encoding=\"utf-8\" in its declaration or without one"
                .to_owned(),
        ),
        Kind::NotAFile => {
            Some("name a file: others need not come to an end, and are not waited for".to_owned())
        }
        Kind::Root => Some(syntax::ROOT.to_owned()),
        Kind::Changed => {
            Some("open the file again, and make the change in what is there now".to_owned())
        }
        Kind::Io | Kind::Limit | Kind::Syntax => None,
    }
}

/// What the schema has as an example, and what holds if the attribute is left out.
fn attribute(error: &ConfigurationError) -> Option<String> {
    let (path, name) = (schema_path(error.path()?), error.attribute()?);
    let row = Configuration::schema().find(|row| row.element == path && row.name == name)?;
    let example = format!("as in {name}=\"{}\"", row.example);
    Some(match (error.kind(), row.default) {
        (Kind::Value, Some(default)) => {
            format!("{example}; without the attribute {default} holds")
        }
        _ => example,
    })
}

/// The path under which the schema has an element: a `location` is not part of it, and listeners
/// are told once for all places.
pub(super) fn schema_path(path: &str) -> String {
    let path = path.strip_prefix("location/").unwrap_or(path);
    match path.split_once("/listeners/") {
        Some((_, change)) => format!("system.diagnostics/sharedListeners/{change}"),
        None => path.to_owned(),
    }
}
