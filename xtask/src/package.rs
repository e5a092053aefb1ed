//! `package`: what each crate would publish: the files, and the metadata that a registry asks for.

use cargo_metadata::Package;

use crate::workspace::{Counts, Failure, Outcome, Workspace, capture};

/// Files over this size do not belong into a published crate: bytes.
const LARGEST_FILE: u64 = 1 << 20;

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut violations = Vec::new();
    for package in workspace.packages()? {
        // An empty list of registries is how `publish = false` is told.
        if package.publish.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let name = package.name.as_ref();
        violations.extend(metadata_violations(&package));
        let mut command = workspace.cargo(&["package", "--list", "--allow-dirty", "-p", name]);
        let listed = capture(&mut command)?;
        let files: Vec<(&str, u64)> = listed
            .lines()
            .map(|file| {
                let folder = package
                    .manifest_path
                    .parent()
                    .map(|folder| folder.join(file));
                let size = folder.and_then(|path| std::fs::metadata(path).ok());
                (file, size.map_or(0, |file| file.len()))
            })
            .collect();
        println!("{name}: {} files", files.len());
        violations.extend(file_violations(name, &files));
    }
    Failure::unless_empty("packages", &violations)?;
    Ok(Counts::default())
}

fn metadata_violations(package: &Package) -> Vec<String> {
    let mut violations = Vec::new();
    let mut missing = |what: &str| violations.push(format!("{}: no {what}", package.name));
    if package.description.is_none() {
        missing("description");
    }
    if package.license.is_none() {
        missing("license");
    }
    if package.rust_version.is_none() {
        missing("rust-version");
    }
    for dependency in &package.dependencies {
        let published = dependency.kind != cargo_metadata::DependencyKind::Development;
        if published && dependency.path.is_some() && dependency.req.to_string() == "*" {
            missing(&format!(
                "version for its path dependency {}",
                dependency.name
            ));
        }
    }
    violations
}

fn file_violations(package: &str, files: &[(&str, u64)]) -> Vec<String> {
    let mut violations = Vec::new();
    if !files
        .iter()
        .any(|(file, _)| matches!(*file, "src/lib.rs" | "src/main.rs"))
    {
        violations.push(format!(
            "{package}: neither src/lib.rs nor src/main.rs is in the package"
        ));
    }
    for (file, size) in files {
        if *size > LARGEST_FILE {
            violations.push(format!("{package}: {file} has {size} bytes"));
        }
        let scrap = [".orig", ".rej", ".profraw", ".pem", ".key", "~"];
        // Cargo itself adds the manifest as it was written.
        let added = *file == "Cargo.toml.orig" || file.starts_with("tests/");
        if scrap.iter().any(|ending| file.ends_with(ending)) && !added {
            violations.push(format!("{package}: {file} does not belong into a package"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_do_not_belong_are_found() {
        assert!(file_violations("a", &[("src/lib.rs", 10), ("tests/it/ca.pem", 9)]).is_empty());
        assert_eq!(file_violations("a", &[("README.md", 10)]).len(), 1);
        assert_eq!(
            file_violations("a", &[("src/lib.rs", 10), ("src/x.rs.orig", 1)]).len(),
            1
        );
        assert_eq!(
            file_violations("a", &[("src/lib.rs", LARGEST_FILE + 1)]).len(),
            1
        );
    }
}
