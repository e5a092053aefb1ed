//! The login of one request: answers challenges with the context's authentication modules.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use system_net_config::NetContext;
use system_net_http_proto::ResponseHead;
use system_net_primitives::Credentials;
use system_net_security::authentication::{
    AuthenticationAnswer, AuthenticationRequest, AuthenticationState, Challenges, Update,
};
use system_net_security::extended_protection::ChannelBinding;
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
    /// The field of responses that holds the challenges.
    challenges: &'static str,
    /// The channel of the connection that was asked for a login.
    channel: Option<ChannelBinding>,
}

/// What a module may know of the request it answers for.
pub(super) struct Challenged<'a> {
    pub(super) uri: &'a Uri,
    pub(super) method: &'a str,
    pub(super) group: Option<&'a str>,
    pub(super) credentials: &'a dyn Credentials,
    /// The target in the request line, if a proxy asks.
    pub(super) proxied: Option<&'a str>,
    /// The connection leads to a proxy that passes requests on, and may share its own.
    pub(super) shared: bool,
    /// The body that will be sent; `None` if it is not known beforehand.
    pub(super) body: Option<&'a [u8]>,
}

impl Login {
    pub(super) fn new(context: &NetContext) -> Self {
        Self {
            context: context.clone(),
            state: AuthenticationState::default(),
            answer: None,
            challenges: "WWW-Authenticate",
            channel: None,
        }
    }

    /// The login at a proxy, which is another than the server's.
    pub(super) fn at_proxy(&self) -> Self {
        Self {
            challenges: "Proxy-Authenticate",
            ..Self::new(&self.context)
        }
    }

    /// Who logs in at a proxy, as a number that another user or another password changes: no two
    /// of them may share a tunnel.
    pub(super) fn owner(
        &self,
        proxy: &Uri,
        credentials: Option<&dyn Credentials>,
        by_hand: Option<Cow<'_, str>>,
    ) -> Result<u64, WebError> {
        /// Keys that nobody outside knows: from the number no password is found.
        static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let mut hasher = KEYS.build_hasher();
        by_hand.hash(&mut hasher);
        let Some(credentials) = credentials else {
            return Ok(hasher.finish());
        };
        credentials.is_default().hash(&mut hasher);
        for module in modules_of(&self.context)?.registered_modules() {
            if let Some(login) = credentials.get_credential(proxy, module.authentication_type()) {
                let parts = (login.user_name(), login.password(), login.domain());
                (module.authentication_type(), parts).hash(&mut hasher);
            }
        }
        Ok(hasher.finish())
    }

    /// The field to send, once there is an answer.
    pub(super) fn authorization(&self) -> Option<&str> {
        self.answer
            .as_ref()
            .map(|answer| answer.authorization().message())
    }

    /// The answer is for a connection and not for a request, or takes more than one request.
    pub(super) fn is_of_connection(&self) -> bool {
        self.answer
            .as_ref()
            .is_some_and(|answer| answer.binds_connection() || !answer.authorization().complete())
    }

    /// The answer's scheme is one whose logins hold for connections.
    pub(super) fn binds_connection(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(AuthenticationAnswer::binds_connection)
    }

    /// The answer is sure to be followed by another challenge: its request need carry no body.
    pub(super) fn awaits_challenge(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| {
            answer.authentication_type() == "NTLM" && !answer.authorization().complete()
        })
    }

    /// The channel that the next answer is tied to.
    pub(super) fn see_channel(&mut self, binding: Option<ChannelBinding>) {
        self.channel = binding;
    }

    /// Whether the answer is for a connection with this value of its channel.
    pub(super) fn is_for(&self, binding: Option<&ChannelBinding>) -> bool {
        self.channel.as_ref() == binding
    }

    /// Looks at what a response that lets the request in says of the login.
    pub(super) fn update(
        &mut self,
        head: &ResponseHead,
        challenged: &Challenged<'_>,
    ) -> Result<Update, WebError> {
        let Some(answer) = &self.answer else {
            return Ok(Update::Unchanged);
        };
        let challenges = Challenges::parse(head.headers.get_all(self.challenges));
        let info = match challenged.proxied {
            Some(_) => "Proxy-Authentication-Info",
            None => "Authentication-Info",
        };
        let info = head.headers.get_first(info);
        let mut request = challenged.request(&mut self.state);
        Ok(answer.update(&challenges, info, &mut request))
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
        let challenges = Challenges::parse(head.headers.get_all(self.challenges));
        let refused = self.answer.take().is_some_and(|answer| {
            answer.authorization().complete()
                && !answer.may_repeat(&challenges, &mut challenged.request(&mut self.state))
        });
        if refused {
            trace::class("AuthenticationManager").information(
                "Authenticate",
                format_args!("the server refused the credentials"),
            );
            return Ok(false);
        }
        let modules = modules_of(&self.context)?;
        let custom = modules.custom_target_name_dictionary().find(challenged.uri);
        let target = custom.unwrap_or_else(|| service_of(challenged.uri));
        let mut request = challenged.request(&mut self.state).to_target(&target);
        if let Some(binding) = &self.channel {
            request = request.over_channel(binding);
        }
        if challenged.shared && !keeps_sessions(head) {
            request = request.without_own_connection();
        }
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

/// RFC 4559 section 6: the proxy keeps a connection of its own for each of its clients'.
fn keeps_sessions(head: &ResponseHead) -> bool {
    let fields = head.headers.get_all("Proxy-Support");
    fields.into_iter().any(|field| {
        field.split(|byte| *byte == b',').any(|word| {
            word.trim_ascii()
                .eq_ignore_ascii_case(b"Session-Based-Authentication")
        })
    })
}

/// The name of the service at an address: from the address alone, never from DNS, where others may
/// have put a name of theirs.
fn service_of(uri: &Uri) -> String {
    let host = uri.idn_host().unwrap_or_else(|_| uri.host());
    format!("HTTP/{host}")
}

impl<'a> Challenged<'a> {
    fn request<'r>(&'r self, state: &'r mut AuthenticationState) -> AuthenticationRequest<'r>
    where
        'a: 'r,
    {
        let secure = self.uri.scheme() == "https";
        let request = AuthenticationRequest::new(self.uri, self.method, secure, state);
        let request = match self.body {
            Some(body) => request.with_body(body),
            None => request,
        };
        let request = match self.proxied {
            Some(target) => request.for_proxy(target),
            None => request,
        };
        match self.group {
            Some(group) => request.in_connection_group(group),
            None => request,
        }
    }
}
