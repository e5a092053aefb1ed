//! The login that the server or the proxy asks for: what is offered, the ticket, the answer.

use std::sync::{Arc, Mutex, PoisonError};

use system_net::authentication::{
    AuthenticationModule, AuthenticationRequest, Authorization, Challenge, Challenges, Update,
};
use system_net::kerberos::{KerberosClient, KerberosClientOptions};
use system_net::mechanism::{LogonError, Mechanism};
use system_net::{AuthenticationManager, CredentialCache, Credentials, NetworkCredential, Uri};

use super::finding::{Finding, Report, Step};
use super::server::{self, Answer};
use super::{Examination, Stopped};
use crate::failure::{Failure, HTTP_ERROR};
use crate::schemes;

/// The schemes that can be answered, strongest first.
const KNOWN: [&str; 5] = ["Negotiate", "Kerberos", "NTLM", "Digest", "Basic"];

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asker {
    Server,
    Proxy,
}

impl Asker {
    fn of(answer: &Answer) -> Option<Self> {
        match answer.status {
            401 => Some(Self::Server),
            407 => Some(Self::Proxy),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Server => "the server",
            Self::Proxy => "the proxy",
        }
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Server => "WWW-Authenticate",
            Self::Proxy => "Proxy-Authenticate",
        }
    }

    /// The option that names the user.
    const fn option(self) -> &'static str {
        match self {
            Self::Server => "-u",
            Self::Proxy => "-U",
        }
    }

    fn allowed(self, of: &Examination<'_>) -> Option<Vec<&'static str>> {
        match self {
            Self::Server => of.options.schemes.allowed(),
            Self::Proxy => of.options.proxy_schemes.allowed(),
        }
    }
}

/// Logs in, if somebody asks for it.
pub(super) fn log_in(
    of: &Examination<'_>,
    answer: &Answer,
    report: &mut Report,
) -> Result<(), Stopped> {
    let Some(asker) = Asker::of(answer) else {
        report.add(Step::Schemes, Finding::skipped("no login is asked for"));
        report.add(Step::Ticket, Finding::skipped("not needed"));
        report.add(Step::Login, Finding::skipped("not needed"));
        return Ok(());
    };
    let fields: Vec<_> = answer.headers.get_all(asker.field()).collect();
    let challenges = Challenges::parse(fields);
    let choice = report.of_step(Step::Schemes, || choose(of, asker, &challenges))?;
    let ticket = ticket(of, asker, &choice);
    report.add(Step::Ticket, ticket);
    report.of_step(Step::Login, || match asker {
        Asker::Server => answer_server(of, &choice),
        Asker::Proxy => Err(refused_by_proxy(of, &choice)),
    })
}

/// What can be answered of what is offered, strongest first.
struct Choice {
    offered: Vec<&'static str>,
}

impl Choice {
    fn has(&self, name: &str) -> bool {
        self.offered.contains(&name)
    }
}

fn choose(
    of: &Examination<'_>,
    asker: Asker,
    challenges: &Challenges,
) -> Result<(Choice, Finding), Failure> {
    let names: Vec<_> = challenges.iter().map(Challenge::scheme).collect();
    let text = match names.is_empty() {
        true => format!("{} asks for a login without naming a scheme", asker.name()),
        false => format!("{} offers {}", asker.name(), names.join(", ")),
    };
    let allowed = asker.allowed(of);
    let is_allowed = |name: &&str| {
        allowed
            .as_ref()
            .is_none_or(|allowed| allowed.contains(name))
    };
    let is_offered = |name: &&str| challenges.find(name).is_some();
    let offered: Vec<_> = KNOWN.into_iter().filter(is_offered).collect();
    let usable: Vec<_> = offered.iter().copied().filter(is_allowed).collect();
    let Some(first) = usable.first() else {
        let failure = Failure::new(HTTP_ERROR, text);
        return Err(match offered.is_empty() {
            true => failure.advise(format!(
                "{} must offer one of {}",
                asker.name(),
                KNOWN.join(", ")
            )),
            false => failure.advise(format!(
                "the options allow none of these: leave them out, or allow {}",
                offered.join(" or ")
            )),
        });
    };
    let mut finding = Finding::ok(format!("{text}; {first} is taken"));
    for challenge in challenges.iter() {
        finding = finding.detail(described(challenge));
    }
    let is_plain = of.uri.scheme() == "http";
    if *first == "Basic" && is_plain && asker == Asker::Server {
        finding = finding.doubtful().advise(
            "Basic over http sends the password readable for everybody on the way: use https",
        );
    }
    Ok((Choice { offered: usable }, finding))
}

/// A challenge without what is different each time.
fn described(challenge: &Challenge) -> String {
    let shown = ["realm", "algorithm", "qop", "charset"];
    let parameters = challenge.parameters();
    let parameters =
        parameters.filter(|(name, _)| shown.iter().any(|s| s.eq_ignore_ascii_case(name)));
    let parameters: Vec<_> = parameters
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    let known = KNOWN.iter().any(|name| challenge.is_scheme(name));
    let note = if known { "" } else { " (not known here)" };
    match parameters.is_empty() {
        true => format!("{}{note}", challenge.scheme()),
        false => format!("{}{note}: {}", challenge.scheme(), parameters.join(", ")),
    }
}

/// Whether the user who runs this has a ticket for the service, or can get one.
fn ticket(of: &Examination<'_>, asker: Asker, choice: &Choice) -> Finding {
    if !choice.has("Negotiate") && !choice.has("Kerberos") {
        return Finding::skipped("none of these schemes needs one");
    }
    if asker == Asker::Proxy {
        return Finding::skipped("of the login at the proxy");
    }
    let own = of.credential.as_ref().is_none_or(is_nameless);
    if !own {
        // To try it here as well would count twice where wrong passwords are counted.
        return Finding::skipped("a name and a password are given: it is asked for with the login");
    }
    let service = service_of(&of.uri);
    match first_step(&service) {
        Ok(()) => Finding::ok(format!("there is one for {service}")),
        Err(error) => Finding::warning(format!("none for {service}: {error}")),
    }
}

fn first_step(service: &str) -> Result<(), LogonError> {
    let user = CredentialCache::default_network_credentials();
    let options = KerberosClientOptions::default();
    KerberosClient::new(service, &user, options)
        .step(None)
        .map(|_| ())
}

fn service_of(uri: &Uri) -> String {
    format!("HTTP/{}", uri.host())
}

fn is_nameless(credential: &NetworkCredential) -> bool {
    credential.user_name().is_empty() && credential.password().is_empty()
}

fn answer_server(of: &Examination<'_>, choice: &Choice) -> Result<((), Finding), Failure> {
    let Some(credential) = &of.credential else {
        return Err(nobody(Asker::Server, choice));
    };
    let who = match is_nameless(credential) {
        true => "the user who runs this".to_owned(),
        false => credential.user_name().to_owned(),
    };
    let answered = Answered::watch(of)?;
    let login = schemes::login(credential.clone(), of.options.schemes.allowed());
    let answer = server::answer_to(of, login)?;
    let scheme = answered.scheme();
    let status = answer.status;
    if status != 401 {
        let scheme = scheme.as_deref().unwrap_or("nothing");
        let mutual = match answer.is_mutual {
            true => ", and the server has proved who it is",
            false => "",
        };
        let text = format!("{who} by {scheme}: {status} {}{mutual}", answer.reason);
        return Ok((
            (),
            match status {
                403 => Finding::warning(text)
                    .advise("the login is good, but this user may not see this"),
                _ => Finding::ok(text),
            },
        ));
    }
    Err(match scheme.as_deref() {
        None => Failure::new(HTTP_ERROR, format!("no login could be made for {who}")).advise(
            "the ticket above says why; without Kerberos, give a name and a password: -u NAME",
        ),
        Some(scheme) => refused(&of.uri, scheme, &who),
    })
}

/// No user was named.
fn nobody(asker: Asker, choice: &Choice) -> Failure {
    let option = asker.option();
    let message = format!("{} asks for a login, and none is given", asker.name());
    let failure = Failure::new(HTTP_ERROR, message).advise(format!(
        "{option} NAME asks for the password, or takes it from SYSNET_PASSWORD"
    ));
    match choice.has("Negotiate") {
        true => failure.advise(format!(
            "{option} : {} logs in as the user who runs this, with the ticket of kinit",
            match asker {
                Asker::Server => "--negotiate",
                Asker::Proxy => "--proxy-negotiate",
            }
        )),
        false => failure,
    }
}

fn refused(uri: &Uri, scheme: &str, who: &str) -> Failure {
    let message = format!("{scheme}: the server refused {who}");
    let failure = Failure::new(HTTP_ERROR, message);
    let failure = match scheme {
        "Negotiate" | "Kerberos" => failure
            .advise(format!(
                "the service must have the key of {} (SPN): its keytab, or setspn -Q",
                service_of(uri)
            ))
            .advise("compare the clocks of the two machines: five minutes are the limit"),
        "NTLM" => failure.advise("name the domain as well: -u 'DOMAIN\\NAME'"),
        _ => failure,
    };
    match scheme {
        "Negotiate" | "NTLM" if uri.scheme() == "https" => failure.advise(
            "the server may demand the binding to its certificate: whatever ends TLS before it \
             (a proxy, an inspecting firewall) breaks that",
        ),
        _ => failure,
    }
    .advise("check the name and the password, and whether the account is locked")
}

/// The login of `-U` went along with the first request already.
fn refused_by_proxy(of: &Examination<'_>, choice: &Choice) -> Failure {
    match &of.options.proxy_user {
        None => nobody(Asker::Proxy, choice),
        Some(user) => {
            let name = user.split(':').next().unwrap_or_default();
            let message = format!("the proxy refused {name:?}");
            Failure::new(HTTP_ERROR, message)
                .advise("check the name and the password of -U, and whether the account is locked")
        }
    }
}

/// Which scheme has answered the server last.
#[derive(Clone, Default)]
struct Answered(Arc<Mutex<Option<String>>>);

impl Answered {
    /// Watches the schemes of this examination.
    fn watch(of: &Examination<'_>) -> Result<Self, Failure> {
        let answered = Self::default();
        let modules = AuthenticationManager::of(&of.context);
        let modules = modules.map_err(|error| Failure::request(&error))?;
        // Each takes its own place at the end: the order stays.
        for module in modules.registered_modules() {
            modules.register(Arc::new(Watched {
                module,
                answered: answered.clone(),
            }));
        }
        Ok(answered)
    }

    fn scheme(&self) -> Option<String> {
        let scheme = self.0.lock();
        scheme.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, scheme: &str) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(scheme.to_owned());
    }
}

/// A scheme whose answers are noted.
struct Watched {
    module: Arc<dyn AuthenticationModule>,
    answered: Answered,
}

impl AuthenticationModule for Watched {
    fn authentication_type(&self) -> &str {
        self.module.authentication_type()
    }

    fn can_pre_authenticate(&self) -> bool {
        self.module.can_pre_authenticate()
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let of_server = !request.is_proxy();
        let answer = self.module.authenticate(challenges, request, credentials)?;
        if of_server {
            self.answered.note(self.authentication_type());
        }
        Some(answer)
    }

    fn pre_authenticate(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        self.module.pre_authenticate(request, credentials)
    }

    fn binds_connection(&self) -> bool {
        self.module.binds_connection()
    }

    fn may_block(&self) -> bool {
        self.module.may_block()
    }

    fn may_repeat(&self, challenges: &Challenges, request: &mut AuthenticationRequest<'_>) -> bool {
        self.module.may_repeat(challenges, request)
    }

    fn update(
        &self,
        challenges: &Challenges,
        info: Option<&[u8]>,
        request: &mut AuthenticationRequest<'_>,
    ) -> Update {
        self.module.update(challenges, info, request)
    }
}
