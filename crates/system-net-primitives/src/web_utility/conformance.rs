//! What `WebUtility` does with characters that take two units of UTF-16: the modes of the
//! configuration element `webUtility`.

/// Which numbers of characters are resolved.
///
/// .NET: `System.Net.Configuration.UnicodeDecodingConformance`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnicodeDecodingConformance {
    /// As the version of .NET says: `Strict`.
    ///
    /// .NET: `System.Net.Configuration.UnicodeDecodingConformance.Auto`
    #[doc(alias = "UnicodeDecodingConformance.Auto")]
    #[default]
    Auto,
    /// Whole characters, surrogates not.
    ///
    /// .NET: `System.Net.Configuration.UnicodeDecodingConformance.Strict`
    #[doc(alias = "UnicodeDecodingConformance.Strict")]
    Strict,
    /// Numbers of 16 bits but 0, as before .NET 4.5: two surrogates make a character.
    ///
    /// .NET: `System.Net.Configuration.UnicodeDecodingConformance.Compat`
    #[doc(alias = "UnicodeDecodingConformance.Compat")]
    Compat,
    /// Both, and 0.
    ///
    /// .NET: `System.Net.Configuration.UnicodeDecodingConformance.Loose`
    #[doc(alias = "UnicodeDecodingConformance.Loose")]
    Loose,
}

/// What characters outside the first plane are escaped as.
///
/// .NET: `System.Net.Configuration.UnicodeEncodingConformance`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnicodeEncodingConformance {
    /// As the version of .NET says: `Strict`.
    ///
    /// .NET: `System.Net.Configuration.UnicodeEncodingConformance.Auto`
    #[doc(alias = "UnicodeEncodingConformance.Auto")]
    #[default]
    Auto,
    /// As one number.
    ///
    /// .NET: `System.Net.Configuration.UnicodeEncodingConformance.Strict`
    #[doc(alias = "UnicodeEncodingConformance.Strict")]
    Strict,
    /// Not at all, as before .NET 4.5.
    ///
    /// .NET: `System.Net.Configuration.UnicodeEncodingConformance.Compat`
    #[doc(alias = "UnicodeEncodingConformance.Compat")]
    Compat,
}
