//! `sysnet get`: resources to stdout or to files.

use super::Outcome;
use crate::arguments::Get;
use crate::failure::Failure;
use crate::setup::Setup;
use crate::transfer::{Job, Session};

pub(super) fn run(options: &Get, setup: &Setup) -> Outcome {
    if options.body.output.is_some() && options.urls.len() > 1 {
        return Err(Failure::usage("-o is for one URL; use -O for several"));
    }
    let mut session = Session::new(setup, &options.transfer, &options.body)?;
    let method = match &options.request {
        Some(method) => method,
        None if options.head => "HEAD",
        None => "GET",
    };
    let mut exit = 0;
    for url in &options.urls {
        let code = session.run(Job {
            url,
            method,
            follow: options.redirects.follow(),
            upload: None,
            content_type: None,
            headers_only: options.head,
        });
        exit = if exit == 0 { code } else { exit };
    }
    session.finish()?;
    Ok(exit)
}
