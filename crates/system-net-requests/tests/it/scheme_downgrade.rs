//! What was refused, or is not offered, is never replaced by a weaker scheme.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
use system_net_requests::{
    AuthenticationManager, HttpWebRequest, WebExceptionStatus as Status, WebRequest,
};
use system_net_security::authentication::LogonModule;
use system_net_security::mechanism::{
    ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider,
};
use system_net_testkit::{HttpPeer, RecordedRequest, Response};
use system_net_uri::Uri;
use system_net_web_proxy::WebProxy;

use crate::connection_logins::{Manners, user, with};
use crate::{check_status, context};

/// Somebody on the way takes the strong schemes out, or a server refuses them: nothing weaker is sent
/// than a program named, and nothing in the place of what was refused.
#[test]
fn no_scheme_downgrade() {
    stripped_offers();
    refused_logins();
    refused_pre_authentication();
    failures_of_this_side();
}

fn stripped_offers() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(field) => Response::new(200).body(field),
        None => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
    });
    let uri = Uri::parse(&peer.url("/")).unwrap();
    for (schemes, sent) in [
        (&["Negotiate"][..], false),
        (&["NTLM", "Negotiate"], false),
        (&["Negotiate", "Basic"], true),
    ] {
        let mut cache = CredentialCache::new();
        for scheme in schemes {
            let ann = NetworkCredential::new("ann", "nna");
            cache.add(&uri, scheme, ann).unwrap();
        }
        let mut request = with(&context(), &peer.url("/"), Arc::new(cache));
        let result = request.get_response();
        assert_eq!(result.is_ok(), sent, "{schemes:?}: {result:?}");
    }
    // Credentials of whoever runs the process never go as Basic.
    let default: Arc<dyn Credentials> = CredentialCache::default_credentials();
    let mut request = with(&context(), &peer.url("/"), default);
    check_status(request.get_response(), Status::ProtocolError);
    let requests = peer.requests();
    let logins = requests
        .iter()
        .filter(|request| request.header("Authorization").is_some());
    assert_eq!(logins.count(), 1);
}

/// What is offered beside Negotiate, by the field of a proxy or a server.
const WEAKER: &[&[&str]] = &[
    &["Basic realm=\"r\""],
    &["NTLM"],
    &["Digest realm=\"r\", nonce=\"n\", qop=\"auth\""],
    &[
        "NTLM",
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
        "Basic realm=\"r\"",
    ],
];

/// How a server says no to Negotiate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum No {
    /// It asks again from the beginning, whatever came.
    Again,
    /// It does not offer Negotiate any more.
    Withdrawn,
    /// It says so inside of the negotiation.
    Rejected,
    /// It goes on with the login, and finds the password wrong.
    Password,
}

fn refused_logins() {
    for weaker in WEAKER {
        for no in [No::Again, No::Withdrawn, No::Rejected, No::Password] {
            for proxy in [false, true] {
                let case = format!("{no:?} {weaker:?}, proxy: {proxy}");
                let peer = refusing(no, weaker, proxy);
                let context = context();
                let mut request = as_ann_with(&context, &peer, proxy, "wrong");
                check_status(request.get_response(), Status::ProtocolError);
                let sent = sent(&peer.requests());
                let schemes: Vec<&str> = sent.iter().map(|field| scheme(field)).collect();
                let legs = if no == No::Password { 2 } else { 1 };
                assert_eq!(schemes, ["Negotiate"].repeat(legs), "{case}");
            }
        }
    }
}

fn refusing(no: No, weaker: &'static [&'static str], proxy: bool) -> HttpPeer {
    let login: Mutex<Option<Box<dyn Mechanism>>> = Mutex::default();
    HttpPeer::serve(move |request| {
        let (status, field, answers) = match proxy {
            true => (407, "Proxy-Authenticate", "Proxy-Authorization"),
            false => (401, "WWW-Authenticate", "Authorization"),
        };
        let came = request.header(answers);
        let negotiate = match (&came, no) {
            (Some(_), No::Withdrawn) => None,
            // negTokenResp with negState reject alone, RFC 4178 section 4.2.2.
            (Some(_), No::Rejected) => Some("Negotiate oQcwBaADCgEC".to_owned()),
            (Some(came), No::Password) => Some(step(&mut login.lock().unwrap(), came)),
            _ => Some("Negotiate".to_owned()),
        };
        let offers = negotiate.into_iter();
        offers
            .chain(weaker.iter().map(|&offer| offer.to_owned()))
            .fold(Response::new(status), |response, offer| {
                response.header(field, &offer)
            })
    })
}

/// The server's next challenge; from the beginning, where it refuses or does not understand.
fn step(login: &mut Option<Box<dyn Mechanism>>, came: &str) -> String {
    let token = came.strip_prefix("Negotiate ").unwrap_or_default();
    let token = STANDARD.decode(token).unwrap();
    let mechanism = login.get_or_insert_with(|| Manners::speaking(true).mechanism());
    match mechanism.step(Some(&token)) {
        Ok(step) => format!("Negotiate {}", STANDARD.encode(step.message.unwrap())),
        Err(_) => {
            *login = None;
            "Negotiate".to_owned()
        }
    }
}

/// Where Negotiate was let in before, it is sent unasked; a server that refuses it now gets nothing
/// else in its place.
fn refused_pre_authentication() {
    let turned = Arc::new(Mutex::new(false));
    let login: Mutex<Option<Box<dyn Mechanism>>> = Mutex::default();
    let peer = {
        let turned = Arc::clone(&turned);
        HttpPeer::serve(move |request| {
            let turned = *turned.lock().unwrap();
            let offer = match request.header("Authorization") {
                Some(came) if !turned => step(&mut login.lock().unwrap(), &came),
                _ => "Negotiate".to_owned(),
            };
            let login = login.lock().unwrap();
            if !turned && login.as_ref().is_some_and(|login| login.is_complete()) {
                return Response::new(200).header("WWW-Authenticate", &offer);
            }
            Response::new(401)
                .header("WWW-Authenticate", &offer)
                .header("WWW-Authenticate", "Basic realm=\"r\"")
        })
    };
    let context = context();
    let mut request = with(&context, &peer.url("/"), user("ann"));
    request.get_response().unwrap();
    let before = peer.requests().len();
    *turned.lock().unwrap() = true;
    let mut request = with(&context, &peer.url("/"), user("ann"));
    request.set_pre_authenticate(true).unwrap();
    request.set_connection_group_name(Some("new")).unwrap();
    check_status(request.get_response(), Status::ProtocolError);
    let sent = sent(&peer.requests()[before..]);
    let schemes: Vec<&str> = sent.iter().map(|field| scheme(field)).collect();
    assert_eq!(schemes, ["Negotiate"]);
}

/// A mechanism that fails before it has anything to send.
struct Failing(LogonErrorKind);

impl MechanismProvider for Failing {
    fn name(&self) -> &'static str {
        "Failing"
    }

    fn client(&self, _logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        Err(LogonError::new(self.0, "as the test has it"))
    }
}

/// Whoever gives out the tickets refuses the user: that is a refusal as well. A login that cannot be
/// made here at all, of which nothing went out, is none: the next scheme is taken.
fn failures_of_this_side() {
    for (kind, goes_on) in [
        (LogonErrorKind::Refused, false),
        (LogonErrorKind::ClockSkew, false),
        (LogonErrorKind::NoCredentials, true),
        (LogonErrorKind::Unavailable, true),
    ] {
        let peer = refusing(No::Again, &["Basic realm=\"r\""], false);
        let context = context();
        let modules = AuthenticationManager::of(&context).unwrap();
        let basic = modules.registered_modules().pop().unwrap();
        for module in modules.registered_modules() {
            modules.unregister(module.authentication_type()).unwrap();
        }
        let providers: Vec<Arc<dyn MechanismProvider>> = vec![Arc::new(Failing(kind))];
        for module in LogonModule::all(providers) {
            modules.register(Arc::new(module));
        }
        modules.register(basic);
        let mut request = as_ann_with(&context, &peer, false, "wrong");
        check_status(request.get_response(), Status::ProtocolError);
        let sent = sent(&peer.requests());
        let schemes: Vec<&str> = sent.iter().map(|field| scheme(field)).collect();
        assert_eq!(schemes, ["Basic"].repeat(usize::from(goes_on)), "{kind:?}");
    }
}

fn as_ann_with(
    context: &NetContext,
    peer: &HttpPeer,
    proxy: bool,
    password: &str,
) -> HttpWebRequest {
    let ann: Arc<dyn Credentials> =
        Arc::new(NetworkCredential::with_domain("ann", password, "EXAMPLE"));
    if !proxy {
        return with(context, &peer.url("/"), ann);
    }
    let mut request = WebRequest::create_http_in(context, "http://origin.example/").unwrap();
    let proxy = WebProxy::new(peer.url("/")).unwrap();
    proxy.set_credentials(Some(ann));
    request.set_proxy(Some(Arc::new(proxy))).unwrap();
    request
}

/// The fields of logins that were sent.
fn sent(requests: &[RecordedRequest]) -> Vec<String> {
    let fields = requests.iter().filter_map(|request| {
        let field = request.header("Authorization");
        field.or_else(|| request.header("Proxy-Authorization"))
    });
    fields.map(|field| field.to_owned()).collect()
}

fn scheme(field: &str) -> &str {
    field.split(' ').next().unwrap_or_default()
}
