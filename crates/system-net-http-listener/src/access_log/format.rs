//! From an entry to its line: the W3C extended log file format, and JSON lines.
//!
//! Read: "Extended Log File Format" (W3C working draft WD-logfile-960323), with the field names and the
//! escapes of HTTP.sys; RFC 8259 section 7.

use std::fmt::{self, Write as _};
use std::time::{Duration, SystemTime};

use super::entry::{Asked, Entry, Reason};
use crate::date::civil;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLogFormat {
    /// The W3C extended log file format, as HTTP.sys writes it: lines with `#` first say which fields
    /// there are, `-` stands for what is not known, a space within a value is `+`, and control characters
    /// and others that are not ASCII are `%XX`. Times are UTC, durations milliseconds.
    #[default]
    W3c,
    /// One JSON object a line. What is not known is `null`.
    Json,
}

/// A field of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLogField {
    /// When the request ended: `date` and `time`; `time` in JSON.
    Time,
    /// The client's address: `c-ip`, `client_ip`.
    ClientIp,
    /// The client's port: `c-port`, `client_port`.
    ClientPort,
    /// The address that the request arrived at: `s-ip`, `server_ip`.
    ServerIp,
    /// The port that the request arrived at: `s-port`, `server_port`.
    ServerPort,
    /// The version of HTTP: `cs-version`, `version`.
    Version,
    /// The method: `cs-method`, `method`.
    Method,
    /// The path, as it was sent: `cs-uri-stem`, `path`.
    Path,
    /// What stands behind the question mark: `cs-uri-query`, `query`.
    Query,
    /// The user who has logged in: `cs-username`, `user`.
    User,
    /// The host that was asked for: `cs-host`, `host`.
    Host,
    /// The client's program: `cs(User-Agent)`, `user_agent`.
    UserAgent,
    /// The page that led here, without a login in it: `cs(Referer)`, `referer`.
    Referer,
    /// The status; unknown without an answer: `sc-status`, `status`.
    Status,
    /// The bytes of the answer that were sent, head included: `sc-bytes`, `bytes_sent`. Over HTTP/2, whose
    /// heads are compressed by what the connection had before, those of the body.
    BytesSent,
    /// The bytes of the request, head included: `cs-bytes`, `bytes_received`. Over HTTP/2 those of the
    /// body, as far as it was read.
    BytesReceived,
    /// From the head to the last byte of the answer, in milliseconds: `time-taken`, `duration_ms`.
    Duration,
    /// Why the listener answered by itself, or the answer is not whole: `s-reason`, `reason`. `ClientReset` is
    /// a client that had gone before its request was taken, `ClientClosed` one that had ended its side of the
    /// connection and gave way in a full queue.
    Reason,
}

impl AccessLogField {
    /// All fields, in the order in which they stand unless told otherwise.
    pub const ALL: [Self; 18] = [
        Self::Time,
        Self::ClientIp,
        Self::ClientPort,
        Self::ServerIp,
        Self::ServerPort,
        Self::Version,
        Self::Method,
        Self::Path,
        Self::Query,
        Self::User,
        Self::Host,
        Self::UserAgent,
        Self::Referer,
        Self::Status,
        Self::BytesSent,
        Self::BytesReceived,
        Self::Duration,
        Self::Reason,
    ];

    /// The names in the W3C format and in JSON.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Time => ("date time", "time"),
            Self::ClientIp => ("c-ip", "client_ip"),
            Self::ClientPort => ("c-port", "client_port"),
            Self::ServerIp => ("s-ip", "server_ip"),
            Self::ServerPort => ("s-port", "server_port"),
            Self::Version => ("cs-version", "version"),
            Self::Method => ("cs-method", "method"),
            Self::Path => ("cs-uri-stem", "path"),
            Self::Query => ("cs-uri-query", "query"),
            Self::User => ("cs-username", "user"),
            Self::Host => ("cs-host", "host"),
            Self::UserAgent => ("cs(User-Agent)", "user_agent"),
            Self::Referer => ("cs(Referer)", "referer"),
            Self::Status => ("sc-status", "status"),
            Self::BytesSent => ("sc-bytes", "bytes_sent"),
            Self::BytesReceived => ("cs-bytes", "bytes_received"),
            Self::Duration => ("time-taken", "duration_ms"),
            Self::Reason => ("s-reason", "reason"),
        }
    }
}

/// What a query is replaced with that shall not be seen.
const REDACTED: &[u8] = b"[redacted]";

/// The value of a field.
enum Value<'a> {
    Unknown,
    Number(u64),
    Text(&'a [u8]),
    Owned(Vec<u8>),
    Time(SystemTime),
}

/// How the lines of a log look.
pub(super) struct Layout {
    pub(super) format: AccessLogFormat,
    pub(super) fields: Vec<AccessLogField>,
    pub(super) redact_query: bool,
}

impl Layout {
    /// What stands at the head of a file that begins at `now`.
    pub(super) fn heading(&self, now: SystemTime) -> String {
        match self.format {
            AccessLogFormat::Json => String::new(),
            AccessLogFormat::W3c => {
                let mut text = String::from("#Software: system-net\n#Version: 1.0\n#Date: ");
                put_time(&mut text, now, " ", false);
                text.push_str("\n#Fields:");
                for field in &self.fields {
                    text.push(' ');
                    text.push_str(field.names().0);
                }
                text.push('\n');
                text
            }
        }
    }

    /// What stands in the place of lines for which there was no room.
    pub(super) fn lost(&self, lines: u64) -> String {
        match self.format {
            AccessLogFormat::W3c => format!("#Remark: {lines} lines were lost\n"),
            AccessLogFormat::Json => format!("{{\"lost_lines\":{lines}}}\n"),
        }
    }

    /// The line of an entry, with its end.
    pub(super) fn line(&self, entry: &Entry) -> String {
        let mut line = String::with_capacity(256);
        for (index, field) in self.fields.iter().enumerate() {
            let value = self.value(entry, *field);
            match self.format {
                AccessLogFormat::W3c => {
                    if index > 0 {
                        line.push(' ');
                    }
                    put_w3c(&mut line, &value);
                }
                AccessLogFormat::Json => {
                    line.push_str(if index > 0 { ",\"" } else { "{\"" });
                    line.push_str(field.names().1);
                    line.push_str("\":");
                    put_json(&mut line, &value);
                }
            }
        }
        line.push_str(match self.format {
            AccessLogFormat::W3c => "\n",
            AccessLogFormat::Json => "}\n",
        });
        line
    }

    fn value<'a>(&self, entry: &'a Entry, field: AccessLogField) -> Value<'a> {
        let asked = |value: fn(&Asked) -> Option<&[u8]>| {
            let found = entry.request.as_ref().and_then(value);
            found.map_or(Value::Unknown, Value::Text)
        };
        match field {
            AccessLogField::Time => Value::Time(entry.ended),
            AccessLogField::ClientIp => Value::Owned(entry.client.ip().to_string().into()),
            AccessLogField::ClientPort => Value::Number(entry.client.port().into()),
            AccessLogField::ServerIp => Value::Owned(entry.server.ip().to_string().into()),
            AccessLogField::ServerPort => Value::Number(entry.server.port().into()),
            AccessLogField::Version => match &entry.request {
                Some(asked) => Value::Owned(format!("HTTP/{}", asked.version).into()),
                None => Value::Unknown,
            },
            AccessLogField::Method => asked(|asked| Some(asked.method.as_bytes())),
            AccessLogField::Path => asked(|asked| Some(asked.path.as_bytes())),
            AccessLogField::Query => match asked(|asked| asked.query.as_deref().map(str::as_bytes))
            {
                Value::Text(_) if self.redact_query => Value::Text(REDACTED),
                value => value,
            },
            AccessLogField::User => match &entry.user {
                Some(name) => Value::Text(name.as_bytes()),
                None => Value::Unknown,
            },
            AccessLogField::Host => asked(|asked| asked.host.as_deref()),
            AccessLogField::UserAgent => asked(|asked| asked.user_agent.as_deref()),
            AccessLogField::Referer => match asked(|asked| asked.referer.as_deref()) {
                Value::Text(text) if self.redact_query => {
                    match text.iter().position(|byte| *byte == b'?') {
                        Some(at) => Value::Owned([&text[..=at], REDACTED].concat()),
                        None => Value::Text(text),
                    }
                }
                value => value,
            },
            AccessLogField::Status => match entry.status {
                Some(status) => Value::Number(status.into()),
                None => Value::Unknown,
            },
            AccessLogField::BytesSent => Value::Number(entry.sent),
            AccessLogField::BytesReceived => Value::Number(entry.received),
            AccessLogField::Duration => {
                Value::Number(u64::try_from(entry.took.as_millis()).unwrap_or(u64::MAX))
            }
            AccessLogField::Reason => match entry.reason.map(Reason::name) {
                Some(name) => Value::Text(name.as_bytes()),
                None => Value::Unknown,
            },
        }
    }
}

fn put(line: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = line.write_fmt(text);
}

fn put_w3c(line: &mut String, value: &Value<'_>) {
    let text = match value {
        Value::Unknown => return line.push('-'),
        Value::Number(number) => return put(line, format_args!("{number}")),
        Value::Time(time) => return put_time(line, *time, " ", false),
        Value::Text(text) => *text,
        Value::Owned(text) => text,
    };
    if text.is_empty() {
        return line.push('-');
    }
    // A dash alone would say that nothing is known.
    let only_dash = text == b"-";
    for &byte in text {
        match byte {
            b' ' => line.push('+'),
            b'!'..=b'~' if byte != b'"' && !only_dash => line.push(char::from(byte)),
            _ => put(line, format_args!("%{byte:02X}")),
        }
    }
}

fn put_json(line: &mut String, value: &Value<'_>) {
    let text = match value {
        Value::Unknown => return line.push_str("null"),
        Value::Number(number) => return put(line, format_args!("{number}")),
        Value::Time(time) => {
            line.push('"');
            put_time(line, *time, "T", true);
            return line.push_str("Z\"");
        }
        Value::Text(text) => *text,
        Value::Owned(text) => text,
    };
    line.push('"');
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            // Also those beyond ASCII that a terminal may act upon, or take for the end of a line.
            _ if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') => {
                put(line, format_args!("\\u{:04x}", u32::from(character)));
            }
            _ => line.push(character),
        }
    }
    line.push('"');
}

/// `2026-01-02`, the separator, `03:04:05` and, if wanted, `.678`.
fn put_time(line: &mut String, time: SystemTime, separator: &str, millis: bool) {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or(Duration::ZERO);
    let (year, month, day) = civil(since.as_secs() / 86_400);
    let second = since.as_secs() % 86_400;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    put(
        line,
        format_args!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}"),
    );
    if millis {
        put(line, format_args!(".{:03}", since.subsec_millis()));
    }
}

/// `20260102-030405`, for names of files.
pub(super) fn stamp(time: SystemTime) -> String {
    let mut text = String::new();
    put_time(&mut text, time, "-", false);
    let mut date_and_time = text.rsplitn(2, '-');
    let (time, date) = (date_and_time.next(), date_and_time.next());
    let only_digits = |text: Option<&str>| text.unwrap_or_default().replace(['-', ':'], "");
    format!("{}-{}", only_digits(date), only_digits(time))
}

#[cfg(test)]
mod tests {
    use system_net_primitives::{FakeClock, HttpVersion};

    use super::*;

    fn entry(path: &str, query: Option<&str>, agent: &[u8]) -> Entry {
        let start = SystemTime::UNIX_EPOCH + Duration::from_millis(951_782_400_042);
        let clock = FakeClock::starting_at(start);
        let client = "192.0.2.1:5000".parse().unwrap();
        let server = "[2001:db8::1]:443".parse().unwrap();
        let mut entry = Entry::without_head(client, server, &clock);
        entry.request = Some(Asked {
            method: "GET".into(),
            path: path.into(),
            query: query.map(Into::into),
            version: HttpVersion::VERSION11,
            host: None,
            user_agent: Some(agent.into()),
            referer: Some(b"https://h/?secret=1".as_slice().into()),
        });
        entry.set_user("CONTOSO\\j\u{f6}");
        entry.set_status(200);
        clock.advance(Duration::from_millis(1500));
        entry.end(77, &clock);
        entry
    }

    fn layout(format: AccessLogFormat, redact_query: bool) -> Layout {
        Layout {
            format,
            fields: AccessLogField::ALL.to_vec(),
            redact_query,
        }
    }

    #[test]
    fn lines_of_the_w3c_format() {
        let own = layout(AccessLogFormat::W3c, false);
        assert_eq!(
            own.line(&entry("/a b", Some("x=1"), b"curl/8")),
            "2000-02-29 00:00:01 192.0.2.1 5000 2001:db8::1 443 HTTP/1.1 GET /a+b x=1 \
             CONTOSO\\j%C3%B6 - curl/8 https://h/?secret=1 200 77 0 1500 -\n"
        );
        // Nobody can begin a line, end a field, or look like nothing.
        let line = own.line(&entry("-", Some(""), b"x\r\n#Fields: \x1b[2J\"\xff\t"));
        assert!(
            line.contains(" %2D - CONTOSO\\j%C3%B6 - x%0D%0A#Fields:+%1B[2J%22%FF%09 "),
            "{line}"
        );
        assert_eq!(line.split(' ').count(), 19, "{line}");
        let heading = own.heading(SystemTime::UNIX_EPOCH);
        assert!(heading.starts_with("#Software: system-net\n#Version: 1.0\n"));
        assert!(heading.contains("\n#Date: 1970-01-01 00:00:00\n#Fields: date time c-ip "));
        let names = heading.trim_end().rsplit("#Fields: ").next().unwrap();
        assert_eq!(names.split(' ').count(), 19);
    }

    #[test]
    fn lines_of_json() {
        let own = layout(AccessLogFormat::Json, false);
        let line = own.line(&entry("/a b", None, b"\"x\\\r\n\xff\xc2\x9b\xe2\x80\xa8"));
        assert!(line.starts_with("{\"time\":\"2000-02-29T00:00:01.542Z\",\"client_ip\":\"192."));
        let agent = "\"user_agent\":\"\\\"x\\\\\\u000d\\u000a\u{fffd}\\u009b\\u2028\"";
        assert!(line.contains(agent), "{line}");
        assert!(line.contains("\"query\":null,\"user\":\"CONTOSO\\\\j\u{f6}\",\"host\":null"));
        assert!(
            line.ends_with("\"duration_ms\":1500,\"reason\":null}\n"),
            "{line}"
        );
        assert_eq!(own.heading(SystemTime::UNIX_EPOCH), "");
    }

    #[test]
    fn queries_can_be_redacted() {
        for format in [AccessLogFormat::W3c, AccessLogFormat::Json] {
            let line = layout(format, true).line(&entry("/p", Some("key=secret"), b""));
            assert!(!line.contains("secret"), "{line}");
            assert!(line.contains("[redacted]"), "{line}");
            assert!(line.contains("https://h/?[redacted]"), "{line}");
        }
    }

    #[test]
    fn stamps() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(951_782_400 + 3723);
        assert_eq!(stamp(time), "20000229-010203");
    }
}
