//! `-C`, `-r` and `-z`: parts of resources, and resources only if they are new.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use system_net_testkit::{HttpPeer, RecordedRequest, Response};

use crate::program::{Run, run, run_in};

const TEXT: &str = "0123456789abcdef";

/// A server with one resource of this version, which gives parts of it as RFC 9110 has it; with
/// `broken` it goes on one byte further than asked.
fn peer(version: &'static str, broken: bool) -> HttpPeer {
    HttpPeer::serve(move |request| answer(request, version, broken))
}

fn answer(request: &RecordedRequest, version: &str, broken: bool) -> Response {
    match request.target().as_str() {
        "/missing" => return Response::new(404).body("no such page"),
        "/whole" => return Response::new(200).body(TEXT),
        _ => {}
    }
    let whole = || Response::new(200).header("ETag", version).body(TEXT);
    let same = request
        .header("If-Range")
        .is_none_or(|wanted| wanted == version);
    let range = request.header("Range").filter(|_| same);
    let Some((from, to)) = range.as_deref().and_then(|range| {
        let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
        let last = TEXT.len() - 1;
        Some(match (from, to) {
            ("", count) => (TEXT.len() - count.parse::<usize>().ok()?, last),
            (from, "") => (from.parse().ok()?, last),
            (from, to) => (from.parse().ok()?, to.parse().ok()?),
        })
    }) else {
        return whole();
    };
    let total = TEXT.len();
    if from >= total {
        return Response::new(416)
            .header("Content-Range", &format!("bytes */{total}"))
            .body("nothing there");
    }
    let from = from + usize::from(broken);
    Response::new(206)
        .header("ETag", version)
        .header("Content-Range", &format!("bytes {from}-{to}/{total}"))
        .body(&TEXT[from..=to])
}

fn note(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap().to_str().unwrap();
    file.with_file_name(format!(".{name}.resume"))
}

/// What `-C` makes of a file that has this.
struct Case {
    folder: tempfile::TempDir,
    file: PathBuf,
}

impl Case {
    fn new(content: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        Self { folder, file }
    }

    fn get(&self, offset: &str, url: &str) -> Run {
        run(&["get", "-C", offset, "-o", self.file.to_str().unwrap(), url])
    }

    fn content(&self) -> Option<String> {
        std::fs::read_to_string(&self.file).ok()
    }
}

#[test]
fn downloads_go_on() {
    for (before, offset, path, code, after, range) in [
        (None, "-", "/a", 0, Some(TEXT), None),
        (Some("0123"), "-", "/a", 0, Some(TEXT), Some("bytes=4-")),
        (Some(""), "-", "/a", 0, Some(TEXT), None),
        (Some(TEXT), "-", "/a", 0, Some(TEXT), Some("bytes=16-")),
        (Some("0123"), "4", "/a", 0, Some(TEXT), Some("bytes=4-")),
        (None, "12", "/a", 0, Some("cdef"), Some("bytes=12-")),
        // A file of more than there is, or of less than was said.
        (
            Some("0123456789abcdefgh"),
            "-",
            "/a",
            33,
            Some("0123456789abcdefgh"),
            Some("bytes=18-"),
        ),
        (Some("0123"), "5", "/a", 36, Some("0123"), None),
        // A server that has no parts, but as much as the file.
        (Some(TEXT), "-", "/whole", 0, Some(TEXT), Some("bytes=16-")),
        // A server that has no parts, and one that has nothing: the file stays.
        (
            Some("0123"),
            "-",
            "/whole",
            33,
            Some("0123"),
            Some("bytes=4-"),
        ),
        (
            Some("0123"),
            "-",
            "/missing",
            22,
            Some("0123"),
            Some("bytes=4-"),
        ),
        (None, "-", "/missing", 22, None, None),
    ] {
        let case = Case::new(before);
        let server = peer("\"v1\"", false);
        let run = case.get(offset, &server.url(path));
        let what = format!("{before:?} {offset} {path}: {run:?}");
        assert_eq!(run.code, code, "{what}");
        assert_eq!(case.content().as_deref(), after, "{what}");
        let asked = server
            .requests()
            .first()
            .and_then(|request| request.header("Range"));
        assert_eq!(asked.as_deref(), range, "{what}");
        assert!(!note(&case.file).exists(), "{what}");
    }
    let case = Case::new(Some("0123"));
    let run = case.get("-", &peer("\"v1\"", true).url("/a"));
    assert_eq!(
        (run.code, case.content().as_deref()),
        (33, Some("0123")),
        "{run:?}"
    );
    assert!(run.stderr.contains("the server goes on at 5"), "{run:?}");
}

/// An interrupted download keeps what it has, and goes on with the same version only.
#[test]
fn downloads_go_on_with_the_same_version() {
    for (version, asked, after) in [
        ("\"v1\"", Some("\"v1\""), "0123456789abcdef"),
        ("\"v2\"", Some("\"v1\""), "0123456789abcdef"),
    ] {
        let case = Case::new(None);
        let server = HttpPeer::converse(move |talk| {
            let request = talk.head()?;
            if talk.connection_index() == 0 {
                let part = "0123";
                talk.send(format!(
                    "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 16\r\n\r\n{part}"
                ))?;
                return talk.close();
            }
            let body = match request.header("If-Range").as_deref() == Some(version) {
                true => {
                    "HTTP/1.1 206 P\r\nContent-Range: bytes 4-15/16\r\nContent-Length: 12\r\n\r\n456789abcdef"
                }
                false => "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n0123456789abcdef",
            };
            talk.send(body)?;
            talk.close()
        });
        let url = server.url("/a");
        assert_eq!(case.get("-", &url).code, 18);
        assert_eq!(case.content().as_deref(), Some("0123"));
        assert!(note(&case.file).exists());
        let second = case.get("-", &url);
        assert_eq!(second.code, 0, "{second:?}");
        assert_eq!(case.content().as_deref(), Some(after), "{version}");
        let request = &server.requests()[1];
        assert_eq!(request.header("If-Range").as_deref(), asked);
        assert_eq!(request.header("Range").as_deref(), Some("bytes=4-"));
        assert_eq!(
            case.folder.path().read_dir().unwrap().count(),
            1,
            "no note is left"
        );
    }
}

/// A rest of another version, which a server sends against what it was asked, is not put behind.
#[test]
fn a_rest_of_another_version_is_refused() {
    let server = HttpPeer::converse(|talk| {
        talk.head()?;
        talk.send(match talk.connection_index() {
            0 => "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 16\r\n\r\n0123",
            _ => {
                "HTTP/1.1 206 P\r\nETag: \"v2\"\r\nContent-Range: bytes 4-15/16\r\n\
                 Content-Length: 12\r\n\r\nVWXYZvwxyz!!"
            }
        })?;
        talk.close()
    });
    let case = Case::new(None);
    let url = server.url("/a");
    assert_eq!(case.get("-", &url).code, 18);
    let note = std::fs::read_to_string(note(&case.file)).unwrap();
    assert!(note.contains("etag \"v1\"\ntotal 16\n"), "{note}");
    assert!(!note.contains(&url), "{note}");
    let second = case.get("-", &url);
    assert_eq!(second.code, 33, "{second:?}");
    assert!(second.stderr.contains("another version"), "{second:?}");
    assert_eq!(case.content().as_deref(), Some("0123"));
}

#[test]
fn downloads_go_on_elsewhere() {
    let server = peer("\"v1\"", false);
    // To stdout, from a byte on.
    let text = run(&["get", "-C", "10", &server.url("/a")]).ok().text();
    assert_eq!(text, "abcdef");
    let run_code = |arguments: &[&str]| run(arguments).code;
    assert_eq!(run_code(&["get", "-C", "-", &server.url("/a")]), 2);
    assert_eq!(run_code(&["get", "-C", "x", &server.url("/a")]), 2);
    assert_eq!(run_code(&["get", "-C", "1", "file:///etc/hostname"]), 2);
    // With -O: in this folder, and not through a link.
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("in");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join("a"), "0123").unwrap();
    run_in(&inner, &["get", "-C", "-", "-O", &server.url("/a")]).ok();
    assert_eq!(std::fs::read_to_string(inner.join("a")).unwrap(), TEXT);
    std::fs::write(folder.path().join("victim"), "0123").unwrap();
    std::os::unix::fs::symlink("../victim", inner.join("b")).unwrap();
    let linked = run_in(&inner, &["get", "-C", "-", "-O", &server.url("/b")]);
    assert_eq!(linked.code, 23, "{linked:?}");
    let victim = std::fs::read_to_string(folder.path().join("victim")).unwrap();
    assert_eq!(victim, "0123");
}

#[test]
fn ranges() {
    let server = peer("\"v1\"", false);
    for (range, sent, body) in [
        ("2-4", "bytes=2-4", "234"),
        ("10-", "bytes=10-", "abcdef"),
        ("-3", "bytes=-3", "def"),
    ] {
        let text = run(&["get", "-r", range, &server.url("/a")]).ok().text();
        assert_eq!(text, body, "{range}");
        let request = server.requests().pop().unwrap();
        assert_eq!(request.header("Range").as_deref(), Some(sent));
    }
    run(&["get", "-r", "0-1,4-5", &server.url("/whole")]).ok();
    let request = server.requests().pop().unwrap();
    assert_eq!(request.header("Range").as_deref(), Some("bytes=0-1,4-5"));
    for wrong in ["x", "5", "5-x", "-0"] {
        assert_eq!(
            run(&["get", "-r", wrong, &server.url("/a")]).code,
            2,
            "{wrong}"
        );
    }
}

/// A server whose resource is of 2020-01-02, and which answers conditions if `knows`.
fn dated(knows: bool) -> HttpPeer {
    const DATE: &str = "Thu, 02 Jan 2020 00:00:00 GMT";
    HttpPeer::serve(move |request| {
        let unchanged = request.header("If-Modified-Since").as_deref() == Some(DATE);
        match knows && unchanged {
            true => Response::new(304),
            false => Response::new(200).header("Last-Modified", DATE).body(TEXT),
        }
    })
}

#[test]
fn conditions() {
    for (condition, header, value, knows, taken) in [
        (
            "2020-01-01",
            "If-Modified-Since",
            "Wed, 01 Jan 2020 00:00:00 GMT",
            true,
            true,
        ),
        (
            "2020-01-02",
            "If-Modified-Since",
            "Thu, 02 Jan 2020 00:00:00 GMT",
            true,
            false,
        ),
        // A server that knows nothing of conditions sends what is not wanted.
        (
            "2020-01-02",
            "If-Modified-Since",
            "Thu, 02 Jan 2020 00:00:00 GMT",
            false,
            false,
        ),
        (
            "-2020-01-01",
            "If-Unmodified-Since",
            "Wed, 01 Jan 2020 00:00:00 GMT",
            false,
            false,
        ),
        (
            "-2020-01-03",
            "If-Unmodified-Since",
            "Fri, 03 Jan 2020 00:00:00 GMT",
            false,
            true,
        ),
    ] {
        let server = dated(knows);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let path = file.to_str().unwrap();
        run(&["get", "-z", condition, "-o", path, &server.url("/")]).ok();
        assert_eq!(file.exists(), taken, "{condition} {knows}");
        let sent = server.requests()[0].header(header);
        assert_eq!(sent.as_deref(), Some(value), "{condition}");
    }
    assert_eq!(run(&["get", "-z", "no date", "http://h/"]).code, 2);
}

#[test]
fn conditions_and_times_of_files() {
    let server = dated(true);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let path = file.to_str().unwrap();
    run(&["get", "-R", "-o", path, &server.url("/")]).ok();
    let time = file.metadata().unwrap().modified().unwrap();
    let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_923_200);
    assert_eq!(time, expected);
    // The file is as new as the resource: it stays.
    let text = run(&["get", "-z", path, &server.url("/")]).ok().text();
    assert_eq!(text, "");
    run(&[
        "get",
        "-R",
        "-O",
        "-C",
        "-",
        "--output-dir",
        folder.path().to_str().unwrap(),
        &server.url("/x"),
    ])
    .ok();
    let time = folder
        .path()
        .join("x")
        .metadata()
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(time, expected);
}
