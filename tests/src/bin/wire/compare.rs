// Comparing what our client sent and returned with what the recorded ones did.
//
// What is made equal before the comparison, and why:
// - `{PORT}` stands for the port of the server.
// - The order of headers is not compared with the captures, whose runtimes differ from the .NET
//   Framework's order; it is checked by rule: headers the program set (in the order it set them),
//   then Host, Cookie, Content-Length or Transfer-Encoding, Expect, Accept-Encoding, Connection.
// - `Connection: keep-alive` in any letter case, or left out in HTTP/1.1, is the same.
// - `Expect: 100-continue` is sent before a body as the Framework does, though .NET 9 does not.
// - Basic credentials are compared as text: Mono encodes them in Latin-1, .NET 9 and RFC 7617 in
//   UTF-8.
// - Of Digest credentials the client's random number and the proof are left out, if the proof is the
//   right one for the number; the order of the others does not count, nor their quotes.
// - Of NTLM messages it counts whose they are, of which version of the proof, and whether that is
//   right.
// - A chunked body is compared without its framing, as the sizes are the buffers' business.
// - A multipart boundary is any text of any length.

mod credentials;

use crate::capture::{Capture, Exchange};

/// A request in the form that is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) connection: usize,
}

impl Request {
    /// What came at `port`; 0 for what was recorded.
    pub(crate) fn new(head: &[u8], body: &[u8], connection: usize, port: u16) -> Self {
        let text: String = head.iter().map(|&byte| char::from(byte)).collect();
        let text = text.replace(&format!(":{port}"), ":{PORT}");
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let mut headers: Vec<(String, String)> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                (name.to_owned(), value.trim().to_owned())
            })
            .collect();
        let proved = credentials::Proved {
            method: line.split(' ').next().unwrap_or_default(),
            body,
            recorded: port == 0,
        };
        for (name, value) in &mut headers {
            if name.eq_ignore_ascii_case("authorization")
                && let Some(text) = credentials::comparable(value, &proved)
            {
                *value = text;
            }
        }
        let mut body = body.to_vec();
        let boundary = headers.iter_mut().find_map(|(name, value)| {
            let (kind, boundary) = value.split_once("; boundary=")?;
            let (kind, boundary) = (kind.to_owned(), boundary.to_owned());
            *value = format!("{kind}; boundary=BOUNDARY");
            name.eq_ignore_ascii_case("content-type")
                .then_some(boundary)
        });
        if let Some(boundary) = boundary {
            let changed = replace(&body, boundary.as_bytes(), b"BOUNDARY");
            for (_, value) in headers
                .iter_mut()
                .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                if value.parse() == Ok(body.len()) {
                    *value = changed.len().to_string();
                }
            }
            body = changed;
        }
        Self {
            line,
            headers,
            body,
            connection,
        }
    }

    pub(crate) fn recorded(exchange: &Exchange) -> Self {
        let head = String::from_utf8_lossy(&exchange.head).to_ascii_lowercase();
        let body = if head.contains("transfer-encoding: ") && head.contains("chunked") {
            unchunk(&exchange.body)
        } else {
            exchange.body.clone()
        };
        Self::new(&exchange.head, &body, exchange.connection, 0)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// The headers that are compared with a capture, sorted.
    fn comparable(&self) -> Vec<(String, String)> {
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, value)| {
                !(name.eq_ignore_ascii_case("connection")
                    && value.eq_ignore_ascii_case("keep-alive")
                    && self.line.ends_with("1.1"))
            })
            .map(|(name, value)| {
                let fold = name.to_ascii_lowercase().ends_with("connection");
                (
                    name.clone(),
                    if fold {
                        value.to_ascii_lowercase()
                    } else {
                        value.clone()
                    },
                )
            })
            .collect();
        headers.sort();
        headers
    }

    /// Where the headers stand in the Framework's order; those the program set come first.
    fn order_problem(&self) -> Option<String> {
        const LAST: [&[&str]; 4] = [
            &["host"],
            &["content-length", "transfer-encoding"],
            &["expect"],
            &["connection", "proxy-connection"],
        ];
        let rank = |name: &str| {
            let name = name.to_ascii_lowercase();
            LAST.iter()
                .position(|names| names.contains(&name.as_str()))
                .map_or(0, |at| at + 1)
        };
        // Authorization comes from the program or from a challenge, Cookie from the program or
        // from a container, Accept-Encoding from the program or from AutomaticDecompression: each
        // may stand with the set headers or behind Host.
        let free = [
            "accept-encoding",
            "authorization",
            "cookie",
            "proxy-authorization",
        ];
        let names = || self.headers.iter().map(|(name, _)| name.as_str());
        let ranks: Vec<usize> = names()
            .filter(|name| !free.contains(&name.to_ascii_lowercase().as_str()))
            .map(rank)
            .collect();
        let sorted = ranks.windows(2).all(|pair| pair[0] <= pair[1]);
        (!sorted).then(|| {
            format!(
                "headers stand as {}",
                names().collect::<Vec<_>>().join(", ")
            )
        })
    }
}

/// Differences of the requests from one capture, as `what: detail`.
///
/// `skipped` are the numbers of recorded challenges that our client met in advance.
pub(crate) fn requests(ours: &[Request], capture: &Capture, skipped: &[usize]) -> Vec<String> {
    let recorded: Vec<Request> = capture
        .exchanges
        .iter()
        .enumerate()
        .filter(|(index, exchange)| !skipped.contains(index) && !exchange.head.is_empty())
        .map(|(_, exchange)| Request::recorded(exchange))
        .collect();
    let mut problems = Vec::new();
    if !skipped.is_empty() {
        problems.push("challenges: one was met in advance".to_owned());
    }
    if ours.len() != recorded.len() {
        problems.push(format!(
            "requests: {}, recorded {}",
            ours.len(),
            recorded.len()
        ));
    }
    for (index, (ours, recorded)) in ours.iter().zip(&recorded).enumerate() {
        let what = format!("request {}", index + 1);
        if ours.line != recorded.line {
            problems.push(format!(
                "{what} line: `{}`, recorded `{}`",
                ours.line, recorded.line
            ));
        }
        let (mut mine, theirs) = (ours.comparable(), recorded.comparable());
        let expects_too = !ours.body.is_empty() && recorded.header("expect").is_none();
        if expects_too && capture.runtime == "net9" {
            mine.retain(|(name, value)| {
                !(name.eq_ignore_ascii_case("expect") && value == "100-continue")
            });
        }
        for (name, value) in mine.iter().filter(|header| !theirs.contains(header)) {
            problems.push(format!("{what} header {name}: `{value}` was not recorded"));
        }
        for (name, value) in theirs.iter().filter(|header| !mine.contains(header)) {
            problems.push(format!(
                "{what} header {name}: recorded `{value}` was not sent"
            ));
        }
        if ours.body != recorded.body {
            problems.push(format!(
                "{what} body: {} bytes, recorded {}",
                ours.body.len(),
                recorded.body.len()
            ));
        }
        if let Some(problem) = ours.order_problem() {
            problems.push(format!("{what} order: {problem}"));
        }
    }
    let connections = |requests: &[Request]| -> Vec<usize> {
        requests.iter().map(|request| request.connection).collect()
    };
    if ours.len() == recorded.len() && connections(ours) != connections(&recorded) {
        problems.push(format!(
            "connections: {:?}, recorded {:?}",
            connections(ours),
            connections(&recorded)
        ));
    }
    problems
}

/// Differences of the results from one capture, as `what: detail`.
pub(crate) fn results(ours: &[String], capture: &Capture) -> Vec<String> {
    let mut problems = Vec::new();
    if ours.len() != capture.results.len() {
        problems.push(format!(
            "results: {}, recorded {}",
            ours.len(),
            capture.results.len()
        ));
    }
    for (index, (ours, recorded)) in ours.iter().zip(&capture.results).enumerate() {
        let (ours, recorded) = (fields(ours), fields(recorded));
        for (name, recorded) in &recorded {
            let mine = ours
                .iter()
                .find(|(n, _)| n == name)
                .map_or("<absent>", |(_, v)| v.as_str());
            if mine != recorded {
                let what = format!("result {} {name}", index + 1);
                problems.push(format!("{what}: `{mine}`, recorded `{recorded}`"));
            }
        }
        if let Some((name, value)) = ours
            .iter()
            .find(|(name, _)| recorded.iter().all(|(n, _)| n != name))
        {
            problems.push(format!(
                "result {} {name}: `{value}` was not recorded",
                index + 1
            ));
        }
    }
    problems
}

/// Splits a result line into its fields. Values hold spaces; a field begins where a known name is
/// followed by an equals sign.
fn fields(line: &str) -> Vec<(String, String)> {
    const NAMES: [&str; 17] = [
        "status",
        "desc",
        "version",
        "method",
        "uri",
        "contentLength",
        "contentType",
        "charset",
        "encoding",
        "server",
        "fromCache",
        "body",
        "Address",
        "RequestUri",
        "Method",
        "Status",
        "Message",
    ];
    if let Some(headers) = line.strip_prefix("headers=") {
        let mut lines: Vec<String> = headers
            .split("\\r\\n")
            .map(|line| line.replace(", ", ","))
            .collect();
        lines.sort();
        return vec![(
            "headers".to_owned(),
            lines.join("|").trim_start_matches('|').to_owned(),
        )];
    }
    let mut starts: Vec<(usize, &str)> = Vec::new();
    for name in NAMES {
        let mark = format!("{name}=");
        let from = starts.last().map_or(0, |&(at, _)| at);
        let found = if line[from..].starts_with(&mark) && starts.is_empty() {
            Some(from)
        } else {
            // A content type holds a `charset=` of its own: the field is the last one.
            let rest = &line[from..line[from..]
                .find(" encoding=")
                .map_or(line.len(), |e| from + e)];
            let rest = if name == "charset" {
                rest
            } else {
                &line[from..]
            };
            let found = if name == "charset" {
                rest.rfind(" charset=")
            } else {
                rest.find(&format!(" {mark}"))
            };
            found.map(|at| from + at + 1)
        };
        starts.extend(found.map(|at| (at, name)));
    }
    starts.sort_unstable();
    let first = starts.first().map_or(line.len(), |&(at, _)| at);
    // Messages are prose of the runtime; the kind of exception before them counts.
    let kind = line[..first]
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned();
    let mut fields = vec![("kind".to_owned(), kind)];
    for (index, &(at, name)) in starts.iter().enumerate() {
        let end = starts
            .get(index + 1)
            .map_or(line.len(), |&(next, _)| next - 1);
        if name != "Message" {
            fields.push((name.to_owned(), line[at + name.len() + 1..end].to_owned()));
        }
    }
    fields
}

pub(crate) fn unchunk(mut framed: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = framed.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&framed[..at])
            .ok()
            .and_then(|line| usize::from_str_radix(line.split(';').next()?.trim(), 16).ok());
        match size {
            Some(size) if size > 0 && framed.len() >= at + 2 + size => {
                body.extend_from_slice(&framed[at + 2..at + 2 + size]);
                framed = framed.get(at + 4 + size..).unwrap_or_default();
            }
            _ => break,
        }
    }
    body
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests;
