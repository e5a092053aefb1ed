//! A file, or a form with files, that is sent a second time: the server asked for the login when it had
//! read the first.

use system_net::{AbortHandle, Uri, WebRequest};

use super::connections::Connections;
use super::{Job, Session};
use crate::content;
use crate::failure::Failure;
use crate::upload::{Again, Upload};

/// The requests that are made then.
pub(super) struct SecondTry {
    /// A HEAD, which makes the login and changes nothing.
    pub(super) asking: WebRequest,
    /// The request, with the login at once.
    pub(super) request: WebRequest,
    pub(super) body: Again,
}

impl SecondTry {
    /// What ends its requests.
    pub(super) fn abort_handles(&self) -> impl Iterator<Item = AbortHandle> {
        let both = [&self.asking, &self.request];
        both.into_iter()
            .filter_map(|request| request.abort_handle().ok())
    }
}

impl Session<'_> {
    /// Prepares for it. `None`: the body is of no file, or there is nobody to log in.
    pub(super) fn second_try(
        &self,
        uri: &Uri,
        job: &Job<'_>,
        connections: &Connections,
    ) -> Result<Option<SecondTry>, Failure> {
        let upload = job.content.upload.as_ref();
        let Some(body) = upload
            .and_then(Upload::again)
            .filter(|_| self.options.route.schemes.is_given())
        else {
            return Ok(None);
        };
        let make = || {
            WebRequest::create_in(&self.context, uri)
                .map_err(|error| Failure::request(&error.with_uri(uri)))
        };
        let (mut asking, mut request) = (make()?, make()?);
        let (Some(first), Some(second)) = (asking.as_http_mut(), request.as_http_mut()) else {
            return Ok(None);
        };
        let ask = Job {
            url: job.url.clone(),
            method: "HEAD",
            content: content::Body::default(),
            ..Job::default()
        };
        for (http, job) in [(first, &ask), (second, job)] {
            connections.observe(http)?;
            self.prepare(http, job)?;
            http.set_pre_authenticate(true)?;
        }
        Ok(Some(SecondTry {
            asking,
            request,
            body: body.clone(),
        }))
    }
}
