// A capture whose scenario nobody has written down: the request that was recorded is asked of our
// API, property by property, and what follows (redirects, logins, the result) is compared. It finds
// what a scenario would find, but for what the program does before and between requests.

use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use system_net_primitives::{HttpVersion, NetworkCredential};
use system_net_requests::{DecompressionMethods, HttpWebRequest};
use system_net_web_proxy::WebProxy;

use super::{Scenario, Stage, describe};
use crate::capture::Capture;

/// What asks for the same; `None` when the capture is not one request of HTTP with its result.
pub(crate) fn scenario(capture: &Capture) -> Option<Scenario> {
    let first = Recorded::of(&capture.exchanges.first()?.head)?;
    let calls = capture
        .results
        .iter()
        .filter(|line| is_outcome(line))
        .count();
    if calls != 1 || first.method == "CONNECT" {
        return None;
    }
    let body = capture.exchanges[0].body.clone();
    let login = capture.exchanges.iter().skip(1).find_map(|exchange| {
        let later = Recorded::of(&exchange.head)?;
        let credentials = later
            .header("Authorization")?
            .strip_prefix("Basic ")?
            .to_owned();
        let text = String::from_utf8_lossy(&BASE64_STANDARD.decode(credentials).ok()?).into_owned();
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    });
    let with_headers = capture
        .results
        .iter()
        .any(|line| line.starts_with("headers="));
    Some(Box::new(move |stage| {
        let mut request = first.request(stage);
        let (user, password) = login.clone().unwrap_or_default();
        if login.is_some() && first.header("Authorization").is_none() {
            let credential = NetworkCredential::new(user, password);
            let set = request.set_credentials(Some(Arc::new(credential)));
            set.expect("unsent");
        }
        let sent = match (&*body, first.header("Content-Length")) {
            ([], None | Some("0")) => Ok(()),
            _ => request.get_request_stream().map(|mut stream| {
                let _told_by_the_response = stream.write_all(&first.unframed(&body));
                let _told_by_the_response = stream.close();
            }),
        };
        describe(sent.and_then(|()| request.get_response()), with_headers)
    }))
}

fn is_outcome(line: &str) -> bool {
    let word = line.split(['=', ' ']).next().unwrap_or_default();
    word == "status" || word.ends_with("Exception")
}

/// The head of a recorded request.
struct Recorded {
    method: String,
    target: String,
    version: String,
    headers: Vec<(String, String)>,
}

impl Recorded {
    fn of(head: &[u8]) -> Option<Self> {
        let text: String = head.iter().map(|&byte| char::from(byte)).collect();
        let mut lines = text.trim_end().split("\r\n");
        let mut words = lines.next()?.split(' ').map(str::to_owned);
        Some(Self {
            method: words.next()?,
            target: words.next()?,
            version: words
                .next()
                .filter(|version| version.starts_with("HTTP/"))?,
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body without its chunks.
    fn unframed(&self, body: &[u8]) -> Vec<u8> {
        match self.header("Transfer-Encoding") {
            None => body.to_vec(),
            Some(_) => crate::compare::unchunk(body),
        }
    }

    fn request(&self, stage: &Stage) -> HttpWebRequest {
        let mut request = if self.target.starts_with("http://") {
            let mut request = stage.request_to(&self.target);
            let proxy = WebProxy::new(stage.url("")).expect("a valid address");
            request.set_proxy(Some(Arc::new(proxy))).expect("unsent");
            request
        } else {
            stage.request(&self.target)
        };
        request.set_method(&self.method).expect("a method");
        if self.version == "HTTP/1.0" {
            let set = request.set_protocol_version(HttpVersion::VERSION10);
            set.expect("a version");
        }
        let chunked = self.header("Transfer-Encoding").is_some();
        request.set_send_chunked(chunked).expect("unsent");
        for (name, value) in &self.headers {
            set(&mut request, name, value);
        }
        request
    }
}

/// The property that a header comes from, or the header itself.
fn set(request: &mut HttpWebRequest, name: &str, value: &str) {
    let text = Some(value);
    let result = match &*name.to_ascii_lowercase() {
        "host" if !value.starts_with("127.0.0.1") => request.set_host(value),
        "host" | "content-length" | "transfer-encoding" | "expect" | "proxy-connection" => Ok(()),
        "connection" => request.set_keep_alive(!value.eq_ignore_ascii_case("close")),
        "accept" => request.set_accept(text),
        "content-type" => request.set_content_type(text),
        "user-agent" => request.set_user_agent(text),
        "referer" => request.set_referer(text),
        "range" => range(request, value),
        "accept-encoding" => {
            let methods = [
                ("gzip", DecompressionMethods::GZIP),
                ("deflate", DecompressionMethods::DEFLATE),
                ("br", DecompressionMethods::BROTLI),
            ];
            let named = methods.into_iter().filter(|(name, _)| value.contains(name));
            let all = named.fold(DecompressionMethods::NONE, |all, (_, one)| all.union(one));
            request.set_automatic_decompression(all)
        }
        _ => request
            .headers_mut()
            .and_then(|headers| headers.add(name, value)),
    };
    // A date is set as a time, which this does not parse: the comparison says that it is missing.
    let _compared = result;
}

fn range(request: &mut HttpWebRequest, value: &str) -> Result<(), system_net_primitives::Misuse> {
    let Some((specifier, ranges)) = value.split_once('=') else {
        return Ok(());
    };
    for range in ranges.split(',') {
        match range.trim().split_once('-') {
            Some(("", last)) => {
                let last: i64 = last.parse().unwrap_or_default();
                request.add_range_with(specifier, -last)?;
            }
            Some((from, "")) => {
                request.add_range_with(specifier, from.parse().unwrap_or_default())?;
            }
            Some((from, to)) => {
                let number = |text: &str| text.parse().unwrap_or_default();
                request.add_range_with_from_to(specifier, number(from), number(to))?;
            }
            None => {}
        }
    }
    Ok(())
}
