// WebHeaderCollection: recorded rows, restrictions, the block, properties.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use system_net_primitives::{
    HeaderSet, HttpRequestHeader, HttpResponseHeader, Misuse, WebHeaderCollection,
};

use crate::rows::{Exception, check_rows, misuse, object};

const FOLDED: &str = "a line break in a value is refused in every form, a folded line included";
const ALL_WRITES: &[&str] = &[
    "plain.Add",
    "plain.Set",
    "plain.AddLine",
    "request.Add",
    "request.Indexer",
];
const EXCEPTIONS: &[Exception] = &[
    Exception {
        op: "hdr",
        input: r#"["X-Custom","a\r\n\tb"]"#,
        fields: ALL_WRITES,
        reason: FOLDED,
    },
    Exception {
        op: "hdr",
        input: r#"["X-Custom","a\r\n b\r\n c"]"#,
        fields: ALL_WRITES,
        reason: FOLDED,
    },
    Exception {
        op: "hdr",
        input: r#"["X-Custom","中"]"#,
        fields: ALL_WRITES,
        reason: ".NET keeps the character and cuts it to its low byte on the wire",
    },
];

fn outcome(
    mut headers: WebHeaderCollection,
    change: impl FnOnce(&mut WebHeaderCollection) -> Result<(), Misuse>,
) -> Value {
    match change(&mut headers) {
        Ok(()) => headers.to_string().into(),
        Err(error) => misuse(&error),
    }
}

fn single(name: &str, value: &str) -> Map<String, Value> {
    let restricted = |response| {
        WebHeaderCollection::is_restricted(name, response)
            .map_or_else(|error| misuse(&error), Value::from)
    };
    let (plain, request) = (WebHeaderCollection::new, WebHeaderCollection::for_request);
    object(json!({
        "IsRestricted": restricted(false),
        "IsRestricted.response": restricted(true),
        "plain.Add": outcome(plain(), |h| h.add(name, value)),
        "plain.Set": outcome(plain(), |h| h.set(name, value)),
        "plain.AddLine": outcome(plain(), |h| h.add_line(&format!("{name}:{value}"))),
        "request.Add": outcome(request(), |h| h.add(name, value)),
        "request.Indexer": outcome(request(), |h| h.set(name, value)),
        "request.Remove": outcome(request(), |h| h.remove(name)),
    }))
}

fn sequence(steps: &[Value]) -> Map<String, Value> {
    let mut headers = WebHeaderCollection::new();
    for step in steps {
        // A null value is an empty one in .NET.
        let word = |n: usize| step[n].as_str().unwrap_or_default();
        match word(0) {
            "Add" => headers.add(word(1), word(2)).unwrap(),
            "Remove" => headers.remove(word(1)).unwrap(),
            other => panic!("a step that no row had: {other}"),
        }
    }
    let values: Map<String, Value> = headers
        .all_keys()
        .into_iter()
        .map(|key| (key.to_owned(), json!(headers.get_values(key).unwrap())))
        .collect();
    object(json!({
        "ToString": headers.to_string(),
        "AllKeys": headers.all_keys(),
        "GetValues": values,
        "Count": headers.count(),
        "bytes": headers.to_byte_array().into_iter().map(char::from).collect::<String>(),
    }))
}

#[test]
fn web_header_collection_rows() {
    let rows = include_str!("../../../../tests/conformance/headers/rows.jsonl");
    // The one row without a name cannot be said in Rust.
    check_rows(rows, 1, EXCEPTIONS, |op, input| {
        Some(match op {
            "hdr" => single(input[0].as_str()?, input[1].as_str().unwrap_or_default()),
            "hdrline" => {
                let line = input[0].as_str()?;
                object(json!({ "Add": outcome(WebHeaderCollection::new(), |h| h.add_line(line)) }))
            }
            "hdrseq" => sequence(input[0].as_array()?),
            other => panic!("unknown op {other}"),
        })
    });
}

#[test]
fn restricted_headers_of_each_set() {
    let restricted = |response| {
        let mut names: Vec<&str> = HttpRequestHeader::ALL
            .iter()
            .map(|h| h.name())
            .chain(HttpResponseHeader::ALL.iter().map(|h| h.name()))
            .filter(|name| WebHeaderCollection::is_restricted(name, response).unwrap())
            .collect();
        names.sort_unstable();
        names.dedup();
        names.join(" ")
    };
    assert_eq!(
        restricted(false),
        "Accept Connection Content-Length Content-Type Date Expect Host If-Modified-Since Range \
         Referer Transfer-Encoding User-Agent"
    );
    assert_eq!(
        restricted(true),
        "Content-Length Keep-Alive Transfer-Encoding WWW-Authenticate"
    );
}

#[test]
fn the_engine_sets_what_callers_may_not() {
    let mut headers = WebHeaderCollection::for_request();
    let error = headers.set("host", "evil").unwrap_err();
    assert_eq!(error.param_name(), Some("name"));
    headers.set_engine("Host", "good").unwrap();
    assert!(headers.remove("Host").is_err());
    assert!(
        headers.set_engine("Host", "a\r\nX: y").is_err(),
        "checked all the same"
    );
    assert_eq!(headers.get("host").as_deref(), Some("good"));
    headers.remove_engine("HOST");
    assert!(headers.is_empty());
}

#[test]
fn enumerations_name_headers_and_keep_to_their_side() {
    let mut request = WebHeaderCollection::for_request();
    request
        .add_request_header(HttpRequestHeader::AcceptLanguage, "de")
        .unwrap();
    request
        .set_request_header(HttpRequestHeader::AcceptLanguage, "en")
        .unwrap();
    request
        .set_request_header(HttpRequestHeader::Te, "trailers")
        .unwrap();
    request
        .remove_request_header(HttpRequestHeader::Te)
        .unwrap();
    assert_eq!(request.to_string(), "Accept-Language: en\r\n\r\n");
    assert!(matches!(
        request.add_response_header(HttpResponseHeader::ETag, "x"),
        Err(Misuse::InvalidOperation(_))
    ));
    let mut response = WebHeaderCollection::for_response();
    response
        .add_response_header(HttpResponseHeader::ETag, "\"1\"")
        .unwrap();
    assert!(
        response
            .add_response_header(HttpResponseHeader::KeepAlive, "x")
            .is_err()
    );
    assert!(matches!(
        response.set_request_header(HttpRequestHeader::From, "x"),
        Err(Misuse::InvalidOperation(_))
    ));
    assert_eq!(HttpRequestHeader::ALL.len(), 41);
    assert_eq!(HttpResponseHeader::ALL.len(), 30);
    assert_eq!(HttpRequestHeader::ContentMd5.name(), "Content-MD5");
    assert_eq!(
        HttpResponseHeader::WwwAuthenticate.name(),
        "WWW-Authenticate"
    );
}

#[test]
fn a_parsed_head_is_read_in_place() {
    let head = b"HTTP/1.1 200 OK\r\nServer: x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n";
    let mut headers = WebHeaderCollection::with_memory(200);
    let at = |what: &[u8]| {
        let start = head.windows(what.len()).position(|w| w == what).unwrap() as u32;
        (start, what.len() as u32)
    };
    for (name, value) in [
        ("Server", "x\r"),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
    ] {
        let (value, value_len) = at(value.trim_end().as_bytes());
        let (name, name_len) = at(name.as_bytes());
        headers.push_offsets(name, name_len, value, value_len);
    }
    headers.set_text(head);
    assert_eq!(headers.get_first("SET-COOKIE"), Some(&b"a=1"[..]));
    let all: Vec<_> = headers.get_all("set-cookie").collect();
    assert_eq!(all, [b"a=1", b"b=2"]);
    assert_eq!((headers.len(), headers.count()), (3, 2));
    assert_eq!(headers.key(1), Some("Set-Cookie"));
    assert_eq!(
        headers.get_first("HTTP"),
        None,
        "the start line is no field"
    );
    headers.set("server", "y").unwrap();
    let fields: Vec<_> = headers.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(fields, ["Server=y", "Set-Cookie=a=1", "set-cookie=b=2"]);
}

#[test]
#[should_panic(expected = "within the text")]
fn offsets_outside_of_the_text_are_a_bug_of_the_parser() {
    let mut headers = WebHeaderCollection::new();
    headers.push_offsets(0, 2, 3, 2);
    headers.set_text(&[0; 4]);
}

#[test]
fn values_are_latin1() {
    let mut headers = WebHeaderCollection::new();
    headers.add("X", "\u{e4}").unwrap();
    assert_eq!(headers.get_first("x"), Some(&[0xe4][..]));
    headers.push_raw(b"Y", &[b'a', 0xff]);
    assert_eq!(headers.get("y").as_deref(), Some("a\u{ff}"));
    assert_eq!(headers.to_string(), "X: \u{e4}\r\nY: a\u{ff}\r\n\r\n");
}

#[test]
fn changing_a_value_for_ever_does_not_grow_the_block() {
    let mut headers = WebHeaderCollection::new();
    headers.add("Keep", "me").unwrap();
    for n in 0..100_000 {
        headers.set("Counter", &n.to_string()).unwrap();
        headers.add("Gone", "again").unwrap();
        headers.remove("gone").unwrap();
    }
    assert!(headers.memory() < 4096, "{} bytes", headers.memory());
    assert_eq!(headers.to_string(), "Keep: me\r\nCounter: 99999\r\n\r\n");
}

#[test]
fn debug_shows_no_values() {
    let mut headers = WebHeaderCollection::new();
    headers.add("Authorization", "Basic c2VjcmV0").unwrap();
    assert_eq!(format!("{headers:?}"), r#"["Authorization"]"#);
}

#[test]
fn an_empty_collection_owns_no_memory() {
    let headers = WebHeaderCollection::for_request();
    assert_eq!(headers.memory(), 0);
    assert_eq!(headers.header_set(), HeaderSet::Request);
    assert_eq!(headers.get_first("a"), None);
    assert_eq!(headers.to_string(), "\r\n");
}

proptest! {
    /// Whatever a caller hands in, no line break gets to the wire, and the text form reads back.
    #[test]
    fn no_setter_lets_a_line_break_through(
        steps in prop::collection::vec(("[ -~]{0,6}|\\PC{1,3}|(?s).{0,4}", "(?s).{0,8}"), 0..8),
    ) {
        let mut headers = WebHeaderCollection::new();
        for (n, (name, value)) in steps.iter().enumerate() {
            let _ = match n % 3 {
                0 => headers.add(name, value),
                1 => headers.set(name, value),
                _ => headers.add_line(&format!("{name}:{value}")),
            };
        }
        for (name, value) in headers.iter_bytes() {
            prop_assert!(!name.is_empty());
            prop_assert!(name.iter().all(u8::is_ascii_graphic));
            prop_assert!(!value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        }
        let text = headers.to_string();
        let mut again = WebHeaderCollection::new();
        for line in text.split_terminator("\r\n").filter(|line| !line.is_empty()) {
            again.add_line(line).unwrap();
        }
        prop_assert_eq!(again.to_string(), text);
    }

    /// The collection behaves as the plain list of fields it stands for.
    #[test]
    fn behaves_as_a_list(
        steps in prop::collection::vec((0..3, "[abAB]", "[a-z]{0,40}"), 0..60),
    ) {
        let mut headers = WebHeaderCollection::new();
        let mut model: Vec<(String, String)> = Vec::new();
        for (what, name, value) in steps {
            let same = |n: &String| n.eq_ignore_ascii_case(&name);
            match what {
                0 => {
                    headers.add(&name, &value).unwrap();
                    model.push((name, value));
                }
                1 => {
                    headers.set(&name, &value).unwrap();
                    match model.iter().position(|(n, _)| same(n)) {
                        Some(first) => {
                            model[first].1 = value;
                            let mut index = 0;
                            model.retain(|(n, _)| {
                                index += 1;
                                index - 1 <= first || !same(n)
                            });
                        }
                        None => model.push((name, value)),
                    }
                }
                _ => {
                    headers.remove(&name).unwrap();
                    model.retain(|(n, _)| !same(n));
                }
            }
            let ours: Vec<_> =
                headers.iter().map(|(n, v)| (n.to_owned(), v.into_owned())).collect();
            prop_assert_eq!(&ours, &model);
        }
    }
}
