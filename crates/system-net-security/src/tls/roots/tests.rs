//! The variables, and stores that are not what they should be. What the environment of a whole
//! process does is tested with child processes in `tests/it`.

use std::fs;

use super::*;
use crate::test_util::TestCa;

/// A directory of its own that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("system-net-roots-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> OsString {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn check_error(file: Option<OsString>, directory: Option<OsString>, parts: &[&str]) {
    let error = load(&StorePaths::new(file, directory)).unwrap_err();
    let shown = error.to_string();
    for part in parts {
        assert!(shown.contains(part), "{shown:?} lacks {part:?}");
    }
}

#[test]
fn named_stores_are_used_alone() {
    let folder = Folder::new("named");
    let pem = TestCa::new().ca_pem();
    let file = folder.file("ca.pem", pem.as_bytes());
    let roots = load(&StorePaths::new(Some(file.clone()), None)).unwrap();
    assert_eq!(roots.len(), 1);
    let roots = load(&StorePaths::new(None, Some(folder.0.clone().into()))).unwrap();
    assert_eq!(roots.len(), 1);
    let elsewhere = Folder::new("elsewhere");
    elsewhere.file("other.pem", TestCa::new().ca_pem().as_bytes());
    let roots = load(&StorePaths::new(
        Some(file),
        Some(elsewhere.0.clone().into()),
    ))
    .unwrap();
    assert_eq!(roots.len(), 2, "the file and the directory");
    // A directory without certificates trusts nobody.
    let empty = Folder::new("empty");
    assert!(
        load(&StorePaths::new(None, Some(empty.0.clone().into())))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn unreadable_stores_are_errors_that_name_them() {
    let folder = Folder::new("unreadable");
    let missing = folder.0.join("missing.pem").into_os_string();
    check_error(
        Some(missing.clone()),
        None,
        &["SSL_CERT_FILE", "missing.pem", "cannot be read"],
    );
    check_error(
        None,
        Some(missing),
        &["SSL_CERT_DIR", "missing.pem", "cannot be read"],
    );
    let text = folder.file("text.pem", b"no certificate in here\n");
    check_error(
        Some(text),
        None,
        &["SSL_CERT_FILE", "text.pem", "no usable certificate"],
    );
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken = folder.file("broken.pem", broken);
    check_error(
        Some(broken),
        None,
        &["SSL_CERT_FILE", "broken.pem", "no usable certificate"],
    );
}

#[test]
fn empty_variables_count_as_none() {
    assert!(StorePaths::new(Some(OsString::new()), Some(OsString::new())).is_empty());
    assert!(StorePaths::new(None, None).is_empty());
    let paths = StorePaths::new(None, Some("/a::/b".into()));
    assert_eq!(paths.directories, [Path::new("/a"), Path::new("/b")]);
}
