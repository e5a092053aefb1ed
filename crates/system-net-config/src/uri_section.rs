//! The section `uri`: IRI parsing, international host names, options of single schemes.

use std::sync::Arc;

use system_net_uri::{GenericUriParserOptions, UriIdnScope, UriSettings};

use crate::NetContext;

/// How texts are read as URIs.
///
/// The defaults are those of .NET since 4.5: IRI parsing on, no conversion of host names.
///
/// .NET: `System.Configuration.UriSection`
///
/// # Examples
/// ```
/// use system_net_config::{NetContext, Settings};
/// use system_net_uri::{Uri, UriIdnScope, UriKind};
///
/// let mut settings = Settings::default();
/// settings.uri.idn.enabled = UriIdnScope::All;
/// let context = NetContext::with_settings(settings);
/// let uri = Uri::parse_in("http://xn--4ca.com/", UriKind::Absolute, &context.uri_settings())?;
/// assert_eq!(uri.host(), "\u{e4}.com");
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
#[doc(alias = "System.Configuration.UriSection")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UriSection {
    /// International host names.
    ///
    /// .NET: `System.Configuration.UriSection.Idn`
    #[doc(alias = "UriSection.Idn")]
    pub idn: IdnElement,
    /// International identifiers.
    ///
    /// .NET: `System.Configuration.UriSection.IriParsing`
    #[doc(alias = "UriSection.IriParsing")]
    pub iri_parsing: IriParsingElement,
    /// Options of single schemes, one entry for each.
    ///
    /// .NET: `System.Configuration.UriSection.SchemeSettings`
    #[doc(alias = "UriSection.SchemeSettings")]
    pub scheme_settings: Vec<SchemeSettingElement>,
}

/// Which host names are converted between Unicode and Punycode.
///
/// .NET: `System.Configuration.IdnElement`
#[doc(alias = "System.Configuration.IdnElement")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdnElement {
    /// `None` unless told otherwise. Without IRI parsing it has no effect.
    ///
    /// .NET: `System.Configuration.IdnElement.Enabled`
    #[doc(alias = "IdnElement.Enabled")]
    pub enabled: UriIdnScope,
}

/// Whether text outside ASCII is read by the rules of RFC 3987.
///
/// .NET: `System.Configuration.IriParsingElement`
#[doc(alias = "System.Configuration.IriParsingElement")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IriParsingElement {
    /// `true` unless told otherwise; `false` is the behaviour of .NET 2.0.
    ///
    /// .NET: `System.Configuration.IriParsingElement.Enabled`
    #[doc(alias = "IriParsingElement.Enabled")]
    pub enabled: bool,
}

impl Default for IriParsingElement {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// Options of one scheme.
///
/// .NET: `System.Configuration.SchemeSettingElement`
#[doc(alias = "System.Configuration.SchemeSettingElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeSettingElement {
    /// The scheme, in small letters.
    ///
    /// .NET: `System.Configuration.SchemeSettingElement.Name`
    #[doc(alias = "SchemeSettingElement.Name")]
    pub name: String,
    /// Of the options one acts on schemes that System.Uri knows:
    /// [`DONT_UNESCAPE_PATH_DOTS_AND_SLASHES`](GenericUriParserOptions::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES).
    ///
    /// .NET: `System.Configuration.SchemeSettingElement.GenericUriParserOptions`
    #[doc(alias = "SchemeSettingElement.GenericUriParserOptions")]
    pub generic_uri_parser_options: GenericUriParserOptions,
}

impl UriSection {
    /// The same as a value that [`Uri`](system_net_uri::Uri) takes.
    #[must_use]
    pub fn to_uri_settings(&self) -> UriSettings {
        let mut settings = UriSettings::new();
        settings.set_iri_parsing(self.iri_parsing.enabled);
        settings.set_idn(self.idn.enabled);
        for scheme in &self.scheme_settings {
            settings.set_scheme_options(&scheme.name, scheme.generic_uri_parser_options);
        }
        settings
    }
}

/// What a context keeps of its section.
struct Kept(UriSettings);

impl NetContext {
    /// How this context reads texts as URIs: the section `uri` of its settings, which is looked at
    /// once. A change of a file afterwards changes nothing.
    #[must_use]
    pub fn uri_settings(&self) -> UriSettings {
        let kept: &Arc<Kept> =
            self.slot_ref(|context| Kept(context.settings().uri.to_uri_settings()));
        kept.0.clone()
    }
}
