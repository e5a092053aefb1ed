//! The workspace as the commands see it: where it lies, its files, its packages, how a program is
//! run in it, and what a command hands back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// How many tests passed, failed and were skipped; all zero for a command that runs none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Counts {
    pub(crate) fn skipped(number: usize) -> Self {
        Self {
            skipped: number,
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// The closing line: `12 passed, 0 failed`, and `, 1 skipped` where something was.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{} passed, {} failed", self.passed, self.failed);
        if self.skipped > 0 {
            line.push_str(&format!(", {} skipped", self.skipped));
        }
        line
    }
}

/// Why a command failed, and what it had counted until then.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) counts: Counts,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            counts: Counts::default(),
        }
    }

    /// One line per violation under a heading; `Ok` when there is none.
    pub(crate) fn unless_empty(what: &str, violations: &[String]) -> Outcome {
        if violations.is_empty() {
            return Ok(Counts::default());
        }
        let mut message = format!("{what}: {} found", violations.len());
        for violation in violations {
            message.push_str("\n  ");
            message.push_str(violation);
        }
        Err(Self::new(message))
    }
}

/// What every command returns.
pub(crate) type Outcome = Result<Counts, Failure>;

/// The folder of the root manifest.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace that `cargo xtask` was called in.
    pub(crate) fn locate() -> Self {
        // `cargo run` sets the variable; a binary called by its path uses where it was built.
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        Self {
            root: own.parent().map_or_else(|| own.clone(), Path::to_path_buf),
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn read(&self, relative: &str) -> Result<String, Failure> {
        let path = self.path(relative);
        fs::read_to_string(&path)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
    }

    pub(crate) fn write(&self, relative: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(relative);
        fs::write(&path, text)
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
    }

    /// Every file of the project, as paths with `/` from the root, in order. What tools build and
    /// what git holds is left out.
    pub(crate) fn files(&self) -> Result<Vec<String>, Failure> {
        let mut files = Vec::new();
        walk(&self.root, "", &mut files)
            .map_err(|error| Failure::new(format!("cannot list the project's files: {error}")))?;
        files.sort();
        Ok(files)
    }

    /// The `.rs` files with their text.
    pub(crate) fn sources(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut sources = Vec::new();
        for file in self
            .files()?
            .into_iter()
            .filter(|file| file.ends_with(".rs"))
        {
            let text = self.read(&file)?;
            sources.push((file, text));
        }
        Ok(sources)
    }

    /// The names directly under the root.
    pub(crate) fn top_level(&self) -> Result<BTreeSet<String>, Failure> {
        let failed = |error: io::Error| {
            Failure::new(format!("cannot list {}: {error}", self.root.display()))
        };
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.root).map_err(failed)? {
            names.insert(
                entry
                    .map_err(failed)?
                    .file_name()
                    .to_string_lossy()
                    .into_owned(),
            );
        }
        Ok(names)
    }

    /// Packages and their dependencies as declared, without resolving third-party crates.
    pub(crate) fn metadata(&self) -> Result<Metadata, Failure> {
        MetadataCommand::new()
            .manifest_path(self.path("Cargo.toml"))
            .no_deps()
            .exec()
            .map_err(|error| Failure::new(format!("cargo metadata: {error}")))
    }

    /// The workspace's packages by name.
    pub(crate) fn packages(&self) -> Result<Vec<Package>, Failure> {
        let mut packages = self.metadata()?.packages;
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(packages)
    }

    pub(crate) fn target_directory(&self) -> Result<PathBuf, Failure> {
        Ok(self.metadata()?.target_directory.into_std_path_buf())
    }

    /// A command that runs in the root.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// The program of a cargo tool such as `cargo-deny`, built into the target folder when the
    /// machine has none.
    pub(crate) fn cargo_tool(&self, name: &str) -> Result<PathBuf, Failure> {
        if let Some(found) = find_program(name) {
            return Ok(found);
        }
        let folder = self.target_directory()?.join("tools");
        let program = folder.join("bin").join(name);
        if !program.exists() {
            println!(
                "{name} is not installed: building it into {}",
                folder.display()
            );
            let mut install = self.cargo(&["install", "--locked", "--root"]);
            install.arg(&folder).arg(name);
            run(&mut install)?;
        }
        Ok(program)
    }
}

/// Runs a command with the terminal's streams; a status other than success is a failure.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = command
        .status()
        .map_err(|error| Failure::new(format!("cannot start {}: {error}", shown(command))))?;
    if status.success() {
        Ok(Counts::default())
    } else {
        Err(Failure::new(format!(
            "{} ended with {status}",
            shown(command)
        )))
    }
}

/// Runs a command and returns what it printed on its standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .output()
        .map_err(|error| Failure::new(format!("cannot start {}: {error}", shown(command))))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!(
        "{} ended with {}\n{said}",
        shown(command),
        output.status
    )))
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Looks a program up in PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

fn walk(folder: &Path, relative: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = if relative.is_empty() {
            name.clone()
        } else {
            format!("{relative}/{name}")
        };
        if entry.file_type()?.is_dir() {
            let built = name == ".git" || name == "target" || name.starts_with("mutants.out");
            if !built && below != "tests/fuzz/artifacts" {
                walk(&entry.path(), &below, files)?;
            }
        } else if !name.ends_with(".profraw") {
            files.push(below);
        }
    }
    Ok(())
}
