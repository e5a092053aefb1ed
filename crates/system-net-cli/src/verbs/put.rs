//! `sysnet put`: a file to a URL, or a body as of `post`.

use std::path::Path;

use super::Outcome;
use crate::address::with_query;
use crate::arguments::Put;
use crate::content::Body;
use crate::failure::Failure;
use crate::items::Items;
use crate::setup::Setup;
use crate::transfer::{Job, Session};
use crate::upload::Upload;

pub(super) fn run(options: &Put, setup: &Setup) -> Outcome {
    let (addresses, items) = Items::split(&options.arguments)?;
    let (url, content) = match addresses[..] {
        [url] => {
            let content = Body::of(&options.content, &items)?;
            if content.upload.is_none() {
                return Err(Failure::usage("put FILE URL: what shall be sent to it?")
                    .advise("name a file, or say what to send with items or with -d, -F or -T"));
            }
            (Body::address(&options.content, url), content)
        }
        [file, url] => {
            let other = Body::of(&options.content, &items)?;
            if other.upload.is_some() {
                return Err(Failure::usage(format_args!(
                    "the body comes either from {file:?} or from options and items, not from both"
                )));
            }
            let upload = Upload::file(Path::new(file))?;
            let content = Body {
                upload: Some(upload),
                ..Body::default()
            };
            (url.to_owned(), content)
        }
        _ => return Err(Failure::usage("put takes one file and one URL")),
    };
    let query = items.query();
    let mut session = Session::new(setup, &options.transfer, &options.body, items)?;
    let code = session.run(Job {
        url: with_query(&url, &query),
        method: options.request.as_deref().unwrap_or("PUT"),
        follow: options.location,
        content,
        ..Job::default()
    });
    session.finish()?;
    Ok(code)
}
