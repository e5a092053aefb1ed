//! A login of a scheme of one's own, as a program registers it.

use system_net::Credentials;
use system_net::authentication::{
    AuthenticationModule, AuthenticationRequest, Authorization, Challenges,
};

/// Answers each challenge of its scheme in the same words.
pub(crate) struct LoginModule {
    pub(crate) scheme: &'static str,
    pub(crate) answer: &'static str,
    /// To whom, and by which credentials, it answers at all.
    pub(crate) answers: fn(&AuthenticationRequest<'_>, &dyn Credentials) -> bool,
}

impl AuthenticationModule for LoginModule {
    fn authentication_type(&self) -> &str {
        self.scheme
    }

    fn can_pre_authenticate(&self) -> bool {
        false
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        challenges.find(self.scheme)?;
        let wanted = (self.answers)(request, credentials);
        wanted.then(|| Authorization::new(self.answer))
    }
}
