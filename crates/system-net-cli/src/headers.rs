//! `-H`: a header goes where the library has it: a property of the request, or its headers.

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
            "host" => match value {
                Some(host) => request.set_host(host),
                None => Err(Misuse::invalid_operation("HTTP/1.1 needs it")),
            },
            "connection" => match value.map(str::to_ascii_lowercase).as_deref() {
                Some("close") => request.set_keep_alive(false),
                Some("keep-alive") => request.set_keep_alive(true),
                _ => Err(Misuse::not_supported("only close and keep-alive")),
            },
            "expect" => {
                let expect = match value {
                    None => false,
                    Some(value) if value.eq_ignore_ascii_case("100-continue") => true,
                    Some(_) => return Err(Misuse::not_supported("only 100-continue")),
                };
                if let Ok(point) = request.service_point() {
                    point.set_expect_100_continue(expect);
                }
                Ok(())
            }
            _ => match value {
                Some(value) => request.headers_mut()?.add(&self.name, value),
                None => request.headers_mut()?.remove(&self.name),
            },
        }
    }
}
