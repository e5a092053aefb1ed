//! The first line of a message: RFC 9112 sections 3 and 4.

use system_net_primitives::HttpVersion;

use crate::bytes::{bad_value_byte, graphic_len, is_tchar, token_len};
use crate::error::{Place, ProtoError, Rule};

/// What every status line and the end of every request line begin with.
const NAME: &[u8] = b"HTTP/";

/// Refuses input that cannot become a status line as soon as that shows, so that an HTTP/0.9
/// answer or another protocol's greeting is not waited on.
#[inline]
pub(crate) fn check_response_start(data: &[u8]) -> Result<(), ProtoError> {
    let seen = data.len().min(NAME.len());
    if data[..seen] == NAME[..seen] {
        return Ok(());
    }
    let at = data.iter().zip(NAME).position(|(a, b)| a != b).unwrap_or(0);
    Err(line_error(Rule::StatusLine, at))
}

/// Refuses input that cannot become a request line as soon as that shows, such as a TLS greeting.
#[inline]
pub(crate) fn check_request_start(data: &[u8]) -> Result<(), ProtoError> {
    match data.first() {
        Some(b'\n') => Err(line_error(Rule::LineEnd, 0)),
        Some(&b) if !is_tchar(b) => Err(line_error(Rule::RequestLine, 0)),
        _ => Ok(()),
    }
}

/// RFC 9112 section 4: `HTTP-version SP status-code SP [ reason-phrase ]`.
///
/// The second space is often left out where there is no reason; that is accepted. `clean` says
/// that the line has no control characters but tabs.
#[inline]
pub(crate) fn parse_status_line(
    line: &[u8],
    clean: bool,
) -> Result<(HttpVersion, u16, &[u8]), ProtoError> {
    let version = parse_version(line, Rule::StatusLine, 0)?;
    let (status, reason) = match line.get(8..) {
        Some(
            &[
                b' ',
                a @ b'1'..=b'9',
                b @ b'0'..=b'9',
                c @ b'0'..=b'9',
                ref rest @ ..,
            ],
        ) => {
            let digit = |b: u8| u16::from(b - b'0');
            (digit(a) * 100 + digit(b) * 10 + digit(c), rest)
        }
        _ => return Err(line_error(Rule::StatusLine, 8.min(line.len()))),
    };
    let reason = match reason {
        [] => reason,
        [b' ', reason @ ..] => reason,
        _ => return Err(line_error(Rule::StatusLine, 12)),
    };
    if !clean && let Some(at) = bad_value_byte(reason) {
        let rule = if reason[at] == b'\r' {
            Rule::LineEnd
        } else {
            Rule::StatusLine
        };
        return Err(line_error(rule, 13 + at));
    }
    Ok((version, status, reason))
}

/// RFC 9112 section 3: `method SP request-target SP HTTP-version`, with single spaces.
#[inline]
pub(crate) fn parse_request_line(line: &[u8]) -> Result<(&[u8], &[u8], HttpVersion), ProtoError> {
    let method_len = token_len(line);
    match line.get(method_len) {
        Some(b' ') if method_len > 0 => {}
        Some(b'\r') => return Err(line_error(Rule::LineEnd, method_len)),
        Some(_) if !line[method_len].is_ascii_graphic() => {
            return Err(line_error(Rule::RequestLine, method_len));
        }
        Some(_) => return Err(line_error(Rule::Method, method_len)),
        None => return Err(line_error(Rule::RequestLine, method_len)),
    }
    let start = method_len + 1;
    let rest = &line[start..];
    let target_len = graphic_len(rest);
    match rest.get(target_len) {
        Some(b' ') if target_len > 0 => {}
        Some(b'\r') => return Err(line_error(Rule::LineEnd, start + target_len)),
        // No version: HTTP/0.9, or a space too many.
        None | Some(b' ') => return Err(line_error(Rule::RequestLine, start + target_len)),
        Some(_) => return Err(line_error(Rule::Target, start + target_len)),
    }
    let version_start = start + target_len + 1;
    let version = parse_version(&line[version_start..], Rule::RequestLine, version_start)?;
    if line.len() != version_start + 8 {
        let rule = match line[version_start + 8] {
            b'\r' => Rule::LineEnd,
            _ => Rule::RequestLine,
        };
        return Err(line_error(rule, version_start + 8));
    }
    Ok((&line[..method_len], &rest[..target_len], version))
}

/// RFC 9112 section 2.3: `"HTTP/" DIGIT "." DIGIT`, in upper case.
#[inline]
fn parse_version(bytes: &[u8], rule: Rule, base: usize) -> Result<HttpVersion, ProtoError> {
    match *bytes {
        [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'1',
            b'.',
            minor @ b'0'..=b'9',
            ..,
        ] => Ok(HttpVersion::new(1, minor - b'0')),
        [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'0'..=b'9',
            b'.',
            b'0'..=b'9',
            ..,
        ] => Err(line_error(Rule::Version, base + 5)),
        _ => Err(line_error(rule, base)),
    }
}

#[cold]
fn line_error(rule: Rule, at: usize) -> ProtoError {
    ProtoError::grammar(rule, Place::StartLine)
        .at(at)
        .on_line(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection refuses these at their first byte already; the parser does not count on it.
    #[test]
    fn a_method_has_characters() {
        for line in [&b" / HTTP/1.1"[..], b"  HTTP/1.1", b""] {
            let error = parse_request_line(line).expect_err("no method");
            assert_eq!(error.offset(), Some(0), "{line:?}");
        }
    }
}
