//! Downloads that go on where an earlier one ended.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_requests::{
    Checksum, ChecksumAlgorithm, RetryBudget, RetryPolicy, WebClient, WebError,
    WebExceptionStatus as Status,
};
use system_net_testkit::{HttpPeer, RecordedRequest, Script};

use crate::{Folder, check_status, context};

const LENGTH: usize = 300_000;

fn content(version: u8) -> Vec<u8> {
    (0..LENGTH).map(|at| (at % 251) as u8 ^ version).collect()
}

/// What a resource server does with the requests it gets, one after the other.
#[derive(Clone)]
struct Answer {
    version: u8,
    /// Fields beside length and range.
    fields: String,
    /// Ranges are served.
    ranges: bool,
    /// `If-Range` is not looked at.
    careless: bool,
    /// Closed after so many bytes of the body.
    cut: Option<usize>,
    /// The range that is told instead of the right one.
    told: Option<String>,
}

impl Answer {
    fn whole() -> Self {
        Self {
            version: 1,
            fields: "ETag: \"v1\"\r\n".into(),
            ranges: true,
            careless: false,
            cut: None,
            told: None,
        }
    }

    fn cut(at: usize) -> Self {
        Self {
            cut: Some(at),
            ..Self::whole()
        }
    }

    fn bytes(&self, request: &RecordedRequest) -> Vec<u8> {
        let content = content(self.version);
        let range = request.header("Range").filter(|_| self.ranges);
        let from: Option<usize> = range.map(|range| {
            range["bytes=".len()..]
                .trim_end_matches('-')
                .parse()
                .unwrap()
        });
        let if_range = request.header("If-Range");
        let same =
            if_range.is_none_or(|validator| self.careless || self.fields.contains(&validator));
        let fields = &self.fields;
        let mut answer = match from.filter(|_| same) {
            Some(from) if from >= LENGTH => format!(
                "HTTP/1.1 416 No\r\n{fields}Content-Range: bytes */{LENGTH}\r\nContent-Length: 0\r\n\r\n"
            )
            .into_bytes(),
            Some(from) => {
                let right = format!("bytes {from}-{}/{LENGTH}", LENGTH - 1);
                let told = self.told.as_ref().unwrap_or(&right);
                let left = LENGTH - from;
                let head = format!(
                    "HTTP/1.1 206 Partial Content\r\n{fields}Content-Range: {told}\r\n\
                     Content-Length: {left}\r\n\r\n"
                );
                [head.as_bytes(), &content[from..]].concat()
            }
            None => {
                let head =
                    format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {LENGTH}\r\n\r\n");
                [head.as_bytes(), &content].concat()
            }
        };
        if let Some(cut) = self.cut {
            let head = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
            answer.truncate(head + cut);
        }
        answer
    }
}

/// A server that gives these answers in turn, and the last one for ever.
fn server(answers: &[Answer]) -> HttpPeer {
    let (answers, next) = (answers.to_vec(), AtomicUsize::new(0));
    HttpPeer::converse(move |talk| {
        loop {
            let request = talk.head()?;
            let number = next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let answer = &answers[number];
            talk.send(answer.bytes(&request))?;
            if answer.cut.is_some() {
                return talk.close();
            }
        }
    })
}

fn client() -> WebClient {
    WebClient::new_in(&context())
}

/// Downloads twice: the first time is cut, the second goes on. Gives the second request's `Range`
/// and `If-Range`.
#[track_caller]
fn check_second(
    first: Answer,
    second: Answer,
    asked: Option<(&str, &str)>,
    expected: Result<u8, Status>,
) {
    let (folder, peer) = (Folder::new(), server(&[first, second]));
    let (client, path) = (client(), folder.path("f"));
    let url = peer.url("/file");
    client.download_file_resumed(&url, &path, None).unwrap_err();
    assert!(!path.exists());
    let result = client.download_file_resumed(&url, &path, None);
    let request = &peer.requests()[1];
    let range = request.header("Range").zip(request.header("If-Range"));
    let range = range
        .as_ref()
        .map(|(range, validator)| (&**range, &**validator));
    assert_eq!(range, asked);
    match expected {
        Ok(version) => {
            result.unwrap();
            assert!(std::fs::read(&path).unwrap() == content(version));
            assert_eq!(folder.names(), ["f"]);
        }
        Err(status) => {
            check_status(result, status);
            assert!(!path.exists());
        }
    }
}

/// The rest is asked for with `If-Range`, and only what is the rest of the same version is taken.
#[test]
fn download_resume_if_range() {
    const CUT: usize = 100_000;
    let asked = Some(("bytes=100000-", "\"v1\""));
    let with = |fields: &str| Answer {
        fields: fields.into(),
        ..Answer::cut(CUT)
    };
    // The usual case: the rest.
    check_second(Answer::cut(CUT), Answer::whole(), asked, Ok(1));
    // Another version by now: all of it.
    let other = Answer {
        version: 2,
        fields: "ETag: \"v2\"\r\n".into(),
        ..Answer::whole()
    };
    check_second(Answer::cut(CUT), other.clone(), asked, Ok(2));
    // A server that sends a part of another version all the same: not put together.
    let careless = Answer {
        careless: true,
        ..other
    };
    check_second(Answer::cut(CUT), careless, asked, Ok(2));
    // Ranges are not known: all of it.
    let without = Answer {
        ranges: false,
        ..Answer::whole()
    };
    check_second(Answer::cut(CUT), without, asked, Ok(1));
    // A date serves, if it is strong; a weak validator does not.
    let date = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                Date: Sun, 06 Nov 1994 08:50:00 GMT\r\n";
    let dated = Answer {
        fields: date.into(),
        ..Answer::whole()
    };
    let asked_by_date = Some(("bytes=100000-", "Sun, 06 Nov 1994 08:49:37 GMT"));
    check_second(with(date), dated, asked_by_date, Ok(1));
    for fields in ["", "ETag: W/\"v1\"\r\n", "ETag: v1\r\n"] {
        check_second(with(fields), Answer::whole(), None, Ok(1));
    }
    // Nothing of the body had come.
    check_second(Answer::cut(0), Answer::whole(), None, Ok(1));
    // All of it had come, but not its end.
    let tell = |told: &str| Answer {
        told: Some(told.into()),
        ..Answer::whole()
    };
    // Another part than was asked for.
    for told in [
        "bytes 0-199999/300000",
        "bytes 99999-299998/300000",
        "bytes 100000-299998/300000",
        "bytes 100000-300000/300001",
        "bytes 100000-299999",
        "items 100000-299999/300000",
        "bytes */300000",
        "",
    ] {
        let expected = match told {
            // Of a resource of another length: it is asked for anew, and comes.
            "bytes 100000-300000/300001" => Ok(1),
            _ => Err(Status::ServerProtocolViolation),
        };
        check_second(Answer::cut(CUT), tell(told), asked, expected);
    }
    // A length that is not told leaves it to the range.
    check_second(
        Answer::cut(CUT),
        tell("bytes 100000-299999/*"),
        asked,
        Ok(1),
    );
}

/// What is there already is the whole, though its end was not seen: the server says so, or it says
/// that it is not.
#[test]
fn unsatisfiable_range() {
    for (fields, total, requests) in [
        ("ETag: \"v1\"\r\n", LENGTH, 2),
        ("", LENGTH, 2),
        ("ETag: \"other\"\r\n", LENGTH, 3),
        ("ETag: \"v1\"\r\n", LENGTH + 1, 3),
    ] {
        // Chunked, and cut in front of the last chunk: everything came but the end.
        let mut first =
            b"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        first.extend_from_slice(format!("{LENGTH:x}\r\n").as_bytes());
        first.extend_from_slice(&content(1));
        first.extend_from_slice(b"\r\n");
        let no_range = format!(
            "HTTP/1.1 416 No\r\n{fields}Content-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"
        );
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
        let whole = [head.as_bytes(), &content(2)].concat();
        let peer = HttpPeer::scripts([
            Script::new().answer(first).close(),
            Script::new().answer(no_range).answer(whole).stall(),
        ]);
        let (folder, client) = (Folder::new(), client());
        let (url, path) = (peer.url("/"), folder.path("f"));
        let cut = client.download_file_resumed(&url, &path, None);
        check_status(cut, Status::ConnectionClosed);
        client.download_file_resumed(&url, &path, None).unwrap();
        let version = if requests == 2 { 1 } else { 2 };
        assert!(
            std::fs::read(&path).unwrap() == content(version),
            "{fields}{total}"
        );
        let range = peer.requests()[1].header("Range");
        assert_eq!(range, Some(format!("bytes={LENGTH}-")));
        assert_eq!(
            (peer.request_count(), folder.names()),
            (requests, vec!["f".to_owned()])
        );
    }
}

/// A client with a retry policy goes on by itself, as often as it may.
#[tokio::test]
async fn download_goes_on_by_itself() {
    let cuts = [10_000, 1, 0, 123_456].map(Answer::cut);
    let answers = [&cuts[..], &[Answer::whole()]].concat();
    let (folder, peer) = (Folder::new(), server(&answers));
    let progress = Arc::new(Mutex::new(Vec::new()));
    let mut client = client();
    let mut policy = RetryPolicy::new();
    policy.set_max_attempts(10);
    policy.set_pause(|_| Box::pin(async {}));
    policy.set_budget(Some(RetryBudget::new(100, 1.0)));
    client.set_retry_policy(Some(policy.clone()));
    let seen = Arc::clone(&progress);
    let _progress = client.on_download_progress_changed(move |event| {
        let total = event.total_bytes_to_receive();
        seen.lock().unwrap().push((event.bytes_received(), total));
    });
    let (url, path) = (peer.url("/"), folder.path("f"));
    client
        .download_file_resumed_async(&url, &path, None)
        .await
        .unwrap();
    assert!(std::fs::read(&path).unwrap() == content(1));
    assert_eq!(folder.names(), ["f"]);
    let ranges: Vec<_> = peer.requests().iter().map(|r| r.header("Range")).collect();
    let from = |at: usize| Some(format!("bytes={at}-"));
    assert_eq!(
        ranges,
        [
            None,
            from(10_000),
            from(10_001),
            from(10_001),
            from(133_457)
        ]
    );
    // Progress is that of the whole file, and never goes back.
    let progress = std::mem::take(&mut *progress.lock().unwrap());
    assert!(progress.is_sorted());
    assert!(
        progress
            .iter()
            .all(|(_, total)| *total == Some(LENGTH as u64))
    );
    assert_eq!(progress.last().unwrap().0, LENGTH as u64);

    // One attempt less than there are cuts: what came stays for another call.
    let (folder, peer) = (Folder::new(), server(&answers));
    policy.set_max_attempts(4);
    client.set_retry_policy(Some(policy));
    let (url, path) = (peer.url("/"), folder.path("f"));
    let failed = client.download_file_resumed(&url, &path, None);
    check_status(failed, Status::ConnectionClosed);
    assert_eq!(folder.names(), [".f.part.resume", "f.part"]);
    client.download_file_resumed(&url, &path, None).unwrap();
    assert!(std::fs::read(&path).unwrap() == content(1));
}

/// A file whose bytes are others than somebody said does not get its name.
#[test]
fn checksums_are_compared() {
    let of = |algorithm| Checksum::of(algorithm, &content(1)[..]).unwrap();
    let sha256: Checksum = of(ChecksumAlgorithm::Sha256);
    let wrong = Checksum::of(ChecksumAlgorithm::Sha256, &content(2)[..]).unwrap();
    let check = |fields: &str, given: Option<&Checksum>, fits: bool| {
        for cut in [None, Some(50_000)] {
            let answer = |cut| Answer {
                fields: format!("ETag: \"v1\"\r\n{fields}"),
                cut,
                ..Answer::whole()
            };
            let (folder, peer) = (Folder::new(), server(&[answer(cut), answer(None)]));
            let (client, path) = (client(), folder.path("f"));
            let url = peer.url("/");
            if cut.is_some() {
                client
                    .download_file_resumed(&url, &path, given)
                    .unwrap_err();
            }
            let result = client.download_file_resumed(&url, &path, given);
            if fits {
                result.unwrap();
                assert_eq!(folder.names(), ["f"]);
                continue;
            }
            let error = check_status(result, Status::ReceiveFailure);
            assert!(error.to_string().contains("checksum"), "{error}");
            // Neither the file nor what could be gone on with.
            assert_eq!(folder.names(), [""; 0]);
        }
    };
    check("", None, true);
    check("", Some(&sha256), true);
    check("", Some(&of(ChecksumAlgorithm::Md5)), true);
    check("", Some(&wrong), false);
    // In the first answer only: of the whole, though the rest comes in another answer.
    const WRONG: &str = "Repr-Digest: sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:\r\n";
    check(WRONG, None, false);
    check(WRONG, Some(&sha256), false);
    check(
        "Digest: SHA-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\r\n",
        None,
        false,
    );
    check("Content-MD5: kAFQmDzST7DWlj99KOF/cg==\r\n", None, false);
    check("Content-MD5: what?\r\n", None, true);
}

/// Without a validator what came is of no use: nothing is left. Nor after a download that is
/// dropped before anything came.
#[tokio::test]
async fn nothing_useless_is_left() {
    let without = Answer {
        fields: String::new(),
        ..Answer::cut(1000)
    };
    let (folder, peer) = (Folder::new(), server(&[without]));
    let path = folder.path("f");
    let result = client().download_file_resumed(&peer.url("/"), &path, None);
    check_status(result, Status::ConnectionClosed);
    assert_eq!(folder.names(), [""; 0]);

    let silent = HttpPeer::silent();
    let client = client();
    let url = silent.url("/");
    let download = client.download_file_resumed_async(&url, &path, None);
    tokio::select! {
        result = download => panic!("{result:?}"),
        () = async {
            while silent.connections_opened() == 0 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    assert_eq!(folder.names(), [""; 0]);
    // Another address is not gone on with; damage neither.
    let peer = server(&[Answer::cut(1000), Answer::whole()]);
    client
        .download_file_resumed(&peer.url("/a"), &path, None)
        .unwrap_err();
    assert_eq!(folder.names(), [".f.part.resume", "f.part"]);
    client
        .download_file_resumed(&peer.url("/b"), &path, None)
        .unwrap();
    assert_eq!(peer.requests()[1].header("Range"), None);
    assert_eq!(folder.names(), ["f"]);
    for damage in [&b""[..], b"system-net part 1\n", b"\xff", &[b'x'; 20_000]] {
        let peer = server(&[Answer::cut(1000), Answer::whole()]);
        client
            .download_file_resumed(&peer.url("/"), &path, None)
            .unwrap_err();
        std::fs::write(folder.path(".f.part.resume"), damage).unwrap();
        client
            .download_file_resumed(&peer.url("/"), &path, None)
            .unwrap();
        assert_eq!(peer.requests()[1].header("Range"), None);
    }
}

/// Two downloads to one place do not write into each other; a link that somebody put there is not
/// followed.
#[test]
fn a_part_is_of_one_download() {
    let folder = Folder::new();
    let path = folder.path("f");
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 8\r\n\r\nhalf")
            .stall(),
    );
    let client = client();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| client.download_file_resumed(&peer.url("/"), &path, None));
        while std::fs::metadata(folder.path("f.part")).map_or(0, |part| part.len()) < 4 {
            // Nothing tells when bytes have reached a file.
            std::thread::sleep(Duration::from_millis(2));
        }
        let second = WebClient::new_in(&context());
        let error: WebError = check_status(
            second.download_file_resumed(&peer.url("/"), &path, None),
            Status::UnknownError,
        );
        assert!(error.to_string().contains("under way"), "{error}");
        client.cancel_async();
        check_status(first.join().unwrap(), Status::RequestCanceled);
    });
    assert_eq!(std::fs::read(folder.path("f.part")).unwrap(), b"half");

    std::fs::remove_file(folder.path("f.part")).unwrap();
    std::fs::write(folder.path("victim"), "precious").unwrap();
    std::os::unix::fs::symlink(folder.path("victim"), folder.path("f.part")).unwrap();
    let result = client.download_file_resumed(&peer.url("/"), &path, None);
    check_status(result, Status::UnknownError);
    let victim = std::fs::read_to_string(folder.path("victim")).unwrap();
    assert_eq!(victim, "precious");
}

/// Other protocols are downloaded as ever.
#[test]
fn resumed_over_other_schemes() {
    let folder = Folder::new();
    std::fs::write(folder.path("source"), content(1)).unwrap();
    let (client, path) = (client(), folder.path("f"));
    client
        .download_file_resumed(&folder.url("source"), &path, None)
        .unwrap();
    assert!(std::fs::read(&path).unwrap() == content(1));
    assert_eq!(folder.names(), ["f", "source"]);
}
