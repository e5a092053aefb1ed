//! Files applied one over the other.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::document;
use super::error::{ConfigurationError, Fault};
use super::origins::{self, ConfigurationValue};
use super::report::Report;
use super::warning::ConfigurationWarning;
use super::{sections, source};
use crate::{Settings, TargetFramework};

/// Settings read from files, and what in the files has no effect.
///
/// # Examples
/// ```
/// use system_net_config::Configuration;
///
/// let machine = r#"<configuration><system.net><connectionManagement>
///     <add address="*" maxconnection="4"/>
/// </connectionManagement></system.net></configuration>"#;
/// let application = r#"<configuration><system.net><connectionManagement>
///     <add address="*" maxconnection="8"/>
/// </connectionManagement></system.net></configuration>"#;
///
/// let mut configuration = Configuration::new();
/// configuration.apply_str(machine, "machine.config")?;
/// configuration.apply_str(application, "app.config")?;
/// assert_eq!(configuration.settings().connection_management[0].maxconnection, 8);
/// assert!(configuration.warnings().is_empty());
/// # Ok::<(), system_net_config::ConfigurationError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    settings: Settings,
    warnings: Vec<ConfigurationWarning>,
    /// What was applied, for [`values`](Self::values).
    files: Vec<AppliedFile>,
}

/// A file that was applied, as it was.
#[derive(Clone)]
pub(super) struct AppliedFile {
    pub(super) file: Arc<Path>,
    pub(super) text: Arc<str>,
}

/// Files hold passwords: nothing of the text is shown.
impl fmt::Debug for AppliedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

/// Limits of a file; beyond them is [`ConfigurationErrorKind::Limit`].
///
/// [`ConfigurationErrorKind::Limit`]: crate::ConfigurationErrorKind::Limit
impl Configuration {
    /// The greatest size of a file in bytes: 4 MiB.
    pub const MAX_SIZE: usize = 4 << 20;
    /// How deep elements may be nested.
    pub const MAX_DEPTH: usize = 64;
    /// How many elements a file may have.
    pub const MAX_ELEMENTS: usize = 100_000;
    /// How many attributes an element may have.
    pub const MAX_ATTRIBUTES: usize = 256;
    /// How many entries a list may come to, of the files together.
    pub const MAX_ENTRIES: usize = 4096;
    /// How long an expression of the bypass list may be, in bytes.
    pub const MAX_EXPRESSION: usize = 4096;
    /// How many warnings a file may have; of more, the last says how many.
    pub const MAX_WARNINGS: usize = 1000;
    /// How many errors [`check_file`](Self::check_file) tells before it stops.
    pub const MAX_ERRORS: usize = 64;
}

impl Configuration {
    /// The default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The default settings of a version of the .NET Framework.
    #[must_use]
    pub fn for_target(target: TargetFramework) -> Self {
        Self {
            settings: Settings::for_target(target),
            ..Self::default()
        }
    }

    /// The machine's file, if there is one, and over it the application's.
    ///
    /// # Errors
    /// The kinds of [`ConfigurationErrorKind`](crate::ConfigurationErrorKind), of either file.
    pub fn from_files(
        machine: Option<&Path>,
        application: Option<&Path>,
    ) -> Result<Self, ConfigurationError> {
        let mut this = Self::new();
        for file in [machine, application].into_iter().flatten() {
            this.apply_file(file)?;
        }
        Ok(this)
    }

    /// Applies a file over what is there. On an error nothing is changed. It must be a regular file,
    /// by links or not: pipes and devices, `/dev/stdin` among them, need not come to an end.
    ///
    /// # Errors
    /// The kinds of [`ConfigurationErrorKind`](crate::ConfigurationErrorKind).
    pub fn apply_file(&mut self, file: impl AsRef<Path>) -> Result<(), ConfigurationError> {
        let file = file.as_ref();
        self.apply_bytes(&source::read(file)?, file)
    }

    /// Applies the text of a file over what is there; `file` is its name in messages. On an error
    /// nothing is changed. Which encoding the text declares does not matter: it is decoded.
    ///
    /// # Errors
    /// The kinds of [`ConfigurationErrorKind`](crate::ConfigurationErrorKind) but `Io`.
    pub fn apply_str(
        &mut self,
        text: &str,
        file: impl AsRef<Path>,
    ) -> Result<(), ConfigurationError> {
        let file = file.as_ref();
        source::text(text)
            .and_then(|text| self.apply(text, file))
            .map_err(|fault| ConfigurationError::new(file, fault))
    }

    /// As [`apply_str`](Self::apply_str) with the bytes of a file, in UTF-8 or UTF-16: with a byte
    /// order mark, or else told by how the first `<` is written, as XML 1.0 has it in appendix F. What
    /// the declaration says must agree.
    ///
    /// # Errors
    /// The kinds of [`ConfigurationErrorKind`](crate::ConfigurationErrorKind) but `Io`.
    pub fn apply_bytes(
        &mut self,
        bytes: &[u8],
        file: impl AsRef<Path>,
    ) -> Result<(), ConfigurationError> {
        let file = file.as_ref();
        source::decode(bytes)
            .and_then(|text| self.apply(&text, file))
            .map_err(|fault| ConfigurationError::new(file, fault))
    }

    fn apply(&mut self, text: &str, file: &Path) -> Result<(), Fault> {
        let root = document::parse(text)?;
        let mut settings = self.settings.clone();
        let mut report = Report::new(file);
        sections::configuration(&root, &mut settings, &mut report).map_err(|mut fault| {
            fault.path = document::path_of(&root, fault.position).map(Into::into);
            fault
        })?;
        self.settings = settings;
        self.warnings.append(&mut report.into_warnings());
        self.files.push(AppliedFile {
            file: file.into(),
            text: text.into(),
        });
        Ok(())
    }

    /// The settings so far.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What in the files has no effect, in the order of the files.
    #[must_use]
    pub fn warnings(&self) -> &[ConfigurationWarning] {
        &self.warnings
    }

    /// Every value that the files set, and every default that holds because they do not, in the
    /// order of [`schema`](Self::schema): what each is and where it comes from.
    ///
    /// # Examples
    /// ```
    /// use system_net_config::Configuration;
    ///
    /// let mut configuration = Configuration::new();
    /// let text = "<configuration><system.net><settings>\n<ipv6 enabled='false'/>\n\
    ///             </settings></system.net></configuration>";
    /// configuration.apply_str(text, "app.config")?;
    /// let values = configuration.values();
    /// let ipv6 = values.iter().find(|value| value.path() == "system.net/settings/ipv6").unwrap();
    /// assert_eq!((ipv6.value(), &*ipv6.origin()), (Some("false"), "app.config:2:7"));
    /// let expect = values.iter().find(|value| value.attribute() == Some("expect100Continue"));
    /// assert_eq!(expect.unwrap().origin(), "default");
    /// # Ok::<(), system_net_config::ConfigurationError>(())
    /// ```
    #[must_use]
    pub fn values(&self) -> Vec<ConfigurationValue> {
        origins::values(&self.files)
    }

    /// The settings and the warnings.
    #[must_use]
    pub fn into_parts(self) -> (Settings, Vec<ConfigurationWarning>) {
        (self.settings, self.warnings)
    }
}
