//! Parsers of custom schemes: what a scheme allows, chosen by options or by code of the user,
//! in a table that a context owns.

mod generic;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::path::Form;
use crate::syntax::{self, Rules};
use crate::uri::Uri;
use crate::{UriComponents, UriFormat, UriFormatError, UriFormatErrorKind as Kind};

pub use generic::{
    FileStyleUriParser, FtpStyleUriParser, GenericUriParser, GenericUriParserOptions,
    GopherStyleUriParser, HttpStyleUriParser, LdapStyleUriParser, NetPipeStyleUriParser,
    NetTcpStyleUriParser, NewsStyleUriParser,
};

/// What a scheme allows. Made from one of the styles ([`GenericUriParser`],
/// [`HttpStyleUriParser`] …) or from code ([`UriParserImpl`]); registered in a
/// [`UriParserTable`].
///
/// .NET: `System.UriParser`
#[doc(alias = "System.UriParser")]
pub struct UriParser {
    rules: Rules,
    custom: Option<Box<dyn UriParserImpl>>,
}

impl UriParser {
    pub(crate) const fn with_rules(rules: Rules) -> Self {
        Self {
            rules,
            custom: None,
        }
    }

    /// A parser with code of its own. By itself it takes everything behind the colon as path;
    /// what more there is, the code says. `style` sets other rules to start from.
    ///
    /// .NET: `UriParser.#ctor`
    #[must_use]
    pub fn from_impl(code: impl UriParserImpl + 'static, style: Option<Self>) -> Self {
        let rules = style.map_or(Rules::NONE, |style| style.rules);
        Self {
            rules,
            custom: Some(Box::new(code)),
        }
    }
}

impl fmt::Debug for UriParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UriParser")
            .field("custom", &self.custom.is_some())
            .finish_non_exhaustive()
    }
}

/// Code that takes part in reading and printing the URIs of a scheme. Each method has the
/// behaviour of the built-in parser unless overridden.
///
/// There is no counterpart of `OnNewUri`: there each URI may have a parser object of its own, here
/// the code is shared by all URIs of the scheme and sees each in
/// [`initialize_and_validate`](Self::initialize_and_validate).
///
/// .NET: the virtual members of `System.UriParser`
pub trait UriParserImpl: Send + Sync {
    /// Told once, when the parser is registered.
    ///
    /// .NET: `UriParser.OnRegister`
    #[doc(alias = "UriParser.OnRegister")]
    fn on_register(&self, scheme: &str, default_port: Option<u16>) {
        let _ = (scheme, default_port);
    }

    /// Asked once per new URI that the built-in rules accept.
    ///
    /// .NET: `UriParser.InitializeAndValidate`
    ///
    /// # Errors
    /// An error refuses the URI.
    #[doc(alias = "UriParser.InitializeAndValidate")]
    fn initialize_and_validate(&self, uri: &Uri) -> Result<(), UriFormatError> {
        let _ = uri;
        Ok(())
    }

    /// The components of a URI of this scheme.
    ///
    /// .NET: `UriParser.GetComponents`
    #[doc(alias = "UriParser.GetComponents")]
    fn components(&self, uri: &Uri, components: UriComponents, format: UriFormat) -> String {
        uri.compose(components, Form::from(format)).into_owned()
    }

    /// The text that `relative` means on `base`.
    ///
    /// .NET: `UriParser.Resolve`
    ///
    /// # Errors
    /// An error refuses the combination.
    #[doc(alias = "UriParser.Resolve")]
    fn resolve(&self, base: &Uri, relative: &Uri) -> Result<String, UriFormatError> {
        Ok(if relative.is_absolute_uri() {
            relative.original_string().to_owned()
        } else {
            base.resolve_text(relative.original_string(), false)
        })
    }

    /// Whether `base` is the base of `uri`.
    ///
    /// .NET: `UriParser.IsBaseOf`
    #[doc(alias = "UriParser.IsBaseOf")]
    fn is_base_of(&self, base: &Uri, uri: &Uri) -> bool {
        base.is_base_of_built_in(uri)
    }

    /// Whether the text of the URI was well formed.
    ///
    /// .NET: `UriParser.IsWellFormedOriginalString`
    #[doc(alias = "UriParser.IsWellFormedOriginalString")]
    fn is_well_formed_original_string(&self, uri: &Uri) -> bool {
        uri.is_well_formed_built_in()
    }
}

/// A parser under its scheme.
pub(crate) struct Registered {
    pub(crate) rules: Rules,
    pub(crate) default_port: Option<u16>,
    pub(crate) custom: Option<Box<dyn UriParserImpl>>,
}

/// The parsers of custom schemes; goes into [`UriSettings`](crate::UriSettings).
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use system_net_uri::{HttpStyleUriParser, Uri, UriKind, UriParserTable, UriSettings};
///
/// let mut table = UriParserTable::new();
/// table.register(HttpStyleUriParser, "shop", Some(8080))?;
/// let mut settings = UriSettings::new();
/// settings.set_parsers(Some(Arc::new(table)));
/// let uri = Uri::parse_in("shop://host/a", UriKind::Absolute, &settings)?;
/// assert_eq!(uri.port(), Some(8080));
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
#[derive(Default)]
pub struct UriParserTable {
    parsers: HashMap<String, Arc<Registered>>,
}

impl UriParserTable {
    /// An empty table: the schemes System.Uri knows need no entry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a parser for a scheme.
    ///
    /// .NET: `UriParser.Register`
    ///
    /// # Errors
    /// [`InvalidArgument`](Kind::InvalidArgument) if the name is no scheme name, has one letter
    /// only, or the port is 65535; [`AlreadyRegistered`](Kind::AlreadyRegistered) if the scheme
    /// has a parser.
    #[doc(alias = "UriParser.Register")]
    pub fn register(
        &mut self,
        parser: impl Into<UriParser>,
        scheme: &str,
        default_port: Option<u16>,
    ) -> Result<(), UriFormatError> {
        let fail = |kind| Err(UriFormatError::new(kind, 0));
        if scheme.len() == 1 || !crate::check_scheme_name(scheme) || default_port == Some(u16::MAX)
        {
            return fail(Kind::InvalidArgument);
        }
        let name = scheme.to_ascii_lowercase();
        if self.is_known_scheme(&name) {
            return fail(Kind::AlreadyRegistered);
        }
        let UriParser { rules, custom } = parser.into();
        if let Some(code) = &custom {
            code.on_register(&name, default_port);
        }
        self.parsers.insert(
            name,
            Arc::new(Registered {
                rules,
                default_port,
                custom,
            }),
        );
        Ok(())
    }

    /// Whether the scheme is one System.Uri knows or one of this table.
    ///
    /// .NET: `UriParser.IsKnownScheme`
    #[doc(alias = "UriParser.IsKnownScheme")]
    #[must_use]
    pub fn is_known_scheme(&self, scheme: &str) -> bool {
        syntax::known(scheme.as_bytes()).is_some() || self.find(scheme).is_some()
    }

    /// The parser of a scheme in any letter case.
    pub(crate) fn find(&self, scheme: &str) -> Option<Arc<Registered>> {
        if scheme.bytes().any(|b| b.is_ascii_uppercase()) {
            return self.parsers.get(&scheme.to_ascii_lowercase()).cloned();
        }
        self.parsers.get(scheme).cloned()
    }
}

impl fmt::Debug for UriParserTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.parsers.keys()).finish()
    }
}

impl Uri {
    /// The code of the user for this scheme, if any.
    pub(crate) fn custom_parser(&self) -> Option<&dyn UriParserImpl> {
        self.inner().registered.as_ref()?.custom.as_deref()
    }
}
