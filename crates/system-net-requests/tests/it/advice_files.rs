//! What the file system refuses: a status, the cause and the path in the text, and advice that is
//! about files.

use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;

use system_net_requests::{Phase, WebError, WebExceptionStatus as Status, WebRequest};

use crate::{Folder, check_status, context};

fn read(url: &str) -> Result<String, WebError> {
    let mut request = WebRequest::create_in(&context(), url)?;
    request.get_response()?.into_string()
}

fn write(url: &str) -> Result<String, WebError> {
    let mut request = WebRequest::create_in(&context(), url)?;
    request.set_method("PUT")?;
    request.get_request_stream().map(|_| String::new())
}

/// .NET has `ConnectFailure` for all of these.
#[track_caller]
fn check(folder: &Folder, name: &str, result: Result<String, WebError>, kind: ErrorKind) {
    let error = check_status(result, Status::ConnectFailure);
    let text = error.to_string();
    let path = folder.path(name).display().to_string();
    let start = format!("ConnectFailure at {} while connecting: ", folder.url(name));
    assert!(text.starts_with(&start) && text.contains(&path), "{text}");
    assert_eq!(error.phase(), Phase::Connecting);
    let source = std::error::Error::source(&error).unwrap();
    let cause = source.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(cause.kind(), kind, "{text}");
    assert!(text.ends_with(&cause.to_string()), "{text}");
    assert!(error.response().is_none());
    let advice = error.advice();
    assert!(
        advice.len() == 1 && advice[0].contains("this user may read or write"),
        "no word of firewalls: {advice:?}"
    );
}

#[test]
fn file_status_table() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("folder")).unwrap();
    std::fs::write(folder.path("file"), "x").unwrap();
    for (name, read_fails, write_fails) in [
        ("missing", Some(ErrorKind::NotFound), None),
        (
            "no-folder/file",
            Some(ErrorKind::NotFound),
            Some(ErrorKind::NotFound),
        ),
        (
            "folder",
            Some(ErrorKind::IsADirectory),
            Some(ErrorKind::IsADirectory),
        ),
        (
            "file/below",
            Some(ErrorKind::NotADirectory),
            Some(ErrorKind::NotADirectory),
        ),
        ("file", None, None),
    ] {
        let url = folder.url(name);
        for (result, fails) in [(read(&url), read_fails), (write(&url), write_fails)] {
            match fails {
                Some(kind) => check(&folder, name, result, kind),
                None => assert!(result.is_ok(), "{name}: {result:?}"),
            }
        }
    }
}

#[test]
fn file_status_without_permission() {
    let folder = Folder::new();
    for name in ["file", "new/file"] {
        let path = folder.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
        if File::open(&path).is_ok() {
            println!("skipped: file_status_without_permission: this user may open everything");
            return;
        }
        let url = folder.url(name);
        check(&folder, name, read(&url), ErrorKind::PermissionDenied);
        check(&folder, name, write(&url), ErrorKind::PermissionDenied);
    }
}
