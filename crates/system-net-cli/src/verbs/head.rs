//! `sysnet head`: the headers of resources.

use super::Outcome;
use crate::arguments::{Body, Head};
use crate::setup::Setup;
use crate::transfer::{Job, Session};

pub(super) fn run(options: &Head, setup: &Setup) -> Outcome {
    let body = Body::default();
    let mut session = Session::new(setup, &options.transfer, &body)?;
    let mut exit = 0;
    for url in &options.urls {
        let code = session.run(Job {
            url,
            method: "HEAD",
            follow: options.redirects.follow(),
            upload: None,
            content_type: None,
            headers_only: true,
        });
        exit = if exit == 0 { code } else { exit };
    }
    session.finish()?;
    Ok(exit)
}
