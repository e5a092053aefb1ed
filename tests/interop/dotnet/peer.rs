//! The other side: a process of .NET that runs `peer.py`.

use std::io::{BufRead as _, BufReader, Lines, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What .NET is started with: no cultures, for which it would want a library of its own.
const RUNTIME: &str = r#"{"runtimeOptions": {
 "tfm": "netcoreapp3.1",
 "framework": {"name": "Microsoft.NETCore.App", "version": "3.1.0"},
 "configProperties": {"System.Globalization.Invariant": true}
}}"#;

/// A running .NET; dropping it ends the process.
pub(crate) struct DotNet {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    _folder: TempDir,
}

impl DotNet {
    /// `what` is one of the functions of `peer.py`, which says what the options are.
    pub(crate) fn start(what: &str, options: &Value, environment: &[(&str, &Path)]) -> Self {
        let folder = TempDir::new().unwrap();
        let runtime = folder.path().join("runtime.json");
        std::fs::write(&runtime, RUNTIME).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/dotnet/peer.py");
        let python = std::env::var_os("SYSTEM_NET_INTEROP_PYTHON")
            .expect("SYSTEM_NET_INTEROP_PYTHON: a Python with dotnetcore2 and pythonnet");
        let mut child = Command::new(&python)
            .args([script, what, &options.to_string()])
            .env("SYSTEM_NET_INTEROP_DOTNET_CONFIG", &runtime)
            .env("LD_LIBRARY_PATH", openssl_of(&PathBuf::from(python)))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            said,
            _folder: folder,
        }
    }

    fn next(&mut self) -> Value {
        let line = self.said.next().expect(".NET says something").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Where it listens.
    pub(crate) fn port(&mut self) -> u16 {
        let said = self.next();
        let port = said["port"].as_u64();
        u16::try_from(port.unwrap_or_else(|| panic!("{said}"))).unwrap()
    }

    /// What it says at its end, or what failed.
    pub(crate) fn facts(&mut self) -> Result<Value, String> {
        let said = self.next();
        match said["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(said),
        }
    }
}

impl Drop for DotNet {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// The OpenSSL 1.1 that this .NET wants lies beside the Python it runs in.
fn openssl_of(python: &Path) -> PathBuf {
    let environment = python.parent().and_then(Path::parent).unwrap();
    environment.join("openssl-1.1")
}

/// Bytes that the other side can count as well.
pub(crate) fn pattern(size: usize) -> Vec<u8> {
    let byte = |at: usize| (at * 7 + at / 256) % 256;
    (0..size)
        .map(|at| u8::try_from(byte(at)).unwrap())
        .collect()
}

/// The sizes of the messages that are said after a login: around the largest record of TLS and the
/// largest frame of `NegotiateStream`, and far more.
pub(crate) const SIZES: [usize; 9] = [
    1, 5, 16_384, 16_385, 63_488, 64_512, 64_513, 65_537, 200_000,
];

/// Says the messages and hears them again, as the side that speaks first.
#[track_caller]
pub(crate) fn speak(stream: &mut (impl Read + Write)) {
    for size in SIZES {
        stream.write_all(&pattern(size)).unwrap();
        let mut heard = vec![0; size];
        stream.read_exact(&mut heard).unwrap();
        assert!(
            heard == pattern(size),
            "a message of {size} bytes was changed"
        );
    }
}

/// Hears the messages and says them again.
#[track_caller]
pub(crate) fn answer(stream: &mut (impl Read + Write)) {
    for size in SIZES {
        let mut heard = vec![0; size];
        stream.read_exact(&mut heard).unwrap();
        assert!(
            heard == pattern(size),
            "a message of {size} bytes was changed"
        );
        stream.write_all(&heard).unwrap();
    }
}
