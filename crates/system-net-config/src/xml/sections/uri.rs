//! `<uri>`: how texts are read as URIs. A section of its own beside `<system.net>`.
//!
//! .NET: `System.Configuration.UriSection`

use system_net_uri::{GenericUriParserOptions as Options, Uri, UriIdnScope};

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use super::list::{Change, changes};
use crate::{SchemeSettingElement, Settings};

const NAME: &str = "the name of a scheme, as `http`";

/// In any letter case, as .NET reads them.
const SCOPES: &[(&str, UriIdnScope)] = &[
    ("None", UriIdnScope::None),
    ("AllExceptIntranet", UriIdnScope::AllExceptIntranet),
    ("All", UriIdnScope::All),
];

/// The words of the attribute `genericUriParserOptions`.
const OPTIONS: &[(&str, Options)] = &[
    ("Default", Options::DEFAULT),
    ("GenericAuthority", Options::GENERIC_AUTHORITY),
    ("AllowEmptyAuthority", Options::ALLOW_EMPTY_AUTHORITY),
    ("NoUserInfo", Options::NO_USER_INFO),
    ("NoPort", Options::NO_PORT),
    ("NoQuery", Options::NO_QUERY),
    ("NoFragment", Options::NO_FRAGMENT),
    (
        "DontConvertPathBackslashes",
        Options::DONT_CONVERT_PATH_BACKSLASHES,
    ),
    ("DontCompressPath", Options::DONT_COMPRESS_PATH),
    (DONT_UNESCAPE, Options::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES),
    ("Idn", Options::IDN),
    ("IriParsing", Options::IRI_PARSING),
];
const DONT_UNESCAPE: &str = "DontUnescapePathDotsAndSlashes";
const ATTRIBUTE: &str = "genericUriParserOptions";

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &[]);
    for child in &element.children {
        match child.name {
            "idn" => {
                report.check_leaf(child, "uri/idn");
                let scope = |e: &Element<'_>, name: &str| value::loose_meaning(e, name, SCOPES);
                value::set(child, "enabled", scope, &mut settings.uri.idn.enabled)?;
            }
            "iriParsing" => {
                report.check_leaf(child, "uri/iriParsing");
                let into = &mut settings.uri.iri_parsing.enabled;
                value::set(child, "enabled", value::boolean, into)?;
            }
            "schemeSettings" => {
                scheme_settings(child, &mut settings.uri.scheme_settings, report)?;
            }
            _ => report.unknown_element(child, &["idn", "iriParsing", "schemeSettings"]),
        }
    }
    Ok(())
}

/// A list that later files go on with.
fn scheme_settings(
    element: &Element<'_>,
    entries: &mut Vec<SchemeSettingElement>,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    // Schemes that this file has named already, to tell a slip from an override.
    let mut named: Vec<String> = Vec::new();
    changes(
        element,
        "uri/schemeSettings",
        report,
        |change, child, report| {
            match change {
                Change::Add => {
                    let name = name(child)?;
                    let options = options(child, report)?;
                    if named.contains(&name) {
                        report.duplicate(child, &name);
                    }
                    entries.retain(|entry| entry.name != name);
                    if !named.contains(&name) {
                        named.push(name.clone());
                    }
                    report.check_room(child, entries.len())?;
                    entries.push(SchemeSettingElement {
                        name,
                        generic_uri_parser_options: options,
                    });
                }
                Change::Remove => {
                    let name = name(child)?;
                    entries.retain(|entry| entry.name != name);
                    named.retain(|other| *other != name);
                }
                Change::Clear => {
                    entries.clear();
                    named.clear();
                }
            }
            Ok(())
        },
    )
}

fn name(element: &Element<'_>) -> Result<String, Fault> {
    let name = value::required_text(element, "name", NAME)?;
    if Uri::check_scheme_name(&name) {
        Ok(name.to_ascii_lowercase())
    } else {
        Err(value::refused(element, "name", NAME))
    }
}

/// Options by their names, several with commas between them.
fn options(element: &Element<'_>, report: &mut Report<'_>) -> Result<Options, Fault> {
    let expected = format!("{DONT_UNESCAPE} or Default");
    let text = value::required_text(element, ATTRIBUTE, &expected)?;
    let mut options = Options::DEFAULT;
    let mut vain = Vec::new();
    for word in text.split(',').map(str::trim) {
        let Some((name, option)) = OPTIONS.iter().find(|(name, _)| *name == word) else {
            return Err(value::refused(element, ATTRIBUTE, &expected));
        };
        options |= *option;
        if ![DONT_UNESCAPE, "Default"].contains(name) {
            vain.push(*name);
        }
    }
    if !vain.is_empty() {
        let why = format!("of the options only {DONT_UNESCAPE} acts on a known scheme");
        report.attribute_not_applied(element, ATTRIBUTE, &why);
    }
    Ok(options)
}
