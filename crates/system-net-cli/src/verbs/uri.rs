//! `sysnet uri`: what an address is made of, and how one is made. Nothing is sent.

mod builder;
mod idn;
mod parse;
mod problem;
mod properties;
mod resolve;

use std::fmt::{self, Display};

use serde::Serialize;
use system_net::Uri;

use self::problem::Problem;
use super::Outcome;
use super::answers::Call;
use crate::arguments;
use crate::setup::Setup;

pub(super) fn run(verb: &arguments::Uri, setup: &Setup) -> Outcome {
    let settings = setup.context(false)?.uri_settings();
    match verb {
        arguments::Uri::Parse(options) => parse::run(options, settings),
        arguments::Uri::Resolve(options) => resolve::run(options, &settings),
        arguments::Uri::Escape(options) => {
            let call = Call::lines("sysnet.uri.escape/1", options.form.json);
            call.answer(Some(&options.text), |text| {
                let escaped = match options.uri {
                    true => Uri::escape_uri_string(text),
                    false => Uri::escape_data_string(text),
                };
                let escaped = escaped.into_owned();
                Ok::<_, Problem>(Escaped { escaped })
            })
        }
        arguments::Uri::Unescape(options) => {
            let call = Call::lines("sysnet.uri.unescape/1", options.form.json);
            call.answer(Some(&options.text), |text| {
                let unescaped = Uri::unescape_data_string(text).into_owned();
                Ok::<_, Problem>(Unescaped { unescaped })
            })
        }
        arguments::Uri::Idn(options) => idn::run(options),
        arguments::Uri::Builder(options) => builder::run(options, &settings),
    }
}

/// What resolve and builder make.
#[derive(Serialize)]
struct Made {
    uri: String,
}

impl From<Uri> for Made {
    fn from(uri: Uri) -> Self {
        Self {
            uri: uri.absolute_uri().to_owned(),
        }
    }
}

impl Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

#[derive(Serialize)]
struct Escaped {
    escaped: String,
}

impl Display for Escaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.escaped)
    }
}

#[derive(Serialize)]
struct Unescaped {
    unescaped: String,
}

impl Display for Unescaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unescaped)
    }
}
