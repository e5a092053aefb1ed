//! `sysnet uri builder`: an address of parts.

use system_net::{Uri, UriBuilder, UriKind, UriSettings};

use super::Made;
use super::problem::Problem;
use crate::arguments::Builder;
use crate::verbs::Outcome;
use crate::verbs::answers::Call;

pub(super) fn run(options: &Builder, settings: &UriSettings) -> Outcome {
    let call = Call::lines("sysnet.uri.builder/1", options.form.json);
    call.answer(options.text.as_deref(), |text| {
        let start = match options.text {
            None => {
                let mut builder = UriBuilder::new();
                builder.set_settings(settings.clone());
                builder
            }
            Some(_) => start(text, settings)?,
        };
        build(start, options).map(Made::from)
    })
}

/// The parts of a text; one without a scheme is taken for an http address.
fn start(text: &str, settings: &UriSettings) -> Result<UriBuilder, Problem> {
    let uri = Uri::parse_in(text, UriKind::RelativeOrAbsolute, settings)
        .map_err(|error| Problem::with(text, &error))?;
    let uri = match uri.is_absolute_uri() {
        true => uri,
        false => {
            let full = format!("http://{text}");
            Uri::parse_in(&full, UriKind::Absolute, settings)
                .map_err(|error| Problem::with(&full, &error))?
        }
    };
    UriBuilder::from_uri(&uri).map_err(|error| Problem::with(text, &error))
}

fn build(mut builder: UriBuilder, options: &Builder) -> Result<Uri, Problem> {
    if let Some(scheme) = &options.scheme {
        builder
            .set_scheme(scheme)
            .map_err(|error| Problem::with(scheme, &error).of("--scheme"))?;
    }
    if let Some(host) = &options.host {
        builder.set_host(host);
    }
    if let Some(port) = options.port {
        builder.set_port(Some(port));
    }
    if let Some(path) = &options.path {
        builder.set_path(path);
    }
    if let Some(query) = &options.query {
        builder.set_query(query);
    }
    if let Some(fragment) = &options.fragment {
        builder.set_fragment(fragment);
    }
    if let Some(user) = &options.user {
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        builder.set_user_name(name);
        builder.set_password(password);
    }
    let text = builder
        .text()
        .map_err(|error| Problem::with("", &error).of("--user"))?;
    builder
        .uri()
        .map_err(|error| Problem::with(&text, &error).of("the parts"))
}
