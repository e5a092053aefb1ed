//! `layers`: the shape of the house, checked. The table below is section 2 of docs/architecture.md
//! as data; a change here is a change there, with the reason in the commit. Three things are held
//! against it: the arrows between our crates, the third-party crates that each pulls without its
//! features, and what the sources of a layer may name.

mod arrows;
mod sources;
mod third_party;

use crate::workspace::{Counts, Failure, Outcome, Workspace};

/// One crate of the table.
#[derive(Debug)]
struct Layer {
    name: &'static str,
    /// Arrows go from a higher floor to a lower one.
    floor: u8,
    /// Crates of the same floor that it may depend on all the same.
    beside: &'static [&'static str],
    /// Crates of a lower floor that it may not depend on, nor through another.
    never: &'static [&'static str],
    /// Dependencies of ours that are there only with this feature.
    only_with: &'static [(&'static str, &'static str)],
    /// Groups of third-party crates that it may pull with `--no-default-features`.
    third_party: &'static [&'static [&'static str]],
}

/// What most crates of the table have.
const PLAIN: Layer = Layer {
    name: "",
    floor: 0,
    beside: &[],
    never: &[],
    only_with: &[],
    third_party: &[],
};

/// The crates by floor.
const LAYERS: &[Layer] = &[
    Layer {
        name: "system-net-uri",
        floor: 0,
        third_party: &[third_party::IDNA],
        ..PLAIN
    },
    Layer {
        name: "system-net-primitives",
        floor: 1,
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-config",
        floor: 2,
        never: &["system-net-runtime"],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-http-proto",
        floor: 2,
        never: &["system-net-runtime"],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::TOKENS,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-runtime",
        floor: 2,
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::REACTOR,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-gssapi",
        floor: 2,
        never: &["system-net-runtime"],
        third_party: &[third_party::LOADER],
        ..PLAIN
    },
    // Below all that emits: listeners that a file names hear a program that uses sockets alone.
    Layer {
        name: "system-net-diagnostics",
        floor: 2,
        beside: &["system-net-config"],
        never: &["system-net-runtime"],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::TRACING,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-sockets",
        floor: 3,
        only_with: &[("system-net-runtime", "tokio")],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::SYSTEM_CALLS,
            third_party::UDP_BATCHES,
            third_party::BUFFERS,
            third_party::TRACING,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-security",
        floor: 3,
        only_with: &[
            ("system-net-gssapi", "kerberos"),
            ("system-net-runtime", "tls"),
        ],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::AUTHENTICATION,
            third_party::CHECKSUMS,
            third_party::TRACING,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-cache",
        floor: 3,
        never: &["system-net-runtime"],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::TRACING,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-network-information",
        floor: 4,
        never: &["system-net-security", "system-net-cache"],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::SYSTEM_CALLS,
            third_party::UDP_BATCHES,
            third_party::BUFFERS,
            third_party::TRACING,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-web-proxy",
        floor: 4,
        beside: &["system-net-network-information"],
        never: &["system-net-security", "system-net-cache"],
        third_party: &[
            third_party::IDNA,
            third_party::ZEROIZE,
            third_party::PUBLIC_SUFFIXES,
            third_party::SYSTEM_CALLS,
            third_party::UDP_BATCHES,
            third_party::BUFFERS,
            third_party::TRACING,
            third_party::REGEX,
        ],
        ..PLAIN
    },
    Layer {
        name: "system-net-mail",
        floor: 4,
        never: &["system-net-cache"],
        third_party: third_party::ENGINE,
        ..PLAIN
    },
    Layer {
        name: "system-net-requests",
        floor: 5,
        never: &["system-net-mail"],
        third_party: third_party::CLIENT,
        ..PLAIN
    },
    Layer {
        name: "system-net-http-listener",
        floor: 5,
        third_party: third_party::LISTENER,
        ..PLAIN
    },
    Layer {
        name: "system-net-peer-to-peer",
        floor: 5,
        third_party: third_party::ENGINE,
        ..PLAIN
    },
    Layer {
        name: "system-net-http",
        floor: 6,
        third_party: third_party::ENGINE,
        ..PLAIN
    },
    Layer {
        name: "system-net-web-sockets",
        floor: 6,
        third_party: third_party::ENGINE,
        ..PLAIN
    },
    Layer {
        name: "system-net",
        floor: 7,
        third_party: third_party::ENGINE,
        ..PLAIN
    },
    // The program alone may pull what it likes: nobody builds on it.
    Layer {
        name: "system-net-cli",
        floor: 8,
        ..PLAIN
    },
];

/// Beside the floors: nothing that is published depends on them.
const ASIDE: &[&str] = &["system-net-testkit", "system-net-tests", "xtask"];

/// Those of them that depend on nothing of ours.
const ALONE: &[&str] = &["system-net-testkit", "xtask"];

/// The floor from which a crate sees only the floor directly below: the program stands on the
/// facade.
const PROGRAM: &str = "system-net-cli";
const FACADE: &str = "system-net";

pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let packages = workspace.packages()?;
    let mut violations = arrows::check(&packages);
    for (path, text) in workspace.sources()? {
        violations.extend(sources::check(&path, &text));
    }
    for package in &packages {
        let name: &str = package.name.as_ref();
        let Some(layer) = LAYERS
            .iter()
            .find(|layer| layer.name == name && name != PROGRAM)
        else {
            continue;
        };
        let pulled = third_party::pulled(name, workspace)?;
        violations.extend(third_party::check(layer, &pulled));
        println!(
            "{name}: floor {}, {} third-party crates without features",
            layer.floor,
            pulled.len()
        );
    }
    Failure::unless_empty("layers", &violations)?;
    Ok(Counts::default())
}
