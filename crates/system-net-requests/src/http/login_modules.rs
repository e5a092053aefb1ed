//! The authentication modules of a context: the built-in ones, and what `<authenticationModules>`
//! of its configuration changes.

use std::sync::{Arc, Mutex, PoisonError};

use system_net_config::{AuthenticationModuleChange as Change, NetContext, TypeRegistry};
use system_net_primitives::Misuse;
use system_net_security::authentication::{
    AuthenticationModule, AuthenticationModules, Basic, Digest, LogonModule,
};
use system_net_security::negotiate::usual_providers;
use system_net_security::ntlm::NtlmProvider;

use crate::error::WebError;
use crate::trace;

/// .NET's names of the types of its modules, and their schemes.
const BUILT_IN: &[(&str, &str)] = &[
    ("System.Net.BasicClient", "Basic"),
    ("System.Net.DigestClient", "Digest"),
    ("System.Net.KerberosClient", "Kerberos"),
    ("System.Net.NegotiateClient", "Negotiate"),
    ("System.Net.NtlmClient", "NTLM"),
];

/// Offers an authentication module to the configuration file under a type name, for
/// `<authenticationModules>`. The file is applied when a request of the context logs in first.
///
/// Returns false, and changes nothing, if the name is taken. `System.Net.BasicClient` is.
///
/// # Examples
/// ```
/// use system_net_config::NetContext;
/// use system_net_requests::register_authentication_module_in;
/// use system_net_security::authentication::Basic;
///
/// let context = NetContext::new();
/// assert!(register_authentication_module_in(&context, "Contoso.Basic", Basic::new()));
/// assert!(!register_authentication_module_in(&context, "Contoso.Basic", Basic::new()));
/// ```
pub fn register_authentication_module_in(
    context: &NetContext,
    type_name: &str,
    module: impl AuthenticationModule + 'static,
) -> bool {
    types_of(context).register(type_name, Arc::new(module))
}

type Types = TypeRegistry<dyn AuthenticationModule>;

fn types_of(context: &NetContext) -> Arc<Types> {
    let types = Types::of(context);
    // False from the second time on.
    let mut built_in: Vec<Arc<dyn AuthenticationModule>> =
        vec![Arc::new(Basic::new()), Arc::new(Digest::new())];
    for module in LogonModule::all(usual_providers(ntlm_of(context))) {
        built_in.push(Arc::new(module));
    }
    for module in built_in {
        let scheme = module.authentication_type();
        if let Some((name, _)) = BUILT_IN.iter().find(|(_, known)| *known == scheme) {
            let _known = types.register(*name, module);
        }
    }
    types
}

/// Logins by NTLM as the context's configuration has them.
fn ntlm_of(context: &NetContext) -> NtlmProvider {
    let settings = &context.settings().ntlm;
    NtlmProvider {
        back_connection_host_names: settings.back_connection_host_names.clone(),
        disable_loopback_check: settings.disable_loopback_check,
        ..NtlmProvider::default()
    }
}

/// Whether the configuration's changes were made.
#[derive(Default)]
struct Applied(Mutex<bool>);

/// The modules, with the changes of the configuration.
///
/// # Errors
/// The configuration adds a type that nobody registered.
pub(super) fn modules_of(context: &NetContext) -> Result<&Arc<AuthenticationModules>, WebError> {
    let modules = context.slot_ref(|context| AuthenticationModules::with_ntlm(ntlm_of(context)));
    let changes = &context.settings().authentication_modules;
    if !changes.is_empty() {
        let applied = context.slot(|_| Applied::default());
        let mut applied = applied.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !*applied {
            apply(changes, &types_of(context), modules)?;
            *applied = true;
        }
    }
    Ok(modules)
}

/// All changes, or with an error none.
fn apply(
    changes: &[Change],
    types: &Types,
    modules: &AuthenticationModules,
) -> Result<(), WebError> {
    let mut list = modules.registered_modules();
    for change in changes {
        match change {
            Change::Clear => list.clear(),
            Change::Remove { type_name } => {
                if let Some(scheme) = scheme_of(types, type_name) {
                    list.retain(|module| !is_of(module, &scheme));
                }
            }
            Change::Add { type_name } => {
                let found = types.resolve("add", type_name);
                if found.is_err() && built_in_scheme(type_name).is_some() {
                    // .NET has it, and files name it; this build leaves it out.
                    warn_of_absence(type_name);
                    continue;
                }
                let module = found.map_err(|error| {
                    Misuse::invalid_operation(format!(
                        "authenticationModules of the configuration: {error}: call \
                         register_authentication_module_in before the first request"
                    ))
                })?;
                if module.assembly_first {
                    warn_of_order(type_name);
                }
                let module = module.constructor;
                list.retain(|other| !is_of(other, module.authentication_type()));
                list.push(module);
            }
        }
    }
    for module in modules.registered_modules() {
        // It was there a moment ago; whoever took it out meanwhile wanted the same.
        let _ = modules.unregister(module.authentication_type());
    }
    list.into_iter().for_each(|module| modules.register(module));
    Ok(())
}

fn is_of(module: &Arc<dyn AuthenticationModule>, scheme: &str) -> bool {
    module.authentication_type().eq_ignore_ascii_case(scheme)
}

/// The scheme of a type. One that nobody knows has none, and nothing is taken out.
fn scheme_of(types: &Types, type_name: &str) -> Option<String> {
    if let Some(scheme) = built_in_scheme(type_name) {
        return Some(scheme.to_owned());
    }
    let module = types.resolve("remove", type_name).ok()?.constructor;
    Some(module.authentication_type().to_owned())
}

fn built_in_scheme(type_name: &str) -> Option<&'static str> {
    let name = type_name.split(',').next().unwrap_or_default().trim();
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
    built_in.map(|(_, scheme)| *scheme)
}

/// A module of .NET that was left out of this build, by its feature.
fn warn_of_absence(type_name: &str) {
    trace::class("WebRequest").warning(
        "Create",
        format_args!(
            "authenticationModules of the configuration adds {type_name}, which this build was made \
             without: no challenge of its scheme is answered"
        ),
    );
}

/// The guide's own listings have the assembly first: accepted, with a warning.
pub(crate) fn warn_of_order(type_name: &str) {
    trace::class("WebRequest").warning(
        "Create",
        format_args!(
            "the type stands behind the assembly in the module's name {type_name}; it should \
             stand first"
        ),
    );
}
