//! Contexts made from configuration files, the one of the process among them.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Configuration, ConfigurationError, ConfigurationWarning};
use crate::NetContext;

/// Names the application's file; empty for none.
const VARIABLE: &str = "SYSTEM_NET_CONFIG";

/// What reading the files had to say, kept in the context.
#[derive(Default)]
struct Outcome {
    warnings: Vec<ConfigurationWarning>,
    error: Option<Arc<ConfigurationError>>,
}

impl NetContext {
    /// A context with the settings of configuration files and the clock of the system.
    #[must_use]
    pub fn from_configuration(configuration: Configuration) -> Self {
        let (settings, warnings) = configuration.into_parts();
        let this = Self::with_settings(settings);
        this.slot(|_| Outcome {
            warnings,
            error: None,
        });
        this
    }

    /// What in the context's configuration files has no effect.
    #[must_use]
    pub fn configuration_warnings(&self) -> Vec<ConfigurationWarning> {
        self.slot(|_| Outcome::default()).warnings.clone()
    }

    /// Why the configuration file of the process could not be read. The global context has the
    /// default settings then, and whoever is about to use it should refuse.
    #[must_use]
    pub fn configuration_error(&self) -> Option<Arc<ConfigurationError>> {
        self.slot(|_| Outcome::default()).error.clone()
    }
}

/// The context of the process.
pub(crate) fn global() -> NetContext {
    let mut configuration = Configuration::new();
    match application_file()
        .map(|file| configuration.apply_file(file))
        .transpose()
    {
        Ok(_) => NetContext::from_configuration(configuration),
        Err(error) => {
            let context = NetContext::new();
            let error = Some(Arc::new(error));
            context.slot(|_| Outcome {
                warnings: Vec::new(),
                error,
            });
            context
        }
    }
}

/// The file that the environment names, else `program.config` beside the program if it is there.
#[allow(
    clippy::disallowed_methods,
    reason = "config is where the environment is read"
)]
fn application_file() -> Option<PathBuf> {
    match env::var_os(VARIABLE) {
        Some(file) if file.is_empty() => None,
        Some(file) => Some(file.into()),
        None => {
            let mut file = OsString::from(env::current_exe().ok()?);
            file.push(".config");
            Some(PathBuf::from(file)).filter(|file| file.exists())
        }
    }
}
