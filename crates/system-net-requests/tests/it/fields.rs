//! Ranges and dates, which are restricted headers with properties, and who answered.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use system_net_primitives::Misuse;
use system_net_requests::{HttpWebRequest, WebExceptionStatus};
use system_net_testkit::{HttpPeer, Response};

use crate::{check_status, http};

type Add = fn(&mut HttpWebRequest) -> Result<(), Misuse>;

/// The calls in turn; the last one's result, and the header after it.
fn ranges(calls: &[Add]) -> (Result<(), Misuse>, Option<String>) {
    let mut request = http("http://h/");
    let mut last = Ok(());
    for add in calls {
        last = add(&mut request);
    }
    (last, request.headers().get("Range").map(Cow::into_owned))
}

/// The recorded rows, and each form of a range twice.
#[test]
fn range_addrange_forms() {
    let rows: &[(&[Add], &str)] = &[
        (&[|r| r.add_range(0)], "bytes=0-"),
        (&[|r| r.add_range(100)], "bytes=100-"),
        (&[|r| r.add_range(-100)], "bytes=-100"),
        (&[|r| r.add_range_from_to(0, 99)], "bytes=0-99"),
        (
            &[
                |r| r.add_range_from_to(0, 9),
                |r| r.add_range_from_to(20, 29),
            ],
            "bytes=0-9,20-29",
        ),
        (&[|r| r.add_range_with("bytes", 5)], "bytes=5-"),
        (&[|r| r.add_range_with_from_to("items", 5, 6)], "items=5-6"),
        (&[|r| r.add_range(i64::MAX)], "bytes=9223372036854775807-"),
        (&[|r| r.add_range(i64::MIN)], "bytes=-9223372036854775808"),
        (&[|r| r.add_range_from_to(7, 7)], "bytes=7-7"),
        (
            &[|r| r.add_range_with("BYTES", 5), |r| r.add_range(-1)],
            "BYTES=5-,-1",
        ),
    ];
    for (number, (calls, expected)) in rows.iter().enumerate() {
        let (result, header) = ranges(calls);
        assert!(result.is_ok(), "row {number}: {result:?}");
        assert_eq!(header.as_deref(), Some(*expected), "row {number}");
    }
}

#[test]
fn range_that_is_none() {
    let backwards: &[Add] = &[
        |r| r.add_range_from_to(2, 1),
        |r| r.add_range_from_to(-1, 1),
        |r| r.add_range_from_to(0, -1),
        |r| r.add_range_with_from_to("items", 2, 1),
    ];
    for (number, add) in backwards.iter().enumerate() {
        let (result, header) = ranges(&[*add]);
        let refused = matches!(result, Err(Misuse::OutOfRange { .. }));
        assert!(refused && header.is_none(), "{number}: {result:?}");
    }
    let no_unit: &[Add] = &[
        |r| r.add_range_with("", 1),
        |r| r.add_range_with("a b", 1),
        |r| r.add_range_with("a=1,b", 1),
        |r| r.add_range_with_from_to("a\r\nX: y", 1, 2),
    ];
    for (number, add) in no_unit.iter().enumerate() {
        let (result, header) = ranges(&[*add]);
        let refused = matches!(result, Err(Misuse::InvalidArgument { .. }));
        assert!(refused && header.is_none(), "{number}: {result:?}");
    }
    // One request, one unit; what was added before stays.
    let (result, header) = ranges(&[|r| r.add_range(1), |r| r.add_range_with("items", 1)]);
    assert!(matches!(result, Err(Misuse::InvalidOperation(_))));
    assert_eq!(header.as_deref(), Some("bytes=1-"));
}

/// The part comes with 206, and is no error.
#[test]
fn add_range_206() {
    let peer = HttpPeer::serve(|request| match request.header("Range").as_deref() {
        Some("bytes=2-4") => Response::new(206)
            .header("Content-Range", "bytes 2-4/10")
            .body("234"),
        other => Response::new(400).body(format!("{other:?}")),
    });
    let mut request = http(&peer.url("/"));
    request.add_range_from_to(2, 4).unwrap();
    let response = request.get_response().unwrap();
    assert_eq!(response.status_code().as_u16(), 206);
    assert_eq!(response.into_string().unwrap(), "234");
}

#[test]
fn dates_in_headers() {
    type Set = fn(&mut HttpWebRequest, Option<SystemTime>) -> Result<(), Misuse>;
    type Get = fn(&HttpWebRequest) -> Option<SystemTime>;
    let properties: [(&str, Set, Get); 2] = [
        (
            "If-Modified-Since",
            HttpWebRequest::set_if_modified_since,
            HttpWebRequest::if_modified_since,
        ),
        ("Date", HttpWebRequest::set_date, HttpWebRequest::date),
    ];
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    for (name, set, get) in properties {
        let peer = HttpPeer::serve(|_| Response::new(200));
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_577_934_245, "Thu, 02 Jan 2020 03:04:05 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            let mut request = http(&peer.url("/"));
            assert_eq!(get(&request), None, "{name}");
            set(&mut request, Some(at(seconds) + Duration::from_millis(900))).unwrap();
            assert_eq!(get(&request), Some(at(seconds)), "{name}: whole seconds");
            request.get_response().unwrap();
            let seen = peer.requests().pop().unwrap();
            assert_eq!(seen.header(name).as_deref(), Some(text), "{name}");
        }
        let mut request = http(&peer.url("/"));
        for wrong in [at(0) - Duration::from_secs(1), at(253_402_300_800)] {
            let result = set(&mut request, Some(wrong));
            assert!(matches!(result, Err(Misuse::OutOfRange { .. })), "{name}");
        }
        set(&mut request, Some(at(1))).unwrap();
        set(&mut request, None).unwrap();
        assert_eq!(
            (get(&request), request.headers().len()),
            (None, 0),
            "{name}"
        );
    }
}

#[test]
fn address_of_the_answer() {
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/old" => Response::new(302).header("Location", "/new"),
        "/lost" => Response::new(302).header("Location", "/missing"),
        "/missing" => Response::new(404),
        _ => Response::new(200),
    });
    let mut request = http(&peer.url("/old"));
    assert_eq!(request.address(), request.request_uri());
    assert!(!request.have_response());
    drop(request.get_response().unwrap());
    assert_eq!(request.address().to_string(), peer.url("/new"));
    assert_eq!(request.request_uri().to_string(), peer.url("/old"));
    assert!(request.have_response());

    let mut request = http(&peer.url("/lost"));
    check_status(request.get_response(), WebExceptionStatus::ProtocolError);
    assert_eq!(request.address().to_string(), peer.url("/missing"));
    assert!(request.have_response(), "a refusal is a response");

    let mut request = http(&format!("http://{}/", system_net_testkit::refused_port()));
    check_status(request.get_response(), WebExceptionStatus::ConnectFailure);
    assert_eq!(request.address(), request.request_uri());
    assert!(!request.have_response());
}
