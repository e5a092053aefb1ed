//! What is different on a terminal: the guard against binary data, the progress bar, the password.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use system_net_testkit::{HttpPeer, PASSWORD, Script};

use crate::program::{pages, sysnet};

/// A terminal of 100 columns: our end, and the program's.
fn terminal() -> (File, File) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let path = name.to_str().unwrap();
    let theirs = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let size = Winsize {
        ws_row: 25,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&theirs, size).unwrap();
    (File::from(ours), theirs)
}

/// What was shown until the program closed its end.
fn shown(mut ours: File) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    // Linux reports the end as an error.
    while let Ok(read @ 1..) = ours.read(&mut piece) {
        bytes.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn terminal_is_kept_from_binary_data() {
    let peer = pages();
    let url = peer.url("/binary");
    for (arguments, code, reason) in [
        (["get", &url].as_slice(), 23, "-o -"),
        (["get", "-o", "-", &url].as_slice(), 0, ""),
    ] {
        let (ours, theirs) = terminal();
        let output = sysnet(arguments).stdout(theirs).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert!(errors.contains(reason), "{errors}");
        assert_eq!(shown(ours).contains('\0'), code == 0);
    }
    let (ours, theirs) = terminal();
    let text = sysnet(&["get", &peer.url("/page")]).stdout(theirs).output();
    assert!(text.unwrap().status.success());
    assert_eq!(shown(ours), "a page\r\n");
}

#[test]
fn terminal_shows_progress_and_silence_hides_it() {
    for (options, visible) in [(["-o", "f"].as_slice(), true), (&["-s", "-o", "f"], false)] {
        let folder = tempfile::tempdir().unwrap();
        let body = vec![b'x'; 100_000];
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
        let peer = HttpPeer::each(Script::new().answer(head).send_slow(
            &body,
            20_000,
            Duration::from_millis(80),
        ));
        let (ours, theirs) = terminal();
        let status = sysnet(&[&["get"], options, &[&peer.url("/")]].concat())
            .current_dir(folder.path())
            .env("TERM", "xterm")
            .stdout(Stdio::null())
            .stderr(theirs)
            .status()
            .unwrap();
        assert!(status.success());
        let shown = shown(ours);
        assert_eq!(shown.contains("down ["), visible, "{shown:?}");
        assert_eq!(shown.is_empty(), !visible, "{shown:?}");
    }
}

/// The password is asked for on the terminal that controls the program, and not shown.
#[test]
fn terminal_is_asked_for_the_password() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization").as_deref() {
        Some("Basic YW5uOmdlaGVpbS1aeDgx") => system_net_testkit::Response::new(200).body("in"),
        _ => system_net_testkit::Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
    });
    // setsid makes the terminal the controlling one: /dev/tty is it then.
    let (mut ours, theirs) = terminal();
    let program = sysnet(&["get", "-s", "-u", "ann", &peer.url("/")]);
    let mut command = std::process::Command::new("setsid");
    command
        .args(["--ctty", "--wait"])
        .arg(program.get_program())
        .args(program.get_args())
        .env_remove("SYSNET_PASSWORD")
        .stdin(theirs)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            println!("skipped: setsid: {error}");
            return;
        }
    };
    drop(command);
    let mut asked = Vec::new();
    while !asked.ends_with(b"Password of ann: ") {
        let mut byte = [0];
        assert_eq!(ours.read(&mut byte).unwrap(), 1, "{asked:?}");
        asked.push(byte[0]);
    }
    ours.write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"in", "{output:?}");
    let after = shown(ours);
    assert!(!after.contains(PASSWORD), "{after:?}");
}
