//! Every attribute that a file may set: its type, its default, what it does and whether it does.
//!
//! The readers in `sections` know the attributes of an element from here alone, `docs/configuration.md`
//! is written from here, and the test `config_every_attribute_accounted` sets each of them.

mod rows;

use std::fmt::Write as _;

use super::Configuration;

/// One attribute of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigurationAttribute {
    /// The element, by the names of those around it, as `system.net/settings/ipv6`.
    pub element: &'static str,
    /// The name of the attribute.
    pub name: &'static str,
    /// What its value must be.
    pub type_name: &'static str,
    /// The value that holds if the attribute is missing; `None` if there is none.
    pub default: Option<&'static str>,
    /// Another value.
    pub example: &'static str,
    /// Whether something acts on it.
    pub effect: ConfigurationEffect,
    /// What it is for.
    pub description: &'static str,
}

/// Whether something acts on an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigurationEffect {
    /// Something does.
    Acts,
    /// Nothing does, or nothing does yet: a file that sets it to another value than the default
    /// gets a warning of the kind [`NotApplied`](crate::ConfigurationWarningKind::NotApplied).
    Reported,
    /// It says which entry of a list is meant, or what is taken out of one. An entry that has no
    /// effect is reported by another of its attributes.
    Key,
}

impl Configuration {
    /// Every attribute that is read, in the order of the elements.
    ///
    /// # Examples
    /// ```
    /// use system_net_config::Configuration;
    ///
    /// let ipv6 = Configuration::schema()
    ///     .find(|attribute| attribute.element == "system.net/settings/ipv6")
    ///     .unwrap();
    /// assert_eq!((ipv6.name, ipv6.default), ("enabled", Some("true")));
    /// ```
    pub fn schema() -> impl Iterator<Item = ConfigurationAttribute> {
        rows::ELEMENTS.iter().flat_map(|(element, attributes)| {
            attributes.iter().map(|row| ConfigurationAttribute {
                element,
                name: row.name,
                type_name: row.type_name,
                default: (!row.default.is_empty()).then_some(row.default),
                example: row.example,
                effect: row.effect,
                description: row.description,
            })
        })
    }

    /// The schema as a page in Markdown: `docs/configuration.md`.
    #[must_use]
    pub fn schema_page() -> String {
        let mut page = HEAD.to_owned();
        for (element, attributes) in rows::ELEMENTS {
            let tags: Vec<String> = element.split('/').map(|name| format!("<{name}>")).collect();
            page += &format!("\n## `{}`\n\n", tags.concat());
            page += "| attribute | type | default | example | effect |\n|---|---|---|---|---|\n";
            for row in *attributes {
                let default = match row.default {
                    "" => "–".to_owned(),
                    default => format!("`{default}`"),
                };
                let without = match row.effect {
                    ConfigurationEffect::Reported => " **Not applied: a warning says so.**",
                    ConfigurationEffect::Acts | ConfigurationEffect::Key => "",
                };
                // Writing into a text cannot fail.
                let _ = writeln!(
                    page,
                    "| `{}` | {} | {default} | `{}` | {}{without} |",
                    row.name, row.type_name, row.example, row.description
                );
            }
        }
        page
    }
}

/// The names of an element's attributes.
pub(super) fn attributes(element: &str) -> Vec<&'static str> {
    let found = rows::ELEMENTS.iter().find(|(name, _)| *name == element);
    let attributes = found.map_or(&[][..], |(_, attributes)| attributes);
    attributes.iter().map(|row| row.name).collect()
}

/// Whether there is an element of this path, with attributes or around one that has some.
pub(super) fn is_known(path: &str) -> bool {
    let lists = [
        "system.diagnostics/sources/source/listeners",
        "system.diagnostics/trace/listeners",
    ];
    let is = |known: &str| {
        let rest = known.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    lists.contains(&path) || rows::ELEMENTS.iter().any(|(known, _)| is(known))
}

const HEAD: &str = "\
# Configuration files

Written from the schema by the test `configuration_page_is_the_schema` of `system-net-config`; do not
edit. Examples with comments are in `config-samples/`.

Two files are read when the context of the process is made, once, the second over the first:

1. the machine's: the file or folder that `SYSTEM_NET_MACHINE_CONFIG` names (empty for none), else
   the folder `/etc/system-net`. In a folder the first that exists of
   `v4.0.30319/Config/machine.config`, `v4.0.30319/machine.config`, the same two of `v2.0.50727`
   (for programs of 1.1: of `v1.1.4322` alone), and `machine.config` is read; if none does, the
   defaults hold.
2. the application's: the file that `SYSTEM_NET_CONFIG` names (empty for none), else
   `program.config` beside the program `program`. Of `sysnet` the option `--config` names it.

`sysnet config show` prints what both come to and where each value is from; `sysnet config check`
tells all that is wrong with a file.

The second wins attribute by attribute; lists go on with what the first left, by `add`, `remove` and
`clear`. A value that does not fit is an error with file, line, column, element, attribute and what
was expected. The context of the process then has the default settings, and what is done by it:

| class | with a file that cannot be read |
|---|---|
| `WebRequest` | `create` and its like refuse |
| `WebClient` | is made; its requests fail before they connect |
| `Dns` | every look-up refuses |
| `Socket`, `TcpClient`, `UdpClient` | refuse to connect or send by name; by address, and as listeners, go on |
| `HttpListener` | `start` refuses |
| `ServicePointManager`, `GlobalProxySelection`, `Uri` | go on with the defaults |

Whatever refuses says why, with file, line and column; so does `NetContext::configuration_error`.
Contexts that a program makes itself are none of this: where it reads a file, it gets the error.

Whatever else is in a file, sections of other products, unknown elements and attributes, elements that
are given twice, and settings that nothing acts on, is reported and read over. Of elements given twice,
which .NET refuses, both are read, the later over the earlier.
`configSource` and locks of sections are reported; a `location` without a path is read as if it were
not there, one with a path is reported. Files have no document type declaration and no entities, at
most 4 MiB, 64 levels, 100000 elements, 256 attributes an element, 4096 entries in a list, and 4096
bytes in an expression of the bypass list, 8 MiB of them together when compiled. More than 1000
warnings are counted and not told. What is asked for safety and not given is written to the standard
error output as well, once.

A type that a file names is one that is always there, under its name in .NET, or one that the program
registers. `sysnet config check` knows no program and so tells each of the others;
`NetContext::configuration_warnings` tells those that are not registered by then. What needs such a type
fails: the login, the request to the prefix, or, if it is the proxy, every request.

What is said of a file shows of each value and name at most 100 characters, control characters escaped,
and no password, be it that of an address or of mail; nor does `{:?}` of settings and contexts.

`ConfigurationEditor` changes files. It refuses to save over a file that somebody else has changed since
it was opened, as .NET does. Saved files keep their rights, of a link the target is written, and files
that were not there are for their owner alone (0600).

A link that leads nowhere counts as a file that cannot be read, not as none. A file must be a regular
file, by links or not: folders, pipes and devices, `/dev/stdin` among them,
are refused, since they need not come to an end. `sysnet config check -` reads stdin. Its encoding is
UTF-8 or UTF-16, told by a byte order mark, or without one by how its first `<` is written, as XML 1.0
has it in appendix F; a declaration that says another one is an error, as in .NET.

Spans of time are `hours:minutes:seconds`, `days.hours:minutes:seconds`, or a number of days.
";
