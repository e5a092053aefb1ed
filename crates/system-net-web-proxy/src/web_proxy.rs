//! `WebProxy`: an address, and what is reached without it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use system_net_primitives::{CredentialCache, Credentials, Misuse};
use system_net_uri::{Uri, UriFormatError};

use crate::bypass::BypassList;
use crate::environment::SystemAddresses;
use crate::error::WebProxyError;
use crate::local::is_local;
use crate::no_proxy::NoProxy;
use crate::proxy::Proxy;

/// A proxy by static rules: its address, and which servers are reached without it.
///
/// Requests share it behind an [`Arc`]; what is changed holds for all who have it, from their next
/// request on.
///
/// A server is reached directly if it is this machine (loopback always is), if the proxy has no
/// address, if [`bypass_proxy_on_local`](Self::bypass_proxy_on_local) is set and the server is
/// local, or if an expression of the [`bypass_list`](Self::bypass_list) matches.
///
/// # Limits
/// The expressions of a bypass list are matched in linear time, and may take 1 MiB compiled.
///
/// # Differences from .NET
/// An expression that cannot be compiled is refused wherever it is given; .NET drops the whole list
/// silently if it came by the array list. Expressions have neither look-around nor references back.
///
/// .NET: `System.Net.WebProxy`
pub struct WebProxy {
    state: RwLock<State>,
}

#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) address: Address,
    pub(crate) bypass_on_local: bool,
    pub(crate) bypass: BypassList,
    pub(crate) no_proxy: NoProxy,
    pub(crate) credentials: Option<Arc<dyn Credentials>>,
}

/// Where the proxy is.
#[derive(Clone, Default)]
pub(crate) enum Address {
    /// Nowhere: everything is reached directly.
    #[default]
    None,
    /// One for all schemes.
    One(Uri),
    /// As the system tells it for each scheme.
    BySystem(SystemAddresses),
}

/// What the address of a proxy can be given as: a [`Uri`], or text, which gets `http://` before it
/// if it has no scheme.
pub trait ToProxyAddress {
    /// The address.
    ///
    /// # Errors
    /// The text is not an absolute URI.
    fn to_proxy_address(&self) -> Result<Uri, UriFormatError>;
}

impl ToProxyAddress for str {
    fn to_proxy_address(&self) -> Result<Uri, UriFormatError> {
        if self.contains("://") {
            return Uri::parse(self);
        }
        Uri::parse(&format!("http://{self}"))
    }
}

impl ToProxyAddress for String {
    fn to_proxy_address(&self) -> Result<Uri, UriFormatError> {
        self.as_str().to_proxy_address()
    }
}

impl ToProxyAddress for Uri {
    fn to_proxy_address(&self) -> Result<Uri, UriFormatError> {
        Ok(self.clone())
    }
}

impl<T: ToProxyAddress + ?Sized> ToProxyAddress for &T {
    fn to_proxy_address(&self) -> Result<Uri, UriFormatError> {
        (**self).to_proxy_address()
    }
}

impl WebProxy {
    /// A proxy at an address. [`WebProxy::default`] has none yet.
    ///
    /// # Errors
    /// [`WebProxyError::Address`]: the text is not an address.
    ///
    /// .NET: `System.Net.WebProxy.#ctor(String)`
    pub fn new(address: impl ToProxyAddress) -> Result<Self, WebProxyError> {
        Self::new_with_bypass(address, false, &[] as &[&str])
    }

    /// A proxy at a host, which stands as in an address (an IPv6 address with brackets), and a
    /// port.
    ///
    /// # Errors
    /// [`WebProxyError::Address`]: it is not a host.
    ///
    /// .NET: `System.Net.WebProxy.#ctor(String, Int32)`
    pub fn new_with_port(host: &str, port: u16) -> Result<Self, WebProxyError> {
        let address = Uri::parse(&format!("http://{host}:{port}"))?;
        Self::new(address)
    }

    /// A proxy at an address that does not serve local servers.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    ///
    /// .NET: `System.Net.WebProxy.#ctor(String, Boolean)`
    pub fn new_with_bypass_on_local(
        address: impl ToProxyAddress,
        bypass_on_local: bool,
    ) -> Result<Self, WebProxyError> {
        Self::new_with_bypass(address, bypass_on_local, &[] as &[&str])
    }

    /// A proxy at an address that does not serve the servers of a list.
    ///
    /// # Errors
    /// [`WebProxyError::Address`]: the text is not an address. [`WebProxyError::BypassList`]: an
    /// entry is not a regular expression.
    ///
    /// .NET: `System.Net.WebProxy.#ctor(String, Boolean, String[])`
    pub fn new_with_bypass(
        address: impl ToProxyAddress,
        bypass_on_local: bool,
        bypass_list: &[impl AsRef<str>],
    ) -> Result<Self, WebProxyError> {
        Self::new_with_credentials(address, bypass_on_local, bypass_list, None)
    }

    /// A proxy with everything there is to set.
    ///
    /// # Errors
    /// As for [`new_with_bypass`](Self::new_with_bypass).
    ///
    /// .NET: `System.Net.WebProxy.#ctor(String, Boolean, String[], ICredentials)`
    pub fn new_with_credentials(
        address: impl ToProxyAddress,
        bypass_on_local: bool,
        bypass_list: &[impl AsRef<str>],
        credentials: Option<Arc<dyn Credentials>>,
    ) -> Result<Self, WebProxyError> {
        Ok(Self::from_state(State {
            address: Address::One(address.to_proxy_address()?),
            bypass_on_local,
            bypass: BypassList::new(owned(bypass_list))?,
            no_proxy: NoProxy::default(),
            credentials,
        }))
    }

    pub(crate) fn into_state(self) -> State {
        self.state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn from_state(state: State) -> Self {
        Self {
            state: RwLock::new(state),
        }
    }

    /// The proxy of the system. It has an [`address`](Self::address) if one serves every scheme.
    ///
    /// The system's settings are the environment variables `http_proxy`, `https_proxy`,
    /// `ftp_proxy`, `all_proxy` for what has none of its own, and `no_proxy` ([`NoProxy`]); each may
    /// be written in capitals as well, though small letters win. `HTTP_PROXY` is not read in a
    /// program that serves CGI (where `REQUEST_METHOD` or `GATEWAY_INTERFACE` is set): there it is
    /// a header of whoever asks. User name and password in an address become credentials.
    #[must_use]
    pub fn system() -> Self {
        Self::from_state(crate::environment::system())
    }

    /// The proxy of the system, as environment variables tell it: [`system`](Self::system) from
    /// variables of one's own.
    ///
    /// # Examples
    /// ```
    /// use system_net_uri::Uri;
    /// use system_net_web_proxy::WebProxy;
    ///
    /// let proxy = WebProxy::from_variables(|name| match name {
    ///     "https_proxy" => Some("proxy.contoso.com:3128".to_owned()),
    ///     _ => None,
    /// });
    /// let destination = Uri::parse("https://www.fabrikam.com/")?;
    /// let through = proxy.get_proxy(&destination).unwrap();
    /// assert_eq!(through.absolute_uri(), "http://proxy.contoso.com:3128/");
    /// assert!(proxy.is_bypassed(&Uri::parse("http://www.fabrikam.com/")?));
    /// # Ok::<(), system_net_uri::UriFormatError>(())
    /// ```
    #[must_use]
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self::from_state(crate::environment::from_variables(variable))
    }

    /// The proxy of the system, without what configuration files say.
    ///
    /// .NET: `System.Net.WebProxy.GetDefaultProxy`
    #[doc(alias = "WebProxy.GetDefaultProxy")]
    #[deprecated = "use `WebRequest::default_web_proxy`, which knows configuration files and scripts"]
    #[must_use]
    pub fn get_default_proxy() -> Self {
        Self::system()
    }

    /// The proxy of the system, to choose by it.
    ///
    /// .NET: `System.Net.WebProxy.CreateDefaultProxy`
    #[doc(alias = "WebProxy.CreateDefaultProxy")]
    #[deprecated = "use `WebRequest::default_web_proxy`, which knows configuration files"]
    #[must_use]
    pub fn create_default_proxy() -> Arc<dyn Proxy> {
        Arc::new(Self::system())
    }

    /// The address of the proxy, if there is one for all schemes.
    ///
    /// .NET: `System.Net.WebProxy.Address`
    #[doc(alias = "WebProxy.Address")]
    #[must_use]
    pub fn address(&self) -> Option<Uri> {
        match &self.read().address {
            Address::None => None,
            Address::One(address) => Some(address.clone()),
            Address::BySystem(addresses) => addresses.of_all_schemes().cloned(),
        }
    }

    /// Sets the address of the proxy, for all schemes; `None`: everything is reached directly.
    pub fn set_address(&self, address: Option<Uri>) {
        self.write().address = address.map_or(Address::None, Address::One);
    }

    /// Whether local servers are reached directly: names without a dot, names of this machine's own
    /// domain, addresses of this machine. `false` unless set; loopback is reached directly in any
    /// case.
    ///
    /// .NET: `System.Net.WebProxy.BypassProxyOnLocal`
    #[doc(alias = "WebProxy.BypassProxyOnLocal")]
    #[must_use]
    pub fn bypass_proxy_on_local(&self) -> bool {
        self.read().bypass_on_local
    }

    /// Sets whether local servers are reached directly.
    pub fn set_bypass_proxy_on_local(&self, bypass: bool) {
        self.write().bypass_on_local = bypass;
    }

    /// The regular expressions of servers that are reached directly. They are matched anywhere in
    /// `scheme://host`, with `:port` behind it unless the port is the scheme's own, in any letter
    /// case.
    ///
    /// .NET: `System.Net.WebProxy.BypassList`
    #[doc(alias = "WebProxy.BypassList")]
    #[must_use]
    pub fn bypass_list(&self) -> Vec<String> {
        self.read().bypass.patterns().to_vec()
    }

    /// Sets the regular expressions of servers that are reached directly.
    ///
    /// # Errors
    /// [`WebProxyError::BypassList`]: an entry is not a regular expression; nothing is changed.
    pub fn set_bypass_list(&self, list: &[impl AsRef<str>]) -> Result<(), WebProxyError> {
        let list = BypassList::new(owned(list))?;
        self.write().bypass = list;
        Ok(())
    }

    /// The bypass list, to change it entry by entry. Changes hold at once.
    ///
    /// .NET: `System.Net.WebProxy.BypassArrayList`
    #[doc(alias = "WebProxy.BypassArrayList")]
    #[must_use]
    pub fn bypass_array_list(&self) -> BypassArrayList<'_> {
        BypassArrayList { proxy: self }
    }

    /// What to answer with if the proxy asks for a login.
    ///
    /// .NET: `System.Net.WebProxy.Credentials`
    #[doc(alias = "WebProxy.Credentials")]
    #[must_use]
    pub fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        self.read().credentials.clone()
    }

    /// Sets what to answer with if the proxy asks for a login.
    pub fn set_credentials(&self, credentials: Option<Arc<dyn Credentials>>) {
        self.write().credentials = credentials;
    }

    /// Whether the proxy gets the credentials of the process's user, as far as a scheme can send
    /// them without a password.
    ///
    /// .NET: `System.Net.WebProxy.UseDefaultCredentials`
    #[doc(alias = "WebProxy.UseDefaultCredentials")]
    #[must_use]
    pub fn use_default_credentials(&self) -> bool {
        let state = self.read();
        state
            .credentials
            .as_ref()
            .is_some_and(|own| own.is_default())
    }

    /// Sends the proxy the credentials of the process's user, or none: either way the others are
    /// forgotten.
    pub fn set_use_default_credentials(&self, use_default: bool) {
        self.set_credentials(use_default.then(CredentialCache::default_credentials));
    }

    /// The address of the proxy for a destination; the destination itself if it is reached
    /// directly. Never `None`.
    ///
    /// .NET: `System.Net.WebProxy.GetProxy`
    #[doc(alias = "WebProxy.GetProxy")]
    #[must_use]
    pub fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
        let state = self.read();
        let through = state.proxy_for(destination).unwrap_or(destination);
        Some(through.clone())
    }

    /// Whether a host is reached directly.
    ///
    /// .NET: `System.Net.WebProxy.IsBypassed`
    #[doc(alias = "WebProxy.IsBypassed")]
    #[must_use]
    pub fn is_bypassed(&self, host: &Uri) -> bool {
        self.read().proxy_for(host).is_none()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // Each change is one assignment: a panic elsewhere cannot leave it half done.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The proxy for a destination; `None` if it is reached directly.
    fn proxy_for(&self, destination: &Uri) -> Option<&Uri> {
        if destination.is_loopback() {
            return None;
        }
        let address = match &self.address {
            Address::None => None,
            Address::One(address) => Some(address),
            Address::BySystem(addresses) => addresses.of_scheme(destination.scheme()),
        }?;
        let bypassed = self.no_proxy.covers_uri(destination)
            || (self.bypass_on_local && is_local(destination))
            || self.bypass.matches(destination);
        (!bypassed).then_some(address)
    }
}

impl Proxy for WebProxy {
    fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
        self.get_proxy(destination)
    }

    fn is_bypassed(&self, host: &Uri) -> bool {
        self.is_bypassed(host)
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        self.credentials()
    }

    fn set_credentials(&self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        self.set_credentials(credentials);
        Ok(())
    }
}

/// A proxy without an address: everything is reached directly until it has one.
///
/// .NET: `System.Net.WebProxy.#ctor()`
impl Default for WebProxy {
    fn default() -> Self {
        Self::from_state(State::default())
    }
}

impl fmt::Debug for WebProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.read();
        let address = self.address().map(|address| server_of(&address));
        f.debug_struct("WebProxy")
            .field("address", &address)
            .field("bypass_proxy_on_local", &state.bypass_on_local)
            .field("bypass_list", &state.bypass.patterns())
            .finish_non_exhaustive()
    }
}

/// An address without user name and password.
fn server_of(address: &Uri) -> String {
    let port = address
        .port()
        .map_or(String::new(), |port| format!(":{port}"));
    format!("{}://{}{port}", address.scheme(), address.host())
}

fn owned(list: &[impl AsRef<str>]) -> Vec<String> {
    list.iter().map(|entry| entry.as_ref().to_owned()).collect()
}

/// The bypass list of a [`WebProxy`], to change it entry by entry.
#[derive(Debug)]
pub struct BypassArrayList<'a> {
    proxy: &'a WebProxy,
}

impl BypassArrayList<'_> {
    /// Adds an expression at the end.
    ///
    /// # Errors
    /// [`WebProxyError::BypassList`]: it is not a regular expression; nothing is changed.
    pub fn add(&self, pattern: impl Into<String>) -> Result<(), WebProxyError> {
        self.proxy.write().bypass.push(pattern.into())
    }

    /// Takes the first entry out that is this text. False if there is none.
    pub fn remove(&self, pattern: &str) -> bool {
        self.proxy.write().bypass.remove(pattern)
    }

    /// Takes all entries out.
    pub fn clear(&self) {
        self.proxy.write().bypass = BypassList::default();
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.proxy.read().bypass.patterns().len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries as they are now.
    #[must_use]
    pub fn to_vec(&self) -> Vec<String> {
        self.proxy.bypass_list()
    }
}
