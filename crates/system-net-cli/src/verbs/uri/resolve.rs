//! `sysnet uri resolve`: what a relative address means on a base.

use system_net::{Uri, UriKind, UriSettings};

use super::Made;
use super::problem::Problem;
use crate::arguments::Resolve;
use crate::failure::Failure;
use crate::verbs::Outcome;
use crate::verbs::answers::Call;

pub(super) fn run(options: &Resolve, settings: &UriSettings) -> Outcome {
    let base = base(&options.base, settings)?;
    let call = Call::lines("sysnet.uri.resolve/1", options.form.json);
    call.answer(Some(&options.relative), |text| {
        on_base(&base, text, UriKind::RelativeOrAbsolute).map(Made::from)
    })
}

/// The base, which is the same for all texts: without it nothing is answered.
pub(super) fn base(text: &str, settings: &UriSettings) -> Result<Uri, Failure> {
    Uri::parse_in(text, UriKind::Absolute, settings)
        .map_err(|error| Problem::with(text, &error).of("the base").into())
}

/// The address that the text means on the base.
pub(super) fn on_base(base: &Uri, text: &str, kind: UriKind) -> Result<Uri, Problem> {
    let relative =
        Uri::parse_in(text, kind, base.settings()).map_err(|error| Problem::with(text, &error))?;
    base.combine_uri(&relative).map_err(|error| {
        // The place counts in the text that both make. It is at hand where the base gives but its
        // scheme, which is where a host, and with it most of what can be wrong, is read anew.
        let joined = format!("{}:{}", base.scheme(), text.trim());
        match Uri::parse_in(&joined, UriKind::Absolute, base.settings()) {
            Err(same) if same == error => Problem::with(&joined, &error),
            _ => Problem::at(text, 0, &error),
        }
        .of("on its base")
    })
}
