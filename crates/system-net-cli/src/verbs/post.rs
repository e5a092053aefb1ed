//! `sysnet post`: data to a URL.

use super::Outcome;
use crate::arguments::Post;
use crate::setup::Setup;
use crate::transfer::{Job, Session};
use crate::upload::Upload;

pub(super) fn run(options: &Post, setup: &Setup) -> Outcome {
    let upload = match &options.data_binary {
        Some(data) => Upload::binary(data)?,
        None => Upload::form(&options.data)?,
    };
    let mut session = Session::new(setup, &options.transfer, &options.body)?;
    let code = session.run(Job {
        url: &options.url,
        method: options.request.as_deref().unwrap_or("POST"),
        follow: options.location,
        upload: Some(upload),
        content_type: Some("application/x-www-form-urlencoded"),
        headers_only: false,
    });
    session.finish()?;
    Ok(code)
}
