//! The system's proxy: environment variables.

use std::sync::Arc;

use system_net_primitives::{Credentials, NetworkCredential};
use system_net_uri::Uri;

use crate::no_proxy::NoProxy;
use crate::trace;
use crate::web_proxy::{Address, State, ToProxyAddress};

/// A proxy for each scheme.
#[derive(Clone, Default)]
pub(crate) struct SystemAddresses {
    http: Option<Uri>,
    https: Option<Uri>,
    ftp: Option<Uri>,
    /// For all that have none of their own.
    others: Option<Uri>,
}

impl SystemAddresses {
    pub(crate) fn of_scheme(&self, scheme: &str) -> Option<&Uri> {
        let own = match scheme {
            "http" | "ws" => &self.http,
            "https" | "wss" => &self.https,
            "ftp" => &self.ftp,
            _ => &None,
        };
        own.as_ref().or(self.others.as_ref())
    }

    /// The one that serves every scheme.
    pub(crate) fn of_all_schemes(&self) -> Option<&Uri> {
        let others = self.others.as_ref()?;
        let same = [&self.http, &self.https, &self.ftp]
            .into_iter()
            .flatten()
            .all(|own| own == others);
        same.then_some(others)
    }
}

/// The settings of this process.
#[allow(
    clippy::disallowed_methods,
    reason = "the environment holds the system's proxy, and this is where it is read"
)]
pub(crate) fn system() -> State {
    from_variables(|name| std::env::var(name).ok())
}

/// The settings that these variables hold.
pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> State {
    // A variable that is set to nothing is as good as none.
    let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let either = |small: &str| variable(small).or_else(|| variable(&small.to_ascii_uppercase()));
    // A CGI program finds the header `Proxy` of whoever asks it in HTTP_PROXY (CVE-2016-5385).
    let cgi = variable("REQUEST_METHOD").or_else(|| variable("GATEWAY_INTERFACE"));
    let http = match cgi {
        Some(_) => variable("http_proxy"),
        None => either("http_proxy"),
    };
    let mut logins = Logins::default();
    let mut read = |name: &str, value: Option<String>| {
        let (address, login) = parse(name, value?.trim())?;
        if let Some(login) = login {
            logins.0.push((address.clone(), login));
        }
        Some(address)
    };
    let addresses = SystemAddresses {
        http: read("http_proxy", http),
        https: read("https_proxy", either("https_proxy")),
        ftp: read("ftp_proxy", either("ftp_proxy")),
        others: read("all_proxy", either("all_proxy")),
    };
    let SystemAddresses {
        http: None,
        https: None,
        ftp: None,
        others: None,
    } = &addresses
    else {
        let credentials: Option<Arc<dyn Credentials>> = match logins.0.is_empty() {
            true => None,
            false => Some(Arc::new(logins)),
        };
        return State {
            address: Address::BySystem(addresses),
            no_proxy: either("no_proxy")
                .map_or_else(NoProxy::default, |list| NoProxy::parse(&list)),
            credentials,
            ..State::default()
        };
    };
    State::default()
}

/// `[scheme://][user[:password]@]host[:port]`, as curl reads it: the password may have an `@`.
fn parse(name: &str, value: &str) -> Option<(Uri, Option<NetworkCredential>)> {
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // The user information may hold what ends a server elsewhere.
    let (login, host) = match rest.rsplit_once('@') {
        Some((login, host)) => (Some(login), host),
        None => (None, server),
    };
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let address = format!("{scheme}://{host}/").as_str().to_proxy_address();
    let address = match address {
        Ok(address) if !address.host().is_empty() => address,
        _ => {
            // Its text may hold a password.
            trace::class("WebProxy").warning(
                "System",
                format_args!(
                    "the environment variable {name} holds no address of a proxy: it is not used"
                ),
            );
            return None;
        }
    };
    let login = login.map(|login| {
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let plain = |text| Uri::unescape_data_string(text).into_owned();
        NetworkCredential::new(plain(user), plain(password))
    });
    Some((address, login))
}

/// The logins of the system's proxies, each for its own.
#[derive(Default)]
struct Logins(Vec<(Uri, NetworkCredential)>);

impl Credentials for Logins {
    fn get_credential(&self, uri: &Uri, _auth_type: &str) -> Option<NetworkCredential> {
        let same = |address: &Uri| {
            address.scheme() == uri.scheme()
                && address.port() == uri.port()
                && address.host_address() == uri.host_address()
                && address.host() == uri.host()
        };
        let (_, login) = self.0.iter().find(|(address, _)| same(address))?;
        Some(login.clone())
    }

    fn is_bound_to_addresses(&self) -> bool {
        true
    }
}
