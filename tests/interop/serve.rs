//! `sysnet serve` and curl: parts of files, downloads that go on, versions, and the log of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::enabled;
use crate::program::binary;

/// A folder that is served; dropping it ends the process.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    fn start(folder: &Path, options: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .arg("serve")
            .arg(folder)
            .args(options)
            .args(["--log", folder.join("log").to_str().unwrap()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        Self {
            child,
            url: url.trim_end().to_owned(),
        }
    }

    /// curl's exit code and what it printed: the body, and behind it the status.
    fn curl(&self, folder: &Path, options: &[&str], file: &str) -> (i32, String) {
        let output = Command::new("curl")
            .current_dir(folder)
            .args(["-s", "-w", " %{http_code}"])
            .args(options)
            .arg(format!("{}{file}", self.url))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), text)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _status = self.child.wait();
    }
}

#[test]
fn serve_files_to_curl() {
    if !enabled("serve_files_to_curl") {
        return;
    }
    let served = tempfile::tempdir().unwrap();
    let own = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(served.path().join("big"), &content).unwrap();
    std::fs::write(served.path().join("f.txt"), "0123456789").unwrap();
    for (options, version) in [
        (&[][..], "--http1.1"),
        (&["--tls"], "--http1.1"),
        (&[], "--http2-prior-knowledge"),
        (&["--tls"], "--http2"),
    ] {
        let server = Serving::start(served.path(), options);
        let check = |options: &[&str], file: &str, expected: (i32, &str)| {
            let options = [&["-k", version], options].concat();
            let got = server.curl(own.path(), &options, file);
            assert_eq!((got.0, &*got.1), expected, "{options:?}");
        };
        // Parts.
        check(&["-r", "2-4"], "f.txt", (0, "234 206"));
        check(&["-r", "-2"], "f.txt", (0, "89 206"));
        check(&["-r", "7-"], "f.txt", (0, "789 206"));
        check(&["-f", "-r", "50-"], "f.txt", (22, " 416"));
        check(&["--http1.0", "-r", "0-0"], "f.txt", (0, "0 206"));
        let several = server.curl(own.path(), &["-k", version, "-r", "0-1,8-9"], "f.txt");
        assert!(several.1.ends_with("--\r\n 206"), "{several:?}");
        assert!(
            several
                .1
                .contains("\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n")
        );

        // A download that was cut goes on.
        let part = own.path().join("big");
        std::fs::write(&part, &content[..345_678]).unwrap();
        check(&["-C", "-", "-o", "big"], "big", (0, " 206"));
        assert!(std::fs::read(&part).unwrap() == content);
        check(&["-o", "whole"], "big", (0, " 200"));
        assert!(std::fs::read(own.path().join("whole")).unwrap() == content);

        // Only what is newer, or of another version.
        check(&["-z", "2001-01-01"], "f.txt", (0, "0123456789 200"));
        check(&["-z", "1 Jan 2030"], "f.txt", (0, " 304"));
        // 412, of which curl makes this.
        check(&["-z", "-1 Jan 2001"], "f.txt", (0, " 304"));
        check(&["--etag-save", "tag"], "f.txt", (0, "0123456789 200"));
        check(&["--etag-compare", "tag"], "f.txt", (0, " 304"));
        let tag = std::fs::read_to_string(own.path().join("tag")).unwrap();
        let (if_match, if_range) = (
            format!("If-Match: {}", tag.trim()),
            format!("If-Range: {}", tag.trim()),
        );
        check(&["-H", &if_match], "f.txt", (0, "0123456789 200"));
        check(&["-H", &if_range, "-r", "0-1"], "f.txt", (0, "01 206"));
        check(&["-H", "If-Match: \"x\"", "-f"], "f.txt", (22, " 412"));
        let stale = "If-Range: \"x\"";
        check(&["-H", stale, "-r", "0-1"], "f.txt", (0, "0123456789 200"));
        // curl takes dots out of paths unless told not to.
        for path in [
            "../Cargo.toml",
            "%2e%2e/x",
            "..%2fx",
            "..%5cx",
            ".hidden",
            "a%00",
        ] {
            let got = server.curl(own.path(), &["-k", version, "--path-as-is", "-f"], path);
            assert_eq!(got.0, 22, "{path}: {got:?}");
        }
    }
    let log = std::fs::read_to_string(served.path().join("log")).unwrap();
    assert!(log.contains(" HTTP/1.1 GET /big "), "{log}");
    assert!(log.contains(" HTTP/2.0 GET /big "), "{log}");
}
