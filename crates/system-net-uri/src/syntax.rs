//! What each scheme allows: one set of rules per scheme, and the table of the schemes .NET knows.

use crate::escape::Dialect;

/// The rules of one scheme, as a set of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules(u32);

impl Rules {
    pub(crate) const MUST_HAVE_AUTHORITY: Self = Self(1 << 0);
    pub(crate) const OPTIONAL_AUTHORITY: Self = Self(1 << 1);
    pub(crate) const USER_INFO: Self = Self(1 << 2);
    pub(crate) const PORT: Self = Self(1 << 3);
    pub(crate) const QUERY: Self = Self(1 << 5);
    pub(crate) const FRAGMENT: Self = Self(1 << 6);
    pub(crate) const EMPTY_HOST: Self = Self(1 << 7);
    pub(crate) const UNC_HOST: Self = Self(1 << 8);
    pub(crate) const DNS_HOST: Self = Self(1 << 9);
    pub(crate) const IPV4_HOST: Self = Self(1 << 10);
    pub(crate) const IPV6_HOST: Self = Self(1 << 11);
    pub(crate) const INTERNET_HOST: Self =
        Self(Self::DNS_HOST.0 | Self::IPV4_HOST.0 | Self::IPV6_HOST.0);
    pub(crate) const ANY_OTHER_HOST: Self = Self(1 << 12);
    pub(crate) const FILE_LIKE: Self = Self(1 << 13);
    pub(crate) const MAILTO_LIKE: Self = Self(1 << 14);
    /// A scheme nobody registered: .NET reads it with the leniency of its first version.
    pub(crate) const UNKNOWN: Self = Self(1 << 16);
    pub(crate) const DOS_PATH: Self = Self(1 << 20);
    pub(crate) const ROOTED_PATH: Self = Self(1 << 21);
    pub(crate) const CONVERT_BACKSLASHES: Self = Self(1 << 22);
    pub(crate) const COMPRESS: Self = Self(1 << 23);
    pub(crate) const FILE_PATH_DOTS: Self = Self(1 << 24);
    pub(crate) const UNESCAPE_DOTS: Self = Self(1 << 25);
    pub(crate) const IDN: Self = Self(1 << 26);
    pub(crate) const IRI: Self = Self(1 << 28);
    /// Not of the scheme but of the settings: a mode that only .NET Framework has.
    pub(crate) const FRAMEWORK: Self = Self(1 << 29);

    pub(crate) const NONE: Self = Self(0);

    /// Whose rules of escaping are followed.
    pub(crate) const fn dialect(self) -> Dialect {
        if self.any(Self::FRAMEWORK) {
            Dialect::Framework
        } else {
            Dialect::Current
        }
    }

    /// Any of `other`.
    pub(crate) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// All of `other`.
    pub(crate) const fn all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

const fn rules(list: &[Rules]) -> Rules {
    let mut all = Rules::NONE;
    let mut i = 0;
    while i < list.len() {
        all = all.with(list[i]);
        i += 1;
    }
    all
}

/// A scheme with its rules.
#[derive(Debug)]
pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) port: Option<u16>,
    pub(crate) rules: Rules,
}

const INTERNATIONAL: Rules = rules(&[Rules::IDN, Rules::IRI]);
const PATH_REWRITING: Rules = rules(&[
    Rules::CONVERT_BACKSLASHES,
    Rules::COMPRESS,
    Rules::FILE_PATH_DOTS,
]);
/// `//user@host:port` with any host but a free-style one.
const SERVER: Rules = rules(&[
    Rules::MUST_HAVE_AUTHORITY,
    Rules::USER_INFO,
    Rules::PORT,
    Rules::UNC_HOST,
    Rules::INTERNET_HOST,
    Rules::ROOTED_PATH,
]);

pub(crate) const UNKNOWN: Rules = rules(&[
    Rules::UNKNOWN,
    Rules::OPTIONAL_AUTHORITY,
    Rules::USER_INFO,
    Rules::PORT,
    Rules::QUERY,
    Rules::FRAGMENT,
    Rules::EMPTY_HOST,
    Rules::UNC_HOST,
    Rules::INTERNET_HOST,
    Rules::ROOTED_PATH,
    Rules::DOS_PATH,
    Rules::CONVERT_BACKSLASHES,
    Rules::COMPRESS,
    INTERNATIONAL,
]);
pub(crate) const HTTP: Rules = rules(&[
    SERVER,
    Rules::QUERY,
    Rules::FRAGMENT,
    PATH_REWRITING,
    INTERNATIONAL,
]);
pub(crate) const FTP: Rules = rules(&[SERVER, Rules::FRAGMENT, PATH_REWRITING, INTERNATIONAL]);
pub(crate) const FILE: Rules = rules(&[
    Rules::MUST_HAVE_AUTHORITY,
    Rules::EMPTY_HOST,
    Rules::UNC_HOST,
    Rules::INTERNET_HOST,
    Rules::QUERY,
    Rules::FRAGMENT,
    Rules::FILE_LIKE,
    Rules::ROOTED_PATH,
    Rules::DOS_PATH,
    PATH_REWRITING,
    Rules::UNESCAPE_DOTS,
    INTERNATIONAL,
]);
pub(crate) const UNIX_FILE: Rules = FILE.without(Rules::CONVERT_BACKSLASHES);
const VSMACROS: Rules = FILE.without(rules(&[Rules::QUERY, Rules::ROOTED_PATH]));
pub(crate) const GOPHER: Rules = rules(&[SERVER, Rules::FRAGMENT, INTERNATIONAL]);
pub(crate) const NEWS: Rules = rules(&[Rules::FRAGMENT, Rules::IRI]);
pub(crate) const LDAP: Rules = rules(&[
    SERVER,
    Rules::EMPTY_HOST,
    Rules::QUERY,
    Rules::FRAGMENT,
    INTERNATIONAL,
]);
const MAILTO: Rules = rules(&[
    Rules::EMPTY_HOST,
    Rules::UNC_HOST,
    Rules::INTERNET_HOST,
    Rules::USER_INFO,
    Rules::PORT,
    Rules::QUERY,
    Rules::FRAGMENT,
    Rules::MAILTO_LIKE,
    INTERNATIONAL,
]);
pub(crate) const NET_PIPE: Rules = rules(&[
    Rules::MUST_HAVE_AUTHORITY,
    Rules::QUERY,
    Rules::FRAGMENT,
    Rules::INTERNET_HOST,
    Rules::ROOTED_PATH,
    PATH_REWRITING,
    Rules::UNESCAPE_DOTS,
    INTERNATIONAL,
]);
pub(crate) const NET_TCP: Rules = NET_PIPE.with(Rules::PORT);
/// What `GenericUriParser` starts from; its options take away or add.
pub(crate) const GENERIC: Rules = rules(&[
    SERVER,
    Rules::QUERY,
    Rules::FRAGMENT,
    PATH_REWRITING,
    Rules::UNESCAPE_DOTS,
]);

const fn scheme(name: &'static str, port: Option<u16>, rules: Rules) -> Scheme {
    Scheme { name, port, rules }
}

/// The schemes System.Uri knows without registration, frequent ones first.
static KNOWN: [Scheme; 16] = [
    scheme("https", Some(443), HTTP),
    scheme("http", Some(80), HTTP),
    scheme("file", None, FILE),
    scheme("ftp", Some(21), FTP),
    scheme("ws", Some(80), HTTP),
    scheme("wss", Some(443), HTTP),
    scheme("mailto", Some(25), MAILTO),
    scheme("gopher", Some(70), GOPHER),
    scheme("nntp", Some(119), GOPHER),
    scheme("news", None, NEWS),
    scheme("uuid", None, NEWS),
    scheme("telnet", Some(23), GOPHER),
    scheme("ldap", Some(389), LDAP),
    scheme("net.tcp", Some(808), NET_TCP),
    scheme("net.pipe", None, NET_PIPE),
    scheme("vsmacros", None, VSMACROS),
];

/// The scheme of that name, in any letter case.
pub(crate) fn known(name: &[u8]) -> Option<&'static Scheme> {
    KNOWN
        .iter()
        .find(|scheme| scheme.name.as_bytes().eq_ignore_ascii_case(name))
}
