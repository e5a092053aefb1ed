//! One request drawn by chance: what is asked, and what must come of it.

use std::time::SystemTime;

use system_net_config::NetContext;
use system_net_primitives::{HttpVersion, WebHeaderCollection};
use system_net_requests::{DecompressionMethods, HttpVersionPolicy, HttpWebRequest, WebRequest};
use system_net_tests::content::{Random, content, mix};

use crate::site::{Kind, Site};

/// How a body goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Buffered,
    WithLength,
    Chunked,
    Unkept,
    UnkeptChunked,
}

/// A request, ready to be sent, and what must come of it.
pub(crate) struct Asked<'a> {
    pub(crate) kind: Kind,
    pub(crate) request: HttpWebRequest,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) expected: Expected<'a>,
    /// What of the response is read.
    pub(crate) reading: Reading,
    /// For the message of a failure.
    pub(crate) shown: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Whole,
    /// So many bytes, then it is let go.
    Part(usize),
    Nothing,
}

pub(crate) struct Expected<'a> {
    pub(crate) status: u16,
    /// `None`: whatever the server says, as long as it is whole.
    pub(crate) body: Option<std::borrow::Cow<'a, [u8]>>,
    /// The length that the head must announce, if it announces one.
    pub(crate) announced: Option<u64>,
    pub(crate) content_range: Option<String>,
    /// Where it must have come from.
    pub(crate) uri: Option<String>,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) length: Option<u64>,
    pub(crate) headers: WebHeaderCollection,
    pub(crate) uri: String,
    pub(crate) body: Vec<u8>,
}

impl<'a> Asked<'a> {
    /// The request with this number.
    pub(crate) fn new(context: &NetContext, site: &'a Site, seed: u64, number: u64) -> Self {
        let mut random = Random::new(mix(seed, number));
        let kind = site.kind(&mut random);
        let mut asked = Self::of_kind(context, site, kind, number, &mut random);
        let request = &mut asked.request;
        if site.is_http2() {
            request
                .set_protocol_version(HttpVersion::VERSION20)
                .unwrap();
            let exactly = HttpVersionPolicy::RequestVersionExact;
            request.set_version_policy(exactly).unwrap();
        } else if random.percent(8) {
            request.set_keep_alive(false).unwrap();
        }
        if !site.is_http2() && asked.body.is_none() && random.percent(5) {
            request
                .set_protocol_version(HttpVersion::VERSION10)
                .unwrap();
        }
        if random.percent(20) {
            let group = ["a", "b"][random.below(2)];
            request.set_connection_group_name(Some(group)).unwrap();
        }
        asked.reading = match random.below(100) {
            0..3 => Reading::Nothing,
            3..6 => Reading::Part(1 + random.below(5_000)),
            _ => Reading::Whole,
        };
        asked
    }

    fn of_kind(
        context: &NetContext,
        site: &'a Site,
        kind: Kind,
        number: u64,
        random: &mut Random,
    ) -> Self {
        let file = site.file(random);
        let get = |path: &str| WebRequest::create_http_in(context, site.url(path)).unwrap();
        let plain = |request, path: &str, body: &'a [u8]| Self {
            kind,
            request,
            body: None,
            expected: Expected {
                status: 200,
                body: Some(body.into()),
                announced: Some(body.len() as u64),
                content_range: None,
                uri: Some(site.url(path)),
            },
            reading: Reading::Whole,
            shown: format!("{kind:?} {path}"),
        };
        let mut asked = plain(get(&file.name), &file.name, &file.content);
        match kind {
            Kind::Get => {}
            Kind::Head => {
                asked.request.set_method("HEAD").unwrap();
                asked.expected.body = Some([].as_slice().into());
            }
            Kind::Range => asked.part(&file.content, random),
            // Beyond the end of nothing servers send nothing, or say so.
            Kind::BadRange if file.content.is_empty() => {}
            Kind::BadRange => {
                let from = i64::try_from(file.content.len()).unwrap() + 7;
                asked.request.add_range(from).unwrap();
                asked.expected = status(416);
            }
            Kind::Compressed => {
                let file = site.text(random);
                asked = plain(get(&file.name), &file.name, &file.content);
                let methods = [
                    DecompressionMethods::GZIP,
                    DecompressionMethods::GZIP.union(DecompressionMethods::DEFLATE),
                    DecompressionMethods::ALL,
                ];
                let methods = methods[random.below(methods.len())];
                asked.request.set_automatic_decompression(methods).unwrap();
                asked.expected.announced = None;
            }
            Kind::Missing => {
                let path = format!("none/{number}.bin");
                asked = plain(get(&path), &path, site.missing().unwrap_or_default());
                asked.expected.status = 404;
                asked.expected.announced = None;
                if site.missing().is_none() {
                    asked.expected.body = None;
                }
            }
            Kind::Redirect => {
                let path = format!("{}/{}", [301, 302, 307, 308][random.below(4)], file.name);
                asked = plain(get(&path), &file.name, &file.content);
                asked.shown = format!("{kind:?} {path}");
            }
            Kind::NotModified => {
                let now = Some(SystemTime::now());
                asked.request.set_if_modified_since(now).unwrap();
                asked.expected = status(304);
                asked.expected.body = Some([].as_slice().into());
            }
            Kind::Post | Kind::PostToProgram => {
                let path = if kind == Kind::Post {
                    "echo"
                } else {
                    "program"
                };
                asked = plain(get(path), path, &[]);
                asked.request.set_method("POST").unwrap();
                asked.carry(number, random);
                let body = asked.body.clone().unwrap_or_default();
                asked.expected.announced = Some(body.len() as u64);
                asked.expected.body = Some(body.into());
            }
            Kind::Put => {
                let path = format!("put/{number}");
                asked = plain(get(&path), &path, &[]);
                asked.request.set_method("PUT").unwrap();
                asked.carry(number, random);
                asked.expected.status = 201;
                asked.expected.announced = None;
            }
        }
        asked
    }

    /// Asks for a part of the file.
    fn part(&mut self, content: &'a [u8], random: &mut Random) {
        let length = content.len();
        let signed = |n: usize| i64::try_from(n).unwrap();
        let from = random.below(length);
        let to = from + random.below(length.saturating_sub(from));
        let last = 1 + random.below(length);
        if length == 0 {
            // No part of nothing can be had; the whole of it can.
            return;
        }
        let (from, to) = match random.below(3) {
            0 => {
                self.request
                    .add_range_from_to(signed(from), signed(to))
                    .unwrap();
                (from, to)
            }
            1 => {
                self.request.add_range(signed(from)).unwrap();
                (from, length - 1)
            }
            _ => {
                self.request.add_range(-signed(last)).unwrap();
                (length - last, length - 1)
            }
        };
        self.expected.status = 206;
        self.expected.body = Some((&content[from..=to]).into());
        self.expected.announced = Some((to - from + 1) as u64);
        self.expected.content_range = Some(format!("bytes {from}-{to}/{length}"));
        self.shown = format!("{} {from}-{to}", self.shown);
    }

    /// Gives it a body.
    fn carry(&mut self, number: u64, random: &mut Random) {
        let forms = [
            Form::Buffered,
            Form::WithLength,
            Form::Chunked,
            Form::Unkept,
            Form::UnkeptChunked,
        ];
        let (form, length) = (forms[random.below(forms.len())], random.length(1 << 20));
        let request = &mut self.request;
        let unkept = matches!(form, Form::Unkept | Form::UnkeptChunked);
        request.set_allow_write_stream_buffering(!unkept).unwrap();
        match form {
            Form::Buffered => {}
            Form::WithLength | Form::Unkept => request.set_content_length(length as u64).unwrap(),
            Form::Chunked | Form::UnkeptChunked => request.set_send_chunked(true).unwrap(),
        }
        self.body = Some(content(!number, length));
        self.shown = format!("{} {form:?} {length}", self.shown);
    }
}

fn status(status: u16) -> Expected<'static> {
    Expected {
        status,
        body: None,
        announced: None,
        content_range: None,
        uri: None,
    }
}

/// What is wrong with what came.
pub(crate) fn check(expected: &Expected<'_>, reading: Reading, got: &Got) -> Result<(), String> {
    if got.status != expected.status {
        return Err(format!("status {}, not {}", got.status, expected.status));
    }
    if let (Some(announced), Some(length)) = (expected.announced, got.length)
        && announced != length
    {
        return Err(format!("the length is {length}, not {announced}"));
    }
    if let Some(range) = &expected.content_range
        && got.headers.get("Content-Range").as_deref() != Some(range)
    {
        return Err(format!(
            "{:?}, not {range}",
            got.headers.get("Content-Range")
        ));
    }
    if let Some(uri) = &expected.uri
        && got.uri != *uri
    {
        return Err(format!("it is from {}, not {uri}", got.uri));
    }
    let Some(body) = &expected.body else {
        return Ok(());
    };
    let body = match reading {
        Reading::Whole => &body[..],
        Reading::Part(length) => &body[..length.min(body.len())],
        Reading::Nothing => &[],
    };
    if got.body == body {
        return Ok(());
    }
    let same = got
        .body
        .iter()
        .zip(body)
        .take_while(|(a, b)| a == b)
        .count();
    Err(format!(
        "a body of {} bytes, not {}; they differ from byte {same} on",
        got.body.len(),
        body.len()
    ))
}
