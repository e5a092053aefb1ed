//! What is known about a URI after parsing, as a set of bits.

/// A set of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u32);

impl Flags {
    /// In what was rewritten a `%` started no escape.
    pub(crate) const STRAY_PERCENT: Self = Self(1);
    // In these components the text as read does not read well: it has escapes or reserved
    // characters. The low seven bits are in the order of `UriComponents`.
    pub(crate) const USER_NOT_DISPLAY: Self = Self(1 << 1);
    pub(crate) const HOST_NOT_DISPLAY: Self = Self(1 << 2);
    pub(crate) const PATH_NOT_DISPLAY: Self = Self(1 << 4);
    pub(crate) const QUERY_NOT_DISPLAY: Self = Self(1 << 5);
    pub(crate) const FRAGMENT_NOT_DISPLAY: Self = Self(1 << 6);
    // In these components the text as read is not fit for the wire.
    pub(crate) const SCHEME_NOT_WIRE: Self = Self(1 << 7);
    pub(crate) const USER_NOT_WIRE: Self = Self(1 << 8);
    pub(crate) const HOST_NOT_WIRE: Self = Self(1 << 9);
    pub(crate) const PORT_NOT_WIRE: Self = Self(1 << 10);
    pub(crate) const PATH_NOT_WIRE: Self = Self(1 << 11);
    pub(crate) const QUERY_NOT_WIRE: Self = Self(1 << 12);
    pub(crate) const FRAGMENT_NOT_WIRE: Self = Self(1 << 13);
    // Not fit for the wire, but proper IRI text.
    pub(crate) const USER_IRI: Self = Self(1 << 14);
    pub(crate) const PATH_IRI: Self = Self(1 << 15);
    pub(crate) const QUERY_IRI: Self = Self(1 << 16);
    pub(crate) const FRAGMENT_IRI: Self = Self(1 << 17);
    // The path.
    pub(crate) const SHOULD_COMPRESS: Self = Self(1 << 18);
    pub(crate) const FIRST_SLASH_ABSENT: Self = Self(1 << 19);
    pub(crate) const BACKSLASH_IN_PATH: Self = Self(1 << 20);
    // The whole.
    pub(crate) const USER_ESCAPED: Self = Self(1 << 21);
    pub(crate) const AUTHORITY: Self = Self(1 << 22);
    pub(crate) const HAS_USER: Self = Self(1 << 23);
    pub(crate) const LOOPBACK: Self = Self(1 << 24);
    pub(crate) const NOT_DEFAULT_PORT: Self = Self(1 << 25);
    pub(crate) const DOS_PATH: Self = Self(1 << 26);
    pub(crate) const UNC_PATH: Self = Self(1 << 27);
    pub(crate) const UNIX_PATH: Self = Self(1 << 28);
    pub(crate) const IMPLICIT_FILE: Self = Self(1 << 29);
    /// The text was rewritten by the rules of RFC 3987.
    pub(crate) const REWRITTEN: Self = Self(1 << 30);

    /// The host was converted: a resolver gets its Punycode form.
    pub(crate) const IDN_HOST: Self = Self(1 << 31);

    pub(crate) const NONE: Self = Self(0);
    pub(crate) const NOT_WIRE: Self = Self(0x7F << 7);
    pub(crate) const FILE_PATH: Self = Self(Self::DOS_PATH.0 | Self::UNC_PATH.0);
    /// The path has to be rebuilt, in every form.
    pub(crate) const PATH_REBUILT: Self =
        Self(Self::SHOULD_COMPRESS.0 | Self::FIRST_SLASH_ABSENT.0 | Self::BACKSLASH_IN_PATH.0);

    pub(crate) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn remove(&mut self, other: Self) {
        self.0 &= !other.0;
    }

    pub(crate) fn add_if(&mut self, condition: bool, other: Self) {
        if condition {
            self.add(other);
        }
    }
}
