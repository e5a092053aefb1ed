//! Header properties of requests and what responses tell of theirs, against what .NET answered.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use system_net_primitives::{CookieContainer, Misuse};
use system_net_requests::{HttpWebRequest, HttpWebResponse, WebExceptionStatus};
use system_net_testkit::{HttpPeer, RecordedRequest, Response, Script};

use crate::{check_status, http};

/// Answers of real runtimes; the first line says where from.
const RECORDED: &str = include_str!("../../../../tests/conformance/webrequest/rows.jsonl");

// ---- What a request sets ----

type Set = fn(&mut HttpWebRequest, Option<&str>) -> Result<(), Misuse>;
type Get = fn(&HttpWebRequest) -> Option<String>;

/// 2020-01-02T03:04:05Z.
const RECORDED_TIME: u64 = 1_577_934_245;

/// The times that the rows have: one, and .NET's word for none.
fn time(text: Option<&str>) -> Option<SystemTime> {
    match text? {
        "2020-01-02T03:04:05Z" => Some(SystemTime::UNIX_EPOCH + Duration::from_secs(RECORDED_TIME)),
        "0001-01-01T00:00:00" => None,
        other => panic!("another time: {other}"),
    }
}

fn time_text(time: Option<SystemTime>) -> Option<String> {
    let none = "0001-01-01T00:00:00.0000000Z";
    let text = match time.map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap()) {
        None => none,
        Some(since) if since.as_secs() == RECORDED_TIME => "2020-01-02T03:04:05.0000000Z",
        Some(other) => panic!("another time: {other:?}"),
    };
    Some(text.to_owned())
}

fn owned(text: Option<Cow<'_, str>>) -> Option<String> {
    text.map(Cow::into_owned)
}

/// .NET's property, its header, and our pair.
const PROPERTIES: &[(&str, &str, Set, Get)] = &[
    ("Accept", "Accept", HttpWebRequest::set_accept, |r| {
        owned(r.accept())
    }),
    (
        "ContentType",
        "Content-Type",
        HttpWebRequest::set_content_type,
        |r| owned(r.content_type()),
    ),
    ("Expect", "Expect", HttpWebRequest::set_expect, |r| {
        owned(r.expect())
    }),
    ("Referer", "Referer", HttpWebRequest::set_referer, |r| {
        owned(r.referer())
    }),
    (
        "UserAgent",
        "User-Agent",
        HttpWebRequest::set_user_agent,
        |r| owned(r.user_agent()),
    ),
    (
        "Host",
        "Host",
        |r, text| r.set_host(text.unwrap()),
        |r| Some(r.host().into_owned()),
    ),
    (
        "IfModifiedSince",
        "If-Modified-Since",
        |r, text| r.set_if_modified_since(time(text)),
        |r| time_text(r.if_modified_since()),
    ),
    (
        "Date",
        "Date",
        |r, text| r.set_date(time(text)),
        |r| time_text(r.date()),
    ),
];

/// The lines of a head that the request's headers and its `Host` make; not what says how the
/// connection and the body go on.
fn lines(seen: &RecordedRequest) -> String {
    let head = seen.head_text();
    let (_, fields) = head.split_once("\r\n").unwrap();
    fields
        .split_inclusive("\r\n")
        .filter(|line| !line.starts_with("Connection:") && !line.starts_with("Content-Length:"))
        .collect()
}

/// The lines in an order of their own: a set `Expect` is sent behind the host, as the Framework does.
fn sorted(lines: &str) -> Vec<String> {
    let mut lines: Vec<String> = lines.split_inclusive("\r\n").map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What the recorded runtimes answered: each field as one of them has it.
fn answers<'a>(row: &'a Value, field: &str) -> Vec<&'a Value> {
    let differing = row["diff"].as_object();
    let others = differing.into_iter().flat_map(|diff| diff.values());
    std::iter::once(&row["expect"][field])
        .chain(others.filter_map(|runtime| runtime.get(field)))
        .collect()
}

/// Each property is set, read back and seen on the wire byte for byte, as the recorded rows have
/// it, and its header is refused when it is set past the property.
#[test]
fn http_property_headers() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let own_host = peer.address().to_string();
    let mut graded = 0;
    for line in RECORDED.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (address, steps) = (&row["in"][0], &row["in"][1]);
        if row["op"] != "reqprops" || address != "http://h/" {
            continue;
        }
        let [step] = &steps.as_array().unwrap()[..] else {
            continue;
        };
        let name = step[0].as_str().unwrap();
        let Some((_, _, set, get)) = PROPERTIES.iter().find(|(known, ..)| *known == name) else {
            continue;
        };
        // Listed with the exceptions of the recorded rows, with its reason.
        if step[1] == "u@x" {
            continue;
        }
        graded += 1;
        let mut request = http(&peer.url("/p"));
        let unset = get(&request);
        let refused = set(&mut request, step[1].as_str()).is_err();
        let refusals = answers(&row, "step1");
        let as_recorded = refusals
            .iter()
            .any(|answer| answer["!"].is_string() == refused);
        assert!(as_recorded, "{step}: refused: {refused}");
        let gives: Value = match get(&request) {
            // The rows' own address.
            Some(host) if name == "Host" && host == own_host => "h".into(),
            text => text.into(),
        };
        let recorded = answers(&row, &format!("get.{name}"));
        assert!(
            recorded.contains(&&gives),
            "{step}: {gives}, not {recorded:?}"
        );
        if refused {
            assert_eq!(get(&request), unset, "{step}: a refusal changes nothing");
        }
        request.get_response().unwrap().close();
        // The recorded headers, then the host, which is none of them.
        let host = match gives.as_str() {
            // On the wire a name is in Punycode.
            Some("ä.de") => "xn--4ca.de",
            Some(host) if name == "Host" && host != "h" => host,
            _ => &own_host,
        };
        let seen = sorted(&lines(peer.requests().last().unwrap()));
        let as_recorded = answers(&row, "Headers").iter().any(|headers| {
            let set = headers.as_str().unwrap().trim_end_matches("\r\n\r\n");
            let set = set.trim_end_matches("\r\n");
            let set = if set.is_empty() {
                String::new()
            } else {
                format!("{set}\r\n")
            };
            seen == sorted(&format!("{set}Host: {host}\r\n\r\n"))
        });
        assert!(as_recorded, "{step}: {seen:?}");
    }
    assert_eq!(graded, 16, "rows that are about these properties");

    for (name, header, set, get) in PROPERTIES {
        let value = match *name {
            "IfModifiedSince" | "Date" => "2020-01-02T03:04:05Z",
            "Host" => "Example.org:81",
            _ => "a/b; c=\"d\", *;q=0.1",
        };
        let mut request = http(&peer.url("/p"));
        set(&mut request, Some(value)).unwrap();
        let (shown, sent) = match *name {
            "IfModifiedSince" | "Date" => (
                "2020-01-02T03:04:05.0000000Z",
                "Thu, 02 Jan 2020 03:04:05 GMT",
            ),
            _ => (value, value),
        };
        assert_eq!(get(&request).as_deref(), Some(shown), "{name}");
        for spelled in [
            header.to_string(),
            header.to_lowercase(),
            header.to_uppercase(),
        ] {
            let headers = request.headers_mut().unwrap();
            for result in [
                headers.add(&spelled, "x"),
                headers.set(&spelled, "x"),
                headers.add_line(&format!("{spelled}: x")),
                headers.remove(&spelled),
            ] {
                let refused = matches!(result, Err(Misuse::InvalidArgument { .. }));
                assert!(refused, "{spelled}: {result:?}");
            }
        }
        request.get_response().unwrap().close();
        let line = format!("\r\n{header}: {sent}\r\n");
        let head = peer.requests().last().unwrap().head_text();
        assert_eq!(head.matches(&line).count(), 1, "{head:?}");
        let once = head
            .to_lowercase()
            .matches(&format!("\r\n{}:", header.to_lowercase()))
            .count();
        assert_eq!(once, 1, "{head:?}");
    }
}

// ---- What a response tells ----

/// A response whose head was sent as it stands here.
fn answered(head: &str) -> HttpWebResponse {
    let peer = HttpPeer::each(Script::new().answer(format!("{head}\r\nok")));
    let mut request = http(&peer.url("/r"));
    request
        .set_cookie_container(Some(CookieContainer::new()))
        .unwrap();
    request.get_response().unwrap()
}

/// Description, content type, character set, content encoding and server of odd responses. The first
/// two are recorded, and so is the comma between values; of several character sets the first counts,
/// as in the Framework's source.
#[test]
fn http_web_response_props() {
    type Row = (&'static str, [&'static str; 5]);
    let rows: &[Row] = &[
        ("HTTP/1.1 200\r\n", ["", "", "", "", ""]),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nServer: oracle\r\n",
            ["OK", "text/plain; charset=utf-8", "utf-8", "", "oracle"],
        ),
        ("HTTP/1.1 200 \r\n", ["", "", "", "", ""]),
        (
            "HTTP/1.1 200 Fine  by me\r\nContent-Type: text/html\r\nServer: a/1 (b)\r\n",
            ["Fine  by me", "text/html", "ISO-8859-1", "", "a/1 (b)"],
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8; charset=koi8-r\r\n",
            [
                "OK",
                "text/html; charset=utf-8; charset=koi8-r",
                "utf-8",
                "",
                "",
            ],
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: TEXT/HTML;x=\"charset=a\"; CharSet = \"UTF-8\"\r\n",
            [
                "OK",
                "TEXT/HTML;x=\"charset=a\"; CharSet = \"UTF-8\"",
                "UTF-8",
                "",
                "",
            ],
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: br\r\n",
            ["OK", "image/png", "", "br", ""],
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nServer:\r\nContent-Encoding: a\r\nContent-Encoding: b\r\n",
            ["OK", "a/b", "", "a,b", ""],
        ),
    ];
    for (head, expected) in rows {
        let response = answered(&format!("{head}Content-Length: 2\r\nX-D: 1\r\nX-D: 2\r\n"));
        let text = |value: Option<Cow<'_, str>>| owned(value).unwrap_or_default();
        let told = [
            response.status_description().to_owned(),
            text(response.content_type()),
            response.character_set(),
            text(response.content_encoding()),
            text(response.server()),
        ];
        assert_eq!(told, *expected, "{head:?}");
        assert_eq!(response.status_code().as_u16(), 200);
        assert_eq!(
            (response.method(), response.content_length()),
            ("GET", Some(2))
        );
        // The recorded way of lines with one name; and a name that is not there.
        assert_eq!(response.get_response_header("x-d"), "1,2");
        assert_eq!(response.get_response_header("missing"), "");
        assert_eq!(response.last_modified().unwrap(), None);
    }

    let cookies = answered(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1; Path=/\r\n\
         Set-Cookie: b=\"2, 3\"; Expires=Wed, 09 Jun 2060 10:18:14 GMT; HttpOnly\r\n",
    )
    .cookies();
    assert_eq!(cookies.count(), 2);
    assert_eq!(cookies.get("a").unwrap().value(), "1");
    let second = cookies.get("b").unwrap();
    assert_eq!((second.value(), second.http_only()), ("\"2, 3\"", true));

    // The three forms of a date, and what is none.
    let modified = |field: &str| {
        answered(&format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLast-Modified: {field}\r\n"
        ))
        .last_modified()
    };
    for field in [
        "Thu, 02 Jan 2020 03:04:05 GMT",
        "Thursday, 02-Jan-20 03:04:05 GMT",
        "Thu Jan  2 03:04:05 2020",
    ] {
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(RECORDED_TIME);
        assert_eq!(modified(field).unwrap(), Some(expected), "{field}");
    }
    for field in [
        "yesterday",
        "",
        "1577934245",
        "Thu, 32 Jan 2020 03:04:05 GMT",
        "0",
    ] {
        let error = check_status(modified(field), WebExceptionStatus::ServerProtocolViolation);
        assert!(error.to_string().contains(&format!("{field:?}")), "{error}");
    }
}
