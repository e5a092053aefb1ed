//! The login of one request: answers challenges with the context's authentication modules.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, LazyLock};

use system_net_config::NetContext;
use system_net_http_proto::ResponseHead;
use system_net_primitives::Credentials;
use system_net_runtime::unblock;
use system_net_security::authentication::{
    AuthenticationAnswer, AuthenticationRequest, AuthenticationState, Challenges,
    PreAuthentication, Update,
};
use system_net_security::extended_protection::ChannelBinding;
use system_net_uri::Uri;

use super::login_modules::modules_of;
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::trace;

/// Where a request stands with its login. Costs nothing until there is a challenge or
/// pre-authentication.
pub(super) struct Login {
    context: NetContext,
    state: AuthenticationState,
    answer: Option<AuthenticationAnswer>,
    /// How many answers there were, this one included, since the login began.
    answers: u32,
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
    pub(super) credentials: &'a Arc<dyn Credentials>,
    /// The target in the request line, if a proxy asks.
    pub(super) proxied: Option<&'a str>,
    /// The connection leads to a proxy that passes requests on, and may share its own.
    pub(super) shared: bool,
    /// The body that will be sent; `None` if it is not known beforehand.
    pub(super) body: Option<&'a [u8]>,
    /// The server may act for the user elsewhere.
    pub(super) delegate: bool,
}

/// The same, to be taken to another thread.
struct Asked {
    uri: Uri,
    method: String,
    group: Option<String>,
    credentials: Arc<dyn Credentials>,
    proxied: Option<String>,
    shared: bool,
    body: Option<Vec<u8>>,
    delegate: bool,
}

impl Asked {
    fn of(challenged: &Challenged<'_>) -> Self {
        Self {
            uri: challenged.uri.clone(),
            method: challenged.method.to_owned(),
            group: challenged.group.map(str::to_owned),
            credentials: Arc::clone(challenged.credentials),
            proxied: challenged.proxied.map(str::to_owned),
            shared: challenged.shared,
            body: challenged.body.map(<[u8]>::to_vec),
            delegate: challenged.delegate,
        }
    }

    fn challenged(&self) -> Challenged<'_> {
        Challenged {
            uri: &self.uri,
            method: &self.method,
            group: self.group.as_deref(),
            credentials: &self.credentials,
            proxied: self.proxied.as_deref(),
            shared: self.shared,
            body: self.body.as_deref(),
            delegate: self.delegate,
        }
    }
}

impl Login {
    pub(super) fn new(context: &NetContext) -> Self {
        Self {
            context: context.clone(),
            state: AuthenticationState::default(),
            answer: None,
            answers: 0,
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

    /// The login as it stands; what stays behind has not begun.
    pub(super) fn take(&mut self) -> Self {
        let nobody = Self {
            challenges: self.challenges,
            ..Self::new(&self.context)
        };
        std::mem::replace(self, nobody)
    }

    /// The server has refused the login.
    pub(super) fn is_refused(&self) -> bool {
        self.state.is_refused()
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
                (module.authentication_type(), login).hash(&mut hasher);
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

    /// The answer is the first of its login, or there is none: nothing was said of it yet.
    pub(super) fn begins(&self) -> bool {
        self.answer.is_none() || self.answers < 2
    }

    /// The answer's scheme is one whose logins hold for connections.
    pub(super) fn binds_connection(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(AuthenticationAnswer::binds_connection)
    }

    /// The server is to answer this answer before the login is complete.
    pub(super) fn goes_on(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|answer| !answer.authorization().complete())
    }

    /// The answer is sure to be followed by another challenge: its request need carry no body.
    pub(super) fn awaits_challenge(&self) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|answer| answer.authorization().awaits_challenge())
    }

    /// The channel that the next answer is tied to.
    pub(super) fn see_channel(&mut self, binding: Option<ChannelBinding>) {
        self.channel = binding;
    }

    /// Whether the answer is for a connection with this value of its channel.
    pub(super) fn is_for(&self, binding: Option<&ChannelBinding>) -> bool {
        self.channel.as_ref() == binding
    }

    /// Whether a response may say something of the login.
    pub(super) fn may_be_told_by(&self, head: &ResponseHead) -> bool {
        let answer = self.answer.as_ref();
        answer.is_some_and(|answer| {
            head.about_login || !answer.updates_by_fields() || answer.authorization().covers_body()
        })
    }

    /// Whether there is something to remember if the answer is accepted: what went out unasked
    /// opens no space.
    pub(super) fn opens_space(&self) -> bool {
        self.answer
            .as_ref()
            .is_some_and(|answer| !answer.is_unasked())
    }

    /// Looks at what a response that lets the request in says of the login.
    pub(super) fn update(
        &mut self,
        head: &ResponseHead,
        challenged: &Challenged<'_>,
    ) -> Result<Update, WebError> {
        let Some(answer) = self.answer.as_ref().filter(|_| self.may_be_told_by(head)) else {
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

    /// Sends credentials with the first request, if an earlier one was let in at this place:
    /// those that hold for a request, or those that hold for a connection and are made for the one
    /// that was found.
    pub(super) async fn pre_authenticate(
        &mut self,
        challenged: &Challenged<'_>,
        of_connection: bool,
    ) -> Result<(), WebError> {
        if self.pre_authenticate_at_once(challenged, of_connection)? {
            return Ok(());
        }
        let asked = Asked::of(challenged);
        self.aside(move |login| {
            let challenged = asked.challenged();
            match modules_of(&login.context)?.pre_authentication(challenged.uri) {
                Some(found) => login.pre_authenticate_by(found, &challenged),
                None => Ok(()),
            }
        })
        .await?
    }

    /// As [`pre_authenticate`](Self::pre_authenticate), unless that may have to wait: false then.
    pub(super) fn pre_authenticate_at_once(
        &mut self,
        challenged: &Challenged<'_>,
        of_connection: bool,
    ) -> Result<bool, WebError> {
        let found = modules_of(&self.context)?.pre_authentication(challenged.uri);
        match found.filter(|found| found.module().binds_connection() == of_connection) {
            None => Ok(true),
            Some(found) if found.module().may_block() => Ok(false),
            Some(found) => self.pre_authenticate_by(found, challenged).map(|()| true),
        }
    }

    fn pre_authenticate_by(
        &mut self,
        found: PreAuthentication,
        challenged: &Challenged<'_>,
    ) -> Result<(), WebError> {
        let target = match found.module().needs_target_name() {
            true => Some(self.target_of(challenged.uri)?),
            false => None,
        };
        let mut request = challenged.request(&mut self.state);
        if let Some(target) = &target {
            request = request.to_target(target);
        }
        if let Some(binding) = &self.channel {
            request = request.over_channel(binding);
        }
        self.answer = found.answer(&mut request, &**challenged.credentials);
        self.answers = u32::from(self.answer.is_some());
        Ok(())
    }

    /// The name of the service at an address.
    fn target_of(&self, uri: &Uri) -> Result<String, WebError> {
        let modules = modules_of(&self.context)?;
        let custom = modules.custom_target_name_dictionary().find(uri);
        Ok(custom.unwrap_or_else(|| service_of(uri)))
    }

    /// As [`answer`](Self::answer); on a thread where it holds nobody up, if the answer may take a
    /// while to get: a key distribution center that does not answer must not stop other tasks.
    pub(super) async fn answer_aside(
        &mut self,
        head: &ResponseHead,
        challenged: &Challenged<'_>,
    ) -> Result<bool, WebError> {
        let challenges = Challenges::parse(head.headers.get_all(self.challenges));
        if !modules_of(&self.context)?.may_block(&challenges) {
            return self.answer(head, challenged);
        }
        let (head, asked) = (head.clone(), Asked::of(challenged));
        self.aside(move |login| login.answer(&head, &asked.challenged()))
            .await?
    }

    async fn aside<T: Send + 'static>(
        &mut self,
        ask: impl FnOnce(&mut Self) -> T + Send + 'static,
    ) -> Result<T, WebError> {
        let mut login = self.take();
        let asked = unblock(move || {
            let answer = ask(&mut login);
            (login, answer)
        });
        let (login, answer) = asked.await.map_err(|error| {
            let message = "there is no thread to log in on";
            let status = WebExceptionStatus::UnknownError;
            WebError::new(status, Phase::Deciding, message).with_source(error)
        })?;
        *self = login;
        Ok(answer)
    }

    /// Answers a 401. True: the request is to be sent again with the answer; false: there is none,
    /// or it was refused.
    pub(super) fn answer(
        &mut self,
        head: &ResponseHead,
        challenged: &Challenged<'_>,
    ) -> Result<bool, WebError> {
        if self.state.is_refused() {
            return Ok(false);
        }
        let challenges = Challenges::parse(head.headers.get_all(self.challenges));
        let last = self.answer.take();
        if let Some(last) = &last
            && last.authorization().complete()
            && !last.may_repeat(&challenges, &mut challenged.request(&mut self.state))
        {
            self.refused();
            return Ok(false);
        }
        let target = self.target_of(challenged.uri)?;
        let modules = modules_of(&self.context)?;
        let mut request = challenged.request(&mut self.state).to_target(&target);
        if let Some(binding) = &self.channel {
            request = request.over_channel(binding);
        }
        if challenged.shared && !keeps_sessions(head) {
            request = request.without_own_connection();
        }
        let credentials = &**challenged.credentials;
        let answer = match &last {
            None => modules.authenticate(&challenges, &mut request, credentials),
            // What was refused is not replaced by something weaker: its own module alone goes on.
            Some(last) => modules.go_on(last, &challenges, &mut request, credentials),
        };
        if answer.is_none() && last.is_some() {
            self.refused();
        }
        self.answer = answer;
        self.answers += 1;
        Ok(self.answer.is_some())
    }

    /// The server refused the login: the request has no other.
    fn refused(&mut self) {
        self.state.refuse();
        trace::class("AuthenticationManager").information(
            "Authenticate",
            format_args!("the server refused the credentials"),
        );
    }

    /// The answer was good: requests below this place may be pre-authenticated from now on.
    pub(super) fn accepted(&mut self, challenged: &Challenged<'_>) -> Result<(), WebError> {
        let Some(answer) = self.answer.as_ref().filter(|_| self.opens_space()) else {
            return Ok(());
        };
        let request = challenged.request(&mut self.state);
        modules_of(&self.context)?.accepted(answer, &request);
        Ok(())
    }

    /// A redirect leads elsewhere: the answer was for the old place.
    pub(super) fn forget(&mut self) {
        self.answer = None;
        self.answers = 0;
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
        let request = match self.delegate {
            true => request.delegating(),
            false => request,
        };
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
