// WebHeaderCollection: what it owns and gives back, and the members the recorded rows do not reach.

use std::borrow::Cow;

use system_net_primitives::{
    HeaderSet, HttpRequestHeader, HttpResponseHeader, Misuse, WebHeaderCollection,
};

/// What one field costs beside its bytes, and for how many at least there is room.
const FIELD: usize = 16;
const FIELDS: usize = 4;

/// A collection of fields whose names are single letters, with values of these lengths.
fn fields(lengths: &[(&str, usize)]) -> WebHeaderCollection {
    let mut headers = WebHeaderCollection::new();
    for (name, length) in lengths {
        headers.add(name, &"x".repeat(*length)).unwrap();
    }
    headers
}

/// A head as a parser leaves it is one block; whoever changes it pays for a list.
#[test]
fn a_parsed_head_is_one_block() {
    let text = b"A: 1\r\nB: 2\r\na: 3\r\n";
    let parsed = || {
        let mut headers = WebHeaderCollection::with_memory(text.len() + 3 * FIELD);
        assert!(headers.is_empty());
        for start in [0, 6, 12] {
            headers.push_offsets(start, 1, start + 3, 1);
        }
        headers.set_text(text);
        headers
    };
    assert_eq!(parsed().memory(), text.len() + 3 * FIELD);
    assert_eq!(parsed().clone().to_string(), "A: 1,3\r\nB: 2\r\n\r\n");
    #[track_caller]
    fn check(
        mut headers: WebHeaderCollection,
        change: impl FnOnce(&mut WebHeaderCollection),
        expected: &[(&str, &str)],
    ) {
        change(&mut headers);
        let fields: Vec<_> = headers.iter().collect();
        let expected: Vec<_> = { expected.iter() }
            .map(|&(name, value)| (name, Cow::Borrowed(value)))
            .collect();
        assert_eq!(fields, expected);
        assert_eq!(headers.len(), expected.len());
        headers.push_raw(b"Z", b"z");
        assert_eq!(headers.iter().last(), Some(("Z", Cow::Borrowed("z"))));
    }
    let [a, b, a3] = [("A", "1"), ("B", "2"), ("a", "3")];
    check(parsed(), |_| {}, &[a, b, a3]);
    check(
        parsed(),
        |h| h.add("C", "4").unwrap(),
        &[a, b, a3, ("C", "4")],
    );
    check(parsed(), |h| h.set("B", "9").unwrap(), &[a, ("B", "9"), a3]);
    check(parsed(), |h| h.set("a", "9").unwrap(), &[("A", "9"), b]);
    check(parsed(), |h| h.remove("a").unwrap(), &[b]);
    check(parsed(), |h| h.remove("C").unwrap(), &[a, b, a3]);
    check(parsed(), WebHeaderCollection::clear, &[]);
}

/// Fields from elsewhere become one block as well.
#[test]
fn fields_become_one_block() {
    let made = |fields: &[(&'static str, &'static str)]| {
        WebHeaderCollection::of_fields(HeaderSet::Response, || {
            let fields = fields.iter();
            fields.map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        })
    };
    let headers = made(&[("server", "x"), ("etag", ""), ("server", "y")]);
    assert_eq!(headers.to_string(), "server: x,y\r\netag: \r\n\r\n");
    assert_eq!(headers.memory(), 3 * FIELD + "serverxetagservery".len());
    assert_eq!(headers.header_set(), HeaderSet::Response);
    let mut none = made(&[]);
    assert_eq!((none.len(), none.memory()), (0, 0));
    none.add_engine("Server", "z").unwrap();
    assert_eq!(none.to_string(), "Server: z\r\n\r\n");
}

/// Filled anew, a collection has the new fields alone, in the memory it had.
#[test]
fn fields_are_filled_anew() {
    let fields = [("server", "x"), ("etag", "")];
    let fields = || {
        let fields = fields.iter();
        fields.map(|(name, value)| (name.as_bytes(), value.as_bytes()))
    };
    let mut headers = WebHeaderCollection::for_request();
    headers.push_raw(b"Accept", b"0123456789".repeat(10).as_slice());
    headers.push_raw(b"Age", b"1");
    let memory = headers.memory();
    headers.refill(HeaderSet::Response, fields);
    assert_eq!(headers.to_string(), "server: x\r\netag: \r\n\r\n");
    assert_eq!(headers.header_set(), HeaderSet::Response);
    assert_eq!(headers.memory(), memory);
    assert!(headers.is_copy(&WebHeaderCollection::of_fields(HeaderSet::Response, fields)));
    headers.refill(HeaderSet::Request, || [].into_iter());
    assert_eq!(headers.len(), 0);
}

#[test]
#[should_panic(expected = "before anything else")]
fn offsets_are_for_parsers_alone() {
    fields(&[("A", 1)]).push_offsets(0, 0, 0, 0);
}

#[test]
fn a_field_takes_what_it_needs() {
    let (name, value) = ("n".repeat(100), "v".repeat(100));
    let mut added = WebHeaderCollection::new();
    added.add(&name, &value).unwrap();
    let mut pushed = WebHeaderCollection::new();
    pushed.push_raw(name.as_bytes(), value.as_bytes());
    for headers in [added, pushed] {
        assert_eq!(headers.memory(), 200 + FIELDS * FIELD);
    }
}

/// Waste is cleaned up once it is large and more than what is used.
#[test]
fn waste_is_cleaned_up() {
    #[track_caller]
    fn check(
        mut headers: WebHeaderCollection,
        change: impl FnOnce(&mut WebHeaderCollection),
        live: Option<usize>,
    ) {
        let before = headers.memory();
        change(&mut headers);
        match live {
            Some(live) => assert_eq!(headers.memory(), live + FIELDS * FIELD),
            None => assert!(headers.memory() >= before, "{}", headers.memory()),
        }
    }
    let remove = |headers: &mut WebHeaderCollection| headers.remove("A").unwrap();
    check(fields(&[("A", 700), ("B", 500)]), remove, Some(501));
    // Not more than half, then more; not large, then large.
    check(fields(&[("A", 599), ("B", 599)]), remove, None);
    check(fields(&[("A", 600), ("B", 598)]), remove, Some(599));
    check(fields(&[("A", 510), ("B", 10)]), remove, None);
    check(fields(&[("A", 511), ("B", 10)]), remove, Some(11));
    let set = |times: usize| {
        move |headers: &mut WebHeaderCollection| {
            for _ in 0..times {
                headers.set("A", &"y".repeat(300)).unwrap();
            }
        }
    };
    check(fields(&[("A", 300)]), set(1), None);
    check(fields(&[("A", 300)]), set(2), Some(301));
    let mut cleaned = fields(&[("A", 700), ("B", 500), ("c", 3)]);
    remove(&mut cleaned);
    assert_eq!(cleaned.get("b").map(|v| v.len()), Some(500));
    assert_eq!(cleaned.get("C").as_deref(), Some("xxx"));
}

#[test]
fn clear_keeps_the_memory() {
    let mut headers = fields(&[("A", 10), ("B", 10)]);
    let before = headers.memory();
    assert!(!headers.is_empty());
    assert!(headers.contains("a") && !headers.contains("C"));
    headers.clear();
    assert!(headers.is_empty());
    assert!(!headers.contains("A"));
    assert_eq!(headers.to_string(), "\r\n");
    assert_eq!(headers.memory(), before);
}

#[test]
fn restrictions_can_change() {
    let mut headers = WebHeaderCollection::new();
    headers.add("Host", "a").unwrap();
    headers.set_header_set(HeaderSet::Request);
    assert_eq!(headers.header_set(), HeaderSet::Request);
    assert!(headers.add("Host", "b").is_err());
    assert_eq!(headers.get("host").as_deref(), Some("a"));
}

/// Valid UTF-8 is no exception: every byte is a character.
#[test]
fn bytes_are_characters_whatever_they_spell() {
    let mut headers = WebHeaderCollection::new();
    headers.push_raw(b"X", "\u{e4}".as_bytes());
    headers.push_raw(b"Y", b"ascii");
    let values: Vec<_> = headers.iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["\u{c3}\u{a4}", "ascii"]);
    assert!(matches!(values[1], Cow::Borrowed(_)), "no memory for ASCII");
}

#[track_caller]
fn refused(result: Result<(), Misuse>, expected: &str) {
    let text = result.unwrap_err().to_string();
    assert!(text.contains(expected), "{text}");
}

#[test]
fn refusals_say_why() {
    let mut plain = WebHeaderCollection::new();
    refused(plain.add("X", "\u{100}"), "no characters above U+00FF");
    refused(
        plain.add("X", "a\nb"),
        "no line breaks and control characters",
    );
    refused(
        plain.add("X", "\u{7f}"),
        "no line breaks and control characters",
    );
    let mut request = WebHeaderCollection::for_request();
    refused(
        request.add("Host", "a"),
        "set through a property of the request",
    );
    let mut response = WebHeaderCollection::for_response();
    refused(response.add("Keep-Alive", "a"), "written by the listener");
    let (from, tag) = (HttpRequestHeader::From, HttpResponseHeader::ETag);
    let of_request = "request headers cannot be changed in a response";
    refused(response.add_request_header(from, "x"), of_request);
    refused(response.set_request_header(from, "x"), of_request);
    refused(response.remove_request_header(from), of_request);
    let of_response = "response headers cannot be changed in a request";
    refused(request.add_response_header(tag, "x"), of_response);
    refused(request.set_response_header(tag, "x"), of_response);
    refused(request.remove_response_header(tag), of_response);
    for headers in [&plain, &request, &response] {
        assert!(headers.is_empty());
    }
}

#[test]
fn enumerations_change_headers() {
    let from = HttpRequestHeader::From;
    let tag = HttpResponseHeader::ETag;
    for mut headers in [
        WebHeaderCollection::new(),
        WebHeaderCollection::for_request(),
    ] {
        headers.add_request_header(from, "a").unwrap();
        headers.add_request_header(from, "b").unwrap();
        assert_eq!(headers.to_string(), "From: a,b\r\n\r\n");
        headers.set_request_header(from, "c").unwrap();
        assert_eq!(headers.to_string(), "From: c\r\n\r\n");
        headers.remove_request_header(from).unwrap();
        assert!(headers.is_empty());
    }
    for mut headers in [
        WebHeaderCollection::new(),
        WebHeaderCollection::for_response(),
    ] {
        headers.add_response_header(tag, "a").unwrap();
        headers.add_response_header(tag, "b").unwrap();
        assert_eq!(headers.to_string(), "ETag: a,b\r\n\r\n");
        headers.set_response_header(tag, "c").unwrap();
        assert_eq!(headers.to_string(), "ETag: c\r\n\r\n");
        headers.remove_response_header(tag).unwrap();
        assert!(headers.is_empty());
    }
}

/// A copy is made in the memory that is there, and known again.
#[test]
fn copies_in_old_memory() {
    let mut parsed = WebHeaderCollection::with_memory(6 + FIELD);
    parsed.push_offsets(0, 1, 3, 1);
    parsed.set_text(b"A: 1\r\n");
    assert_eq!(parsed.text(), Some(&b"A: 1\r\n"[..]));
    let mut listed = WebHeaderCollection::for_response();
    listed.add("B", "22").unwrap();
    listed.add("C", "3").unwrap();
    assert_eq!(listed.text(), None);
    for (from, other) in [(&parsed, &listed), (&listed, &parsed)] {
        let mut copy = WebHeaderCollection::new();
        copy.add("Z", &"z".repeat(100)).unwrap();
        let memory = copy.memory();
        assert!(!copy.is_copy(from));
        copy.copy_from(from);
        assert!(copy.is_copy(from) && from.is_copy(&copy) && !copy.is_copy(other));
        assert_eq!(copy.to_string(), from.to_string());
        assert_eq!(copy.header_set(), from.header_set());
        assert_eq!(copy.memory(), memory, "nothing was asked for");
        copy.push_raw(b"Y", b"y");
        assert!(!copy.is_copy(from));
        assert_eq!(copy.len(), from.len() + 1);
    }
    let mut changed = parsed.clone();
    changed.push_raw(b"Y", b"y");
    assert_eq!(changed.text(), None);
    assert_eq!(WebHeaderCollection::new().text(), None);
}
