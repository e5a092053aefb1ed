//! The fixed servers that the clients meet.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::{fail, pinned};

/// The fixed servers, on the first CPU; they end with this value.
pub(crate) struct Origins {
    children: Vec<Child>,
    pub(crate) port: u16,
    pub(crate) secure_port: u16,
    pub(crate) http2_port: u16,
    /// The file with the authority of the first one's certificate.
    pub(crate) ca: PathBuf,
}

impl Origins {
    pub(crate) fn start(target: &Path) -> Self {
        let ca = std::env::temp_dir().join(format!("bench-origin-{}.pem", std::process::id()));
        let mut origins = Self {
            children: Vec::new(),
            port: 0,
            secure_port: 0,
            http2_port: 0,
            ca,
        };
        [origins.port, origins.secure_port] = origins.add(&target.join("bench-origin"));
        [origins.http2_port] = origins.add(&target.join("bench-origin-h2"));
        origins
    }

    /// Starts one that tells its ports.
    fn add<const PORTS: usize>(&mut self, binary: &Path) -> [u16; PORTS] {
        let mut child = pinned(binary, 0)
            .args(["--port", "0", "--ca"])
            .arg(&self.ca)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| fail(&format!("{}: {error}", binary.display())));
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            // An unreadable line is no port either.
            let _ = BufReader::new(output).read_line(&mut line);
        }
        self.children.push(child);
        let mut words = line.split_whitespace().skip(1);
        [(); PORTS].map(|()| match words.next().map(str::parse) {
            Some(Ok(port)) => port,
            _ => {
                self.stop();
                fail("an origin did not start")
            }
        })
    }

    pub(crate) fn stop(&mut self) {
        // They may have gone already, and the file with them.
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_file(&self.ca);
    }
}

impl Drop for Origins {
    fn drop(&mut self) {
        self.stop();
    }
}
