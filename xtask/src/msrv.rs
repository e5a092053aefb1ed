//! `msrv`: the oldest compiler that the manifest promises (`rust-version`). No dependency may ask for
//! a newer one, and where that compiler is installed it builds the workspace. `clippy` says which
//! calls of the standard library are too new (`incompatible_msrv`).

use cargo_metadata::semver::Version;
use cargo_metadata::{Metadata, MetadataCommand};

use crate::workspace::{Counts, Failure, Outcome, Workspace, capture, run as run_command};

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let metadata = resolved(workspace)?;
    let promised = promised(&metadata)?;
    Failure::unless_empty("msrv", &too_new(&metadata, &promised))?;
    let version = format!("{}.{}", promised.major, promised.minor);
    let mut rustup = workspace.command("rustup");
    if capture(rustup.args(["run", &version, "rustc", "--version"])).is_err() {
        println!("skipped: Rust {version} is not installed (rustup toolchain install {version})");
        return Ok(Counts::skipped(1));
    }
    let target = workspace.target_directory()?.join("msrv");
    let mut check = workspace.command("rustup");
    check.args(["run", &version, "cargo", "check", "--workspace", "--locked"]);
    run_command(check.env("CARGO_TARGET_DIR", target))
}

/// The packages of this platform, as the lock file has them.
fn resolved(workspace: &Workspace) -> Result<Metadata, Failure> {
    let mut rustc = workspace.command("rustc");
    let about = capture(rustc.arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failure::new("rustc -vV names no host"))?;
    MetadataCommand::new()
        .manifest_path(workspace.path("Cargo.toml"))
        .other_options(["--locked".to_owned(), format!("--filter-platform={host}")])
        .exec()
        .map_err(|error| Failure::new(format!("cargo metadata: {error}")))
}

/// The one `rust-version` of all packages of the workspace.
fn promised(metadata: &Metadata) -> Result<Version, Failure> {
    let mut promised = None;
    for package in metadata.workspace_packages() {
        let name = &package.name;
        let Some(version) = &package.rust_version else {
            return Err(Failure::new(format!("{name} has no rust-version")));
        };
        if promised.get_or_insert_with(|| version.clone()) != version {
            return Err(Failure::new(format!(
                "{name} promises another version, {version}"
            )));
        }
    }
    promised.ok_or_else(|| Failure::new("the workspace has no packages"))
}

/// The dependencies that want a newer compiler.
fn too_new(metadata: &Metadata, promised: &Version) -> Vec<String> {
    let wants = |package: &cargo_metadata::Package| {
        let version = package.rust_version.as_ref()?;
        let (name, own) = (&package.name, &package.version);
        (version > promised)
            .then(|| format!("{name} {own} wants Rust {version}, we promise {promised}"))
    };
    metadata.packages.iter().filter_map(wants).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every package says the same version, and none of what it is built of wants a newer one.
    #[test]
    fn msrv_of_dependencies() {
        let metadata = resolved(&Workspace::locate()).expect("the lock file is complete");
        let promised = promised(&metadata).expect("one version");
        assert_eq!(too_new(&metadata, &promised), Vec::<String>::new());
        let older = Version::new(1, 30, 0);
        assert!(
            !too_new(&metadata, &older).is_empty(),
            "the comparison works"
        );
    }
}
