//! `sysnet post`: data to a URL.

use super::Outcome;
use crate::address::with_query;
use crate::arguments::Post;
use crate::content::Body;
use crate::failure::Failure;
use crate::items::Items;
use crate::setup::Setup;
use crate::transfer::{Job, Session};

pub(super) fn run(options: &Post, setup: &Setup) -> Outcome {
    let json_for_url = options.url.starts_with(['{', '[']) && options.transfer.json;
    if json_for_url {
        return Err(Failure::usage("--json describes the transfer")
            .advise("send JSON with --data-json, or as items: name=value name:=true"));
    }
    let arguments = std::iter::once(&options.url).chain(&options.items);
    let arguments: Vec<String> = arguments.cloned().collect();
    let (urls, items) = Items::split(&arguments)?;
    if let [_, other, ..] = urls[..] {
        return Err(Failure::usage(format_args!(
            "post takes one URL, and {other:?} is no item as name=value"
        )));
    }
    let content = Body::of(&options.content, &items)?;
    let url = Body::address(&options.content, &options.url);
    let query = items.query();
    let mut session = Session::new(setup, &options.transfer, &options.body, items)?;
    let code = session.run(Job {
        url: with_query(&url, &query),
        method: options.request.as_deref().unwrap_or("POST"),
        follow: options.location,
        content,
        ..Job::default()
    });
    session.finish()?;
    Ok(code)
}
