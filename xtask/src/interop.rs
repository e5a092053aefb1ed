//! `interop`: the library and the program against real peers. Each suite is a test binary of the
//! `tests` package that does its work when `SYSTEM_NET_INTEROP=1`; this command sees to it that the
//! programs it drives are on the machine.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::runner::run_tests;
use crate::workspace::{Counts, Failure, Outcome, Workspace, find_program, run as run_command};

/// A program that a suite drives, and the Debian packages that bring it, best first.
struct Peer {
    program: &'static str,
    packages: &'static [&'static str],
}

/// A test binary of the `tests` package and the programs it needs.
struct Suite {
    name: &'static str,
    peers: &'static [Peer],
    /// Packages of Python's own index, for the scripts of its tests.
    python: &'static [&'static str],
    /// Folders beside that Python with libraries that no package of the system has any more.
    libraries: &'static [Libraries],
}

/// Libraries that another package of Python's index carries along for itself.
struct Libraries {
    /// The folder's name.
    folder: &'static str,
    package: &'static str,
    /// The Python whose package has them; it need not be here.
    python: &'static str,
    /// The folder within the package, and what a library is called there and by who wants it.
    within: &'static str,
    names: &'static [(&'static str, &'static str)],
}

/// What .NET Core 3.1 does its cryptography with.
const OPENSSL_11: Libraries = Libraries {
    folder: "openssl-1.1",
    package: "psycopg2-binary==2.9.3",
    python: "3.10",
    within: "psycopg2_binary.libs",
    names: &[
        ("libssl-", "libssl.so.1.1"),
        ("libcrypto-", "libcrypto.so.1.1"),
    ],
};

/// Every suite; an issue that brings a peer adds its line.
const SUITES: &[Suite] = &[
    // A hand-written server: here it gets more requests than in `cargo test`.
    Suite {
        name: "faults",
        peers: &[],
        python: &[],
        libraries: &[],
    },
    Suite {
        name: "interop",
        peers: &[
            Peer {
                program: "nginx",
                packages: &["nginx-light", "nginx"],
            },
            Peer {
                program: "nghttpd",
                packages: &["nghttp2-server"],
            },
            Peer {
                program: "h2load",
                packages: &["nghttp2-client"],
            },
            Peer {
                program: "curl",
                packages: &["curl"],
            },
            Peer {
                program: "openssl",
                packages: &["openssl"],
            },
        ],
        python: &[],
        libraries: &[],
    },
    Suite {
        name: "interop-listener",
        peers: &[
            Peer {
                program: "curl",
                packages: &["curl"],
            },
            Peer {
                program: "node",
                packages: &["nodejs"],
            },
            Peer {
                program: "chromium",
                packages: &["chromium"],
            },
            Peer {
                program: "nginx",
                packages: &["nginx-light", "nginx"],
            },
            Peer {
                program: "wrk",
                packages: &["wrk"],
            },
            Peer {
                program: "openssl",
                packages: &["openssl"],
            },
            Peer {
                program: "python3",
                packages: &["python3"],
            },
        ],
        python: &["httpx", "requests"],
        libraries: &[],
    },
    Suite {
        name: "interop-mixed",
        peers: &[
            Peer {
                program: "nginx",
                packages: &["nginx-light", "nginx"],
            },
            Peer {
                program: "apache2",
                packages: &["apache2"],
            },
            Peer {
                program: "nghttpd",
                packages: &["nghttp2-server"],
            },
            Peer {
                program: "python3",
                packages: &["python3-minimal"],
            },
        ],
        python: &[],
        libraries: &[],
    },
    Suite {
        name: "interop-logins",
        peers: &[
            Peer {
                program: "krb5kdc",
                packages: &["krb5-kdc"],
            },
            Peer {
                program: "kadmin.local",
                packages: &["krb5-admin-server"],
            },
            Peer {
                program: "kinit",
                packages: &["krb5-user"],
            },
            // What pip builds the modules with.
            Peer {
                program: "krb5-config",
                packages: &["libkrb5-dev"],
            },
            Peer {
                program: "gcc",
                packages: &["gcc"],
            },
            Peer {
                program: "apache2",
                packages: &["apache2"],
            },
            Peer {
                program: "../lib/apache2/modules/mod_auth_gssapi.so",
                packages: &["libapache2-mod-auth-gssapi"],
            },
            Peer {
                program: "curl",
                packages: &["curl"],
            },
            Peer {
                program: "squid",
                packages: &["squid"],
            },
            Peer {
                program: "openssl",
                packages: &["openssl"],
            },
            Peer {
                program: "python3",
                packages: &["python3"],
            },
            Peer {
                program: "python3-config",
                packages: &["python3-dev"],
            },
        ],
        python: &[
            "gssapi",
            "httpx",
            "httpx-gssapi",
            "httpx-ntlm",
            "krb5",
            "pyspnego",
            "requests",
            "requests-gssapi",
            "requests-ntlm",
        ],
        libraries: &[],
    },
    Suite {
        name: "interop-dotnet",
        peers: &[
            Peer {
                program: "krb5kdc",
                packages: &["krb5-kdc"],
            },
            Peer {
                program: "kadmin.local",
                packages: &["krb5-admin-server"],
            },
            Peer {
                program: "kinit",
                packages: &["krb5-user"],
            },
            Peer {
                program: "../lib/x86_64-linux-gnu/gssntlmssp/gssntlmssp.so",
                packages: &["gss-ntlmssp"],
            },
            Peer {
                program: "openssl",
                packages: &["openssl"],
            },
            Peer {
                program: "python3",
                packages: &["python3"],
            },
        ],
        python: &["dotnetcore2", "pythonnet"],
        libraries: &[OPENSSL_11],
    },
    Suite {
        name: "interop-digest",
        peers: &[
            Peer {
                program: "apache2",
                packages: &["apache2"],
            },
            Peer {
                program: "squid",
                packages: &["squid"],
            },
            Peer {
                program: "curl",
                packages: &["curl"],
            },
        ],
        python: &[],
        libraries: &[],
    },
    Suite {
        name: "interop-sockets",
        peers: &[
            Peer {
                program: "ip",
                packages: &["iproute2"],
            },
            Peer {
                program: "ncat",
                packages: &["ncat"],
            },
            Peer {
                program: "socat",
                packages: &["socat"],
            },
            Peer {
                program: "python3",
                packages: &["python3-minimal"],
            },
            Peer {
                program: "nft",
                packages: &["nftables"],
            },
        ],
        python: &[],
        libraries: &[],
    },
];

/// Which suites to run.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Only these suites
    #[arg(long = "suite")]
    suites: Vec<String>,
    /// Only tests whose path contains one of these
    filters: Vec<String>,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    if let Some(unknown) = options
        .suites
        .iter()
        .find(|name| !SUITES.iter().any(|suite| suite.name == **name))
    {
        return Err(Failure::new(format!("there is no suite {unknown}")));
    }
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    for suite in SUITES {
        if !options.suites.is_empty() && !options.suites.iter().any(|name| name == suite.name) {
            continue;
        }
        let provided = provide(suite.peers, workspace);
        let python = provided.and_then(|()| provide_python(suite, workspace));
        let python = match python {
            Ok(python) => python,
            Err(reason) => {
                println!("skipped: suite {}: {reason}", suite.name);
                counts.add(Counts::skipped(1));
                continue;
            }
        };
        let mut command =
            workspace.cargo(&["test", "--release", "-p", "system-net-tests", "--test"]);
        command
            .args([suite.name, "--", "--nocapture"])
            .args(&options.filters);
        command.env("SYSTEM_NET_INTEROP", "1");
        if let Some(python) = python {
            command.env("SYSTEM_NET_INTEROP_PYTHON", python);
        }
        match run_tests(&mut command) {
            Ok(passed) => counts.add(passed),
            Err(failure) => {
                counts.add(failure.counts);
                failures.push(failure.message);
            }
        }
    }
    println!("{}", counts.line());
    if failures.is_empty() {
        Ok(counts)
    } else {
        Err(Failure {
            message: failures.join("\n"),
            counts,
        })
    }
}

/// Installs what is missing. The error is why that could not be done.
fn provide(peers: &[Peer], workspace: &Workspace) -> Result<(), String> {
    for peer in peers.iter().filter(|peer| !present(peer.program)) {
        if !is_root() {
            return Err(format!(
                "{} is not installed, and only root can install it",
                peer.program
            ));
        }
        if find_program("apt-get").is_none() {
            return Err(format!(
                "{} is not installed, and there is no apt-get",
                peer.program
            ));
        }
        install(peer, workspace)?;
    }
    Ok(())
}

/// A Python that has these packages, in a folder of its own. `None` if none are asked for.
fn provide_python(suite: &Suite, workspace: &Workspace) -> Result<Option<PathBuf>, String> {
    let packages = suite.python;
    if packages.is_empty() {
        return Ok(None);
    }
    let said = |failure: Failure| failure.message;
    let folder = workspace.target_directory().map_err(said)?;
    let folder = folder.join("interop-python");
    let python = folder.join("bin").join("python3");
    if !python.is_file() {
        let mut command = workspace.command("python3");
        command.args(["-m", "venv"]).arg(&folder);
        run_command(&mut command).map_err(said)?;
    }
    let modules: Vec<String> = packages
        .iter()
        .map(|package| format!("import {}", module_of(package)))
        .collect();
    let has_all = workspace
        .command(&python)
        .args(["-c", &modules.join("; ")])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_all {
        println!("asking pip for {}", packages.join(", "));
        let mut command = workspace.command(&python);
        command.args(["-m", "pip", "install", "-q"]).args(packages);
        run_command(&mut command).map_err(said)?;
    }
    for libraries in suite.libraries {
        provide_libraries(libraries, &folder, &python, workspace)?;
    }
    Ok(Some(python))
}

/// What a package is called once it is installed.
fn module_of(package: &'static str) -> &'static str {
    match package {
        "pyspnego" => "spnego",
        other => other,
    }
}

/// Takes libraries out of a package for another Python, under the names that others want.
fn provide_libraries(
    libraries: &Libraries,
    environment: &Path,
    python: &Path,
    workspace: &Workspace,
) -> Result<(), String> {
    let folder = environment.join(libraries.folder);
    let is_there = |(_, name): &(&str, &str)| folder.join(name).exists();
    if libraries.names.iter().all(is_there) {
        return Ok(());
    }
    println!("asking pip for {}", libraries.package);
    let unpacked = environment.join("unpacked");
    let mut command = workspace.command(python);
    command
        .args(["-m", "pip", "install", "-q", "--no-deps", "--upgrade"])
        .args(["--only-binary=:all:", "--python-version", libraries.python])
        .args(["--platform", "manylinux2014_x86_64", "--target"])
        .arg(&unpacked)
        .arg(libraries.package);
    run_command(&mut command).map_err(|failure| failure.message)?;
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for file in std::fs::read_dir(unpacked.join(libraries.within)).map_err(failed)? {
        let file = file.map_err(failed)?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        for (start, wanted) in libraries.names {
            if name.starts_with(start) {
                // They look for each other by the name in the package.
                for name in [&*name, *wanted] {
                    std::fs::copy(file.path(), folder.join(name)).map_err(failed)?;
                }
            }
        }
    }
    match libraries.names.iter().find(|name| !is_there(name)) {
        Some((_, name)) => Err(format!("{} has no {name}", libraries.package)),
        None => Ok(()),
    }
}

fn install(peer: &Peer, workspace: &Workspace) -> Result<(), String> {
    let apt = |arguments: &[&str]| {
        let mut command = workspace.command("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        // The suite starts its own peer on its own port; the packaged service stays down.
        command.env("RUNLEVEL", "1");
        run_command(&mut command)
    };
    println!(
        "{} is not installed: asking apt-get for {}",
        peer.program,
        peer.packages.join(" or ")
    );
    // An old package list is no obstacle if the package can still be had.
    if let Err(failure) = apt(&["update", "-qq"]) {
        println!("{}", failure.message);
    }
    for package in peer.packages {
        let asked = apt(&["install", "-y", "-qq", "--no-install-recommends", package]);
        if asked.is_ok() && present(peer.program) {
            return Ok(());
        }
    }
    Err(format!("{} could not be installed", peer.program))
}

fn present(program: &str) -> bool {
    // Debian keeps daemons out of an ordinary user's PATH.
    find_program(program).is_some() || Path::new("/usr/sbin").join(program).is_file()
}

fn is_root() -> bool {
    // A process's own folder under /proc belongs to its effective user.
    std::fs::metadata("/proc/self").is_ok_and(|folder| folder.uid() == 0)
}
