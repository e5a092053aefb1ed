//! `sysnet uri parse`: every property of an address.

use system_net::{PathRules, Uri, UriIdnScope, UriKind, UriSettings};

use super::problem::Problem;
use super::properties::Properties;
use super::resolve;
use crate::arguments::{IdnScope, Kind, Parse, Paths};
use crate::failure::Failure;
use crate::verbs::Outcome;
use crate::verbs::answers::Call;

pub(super) fn run(options: &Parse, settings: UriSettings) -> Outcome {
    if options.base.is_some() && options.kind == Some(Kind::Absolute) {
        return Err(Failure::usage(
            "--base cannot be used with --kind absolute: an absolute address needs no base",
        ));
    }
    let settings = modes(options, settings);
    let base = options
        .base
        .as_deref()
        .map(|text| resolve::base(text, &settings))
        .transpose()?;
    let kind = match (options.kind, &base) {
        (Some(Kind::Absolute), _) | (None, None) => UriKind::Absolute,
        (Some(Kind::Relative), _) => UriKind::Relative,
        (Some(Kind::Either), _) | (None, Some(_)) => UriKind::RelativeOrAbsolute,
    };
    let call = Call::tables("sysnet.uri.parse/1", options.form.json);
    call.answer(Some(&options.text), |text| {
        let uri = match &base {
            Some(base) => resolve::on_base(base, text, kind)?,
            None => {
                Uri::parse_in(text, kind, &settings).map_err(|error| Problem::with(text, &error))?
            }
        };
        Ok::<_, Problem>(Properties::of(&uri))
    })
}

/// The modes of the configuration, with those over them that the options name.
fn modes(options: &Parse, mut settings: UriSettings) -> UriSettings {
    if options.no_iri {
        settings.set_iri_parsing(false);
    }
    if let Some(scope) = options.idn {
        settings.set_idn(match scope {
            IdnScope::None => UriIdnScope::None,
            IdnScope::All => UriIdnScope::All,
            IdnScope::AllExceptIntranet => UriIdnScope::AllExceptIntranet,
        });
    }
    settings.set_paths(match options.paths {
        Paths::Windows => PathRules::Windows,
        Paths::Unix => PathRules::Unix,
    });
    settings
}
