//! Which proxy a request goes through: static rules, the settings of the system, proxies of the
//! program's own.
//!
//! # In scope
//! * [`WebProxy`]: an address, and what goes without it
//! * [`Proxy`] (.NET: `IWebProxy`): what any proxy answers, for proxies of one's own
//! * [`DefaultWebProxy`]: the proxy of requests that name none, from the settings of a context
//! * [`NoProxy`], and the environment variables that are the system's settings here
//! * [`GlobalProxySelection`], which is obsolete in .NET
//!
//! # Out of scope
//! Speaking to a proxy (`system-net-requests`); scripts that choose one (PAC, WPAD) are not here
//! yet.
//!
//! # Example
//! ```
//! use system_net_uri::Uri;
//! use system_net_web_proxy::{Proxy, WebProxy};
//!
//! let proxy = WebProxy::new("http://proxy.contoso.com:3128")?;
//! proxy.set_bypass_proxy_on_local(true);
//! proxy.set_bypass_list(&["[a-z]+.blueyonderairlines.com$"])?;
//! let through = |address: &str| Ok::<_, Box<dyn std::error::Error>>(!proxy.is_bypassed(&Uri::parse(address)?));
//! assert!(through("http://www.contoso.com/")?);
//! assert!(!through("http://intranet/")?);
//! assert!(!through("http://www.blueyonderairlines.com/flights")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod bypass;
mod default_proxy;
mod environment;
mod error;
mod global;
mod local;
mod no_proxy;
mod proxy;
mod selection;
mod trace;
mod web_proxy;

pub use default_proxy::{DefaultWebProxy, MakeProxy, register_proxy_module_in};
pub use error::WebProxyError;
pub use no_proxy::NoProxy;
pub use proxy::Proxy;
pub use selection::GlobalProxySelection;
pub use web_proxy::{BypassArrayList, ToProxyAddress, WebProxy};
