//! Sends a file, or what of it is asked for.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use system_net::{
    Clock, HttpListenerError, HttpListenerRequest, HttpListenerResponse, HttpStatusCode,
    SystemClock,
};

use super::conditions::{Asked, Verdict, Version, decide};
use super::{ranges, refuse};
use crate::multipart::boundary;

/// Answers a GET or HEAD with a file.
pub(super) fn send(
    request: &HttpListenerRequest,
    response: &mut HttpListenerResponse,
    file: File,
    facts: &Metadata,
    content_type: &str,
) -> Result<(), HttpListenerError> {
    let headers = request.headers();
    let fields = [
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "If-Range",
        "Range",
    ];
    let values = fields.map(|name| headers.get(name));
    let [
        if_match,
        if_none_match,
        if_modified_since,
        if_unmodified_since,
        if_range,
        range,
    ] = values.each_ref().map(Option::as_deref);
    let asked = Asked {
        if_match,
        if_none_match,
        if_modified_since,
        if_unmodified_since,
        if_range,
        range,
    };
    let version = version(facts);
    response.add_header("ETag", &version.tag)?;
    if let Some(date) = version.last_modified() {
        response.add_header("Last-Modified", &date)?;
    }
    let length = facts.len();
    let is_get = request.http_method() == "GET";
    match decide(&asked, &version, is_get, SystemClock.utc_now()) {
        Verdict::Failed => refuse(response, HttpStatusCode::PRECONDITION_FAILED),
        Verdict::NotModified => {
            response.set_status_code(HttpStatusCode::NOT_MODIFIED)?;
            response.close()
        }
        Verdict::Whole => whole(response, file, length, content_type, is_get),
        Verdict::Parts(range) => match ranges::asked(range, length) {
            ranges::Asked::Whole => whole(response, file, length, content_type, is_get),
            ranges::Asked::Unsatisfiable => {
                response.add_header("Content-Range", &format!("bytes */{length}"))?;
                refuse(response, HttpStatusCode::REQUESTED_RANGE_NOT_SATISFIABLE)
            }
            ranges::Asked::Parts(parts) => match &*parts {
                [part] => one(response, file, part, length, content_type),
                _ => several(response, file, &parts, length, content_type),
            },
        },
    }
}

/// The version of a file: by when it was written, how long it is, and which file it is.
fn version(facts: &Metadata) -> Version {
    let modified = facts.modified().ok();
    let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let nanos = since.unwrap_or(Duration::ZERO).as_nanos();
    #[cfg(unix)]
    let which = std::os::unix::fs::MetadataExt::ino(facts);
    #[cfg(not(unix))]
    let which = 0_u64;
    Version {
        tag: format!("\"{nanos:x}-{:x}-{which:x}\"", facts.len()),
        modified,
    }
}

fn describe(
    response: &mut HttpListenerResponse,
    content_type: &str,
) -> Result<(), HttpListenerError> {
    response.set_content_type(content_type)?;
    response.add_header("Accept-Ranges", "bytes")?;
    response.add_header("X-Content-Type-Options", "nosniff")?;
    Ok(())
}

fn whole(
    response: &mut HttpListenerResponse,
    mut file: File,
    length: u64,
    content_type: &str,
    is_get: bool,
) -> Result<(), HttpListenerError> {
    describe(response, content_type)?;
    response.set_content_length64(length)?;
    if !is_get {
        return response.close();
    }
    let mut output = response.output_stream()?;
    match copy(&mut file, length, &mut output) {
        Ok(()) => output.close(),
        // A client that has gone away needs no answer; one that is cut off sees it by the length.
        Err(_) => Ok(()),
    }
}

fn content_range(part: &RangeInclusive<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", part.start(), part.end())
}

fn bytes(part: &RangeInclusive<u64>) -> u64 {
    part.end() - part.start() + 1
}

fn one(
    response: &mut HttpListenerResponse,
    mut file: File,
    part: &RangeInclusive<u64>,
    length: u64,
    content_type: &str,
) -> Result<(), HttpListenerError> {
    response.set_status_code(HttpStatusCode::PARTIAL_CONTENT)?;
    response.add_header("Content-Range", &content_range(part, length))?;
    describe(response, content_type)?;
    response.set_content_length64(bytes(part))?;
    let mut output = response.output_stream()?;
    let copied = file
        .seek(SeekFrom::Start(*part.start()))
        .and_then(|_| copy(&mut file, bytes(part), &mut output));
    match copied {
        Ok(()) => output.close(),
        Err(_) => Ok(()),
    }
}

/// RFC 9110 section 14.6: each part with its own head.
fn several(
    response: &mut HttpListenerResponse,
    mut file: File,
    parts: &[RangeInclusive<u64>],
    length: u64,
    content_type: &str,
) -> Result<(), HttpListenerError> {
    let boundary = boundary();
    let head = |part: &RangeInclusive<u64>| {
        format!(
            "\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {}\r\n\r\n",
            content_range(part, length)
        )
    };
    let end = format!("\r\n--{boundary}--\r\n");
    let sizes = parts
        .iter()
        .map(|part| head(part).len() as u64 + bytes(part));
    let total = sizes.sum::<u64>() + end.len() as u64;
    response.set_status_code(HttpStatusCode::PARTIAL_CONTENT)?;
    describe(
        response,
        &format!("multipart/byteranges; boundary={boundary}"),
    )?;
    response.set_content_length64(total)?;
    let mut output = response.output_stream()?;
    let mut send = || -> io::Result<()> {
        for part in parts {
            output.write_all(head(part).as_bytes())?;
            file.seek(SeekFrom::Start(*part.start()))?;
            copy(&mut file, bytes(part), &mut output)?;
        }
        output.write_all(end.as_bytes())
    };
    match send() {
        Ok(()) => output.close(),
        Err(_) => Ok(()),
    }
}

/// Sends so many bytes; a file that has become shorter is an error.
fn copy(file: &mut File, length: u64, output: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut left = length;
    while left > 0 {
        let room = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = file.read(&mut buffer[..room])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        output.write_all(&buffer[..read])?;
        left -= read as u64;
    }
    Ok(())
}
