//! Links that come between the look at a path and its opening, and what is no file.

use std::io::Read;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::fs::{CWD, Mode, OFlags, RenameFlags, mkfifoat, renameat_with};

use super::*;
use crate::verbs::serve::files::{Folder, Found, Rules};

/// `in` to be served, and `out` beside it with a secret.
fn place() -> (tempfile::TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let outer_path = outer.path().canonicalize().unwrap();
    let root = outer_path.join("in");
    std::fs::create_dir_all(root.join("a/b")).unwrap();
    std::fs::write(root.join("a/b/f"), "inside").unwrap();
    std::fs::create_dir(outer_path.join("out")).unwrap();
    std::fs::write(outer_path.join("out/f"), "secret").unwrap();
    (outer, root)
}

fn text(mut file: File) -> String {
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    text
}

/// As if each of them had come after the path was looked at.
#[test]
fn no_link_is_followed() {
    let (outer, root) = place();
    let outside = outer.path().canonicalize().unwrap().join("out");
    symlink(&outside, root.join("absolute")).unwrap();
    symlink("../out", root.join("relative")).unwrap();
    symlink("relative", root.join("chained")).unwrap();
    symlink(outside.join("f"), root.join("file")).unwrap();
    symlink("a", root.join("inner")).unwrap();
    symlink("f", root.join("a/b/inner-file")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    for below in [
        "absolute/f",
        "relative/f",
        "chained/f",
        "absolute",
        "relative",
        "file",
        // Wherever it leads: a path without links was asked for.
        "inner",
        "inner/b/f",
        "a/b/inner-file",
        "loop",
        "loop/x",
    ] {
        open_beneath(&root, Path::new(below)).unwrap_err();
    }
    for below in ["..", "a/../../out/f", "/etc/passwd", "a/b/f/x", "none"] {
        open_beneath(&root, Path::new(below)).unwrap_err();
    }
    let linked = outer.path().join("root");
    symlink(&root, &linked).unwrap();
    open_beneath(&linked, Path::new("a/b/f")).unwrap_err();
    for below in ["a/b/f", "a//b/./f"] {
        match open_beneath(&root, Path::new(below)).unwrap() {
            Opened::File(file) => assert_eq!(text(file), "inside"),
            other => panic!("{below}: {other:?}"),
        }
    }
    for below in ["", "a", "a/b"] {
        let opened = open_beneath(&root, Path::new(below)).unwrap();
        assert!(matches!(opened, Opened::Folder(_)), "{below}: {opened:?}");
    }
}

/// None of them lets anybody wait, with or without somebody at the other end.
#[test]
fn pipes_sockets_and_devices_are_no_files() {
    let (_outer, root) = place();
    mkfifoat(CWD, root.join("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    for name in ["pipe", "socket"] {
        open_beneath(&root, Path::new(name)).unwrap_err();
    }
    // Not opened at all: a writer would be let in by that.
    let writer = OFlags::WRONLY | OFlags::NONBLOCK;
    let error = open(root.join("pipe"), writer, Mode::empty()).unwrap_err();
    assert_eq!(error, rustix::io::Errno::NXIO);
    let devices = Path::new("/dev").canonicalize().unwrap();
    open_beneath(&devices, Path::new("zero")).unwrap_err();
    open_beneath(&devices, Path::new("null")).unwrap_err();
}

/// What is in a folder that may be gone through can be had by its name; its names cannot.
#[test]
#[cfg(target_os = "linux")]
fn folders_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        println!("skipped: folders_that_may_not_be_read: root may read everything");
        return;
    }
    let (_outer, root) = place();
    let mode = |mode| {
        for folder in [&root, &root.join("a"), &root.join("a/b")] {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    mode(0o311);
    let file = open_beneath(&root, Path::new("a/b/f"));
    let folder = open_beneath(&root, Path::new("a/b"));
    mode(0o700);
    match (file.unwrap(), folder.unwrap()) {
        (Opened::File(file), Opened::Folder(folder)) => {
            assert_eq!(text(file), "inside");
            let names = read_folder(folder).unwrap();
            assert!(names.flatten().any(|entry| entry.file_name() == c"f"));
        }
        other => panic!("{other:?}"),
    }
}

/// Somebody changes a file, and a folder on the way, for links to the outside, to and fro, while they are
/// asked for.
#[test]
#[cfg(target_os = "linux")]
fn links_that_come_meanwhile_show_nothing() {
    let (_outer, root) = place();
    let outside = root.parent().unwrap().join("out");
    symlink(&outside, root.join("folder-link")).unwrap();
    std::fs::write(root.join("f"), "inside").unwrap();
    symlink(outside.join("f"), root.join("file-link")).unwrap();
    let folder = Folder::open(&root, Rules::default()).unwrap();
    struct Done<'a>(&'a AtomicBool);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let done = AtomicBool::new(false);
    let swap = |one: &str, other: &str| {
        let (one, other) = (root.join(one), root.join(other));
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).unwrap();
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                swap("a/b", "folder-link");
                swap("f", "file-link");
            }
        });
        let _done = Done(&done);
        for _ in 0..5000 {
            for path in ["/a/b/f", "/f"] {
                if let Found::File(file, _) = folder.find(path) {
                    assert_eq!(text(file), "inside", "{path}");
                }
            }
        }
    });
}
