//! The arrows between our crates: from a higher floor to a lower one, with the exceptions of the
//! table. Development dependencies are free, as tests stand beside the floors.

use cargo_metadata::{DependencyKind, Package};

use super::{ALONE, ASIDE, FACADE, LAYERS, Layer, PROGRAM};

/// An arrow as a manifest declares it.
#[derive(Clone, Debug)]
struct Arrow {
    from: String,
    to: String,
    optional: bool,
}

pub(super) fn check(packages: &[Package]) -> Vec<String> {
    let mut names = Vec::new();
    let mut arrows = Vec::new();
    let mut features = Vec::new();
    for package in packages {
        let from = package.name.to_string();
        for dependency in &package.dependencies {
            let ours = dependency.path.is_some();
            if ours && dependency.kind != DependencyKind::Development {
                let (to, optional) = (dependency.name.clone(), dependency.optional);
                arrows.push(Arrow {
                    from: from.clone(),
                    to,
                    optional,
                });
            }
        }
        for (feature, parts) in &package.features {
            for part in parts {
                features.push((from.clone(), feature.clone(), part.clone()));
            }
        }
        names.push(from);
    }
    let mut violations = unknown(&names);
    violations.extend(misdirected(&arrows));
    violations.extend(not_optional(&arrows, &features));
    violations
}

/// Packages that the table does not have.
fn unknown(names: &[String]) -> Vec<String> {
    names
        .iter()
        .filter(|name| layer(name).is_none() && !ASIDE.contains(&name.as_str()))
        .map(|name| format!("{name}: no such crate in the table of xtask/src/layers.rs"))
        .collect()
}

/// Arrows that go up, sideways, or where the table forbids them, directly or over others.
fn misdirected(arrows: &[Arrow]) -> Vec<String> {
    let mut violations = Vec::new();
    for Arrow { from, to, .. } in arrows {
        if let Some(reason) = forbidden(from, to) {
            violations.push(format!("{from} depends on {to}: {reason}"));
        }
    }
    for layer in LAYERS {
        for forbidden in layer.never {
            for middle in arrows.iter().filter(|arrow| arrow.from == layer.name) {
                if !middle.optional && reaches(&middle.to, forbidden, arrows) {
                    let name = layer.name;
                    violations.push(format!("{name} reaches {forbidden} through {}", middle.to));
                }
            }
        }
    }
    violations
}

fn forbidden(from: &str, to: &str) -> Option<&'static str> {
    if ALONE.contains(&from) {
        return Some("it stands alone");
    }
    if ASIDE.contains(&from) {
        return None;
    }
    if ASIDE.contains(&to) {
        return Some("that is for tests");
    }
    if from == PROGRAM {
        return (to != FACADE).then_some("the program stands on the facade");
    }
    // A name outside the table is reported once, by `unknown`.
    let (from, to) = (layer(from)?, layer(to)?);
    if from.never.contains(&to.name) {
        return Some("the table forbids it");
    }
    let down = to.floor < from.floor || from.beside.contains(&to.name);
    (!down).then_some("arrows go down only")
}

/// Whether `to` is reached from `from` by arrows that no feature switches.
fn reaches(from: &str, to: &str, arrows: &[Arrow]) -> bool {
    arrows
        .iter()
        .filter(|arrow| arrow.from == from && !arrow.optional)
        .any(|arrow| arrow.to == to || reaches(&arrow.to, to, arrows))
}

/// Arrows that must be optional and switched by a named feature, and are not.
fn not_optional(arrows: &[Arrow], features: &[(String, String, String)]) -> Vec<String> {
    let mut violations = Vec::new();
    for layer in LAYERS {
        for (to, wanted) in layer.only_with {
            let arrow = arrows
                .iter()
                .find(|arrow| arrow.from == layer.name && arrow.to == *to);
            if arrow.is_none() {
                continue;
            }
            let by_feature = features.iter().any(|(from, feature, part)| {
                from == layer.name
                    && feature == wanted
                    && part.trim_start_matches("dep:").split('/').next() == Some(to)
            });
            if !arrow.is_some_and(|arrow| arrow.optional) || !by_feature {
                let name = layer.name;
                violations.push(format!(
                    "{name} depends on {to} without its feature {wanted}"
                ));
            }
        }
    }
    violations
}

fn layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(from: &str, to: &str) -> Arrow {
        let name = |short: &str| match short {
            "xtask" | "system-net" => short.to_owned(),
            short => format!("system-net-{short}"),
        };
        Arrow {
            from: name(from),
            to: name(to),
            optional: false,
        }
    }

    #[track_caller]
    fn check(arrows: &[(&str, &str)], expected: &[&str]) {
        let arrows: Vec<Arrow> = arrows.iter().map(|(from, to)| arrow(from, to)).collect();
        let found = misdirected(&arrows);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (violation, part) in found.iter().zip(expected) {
            assert!(violation.contains(part), "{violation:?} has no {part:?}");
        }
    }

    #[test]
    fn arrows_go_down_only() {
        check(
            &[
                ("requests", "uri"),
                ("sockets", "runtime"),
                ("system-net", "http"),
            ],
            &[],
        );
        check(&[("uri", "primitives")], &["down only"]);
        check(&[("sockets", "security")], &["down only"]);
        check(&[("http-listener", "requests")], &["down only"]);
        check(&[("http-listener", "peer-to-peer")], &["down only"]);
        check(&[("web-proxy", "network-information")], &[]);
        check(&[("network-information", "web-proxy")], &["down only"]);
    }

    #[test]
    fn the_table_forbids_some_arrows_that_go_down() {
        check(&[("cache", "runtime")], &["forbids"]);
        check(&[("requests", "mail")], &["forbids"]);
        check(&[("web-proxy", "security")], &["forbids"]);
        check(&[("cache", "primitives"), ("cache", "config")], &[]);
        check(
            &[("requests", "web-proxy"), ("web-proxy", "mail")],
            &["down only", "through"],
        );
    }

    #[test]
    fn tests_and_tools_stand_aside() {
        check(&[("requests", "testkit")], &["for tests"]);
        check(&[("testkit", "uri")], &["alone"]);
        check(&[("xtask", "uri")], &["alone"]);
        check(&[("tests", "requests"), ("tests", "testkit")], &[]);
        check(&[("cli", "requests")], &["facade"]);
        check(&[("cli", "system-net")], &[]);
    }

    #[test]
    fn a_crate_outside_the_table_is_an_error() {
        assert_eq!(unknown(&["system-net-extras".to_owned()]).len(), 1);
        assert!(unknown(&["system-net-uri".to_owned(), "xtask".to_owned()]).is_empty());
    }

    #[test]
    fn some_arrows_need_their_feature() {
        let mut arrow = arrow("sockets", "runtime");
        let feature = |part: &str| {
            vec![(
                "system-net-sockets".to_owned(),
                "tokio".to_owned(),
                part.to_owned(),
            )]
        };
        assert_eq!(
            not_optional(&[arrow.clone()], &feature("dep:system-net-runtime")).len(),
            1
        );
        arrow.optional = true;
        assert!(not_optional(&[arrow.clone()], &feature("dep:system-net-runtime")).is_empty());
        assert_eq!(not_optional(&[arrow], &feature("dep:bytes")).len(), 1);
    }
}
