//! One module for each verb.

mod answers;
mod cert;
mod completions;
mod config;
mod dns;
mod doctor;
mod end_points;
mod get;
mod head;
mod isolation;
mod man;
mod post;
mod put;
mod serve;
mod tcp;
mod tour;
mod udp;
mod uri;

use crate::arguments::{Program, Verb};
use crate::failure::Failure;
use crate::setup::Setup;
use crate::told::Told;

/// Runs a verb; the error is the exit code, after everything was said.
pub(crate) fn run(program: Program) -> Result<(), u8> {
    let outcome = Setup::begin(program).and_then(|(verb, setup)| of_setup(verb, &setup));
    match outcome {
        Ok(0) => Ok(()),
        Ok(code) => Err(code),
        Err(failure) => {
            failure.print();
            Err(failure.code)
        }
    }
}

fn of_setup(verb: Verb, setup: &Setup) -> Outcome {
    if let Verb::Doctor(_) | Verb::Dns(_) | Verb::Tcp(_) | Verb::Udp(_) = verb {
        // What fails they say themselves.
        Told::of(setup.verbose, true).begin();
    }
    match verb {
        Verb::Tour(options) => tour::run(&options, setup),
        Verb::Get(options) => get::run(&options, setup),
        Verb::Head(options) => head::run(&options, setup),
        Verb::Post(options) => post::run(&options, setup),
        Verb::Put(options) => put::run(&options, setup),
        Verb::Serve(options) => serve::run(&options, setup),
        Verb::Uri(verb) => uri::run(&verb, setup),
        Verb::Doctor(options) => doctor::run(&options, setup),
        Verb::Dns(options) => dns::run(&options, setup),
        Verb::Tcp(options) => tcp::run(&options, setup),
        Verb::Udp(options) => udp::run(&options, setup),
        Verb::Cert(verb) => cert::run(&verb),
        Verb::Config(verb) => config::run(&verb, setup),
        Verb::Isolation(verb) => isolation::run(&verb),
        // `Setup` has put the verb that is traced in its place.
        Verb::Trace(_) => Err(Failure::usage("a trace cannot be traced")),
        Verb::Man => man::run(),
        Verb::Completions(options) => completions::run(&options),
    }
}

/// What a verb comes to: an exit code for failures that were printed already, or a failure.
type Outcome = Result<u8, Failure>;
