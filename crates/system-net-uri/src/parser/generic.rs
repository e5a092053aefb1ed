//! The ready-made styles of parsers.

use std::ops::{BitOr, BitOrAssign};

use super::UriParser;
use crate::syntax::{self, Rules};

/// What a [`GenericUriParser`] allows beyond or short of a scheme like `http`.
///
/// .NET: `System.GenericUriParserOptions`
#[doc(alias = "System.GenericUriParserOptions")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GenericUriParserOptions(i32);

impl GenericUriParserOptions {
    /// Like `http`, with escaped dots and slashes resolved in the path.
    pub const DEFAULT: Self = Self(0);
    /// The authority is free-style text up to the next slash.
    pub const GENERIC_AUTHORITY: Self = Self(1);
    /// The authority may be empty: `scheme:///path`.
    pub const ALLOW_EMPTY_AUTHORITY: Self = Self(2);
    /// No user info.
    pub const NO_USER_INFO: Self = Self(4);
    /// No port.
    pub const NO_PORT: Self = Self(8);
    /// No query: `?` belongs to the path.
    pub const NO_QUERY: Self = Self(16);
    /// No fragment: `#` belongs to what is before it.
    pub const NO_FRAGMENT: Self = Self(32);
    /// `\` in the path stays.
    pub const DONT_CONVERT_PATH_BACKSLASHES: Self = Self(64);
    /// Dots in the path stay.
    pub const DONT_COMPRESS_PATH: Self = Self(128);
    /// Escaped dots and slashes in the path stay.
    pub const DONT_UNESCAPE_PATH_DOTS_AND_SLASHES: Self = Self(256);
    /// International host names.
    pub const IDN: Self = Self(512);
    /// Non-ASCII text by the rules of RFC 3987.
    pub const IRI_PARSING: Self = Self(1024);

    /// The number .NET uses.
    #[must_use]
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// The set with the number .NET uses; unknown bits have no effect.
    #[must_use]
    pub const fn from_bits(bits: i32) -> Self {
        Self(bits)
    }

    pub(crate) const fn has(self, option: Self) -> bool {
        self.0 & option.0 != 0
    }
}

impl BitOr for GenericUriParserOptions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for GenericUriParserOptions {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// A parser for a scheme like `http`, changed by options.
///
/// .NET: `System.GenericUriParser`
#[doc(alias = "System.GenericUriParser")]
#[derive(Clone, Copy, Debug)]
pub struct GenericUriParser(GenericUriParserOptions);

impl GenericUriParser {
    /// A parser with the given options.
    ///
    /// .NET: `GenericUriParser.#ctor`
    #[must_use]
    pub const fn new(options: GenericUriParserOptions) -> Self {
        Self(options)
    }
}

impl From<GenericUriParser> for UriParser {
    fn from(GenericUriParser(options): GenericUriParser) -> Self {
        type Options = GenericUriParserOptions;
        let mut rules = syntax::GENERIC;
        if options.has(Options::GENERIC_AUTHORITY) {
            let server = Rules::USER_INFO
                .with(Rules::PORT)
                .with(Rules::UNC_HOST)
                .with(Rules::INTERNET_HOST);
            rules = rules.without(server).with(Rules::ANY_OTHER_HOST);
        }
        let additions = [
            (Options::ALLOW_EMPTY_AUTHORITY, Rules::EMPTY_HOST),
            (Options::IDN, Rules::IDN),
            (Options::IRI_PARSING, Rules::IRI),
        ];
        for (option, rule) in additions {
            if options.has(option) {
                rules = rules.with(rule);
            }
        }
        let removals = [
            (Options::NO_USER_INFO, Rules::USER_INFO),
            (Options::NO_PORT, Rules::PORT),
            (Options::NO_QUERY, Rules::QUERY),
            (Options::NO_FRAGMENT, Rules::FRAGMENT),
            (
                Options::DONT_CONVERT_PATH_BACKSLASHES,
                Rules::CONVERT_BACKSLASHES,
            ),
            (
                Options::DONT_COMPRESS_PATH,
                Rules::COMPRESS.with(Rules::FILE_PATH_DOTS),
            ),
            (
                Options::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES,
                Rules::UNESCAPE_DOTS,
            ),
        ];
        for (option, rule) in removals {
            if options.has(option) {
                rules = rules.without(rule);
            }
        }
        Self::with_rules(rules)
    }
}

/// A parser for a scheme like `http`.
///
/// .NET: `System.HttpStyleUriParser`, `HttpStyleUriParser.#ctor`
#[doc(alias = "System.HttpStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpStyleUriParser;

/// A parser for a scheme like `ftp`.
///
/// .NET: `System.FtpStyleUriParser`, `FtpStyleUriParser.#ctor`
#[doc(alias = "System.FtpStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct FtpStyleUriParser;

/// A parser for a scheme like `file`.
///
/// .NET: `System.FileStyleUriParser`, `FileStyleUriParser.#ctor`
#[doc(alias = "System.FileStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct FileStyleUriParser;

/// A parser for a scheme like `news`.
///
/// .NET: `System.NewsStyleUriParser`, `NewsStyleUriParser.#ctor`
#[doc(alias = "System.NewsStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct NewsStyleUriParser;

/// A parser for a scheme like `gopher`.
///
/// .NET: `System.GopherStyleUriParser`, `GopherStyleUriParser.#ctor`
#[doc(alias = "System.GopherStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct GopherStyleUriParser;

/// A parser for a scheme like `ldap`.
///
/// .NET: `System.LdapStyleUriParser`, `LdapStyleUriParser.#ctor`
#[doc(alias = "System.LdapStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct LdapStyleUriParser;

/// A parser for a scheme like `net.pipe`.
///
/// .NET: `System.NetPipeStyleUriParser`, `NetPipeStyleUriParser.#ctor`
#[doc(alias = "System.NetPipeStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct NetPipeStyleUriParser;

/// A parser for a scheme like `net.tcp`.
///
/// .NET: `System.NetTcpStyleUriParser`, `NetTcpStyleUriParser.#ctor`
#[doc(alias = "System.NetTcpStyleUriParser")]
#[derive(Clone, Copy, Debug, Default)]
pub struct NetTcpStyleUriParser;

impl From<HttpStyleUriParser> for UriParser {
    fn from(_: HttpStyleUriParser) -> Self {
        Self::with_rules(syntax::HTTP)
    }
}

impl From<FtpStyleUriParser> for UriParser {
    fn from(_: FtpStyleUriParser) -> Self {
        Self::with_rules(syntax::FTP)
    }
}

impl From<FileStyleUriParser> for UriParser {
    fn from(_: FileStyleUriParser) -> Self {
        Self::with_rules(syntax::FILE)
    }
}

impl From<NewsStyleUriParser> for UriParser {
    fn from(_: NewsStyleUriParser) -> Self {
        Self::with_rules(syntax::NEWS)
    }
}

impl From<GopherStyleUriParser> for UriParser {
    fn from(_: GopherStyleUriParser) -> Self {
        Self::with_rules(syntax::GOPHER)
    }
}

impl From<LdapStyleUriParser> for UriParser {
    fn from(_: LdapStyleUriParser) -> Self {
        Self::with_rules(syntax::LDAP)
    }
}

impl From<NetPipeStyleUriParser> for UriParser {
    fn from(_: NetPipeStyleUriParser) -> Self {
        Self::with_rules(syntax::NET_PIPE)
    }
}

impl From<NetTcpStyleUriParser> for UriParser {
    fn from(_: NetTcpStyleUriParser) -> Self {
        Self::with_rules(syntax::NET_TCP)
    }
}
