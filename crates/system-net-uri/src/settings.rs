//! The modes of System.Uri as a value that contexts carry; nothing here is global.

use std::fmt;
use std::sync::Arc;

use crate::{GenericUriParserOptions, UriIdnScope, UriParserTable};

/// How texts are read: IRI parsing, IDN, whose paths, and the parsers of custom schemes.
///
/// The default is what .NET has had since 4.5: IRI parsing on, IDN conversion off, Windows paths.
/// A [`Uri`](crate::Uri) remembers the settings it was read with and combines with them. Two URIs
/// that are equal under one value of the settings stay equal whatever other contexts choose.
///
/// .NET: the section `uri` of a configuration file (`IriParsingElement`, `IdnElement`)
#[derive(Clone, Default)]
pub struct UriSettings {
    iri_off: bool,
    idn: UriIdnScope,
    paths: PathRules,
    parsers: Option<Arc<UriParserTable>>,
    /// Schemes in small letters whose escaped dots and slashes stay.
    literal_paths: Option<Arc<Vec<String>>>,
}

/// Which paths without a scheme stand for a `file:` URI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PathRules {
    /// `c:\dir\file` and `\\server\share\file`, on every operating system.
    #[default]
    Windows,
    /// … and `/dir/file`, in which `\` is an ordinary character.
    Unix,
}

impl UriSettings {
    /// The settings of .NET 4.5 and later.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether non-ASCII text is treated by the rules of RFC 3987. On unless switched off.
    ///
    /// .NET: `IriParsingElement.Enabled`
    #[doc(alias = "IriParsingElement.Enabled")]
    #[must_use]
    pub const fn iri_parsing(&self) -> bool {
        !self.iri_off
    }

    /// Switches IRI parsing. Off is the behaviour of .NET 2.0.
    pub fn set_iri_parsing(&mut self, on: bool) {
        self.iri_off = !on;
    }

    /// Which hosts are converted between Unicode and Punycode. Without IRI parsing the value has
    /// no effect, as in .NET.
    ///
    /// .NET: `IdnElement.Enabled`
    #[doc(alias = "IdnElement.Enabled")]
    #[must_use]
    pub const fn idn(&self) -> UriIdnScope {
        if self.iri_off {
            UriIdnScope::None
        } else {
            self.idn
        }
    }

    /// Chooses which hosts are converted.
    pub fn set_idn(&mut self, scope: UriIdnScope) {
        self.idn = scope;
    }

    /// Whether the mode is one that only .NET Framework has.
    pub(crate) fn is_framework_mode(&self) -> bool {
        self.iri_off || self.idn != UriIdnScope::None
    }

    /// Whose paths stand for `file:` URIs.
    #[must_use]
    pub const fn paths(&self) -> PathRules {
        self.paths
    }

    /// Chooses whose paths stand for `file:` URIs.
    pub fn set_paths(&mut self, rules: PathRules) {
        self.paths = rules;
    }

    /// The parsers registered for custom schemes, if any.
    #[must_use]
    pub fn parsers(&self) -> Option<&Arc<UriParserTable>> {
        self.parsers.as_ref()
    }

    /// Sets options of a scheme that System.Uri knows. One of them acts on such a scheme:
    /// [`DONT_UNESCAPE_PATH_DOTS_AND_SLASHES`] leaves `%2E`, `%2F` and `%5C` in its paths as they
    /// are. Without it they are resolved in `file`, `net.pipe`, `net.tcp` and `vsmacros`. Custom
    /// schemes have their options from their parser.
    ///
    /// .NET: `SchemeSettingElement`
    ///
    /// [`DONT_UNESCAPE_PATH_DOTS_AND_SLASHES`]: GenericUriParserOptions::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES
    #[doc(alias = "SchemeSettingElement")]
    pub fn set_scheme_options(&mut self, scheme: &str, options: GenericUriParserOptions) {
        let name = scheme.to_ascii_lowercase();
        let mut names = self.literal_paths.take().unwrap_or_default();
        let list = Arc::make_mut(&mut names);
        list.retain(|other| *other != name);
        if options.has(GenericUriParserOptions::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES) {
            list.push(name);
        }
        self.literal_paths = Some(names).filter(|names| !names.is_empty());
    }

    /// The options of a scheme that [`set_scheme_options`](Self::set_scheme_options) set, as far
    /// as they act.
    #[must_use]
    pub fn scheme_options(&self, scheme: &str) -> GenericUriParserOptions {
        let mut names = self.literal_paths.iter().flat_map(|names| names.iter());
        if names.any(|name| name.eq_ignore_ascii_case(scheme)) {
            GenericUriParserOptions::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES
        } else {
            GenericUriParserOptions::DEFAULT
        }
    }

    /// Uses a table of parsers for custom schemes.
    pub fn set_parsers(&mut self, table: Option<Arc<UriParserTable>>) {
        self.parsers = table;
    }
}

impl fmt::Debug for UriSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UriSettings")
            .field("iri_parsing", &self.iri_parsing())
            .field("idn", &self.idn)
            .field("paths", &self.paths)
            .field("parsers", &self.parsers.is_some())
            .finish()
    }
}
