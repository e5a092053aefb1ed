//! `sysnet get`: resources to stdout or to files.

use super::Outcome;
use crate::address::with_query;
use crate::arguments::Get;
use crate::content::joined;
use crate::failure::Failure;
use crate::items::Items;
use crate::setup::Setup;
use crate::transfer::{Job, Session};

pub(super) fn run(options: &Get, setup: &Setup) -> Outcome {
    let (urls, items) = Items::split(&options.arguments)?;
    if options.body.output.is_some() && urls.len() > 1 {
        return Err(Failure::usage("-o is for one URL; use -O for several"));
    }
    if items.has_fields() {
        return Err(
            Failure::usage("get sends no body: name=value is for post and put")
                .advise("name==value goes into the query"),
        );
    }
    let data = match (&options.data.parts[..], options.get) {
        (parts, true) => String::from_utf8(joined(parts)?)
            .map_err(|_| Failure::usage("-G: the data are no text"))?,
        ([], false) => String::new(),
        _ => {
            return Err(
                Failure::usage("get sends no body: data are for post and put")
                    .advise("-G sends them in the query"),
            );
        }
    };
    let query = items.query();
    let mut session = Session::new(setup, &options.transfer, &options.body, items)?;
    let method = match &options.request {
        Some(method) => method,
        None if options.head => "HEAD",
        None => "GET",
    };
    let mut exit = 0;
    for url in urls {
        let code = session.run(Job {
            url: with_query(&with_query(url, &query), &data),
            method,
            follow: options.redirects.follow(),
            headers_only: options.head,
            range: options.part.range.as_deref(),
            continue_at: options.part.continue_at,
            ..Job::default()
        });
        exit = if exit == 0 { code } else { exit };
    }
    session.finish()?;
    Ok(exit)
}
