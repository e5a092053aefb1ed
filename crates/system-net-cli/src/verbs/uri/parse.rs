//! `sysnet uri parse`: every property of an address.

use system_net::{PathRules, Uri, UriIdnScope, UriKind, UriSettings};

use super::problem::Problem;
use super::properties::Properties;
use super::resolve;
use crate::arguments::{IdnScope, Kind, Parse, Paths};
use crate::failure::Failure;
use crate::verbs::Outcome;
use crate::verbs::answers::Call;

pub(super) fn run(options: &Parse) -> Outcome {
    if options.base.is_some() && options.kind == Some(Kind::Absolute) {
        return Err(Failure::usage(
            "--base cannot be used with --kind absolute: an absolute address needs no base",
        ));
    }
    let settings = settings(options);
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

fn settings(options: &Parse) -> UriSettings {
    let mut settings = UriSettings::new();
    settings.set_iri_parsing(!options.no_iri);
    settings.set_idn(match options.idn {
        IdnScope::None => UriIdnScope::None,
        IdnScope::All => UriIdnScope::All,
        IdnScope::AllExceptIntranet => UriIdnScope::AllExceptIntranet,
    });
    settings.set_paths(match options.paths {
        Paths::Windows => PathRules::Windows,
        Paths::Unix => PathRules::Unix,
    });
    settings
}
