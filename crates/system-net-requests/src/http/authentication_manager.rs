//! `AuthenticationManager`: where the authentication modules of requests are.

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_security::authentication::AuthenticationModules;

use super::login_modules::modules_of;
use crate::error::WebError;

/// Where the modules are that log requests in: what is static in .NET's class are members of
/// [`AuthenticationModules`], of which each context has one.
///
/// # Examples
/// No login by Basic, whatever a server offers:
/// ```
/// use system_net_config::NetContext;
/// use system_net_requests::AuthenticationManager;
///
/// let context = NetContext::new();
/// AuthenticationManager::of(&context)?.unregister("Basic").expect("it is built in");
/// # Ok::<(), system_net_requests::WebError>(())
/// ```
///
/// .NET: `System.Net.AuthenticationManager`
#[derive(Clone, Copy, Debug)]
pub enum AuthenticationManager {}

impl AuthenticationManager {
    /// The modules of a context, with what `<authenticationModules>` of its configuration changes.
    ///
    /// # Errors
    /// The configuration names a type that nobody has registered
    /// ([`register_authentication_module_in`](crate::register_authentication_module_in)).
    pub fn of(context: &NetContext) -> Result<Arc<AuthenticationModules>, WebError> {
        modules_of(context).map(Arc::clone)
    }
}
