//! `sysnet put`: a file to a URL.

use super::Outcome;
use crate::arguments::Put;
use crate::setup::Setup;
use crate::transfer::{Job, Session};
use crate::upload::Upload;

pub(super) fn run(options: &Put, setup: &Setup) -> Outcome {
    let upload = Upload::file(&options.file)?;
    let mut session = Session::new(setup, &options.transfer, &options.body)?;
    let code = session.run(Job {
        url: &options.url,
        method: options.request.as_deref().unwrap_or("PUT"),
        follow: options.location,
        upload: Some(upload),
        content_type: None,
        headers_only: false,
    });
    session.finish()?;
    Ok(code)
}
