//! Types and switches by name: `<authenticationModules>` and `<AppContextSwitchOverrides>`.

/// One change of the list of authentication modules.
///
/// .NET: `System.Net.Configuration.AuthenticationModuleElement`
#[doc(alias = "AuthenticationModuleElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthenticationModuleChange {
    /// Asks the module that was registered under a name.
    Add {
        /// The name under which a constructor was registered.
        type_name: String,
    },
    /// Asks a module no more.
    Remove {
        /// The name of its type.
        type_name: String,
    },
    /// Empties the list, the built-in modules included.
    Clear,
}

/// One switch of `<runtime><AppContextSwitchOverrides>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppContextSwitch {
    /// The name, as `Switch.System.Net.DontEnableSchUseStrongCrypto`.
    pub name: String,
    /// Whether it is on.
    pub enabled: bool,
}
