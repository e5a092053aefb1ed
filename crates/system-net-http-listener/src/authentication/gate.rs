//! The way of a request past the rules: who sends it, or the answer that asks for a login.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use system_net_primitives::{HttpVersion, Misuse};
use system_net_security::accounts::{CredentialValidator, NtlmUsers, UserName};
use system_net_security::authentication::{
    BasicCredentials, Challenge, DigestAccepted, DigestRefusal, DigestRequest,
};
use system_net_security::extended_protection::{
    ChannelBindingKind, ExtendedProtectionPolicy, Presented, Refusal, ServiceNameCollection,
};
use system_net_security::mechanism::{LogonErrorKind, Mechanism};
use system_net_security::negotiate::NegotiateServer;
use system_net_security::ntlm::{NtlmServer, NtlmServerOptions};

use super::covered::{Covered, HeldBody, INFO, NotHeld, ResponseProof, hold};
use super::identity::{HttpListenerIdentity, Identity};
use super::kerberos;
use super::logins::{Failed, Logins, Taken, run};
use super::rules::Rules;
use super::schemes::AuthenticationSchemes;
use crate::context::HttpListenerContext;
use crate::request::HttpListenerRequest;

/// A field for a response.
pub(crate) type Field = (&'static str, String);

const CHALLENGE: &str = "WWW-Authenticate";

/// What is to become of a request.
enum Verdict {
    /// The program sees it, with these fields in its response.
    Admit(Option<Identity>, Vec<Field>),
    /// The same, for a login that covers the bodies.
    AdmitCovered(Identity, Box<Covered>),
    /// A login is asked for, or goes on.
    Ask(Vec<Field>, Leg),
    Refuse(u16),
    /// The login is tied to its connection, which HTTP/2 shares.
    NeedsHttp1,
}

/// Whether a login goes on over this connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leg {
    /// It does: the connection must stay whatever comes with the request.
    GoesOn,
    None,
}

/// Lets a request in, or answers it.
pub(crate) async fn admit(
    mut context: HttpListenerContext,
    logins: &mut Logins,
) -> Option<HttpListenerContext> {
    let shared = Arc::clone(&context.facts().run.shared);
    let rules = shared.gatekeeper.rules();
    let gate = Gate {
        rules: &rules,
        request: context.request(),
    };
    let verdict = match gate.schemes() {
        Ok(schemes) => gate.judge(schemes, logins).await,
        Err(status) => Verdict::Refuse(status),
    };
    match verdict {
        Verdict::Admit(identity, fields) => {
            for (name, value) in &fields {
                context.response_mut().put_field(name, value);
            }
            context.set_identity(identity);
            Some(context)
        }
        Verdict::AdmitCovered(identity, covered) => {
            context.set_covered(*covered);
            context.set_identity(Some(identity));
            Some(context)
        }
        Verdict::Ask(fields, leg) => {
            // The next message has to come over this connection, so that the body of this request
            // has to be out of it.
            let read = leg == Leg::None || context.discard_body().await;
            context.ask(&fields, read);
            None
        }
        Verdict::Refuse(status) => {
            context.refuse(status);
            None
        }
        Verdict::NeedsHttp1 => {
            context.require_http1();
            None
        }
    }
}

/// A request before the rules.
struct Gate<'a> {
    rules: &'a Rules,
    request: &'a HttpListenerRequest,
}

impl Gate<'_> {
    /// The schemes for this request; the error is the status to answer.
    fn schemes(&self) -> Result<AuthenticationSchemes, u16> {
        let Some(selector) = &self.rules.scheme_selector else {
            return Ok(self.rules.schemes);
        };
        let selected = catch_unwind(AssertUnwindSafe(|| selector(self.request)));
        selected.map_err(|_| {
            self.warn(format_args!(
                "500: the authentication scheme selector panicked"
            ));
            500
        })
    }

    async fn judge(&self, schemes: AuthenticationSchemes, logins: &mut Logins) -> Verdict {
        if schemes == AuthenticationSchemes::NONE {
            logins.forget();
            self.warn(format_args!("403: no scheme is allowed for this request"));
            return Verdict::Refuse(403);
        }
        let mut fields = self.request.headers().get_all("Authorization");
        let Some(field) = fields.next() else {
            return self.without_field(schemes, logins);
        };
        // RFC 9110 section 5.3: a field that is no list stands there once.
        if fields.next().is_some() {
            logins.forget();
            self.warn(format_args!(
                "400: there is more than one Authorization field"
            ));
            return Verdict::Refuse(400);
        }
        let name = field.split(|byte| matches!(byte, b' ' | b'\t')).next();
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        let scheme = name.and_then(AuthenticationSchemes::of_field);
        match scheme.filter(|scheme| schemes.contains(*scheme)) {
            Some(AuthenticationSchemes::BASIC) => {
                logins.forget();
                self.basic(schemes, field).await
            }
            Some(AuthenticationSchemes::DIGEST) => {
                logins.forget();
                self.digest(schemes, field).await
            }
            Some(_) if self.request.exchange().is_http2() => Verdict::NeedsHttp1,
            Some(scheme) => self.by_messages(schemes, scheme, field, logins).await,
            None => {
                logins.forget();
                // Schemes of the program's own are its own matter.
                if schemes.contains(AuthenticationSchemes::ANONYMOUS) {
                    return Verdict::Admit(None, Vec::new());
                }
                self.warn(format_args!(
                    "401: the client logs in by a scheme that is not allowed here ({schemes})"
                ));
                self.ask(schemes, false)
            }
        }
    }

    /// A request that carries no login.
    fn without_field(&self, schemes: AuthenticationSchemes, logins: &mut Logins) -> Verdict {
        if let Some((scheme, identity)) = logins.kept()
            && self.rules.keeps_ntlm
            && schemes.contains(*scheme)
        {
            let identity = Arc::clone(identity);
            let Some(policy) = self.policy() else {
                return Verdict::Refuse(500);
            };
            return match self.judge_binding(&policy, &identity) {
                Ok(()) => Verdict::Admit(Some(identity), Vec::new()),
                Err(refusal) => {
                    logins.forget();
                    self.refused(refusal, None);
                    self.ask(schemes, false)
                }
            };
        }
        logins.forget();
        if schemes.contains(AuthenticationSchemes::ANONYMOUS) {
            return Verdict::Admit(None, Vec::new());
        }
        self.ask(schemes, false)
    }

    async fn basic(&self, schemes: AuthenticationSchemes, field: &[u8]) -> Verdict {
        let credentials = match BasicCredentials::parse(field) {
            Ok(credentials) => credentials,
            Err(refusal) => {
                self.warn(format_args!("401: {refusal}"));
                return self.ask(schemes, false);
            }
        };
        let identity = Arc::new(HttpListenerIdentity::of_basic(&credentials));
        let Some(users) = &self.rules.users else {
            // As in .NET: the program looks at the password itself.
            return Verdict::Admit(Some(identity), Vec::new());
        };
        let (users, may_block) = (Arc::clone(users), users.may_block());
        let right = run(may_block, move || {
            let user = UserName::parse(credentials.user_name());
            users.check_password(user, credentials.password())
        });
        match right.await {
            Some(true) => Verdict::Admit(Some(identity), Vec::new()),
            Some(false) => {
                self.warn(format_args!(
                    "401: Basic: the user is unknown or the password is wrong"
                ));
                self.ask(schemes, false)
            }
            None => self.panicked(),
        }
    }

    async fn digest(&self, schemes: AuthenticationSchemes, field: &[u8]) -> Verdict {
        let users = match self.rules.check_users(AuthenticationSchemes::DIGEST) {
            Ok(users) => Arc::clone(users),
            Err(missing) => return self.cannot(&missing),
        };
        let mut checked = self.check_digest(&users, field, None).await;
        let mut body = None;
        if let Some(Ok(Err(DigestRefusal::BodyNeeded))) = &checked {
            let held = match self.hold_body().await {
                Ok(held) => Arc::new(held),
                Err(why) => {
                    let status = why.status();
                    self.warn(format_args!("{status}: {}", why.reason()));
                    return Verdict::Refuse(status);
                }
            };
            checked = self.check_digest(&users, field, Some(held.whole())).await;
            body = Some(held);
        }
        match checked {
            Some(Ok(Ok(accepted))) => {
                let identity = Arc::new(HttpListenerIdentity::of_digest(accepted.user_name()));
                let Some(body) = body else {
                    let info = (INFO, accepted.authentication_info(None));
                    return Verdict::Admit(Some(identity), vec![info]);
                };
                let head_request = self.request.http_method() == "HEAD";
                let http10 = self.request.protocol_version() < HttpVersion::VERSION11;
                let proof = ResponseProof::new(accepted, head_request, http10);
                Verdict::AdmitCovered(identity, Box::new(Covered { body, proof }))
            }
            Some(Ok(Err(refusal))) => {
                let status = refusal.status_code();
                self.warn(format_args!("{status}: {refusal}"));
                match status {
                    401 => self.ask(schemes, refusal.is_stale()),
                    _ => Verdict::Refuse(status),
                }
            }
            Some(Err(misuse)) => self.cannot(&misuse),
            None => self.panicked(),
        }
    }

    /// Reads the body of the request, which its login covers.
    async fn hold_body(&self) -> Result<HeldBody, NotHeld> {
        let exchange = self.request.exchange();
        let shared = &exchange.facts().run.shared;
        let announced = self.request.content_length64();
        let held = &shared.gatekeeper.held;
        hold(exchange, announced, &shared.limits(), held).await
    }

    /// `None`: the validator panicked.
    async fn check_digest(
        &self,
        users: &Arc<dyn CredentialValidator>,
        field: &[u8],
        body: Option<Bytes>,
    ) -> Option<Result<Result<DigestAccepted, DigestRefusal>, Misuse>> {
        let (users, may_block) = (Arc::clone(users), users.may_block());
        let digest = Arc::clone(&self.rules.digest);
        let method = self.request.http_method().to_owned();
        let target = self.request.target().to_owned();
        let host = self.request.user_host_name().map(|host| host.into_owned());
        let field = field.to_vec();
        let checked = run(may_block, move || {
            let mut request = DigestRequest::new(&method, &target);
            if let Some(host) = &host {
                request = request.at(host);
            }
            if let Some(body) = &body {
                request = request.with_body(body);
            }
            let server = digest.server()?;
            Ok(server.check(&field, &request, &*users))
        });
        checked.await
    }

    /// NTLM, and what Negotiate chooses.
    async fn by_messages(
        &self,
        schemes: AuthenticationSchemes,
        scheme: AuthenticationSchemes,
        field: &[u8],
        logins: &mut Logins,
    ) -> Verdict {
        let name = name_of(scheme);
        let challenge = Challenge::parse_credentials(field);
        let Some(token) = challenge.as_ref().and_then(Challenge::token68) else {
            logins.forget();
            self.warn(format_args!("401: the {name} credentials are malformed"));
            return self.ask(schemes, false);
        };
        let Some(policy) = self.policy() else {
            return Verdict::Refuse(500);
        };
        let mechanisms = match self.mechanisms(scheme, &policy) {
            Ok(mechanisms) => mechanisms,
            Err(missing) => return self.cannot(&missing),
        };
        // Keys of services are in files, and so is what was seen before.
        let may_block = scheme == AuthenticationSchemes::NEGOTIATE
            && self.rules.kerberos().is_some()
            || self
                .rules
                .users
                .as_ref()
                .is_some_and(|users| users.may_block());
        let taken = logins.take(scheme, token, may_block, || mechanisms.server(scheme));
        match taken.await {
            Ok(Taken::Goes(message)) => {
                let field = (CHALLENGE, format!("{name} {message}"));
                Verdict::Ask(vec![field], Leg::GoesOn)
            }
            Ok(Taken::Complete(mechanism, message)) => {
                let Some(identity) = HttpListenerIdentity::of_mechanism(&*mechanism) else {
                    self.warn(format_args!(
                        "401: {name}: the login does not say who the user is"
                    ));
                    return self.ask(schemes, false);
                };
                let identity = Arc::new(identity);
                if let Err(refusal) = self.judge_binding(&policy, &identity) {
                    self.refused(refusal, None);
                    return self.ask(schemes, false);
                }
                if self.rules.keeps_ntlm {
                    logins.keep(scheme, &identity);
                }
                let last = message.map(|message| (CHALLENGE, format!("{name} {message}")));
                Verdict::Admit(Some(identity), last.into_iter().collect())
            }
            Err(Failed::Logon(error)) if error.kind() == LogonErrorKind::BindingDiffers => {
                self.refused(Refusal::BindingDiffers, Some(&error));
                self.ask(schemes, false)
            }
            Err(Failed::Logon(error)) => {
                self.warn(format_args!("401: {name}: {error}"));
                self.ask(schemes, false)
            }
            Err(Failed::Message(what)) => {
                self.warn(format_args!("401: {name}: the client's message: {what}"));
                self.ask(schemes, false)
            }
            Err(Failed::Panicked) => self.panicked(),
        }
    }

    /// The servers that a login may be made by.
    fn mechanisms(
        &self,
        scheme: AuthenticationSchemes,
        policy: &ExtendedProtectionPolicy,
    ) -> Result<Mechanisms, Misuse> {
        let rules = self.rules;
        let binding = self.request.transport_context();
        // Endpoint is a kind that there is.
        let binding = binding.get_channel_binding(ChannelBindingKind::Endpoint)?;
        let users = match scheme {
            AuthenticationSchemes::NTLM => Some(rules.check_users(scheme)?),
            _ => rules.users.as_ref(),
        };
        let ntlm = users.map(|users| {
            let options = NtlmServerOptions {
                // What differs is told, and the policy judges it.
                channel_binding: binding.clone(),
                ..rules.ntlm.clone()
            };
            let accounts = NtlmUsers::new(Arc::clone(users));
            Box::new(NtlmServer::new(accounts, options)) as Box<dyn Mechanism>
        });
        let kerberos = rules
            .kerberos()
            .filter(|_| scheme == AuthenticationSchemes::NEGOTIATE)
            .and_then(|options| {
                // With a binding the system's library refuses another one by itself.
                let looks = policy.checks_binding(self.request.is_secure_connection());
                kerberos::server(&options, binding.filter(|_| looks))
            });
        Ok(Mechanisms { kerberos, ntlm })
    }

    /// What ties this request's login; `None` if the program's selector panicked.
    fn policy(&self) -> Option<ExtendedProtectionPolicy> {
        let supported = self.request.supports_extended_protection();
        let policy = catch_unwind(AssertUnwindSafe(|| {
            self.rules.policy_of(self.request, supported)
        }));
        if policy.is_err() {
            self.warn(format_args!(
                "500: the extended protection selector panicked"
            ));
        }
        policy.ok()
    }

    fn judge_binding(
        &self,
        policy: &ExtendedProtectionPolicy,
        identity: &HttpListenerIdentity,
    ) -> Result<(), Refusal> {
        let Some(accepted) = identity.accepted() else {
            return Ok(());
        };
        let over_tls = self.request.is_secure_connection();
        let wants_names =
            policy.checks_service_name(over_tls) && policy.custom_service_names().is_none();
        let names = match wants_names {
            true => self.request.default_service_names(),
            false => ServiceNameCollection::default(),
        };
        let presented = Presented {
            binding: accepted.binding,
            service_name: accepted.service_name.as_deref(),
        };
        let supported = self.request.supports_extended_protection();
        policy.judge(supported, over_tls, &presented, &names)
    }

    /// Asks for a login by each of the schemes, the strongest first.
    fn ask(&self, schemes: AuthenticationSchemes, stale: bool) -> Verdict {
        let windows = AuthenticationSchemes::INTEGRATED_WINDOWS_AUTHENTICATION;
        if schemes.intersects(windows) && self.request.exchange().is_http2() {
            return Verdict::NeedsHttp1;
        }
        let mut fields = Vec::new();
        for scheme in [
            AuthenticationSchemes::NEGOTIATE,
            AuthenticationSchemes::NTLM,
        ] {
            if schemes.contains(scheme) {
                fields.push((CHALLENGE, name_of(scheme).to_owned()));
            }
        }
        if schemes.contains(AuthenticationSchemes::DIGEST) {
            let server = match self.rules.digest.server() {
                Ok(server) => server,
                Err(misuse) => return self.cannot(&misuse),
            };
            match server.challenges(stale) {
                Ok(challenges) => fields.extend(challenges.into_iter().map(|it| (CHALLENGE, it))),
                Err(error) => return self.cannot(&error),
            }
        }
        if schemes.contains(AuthenticationSchemes::BASIC) {
            match self.rules.basic() {
                Ok(server) => fields.push((CHALLENGE, server.challenge().to_owned())),
                Err(misuse) => return self.cannot(&misuse),
            }
        }
        Verdict::Ask(fields, Leg::None)
    }

    /// The listener cannot do what it was told to.
    fn cannot(&self, why: &dyn fmt::Display) -> Verdict {
        self.warn(format_args!("500: {why}"));
        Verdict::Refuse(500)
    }

    fn panicked(&self) -> Verdict {
        self.warn(format_args!("500: the credential validator panicked"));
        Verdict::Refuse(500)
    }

    /// A login that succeeded and is not let in: the reason, in the words of the guide's list.
    fn refused(&self, refusal: Refusal, error: Option<&dyn fmt::Display>) {
        match error {
            Some(error) => self.warn(format_args!("401: {refusal} ({error})")),
            None => self.warn(format_args!("401: {refusal}")),
        }
    }

    fn warn(&self, text: fmt::Arguments<'_>) {
        let connection = self.request.exchange().facts();
        let remote = connection.remote;
        let trace = connection.run.shared.trace();
        trace.warning("Authenticate", format_args!("{remote}: {text}"));
    }
}

/// What stands in fields for a scheme of messages.
fn name_of(scheme: AuthenticationSchemes) -> &'static str {
    match scheme {
        AuthenticationSchemes::NTLM => "NTLM",
        _ => "Negotiate",
    }
}

/// The servers of one login; those that cannot be are left out.
struct Mechanisms {
    kerberos: Option<Box<dyn Mechanism>>,
    ntlm: Option<Box<dyn Mechanism>>,
}

impl Mechanisms {
    fn server(self, scheme: AuthenticationSchemes) -> Box<dyn Mechanism> {
        match (scheme, self.ntlm) {
            (AuthenticationSchemes::NTLM, Some(ntlm)) => ntlm,
            (_, ntlm) => {
                let both = self.kerberos.into_iter().chain(ntlm);
                Box::new(NegotiateServer::new(both.collect()))
            }
        }
    }
}
