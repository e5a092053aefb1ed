//! A policy as a ruleset of Landlock.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, NetPort,
    PathBeneath, PathFd, RestrictSelfAttr, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr,
};

use super::{
    Files, KernelPolicy, KernelPolicyError, KernelPolicyErrorKind as Kind, KernelPolicyReport,
};

/// The rights to files as of the version that has rules for TCP: who has those has these.
const FILES: ABI = ABI::V4;

pub(super) fn enforce(
    policy: &KernelPolicy,
    process: bool,
) -> Result<KernelPolicyReport, KernelPolicyError> {
    let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    // A ruleset needs something that it handles.
    let nothing = policy.connect.is_none() && policy.bind.is_none() && policy.files.is_none();
    if nothing {
        let what = "the policy forbids nothing that the kernel could enforce: no port and no file";
        return Err(KernelPolicyError::new(Kind::Unsupported, what));
    }
    for (ports, right) in rights(policy) {
        if ports.is_some() {
            ruleset = ruleset.handle_access(right).map_err(unsupported)?;
        }
    }
    if policy.files.is_some() {
        let all = AccessFs::from_all(FILES);
        ruleset = ruleset.handle_access(all).map_err(unsupported)?;
    }
    let mut created = ruleset.create().map_err(unsupported)?;
    for (ports, right) in rights(policy) {
        for port in ports.into_iter().flatten() {
            let rule = NetPort::new(*port, right);
            created = created.add_rule(rule).map_err(system)?;
        }
    }
    if let Some(files) = &policy.files {
        created = add_files(created, files)?;
    }
    if process {
        created = reach_all_threads(created)?;
    }
    let status = created.restrict_self().map_err(system)?;
    let version = match status.landlock {
        LandlockStatus::Available {
            effective_abi,
            kernel_abi,
        } => kernel_abi.unwrap_or(effective_abi as i32),
        _ => 0,
    };
    Ok(report(policy, process, version))
}

fn rights(policy: &KernelPolicy) -> [(Option<&BTreeSet<u16>>, AccessNet); 2] {
    [
        (policy.connect.as_ref(), AccessNet::ConnectTcp),
        (policy.bind.as_ref(), AccessNet::BindTcp),
    ]
}

fn add_files(
    mut created: RulesetCreated,
    files: &Files,
) -> Result<RulesetCreated, KernelPolicyError> {
    let read = AccessFs::from_read(FILES);
    let lists = [
        (&files.read, read),
        (&files.write, read | AccessFs::from_write(FILES)),
    ];
    for (paths, rights) in lists {
        for path in paths {
            let rule = PathBeneath::new(open(path)?, of_kind(path, rights));
            created = created.add_rule(rule).map_err(system)?;
        }
    }
    Ok(created)
}

fn open(path: &Path) -> Result<PathFd, KernelPolicyError> {
    PathFd::new(path).map_err(|error| {
        let message = format!("{}: the file cannot be opened for a rule", path.display());
        with_source(Kind::Path, message, error)
    })
}

/// A file that is no folder has no rights of folders.
fn of_kind(path: &Path, rights: BitFlags<AccessFs>) -> BitFlags<AccessFs> {
    match path.is_dir() {
        true => rights,
        false => rights & AccessFs::from_file(FILES),
    }
}

fn reach_all_threads(created: RulesetCreated) -> Result<RulesetCreated, KernelPolicyError> {
    let threads = std::fs::read_dir("/proc/self/task").map(Iterator::count);
    let threads = threads.map_err(|error| {
        let message = "/proc/self/task, which lists the threads, cannot be read";
        with_source(Kind::System, message, error)
    })?;
    if threads <= 1 {
        return Ok(created);
    }
    created.all_threads(true).map_err(|error| {
        let message = format!(
            "the process has {threads} threads, and this kernel takes rules for one alone (for all \
             since Linux 7.0): call `enforce` first in `main`, or `enforce_on_thread`"
        );
        with_source(Kind::Threads, message, error)
    })
}

fn unsupported(error: impl Error + Send + Sync + 'static) -> KernelPolicyError {
    let message = "this kernel cannot enforce the policy: it takes Landlock, which is part of Linux \
                   since 5.13 and has rules for TCP since 6.7, and has to be among the modules that \
                   /sys/kernel/security/lsm lists";
    with_source(Kind::Unsupported, message, error)
}

fn system(error: impl Error + Send + Sync + 'static) -> KernelPolicyError {
    let message = format!("the system refuses the policy: {error}");
    with_source(Kind::System, message, error)
}

fn with_source(
    kind: Kind,
    message: impl Into<String>,
    error: impl Error + Send + Sync + 'static,
) -> KernelPolicyError {
    KernelPolicyError {
        source: Some(Box::new(error)),
        ..KernelPolicyError::new(kind, message)
    }
}

fn report(policy: &KernelPolicy, process: bool, version: i32) -> KernelPolicyReport {
    let list = |ports: &BTreeSet<u16>| match ports.is_empty() {
        true => "none".to_owned(),
        false => ports
            .iter()
            .map(u16::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    };
    let mut enforced = Vec::new();
    let mut not_enforced: Vec<String> = Vec::new();
    if let Some(ports) = &policy.connect {
        enforced.push(format!("TCP ports to connect to: {}", list(ports)));
    }
    if let Some(ports) = &policy.bind {
        enforced.push(format!("own TCP ports: {}", list(ports)));
    }
    if policy.connect.is_some() || policy.bind.is_some() {
        not_enforced.push("addresses and names".to_owned());
        not_enforced.push("UDP, Unix and raw sockets".to_owned());
    }
    if let Some(files) = &policy.files {
        let (read, write) = (files.read.len(), files.write.len());
        enforced.push(format!("files: {read} places to read, {write} to write"));
    }
    not_enforced.extend(policy.left_out.iter().map(|&what| what.to_owned()));
    if !process {
        not_enforced.push("threads that there were before".to_owned());
    }
    KernelPolicyReport {
        version,
        enforced,
        not_enforced,
    }
}
