//! `-x`, `--noproxy`, `-U` and `--proxy-digest` with its like: over what configuration files and the environment say.

use std::sync::Arc;

use system_net::{Credentials, DefaultWebProxy, Misuse, NetContext, NoProxy, Proxy, Uri, WebProxy};

use crate::arguments::Route;
use crate::failure::Failure;
use crate::password;
use crate::schemes::{login, restricted};

/// Gives the context the proxy that the options ask for, if they do.
pub(crate) fn apply(context: &NetContext, options: &Route, silent: bool) -> Result<(), Failure> {
    let (wanted, except, user) = (&options.proxy, &options.noproxy, &options.proxy_user);
    let schemes = &options.proxy_schemes;
    if wanted.is_none() && except.is_none() && user.is_none() && !schemes.is_given() {
        return Ok(());
    }
    let default = DefaultWebProxy::of(context);
    let proxy = match wanted.as_deref().map(str::trim) {
        // As curl: none at all.
        Some("") => None,
        Some(address) => Some(named(address)?),
        None => default.get()?,
    };
    if let Some(proxy) = &proxy {
        let login = match user {
            Some(user) => {
                let credential = password::credential(user, silent)?;
                Some(login(credential, schemes.allowed()))
            }
            None => proxy
                .credentials()
                .map(|of_address| restricted(of_address, schemes.allowed())),
        };
        if login.is_some() {
            proxy.set_credentials(login)?;
        }
    }
    let proxy = match (proxy, except) {
        (Some(proxy), Some(list)) => {
            let list = NoProxy::parse(list);
            Some(Arc::new(Except { proxy, list }) as Arc<dyn Proxy>)
        }
        (proxy, _) => proxy,
    };
    default.set(proxy);
    Ok(())
}

/// The proxy of `-x`, which may have a user name and a password in its address.
fn named(address: &str) -> Result<Arc<dyn Proxy>, Failure> {
    let proxy = WebProxy::from_variables(|name| (name == "all_proxy").then(|| address.to_owned()));
    match proxy.address() {
        Some(_) => Ok(Arc::new(proxy)),
        None => Err(Failure::usage(format_args!(
            "-x {}: not the address of a proxy, as http://proxy:3128",
            password::hidden(address)
        ))),
    }
}

/// A proxy, but not for the hosts of a list.
struct Except {
    proxy: Arc<dyn Proxy>,
    list: NoProxy,
}

impl Proxy for Except {
    fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
        self.proxy.get_proxy(destination)
    }

    fn is_bypassed(&self, host: &Uri) -> bool {
        self.list.covers(host.host(), host.port()) || self.proxy.is_bypassed(host)
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        self.proxy.credentials()
    }

    fn set_credentials(&self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        self.proxy.set_credentials(credentials)
    }
}
