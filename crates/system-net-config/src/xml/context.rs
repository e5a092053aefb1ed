//! Contexts made from configuration files, the one of the process among them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Configuration, ConfigurationError, ConfigurationWarning, ConfigurationWarningKind};
use system_net_primitives::Misuse;

use crate::type_registry::RegisteredNames;
use crate::{NetContext, TargetFramework};

/// Names the application's file; empty for none.
const VARIABLE: &str = "SYSTEM_NET_CONFIG";

/// Names the machine's file or its folder; empty for none.
const MACHINE_VARIABLE: &str = "SYSTEM_NET_MACHINE_CONFIG";

/// Where the machine's file is looked for otherwise.
const MACHINE_FOLDER: &str = "/etc/system-net";

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

    /// What in the context's configuration files has no effect, and the types they name that nobody has
    /// registered so far: with the context just made, all that are not always there.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use system_net_config::{Configuration, NetContext, TypeRegistry};
    ///
    /// let text = "<configuration><system.net><webRequestModules>\n\
    ///             <add prefix='svn:' type='SvnCreator'/>\n\
    ///             </webRequestModules></system.net></configuration>";
    /// let mut configuration = Configuration::new();
    /// configuration.apply_str(text, "app.config")?;
    /// let context = NetContext::from_configuration(configuration);
    /// let [warning] = &context.configuration_warnings()[..] else { panic!() };
    /// assert_eq!((warning.line(), warning.attribute()), (2, Some("type")));
    ///
    /// TypeRegistry::<str>::of(&context).register("SvnCreator", Arc::from("what makes requests"));
    /// assert_eq!(context.configuration_warnings(), []);
    /// # Ok::<(), system_net_config::ConfigurationError>(())
    /// ```
    #[must_use]
    pub fn configuration_warnings(&self) -> Vec<ConfigurationWarning> {
        let mut warnings = self.slot(|_| Outcome::default()).warnings.clone();
        let names = RegisteredNames::of(self);
        warnings.retain(|warning| {
            let type_name = warning.type_name.as_deref();
            !type_name.is_some_and(|type_name| names.resolves(type_name))
        });
        warnings
    }

    /// What in the context's configuration files has no effect, a line each. Crates that need not
    /// know of files tell it.
    #[must_use]
    pub fn configuration_notes(&self) -> Vec<String> {
        let warnings = self.configuration_warnings();
        warnings.iter().map(ToString::to_string).collect()
    }

    /// Those of types that nobody has registered, or the others, which no program changes: between
    /// the crates that tell them in traces. A source that nothing is traced by is left out: a trace
    /// by the guide's listing is the guide's, line by line, and a check tells it.
    #[doc(hidden)]
    #[must_use]
    pub fn configuration_notes_of_types(&self, types: bool) -> Vec<String> {
        let mut warnings = self.configuration_warnings();
        let is_silent_source = |warning: &ConfigurationWarning| {
            warning.kind == ConfigurationWarningKind::NotApplied
                && warning.element == "source"
                && warning.attribute.is_none()
        };
        warnings.retain(|it| it.type_name.is_some() == types && !is_silent_source(it));
        warnings.iter().map(ToString::to_string).collect()
    }

    /// An error if the configuration files of the process could not be read: what works by the
    /// global context starts with this, so that nothing is done by settings nobody wanted.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] with file, line and column.
    pub fn check_configuration(&self) -> Result<(), Misuse> {
        match self.configuration_error() {
            None => Ok(()),
            Some(error) => Err(Misuse::invalid_operation(format!("configuration: {error}"))),
        }
    }

    /// Why the configuration file of the process could not be read. The global context has the
    /// default settings then, and whoever is about to use it should refuse.
    #[must_use]
    pub fn configuration_error(&self) -> Option<Arc<ConfigurationError>> {
        self.slot(|_| Outcome::default()).error.clone()
    }
}

impl Configuration {
    /// The machine's file in a folder, for programs of a version of the .NET Framework: the first
    /// that exists of `machine.config` in the folders `VERSION/Config`, `VERSION` and the folder
    /// itself. The versions are `v1.1.4322` for 1.1, and `v4.0.30319`, then `v2.0.50727`, for later
    /// ones. `None` if there is none.
    #[must_use]
    pub fn machine_file_in(folder: impl AsRef<Path>, target: TargetFramework) -> Option<PathBuf> {
        let folder = folder.as_ref();
        let versions: &[&str] = match target {
            TargetFramework::V1_1 => &["v1.1.4322"],
            _ => &["v4.0.30319", "v2.0.50727"],
        };
        let of_versions = versions.iter().flat_map(|version| {
            let folder = folder.join(version);
            [folder.join("Config"), folder]
        });
        of_versions
            .chain([folder.to_owned()])
            .map(|folder| folder.join("machine.config"))
            .find(|file| is_there(file))
    }

    /// The machine's file of this process: what the environment variable
    /// `SYSTEM_NET_MACHINE_CONFIG` names, a file or a folder as in
    /// [`machine_file_in`](Self::machine_file_in), or nothing if it is empty; else what is in the
    /// folder `/etc/system-net`.
    ///
    /// .NET: `System.Configuration.ConfigurationManager.OpenMachineConfiguration`
    #[doc(alias = "ConfigurationManager.OpenMachineConfiguration")]
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "config is where the environment is read"
    )]
    pub fn machine_file(target: TargetFramework) -> Option<PathBuf> {
        match env::var_os(MACHINE_VARIABLE) {
            Some(file) if file.is_empty() => None,
            Some(file) if Path::new(&file).is_dir() => Self::machine_file_in(file, target),
            Some(file) => Some(file.into()),
            None => Self::machine_file_in(MACHINE_FOLDER, target),
        }
    }

    /// The application's file of this process: what the environment variable `SYSTEM_NET_CONFIG`
    /// names, or nothing if it is empty; else `program.config` beside the program if it is there.
    ///
    /// .NET: `System.Configuration.ConfigurationManager.OpenExeConfiguration`
    #[doc(alias = "ConfigurationManager.OpenExeConfiguration")]
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "config is where the environment is read"
    )]
    pub fn application_file() -> Option<PathBuf> {
        match env::var_os(VARIABLE) {
            Some(file) if file.is_empty() => None,
            Some(file) => Some(file.into()),
            None => {
                let mut file = OsString::from(env::current_exe().ok()?);
                file.push(".config");
                Some(PathBuf::from(file)).filter(|file| is_there(file))
            }
        }
    }
}

/// A link that leads nowhere counts as there: whoever put it there meant a file, and is told.
fn is_there(file: &Path) -> bool {
    file.exists() || file.is_symlink()
}

/// The context of the process.
pub(crate) fn global() -> NetContext {
    let machine = Configuration::machine_file(TargetFramework::default());
    let application = Configuration::application_file();
    match Configuration::from_files(machine.as_deref(), application.as_deref()) {
        Ok(configuration) => NetContext::from_configuration(configuration),
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
