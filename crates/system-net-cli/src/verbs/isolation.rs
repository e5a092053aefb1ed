//! `sysnet isolation check`: the guide's checklist over a manifest. Exit code 0: it declares what is
//! needed and no more; 1: something is missing, superfluous or misspelt; 26: it cannot be read.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::IpAddr;
use std::path::Path;

use system_net::isolation::{
    AppManifest, ManifestRemark, NetworkCapability, NetworkDirection, NetworkIsolation,
};

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
    let wanted = wanted(options);
    for remark in manifest.remarks() {
        if *remark == ManifestRemark::Superfluous && !wanted.is_empty() {
            // Which of the two it is can be told below.
            continue;
        }
        say(&format!("warning: {remark}"));
        code = FAILED;
    }
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
    if !wanted.is_empty() {
        for (one, instead) in superfluous(&isolation, &wanted) {
            say(&match instead {
                None => format!("warning: {one} is superfluous: nothing above needs it"),
                Some(lesser) => format!("warning: {one} is superfluous: {lesser} does"),
            });
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

/// The capabilities that can be left out together, and what has to be declared in their stead, without
/// anything that is allowed being denied then.
fn superfluous(
    isolation: &NetworkIsolation,
    wanted: &[(IpAddr, NetworkDirection)],
) -> Vec<(NetworkCapability, Option<NetworkCapability>)> {
    use NetworkCapability::{InternetClient, InternetClientServer, PrivateNetworkClientServer};
    let is_enough = |capabilities: &[NetworkCapability]| {
        let rest = NetworkIsolation::new(capabilities.iter().copied());
        wanted.iter().all(|&(address, direction)| {
            let allowed = |by: &NetworkIsolation| by.missing(address.into(), direction).is_none();
            !allowed(isolation) || allowed(&rest)
        })
    };
    let mut kept = isolation.capabilities().to_vec();
    let mut found = Vec::new();
    // The one that allows the most goes first.
    for one in [
        InternetClientServer,
        InternetClient,
        PrivateNetworkClientServer,
    ] {
        let Some(place) = kept.iter().position(|it| *it == one) else {
            continue;
        };
        let mut rest = kept.clone();
        rest.remove(place);
        if is_enough(&rest) {
            found.push((one, None));
            kept = rest;
        } else if one == InternetClientServer && !rest.contains(&InternetClient) {
            rest.push(InternetClient);
            if is_enough(&rest) {
                found.push((one, Some(InternetClient)));
                kept = rest;
            }
        }
    }
    found
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
