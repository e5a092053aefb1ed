//! `DefaultWebProxy`: the proxy of a context's requests that name none.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use system_net_config::{
    DefaultProxySettings, NetContext, ProxySettings, TargetFramework, TypeRegistry,
};
use system_net_primitives::{CredentialCache, Misuse};

use crate::bypass::BypassList;
use crate::proxy::{EmptyProxy, Proxy};
use crate::trace;
use crate::web_proxy::{Address, State, ToProxyAddress, WebProxy};

/// Makes a proxy that configuration files name.
pub type MakeProxy = dyn Fn() -> Arc<dyn Proxy> + Send + Sync;

/// Offers a proxy to configuration files under the name of a type, for `<module type="…">` in
/// `<defaultProxy>`. False, and nothing changed, if the name is taken.
///
/// Register it before the first request that names no proxy.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use system_net_config::{NetContext, Settings};
/// use system_net_uri::Uri;
/// use system_net_web_proxy::{DefaultWebProxy, WebProxy, register_proxy_module_in};
///
/// let mut settings = Settings::default();
/// settings.default_proxy.module = Some("Contoso.NearestProxy, Contoso".to_owned());
/// let context = NetContext::with_settings(settings);
/// register_proxy_module_in(&context, "Contoso.NearestProxy", || {
///     Arc::new(WebProxy::new("http://nearest:8080").expect("an address"))
/// });
/// let proxy = DefaultWebProxy::of(&context).get()?.unwrap();
/// assert!(!proxy.is_bypassed(&Uri::parse("http://www.contoso.com/")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn register_proxy_module_in(
    context: &NetContext,
    type_name: &str,
    make: impl Fn() -> Arc<dyn Proxy> + Send + Sync + 'static,
) -> bool {
    TypeRegistry::<MakeProxy>::of(context).register(type_name, Arc::new(make))
}

/// The proxy of a context's requests that name none: what was set, else what the settings of the
/// context (`<defaultProxy>`) and of the system say.
///
/// | `usesystemdefault` | 2.0 and later | 1.1 |
/// |---|---|---|
/// | not set | the file's settings over the system's, one by one | the same |
/// | `false` | the file's alone; without an address none | the same |
/// | `true` | the system's alone | the file's settings over the system's, one by one |
///
/// The version is [`DefaultProxySettings::target`]. The settings that go one over the other are
/// the address, whether local servers go without it, and the bypass list.
pub struct DefaultWebProxy {
    settings: DefaultProxySettings,
    modules: Arc<TypeRegistry<MakeProxy>>,
    /// The outer `None`: not asked for yet.
    current: RwLock<Option<Option<Arc<dyn Proxy>>>>,
}

impl DefaultWebProxy {
    /// That of a context.
    #[must_use]
    pub fn of(context: &NetContext) -> Arc<Self> {
        context.slot(|context| Self {
            settings: context.settings().default_proxy.clone(),
            modules: TypeRegistry::of(context),
            current: RwLock::new(None),
        })
    }

    /// The proxy; `None`: there is none, and requests go directly.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the settings name a module that the program has not
    /// registered, or hold an address or an expression that is none.
    pub fn get(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(proxy) = &*known {
            return Ok(proxy.clone());
        }
        drop(known);
        let made = make(&self.settings, &self.modules, WebProxy::system)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have made or set one meanwhile: that is the one others have.
        Ok(current.get_or_insert(made).clone())
    }

    /// Sets the proxy; requests made before keep theirs.
    pub fn set(&self, proxy: Option<Arc<dyn Proxy>>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(proxy);
    }

    /// What settings come to on a system.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: an address or an expression is none. A module is not looked
    /// for: that is [`get`](Self::get)'s.
    pub fn from_settings(
        settings: &DefaultProxySettings,
        system: WebProxy,
    ) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        let settings = DefaultProxySettings {
            module: None,
            ..settings.clone()
        };
        make(&settings, &TypeRegistry::default(), || system)
    }
}

fn make(
    settings: &DefaultProxySettings,
    modules: &TypeRegistry<MakeProxy>,
    system: impl FnOnce() -> WebProxy,
) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
    if !settings.enabled {
        return Ok(None);
    }
    let proxy: Arc<dyn Proxy> = match &settings.module {
        Some(name) => {
            let found = modules
                .resolve("module", name)
                .map_err(|error| invalid("defaultProxy", &error))?;
            if found.assembly_first {
                trace::class("DefaultWebProxy").warning(
                    "Get",
                    format_args!(
                        "the type stands behind the assembly in `{name}`; it should stand first"
                    ),
                );
            }
            (found.constructor)()
        }
        None => by_rules(settings, system)?,
    };
    if settings.use_default_credentials {
        proxy.set_credentials(Some(CredentialCache::default_credentials()))?;
    }
    Ok(Some(proxy))
}

fn by_rules(
    settings: &DefaultProxySettings,
    system: impl FnOnce() -> WebProxy,
) -> Result<Arc<dyn Proxy>, Misuse> {
    let ProxySettings {
        use_system_default,
        proxy_address,
        bypass_on_local,
        ..
    } = &settings.proxy;
    let silent =
        proxy_address.is_none() && bypass_on_local.is_none() && settings.bypass_list.is_empty();
    let mut state = match use_system_default {
        Some(false) if silent => return Ok(Arc::new(EmptyProxy::default())),
        Some(false) => State::default(),
        Some(true) if settings.target >= TargetFramework::V2_0 => {
            if !silent {
                trace::class("DefaultWebProxy").warning(
                    "Get",
                    format_args!(
                        "usesystemdefault is true: the other settings of the default proxy are not \
                         used"
                    ),
                );
            }
            return Ok(Arc::new(system()));
        }
        Some(true) | None => system().into_state(),
    };
    if let Some(address) = proxy_address {
        let address = address
            .to_proxy_address()
            .map_err(|error| invalid("proxyaddress", &error))?;
        state.address = Address::One(address);
        // It came with the other address.
        state.credentials = None;
    }
    if let Some(bypass) = bypass_on_local {
        state.bypass_on_local = *bypass;
    }
    if !settings.bypass_list.is_empty() {
        state.bypass = BypassList::new(settings.bypass_list.clone())
            .map_err(|error| invalid("bypasslist", &error))?;
        state.no_proxy = crate::NoProxy::default();
    }
    Ok(Arc::new(WebProxy::from_state(state)))
}

fn invalid(what: &str, error: &dyn fmt::Display) -> Misuse {
    Misuse::invalid_operation(format!("configuration: {what}: {error}"))
}

impl fmt::Debug for DefaultWebProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let known = current.as_ref().map(Option::is_some);
        f.debug_struct("DefaultWebProxy")
            .field("enabled", &self.settings.enabled)
            .field("made", &known)
            .finish_non_exhaustive()
    }
}
