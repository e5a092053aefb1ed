//! Starting the program, and what it left behind.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use system_net_testkit::{HttpPeer, Response};

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// The run succeeded and had nothing to say on stderr.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!((self.code, &*self.stderr), (0, ""), "{}", self.text());
        self
    }
}

/// The program, in a clean environment.
pub(crate) fn sysnet(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sysnet"));
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command
        .args(arguments)
        .env_remove("SYSNET_PASSWORD")
        .env_remove("SSL_CERT_FILE")
        .env("SYSTEM_NET_CONFIG", "")
        .env("SYSTEM_NET_MACHINE_CONFIG", "")
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    finish(&mut sysnet(arguments))
}

pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    finish(sysnet(arguments).current_dir(folder))
}

/// Runs it with this on stdin, through a pipe.
pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = sysnet(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    outcome(child.wait_with_output().unwrap())
}

pub(crate) fn finish(command: &mut Command) -> Run {
    outcome(command.output().unwrap())
}

/// `cargo xtask secrets` looks through what the program wrote.
const SHOW: &str = "SYSTEM_NET_TEST_SHOW";

#[allow(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says what they show"
)]
fn outcome(output: std::process::Output) -> Run {
    if std::env::var_os(SHOW).is_some() {
        println!("{}", String::from_utf8_lossy(&output.stdout));
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Run {
        code: output.status.code().unwrap(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A server that answers every path with a page, and knows a few special ones.
pub(crate) fn pages() -> HttpPeer {
    HttpPeer::serve(|request| match request.target().as_str() {
        "/moved" => Response::new(302).header("Location", "/page").body("go"),
        "/loop" => Response::new(302).header("Location", "/loop"),
        "/missing" => Response::new(404).body("no such page\n"),
        "/binary" => Response::new(200).body([0, 159, 146, 150]),
        _ => Response::new(200)
            .header("Content-Type", "text/plain")
            .header("X-Case", "Kept")
            .body("a page\n"),
    })
}
