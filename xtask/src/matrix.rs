//! `matrix`: each package alone under each feature set of a written list, linted. Features are
//! additive by rule; this finds the set that does not build, which a build of the whole workspace
//! hides because it unifies features.

use crate::workspace::{Counts, Failure, Outcome, Workspace, run as run_command};

/// Packages with features and the sets that are checked, each without the defaults. Every feature
/// of a package must stand in at least one of its sets.
const SETS: &[(&str, &[&str])] = &[
    ("system-net-uri", &["", "http-types", "serde", "url"]),
    ("system-net-config", &["", "bypass", "xml", "trace"]),
    ("system-net-diagnostics", &["", "trace", "layer"]),
    ("system-net-sockets", &["", "tokio", "hickory", "trace"]),
    (
        "system-net-security",
        &[
            "",
            "kerberos",
            "ring",
            "aws-lc-rs",
            "aws-lc-rs,pkcs12",
            "aws-lc-rs,ring,tls,test-util",
            "aws-lc-rs,permissions,trace",
            "landlock",
        ],
    ),
    ("system-net-gssapi", &[""]),
    (
        "system-net-requests",
        &["aws-lc-rs", "ring,serde,xml", "aws-lc-rs,brotli,trace,zstd"],
    ),
    (
        "system-net-http-listener",
        &["aws-lc-rs", "ring,test-util", "aws-lc-rs,kerberos,trace"],
    ),
    ("system-net-web-proxy", &["", "trace"]),
    (
        "system-net",
        &[
            "",
            "sockets",
            "aws-lc-rs,security",
            "aws-lc-rs,kerberos",
            "aws-lc-rs,pkcs12",
            "ring,requests",
            "ring,landlock",
            "aws-lc-rs,requests,brotli,trace,zstd",
            "web-proxy",
            "aws-lc-rs,http-listener,test-util",
            "xml",
            "serde,url",
            "hickory",
            "full",
        ],
    ),
    ("system-net-cli", &["", "hickory"]),
];

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let packages = workspace.packages()?;
    let mut violations = Vec::new();
    for package in &packages {
        let features: Vec<&str> = package.features.keys().map(String::as_str).collect();
        violations.extend(unlisted(package.name.as_ref(), &features, SETS));
    }
    Failure::unless_empty("feature matrix", &violations)?;
    for (name, sets) in SETS {
        if !packages.iter().any(|package| package.name == *name) {
            continue;
        }
        for set in *sets {
            println!(
                "{name} with {}",
                if set.is_empty() { "no features" } else { set }
            );
            let mut command =
                workspace.cargo(&["clippy", "--quiet", "--no-default-features", "-p"]);
            command.args([name, "--features", set, "--", "-D", "warnings"]);
            run_command(&mut command)?;
        }
    }
    Ok(Counts::default())
}

/// The features of a package that no set of the list has.
fn unlisted(package: &str, features: &[&str], list: &[(&str, &[&str])]) -> Vec<String> {
    let listed: Vec<&str> = list
        .iter()
        .filter(|(name, _)| *name == package)
        .flat_map(|(_, sets)| sets.iter())
        .flat_map(|set| set.split(','))
        .collect();
    features
        .iter()
        .filter(|feature| **feature != "default" && !listed.contains(*feature))
        .map(|feature| format!("{package}: feature {feature} is in no set of xtask/src/matrix.rs"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_outside_the_list_is_found() {
        let list: &[(&str, &[&str])] = &[("a", &["", "x", "x,y"])];
        assert!(unlisted("a", &["default", "x", "y"], list).is_empty());
        assert_eq!(unlisted("a", &["z"], list).len(), 1);
        assert_eq!(unlisted("b", &["x"], list).len(), 1);
    }
}
