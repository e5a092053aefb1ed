//! `sysnet isolation check`: the guide's checklist over a manifest. Exit code 0: it declares what is
//! needed and no more; 1: something is missing, superfluous or misspelt; 26: it cannot be read.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::IpAddr;
use std::path::Path;

use system_net::isolation::{AppManifest, NetworkCapability, NetworkDirection, NetworkIsolation};
use system_net::permissions::NetworkKind;

use super::Outcome;
use crate::arguments::{CheckManifest, Isolation};
use crate::failure::{FAILED, Failure, READ, WRITE};

pub(super) fn run(verb: &Isolation) -> Outcome {
    match verb {
        Isolation::Check(options) => check(options),
    }
}

fn check(options: &CheckManifest) -> Outcome {
    let name = options.manifest.display();
    let text = read(&options.manifest).map_err(|error| Failure::file(READ, &name, &error))?;
    let manifest = AppManifest::parse(&text)
        .map_err(|error| Failure::new(READ, format!("{name}: {error}")))?;
    let mut isolation = manifest.isolation();
    if options.loopback_exempt {
        isolation = isolation.exempt_loopback();
    }
    let (mut out, mut code) = (String::new(), 0);
    let mut say = |text: &str| {
        let _infallible = writeln!(out, "{text}");
    };
    let declared: Vec<_> = isolation
        .capabilities()
        .iter()
        .map(|one| one.name())
        .collect();
    say(&format!("capabilities: {}", or_none(&declared)));
    for remark in manifest.remarks() {
        say(&format!("warning: {remark}"));
        code = FAILED;
    }
    let wanted = wanted(options);
    for &(address, direction) in &wanted {
        let what = match direction {
            NetworkDirection::Outbound => "connect to",
            NetworkDirection::Inbound => "accept at",
        };
        match isolation.missing(address.into(), direction) {
            None => say(&format!("{what} {address}: allowed")),
            Some(missing) => {
                say(&format!("{what} {address}: denied: {missing}"));
                code = FAILED;
            }
        }
    }
    // The third step of the checklist: the minimum.
    for &one in isolation
        .capabilities()
        .iter()
        .filter(|_| !wanted.is_empty())
    {
        if !is_needed(&isolation, one, &wanted) {
            say(&format!(
                "warning: {one} is superfluous: nothing above needs it"
            ));
            code = FAILED;
        }
    }
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(out.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::file(WRITE, "stdout", &error))?;
    Ok(code)
}

fn wanted(options: &CheckManifest) -> Vec<(IpAddr, NetworkDirection)> {
    let out = options
        .connect
        .iter()
        .map(|one| (*one, NetworkDirection::Outbound));
    let inward = options
        .accept
        .iter()
        .map(|one| (*one, NetworkDirection::Inbound));
    out.chain(inward).collect()
}

/// Whether something that is allowed would not be without this capability, or with a lesser one.
fn is_needed(
    isolation: &NetworkIsolation,
    one: NetworkCapability,
    wanted: &[(IpAddr, NetworkDirection)],
) -> bool {
    let rest = isolation
        .capabilities()
        .iter()
        .copied()
        .filter(|other| *other != one);
    let mut rest: Vec<_> = rest.collect();
    if one == NetworkCapability::InternetClientServer {
        let serves = wanted.iter().any(|(address, direction)| {
            let kind = NetworkKind::of((*address).into());
            *direction == NetworkDirection::Inbound && kind != NetworkKind::Private
        });
        if !serves {
            // To begin connections, the lesser one does.
            rest.push(NetworkCapability::InternetClient);
        }
    }
    let without = NetworkIsolation::new(rest);
    wanted.iter().any(|&(address, direction)| {
        let allowed = |by: &NetworkIsolation| by.missing(address.into(), direction).is_none();
        allowed(isolation) && !allowed(&without)
    })
}

fn or_none(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

fn read(file: &Path) -> io::Result<String> {
    if file != Path::new("-") {
        return std::fs::read_to_string(file);
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text)?;
    Ok(text)
}
