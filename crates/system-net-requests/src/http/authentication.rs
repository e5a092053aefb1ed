//! The login of one request: answers challenges with the context's authentication modules.

use system_net_config::NetContext;
use system_net_http_proto::ResponseHead;
use system_net_primitives::Credentials;
use system_net_security::authentication::{
    AuthenticationAnswer, AuthenticationRequest, AuthenticationState, Challenges,
};
use system_net_uri::Uri;

use super::login_modules::modules_of;
use crate::error::WebError;
use crate::trace;

/// Where a request stands with its login. Costs nothing until there is a challenge or
/// pre-authentication.
pub(super) struct Login {
    context: NetContext,
    state: AuthenticationState,
    answer: Option<AuthenticationAnswer>,
}

/// What a module may know of the request it answers for.
pub(super) struct Challenged<'a> {
    pub(super) uri: &'a Uri,
    pub(super) method: &'a str,
    pub(super) group: Option<&'a str>,
    pub(super) credentials: &'a dyn Credentials,
}

impl Login {
    pub(super) fn new(context: &NetContext) -> Self {
        Self {
            context: context.clone(),
            state: AuthenticationState::default(),
            answer: None,
        }
    }

    /// The field to send, once there is an answer.
    pub(super) fn authorization(&self) -> Option<&str> {
        self.answer
            .as_ref()
            .map(|answer| answer.authorization().message())
    }

    /// Sends credentials with the first request, if an earlier one was let in at this place.
    pub(super) fn pre_authenticate(&mut self, challenged: &Challenged<'_>) -> Result<(), WebError> {
        let modules = modules_of(&self.context)?;
        let mut request = challenged.request(&mut self.state);
        self.answer = modules.pre_authenticate(&mut request, challenged.credentials);
        Ok(())
    }

    /// Answers a 401. True: the request is to be sent again with the answer; false: there is none,
    /// or it was refused.
    pub(super) fn answer(
        &mut self,
        head: &ResponseHead,
        challenged: &Challenged<'_>,
    ) -> Result<bool, WebError> {
        let refused = self
            .answer
            .take()
            .is_some_and(|answer| answer.authorization().complete());
        if refused {
            trace::class("AuthenticationManager").information(
                "Authenticate",
                format_args!("the server refused the credentials"),
            );
            return Ok(false);
        }
        let challenges = Challenges::parse(head.headers.get_all("WWW-Authenticate"));
        let modules = modules_of(&self.context)?;
        let mut request = challenged.request(&mut self.state);
        self.answer = modules.authenticate(&challenges, &mut request, challenged.credentials);
        Ok(self.answer.is_some())
    }

    /// The answer was good: requests below this place may be pre-authenticated from now on.
    pub(super) fn accepted(&mut self, challenged: &Challenged<'_>) -> Result<(), WebError> {
        let Some(answer) = &self.answer else {
            return Ok(());
        };
        let request = challenged.request(&mut self.state);
        modules_of(&self.context)?.accepted(answer, &request);
        Ok(())
    }

    /// A redirect leads elsewhere: the answer was for the old place.
    pub(super) fn forget(&mut self) {
        self.answer = None;
        self.state = AuthenticationState::default();
    }
}

impl<'a> Challenged<'a> {
    fn request<'r>(&'r self, state: &'r mut AuthenticationState) -> AuthenticationRequest<'r>
    where
        'a: 'r,
    {
        let secure = self.uri.scheme() == "https";
        let request = AuthenticationRequest::new(self.uri, self.method, secure, state);
        match self.group {
            Some(group) => request.in_connection_group(group),
            None => request,
        }
    }
}
