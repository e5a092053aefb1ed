//! `-H`: a header goes where the library has it: a property of the request, or its headers.

use std::time::SystemTime;

use httpdate::parse_http_date;
use system_net::{HttpWebRequest, Misuse};

use crate::failure::Failure;

/// A header of the command line.
pub(crate) struct Header {
    name: String,
    /// `None`: leave the header out.
    value: Option<String>,
}

impl Header {
    /// `Name: value`, `Name;` for an empty value, `Name:` for none, as curl has them.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let (name, value) = match text.split_once(':') {
            Some((name, value)) => (name, Some(value.trim()).filter(|value| !value.is_empty())),
            None => match text.trim_end().strip_suffix(';') {
                Some(name) => (name, Some("")),
                None => {
                    return Err(Failure::usage(format_args!(
                        "-H {text:?} is not of the form \"Name: value\""
                    )));
                }
            },
        };
        Ok(Self {
            name: name.trim().to_owned(),
            value: value.map(str::to_owned),
        })
    }

    pub(crate) fn apply(&self, request: &mut HttpWebRequest) -> Result<(), Failure> {
        self.set(request)
            .map_err(|misuse| Failure::usage(format_args!("-H {:?}: {misuse}", self.name.as_str())))
    }

    fn set(&self, request: &mut HttpWebRequest) -> Result<(), Misuse> {
        let value = self.value.as_deref();
        match self.name.to_ascii_lowercase().as_str() {
            "accept" => request.set_accept(value),
            "content-type" => request.set_content_type(value),
            "referer" => request.set_referer(value),
            "user-agent" => request.set_user_agent(value),
            "date" => request.set_date(value.map(date).transpose()?),
            "if-modified-since" => request.set_if_modified_since(value.map(date).transpose()?),
            "range" => value.map_or(Ok(()), |value| add_ranges(request, value)),
            "host" => match value {
                Some(host) => request.set_host(host),
                None => Err(Misuse::invalid_operation("HTTP/1.1 needs it")),
            },
            "connection" => match value.map(str::to_ascii_lowercase).as_deref() {
                Some("close") => request.set_keep_alive(false),
                Some("keep-alive") => request.set_keep_alive(true),
                _ => Err(Misuse::not_supported(
                    "it belongs to the connection, which sysnet manages: only close and \
                     keep-alive can be asked for",
                )),
            },
            "expect" => {
                let expect = match value {
                    None => false,
                    Some(value) if value.eq_ignore_ascii_case("100-continue") => true,
                    Some(_) => {
                        return Err(Misuse::not_supported(
                            "only 100-continue can be expected, which is the default with a \
                             body of more than 1 MiB; \"Expect:\" leaves it out",
                        ));
                    }
                };
                if let Ok(point) = request.service_point() {
                    point.set_expect_100_continue(expect);
                }
                Ok(())
            }
            "content-length" => Err(Misuse::not_supported(
                "it follows from the body: give that with post -d, post --data-binary or put",
            )),
            "transfer-encoding" => Err(Misuse::not_supported(
                "it follows from the body: one from stdin (put -, post --data-binary @-) is \
                 sent in chunks",
            )),
            "proxy-connection" => match value {
                Some(_) => Err(Misuse::not_supported(
                    "it is no header of HTTP/1.1: use -H \"Connection: close\"",
                )),
                None => Ok(()),
            },
            _ => match value {
                Some(value) => request.headers_mut()?.add(&self.name, value),
                None => request.headers_mut()?.remove(&self.name),
            },
        }
    }
}

/// A date in one of the three forms HTTP has.
fn date(text: &str) -> Result<SystemTime, Misuse> {
    parse_http_date(text).map_err(|_| {
        Misuse::invalid_argument(
            "value",
            format!("{text:?} is no date: write it as Thu, 02 Jan 2020 03:04:05 GMT"),
        )
    })
}

/// `bytes=0-9,20-,-5`: ranges of one unit (RFC 9110 section 14.2).
pub(crate) fn add_ranges(request: &mut HttpWebRequest, text: &str) -> Result<(), Misuse> {
    let wrong = || {
        Misuse::invalid_argument(
            "value",
            format!("{text:?} is no range: write it as bytes=0-499, bytes=500- or bytes=-500"),
        )
    };
    let (unit, ranges) = text.split_once('=').ok_or_else(wrong)?;
    let number = |digits: &str| -> Result<i64, Misuse> {
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| all_digits);
        number.ok_or_else(wrong)
    };
    for range in ranges.split(',') {
        match range.trim().split_once('-').ok_or_else(wrong)? {
            ("", last) => match number(last)? {
                0 => return Err(wrong()),
                last => request.add_range_with(unit, -last)?,
            },
            (from, "") => request.add_range_with(unit, number(from)?)?,
            (from, to) => request.add_range_with_from_to(unit, number(from)?, number(to)?)?,
        }
    }
    Ok(())
}
