//! `sysnet head`: the headers of resources.

use super::Outcome;
use crate::address::with_query;
use crate::arguments::{Body, Head};
use crate::failure::Failure;
use crate::items::Items;
use crate::setup::Setup;
use crate::transfer::{Job, Session};

pub(super) fn run(options: &Head, setup: &Setup) -> Outcome {
    let (urls, items) = Items::split(&options.arguments)?;
    if items.has_fields() {
        return Err(
            Failure::usage("head sends no body: name=value is for post and put")
                .advise("name==value goes into the query"),
        );
    }
    let (body, query) = (Body::default(), items.query());
    let mut session = Session::new(setup, &options.transfer, &body, items)?;
    let mut exit = 0;
    for url in urls {
        let code = session.run(Job {
            url: with_query(url, &query),
            method: "HEAD",
            follow: options.redirects.follow(),
            headers_only: true,
            ..Job::default()
        });
        exit = if exit == 0 { code } else { exit };
    }
    session.finish()?;
    Ok(exit)
}
