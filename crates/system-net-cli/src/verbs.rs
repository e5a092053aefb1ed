//! One module for each verb.

mod answers;
mod completions;
mod dns;
mod end_points;
mod get;
mod head;
mod post;
mod put;
mod serve;
mod tcp;
mod tour;
mod udp;
mod uri;

use crate::arguments::Verb;
use crate::failure::Failure;

/// Runs a verb; the error is the exit code, after everything was said.
pub(crate) fn run(verb: Verb) -> Result<(), u8> {
    let outcome = match verb {
        Verb::Tour(options) => tour::run(&options),
        Verb::Get(options) => get::run(&options),
        Verb::Head(options) => head::run(&options),
        Verb::Post(options) => post::run(&options),
        Verb::Put(options) => put::run(&options),
        Verb::Serve(options) => serve::run(&options),
        Verb::Uri(verb) => uri::run(&verb),
        Verb::Dns(options) => dns::run(&options),
        Verb::Tcp(options) => tcp::run(&options),
        Verb::Udp(options) => udp::run(&options),
        Verb::Completions(options) => completions::run(&options),
    };
    match outcome {
        Ok(0) => Ok(()),
        Ok(code) => Err(code),
        Err(failure) => {
            failure.print();
            Err(failure.code)
        }
    }
}

/// What a verb comes to: an exit code for failures that were printed already, or a failure.
type Outcome = Result<u8, Failure>;
