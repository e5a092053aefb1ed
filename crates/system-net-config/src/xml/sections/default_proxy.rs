//! `<defaultProxy>`: the proxy of requests that name none.
//!
//! .NET: `System.Net.Configuration.DefaultProxySection`

use system_net_uri::Uri;

use super::super::document::Element;
use super::super::error::{ConfigurationErrorKind as Kind, Fault};
use super::super::report::Report;
use super::super::schema;
use super::super::value;
use super::list::{Change, changes};
use crate::bypass_expressions::LIST_COST;
use crate::shown;
use crate::{Configuration, DefaultProxySettings, ProxySettings, Settings, TargetFramework};

const PATH: &str = "system.net/defaultProxy";

/// In any letter case; the last says nothing.
const TRISTATE: &[(&str, Option<bool>)] = &[
    ("True", Some(true)),
    ("False", Some(false)),
    ("Unspecified", None),
];

const MAX_EXPRESSION: usize = Configuration::MAX_EXPRESSION;

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check(element, &schema::attributes(PATH));
    let into = &mut settings.default_proxy;
    value::set(element, "enabled", value::boolean, &mut into.enabled)?;
    let default_credentials = &mut into.use_default_credentials;
    value::set(
        element,
        "useDefaultCredentials",
        value::boolean,
        default_credentials,
    )?;
    for child in &element.children {
        match child.name {
            "proxy" => proxy(child, &mut into.proxy, report)?,
            "bypasslist" => bypass_list(child, &mut into.bypass_list, report)?,
            "module" => {
                report.check_leaf(child, "system.net/defaultProxy/module");
                let name = value::required_text(child, "type", "the name of a type")?;
                report.check_type(child, &[], "register_proxy_module_in");
                into.module = Some(name);
            }
            _ => report.unknown_element(child, &["bypasslist", "module", "proxy"]),
        }
    }
    by_system(element, into, report);
    Ok(())
}

/// Reports what `usesystemdefault="true"` leaves without effect: under 2.0 no other setting of the
/// proxy counts (E35). Said of what this file itself says.
fn by_system(element: &Element<'_>, of: &DefaultProxySettings, report: &mut Report<'_>) {
    let is_system = of.proxy.use_system_default == Some(true);
    if !is_system || of.target < TargetFramework::V2_0 || of.module.is_some() {
        return;
    }
    let why = "with usesystemdefault=\"true\" the system's proxy alone counts";
    for child in &element.children {
        match child.name {
            "proxy" => {
                for name in ["proxyaddress", "bypassonlocal"] {
                    let said = value::text(child, name).flatten();
                    if said.is_some_and(|it| !it.eq_ignore_ascii_case("unspecified")) {
                        report.attribute_not_applied(child, name, why);
                    }
                }
            }
            "bypasslist" if child.children.iter().any(|it| it.name == "add") => {
                report.element_not_applied(child, why);
            }
            _ => {}
        }
    }
}

fn proxy(
    element: &Element<'_>,
    into: &mut ProxySettings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/defaultProxy/proxy");
    let tristate = |e: &Element<'_>, name: &str| value::loose_meaning(e, name, TRISTATE);
    value::set(
        element,
        "usesystemdefault",
        tristate,
        &mut into.use_system_default,
    )?;
    value::set(
        element,
        "bypassonlocal",
        tristate,
        &mut into.bypass_on_local,
    )?;
    value::set(
        element,
        "proxyaddress",
        proxy_address,
        &mut into.proxy_address,
    )?;
    let said = value::text(element, "proxyaddress").flatten();
    if let Some(scheme) = said.as_deref().and_then(scheme_not_served) {
        // What stands before `://` need not be a scheme: it may be a login.
        let scheme = shown::quoted(&scheme);
        let why = format!("no proxy of the scheme {scheme} is served, and requests to it fail");
        report.attribute_not_applied(element, "proxyaddress", &why);
    }
    report.keep(element, "autoDetect", tristate, into, |it| {
        &mut it.auto_detect
    })?;
    report.keep(element, "scriptLocation", value::uri, into, |it| {
        &mut it.script_location
    })
}

/// An absolute URI, or `host:port`, which is one with a scheme by its letters and is not meant so.
fn proxy_address(element: &Element<'_>, name: &str) -> Result<Option<Option<String>>, Fault> {
    let text = value::uri(element, name)?;
    if let Some(Some(text)) = &text
        && !text.contains("://")
        && Uri::parse(&format!("http://{text}")).is_err()
    {
        let expected = "an absolute URI, as `http://proxy:80`";
        return Err(value::refused(element, name, expected));
    }
    Ok(text)
}

fn scheme_not_served(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    (!["http", "https"].contains(&&*scheme)).then_some(scheme)
}

/// A list that later files go on with.
fn bypass_list(
    element: &Element<'_>,
    entries: &mut Vec<String>,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    const ADDRESS: &str = "a regular expression of addresses";
    let path = format!("{PATH}/bypasslist");
    changes(element, &path, report, |change, child, report| {
        if change == Change::Clear {
            entries.clear();
            report.charges().clear();
            return Ok(());
        }
        let address = value::required_text(child, "address", ADDRESS)?;
        entries.retain(|entry| {
            let stays = *entry != address;
            if !stays {
                report.charges().remove(&address);
            }
            stays
        });
        if change == Change::Add {
            report.check_room(child, entries.len())?;
            compiles(child, &address, entries, report)?;
            if slash_behind_host(&address).is_some() {
                let why = "it matches nothing: compared is `http://host` or `http://host:port`, \
                           without a slash at the end";
                report.attribute_not_applied(child, "address", why);
            }
            entries.push(address);
        }
        Ok(())
    })
}

/// An expression that cannot be compiled would match nothing and send all to the proxy. What the
/// list may cost is what the proxy is held to that is made of it.
fn compiles(
    element: &Element<'_>,
    pattern: &str,
    entries: &[String],
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    if pattern.len() > MAX_EXPRESSION {
        return Err(too_much(
            element,
            format!("longer than {MAX_EXPRESSION} bytes"),
        ));
    }
    let refusal = match report.charges().add(pattern, entries) {
        Ok(true) => return Ok(()),
        Ok(false) => {
            let message = format!(
                "with this one the expressions take more than {LIST_COST} bytes when compiled; \
                 repeat less, or name characters as `[a-z]`"
            );
            return Err(too_much(element, message));
        }
        Err(refusal) => refusal,
    };
    let expected = match control_escape(pattern) {
        Some(at) => {
            let meant: String = pattern
                .char_indices()
                .filter(|(offset, _)| *offset != at)
                .map(|(_, c)| c)
                .collect();
            // A slash would match nothing either; it was meant as the end of the host.
            let meant = match slash_behind_host(&meant) {
                Some(slash) => format!("{}$", &meant[..slash]),
                None => meant,
            };
            let number = pattern[..at].chars().count() + 1;
            format!(
                "a regular expression (at character {number} `\\c` stands for a control \
                 character in .NET, which no address has; meant is perhaps `{meant}`)"
            )
        }
        None => {
            format!("a regular expression ({refusal})")
        }
    };
    Err(value::refused(element, "address", &expected))
}

fn too_much(element: &Element<'_>, message: String) -> Fault {
    let attribute = element.attribute("address");
    let position = attribute.map_or(element.position, |a| a.position);
    let mut fault = Fault::new(Kind::Limit, position, message).in_element(element.name);
    fault.attribute = Some("address".to_owned());
    fault
}

/// Where a slash stands that nothing of an address can match: one behind a letter or a digit, since
/// the addresses that are compared end with their host or port. `None` where that is not sure: in a
/// class, with alternatives, or if the slash may be missing.
fn slash_behind_host(pattern: &str) -> Option<usize> {
    let mut before = None;
    let mut in_class = false;
    let mut chars = pattern.char_indices().peekable();
    let mut found = None;
    while let Some((at, c)) = chars.next() {
        match c {
            '(' | '|' => return None,
            '\\' => {
                chars.next();
                before = None;
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class && before.is_some_and(|c: char| c.is_ascii_alphanumeric()) => {
                let next = chars.peek().map(|(_, c)| *c);
                if !next.is_some_and(|c| "?*{".contains(c)) {
                    found = found.or(Some(at));
                }
            }
            _ => {}
        }
        before = Some(c);
    }
    found
}

/// Where a backslash stands that makes a `c` an escape.
fn control_escape(pattern: &str) -> Option<usize> {
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && chars.next().is_some_and(|(_, c)| c == 'c') {
            return Some(at);
        }
    }
    None
}
