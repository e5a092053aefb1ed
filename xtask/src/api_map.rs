//! `api-map`: which types and members of the .NET Framework have a counterpart here. The names on
//! our side are the `.NET:` lines and `#[doc(alias)]`es of the sources; on theirs, a vendored list.
//! The result is docs/porting/api-map.md; `--check` fails when the page is not what it would be.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

pub(crate) use crate::api_map::names::dotnet_names;
use crate::api_map::names::names;
use crate::workspace::{Counts, Failure, Outcome, Workspace};

const PAGE: &str = "docs/porting/api-map.md";
const REFERENCE: &str = "tests/conformance/api/framework.tsv";

/// Why members have no counterpart.
const REASONS: &str = "tests/conformance/api/reasons.tsv";

/// Namespaces of which each type and member has a counterpart or a reason.
const COMPLETE: &[&str] = &[
    "System",
    "System.Net",
    "System.Net.Security",
    "System.Security.Authentication",
    "System.Security.Authentication.ExtendedProtection",
];

/// How the names of types in these begin that are still to come, or to be finished, with what they
/// are part of.
const LATER: &[(&str, &[&str])] = &[
    ("FTP", &["FtpStatusCode", "FtpWeb", "WebRequestMethods.Ftp"]),
    ("HttpListener", &["AuthenticationScheme", "HttpListener"]),
    ("scripts of proxies", &["IWebProxyScript"]),
    (
        "the sections of configurations",
        &["ExtendedProtectionPolicyTypeConverter"],
    ),
];

/// Members that every .NET type inherits or that a convention maps: they are not counted.
pub(crate) const BY_CONVENTION: &[&str] = &[
    "Dispose",
    "Equals",
    "Finalize",
    "GetHashCode",
    "GetObjectData",
    "GetType",
    "MemberwiseClone",
    "ToString",
    "op_Equality",
    "op_Inequality",
];

/// Whether to write the page or to compare it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Compare the page with what it would be, and write nothing
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    let reference = Reference::parse(&workspace.read(REFERENCE)?);
    let mut ours = BTreeSet::new();
    for (path, text) in workspace.sources()? {
        if path.starts_with("crates/") && path.contains("/src/") {
            ours.extend(names(&text));
        }
    }
    let map = Map::of(&reference, &ours);
    let reasons = workspace.read(REASONS)?;
    Failure::unless_empty("api-map", &map.unexplained(&reasons))?;
    for (namespace, count) in &map.namespaces {
        println!("{namespace}: {}", count.line());
    }
    println!("in all: {}", map.all().line());
    let page = map.page() + &explained(&reasons);
    if !options.check {
        workspace.write(PAGE, &page)?;
        return Ok(Counts::default());
    }
    if workspace.read(PAGE)? == page {
        Ok(Counts::default())
    } else {
        Err(Failure::new(format!(
            "{PAGE} is not up to date: run `cargo xtask api-map`"
        )))
    }
}

/// One type of the reference.
#[derive(Debug, Default)]
struct Type {
    is_enum: bool,
    base: String,
    /// Member names; true for those that override the base type's.
    members: BTreeMap<String, bool>,
}

/// The types by namespace and name.
#[derive(Debug, Default)]
struct Reference {
    types: BTreeMap<(String, String), Type>,
}

impl Reference {
    fn parse(table: &str) -> Self {
        let mut types = BTreeMap::new();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [namespace, name, kind, base, members] = cells.as_slice() else {
                continue;
            };
            let members = members
                .split(' ')
                .filter_map(|member| member.split_once(':'))
                .map(|(_, member)| {
                    (
                        member.trim_end_matches('*').to_owned(),
                        member.ends_with('*'),
                    )
                })
                .filter(|(member, _)| !BY_CONVENTION.contains(&member.as_str()))
                .collect();
            let key = ((*namespace).to_owned(), (*name).to_owned());
            types.insert(
                key,
                Type {
                    is_enum: *kind == "enum",
                    base: (*base).to_owned(),
                    members,
                },
            );
        }
        Self { types }
    }

    /// The types of that name: some names stand in two namespaces.
    fn named<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a (String, String), &'a Type)> {
        self.types.iter().filter(move |((_, own), _)| own == name)
    }
}

/// How much of a type or namespace has a counterpart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    types: usize,
    of_types: usize,
    members: usize,
    of_members: usize,
}

impl Share {
    fn line(&self) -> String {
        format!(
            "{} of {} types, {} of {} members",
            self.types, self.of_types, self.members, self.of_members
        )
    }

    fn add(&mut self, other: &Self) {
        self.types += other.types;
        self.of_types += other.of_types;
        self.members += other.members;
        self.of_members += other.of_members;
    }
}

/// A type with its members by whether they have a counterpart.
#[derive(Debug)]
struct Mapped {
    namespace: String,
    name: String,
    present: bool,
    missing: Vec<String>,
    share: Share,
}

impl Mapped {
    /// Whether it is to have a counterpart or a reason by now.
    fn is_due(&self) -> bool {
        let starts = |start: &&str| self.name.starts_with(start);
        COMPLETE.contains(&&*self.namespace)
            && !LATER.iter().any(|(_, names)| names.iter().any(starts))
    }
}

#[derive(Debug)]
struct Map {
    types: Vec<Mapped>,
    namespaces: BTreeMap<String, Share>,
}

impl Map {
    fn of(reference: &Reference, ours: &BTreeSet<String>) -> Self {
        let mut types = Vec::new();
        let mut namespaces: BTreeMap<String, Share> = BTreeMap::new();
        for ((namespace, name), kind) in &reference.types {
            let missing: Vec<String> = kind
                .members
                .keys()
                .filter(|member| !mirrored(reference, ours, (namespace, name), kind, member))
                .cloned()
                .collect();
            let full = format!("{namespace}.{name}");
            let alone = reference.named(name).count() == 1;
            let mut present = ours.contains(&full) || (alone && ours.contains(name));
            // A type whose members are mirrored is there, even if nobody said so.
            present |= !kind.members.is_empty() && missing.len() < kind.members.len();
            let share = Share {
                types: usize::from(present),
                of_types: 1,
                members: kind.members.len() - missing.len(),
                of_members: kind.members.len(),
            };
            namespaces.entry(namespace.clone()).or_default().add(&share);
            let (namespace, name) = (namespace.clone(), name.clone());
            types.push(Mapped {
                namespace,
                name,
                present,
                missing,
                share,
            });
        }
        Self { types, namespaces }
    }

    fn all(&self) -> Share {
        let mut all = Share::default();
        self.namespaces.values().for_each(|share| all.add(share));
        all
    }

    /// What is wrong with the reasons: types and members that are due and have none, and reasons of
    /// those that have a counterpart, or are not there.
    fn unexplained(&self, reasons: &str) -> Vec<String> {
        let mut violations = Vec::new();
        let has_reason = |mapped: &Mapped, member: &str| {
            rows(reasons).any(|row| {
                row[0] == mapped.namespace
                    && row[1] == mapped.name
                    && (row[2] == member || row[2] == WHOLE)
            })
        };
        for mapped in self.types.iter().filter(|mapped| mapped.is_due()) {
            let name = &mapped.name;
            if !mapped.present && !has_reason(mapped, WHOLE) {
                violations.push(format!(
                    "{name} has neither a counterpart nor a reason in {REASONS}"
                ));
                continue;
            }
            for member in &mapped.missing {
                if !has_reason(mapped, member) {
                    violations.push(format!(
                        "{name}.{member} has neither a counterpart nor a reason in {REASONS}"
                    ));
                }
            }
        }
        for row in rows(reasons) {
            let is_missing = self.types.iter().any(|mapped| {
                mapped.namespace == row[0]
                    && mapped.name == row[1]
                    && match row[2] {
                        WHOLE => !mapped.present,
                        member => mapped.missing.iter().any(|missing| missing == member),
                    }
            });
            if !is_missing {
                violations.push(format!(
                    "{}.{} has a reason in {REASONS} and a counterpart, or is no member",
                    row[1], row[2]
                ));
            }
        }
        violations
    }

    fn page(&self) -> String {
        let mut page = String::from(
            "# .NET types and members and their counterparts\n\n\
             Written by `cargo xtask api-map` from the `.NET:` lines of the documentation; do not edit.\n\
             Members are counted by name, overloads once. An override counts where the base type's\n\
             member has a counterpart. Not counted, because a convention maps them: `Equals` and\n\
             `GetHashCode` (`Eq`, `Hash`), `ToString` (`Display`), `Dispose` and `Finalize` (drop),\n\
             `GetObjectData` (serde), `GetType`, `MemberwiseClone`.\n\n\
             | namespace | types | of | members | of |\n|---|---|---|---|---|\n",
        );
        let mut row = |name: &str, share: &Share| {
            let Share {
                types,
                of_types,
                members,
                of_members,
            } = share;
            // Writing to a String cannot fail.
            let _ = writeln!(
                page,
                "| {name} | {types} | {of_types} | {members} | {of_members} |"
            );
        };
        self.namespaces
            .iter()
            .for_each(|(name, share)| row(name, share));
        row("all", &self.all());
        for namespace in self.namespaces.keys() {
            self.write_namespace(namespace, &mut page);
        }
        page
    }

    fn write_namespace(&self, namespace: &str, page: &mut String) {
        let types = || {
            self.types
                .iter()
                .filter(move |mapped| mapped.namespace == namespace)
        };
        let _ = writeln!(page, "\n## {namespace}");
        if types().any(|mapped| mapped.present) {
            page.push_str(
                "\n| type | members | of | members without a counterpart |\n|---|---|---|---|\n",
            );
        }
        for mapped in types().filter(|mapped| mapped.present) {
            let Share {
                members,
                of_members,
                ..
            } = mapped.share;
            let missing = mapped.missing.join(", ");
            let missing = if missing.is_empty() {
                "–".to_owned()
            } else {
                missing
            };
            let _ = writeln!(
                page,
                "| {} | {members} | {of_members} | {missing} |",
                mapped.name
            );
        }
        let absent: Vec<&str> = types()
            .filter(|mapped| !mapped.present)
            .map(|mapped| mapped.name.as_str())
            .collect();
        if !absent.is_empty() {
            let _ = writeln!(
                page,
                "\nTypes without a counterpart: {}.",
                absent.join(", ")
            );
        }
    }
}

/// Stands for a member in the reason of a whole type.
const WHOLE: &str = "*";

/// The reasons: namespace, type, member (`*` for the whole type), why.
fn rows(reasons: &str) -> impl Iterator<Item = [&str; 4]> {
    let lines = reasons.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| <[&str; 4]>::try_from(line.split('\t').collect::<Vec<_>>()).ok())
}

fn explained(reasons: &str) -> String {
    let mut page = String::from(
        "\n## Why members have no counterpart\n\n| type | member | reason |\n|---|---|---|\n",
    );
    for [_, name, member, why] in rows(reasons) {
        let member = if member == WHOLE { "all" } else { member };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| {name} | {member} | {why} |");
    }
    page
}

/// Whether a member has a counterpart: by its own name, or, for an override, by its base type's.
fn mirrored(
    reference: &Reference,
    ours: &BTreeSet<String>,
    (namespace, name): (&str, &str),
    kind: &Type,
    member: &str,
) -> bool {
    let spellings = |member: &str| {
        let mut spellings = vec![format!("{name}.{member}")];
        if kind.is_enum {
            spellings.push(format!("{name}.{}", member.to_lowercase()));
        }
        if member == ".ctor" {
            spellings.push(format!("{name}.{name}"));
        }
        spellings
    };
    let alone = reference.named(name).count() == 1;
    let own = spellings(member).iter().any(|short| {
        ours.contains(&format!("{namespace}.{short}")) || (alone && ours.contains(short))
    });
    if own || kind.members.get(member) != Some(&true) {
        return own;
    }
    reference
        .named(&kind.base)
        .filter(|(_, base)| base.members.contains_key(member))
        .any(|((namespace, name), base)| mirrored(reference, ours, (namespace, name), base, member))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# head\n\
        System.Net\tWebRequest\tclass\t-\tm:Abort p:Timeout m:ToString\n\
        System.Net\tHttpWebRequest\tclass\tWebRequest\tm:Abort* p:Accept p:Timeout*\n\
        System.Net\tCookie\tclass\t-\tc:.ctor p:Name\n\
        System.Net.Mime\tContentType\tclass\t-\tp:Name\n\
        System\tUriHostNameType\tenum\tInt32\tv:Dns v:IPv4 v:Unknown\n";

    #[test]
    fn what_is_missing_needs_a_reason() {
        let source =
            "/// .NET: `System.Net.Cookie.#ctor`\n/// .NET: `System.Net.WebRequest.Abort`\n";
        let map = Map::of(&Reference::parse(TABLE), &names(source));
        let told = |reasons: &str| map.unexplained(reasons);
        let all = [
            "UriHostNameType has neither",
            "Cookie.Name has neither",
            "HttpWebRequest.Accept has neither",
            "HttpWebRequest.Timeout has neither",
            "WebRequest.Timeout has neither",
        ];
        let found = told("");
        assert_eq!(found.len(), all.len(), "{found:?}");
        for (found, expected) in found.iter().zip(all) {
            assert!(found.starts_with(expected), "{found}");
        }
        let reasons = "System\tUriHostNameType\t*\twhy\nSystem.Net\tCookie\tName\twhy\n\
            System.Net\tWebRequest\tTimeout\twhy\nSystem.Net\tHttpWebRequest\tAccept\twhy\nSystem.Net\tHttpWebRequest\tTimeout\twhy\n";
        assert_eq!(told(reasons), [""; 0]);
        let stale = told(&(reasons.to_owned() + "System.Net\tWebRequest\tAbort\twhy\n"));
        assert_eq!(stale.len(), 1, "{stale:?}");
        let stale = told(&(reasons.to_owned() + "System.Net\tCookie\t*\twhy\n"));
        assert_eq!(stale.len(), 1, "{stale:?}");
        assert!(explained(reasons).contains("| Cookie | Name | why |"));
    }

    #[track_caller]
    fn check(source: &str, full: &str, expected: (usize, usize)) {
        let map = Map::of(&Reference::parse(TABLE), &names(source));
        let mapped = map
            .types
            .iter()
            .find(|mapped| format!("{}.{}", mapped.namespace, mapped.name) == full)
            .expect("a type of the table");
        assert_eq!(
            (mapped.share.types, mapped.share.members),
            expected,
            "{mapped:?}"
        );
    }

    #[test]
    fn lines_and_aliases_name_counterparts() {
        let abort = "    /// .NET: `System.Net.WebRequest.Abort`\n";
        check(abort, "System.Net.WebRequest", (1, 1));
        check(
            "#[doc(alias = \"WebRequest.Timeout\")]",
            "System.Net.WebRequest",
            (1, 1),
        );
        check(
            "/// .NET: `System.Net.WebRequest`",
            "System.Net.WebRequest",
            (1, 0),
        );
        check(
            "/// Like `System.Net.WebRequest.Abort`.",
            "System.Net.WebRequest",
            (0, 0),
        );
    }

    #[test]
    fn an_override_counts_with_its_base() {
        check(
            "/// .NET: `System.Net.WebRequest.Abort`",
            "System.Net.HttpWebRequest",
            (1, 1),
        );
        check(
            "/// .NET: `System.Net.HttpWebRequest.Accept`",
            "System.Net.WebRequest",
            (0, 0),
        );
    }

    #[test]
    fn constructors_have_three_spellings() {
        for spelling in ["#ctor(String)", "Cookie(String, String)", ".ctor"] {
            let line = format!("/// .NET: `System.Net.Cookie.{spelling}`");
            check(&line, "System.Net.Cookie", (1, 1));
        }
    }

    #[test]
    fn variants_count_for_their_enumeration() {
        let own =
            "pub enum UriHostNameType {\n    /// A name.\n    Dns,\n    Ipv4 { Unknown: u8 },\n}\n";
        check(own, "System.UriHostNameType", (1, 2));
        let renamed = "/// .NET: `System.UriHostNameType`\n#[doc(alias = \"x\")]\npub enum Kind {\n    Unknown,\n}\n";
        check(renamed, "System.UriHostNameType", (1, 1));
        check(
            "pub enum Other {\n    Dns,\n}\n",
            "System.UriHostNameType",
            (0, 0),
        );
    }

    #[test]
    fn the_page_has_every_type() {
        let map = Map::of(
            &Reference::parse(TABLE),
            &names("/// .NET: `System.Net.Cookie.Name`"),
        );
        let page = map.page();
        assert!(page.contains("| System.Net | 1 | 3 | 1 | 7 |"), "{page}");
        assert!(page.contains("| Cookie | 1 | 2 | .ctor |"), "{page}");
        assert!(
            page.contains("without a counterpart: HttpWebRequest, WebRequest."),
            "{page}"
        );
        assert!(
            page.contains("without a counterpart: ContentType."),
            "{page}"
        );
    }
}
